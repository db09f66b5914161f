"""Placing: with vectors, without, after a change of the embedder, and whatever one article does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.app import App
from bot.domain.topics import Router
from bot.errors import Code, Transient
from bot.pipeline import plan
from bot.pipeline.group import correct, embed, place
from bot.ports import Step
from bot.types import ArticleId, StoryId
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
                published_at=app.deps.clock.now(),
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
    async with app.deps.store.begin() as tx:
        assert (await tx.story(first.id)) == app.deps.desk.index.story(first.id)
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
    with pytest.raises(KeyError):
        await correct(again.deps, first.id, other=StoryId(77))
