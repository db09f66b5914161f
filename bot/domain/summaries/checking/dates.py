"""Days, months and years: as written, and as "yesterday" or "on Monday" mean them at a source's dateline."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from bot.domain.summaries.checking import durations
from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.domain.summaries.lexicon import DAYS, MONTHS, WEEKDAY
from bot.types import Finding

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_ENGLISH = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b|(?P<month2>{_MONTH})\.? "
    rf"(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[.,]\d))",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"(?<!\d)(?P<month>1[0-2]|[1-9])\s?月\s?(?P<day>[12]\d|3[01]|[1-9])\s?[日号號]")
_HAN_MONTH = re.compile(
    r"(?<![一二三四五六七八九十百千万萬个個])(十[一二]?|[一二三四五六七八九])(?=月(?:份|底|初|中|末|[一二三四五六七八九十]{1,3}[日号號]|[，。、,;；起前后後以到至才就]|$))"
)
_SUN = re.compile("[日號号]")
_HAN_ALONE = re.compile(
    r"(?<![月个個第期十百千万萬零〇一二三四五六七八九两兩])([二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
    r"(?=[日號号](?:深夜|凌晨|清晨|早[上晨]|上午|中午|下午|傍晚|晚|夜|宣布|公布|[发發]布|表示|[说說]|在))"
)
"""四日深夜: a day without its month; 四日 alone may be four days."""
_HAN_DAY = re.compile(r"(?<=月)([一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[日号號])")
_CHINESE_MONTH = re.compile(r"(?<!\d)(?P<month>1[0-2]|[1-9])\s?月(?!\s?\d)")
_CHINESE_DAY = re.compile(r"(?<![\d月])(?<!月 )(?P<day>[12]\d|3[01]|[1-9])\s?[日号號](?!\w*月)")
_ORDINALS = {
    name: at
    for at, name in enumerate(
        ["الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع", "العاشر"],
        start=1,
    )
} | {"الحادي": 1}
_ARABIC_DAY = re.compile(
    rf"(?<![\u0621-\u064a])[وفبل]?(?P<ones>{'|'.join(_ORDINALS)})?(?P<tens> عشر| ?و?العشري?و?ن| ?و?الثلاثي?و?ن)?"
    rf" من (?:شهر )?(?P<month>{_MONTH})(?![\u0621-\u064a])"
)
"""الحادي عشر من نيسان, الثاني والعشرين من شباط."""
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")
_RELATIVE = (
    (
        re.compile(
            r"\btoday\b|\bthis (?:morning|evening|afternoon)\b|\btonight\b|今[天日早晚]|اليوم", re.IGNORECASE
        ),
        0,
    ),
    (re.compile(r"\byesterday\b|\blast night\b|\bovernight\b|昨[天日晚]|أمس", re.IGNORECASE), -1),
    (re.compile(r"\btomorrow\b|明[天日]|غدا", re.IGNORECASE), 1),
    (re.compile(r"前天|أول من أمس", re.IGNORECASE), -2),
)
_YEARS = (
    (re.compile(r"\bthis year\b|今年|هذا العام|العام الجاري", re.IGNORECASE), 0),
    (
        re.compile(
            r"\blast year\b|\ba year (?:ago|earlier)\b|\byear-on-year\b|去年|العام الماضي", re.IGNORECASE
        ),
        -1,
    ),
    (re.compile(r"\bnext year\b|明年|العام المقبل", re.IGNORECASE), 1),
)
_AGO = re.compile(r"\b(\w+) years? (?:ago|earlier)\b", re.IGNORECASE)
_SMALL = {
    word: at
    for at, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
    )
}
_MAY = re.compile(r"\bMay \d|\d May\b|\b(?:in|of|since|until|last|next|early|late|mid|this|by) May\b")


@dataclass(frozen=True, slots=True)
class Day:
    """What a text says of a date; ``bits`` are "day 0" (Monday), "month 3", "3-2"."""

    bits: str
    start: int
    end: int


_RANGE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: to | and | until |-)(?=\d{{1,2}}(?:st|nd|rd|th)?(?: of)? "
    rf"(?P<month>{_MONTH})\b)|(?<=\b)(?P<month2>{_MONTH}) \d{{1,2}}(?: to | and | until |-)"
    r"(?P<day2>\d{1,2})\b(?! [A-Z])",
    re.IGNORECASE,
)
"""The other end of "9 to 19 March", "March 9-19"."""
_END_OF = re.compile(rf"\b(?P<part>end of|late|mid|middle of)[ -](?P<month>{_MONTH})\b", re.IGNORECASE)
SOON = 10
"""Days within which a term's end is told by its weekday."""
_LONG = re.compile(r"\b(?P<count>\w+)[ -]days?\b(?! ago)", re.IGNORECASE)


