"""A trouble is told once, and once more when it is over; flapping and bursts are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.troubles import (
    LEAST,
    LOOKS_APART,
    Kind,
    Open,
    Refusal,
    Trouble,
    Watched,
    changed,
    looked,
    present,
)
from bot.types import FeedStatus, Gauges
from tests import make

CAPS = ((make.ago(hours=9), 1.0), (make.ago(days=1, hours=9), 20.0))


def there(before: Watched | None = None, **figures: Any) -> list[Kind]:
    """The kinds of the troubles that these figures are."""
    asked = {
        name: figures.pop(name, usual) for name, usual in (("feeds", ()), ("overdue", 0), ("refusal", None))
    }
    now = Gauges(**({"at": make.NOW} | figures))
    found = present(before or Watched(), now, caps=CAPS, rules=make.rules(), **asked)
    return [one.kind for one in found]


def test_nothing_is_wrong_with_an_empty_house() -> None:
    assert there() == []


def test_late_digests_are_those_not_sent_and_those_not_made() -> None:
    assert there(late=2) == [Kind.LATE]
    assert there(overdue=1) == [Kind.LATE]


@pytest.mark.parametrize(
    ("at", "cost", "today", "month", "kinds"),
    [
        (make.ago(hours=1), 0.01, 0.995, 3.0, [Kind.BUDGET_DAY]),
        (make.ago(hours=1), 0.01, 0.995, 19.995, [Kind.BUDGET_DAY, Kind.BUDGET_MONTH]),
        (make.ago(hours=1), 0.01, 0.5, 3.0, []),  # a cap was raised since
        (make.ago(hours=10), 0.01, 0.995, 3.0, []),  # yesterday's
    ],
)
def test_a_budget_is_spent_when_a_call_was_refused_and_would_be_again(
    at: Any, cost: float, today: float, month: float, kinds: list[Kind]
) -> None:
    assert there(refusal=Refusal(at=at, cost=cost), today=today, month=month) == kinds


def test_who_allows_only_what_is_free_hears_of_no_budget() -> None:
    refusal = Refusal(at=make.NOW, cost=1.0)
    caps = tuple((since, 0.0) for since, _ in CAPS)
    now = Gauges(at=make.NOW)
    none = present(Watched(), now, feeds=(), overdue=0, refusal=refusal, caps=caps, rules=make.rules())
    assert none == ()


def grown(*depths: int) -> tuple[Watched, list[Kind]]:
    """The state and the troubles after looks five minutes apart at a queue of this length."""
    state, kinds = Watched(), []
    for number, depth in enumerate(depths):
        now = Gauges(at=make.NOW + number * LOOKS_APART, unread=depth)
        state = looked(state, now)
        found = present(state, now, feeds=(), overdue=0, refusal=None, caps=CAPS, rules=make.rules())
        state, began, _ = changed(state, found, now.at)
        kinds += [one.trouble.kind for one in began]
    return state, kinds


@pytest.mark.parametrize(
    "depths",
    [
        (0, 50_000, 30_000, 10_000, 0),  # a first import
        (10, 20, 30, 40, 50),  # grows, and is nothing
        (600, 600, 600, 600, 600),  # long, and as long as before
        (100, 600, 800, 700, 900),
    ],
)
def test_bursts_and_small_queues_are_no_trouble(depths: tuple[int, ...]) -> None:
    assert grown(*depths)[1] == []


def test_a_queue_that_grows_for_a_quarter_of_an_hour_is_told_once_until_it_is_half() -> None:
    state, kinds = grown(100, 300, 600, 900, 1200, 1000, 800, 500)
    assert kinds == [Kind.ENTRIES]
    assert state.open["queue_entries"].trouble == Trouble(kind=Kind.ENTRIES, figure=900, before=100)
    assert grown(100, 300, 600, 900, 1200, 1000, 800, 499)[0].open == {}
    assert LEAST == 500


def test_looks_at_queues_are_five_minutes_apart() -> None:
    state = looked(Watched(), Gauges(at=make.NOW))
    assert looked(state, Gauges(at=make.later(minutes=4))) is state
    assert len(looked(state, Gauges(at=make.later(minutes=5))).looks) == 2


def test_a_dead_feed_is_over_when_it_was_read_again() -> None:
    dead = make.feed("a", status=FeedStatus.DEAD)
    assert there(feeds=[dead]) == [Kind.FEED]
    told = Open(trouble=Trouble(kind=Kind.FEED, subject="a"), number=1, since=make.ago(days=1))
    state = Watched(number=1, open={"feed_dead:a": told})
    woken = replace(dead, status=FeedStatus.ACTIVE, last_success_at=make.ago(days=20))
    assert there(state, feeds=[woken]) == [Kind.FEED]
    assert there(state, feeds=[replace(woken, last_success_at=make.NOW)]) == []
    assert there(state, feeds=[replace(dead, status=FeedStatus.OFF)]) == []
    assert there(state, feeds=[]) == []


def test_late_digests_are_over_after_five_quiet_minutes_and_others_at_once() -> None:
    late, held = Trouble(kind=Kind.LATE, figure=1), Trouble(kind=Kind.AMBIGUOUS, figure=1)
    state, began, _ = changed(Watched(), [late, held], make.NOW)
    assert [(one.trouble.kind, one.number) for one in began] == [(Kind.LATE, 1), (Kind.AMBIGUOUS, 2)]
    state, began, over = changed(state, [], make.later(minutes=1))
    assert ([one.trouble.kind for one in over], began) == ([Kind.AMBIGUOUS], ())
    state, began, over = changed(state, [late], make.later(minutes=4))  # it was only a pause
    assert (over, began) == ((), ())
    state, _, over = changed(state, [], make.later(minutes=5))
    assert over == ()
    state, _, over = changed(state, [], make.later(minutes=10))
    assert [one.number for one in over] == [1]
    _, began, _ = changed(state, [late], make.later(minutes=20))
    assert [one.number for one in began] == [3]


_TROUBLES = st.lists(
    st.builds(
        Trouble,
        kind=st.sampled_from(Kind),
        subject=st.sampled_from(["", "a", "b"]),
        figure=st.integers(0, 10**6),
        before=st.integers(0, 10**6),
    ),
    max_size=5,
    unique_by=lambda one: one.key,
)


@given(st.lists(_TROUBLES, max_size=12))
def test_whatever_comes_and_goes_each_is_told_in_turn_and_a_restart_forgets_nothing(
    looks: list[list[Trouble]],
) -> None:
    state, open_now, numbers = Watched(), set[str](), set[int]()
    for minute, found in enumerate(looks):
        state, began, over = changed(state, found, make.NOW + timedelta(minutes=minute))
        for one in over:
            open_now.remove(one.trouble.key)
        for one in began:
            assert one.trouble.key not in open_now
            assert one.number not in numbers
            open_now.add(one.trouble.key)
            numbers.add(one.number)
        assert open_now == set(state.open)
        assert {one.key for one in found} <= open_now
        assert Watched.unpacked(state.packed()) == state
        state = Watched.unpacked(state.packed())
