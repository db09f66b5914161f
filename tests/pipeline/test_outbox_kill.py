"""kill -9 at each step of the outbox: nothing lost, nothing doubled, what nobody can know is listed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random  # noqa: TID251 - seeded
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.adapters.clock import FixedClock, SystemClock
from bot.adapters.simulator import Fault, Simulator
from bot.adapters.simulator.faults import FaultPlan
from bot.adapters.store import SqlStore, open_store
from bot.types import Address, Delivery, DeliveryState, Part, Rules
from tests import make
from tests.pipeline.outbox_kill import STEPS

TOKEN = "123456:planted-secret-of-thirty-five-chars-"
SINGLES, PARTS = 12, 3
WINDOW = Rules().sender_window
CERTAIN = {step for step in STEPS if step.startswith("claim")} | {
    "mark_sending:before",
    "mark_sending:inside",
    "settle:committed",
}
LEASE = 120  # seconds by which the clock moves between two lives: more than any lease


@dataclass(slots=True)
class Summary:
    """What the runs of one step came to."""

    database: str
    step: str
    kills: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    ambiguous: int = 0
    ambiguous_that_arrived: int = 0
    most_ambiguous_per_kill: int = 0


class Forge:
    """The process that forks senders, and the simulator that outlives them."""

    def __init__(self, sim: Simulator, process: subprocess.Popen[str], database: str) -> None:
        self.sim = sim
        self._database = database
        self._process = process
        self.now = 0

    async def live(self, step: str = "", nth: int = 0) -> int:
        """One sender's life: its return code, -9 when it was killed."""
        assert self._process.stdin is not None
        self.now += LEASE
        taken = len(self.sim.ledger.accepted()) + nth
        if step == "wire:taken":
            self.sim.faults.add(Fault(kind="drip", nth=nth))  # carried out, but the answer stays away
        order = {"step": step, "nth": nth, "at": self.now, "token": TOKEN}
        order |= {"database": self._database, "base_url": self.sim.base_url}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        child = await self._number()
        if step == "wire:taken":
            for _ in range(3000):
                if len(self.sim.ledger.accepted()) >= taken:
                    break
                await SystemClock().sleep(0.005)
            os.kill(child, signal.SIGKILL)
            self.sim.faults.clear()
        return await self._number()

    async def begin(self) -> int:
        """A sender's life at the time of the last one: its process id."""
        assert self._process.stdin is not None
        order = {"step": "", "nth": 0, "at": self.now, "token": TOKEN}
        order |= {"database": self._database, "base_url": self.sim.base_url}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return await self._number()

    async def end(self) -> int:
        """How the life that was begun ended."""
        return await self._number()

    def later(self) -> None:
        """Leases of the dead are over."""
        self.now += LEASE

    async def _number(self) -> int:
        assert self._process.stdout is not None
        return int(await asyncio.wait_for(asyncio.to_thread(self._process.stdout.readline), 240))

    @property
    def time(self) -> Any:
        return make.NOW + timedelta(seconds=self.now)


def _forker() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.outbox_kill"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def forker() -> Iterator[subprocess.Popen[str]]:
    """One for all tests of a worker: what costs time is its imports."""
    with _forker() as process:
        yield process  # leaving closes its input, and so ends it


@asynccontextmanager
async def forging(
    url: str, process: subprocess.Popen[str], *, chats: int = SINGLES + 1
) -> AsyncIterator[Forge]:
    sim = Simulator(token=TOKEN, clock=FixedClock(make.NOW), limits=False)
    for chat in range(1, chats + 1):
        sim.world.add_user(chat)
    await sim.start()
    try:
        yield Forge(sim, process, url)
    finally:
        await sim.stop()


def batch(run: str) -> list[Delivery]:
    """Messages to different chats, and one chat's message in parts."""
    items = [make.delivery(f"{run}:{chat}", address=_to(chat)) for chat in range(1, SINGLES + 1)]
    items += make.deliveries(f"{run}:parts", PARTS, address=_to(SINGLES + 1))
    return [replace(item, part=Part(text=item.key)) for item in items]


def _to(chat: int) -> Address:
    return Address(channel="telegram", chat=str(chat))


async def one_run(forge: Forge, store: SqlStore, step: str, number: int, summary: Summary) -> None:
    """Kill a sender at the step, start others until the outbox is empty, judge what arrived."""
    items = batch(f"{step}:{number}")
    async with store.begin() as tx:
        await tx.queue(items)
    # The wire is reached up to a window of times in a pass, the store once; sometimes the second pass is hit.
    nth = number % WINDOW + 1 if step.startswith("wire") else number % 2 + 1
    assert await forge.live(step, nth) == -signal.SIGKILL
    await drained(forge, store)
    async with store.begin() as tx:
        held = await tx.deliveries([DeliveryState.AMBIGUOUS])
        arrived = Counter(call.text for call in forge.sim.ledger.accepted())
        for row in held:  # the person whom the list asks: looks into the chat and decides
            await tx.decide(row.id, arrived=arrived[row.key] > 0, now=forge.time)
    summary.kills += 1
    summary.messages += len(items)
    summary.ambiguous += len(held)
    summary.ambiguous_that_arrived += sum(arrived[row.key] > 0 for row in held)
    summary.most_ambiguous_per_kill = max(summary.most_ambiguous_per_kill, len(held))
    if held:
        await drained(forge, store)
    async with store.begin() as tx:
        rows = {row.key: row for row in await tx.deliveries(limit=2 * len(items))}
    arrived = Counter(call.text for call in forge.sim.ledger.accepted())
    assert {rows[item.key].state for item in items} == {DeliveryState.SENT}
    summary.lost += sum(arrived[item.key] == 0 for item in items)
    summary.doubled += sum(max(0, arrived[item.key] - 1) for item in items)
    order = [text for text in arrived if text.startswith(f"{step}:{number}:parts")]
    assert order == sorted(order)


