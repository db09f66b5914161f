"""What makes a story important, and what makes a digest diverse."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ranking import GROWING, Importance, Ranked, importance, spread
from bot.types import Article, ArticleId, Outlet, OutletId, Story, StoryId
from tests import make

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def outlet(name: str, **given: object) -> Outlet:
    return replace(Outlet(id=OutletId(name), name=name), **given)  # type: ignore[arg-type]


def rated(
    voices: int = 3,
    hours: float = 1,
    *,
    began: float | None = None,
    outlets: tuple[Outlet, ...] = (outlet("a"),),
    fresh: int = 0,
    **given: object,
) -> Importance:
    at = NOW - timedelta(hours=hours)
    story = Story(
        id=StoryId(1),
        title="Wheat harvest fails",
        articles=(ArticleId(1),),
        voices=voices,
        first_at=NOW - timedelta(hours=began if began is not None else hours),
        last_at=at,
    )
    members = [article(n, one.id, 1 if n < fresh else 20) for n, one in enumerate(outlets)]
    known = {one.id: one for one in outlets}
    return importance(story, members, known, now=NOW, **given)  # type: ignore[arg-type]


def article(number: int, name: OutletId, hours: float) -> Article:
    return make.article(number, outlet=name, published_at=NOW - timedelta(hours=hours))


def test_more_outlets_newer_news_growth_and_what_is_new_to_the_reader_weigh_more() -> None:
    assert rated(5).score > rated(1).score
    assert rated(hours=1).score > rated(hours=20).score
    two = (outlet("a"), outlet("b"))
    assert rated(outlets=two, fresh=2).score > rated(outlets=two).score
    assert rated(told=True).score < rated().score
    assert rated(began=100).score < rated().score


def test_weights_of_outlets_count_and_agencies_a_little_more() -> None:
    assert rated(outlets=(outlet("a", weight=0.5),)).score < rated().score
    assert rated(outlets=(outlet("a", agency=True),)).score > rated().score


def test_state_media_alone_count_less_and_are_labelled_and_mixed_ones_are_not() -> None:
    state = outlet("s", state_media=True)
    alone, mixed = rated(outlets=(state,)), rated(outlets=(state, outlet("a")))
    assert alone.score < mixed.score
    assert "state media only" in alone.why()
    assert "state media" not in mixed.why()


def test_an_outlet_that_nobody_declared_is_not_taken_for_state_media() -> None:
    story = Story(id=StoryId(1), title="t", articles=(ArticleId(1),), voices=1, first_at=NOW, last_at=NOW)
    found = importance(story, [article(1, OutletId("x"), 1)], {OutletId("x"): None}, now=NOW)
    assert not found.state_media
    assert found.score > 0


def test_a_single_source_is_allowed_and_labelled() -> None:
    assert rated(1).score > 0
    assert "single source" in rated(1).why()
    assert "3 independent outlets" in rated(3).why()


def test_the_arithmetic_adds_up_and_is_told() -> None:
    one = rated(4, 10, fresh=1, told=True)
    base = log2(1 + one.voices * one.weight) + GROWING * one.growth
    assert one.score == pytest.approx(base * one.recency * one.novelty * one.state, abs=1e-4)
    assert all(word in one.text() for word in ("outlets", "growth", "recency", "novelty", "state"))
    assert one.as_dict() == asdict(one)


# ----------------------------------------------------------------------------------------------- diversity


def test_a_second_story_of_one_matter_lets_another_matter_pass() -> None:
    ranked = [
        Ranked(score=3.0, terms=frozenset({"tariff", "truce", "beijing"})),
        Ranked(score=2.9, terms=frozenset({"tariff", "truce", "talks"})),
        Ranked(score=2.6, terms=frozenset({"wheat", "harvest"})),
    ]
    scores = [score for score, _ in spread(ranked)]
    assert scores[0] == 3.0
    assert scores[2] == 2.6
    assert scores[1] < 2.6
    assert spread(ranked)[1][1] == "much like one above"


def test_one_outlet_alone_does_not_fill_a_digest() -> None:
    own = [Ranked(score=2.0 - n / 100, terms=frozenset({f"w{n}"}), sole_outlet="herald") for n in range(3)]
    first, second, third = (score for score, _ in spread(own))
    assert first == 2.0
    assert third < second < 1.9


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 9),
            st.frozensets(st.sampled_from("abcdef"), max_size=4),
            st.sampled_from(["", "x", "y"]),
        ),
        max_size=120,
    )
)
def test_the_best_keeps_its_score_and_nobody_loses_more_than_half(
    rows: list[tuple[float, frozenset[str], str]],
) -> None:
    ranked = [Ranked(score=score, terms=terms, sole_outlet=sole) for score, terms, sole in rows]
    found = [score for score, _ in spread(ranked)]
    assert len(found) == len(ranked)
    assert max(found, default=0) == max((one.score for one in ranked), default=0)
    assert all(one.score / 2 <= score <= one.score for one, score in zip(ranked, found, strict=True))
