"""One digest a local date, whatever clocks do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.moments import resume_at
from bot.domain.schedules import LOOK_BACK, due, instant, key, next_slot, slots, zone
from bot.errors import Misconfigured
from bot.types import Address, Rules, Schedule, Slot, Subscription, SubscriptionId, TopicSlug

RULES = Rules()
HOUR = timedelta(hours=1)
HALF_HOURS = (*(time(half // 2, half % 2 * 30) for half in range(8)), time(3, 59))


def reader(
    *times: time, zone: str = "UTC", days: tuple[int, ...] = (), created: datetime | None = None
) -> Subscription:
    return Subscription(
        id=SubscriptionId("r"),
        address=Address(channel="telegram", chat="1"),
        topics=(TopicSlug("syria"),),
        schedule=Schedule(times=times, zone=zone, days=days),
        created_at=created,
    )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def changes(name: str) -> list[datetime]:
    """UTC hours in 2026-2027 after which the zone's offset is another one."""
    tz, found = ZoneInfo(name), []
    start, hours = utc(2025, 12, 31), 24 * 732
    # Halve ranges of a week first: no zone changes twice within one and ends as it began... except for
    # Morocco around Ramadan (four weeks), so a week is safe.
    for week in range(0, hours, 168):
        left, right = start + week * HOUR, start + (week + 168) * HOUR
        if left.astimezone(tz).utcoffset() == right.astimezone(tz).utcoffset():
            continue
        for hour in range(168):
            here, there = left + hour * HOUR, left + (hour + 1) * HOUR
            if here.astimezone(tz).utcoffset() != there.astimezone(tz).utcoffset():
                found.append(here)
    return found


def compose_all(subscription: Subscription, ticks: list[datetime]) -> list[Slot]:
    """What a scheduler composes that looks at these instants, asking again after each digest."""
    done: set[tuple[str, str]] = set()
    composed: list[Slot] = []
    for now in ticks:
        while True:
            answer = due(subscription, now=now, done=frozenset(done), rules=RULES)
            done |= {key(slot) for slot in answer.skip}
            if answer.compose is None:
                break
            assert answer.late == (now - answer.compose.at > timedelta(seconds=60))
            composed.append(answer.compose)
            done.add(key(answer.compose))
    return composed


def one_a_date(name: str, at: time, change: datetime) -> None:
    """Three local dates around a change: ticks each minute where the slot can be, each hour elsewhere."""
    tz = ZoneInfo(name)
    first = change.astimezone(tz).date() - timedelta(days=1)
    dates = [first + timedelta(days=day) for day in range(3)]
    offsets = {(change + hours * HOUR).astimezone(tz).utcoffset() or timedelta() for hours in (-1, 1)}
    near = {change + minute * timedelta(minutes=1) for minute in range(61)}
    for day in dates:
        for offset in offsets:
            reading = datetime.combine(day, at, tzinfo=UTC) - offset
            near |= {reading + minute * timedelta(minutes=1) for minute in range(-2, 3)}
    start, end = min(near) - 3 * HOUR, max(near) + 3 * HOUR
    coarse = {start + hours * HOUR for hours in range(int((end - start) / HOUR))}
    subscription = reader(at, zone=name, created=start)
    composed = compose_all(subscription, [tick + timedelta(seconds=20) for tick in sorted(near | coarse)])
    within = [slot for slot in composed if slot.local_date in dates]
    assert [slot.local_date for slot in within] == dates, (name, at, change, composed)
    for slot in within:
        wall = slot.at.astimezone(tz).replace(tzinfo=None)
        assert wall.date() == slot.local_date, (name, at, slot)
        # Antarctica/Troll jumps two hours.
        assert timedelta(0) <= wall - datetime.combine(slot.local_date, at) <= 2 * HOUR, (name, at, slot)


