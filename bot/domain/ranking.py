"""Which stories matter most, and which of them together make a digest: every factor, and the reason in words.

``importance = (log2(1 + voices * weight) + GROWING * growth) * recency * novelty * state``. A story
of one outlet is ranked like any other and labelled; nothing is left out for having one source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.types import Article, Outlet, OutletId, Story

HALF_LIFE = 12.0
"""Hours after which a story counts half: a morning digest weighs last night over yesterday morning."""
FLOOR = 0.2  # what recency leaves of the oldest: a great story of yesterday beats a small one of now
FRESH = timedelta(hours=6)  # what came within counts as growth
GROWING = 0.5
AGENCY = 1.15  # an agency's own report weighs a little more: others will follow it
TOLD, OLD = 0.7, 0.85  # what is left of what the reader knows, and of a story that began long before
BEGAN = timedelta(days=2)  # after which a story is old
STATE = 0.8  # what is left of a story that state media alone tell
ALIKE, SAME_OUTLET = 0.35, 0.15
"""What a story loses for words that it shares with one further up, times the share; and for being the next
story of one outlet alone: a digest is not five views of one matter and not one outlet's front page."""
SPREAD = 100  # stories that are compared with each other: several times what a topic's section holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """Why a story stands where it does: each factor, and the score that they make."""

    voices: int  # independent outlets
    weight: float  # mean weight of its outlets
    growth: float  # share of its outlets that told it within the last hours, 0 to 1
    fresh: int  # articles within the last hours
    articles: int
    age: float  # hours since its last article
    recency: float  # FLOOR to 1
    novelty: float  # 1 for what is new to the reader and to the world
    told: bool  # the reader was told before
    single_source: bool
    state_media: bool  # state media alone tell it
    state: float  # what that leaves
    score: float

    def why(self) -> str:
        """One line for readers: what speaks for it, and the labels."""
        said = (
            "single source: 1 independent outlet"
            if self.single_source
            else f"{self.voices} independent outlets"
        )
        parts = [said, f"{self.fresh} of {self.articles} articles in {_FRESH_HOURS} h"]
        parts.append(f"last {self.age:.0f} h ago")
        if self.told:
            parts.append("told before")
        if self.state_media:
            parts.append("state media only")
        return ", ".join(parts)

    def text(self) -> str:
        """The arithmetic for people."""
        voices = math.log2(1 + self.voices * self.weight)
        growth = f"{GROWING} x {self.growth:.2f} of its outlets in {_FRESH_HOURS} h"
        state = "state media only" if self.state_media else "not state media alone"
        return "\n".join(
            (
                f"importance {self.score:.2f}: {self.why()}",
                f"  outlets    log2(1 + {self.voices} x weight {self.weight:.2f}) = {voices:.2f}",
                f"  growth     {growth} = {GROWING * self.growth:.2f}",
                f"  recency    {self.age:.1f} h old, half in {HALF_LIFE:.0f} h = x {self.recency:.2f}",
                f"  novelty    {'told before' if self.told else 'not told before'} = x {self.novelty:.2f}",
                f"  state      {state} = x {self.state:.2f}",
            )
        )

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


_FRESH_HOURS = int(FRESH.total_seconds() // 3600)


def importance(
    story: Story,
    members: Sequence[Article],
    outlets: Mapping[OutletId, Outlet | None],
    *,
    now: datetime,
    told: bool = False,
) -> Importance:
    """How much a story matters to a reader now.

    Args:
        story: what is ranked.
        members: its articles, as far as they are stored.
        outlets: who published them; None where an outlet is not declared.
        now: UTC.
        told: whether this reader was told of it before.
    """
    weight, state = _standing(outlets.values())
    fresh = [article for article in members if now - article.published_at <= FRESH]
    growth = len({one.outlet for one in fresh}) / max(1, len({one.outlet for one in members}))
    age = max(0.0, (now - story.last_at).total_seconds() / 3600)
    recency = FLOOR + (1 - FLOOR) * 2 ** (-age / HALF_LIFE)
    novelty = (TOLD if told else 1.0) * (OLD if now - story.first_at > BEGAN else 1.0)
    left = STATE if state else 1.0
    base = math.log2(1 + story.voices * weight) + GROWING * growth
    return Importance(
        voices=story.voices,
        weight=weight,
        growth=growth,
        fresh=len(fresh),
        articles=len(members),
        age=age,
        recency=recency,
        novelty=novelty,
        told=told,
        single_source=story.voices <= 1,
        state_media=state,
        state=left,
        score=round(base * recency * novelty * left, 4),
    )


def _standing(outlets: Iterable[Outlet | None]) -> tuple[float, bool]:
    """Mean weight of the outlets, and whether all are state media; an undeclared one may be anything."""
    listed = list(outlets)
    known = [outlet for outlet in listed if outlet is not None]
    weights = [outlet.weight * (AGENCY if outlet.agency else 1.0) for outlet in known]
    weights += [1.0] * (len(listed) - len(known))
    state = bool(known) and len(known) == len(listed) and all(outlet.state_media for outlet in known)
    return (math.fsum(weights) / len(weights) if weights else 1.0), state


# ----------------------------------------------------------------------------------------------- diversity


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A story to be ordered: its score, its headline's words, and the outlet where only one tells it."""

    score: float
    terms: frozenset[str]
    sole_outlet: str = ""


def spread(ranked: Sequence[Ranked]) -> tuple[tuple[float, str], ...]:
    """Scores that keep a digest diverse, with the reason where one was lowered, in the order given.

    The best keeps its score; each next one loses for what it shares with those chosen before. Never more than
    half is lost, so that a great second story of one matter still beats a small one of another.
    """
    order = sorted(range(len(ranked)), key=lambda at: (-ranked[at].score, at))
    left, shared, again = order[:SPREAD], [0.0] * len(ranked), [0] * len(ranked)
    found = {at: (ranked[at].score, "") for at in order[SPREAD:]}
    while left:
        best = max(left, key=lambda at: _lowered(ranked[at], shared[at], again[at])[0])
        found[best] = _lowered(ranked[best], shared[best], again[best])
        left.remove(best)
        for at in left:
            shared[at] = max(shared[at], _overlap(ranked[at].terms, ranked[best].terms))
            again[at] += bool(ranked[at].sole_outlet) and ranked[at].sole_outlet == ranked[best].sole_outlet
    return tuple(found[at] for at in range(len(ranked)))


def _lowered(one: Ranked, shared: float, again: int) -> tuple[float, str]:
    factor = max(0.5, (1 - ALIKE * shared) * (1 - SAME_OUTLET) ** again)
    reasons = ["much like one above"] if shared >= 0.5 else []
    if again:
        reasons.append("the same single outlet as one above")
    return one.score * factor, ", ".join(reasons)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the shorter headline's words that the other has too."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0
