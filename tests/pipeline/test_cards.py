"""From rows to a card, and the numbers under a digest that lead to it."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain import cards
from bot.pipeline.cards import view
from bot.types import Delivery, Length, Origin, Part, StoryId, SubscriptionId
from tests.pipeline.newsroom import NOW, Newsroom, newsroom

SLOT = NOW + timedelta(hours=1, minutes=30)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database has the sample newsroom collected."""
    home = tmp_path_factory.mktemp("collected")

    async def work() -> None:
        async with newsroom(home) as room, room.app() as app:
            await app.work("poll", "read", "place")

    asyncio.run(work())
    return home


@pytest.fixture
def home(collected: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    shutil.copytree(collected / "data", tmp_path / "data")
    return tmp_path


async def composed(room: Newsroom, *, bot: str = "") -> tuple[Part, ...]:
    """The parts of the morning digest, as they wait in the outbox."""
    async with room.app() as app:
        if bot:
            async with app.deps.store.begin() as tx:
                await tx.put_note("bot_username", bot)
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.work("compose")
        async with app.deps.store.begin() as tx:
            rows: tuple[Delivery, ...] = await tx.deliveries(limit=100)
    return tuple(row.part for row in rows if row.origin is Origin.DIGEST)


async def test_a_card_tells_a_stored_story_with_all_its_articles(home: Path) -> None:
    async with newsroom(home) as room, room.app() as app:
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.work("compose")
        async with app.deps.store.begin() as tx:
            told = await tx.told(SubscriptionId("morning"), NOW)
            stories = [story for ident in told if (story := await tx.story(ident)) is not None]
        story = max(stories, key=lambda one: len(one.articles))
        made = await view(
            app.deps, story.id, "en", Length.DEEP, "UTC", subscription=SubscriptionId("morning")
        )
        assert made is not None
        assert {source.article for source in made.summary.sources} == set(story.articles)
        assert {placement.article for placement in made.placements} == set(story.articles)
        assert made.told_at == SLOT + timedelta(seconds=5)
        assert made.matches
        assert set(made.topics) == {match.topic for match in made.matches}
        words = app.deps.wording["en"]
        assert "told here on" in cards.card(made, words).text
        said = cards.why(made, words).text
        assert "told here before, so it counts less" in said
        assert "likeness" in said
        assert "needed" not in said  # every stored reason was known
        stranger = await view(app.deps, story.id, "en", Length.DEEP, "UTC")
        assert stranger is not None
        assert stranger.told_at is None


async def test_a_story_that_is_not_stored_has_no_card(home: Path) -> None:
    async with newsroom(home) as room, room.app() as app:
        assert await view(app.deps, StoryId(987654), "en", Length.BRIEF, "UTC") is None


async def test_a_digest_for_a_channel_has_numbers_once_the_bots_name_is_known(home: Path) -> None:
    async with newsroom(home) as room:
        made = await composed(room, bot="dateline_bot")
    urls = [button.url for part in made for row in part.buttons for button in row]
    stories = [story for part in made for story in part.stories]
    assert [url.split("_-")[0] for url in urls] == [  # the chat that it came from may follow
        f"https://t.me/dateline_bot?start=s_{story}" for story in stories
    ]
    assert urls


async def test_without_a_name_there_are_no_numbers(home: Path) -> None:
    async with newsroom(home) as room:
        made = await composed(room)
    assert made
    assert not any(part.buttons for part in made)


async def test_a_reader_who_wants_the_rich_form_gets_it_with_the_classic_one_beside(home: Path) -> None:
    async with newsroom(home, digest={"format": "rich"}) as room:
        (only,) = await composed(room)
    assert only.rich is not None
    assert only.classic[0].text == only.text
    assert set(only.stories) == {story for part in only.classic for story in part.stories}