def _in_digits(text: str) -> str:
    """三月五日 as 3月5日, padded with blanks so that every place stays."""

    def digits(match: re.Match[str]) -> str:
        tens, ten, ones = match[1].rpartition("十")
        value = (_HAN[tens] if tens else 1) * 10 + _HAN[ones or "零"] if ten else _HAN[ones]
        return str(value).rjust(len(match[1]))

    if "月" in text:
        text = _HAN_DAY.sub(digits, _HAN_MONTH.sub(digits, text))
    return _HAN_ALONE.sub(digits, text) if _SUN.search(text) else text


_HAN = {sign: at for at, sign in enumerate("零一二三四五六七八九")}


@lru_cache(maxsize=8192)
def days(text: str) -> tuple[Day, ...]:
    """All dates as they are written."""
    return tuple(_days(text))


def _days(text: str) -> Iterator[Day]:
    plain = _in_digits(text.translate(_ARABIC_DIGITS))
    taken: list[tuple[int, int]] = []
    for pattern in (_ENGLISH, _CHINESE):
        for match in pattern.finditer(plain):
            found = match.groupdict()
            month = found["month"] or found["month2"]
            day = found["day"] or found["day2"]
            at = int(month) if month.isdigit() else MONTHS[month.casefold()]
            if 1 <= int(day) <= 31:
                taken.append(match.span())
                yield Day(f"{at}-{int(day)}", *match.span())
    for match in _ARABIC_DAY.finditer(plain):
        tens = (match["tens"] or "").strip()
        day = _ORDINALS.get(match["ones"] or "", 0)
        day += 10 if tens == "عشر" else 20 if "عشر" in tens else 30 if tens else 0
        if 1 <= day <= 31:
            taken.append(match.span())
            yield Day(f"{MONTHS[match['month']]}-{day}", *match.span())
    yield from _loose(plain, taken)


_WORD = re.compile(r"[^\W\d_]+")


def _loose(text: str, taken: list[tuple[int, int]]) -> Iterator[Day]:
    def free(match: re.Match[str]) -> bool:
        return not any(a <= match.start() < b for a, b in taken)

    for match in _WORD.finditer(text):
        word, folded = match[0], match[0].casefold()
        if folded in DAYS:
            yield Day(DAYS[folded], *match.span())
        # "may", "march" are words too: only with a capital they are months.
        elif (
            folded in MONTHS
            and free(match)
            and (not word.isascii() or word[0].isupper())
            and (folded != "may" or _MAY.search(text))
        ):
            yield Day(f"month {MONTHS[folded]}", *match.span())
    for match in WEEKDAY.finditer(text):
        yield Day(f"day {'一二三四五六日'.find(match[1].replace('天', '日'))}", *match.span())
    for match in filter(free, _CHINESE_MONTH.finditer(text)):
        yield Day(f"month {match['month']}", *match.span())
    for match in filter(free, _CHINESE_DAY.finditer(text)):
        yield Day(f"date {match['day']}", *match.span())


@lru_cache(maxsize=8192)
def exact(text: str, at: datetime) -> frozenset[date]:
    """The days that a text published at this time speaks of."""
    return frozenset(_exact(text, at))


def _exact(text: str, at: datetime) -> set[date]:
    found = set[date]()
    for one in days(text):
        if one.bits.startswith("day "):
            back = (at.weekday() - int(one.bits[4:])) % 7
            found |= {at.date() - timedelta(days=back), at.date() + timedelta(days=(7 - back) % 7)}
        elif "-" in one.bits:
            found |= set(_nearest(one.bits, at))
        elif one.bits.startswith("date "):
            found |= set(_of_month(int(one.bits[5:]), at))
    for match in _RANGE.finditer(text):
        month = MONTHS[(match["month"] or match["month2"]).casefold()]
        day = int(match["day"] or match["day2"])
        found |= set(_nearest(f"{month}-{day}", at))
    found |= {at.date() + timedelta(days=step) for pattern, step in _RELATIVE if pattern.search(text)}
    return found


