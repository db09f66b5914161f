"""Direction: up and down, before and after, and other words with an opposite, against what carries the claim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.domain.summaries.checking import contexts, dates, movements, order
from bot.domain.summaries.checking.quotations import unquoted
from bot.domain.summaries.checking.reading import Evidence, Unit, read
from bot.domain.summaries.checking.stems import root
from bot.domain.summaries.figures import is_year
from bot.domain.summaries.lexicon import OPPOSITES
from bot.types import Finding

_OPPOSITES = tuple(
    (frozenset(root(one) for one in a), frozenset(root(one) for one in b)) for a, b in OPPOSITES
)
CLEAR = 0.45
"""The share over which a reversed word is plainly one."""
FAINT = 0.2
"""Share of the first evidence sentence under which it may be about something else."""


def _close(unit: Unit, there: Unit, share: float) -> bool:
    return len(unit.signs & there.signs) >= share * max(1, len(unit.signs))


def check(unit: Unit, evidence: Evidence, picked: Sequence[Unit], first: float) -> list[Finding]:
    """Finding "direction": "fell" where the evidence has "rose", and the like.

    Each word that has an opposite is looked for with the words around it, and the opposite as well; where the
    opposite fits much better, or the sentence that carries the claim has it and the word fits no better, there
    is a doubt. Movements with figures are reckoned: who falls from 39 to 58 rises.
    """
    if turned := movements.check(unit, evidence) or order.check(unit, evidence):
        return [turned]
    if not picked:
        return []
    said = {one.span: one.hard for one in _by_sentence(unit, evidence, picked, first)}
    found = []
    for at, side, other in _turns(unit):
        span = unit.words[at].text
        if (
            movements.negated(unit, at)
            or _idle(unit, at, evidence)
            or _confirmed(unit, side, other, evidence)
        ):
            continue
        around = contexts.company(unit, at, at + 1, evidence)
        here, _ = contexts.best(around, _having(evidence, side), evidence)
        there, place = contexts.best(around, _having(evidence, other), evidence)
        alone = span in said and here < NOWHERE and place is not None
        alone = alone and (there >= SOMEWHERE or first >= ABOUT)
        alone = alone and not _COMMON & {span, _word(place)}
        if place is not None and movements.negated(place.unit, place.at):
            here, there, alone = there, here, False
        plainly = alone and there >= FITS
        if movements.compares(unit, at) and not (
            plainly and place is not None and movements.compares(place.unit, place.at)
        ):
            continue
        odd = len(around) > 1 and there >= FITS and there - here >= TURNS
        if place is not None and _CONVERSE & {root(span), span} and not _straight(unit, at, place):
            continue  # who wins the seat and who loses it
        if _ORDER & {root(span), span} and not (place and _next(unit, at) == _next(place.unit, place.at)):
            # "after police seized it" is "police seized it before"
            plainly = plainly and place is not None and _straight(unit, at, place)
            alone, odd = plainly, False
        elif span in said and there >= LEAST and there - here >= SLIGHT:
            alone = True
        if plainly or (first >= FAINT and (odd or alone)):
            if _ORDER & {root(span), span} and dates.reckoned(unit, unit.words[at].start, evidence):
                continue
            found.append(Finding(kind="direction", span=span, hard=odd and said.get(span, False)))
    return found[:1]


SOMEWHERE, ABOUT = 0.12, 0.5
"""The same for the opposite, and for the first evidence sentence: an opposite that stands in other company, in a
sentence about something else, tells nothing."""
NOWHERE = 0.1
"""Share of the company under which a word stands nowhere in it. Where the sentence that carries the claim has the
opposite then, 37 of 153 directions that passed were turned, and eleven of 946 true sentences were not."""
_COMMON = frozenset(
    [
        "up",
        "down",
        "more",
        "most",
        "mostly",
        "less",
        "least",
        "drop",
        "reopen",
        "reopens",
        "reopened",
        "resume",
        "resumes",
        "resumed",
        "finish",
        "finished",
        "beginning",
        "leave",
        "left",
        "return",
        "fewer",
    ]
)
"""Too common beside anything; and what reopens was closed, what finishes began."""
LEAST, SLIGHT = 0.3, 0.0
"""The same, where the sentence that carries the claim has the opposite."""
FITS, TURNS = 0.3, 0.1
"""Of :func:`direction`, set on the half of the sample week for tuning."""


_OF_TIME = re.compile(r"(?P<part>end|start|beginning|close|opening)(?P<of> of (?:[\w-]+ ){0,2}[\w-]+)")


def _idle(unit: Unit, at: int, evidence: Evidence) -> bool:
    """Whether it has no direction; the start of a month has one where the sources have the end of that month alone."""
    if not movements.idle(unit, at):
        return False
    match = _OF_TIME.match(unit.text, unit.words[at].start)
    given = (
        {part for text in evidence.plain for part in re.findall(rf"\b(\w+){re.escape(match['of'])}\b", text)}
        if match
        else set()
    )
    return not given or (match is not None and match["part"] in given)


_CONVERSE = frozenset(
    root(one) for one in ("win", "won", "lose", "lost", "lend", "borrow", "buy", "sell", "bought", "sold")
)


def _confirmed(unit: Unit, side: frozenset[str], other: frozenset[str], evidence: Evidence) -> bool:
    """Whether a sentence with a figure of this one has such a word too, and none of the opposite: 54, "down from" 60."""
    mine = {(one.kind, one.value) for one in unit.figures if one.value > 2 and not is_year(one)}
    return bool(mine) and any(
        mine & {(one.kind, one.value) for one in there.figures} and not _roots(there) & other
        for there in {
            place.unit: None for place in _having(evidence, side) if not movements.idle(place.unit, place.at)
        }
    )


def _straight(unit: Unit, at: int, place: contexts.Place) -> bool:
    """Whether what stands before and after the word stands there so too, and not the other way round."""
    here, there = (
        [{one.sign for one in part if not one.light} for part in (words[:n], words[n + 1 :])]
        for words, n in ((unit.words, at), (place.unit.words, place.at))
    )
    straight = len(here[0] & there[0]) + len(here[1] & there[1])
    return straight > len(here[0] & there[1]) + len(here[1] & there[0])


def _word(place: contexts.Place | None) -> str:
    return place.unit.words[place.at].text if place else ""


_ORDER = frozenset(root(one) for one in ("before", "after", "قبل", "بعد"))


def _next(unit: Unit, at: int) -> str:
    return next((one.sign for one in unit.words[at + 1 :] if not one.light), "")


def _turns(unit: Unit) -> list[tuple[int, frozenset[str], frozenset[str]]]:
    """The words that have an opposite outside of quotations: number, its side, the other side."""
    said = unquoted(unit.text) == unit.text
    allowed = None if said else {one.text for one in read(unquoted(unit.text)).words}
    found = []
    here = _roots(unit)
    for at, word in enumerate(unit.words):
        if allowed is not None and word.text not in allowed:
            continue
        for key in sorted({root(word.text), word.text}):
            found += [(at, x, y) for x, y in _SIDES.get(key, ()) if not here & y and (at, x, y) not in found]
    return found


def _sides() -> dict[str, list[tuple[frozenset[str], frozenset[str]]]]:
    found: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    for a, b in _OPPOSITES:
        for x, y in ((a, b), (b, a)):
            for key in sorted(x):
                found.setdefault(key, []).append((x, y))
    return found


_SIDES = _sides()


def _having(evidence: Evidence, side: frozenset[str]) -> list[contexts.Place]:
    places = evidence.note(_by_root)
    return [place for one in sorted(side) for place in places.get(one, ())]


def _by_root(evidence: Evidence) -> dict[str, list[contexts.Place]]:
    found: dict[str, list[contexts.Place]] = {}
    for unit in evidence.units:
        for at, word in enumerate(unit.words):
            for key in sorted({root(word.text), word.text}):
                if key in _KEYS and not movements.idle(unit, at):
                    found.setdefault(key, []).append(contexts.Place(unit, at, at + 1))
    return found


_KEYS = frozenset().union(*(a | b for a, b in _OPPOSITES))


def _by_sentence(unit: Unit, evidence: Evidence, picked: Sequence[Unit], first: float) -> list[Finding]:
    mine = _roots(unit, strip=True)
    turns = sorted({at for one in mine for at in _TURNED.get(one, ())})
    if not turns:
        return []
    best = [one for one in picked if _close(unit, one, 0.25)] or list(picked[:1])
    lead = _roots(picked[0])
    theirs = frozenset().union(*(_roots(one) for one in best))
    around = frozenset().union(*(_roots(one) for one in evidence.near(picked)))
    everywhere = evidence.roots
    found = []
    for x, y in (_BOTH_WAYS[at] for at in turns):
        if mine & y:
            continue
        turned = bool(lead & y) and not lead & x
        if not turned and (theirs & x or not (theirs & y or around & y or everywhere & y)):
            continue
        if turned or theirs & y or not (around & x or everywhere & x):
            span = next(one.text for one in unit.words if root(one.text) in x or one.text in x)
            hard = turned and first >= CLEAR and not (around & x and around & y and not theirs & y)
            found.append(Finding(kind="direction", span=span, hard=hard))
    return found[:1]


_BOTH_WAYS = tuple(both for a, b in _OPPOSITES for both in ((a, b), (b, a)))
_TURNED: dict[str, list[int]] = {}
"""The numbers of the pairs of :data:`_BOTH_WAYS` in whose first side a word stands."""
for _at, (_side, _) in enumerate(_BOTH_WAYS):
    for _one in sorted(_side):
        _TURNED.setdefault(_one, []).append(_at)


@lru_cache(maxsize=8192)
def _roots(unit: Unit, *, strip: bool = False) -> frozenset[str]:
    text = unquoted(unit.text) if strip else unit.text
    words = unit.words if text == unit.text else read(text).words
    found = {root(one.text) for one in words}
    if any("\u3400" <= one.text[:1] <= "\u9fff" for one in words):
        found |= {one.text for one in words}
    return frozenset(found)
