"""Figures of a text with what they count: where one may be changed, and what is true anyway.

Written apart from the check's own reading of figures, so that the benchmark does not share its blind spots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain import terms

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_WORDS = {name: value for value, name in enumerate(f"{_ONES} seventeen eighteen nineteen".split())}
_TENS = {
    name: 10 * at
    for at, name in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
_SCALES |= {"千": 1e3, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8}
_SCALES |= {"مئة": 1e2, "ألف": 1e3, "آلاف": 1e3, "ألفا": 1e3, "ألفاً": 1e3, "مليون": 1e6, "ملايين": 1e6}
_SCALES |= {"مليار": 1e9, "مليارات": 1e9, "bn": 1e9, "m": 1e6}
_HAN = {sign: at for at, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2, "〇": 0}
_ARABIC = {
    "اثنان": 2, "اثنين": 2, "ثلاثة": 3, "ثلاث": 3, "أربعة": 4, "أربع": 4, "خمسة": 5, "خمس": 5, "ستة": 6,
    "ست": 6, "سبعة": 7, "سبع": 7, "ثمانية": 8, "ثماني": 8, "تسعة": 9, "تسع": 9, "عشرة": 10, "عشر": 10,
    "عشرين": 20, "عشرون": 20, "ثلاثين": 30, "ثلاثون": 30, "أربعين": 40, "أربعون": 40, "خمسين": 50,
    "خمسون": 50, "ستين": 60, "ستون": 60, "سبعين": 70, "سبعون": 70, "ثمانين": 80, "ثمانون": 80, "تسعين": 90,
    "تسعون": 90, "مئة": 100, "مئتي": 200, "مئتين": 200, "ثلاثمئة": 300, "أربعمئة": 400, "خمسمئة": 500,
    "ستمئة": 600, "سبعمئة": 700, "ثمانمئة": 800, "تسعمئة": 900,
}  # fmt: skip
_TEXTUAL = "|".join(sorted([*_WORDS, *_TENS], key=len, reverse=True))
_FIGURE = re.compile(
    rf"(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"|(?<![A-Za-z-])(?P<words>(?:{'|'.join(_TENS)})-(?:{_TEXTUAL})|{_TEXTUAL})(?![A-Za-z]|-[a-z]+-)"
    rf"|(?P<han>[一二两兩三四五六七八九十百千]+(?=[万萬亿億名人艘架辆輛座家个個国國次枚吨噸公美]))"
    rf"|(?:(?<![\u0620-\u064a])|(?<=\bو))(?P<arabic>{'|'.join(sorted(_ARABIC, key=len, reverse=True))})(?![\u0620-\u064a])",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"[\s-]?(hundred|thousand|million|billion|trillion|dozen|bn|m(?![a-z])|ألفاً?|ألفا|آلاف|مليون|ملايين|مليارات|مليار)(?!\w)"
    r"|([千万萬亿億])"
)
_PERCENT = re.compile(r"\s?(?:%|％|per ?cent|percentage point|في المئة|في المائة|بالمئة|بالمائة)")
_MONEY = re.compile(
    r"\s?(?:dollars?|yuan|euros?|pounds?|pesos?|yen|won|lira|rupees?|rupiah|ringgit|dong|baht|美元|元|欧元|歐元|日元|دولار|يورو|ليرة)"
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Aug|Sept?|"
    r"Oct|Nov|Dec|يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر|"
    r"كانون|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين)"
)
_DATE_AFTER = re.compile(rf"\s?(?:{_MONTH}|年|月|日|号|號)")
_DATE_BEFORE = re.compile(rf"(?:{_MONTH}\.?\s|عام\s|سنة\s)$")
_YEAR_BEFORE = re.compile(
    r"\b(?:in|since|of|by|until|from|after|before|early|late|mid|and|to|the|than|through|قبل|منذ)[\s-]$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:[A-Za-z]-?|No\. ?|Article |Resolution |Section |Route |Highway |Flight |Type |Boeing |Airbus |"
    r"[:.,/]|第)$"
)
_EDGE = re.compile(
    r"[,.;:،؛。；，、()\"“”«»「」—]|\b(?:and|but|while|as|or|after|with)\b|\s(?:و|بينما|من أصل)|和|而|并|並"
)
_GENERIC = frozenset(["people", "person", "men", "women", "人", "شخص", "شخصا", "شخصاً"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure: its span with its scale ("3.2 million"), what it counts and the words around it."""

    start: int
    end: int
    surface: str  # with scale
    bare: str  # without
    value: float
    kind: str  # percent | money | count | date
    unit: str  # the word after it, stemmed; "" where none
    around: frozenset[str]  # content words of its clause, near

    @property
    def in_words(self) -> bool:
        """Whether it is written out, without digits."""
        return not any(sign.isdigit() for sign in self.bare)


def figures(text: str) -> list[Figure]:
    """The figures of a text in order; dates, times, ordinals and parts of names are of the kind ``date``."""
    return [_figure(text, match) for match in _FIGURE.finditer(text)]