async def drained(forge: Forge, store: SqlStore) -> None:
    """Start senders until nothing is due: PostgreSQL may need a moment to let go of what a dead one held."""
    for _ in range(10):
        assert await forge.live() == 0
        async with store.begin() as tx:
            due, _ = await tx.waiting(forge.time)
        if not due:
            return
    pytest.fail("the outbox does not get empty")


async def kill_at(step: str, url: str, forker: subprocess.Popen[str], runs: int) -> Summary:
    summary = Summary(database=url.partition(":")[0], step=step)
    store = open_store(url, clock=FixedClock(make.NOW))
    try:
        async with forging(url, forker) as forge:
            for number in range(runs):
                await one_run(forge, store, step, number, summary)
    finally:
        await store.close()
    assert summary.kills == runs
    assert (summary.lost, summary.doubled) == (0, 0)
    assert summary.most_ambiguous_per_kill <= WINDOW
    return summary


def judge(summary: Summary) -> None:
    """Where a step says more than the promise: only from mark to outcome is anything uncertain."""
    if summary.step in CERTAIN:
        assert summary.ambiguous == 0
    else:
        assert summary.ambiguous > 0


@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_at_each_step_loses_and_doubles_nothing(
    step: str, store_url: str, forker: subprocess.Popen[str]
) -> None:
    judge(await kill_at(step, store_url, forker, runs=2))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("step", STEPS)
async def test_twenty_kills_at_each_step_lose_and_double_nothing(
    step: str, store_url: str, forker: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    summary = await kill_at(step, store_url, forker, runs=20)
    judge(summary)
    with capsys.disabled():
        print(f"\n{json.dumps(asdict(summary))}")


# ------------------------------------------------------------------------------------- R2: at any moment


class Weather(FaultPlan):
    """One call in twenty meets a fault, drawn from its chat's own count."""

    KINDS = ("429", "close_before", "close_after", "cut", "reset_before")

    def __init__(self) -> None:
        super().__init__()
        self._calls: Counter[int | None] = Counter()

    def next(self, method: str, chat: int | None) -> Fault | None:
        self._calls[chat] += 1
        chance = random.Random(f"{chat}:{self._calls[chat]}")
        if method != "sendMessage" or chance.random() >= 0.05:
            return None
        return Fault(kind=cast("Any", chance.choice(self.KINDS)), retry_after=1)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("messages", "kills"), [(3000, 100)])
async def test_kills_at_any_moment_of_two_senders_with_faults_lose_and_double_nothing(
    messages: int,
    kills: int,
    store_url: str,
    forker: subprocess.Popen[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    chance = random.Random(2)
    store = open_store(store_url, clock=FixedClock(make.NOW))
    items = [
        replace(make.delivery(f"any:{number}", address=_to(number)), part=Part(text=f"any:{number}"))
        for number in range(1, messages + 1)
    ]
    died = held = 0
    with _forker() as second:
        async with forging(store_url, forker, chats=messages) as forge:
            other = Forge(forge.sim, second, store_url)
            forge.sim.faults = Weather()
            async with store.begin() as tx:
                await tx.queue(items)
            for _ in range(kills):
                other.now = forge.now
                lives = [await forge.begin(), await other.begin()]
                await SystemClock().sleep(chance.uniform(0.02, 0.6))
                for child in lives:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
                died += [await forge.end(), await other.end()].count(-signal.SIGKILL)
                forge.later()
            forge.sim.faults = FaultPlan()
            held = await decided(forge, store)
            arrived = Counter(call.text for call in forge.sim.ledger.accepted())
    await store.close()
    with capsys.disabled():
        print(f"\n{store_url.partition(':')[0]}: {messages} messages, {died} died, {held} ambiguous")
    assert died >= kills
    assert arrived == Counter(item.key for item in items)


async def decided(forge: Forge, store: SqlStore) -> int:
    """Send all the rest; a person decides what nobody can know. Gives how many that were."""
    held = 0
    for _ in range(20):
        await drained(forge, store)
        async with store.begin() as tx:
            rows = await tx.deliveries([DeliveryState.AMBIGUOUS], limit=10_000)
            arrived = Counter(call.text for call in forge.sim.ledger.accepted())
            for row in rows:
                await tx.decide(row.id, arrived=arrived[row.key] > 0, now=forge.time)
            states = Counter(row.state for row in await tx.deliveries(limit=10_000))
        held += len(rows)
        if set(states) == {DeliveryState.SENT}:
            break
    return held
