"""The plan cut for many machines, and what keeps two machines from doing the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.clock import FixedClock
from bot.adapters.store import SqlStore
from bot.app import App, open_app
from bot.demo.show import SampleNames
from bot.errors import Transient
from bot.pipeline import STEPS, plan
from bot.pipeline.collect import read
from bot.pipeline.group import PLACER, place
from bot.pipeline.prepare import prepare, tell_story
from bot.pipeline.shards import LEAST, SHARD, buckets, cut, followed
from bot.ports import Deps, Step, Summarizer
from bot.types import Brief, FeedId, Length, Method, StoryId, Summary
from tests import make
from tests.pipeline.newsroom import newsroom


def deps(store: SqlStore) -> Deps:
    return cast("Deps", type("Some", (), {"store": store, "clock": FixedClock(make.NOW)})())


@given(st.integers(0, 2_000_000))
def test_there_are_few_buckets_of_about_fifty_and_their_number_seldom_changes(items: int) -> None:
    count = buckets(items)
    assert count & (count - 1) == 0
    assert count >= LEAST
    assert items <= count * SHARD
    assert count == LEAST or items > count * SHARD / 2


async def test_every_due_feed_is_in_one_shard_and_a_site_is_in_one(store: SqlStore) -> None:
    feeds = [make.feed(f"f{number}", url=f"https://h{number % 90}.example/{number}") for number in range(600)]
    async with store.begin() as tx:
        await tx.put_feeds(feeds)
    steps = [step for step in await cut(deps(store), [Step(name="poll", key="poll")]) if step.name == "poll"]
    assert sorted(ident for step in steps for ident in step.ids) == sorted(str(feed.id) for feed in feeds)
    assert len({step.key for step in steps}) == len(steps)
    assert all(step.lock == step.key for step in steps)
    site = {str(feed.id): feed.url.split("/")[2] for feed in feeds}
    where: dict[str, set[str]] = {}
    for step in steps:
        for ident in step.ids:
            where.setdefault(site[ident], set()).add(step.key)
    assert all(len(keys) == 1 for keys in where.values())
    again = await cut(deps(store), [Step(name="poll", key="poll")])
    assert list(again) == steps


async def test_editions_come_first_and_other_steps_stay_whole(store: SqlStore) -> None:
    editions = [Step(name="compose", ids=(f"s{number}",), key=f"compose:s{number}") for number in range(1000)]
    whole = Step(name="place", key="place", lock="place")
    steps = await cut(deps(store), [*editions, whole])
    assert steps[0] == whole
    composed = [step for step in steps if step.name == "compose"]
    assert sorted(ident for step in composed for ident in step.ids) == sorted(f"s{n}" for n in range(1000))
    assert len(composed) <= buckets(1000)


async def test_few_editions_are_made_ready_in_one_step(store: SqlStore) -> None:
    readers = tuple(f"s{number}" for number in range(6))
    (step,) = await cut(deps(store), [Step(name="prepare", ids=readers, key="prepare")])
    assert step.ids == readers


def test_what_follows_a_shard_is_the_same_shard() -> None:
    step = Step(name="poll", ids=("a", "b"), key="poll:3/8", lock="poll:3/8")
    assert followed(step, "read") == Step(name="read", ids=("a", "b"), key="read:3/8", lock="read:3/8")


class Meaning:
    """An embedder that remembers what it was asked; a text means its length."""

    name, languages = "counting", None

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, texts: Any) -> Any:
        self.asked += texts
        made = np.array([[1.0, len(text), len(text) % 7, 1.0] for text in texts], dtype=np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture
async def apps(tmp_path: Path) -> AsyncIterator[tuple[App, Deps]]:
    """A newsroom's app, and its parts as a process among many would have them."""
    async with (
        newsroom(tmp_path) as room,
        open_app(
            room.settings, clock=room.clock, resolver=SampleNames(room.server.port), use_model=False
        ) as app,
    ):
        await app.import_config()
        yield app, replace(app.deps, spread=True, embedder=cast("Any", Meaning()))


async def _run(deps: Deps, *names: str) -> None:
    """All that the plan names of these, with what follows."""
    waiting = [step for step in await plan(deps) if step.name in names]
    while waiting:
        step = waiting.pop(0)
        waiting += [one for one in await STEPS[step.name](deps, step) if one.name in names]


async def _stories(deps: Deps) -> Mapping[str, int]:
    async with deps.store.begin() as tx:
        return {row[1].url: row[2].story for row in await tx.placed_since(make.NOW - timedelta(days=900))}


async def test_who_reads_also_embeds_so_that_the_placer_need_not(apps: tuple[App, Deps]) -> None:
    _, many = apps
    await _run(many, "poll", "read")
    embedder = cast("Meaning", many.embedder)
    asked = len(embedder.asked)
    assert asked
    async with many.store.begin() as tx:
        waiting = await tx.unplaced(1000)
        known = await tx.vectors("counting", [article.id for article in waiting])
    assert waiting
    assert len(known) == len(waiting)
    await place(many, Step(name="place"))
    later = embedder.asked[asked:]  # what the topics mean: asked once a process
    assert not [text for text in later for article in waiting if article.title in text]
    assert any(article.title in text for text in embedder.asked[:asked] for article in waiting)
    assert await _stories(many)


async def test_a_reading_shard_reads_its_own_feeds_alone(apps: tuple[App, Deps]) -> None:
    _, many = apps
    await _run(many, "poll")
    async with many.store.begin() as tx:
        before = await tx.unread_feeds(many.clock.now())
        assert len(before) > 1
    one = min(before)
    await read(many, Step(name="read", ids=(one,), key="read:1/8"))
    async with many.store.begin() as tx:
        assert await tx.unread_feeds(many.clock.now()) == before - {FeedId(one)}


