"""What an editor may reckon from given figures: sums, differences, shares, averages, spans of years.

Nearly any small number is a sum or a difference of two others of a long text, so that a match proves something
only where few numbers would match. Each rule is tried on pools from narrow to wide (a sentence, the evidence,
everything that counts the same), and counts where the pool's results cover but a small part of the numbers that
could have stood there (:func:`_covers`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.domain.summaries.checking.amounts import Amount, amount, amounts, same
from bot.domain.summaries.checking.cues import compared, cues, points, ratio, reached, rests, shares, way
from bot.domain.summaries.checking.measures import measure
from bot.domain.summaries.checking.rates import EACH, moved, rate_rules
from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.domain.summaries.checking.sums import (
    best,
    gaps,
    joined,
    lists,
    nearest,
    of_them,
    of_these,
    pairs,
    runs,
)
from bot.domain.summaries.figures import Figure, figures, hedge, is_year, step


def reckoned(figure: Figure, unit: Unit, evidence: Evidence, near: Sequence[Unit]) -> str:
    """By which rule it follows from figures of the evidence; "" when by none, "?" when by chance as well."""
    if (
        not figure.kind
        and _POINTS.match(unit.text[figure.end :])
        and any(one.kind == "%" for one in evidence.note(_every))
    ):
        figure = replace(figure, kind="%")
    claim = amount(figure, unit)
    found = _reckoned(figure, claim, unit, evidence, near)
    if found in {"", "?"} and claim.kind == "mass" and _POUNDS.match(unit.text[figure.end :]):
        return _reckoned(figure, replace(claim, value=figure.value, kind=""), unit, evidence, near) or found
    return found


CONVERTED = frozenset({"length", "mass", "area", "volume", "speed"})
"""Kinds of measure that are converted from one unit into another."""


def foreign(figure: Figure, unit: Unit, evidence: Evidence) -> bool:
    """Whether it has a unit that no source uses: acres where they have hectares. Who converts does not reckon as well."""
    kind, size = ("", 0.0) if figure.kind else measure(unit.text, figure)
    return kind in CONVERTED and size not in evidence.note(_sizes)


def _sizes(evidence: Evidence) -> frozenset[float]:
    """The sizes of the units of measure that the sources use."""
    return frozenset(measure(there.text, one)[1] for there in evidence.units for one in there.figures)


_POUNDS = re.compile(r"\s?pounds?\b", re.IGNORECASE)
"""Of weight, or of money."""


def _reckoned(figure: Figure, claim: Amount, unit: Unit, evidence: Evidence, near: Sequence[Unit]) -> str:
    around = [one for there in near for one in amounts(there)]
    every = evidence.note(_every)
    typed = [one for one in every if same(one, claim)]
    single = [amounts(there) for there in near]
    told = [one for one in amounts(unit) if one.value != claim.value or one.kind != claim.kind]
    cue = cues(unit.text, figure)
    rules: list[tuple[str, Iterable[float], float]] = []
    if claim.kind == "%":
        rules += _percent_rules(
            evidence,
            around,
            single,
            told,
            (cue or rests(unit.text), shares(unit.text, figure), points(unit.text, figure)),
            unit,
            "points" if _POINTS.match(unit.text[figure.end :]) else ratio(unit.text, figure),
        )
        if rests(unit.text):
            rules.append(("rest anywhere", (100 - one.value for one in every if one.kind == "%"), 0.08))
    else:
        rules += _sum_rules(claim, typed, around, single, told, evidence, (cue, way(unit.text, figure)))
        if rests(unit.text) and not cue:
            rules.append(("left", gaps(single, typed), 0.25))
        rules += [
            one
            for one in _ratio_rules(claim, near, unit, told)
            if one[0] != "share of" or not (way(unit.text, figure) == "-" or reached(unit.text, figure))
        ]
        rules += rate_rules(claim, unit, evidence, typed, every)
    doubt = ""
    for name, values, limit in rules:
        found = sorted({round(one, 6) for one in values if one > 0})
        if _meets(figure, unit, claim, found, quotient=name in QUOTIENTS):
            if _covers(figure, claim, found) <= limit:
                return name
            doubt = "?"
    return doubt


_POINTS = re.compile(r"\s(?:percentage )?points?\b", re.IGNORECASE)
QUOTIENTS = frozenset({"before", "each", "each there", "part", "rate", "share of"})
"""Rules whose results are rounded: 6.94 euros after a fall by 2.8 percent were 7.14 before."""


def _every(evidence: Evidence) -> tuple[Amount, ...]:
    found: dict[tuple[float, str, frozenset[str]], Amount] = {}
    for unit in evidence.units:
        for one in amounts(unit):
            found.setdefault((round(one.value, 6), one.kind, one.what), one)
    return tuple(found.values())


def _sum_rules(
    claim: Amount,
    typed: Sequence[Amount],
    around: Sequence[Amount],
    single: Sequence[Sequence[Amount]],
    told: Sequence[Amount],
    evidence: Evidence,
    said: tuple[bool, str],
) -> Iterator[tuple[str, Iterable[float], float]]:
    cue, toward = said
    kin = [one for one in around if same(one, claim)]
    mine = [one for one in told if same(one, claim)]
    yield "joined", () if toward == "-" else (x for some in single for x in joined(some, claim)), 0.25
    yield "of them", () if toward == "+" else (x for some in single for x in of_them(some, claim)), 0.5
    yield "of these", () if toward == "+" else of_these(claim, typed), 0.5
    if cue:
        yield "nearest", pairs(nearest(claim, around, evidence), toward), 0.5
    yield "sentence", (x for some in single for x in pairs([*some], toward)), 0.3 if cue else PLAIN
    yield "beside", pairs([*kin, *mine], toward), 0.3 if cue else PLAIN
    yield (
        "same",
        pairs(best(typed, claim), toward),
        (1.0 if claim.what or claim.kind else 0.5) if cue else PLAIN,
    )
    yield "told together", evidence.note(_together)[toward], 0.15 if cue else 0.02
    yield (
        "against",
        (x for a in mine for b in typed if a.value != b.value for x in pairs([a, b], toward)),
        0.2 if cue else 0.01,
    )
    yield "lists", lists([*single, kin]), 0.25 if cue else 0.03
    yield "lists", lists(runs(single), loose=True), 0.15 if cue else 0.03
    yield (
        "lists there",
        lists([some for some in [*single, kin] if any(rests(x.unit.text) for x in some)]),
        0.15,
    )
    yield "moved", (x for there in evidence.units for x in moved(there, claim)), 0.3
    yield "any", pairs(around, toward, loose=True), (0.2 if toward else 0.15) if cue else 0.02
    yield "all", pairs(typed, toward), 0.1 if cue else 0.02


PLAIN = 0.015
"""Limit for what is said without a word of reckoning, as if a source gave it."""


def _percent_rules(
    evidence: Evidence,
    around: Sequence[Amount],
    single: Sequence[Sequence[Amount]],
    told: Sequence[Amount],
    said: tuple[bool, bool, bool],
    unit: Unit,
    how: str,
) -> Iterator[tuple[str, Iterable[float], float]]:
    """``how``: what it compares (:func:`cues.ratio`), or "points" where it counts those."""
    cue, share, points = said
    counted, how = how == "points", how.replace("points", "")
    given = [one for one in (*around, *told) if one.kind == "%"]
    yield "rest", (100 - one.value for one in given if one.value < 100), 0.3 if cue else PLAIN
    yield "rest there", (100 - one.value for one in given if one.value < 100 and rests(one.unit.text)), 0.05
    yield "points", pairs(given), 0.3 if points else PLAIN
    if points and not how:
        yield "points there", evidence.note(_points_apart), 0.2
    yield (
        "rest",
        (100 - a.value - b.value for a, b in itertools.combinations(given, 2)),
        0.15 if cue else PLAIN,
    )
    if not share or counted:
        return
    close = _closest(single, unit, evidence) if how in {"+", "-"} else single
    yield "sentence", (x for some in close for x in _shares([*some, *told], how)), 0.5
    yield "share", _shares([one for one in (*around, *told) if one.kind != "%"], how), 0.35
    yield "told together", (x for there in evidence.note(_parted)[how] for x in there), 0.2
    counts = [one for one in evidence.note(_every) if one.kind != "%"]
    yield "all", _shares([one for one in counts if one.what or one.kind], how), 0.2
    if how in {"+", "-"}:
        return
    threes = [
        t
        for group in [*single, *runs(single)]
        for t in itertools.combinations(group[:6], 3)
        if same(t[0], t[1], loose=True)
    ]
    yield "of all", (100 * max(x.value for x in t) / sum(x.value for x in t) for t in threes), 0.1


def _closest(single: Sequence[Sequence[Amount]], unit: Unit, evidence: Evidence) -> list[Sequence[Amount]]:
    """The sentences with two figures to compare that say much of what the claim says."""
    two = [some for some in single if sum(one.kind != "%" for one in some) > 1]
    shared = [sum(evidence.weight(sign) for sign in sorted(some[0].unit.signs & unit.signs)) for some in two]
    least = CLOSE * max(shared, default=0.0)
    return [some for some, weight in zip(two, shared, strict=True) if weight >= least]


CLOSE = 0.5
"""Share of the weight that the closest sentence has in common with a claim from which on another is close, too."""


def _together(evidence: Evidence) -> dict[str, tuple[float, ...]]:
    """The sums ("+") and differences ("-") of the figures of each sentence of the sources."""
    return {
        way: tuple(x for there in evidence.units for x in pairs(amounts(there), way))
        for way in ("", "+", "-")
    }


def _parted(evidence: Evidence) -> dict[str, tuple[tuple[float, ...], ...]]:
    """For each way to compare and each sentence of the sources the shares of its figures in each other."""
    return {
        how: tuple(tuple(_shares(amounts(there), how)) for there in evidence.units)
        for how in ("", "+", "-", "of")
    }


def _points_apart(evidence: Evidence) -> tuple[float, ...]:
    """The differences of two percentages of one sentence."""
    given = ([one for one in amounts(there) if one.kind == "%"] for there in evidence.units)
    return tuple(x for some in given for x in pairs(some, "-"))


def _part(a: Amount, b: Amount) -> bool:
    """Whether one is said to be of the other: "17 of the 23"."""
    return a.unit is b.unit and bool(
        re.search(r"\b(?:of|among)\b|من|中", a.unit.text[min(a.end, b.end) : max(a.start, b.start)])
    )


def _shares(counts: Sequence[Amount], how: str = "") -> Iterator[float]:
    """Parts of a whole and changes, or what ``how`` (:func:`cues.ratio`) leaves of them."""
    for a, b in itertools.permutations([one for one in counts if one.kind != "%"][:40], 2):
        if how in {"+", "-"} and a.value < b.value and same(a, b) and _changes(a):
            yield from (100 * a.value / (b.value + by) for by in (0, a.value, -a.value))
        if a.value < b.value and b.value >= 3 and how != "+" and same(a, b):
            yield 100 * (b.value - a.value) / b.value
            if how == "-":
                continue
            yield 100 * a.value / b.value
            if not _part(a, b):
                yield 100 * a.value / (a.value + b.value)
                yield 100 * b.value / (a.value + b.value)
        elif (
            a.value > b.value >= 3
            and how in {"", "+"}
            and same(a, b)
            and a.value < (8 if how else 4) * b.value
        ):
            yield 100 * (a.value - b.value) / b.value


def _changes(one: Amount) -> bool:
    """Whether it is itself a difference: "$10 more than last year"."""
    return compared(one.unit.text, one.start, one.end)


_TIMES = re.compile(
    r"\b(?P<n>\w+)[ -](?:times|fold)\b|\b(?P<two>doubl\w*|twice|half|halv\w*)\b|(?P<han>[二三四五六七八九十两\d]+)\s?倍|(?P<two2>一半|翻番|ضعف|نصف)",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"\b(?:over|during|total|in all|altogether|come to|comes to|worth|together|combined)\b|共|总|خلال|إجمال|مجموع",
    re.IGNORECASE,
)


_BOTH = re.compile(r"\bboth\b|双|两|كلا", re.IGNORECASE)


def _factors(text: str) -> set[float]:
    """By how much "five times", "doubled", "half" multiply."""
    found = set[float]()
    for match in _TIMES.finditer(text):
        number = match["n"] or match["han"]
        read_ = figures(number + "个" if match["han"] else number) if number else ()
        found |= {one.value for one in read_ if 1 < one.value < 100} if number else {2.0}
    return found


def _ratio_rules(
    claim: Amount, near: Sequence[Unit], unit: Unit, told: Sequence[Amount]
) -> Iterator[tuple[str, Iterable[float], float]]:
    """Part of a whole, whole of a part, a figure before a rise, an average, a multiple."""
    pool = [one for there in near for one in amounts(there)]
    wholes = [one for one in pool if one.kind == claim.kind]
    found: dict[str, list[float]] = {
        "share of": [],
        "part": [],
        "before": [],
        "each": [],
        "each there": [],
        "times": [],
        "over": [],
    }
    for there in near:
        own = amounts(there)
        for share in [one for one in (*own, *told) if one.kind == "%" and 0 < one.value <= 400]:
            rate = share.value / 100
            found["part"] += [x for one in wholes for x in (one.value * rate, one.value / rate)]
            if share in own:
                found["share of"] += [one.value * rate for one in wholes if _by(one.unit, there)]
            if share in own and rests(there.text + unit.text):
                found["part"] += [one.value * (1 - rate) for one in wholes]
            mine = [one for one in own if share in own and one.kind == claim.kind]
            found["before"] += [one.value / by for one in mine for by in (1 + rate, 1 - rate) if by > 0]
        by = _factors(there.text) | (
            {2.0}
            if EACH.search(there.text) and (_BOTH.search(unit.text) or _OVER.search(unit.text))
            else set()
        )
        found["times"] += list(_multiples(own, by, claim.kind))
        if _OVER.search(unit.text) and (EACH.search(there.text) or EACH.search(unit.text)):
            counts = {one.value for one in pool if 1 < one.value < 100 and one.kind in {"", "years"}}
            found["over"] += list(_multiples(own, counts, claim.kind))
        if EACH.search(unit.text):
            mine = [one for one in own if one.kind == claim.kind]
            shared = [
                one.value / (86400 if one.kind == "time" else 1)
                for one in pool
                if one.kind in {"", "time", "years"}
            ]
            found["each"] += [a.value / by for a in mine for by in shared if a.value > by > 1]
            here = [one.value / 86400 for one in own if one.kind == "time" and _DAILY.search(unit.text)]
            found["each there"] += [a.value / by for a in mine for by in here if a.value > by > 1]
    for name, values in found.items():
        yield (
            name,
            values,
            0.3 if name in {"times", "share of", "each there"} else 0.15 if name == "each" else 0.12,
        )


_DAILY = re.compile(r"\b(?:a|per|each|every) day\b|\bdaily\b|每天|每日|يومي|في اليوم", re.IGNORECASE)


def _by(a: Unit, b: Unit) -> bool:
    """Whether one sentence stands in the other's company."""
    return a.source == b.source and abs(a.number - b.number) <= 1


