"""Evidence in another language: sentences of the sources that say the same in another script.

Words are compared by their meaning (:mod:`tongues`), figures by value, countries and places by the gazetteer. A sentence
that an editor made from an article in another language shares no word with it: a fifth of those of the later stories.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.domain.summaries import gazetteer
from bot.domain.summaries.checking import dates, measures, tongues
from bot.domain.summaries.checking.reading import Evidence, Unit

Meaning = int | float | str
"""A line of :mod:`tongues`, the value of a figure, or the id of a place."""
MOST = 2
"""Sentences in another script that one sentence may rest on."""
LEAST = 0.15
"""Share of a sentence's meanings, by weight, that the first of them must carry."""


@lru_cache(maxsize=8192)
def spans(unit: Unit) -> tuple[tuple[int, int, frozenset[Meaning]], ...]:
    """What the table and the gazetteer know of a sentence: from, to, the meanings it may have."""
    return tuple(_spans(unit))


def _spans(unit: Unit) -> Iterator[tuple[int, int, frozenset[Meaning]]]:
    for ids, start, end in gazetteer.places(unit.text):
        yield start, end, frozenset(ids)
    if unit.script == "han":
        yield from ((start, end, frozenset(lines)) for start, end, lines in tongues.chinese(unit.text))
    for word in unit.words if unit.script != "han" else ():
        if not word.light and (lines := tongues.meanings(word.sign, word.text)):
            yield word.start, word.start + len(word.text), frozenset(lines)
    days = list(dates.days(unit.text))
    for day in days:
        yield day.start, day.end, frozenset([day.bits])
    for one in unit.figures:
        _, size = measures.measure(unit.text, one)
        dated = any(day.start <= one.start < day.end for day in days)
        if not dated and (size or one.kind or one.value > SMALL):
            yield one.start, one.end, frozenset([round(one.value * (size or 1.0), 6)])


SMALL = 10.0
"""Bare figures up to it stand anywhere."""


@lru_cache(maxsize=8192)
def meanings(unit: Unit) -> frozenset[Meaning]:
    """All meanings of a sentence."""
    return frozenset().union(*(one for _, _, one in spans(unit)))


def _meant(evidence: Evidence) -> dict[Unit, frozenset[Meaning]]:
    """The meanings of each sentence of the sources, the days that it speaks of among them."""
    return {
        one: meanings(one) | dates.meant(one.text, evidence.published[one.source]) for one in evidence.units
    }


def _weights(evidence: Evidence) -> dict[Meaning, float]:
    counts = Counter(one for some in evidence.note(_meant).values() for one in some)
    return {one: math.log(1 + (len(evidence.units) + 1) / (1 + n)) for one, n in counts.items()}


def find(unit: Unit, evidence: Evidence, near: Sequence[Unit]) -> list[Unit]:
    """Up to :data:`MOST` sentences in other scripts that carry its meanings, best first.

    What ``near``, the evidence of its own language, says as well counts half: a sentence that was made of two articles
    leaves the other part.
    """
    others = [one for one in evidence.units if one.script != unit.script]
    if not others:
        return []
    weights, there = evidence.note(_weights), evidence.note(_meant)
    at_home = _own(unit, near)
    wanted = [some for _, _, some in spans(unit)]
    most = math.log(2 + len(evidence.units))
    worth = [
        (max((weights.get(one, 0.0) for one in some), default=0.0) or most)
        * (HOME if start in at_home else 1.0)
        for start, _, some in spans(unit)
    ]
    left, total, picked = set(range(len(wanted))), sum(worth), list[Unit]()
    while left and len(picked) < MOST:
        gains = [
            (round(sum(worth[at] for at in sorted(left) if wanted[at] & there[one]), 9), one)
            for one in others
        ]
        gain, best = max(gains, key=lambda pair: (pair[0], -pair[1].source, -pair[1].number))
        if gain < LEAST * total:
            break
        picked.append(best)
        left = {at for at in left if not wanted[at] & there[best]}
    return picked


HOME = 0.5
"""What is left of the weight of a word that evidence of the sentence's own language has."""


def _own(unit: Unit, near: Sequence[Unit]) -> frozenset[int]:
    signs = frozenset().union(*(one.signs for one in near))
    return frozenset(one.start for one in unit.words if one.sign in signs)


def covered(unit: Unit, near: Sequence[Unit], evidence: Evidence) -> frozenset[int]:
    """The characters of the sentence whose meaning stands in one of these."""
    if not near:
        return frozenset()
    meant = evidence.note(_meant)
    there = frozenset().union(*(meant[one] for one in near))
    return frozenset(at for start, end, some in spans(unit) if some & there for at in range(start, end))
