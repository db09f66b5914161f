"""Errors of figures and dates: invented, taken from elsewhere in the story, out of date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.evaluation.injection.clusters import Clean
from bot.evaluation.injection.numbers import Figure, figures, written
from bot.evaluation.injection.scene import Scene, outside, shuffled, swapped

_LOWER = re.compile(
    r"(?:at least|more than|over|above|no fewer than|no less than|exceed\w*|超过|超過|至少|逾|أكثر من|ما لا يقل عن)\s?[$€£¥]?$",
    re.IGNORECASE,
)
_UPPER = re.compile(
    r"(?:up to|at most|less than|under|fewer than|below|within|不到|至多|最多|أقل من|حتى)\s?[$€£¥]?$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:about|around|some|nearly|almost|roughly|approximately|close to|just|an estimated|大约|大約|约|約|近|将近|نحو|حوالي|قرابة|زهاء)\s?[$€£¥]?$",
    re.IGNORECASE,
)
_LOOSE = frozenset(["", "people", "of", "in", "to", "were", "have", "人", "名", "percent", "per"])
"""Units that do not tell that two figures count the same."""
_FACTORS = (1.7, 0.6, 2.3, 0.4, 1.4, 3.1, 0.7, 1.9, 0.3, 2.8)
_NEAR = (1.08, 0.9, 1.13, 0.87, 1.18)


def new_number(clean: Clean, scene: Scene) -> Iterator[str]:
    """A figure that no article gives and that cannot be made of theirs: near by where it was exact, or far off."""
    text = clean.text
    for figure in shuffled(_counts(text), clean.id, "new_number"):
        about = bool(_ABOUT.search(text[: figure.start]))
        near = () if about or figure.value < 20 else _NEAR
        steps = shuffled((*_FACTORS[:5], *near), clean.id, figure.start) + list(_FACTORS)
        for step in steps:
            value = _shaped(figure.value * step, figure)
            margin = 0.25 if about else 0.02
            if _sensible(value, figure, text) and not scene.has_value(value, margin, figure):
                yield swapped(text, figure.start, figure.end, _render(value, figure))


def number_swap(clean: Clean, scene: Scene) -> Iterator[str]:
    """Another figure of the articles in a like role: two exchanged in the sentence, or one brought in."""
    text, here = clean.text, _counts(clean.text)
    for a in here:
        for b in here:
            if a.start < b.start and a.kind == b.kind and not _alike(a, b) and _sensible(b.value, a, text):
                yield (
                    text[: a.start]
                    + _borrowed(b, a)
                    + text[a.end : b.start]
                    + _borrowed(a, b)
                    + text[b.end :]
                )
    taken = {one.value for one in here}
    for figure in shuffled(here, clean.id, "number_swap"):
        others = [one for _, one in scene.figures if _role(one, figure) and one.value not in taken]
        others = shuffled(others, clean.id, figure.start)
        for other in sorted(others, key=lambda one: one.unit != figure.unit):
            same = [one for _, one in scene.figures if _alike(one, other) and one.around & figure.around]
            if not same and _sensible(other.value, figure, text) and not _made(other.value, figure, scene):
                yield swapped(text, figure.start, figure.end, _borrowed(other, figure))


def superseded(clean: Clean, scene: Scene) -> Iterator[str]:
    """An older figure of the story in place of the one that followed it."""
    for figure in _counts(clean.text):
        current = [at for at, one in scene.figures if _alike(one, figure)]
        if not current or _LOWER.search(clean.text[: figure.start]):
            continue
        for at, old in scene.figures:
            if (
                at >= min(current)
                or old.kind != figure.kind
                or _alike(old, figure)
                or old.unit != figure.unit
            ):
                continue
            later = [when for when, one in scene.figures if _alike(one, old) and when >= min(current)]
            shared = old.around & figure.around
            if (shared or old.unit not in _LOOSE) and not later and _sensible(old.value, figure, clean.text):
                yield swapped(clean.text, figure.start, figure.end, _borrowed(old, figure))


def _counts(text: str) -> list[Figure]:
    found = [
        one for one in figures(text) if one.kind != "date" and one.value > 1 and outside(text, one.start)
    ]
    return [
        one for one in found if not re.match(r"[- ](?:third|quarter|fifth|half|tenth)|分", text[one.end :])
    ]


def _alike(a: Figure, b: Figure) -> bool:
    return abs(a.value - b.value) <= 0.02 * max(a.value, b.value)


def _role(other: Figure, figure: Figure) -> bool:
    if other.kind != figure.kind or other.value <= 1:
        return False
    wide = 1 / 40 <= other.value / figure.value <= 40
    return wide and bool(other.unit) and (figure.kind != "count" or other.unit != "")


def _made(value: float, figure: Figure, scene: Scene) -> bool:
    """Whether the same thing is told of this value somewhere, as a rounder figure."""
    return any(
        abs(one.value - value) <= 0.1 * value and one.around & figure.around and one.unit == figure.unit
        for _, one in scene.figures
    )


def _sensible(value: float, figure: Figure, text: str) -> bool:
    before = text[: figure.start]
    if value <= 1 or abs(value - figure.value) <= 0.06 * figure.value:
        return False
    if figure.kind == "percent" and value > 100:
        return False
    if _LOWER.search(before) and value < 1.2 * figure.value:
        return False  # "at least 5" is true of 12
    if _UPPER.search(before) and value > 0.8 * figure.value:
        return False
    return not (_ABOUT.search(before) and abs(value - figure.value) <= 0.25 * figure.value)


def _shaped(value: float, like: Figure) -> float:
    """The value with as many telling digits as the old one: 3,200 does not become 5,441."""
    bare = like.bare.replace(",", "")
    scale = like.value / _bare_value(like)
    value /= scale
    if "." in bare:
        return round(value, len(bare.partition(".")[2])) * scale
    zeros = len(bare) - len(bare.rstrip("0")) if bare.isdigit() else 0
    step = 10.0 ** max(0, zeros if value >= 10**zeros else zeros - 1)
    return max(2, round(value / step) * step) * scale


def _bare_value(figure: Figure) -> float:
    return figures(figure.bare + " x")[0].value if figures(figure.bare + " x") else figure.value


def _render(value: float, like: Figure) -> str:
    scale = like.value / _bare_value(like)
    return written(value / scale, like) + like.surface[len(like.bare) :]


def _borrowed(other: Figure, figure: Figure) -> str:
    if other.surface[:1].isdigit() or not other.surface.isascii():
        return other.surface
    return other.surface.capitalize() if figure.surface[:1].isupper() else other.surface.lower()


# -------------------------------------------------------------------------------------------------------- dates

_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_ZH_DAYS = "一二三四五六日"
_AR_DAYS = ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_AR_MONTHS = [
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
]
_DAY = re.compile(
    rf"\b(?:{'|'.join(_DAYS)})\b|(?:星期|周|週)[一二三四五六日天]|(?<![\u0620-\u064a])(?:{'|'.join(_AR_DAYS)})(?![\u0620-\u064a])"
)
_MONTH_EN = rf"(?:{'|'.join(_MONTHS)})"
_MONTH_NAME = re.compile(
    rf"(?<=\d ){_MONTH_EN}\b|\b{_MONTH_EN}(?= \d)|(?<=\bin ){_MONTH_EN}\b|(?<=\b(?:of|by) ){_MONTH_EN}\b|(?<=\buntil ){_MONTH_EN}\b"
    rf"|(?<![\u0620-\u064a])(?:{'|'.join(_AR_MONTHS)})(?![\u0620-\u064a])"
)
_ZH_MONTH = re.compile(r"(?<!\d)(\d{1,2})月")
_YEAR = re.compile(r"(?<![\d,.$])(?:19|20)\d\d(?![\d,.]\d|\d)")


def new_date(clean: Clean, scene: Scene) -> Iterator[str]:
    """A weekday, month or year that neither the articles nor their datelines give."""
    text = clean.text
    near = {(one.published_at + timedelta(days=step)) for one in scene.all_sources for step in (-1, 0, 1)}
    for match in _DAY.finditer(text):
        if outside(text, match.start()):
            for new in shuffled(_other_days(match[0]), clean.id, "day"):
                if new not in scene.plain and _day_number(new) not in {one.weekday() for one in near}:
                    yield swapped(text, match.start(), match.end(), new)
    for match in [*_MONTH_NAME.finditer(text), *_ZH_MONTH.finditer(text)]:
        for new in shuffled(_other_months(match[0]), clean.id, "month"):
            at = _month_number(new)
            if not _has_month(at, scene) and at not in {one.month for one in near}:
                yield swapped(text, match.start(), match.end(), new)
    for match in _YEAR.finditer(text):
        for step in shuffled((-2, 2, -3, 3, -5, 4), clean.id, "year"):
            if (new := str(int(match[0]) + step)) not in scene.plain and outside(text, match.start()):
                if any(one.kind == "date" and one.start == match.start() for one in figures(text)):
                    yield swapped(text, match.start(), match.end(), new)
    # Every weekday may be spoken for in a story that ran all week; a day far off never is.
    for match in re.finditer(rf"\bon (?:{'|'.join(_DAYS)})\b", text):
        for month in shuffled(_MONTHS, clean.id, "far"):
            if not _has_month(_month_number(month), scene) and _month_number(month) not in {
                x.month for x in near
            }:
                yield swapped(text, match.start(), match.end(), f"on {3 + len(text) % 20} {month}")


def _other_days(day: str) -> list[str]:
    if day in _DAYS:
        return [one for one in _DAYS if one != day]
    if day in _AR_DAYS:
        return [one for one in _AR_DAYS if one != day]
    return [day[:-1] + one for one in _ZH_DAYS if one != day[-1].replace("天", "日")]


def _day_number(day: str) -> int:
    for listed in (_DAYS, _AR_DAYS):
        if day in listed:
            return listed.index(day)
    return _ZH_DAYS.index(day[-1])


def _other_months(month: str) -> list[str]:
    if month in _MONTHS:
        return [one for one in _MONTHS if one != month]
    if month in _AR_MONTHS:
        return [one for one in _AR_MONTHS if one != month]
    return [f"{at}月" for at in range(1, 13) if f"{at}月" != month]


def _month_number(month: str) -> int:
    for listed in (_MONTHS, _AR_MONTHS):
        if month in listed:
            return listed.index(month) + 1
    return int(month[:-1])


def _has_month(at: int, scene: Scene) -> bool:
    names = (_MONTHS[at - 1], _AR_MONTHS[at - 1])
    found = any(re.search(rf"(?<!\w){name}(?!\w)", scene.plain) for name in names)
    return found or bool(re.search(rf"(?<!\d)0?{at}月", scene.plain))