def terms_end(text: str, at: datetime) -> set[date]:
    """The days on which "within two weeks" or "a month ago" would fall, reckoned from publication."""
    return {
        at.date() + timedelta(days=count * way)
        for stretch in durations.durations(text)
        for count in stretch
        for way in (-1, 1)
    }


def moved(text: str, at: datetime) -> set[date]:
    """The days that lie so far from a day it names as it says: "26 March, a week later than intended"."""
    stretches = list(durations.shifts(text))
    if not stretches:
        return set()
    return {
        one + timedelta(days=count * way)
        for one in exact(text, at)
        for stretch in stretches
        for count in stretch
        for way in (-1, 1)
    }


@lru_cache(maxsize=8192)
def meant(text: str, at: datetime) -> frozenset[str]:
    """What a text published at this time says of dates, with all other ways to say the same day."""
    return frozenset(_meant_then(text, at))


def _meant_then(text: str, at: datetime) -> set[str]:
    found = {one.bits for one in days(text)}
    found |= {f"{one.month}-{one.day}" for one in terms_end(text, at) | moved(text, at)}
    found |= {f"month {one}" for one in durations.months(text)}
    for one in exact(text, at):
        found |= {f"day {one.weekday()}", f"month {one.month}", f"{one.month}-{one.day}", f"date {one.day}"}
    return found


def ends(text: str, at: datetime) -> set[str]:
    """The days on which what it tells of may end, for "until Thursday", "by mid-April", "by 31 May"."""
    found = set[str]()
    for one in terms_end(text, at):
        found |= {f"month {one.month}"} | (
            {f"day {one.weekday()}"} if abs((one - at.date()).days) < SOON else set()
        )
    for match in _LONG.finditer(text):  # who begins a strike of three days on Tuesday ends it on Thursday
        count = _SMALL.get(match["count"].casefold(), 0)
        days_ = {one + timedelta(days=count - 1) for one in exact(text, at) if 1 < count < SOON}
        found |= {f"day {one.weekday()}" for one in days_}
    for match in _END_OF.finditer(text):
        month = MONTHS[match["month"].casefold()]
        middle = match["part"].casefold().startswith("mi")
        found |= {f"{month}-{day}" for day in ((15,) if middle else (28, 29, 30, 31))}
    return found


def gaps(near: Sequence[Unit], evidence: Evidence, *, written: bool = False) -> frozenset[int]:
    """The days between any two days that these sentences speak of, unless ``written`` those of publication too."""
    found = set[date]()
    for one in near:
        at = evidence.published[one.source]
        found |= exact(one.text, at) | (set() if written else {at.date()})
    return frozenset(abs((a - b).days) for a in found for b in found if a != b)


def months_apart(near: Sequence[Unit]) -> frozenset[int]:
    """The months between two months that one sentence names: what was due in February and comes in June."""
    found = set[int]()
    for one in near:
        named = [
            int(day.bits.split("-")[0].removeprefix("month "))
            for day in days(one.text)
            if day.bits[0] in "m123456789"
        ]
        found |= {(b - a) % 12 for a, b in itertools.permutations(named, 2)}
    return frozenset(found - {0})


def ahead(text: str, evidence: Evidence) -> frozenset[int]:
    """The days from any publication to the days of a month that the sentence names, up to a year away."""
    given = [tuple(map(int, one.bits.split("-"))) for one in days(text) if "-" in one.bits]
    out = {at.date() for at in evidence.published.values()}
    return frozenset(
        abs((there - at).days)
        for at in out
        for month, day in given
        for year in (at.year - 1, at.year, at.year + 1)
        for there in _on(year, f"{month}-{day}")
        if 0 < abs((there - at).days) < 366
    )


def between(evidence: Evidence) -> frozenset[int]:
    """The days between the days on which the sources came out."""
    out = {at.date() for at in evidence.published.values()}
    return frozenset(abs((a - b).days) for a in out for b in out if a != b)


def told(evidence: Evidence) -> frozenset[date]:
    """The days on which the sources came out, and those that they name as a day of a month or of the week."""
    out = {at.date() for at in evidence.published.values()}
    return frozenset(out.union(*(exact(one.text, evidence.published[one.source]) for one in evidence.units)))