async def test_a_placer_that_slept_beyond_its_lease_writes_no_story(apps: tuple[App, Deps]) -> None:
    _, many = apps
    await _run(many, "poll", "read")
    now = many.clock.now()
    many.desk.placer = "slept"
    async with many.store.begin() as tx:
        assert await tx.lease(PLACER, "awake", now, now + timedelta(seconds=20))
    await place(many, Step(name="place"))
    assert await _stories(many) == {}
    many.desk.placer, many.desk.index = "awake", None
    await place(many, Step(name="place"))
    assert await _stories(many)


async def _readers(deps: Deps) -> Step:
    """Three of whom one reads what must be translated, and the step that makes their editions ready."""
    wanted = [("a", "en", Length.BRIEF), ("b", "zh", Length.BRIEF), ("c", "en", Length.DEEP)]
    async with deps.store.begin() as tx:
        for ident, language, length in wanted:
            await tx.put_subscription(make.subscription(ident, language=language, length=length))
    return Step(name="prepare", ids=tuple(ident for ident, _, _ in wanted), key="prepare:0/1")


async def test_each_story_is_handed_on_at_once_for_all_readers(apps: tuple[App, Deps]) -> None:
    _, many = apps
    await _run(many, "poll", "read", "place")
    step = await _readers(many)
    handed: list[Step] = []

    async def hand_on(steps: Sequence[Step]) -> None:
        handed.extend(steps)

    async def away(steps: Sequence[Step]) -> None:
        raise Transient("the queue is away", hint="wait")

    many.desk.hand_on = hand_on
    assert await prepare(many, step) == ()
    assert len(handed) > 1
    assert len({one.key for one in handed}) == len({one.ids[0] for one in handed}) == len(handed)
    assert [one.lock for one in handed] == [f"tell:{one.ids[0]}" for one in handed]
    assert any({mark.partition(":")[2] for mark in one.ids[1:]} == {"a", "b", "c"} for one in handed)
    async with many.store.begin() as tx:  # nothing was told by the one who hands on
        stories = [StoryId(int(one.ids[0])) for one in handed]
        assert not await tx.told_of(stories, "en", "brief")
    many.desk.prepared.clear()
    many.desk.hand_on = away
    assert list(await prepare(many, step)) == handed


class Teller:
    """A model that notes what it tells, and fails at one length."""

    def __init__(self, fallback: Summarizer, failing: Length | None = None) -> None:
        self._fallback, self._failing = fallback, failing
        self.asked: list[tuple[str, str]] = []

    def signature(self, told: Brief | Summary) -> str:
        return f"teller:{told.language}"

    async def summarize(self, brief: Brief) -> Summary:
        self.asked.append((brief.language, brief.length))
        if brief.length is self._failing:
            raise RuntimeError("the model's client is broken")
        return replace(await self._fallback.summarize(brief), method=Method.LLM)


class Renderer:
    """A translator, of what a model told alone."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def signature(self, told: Brief | Summary) -> str:
        return f"renderer:{told.language}"

    async def translate(self, brief: Brief, told: Summary) -> Summary:
        assert told.method is Method.LLM
        self._teller.asked.append((brief.language, brief.length))
        return replace(told, language=brief.language, text_language=brief.language)


async def _one_story(many: Deps, teller: Teller) -> tuple[Deps, Step]:
    """One of which nobody wrote in Chinese, and who tells it."""
    await _run(many, "poll", "read", "place")
    for step in await prepare(many, await _readers(many)):
        async with many.store.begin() as tx:
            story = await tx.story(StoryId(int(step.ids[0])))
            assert story is not None
            languages = [one.language for one in await tx.articles(story.articles)]
        if "zh" not in languages and 2 * languages.count("en") > len(languages) and len(step.ids) == 4:
            telling = replace(many, summarizer=cast("Any", teller), translator=cast("Any", Renderer(teller)))
            return telling, step
    raise AssertionError("each story is told in Chinese")


async def test_a_story_is_told_once_for_all_its_readers_and_then_translated(apps: tuple[App, Deps]) -> None:
    teller = Teller(apps[1].fallback)
    many, step = await _one_story(apps[1], teller)
    assert await tell_story(many, step) == ()
    assert sorted(teller.asked) == [("en", "brief"), ("en", "deep"), ("zh", "brief")]
    assert teller.asked.index(("en", "brief")) < teller.asked.index(("zh", "brief"))
    assert await tell_story(many, step) == ()
    assert len(teller.asked) == 3  # all of it is stored
    async with many.store.begin() as tx:
        story = StoryId(int(step.ids[0]))
        assert await tx.told_of([story, StoryId(0)], "zh", "brief") == {story}
    assert await tell_story(many, replace(step, ids=("0", *step.ids[1:]))) == ()  # gone: merged into another


async def test_what_cannot_be_told_for_one_reader_is_told_for_the_others(apps: tuple[App, Deps]) -> None:
    many, step = await _one_story(apps[1], Teller(apps[1].fallback, failing=Length.DEEP))
    with pytest.raises(RuntimeError):
        await tell_story(many, step)
    story, found = [StoryId(int(step.ids[0]))], set()
    async with many.store.begin() as tx:
        for told in (("en", "brief"), ("en", "deep"), ("zh", "brief")):
            if await tx.told_of(story, *told):
                found.add(told)
    assert found == {("en", "brief"), ("zh", "brief")}
