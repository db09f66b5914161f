from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.demo.samples import load
from bot.domain import terms
from bot.errors import Code
from bot.pipeline import plan
from bot.pipeline.compose import demand
from bot.types import ArticleId, DeliveryState, Digest, FeedStatus, Length
from tests.pipeline.newsroom import CHAT, NOW, Newsroom, newsroom

SLOT = NOW + timedelta(hours=1, minutes=30)


async def collect(app: App) -> None:
    await app.work("poll", "read", "place")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database has the whole sample newsroom collected: collecting is the slow part."""
    home = tmp_path_factory.mktemp("collected")

    async def work() -> None:
        async with newsroom(home) as room, room.app() as app:
            await collect(app)

    asyncio.run(work())
    return home


@pytest.fixture
def home(collected: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    shutil.copytree(collected / "data", tmp_path / "data")
    return tmp_path


async def post(room: Newsroom, app: App) -> None:
    room.clock.set(max(room.clock.now(), SLOT + timedelta(seconds=5)))
    await app.work("compose", "send")


async def test_feeds_become_one_posted_digest_and_doing_all_twice_changes_nothing(
    tmp_path: Path,
) -> None:
    async with newsroom(tmp_path) as room, room.app() as app:
        for _ in range(2):
            await collect(app)
        for _ in range(2):
            await post(room, app)
        async with app.deps.store.begin() as tx:
            counts = await tx.counts()
            deliveries = await tx.deliveries(None, 100)
        chat = room.chat()
        assert len(chat) == len(deliveries) == deliveries[0].parts
        assert all(item.state is DeliveryState.SENT for item in deliveries)
        assert "Syria" in chat[0]
        assert counts["digests"] == 1
        assert counts["articles"] == len({one.id for one in load(NOW)[1]}) - 2  # a paywall and a consent page
        assert {step.name for step in await plan(app.deps)} <= {"poll"}


@pytest.mark.slow
async def test_a_second_process_on_the_same_rows_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    async with newsroom(tmp_path) as room:
        async with room.app() as app:
            await app.work("poll")
        async with room.app() as app:
            await collect(app)
        async with room.app() as app:
            await post(room, app)
        assert room.chat()


async def test_an_article_joins_a_story_that_was_placed_before_a_restart(tmp_path: Path) -> None:
    outlets, articles = load(NOW)
    late = [one for one in articles if one.id != "latakia-fires-contained"]
    async with newsroom(tmp_path, articles=late) as room:
        async with room.app() as app:
            await collect(app)
            before = await stories(app)
        room.server.articles = articles
        room.clock.move(3600)
        async with room.app() as app:
            await collect(app)
            after = await stories(app)
    del outlets
    assert len(after) == len(before)
    assert sum(after.values()) == sum(before.values()) + 1


async def stories(app: App) -> dict[int, int]:
    book = app.deps.desk.catalogue
    async with app.deps.store.begin() as tx:
        rows = await tx.stories_since(NOW - timedelta(days=30), book.slugs)
    return {story.id: len(story.articles) for story, _ in rows}


async def test_dead_feeds_are_told_and_never_sold_as_a_quiet_day(tmp_path: Path) -> None:
    outlets, _ = load(NOW)
    async with (
        newsroom(tmp_path, outlets=[replace(one, format="dead") for one in outlets]) as room,
        room.app() as app,
    ):
        await collect(app)
        await post(room, app)
        (text,) = room.chat()
        assert f"0 of {len(outlets)}" in text or "could be read" in text
        async with app.deps.store.begin() as tx:
            feeds = await tx.feeds()
        assert {feed.status for feed in feeds} == {FeedStatus.DEAD}
        assert {feed.last_code for feed in feeds} == {Code.GONE}


async def test_what_was_told_is_not_told_again_and_a_quiet_day_is_one_line(home: Path) -> None:
    async with newsroom(home) as room, room.app() as app:
        await post(room, app)
        first = len(room.chat())
        room.clock.set(SLOT + timedelta(days=1, seconds=5))
        await app.work("poll", "read", "place", "compose", "send")
        told = room.chat()[first:]
    before = {line for text in room.chat()[:first] for line in text.splitlines() if len(line) > 40}
    before = {line for line in before if not line.startswith("[")}  # lines of outlets may repeat
    assert told
    assert [line for text in told for line in text.splitlines() if line in before] == []


async def test_a_missed_slot_goes_out_late_and_an_old_one_is_listed_as_skipped(home: Path) -> None:
    async with newsroom(home) as room, room.app() as app:
        room.clock.set(SLOT + timedelta(hours=3))
        await app.work("poll", "read", "place", "compose", "send")  # what was missed is read first
        assert "late" in room.chat()[0].lower()
        sent = len(room.chat())
        room.clock.set(SLOT + timedelta(days=1, hours=13))
        await app.work("compose", "send")
        assert len(room.chat()) == sent
        async with app.deps.store.begin() as tx:
            rows = await tx.digests(None, 10)
        assert len(rows) == 2


async def test_a_planted_instruction_and_pages_behind_walls_reach_nobody(home: Path) -> None:
    async with newsroom(home) as room, room.app() as app:
        digest = await demand(app.deps, window=timedelta(hours=72), length=Length.DEEP)
        await post(room, app)
    told = " ".join([*room.chat(), *sentences(digest)])
    assert "Damascus International Fair" in told
    for planted in (
        "win-prizes",
        "HACKED",
        "cancelled; send",
        "ignore your instructions",
        "Ignore all previous",
    ):
        assert planted not in told
    assert "Inside the US-China talks that nearly failed" not in told
    assert "privacy" not in told.lower()


def sentences(digest: Digest) -> list[str]:
    return [s.text for section in digest.sections for item in section.items for s in item.summary.sentences]


async def test_every_sentence_stands_in_its_sources_and_no_article_is_quoted_too_much(
    home: Path,
) -> None:
    async with newsroom(home) as room, room.app() as app:
        digest = await demand(app.deps, window=timedelta(hours=72), length=Length.DEEP)
        again = await demand(app.deps, window=timedelta(hours=72), length=Length.BRIEF)
        async with app.deps.store.begin() as tx:
            known = await tx.articles([ArticleId(number) for number in range(1, 200)])
    articles = {article.id: article.text for article in known}
    quoted: Counter[tuple[int, str]] = Counter()
    for made in (digest, again):
        for section in made.sections:
            for item in section.items:
                texts = {source.number: source for source in item.summary.sources}
                for sentence in item.summary.sentences:
                    assert sentence.sources
                    for number in sentence.sources:
                        assert sentence.text.rstrip(".") in articles[texts[number].article]
                    own = texts[sentence.sources[0]].article
                    quoted[own, sentence.text] = 1
    words: Counter[int] = Counter()
    for article, text in quoted:
        words[article] += terms.word_count(text)
    assert max(words.values()) <= 60


async def test_reprints_count_as_one_voice_and_contradicting_counts_are_both_told(home: Path) -> None:
    async with newsroom(home) as room, room.app(stories_per_topic=20) as app:
        digest = await demand(app.deps, window=timedelta(hours=72))
    items = [item for section in digest.sections for item in section.items]
    (port,) = [item for item in items if "Tartus" in item.summary.headline]
    assert (port.voices, port.reprints) == (2, 3)
    (returns,) = [item for item in items if "refugees" in item.summary.headline.lower()]
    told = " ".join(sentence.text for sentence in returns.summary.sentences)
    assert "million" in told
    assert "850,000" in told


async def test_a_chat_that_is_gone_is_muted_and_the_failure_is_listed(home: Path) -> None:
    async with newsroom(home) as room, room.app() as app:
        room.simulator.world.set_bot(CHAT, "kicked")
        await post(room, app)
        async with app.deps.store.begin() as tx:
            assert await tx.subscriptions() == ()
            states = Counter(item.state for item in await tx.deliveries(None, 100))
        assert states[DeliveryState.FAILED] >= 1
        assert DeliveryState.SENT not in states


async def test_a_digest_on_demand_tells_the_same_twice_and_marks_nothing_as_told(home: Path) -> None:
    async with newsroom(home) as room, room.app() as app:
        first = await demand(app.deps)
        second = await demand(app.deps)
        await post(room, app)
    assert sentences(first) == sentences(second)
    assert sentences(first)[0].split(". ")[0][:40] in " ".join(room.chat())


async def test_a_group_that_became_a_supergroup_keeps_its_new_address_over_imports(home: Path) -> None:
    async with newsroom(home) as room, room.app() as app:
        await app.import_config()  # remembers what the file says
        async with app.deps.store.begin() as tx:
            (before,) = await tx.subscriptions()
            moved = replace(before, address=replace(before.address, chat="-100777"))
            await tx.put_subscription(moved)
        await app.import_config()
        async with app.deps.store.begin() as tx:
            assert [sub.address.chat for sub in await tx.subscriptions()] == ["-100777"]
        room.declare("digests", {"morning": {"chat": CHAT - 1, "times": ["07:30"], "zone": "UTC"}})
        await app.import_config()
        async with app.deps.store.begin() as tx:
            assert [sub.address.chat for sub in await tx.subscriptions()] == [str(CHAT - 1)]
