"""Stretches of time in a text: how many days they may be, and the months that "the first quarter" covers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.summaries.checking import measures
from bot.domain.summaries.figures import figures

_DAYS = {"day": (1,), "week": (7,), "month": (28, 30, 31)}
_SIZES = {86400.0: "day", 604800.0: "week", 2629800.0: "month"}
_ONE = re.compile(
    r"\b(?:a|an|one) (?P<en>day|week|month)\b|(?<![\u0621-\u064a])(?P<ar>يوم|أسبوع|شهر)(?:ا|اً)?(?![\u0621-\u064a])"
    r"|一(?P<zh>天|周|週|个月|個月)",
    re.IGNORECASE,
)
_NAMES = {"يوم": "day", "أسبوع": "week", "شهر": "month", "天": "day", "周": "week", "週": "week", "个月": "month", "個月": "month"}  # fmt: skip
_AHEAD = re.compile(
    r"(?:\b(?:in|within|after|takes?|taking|needs?|needing|requires?|lasts?|lasting|for|of|until|has|have|had|given|gets?|next|last|past|coming|first)(?: (?:the|about|next|last|another|some|around|only|up to))?"
    r"|(?:خلال|بعد|قبل|منذ|لمدة|مدة|[يت]ستغرق|غضون|مهلة|أمام\S*)|需要?|为期|為期|历时|歷時|给予|限期)\s?$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"(?:天|周|週|星期|个月|個月)(?:之?[内內后後前]|以[内內后後前]|时间|時間|的?期限)"
    r"|\S+ (?:later|earlier|ago|before|after|sooner|ahead|from)\b|\S+ (?:من|قبل|بعد)\b",
    re.IGNORECASE,
)
_SHIFT = re.compile(
    r"\b(?:later|earlier|after|before|sooner|ahead)\b|\b(?:delay|postpon|put off|extend|brought forward)\w*|推[迟遲]|延[后後期长長]|提前|[后後前]"
    r"|تأجيل|أجل|تأخير|بعد|قبل|تمديد|تقديم",
    re.IGNORECASE,
)
LONG = 100
"""Counts from which on no day is reckoned."""


def durations(text: str, *, cued: bool = True) -> Iterator[tuple[int, ...]]:
    """The days that each stretch of time may last: a month 28, 30 or 31. ``cued``: only with a word of when beside it."""
    for one in figures(text):
        kind, size = measures.measure(text, one)
        name = _SIZES.get(size) if kind == "time" else None
        if name is None or not 0 < one.value < LONG or not one.value.is_integer():
            continue
        if not cued or _cued(text, one.start, one.end):
            yield tuple(int(one.value) * days for days in _DAYS[name])
    for match in _ONE.finditer(text):
        if not cued or _cued(text, match.start(), match.start()) or _BEHIND.match(text[match.start("zh") :]):
            name = (match["en"] or "").lower() or _NAMES[match["ar"] or match["zh"]]
            yield _DAYS[name]


def _cued(text: str, start: int, end: int) -> bool:
    return bool(
        _AHEAD.search(text[max(0, start - 24) : start])
        or _BEHIND.match(text[end:].lstrip(" -").lstrip("个個"))
    )


def shifts(text: str) -> Iterator[tuple[int, ...]]:
    """The stretches by which something is told to be moved or to lie apart."""
    if _SHIFT.search(text):
        yield from durations(text, cued=False)


_COUNTS = {word: at for at, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], start=1)} | {
    sign: at for at, sign in enumerate("一二三四五六七八九", start=1)
} | {"两": 2, "兩": 2, "شهرين": 2, "first": 1, "second": 2, "third": 3, "fourth": 4, "الأول": 1, "الثاني": 2, "الثالث": 3, "الرابع": 4}  # fmt: skip
_FIRST = re.compile(
    r"\bfirst (?P<en>two|three|four|five|six|seven|eight|nine) months\b|[首前](?P<zh>[两兩二三四五六七八九])[个個]月|أول (?P<ar>شهرين)",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    r"\b(?P<en>first|second|third|fourth) quarter\b|第?(?P<zh>[一二三四])季|الربع (?P<ar>الأول|الثاني|الثالث|الرابع)",
    re.IGNORECASE,
)


def months(text: str) -> Iterator[int]:
    """The months that "the first two months" and "the third quarter" cover."""
    for match in _FIRST.finditer(text):
        yield from range(1, _count(match) + 1)
    for match in _QUARTER.finditer(text):
        yield from range(3 * _count(match) - 2, 3 * _count(match) + 1)


def _count(match: re.Match[str]) -> int:
    return _COUNTS[(match["en"] or match["zh"] or match["ar"]).lower()]
