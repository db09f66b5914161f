"""Articles, placements, stories, summaries and the ledger, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.store import SqlStore
from bot.domain.articles import turn
from bot.errors import Code
from bot.types import (
    Article,
    ArticleId,
    CanonicalUrl,
    Length,
    Method,
    PlacementKind,
    Sentence,
    StoryId,
    Summary,
    TopicSlug,
)
from tests import make

SYRIA, CHINA = TopicSlug("syria"), TopicSlug("us-china")


async def add(store: SqlStore, *articles: Article) -> list[ArticleId]:
    async with store.begin() as tx:
        return [(await tx.add_article(article))[0] for article in articles]


# -------------------------------------------------------------------------------------------- articles


async def test_an_article_comes_back_as_it_was_added(store: SqlStore) -> None:
    article = make.article(
        language="ar",
        text="سطر أول.\n\nسطر ثانٍ 🌍",
        agency="Reuters",
        captions=("A photo", "Another"),
        reprint_of=ArticleId(7),
        full=True,
    )
    (key,) = await add(store, article)
    async with store.begin() as tx:
        (found,) = await tx.articles([key])
    assert found.id == key > 0
    assert found == Article(**{name: getattr(article, name) for name in article.__slots__} | {"id": key})


async def test_one_address_is_one_article(store: SqlStore) -> None:
    async with store.begin() as tx:
        first, new = await tx.add_article(make.article(1, title="First"))
        again, known = await tx.add_article(make.article(1, title="Second"))
        (found,) = await tx.articles([first])
    assert (again, new, known, found.title) == (first, True, False, "First")


async def test_readers_at_work_together_store_an_article_once(store: SqlStore) -> None:
    async def read() -> tuple[ArticleId, bool]:
        async with store.begin() as tx:
            return await tx.add_article(make.article(1))

    results = await asyncio.gather(*(read() for _ in range(8)))
    assert len({key for key, _ in results}) == 1
    assert [new for _, new in results].count(True) == 1


async def test_articles_come_in_the_order_asked_for_without_the_unknown(store: SqlStore) -> None:
    keys = await add(store, *(make.article(number) for number in range(3)))
    async with store.begin() as tx:
        found = await tx.articles([keys[2], ArticleId(999), keys[0], keys[2]])
        assert await tx.articles([]) == ()
    assert [article.id for article in found] == [keys[2], keys[0], keys[2]]


async def test_hundreds_of_articles_are_found_at_once(store: SqlStore) -> None:
    keys = await add(store, *(make.article(number) for number in range(1_200)))
    async with store.begin() as tx:
        assert [article.id for article in await tx.articles(keys)] == keys


@pytest.mark.parametrize(
    "address", ["https://x.example/" + "a" * 50_000, "https://x.example/\x00\udcff"], ids=len
)
async def test_any_address_is_known_again(store: SqlStore, address: str) -> None:
    article = make.article(url=CanonicalUrl(address), text="a\x00b\ud83d", captions=("c\x00\ud83d",))
    async with store.begin() as tx:
        key, new = await tx.add_article(article)
        assert (await tx.add_article(article), new) == ((key, False), True)
        (found,) = await tx.articles([key])
    assert found.text == "ab?"


async def test_unplaced_articles_come_by_publication(store: SqlStore) -> None:
    late, early = await add(
        store,
        make.article(1, published_at=make.ago(hours=1)),
        make.article(2, published_at=make.ago(hours=5)),
    )
    async with store.begin() as tx:
        assert [article.id for article in await tx.unplaced(10)] == [early, late]
        assert [article.id for article in await tx.unplaced(1)] == [early]
        await tx.apply([make.placement(early)], [make.story(1, early)])
        assert [article.id for article in await tx.unplaced(10)] == [late]


@pytest.mark.parametrize("order", [1, -1], ids=["as read", "read the other way round"])
async def test_unplaced_articles_of_one_moment_come_by_address_whoever_read_them_first(
    store: SqlStore, order: int
) -> None:
    at = make.ago(hours=1)
    of_one_moment = [make.article(number, published_at=at) for number in range(20)]
    await add(store, *of_one_moment[::order])
    async with store.begin() as tx:
        found = await tx.unplaced(30)
    assert [article.url for article in found] == [article.url for article in sorted(of_one_moment, key=turn)]
    assert found == tuple(sorted(found, key=turn))


# --------------------------------------------------------------------------------- placements, stories


async def test_stories_and_placements_come_back_as_they_were_applied(store: SqlStore) -> None:
    keys = await add(store, make.article(1), make.article(2), make.article(3))
    placed = [
        make.placement(keys[1], 4, kind=PlacementKind.FOUND, similarity=0.0, why="first of its kind"),
        make.placement(
            keys[0], 4, similarity=0.37, topics=(make.match("syria"), make.match("us-china", 1.25))
        ),
        make.placement(keys[2], 4, kind=PlacementKind.DUPLICATE, reprint_of=keys[1], topics=()),
    ]
    story = make.story(4, keys[1], keys[0], keys[2], voices=2, topics=(make.match("syria", 3.5, "why"),))
    async with store.begin() as tx:
        await tx.apply(placed, [story])
    async with store.begin() as tx:
        assert await tx.story(StoryId(4)) == story
        assert await tx.story(StoryId(5)) is None
        assert await tx.placements(StoryId(4)) == tuple(placed)
        assert await tx.placements(StoryId(5)) == ()
        assert await tx.last_story_id() == 4


async def test_an_article_is_placed_once(store: SqlStore) -> None:
    (key,) = await add(store, make.article())
    async with store.begin() as tx:
        await tx.apply([make.placement(key, 1)], [make.story(1, key)])
        await tx.apply([make.placement(key, 2)], [])
        assert len(await tx.placements(StoryId(1))) == 1
        assert await tx.placements(StoryId(2)) == ()


async def test_a_touched_story_is_replaced(store: SqlStore) -> None:
    first, second = await add(store, make.article(1), make.article(2))
    grown = make.story(1, first, second, title="Grown", voices=2, last_at=make.NOW)
    async with store.begin() as tx:
        await tx.apply([make.placement(first)], [make.story(1, first)])
        await tx.apply([make.placement(second)], [grown])
        assert await tx.story(StoryId(1)) == grown


async def test_the_index_is_rebuilt_in_placement_order(store: SqlStore) -> None:
    keys = await add(
        store, *(make.article(number, published_at=make.ago(hours=number)) for number in range(4))
    )
    order = [keys[2], keys[0], keys[3], keys[1]]
    async with store.begin() as tx:
        await tx.apply([make.placement(key, number + 1) for number, key in enumerate(order)], [])
        found = await tx.placed_since(make.ago(hours=2))
    assert [(article.id, placement.article) for _, article, placement in found] == [
        (key, key) for key in order if key != keys[3]
    ]
    assert [placement.story for _, _, placement in found] == [1, 2, 4]


async def test_the_index_is_rebuilt_from_whole_stories(store: SqlStore) -> None:
    old, new, other = await add(
        store,
        make.article(1, published_at=make.ago(days=6)),
        make.article(2, published_at=make.ago(hours=1)),
        make.article(3, published_at=make.ago(days=6)),
    )
    async with store.begin() as tx:
        await tx.apply([make.placement(old), make.placement(new), make.placement(other, 2)], [])
        found = await tx.placed_since(make.ago(days=4))
    assert [article.id for _, article, _ in found] == [old, new]


async def test_placements_come_in_parts_as_they_come_at_once(store: SqlStore) -> None:
    keys = await add(
        store, *(make.article(number, published_at=make.ago(hours=number)) for number in range(5))
    )
    async with store.begin() as tx:
        await tx.apply([make.placement(key, 1 + key % 2) for key in keys[::-1]], [])
        whole = await tx.placed_since(make.ago(hours=2))
        numbers = await tx.placed_numbers(make.ago(hours=2))
        parts = [await tx.placed([number]) for number in numbers]
        assert await tx.placed(numbers[::-1]) == whole
        assert await tx.placed_numbers(make.ago(hours=-1)) == ()
        assert await tx.placed([]) == ()
    assert numbers == tuple(number for number, _, _ in whole)
    assert tuple(row for part in parts for row in part) == whole


async def test_the_story_writer_learns_that_somebody_else_has_placed(store: SqlStore) -> None:
    keys = await add(store, make.article(1), make.article(2))
    async with store.begin() as tx:
        assert await tx.story_writer() == 0
        await tx.apply([make.placement(keys[0], 1)], [make.story(1, keys[0])])
        mine = await tx.story_writer()
    async with store.begin() as tx:
        assert await tx.story_writer() == mine > 0
    async with store.begin() as tx:
        await tx.apply([make.placement(keys[1], 1)], [make.story(1, *keys)])
    async with store.begin() as tx:
        assert await tx.story_writer() != mine


async def test_there_is_one_story_writer_at_a_time(store: SqlStore) -> None:
    keys = await add(store, *(make.article(number) for number in range(6)))
    seen = []

    async def place(number: int) -> None:
        async with store.begin() as tx:
            before = await tx.story_writer()
            await SystemClock().sleep(0.02)
            await tx.apply([make.placement(keys[number], number + 1)], [make.story(number + 1, keys[number])])
            seen.append((before, await tx.story_writer()))

    await asyncio.gather(*(place(number) for number in range(6)))
    assert [before for before, _ in seen] == [0, *(after for _, after in seen[:-1])]


async def test_an_empty_store_has_no_last_story(store: SqlStore) -> None:
    async with store.begin() as tx:
        assert await tx.last_story_id() == 0
        assert await tx.placed_since(make.ago(days=365)) == ()


async def test_recent_stories_of_a_topic_come_with_what_each_article_matched(store: SqlStore) -> None:
    keys = await add(
        store,
        make.article(1),
        make.article(2, published_at=make.ago(days=5), seen_at=make.ago(days=5)),
        make.article(3, published_at=make.ago(days=5)),  # seen only now
        make.article(4),
    )
    about_china = (make.match("us-china"),)
    stories = [
        make.story(1, keys[0], keys[1]),
        make.story(2, keys[2]),
        make.story(3, keys[3], topics=about_china),
    ]
    async with store.begin() as tx:
        placed = [make.placement(keys[0], 1), make.placement(keys[1], 1, topics=about_china)]
        placed += [make.placement(keys[2], 2), make.placement(keys[3], 3, topics=about_china)]
        await tx.apply(placed, [*stories, make.story(9, keys[1])])
        found = await tx.stories_since(make.ago(days=1), [SYRIA])
        both = await tx.stories_since(make.ago(days=1), [SYRIA, CHINA])
        assert await tx.stories_since(make.ago(days=1), []) == ()
        assert await tx.stories_since(make.later(days=1), [SYRIA]) == ()
    assert [story for story, _ in found] == stories[:2]
    assert found[0][1] == {keys[0]: (make.match(),), keys[1]: about_china}
    assert found[1][1] == {keys[2]: (make.match(),)}
    assert [story.id for story, _ in both] == [1, 2, 3]


# ----------------------------------------------------------------------------------- summaries, ledger


async def summary_of(store: SqlStore, **changes: str) -> Summary | None:
    key = {"basis": "basis-1", "language": "en", "length": "standard", "signature": "s"} | changes
    async with store.begin() as tx:
        return await tx.summary(StoryId(1), **key)


async def test_a_summary_comes_back_with_its_sources_texts(store: SqlStore) -> None:
    (key,) = await add(store, make.article(1))
    summary = make.summary(
        sources=(make.source(1, key, quoted=("Before.",), agency="AFP", state_media=True),),
        method=Method.LLM,
        model="small",
        prompt="hash",
        tokens_in=900,
        tokens_out=80,
        cost=0.0004,
        rejected=("It did not happen.",),
        why_fallback=Code.MODEL_BAD_OUTPUT,
    )
    async with store.begin() as tx:
        await tx.put_summary(summary, signature="s", at=make.NOW)
    assert await summary_of(store) == summary


@pytest.mark.parametrize(
    "other", [{"basis": "b"}, {"language": "zh"}, {"length": "deep"}, {"signature": "llm"}], ids=str
)
async def test_a_summary_is_found_by_exactly_its_key(store: SqlStore, other: dict[str, str]) -> None:
    async with store.begin() as tx:
        await tx.put_summary(make.summary(sources=()), signature="s", at=make.NOW)
    assert await summary_of(store) is not None
    assert await summary_of(store, **other) is None


async def test_the_same_summary_again_replaces_nothing(store: SqlStore) -> None:
    async with store.begin() as tx:
        for headline in ("First", "Second"):
            await tx.put_summary(make.summary(headline=headline), signature="s", at=make.NOW)
    found = await summary_of(store)
    assert found is not None
    assert found.headline == "First"


async def test_extractive_summaries_remember_what_they_quoted_that_day(store: SqlStore) -> None:
    first = make.summary(
        sources=(make.source(1, 11), make.source(2, 12)),
        sentences=(Sentence(text="One.", sources=(1,)), Sentence(text="Two.", sources=(1, 2))),
    )
    again = make.summary(2, sources=(make.source(1, 11),), sentences=(Sentence(text="One.", sources=(1,)),))
    written = make.summary(3, method=Method.LLM, sources=(make.source(1, 13),))
    async with store.begin() as tx:
        for summary in (first, again, written):
            await tx.put_summary(summary, signature="s", at=make.NOW)
        ids = [ArticleId(number) for number in (11, 12, 13, 14)]
        quoted = await tx.quoted_on(ids, "2026-11-02")
        assert await tx.quoted_on(ids, "2026-11-03") == {}
    assert {key: set(texts) for key, texts in quoted.items()} == {11: {"One.", "Two."}, 12: {"Two."}}


async def test_the_stories_told_in_a_language_and_length_are_known(store: SqlStore) -> None:
    async with store.begin() as tx:
        for story, length in ((1, Length.DEEP), (1, Length.BRIEF), (2, Length.BRIEF)):
            await tx.put_summary(make.summary(story, length=length, sources=()), signature="s", at=make.NOW)
        asked = [StoryId(one) for one in (1, 2, 3)]
        assert await tx.told_of(asked, "en", "brief") == {1, 2}
        assert await tx.told_of(asked, "en", "deep") == {1}
        assert await tx.told_of(asked, "zh", "deep") == await tx.told_of([], "en", "brief") == frozenset()


async def test_model_calls_are_kept(store: SqlStore) -> None:
    async with store.begin() as tx:
        await tx.record_call(make.model_call(story=StoryId(3), cost=0.01, code=Code.TIMEOUT))
        await tx.record_call(make.model_call())
        assert (await tx.counts())["calls"] == 2


async def test_lengths_are_found_by_their_name(store: SqlStore) -> None:
    async with store.begin() as tx:
        await tx.put_summary(make.summary(length=Length.DEEP, sources=()), signature="s", at=make.NOW)
    assert await summary_of(store, length=Length.DEEP) is not None
