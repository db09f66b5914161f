"""Figures: there, rounded and said to be, converted, added up; in their company; the latest there is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from bot.domain import terms
from bot.domain.summaries.checking import arithmetic, contexts, dates, measures
from bot.domain.summaries.checking.amounts import amount, amounts
from bot.domain.summaries.checking.contexts import Place
from bot.domain.summaries.checking.cues import cues, rests, way
from bot.domain.summaries.checking.fractions import fractions
from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.domain.summaries.figures import Figure, agrees, carried, elliptical, figures, hedge, is_year
from bot.domain.summaries.lexicon import MONTHS, NO_NAMES
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
LISTED, WIDE = 12, 20
"""Numbers so small may count a list; from this one on some reckoning over a whole article makes a doubt."""
_CLOCK = re.compile(r" (?:in the (?:morning|evening|afternoon)|o'clock|[ap]\.?m\b)", re.IGNORECASE)
_LASTS = re.compile(
    r"\blast(?:s|ed|ing)?\b|\bruns?\b(?! out)|-day\b|为期|持续|يستمر|تستمر|مدة", re.IGNORECASE
)
_DURATION = re.compile(
    r"\blast(?:s|ed|ing)?\b|\bruns?\b|-day\b|为期|持续|يستمر|تستمر|مدة|"
    r"\b(?:after|later|earlier|since|from|before|ago|within|until|for|time|in)\b|后|後|前|内|以来|距|起|隔|بعد|قبل|منذ|خلال|مدة",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"\b(?:earlier|initial\w*|first|previous\w*|at first|originally|from|revis\w+|"
    r"preliminary)\b|此前|最初|起初|先前|原先|سابق|أولي|في البداية|قبل",
    re.IGNORECASE,
)


def check(
    unit: Unit,
    evidence: Evidence,
    picked: Sequence[Unit],
    near: Sequence[Unit],
    dated: Sequence[tuple[int, int]],
) -> tuple[list[Finding], float]:
    """Findings "number" (hard; a doubt if some sum gives it), "number-context" and "superseded"; the oddness.

    ``near``: the evidence in all languages with what stands beside it; ``dated``: spans that dates took.
    """
    found: list[Finding] = []
    odd = 0.0
    leaning = {one.start: one for one in elliptical(unit.text, figures(unit.text))}
    for figure in _claimed(unit.text):
        if any(a <= figure.start < b for a, b in dated) or _CLOCK.match(unit.text[figure.end :]):
            continue
        if _between(figure, unit, evidence):
            continue
        if _TIME.search(unit.text[max(0, figure.start - 8) : figure.end + 6]) and _told(
            figure, unit, evidence
        ):
            continue
        odd_number = _numbered(figure, unit, evidence) or _season(figure, unit, evidence)
        if odd_number or (odd_number := _unmoved(figure, unit)):
            found.append(odd_number)
            continue
        places = _places(figure, unit, evidence)
        if not places and figure.start in leaning:
            figure = leaning[figure.start]  # noqa: PLW2901
            places = _places(figure, unit, evidence)
        if places and figure.value > 1 and _rest_of(figure, unit, evidence):
            continue  # 8 of 17 are left, and another 8 stands elsewhere
        if places:
            doubts, here = _company(figure, unit, evidence, places)
            found += doubts
            odd = max(odd, here)
            continue
        if carried(figure, unit.text, evidence.note(_rejoined)):
            continue  # "98. 7 per cent" of a badly joined text fell apart into two sentences
        follows = _follows(figure, unit, evidence, near)
        if follows in {"", "?"} or _instead(figure, unit, picked, evidence, follows):
            hard = not follows and not _possible(figure, evidence, near)
            found.append(Finding(kind="number", span=figure.surface, hard=hard))
    return found, odd


def _rejoined(evidence: Evidence) -> tuple[Figure, ...]:
    """The figures of the sources that have a blank after their decimal point."""
    return tuple(
        one
        for text in evidence.plain
        for match in re.finditer(r"[$€£]?\s?\d+[.,] \d+\s?\S*(?: \S+)?", text)
        for one in figures(re.sub(r"(?<=\d)([.,]) (?=\d)", r"\1", match[0]))
    )


_TITLED = re.compile(r"(?:^|\s)(?P<name>[A-Z][\w'’-]+)[ -]$")


_NO_TITLE = dict.fromkeys(NO_NAMES | terms.STOP)


def _numbered(figure: Figure, unit: Unit, evidence: Evidence) -> Finding | None:
    """A number that is part of a name, when the sources have this name with another number only."""
    match = _TITLED.search(unit.text[: figure.start])
    digits = re.match(r"\d{1,4}(?![\d.,]*\d)", unit.text[figure.start :])
    # "Some 5,700 acres", "About 3 percent" are counts behind a capital, not names
    if match is None or digits is None or figure.kind or match["name"].casefold() in MONTHS | _NO_TITLE:
        return None
    there = {
        one
        for text in evidence.plain
        if match["name"] in text
        for one in re.findall(rf"\b{re.escape(match['name'])}[ -](\d{{1,4}})(?![\d.,]*\d)", text)
    }
    if there and digits[0] not in there:
        return Finding(kind="number", span=f"{match['name']} {digits[0]}")
    return None


_FROM, _TO = re.compile(r"\bfrom [$€£A-Z]{0,3}$"), re.compile(r"\sto [$€£A-Z]{0,3}")


def _unmoved(figure: Figure, unit: Unit) -> Finding | None:
    """What goes from a figure to the same figure."""
    for other in unit.figures:
        if (
            other.start > figure.end
            and (other.kind, other.value) == (figure.kind, figure.value)
            and _FROM.search(unit.text[: figure.start])
            and _TO.fullmatch(unit.text[figure.end : other.start])
        ):
            return Finding(kind="number", span=unit.text[figure.start : other.end])
    return None


_SEASON = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)\s?[-/]\s?(?P<end>\d\d)(?!\d|[-/.]\d)")


def _season(figure: Figure, unit: Unit, evidence: Evidence) -> Finding | None:
    """The end of "2019-20", when no source has these two years together."""
    for match in _SEASON.finditer(unit.text):
        if match.start("end") == figure.start and not any(
            re.search(rf"{match['year']}\s?(?:[-/]|to|and)\s?(?:\d\d)?{match['end']}(?!\d)", text)
            for text in evidence.plain
        ):
            return Finding(kind="number", span=match[0])
    return None


_BETWEEN = re.compile(
    r"\bbetween $|(?P<second>\bbetween [^,.;]{1,24} and $)|(?<![\u0621-\u064a])بين $|(?P<second2>(?<![\u0621-\u064a])بين [^،.]{1,24} و$)",
    re.IGNORECASE,
)
WIDE_APART = 0.35
"""How far apart, of the lower one, the ends of a range may lie that stands for one figure."""


def _between(figure: Figure, unit: Unit, evidence: Evidence) -> bool:
    """Whether it is an end of a range in which a figure of the sources lies: nine kilometres are between five and six miles."""
    match = _BETWEEN.search(unit.text[: figure.start])
    given = unit.figures
    at = next((n for n, one in enumerate(given) if one.start == figure.start), -1)
    if match is None or at < 0:
        return False
    second = bool(match["second"] or match["second2"])
    other = given[at - 1] if second and at else given[at + 1] if not second and at + 1 < len(given) else None
    if other is None:
        return False
    low, high = (amount(one, unit) for one in sorted((figure, other), key=lambda one: one.value))
    return high.value - low.value <= WIDE_APART * low.value and any(
        one.kind == high.kind and low.value <= one.value * high.value / max(high.value, 1e-9) <= high.value
        for there in evidence.units
        for one in amounts(there)
    )


_TIME = re.compile(r"\d:\d\d|\d\.\d\d [ap]\.?m")


def _told(figure: Figure, unit: Unit, evidence: Evidence) -> bool:
    """Whether the time of day, or the time that a race took, stands so in a source."""
    match = next(
        (
            one
            for one in re.finditer(r"\d+(?:[:.]\d\d)+", unit.text)
            if one.start() <= figure.start < one.end()
        ),
        None,
    )
    return match is not None and any(match[0] in text for text in evidence.plain)


def _follows(figure: Figure, unit: Unit, evidence: Evidence, near: Sequence[Unit]) -> str:
    """By which rule it follows from what the sources give; "?": perhaps; "": by none."""
    if arithmetic.foreign(figure, unit, evidence):
        return ""
    if _rest_of(figure, unit, evidence):
        return "rest"
    if arithmetic.since(figure, unit, evidence):
        return "since"
    if is_year(figure) and 1900 <= figure.value <= 2050:
        return ""
    if figure.kind != "%" and _spans(figure, unit, evidence, near):
        return "span"
    if not figure.kind and 1 < figure.value <= LISTED and _enumerated(figure, unit, near):
        return "list"
    if not figure.kind and 2 < figure.value <= LISTED and _ordinal(figure, near):
        return "ordinal"
    return arithmetic.reckoned(figure, unit, evidence, near)


ALIKE = 0.5
"""Share of a sentence's weight from which on one of the evidence with another figure between the same words is its
original: six of seven invented figures of copied
sentences that some sum gave stood so, and one in three hundred true sentences."""


PARTS = frozenset(["rest", "share of", "part", "of these", "of them"])
"""Rules by which a part is told in the words of its whole."""


def _instead(figure: Figure, unit: Unit, picked: Sequence[Unit], evidence: Evidence, follows: str) -> bool:
    """Whether a sentence of the evidence tells the same with another figure in its place."""
    if way(unit.text, figure):
        return False
    between = unit.between(figure.start, figure.end)
    # "all but five articles" of twenty articles, a debt of 13 % of the debt
    pairs = ((), ()) if follows in PARTS or cues(unit.text, figure) else _two(unit, figure)
    if rests(unit.text):
        pairs = ((), pairs[1])
    total = sum(evidence.weight(sign) for sign in sorted(unit.signs))
    for there in picked if all(between) or any(pairs) else ():
        both = sum(evidence.weight(sign) for sign in sorted(unit.signs & there.signs))
        if both >= ALIKE * total and any(
            (all(between) and there.between(other.start, other.end) == between)
            or any(one and one == also for one, also in zip(pairs, _two(there, other), strict=True))
            for other in there.figures
            if other.kind == figure.kind
        ):
            return True
    return False


def _two(unit: Unit, figure: Figure) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The two concepts of content before it and the two after it, empty where the sentence has fewer."""
    before = [one.sign for one in unit.words[: unit.at(figure.start)] if not one.light][-2:]
    after = [one.sign for one in unit.words[unit.at(figure.end) :] if not one.light][:2]
    return tuple(before) if len(before) == 2 else (), tuple(after) if len(after) == 2 else ()


