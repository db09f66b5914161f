"""How fast one sender may post, and when it tries again."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pacing import (
    CHAT_SPACING,
    GROUP_MOST,
    MOST_AGE,
    MOST_ATTEMPTS,
    Pace,
    is_group,
    next_try,
)
from tests import make


@pytest.mark.parametrize(("chat", "group"), [("77", False), ("-500", True), ("-1001", True), ("@news", True)])
def test_only_positive_ids_are_private_chats(chat: str, group: bool) -> None:
    assert is_group(chat) is group


@given(st.lists(st.tuples(st.integers(0, 11), st.floats(0, 0.4)), min_size=50, max_size=400))
def test_who_obeys_stays_under_every_limit(asked: list[tuple[int, float]]) -> None:
    pace, now = Pace(5), 100.0
    sent: list[tuple[float, str]] = []
    for number, gap in asked:
        now += gap
        chat = str(number) if number % 2 else f"-{number}"
        if pace.next_at(chat, is_group(chat), now) == 0:
            pace.sent(chat, is_group(chat), now)
            sent.append((now, chat))
    by_chat = defaultdict(list)
    for at, chat in sent:
        by_chat[chat].append(at)
    times = [at for at, _ in sent]
    assert _most_within(times, 0.999) <= 5
    for chat, its in by_chat.items():
        assert all(b - a >= CHAT_SPACING - 1e-9 for a, b in pairwise(its))
        assert not is_group(chat) or _most_within(its, 59.999) <= GROUP_MOST


def _most_within(times: list[float], span: float) -> int:
    return max((sum(start <= at <= start + span for at in times) for start in times), default=0)


@given(st.lists(st.sampled_from(["1", "2", "-3", "-4"]), max_size=60))
def test_the_named_wait_is_exactly_long_enough(chats: list[str]) -> None:
    pace, now = Pace(3), 0.0
    for chat in chats:
        wait = pace.next_at(chat, is_group(chat), now)
        if wait > 0.002:
            assert pace.next_at(chat, is_group(chat), now + wait - 0.001) > 0
        now += wait + 1e-9
        assert pace.next_at(chat, is_group(chat), now) == 0
        pace.sent(chat, is_group(chat), now)


def test_a_groups_minute_is_a_log_not_a_bucket() -> None:
    pace, now, times = Pace(1000), 0.0, []
    while now < 180:
        wait = pace.next_at("-1", True, now)
        now += wait
        if wait == 0:
            pace.sent("-1", True, now)
            times.append(now)
    assert _most_within(times, 59.999) == GROUP_MOST
    assert len(times) == 3 * GROUP_MOST


def test_a_flooded_chat_pauses_alone() -> None:
    pace = Pace()
    pace.flooded("1", 30, now=0.0)
    assert pace.next_at("1", False, 10.0) == 20.0
    assert pace.next_at("2", False, 0.0) == 0
    pace.flooded("1", 60, now=1.0)
    assert pace.next_at("2", False, 1.0) == 0


def test_two_flooded_chats_within_five_seconds_pause_all() -> None:
    pace = Pace()
    pace.flooded("1", 30, now=0.0)
    pace.flooded("2", 10, now=4.0)
    assert pace.next_at("3", False, 4.0) == 10.0
    assert pace.next_at("1", False, 4.0) == 26.0


def test_two_floods_far_apart_are_a_coincidence() -> None:
    pace = Pace()
    pace.flooded("1", 30, now=0.0)
    pace.flooded("2", 10, now=6.0)
    assert pace.next_at("3", False, 6.0) == 0


def test_held_counts_the_chats_that_wait_for_their_own_reasons() -> None:
    pace = Pace()
    for chat in ("1", "2", "-3"):
        pace.sent(chat, is_group(chat), 0.0)
    pace.flooded("4", 100, now=0.0)
    assert pace.held(0.5) == 4
    assert pace.held(2.0) == 1


def test_memory_follows_the_last_minute_not_all_readers() -> None:
    pace = Pace(25)
    for number in range(50_000):
        pace.sent(str(number), False, number / 25)
    assert len(pace._chats) <= 4 * 25 + 1


def test_tries_are_spaced_doubling_up_to_a_quarter_of_an_hour() -> None:
    waits = [_wait(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900]
    assert _wait(MOST_ATTEMPTS) == math.inf


def test_a_named_time_is_kept_and_flooding_never_wears_out() -> None:
    assert _wait(1, retry_after=77.0) == 77
    assert _wait(500, retry_after=77.0, flooded=True) == 77
    assert _wait(500, flooded=True) == 5
    assert _wait(1, age=MOST_AGE, flooded=True) == math.inf


def _wait(
    attempts: int, *, retry_after: float | None = None, flooded: bool = False, age: timedelta = timedelta(0)
) -> float:
    at = next_try(
        make.NOW, queued_at=make.NOW - age, attempts=attempts, flooded=flooded, retry_after=retry_after
    )
    return math.inf if at is None else (at - make.NOW).total_seconds()
