"""Filing by what articles mean: topics are embedded once for each version, and words go on without."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.app import App
from bot.domain.evidence import BY_MEANING
from bot.errors import Code, Transient
from bot.pipeline.catalogue import catalogue
from bot.pipeline.group import place
from bot.pipeline.likeness import likened, meaning_of
from bot.pipeline.rehearsal import rehearsed
from bot.ports import Step
from bot.types import ArticleId, StoryId, TopicSlug
from tests import make
from tests.pipeline.newsroom import Newsroom, joined, newsroom

EXAMPLES = ["Fish are scarce", "Cod quotas cut", "Herring are back"]
FISH = {
    "names": {"en": "Fisheries"},
    "description": "Fish and who catches them",
    "include": {"en": ["trawler"]},
    "examples": EXAMPLES,
    "order": 9,
}
WATER = ("fish", "cod", "herring", "trawler", "nets")


class Waters:
    """An embedder that knows fish from all else; ``asked`` are the texts that it was given.

    What is said of fish differs by the length of the text, except of nets: those are what all of it is about.
    """

    languages = frozenset({"en"})
    dim = 3

    def __init__(self, name: str = "waters", *, away: bool = False) -> None:
        self.name, self.away, self.asked = name, away, list[str]()

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.away:
            raise Transient("away", code=Code.MODEL_UNAVAILABLE)
        self.asked += texts
        rows = np.array([self._row(text.casefold()) for text in texts], dtype=np.float32)
        found: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return found

    def _row(self, text: str) -> tuple[float, float, float]:
        if not any(word in text for word in WATER):
            return (0.0, 1.0, 0.0)
        return (1.0, 0.0, 0.0 if "nets" in text else (-0.9, 0.9)[len(text) % 2])


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with newsroom(tmp_path, articles=()) as room:
        room.declare("topics", {"fisheries": FISH})
        yield room


async def filed(app: App, title: str, number: int, language: str = "en") -> dict[str, str]:
    at = app.deps.clock.now()
    article = make.article(number, title=title, text="", language=language, published_at=at, seen_at=at)
    async with app.deps.store.begin() as tx:
        await tx.add_article(article)
    await place(app.deps, Step(name="place"))
    async with app.deps.store.begin() as tx:
        story = await tx.story(StoryId(await tx.last_story_id()))
    assert story is not None
    return {match.topic: match.why for match in story.topics}


async def test_an_article_without_any_term_is_filed_by_its_stored_vector(room: Newsroom) -> None:
    async with room.app() as app:
        embedder = Waters()
        assert await filed(joined(app, embedder=None), "Empty nets in the north", 1) == {}
        with_it = joined(app, embedder=embedder)
        found = await filed(with_it, "Nets stay empty south of the cape", 2)
        assert list(found) == ["fisheries"]
        assert found["fisheries"].endswith(BY_MEANING)
        assert await filed(with_it, "Parliament votes on railways", 3) == {}
        assert (
            await filed(with_it, "Nets: leere Netze im Norden", 4, language="de") == {}
        )  # it knows no German
        async with app.deps.store.begin() as tx:
            assert len(await tx.vectors("waters", [ArticleId(2), ArticleId(3)])) == 2


async def test_a_topic_is_embedded_once_for_each_version_and_embedder(room: Newsroom) -> None:
    async with room.app() as opened:
        embedder = Waters()
        app = joined(opened, embedder=embedder)
        book = await likened(app.deps)
        assert book.likened == "waters"
        assert embedder.asked.count("Cod quotas cut") == 1
        assert await likened(app.deps) is app.deps.desk.catalogue
        assert await likened(app.deps) == book
        room.declare("topics", {"fisheries": {**FISH, "include": {"en": ["trawler", "shoal"]}}})
        await app.import_config()
        again = await likened(app.deps)
        assert again.version != book.version
        assert again.likened == "waters"
        assert embedder.asked.count("Cod quotas cut") == 1  # its texts are the same
        room.declare("topics", {"fisheries": {**FISH, "examples": [*EXAMPLES, "Eels: none left"]}})
        await app.import_config()
        await likened(app.deps)
        assert embedder.asked.count("Eels: none left") == 1
        other = Waters("other waters")
        assert (await likened(replace(app.deps, embedder=other))).likened == "other waters"
        assert other.asked.count("Cod quotas cut") == 1


async def test_words_alone_file_while_the_embedder_is_away_and_meanings_follow(room: Newsroom) -> None:
    async with room.app() as opened:
        embedder = Waters(away=True)
        app = joined(opened, embedder=embedder)
        assert list(await filed(app, "Trawler sinks", 1)) == ["fisheries"]
        assert (await catalogue(app.deps)).likened == ""
        assert await meaning_of(app.deps, "Nets", "", "en") is None
        embedder.away = False
        assert (await likened(app.deps)).likened == ""  # it was away a moment ago
        app.deps.desk.embed_after = 0.0
        assert (await likened(app.deps)).likened == "waters"
        vector = await meaning_of(app.deps, "Nets", "", "en")
        assert vector is not None
        router = (await likened(app.deps)).router
        assert router.score_all("Nets", "", "en", vector=vector)[TopicSlug("fisheries")] >= 1
        assert await meaning_of(app.deps, "Netze", "", "de") is None


async def test_a_rehearsal_files_by_meaning_as_production_does(room: Newsroom) -> None:
    async with room.app() as opened:
        embedder = Waters()
        app = joined(opened, embedder=embedder)
        since = app.deps.clock.now() - timedelta(hours=1)
        found = await filed(app, "Nets stay empty south of the cape", 1)
        assert list(found) == ["fisheries"]
        assert await filed(app, "Parliament votes on railways", 2) == {}
        book = await likened(app.deps)
        as_it_is = book.topic(TopicSlug("fisheries"))
        told, outlets = await rehearsed(app.deps, as_it_is, since)
        assert (told.articles, told.before, told.after) == (2, 1, 1)
        assert told.gained == told.lost == ()
        assert outlets == {}  # none is configured: they go by their ids
        bare = replace(as_it_is, examples=(), description="")
        told, _ = await rehearsed(app.deps, bare, since)
        assert [change.title for change in told.lost] == ["Nets stay empty south of the cape"]
        new = replace(as_it_is, slug=TopicSlug("catches"))
        told, _ = await rehearsed(app.deps, new, since)
        assert (told.before, [change.why for change in told.gained]) == (0, [BY_MEANING])
        embedder.away = True
        fresh = replace(new, examples=(*as_it_is.examples, "Tuna stocks"))
        told, _ = await rehearsed(app.deps, fresh, since)
        assert told.after == 0  # by words alone, and no failure
        assert (await likened(app.deps)).version == book.version
