"""Figures: there, rounded and said to be, converted, added up; in their company; the latest there is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from bot.domain.summaries.checking import contexts, dates, measures
from bot.domain.summaries.checking.contexts import Place
from bot.domain.summaries.checking.fractions import fractions
from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.domain.summaries.figures import Figure, carried, figures, hedge
from bot.types import Finding

MARGIN = 0.5
"""Of :func:`contexts.oddness`, set on the half of the sample week for tuning."""
_PART_WORD = re.compile(r" in | out of |third|quarter|fifth|分之", re.IGNORECASE)
_EACH = re.compile(r"\b(?:each|apiece|per side|both)\b|每|各|كل (?:من|منهما|منهم|طرف)", re.IGNORECASE)
_OF_WHOLE = re.compile(
    r"\b(?:of|out of|among)\b[^,;.]{0,24}$|(?<![\u0621-\u064a])(?:من|بين)(?![\u0621-\u064a])[^،.]{0,24}$",
    re.IGNORECASE,
)
_OF_THESE = re.compile(r"[\u3400-\u9fff]{0,6}(?:中|之中|里|裡|當中|当中)")
_AND = re.compile(r"\band\b|(?<![\u0621-\u064a])و|和|及|与|與|、")
TOGETHER = 30
_LIST = re.compile(r",| and |、|和|及")
LISTED, WIDE = 4, 20
"""Numbers so small may count a list; from this one on some reckoning over a whole article makes a doubt."""
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
    for figure in _claimed(unit.text):
        if any(a <= figure.start < b for a, b in dated) or _CLOCK.match(unit.text[figure.end :]):
            continue
        places = _places(figure, unit, evidence)
        if places and figure.value > 1 and _derived(figure, unit, evidence, picked, plainly=True):
            continue  # 8 of 17 are left, and another 8 stands elsewhere
        if places:
            doubts, here = _company(figure, unit, evidence, places)
            found += doubts
            odd = max(odd, here)
        elif not _derived(figure, unit, evidence, picked):
            hard = not _possible(figure, unit, evidence, picked)
            found.append(Finding(kind="number", span=figure.surface, hard=hard))
    return found, odd


def _claimed(text: str) -> list[Figure]:
    """The figures to check: shares in words as percentages, the numbers inside of them not again."""
    shares = list(fractions(text))
    plain = [one for one in figures(text) if not any(a.start <= one.start < a.end for a, _ in shares)]
    return sorted([*plain, *(one for one, counted in shares if counted)], key=lambda one: one.start)


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
    ] + [
        place_of(other, there)
        for there in evidence.units
        if figure.kind == "%"
        for other in there.shares
        if abs(other.value - figure.value) <= (2.0 if hedged else 0.5)
    ]


def place_of(figure: Figure, unit: Unit) -> Place:
    """Where a figure stands in its sentence."""
    at = unit.at(figure.start)
    return Place(unit, at, max(at + 1, unit.at(figure.end)))


def _derived(
    figure: Figure, unit: Unit, evidence: Evidence, picked: Sequence[Unit], *, plainly: bool = False
) -> bool:
    """Whether it follows from figures of the evidence. ``plainly``: as a part of a whole that is named."""
    near = evidence.near(picked)
    others = [one for one in _claimed(unit.text) if one.start != figure.start]
    known = _restated(others, evidence)
    pool = [*(one for there in near for one in there.figures), *known]
    if figure.kind != "%" and _rest(figure, others, unit, evidence):
        return True
    if plainly:
        return False
    hedged = bool(hedge(unit.text, figure)) or bool(_PART_WORD.search(figure.surface))
    if figure.kind != "%" and _spans(figure, unit, evidence):
        return True
    told = [one.value for one in others if one.kind == "%"] + [x.value for one in near for x in one.shares]
    if measures.part_of(figure, told, pool, hedged=hedged) or any(
        measures.part_of(figure, [x.value for x in _percents(there)], there.figures, hedged=hedged)
        for there in near
    ):
        return True
    if any(_EACH.search(one.text) and _multiple(figure, one.figures) for one in near):
        return True
    everything = [*(one for there in picked for one in there.figures), *known]
    if figure.kind == "%" and _out_of(figure, evidence, hedge(unit.text, figure) or ("~" if hedged else "")):
        return True
    groups = [everything, *(one.figures for one in near if len(one.figures) > 1)]
    return measures.derived(figure, unit.text, groups, hedged=hedged)


def _percents(there: Unit) -> list[Figure]:
    return [one for one in (*there.figures, *there.shares) if one.kind == "%"]


def _spans(figure: Figure, unit: Unit, evidence: Evidence) -> bool:
    """Whether it is the time between two days that the sources speak of."""
    kind, size = measures.measure(unit.text, figure)
    if kind != "time" or not _DURATION.search(unit.text):
        return False
    gaps = evidence.note(dates.gaps)
    return any(abs(gap * 86400 - figure.value * size) <= 0.5 * size for gap in gaps)


def _restated(others: Sequence[Figure], evidence: Evidence) -> list[Figure]:
    """The sources' own values of what else the sentence says: 58,912 for "nearly 59,000"."""
    return [
        there
        for one in others
        for there in evidence.figures
        if one.kind == there.kind and abs(one.value - there.value) <= 0.02 * max(one.value, 1e-9)
    ]


