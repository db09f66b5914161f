"""Whether the sources carry the words of a sentence."""

from __future__ import annotations

import re
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
HAN = (0.55, 0.35, 0.15)
"""Of a word: two characters of Chinese overlap with the next two; when none, one, both stand there apart."""
TELLS = 3.0
"""Words of content that must be lacking before a share is one of anything: "She took home $150,000 in all"."""
THIN = 0.5
"""Of :data:`SUPPORT`, where a word has many spellings or no borders: Chinese and Arabic."""


def missing(unit: Unit, near: frozenset[str]) -> float:
    """How many words of content the evidence lacks; figures are looked at elsewhere.

    Two signs of Chinese that stand there apart count less: 建厂 is 新建一座工厂.
    """
    lacking = [one for one in unit.words if not one.light and one.sign not in near and one.sign[0] != "#"]
    if not any(_han(one.sign) for one in lacking):
        return float(len(lacking))
    signs = frozenset("".join(one for one in near if _han(one)))
    return sum(HAN[sum(c in signs for c in one.sign[:2])] if _han(one.sign) else 1.0 for one in lacking)


def _han(sign: str) -> bool:
    return "\u3400" <= sign[0] <= "\u9fff"


def check(
    unit: Unit, evidence: Evidence, picked: Sequence[Unit], carried: float, *, counted: bool
) -> list[Finding]:
    """The doubt "support". ``counted``: it has figures and the sources carry them all.

    Figures that hold are support where the sources tell it in another script, whose words cannot be compared.
    """
    near = frozenset().union(*(one.signs for one in evidence.near(picked)))
    latin = bool(re.search(r"[A-Za-z]{3}", unit.text))
    lacking = missing(unit, near)
    thin = carried < SUPPORT * (1.0 if latin else THIN) and lacking >= TELLS
    thin = thin and not (counted and any(one.script != unit.script for one in evidence.units))
    if thin or lacking > MISSING:
        return [Finding(kind="support", span=unit.text[:60], hard=False)]
    return []
