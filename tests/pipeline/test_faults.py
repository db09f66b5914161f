"""The path in a bad world: sick feeds, dead parsers, failing commits, kills. What is due gets done, once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.http import FetchLimits, Web
from bot.adapters.store import SqlStore, SqlTx, open_store
from bot.app import App
from bot.demo.samples import SampleArticle
from bot.errors import Broken, Code, Transient
from bot.pipeline import plan
from bot.pipeline.collect import poll, read
from bot.pipeline.compose import demand
from bot.ports import Parser, Step
from bot.types import DeliveryState, Entry, ParsedFeed, Reading, Response, StoryId
from tests.loopback import Loopback, answer, drip, hang, refused_port
from tests.pipeline.newsroom import NOW, TOKEN, Newsroom, joined, newsroom, samples

pytestmark = pytest.mark.slow

SLOT = NOW + timedelta(hours=1, minutes=30)
OWNER = -1001000000099
FEW = ("levant-ledger", "capital-dispatch", "meridian-wire")
TABLES = ("entries", "articles", "placements", "stories", "digests", "deliveries", "polls")
TOLD = ("assembly-vote", "busan-truce")
"""A reprint-free story of one article and one of three: enough for every step to have work."""
FEW_ARTICLES = tuple(one for one in samples()[1] if one.story in TOLD)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the articles of a few outlets collected."""
    home = tmp_path_factory.mktemp("collected")

    async def work() -> None:
        async with small(home) as room, room.app() as app:
            await app.work("poll", "read", "place")

    asyncio.run(work())
    return home


@pytest.fixture
def home(collected: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    shutil.copytree(collected / "data", tmp_path / "data")
    return tmp_path


@asynccontextmanager
async def small(home: Path, **options: Any) -> AsyncIterator[Newsroom]:
    """A newsroom of three outlets."""
    outlets = [one for one in samples()[0] if one.id in FEW]
    assert len(outlets) == len(FEW)
    async with newsroom(home, outlets=outlets, **options) as room:
        yield room


async def post(room: Newsroom, app: App) -> None:
    room.clock.set(max(room.clock.now(), SLOT + timedelta(seconds=5)))
    await app.work("compose", "send")


async def counts(app: App) -> dict[str, int]:
    async with app.deps.store.begin() as tx:
        return dict(await tx.counts())


# -------------------------------------------------------------------------------------------- sick servers


def rss(*slugs: str, text: str = "") -> bytes:
    """A feed of these items, each with enough words to be told from the feed alone."""
    words = text or (
        "The Syrian government signed a power deal with Qatar in Damascus on Friday, the ministry said. "
        "The plants will add 400 megawatts to the national grid before the summer, according to it."
    )
    items = "".join(
        f"<item><title>Syria signs power deal number {slug}</title><link>http://site.example/{slug}</link>"
        f"<pubDate>Fri, 20 Nov 2026 05:00:00 GMT</pubDate><description>{words}</description></item>"
        for slug in slugs
    )
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()
    )


def article_page(title: str) -> bytes:
    text = "".join(
        f"<p>The energy ministry in Damascus said in its report number {number} that the power plants would "
        f"be repaired within {number + 3} months by companies from Qatar and Turkey.</p>"
        for number in range(6)
    )
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>".encode()


@asynccontextmanager
async def real_web(room: Newsroom, app: App) -> AsyncIterator[App]:
    """The App with a web that gives up after a second, and minds no gap: all servers are one host here."""
    web = Web(
        clock=SystemClock(),
        user_agent="Dateline-test",
        allow_private=["127.0.0.1"],
        limits=FetchLimits(per_host=16, host_gap=0, connect_timeout=1, total_timeout=1),
    )
    try:
        yield joined(app, web=web)
    finally:
        await web.close()


def to_loopback(room: Newsroom, urls: dict[str, str]) -> None:
    """Let the newsroom read these feeds, and no others."""
    room.declare("feeds", {name: {"url": url, "language": "en"} for name, url in urls.items()})


