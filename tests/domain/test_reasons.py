"""Stored reasons in the reader's words; what is not known stays as it is."""

from __future__ import annotations

import pytest

from bot.domain import ranking, reasons
from bot.domain.topics import Router
from bot.types import ArticleId, Outlet, OutletId, Placement, Topic, TopicMatch, TopicSlug
from tests import make
from tests.golden.sample import wording

EN = wording("en")


def placement(why: str, reprint_of: int | None = None) -> Placement:
    return make.placement(2, why=why, reprint_of=reprint_of and ArticleId(reprint_of))


def test_all_that_ranking_says_is_known() -> None:
    articles = [make.article(1, published_at=make.ago(hours=2))]
    outlet = Outlet(id=OutletId("daily"), name="State Daily", state_media=True)
    story = make.story(1, 1, voices=1, last_at=make.ago(hours=2))
    why = ranking.importance(story, articles, {outlet.id: outlet}, now=make.NOW, told=True).why()
    assert reasons.ranked(why, EN) == (
        "single source",
        "1 of 1 articles is from the last 6 hours",
        "latest report 2 hours ago",
        "told here before, so it counts less",
        "state media only, so it counts less",
    )


def test_what_a_chat_asked_for_is_told_last_with_its_words() -> None:
    why = (
        "single source: 1 independent outlet, much like one above, this chat asked for less: this story, oil"
    )
    assert reasons.ranked(why, EN) == (
        "single source",
        "much like one above it, so it counts less",
        "this chat asked for less of it: this story, oil",
    )
    after = "1 independent outlet, this chat asked for more: oil, wheat, much like one above"
    assert reasons.ranked(after, EN)[1:] == (
        "much like one above it, so it counts less",
        "this chat asked for more of it: oil, wheat",
    )
    assert reasons.ranked("this chat asked for more: oil", EN) == ("this chat asked for more of it: oil",)


def test_a_reason_that_is_not_known_stays_as_it_is() -> None:
    assert reasons.ranked("3 independent outlets, moon in the house", EN) == (
        "3 independent sources",
        "moon in the house",
    )
    assert reasons.placed(placement("put there by an editor"), EN, {}) == "put there by an editor"
    assert reasons.matched(TopicMatch(topic=TopicSlug("t"), score=1.0, why="a hint"), EN) == "a hint"
    assert reasons.unfiled("breaks off", EN, {}) == "breaks off"


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("likeness 0.62, 0.30 needed: a, b", "likeness 0.62 (0.30 is enough); shared words: a, b"),
        (
            "nearest story 9 at 0.11, 0.30 needed",
            "began the story: the nearest other one reached 0.11 of 0.30",
        ),
        (
            "likeness 0.51, 0.42 needed (0.60 to the whole, 0.40 to its nearest article): by their meaning",
            "likeness 0.51 (0.42 is enough), by what they mean",
        ),
        (
            "nearest story 9: likeness 0.11, 0.30 needed (0.20 to the whole)",
            "began the story: the nearest other one reached 0.11 of 0.30",
        ),
        ("nothing like it is open", "began the story: nothing like it was known"),
        ("nothing like it is open, 0.30 needed", "began the story: nothing like it was known"),
    ],
)
def test_placements_are_told_in_plain_words(why: str, said: str) -> None:
    assert reasons.placed(placement(why), EN, {}) == said


def test_a_reprint_names_the_mark_of_its_original_where_that_is_listed() -> None:
    why = "97% of the shorter text stands in article 7 word for word"
    assert reasons.placed(placement(why, 7), EN, {ArticleId(7): 3}).endswith("word for word in [3]")
    assert reasons.placed(placement(why, 7), EN, {}) == why


def test_all_that_the_router_says_is_known() -> None:
    topic = Topic(
        slug=TopicSlug("syria"), names={"en": "Syria"}, include={"en": ("Damascus", "Aleppo")}, threshold=1.0
    )
    (match,) = Router((topic,)).match("Damascus reopens", "Aleppo follows. " * 30, "en")
    assert set(reasons.matched(match, EN).split(", ")) == {"Damascus (headline)", "Aleppo (first sentence)"}