def every_change(*, aliases: bool) -> int:
    """Runs all zones with a change in 2026-2027; without aliases, one name for each behaviour of a clock."""
    seen: set[tuple[object, ...]] = set()
    checked = 0
    for name in sorted(available_timezones()):
        tz = ZoneInfo(name)
        for change in changes(name):
            clock = tuple((change + hours * HOUR).astimezone(tz).utcoffset() for hours in (-1, 1))
            if not aliases and (change, clock) in seen:
                continue
            seen.add((change, clock))
            for at in HALF_HOURS:
                one_a_date(name, at, change)
                checked += 1
    return checked


@pytest.mark.slow
def test_every_clock_that_changes_gives_exactly_one_digest_a_local_date_for_each_time() -> None:
    assert every_change(aliases=False) > 300


@pytest.mark.slow
def test_every_zone_by_every_name_gives_exactly_one_digest_a_local_date_for_each_time() -> None:
    assert every_change(aliases=True) > 5000


def at(zone_name: str, day: date, clock: time) -> datetime | None:
    return instant(day, clock, ZoneInfo(zone_name))


def test_a_time_that_comes_twice_rings_the_first_time() -> None:
    assert at("Europe/Berlin", date(2026, 10, 25), time(2, 30)) == utc(2026, 10, 25, 0, 30)


def test_a_time_in_a_gap_rings_at_the_next_valid_minute() -> None:
    assert at("Europe/Berlin", date(2026, 3, 29), time(2, 0)) == utc(2026, 3, 29, 1, 0)
    assert at("Europe/Berlin", date(2026, 3, 29), time(2, 59)) == utc(2026, 3, 29, 1, 0)
    assert at("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10)) == utc(2026, 10, 3, 15, 30)


def test_a_gap_of_odd_seconds_still_ends_on_a_full_minute() -> None:
    assert at("Africa/Monrovia", date(1972, 1, 7), time(0, 10)) == utc(1972, 1, 7, 0, 45)


def test_a_gap_before_midnight_rings_after_midnight_and_keeps_its_date() -> None:
    (slot,) = slots(
        Schedule(times=(time(23, 30),), zone="America/Nuuk"), utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 12)
    )
    assert (slot.local_date, slot.at) == (date(2026, 3, 28), utc(2026, 3, 29, 1, 0))


def test_a_date_that_the_zone_skips_has_no_slot() -> None:
    found = slots(Schedule(times=(time(7),), zone="Pacific/Apia"), utc(2011, 12, 28), utc(2012, 1, 1, 12))
    assert [slot.local_date.day for slot in found] == [28, 29, 31, 1]


def test_slots_honour_the_days_of_the_week_in_the_readers_zone() -> None:
    schedule = Schedule(times=(time(7), time(1)), zone="Asia/Tokyo", days=(0,))
    found = list(slots(schedule, utc(2026, 11, 21), utc(2026, 11, 29)))
    assert [(slot.local_date, slot.local_time) for slot in found] == [
        (date(2026, 11, 23), time(1)),
        (date(2026, 11, 23), time(7)),
    ]
    assert found[0].at == utc(2026, 11, 22, 16)


def test_the_next_slot_is_strictly_after() -> None:
    schedule = Schedule(times=(time(7),), zone="UTC")
    assert next_slot(schedule, utc(2026, 11, 23, 7)).at == utc(2026, 11, 24, 7)
    assert next_slot(schedule, utc(2026, 11, 23, 6, 59)).at == utc(2026, 11, 23, 7)


def test_a_schedule_without_times_says_so() -> None:
    with pytest.raises(Misconfigured, match="no time"):
        next_slot(Schedule(times=(), zone="UTC"), utc(2026, 11, 23))


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "Europe"])
def test_an_unknown_zone_says_what_to_write(name: str) -> None:
    with pytest.raises(Misconfigured, match="unknown time zone"):
        zone(name)


