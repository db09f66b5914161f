"""Whether a version of a prompt may go live, and whether one that did may stay: figures against limits.

The same figures are taken twice: over the fixed samples before a version goes live, and over what it writes
for readers afterwards. Both are held against the version that it replaces.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.types import PromptOutcome

HARD_MORE = 0.02
"""Hard findings a sentence that a version may have over the one it replaces. One in fifty: with twenty
samples of some four sentences that is one or two findings, what one prompt differs by between two runs of a
small model at temperature 0.2."""
DROPPED_MORE = 0.05
"""Share of sentences that fell, over the replaced version's."""
EXTRACTIVE_MORE = 0.05
"""Share of stories that went out as excerpts, over the replaced version's: one sample in twenty."""
COST_TIMES = 1.5
"""Tokens a story, as a multiple of the replaced version's; money where a price is known follows from them."""
ENOUGH = 20
"""Stories told before the watch judges; fewer say too little, unless most of them went wrong."""
PLAINLY = 5
"""Stories after which a version is judged already if it is worse beyond chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a version did, added up."""

    stories: int
    sentences: int
    hard: int
    dropped: int
    extractive: int
    tokens: int
    cost: float
    seconds: float

    @property
    def hard_rate(self) -> float:
        """Hard findings a sentence that the model wrote."""
        return self.hard / self.sentences if self.sentences else 0.0

    @property
    def dropped_rate(self) -> float:
        """Share of the model's sentences that did not go out."""
        return self.dropped / self.sentences if self.sentences else 0.0

    @property
    def extractive_rate(self) -> float:
        """Share of stories for which excerpts had to stand in."""
        return self.extractive / self.stories if self.stories else 0.0

    @property
    def tokens_each(self) -> float:
        """Tokens a story, both ways."""
        return self.tokens / self.stories if self.stories else 0.0


FIGURES: Mapping[str, Callable[[Figures], str]] = {
    "stories": lambda one: f"{one.stories}",
    "hard findings per 100 sentences": lambda one: f"{100 * one.hard_rate:.1f}",
    "sentences dropped": lambda one: f"{one.dropped_rate:.1%}",
    "stories told in excerpts": lambda one: f"{one.extractive_rate:.1%}",
    "tokens a story": lambda one: f"{one.tokens_each:.0f}",
    "cost in dollars": lambda one: f"{one.cost:.4f}",
    "seconds": lambda one: f"{one.seconds:.1f}",
}
"""Name in English -> how a figure is told; for the command line and the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """By how much a version may be worse than the one it replaces."""

    hard_more: float = HARD_MORE
    dropped_more: float = DROPPED_MORE
    extractive_more: float = EXTRACTIVE_MORE
    cost_times: float = COST_TIMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One figure that is over its limit. ``kind``: "hard", "dropped", "extractive", "cost" or "nothing"."""

    kind: str
    was: float
    now: float
    limit: float

    def values(self) -> Mapping[str, str]:
        """``now``, ``was`` and ``limit`` as people read them."""
        times, form = {"cost": (1, ".0f"), "hard": (100, ".1f")}.get(self.kind, (1, ".1%"))
        return {name: format(times * getattr(self, name), form) for name in ("now", "was", "limit")}

    def text(self) -> str:
        """It in English, for logs and the command line."""
        if self.kind == "nothing":
            return "it told none of the stories"
        now, was, limit = self.values().values()
        if self.kind == "cost":
            return f"{now} tokens a story, {was} before; {limit} are allowed"
        what = {
            "hard": "hard findings per 100 sentences",
            "dropped": "sentences dropped",
            "extractive": "stories told in excerpts",
        }[self.kind]
        return f"{what}: {now}, {was} before; {limit} {'are' if self.kind == 'hard' else 'is'} allowed"


def add_up(outcomes: Iterable[PromptOutcome]) -> Figures:
    """The figures of these outcomes."""
    rows = list(outcomes)
    return Figures(
        stories=len(rows),
        sentences=sum(one.sentences for one in rows),
        hard=sum(one.hard for one in rows),
        dropped=sum(one.dropped for one in rows),
        extractive=sum(one.extractive for one in rows),
        tokens=sum(one.tokens_in + one.tokens_out for one in rows),
        cost=round(math.fsum(one.cost for one in rows), 9),
        seconds=round(math.fsum(one.seconds for one in rows), 3),
    )


def objections(now: Figures, was: Figures, limits: Limits | None = None) -> tuple[Objection, ...]:
    """What speaks against a version with the figures ``now`` in place of one with the figures ``was``.

    Where ``was`` has no stories (a first version), shares are held against nought, and cost is not judged.
    """
    limits = limits or Limits()
    if not now.stories:
        return (Objection(kind="nothing", was=was.stories, now=0.0, limit=1.0),)
    rates = (
        ("hard", was.hard_rate, now.hard_rate, was.hard_rate + limits.hard_more),
        ("dropped", was.dropped_rate, now.dropped_rate, was.dropped_rate + limits.dropped_more),
        (
            "extractive",
            was.extractive_rate,
            now.extractive_rate,
            was.extractive_rate + limits.extractive_more,
        ),
    )
    found = [
        Objection(kind=kind, was=before, now=after, limit=limit)
        for kind, before, after, limit in rates
        if after > limit + 1e-9
    ]
    most = was.tokens_each * limits.cost_times
    if was.stories and was.tokens and now.tokens_each > most + 1e-9:
        found.append(Objection(kind="cost", was=was.tokens_each, now=now.tokens_each, limit=most))
    return tuple(found)


def must_go(now: Figures, was: Figures, limits: Limits | None = None) -> tuple[Objection, ...]:
    """What speaks against leaving a version live; () as long as it has told too little to judge."""
    found = objections(now, was, limits)
    plainly = now.stories >= PLAINLY and any(_plain(one, now) for one in found)
    return found if now.stories >= ENOUGH or plainly else ()


def _plain(one: Objection, now: Figures) -> bool:
    """Worse beyond chance after a handful of stories.

    Three standard deviations of a Poisson count at the limit, and two more, since one bad story brings
    several findings at once.
    """
    if one.kind == "cost":
        return one.now > 1.2 * one.limit
    of = now.stories if one.kind == "extractive" else now.sentences
    allowed = one.limit * of
    return one.kind != "nothing" and one.now * of > allowed + 3 * math.sqrt(allowed) + 2
