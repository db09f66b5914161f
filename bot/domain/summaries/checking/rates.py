"""Rates: so much for each, so much a month, what several get, and what a thing was before it moved."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from bot.domain.summaries.checking.amounts import Amount, amounts
from bot.domain.summaries.checking.cues import rests
from bot.domain.summaries.checking.reading import Evidence, Unit

EACH = re.compile(
    r"\b(?:each|per|apiece|average|every|a (?:day|week|month|year|head|house|piece)|daily|weekly|annual\w*)\b|每|平均|各|لكل|كل|متوسط",
    re.IGNORECASE,
)
_SPANS = (
    (
        re.compile(
            r"\b(?:a|per|each|every) (?:year|annum)\b|\b(?:yearly|annual\w*)\b|每年|年产|年產|سنوي|في السنة|في العام",
            re.IGNORECASE,
        ),
        "year",
    ),
    (
        re.compile(r"\b(?:a|per|each|every) month\b|\bmonthly\b|每月|月产|月產|شهري|في الشهر", re.IGNORECASE),
        "month",
    ),
    (re.compile(r"\b(?:a|per|each|every) week\b|\bweekly\b|每周|每週|أسبوعي", re.IGNORECASE), "week"),
    (re.compile(r"\b(?:a|per|each|every) day\b|\bdaily\b|每天|每日|يومي|في اليوم", re.IGNORECASE), "day"),
    (
        re.compile(r"\b(?:a|per|each|every) quarter\b|\bquarterly\b|每季|في الربع|ربع سنوي", re.IGNORECASE),
        "quarter",
    ),
    (re.compile(r"\b(?:an|per|each|every) hour\b|\bhourly\b|每小[时時]|في الساعة", re.IGNORECASE), "hour"),
    (re.compile(r"\b(?:a|per|each|every) minute\b|每分[钟鐘]|في الدقيقة", re.IGNORECASE), "minute"),
    (re.compile(r"\b(?:a|per|each|every) second\b|每秒|في الثانية", re.IGNORECASE), "second"),
)
_PER = {
    ("month", "year"): (12.0,), ("week", "year"): (52.0,), ("day", "year"): (365.0,), ("day", "week"): (7.0,),
    ("day", "month"): (30.0,), ("week", "month"): (4.0,), ("year", "month"): (1 / 12,), ("year", "week"): (1 / 52,),
    ("month", "week"): (0.25,), ("month", "day"): (1 / 30,), ("year", "day"): (1 / 365,), ("week", "day"): (1 / 7,),
    ("quarter", "year"): (4.0,), ("year", "quarter"): (0.25,), ("month", "quarter"): (3.0,), ("quarter", "month"): (1 / 3,),
    ("hour", "day"): (24.0,), ("day", "hour"): (1 / 24,), ("minute", "hour"): (60.0,), ("hour", "minute"): (1 / 60,),
    ("second", "minute"): (60.0,), ("minute", "second"): (1 / 60,), ("second", "hour"): (3600.0,), ("second", "day"): (86400.0,),
    ("minute", "day"): (1440.0,), ("day", "second"): (1 / 86400,), ("hour", "second"): (1 / 3600,),
}  # fmt: skip


BIG = 60.0
"""Under it a product of two figures proves nothing."""


def rate_rules(
    claim: Amount, unit: Unit, evidence: Evidence, typed: Sequence[Amount], every: Sequence[Amount]
) -> Iterator[tuple[str, Iterable[float], float]]:
    """So much for each times how many there are; so much a month for a year; what "all but 500" leaves."""
    like = [one for one in typed if claim.kind or one.what & claim.what]
    rated = [one for one in like if EACH.search(one.unit.text)]
    counts = sorted({one.value for one in every if one.kind in {"", "years"} and 1 < one.value < 1000})
    if claim.kind == "$" or (claim.value >= BIG and claim.kind not in {"time", "length", "years"}):
        yield "rate", (one.value * by for one in rated for by in counts), 0.12
    if claim.kind in {"$", ""} and claim.value >= 1:
        yield "rate", _exchanged(evidence, every, claim), 0.15
    yield "lasting", _lasting(like, every), 0.2
    yield "period", (one.value * by for one in like for by in _periods(unit.text, one.unit.text)), 0.3
    yield (
        "left there",
        (abs(a.value - b.value) for b in like if rests(b.unit.text) for a in like if a.what & b.what),
        0.15,
    )
    if claim.kind:
        yield "eaches", (x for there in evidence.units for x in _eaches(there, claim)), 0.25
    if not claim.kind and claim.value.is_integer():
        yield (
            "one more",
            (one.value + 1 for one in every if _FELLOWS.match(one.unit.text[one.end :])),
            0.3,
        )


_EXCHANGE = re.compile(
    r"(?:pegged|exchange|official rate|traded|changed hands|buys|worth)[^.]*?(?P<en>\d+(?:\.\d+)?)[^.\d]{0,24}\b(?:to|for|per|against) (?:the|a|one) (?:us |u\.s\. )?(?:dollar|euro|pound)"
    r"|\b(?:a|one|the) (?:us )?(?:dollar|euro|pound) (?:cost|costs|bought|buys|was worth|is worth|fetched|fetches)[^.\d]{0,16}(?P<en2>\d+(?:\.\d+)?)"
    r"|1(?:美元|欧元)[^。\d]{0,6}(?P<zh>\d+(?:\.\d+)?)|(?P<ar>\d+(?:\.\d+)?)[^.\d]{0,20}(?:لل|مقابل ال)(?:دولار|يورو)",
    re.IGNORECASE,
)
_OR = re.compile(
    r"[^.;\d]{0,24}?(?:,? or(?: about| some| roughly| around)?|\((?:about|some|or)?|,? about|约合|折合|\(约?|أي(?: نحو| ما يعادل)?|ما يعادل)\s?(?:US)?\$?\s?",
    re.IGNORECASE,
)
"""Between a sum and the same in another currency: "96 million rufiyaa, or $6.2 million"."""


def _ratios(evidence: Evidence) -> tuple[float, ...]:
    """How many of one currency the sources reckon for one of another."""
    found = set[float]()
    for unit in evidence.units:
        found |= {
            float(match["en"] or match["en2"] or match["zh"] or match["ar"])
            for match in _EXCHANGE.finditer(unit.text)
        }
        own = sorted(amounts(unit), key=lambda one: one.start)
        for a, b in itertools.pairwise(own):
            if "$" in {a.kind, b.kind} <= {"$", ""} and _OR.fullmatch(unit.text[a.end : b.start]):
                found.add(max(a.value, b.value) / min(a.value, b.value))
    return tuple(sorted(one for one in found if one > 1.05))


def _exchanged(evidence: Evidence, every: Sequence[Amount], claim: Amount) -> Iterator[float]:
    """The sums of the sources in another currency, at a rate that the sources give."""
    for ratio in evidence.note(_ratios):
        for one in every:
            if one.kind == "$" or (claim.kind == "$" and not one.kind and one.value >= BIG):
                yield from (one.value * ratio, one.value / ratio)


_DAYS = {"day": 86400.0, "week": 7 * 86400.0}


def _lasting(like: Sequence[Amount], every: Sequence[Amount]) -> Iterator[float]:
    """What so much a day or a week comes to over the days or weeks that are named: nine days of 11 flights."""
    spans = sorted({one.value for one in every if one.kind == "time" and one.value >= 86400})
    for one in like:
        after = one.unit.text[one.end : one.end + 40]
        for pattern, name in _SPANS:
            if name in _DAYS and pattern.search(after):
                yield from (one.value * span / _DAYS[name] for span in spans if span > _DAYS[name])


_FELLOWS = re.compile(
    r"\s(?:\w+ )?(?:others?|accomplices|colleagues|companions|fellow\b|co-\w+|associates|more people)\b|名?(?:同|共)(?:伙|犯|谋|夥|謀)| آخرين",
    re.IGNORECASE,
)


def _periods(ours: str, theirs: str) -> Iterator[float]:
    mine = [name for pattern, name in _SPANS if pattern.search(ours)]
    for pattern, name in _SPANS:
        if pattern.search(theirs):
            yield from (by for one in mine for by in _PER.get((name, one), ()))


def _eaches(there: Unit, claim: Amount) -> Iterator[float]:
    """Sums of what several get: eleven years for one, six years each for two."""
    if not EACH.search(there.text):
        return
    own = sorted(amounts(there), key=lambda one: one.start)
    single = [one for one in own if one.kind == claim.kind]
    for before, one in itertools.pairwise(own):
        if (
            one.kind == claim.kind
            and not before.kind
            and 1 < before.value < 100
            and one.value != before.value
        ):
            many = one.value * before.value
            yield many
            yield from (many + other.value for other in single if other is not one)


_BY = re.compile(r"\bby (?:about |some |nearly |another |a further )?$", re.IGNORECASE)
_TO = re.compile(r"(?: \w+){0,2} to (?:about |some |nearly )?", re.IGNORECASE)


def moved(there: Unit, claim: Amount) -> Iterator[float]:
    """What it was before it "rose by $300 million to $2.1 billion"."""
    own = sorted((one for one in amounts(there) if one.kind == claim.kind), key=lambda one: one.start)
    for a, b in itertools.pairwise(own):
        if _BY.search(there.text[: a.start]) and _TO.fullmatch(there.text[a.end : b.start]):
            yield from (abs(b.value - a.value), b.value + a.value)