def _multiples(some: Sequence[Amount], by: Iterable[float], kind: str) -> Iterator[float]:
    for one in some:
        for factor in sorted(by):
            if one.kind == kind and one.value != factor:
                yield one.value * factor
                if one.value > factor > 1:
                    yield one.value / factor


def _meets(figure: Figure, unit: Unit, claim: Amount, values: Sequence[float], *, quotient: bool) -> bool:
    low, high = _room(figure, unit, claim)
    if quotient and not figure.value.is_integer() and figure.value:
        place = 0.501 * step(figure.value) * claim.value / figure.value
        low, high = max(low, place), max(high, place)
    return any(claim.value - low <= one <= claim.value + high for one in values)


def _room(figure: Figure, unit: Unit, claim: Amount) -> tuple[float, float]:
    """How far below and above it the reckoned value may lie."""
    mark = hedge(unit.text, figure)
    scale = claim.value / figure.value if figure.value else 1.0
    place = step(figure.value) * scale
    if claim.kind == "%":
        if mark == "" and not figure.value.is_integer():
            return (0.51 * place,) * 2  # "56.8 percent" is reckoned, not rounded
        return _PERCENT_ROOM[
            "words"
            if figure.surface.isascii() and not _NUMERAL.search(figure.surface)
            else "round"
            if figure.value % 5 == 0
            else ""
        ][mark]
    exact = 1e-6 * claim.value
    if mark == "":
        # a quotient is rounded, a sum is not: what has many digits is held to them
        return (max(exact, 0.004 * claim.value if figure.value >= 100 else 0.0),) * 2
    wide = max(place / 2, 0.03 * claim.value)
    return {
        "~": (wide, wide),
        ">": (exact, max(place, 0.1 * claim.value)),
        "<": (max(place, 0.1 * claim.value), exact),
    }[mark]