async def test_sick_feeds_keep_no_well_one_waiting_and_each_has_its_code(tmp_path: Path) -> None:
    with refused_port() as port:
        async with Loopback() as web, small(tmp_path) as room:
            web.otherwise(answer(article_page("Power deal"), content_type="text/html"))
            web.on("/robots.txt", answer(b"", status=404))
            body = rss("a", "b").replace(b"http://site.example", web.url("").rstrip("/").encode())
            web.on("/well", answer(body, content_type="application/rss+xml"))
            web.on("/silent", hang())
            web.on("/slow", drip(body, every=0.05))
            web.on("/garbage", answer(b"\x00\xff\xfe" * 500, content_type="application/rss+xml"))
            web.on("/login", answer(b"<!doctype html><html><body>Log in</body></html>"))
            web.on("/ill", answer(b"", status=503))
            to_loopback(
                room,
                {name: web.url(f"/{name}") for name in ("well", "silent", "slow", "garbage", "login", "ill")}
                | {"refused": f"http://127.0.0.1:{port}/feed"},
            )
            async with room.app() as opened, real_web(room, opened) as app:
                began = SystemClock().monotonic()
                await app.work("poll")
                assert SystemClock().monotonic() - began < 30
                async with app.deps.store.begin() as tx:
                    codes = {feed.id: feed.last_code for feed in await tx.feeds() if feed.status != "off"}
                assert (await counts(app))["articles"] == 2
    assert codes == {
        "well": None,
        "silent": Code.TIMEOUT,
        "slow": Code.TIMEOUT,
        "garbage": Code.NOT_A_FEED,
        "login": Code.HTML_PAGE,
        "ill": Code.SERVER_ERROR,
        "refused": Code.REFUSED,
    }


async def test_a_page_that_hangs_is_tried_again_and_then_told_from_the_feed(tmp_path: Path) -> None:
    async with Loopback() as web, small(tmp_path) as room:
        web.on("/robots.txt", answer(b"", status=404))
        web.on("/fine", answer(article_page("Power deal fine"), content_type="text/html"))
        web.on("/stuck", hang())
        body = rss("fine", "stuck").replace(b"http://site.example", web.url("").rstrip("/").encode())
        to_loopback(room, {"one": web.on("/feed", answer(body, content_type="application/rss+xml"))})
        async with room.app() as opened, real_web(room, opened) as app:
            await poll(app.deps, Step(name="poll"))
            await read(app.deps, Step(name="read"))
            assert await articles(app) == {"fine": True}
            for minutes in (1, 3, 16):
                room.clock.move(60 * minutes)
                await read(app.deps, Step(name="read"))
            assert await articles(app) == {"fine": True, "stuck": False}
        assert len(web.asked("/stuck")) == 3


async def articles(app: App) -> dict[str, bool]:
    """The last piece of each article's address, and whether it was read from its page."""
    async with app.deps.store.begin() as tx:
        found = await tx.unplaced(100)
    return {article.url.rpartition("/")[2]: article.full for article in found}


async def test_a_parser_process_that_is_killed_costs_at_most_what_it_was_parsing(tmp_path: Path) -> None:
    async with small(tmp_path) as room, room.app() as app:
        whole = len({one.id for one in samples()[1] if one.outlet in FEW and one.kind == "article"})
        killed: list[int] = []
        killing = asyncio.create_task(kill_parsers(app.deps.parser, killed, most=4))
        await app.work("poll")
        killing.cancel()
        room.clock.move(3600)
        await app.work("poll")
        assert killed
        async with app.deps.store.begin() as tx:
            assert {feed.failures for feed in await tx.feeds()} == {0}
        assert whole - len(killed) <= (await counts(app))["articles"] <= whole


async def kill_parsers(parser: Any, killed: list[int], *, most: int) -> None:
    """Kill parser processes while they are busy."""
    while len(killed) < most:
        for worker in tuple(parser._live.values()):
            if worker.process.poll() is None and worker.deadline < math.inf:
                worker.process.kill()
                killed.append(worker.process.pid)
                break
        await SystemClock().sleep(0.1)


# ----------------------------------------------------------------------------------- one bad thing among many


NO_TEXT: Any = 1j
"""What no column takes."""


class BadParser:
    """The real parser, except where a feed's or an entry's address says otherwise."""

    def __init__(self, inner: Parser) -> None:
        self._inner = inner
        self.raising = ""
        self.unwritable = ""

    async def feed(self, response: Response, now: datetime, *, whole: bool = True) -> ParsedFeed:
        parsed = await self._inner.feed(response, now, whole=whole)
        if self.raising and self.raising in response.url:
            raise ZeroDivisionError("a bug of ours")
        if self.unwritable and self.unwritable in response.url:
            bad = replace(parsed.entries[0], language=NO_TEXT)
            return replace(parsed, entries=(bad, *parsed.entries[1:]))
        return parsed

    async def read(self, entry: Entry, page: Response | None) -> Reading:
        reading = await self._inner.read(entry, page)
        if self.raising and self.raising in entry.url:
            raise ZeroDivisionError("a bug of ours")
        if self.unwritable and self.unwritable in entry.url:
            return replace(reading, language=NO_TEXT)
        return reading