def test_a_digest_within_a_minute_is_on_time_and_later_it_is_late() -> None:
    subscription = reader(time(7), created=utc(2026, 11, 1))
    done = frozenset((f"2026-11-{day:02}", "07:00") for day in range(1, 23))
    on_time = due(subscription, now=utc(2026, 11, 23, 7, 1), done=done, rules=RULES)
    late = due(subscription, now=utc(2026, 11, 23, 7, 1, 1), done=done, rules=RULES)
    assert on_time.compose is not None
    assert late.compose is not None
    assert (on_time.late, late.late) == (False, True)


def test_of_several_missed_slots_only_the_newest_goes_out_and_the_others_are_listed() -> None:
    subscription = reader(time(6), time(9), time(12), created=utc(2026, 11, 22))
    answer = due(subscription, now=utc(2026, 11, 23, 14), done=frozenset(), rules=RULES)
    assert answer.compose is not None
    assert answer.compose.at == utc(2026, 11, 23, 12)
    assert answer.late
    assert [slot.at.day * 100 + slot.at.hour for slot in answer.skip] == [2206, 2209, 2212, 2306, 2309]


def test_a_slot_of_twelve_hours_goes_out_late_and_an_older_one_is_skipped() -> None:
    subscription = reader(time(7), created=utc(2026, 11, 23))
    just = due(subscription, now=utc(2026, 11, 23, 19), done=frozenset(), rules=RULES)
    over = due(subscription, now=utc(2026, 11, 23, 19, 0, 1), done=frozenset(), rules=RULES)
    assert just.compose is not None
    assert over.compose is None
    assert [slot.at for slot in over.skip] == [utc(2026, 11, 23, 7)]


def test_slots_before_the_subscription_was_made_are_nobodys() -> None:
    subscription = reader(time(7), created=utc(2026, 11, 23, 7, 0, 1))
    assert due(subscription, now=utc(2026, 11, 23, 8), done=frozenset(), rules=RULES).compose is None
    exactly = reader(time(7), created=utc(2026, 11, 23, 7))
    assert due(exactly, now=utc(2026, 11, 23, 7), done=frozenset(), rules=RULES).compose is not None


def test_a_slot_older_than_what_already_went_out_is_skipped() -> None:
    """The reader has the 09:00 digest and then adds 07:00 to the times."""
    subscription = reader(time(7), time(9), created=utc(2026, 11, 23))
    done = frozenset({("2026-11-23", "09:00:00")})
    answer = due(subscription, now=utc(2026, 11, 23, 10), done=done, rules=RULES)
    assert answer.compose is None
    assert [slot.at.hour for slot in answer.skip] == [7]


def test_a_slot_is_prepared_shortly_before() -> None:
    subscription = reader(time(7), created=utc(2026, 11, 23))
    nothing = due(subscription, now=utc(2026, 11, 23, 6, 44), done=frozenset(), rules=RULES)
    soon = due(subscription, now=utc(2026, 11, 23, 6, 45), done=frozenset(), rules=RULES)
    assert nothing.prepare is None
    assert soon.prepare is not None
    assert soon.compose is None


def test_a_switched_off_subscription_needs_nothing() -> None:
    off = Subscription(
        id=SubscriptionId("r"),
        address=Address(channel="telegram", chat="1"),
        topics=(),
        schedule=Schedule(times=(time(7),), zone="UTC"),
        active=False,
    )
    answer = due(off, now=utc(2026, 11, 23, 7), done=frozenset(), rules=RULES)
    assert (answer.compose, answer.prepare, answer.skip) == (None, None, ())