_NUMERAL = re.compile(r"\d|per ?cent", re.IGNORECASE)
_PERCENT_ROOM = {
    "words": {"": (0.55, 0.55), "~": (2.5, 2.5), ">": (0.1, 8.0), "<": (6.0, 0.1)},
    "round": {"": (0.55, 0.55), "~": (2.0, 2.0), ">": (0.1, 5.0), "<": (5.0, 0.1)},
    "": {"": (0.55, 0.55), "~": (0.75, 0.75), ">": (0.1, 1.0), "<": (1.0, 0.1)},
}
"""Percentage points below and above that a share in words, a multiple of five and any other may mean: "about 42
percent" is no 44, and half of the invented percentages that some reckoning gave were let through by two points."""


def _covers(figure: Figure, claim: Amount, values: Sequence[float]) -> float:
    """Share of the numbers of its size and roundness that these values would meet."""
    scale = claim.value / figure.value if figure.value else 1.0
    place = (
        step(figure.value)
        if claim.kind == "%" and not figure.value.is_integer()
        else 1.0
        if claim.kind == "%"
        else step(figure.value) * scale
    )
    low, high = (0.0, 100.0) if claim.kind == "%" else (claim.value / 2, claim.value * 2)
    cells = max(8.0, (high - low) / place)
    return len({round(one / place) for one in values if low <= one <= high}) / cells


