"""What came before what: "after", "before" and their kin, against the sentences that order the same two things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.domain import terms
from bot.domain.summaries.checking.quotations import unquoted
from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.types import Finding

_AFTER = r"after|following|once|when|since"
_BEFORE = r"before|until|ahead of|prior to"
_WORD = re.compile(
    rf"\b(?:(?P<after>{_AFTER})|(?P<before>{_BEFORE}))\b|(?<![\u0621-\u064a])(?:(?P<then>بعد)|(?P<first>قبل))(?: أن)?(?![\u0621-\u064a])",
    re.IGNORECASE,
)
_CLAIMED = re.compile(
    r"\b(?:after|before)\b|(?<![\u0621-\u064a])(?:بعد|قبل)(?![\u0621-\u064a])|[之以]?[前后](?=[,，])",
    re.IGNORECASE,
)
_HAN = re.compile(r"(?P<first>[^,，。;；]{2,24}?)(?:之|以)?(?P<word>[前后])[,，]?(?P<rest>[^。;；]{2,40})")
_NOT_BEFORE = re.compile(
    r"\b(?:not|never|nobody|no one|none|nothing|n't|only)\b[^.;]{0,60}\b(?:before|until|after|once)\b|不[^。；]{0,16}前|(?:لن|لا|لم)[^.؛]{0,40}(?:قبل|حتى)",
    re.IGNORECASE,
)
_STOP = re.compile(r"[,;:]|\s-\s")
ENOUGH, TURNED = 0.2, 1.2
"""Share of the weight of both things that a source must have, and how much nearer the other order must be."""


def check(unit: Unit, evidence: Evidence) -> Finding | None:
    """The doubt "direction" where it says "before" and the sources "after", or the other way round."""
    if not _CLAIMED.search(unquoted(unit.text)):
        return None
    if _NOT_BEFORE.search(unit.text):
        return None  # "not before" is "only after"
    for word, early, late in _orders(unit):
        total = sum(evidence.weight(sign) for sign in sorted(early | late))
        same = cross = 0.0
        for there in evidence.units:
            for _, first, then in _orders(there):
                straight, crossed = (
                    _both(early, first, late, then, evidence),
                    _both(early, then, late, first, evidence),
                )
                same, cross = max(same, straight), max(cross, crossed)
        if total and cross >= ENOUGH * total and cross > TURNED * same:
            return Finding(kind="direction", span=word, hard=False)
    return None


def _both(
    a: frozenset[str], x: frozenset[str], b: frozenset[str], y: frozenset[str], evidence: Evidence
) -> float:
    """The weight of what two pairs of things have in common, 0 where one of them has nothing."""
    one, two = a & x, b & y
    if not one or not two:
        return 0.0
    return round(
        sum(evidence.weight(sign) for sign in sorted(one))
        + sum(evidence.weight(sign) for sign in sorted(two)),
        6,
    )


@lru_cache(maxsize=8192)
def _orders(unit: Unit) -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    """(word, what came first, what came later) for each such word outside of quotations."""
    return tuple(_found(unit))


def _found(unit: Unit) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    text = re.sub(r'"[^"]*"', lambda match: " " * len(match[0]), unit.text)
    for match in _WORD.finditer(text):
        stop = _STOP.search(text, match.end())
        end = stop.start() if stop else len(text)
        opens = not text[: match.start()].strip() or text[: match.start()].rstrip().endswith((",", "-", ";"))
        beside = _signs(unit, end, len(text)) if opens and stop else _signs(unit, 0, match.start())
        told = _signs(unit, match.end(), end)
        told, beside = told - beside, beside - told
        if told and beside:
            later = match["after"] or match["then"]
            yield match[0], (told if later else beside), (beside if later else told)
    if re.search(r"[\u3400-\u9fff]", text):
        for match in _HAN.finditer(terms.simplified(text)):
            told, beside = _signs(unit, *match.span("first")), _signs(unit, *match.span("rest"))
            told, beside = told - beside, beside - told
            if told and beside:
                later = match["word"] == "后"
                yield match["word"], (told if later else beside), (beside if later else told)


def _signs(unit: Unit, start: int, end: int) -> frozenset[str]:
    return frozenset(one.sign for one in unit.words if start <= one.start < end and not one.light)
