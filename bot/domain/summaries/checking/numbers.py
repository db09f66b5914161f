"""Figures: there, rounded and said to be, converted, added up; in their company; the latest there is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.domain.summaries.checking import contexts, dates, measures
from bot.domain.summaries.checking.contexts import Place
from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.domain.summaries.figures import Figure, carried, figures, hedge
from bot.types import Finding

MARGIN = 0.5
"""Of :func:`contexts.oddness`, set on the half of the sample week for tuning."""
_PARTS = re.compile(r"[ -](thirds|quarters|fifths|tenths)\b", re.IGNORECASE)
_PART_OF = {"thirds": 3, "quarters": 4, "fifths": 5, "tenths": 10}
_IN = re.compile(r" (?:in|out of)(?: every)? (\w+)\b(?! \d)(?=,| of| |\.)")
_CLOCK = re.compile(r" (?:in the (?:morning|evening|afternoon)|o'clock|[ap]\.?m\b)", re.IGNORECASE)
_DURATION = re.compile(
    r"\b(?:after|later|earlier|since|from|before|ago|within|until|for|time|in)\b|后|後|前|内|以来|بعد|قبل|منذ|خلال",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"\b(?:earlier|initial\w*|first|previous\w*|at first|originally|from|revis\w+|"
    r"preliminary)\b|此前|最初|起初|先前|原先|سابق|أولي|في البداية|قبل",
    re.IGNORECASE,
)


def check(
    unit: Unit, evidence: Evidence, picked: Sequence[Unit], dated: Sequence[tuple[int, int]]
) -> tuple[list[Finding], float]:
    """Findings "number" (hard; a doubt if some sum gives it), "number-context" and "superseded"; the oddness.

    ``dated``: spans that dates took.
    """
    found: list[Finding] = []
    odd = 0.0
    for figure in map(partial(_fraction, text=unit.text), figures(unit.text)):
        if any(a <= figure.start < b for a, b in dated) or _CLOCK.match(unit.text[figure.end :]):
            continue
        places = _places(figure, unit, evidence)
        if places:
            doubts, here = _company(figure, unit, evidence, places)
            found += doubts
            odd = max(odd, here)
        elif not _derived(figure, unit, evidence, picked):
            hard = not measures.possible(
                figure, [one for there in evidence.near(picked) for one in there.figures]
            )
            found.append(Finding(kind="number", span=figure.surface, hard=hard))
    return found, odd


def _fraction(figure: Figure, *, text: str) -> Figure:
    """The figure, with "three quarters" and "nine in ten" as percentages."""
    if match := _PARTS.match(text[figure.end :]):
        share = 100 * figure.value / _PART_OF[match[1].lower()]
    elif (match := _IN.match(text[figure.end :])) and (whole := figures(match[1])):
        share = 100 * figure.value / whole[0].value if whole[0].value else 0.0
    else:
        return figure
    return replace(figure, value=round(share, 1), kind="%", surface=figure.surface + match[0])


def _places(figure: Figure, unit: Unit, evidence: Evidence) -> list[Place]:
    hedged = bool(hedge(unit.text, figure))
    return [
        place_of(other, there)
        for there in evidence.units
        for other in there.figures
        if (
            carried(figure, unit.text, [other])
            and not measures.other_unit(figure, unit.text, other, there.text)
        )
        or measures.converted(figure, unit.text, other, there.text, hedged=hedged)
    ]


def place_of(figure: Figure, unit: Unit) -> Place:
    """Where a figure stands in its sentence."""
    at = unit.at(figure.start)
    return Place(unit, at, max(at + 1, unit.at(figure.end)))


def _derived(figure: Figure, unit: Unit, evidence: Evidence, picked: Sequence[Unit]) -> bool:
    hedged = bool(hedge(unit.text, figure)) or " in " in figure.surface or "quarter" in figure.surface
    near = evidence.near(picked)
    if (
        figure.kind != "%"
        and _DURATION.search(unit.text)
        and measures.measure(unit.text, figure)[0] == "time"
    ):
        _, size = measures.measure(unit.text, figure)
        gaps = evidence.note(dates.gaps)
        if any(abs(gap * 86400 - figure.value * size) <= 0.5 * size for gap in gaps):
            return True
    everything = [one for there in picked for one in there.figures]
    groups = [everything, *(there.figures for there in near if len(there.figures) > 1)]
    return measures.derived(figure, unit.text, groups, hedged=hedged)


def _company(
    figure: Figure, unit: Unit, evidence: Evidence, own: Sequence[Place]
) -> tuple[list[Finding], float]:
    here = place_of(figure, unit)
    around = [one for one in contexts.company(unit, here.at, here.until, evidence) if one[0][0] != "#"]
    taken = {(place.unit.source, place.unit.number, place.at) for place in own}
    others = [
        place
        for there in evidence.units
        for other in there.figures
        if other.kind == figure.kind
        and ((place := place_of(other, there)).unit.source, place.unit.number, place.at) not in taken
    ]
    odd = contexts.oddness(around, own, others, evidence)
    if odd > MARGIN:
        return [Finding(kind="number-context", span=figure.surface, hard=False)], odd
    return _superseded(figure, unit, evidence, own, others), odd


def _superseded(
    figure: Figure, unit: Unit, evidence: Evidence, own: Sequence[Place], others: Sequence[Place]
) -> list[Finding]:
    """A figure that a later report replaced: the same thing, counted among the same words."""
    if figure.kind == "%" or _THEN.search(unit.text):
        return []
    here = place_of(figure, unit)
    around = [one for one in contexts.company(unit, here.at, here.until, evidence) if one[0][0] != "#"]
    if len(around) < 3:
        return []
    last = max(evidence.published[one.unit.source] for one in own)
    fits, _ = contexts.best(around, own, evidence)
    counted = unit.words[here.until].sign if here.until < len(unit.words) else ""
    for place in others:
        there = place.unit
        if evidence.published[there.source] <= last or place.until >= len(there.words):
            continue
        if there.words[place.until].sign == counted and contexts.fit(around, place, evidence) >= max(
            0.6, fits - 0.1
        ):
            return [Finding(kind="superseded", span=figure.surface, hard=False)]
    return []
