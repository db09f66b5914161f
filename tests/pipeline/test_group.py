"""Placing: with vectors, without, after a change of the embedder, and whatever one article does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.app import App
from bot.domain.stories import Explanation, Incoming, Index, explain
from bot.domain.topics import Router
from bot.errors import Code, Misconfigured, Transient
from bot.pipeline import group, plan
from bot.pipeline.group import correct, embed, place, rebuilt, undo
from bot.ports import Step
from bot.types import ArticleId, PlacementKind, StoryId
from tests import make
from tests.fake_embeddings import letters
from tests.pipeline.newsroom import joined, newsroom

STEP = Step(name="place")


class Letters:
    """An embedder of ours; it can be away."""

    languages = None

    def __init__(self, name: str = "letters", *, away: bool = False) -> None:
        self.name, self.away, self.texts = name, away, 0

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.away:
            raise Transient("away", code=Code.MODEL_UNAVAILABLE)
        self.texts += len(texts)
        rows = np.array([letters(text) for text in texts], dtype=np.float32)
        found: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return found


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with newsroom(tmp_path, articles=()) as room, room.app() as app:
        articles = [
            make.article(
                number,
                title=f"Ferry {number} sinks off Port Sellan",
                text=f"A ferry sank off Port Sellan. It is the {number}th this year, {'very ' * number} bad.",
                published_at=app.deps.clock.now() - timedelta(minutes=9 - number),
                seen_at=app.deps.clock.now(),
            )
            for number in range(1, 5)
        ]
        async with app.deps.store.begin() as tx:
            for article in articles:
                await tx.add_article(article)
        yield app


async def vectors(app: App, name: str) -> list[int]:
    async with app.deps.store.begin() as tx:
        return sorted(await tx.vectors(name, [ArticleId(number) for number in range(1, 9)]))


async def test_an_article_is_placed_with_its_vector(app: App) -> None:
    app = joined(app, embedder=Letters())
    await place(app.deps, STEP)
    assert await vectors(app, "letters") == [1, 2, 3, 4]
    assert "embed" not in [step.name for step in await plan(app.deps)]


async def test_without_the_embedder_stories_go_on_and_the_vectors_follow(app: App) -> None:
    embedder = Letters(away=True)
    app = joined(app, embedder=embedder)
    await place(app.deps, STEP)
    async with app.deps.store.begin() as tx:
        assert await tx.unplaced(9) == ()
    assert await vectors(app, "letters") == []
    assert "embed" not in [step.name for step in await plan(app.deps)]  # it was away a moment ago
    embedder.away = False
    await app.deps.clock.sleep(400)
    assert "embed" in [step.name for step in await plan(app.deps)]
    await embed(app.deps, Step(name="embed"))
    assert await vectors(app, "letters") == [1, 2, 3, 4]
    assert "embed" not in [step.name for step in await plan(app.deps)]


async def test_another_embedder_gives_the_window_new_vectors(app: App) -> None:
    await place(joined(app, embedder=Letters("old")).deps, STEP)
    app = joined(app, embedder=Letters("new"))
    assert "embed" in [step.name for step in await plan(app.deps)]
    await embed(app.deps, Step(name="embed"))
    assert await vectors(app, "new") == await vectors(app, "old") == [1, 2, 3, 4]


async def test_an_article_that_no_router_can_take_is_placed_all_the_same(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Router, title: str, *rest: Any) -> Any:
        if "Ferry 2" in title:
            raise RuntimeError("no")
        return ()

    monkeypatch.setattr(Router, "match", fails)
    await place(app.deps, STEP)
    async with app.deps.store.begin() as tx:
        assert await tx.unplaced(9) == ()


async def test_a_correction_by_hand_is_stored_and_outlives_a_restart(app: App) -> None:
    await place(app.deps, STEP)
    async with app.deps.store.begin() as tx:
        first = await tx.story(StoryId(1))
    assert first is not None
    assert len(first.articles) > 1
    done = await correct(app.deps, first.id, articles=first.articles[1:])
    again_built = await rebuilt(app.deps)
    async with app.deps.store.begin() as tx:
        assert (await tx.story(first.id)) == again_built.story(first.id)
        apart = await tx.story(done.target)
        assert apart is not None
        assert apart.articles == first.articles[1:]
    again = joined(app)
    done = await correct(again.deps, first.id, other=done.target)
    async with again.deps.store.begin() as tx:
        whole = await tx.story(first.id)
        assert whole is not None
        assert set(whole.articles) == set(first.articles)
        assert await tx.story(done.source) == whole  # the old address leads there


async def stories(app: App) -> list[tuple[ArticleId, ...]]:
    """The articles of each story that there is, by id."""
    async with app.deps.store.begin() as tx:
        found = [await tx.story(StoryId(number)) for number in range(1, await tx.last_story_id() + 1)]
    return sorted({story.articles for story in found if story is not None})


async def another(app: App, number: int, like: int) -> None:
    """One more article, much like that one."""
    async with app.deps.store.begin() as tx:
        (first,) = await tx.articles([ArticleId(like)])
        now = app.deps.clock.now()
        later = make.article(number, title=first.title, text=f"Later, {first.text}")
        await tx.add_article(replace(later, published_at=now, seen_at=now))


async def test_what_was_split_by_hand_stays_apart_whatever_comes_and_whoever_starts_anew(app: App) -> None:
    await place(app.deps, STEP)
    done = await correct(app.deps, StoryId(1), articles=[ArticleId(2)])
    for number, embedder in enumerate((None, Letters("one"), Letters("two")), start=5):
        await another(app, number, like=2 if number % 2 else 1)
        app = joined(app, embedder=embedder)
        await place(app.deps, STEP)
        if embedder is not None:
            await embed(app.deps, Step(name="embed"))
        index = await rebuilt(app.deps)
        assert index.story_of(ArticleId(2)) != index.story_of(ArticleId(1))
    async with app.deps.store.begin() as tx:
        assert (StoryId(1), done.target) in await tx.split_stories()


@pytest.mark.parametrize("at_once", [1, 3])
async def test_an_index_that_is_rebuilt_in_parts_is_the_one_that_placed(
    app: App, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "RESTORED_AT_ONCE", at_once)
    app = joined(app, embedder=Letters())
    await place(app.deps, STEP)
    await another(app, 5, like=2)
    await place(app.deps, STEP)
    held = app.deps.desk.index
    index = await rebuilt(app.deps)
    assert isinstance(held, Index)
    assert (index.placed, len(index)) == (held.placed, len(held))
    placed = [ArticleId(number) for number in range(1, 6)]
    assert [index.story_of(one) for one in placed] == [held.story_of(one) for one in placed]
    further = make.article(6, title="Ferry 2 sinks off Port Sellan", published_at=app.deps.clock.now())
    row = Incoming(further, app.deps.desk.catalogue.outlets.get(further.outlet))
    assert index.place_batch([row]) == held.place_batch([row])


async def test_a_split_holds_for_the_story_that_its_part_was_merged_into(app: App) -> None:
    await place(app.deps, STEP)
    apart = await correct(app.deps, StoryId(1), articles=[ArticleId(2)])
    third = await correct(app.deps, StoryId(1), articles=[ArticleId(3)])
    await correct(app.deps, apart.target, other=third.target)
    async with app.deps.store.begin() as tx:
        assert await tx.split_stories() == ((StoryId(1), apart.target),)
    await correct(app.deps, StoryId(1), other=apart.target)  # a later word wins
    async with app.deps.store.begin() as tx:
        assert await tx.split_stories() == ()
    assert await stories(app) == [(1, 2, 3, 4)]


async def test_a_merge_and_a_split_can_be_undone_and_addresses_lead_to_what_they_meant(app: App) -> None:
    await place(app.deps, STEP)
    split = await correct(app.deps, StoryId(1), articles=[ArticleId(3)])
    merged = await correct(app.deps, split.target, other=StoryId(1))
    async with app.deps.store.begin() as tx:
        (number, _, last), *_ = await tx.corrections(9, by_hand=True)
        assert last == merged
    again = await undo(app.deps, number)
    async with app.deps.store.begin() as tx:
        old, new = await tx.story(split.target), await tx.story(again.target)
        assert old == new
        assert new is not None
        assert new.articles == (3,)
        (number, _, _), *_ = await tx.corrections(1)
        assert await tx.corrections(9, by_hand=False) == ()
    await undo(app.deps, number)
    assert await stories(app) == [(1, 2, 3, 4)]


async def test_a_correction_that_cannot_be_says_what_to_do(app: App) -> None:
    await place(app.deps, STEP)
    one = StoryId(1)
    for wrong, said in (
        (correct(app.deps, one, other=StoryId(77)), "no such story"),
        (correct(app.deps, one, other=one), "one story already"),
        (correct(app.deps, one, articles=[ArticleId(99)]), "no such article"),
        (correct(app.deps, one, articles=[]), "no articles"),
        (correct(app.deps, one, articles=[ArticleId(number) for number in range(1, 5)]), "must stay"),
        (undo(app.deps, 9), "no such correction"),
    ):
        with pytest.raises(Misconfigured, match=said) as caught:
            await wrong
        assert caught.value.hint
    await app.deps.clock.sleep(5 * 86400)
    with pytest.raises(Misconfigured, match="takes no articles any more"):
        await correct(app.deps, one, articles=[ArticleId(2)])


async def test_placing_goes_on_beside_a_correction_by_another_process(app: App) -> None:
    await place(app.deps, STEP)
    await correct(joined(app).deps, StoryId(1), articles=[ArticleId(2)])
    await another(app, 5, like=1)
    await place(app.deps, STEP)  # its own index knew nothing of the split
    index = await rebuilt(app.deps)
    assert index.story_of(ArticleId(2)) != index.story_of(ArticleId(1))
    assert index.story_of(ArticleId(5)) == index.story_of(ArticleId(1))


SINKING = (
    ("Ferry with 90 aboard sinks off Port Sellan", "The ferry Amity sank off Port Sellan on Sunday with 90."),
    ("Port Sellan ferry Amity sinks, 90 aboard", "Boats searched off Port Sellan for 90 from the Amity."),
    ("Search for 90 of ferry Amity off Port Sellan", "Divers reached the ferry Amity near Port Sellan."),
    ("Wheat price council of Hesk meets again", "The council of Hesk left the price of wheat at 450."),
)


async def test_what_is_explained_is_what_was_reckoned_when_it_was_placed(app: App) -> None:
    async with app.deps.store.begin() as tx:
        for number, (title, text) in enumerate(SINKING, start=11):
            article = make.article(number, title=title, text=text, outlet=f"outlet-{number}")
            at = app.deps.clock.now() + timedelta(minutes=number)
            await tx.add_article(replace(article, published_at=at, seen_at=at))
    app = joined(app, embedder=Letters())
    await place(app.deps, STEP)
    told: dict[ArticleId, Explanation] = {}
    await rebuilt(app.deps, lambda index, row, _: told.update({row.article.id: explain(index, row)}))
    async with app.deps.store.begin() as tx:
        last = await tx.last_story_id()
        placements = [one for ident in range(1, last + 1) for one in await tx.placements(StoryId(ident))]
    assert [one.kind for one in placements].count(PlacementKind.JOIN) >= 2
    assert last > 1
    for one in placements:
        if one.kind is PlacementKind.JOIN:
            near = next(near for near in told[one.article].compared if near.story == one.story)
            assert near.passed
            assert near.likeness == one.similarity
            assert one.why == f"{near.why}: {near.words}"
            assert near.parts is not None
            parts = near.parts
            total = parts.title + parts.lede + parts.names + parts.meaning
            assert total == pytest.approx(parts.likeness, abs=3e-4)
