"""R11 of docs/faults.md: a sender that is stopped beyond its lease and then goes on where it was."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psutil
import pytest

from bot.adapters.clock import SharedClock, SharedTime, SystemClock
from bot.adapters.simulator import Simulator
from bot.adapters.store import SqlStore, open_store
from bot.types import DeliveryState
from tests import make
from tests.pipeline.test_outbox_kill import LEASE, SINGLES, TOKEN, WINDOW, batch

STOPS = ("claim:committed", "mark_sending:before", "mark_sending:committed", "wire:answered", "settle:before")


class Sender:
    """A sender's process."""

    def __init__(self, url: str, simulator: Simulator, time: Path) -> None:
        self._order = {
            "database": url,
            "base_url": simulator.base_url,
            "token": TOKEN,
            "time": str(time),
            "at": 0,
        }
        self._process: subprocess.Popen[str] | None = None

    def start(self, step: str, nth: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.outbox_kill"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._order | {"step": step, "nth": nth}) + "\n")
        self._process.stdin.close()

    async def number(self) -> int:
        """The child's process id, then how it ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        return int(await asyncio.wait_for(asyncio.to_thread(self._process.stdout.readline), 90))

    def stop(self, child: int) -> None:
        """Whatever happened."""
        if psutil.pid_exists(child):
            os.kill(child, signal.SIGKILL)
        if self._process is not None:
            self._process.wait(60)
            assert self._process.stdout is not None
            self._process.stdout.close()


def possible(step: str, url: str) -> None:
    if step.endswith("before") and url.startswith("sqlite"):
        pytest.skip("a process stopped inside a transaction holds SQLite's lock, and nobody can take over")


async def stopped(child: int) -> None:
    for _ in range(3000):
        if psutil.Process(child).status() == psutil.STATUS_STOPPED:
            return
        await SystemClock().sleep(0.02)
    pytest.fail("it was never stopped")


async def one_run(url: str, time: SharedTime, file: Path, step: str, nth: int) -> int:
    """A zombie, a successor that sends all it may, the zombie again; gives how many were ambiguous."""
    clock = SharedClock(file, make.NOW)
    simulator = Simulator(token=TOKEN, clock=clock, limits=False)
    for chat in range(1, SINGLES + 2):
        simulator.world.add_user(chat)
    store = open_store(url, clock=clock)
    await simulator.start()
    items = batch(f"{step}:{nth}")
    zombie, child = Sender(url, simulator, file), 0
    try:
        async with store.begin() as tx:
            await tx.queue(items)
        await asyncio.to_thread(zombie.start, step, nth)
        child = await zombie.number()
        await stopped(child)
        time.move(LEASE)
        assert await live(url, simulator, file) == 0
        os.kill(child, signal.SIGCONT)
        assert await zombie.number() == 0
        time.move(LEASE)
        return await judged(url, store, simulator, file, [item.key for item in items])
    finally:
        await asyncio.to_thread(zombie.stop, child)
        await store.close()
        await simulator.stop()


async def live(url: str, simulator: Simulator, file: Path) -> int:
    """A sender that nobody stops."""
    sender = Sender(url, simulator, file)
    await asyncio.to_thread(sender.start, "", 0)
    child = await sender.number()
    try:
        return await sender.number()
    finally:
        await asyncio.to_thread(sender.stop, child)


async def judged(url: str, store: SqlStore, simulator: Simulator, file: Path, keys: list[str]) -> int:
    """A person decides what nobody can know; then each message stands in its chat once."""
    async with store.begin() as tx:
        held = await tx.deliveries([DeliveryState.AMBIGUOUS])
        arrived = Counter(call.text for call in simulator.ledger.accepted())
        for row in held:
            await tx.decide(row.id, arrived=arrived[row.key] > 0, now=make.later(hours=1))
    if held:
        assert await live(url, simulator, file) == 0
    arrived = Counter(call.text for call in simulator.ledger.accepted())
    assert arrived == Counter(keys)
    async with store.begin() as tx:
        rows = {row.key: row.state for row in await tx.deliveries(limit=1000)}
    assert {rows[key] for key in keys} == {DeliveryState.SENT}
    return len(held)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("step", STOPS)
async def test_a_zombie_doubles_nothing_when_it_wakes(step: str, store_url: str, tmp_path: Path) -> None:
    possible(step, store_url)
    time = SharedTime(tmp_path / "time")
    assert await one_run(store_url, time, tmp_path / "time", step, nth=2) <= WINDOW


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("step", STOPS)
async def test_twenty_zombies_double_nothing_when_they_wake(
    step: str, store_url: str, tmp_path: Path
) -> None:
    possible(step, store_url)
    for number in range(20):
        time = SharedTime(tmp_path / f"time-{number}")
        assert await one_run(store_url, time, tmp_path / f"time-{number}", step, nth=number % 4 + 1) <= WINDOW
