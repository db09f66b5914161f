"""Times and days as people type them in English, Chinese and Arabic: "7:30pm", "早上7點半", "الاثنين ٨:٠٠".

What is not understood is None, never a guess: a digest at the wrong hour is worse than a question.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from babel import Locale

from bot.domain import schedules
from bot.domain.terms import normalize, simplified

LANGUAGES = ("en", "zh_Hant", "zh", "ar")
"""Locales whose names of days and places are understood, whatever the interface speaks."""
EVERY_DAY: tuple[int, ...] = ()
WEEKDAYS, WEEKEND = (0, 1, 2, 3, 4), (5, 6)


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split("|"))


# All words below are as ``plain`` leaves them: simplified characters, no hamza, ه for ة.
_MORNING = _words("早上|上午|早晨|清晨|凌晨|早|صباحا|صباح|الصبح|فجرا|ص|am|a.m.|a.m")
_AFTERNOON = _words(
    "下午|傍晚|晚上|晚间|夜里|夜晚|晚|午后|مساء|المساء|ليلا|ظهرا|عصرا|بعد الظهر|م|pm|p.m.|p.m"
)
_NOON = ("中午",)
_NOONS, _MIDNIGHTS = _words("noon|midday|中午|正午|الظهر|ظهرا"), _words("midnight|午夜|半夜|منتصف الليل")
_WHOLE = dict.fromkeys(_NOONS, time(12)) | dict.fromkeys(_MIDNIGHTS, time(0))
_HOURS = _words(
    "الواحده|الثانيه|الثالثه|الرابعه|الخامسه|السادسه|السابعه|الثامنه|التاسعه|العاشره|الحاديه عشره|"
    "الثانيه عشره"
)
_PARTS = {"والنصف": 30, "ونصف": 30, "والربع": 15, "وربع": 15, "والثلث": 20, "وثلث": 20}
_LESS = {"الا ربعا": 15, "الا ربع": 15, "الا ثلثا": 20, "الا ثلث": 20}
_NUMERALS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_PERIODS = _any((*_MORNING, *_AFTERNOON, *_NOON))
_CLOCK = re.compile(
    rf"(?:at |@|الساعه |على )?\s*(?P<before>{_PERIODS})?\s*"
    r"(?:(?P<hour>\d{1,2})(?:\s*[:.h]\s*(?P<minute>\d{2})|\s*[点时]\s*(?P<spoken>半|[一三]刻|\d{1,2}分?|整|钟)?"
    r"|\s*h)?|(?P<digits>\d{3,4}))"
    rf"\s*(?:o'?clock)?\s*(?P<after>{_PERIODS})?"
)
_ISOLATED = re.compile(
    r"(?<![\d:.+\-])\d{1,2}\s*[:.h点时]\s*(?:半|[一三]刻|\d{1,2}分?)?|(?<![\d+\-])\d{3,4}(?!\d)"
)
_SPLIT = re.compile(r"[,،、;/&+\n]|\band\b|\bوال?(?=\d)|(?<!\S)و(?!\S)|和|及|以及")
_UNITS = {1: "h|hour|hours|小时|ساعه|ساعات", 24: "d|day|days|天|日|يوما|يوم|ايام"}
_UNITS[168] = "w|week|weeks|周|星期|礼拜|اسبوع|اسابيع"
_HOURS_OF = {word: hours for hours, line in _UNITS.items() for word in line.split("|")}
_SPAN = re.compile(rf"(?P<number>\d{{1,3}})\s*(?P<unit>{'|'.join(_HOURS_OF)})")
_SPANS = {
    1: "tomorrow|明天|غدا|يوم",
    2: "يومين|يومان",
    7: "week|a week|一周|一星期|اسبوع",
    14: "اسبوعين|اسبوعان",
}
_SPANS[30] = "month|a month|一个月|شهر"
_DAYS_OF = {word: days for days, line in _SPANS.items() for word in line.split("|")}
MOST_TIMES = 12
"""Times a day that one schedule may have."""


def plain(text: str) -> str:
    """The text without what only spelling changes: width, case, digits, marks, forms of letters."""
    text = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    text = normalize(text).replace("ة", "ه").replace("ى", "ي").replace("ـ", "")
    text = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in text)
    return " ".join(simplified(text).replace("點", "点").replace("時", "时").split())


def read_time(text: str) -> time | None:
    """A time of day ("7:30", "7.30am", "1930", "٧:٣٠", "早上7點半", "السابعة والنصف"); None if none."""
    said = _western(plain(text))
    if said in _WHOLE:
        return _WHOLE[said]
    match = _CLOCK.fullmatch(said)
    if match is None:
        return None
    hour, minute = int(match["hour"] or 0), int(match["minute"] or 0)
    if match["digits"]:
        hour, minute = divmod(int(match["digits"]), 100)
    if match["spoken"]:
        minute = {"半": 30, "一刻": 15, "三刻": 45, "整": 0, "钟": 0}.get(
            match["spoken"], int(re.sub(r"\D", "", match["spoken"]) or 0)
        )
    if match["before"] and match["after"]:
        return None
    return _at(hour, minute, match["before"] or match["after"] or "")


def _at(hour: int, minute: int, period: str) -> time | None:
    if period in _MORNING:
        hour = 0 if hour == 12 else hour if hour < 12 else 99
    elif period in _AFTERNOON and hour <= 12:
        night = period.startswith(("晚", "夜", "ليلا"))
        hour = 99 if hour == 0 else (0 if night else 12) if hour == 12 else hour + 12
    elif period in _NOON:
        hour = hour + 12 if hour < 4 else hour
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _western(said: str) -> str:
    """Chinese numerals before and after 点, and Arabic's hours in words, as digits."""
    said = re.sub(
        r"([零〇一二两兩三四五六七八九十]+)(?=[点时分])", lambda match: str(_numeral(match[1])), said
    )
    said = re.sub(
        r"(?<=[点时])([零〇二两四五六七八九十][零〇一二三四五六七八九十]*|[一三](?!刻)[零一二三四五六七八九十]*)",
        lambda match: str(_numeral(match[1])),
        said,
    )
    for hour in range(len(_HOURS), 0, -1):
        word = _HOURS[hour - 1]
        if word in said:
            return _spoken_hour(said, word, hour)
    return said


