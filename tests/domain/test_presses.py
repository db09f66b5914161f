"""What presses on cards change in the next digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.digests import Candidate
from bot.domain.presses import counted, heed, kept, main_terms
from bot.types import ArticleId, Feedback, Press, Story, StoryId, TopicMatch, TopicSlug

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SYRIA, CHINA = TopicSlug("syria"), TopicSlug("us-china")


def candidate(ident: int, *, articles: int = 2, score: float = 1.0) -> Candidate:
    story = Story(
        id=StoryId(ident),
        title="A bridge",
        articles=tuple(ArticleId(ident * 100 + n) for n in range(articles)),
        voices=2,
        first_at=NOW,
        last_at=NOW,
        topics=(TopicMatch(topic=SYRIA, score=2.0, why=""),),
    )
    return Candidate(story=story, score=score, why="2 outlets")


def said(press: Press, story: int = 1, *, counts: bool = True, **shown: Any) -> Feedback:
    return Feedback(
        chat="1",
        user="1",
        story=StoryId(story),
        topic=SYRIA,
        press=press,
        counts=counts,
        at=NOW,
        shown={"articles": [100, 101], "terms": ["damascus", "ferry", "wheat"], **shown},
    )


ABOUT = {StoryId(1): ("ferry",), StoryId(2): ("damascus", "ferry"), StoryId(3): ("ferry", "talks")}
LISTED = {SYRIA: [candidate(1), candidate(2), candidate(3)], CHINA: []}


def scores(*examples: Feedback) -> dict[int, float]:
    return {one.story.id: one.score for one in heed(LISTED, examples, ABOUT)[SYRIA]}


def test_less_silences_the_story_and_lowers_those_that_share_two_terms() -> None:
    assert scores(said(Press.LESS)) == {2: 0.6, 3: 1.0}


def test_a_silenced_story_comes_back_when_it_has_grown_a_lot() -> None:
    for articles, back in ((4, False), (5, True)):
        grown = {SYRIA: [candidate(1, articles=articles)]}
        assert bool(heed(grown, [said(Press.LESS)], {})[SYRIA]) is back


def test_more_raises_and_presses_add_up_to_three() -> None:
    assert scores(said(Press.MORE)) == {1: 1.4, 2: 1.4, 3: 1.0}
    many = scores(*(replace(said(Press.MORE), user=str(n)) for n in range(9)))
    assert many[2] == round(1.4**3, 4)
    assert "this chat asked for more: this story" in heed(LISTED, [said(Press.MORE)], ABOUT)[SYRIA][0].why


def test_votes_change_nothing() -> None:
    assert counted([said(Press.LESS, counts=False)]) == ()


def test_a_wrong_topic_is_left_for_the_right_one_or_for_none() -> None:
    moved = heed(LISTED, [said(Press.WRONG_TOPIC, belongs="us-china")], ABOUT)
    assert [one.story.id for one in moved[SYRIA]] == [2, 3]
    assert [one.story.id for one in moved[CHINA]] == [1]
    gone = heed(LISTED, [said(Press.WRONG_TOPIC, belongs="")], ABOUT)
    assert (len(gone[SYRIA]), gone[CHINA]) == (2, [])


def test_what_is_not_the_same_leaves_the_story() -> None:
    story = candidate(1).story
    left = kept(story, [said(Press.NOT_SAME, odd=100)])
    assert left is not None
    assert left.articles == (101,)
    assert kept(story, [said(Press.NOT_SAME, odd=100), said(Press.NOT_SAME, odd=101)]) is None
    assert kept(story, [said(Press.NOT_SAME, story=2, odd=100), said(Press.MORE)]) == story


def test_main_terms_are_names_and_what_headlines_share() -> None:
    found = main_terms(
        ["Ferry sinks off Tartus", "Tartus ferry disaster: 12 missing", "Sunken ferry near Tartus"]
    )
    assert set(found[:2]) == {"tartu", "ferri"} or {"tartus", "ferry"} == set(found[:2])
    assert len(found) <= 8
    assert main_terms([]) == ()
