"""R12, R13 and R14 of docs/faults.md: a database that crashes, is cut off, is locked, or has no room."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from bot.adapters.channels.telegram import TelegramChannel
from bot.adapters.clock import SystemClock, VirtualClock
from bot.adapters.simulator import Simulator
from bot.adapters.store import SqlStore, migrate, open_store
from bot.adapters.store.engine import connect_sqlite
from bot.errors import Transient
from bot.pipeline.send import drain
from bot.ports import Deps
from bot.types import Address, DeliveryState, Part, Rules
from tests import make
from tests.databases import Server, postgres_programs
from tests.pipeline.test_outbox_kill import LEASE, TOKEN, WINDOW
from tests.proxy import Proxy, proxy


class Post:
    """An outbox with messages to so many chats, a sender, and the simulated Telegram."""

    def __init__(
        self, store: SqlStore, clock: VirtualClock, simulator: Simulator, channel: TelegramChannel
    ) -> None:
        nothing = cast("Any", None)
        self.store, self.clock, self.simulator = store, clock, simulator
        self.deps = Deps(
            store=store,
            clock=clock,
            web=nothing,
            parser=nothing,
            summarizer=nothing,
            fallback=nothing,
            channels={"telegram": channel},
            rules=Rules(sender_rate=900.0),
        )
        self.keys: list[str] = []

    async def queue(self, count: int, name: str) -> None:
        items = [
            make.delivery(
                f"{name}:{number}",
                address=Address(channel="telegram", chat=str(number + 1)),
                part=Part(text=f"{name}:{number}"),
            )
            for number in range(count)
        ]
        self.keys += [item.key for item in items]
        async with self.store.begin() as tx:
            await tx.queue(items)

    def arrived(self) -> Counter[str]:
        return Counter(call.text for call in self.simulator.ledger.accepted())

    async def work(self, trouble: Callable[[], Awaitable[None]] | None = None) -> int:
        """Send until nothing is due, while trouble comes; gives how often the store was away."""
        away = 0
        troubling = asyncio.ensure_future(trouble()) if trouble else None
        for _ in range(200):
            try:
                await drain(self.deps)
                async with self.store.begin() as tx:
                    due, _ = await tx.waiting(self.clock.now())
                if not due and (troubling is None or troubling.done()):
                    break
            except Transient:
                away += 1
                await SystemClock().sleep(0.1)
            self.clock.move(LEASE)
        if troubling:
            await troubling
        return away

    async def finish(self) -> int:
        """A person decides what nobody can know; all is there once. Gives how many that were."""
        self.clock.move(LEASE)
        await self.work()
        arrived = self.arrived()
        async with self.store.begin() as tx:
            held = await tx.deliveries([DeliveryState.AMBIGUOUS], limit=10_000)
            for row in held:
                await tx.decide(row.id, arrived=arrived[row.key] > 0, now=self.clock.now())
        await self.work()
        assert self.arrived() == Counter(self.keys)
        async with self.store.begin() as tx:
            states = Counter(row.state for row in await tx.deliveries(limit=10_000))
        assert states == {DeliveryState.SENT: len(self.keys)}
        return len(held)


@asynccontextmanager
async def post(url: str, *, chats: int, busy_timeout: float = 30.0) -> AsyncIterator[Post]:
    clock = VirtualClock(make.NOW)
    simulator = Simulator(token=TOKEN, clock=clock, limits=False)
    for chat in range(1, chats + 1):
        simulator.world.add_user(chat)
    await simulator.start()
    channel = TelegramChannel(token=TOKEN, base_url=simulator.base_url, clock=clock)
    await channel.start()
    store = open_store(url, clock=clock, busy_timeout=busy_timeout)
    try:
        yield Post(store, clock, simulator, channel)
    finally:
        await store.close()
        await channel.close()
        await simulator.stop()


# ------------------------------------------------------------------------------------------ R12: PostgreSQL


@pytest.fixture(scope="module")
def mortal_server() -> Iterator[Server]:
    """A server that may crash: what it committed must be on its disk."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL of our own to crash")
    home = Path(tempfile.mkdtemp(prefix="dateline-pg-", dir="/tmp"))
    server = Server(programs, home, synchronous_commit="on")
    try:
        server.start()
        with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
            connection.execute("CREATE DATABASE crash")
        asyncio.run(migrate(server.url("crash")))
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


