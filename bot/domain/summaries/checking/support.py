"""Whether the sources carry the words of a sentence, the whole of it and each clause."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.summaries.checking.reading import Evidence, Unit, Word
from bot.types import Finding

SUPPORT = 0.5
"""Share of a sentence's weighted words that three source sentences must carry. Over 0.62 a quarter of true
sentences that join several sources fell; under 0.5 invented half-sentences passed."""
CLAUSE = 0.34
"""The same share for a clause, over the evidence and the sentences beside it."""
WORDS = 3
"""Words of content that make a clause worth a look of its own."""
_CUTS = re.compile(
    r"[,;:()،؛，；：]|\s-\s|\b(?:after|before|while|amid|as|because|which|who|where|although|though|but|and|since|until|"
    r"despite|following|with|when|so that|in order to|to)\b",
    re.IGNORECASE,
)


def clauses(unit: Unit) -> list[tuple[Word, ...]]:
    """The words of content between commas and joining words."""
    cuts = [match.start() for match in _CUTS.finditer(unit.text)]
    found: list[list[Word]] = [[]]
    at = 0
    for word in unit.words:
        while at < len(cuts) and cuts[at] <= word.start:
            at += 1
            found.append([])
        if not word.light:
            found[-1].append(word)
    return [tuple(one) for one in found if one]


def check(unit: Unit, evidence: Evidence, picked: Sequence[Unit], carried: float) -> list[Finding]:
    """Doubts "support" (the sentence) and "clause" (a part of it)."""
    if carried < SUPPORT:
        return [Finding(kind="support", span=unit.text[:60], hard=False)]
    near = frozenset().union(*(one.signs for one in evidence.near(picked)))
    found = []
    for clause in clauses(unit):
        share = _share(clause, near, evidence)
        if len(clause) >= WORDS and share < CLAUSE:
            found.append(Finding(kind="clause", span=_span(unit, clause), hard=False))
    return found


def _share(clause: Sequence[Word], near: frozenset[str], evidence: Evidence) -> float:
    weights = {one.sign: evidence.weight(one.sign) for one in clause}
    total = sum(weights[sign] for sign in sorted(weights))
    return sum(weights[sign] for sign in sorted(weights) if sign in near) / total if total else 1.0


def _span(unit: Unit, clause: Sequence[Word]) -> str:
    last = clause[-1]
    return unit.text[clause[0].start : last.start + len(last.text)]
