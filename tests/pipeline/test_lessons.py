"""What presses teach reaches the router that files tomorrow's articles; and only from who may teach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.app import App
from bot.domain.feedback import forgotten
from bot.pipeline.catalogue import catalogue
from bot.types import Feedback, Person, Press, Role, StoryId, TopicSlug
from tests import make
from tests.pipeline.newsroom import joined, newsroom

SYRIA = TopicSlug("syria")
HEADLINES = ("Bakery of Damascus wins prize", "A bakery in Syria expands", "Syria's oldest bakery closes")


def presses(user: str) -> list[Feedback]:
    return [
        Feedback(
            chat=user,
            user=user,
            story=StoryId(number),
            topic=SYRIA,
            press=Press.WRONG_TOPIC,
            counts=True,
            at=make.NOW,
            shown={"headline": headline},
        )
        for number, headline in enumerate(HEADLINES, 1)
    ]


async def keep(app: App, given: Sequence[Feedback]) -> None:
    async with app.deps.store.begin() as tx:
        for one in given:
            await tx.add_feedback(one)


async def terms(app: App) -> list[str]:
    return [lesson.term for lesson in (await catalogue(app.deps)).router.lessons]


async def test_three_presses_of_an_editor_weigh_at_once_and_after_a_restart(tmp_path: Path) -> None:
    title = "Minister opens bakery in Damascus, Syria, as bread prices rise"
    async with newsroom(tmp_path, articles=()) as room, room.app() as app:
        before = await catalogue(app.deps)
        async with app.deps.store.begin() as tx:
            await tx.put_person(Person(id="5", role=Role.EDITOR))
        await keep(app, presses("5")[:2])
        assert await terms(app) == []
        await keep(app, presses("5"))
        after = await catalogue(app.deps)
        assert [lesson.term for lesson in after.router.lessons] == ["bakery"]
        assert after.version != before.version
        assert await catalogue(app.deps) == after  # built once per change
        was, now = (book.router.score_all(title, "", "en")[SYRIA] for book in (before, after))
        assert now < was
        again = await catalogue(joined(app).deps)
        assert again.router.lessons == after.router.lessons
        async with app.deps.store.begin() as tx:  # taken back on the card
            assert await tx.drop_feedback("5", "5", StoryId(1), Press.WRONG_TOPIC)
        assert await terms(app) == []


async def test_a_reader_teaches_nobody_though_the_press_counts_in_the_own_chat(tmp_path: Path) -> None:
    async with newsroom(tmp_path, articles=()) as room, room.app() as app:
        async with app.deps.store.begin() as tx:
            await tx.put_person(Person(id="6"))
        await keep(app, presses("6"))
        assert await terms(app) == []
        async with app.deps.store.begin() as tx:
            await tx.put_person(Person(id="6", role=Role.OWNER))
        assert await terms(app) == ["bakery"]
        await keep(app, [forgotten(one, ["bakery"]) for one in presses("6")])
        assert await terms(app) == []