async def some_more(desk: Post, count: int) -> None:
    """Return when so many more messages have arrived, or a minute has gone by."""
    goal = min(len(desk.simulator.ledger.calls) + count, len(desk.keys) - 1)
    for _ in range(12_000):
        if len(desk.simulator.ledger.calls) >= goal:
            return
        await SystemClock().sleep(0.005)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(600)
async def test_a_server_that_crashes_three_times_under_load_loses_and_doubles_nothing(
    mortal_server: Server,
) -> None:
    async with post(mortal_server.url("crash"), chats=1500) as desk:
        await desk.queue(1500, "crash")

        async def trouble() -> None:
            for _ in range(3):
                await some_more(desk, 200)
                await asyncio.to_thread(mortal_server.crash)
                await SystemClock().sleep(0.5)
                await asyncio.to_thread(mortal_server.again)

        away = await desk.work(trouble)
        assert away >= 3
        assert await desk.finish() <= 3 * WINDOW


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(600)
async def test_connections_cut_under_load_lose_and_double_nothing(postgres_url: str) -> None:
    port = int(postgres_url.rpartition(":")[2].partition("/")[0])
    async with proxy(port) as between:
        url = postgres_url.replace(f":{port}/", f":{between.port}/")
        async with post(url, chats=600) as desk:
            await desk.queue(600, "cut")
            await desk.work(lambda: cuts(desk, between))
            held = await desk.finish()
        assert between.cuts >= 10
        assert held <= between.cuts * WINDOW


async def cuts(desk: Post, between: Proxy) -> None:
    """Cut at any moment, ten times; once the server is out of reach for a while."""
    for number in range(12):
        await some_more(desk, 30)
        between.cut()
        if number == 5:
            between.refusing = True
            await SystemClock().sleep(1.0)
            between.refusing = False


# --------------------------------------------------------------------------------------------- R13: locked


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_database_that_is_locked_for_half_a_minute_is_waited_for(sqlite_url: str) -> None:
    async with post(sqlite_url, chats=1500) as desk:
        await desk.queue(1500, "locked")
        await held_lock(desk, sqlite_url, seconds=28.0)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_database_that_is_locked_for_longer_than_we_wait_loses_and_doubles_nothing(
    sqlite_url: str,
) -> None:
    async with post(sqlite_url, chats=1500, busy_timeout=0.5) as desk:
        await desk.queue(1500, "locked")
        assert await held_lock(desk, sqlite_url, seconds=4.0) >= 1


async def begun(other: Any) -> None:
    """Take the lock between two commits of the sender, whose loop is this one: waiting must not stop it."""
    for _ in range(20_000):
        try:
            other.execute("BEGIN IMMEDIATE")
        except Exception as error:
            if "locked" not in str(error):
                raise
            await SystemClock().sleep(0.001)
        else:
            return
    pytest.fail("the sender never let go of the database")


async def held_lock(desk: Post, url: str, *, seconds: float) -> int:
    """Another connection writes for so long, in the middle of the sending; the loop goes on meanwhile."""
    ticks = 0

    async def trouble() -> None:
        nonlocal ticks
        await some_more(desk, 40)
        with closing(connect_sqlite(Path(url.removeprefix("sqlite:///")), timeout=0.0)) as other:
            await begun(other)
            assert len(desk.arrived()) < len(desk.keys)
            end = SystemClock().monotonic() + seconds
            while SystemClock().monotonic() < end:
                ticks += 1
                await SystemClock().sleep(0.05)
            other.execute("COMMIT")

    away = await desk.work(trouble)
    assert ticks >= seconds / 0.05 / 4  # whoever chats with the bot is answered
    assert await desk.finish() <= WINDOW
    return away


# ------------------------------------------------------------------------------------------------ R14: full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small disk to be had here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_full_disk_sends_nothing_without_its_mark_and_goes_on_when_there_is_room(
    small_disk: Path,
) -> None:
    url = f"sqlite:///{small_disk}/dateline.db"
    await migrate(url)
    async with post(url, chats=120) as desk:
        for turn in range(5):
            await desk.queue(24, f"full-{turn}")
            fill(small_disk)
            before = desk.arrived().total()
            with suppress(Transient):
                await drain(desk.deps)
            # What could be marked before the last byte was gone may have gone out; the rest waits.
            assert desk.arrived().total() - before <= 24
            (small_disk / "filler").unlink()
            desk.clock.move(LEASE)
            await desk.work()
        assert await desk.finish() <= 5 * WINDOW
    with closing(connect_sqlite(small_disk / "dateline.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def fill(folder: Path) -> None:
    """Leave no room."""
    with (folder / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
