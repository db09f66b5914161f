"""One bot of a simulated day, as a process that may be killed: ``python -m bot.demo.chaos.life``.

It is started by :mod:`bot.demo.chaos.day` alone, and does what ``dateline run`` does, by the same App, on the
day's clock. The first line of JSON on standard input says with which settings; each further line is a tick,
and is answered, when all that can be done at that time is done, with a line on standard output. An order may
carry the life's fate: the step at which it dies, or whose commit fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import selectors
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.adapters import journal
from bot.adapters.clock import SharedClock, SystemClock
from bot.adapters.http import FetchLimits
from bot.adapters.runner_local import LocalRunner
from bot.adapters.store import FolderLock
from bot.app import App, open_app
from bot.demo.chaos.script import WRITES
from bot.demo.show import SampleNames
from bot.errors import DatelineError, Transient
from bot.pipeline import STEPS, plan
from bot.ports import Channel, Step, Store
from bot.settings import Settings
from bot.types import Address, Part, Receipt
from bot.wiring import rules_of

_PLAN_EVERY = 5.0  # seconds, as the App's own tick
_CALM = 0.012  # real seconds without anything from outside: whoever is under way sleeps
_PATIENCE = 0.4  # the same when something is under way, which then takes time
_STUCK = 200.0  # real seconds; a little less than what the day takes for dead


class Listening(selectors.DefaultSelector):
    """A selector that knows when anything last came in: a socket, a pipe, the end of a thread's work."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """As every selector's."""
        events = super().select(timeout)
        if events:
            self.heard = SystemClock().monotonic()
        return events

    def calm(self) -> float:
        """Real seconds since anything came in."""
        return SystemClock().monotonic() - self.heard


class Fate:
    """What this life still has to suffer; and how much is under way between it and the world."""

    def __init__(self) -> None:
        self._planned: list[dict[str, Any]] = []
        self.under_way = 0

    def add(self, planned: Sequence[Mapping[str, Any]]) -> None:
        """``{"step": …, "nth": …, "then": "die" or "fail"}`` each; counting starts now."""
        self._planned += [dict(one) for one in planned]

    def reach(self, step: str) -> None:
        """Die, or raise Transient, if it is written so."""
        for one in [planned for planned in self._planned if planned["step"] == step]:
            one["nth"] -= 1
            if one["nth"] > 0:
                continue
            self._planned.remove(one)
            if one["then"] == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            raise Transient("the store is away", hint="it was written so: this is dateline chaos", step=step)

    @contextlib.contextmanager
    def busy(self) -> Any:
        """Count what is under way."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1


class MortalStore:
    """The store, whose every step is a chance to die."""

    def __init__(self, inner: Store, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Any]:
        """As :meth:`bot.ports.Store.begin`."""
        called: list[str] = []
        with self._fate.busy():
            async with self._inner.begin() as tx:
                yield _MortalTx(tx, called, self._fate)
            for call in called:
                self._fate.reach(f"{call}:committed")

    async def close(self) -> None:
        """Nothing: the App closes the real one."""


class _MortalTx:
    def __init__(self, tx: Any, called: list[str], fate: Fate) -> None:
        self._tx, self._called, self._fate = tx, called, fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._tx, name)
        if name not in WRITES:
            return method

        async def call(*args: Any, **named: Any) -> Any:
            self._fate.reach(f"{name}:before")
            result = await method(*args, **named)
            if name != "claim" or result:  # an empty claim is no step
                self._called.append(name)
                self._fate.reach(f"{name}:inside")
            return result

        return call


class MortalChannel:
    """The channel; before the wire and after it is a chance to die."""

    def __init__(self, inner: Channel, fate: Fate) -> None:
        self.name, self.limits = inner.name, inner.limits
        self._inner, self._fate = inner, fate

    async def send(self, address: Address, part: Part) -> Receipt:
        """As :meth:`bot.ports.Channel.send`."""
        self._fate.reach("wire:before")
        with self._fate.busy():
            receipt = await self._inner.send(address, part)
        self._fate.reach("wire:answered")
        return receipt

    async def edit(self, address: Address, message_id: str, part: Part) -> Receipt:
        """As :meth:`bot.ports.Channel.edit`."""
        with self._fate.busy():
            return await self._inner.edit(address, message_id, part)

    async def delete(self, address: Address, message_id: str) -> None:
        """As :meth:`bot.ports.Channel.delete`."""
        with self._fate.busy():
            await self._inner.delete(address, message_id)


class Life:
    """The App between two ticks."""

    def __init__(self, opened: App, clock: SharedClock, fate: Fate, listening: Listening) -> None:
        channels = {name: MortalChannel(one, fate) for name, one in opened.deps.channels.items()}
        deps = replace(opened.deps, store=MortalStore(opened.deps.store, fate), channels=channels)
        self.app = replace(opened, deps=deps, runner=LocalRunner(deps, STEPS, clock))
        self._clock, self._fate, self._listening = clock, fate, listening
        self._planned_at = float("-inf")
        self._house: asyncio.Task[None] | None = None

    async def tick(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Do all that can be done now; says when somebody who sleeps wants to go on."""
        self._fate.add(order.get("fate", ()))
        self._clock.wake()
        if self._clock.monotonic() - self._planned_at >= _PLAN_EVERY:
            self._planned_at = self._clock.monotonic()
            with contextlib.suppress(DatelineError):  # the next tick plans again
                await self.app.runner.put(await self._plan())
        if order.get("house") and (self._house is None or self._house.done()):
            self._house = asyncio.create_task(self.app.keep_house())
        await self._settle()
        if self.app.runner.fatal is not None:
            raise self.app.runner.fatal
        return {"next": self._clock.next_wake(), "failed": self.app.runner.failed}

    async def _plan(self) -> Sequence[Step]:
        return await plan(self.app.deps)

    async def _settle(self) -> None:
        """Return when all is done, or waits for time to pass."""
        house = self._house or asyncio.create_task(asyncio.sleep(0))
        done = asyncio.gather(self.app.runner.idle(), asyncio.shield(house))
        began = SystemClock().monotonic()
        while not done.done():
            await asyncio.wait({done}, timeout=0.003)
            calm = self._listening.calm()
            asleep = self._clock.next_wake() is not None
            if asleep and (calm > _PATIENCE or (calm > _CALM and not self._fate.under_way)):
                break
            if SystemClock().monotonic() - began > _STUCK:
                raise TimeoutError("nothing goes on, and nobody sleeps")
        done.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await done


async def _lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


async def _live(listening: Listening) -> None:
    lines = await _lines()
    order = json.loads(await lines.readline())
    settings = Settings.model_validate(order["settings"])
    clock = SharedClock(Path(order["time"]), datetime.fromisoformat(order["start"]))
    lock = FolderLock(settings.data)
    lock.acquire()
    async with open_app(
        settings,
        clock=clock,
        resolver=SampleNames(order["port"]),
        rules=replace(rules_of(settings), first_import_news=100),
        limits=FetchLimits(host_gap=0.0, connect_timeout=1.0, total_timeout=1.0),
    ) as opened:
        life = Life(opened, clock, Fate(), listening)
        await life.app.import_config()
        await life.app.import_prompts(by_itself=False)
        _say({"alive": os.getpid()})
        while line := await lines.readline():
            _say(await life.tick(json.loads(line)))


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Live until standard input ends, or fate has it otherwise."""
    journal.set_up("INFO")
    listening = Listening()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(listening)) as runner:
        runner.run(_live(listening))


if __name__ == "__main__":
    main()
