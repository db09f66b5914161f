"""Figures with what they count: what may be added up and compared."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.domain import terms
from bot.domain.summaries.checking import measures
from bot.domain.summaries.checking.reading import Unit
from bot.domain.summaries.checking.stems import concept
from bot.domain.summaries.figures import Figure, is_year
from bot.domain.summaries.lexicon import MONTHS

PEOPLE = frozenset(
    concept(word)
    for word in [
        "people",
        "dead",
        "injured",
        "missing",
        "child",
        "soldier",
        "worker",
        "passenger",
        "member",
        "resident",
        "victim",
        "official",
        "student",
        "civilian",
        "refugee",
        "police",
        "protester",
        "woman",
        "man",
        "survivor",
        "patient",
        "doctor",
        "miner",
        "prisoner",
        "detainee",
        "hostage",
        "family",
        "displaced",
        "adult",
        "boy",
        "girl",
        "crew",
        "teacher",
        "sailor",
        "person",
        "citizen",
        "migrant",
        "fighter",
        "engineer",
        "nurse",
        "driver",
        *(
            "judge",
            "lawyer",
            "guest",
            "tourist",
            "visitor",
            "farmer",
            "fisherman",
            "journalist",
            "player",
            "villager",
        ),
        *(
            "politician",
            "lawmaker",
            "manager",
            "suspect",
            "accomplice",
            "defendant",
            "inmate",
            "pilgrim",
            "customer",
        ),
        *(
            "voter",
            "applicant",
            "climber",
            "guard",
            "baby",
            "teenager",
            "neighbour",
            "owner",
            "volunteer",
            "tenant",
        ),
    ]
)
"""Signs of people: the killed and the injured add up."""
DEEDS = frozenset(concept(word) for word in ("killing", "injuring", "wounding", "arresting", "detaining"))
"""What is told of people before their number: "injuring 61"."""
_SKIPPED = frozenset(
    [
        "of",
        "the",
        "these",
        "those",
        "its",
        "their",
        "his",
        "her",
        "all",
        "more",
        "fewer",
        "less",
        "extra",
        "additional",
        "further",
        "other",
        "others",
        "new",
    ]
)
"""What may stand between a figure and what it counts: seven of the 54 cylinders."""


_CONJUNCTIONS = frozenset(
    ["because", "although", "though", "since", "unless", "whereas", "despite", "until", "within"]
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure with what it counts: ``what`` are the signs of the words after it, empty where none follow."""

    value: float
    kind: str  # "%", "$", a kind of measure, or ""
    what: frozenset[str]
    unit: Unit
    start: int
    end: int


@lru_cache(maxsize=4096)
def amounts(unit: Unit) -> tuple[Amount, ...]:
    """The figures of a sentence but for years, its shares in words among them.

    One without a unit of its own takes that of its neighbour: "from 340,000 tons to 304,000", "9,000 to 6,500 pounds".
    """
    given = sorted(
        (one for one in unit.figures if not is_year(one) and not _dated(one, unit.text)),
        key=lambda one: one.start,
    )
    found: list[Amount] = []
    for at, one in enumerate(given):
        mine = amount(one, unit)
        between = unit.text[given[at - 1].end : one.start] if at else ""
        if at and not mine.kind and not mine.what and found[at - 1].kind == "%" and _FROM.search(between):
            mine = replace(mine, kind="%")  # "to 88 per cent from 79 on Thursday"
        elif (
            not mine.kind
            and at
            and found[at - 1].kind not in {"time", "years", "%"}
            and _INSTEAD.search(between)
        ):
            mine = _like(one, found[at - 1], given[at - 1])  # "500 pupils, up from 350 now"
        elif at and not mine.kind and found[at - 1].kind == "" and _OUT_OF.search(between):
            mine = replace(mine, what=mine.what | found[at - 1].what)  # 17 deputies of 138
        elif not mine.kind and not mine.what:
            after = given[at + 1] if at + 1 < len(given) else None
            if after and _LEANS.fullmatch(unit.text[one.end : after.start]):
                mine = _like(one, amount(after, unit), after)
            else:
                before = [
                    x for x in zip(given, found, strict=False) if x[1].kind not in {"time", "years", "%"}
                ]
                reach = 2 * BACK if before and before[-1][1].kind else BACK  # "210 cubic metres … of the 500"
                if before and one.start - before[-1][0].end < reach:
                    mine = _like(one, before[-1][1], before[-1][0])
        found.append(mine)
    found += [amount(one, unit) for one in unit.shares]
    return tuple(one for one in found if one.value > 0)


