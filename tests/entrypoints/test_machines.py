"""Many processes on one database, by compose.yaml's commands: nothing lost or doubled, the same news."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Any

import aiohttp
import psycopg
import pytest
from sqlalchemy import make_url

from bot.adapters.clock import FixedClock
from bot.adapters.queue_pulse import STALLED
from bot.adapters.queue_worker import FRESH
from bot.adapters.simulator import Simulator
from bot.adapters.store import SqlStore, open_store
from bot.adapters.store.job_tables import SCHEMA
from bot.app import open_app
from bot.demo.samples import load as load_samples
from bot.settings import load
from bot.types import Address, DeliveryState, Part
from tests import make
from tests.fleet import CLOCK, TOKEN, Home, Process, Site, free_port, until
from tests.proxy import proxy

MANY, ONE = -1001000000001, -1001000000002
pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(900),
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
    outlets, articles = load_samples(CLOCK.now())
    # A second apart: articles of one moment are placed in the order in which they came in, which is luck.
    apart = [
        replace(one, published_at=one.published_at - timedelta(seconds=n)) for n, one in enumerate(articles)
    ]
    site = Site(outlets, apart)
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
        together = await stories(store)
        assert together == single, (
            sorted(map(sorted, together - single)),
            sorted(map(sorted, single - together)),
        )
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


async def test_a_killed_placer_is_replaced_within_half_a_minute_by_one_that_knows_its_stories(
    tmp_path: Path, database: str
) -> None:
    """News comes in two halves; between them the process that places dies, and its index with it."""
    async with world() as (site, simulator), rows(database) as store, AsyncExitStack() as stack:
        every = site.articles
        site.articles = every[::2]
        many = home(tmp_path / "many", site, simulator, MANY, database)
        await subscribed_long_ago(many)
        started = [
            await stack.enter_async_context(many.process("run", "--role", role))
            for role in ("worker", "worker", "scheduler")
        ]
        workers = started[:2]
        await until(lambda: any("post_taken post=placer" in one.said for one in workers), 120)
        first, second = sorted(workers, key=lambda one: "post_taken post=placer" not in one.said)
        await second.says("running role=worker", 120)
        await until(lambda: _all_placed(store), 400)
        before = await stories(store)
        await first.end(SIGKILL)
        killed = CLOCK.monotonic()
        site.articles = every
        with contextlib.closing(psycopg.connect(database, autocommit=True)) as connection:
            connection.execute("UPDATE feeds SET next_poll_at = NULL WHERE failures = 0")  # all are due
        await second.says("post_taken post=placer", 40)
        assert CLOCK.monotonic() - killed < 30
        await until(lambda: _more_placed(store, before), 400)
        after = await stories(store)
        # Every story is what it was, or has grown: the second placer joined news to the first one's.
        grown = [old for old in before if any(old < new for new in after)]
        assert all(any(old <= new for new in after) for old in before)
        assert len(grown) >= 2


async def _all_placed(store: SqlStore) -> bool:
    articles, unread, unplaced = await counts(store)
    async with store.begin() as tx:
        asked = all(feed.polls or feed.failures for feed in await tx.feeds())
    return bool(articles) and asked and not unread and not unplaced


async def _more_placed(store: SqlStore, before: set[frozenset[str]]) -> bool:
    known = sum(map(len, before))
    return (await counts(store))[0] > known and await _all_placed(store)


async def test_replies_and_digests_of_two_chat_processes_draw_on_one_budget(
    tmp_path: Path, database: str
) -> None:
    """The simulator refuses the 31st message of a second, a chat's fourth in a row, a group's 21st a minute.

    People ask all the time, an outbox of 500 messages is being sent, and its sender is killed in the middle:
    the other takes both over, nothing is refused for being one too many, and everybody is answered.
    """
    readers, askers = range(1, 441), range(1001, 1041)
    groups = [-1002000000000 - number for number in range(4)]
    async with world() as (site, simulator), rows(database) as store, AsyncExitStack() as stack:
        for user in (*readers, *askers):
            simulator.world.add_user(user)
        for group in groups:
            simulator.world.add_chat(group, "supergroup", "Group")
        many = home(tmp_path / "many", site, simulator, MANY, database)
        await subscribed_long_ago(many)
        chats = [
            await stack.enter_async_context(many.process("run", "--role", "chat")),
            await stack.enter_async_context(many.process("run", "--role", "chat")),
        ]
        await until(lambda: any("post_taken post=sender" in one.said for one in chats), 120)
        first, second = sorted(chats, key=lambda one: "post_taken post=sender" not in one.said)
        await second.says("running role=chat", 120)
        # Whoever queues puts the sending, too; of what this test queues by itself the plan alone knows.
        planner = await stack.enter_async_context(many.process("run", "--role", "scheduler"))
        await planner.says("running role=scheduler", 120)
        items = [make.delivery(f"to-{chat}", address=_to(chat), due_at=CLOCK.now()) for chat in readers]
        items += [
            make.delivery(f"to-{group}:{number}", address=_to(group), due_at=CLOCK.now())
            for group in groups
            for number in range(15)
        ]
        asking = asyncio.create_task(_ask(simulator, askers))
        async with store.begin() as tx:
            await tx.queue([replace(one, part=Part(text=one.key)) for one in items])
        await until(lambda: len(_sent(simulator, "to-")) >= 150, 120)
        await first.end(SIGKILL)
        killed = CLOCK.monotonic()
        await second.says("post_taken post=sender", 40)
        assert CLOCK.monotonic() - killed < 30
        await until(lambda: _outbox_is_empty(store), 180)
        asked = await asyncio.wait_for(_stopped(asking), 30)
        await until(lambda: len(_sent(simulator)) >= len(items) + asked - 10, 60)
        calls = simulator.ledger.calls
        assert [call.error for call in calls if call.status == 429] == []
        sent = Counter(_sent(simulator, "to-"))
        assert max(sent.values()) == 1
        async with store.begin() as tx:
            held = await tx.deliveries([DeliveryState.AMBIGUOUS])
        assert len(held) <= 8
        assert {one.key for one in items} - set(sent) <= {one.part.text for one in held}
        # Both went out in the same seconds: else this says nothing about one budget.
        seconds = {True: set[str](), False: set[str]()}
        for call in simulator.ledger.accepted():
            seconds[call.text.startswith("to-")].add(call.at[:19])
        both = seconds[True] & seconds[False]
        assert len(both) >= 10


async def test_a_workers_health_says_whether_it_looks_for_work_and_reaches_its_database(
    tmp_path: Path, database: str
) -> None:
    url = make_url(database)
    async with world() as (site, simulator), AsyncExitStack() as stack:
        between = await stack.enter_async_context(proxy(url.port or 5432))
        through = url.set(port=between.port).render_as_string(hide_password=False)
        many = home(tmp_path / "many", site, simulator, MANY, through)
        ports = {}
        for role in ("worker", "web"):
            ports[role] = free_port()
            env = {"DATELINE_METRICS": f"127.0.0.1:{ports[role]}"}
            process = await stack.enter_async_context(many.process("run", "--role", role, env=env))
            await process.says(f"running role={role}", 120)
        await CLOCK.sleep(2)

        async def health(role: str) -> dict[str, Any]:
            address = f"http://127.0.0.1:{ports[role]}/healthz"
            async with aiohttp.ClientSession() as session, session.get(address) as answer:
                return {"status": answer.status, **await answer.json()}

        asked = {role: await health(role) for role in ports}
        assert [one["status"] for one in asked.values()] == [200, 200]
        assert asked["worker"]["seconds_since_look"] < FRESH
        assert asked["worker"]["seconds_since_job"] is None
        assert asked["web"]["seconds_since_look"] is None  # it serves no queue
        between.refusing = True
        between.cut()
        for role in ports:
            await until(lambda role=role: _is(health(role), 503), 60)  # type: ignore[misc]
            assert (await health(role))["database"] is False
        between.refusing = False
        for role in ports:
            await until(lambda role=role: _is(health(role), 200), 60)  # type: ignore[misc]
            assert (await health(role))["seconds_since_beat"] < STALLED


async def _is(told: Awaitable[dict[str, Any]], status: int) -> bool:
    return bool((await told)["status"] == status)


def _to(chat: int) -> Address:
    return Address(channel="telegram", chat=str(chat))


def _sent(simulator: Simulator, start: str = "") -> list[str]:
    return [call.text for call in simulator.ledger.accepted() if call.text.startswith(start)]


async def _ask(simulator: Simulator, people: Iterable[int]) -> int:
    """Somebody asks for help every third of a second, each person every ten; how often, when cancelled."""
    asked = 0
    try:
        for person in itertools.cycle(people):
            simulator.world.say(person, person, "/help")
            asked += 1
            await CLOCK.sleep(0.3)
    except asyncio.CancelledError:
        return asked
    return asked


async def _stopped(task: asyncio.Task[int]) -> int:
    task.cancel()
    return await task


async def _outbox_is_empty(store: SqlStore) -> bool:
    waits = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING)
    async with store.begin() as tx:
        return not await tx.deliveries(waits)


async def _some(store: SqlStore) -> bool:
    return (await counts(store))[0] >= 3


async def _read(store: SqlStore) -> bool:
    articles, unread, unplaced = await counts(store)
    async with store.begin() as tx:
        asked = all(feed.polls or feed.failures for feed in await tx.feeds())
    return asked and not unread and articles == unplaced


async def _placed(store: SqlStore) -> bool:
    return (await counts(store))[2] == 0