def _rest_of(figure: Figure, unit: Unit, evidence: Evidence) -> bool:
    others = [one for one in _claimed(unit.text) if one.start != figure.start]
    return figure.kind != "%" and _rest(figure, others, unit, evidence)


_BOTH = re.compile(r"\bboth\b|两(?=[国國军軍岸方])|双方|كلا|كلتا", re.IGNORECASE)
_ITEMS = re.compile(
    r"(?:, |: |\(|- )(?P<items>(?:(?:an?|the|its|one) )?[A-Z][\w'-]*(?: [\w'-]+){0,4}?"
    r"(?:, (?:[\w'-]+ ){0,4}?[\w'-]+){0,5},? and (?:(?:an?|the|its|one) )?[A-Z][\w'-]*)"
)


def _enumerated(figure: Figure, unit: Unit, near: Sequence[Unit]) -> bool:
    """Whether it counts a list that stands in the sentence, or what the sources call both, or "the two"."""
    text = unit.text
    if figure.value == 2 and (
        any(_BOTH.search(there.text) for there in near)
        or text[: figure.start].casefold().endswith("the ")  # "The two estimates differ", "the two countries"
    ):
        return True
    if len(re.findall(r"\bone\b", text[figure.end :])) == figure.value:
        return True
    match = _ITEMS.search(text, figure.end)
    if match is not None and _length(match["items"]) == figure.value:
        return True
    fewer = 1 if _FELLOWS.match(text, figure.end) else 0
    return any(
        _length(match["items"]) - fewer == figure.value
        for there in near
        for match in _MEMBERS.finditer(there.text)
        if figure.value > 2 or fewer
    )


