"""``dateline eval faithfulness``: what the check catches, and what it refuses wrongly."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain import summaries
from bot.errors import Misconfigured
from bot.types import ArticleId, CanonicalUrl, Source

_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claim with the texts that do or do not support it."""

    sources: tuple[str, ...]
    claim: str
    supported: bool
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    row: Claimed
    ok: bool
    score: float
    bigrams: float


def evaluate(path: Path) -> dict[str, Any]:
    """The figures for unsupported claims, from production's check.

    ``precision, recall, f1, balanced_accuracy, auc`` (of the score), ``false_reject_rate``, ``by_kind``
    (share of each kind of unsupported claim that was caught), ``bigram_auc`` (plain overlap of word pairs
    beside it), ``ms_per_claim``, ``claims``.

    Raises:
        Misconfigured: no claims, or a line that is not of the form ``sources, claim, supported, kind?``.
    """
    rows = claims(path)
    if not rows:
        raise Misconfigured("no claims to evaluate", file=path)
    started = time.perf_counter()
    verdicts = [summaries.check([row.claim], sources_of(row.sources))[0] for row in rows]
    seconds = time.perf_counter() - started
    judged = [
        _Judged(row=row, ok=one.ok, score=one.score, bigrams=_overlap(row))
        for row, one in zip(rows, verdicts, strict=True)
    ]
    return {
        **_figures(judged),
        "auc": auc([(one.score, one.row.supported) for one in judged]),
        "bigram_auc": auc([(one.bigrams, one.row.supported) for one in judged]),
        "by_kind": _by_kind(judged),
        "ms_per_claim": round(1000 * seconds / len(rows), 2),
        "claims": len(rows),
    }


def _figures(judged: Sequence[_Judged]) -> dict[str, float]:
    bad = [one for one in judged if not one.row.supported]
    good = [one for one in judged if one.row.supported]
    caught, wrongly = sum(not one.ok for one in bad), sum(not one.ok for one in good)
    precision = caught / (caught + wrongly) if caught + wrongly else 0.0
    recall = caught / len(bad) if bad else 0.0
    rejected = wrongly / len(good) if good else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(f1, 4),
        "balanced_accuracy": round((recall + 1 - rejected) / 2, 4),
        "false_reject_rate": round(rejected, 4),
    }


def _by_kind(judged: Sequence[_Judged]) -> dict[str, float]:
    kinds: dict[str, list[bool]] = {}
    for one in judged:
        if not one.row.supported and one.row.kind:
            kinds.setdefault(one.row.kind, []).append(not one.ok)
    return {kind: round(sum(caught) / len(caught), 4) for kind, caught in sorted(kinds.items())}


def auc(scored: Sequence[tuple[float, bool]]) -> float:
    """Chance that a supported claim scores above an unsupported one; ties count half."""
    good = [score for score, supported in scored if supported]
    bad = [score for score, supported in scored if not supported]
    if not good or not bad:
        return 0.0
    wins = sum((a > b) + 0.5 * (a == b) for a in good for b in bad)
    return round(wins / (len(good) * len(bad)), 4)


def _overlap(row: Claimed) -> float:
    claim = _pairs(row.claim)
    there = set().union(*(_pairs(one) for one in row.sources))
    return sum(one in there for one in claim) / len(claim) if claim else 0.0


def _pairs(text: str) -> list[tuple[str, str]]:
    words = re.findall(r"\w+", text.casefold())
    return list(itertools.pairwise(words))


def sources_of(texts: Sequence[str]) -> list[Source]:
    """These texts as undated sources."""
    return [
        Source(
            number=number,
            article=ArticleId(number),
            outlet="",
            url=CanonicalUrl(""),
            title="",
            text=text,
            language="",
            published_at=_UNDATED,
        )
        for number, text in enumerate(texts, start=1)
    ]


def claims(path: Path) -> list[Claimed]:
    """The lines of ``sources, claim, supported, kind?``. Raises Misconfigured, naming the line."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append(
                Claimed(
                    sources=tuple(map(str, row["sources"])),
                    claim=str(row["claim"]),
                    supported=bool(row["supported"]),
                    kind=str(row.get("kind") or ""),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise Misconfigured("not a line of faithfulness data", file=path, line=number) from error
    return rows