_LATER = re.compile(r"after\b|بعد", re.IGNORECASE)


def reckoned(unit: Unit, at: int, evidence: Evidence) -> bool:
    """Whether "two days after" at this character leads from a day that the sources name to one of the sentence."""
    stretches = list(durations.durations(unit.text[max(0, at - 24) : at], cued=False))
    way = -1 if _LATER.match(unit.text, at) else 1
    written = {bits for one in days(unit.text) if "-" in (bits := one.bits)}
    known = evidence.note(told)
    years_ = {one.year for one in evidence.published.values()}
    return any(
        day + timedelta(days=way * count) in known
        for bits in sorted(written)
        for year in sorted(years_)
        for day in _on(year, bits)
        for stretch in stretches
        for count in stretch
    )


COVERED = 0.35
"""Share of the numbers from half of a span to twice as much that lie between two days that the sources name."""


def apart(days_: int, evidence: Evidence) -> bool:
    """Whether two days that the sources name lie so far apart, and few other numbers of its size would fit."""
    all_of = sorted(evidence.note(told))
    found = {(b - a).days for a, b in itertools.combinations(all_of, 2)}
    near_by = sum(days_ / 2 <= one <= 2 * days_ for one in found)
    return days_ >= SOON and days_ in found and near_by <= COVERED * max(8.0, 1.5 * days_)


def _nearest(bits: str, at: datetime) -> Iterator[date]:
    for year in (at.year - 1, at.year, at.year + 1):
        yield from (one for one in _on(year, bits) if abs((one - at.date()).days) < 183)


def _of_month(day: int, at: datetime) -> Iterator[date]:
    """A day without its month, as papers in Chinese have it, is the nearest one, mostly."""
    near = [at.date() + timedelta(days=step) for step in range(-15, 16)]
    yield from (one for one in near if one.day == day)


def _on(year: int, bits: str) -> Iterator[date]:
    month, day = map(int, bits.split("-"))
    with contextlib.suppress(ValueError):  # 29 February
        yield date(year, month, day)


def years(text: str, at: datetime) -> set[int]:
    """The years that "last year" and the like mean."""
    found = {at.year + step for pattern, step in _YEARS if pattern.search(text)}
    for match in _AGO.finditer(text):
        count = int(match[1]) if match[1].isdigit() else _SMALL.get(match[1].casefold(), 0)
        found |= {at.year - count} if 0 < count < 200 else set()
    return found


def check(
    unit: Unit, evidence: Evidence, picked: Sequence[Unit] = ()
) -> tuple[list[Finding], list[tuple[int, int]]]:
    """Findings "date" (hard; a doubt where ``picked`` tell the same of another day), and the spans that are dates."""
    said = list(days(unit.text))
    spans = [(one.start, one.end) for one in said]
    found: list[Finding] = []
    if said:
        everywhere = evidence.note(_meant)
        found = [
            Finding(kind="date", span=unit.text[one.start : one.end])
            for one in said
            if one.bits not in everywhere and not _ended(one, unit.text, evidence)
        ]
        found += _instead(unit, said, evidence, picked) if not found else []
    found += _weekday(unit.text, said, evidence) + _year_beside(unit.text, said, evidence)
    told = {
        (match.start(), match.end()): int(match[0])
        for match in re.finditer(r"(?<![\d.,])(?:19|20)\d\d(?![\d%])", unit.text)
    }
    if told:
        known = {year for one in evidence.units for year in years(one.text, evidence.published[one.source])}
        written = any("-" in one.bits for one in said)
        known |= {at.year for at in evidence.published.values()} if written else set()
        spans += [span for span, year in told.items() if year in known]
    return found, spans


ALIKE = 0.5
"""Share of a sentence's weight from which on one of the evidence with another day between the same words is its original."""


def _instead(unit: Unit, said: Sequence[Day], evidence: Evidence, picked: Sequence[Unit]) -> list[Finding]:
    """A day, when a sentence of the evidence tells the same and has only another there."""
    total = sum(evidence.weight(sign) for sign in sorted(unit.signs))
    for there in picked:
        both = sum(evidence.weight(sign) for sign in sorted(unit.signs & there.signs))
        if both < ALIKE * total:
            continue
        theirs = list(days(there.text))
        same = meant(there.text, evidence.published[there.source]) | {one.bits for one in theirs}
        for one in said:
            if one.bits not in same and any(
                _grain(one) == _grain(other)
                and unit.between(one.start, one.end) == there.between(other.start, other.end)
                for other in theirs
            ):
                return [Finding(kind="date", span=unit.text[one.start : one.end], hard=False)]
    return []