@pytest.mark.parametrize("how", ["raising", "unwritable"])
async def test_a_feed_that_brings_out_a_bug_fails_alone(how: str, tmp_path: Path) -> None:
    async with small(tmp_path) as room, room.app() as opened:
        parser = BadParser(opened.deps.parser)
        app = joined(opened, parser=parser)
        setattr(parser, how, "capital-dispatch")
        await app.work("poll")
        async with app.deps.store.begin() as tx:
            codes = {feed.id: feed.last_code for feed in await tx.feeds()}
            assert await tx.due_feeds(room.clock.now(), 10) == ()
        assert codes == dict.fromkeys(FEW) | {"capital-dispatch": Code.PARSE_CRASH}
        setattr(parser, how, "")
        room.clock.move(3600)
        await app.work("poll")
        async with app.deps.store.begin() as tx:
            assert {feed.last_code for feed in await tx.feeds()} == {None}
        assert app.runner.failed == 0


@pytest.mark.parametrize("how", ["raising", "unwritable"])
async def test_an_entry_that_brings_out_a_bug_is_dropped_alone(how: str, tmp_path: Path) -> None:
    async with small(tmp_path) as room, room.app() as opened:
        parser = BadParser(opened.deps.parser)
        app = joined(opened, parser=parser)
        await poll(app.deps, Step(name="poll"))
        async with app.deps.store.begin() as tx:
            waiting = await tx.unread_entries(room.clock.now(), 100)
        setattr(parser, how, next(one.entry.url for one in waiting if "subscribers" not in one.entry.url))
        await app.work("read")
        async with app.deps.store.begin() as tx:
            assert await tx.unread_entries(room.clock.now() + timedelta(days=1), 1) == ()
        whole = {one.id for one in samples()[1] if one.outlet in FEW and one.kind == "article"}
        assert (await counts(app))["articles"] == len(whole) - 1
        assert app.runner.failed == 0


class BusyParser:
    """The real parser, which comes to an end over one entry's page the first so many times."""

    def __init__(self, inner: Parser, times: int) -> None:
        self._inner, self._left = inner, times
        self.url = ""

    async def feed(self, response: Response, now: datetime, *, whole: bool = True) -> ParsedFeed:
        return await self._inner.feed(response, now, whole=whole)

    async def read(self, entry: Entry, page: Response | None) -> Reading:
        if entry.url == self.url and page is not None and self._left:
            self._left -= 1
            raise Broken("parsing took over 5 s", code=Code.PARSE_TIMEOUT)
        return await self._inner.read(entry, page)


@pytest.mark.parametrize(("times", "full"), [(1, True), (9, False)])
async def test_a_page_over_which_the_parser_ended_is_tried_again_and_then_told_from_the_feed(
    times: int, full: bool, tmp_path: Path
) -> None:
    async with small(tmp_path, articles=FEW_ARTICLES) as room, room.app() as opened:
        parser = BusyParser(opened.deps.parser, times)
        app = joined(opened, parser=parser)
        await poll(app.deps, Step(name="poll"))
        async with app.deps.store.begin() as tx:
            waiting = await tx.unread_entries(room.clock.now(), 9)
        # Its feed carries whole texts: there is something to tell it from.
        parser.url = next(one.entry.url for one in waiting if "meridian-wire" in one.entry.url)
        await read(app.deps, Step(name="read"))
        assert (await counts(app))["articles"] == 3
        room.clock.move(150)
        await read(app.deps, Step(name="read"))
        found = await articles(app)
        assert len(found) == 4
        assert found[parser.url.partition("?")[0].rpartition("/")[2]] is full


async def test_a_story_that_cannot_be_told_is_left_out_and_the_others_go(home: Path) -> None:
    async with small(home) as room, room.app() as opened:
        clean = await demand(opened.deps)
        first = clean.sections[0].items[0]

        class Refusing:
            def signature(self, told: Any) -> str:
                return f"extractive:refusing:{told.length}"

            async def summarize(self, brief: Any) -> Any:
                if brief.story == first.story:
                    raise ZeroDivisionError("a bug of ours")
                return await opened.deps.fallback.summarize(brief)

        app = joined(opened, summarizer=Refusing(), fallback=Refusing())
        await post(room, app)
        told = await stories_told(app)
        assert len(told) >= 3
        assert first.story not in told
        assert first.summary.headline not in "".join(room.chat())
        assert room.chat()


async def stories_told(app: App) -> set[StoryId]:
    async with app.deps.store.begin() as tx:
        (subscription,) = await tx.subscriptions()
        return set(await tx.told(subscription.id, NOW - timedelta(days=30)))