def _spoken_hour(said: str, word: str, hour: int) -> str:
    before, _, after = said.partition(word)
    minute = 0
    for part, minutes in (*_PARTS.items(), *_LESS.items()):
        if part in after:
            after = after.replace(part, " ", 1)
            minute = -minutes if part in _LESS else minutes
            break
    total = (hour * 60 + minute) % 1440
    return " ".join(f"{before} {total // 60}:{total % 60:02d} {after}".split())


def _numeral(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(_NUMERALS[char]) for char in text))
    return 10 * (_NUMERALS.get(tens, 1) if len(tens) < 2 else 9) + (_NUMERALS.get(ones[-1:], 0))


# ------------------------------------------------------------------------------------------------------ days


@functools.cache
def _days() -> dict[str, tuple[int, ...]]:
    """Words for days, as ``plain`` leaves them, longest first."""
    found: dict[str, tuple[int, ...]] = {}
    for code in LANGUAGES:
        names = Locale.parse(code).days["format"]
        for width in ("wide", "abbreviated", "short"):
            found |= {plain(name): (day,) for day, name in names[width].items() if len(name) > 1}
    for day, char in enumerate("一二三四五六日"):
        found |= {f"周{char}": (day,), f"星期{char}": (day,), f"礼拜{char}": (day,)}
    found |= {
        "星期天": (6,),
        "周天": (6,),
        "礼拜天": (6,),
        "tues": (1,),
        "weds": (2,),
        "thur": (3,),
        "thurs": (3,),
    }
    bare = {word.removeprefix("ال"): days for word, days in found.items() if word.startswith("ال")}
    groups = {
        EVERY_DAY: "every day|daily|everyday|all days|每天|每日|天天|كل يوم|يوميا|كل الايام",
        WEEKDAYS: "weekdays|weekday|workdays|mon-fri|工作日|平日|周一至周五|ايام العمل|ايام الاسبوع",
        WEEKEND: "weekends|weekend|周末|عطله نهايه الاسبوع|نهايه الاسبوع",
        (0, 1, 2, 3, 6): "sun-thu|الاحد الي الخميس|من الاحد الي الخميس",
    }
    found |= bare | {word: days for days, line in groups.items() for word in line.split("|")}
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def read_days(text: str) -> tuple[tuple[int, ...] | None, str]:
    """The days that a text names (0 is Monday, () is every day; None: it names none), and the rest of it."""
    said, days = plain(text), set[int]()
    named = False
    for word, meant in _days().items():
        if any("a" <= char <= "z" or "ء" <= char <= "ي" for char in word):
            pattern = rf"(?<!\w)(?:on |every |ايام |يوم |كل )?{re.escape(word)}s?(?!\w)"
        else:
            pattern = rf"(?:每逢|每个|每|逢)?{re.escape(word)}"
        said, found = re.subn(pattern, " ", said)
        if found:
            named = True
            days |= set(meant or range(7))
    rest = " ".join(re.sub(r"(?<!\S)(?:on|every|at|في|كل)(?!\S)", " ", said).split())
    return (tuple(sorted(days)) if len(days) < 7 else EVERY_DAY) if named else None, rest


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Times and days that somebody typed: ``days`` is None where none were named."""

    times: tuple[time, ...]
    days: tuple[int, ...] | None = None


def read_schedule(text: str) -> When | None:
    """Times, with days if the text names some ("7:30, 18:00 weekdays", "Mon 8:00", "每週一 8:00").

    None where there is neither, or where one piece is not understood. Only days: ``times`` is ().
    """
    days, rest = read_days(text)
    times = set()
    for piece in _pieces(rest):
        at = read_time(piece)
        if at is None:
            return None
        times.add(at)
    if (not times and days is None) or len(times) > MOST_TIMES:
        return None
    return When(times=tuple(sorted(times)), days=days)


def _pieces(rest: str) -> list[str]:
    pieces = [piece.strip(" .-–—:") for piece in _SPLIT.split(rest)]
    found = list[str]()
    for piece in pieces:
        # "7:30 18:00": spaces separate too, where each side is a time.
        sides = piece.split()
        apart = len(sides) > 1 and all(read_time(side) and re.search(r"\d\D\d|\d{3}", side) for side in sides)
        found += sides if apart else [piece]
    return [piece for piece in found if piece]


def split_time(text: str) -> tuple[time | None, str]:
    """A time that stands in the text, and what else stands there: "7:30 Taipei" -> 07:30, "taipei"."""
    said = plain(text)
    whole = read_time(said)
    if whole is not None:
        return whole, ""
    words = re.sub(r"[,،、]", " ", said).split()
    for count in range(len(words) - 1, 0, -1):
        for head, tail in (
            (words[:count], words[count:]),
            (words[-count:], words[:-count]),
        ):
            at = read_time(" ".join(head))
            if at is not None:
                return at, " ".join(tail)
    # Chinese without spaces: 台北早上7点半. Only where digits have a clock's mark, so that "+8" stays a zone.
    match = _ISOLATED.search(_western(said))
    if match:
        return _inside(_western(said), match.start(), match.end())
    return None, said


def _inside(said: str, start: int, end: int) -> tuple[time | None, str]:
    for period in (*_MORNING, *_AFTERNOON, *_NOON):
        if len(period) > 1 and said[:start].rstrip().endswith(period):
            start = len(said[:start].rstrip()) - len(period)
            break
    at = read_time(said[start:end])
    return (at, f"{said[:start]} {said[end:]}".strip(" ,،、")) if at else (None, said)


# ----------------------------------------------------------------------------------------------------- spans


def read_span(text: str) -> tuple[timedelta | None, str]:
    """How long, at the end of a text ("football 30d", "足球 7天"), and the text before it, as typed."""
    words = text.split()
    for count in (3, 2, 1):
        if len(words) < count:
            continue
        said = plain(" ".join(words[-count:]))
        for word in ("for ", "لمده "):
            said = said.removeprefix(word)
        days = _DAYS_OF.get(said)
        match = _SPAN.fullmatch(said)
        if match:
            return timedelta(hours=int(match["number"]) * _HOURS_OF[match["unit"]]), " ".join(words[:-count])
        # "Fashion week" is a word to mute; who writes the Arabic dual means a number.
        if days and (len(words) == count or said.endswith(("ين", "ان"))):
            return timedelta(days=days), " ".join(words[:-count])
    return None, " ".join(words)


def resume_at(now: datetime, days: int, zone_name: str) -> datetime:
    """When a pause of so many days ends: at the midnight with which the day of return begins there, in UTC.

    One day means "tomorrow I want my digest again", whatever the hour and whatever the clock does that night.
    """
    tz = schedules.zone(zone_name)
    day = now.astimezone(tz).date() + timedelta(days=days)
    while (at := schedules.instant(day, time(), tz)) is None:  # a date that the zone skips
        day += timedelta(days=1)
    return at
