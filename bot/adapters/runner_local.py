"""Runs steps as tasks of this process. A crash loses nothing: the next plan finds what is due in the rows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.errors import DatelineError, Misconfigured
from bot.ports import Clock, Deps, Step

log = logging.getLogger("dateline.runner")

StepFunction = Callable[[Deps, Step], Awaitable[Sequence[Step]]]

FIRST_PAUSE = 10.0
LONGEST_PAUSE = 300.0
"""Seconds that a step is kept out after its second failure in a row; doubled at each further one up to the
longest. A poll whose results cannot be written would otherwise ask every feed again at every tick."""


class LocalRunner:
    """Takes steps and runs each as a task: per key at most one waiting, per lock at most one running.

    Args:
        deps: handed to each step.
        steps: name -> function; a step returns the follow-up steps that it knows of.
        clock: for steps that are to wait, and for the pauses of those that fail.
        pause: seconds, see ``FIRST_PAUSE``.
    """

    def __init__(
        self, deps: Deps, steps: Mapping[str, StepFunction], clock: Clock, *, pause: float = FIRST_PAUSE
    ) -> None:
        self._deps = deps
        self._steps = steps
        self._clock = clock
        self._pause = pause
        self._waiting: set[str] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._failures: dict[str, int] = {}
        self._kept_out: dict[str, float] = {}
        self._stopped = False
        self.failed = 0
        """Steps that raised, since the start."""
        self.fatal: Misconfigured | None = None
        """Set when a step found that somebody must change a setting; the app stops then."""

    async def put(self, steps: Sequence[Step]) -> None:
        """Take steps to run; one whose key is already waiting, or pauses after failures, is dropped quietly.

        Whatever a dropped step would have done is still due in the rows: the next plan names it again.
        """
        for step in steps:
            key = step.key or f"{step.name}:{','.join(step.ids)}"
            if self._stopped or key in self._waiting:
                continue
            if self._clock.monotonic() < self._kept_out.get(key, float("-inf")):
                continue
            self._waiting.add(key)
            task = asyncio.create_task(self._run(step, key), name=key)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Return when nothing is waiting or running."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self, grace: float) -> None:
        """Take no more, drop what only waits, give running steps ``grace`` seconds, then cancel them."""
        self._stopped = True
        for task in self._tasks - self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(set(self._running), timeout=grace)
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, step: Step, key: str) -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            if step.after:
                await self._clock.sleep(step.after.total_seconds())
            async with self._locks.setdefault(step.lock or key, asyncio.Lock()):
                # From here on the same step may be put again: its work may come after our reading.
                self._waiting.discard(key)
                self._running.add(me)
                follow = await self._steps[step.name](self._deps, step)
            self._failures.pop(key, None)
            await self.put(follow)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - one failing step must not stop the others
            self._note(key, error)
        finally:
            if me not in self._running:  # once running, the key is another one's
                self._waiting.discard(key)
            self._running.discard(me)

    def _note(self, key: str, error: Exception) -> None:
        """Count and log a failure, and keep the step out for a while when it is not the first in a row."""
        self.failed += 1
        count = self._failures[key] = self._failures.get(key, 0) + 1
        if count > 1:
            pause = min(self._pause * 2.0 ** min(count - 2, 20), LONGEST_PAUSE)
            self._kept_out[key] = self._clock.monotonic() + pause
        if isinstance(error, Misconfigured):
            self.fatal = self.fatal or error
            log.error("step_misconfigured step=%s error=%s", key, error)
        elif isinstance(error, DatelineError):
            log.warning("step_failed step=%s error=%s", key, error)
        else:
            log.error("step_crashed step=%s", key, exc_info=error)