async def test_a_topic_that_is_taken_out_takes_no_digest_with_it(home: Path) -> None:
    async with small(home) as room:
        path = room.home / "config" / "topics.yaml"
        kept = path.read_text(encoding="utf-8").split("\n  us-china:")[0]
        assert "syria:" in kept
        path.write_text(kept, encoding="utf-8")
        room.changed = True
        async with room.app() as app:
            await post(room, app)
            assert app.runner.failed == 0
            assert await stories_told(app)
        assert "Syria" in room.chat()[0]
        assert "US-China" not in "".join(room.chat())


# ------------------------------------------------------------------------------------------ failing commits


class FailingStore:
    """A store whose n-th transaction fails at its commit: before it happened, or after it did but unheard."""

    def __init__(self, store: SqlStore, fail_at: int, *, unheard: bool) -> None:
        self.inner = store
        self._left = fail_at
        self._unheard = unheard
        self.begun = 0
        self.failed = False

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTx]:
        self.begun += 1
        self._left -= 1
        now = self._left == 0
        async with self.inner.begin() as tx:
            yield tx
            if now and not self._unheard:
                self.failed = True
                raise Transient("the commit did not happen")
        if now:
            self.failed = True
            raise Transient("the commit happened, but nobody heard of it")

    async def close(self) -> None:
        await self.inner.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: how many rows, which stories of which articles, and which of them were told.

    Ids are not compared: they follow the order in which answers come in.
    """

    rows: dict[str, int]
    stories: frozenset[frozenset[str]]
    told: frozenset[frozenset[str]]


async def run_through(room: Newsroom, app: App) -> None:
    """Tick before the slot and after it, each time as long after the last that leases and pauses are over."""
    for begin in (NOW, SLOT + timedelta(seconds=5)):
        room.clock.set(begin)
        for _ in range(3):
            with contextlib.suppress(Transient):  # the plan itself failed: the next tick plans again
                await app.runner.put(await plan(app.deps))
            await app.runner.idle()
            room.clock.move(120)


async def outcome_of(room: Newsroom, store: SqlStore, chat: list[str]) -> Outcome:
    """What a run came to; everything is sent, and stands in the chat once."""
    async with store.begin() as tx:
        rows = await tx.counts()
        deliveries = await tx.deliveries(None, 100)
        (subscription,) = await tx.subscriptions()
        found = await tx.stories_since(NOW - timedelta(days=30), subscription.topics)
        told = await tx.told(subscription.id, NOW - timedelta(days=30))
        known = {
            story.id: frozenset(article.url for article in await tx.articles(story.articles))
            for story, _ in found
        }
    assert {item.state for item in deliveries} == {DeliveryState.SENT}
    assert Counter(chat) == Counter(item.part.text for item in deliveries)
    return Outcome(
        rows={name: rows[name] for name in TABLES},
        stories=frozenset(known.values()),
        told=frozenset(known[ident] for ident in told),
    )


async def fail_each_commit(tmp_path: Path, modes: Callable[[int], tuple[bool, ...]]) -> int:
    """Run the path once for each commit that can fail; gives how many there are."""
    runs = 0
    async with small(tmp_path, articles=FEW_ARTICLES) as room:
        async with room.app():
            pass  # migrated, and the files imported
        async with room.app() as opened:

            async def one_run(fail_at: int, *, unheard: bool) -> tuple[Outcome, FailingStore]:
                nonlocal runs
                runs += 1
                path = shutil.copy(tmp_path / "data" / "dateline.db", tmp_path / f"run-{runs}.db")
                inner = open_store(f"sqlite:///{path}", clock=room.clock)
                store = FailingStore(inner, fail_at, unheard=unheard)
                before = len(room.chat())
                try:
                    await run_through(room, joined(opened, store=store))
                    return await outcome_of(room, inner, room.chat()[before:]), store
                finally:
                    await inner.close()

            clean, counted = await one_run(0, unheard=False)
            assert len(clean.told) >= len(TOLD)
            for fail_at in range(1, counted.begun + 1):
                for unheard in modes(fail_at):
                    outcome, store = await one_run(fail_at, unheard=unheard)
                    assert store.failed, fail_at
                    assert outcome == clean, (fail_at, unheard)
            return counted.begun


async def test_whichever_commit_fails_everything_is_delivered_once(tmp_path: Path) -> None:
    assert await fail_each_commit(tmp_path, lambda number: (number % 2 == 0,)) > 20


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_whichever_commit_fails_in_either_way_everything_is_delivered_once(tmp_path: Path) -> None:
    assert await fail_each_commit(tmp_path, lambda number: (False, True)) > 20


# --------------------------------------------------------------------------------------------------- kills


class Forge:
    """The process that forks bots; the newsroom and the simulated chat outlive them."""

    def __init__(self, room: Newsroom, process: subprocess.Popen[str]) -> None:
        self._room = room
        self._process = process
        self._lives = 0

    async def live(self, kill_after: float | None = None, *, step: str = "", nth: int = 1) -> int:
        """One bot's life, two minutes after the last one's: its return code, -9 when it was killed.

        It dies ``kill_after`` real seconds, or at the ``nth`` time of the named step.
        """
        at = SLOT + timedelta(seconds=5 + 120 * self._lives)
        self._lives += 1
        self._room.clock.set(at)
        settings = self._room.settings.model_dump(mode="json", by_alias=True)
        settings["TELEGRAM_BOT_TOKEN"], settings["OPENAI_API_KEY"] = TOKEN, ""
        order = {"settings": settings, "port": self._room.server.port, "at": at.isoformat()}
        order |= {"step": step, "nth": nth}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        child = await self._number()
        if kill_after is not None:
            await SystemClock().sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return await self._number()

    async def _number(self) -> int:
        assert self._process.stdout is not None
        return int(await asyncio.wait_for(asyncio.to_thread(self._process.stdout.readline), 60))


@pytest.fixture(scope="module")
def forker() -> Iterator[subprocess.Popen[str]]:
    """One for all tests: what costs time is its imports."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.path_kill"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process  # leaving closes its input, and so ends it


