"""The account of a simulated day: what was due, and what became of it, from rows and from the chats."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.adapters.simulator import Simulator
from bot.adapters.store import SqlStore
from bot.adapters.store.engine import connect_sqlite
from bot.demo.chaos.script import Script
from bot.types import Delivery, DeliveryState

ON_TIME = timedelta(seconds=60)
PATIENCE = timedelta(seconds=420)
"""After the end of what kept it up a late digest must be out within this: 300 s in which a bot that was off
first reads what it missed, 60 s of a dead sender's claim, 30 s of its lease, and the pace of the rest."""
_MOST = 1_000_000
_KEY = re.compile(r"digest:(.+):(\d{4}-\d\d-\d\dT\d\d:\d\d):\d+$")


@dataclass(slots=True)
class Trial:
    """What the day knows for the account: who was to get what, and what stood in the way when."""

    script: Script
    start: datetime
    chats: tuple[int, ...]
    bots: int = 1
    hindrances: list[tuple[datetime, datetime, str]] = field(default_factory=list)
    held: int = 0
    held_arrived: int = 0
    held_keys: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def hindered(self, begin: float, end: float, what: str) -> None:
        """Something kept the bots from their work from then to then (seconds of the day)."""
        self.hindrances.append(
            (self.start + timedelta(seconds=begin), self.start + timedelta(seconds=end), what)
        )

    def due(self) -> dict[tuple[int, datetime], str]:
        """(chat, slot) -> the subscription's name, of all that was due on this day."""
        found = {}
        for number, chat in enumerate(self.chats):
            for minute in self.script.slots if number % 2 else self.script.slots[::2]:
                found[chat, self.start + timedelta(minutes=minute)] = f"reader-{chat}"
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The ledger. ``complaints`` name each broken promise; none: all were kept."""

    due: int
    sent: int  # editions that stand in their chats, whole
    late: int  # of them more than 60 s after their slot, with something in the way
    late_without_cause: int
    latest: float  # seconds after its slot, of the latest
    doubled: int  # messages that came more than once
    gathered: int  # slots missed while all was off, whose news the edition of the last of them told
    lost: int  # editions of which a message never came
    ambiguous: int  # messages of which nobody could know, decided by hand
    ambiguous_arrived: int
    messages: int
    articles: int
    troubles: Mapping[str, int]
    complaints: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Whether every promise was."""
        return not self.complaints


async def settle_by_hand(store: SqlStore, simulator: Simulator, trial: Trial, now: datetime) -> None:
    """What the person does whom the list of ambiguous messages asks: looks into the chat, and decides."""
    async with store.begin() as tx:
        held = await tx.deliveries([DeliveryState.AMBIGUOUS], limit=_MOST)
        if not held:
            return
        stands = _arrived(simulator)
        stands.subtract(_place(row) for row in await tx.deliveries([DeliveryState.SENT], limit=_MOST))
        for row in held:
            arrived = stands[_place(row)] > 0
            stands[_place(row)] -= arrived
            await tx.decide(row.id, arrived=arrived, now=now)
            trial.held += 1
            trial.held_arrived += arrived
            trial.held_keys.add(row.key)


async def judge(
    store: SqlStore, simulator: Simulator, trial: Trial, troubles: Counter[str], database: str
) -> Account:
    """Hold rows and chats against what was due."""
    async with store.begin() as tx:
        rows = [row for row in await tx.deliveries(None, limit=_MOST) if int(row.address.chat) in trial.chats]
        articles = (await tx.counts())["articles"]
    stands = _arrived(simulator)
    wanted = Counter(_place(row) for row in rows)
    doubled = {place: stands[place] - wanted[place] for place in stands if stands[place] > wanted[place]}
    trial.complaints += [f"{n} too many in {chat}: {text[:60]!r}" for (chat, text), n in doubled.items()]
    editions = _editions(rows)
    sent, lates, lost, gathered = 0, [], 0, 0
    for (chat, slot), name in trial.due().items():
        parts = editions.get((name, slot), [])
        problem = _problem(parts, stands)
        if not parts and any(_problem(other, stands) == "" for other in _later(chat, slot, trial, editions)):
            gathered += 1
            continue
        if problem:
            lost += 1
            trial.complaints.append(f"lost in {chat}, due {slot:%d %H:%M}: {problem}")
            continue
        sent += 1
        lates.append((_first_at(simulator, parts) - slot, slot, chat, {part.key for part in parts}))
    late, unexplained = _late(lates, trial)
    trial.complaints += _of_the_file(database)
    trial.complaints += [f"an invented sentence in {c}" for c, text in stands if "Atlantis" in text]
    return Account(
        due=len(trial.due()),
        sent=sent,
        late=late,
        late_without_cause=unexplained,
        latest=max((one[0].total_seconds() for one in lates), default=0.0),
        doubled=sum(doubled.values()),
        gathered=gathered,
        lost=lost,
        ambiguous=trial.held,
        ambiguous_arrived=trial.held_arrived,
        messages=sum(stands.values()),
        articles=articles,
        troubles=dict(sorted(troubles.items())),
        complaints=tuple(trial.complaints),
    )


