"""How fast one sender may post, and when it tries again."""

from __future__ import annotations

import bisect
import math
import random  # noqa: TID251 - seeded
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pacing import (
    CHAT_SPACING,
    EDIT_SPACING,
    FREE_MOST,
    GROUP_MOST,
    MOST_AGE,
    MOST_ATTEMPTS,
    STORM_CHATS,
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
            pace.landed(now)
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
    times = sorted(times)
    return max((bisect.bisect_right(times, at + span) - number for number, at in enumerate(times)), default=0)


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
        pace.landed(now)


def test_a_groups_minute_is_a_log_not_a_bucket() -> None:
    pace, now, times = Pace(1000), 0.0, []
    while now < 180:
        wait = pace.next_at("-1", True, now)
        now += wait
        if wait == 0:
            pace.sent("-1", True, now)
            pace.landed(now)
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


def test_many_flooded_chats_in_a_row_pause_all_for_the_shortest_of_their_times() -> None:
    pace = Pace()
    for number in range(1, STORM_CHATS):
        pace.flooded(str(number), 30, now=0.0)
        assert pace.next_at("9", False, 0.0) == 0
    pace.flooded("8", 10, now=4.0)
    assert pace.next_at("9", False, 4.0) == 10.0
    assert pace.next_at("1", False, 4.0) == 26.0


def test_floods_far_apart_or_with_a_success_between_are_coincidence() -> None:
    pace = Pace()
    for number in range(20):
        pace.flooded(str(number), 30, now=2.0 * number)
        assert pace.next_at("99", False, 2.0 * number) == 0
    for number in range(20):
        pace.flooded(str(number), 30, now=100.0)
        pace.went_through()
    assert pace.next_at("99", False, 100.0) == 0


def test_a_pause_that_was_kept_holds_for_its_chat_or_for_all() -> None:
    pace = Pace()
    pace.pause("1", 30, now=0.0)
    assert (pace.next_at("1", False, 0.0), pace.next_at("2", False, 0.0)) == (30, 0)
    pace.pause("", 20, now=0.0)
    assert pace.next_at("2", False, 5.0) == 15
    pace.pause("-5", 30, now=0.0)
    pace.move("-5", "-1005")
    assert pace.next_at("-1005", True, 10.0) == 20


def test_answers_go_before_the_outbox_and_a_little_over_the_rate() -> None:
    pace = Pace(25)
    for number in range(20):
        pace.sent(str(number), False, 0.0)
    for number in range(5):
        pace.ask(f"10{number}")
    assert pace.next_at("50", False, 0.1) > 0  # five are left, and five answers wait for them
    assert pace.next_at("100", False, 0.1) > 0
    assert pace.next_at("100", False, 0.1, answer=True) == 0
    for number in range(5):
        pace.sent(f"10{number}", False, 0.1)
        pace.answered(f"10{number}")
    assert pace.next_at("60", False, 0.2, answer=True) == 0
    pace.sent("60", False, 0.2)
    pace.sent("61", False, 0.2)
    assert pace.next_at("62", False, 0.2, answer=True) == pytest.approx(0.8)
    assert pace.next_at("62", False, 1.0) == 0
    assert pace.next_at("61", False, 1.0) == pytest.approx(0.25)


@given(st.integers(0, 2**32))
def test_however_the_network_delays_them_no_second_gets_more_than_telegram_takes(seed: int) -> None:
    """They arrive anywhere between their turn and their answer; those that are late are made good."""
    chance = random.Random(seed)
    pace, now = Pace(25), 100.0
    arrived: list[float] = []
    flying: list[float] = []
    slow = chance.choice([0.05, 0.3, 1.5])
    for number in range(300):
        answer, gap = chance.random() < 0.4, chance.uniform(0, 0.15)
        takes, share = chance.uniform(0, slow), chance.random()
        now += gap / 10
        for over in sorted(at for at in flying if at <= now):
            flying.remove(over)
            pace.landed(over)
        late = 0.0 if answer else gap
        while not pace.next_at(str(number), False, now, answer=answer, late=late):
            pace.sent(str(number), False, now, late=late)
            flying.append(now + takes)
            arrived.append(now + takes * share)
            if answer or len(arrived) % 40 == 0:
                break
    assert _most_within(arrived, 0.999) <= FREE_MOST


def test_what_is_on_the_wire_counts_until_a_second_after_its_answer() -> None:
    pace = Pace(25)
    for number in range(FREE_MOST):
        pace.sent(str(number), False, 0.04 * number)
    assert pace.next_at("99", False, 5.0, answer=True) == pytest.approx(0.05)
    assert pace.room(5.0) == 0
    pace.landed(5.0, 10)
    assert pace.next_at("99", False, 5.5, answer=True) == pytest.approx(0.5)
    assert pace.next_at("99", False, 6.0, answer=True) == 0
    assert pace.room(6.0) == 10
    pace.ask("7")
    assert pace.room(6.0) == 9
    pace.landed(6.0, FREE_MOST - 10)
    assert pace.room(6.0) == 9
    assert pace.room(7.0) == 24


@pytest.mark.parametrize(("rate", "most"), [(10, 30), (30, 30), (900, 1000), (5000, 5000)])
def test_the_ceiling_is_telegrams_and_no_lower_than_the_rate(rate: float, most: int) -> None:
    pace = Pace(rate)
    pace.sent("1", False, 0.0)
    for _ in range(most - 1):
        assert pace.budget(2.0) == 0
        pace.sent("1", False, 0.0)
    assert pace.budget(2.0) > 0


def test_when_more_answers_wait_than_the_rate_the_outbox_stands_still() -> None:
    pace = Pace(2)
    for chat in "123":
        pace.ask(chat)
    assert pace.next_at("9", False, 0.0) > 0
    for chat in "123":
        pace.answered(chat)
    assert pace.next_at("9", False, 0.0) == 0


def test_edits_may_follow_each_other_faster_than_messages_in_private() -> None:
    pace = Pace()
    pace.sent("1", False, 0.0)
    pace.sent("-1", True, 0.0)
    assert pace.next_at("1", False, EDIT_SPACING, edit=True) == 0
    assert pace.next_at("1", False, EDIT_SPACING) > 0
    assert pace.next_at("-1", True, EDIT_SPACING, edit=True) > 0


def test_a_late_start_is_not_lost_for_the_rate_and_not_given_to_the_chat() -> None:
    pace = Pace(1)
    pace.sent("1", False, 0.0)
    assert pace.next_at("2", False, 1.08, late=0.08) == 0
    pace.sent("2", False, 1.08, late=0.08)
    assert pace.next_at("3", False, 2.0) == 0
    assert pace.next_at("2", False, 2.0) == pytest.approx(0.13)


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