def since(figure: Figure, unit: Unit, evidence: Evidence) -> bool:
    """Whether it is a number of years between a year of the sources and now, or such a year itself."""
    now = {at.year for at in evidence.published.values()}
    told = evidence.note(_years)
    if is_year(figure):
        spans = {
            one.value
            for there in evidence.units
            if _SINCE.search(there.text)
            for one in amounts(there)
            if one.kind == "years" and one.value >= 1
        }
        later = {
            year + one.value
            for there in evidence.units
            if (takes := _TAKES.search(there.text)) or _RUNS.search(there.text)
            for one in amounts(there)
            if one.kind == "years" and one.value >= 1
            for year in ((told if takes else _years_in(there.text)) | now)
        }
        return figure.value in later or any(figure.value == year - span for year in now for span in spans)
    if amount(figure, unit).kind != "years" and not re.match(
        r"[- ]years?\b|年|岁|歲| عام| سن", unit.text[figure.end :]
    ):
        return False
    value = amount(figure, unit).value if amount(figure, unit).kind == "years" else figure.value
    gaps = {abs(a - b) for a in now | told for b in told}
    return any(
        abs(value - gap) <= (max(1, 0.05 * value) if value >= 10 and _ABOUT.search(unit.text) else 0)
        for gap in gaps
        if gap
    )