_INSTEAD = re.compile(
    r"^[^.;]{0,40}?\b(?:up from|down from|compared with|compared to|instead of|against|as against)\s[$€£]?$"
    r"|^[^.]{0,50}(?:بدلا من|بدل|مقابل) ?$|^[^。，]{0,14}(?:而不是|高于|低于|此前的|原来的) ?$",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    r"^[^.,،;]{0,24}?(?:\bout of|\bof|من أصل|من بين)(?: the| a total of| all| its)? $", re.IGNORECASE
)
_FROM = re.compile(r"^[^.;]{0,40}?\b(?:from|against|compared with|compared to|and) $", re.IGNORECASE)
BACK = 70
"""Characters back to the figure whose unit one without takes: "39 intercepts over the past year, compared with 58"."""
_MONTH = "|".join(sorted((name for name in MONTHS if len(name) > 2), key=len, reverse=True))
_DATED = re.compile(rf"\s?(?:(?:{_MONTH})\b|[月日号號]|:\d\d|[ap]\.?m\b)", re.IGNORECASE)
_DATING = re.compile(rf"(?:\b(?:{_MONTH})\.? |\d:)$", re.IGNORECASE)


def _dated(one: Figure, text: str) -> bool:
    """Whether it belongs to a date or a time of day."""
    return bool(_DATED.match(text[one.end :]) or _DATING.search(text[max(0, one.start - 14) : one.start]))


_LEANS = re.compile(r"\s?(?:of the|out of|of|to|and|or|-|till|until|至|到)\s?[$€£¥]?", re.IGNORECASE)


def _like(figure: Figure, other: Amount, of: Figure) -> Amount:
    if other.kind == "%":
        return Amount(figure.value, "", frozenset(), other.unit, figure.start, figure.end)
    size = other.value / of.value if of.value and other.kind else 1.0
    return Amount(figure.value * size, other.kind, other.what, other.unit, figure.start, figure.end)


def amount(figure: Figure, unit: Unit) -> Amount:
    """A figure with what it counts; measures in metres, kilograms, seconds."""
    if not figure.kind and _BASIS.match(unit.text, figure.end):
        return Amount(figure.value / 100, "%", frozenset(), unit, figure.start, figure.end)
    kind, size = ("", 0.0) if figure.kind else measures.measure(unit.text, figure)
    if kind == "time" and size > 86400 * 40:
        kind, size = "years", 1.0 if size > 3e7 else 1 / 12
    value = figure.value * (size if kind else 1.0)
    return Amount(value, figure.kind or kind, _what(figure, unit), unit, figure.start, figure.end)


_RATED = re.compile(r"\s(?:a|per|each|every) (?:day|week|month|year|hour)\b", re.IGNORECASE)
_ONE = re.compile(
    r"\bone (?=[a-z])|一(?=[名人位口个個])|(?<![\u0621-\u064a])(?:واحد|واحدة)(?![\u0621-\u064a])",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def singles(unit: Unit) -> tuple[Amount, ...]:
    """Where it says "one", which is no figure elsewhere: four American boats and one British."""
    return tuple(
        amount(Figure(value=1.0, kind="", surface=match[0], start=match.start(), end=match.end()), unit)
        for match in _ONE.finditer(unit.text)
    )


_BASIS = re.compile(r"\s?(?:basis points?|个?基点|個?基點|نقطة أساس|نقاط أساس)", re.IGNORECASE)
_PERSONS = dict.fromkeys("名人位口", "人")
"""Measure words of people: 273名工人, 47人."""


def _what(figure: Figure, unit: Unit) -> frozenset[str]:
    after = unit.text[figure.end : figure.end + 2].strip()
    if after and "\u3400" <= after[0] <= "\u9fff":
        return frozenset(_PERSONS.get(after[0], terms.simplified(after[0])))
    at = unit.at(figure.end)
    clause = unit.words[at - 1].clause if 0 < at <= len(unit.words) else 0
    signs: list[str] = []
    for word in unit.words[at : at + 6]:
        if word.clause != clause or len(signs) == 2:
            break
        if word.text in _SKIPPED:
            continue
        if word.light or word.text in _CONJUNCTIONS:
            break
        if word.sign[0] != "#":
            # broken plurals of Arabic change the long vowels inside
            sign = word.sign if word.sign.isascii() else re.sub("(?<=.)[اوي]", "", word.sign)
            signs.append(sign)
    if not signs and 0 < at <= len(unit.words):
        rated = _RATED.match(unit.text, figure.end)
        before = [
            one.sign for one in unit.words[:at] if one.start < figure.start and not (rated and one.light)
        ]
        signs = [one for one in before[-1:] if rated or one in DEEDS]  # "Flights, about 11 a day"
    return frozenset(signs)


def same(a: Amount, b: Amount, *, loose: bool = False) -> bool:
    """Whether two amounts may be added: of one kind, and counting the same.

    Across scripts nobody can tell; one that names nothing counts what its own sentence does, ``loose``: anything.
    """
    if a.kind != b.kind:
        return a.unit is b.unit and {a.kind, b.kind} == {"", "$"} and not (a.what and b.what)
    if a.kind or a.what & b.what or (a.what & PEOPLE and b.what & PEOPLE):
        return True
    if not (a.what and b.what):
        return loose or a.unit is b.unit or 0 in {a.unit.source, b.unit.source}
    return _latin(a.what) != _latin(b.what)


def _latin(what: frozenset[str]) -> bool:
    return min(what).isascii()
