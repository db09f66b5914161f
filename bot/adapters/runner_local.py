"""Runs steps as tasks of this process. A crash loses nothing: the next plan finds what is due in the rows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.errors import DatelineError, Misconfigured
from bot.ports import Clock, Deps, Step

log = logging.getLogger("dateline.runner")

StepFunction = Callable[[Deps, Step], Awaitable[Sequence[Step]]]


class LocalRunner:
    """Takes steps and runs each as a task: per key at most one waiting, per lock at most one running.

    Args:
        deps: handed to each step.
        steps: name -> function; a step returns the follow-up steps that it knows of.
        clock: for steps that are to wait.
    """

    def __init__(self, deps: Deps, steps: Mapping[str, StepFunction], clock: Clock) -> None:
        self._deps = deps
        self._steps = steps
        self._clock = clock
        self._waiting: set[str] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self.failed = 0
        """Steps that raised, since the start."""
        self.fatal: Misconfigured | None = None
        """Set when a step found that somebody must change a setting; the app stops then."""

    async def put(self, steps: Sequence[Step]) -> None:
        """Take steps to run; one whose key is already waiting is dropped quietly."""
        for step in steps:
            key = step.key or f"{step.name}:{','.join(step.ids)}"
            if self._stopped or key in self._waiting:
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
        """Take no more, give running steps ``grace`` seconds, then cancel what is left."""
        self._stopped = True
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=grace)
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, step: Step, key: str) -> None:
        try:
            if step.after:
                await self._clock.sleep(step.after.total_seconds())
            lock = self._locks.setdefault(step.lock or key, asyncio.Lock())
            async with lock:
                # From here on the same step may be put again: its work may come after our reading.
                self._waiting.discard(key)
                follow = await self._steps[step.name](self._deps, step)
            await self.put(follow)
        except asyncio.CancelledError:
            raise
        except Misconfigured as error:
            self.failed += 1
            self.fatal = self.fatal or error
            log.error("step_misconfigured step=%s error=%s", key, error)  # noqa: TRY400 - the message says it all
        except DatelineError as error:
            self.failed += 1
            log.warning("step_failed step=%s error=%s", key, error)
        except Exception:
            self.failed += 1
            log.exception("step_crashed step=%s", key)
        finally:
            self._waiting.discard(key)