def _figure(text: str, match: re.Match[str]) -> Figure:
    value, end = _value(match), match.end()
    scale = _SCALE.match(text, end)
    if scale:
        value *= _SCALES[scale[1] or scale[2]]
        end = scale.end()
    more = _SCALE.match(text, end)  # "two hundred thousand"
    if more:
        value *= _SCALES[more[1] or more[2]]
        end = more.end()
    before, after = text[: match.start()], text[end : end + 30]
    return Figure(
        start=match.start(),
        end=end,
        surface=text[match.start() : end],
        bare=match[0],
        value=value,
        kind=_kind(match[0], before[-14:], after, scaled=bool(scale)),
        unit=_unit(after),
        around=_around(text, match.start(), end),
    )


def _value(match: re.Match[str]) -> float:
    if match["digits"]:
        return float(match["digits"].replace(",", ""))
    if match["arabic"]:
        return float(_ARABIC[match["arabic"]])
    if match["words"]:
        parts = match["words"].casefold().split("-")
        return float(sum(_WORDS.get(one, 0) or _TENS.get(one, 0) for one in parts))
    total, digit = 0, 0
    for sign in match["han"]:
        step = {"十": 10, "百": 100, "千": 1000}.get(sign)
        if step:
            total, digit = total + (digit or 1) * step, 0
        else:
            digit = _HAN[sign]
    return float(total + digit)


def _kind(bare: str, before: str, after: str, *, scaled: bool) -> str:
    if _PERCENT.match(after) or before.endswith("百分之"):
        return "percent"
    if before.endswith(("$", "€", "£", "¥")) or _MONEY.match(after):
        return "money"
    year = re.fullmatch(r"(?:1[5-9]|20)\d\d", bare) and not scaled
    if _DATE_AFTER.match(after) or _DATE_BEFORE.search(before) or _NAMED.search(before):
        return "date"
    if year and (_YEAR_BEFORE.search(before) or not re.match(r"\s[a-z\u0620-\u064a]{3}", after)):
        return "date"
    if re.match(r"(?:st|nd|rd|th)\b|[:.]\d|[-/][A-Z\d]|\s?[ap]\.?m\b|'s\b|[a-z]", after):
        return "date"
    return "count"


def _unit(after: str) -> str:
    after = _PERCENT.sub("", after, count=1)
    if re.match(r"\s?[\u3400-\u9fff]", after):
        return after.strip()[:1]
    match = re.match(r"[\s-]([^\W\d_]+)", after)
    return (terms.words(match[1]) or [""])[0] if match else ""


def _around(text: str, start: int, end: int) -> frozenset[str]:
    wide = 12 if re.search(r"[\u3400-\u9fff]", text) else 48
    left = _EDGE.split(text[max(0, start - wide) : start])[-1]
    right = _EDGE.split(text[end : end + wide])[0]
    near = terms.content_words(left) + terms.content_words(right)
    return frozenset(word for word in near if not word[0].isdigit()) - _GENERIC


def derived(values: Iterable[float], shares: Iterable[float] = ()) -> list[float]:
    """What an editor may rightly make of values of one kind (sums, other units), and percentages of ``shares``."""
    known, all_known = sorted(set(values)), sorted({one for one in shares if one > 0})
    made = [
        a * f for a in known for f in (1.609, 0.621, 3.281, 0.305, 2.205, 0.454, 2.471, 0.405, 1.102, 0.9)
    ]
    for at, a in enumerate(known):
        made += [one for b in known[at + 1 :] for one in (a + b, b - a)]
        made.append(2 * a)
    for at, a in enumerate(all_known):
        for b in all_known[at + 1 :]:
            made += [100 * a / b, 100 * (b - a) / b, 100 * (b - a) / a]
    return made + [100 - a for a in known if a < 100]


def written(value: float, like: Figure) -> str:
    """The value as ``like`` is written: its commas and decimals, words for small ones where it has words."""
    if like.in_words and value == int(value):
        return in_words(int(value), like.bare) or _digits(value, like.bare)
    return _digits(value, like.bare)


def _digits(value: float, like: str) -> str:
    decimals = len(like.partition(".")[2]) if any(s.isdigit() for s in like) else 0
    text = f"{value:,.{decimals}f}"
    commas = "," in like or (value >= 10_000 and not re.fullmatch(r"\d{4,}(?:\.\d+)?", like))
    return text if commas else text.replace(",", "")


def in_words(value: int, like: str = "") -> str:
    """A small number in words of the language of ``like``; "" where it would be clumsy."""
    if re.search(r"[\u0620-\u064a]", like):
        names = [name for name, known in _ARABIC.items() if known == value]
        same = [one for one in names if one.endswith("ة") == like.endswith("ة")]
        return (same or names or [""])[0]
    if re.search(r"[\u3400-\u9fff]", like):
        return _han(value)
    found = [name for name, known in (*_WORDS.items(), *_TENS.items()) if known == value]
    if found:
        name = found[0]
    elif 20 < value < 100:
        tens = next(name for name, known in _TENS.items() if known == value // 10 * 10)
        name = f"{tens}-{in_words(value % 10)}"
    else:
        return ""
    return name.capitalize() if like[:1].isupper() else name


def _han(value: int) -> str:
    signs = "零一二三四五六七八九"
    if value < 10:
        return "两" if value == 2 else signs[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return ("" if tens == 1 else signs[tens]) + "十" + (signs[ones] if ones else "")
    return ""