@asynccontextmanager
async def forging(
    home: Path, forker: subprocess.Popen[str], articles: Sequence[SampleArticle]
) -> AsyncIterator[tuple[Newsroom, Forge]]:
    await asyncio.to_thread(home.mkdir)
    async with small(home, articles=articles) as room:
        room.use(parsers=1)
        async with room.app():
            pass  # readers subscribed before the slot
        yield room, Forge(room, forker)


async def finish(room: Newsroom, forge: Forge) -> Outcome:
    """Let bots run until all is done, a person deciding what nobody can know by looking into the chat."""
    store = open_store(room.settings.database_url, clock=room.clock)
    try:
        for _ in range(4):
            assert await forge.live() == 0
            async with store.begin() as tx:
                for item in await tx.deliveries([DeliveryState.AMBIGUOUS]):
                    arrived = item.part.text in room.chat()
                    await tx.decide(item.id, arrived=arrived, now=room.clock.now())
                if {item.state for item in await tx.deliveries()} == {DeliveryState.SENT}:
                    break
        return await outcome_of(room, store, room.chat())
    finally:
        await store.close()


async def clean_life(home: Path, forker: subprocess.Popen[str]) -> tuple[Outcome, float]:
    """What a bot that nobody kills does, and in how many seconds."""
    async with forging(home, forker, FEW_ARTICLES) as (room, forge):
        await forge.live(kill_after=0)  # the first fork waits for the imports
        began = SystemClock().monotonic()
        assert await forge.live() == 0
        seconds = SystemClock().monotonic() - began
        return await finish(room, forge), seconds


async def kill(home: Path, forker: subprocess.Popen[str], moments: Sequence[float], clean: Outcome) -> int:
    """Kill one bot after the other at these moments (seconds), let one finish; gives how many died."""
    async with forging(home, forker, FEW_ARTICLES) as (room, forge):
        ends = [await forge.live(kill_after=moment) for moment in moments]
        assert set(ends) <= {-signal.SIGKILL, 0}
        outcome = await finish(room, forge)
    # Each life polls again what is due by then, so the poll log is longer.
    assert replace(outcome, rows=outcome.rows | {"polls": clean.rows["polls"]}) == clean
    assert outcome.rows["digests"] == 1
    return ends.count(-signal.SIGKILL)


async def test_ten_kills_at_any_moment_and_a_restart_deliver_exactly_one_digest(
    tmp_path: Path, forker: subprocess.Popen[str]
) -> None:
    clean, seconds = await clean_life(tmp_path / "clean", forker)
    moments = [seconds * share / 8 for share in (1, 7, 3, 6, 2, 8, 5, 4, 7.5, 6.5)]
    assert await kill(tmp_path / "killed", forker, moments, clean) >= 1


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_fifty_lives_cut_short_deliver_exactly_one_digest_each(
    tmp_path: Path, forker: subprocess.Popen[str]
) -> None:
    clean, seconds = await clean_life(tmp_path / "clean", forker)
    died = 0
    for number in range(50):
        moment = seconds * (number + 0.5) / 50
        if await kill(tmp_path / f"killed-{number}", forker, [moment], clean):
            died += 1
        else:  # a life takes less by now: the first one was measured while others used the machine
            seconds = moment
    assert died >= 25