_MEMBERS = re.compile(
    r"(?P<items>[A-Z][\w'-]*(?: [A-Z][\w'-]*){0,3}(?:, (?:the )?[A-Z][\w'-]*(?: [A-Z][\w'-]*){0,3})+,? and (?:the )?[A-Z][\w'-]*)"
)
_FELLOWS = re.compile(r" (?:\w+ )?(?:others?|partners?|allies|neighbours?|members?|fellow\b)", re.IGNORECASE)


def _length(items: str) -> int:
    return len(re.findall(r", | and ", items.replace(", and ", " and "))) + 1


_ORDINALS = dict(
    zip(
        range(3, 13),
        zip(
            [
                "third",
                "fourth",
                "fifth",
                "sixth",
                "seventh",
                "eighth",
                "ninth",
                "tenth",
                "eleventh",
                "twelfth",
            ],
            ["三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"],
            ["ثالث", "رابع", "خامس", "سادس", "سابع", "ثامن", "تاسع", "عاشر", "حادي", "ثاني"],
            strict=True,
        ),
        strict=True,
    )
)


def _ordinal(figure: Figure, near: Sequence[Unit]) -> bool:
    """Whether the evidence counts up to it: a sixth child died."""
    words = _ORDINALS.get(int(figure.value))
    if words is None or not figure.value.is_integer():
        return False
    pattern = _counting(int(figure.value), *words)
    return any(pattern.search(there.text) for there in near)


