"""Yes and no, up and down: negation and direction against the sentences that carry the claim."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.summaries.checking.quotations import unquoted
from bot.domain.summaries.checking.reading import Unit, read
from bot.domain.summaries.checking.stems import root
from bot.domain.summaries.lexicon import NEGATION, OPPOSITES
from bot.types import Finding

_OPPOSITES = tuple(
    (frozenset(root(one) for one in a), frozenset(root(one) for one in b)) for a, b in OPPOSITES
)
_LEXICAL = re.compile(
    r"fail|den|refus|reject|unable|unlikely|declin|否认|拒绝|拒絕|否認|نفى|نفت|رفض", re.IGNORECASE
)
_GAP = {"than", "the"}


def _scopes(unit: Unit) -> list[tuple[str, str, tuple[str, ...]]]:
    """(negation, the next word of content, the concepts of the next two), quotations left out."""
    text = unquoted(unit.text)
    words = unit.words if text == unit.text else read(text).words
    found = []
    for match in NEGATION.finditer(text):
        if (
            text[match.start() : match.end() + 10]
            .casefold()
            .startswith(("not only", "no. ", "no longer than"))
        ):
            continue
        after = [one for one in words if one.start >= match.end() and not one.light][:2]
        if after:
            found.append((match[0].casefold(), after[0].text, tuple(one.sign for one in after)))
    return found


def negation(unit: Unit, picked: Sequence[Unit], near: Sequence[Unit], first: float) -> list[Finding]:
    """Finding "negation": a "not" that the evidence lacks, or one that was left out."""
    if not picked or first < 0.4:
        return []
    ours, around = _scopes(unit), [one for there in near for one in _scopes(there)]
    negated_near = {word for _, _, scope in around for word in scope}
    negated_here = {word for _, _, scope in ours for word in scope}
    near_words = frozenset().union(*(one.signs for one in near))
    found = []
    for cue, surface, scope in ours:
        if _LEXICAL.match(cue) and any(_LEXICAL.match(other) for other, _, _ in around):
            continue
        if not set(scope) & negated_near:
            hard = scope[0] in near_words and not _LEXICAL.match(cue)
            if hard or not around:
                found.append(Finding(kind="negation", span=f"{cue} {surface}", hard=hard))
    for cue, _, scope in _scopes(picked[0]):
        word = scope[0]
        if word not in unit.signs or word in negated_here or (ours and first < 0.6):
            continue
        plainly = any(
            word in there.signs
            and not any(word in other for _, _, other in _scopes(there))
            and _close(unit, there, 0.5)
            for there in near
        )
        if not plainly:
            surface = next(one.text for one in unit.words if one.sign == word)
            found.append(Finding(kind="negation", span=f"{cue} {surface}", hard=not _LEXICAL.match(cue)))
    return found


def _close(unit: Unit, there: Unit, share: float) -> bool:
    return len(unit.signs & there.signs) >= share * max(1, len(unit.signs))


def direction(unit: Unit, picked: Sequence[Unit], near: Sequence[Unit], first: float) -> list[Finding]:
    """Finding "direction": "fell" where the evidence has "rose", and the like."""
    if not picked or first < 0.3:
        return []
    mine = _roots(unit, strip=True)
    best = [one for one in picked if _close(unit, one, 0.3)] or list(picked[:1])
    theirs = frozenset().union(*(_roots(one) for one in best))
    around = frozenset().union(*(_roots(one) for one in near))
    found = []
    for a, b in _OPPOSITES:
        for x, y in ((a, b), (b, a)):
            if mine & x and not theirs & x and theirs & y and not (mine & y and around & x):
                span = next(one.text for one in unit.words if root(one.text) in x)
                # "after" beside "before", "more" beside "less": their places change freely when it is reworded.
                hard = not around & x and not mine & y
                if hard or (not mine & y and not around & x):
                    found.append(Finding(kind="direction", span=span, hard=hard))
                elif not mine & y and _near_pair(unit, best, x, y):
                    found.append(Finding(kind="direction", span=span, hard=False))
    return found


def _roots(unit: Unit, *, strip: bool = False) -> frozenset[str]:
    text = unquoted(unit.text) if strip else unit.text
    words = unit.words if text == unit.text else read(text).words
    found = {root(one.text) for one in words}
    if any("\u3400" <= one.text[:1] <= "\u9fff" for one in words):
        found |= {one.text for one in words}
    return frozenset(found)


def _near_pair(unit: Unit, best: Sequence[Unit], x: frozenset[str], y: frozenset[str]) -> bool:
    """Whether the evidence has the opposite between the same two neighbours."""
    words = [one for one in unit.words if not one.light or root(one.text) in x]
    at = next((n for n, one in enumerate(words) if root(one.text) in x), None)
    if at is None or not 0 < at < len(words) - 1:
        return False
    before, after = words[at - 1].sign, words[at + 1].sign
    for there in best:
        theirs = [one for one in there.words if not one.light or root(one.text) in y]
        for n in range(1, len(theirs) - 1):
            if root(theirs[n].text) in y and theirs[n - 1].sign == before and theirs[n + 1].sign == after:
                return True
    return False
