"""What goes wrong in a simulated day, and when: a list of troubles, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["kill", "taken", "stop", "down", "fail", "lock"]
MOMENTS = ("before", "inside", "committed")
"""Before a call of the store, after it but before its commit, after its commit."""
WRITES = (
    "record_polls",
    "record_read",
    "apply",
    "record_digests",
    "claim",
    "mark_sending",
    "settle",
    "retain",
    "put_note",
)
"""The calls that move an article or a message on; the last two are the hour's housekeeping and the backup."""
ON_THE_WIRE = ("wire:before", "wire:answered")
TAKEN = "wire:taken"
STEPS = (*(f"{call}:{moment}" for call in WRITES for moment in MOMENTS), *ON_THE_WIRE, TAKEN)
"""The named steps at which a bot may die."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that goes wrong.

    kill: the bot dies by SIGKILL when it reaches ``step`` for the ``nth`` time, and comes back ``seconds``
    later. taken: it is killed when Telegram has taken a message and not yet answered. stop: SIGSTOP for
    ``seconds``, then SIGCONT: a laptop that sleeps, a zombie. down: killed, and off so long. fail: the
    commit of ``step`` fails, or happens unheard. lock: another process holds the database for a moment.
    """

    at: float  # seconds since the start of the day
    kind: Kind
    step: str = ""
    nth: int = 1
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """A time in which Telegram answers some calls with a fault; ``share`` of them, 0 to 1."""

    begin: float
    end: float
    kinds: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A day of so many hours. ``slots``: minutes after the start at which the readers' digests are due."""

    hours: int
    seed: int
    slots: tuple[int, ...]
    troubles: tuple[Trouble, ...] = ()
    storms: tuple[Storm, ...] = ()
    sick_feeds: float = 0.0  # share of feed requests that meet a fault
    sick_model: float = 0.0  # share of model calls that do
    model: bool = False


REFUSED = ("429",)
LOST_ANSWERS = (
    "500",
    "502_html",
    "close_before",
    "reset_before",
    "close_after",
    "cut",
    "cut_json",
    "garbage",
)
"""After these nobody knows whether the message arrived; it did after the last four."""

_EVERY = 45  # minutes between two slots
_FIRST = 20
_LONG_OUTAGE = 3 * 3600.0


def drawn(hours: int, seed: int) -> Script:
    """A day with all of it: every named step is one to die at, in turn, from hour to hour."""
    chance = random.Random(seed)  # noqa: S311 - a day that can be played again, no secret
    slots = tuple(range(_FIRST, hours * 60 - 15, _EVERY))
    troubles: list[Trouble] = [*_kills(slots, chance), *_failures(slots, chance)]
    troubles += [
        _near(slot, chance, Trouble(at=0, kind="stop", seconds=chance.uniform(100, 1500)))
        for slot in slots[1::6]
    ]
    troubles += [
        _near(slot, chance, Trouble(at=0, kind="lock", seconds=chance.uniform(0.3, 1.5)))
        for slot in slots[2::5]
    ]
    if hours >= 12:
        at = chance.choice(slots[len(slots) // 3 : 2 * len(slots) // 3]) * 60.0 - chance.uniform(0, 3600)
        troubles.append(Trouble(at=at, kind="down", seconds=_LONG_OUTAGE))
    return Script(
        hours=hours,
        seed=seed,
        slots=slots,
        troubles=tuple(sorted(troubles, key=lambda one: (one.at, one.kind, one.step))),
        storms=_storms(slots, chance),
        sick_feeds=0.2,
        sick_model=0.4,
        model=True,
    )


def _kills(slots: Sequence[int], chance: random.Random) -> list[Trouble]:
    """One a slot, armed two minutes before it; the steps in an order of this seed's."""
    steps = list(STEPS)
    chance.shuffle(steps)
    kills = []
    for number, slot in enumerate(slots):
        step = steps[number % len(steps)]
        kills.append(
            Trouble(
                at=slot * 60.0 - 120,
                kind="taken" if step == TAKEN else "kill",
                step=step,
                nth=chance.randint(1, 3),
                seconds=chance.choice((0.0, 5.0, 30.0, 90.0)),
            )
        )
    return kills


def _failures(slots: Sequence[int], chance: random.Random) -> list[Trouble]:
    """Commits that fail, or happen unheard, at every third slot."""
    steps = [f"{call}:{moment}" for call in WRITES for moment in MOMENTS]
    return [
        Trouble(at=slot * 60.0 - 60, kind="fail", step=chance.choice(steps), nth=chance.randint(1, 2))
        for slot in slots[::3]
    ]


def _near(slot: int, chance: random.Random, trouble: Trouble) -> Trouble:
    """The same, shortly before this slot or in the middle of its sending."""
    return Trouble(
        at=slot * 60.0 + chance.uniform(-40, 4), kind=trouble.kind, seconds=trouble.seconds, step=trouble.step
    )


def _storms(slots: Sequence[int], chance: random.Random) -> tuple[Storm, ...]:
    """429 at every fourth slot, lost answers at every fifth."""
    storms = [
        Storm(begin=slot * 60.0 - 5, end=slot * 60.0 + 60, kinds=REFUSED, share=0.5) for slot in slots[::4]
    ]
    storms += [
        Storm(begin=slot * 60.0 - 5, end=slot * 60.0 + 40, kinds=LOST_ANSWERS, share=chance.uniform(0.2, 0.5))
        for slot in slots[2::5]
    ]
    return tuple(storms)
