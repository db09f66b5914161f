"""Shares in words as percentages: "two thirds", "nine in ten", 一半, 三分之二, "نصف"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.domain.summaries.figures import Figure, figures

_PARTS = {
    "third": 3,
    "quarter": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
PARTED = (
    "mile|kilomet(?:er|re)|met(?:er|re)|foot|inch|tonne|ton|pound|kilo|hectare|acre|lit(?:er|re)|day|week|month|year|century|"
    "hour|minute|hundred|thousand|million|billion|trillion|dozen|percent|per cent|point|percentage point"
)
"""What "three quarters of a" divides: that is an amount, no share."""
_COUNT = "one|two|three|four|five|six|seven|eight|nine"
_PART = re.compile(
    rf"\b(?P<count>an?|{_COUNT})[ -](?P<part>{'|'.join(_PARTS)})s?\b(?!\s+(?:day|week|month|year|time)s?\b| of an? (?:{PARTED})\b)",
    re.IGNORECASE,
)
_IN = re.compile(
    rf"\b(?P<count>{_COUNT}|\d\d?) (?:in|out of)(?: every)? (?P<whole>ten|{_COUNT}|\d\d?|100|a hundred)\b"
    r"(?! (?:days|weeks|months|years|hours|minutes)\b)",
    re.IGNORECASE,
)
_HALF = re.compile(
    rf"\bhalf\b(?! an? (?:{PARTED})\b)|一半|半数|半數|(?<![\u0621-\u064aو])(?:ال|ب)?نصف(?![\u0621-\u064a])",
    re.IGNORECASE,
)
_TENTHS = re.compile(
    r"(?P<tens>[一二三四五六七八九])成(?P<ones>[一二三四五六七八九半])?(?!为|為|立|功|员|員|本|年|果|都|长|長)"
)
_HAN = re.compile(r"(?P<whole>[二三四五六七八九十]|\d\d?)分之(?P<count>[一二两三四五六七八九]|\d)")
_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_ARABIC = (
    (re.compile(r"(?<![\u0621-\u064a])ثلاثة أرباع(?![\u0621-\u064a])"), 75.0),
    (re.compile(r"(?<![\u0621-\u064a])(?:ال)?ثلث[يا](?:ن)?(?![\u0621-\u064a])"), 200 / 3),
    (re.compile(r"(?<![\u0621-\u064a])(?:ال)?ثلث(?![\u0621-\u064a])"), 100 / 3),
    (re.compile(r"(?<![\u0621-\u064a])(?:ال)?ربع(?![\u0621-\u064a])"), 25.0),
    (
        re.compile(r"(?:بنحو|نحو|حوالي|بنسبة|بمقدار|إلى|من) (?:ال)?خمس(?=$|[ ،.]*$| منذ| هذا| في| عن| ال)"),
        20.0,
    ),
)


@lru_cache(maxsize=8192)
def fractions(text: str) -> tuple[tuple[Figure, bool], ...]:
    """Each share as a percentage, and whether it has a number of its own ("half", "a third" have none)."""
    return tuple(_fractions(text))


def _fractions(text: str) -> Iterator[tuple[Figure, bool]]:
    for match in _PART.finditer(text):
        count = _number(match["count"])
        yield (
            _percent(match, 100 * count / _PARTS[match["part"].lower()]),
            match["count"].lower()
            not in {
                "a",
                "an",
            },
        )
    for match in _IN.finditer(text):
        count, whole = _number(match["count"]), _number(match["whole"])
        if 0 < count < whole:
            yield _percent(match, 100 * count / whole), True
    for match in _HAN.finditer(text):
        whole, count = (
            int(one) if one.isdecimal() else _DIGIT[one] for one in (match["whole"], match["count"])
        )
        yield _percent(match, 100 * count / whole if whole else 0.0), True
    for match in _TENTHS.finditer(text):
        ones = 5 if match["ones"] == "半" else _DIGIT.get(match["ones"] or "", 0)
        yield _percent(match, 10.0 * _DIGIT[match["tens"]] + ones), True
    for match in _HALF.finditer(text):
        yield _percent(match, 50.0), False
    for pattern, share in _ARABIC:
        for match in pattern.finditer(text):
            yield _percent(match, share), False


def _number(word: str) -> float:
    if word.isdecimal():
        return float(word)
    known = {"a": 1.0, "an": 1.0, "one": 1.0, "a hundred": 100.0}
    found = figures(word)
    return known.get(word.lower(), found[0].value if found else 0.0)


def _percent(match: re.Match[str], value: float) -> Figure:
    return Figure(value=round(value, 2), kind="%", surface=match[0], start=match.start(), end=match.end())