@cache
def _counting(value: int, english: str, chinese: str, arabic: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:an?|the|for the|his|her|its) (?:{english}|{value}th)\b(?! of\b)|第(?:{chinese}|{value})(?![十百])"
        rf"|(?<![\u0621-\u064a])(?:ال)?{arabic}ة?(?! عشر)(?![\u0621-\u064a])",
        re.IGNORECASE,
    )


def _claimed(text: str) -> list[Figure]:
    """The figures to check: shares in words as percentages, the numbers inside of them not again."""
    shares = list(fractions(text))
    plain = [one for one in figures(text) if not any(a.start <= one.start < a.end for a, _ in shares)]
    return sorted([*plain, *(one for one, counted in shares if counted)], key=lambda one: one.start)


def _places(figure: Figure, unit: Unit, evidence: Evidence) -> list[Place]:
    hedged = hedge(unit.text, figure)
    mine = measures.measure(unit.text, figure)
    sized = bool(mine[0]) or "°" in unit.text or "degree" in unit.text
    return (
        [
            place_of(other, there)
            for there in evidence.units
            for other in there.figures
            if (
                agrees(figure, other, hedged)
                and not measures.other_unit(figure, unit.text, other, there.text)
            )
            or (sized and measures.converted(figure, unit.text, other, there.text, hedged=hedged))
            or (bool(mine[0]) and _leans(figure, mine, other, there))
        ]
        + [
            place_of(other, there)
            for there in evidence.units
            if figure.kind == "%"
            for other in there.shares
            if abs(other.value - figure.value) <= (2.0 if hedged else 0.5)
        ]
        + [
            Place(there, there.at(start), there.at(start) + 1)
            for there in evidence.units
            if mine[0] == "time" and figure.value > 1
            for start, seconds in measures.spoken(there.text)
            if abs(figure.value * mine[1] - seconds) <= 0.02 * seconds
        ]
    )


