"""A source corrects itself: the article is read again, the message edited once, the next digest says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.demo.samples import SampleArticle, SampleOutlet
from bot.pipeline import plan
from bot.types import Action, DeliveryState, Origin
from tests.fake_llm import Reply, copying, fake_llm
from tests.pipeline.newsroom import NOW, newsroom, samples

SLOT = NOW + timedelta(hours=1, minutes=30)
TOLD = "An air strike on the grain market of Aleppo in northern Syria killed 47 people on Friday."
NOW_SAYS = "An air strike on the grain market of Aleppo in northern Syria killed 14 people on Friday."
REST = (
    "Rescue workers of the Syrian civil defence searched the collapsed stalls until the early afternoon. "
    "The governor of Aleppo closed the market for a week and promised aid to the traders' families. "
    "Syria's transitional government asked the United Nations to send investigators to the city."
)


def newsroom_of_one(*, feed_full: bool = True) -> tuple[SampleOutlet, SampleArticle]:
    outlet = next(
        one
        for one in samples()[0]
        if one.feed_full is feed_full and one.language == "en" and one.format in {"rss20", "atom10"}
    )
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


async def test_a_second_change_is_a_second_mark_and_the_first_one_stays(tmp_path: Path) -> None:
    outlet, report = newsroom_of_one()
    later = NOW_SAYS.replace("14", "21")
    async with newsroom(tmp_path, outlets=[outlet], articles=[report]) as room, room.app() as app:
        await app.work("poll", "read", "place")
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.work("compose", "send")
        for said in (NOW_SAYS, later):
            room.server.articles = (replace(report, summary=said, paragraphs=(said, REST)),)
            room.clock.move(7200)
            await app.work("poll", "read", "correct", "send")
        async with app.deps.store.begin() as tx:
            edits = [one for one in await tx.deliveries() if one.origin is Origin.CORRECTION]
        assert [one.state for one in edits] == [DeliveryState.SENT] * 2
        (message,) = room.chat()
        assert message.count("Correction") == 2
        assert message.index(NOW_SAYS) < message.index(later)
        room.clock.set(SLOT + timedelta(days=1, seconds=5))
        await app.work("compose", "send")
        assert later in room.chat()[1]


async def test_what_changes_on_the_page_alone_is_found_within_the_hours(tmp_path: Path) -> None:
    outlet, report = newsroom_of_one(feed_full=False)
    teaser = "The market of Aleppo in northern Syria was hit on Friday."
    report = replace(report, summary=teaser)
    async with newsroom(tmp_path, outlets=[outlet], articles=[report]) as room, room.app() as app:
        await app.work("poll", "read", "place")
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.work("compose", "send")
        assert "47 people" in room.chat()[0]
        room.server.articles = (replace(report, paragraphs=(NOW_SAYS, REST)),)
        await app.work("poll", "look_again", "read", "correct", "send")
        assert "Correction" not in room.chat()[0], "it is looked at again after an hour"
        room.clock.move(3700)
        await app.work("look_again", "read", "correct", "send")
        (message,) = room.chat()
        assert "Correction" in message
        assert NOW_SAYS in message
        asked = room.server.requests
        room.clock.move(700)
        await app.work("look_again", "read")
        assert room.server.requests == asked, "not at every look"


async def test_an_edit_by_the_model_keeps_what_stood_beside_the_texts(tmp_path: Path) -> None:
    outlet, report = newsroom_of_one()
    other, _ = newsroom_of_one(feed_full=False)
    counted = (
        "The air strike on the grain market of Aleppo killed 61 people, hospital officials in the city said."
    )
    rival = replace(
        report,
        id="market-strike",
        outlet=other.id,
        title="Dozens killed as grain market in Syria's Aleppo is bombed",
        summary=counted,
        paragraphs=(
            counted,
            "Surgeons worked through the afternoon and asked for blood. Schools near the market were shut.",
            "Syria's health minister flew to the city with two planes of medicine.",
        ),
    )
    down = Reply(status=500, error={"message": "internal"})
    async with (
        fake_llm(down) as llm,
        newsroom(tmp_path, outlets=[outlet, other], articles=[report, rival]) as room,
        room.app(model=llm.url) as app,
    ):
        await app.work("poll", "read", "place")
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.work("compose", "send")
        first = room.chat()[0]
        assert "Excerpts from" in first
        said = next(
            line
            for line in first.splitlines()
            if "61 people" in line and "47 people" in line and "Aleppo" not in line
        )
        llm.script = copying
        room.clock.move(3600)
        await app.runner.put([step for step in await plan(app.deps) if step.name in {"revise", "send"}])
        await app.runner.idle()
        assert "AI summary" in room.chat()[0]
        assert said in room.chat()[0], "what outlets disagree on"
        room.server.articles = (
            replace(report, summary=NOW_SAYS, paragraphs=(NOW_SAYS, REST)),
            rival,
        )
        room.clock.move(7200)
        await app.work("poll", "read", "correct", "send")
        last = room.chat()[0]
        assert "AI summary" in last, "a correction marks the message as it stands, not as it was sent"
        assert "Correction" in last


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