def _grain(day: Day) -> str:
    return day.bits.split()[0] if " " in day.bits else "day of a month"


_UNTIL = re.compile(
    r"\b(?:before|until|till|through|by|to)\s(?:mid-|early |late |the (?:beginning|start|middle|end) of )?$",
    re.IGNORECASE,
)


def _ended(one: Day, text: str, evidence: Evidence) -> bool:
    """Whether it says until when, and something of the sources may end then; "before April" of the end of March."""
    if not _UNTIL.search(text[max(0, one.start - 24) : one.start]):
        return False
    if one.bits in evidence.note(_ends):
        return True
    # "before April" of the end of March; who says "by April" or "before the middle of April" names April
    bare = re.search(r"\bbefore\s$", text[max(0, one.start - 24) : one.start], re.IGNORECASE)
    return (
        bare is not None
        and one.bits.startswith("month ")
        and f"month {(int(one.bits[6:]) - 2) % 12 + 1}" in evidence.note(_meant)
    )


def _ends(evidence: Evidence) -> frozenset[str]:
    return frozenset().union(*(ends(one.text, evidence.published[one.source]) for one in evidence.units))


def _weekday(text: str, said: list[Day], evidence: Evidence) -> list[Finding]:
    """A day of the week that the date beside it does not fall on in the year of any source."""
    found = []
    for day, other in itertools.permutations(said, 2):
        between = text[min(day.end, other.end) : max(day.start, other.start)]
        if (
            not day.bits.startswith("day ")
            or "-" not in other.bits
            or not re.fullmatch(r",? (?:the )?|\s?[（(，]", between)
        ):
            continue
        falls = {one.weekday() for at in evidence.published.values() for one in _nearest(other.bits, at)}
        if year := re.match(r",? (?P<year>(?:19|20)\d\d)\b", text[max(day.end, other.end) :]):
            falls = {one.weekday() for one in _on(int(year["year"]), other.bits)}
        together = text[min(day.start, other.start) : max(day.end, other.end)]
        if falls and int(day.bits[4:]) not in falls and not any(together in one for one in evidence.plain):
            found.append(Finding(kind="date", span=text[day.start : day.end]))
    return found


_BESIDE = re.compile(r",? (?P<year>(?:19|20)\d\d)\b")
_AHEAD = re.compile(r"(?P<year>(?:19|20)\d\d)年\s?$")


def _dated_years(text: str, said: list[Day]) -> Iterator[tuple[Day, int]]:
    """The days that have their year beside them."""
    for one in said:
        match = _BESIDE.match(text[one.end :]) or _AHEAD.search(text[max(0, one.start - 8) : one.start])
        if match and "-" in one.bits:
            yield one, int(match["year"])


def _year_beside(text: str, said: list[Day], evidence: Evidence) -> list[Finding]:
    """A date with its year, when the sources have this date with other years alone."""
    mine = list(_dated_years(text, said))
    if not mine:
        return []
    known = evidence.note(_with_years)
    return [
        Finding(kind="date", span=f"{text[one.start : one.end]} {year}")
        for one, year in mine
        if known.get(one.bits) and year not in known[one.bits]
    ]


def _with_years(evidence: Evidence) -> dict[str, frozenset[int]]:
    """The years of each day of a month: written beside it, else the nearest ones to the publication."""
    found: dict[str, set[int]] = {}
    for unit in evidence.units:
        said = list(days(unit.text))
        written = {one.start: year for one, year in _dated_years(unit.text, said)}
        at = evidence.published[unit.source]
        for one in said:
            if one.start in written:
                found.setdefault(one.bits, set()).add(written[one.start])
            elif "-" in one.bits:
                found.setdefault(one.bits, set()).update(x.year for x in _nearest(one.bits, at))
    return {bits: frozenset(years_) for bits, years_ in found.items()}


def _meant(evidence: Evidence) -> frozenset[str]:
    return frozenset().union(*(meant(one.text, evidence.published[one.source]) for one in evidence.units))
