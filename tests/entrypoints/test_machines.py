"""Many processes on one database, by compose.yaml's commands: nothing lost or doubled, the same news."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import psycopg
import pytest

from bot.adapters.clock import FixedClock
from bot.adapters.simulator import Simulator
from bot.adapters.store import SqlStore, open_store
from bot.adapters.store.job_tables import SCHEMA
from bot.app import open_app
from bot.demo.samples import load as load_samples
from bot.settings import load
from bot.types import DeliveryState
from tests.fleet import CLOCK, TOKEN, Home, Process, Site, until

MANY, ONE = -1001000000001, -1001000000002
pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(600),
    pytest.mark.allow_hosts(["127.0.0.1", *(f"127.0.1.{number}" for number in range(1, 21))]),
]


@pytest.fixture
def database(postgres_url: str) -> str:
    """A PostgreSQL database without rows and jobs."""
    with contextlib.closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        connection.execute(
            f"TRUNCATE {SCHEMA}.procrastinate_jobs, {SCHEMA}.procrastinate_workers CASCADE".encode()
        )
    return postgres_url


@asynccontextmanager
async def world() -> AsyncIterator[tuple[Site, Simulator]]:
    site = Site(*load_samples(CLOCK.now()))
    simulator = Simulator(token=TOKEN, clock=CLOCK)
    for chat in (MANY, ONE):
        simulator.world.add_chat(chat, "channel", "Digest")
    await site.start()
    await simulator.start()
    try:
        yield site, simulator
    finally:
        await simulator.stop()
        await site.stop()


def home(folder: Path, site: Site, simulator: Simulator, chat: int, database: str) -> Home:
    made = Home(
        folder, site, database=database, TELEGRAM_BOT_TOKEN=TOKEN, DATELINE_TELEGRAM_API=simulator.base_url
    )
    made.digest(chat, CLOCK.now() + timedelta(hours=6))
    return made


async def subscribed_long_ago(place: Home) -> None:
    """The database with its reader, as if set up two hours ago: a slot just behind us is the reader's."""
    async with open_app(
        load(place.settings(), None), clock=FixedClock(CLOCK.now() - timedelta(hours=2))
    ) as app:
        await app.import_config()


@asynccontextmanager
async def rows(database: str) -> AsyncIterator[SqlStore]:
    store = open_store(database, clock=CLOCK)
    try:
        yield store
    finally:
        await store.close()


async def stories(store: SqlStore) -> set[frozenset[str]]:
    """Each story as the titles and outlets of its articles."""
    async with store.begin() as tx:
        placed = await tx.placed_since(CLOCK.now() - timedelta(days=10))
    found: dict[int, set[str]] = {}
    for _, article, placement in placed:
        found.setdefault(placement.story, set()).add(f"{article.outlet}: {article.title}")
    return {frozenset(one) for one in found.values()}


def texts(simulator: Simulator, chat: int) -> list[str]:
    """What the chat got, but for the times of day: the two runs are a minute apart."""
    return [re.sub(r"\b\d\d:\d\d\b", "00:00", message.text) for message in simulator.messages(chat)]


async def counts(store: SqlStore) -> tuple[int, int, int]:
    """Articles, entries that wait to be read, articles that wait for a place."""
    async with store.begin() as tx:
        found = await tx.counts()
        return (
            found["articles"],
            len(await tx.unread_entries(CLOCK.now(), 1000)),
            len(await tx.unplaced(1000)),
        )


async def alone(folder: Path, site: Site, simulator: Simulator) -> set[frozenset[str]]:
    """The same news through one process on SQLite, to its own chat."""
    place = home(folder, site, simulator, ONE, "")
    await subscribed_long_ago(place)
    place.digest(ONE, CLOCK.now() - timedelta(minutes=2))
    async with open_app(load(place.settings(), None)) as app:
        await app.import_config()
        await app.work("poll", "read")
        await app.work("place", "compose", "send")
        return await stories(app.deps.store)  # type: ignore[arg-type]


async def test_scheduler_workers_and_chat_as_processes_tell_the_same_news_once_though_two_are_killed(
    tmp_path: Path, database: str
) -> None:
    async with world() as (site, simulator), rows(database) as store, AsyncExitStack() as stack:
        many = home(tmp_path / "many", site, simulator, MANY, database)
        await subscribed_long_ago(many)
        async with (
            store.begin() as tx
        ):  # nobody places until all is read, so that both runs place it in one go
            assert await tx.lease("placer", "the test", CLOCK.now(), CLOCK.now() + timedelta(hours=1))

        async def start(role: str) -> Process:
            return await stack.enter_async_context(many.process("run", "--role", role))

        workers = [await start("worker"), await start("worker")]
        chats = [await start("chat")]
        await chats[0].says("post_taken post=sender:telegram", 120)
        chats.append(await start("chat"))
        await start("scheduler")
        await start("scheduler")
        await until(lambda: _some(store), 180)
        await workers[0].end(SIGKILL)
        await until(lambda: _read(store), 180)
        async with store.begin() as tx:
            await tx.drop_lease("placer", "the test")
        await workers[1].says("post_taken post=placer", 30)
        await until(lambda: _placed(store), 60)

        began = CLOCK.monotonic()
        await chats[0].end(SIGKILL)  # the sender
        many.digest(MANY, CLOCK.now() - timedelta(minutes=2))
        await chats[1].says("post_taken post=sender:telegram", 40)
        assert CLOCK.monotonic() - began < 30
        await until(lambda: bool(simulator.messages(MANY)), 60)
        single = await alone(tmp_path / "one", site, simulator)
        assert await stories(store) == single
        told = texts(simulator, MANY)
        assert told == texts(simulator, ONE)

        await chats[1].end(SIGKILL)
        chats.append(await start("chat"))
        await chats[2].says("post_taken post=sender:telegram", 40)
        await CLOCK.sleep(8)  # two plans
        assert texts(simulator, MANY) == told
        async with store.begin() as tx:
            assert {item.state for item in await tx.deliveries()} == {DeliveryState.SENT}
        for process in (workers[1], chats[2]):
            assert await process.end() == 0
            assert "Traceback" not in process.said


async def _some(store: SqlStore) -> bool:
    return (await counts(store))[0] >= 3


async def _read(store: SqlStore) -> bool:
    articles, unread, unplaced = await counts(store)
    async with store.begin() as tx:
        asked = all(feed.polls or feed.failures for feed in await tx.feeds())
    return asked and not unread and articles == unplaced


async def _placed(store: SqlStore) -> bool:
    return (await counts(store))[2] == 0
