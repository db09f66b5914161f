"""A source corrects itself: the article is read again, the message edited once, the next digest says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.demo.samples import SampleArticle, SampleOutlet
from bot.types import Action, DeliveryState, Origin
from tests.pipeline.newsroom import NOW, newsroom, samples

SLOT = NOW + timedelta(hours=1, minutes=30)
TOLD = "An air strike on the grain market of Aleppo in northern Syria killed 47 people on Friday."
NOW_SAYS = "An air strike on the grain market of Aleppo in northern Syria killed 14 people on Friday."
REST = (
    "Rescue workers of the Syrian civil defence searched the collapsed stalls until the early afternoon. "
    "The governor of Aleppo closed the market for a week and promised aid to the traders' families. "
    "Syria's transitional government asked the United Nations to send investigators to the city."
)


def newsroom_of_one() -> tuple[SampleOutlet, SampleArticle]:
    outlet = next(one for one in samples()[0] if one.feed_full and one.language == "en")
    report = SampleArticle(
        id="grain-market",
        outlet=outlet.id,
        published_at=NOW - timedelta(hours=1),
        title="Air strike hits grain market of Aleppo in Syria",
        summary=TOLD,
        paragraphs=(TOLD, REST),
        story="grain-market",
    )
    return outlet, report


async def test_a_corrected_figure_is_marked_where_it_was_told_and_listed_in_the_next_digest(
    tmp_path: Path,
) -> None:
    outlet, report = newsroom_of_one()
    async with newsroom(tmp_path, outlets=[outlet], articles=[report]) as room, room.app() as app:
        await app.work("poll", "read", "place")
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.work("compose", "send")
        assert len(room.chat()) == 1
        assert "47 people" in room.chat()[0]
        room.server.articles = (replace(report, summary=NOW_SAYS, paragraphs=(NOW_SAYS, REST)),)
        for _ in range(2):
            room.clock.move(7200)
            await app.work("poll", "read", "correct", "send")
        async with app.deps.store.begin() as tx:
            edits = [one for one in await tx.deliveries() if one.origin is Origin.CORRECTION]
            assert await tx.revised(9) == ()
        assert [(one.action, one.state) for one in edits] == [(Action.EDIT, DeliveryState.SENT)]
        (message,) = room.chat()
        assert "Correction" in message
        assert message.count(NOW_SAYS) == 1
        room.clock.set(SLOT + timedelta(days=1, seconds=5))
        await app.work("compose", "send")
        assert len(room.chat()) == 2
        assert NOW_SAYS in room.chat()[1]
        assert "Correction" in room.chat()[1]


async def test_other_words_for_the_same_figures_are_no_correction(tmp_path: Path) -> None:
    outlet, report = newsroom_of_one()
    reworded = (
        "On Friday 47 people were killed when the grain market of Aleppo in Syria was hit from the air."
    )
    async with newsroom(tmp_path, outlets=[outlet], articles=[report]) as room, room.app() as app:
        await app.work("poll", "read", "place")
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.work("compose", "send")
        room.server.articles = (replace(report, summary=reworded, paragraphs=(reworded, REST)),)
        room.clock.move(7200)
        await app.work("poll", "read")
        async with app.deps.store.begin() as tx:
            assert len(await tx.revised(9)) == 1
        await app.work("correct", "send")
        assert len(room.chat()) == 1
        assert "Correction" not in room.chat()[0]
