"""Whether the sources carry the words of a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.types import Finding

SUPPORT = 0.12
"""Share of a sentence's weighted words that three source sentences must carry. Editors put things in
their own words: over 0.5 a third of the true sentences of the sample week fell."""
MISSING = 6.5
"""Words of content that the evidence and the sentences beside it may lack. Of twenty ways to see an invented
clause counting them did best. At 5.5 it saw 69 % of them at 3 to 4 % of the true sentences, at 6.5 56 % at 1.5 %
(the week's half for tuning; 91 and 74 % on the first batch of editors' sentences); the score sees most others."""
HAN = 0.55
"""Of a word: two characters of Chinese overlap with the next two."""


def missing(unit: Unit, near: frozenset[str]) -> float:
    """How many words of content the evidence lacks; figures are looked at elsewhere."""
    return sum(
        HAN if "\u3400" <= one.text[0] <= "\u9fff" else 1.0
        for one in unit.words
        if not one.light and one.sign not in near and one.sign[0] != "#"
    )


def check(unit: Unit, evidence: Evidence, picked: Sequence[Unit], carried: float) -> list[Finding]:
    """The doubt "support"."""
    near = frozenset().union(*(one.signs for one in evidence.near(picked)))
    if carried < SUPPORT or missing(unit, near) > MISSING:
        return [Finding(kind="support", span=unit.text[:60], hard=False)]
    return []