def _place(row: Delivery) -> tuple[int, str]:
    return int(row.address.chat), row.part.text


def _arrived(simulator: Simulator) -> Counter[tuple[int, str]]:
    """(chat, text) -> how often it was posted there."""
    posted: Any = [*simulator.ledger.accepted(), *simulator.ledger.accepted(method="sendRichMessage")]
    return Counter((call.chat, call.text) for call in posted)


def _editions(rows: list[Delivery]) -> dict[tuple[str, datetime], list[Delivery]]:
    """(Subscription, slot) -> its parts. Keys are "digest:{subscription}:{date}T{time}:{part}"."""
    found: dict[tuple[str, datetime], list[Delivery]] = {}
    for row in rows:
        match = _KEY.match(row.key)
        if match is None:
            continue
        slot = datetime.fromisoformat(f"{match[2]}:00+00:00")
        found.setdefault((match[1], slot), []).append(row)
    return found


def _later(
    chat: int, slot: datetime, trial: Trial, editions: Mapping[tuple[str, datetime], list[Delivery]]
) -> list[list[Delivery]]:
    """The chat's editions of later slots that all bots were off for, too, from before this slot on.

    Of the slots that an outage held up only the newest is composed (:func:`bot.domain.schedules.due`).
    """
    off = [end for begin, end, _ in trial.hindrances if begin - ON_TIME <= slot <= end]
    return [
        editions[name, other]
        for (of, other), name in trial.due().items()
        if of == chat and slot < other and sum(other <= end for end in off) >= trial.bots
        if editions.get((name, other))
    ]


def _problem(parts: list[Delivery], stands: Counter[tuple[int, str]]) -> str:
    """Why an edition does not stand in its chat, "" when it does."""
    if not parts:
        return "no digest was made"
    unsent = [part for part in parts if part.state is not DeliveryState.SENT]
    if unsent:
        return f"part {unsent[0].part_number + 1} is {unsent[0].state} ({unsent[0].last_error or 'no error'})"
    missing = [part for part in parts if not stands[_place(part)]]
    return f"part {missing[0].part_number + 1} is called sent, and is not there" if missing else ""


def _first_at(simulator: Simulator, parts: list[Delivery]) -> datetime:
    """When its first part came."""
    first = min(parts, key=lambda part: part.part_number)
    posted = [*simulator.ledger.accepted(), *simulator.ledger.accepted(method="sendRichMessage")]
    return min(datetime.fromisoformat(call.at) for call in posted if (call.chat, call.text) == _place(first))


def _late(lates: list[tuple[timedelta, datetime, int, set[str]]], trial: Trial) -> tuple[int, int]:
    """Late with a cause, late without one."""
    storms = [
        (trial.start + timedelta(seconds=one.begin), trial.start + timedelta(seconds=one.end), "storm")
        for one in trial.script.storms
    ]
    caused = bare = 0
    for late, slot, chat, keys in lates:
        if late <= ON_TIME:
            continue
        causes = [
            what
            for begin, end, what in (*trial.hindrances, *storms)
            if begin <= slot + late and end >= slot - PATIENCE and slot + late <= max(end, slot) + PATIENCE
        ]
        if causes or keys & trial.held_keys:
            caused += 1
            continue
        bare += 1
        trial.complaints.append(f"late without a cause by {late} in {chat}, due {slot:%d %H:%M}")
    return caused, bare


def _of_the_file(database: str) -> list[str]:
    """What SQLite says of its own file."""
    if not database.startswith("sqlite"):
        return []
    connection = connect_sqlite(Path(database.removeprefix("sqlite:///")))
    try:
        said = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()
    return [] if said == "ok" else [f"the database is damaged: {said}"]
