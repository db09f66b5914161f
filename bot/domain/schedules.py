"""When a subscription is due: slots keyed by local date and local time, whatever the zone's clock does.

A slot is a promise to a reader: "on this date, at this time of my wall clock". So the key is local and the
instant is derived. What the zone's clock can do to it:

- gap (the clock jumps over the time): the first valid minute after the jump;
- fold (the time comes twice): the first of the two, and only it;
- a whole date that the zone skips (Pacific/Apia, 30 December 2011): that date has no slot.

``done`` (the store's rows) says which keys are behind us. Nothing here counts ticks, so restarts, several
schedulers and jumping system clocks cannot make two digests of one slot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.errors import Misconfigured
from bot.types import Rules, Schedule, Slot, Subscription

ON_TIME = timedelta(seconds=60)
"""A digest queued within this of its slot is on time; later it is marked late."""

LOOK_BACK = timedelta(days=8)
"""How far back missed slots are listed. The done-set given to :func:`due` must reach back two days further
(a slot's key is a local date, the instant may lie in the next or previous UTC day)."""

MORNING, EVENING = time(7), time(22)
_LOOK_AHEAD = 22
"""Days searched for the next slot: a once-a-week schedule whose one date the zone skipped, and some."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What to do for one subscription now."""

    compose: Slot | None = None
    late: bool = False
    skip: tuple[Slot, ...] = ()  # went by, never to be composed; oldest first
    prepare: Slot | None = None  # coming up: have its summaries ready


def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name.

    Raises:
        Misconfigured: there is none.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # a KeyError is "not found"; "../x" is a ValueError
        raise Misconfigured(
            "unknown time zone", hint="write an IANA name such as Europe/Berlin or Asia/Taipei", zone=name
        ) from error


def key(slot: Slot) -> tuple[str, str]:
    """What names a slot in the store: (local date, local time), both in ISO form."""
    return slot.local_date.isoformat(), slot.local_time.isoformat()


def instant(local_date: date, local_time: time, tz: ZoneInfo) -> datetime | None:
    """The UTC instant of this local date and time; None when the zone skips the whole date."""
    wanted = datetime.combine(local_date, local_time)
    first = wanted.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if first.astimezone(tz).replace(tzinfo=None, fold=0) == wanted:
        return first  # valid; fold=0 is the first of two
    # In a gap the two readings (offset before, offset after) lie on either side of the jump.
    low, high = wanted.replace(tzinfo=tz, fold=1).astimezone(UTC), first
    before = low.astimezone(tz).utcoffset() or timedelta(0)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        if middle.astimezone(tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    gap_start = (high + before).replace(tzinfo=None)
    gap_end = high.astimezone(tz).replace(tzinfo=None)
    midnight = datetime.combine(local_date, time())
    if gap_start <= midnight and gap_end >= midnight + _DAY:
        return None
    beyond = timedelta(seconds=gap_end.second)  # zones with offsets of odd seconds are history, but cheap
    return high + (_MINUTE - beyond if beyond else beyond)


@lru_cache(maxsize=4096)
def _between(schedule: Schedule, first: date, last: date) -> tuple[Slot, ...]:
    """All slots of these local dates. Thousands of readers want the same times in the same zone."""
    tz = zone(schedule.zone)
    days = (first + count * _DAY for count in range((last - first).days + 1))
    return tuple(slot for day in days for slot in _on(schedule, tz, day))


def _on(schedule: Schedule, tz: ZoneInfo, day: date) -> Iterator[Slot]:
    if schedule.days and day.weekday() not in schedule.days:
        return
    for at_time in sorted(set(schedule.times)):
        at = instant(day, at_time, tz)
        if at is not None:
            yield Slot(local_date=day, local_time=at_time, at=at)


def slots(schedule: Schedule, after: datetime, until: datetime) -> Iterator[Slot]:
    """All slots with ``after < at <= until``, in order of time: one per local date and time.

    Raises:
        Misconfigured: the schedule's zone does not exist.
    """
    tz = zone(schedule.zone)
    day = after.astimezone(tz).date() - _DAY  # yesterday's 23:30 may fall into a gap and ring today
    last = until.astimezone(tz).date()
    for slot in _between(schedule, day, last):
        if after < slot.at <= until:
            yield slot


def next_slot(schedule: Schedule, after: datetime) -> Slot:
    """The first slot after this instant.

    Raises:
        Misconfigured: no such zone, or no time in the schedule.
    """
    found = next(slots(schedule, after, after + _LOOK_AHEAD * _DAY), None)
    if found is None:
        raise Misconfigured(
            "the schedule has no time",
            hint="give it times such as 07:00",
            zone=schedule.zone,
            days=schedule.days,
        )
    return found


def at_night(now: datetime, zone_name: str) -> bool:
    """Whether it is between 22:00 and 07:00 there: what a reader who asks for silent nights calls night."""
    return not MORNING <= now.astimezone(zone(zone_name)).time() < EVENING


def _done_instants(
    done: frozenset[tuple[str, str]], tz: ZoneInfo
) -> Iterator[tuple[tuple[date, time], datetime]]:
    """Keys as dates and times ("07:00" and "07:00:00" are one), with their instants where they have one."""
    for day, clock in done:
        parsed, at = _done_at(day, clock, tz)
        if at is not None:
            yield parsed, at


@lru_cache(maxsize=4096)
def _done_at(day: str, clock: str, tz: ZoneInfo) -> tuple[tuple[date, time], datetime | None]:
    parsed = date.fromisoformat(day), time.fromisoformat(clock)
    return parsed, instant(*parsed, tz)


def due(subscription: Subscription, *, now: datetime, done: frozenset[tuple[str, str]], rules: Rules) -> Due:
    """What this subscription needs now.

    Of the missed slots only the newest is composed, and only while it is at most ``rules.late_limit`` old and
    nothing newer went out (a reader who has the 09:00 digest does not want the 07:00 one any more, which
    happens when somebody edits the times). All other missed slots are to be skipped. Slots before the
    subscription was made are nobody's.

    Args:
        subscription: whose slots.
        now: UTC.
        done: :func:`key` of the slots composed or skipped, at least of the last ``LOOK_BACK`` and two days.
        rules: ``late_limit`` and ``prepare_ahead``.

    Raises:
        Misconfigured: the schedule's zone does not exist.
    """
    if not subscription.active:
        return Due()
    known = dict(_done_instants(done, zone(subscription.schedule.zone)))
    served = max((at for at in known.values() if at <= now), default=None)
    start = now - LOOK_BACK
    if subscription.created_at is not None and subscription.created_at > start:
        start = subscription.created_at - timedelta(microseconds=1)  # a slot at that very instant counts
    if subscription.paused_until is not None and subscription.paused_until > start:
        start = subscription.paused_until - timedelta(microseconds=1)
    open_slots = [
        slot
        for slot in slots(subscription.schedule, start, now + rules.prepare_ahead)
        if (slot.local_date, slot.local_time) not in known
    ]
    missed = [slot for slot in open_slots if slot.at <= now]
    ahead = next((slot for slot in open_slots if slot.at > now), None)
    newest = missed[-1] if missed else None
    if newest and (now - newest.at > rules.late_limit or (served and newest.at < served)):
        newest = None
    return Due(
        compose=newest,
        late=newest is not None and now - newest.at > ON_TIME,
        skip=tuple(slot for slot in missed if slot is not newest),
        prepare=ahead,
    )