JUMPS = st.lists(
    st.tuples(
        st.sampled_from([HOUR, -HOUR, timedelta(days=2), timedelta(hours=-3), timedelta(hours=3)]),
        st.integers(1, 400),
    ),
    max_size=6,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    jumps=JUMPS,
    name=st.sampled_from(["Europe/Berlin", "Asia/Taipei", "America/New_York", "Africa/Casablanca"]),
    times=st.lists(st.times(), min_size=1, max_size=3),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)),
)
def test_jumps_of_the_system_clock_never_give_a_slot_twice_or_out_of_order(
    jumps: list[tuple[timedelta, int]], name: str, times: list[time], start: datetime
) -> None:
    ticks, now = [], start
    for jump, steps in jumps:
        for _ in range(steps):
            ticks.append(now)
            now += timedelta(minutes=7)
        now += jump
    minutes = sorted({clock.replace(second=0, microsecond=0) for clock in times})
    composed = compose_all(reader(*minutes, zone=name, created=start), ticks)
    assert len({key(slot) for slot in composed}) == len(composed)
    for slot in composed:
        assert slot.at >= start


@pytest.mark.parametrize(
    ("jump", "dates"),
    [
        (HOUR, [23]),
        (-HOUR, [23]),
        (3 * HOUR, [23]),  # three hours of sleep or of a stopped process
        (timedelta(days=2), [25]),  # the 23rd is 47 hours old, the 24th 23 hours: skipped
    ],
)
def test_after_a_jump_or_a_sleep_at_half_past_six_the_slot_of_seven_goes_out_once(
    jump: timedelta, dates: list[int]
) -> None:
    minute = timedelta(minutes=1)
    before = [utc(2026, 11, 23, 5) + count * minute for count in range(91)]
    after = [before[-1] + jump + count * minute for count in range(12 * 60)]
    composed = compose_all(reader(time(7), created=utc(2026, 11, 23)), before + after)
    assert [slot.local_date.day for slot in composed] == dates


def test_a_clock_that_runs_two_days_ahead_and_comes_back_doubles_nothing() -> None:
    minute = timedelta(minutes=1)
    ahead = [utc(2026, 11, 25, 6) + count * minute for count in range(120)]
    back = [utc(2026, 11, 23, 8) + count * minute for count in range(4 * 24 * 60)]
    composed = compose_all(reader(time(7), created=utc(2026, 11, 23)), ahead + back)
    assert [slot.local_date.day for slot in composed] == [25, 26, 27]


def test_the_look_back_lists_missed_slots_and_no_more() -> None:
    subscription = reader(time(7), created=utc(2026, 1, 1))
    answer = due(subscription, now=utc(2026, 11, 23, 6), done=frozenset(), rules=RULES)
    assert len(answer.skip) == LOOK_BACK.days


# ----------------------------------------------------------------------------------------------------- pauses


@pytest.mark.parametrize(
    ("zone_name", "asked", "days", "quiet", "back"),
    [
        # "Resume tomorrow": this evening's goes by, tomorrow morning's comes.
        ("Asia/Taipei", "2026-11-20 06:00", 1, ["2026-11-20 10:00"], "2026-11-20 23:30"),
        ("America/New_York", "2026-11-20 13:00", 1, ["2026-11-20 23:00"], "2026-11-21 12:30"),
        # Over the night in which Berlin's clock goes forward, and back.
        ("Europe/Berlin", "2026-03-28 12:00", 1, ["2026-03-28 17:00"], "2026-03-29 05:30"),
        (
            "Europe/Berlin",
            "2026-10-24 12:00",
            2,
            ["2026-10-24 16:00", "2026-10-25 06:30"],
            "2026-10-26 06:30",
        ),
    ],
)
def test_a_pause_lasts_to_the_morning_of_the_reader(
    zone_name: str, asked: str, days: int, quiet: list[str], back: str
) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    sub = reader(time(7, 30), time(18), zone=zone_name)
    sub = replace(sub, paused_until=resume_at(at(asked), days, zone_name))
    for moment in quiet:
        due_then = due(sub, now=at(moment) + timedelta(seconds=5), done=frozenset(), rules=RULES)
        assert due_then.compose is None, moment
        assert due_then.skip == (), moment
    due_back = due(sub, now=at(back) + timedelta(seconds=5), done=frozenset(), rules=RULES)
    assert due_back.compose is not None
    assert due_back.compose.at == at(back)
    assert due_back.skip == ()  # what went by during the pause is nobody's