_TAKES = re.compile(
    r"\b(?:takes?|lasts?|postpon\w+|delay\w*|extend\w*|prolong\w*|defer\w*)\b|يستغرق|تأجيل|تمديد|推迟|延长|為期|为期|需要",
    re.IGNORECASE,
)
_RUNS = re.compile(
    r"\b[\w-]+-year\b|\bfor (?:[\w-]+ ){1,2}years\b|\b(?:lease|term|contract|licen[cs]e|mandate|loan|treaty|pact|deal|waiver|concession) of [\w-]+ years\b|لمدة|为期|為期|有效期|租期|期限",
    re.IGNORECASE,
)
"""A term: what is leased for 99 years in 1985 is so until 2084."""
_SINCE = re.compile(
    r"\b(?:first|since|ago|for)\b|\bin (?:\w+|\d+) years\b|首次|以来|منذ|للمرة الأولى", re.IGNORECASE
)
_ABOUT = re.compile(
    r"\b(?:about|around|nearly|almost|more than|over|some|roughly)\b|近|约|多|نحو|أكثر", re.IGNORECASE
)


def _years(evidence: Evidence) -> frozenset[int]:
    return frozenset().union(*(_years_in(text) for text in evidence.plain))


def _years_in(text: str) -> frozenset[int]:
    return frozenset(int(one) for one in re.findall(r"(?<![\d.,])(?:1[89]|20)\d\d(?![\d%])", text))
