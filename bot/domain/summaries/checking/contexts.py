"""Whether a figure or a name stands in the company in which the sources have it.

The words around it in the sentence are looked for around each place where a source has it, and, for
comparison, around each place where a source has another of its kind. When another fits these words much
better, the value was swapped inside the article: plain presence cannot see that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.summaries.checking.reading import Evidence, Unit

REACH = 7
"""Content words on either side that count as company."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source has a figure or a name: the sentence and the number of its first word there."""

    unit: Unit
    at: int
    until: int


Company = Sequence[tuple[str, float]]


def company(unit: Unit, at: int, until: int, evidence: Evidence) -> Company:
    """The concepts around words ``at`` to ``until`` with their weight: near ones of the same clause most."""
    found: dict[str, float] = {}
    for step, first in ((1, until), (-1, at - 1)):
        n, seen = first, 0
        while 0 <= n < len(unit.words) and seen < REACH:
            word = unit.words[n]
            n += step
            if word.light:
                continue
            seen += 1
            apart = abs(word.clause - unit.words[min(at, len(unit.words) - 1)].clause)
            weight = min(evidence.weight(word.sign), 3.0) * 0.85 ** (seen - 1) * 0.6**apart
            weight *= 1.5 if step == 1 and seen == 1 else 1.0  # what is counted stands right after
            weight = weight if evidence.known(word.sign) else 0.0
            found[word.sign] = max(found.get(word.sign, 0.0), weight)
    return sorted((sign, weight) for sign, weight in found.items() if weight)


def fit(around: Company, place: Place, evidence: Evidence) -> float:
    """Share of the company that stands around this place, 0 to 1."""
    total = sum([weight for _, weight in around])
    if not total:
        return 1.0
    at, until = place.at, place.until
    beside, places = evidence.note(_beside)[place.unit], place.unit.places
    got = 0.0
    for sign, weight in around:
        where = places.get(sign)
        if where:
            gap = min([at - n if n < at else n - until + 1 for n in where])
            got += weight * (1.0 if gap <= 5 else 0.8 if gap <= 10 else 0.6)
        else:
            for signs in beside:  # a generator here took half of the time of a headline's check
                if sign in signs:
                    got += 0.3 * weight
                    break
    return round(got / total, 4)


def _beside(evidence: Evidence) -> dict[Unit, list[frozenset[str]]]:
    """The concepts of the sentences before and after each sentence."""
    return {
        unit: [one.signs for step in (-1, 1) if (one := evidence.beside(unit, step))]
        for unit in evidence.units
    }


def best(around: Company, places: Sequence[Place], evidence: Evidence) -> tuple[float, Place | None]:
    """The best fit and where it is."""
    found: tuple[float, Place | None] = (0.0, None)
    for place in places:
        here = fit(around, place, evidence)
        if here > found[0] or found[1] is None:
            found = (here, place)
    return found


def oddness(around: Company, own: Sequence[Place], others: Sequence[Place], evidence: Evidence) -> float:
    """By how much another of its kind fits the company better, -1 to 1; 0 with too little to tell.

    Others in a script in which the value is nowhere are left out: words of Chinese stand by no figure of an English source.
    """
    if len(around) < 2:
        return 0.0
    here, _ = best(around, own, evidence)
    scripts = {one.unit.script for one in own}
    there, _ = best(around, [one for one in others if one.unit.script in scripts], evidence)
    return round(there - here, 4)