def _rest(figure: Figure, others: Sequence[Figure], unit: Unit, evidence: Evidence) -> bool:
    """Whether it and a figure of the evidence make up a whole that is named: 3 of the 9, when 6 are given.

    Or it and another of the sentence make up one of the evidence: 179 men and 233 women, of 412.
    """
    text = unit.text
    for one in others:
        part = one.value > figure.value and (
            _OF_WHOLE.search(text[: one.start]) or _OF_THESE.match(text[one.end :])
        )
        between = text[min(figure.end, one.end) : max(figure.start, one.start)]
        joined = one.value > 2 and ((len(between) < 30 and _AND.search(between)) or measures.compares(text))
        if one.kind != figure.kind or not (part or joined):
            continue
        having = [there for there in evidence.units if any(one.value == x.value for x in there.figures)]
        values = {x.value for there in evidence.near(having) for x in there.figures}
        if (part and one.value - figure.value in values) or (joined and one.value + figure.value in values):
            return True
    return False


def _out_of(figure: Figure, evidence: Evidence, hedged: str) -> bool:
    """Whether it is the percentage of two figures that stand together: "17 of the 23"."""
    low, high = {"": (0.55, 0.55), "~": (2.0, 2.0), ">": (0.5, 8.0), "<": (5.0, 0.5)}[hedged]
    return any(
        figure.value - low <= 100 * a.value / b.value <= figure.value + high
        for there in evidence.units
        for a, b in itertools.permutations(there.figures, 2)
        if 1 < a.value < b.value
        and not (a.kind or b.kind)
        and max(b.start - a.end, a.start - b.end) < TOGETHER
    )


def _multiple(figure: Figure, there: Sequence[Figure]) -> bool:
    """Whether it is twice a figure that is said to hold for each, or as often as another one there says."""
    counts = {2.0, *(one.value for one in there if one.value < 100)}
    return any(one.value * count == figure.value for one in there for count in counts if count != 1)


def _possible(figure: Figure, unit: Unit, evidence: Evidence, picked: Sequence[Unit]) -> bool:
    """Whether some reckoning could give it: then it is a doubt. Small numbers from the evidence alone."""
    near = evidence.near(picked)
    if figure.value <= LISTED and any(len(_LIST.findall(there.text)) >= figure.value - 2 for there in near):
        return True
    if measures.possible(figure, [one for there in near for one in there.figures]):
        return True
    if figure.value < WIDE and figure.kind != "%":
        return False
    sources = sorted({one.source for one in picked})
    for source in sources:
        pool = [one for there in evidence.units if there.source == source for one in there.figures]
        if measures.possible(figure, pool):
            return True
    return bool(hedge(unit.text, figure)) and measures.possible(figure, evidence.figures, thrice=True)


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
