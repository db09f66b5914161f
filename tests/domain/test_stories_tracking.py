from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.stories import Phase, phase, timeline
from bot.types import Article, ArticleId, Outlet, OutletId
from tests import make


def told(number: int, hours: float, title: str, text: str, outlet: str = "a") -> Article:
    return replace(
        make.article(number, title=title, text=text, outlet=OutletId(outlet)),
        id=ArticleId(number),
        published_at=make.ago(hours=hours),
    )


FIRST = told(1, 40, "Ferry sinks off Port Sellan", "A ferry sank off Port Sellan at night. Nobody was hurt.")
AGAIN = told(2, 38, "Ferry sinks off Port Sellan", "The ferry that sank off Port Sellan carried nobody.", "b")
CAUSE = told(
    3, 20, "Captain Ruiz held", "Captain Mateo Ruiz of the ferry was arrested in Halden, police said.", "b"
)
COPY = replace(told(4, 19, "Arrest after ferry accident", CAUSE.text, "c"), id=ArticleId(4))
STORY = make.story(1, 1, 2, 3, 4)


def test_a_timeline_has_the_first_report_and_what_was_new_later() -> None:
    outlets = {OutletId("b"): Outlet(id=OutletId("b"), name="The B")}
    moments = timeline(STORY, (COPY, CAUSE, AGAIN, FIRST), outlets)
    assert [one.article for one in moments] == [1, 3]
    assert [one.outlet.name for one in moments] == ["a", "The B"]
    assert moments[0].new == ()
    assert "Captain Ruiz" in moments[1].new


def test_nobody_is_first_with_a_figure_that_another_language_had() -> None:
    arabic = replace(
        told(5, 30, "عبارة تغرق", "غرقت عبارة وعلى متنها 450 راكبا و12 بحارا.", "c"), language="ar"
    )
    late = told(6, 10, "Ferry carried 450 and a crew of 12", "It had 450 aboard and a crew of 12.", "b")
    story = make.story(1, 1, 5, 6)
    assert [one.article for one in timeline(story, (FIRST, arabic, late), {})] == [1]
    assert [one.article for one in timeline(story, (FIRST, late), {})] == [1, 6]


def test_a_timeline_leaves_out_articles_of_other_stories() -> None:
    assert [one.article for one in timeline(make.story(1, 3), (FIRST, CAUSE), {})] == [3]
    assert timeline(make.story(1, 9), (FIRST, CAUSE), {}) == ()


def test_a_story_breaks_develops_and_fades() -> None:
    def at(*hours: float) -> Phase:
        return phase(STORY, [told(n, ago, "t", "x") for n, ago in enumerate(hours, start=1)], make.NOW)

    assert at(1) is Phase.BREAKING
    assert at(5.9, 5, 4) is Phase.BREAKING
    assert at(30, 20, 2) is Phase.DEVELOPING
    assert at(30, 20) is Phase.FADING
    assert at(*([40] * 20), 3) is Phase.FADING


@given(st.lists(st.floats(0, 200), min_size=1, max_size=30), st.floats(0, 400))
def test_a_story_never_breaks_again(hours: list[float], later: float) -> None:
    members = [told(n, ago, "t", "x") for n, ago in enumerate(hours, start=1)]
    before = phase(STORY, members, make.NOW)
    after = phase(STORY, members, make.NOW + timedelta(hours=later))
    assert after is before or after is not Phase.BREAKING
