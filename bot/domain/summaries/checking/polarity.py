"""Yes and no, up and down: negation and direction against the sentences that carry the claim."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.summaries.checking.quotations import unquoted
from bot.domain.summaries.checking.reading import Evidence, Unit, read
from bot.domain.summaries.checking.stems import root
from bot.domain.summaries.lexicon import NEGATION, OPPOSITES
from bot.types import Finding

_OPPOSITES = tuple(
    (frozenset(root(one) for one in a), frozenset(root(one) for one in b)) for a, b in OPPOSITES
)
_LEXICAL = re.compile(
    r"fail|den|refus|reject|unable|unlikely|declin|否认|拒绝|拒絕|否認|نفى|نفت|رفض", re.IGNORECASE
)
_NEGATIVE = re.compile(
    NEGATION.pattern
    + r"|\b(?:lack\w*|absence|absent|nothing|hardly|barely|contrary|ruled? out|unnamed|impossible|"
    r"yet to|withh\w+|scrap\w*|cancel\w*|miss(?:ed|es|ing)|too (?:early|soon))\b|无|免|尚|拒|非|انتفاء|نفي|عدم|فقط",
    re.IGNORECASE,
)
"""What may say no without a "not"."""
CLEAR = 0.45
"""The share over which a reversed word is plainly one."""
FAINT = 0.2
"""Share of the first evidence sentence under which it may be about something else."""


def _scopes(unit: Unit) -> list[tuple[str, str, tuple[str, ...]]]:
    """(negation, the next word of content, the concepts of the next three), quotations left out."""
    text = unquoted(unit.text)
    words = unit.words if text == unit.text else read(text).words
    found = []
    for match in NEGATION.finditer(text):
        if (
            text[match.start() : match.end() + 10]
            .casefold()
            .startswith(
                ("not only", "no. ", "no longer than", "no more t", "no fewer", "no less", "no later")
            )
        ):
            continue
        after = [one for one in words if one.start >= match.end() and not one.light][:3]
        if after:
            found.append((match[0].casefold(), after[0].text, tuple(one.sign for one in after)))
    return found


def negation(unit: Unit, picked: Sequence[Unit], near: Sequence[Unit], first: float) -> list[Finding]:
    """Finding "negation": a "not" that the evidence lacks, or one that was left out."""
    if not picked or first < FAINT:
        return []
    ours = _scopes(unit)
    negated_here = {word for _, _, scope in ours for word in scope}
    found = []
    for cue, surface, scope in ours:
        if _LEXICAL.match(cue):
            continue
        having = [there for there in near if scope[0] in there.signs and _close(unit, there, 0.2)]
        looked = having or picked[:2]
        negated = {word for there in looked for _, _, other in _scopes(there) for word in other}
        if set(scope) & negated or (not having and any(_NEGATIVE.search(there.text) for there in looked)):
            continue
        hard = bool(having) and not any(_NEGATIVE.search(there.text) for there in looked)
        found.append(Finding(kind="negation", span=f"{cue} {surface}", hard=hard))
    for cue, _, scope in _scopes(picked[0]):
        word = scope[0]
        if word not in unit.signs or word in negated_here or _NEGATIVE.search(unquoted(unit.text)):
            continue
        plainly = any(
            word in there.signs
            and not any(word in other for _, _, other in _scopes(there))
            and _close(unit, there, 0.3)
            for there in near
        )
        if not plainly and not _LEXICAL.match(cue):
            surface = next(one.text for one in unit.words if one.sign == word)
            found.append(Finding(kind="negation", span=f"{cue} {surface}", hard=first >= CLEAR))
    return found


def _close(unit: Unit, there: Unit, share: float) -> bool:
    return len(unit.signs & there.signs) >= share * max(1, len(unit.signs))


def direction(unit: Unit, evidence: Evidence, picked: Sequence[Unit], first: float) -> list[Finding]:
    """Finding "direction": "fell" where the evidence has "rose", and the like."""
    if not picked or first < FAINT:
        return []
    mine = _roots(unit, strip=True)
    best = [one for one in picked if _close(unit, one, 0.25)] or list(picked[:1])
    lead = _roots(picked[0])
    theirs = frozenset().union(*(_roots(one) for one in best))
    around = frozenset().union(*(_roots(one) for one in evidence.near(picked)))
    everywhere = evidence.roots
    found = []
    for a, b in _OPPOSITES:
        for x, y in ((a, b), (b, a)):
            if not mine & x or mine & y:
                continue
            turned = bool(lead & y) and not lead & x
            if not turned and (theirs & x or not (theirs | around | everywhere) & y):
                continue
            if turned or theirs & y or not (around | everywhere) & x:
                span = next(one.text for one in unit.words if root(one.text) in x or one.text in x)
                hard = turned and first >= CLEAR and not (around & x and around & y and not theirs & y)
                found.append(Finding(kind="direction", span=span, hard=hard))
    return found[:1]


def _roots(unit: Unit, *, strip: bool = False) -> frozenset[str]:
    text = unquoted(unit.text) if strip else unit.text
    words = unit.words if text == unit.text else read(text).words
    found = {root(one.text) for one in words}
    if any("\u3400" <= one.text[:1] <= "\u9fff" for one in words):
        found |= {one.text for one in words}
    return frozenset(found)
