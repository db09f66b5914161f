"""A sender that is killed with SIGKILL at a named step: run by test_outbox_kill.py in a process of its own.

``python -m tests.pipeline.outbox_kill`` imports everything once and then forks a sender for each line of JSON
on its standard input: database, base_url, token, step, nth, at; and, to be stopped (SIGSTOP) there and not
killed, the file of a time that goes on without it. It answers with two lines: the sender's
process id, and its return code when it has ended. A fork costs milliseconds, a start a second.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, cast

from bot.adapters.channels.telegram import TelegramChannel
from bot.adapters.clock import SharedClock, VirtualClock
from bot.adapters.store import SqlStore, open_store
from bot.pipeline.send import drain
from bot.ports import Deps
from bot.types import Address, Part, Receipt, Rules
from tests import make

IN_THE_STORE = tuple(
    f"{call}:{moment}"
    for call in ("claim", "mark_sending", "settle")
    for moment in ("before", "inside", "committed")
)
"""Before the call, after it but before its commit, after its commit."""
ON_THE_WIRE = ("wire:before", "wire:taken", "wire:answered")
"""Before the request, after the server carried it out (the test does the killing), after the answer."""
STEPS = IN_THE_STORE + ON_THE_WIRE


class Killer:
    """Ends, or stops, this process the n-th time that a step is reached."""

    def __init__(self, step: str, nth: int, how: signal.Signals = signal.SIGKILL) -> None:
        self._step = step
        self._left = nth
        self._how = how

    def reach(self, step: str) -> None:
        if step == self._step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._how)


class OwnSleeps(VirtualClock):
    """Sleeps cost nothing here, and the time that goes on outside counts as well."""

    def __init__(self, start: datetime, time: Path) -> None:
        super().__init__(start)
        self._outside = SharedClock(time, start)

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._outside.monotonic())

    def monotonic(self) -> float:
        return super().monotonic() + self._outside.monotonic()


class KillingStore:
    """The real store; each step of each transaction is a chance to die."""

    def __init__(self, inner: SqlStore, killer: Killer) -> None:
        self._inner = inner
        self._killer = killer

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Any]:
        called: list[str] = []
        async with self._inner.begin() as tx:
            yield _KillingTx(tx, called, self._killer)
        for call in called:
            self._killer.reach(f"{call}:committed")

    async def close(self) -> None:
        await self._inner.close()


class _KillingTx:
    def __init__(self, tx: Any, called: list[str], killer: Killer) -> None:
        self._tx, self._called, self._killer = tx, called, killer

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._tx, name)

        async def call(*args: Any, **named: Any) -> Any:
            self._killer.reach(f"{name}:before")
            result = await method(*args, **named)
            if result:  # an empty claim is no step
                self._called.append(name)
                self._killer.reach(f"{name}:inside")
            return result

        return call


class KillingChannel:
    """The real channel; before and after the wire is a chance to die."""

    name = "telegram"

    def __init__(self, inner: TelegramChannel, killer: Killer) -> None:
        self.limits = inner.limits
        self._inner = inner
        self._killer = killer

    async def send(self, address: Address, part: Part) -> Receipt:
        self._killer.reach("wire:before")
        receipt = await self._inner.send(address, part)
        self._killer.reach("wire:answered")
        return receipt

    async def edit(self, address: Address, message_id: str, part: Part) -> Receipt:
        return await self._inner.edit(address, message_id, part)

    async def delete(self, address: Address, message_id: str) -> None:
        await self._inner.delete(address, message_id)


async def _send_all(order: dict[str, Any]) -> None:
    """One sender's life. Its clock stands at ``at`` seconds, so that a dead one's leases are over."""
    clock = VirtualClock(make.NOW + timedelta(seconds=order["at"]))
    killer = Killer(order["step"], order["nth"])
    if "time" in order:
        clock = OwnSleeps(make.NOW, Path(order["time"]))
        killer = Killer(order["step"], order["nth"], signal.SIGSTOP)
    store = open_store(order["database"], clock=clock)
    channel = TelegramChannel(token=order["token"], base_url=order["base_url"], clock=clock)
    await channel.start()
    nothing = cast("Any", None)
    deps = Deps(
        store=KillingStore(store, killer),
        clock=clock,
        web=nothing,
        parser=nothing,
        summarizer=nothing,
        fallback=nothing,
        channels={"telegram": KillingChannel(channel, killer)},
        rules=Rules(),
    )
    await drain(deps)
    await channel.close()
    await store.close()


def _child(order: dict[str, Any]) -> NoReturn:
    try:
        asyncio.run(_send_all(order))
    except Exception as error:  # noqa: BLE001 - reported by the return code; the parent must go on
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Fork a sender per line until standard input ends."""
    for url in ("sqlite:///none.db", "postgresql://nobody@127.0.0.1/none"):
        open_store(url, clock=VirtualClock(make.NOW))  # connects to nothing, but imports the driver
    gc.freeze()  # what was imported is not looked at, and so not copied, in each child
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _child(json.loads(line))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