def _leans(figure: Figure, mine: tuple[str, float], other: Figure, there: Unit) -> bool:
    """Whether one that takes its unit from a neighbour is the same: "longer than 60 metres: the radar suggests 85"."""
    if measures.measure(there.text, other)[0] or other.kind:
        return False
    value = figure.value * mine[1]
    return any(
        one.start == other.start and one.kind == mine[0] and abs(one.value - value) <= 0.02 * value
        for one in amounts(there)
    )


def place_of(figure: Figure, unit: Unit) -> Place:
    """Where a figure stands in its sentence."""
    at = unit.at(figure.start)
    return Place(unit, at, max(at + 1, unit.at(figure.end)))


def _spans(figure: Figure, unit: Unit, evidence: Evidence, near: Sequence[Unit]) -> bool:
    """Whether it is the time between two days that the sources speak of."""
    kind, size = measures.measure(unit.text, figure)
    if kind != "time" or not _DURATION.search(unit.text):
        return False
    if 27 * 86400 < size < 32 * 86400 and int(figure.value) in dates.months_apart(near):
        return True
    own = dates.ahead(unit.text, evidence)
    gaps = dates.gaps(near, evidence) | evidence.note(dates.between) | own
    lasts = 1 if _LASTS.search(unit.text) else 0  # from the 9th to the 19th are eleven days
    days = figure.value * size / 86400
    many = sum(days / 2 <= one <= 2 * days for one in gaps)
    if lasts or many > MOST_GAPS * max(6.0, 1.5 * days):
        # a week of reports has any number of days in it
        gaps = own.union(*(dates.gaps([one], evidence, written=bool(lasts)) for one in near))
    if any(
        abs(gap * 86400 - figure.value * size) <= 0.5 * size for gap in gaps | {one + lasts for one in gaps}
    ):
        return True
    return size >= 86400 and dates.apart(round(figure.value * size / 86400), evidence)


MOST_GAPS = 0.5
"""Share of the numbers of its size from which on the days between any two dates prove nothing."""


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


def _possible(figure: Figure, evidence: Evidence, near: Sequence[Unit]) -> bool:
    """Whether some reckoning could give it: then it is a doubt. Small numbers from the evidence alone."""
    if figure.value <= LISTED and not figure.kind:
        return True
    if measures.possible(figure, [one for there in near for one in there.figures]):
        return True
    if figure.value < WIDE and figure.kind != "%":
        return False
    return measures.possible(figure, evidence.figures)


def _company(
    figure: Figure, unit: Unit, evidence: Evidence, own: Sequence[Place]
) -> tuple[list[Finding], float]:
    here = place_of(figure, unit)
    around = [one for one in contexts.company(unit, here.at, here.until, evidence) if one[0][0] != "#"]
    taken = {(place.unit.source, place.unit.number, place.at) for place in own}
    others = [
        place
        for place in evidence.note(_by_kind).get(figure.kind, ())
        if (place.unit.source, place.unit.number, place.at) not in taken
    ]
    odd = contexts.oddness(around, own, others, evidence)
    if odd > MARGIN:
        return [Finding(kind="number-context", span=figure.surface, hard=False)], odd
    return _superseded(figure, unit, evidence, (own, others), around), odd


def _by_kind(evidence: Evidence) -> dict[str, list[Place]]:
    """Where the figures of each kind stand."""
    found: dict[str, list[Place]] = {}
    for there in evidence.units:
        for one in there.figures:
            found.setdefault(one.kind, []).append(place_of(one, there))
    return found


def _superseded(
    figure: Figure,
    unit: Unit,
    evidence: Evidence,
    places: tuple[Sequence[Place], Sequence[Place]],
    around: contexts.Company,
) -> list[Finding]:
    """A figure that a later report replaced: the same thing, counted among the same words."""
    own, others = places
    if figure.kind == "%" or len(around) < 3 or _THEN.search(unit.text):
        return []
    here = place_of(figure, unit)
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
