"""``dateline eval faithfulness --judge``: how far the model's word on doubtful sentences may be trusted.

The judge is asked only of what the check doubts, in production and here: what has a hard finding it never
sees, what has none needs no judge. The first token's probability of Yes is no probability of being right
before it was calibrated; a threshold is chosen on one half of the doubtful claims and its figures are of the
other half.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain import summaries
from bot.domain.summaries import Message
from bot.errors import DatelineError, Misconfigured
from bot.evaluation.faithfulness import auc, claims, sources_of

ENOUGH = 30
"""Doubtful claims in each half under which a threshold says nothing."""
FALSE = 0.1
"""Share of false claims among those let through that a threshold may have."""
STEPS = 100
BINS = 10

Ask = Callable[[Sequence[Message]], Awaitable[float]]
"""How sure the model is of Yes, 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Word:
    sure: float
    true: bool


async def calibrate(path: Path, ask: Ask, told: str, *, most: int = 400) -> dict[str, Any]:
    """Ask the judge of the doubtful ones of these claims, and say from which probability it may be believed.

    Gives ``claims, doubtful, asked, failed``, ``auc`` of the judge on them beside ``check_auc``,
    ``threshold`` (None: with none are so few as :data:`FALSE` of those let through false), ``kept`` and
    ``false`` on the other half at that threshold (shares of the true claims that stay, and of those that stay
    that are false), ``error`` (expected calibration error, ten bins) before and after Platt scaling.

    Args:
        path: lines of ``sources, claim, supported``.
        ask: the configured model.
        told: the text of the judge's prompt.
        most: doubtful claims asked at most, every n-th of them.

    Raises:
        Misconfigured: not such data, too few doubtful claims in it, or a model that gives no probabilities.
    """
    rows = claims(path)
    doubtful = []
    for row in rows:
        made = sources_of(row.sources)
        [verdict] = summaries.check([row.claim], made)
        if not verdict.ok and not verdict.hard and verdict.evidence:
            doubtful.append((row, made, verdict))
    chosen = doubtful[:: max(1, math.ceil(len(doubtful) / most))]
    words, scores = list[_Word](), list[tuple[float, bool]]()
    failed, why = 0, ""
    for row, made, verdict in chosen:
        try:
            sure = await ask(summaries.question(made, row.claim, verdict, told=told))
        except DatelineError as error:
            failed, why = failed + 1, str(error)
            if failed > 5 and not words:
                break
            continue
        words.append(_Word(sure, row.supported))
        scores.append((verdict.score, row.supported))
    if len(words) < 2 * ENOUGH:
        hint = f"it takes {2 * ENOUGH} claims that the check doubts; {why or 'use more data'}"
        raise Misconfigured(
            f"the judge spoke on {len(words)} claims: too few to calibrate", hint=hint, file=path
        )
    return {
        "claims": len(rows),
        "doubtful": len(doubtful),
        "asked": len(chosen),
        "failed": failed,
        "auc": auc([(one.sure, one.true) for one in words]),
        "check_auc": auc(scores),
        **_halves(words),
    }


def _halves(words: Sequence[_Word]) -> dict[str, Any]:
    """Every other word is for choosing; the figures are of the rest."""
    ours, theirs = words[::2], words[1::2]
    threshold = _threshold(ours)
    a, b = _platt(ours)
    scaled = [_Word(_squashed(a * _odds(one.sure) + b), one.true) for one in theirs]
    stay = [] if threshold is None else [one for one in theirs if one.sure >= threshold]
    true = sum(one.true for one in theirs)
    return {
        "threshold": threshold,
        "kept": round(sum(one.true for one in stay) / true, 4) if true else 0.0,
        "false": round(sum(not one.true for one in stay) / len(stay), 4) if stay else 0.0,
        "error": _error(theirs),
        "error_scaled": _error(scaled),
        "scale": {"a": round(a, 3), "b": round(b, 3)},
    }


def _threshold(words: Sequence[_Word]) -> float | None:
    """The lowest probability from which at most ``FALSE`` of what stays is false, with enough that stays."""
    for step in range(1, STEPS):
        stay = [one for one in words if one.sure >= step / STEPS]
        if len(stay) < ENOUGH / 6:
            return None
        if sum(not one.true for one in stay) <= FALSE * len(stay):
            return step / STEPS
    return None


def _platt(words: Sequence[_Word]) -> tuple[float, float]:
    """Slope and offset of the odds, by descent on the log loss with Platt's smoothed targets (1999)."""
    good = sum(one.true for one in words)
    high, low = (good + 1) / (good + 2), 1 / (len(words) - good + 2)
    a, b = 1.0, 0.0
    for _ in range(2000):
        slope = offset = 0.0
        for one in words:
            gap = _squashed(a * _odds(one.sure) + b) - (high if one.true else low)
            slope, offset = slope + gap * _odds(one.sure), offset + gap
        a, b = a - 0.1 * slope / len(words), b - 0.1 * offset / len(words)
    return a, b


def _odds(sure: float) -> float:
    kept = min(0.999, max(0.001, sure))
    return math.log(kept / (1 - kept))


def _squashed(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))


def _error(words: Sequence[_Word]) -> float:
    """Expected calibration error: how far "so sure" is from "so often right", by bins of ten."""
    total = 0.0
    for at in range(BINS):
        inside = [one for one in words if min(BINS - 1, int(one.sure * BINS)) == at]
        total += abs(sum(one.sure - one.true for one in inside))
    return round(total / len(words), 4)
