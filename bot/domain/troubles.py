"""Which troubles began and which are over: each is told once, and once more when it is over.

What is open is a small state that the caller keeps in the store, so that a restart repeats nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from bot.types import Feed, FeedStatus, Gauges, Rules


class Kind(StrEnum):
    """What can be wrong. The values stand in the store."""

    FEED = "feed_dead"
    LATE = "late"
    AMBIGUOUS = "ambiguous"
    BUDGET_DAY = "budget_day"
    BUDGET_MONTH = "budget_month"
    ENTRIES = "queue_entries"
    ARTICLES = "queue_articles"
    MESSAGES = "queue_messages"


_QUEUES = {Kind.ENTRIES: "unread", Kind.ARTICLES: "unplaced", Kind.MESSAGES: "due"}
_QUIET = {Kind.LATE: timedelta(minutes=5)}
"""How long a trouble must be gone to be over: of many late digests one is always the last."""
LOOKS_APART = timedelta(minutes=5)
LOOKS = 4
"""A queue grows when it was longer at each of so many looks: for a quarter of an hour. A broadcast or the
first import of thousands of feeds makes a queue long at once, and then it only shrinks."""
LEAST = 500
"""Items under which a queue is never in trouble: what one step takes in hand at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One that is there now."""

    kind: Kind
    subject: str = ""  # a feed's id
    figure: float = 0  # how many; US dollars of a cap
    before: float = 0  # a queue's length a quarter of an hour ago

    @property
    def key(self) -> str:
        """Names it among those that are open."""
        return f"{self.kind}:{self.subject}" if self.subject else str(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """One that was told."""

    trouble: Trouble
    number: int  # counts all that ever began: part of the messages' keys
    since: datetime
    gone: datetime | None = None  # when it was first found to be gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is remembered between two looks."""

    number: int = 0
    open: Mapping[str, Open] = field(default_factory=dict)
    looks: tuple[tuple[datetime, Mapping[str, int]], ...] = ()  # lengths of queues, oldest first

    def packed(self) -> str:
        """As text, for the store."""
        return json.dumps(
            {
                "number": self.number,
                "open": [
                    {
                        "kind": one.trouble.kind,
                        "subject": one.trouble.subject,
                        "figure": one.trouble.figure,
                        "before": one.trouble.before,
                        "number": one.number,
                        "since": one.since.isoformat(),
                        "gone": one.gone.isoformat() if one.gone else None,
                    }
                    for one in self.open.values()
                ],
                "looks": [[at.isoformat(), dict(depths)] for at, depths in self.looks],
            }
        )

    @classmethod
    def unpacked(cls, text: str | None) -> Watched:
        """What :meth:`packed` gave; a fresh state of None."""
        if not text:
            return cls()
        said: dict[str, Any] = json.loads(text)
        found = [
            Open(
                trouble=Trouble(
                    kind=Kind(one["kind"]),
                    subject=one["subject"],
                    figure=one["figure"],
                    before=one["before"],
                ),
                number=one["number"],
                since=datetime.fromisoformat(one["since"]),
                gone=datetime.fromisoformat(one["gone"]) if one["gone"] else None,
            )
            for one in said["open"]
        ]
        looks = tuple((datetime.fromisoformat(at), depths) for at, depths in said["looks"])
        return cls(number=said["number"], open={one.trouble.key: one for one in found}, looks=looks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The last call of a model that a cap did not allow."""

    at: datetime
    cost: float  # US dollars that it could have come to

    def packed(self) -> str:
        """As text, for the store."""
        return json.dumps({"at": self.at.isoformat(), "cost": self.cost})

    @classmethod
    def unpacked(cls, text: str | None) -> Refusal | None:
        """What :meth:`packed` gave."""
        if not text:
            return None
        said = json.loads(text)
        return cls(at=datetime.fromisoformat(said["at"]), cost=said["cost"])


def looked(before: Watched, now: Gauges) -> Watched:
    """With the lengths of the queues, if the last look at them was long enough ago."""
    if before.looks and now.at - before.looks[-1][0] < LOOKS_APART:
        return before
    depths = {str(kind): int(getattr(now, name)) for kind, name in _QUEUES.items()}
    return replace(before, looks=(*before.looks, (now.at, depths))[-LOOKS:])


def present(
    before: Watched,
    now: Gauges,
    *,
    feeds: Iterable[Feed],
    overdue: int,
    refusal: Refusal | None,
    caps: tuple[tuple[datetime, float], ...],
    rules: Rules,
) -> tuple[Trouble, ...]:
    """The troubles that are there now.

    Args:
        before: with this look's queues (:func:`looked`).
        now: how things stand.
        feeds: all.
        overdue: subscriptions whose slot passed too long ago and that have no digest yet.
        refusal: the last call of a model that was not allowed.
        caps: (since, US dollars at most) of the day and the month.
        rules: what is late.
    """
    found = [Trouble(kind=Kind.FEED, subject=feed.id) for feed in feeds if _dead(feed, before)]
    if late := now.late + overdue:
        minutes = rules.late_alert.total_seconds() / 60
        found.append(Trouble(kind=Kind.LATE, figure=late, before=minutes))
    if held := now.outbox.get("ambiguous", 0):
        found.append(Trouble(kind=Kind.AMBIGUOUS, figure=held))
    for kind, (since, cap), spent in zip(
        (Kind.BUDGET_DAY, Kind.BUDGET_MONTH), caps, (now.today, now.month), strict=True
    ):
        # A cap of 0 means that only what is free may be used: nobody needs to hear of it each day.
        if refusal and cap and refusal.at >= since and spent + refusal.cost > cap:
            found.append(Trouble(kind=kind, figure=cap))
    return (*found, *_growing(before, now))


def _dead(feed: Feed, before: Watched) -> bool:
    """Given up; one that was told so stays so until it was read again."""
    told = before.open.get(Trouble(kind=Kind.FEED, subject=feed.id).key)
    if told is None or feed.status is not FeedStatus.ACTIVE:
        return feed.status is FeedStatus.DEAD
    return feed.last_success_at is None or feed.last_success_at <= told.since


def _growing(before: Watched, now: Gauges) -> Iterable[Trouble]:
    for kind, name in _QUEUES.items():
        depth, told = int(getattr(now, name)), before.open.get(str(kind))
        if told is not None:  # until it is half as long as it was
            if depth >= max(LEAST, told.trouble.figure / 2):
                yield told.trouble
            continue
        lengths = [depths.get(kind, 0) for _, depths in before.looks]
        if len(lengths) == LOOKS and depth >= LEAST and all(one < next_ for one, next_ in pairwise(lengths)):
            yield Trouble(kind=kind, figure=depth, before=lengths[0])


def changed(
    before: Watched, troubles: Iterable[Trouble], now: datetime
) -> tuple[Watched, tuple[Open, ...], tuple[Open, ...]]:
    """The new state, what began, and what is over."""
    there = {one.key: one for one in troubles}
    number, kept, over = before.number, {}, []
    for key, known in before.open.items():
        if key in there:
            kept[key] = replace(known, gone=None)
            continue
        gone = known.gone or now
        if now - gone >= _QUIET.get(known.trouble.kind, timedelta(0)):
            over.append(known)
        else:
            kept[key] = replace(known, gone=gone)
    began = []
    for key, trouble in there.items():
        if key not in before.open:
            number += 1
            began.append(Open(trouble=trouble, number=number, since=now))
            kept[key] = began[-1]
    return replace(before, number=number, open=kept), tuple(began), tuple(over)
