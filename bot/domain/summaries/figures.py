"""Reads the figures of a text: digits and words, English, Chinese and Arabic, with their units.

The same reader runs over claim and source, so what it reads oddly it reads oddly twice; only what it reads
differently in the two (a word form against digits, 1.2 万 against 12,000) must come out equal.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

_DIGITS = str.maketrans(
    {
        **{chr(0x660 + n): str(n) for n in range(10)},
        **{chr(0x6F0 + n): str(n) for n in range(10)},
        **{chr(0xFF10 + n): str(n) for n in range(10)},
        "٫": ".",
        "٬": ",",
        "，": "，",
        "٪": "%",
        "％": "%",
        "．": ".",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "millions": 1e6, "mn": 1e6, "m": 1e6,
    "billion": 1e9, "billions": 1e9, "bn": 1e9, "bln": 1e9, "mln": 1e6, "trln": 1e12, "b": 1e9, "trillion": 1e12, "tn": 1e12, "dozen": 12.0,
    "ribu": 1e3, "juta": 1e6, "miliar": 1e9, "triliun": 1e12,
    "mil": 1e3, "millones": 1e6, "milliards": 1e9, "milliarden": 1e9, "millionen": 1e6,
    "тысяч": 1e3, "тыс": 1e3, "млн": 1e6, "млрд": 1e9, "миллионов": 1e6, "миллиардов": 1e9,
    "ألف": 1e3, "الف": 1e3, "آلاف": 1e3, "ألفا": 1e3, "مليون": 1e6, "ملايين": 1e6,
    "مليونا": 1e6, "مليار": 1e9, "مليارا": 1e9, "مليارات": 1e9,
    "万亿": 1e12, "百万": 1e6, "千万": 1e7, "十万": 1e5, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8,
    "千": 1e3, "百": 1e2,
}  # fmt: skip
_UNITS = {
    word: float(at)
    for at, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    word: 10.0 * at
    for at, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_ARABIC = {
    "واحد": 1, "واحدة": 1, "إحدى": 1, "أحد": 1, "اثنان": 2, "اثنين": 2, "اثنا": 2, "اثني": 2, "اثنتا": 2, "اثنتي": 2,
    "اثنتان": 2, "اثنتين": 2,
    "ثلاثة": 3, "ثلاث": 3, "أربعة": 4, "أربع": 4, "خمسة": 5, "خمس": 5,
    "ستة": 6, "ست": 6,
    "سبعة": 7, "سبع": 7, "ثمانية": 8, "ثماني": 8, "تسعة": 9, "تسع": 9, "عشرة": 10, "عشر": 10, "عشرون": 20,
    "عشرين": 20, "ثلاثون": 30, "ثلاثين": 30, "أربعون": 40, "أربعين": 40, "خمسون": 50, "خمسين": 50, "ستون": 60,
    "ستين": 60, "سبعون": 70, "سبعين": 70, "ثمانون": 80, "ثمانين": 80, "تسعون": 90, "تسعين": 90, "مئة": 100,
    "مائة": 100, "مئتان": 200, "مئتين": 200, "مئتا": 200, "مئتي": 200, "ألفي": 2000, "مليوني": 2_000_000, "مئات": 100, "ألفين": 2000, "ألفان": 2000, "مليونين": 2_000_000,
    "مليونان": 2_000_000, "مليارين": 2_000_000_000, "ملياران": 2_000_000_000,
} | {
    three + hundred: 100 * n
    for three, n in (
        ("ثلاث", 3), ("أربع", 4), ("خمس", 5), ("ست", 6), ("سبع", 7), ("ثمان", 8), ("ثماني", 8), ("تسع", 9),
    )
    for hundred in ("مئة", "مائة")
} | {
    one + "ا": n
    for one, n in (
        ("ثلاث", 3), ("أربع", 4), ("خمس", 5), ("ست", 6), ("سبع", 7), ("تسع", 9), ("عشر", 10), ("واحد", 1),
    )
}  # fmt: skip
_ARABIC_SCALES = {
    "ألف": 1e3, "الف": 1e3, "ألفا": 1e3, "آلاف": 1e3, "مليون": 1e6, "مليونا": 1e6, "ملايين": 1e6,
    "مليار": 1e9, "مليارا": 1e9, "مليارات": 1e9,
}  # fmt: skip
_MANY = frozenset(["آلاف", "ملايين", "مليارات"])
"""Thousands of something: no figure by themselves."""
_HAN = {c: float(n) for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0.0, "两": 2.0, "兩": 2.0}
_HAN_SCALES = {"十": 10.0, "百": 1e2, "千": 1e3, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8}
_MEASURES = (
    "人名个個天年月日号號岁歲次枚架艘家国國位座条條辆輛艇支项項处處起例点點分秒米吨噸公元美倍度层層届屆"
    "间間户戶对對队隊种種类類周週所场場部台臺只隻头頭匹楼樓步战戰岛島村城州县縣省市区區票篇份件张張本棵株批组組"
)

_LONG_MEASURE = re.compile(r"小时|小時|星期|分钟|分鐘|英里|海里|英尺|平方|立方|百分")

_scale = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9.])(?P<currency>[$€£¥₱₹]\s?|(?:US|NT|HK|NZ|[ACS])\$\s?)?"
    r"(?P<number>\d{1,3}(?:[,’'  ]\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}|\d+(?:\.\d+)?)"
    r"(?P<ordinal>st|nd|rd|th)?"
    rf"(?:[ -]?(?P<scale>{_scale})(?![A-Za-z\u0400-\u04ff\u0621-\u064a]))?"
    r"(?P<percent>\s?(?:%|percent|per cent|pct|persen|процент\w*|في المئة|في المائة|بالمئة|بالمائة|个?百分点)"
    r"|(?P<money>\s?(?:(?:us|american|australian|canadian|new zealand|hong kong|singapore|taiwan) )?(?:dollars?\b|euros?\b|yuan\b|yen\b|rou?bles?\b|dirhams?\b|dinars?\b|shillings?\b|pesos?\b|"
    r"rupees?\b|rupiah\b|kroner\b|kron[ao]r?\b|zlotys?\b|riyals?\b|rials?\b|liras?\b|baht\b|ringgit\b|美元|澳元|加元|港元|欧元|歐元|人民币|人民幣|元|"
    r"日圓|日圆|英镑|英鎊|卢比|盧比|披索|比索|دولار|يورو|درهم|دينار|ليرة|جنيه|ريال|شيكل)))?",
    re.IGNORECASE,
)
_WORDS = re.compile(
    # "two hundred and five" is one number, "between three and five" are two
    r"\b(?:(?:" + "|".join([*_UNITS, *_TENS, "dozen"]) + r")(?:[ -]|\b)"
    r"|(?:hundred|thousand|million|billion|trillion)(?:[ -](?:and )?|\b))+",
    re.IGNORECASE,
)
_HAN_RUN = re.compile(r"(?P<percent>百分之)?(?P<number>[零〇一二两兩三四五六七八九十百千万萬亿億]+)")
_ARABIC_WORD = re.compile(
    r"(?<![\u0621-\u064a])(?P<prefix>وال|بال|لل|ال|و|ب|ل|بـ)?(?P<word>"
    + "|".join(sorted([*_ARABIC, *_ARABIC_SCALES], key=len, reverse=True))
    + r")(?P<marks>[\u064b-\u0652]*)(?![\u0621-\u064a])"
)
_ARABIC_KIND = re.compile(
    r"\s?(?:(?P<percent>في المئة|في المائة|بالمئة|بالمائة)|(?:دولار|يورو|درهم|دينار|ليرة|جنيه|ريال|شيكل))"
)
_MORE = re.compile(
    r"\b(?:more than|no (?:fewer|less) than|over|at least|exceed\w*|above|upwards of|in excess of|topp(?:ed|ing)|pass(?:ed|ing) the)\b|超过|超過|至少|逾|多于|أكثر "
    r"من|ما لا يقل عن|يتجاوز|تجاوز|يزيد على|يزيد عن|تزيد على|فوق|余",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:less than|fewer than|under|up to|at most|almost|nearly|close to|below|near(?:s|ed|ing)?|approach\w*|"
    r"not quite|shy of|short of)\b"
    r"|不到|近|将近|將近|接近|أقل من|ما يقرب من|ما يقارب|قرابة",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|some|approximately|an estimated|estimated|or so|circa|in the region of)\b|约|約|大約|"
    r"大约|大概|左右|نحو|حوالي|قرابة|زهاء|تقريبا",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number as the text has it. ``kind``: "%", "$" (any currency) or ""."""

    value: float
    kind: str
    surface: str
    start: int  # characters
    end: int


@lru_cache(maxsize=16384)
def figures(text: str) -> tuple[Figure, ...]:
    """The figures of a text, in the order in which they stand."""
    plain = text.translate(_DIGITS)
    given = [*_in_parts(plain), *_in_digits(plain), *_in_words(plain)]
    if not plain.isascii():
        given += [*_in_han(plain), *_in_arabic(plain), *_in_pairs(plain)]
    found = sorted(given, key=lambda f: f.start)
    out: list[Figure] = []
    for one in found:
        if not out or one.start >= out[-1].end:
            out.append(one)
    return tuple(out)


def carried(figure: Figure, claim: str, pool: Iterable[Figure]) -> bool:
    """Whether one of the pool's figures says the same.

    The value must be equal; with a hedge before it in the claim ("about", "more than", "nearly") a correctly
    rounded one will do. Years never round. A percentage is no sum of money and the other way round.
    """
    hedged = hedge(claim, figure)
    return any(agrees(figure, other, hedged) for other in pool)


def agrees(figure: Figure, other: Figure, hedged: str) -> bool:
    """:func:`carried` by this one, when the :func:`hedge` is known."""
    if _same(figure.value, other.value):
        return {figure.kind, other.kind} != {"%", "$"}
    if not hedged or {figure.kind, other.kind} == {"%", "$"} or is_year(figure):
        return False
    if figure.kind == "%" and not other.kind:
        return False
    over = other.value - figure.value
    if hedged == ">":
        return 0 <= over < min(rounding(figure.value), 0.5 * figure.value)
    if hedged == "<":
        return 0 <= -over < min(rounding(figure.value), 0.12 * figure.value)
    place = step(figure.value)
    return hedged == "~" and (place > 1 or figure.value < 100) and abs(over) <= place / 2


def is_year(one: Figure) -> bool:
    """Whether it is a year by its looks: "1900", not "1,900" nor "two thousand"."""
    return not one.kind and len(one.surface) == 4 and one.surface.isdigit() and 1800 <= one.value <= 2100


def _same(a: float, b: float) -> bool:
    return abs(a - b) < 1e-9 * max(1.0, abs(a))


def rounding(value: float) -> float:
    """How far beyond it the exact figure may lie that "more than" or "nearly" hedges: less than the next that one would say.

    In round numbers of two digits: "nearly 390,000" is no 352,000, "over 57" no 60; "over 25" may be 28.
    """
    place = step(value)
    first = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    fifth = 5 * place if place < first and round(value / place) % 5 == 0 else place
    return min(fifth, 0.12 * value) if fifth > place else place


def step(value: float) -> float:
    """The place of the last digit that is not zero: 280,000 → 10,000; 47 → 1; 1.5 → 0.1."""
    digits = f"{value:.6f}".rstrip("0").rstrip(".")
    if "." in digits:
        return float(10.0 ** -len(digits.split(".")[1]))
    return float(10.0 ** (len(digits) - len(digits.rstrip("0")))) if value else 1.0


def hedge(claim: str, figure: Figure) -> str:
    """How the claim hedges the figure: ">" (more than), "<" (nearly), "~" (about), "" not at all."""
    # an Arabic verb stands before its subject: "exceed the reserves of the bank 52 billion"
    back = 48 if "\u0620" <= claim[max(0, figure.start - 2) : figure.start].strip()[:1] <= "\u06ff" else 28
    return _hedge(claim[max(0, figure.start - back) : figure.start], claim[figure.end : figure.end + 10])


@lru_cache(maxsize=16384)
def _hedge(before: str, after: str) -> str:
    nearest = ("", -1)  # "almost $9 billion for about four fifths": the last one said
    for mark, pattern in ((">", _MORE), ("<", _LESS), ("~", _ABOUT)):
        for match in pattern.finditer(before):
            over = _OTHER.search(
                before, match.end()
            )  # "about two fifths of the 4.6 billion" is 4.6 all the same
            if match.end() > nearest[1] and not (over and not _BOTH.fullmatch(before, match.end())):
                nearest = (mark, match.end())
    if nearest[0]:
        return nearest[0]
    after = after.lstrip()
    if after.startswith(("多", "余", "餘", "以上", "or more")) or (len(after) > 1 and after[1] in "多余餘"):
        return ">"
    return "~" if after.startswith(("左右", "上下", "or so")) else ""


_OTHER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|half|thirds?|quarters?|fifths?|tenths?)\b",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\s?(?:an? |the )?[$€£¥]?[\d.,]*\w* ?(?:to|or|and|-)? ?[$€£¥]?", re.IGNORECASE)


_ELLIPSIS = re.compile(r"\s?(?:of the|out of|of|to|and|or|-|till|until|至|到)\s?[$€£¥]?$", re.IGNORECASE)


def elliptical(text: str, found: Sequence[Figure]) -> Iterator[Figure]:
    """Figures that lean on the next one for their scale: 16.9 in "16.9 of the 25 million", 3.1 in "3.1 to 2.4 %"."""
    for one, after in itertools.pairwise(found):
        if one.kind or not _ELLIPSIS.match(text[one.end : after.start]):
            continue
        bare = re.search(r"\d+(?:[.,]\d+)?", after.surface)
        scale = (
            round(after.value / float(bare[0].replace(",", "") or 1))
            if bare and float(bare[0].replace(",", ""))
            else 1
        )
        if after.kind == "%" or (scale >= 1000 and one.value < 1000):
            yield replace(one, value=one.value * max(1, scale), kind=after.kind)


def _in_digits(text: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        raw = match["number"]
        if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", raw):
            raw = raw.replace(".", "")
        value = float(re.sub(r"[,’'  ]", "", raw))
        if match["scale"]:
            value *= _SCALES[match["scale"].lower()]
        kind = "$" if match["currency"] or match["money"] else "%" if match["percent"] else ""
        yield Figure(value=value, kind=kind, surface=match[0].strip(), start=match.start(), end=match.end())


def _in_words(text: str) -> Iterator[Figure]:
    for match in _WORDS.finditer(text):
        words = [one for one in re.split(r"[ -]+", match[0].strip().lower()) if one not in {"", "and"}]
        if words == ["one"]:
            continue  # "one of", "no one": not a count
        value = _value(words, text[max(0, match.start() - 16) : match.start()].lower())
        if value is None:
            continue
        after = text[match.end() : match.end() + 12].lower()
        kind = "%" if re.match(r"\s?(?:%|percent|per cent)", after) else ""
        kind = "$" if _MONEY.match(text, match.end()) else kind
        surface = re.sub(r"[ -]+(?:and)?[ -]*$", "", match[0], flags=re.IGNORECASE)
        end = match.start() + len(surface)
        if half := _AND_A_HALF.match(text, end):
            value, end = (
                value + 0.5 * next((one for one in (1e12, 1e9, 1e6) if value >= one), 1.0),
                half.end(),
            )
            kind = "%" if re.match(r"\s?(?:%|percent|per cent)", text[end : end + 12].lower()) else ""
        yield Figure(value=value, kind=kind, surface=text[match.start() : end], start=match.start(), end=end)


_MONEY = re.compile(
    r"\s?(?:(?:us|american|australian|canadian) )?(?:dollars?|euros?|yuan|yen|rou?bles?|dirhams?|dinars?|shillings?|pesos?|"
    r"rupees?|rupiah|kroner|kron[ao]r?|zlotys?|riyals?|rials?|liras?|baht|ringgit)\b",
    re.IGNORECASE,
)
_AND_A_HALF = re.compile(r" and a half\b", re.IGNORECASE)


_PARTED = re.compile(
    r"\b(?P<half>half)(?= an? (?:mile|kilomet(?:er|re)|tonne|ton|hectare|acre|lit(?:er|re)|day|week|month|year|century|hour|minute"
    r"|(?:percentage )?point|per ?cent)\b)"
    r"|\b(?P<count>an?|one|two|three|four|five)[ -](?P<part>third|quarter|fifth|sixth|eighth|tenth)s?"
    r"(?= of an? (?:mile|kilomet(?:er|re)|met(?:er|re)|tonne|ton|hectare|acre|lit(?:er|re)|day|week|month|year|century|hour|minute"
    r"|(?:percentage )?point|per ?cent|million|billion|trillion)\b)",
    re.IGNORECASE,
)
_PARTS = {"third": 3.0, "quarter": 4.0, "fifth": 5.0, "sixth": 6.0, "eighth": 8.0, "tenth": 10.0}
_OF_A = re.compile(r" (?:of )?an?(?: (?P<scale>million|billion|trillion))?\b", re.IGNORECASE)


def _in_parts(text: str) -> Iterator[Figure]:
    """Parts of a measure: "three quarters of a mile", "half an hour", "two thirds of a million"."""
    for match in _PARTED.finditer(text):
        count = 1.0 if (match["count"] or "a").lower() in {"a", "an"} else _UNITS[match["count"].lower()]
        value = count / _PARTS[match["part"].lower()] if match["part"] else 0.5
        after = _OF_A.match(text, match.end())
        end = after.end() if after else match.end()
        value *= _SCALES[after["scale"].lower()] if after and after["scale"] else 1.0
        yield Figure(
            value=round(value, 6), kind="", surface=text[match.start() : end], start=match.start(), end=end
        )


def _value(words: list[str], before: str) -> float | None:
    total = current = 0.0
    for word in words:
        if word in _UNITS or word in _TENS:
            current += _UNITS.get(word, _TENS.get(word, 0.0))
        elif word in {"hundred", "dozen"}:
            current = (current or 1.0) * _SCALES[word]
        else:
            total, current = total + (current or 1.0) * _SCALES[word], 0.0
    if any(word in _UNITS or word in _TENS for word in words):
        return total + current
    # "half a million", "a dozen" are figures; "hundreds of", "a hundred" in "thousands" are not.
    share = (
        0.5 if before.endswith(("half a ", "half an ")) else
        1.0 if re.search(r"\ban? $", before) else None
    )  # fmt: skip
    return None if share is None else share * (total + current)


def _in_han(text: str) -> Iterator[Figure]:
    for match in _HAN_RUN.finditer(text):
        run, after = match["number"], text[match.end() : match.end() + 1]
        if match.start() and text[match.start() - 1].isdigit():
            continue  # a scale of digits, read with them
        scaled = len(run) > 1 and any(one in _HAN_SCALES for one in run) and any(one in _HAN for one in run)
        counted = (
            run[0] in "零〇一二两兩三四五六七八九十"
            and after != ""
            and (after in _MEASURES or _LONG_MEASURE.match(text, match.end()) is not None)
            and run != "一"
        )
        if match["percent"] or scaled or counted:
            kind = "%" if match["percent"] else ""
            yield Figure(value=_han(run), kind=kind, surface=match[0], start=match.start(), end=match.end())


def _han(run: str) -> float:
    if all(one in _HAN for one in run) and len(run) > 1:
        return float("".join(str(int(_HAN[one])) for one in run))  # 二〇二六
    total = section = current = 0.0
    for one in run:
        if one in _HAN:
            current = _HAN[one]
        elif _HAN_SCALES[one] < 1e4:
            section, current = section + (current or 1.0) * _HAN_SCALES[one], 0.0
        else:
            scale = _HAN_SCALES[one]
            kept = total if total >= scale else 0.0  # 八亿五千万: the 亿 stands
            total = kept + (total - kept + section + current or 1.0) * scale
            section = current = 0.0
    return total + section + current


_DUAL = re.compile(
    r"(?<![\u0621-\u064a])(?:[وبل]|ال)?(?P<what>يوم|أسبوع|شهر|عام|سنت|ساعت|دقيقت|كيلومتر|متر|ميل|طن|هكتار)(?:ين|ان)(?![\u0621-\u064a])"
)
"""Two of a measure are one word: "two weeks" is the dual of "week"."""


def _in_pairs(text: str) -> Iterator[Figure]:
    for match in _DUAL.finditer(text):
        at = match.start("what")  # nothing of the text is taken: the measure still follows
        yield Figure(value=2.0, kind="", surface=match[0], start=at, end=at)


def _in_arabic(text: str) -> Iterator[Figure]:
    """Runs of number words: "ألف ومئة وخمسون", "مليونا وتسعمئة ألف", "ثلاث عشرة"."""
    run: list[re.Match[str]] = []
    for match in _ARABIC_WORD.finditer(text):
        if match[0].endswith("الاثنين"):  # Monday
            continue
        if run and not (text[run[-1].end() : match.start()] == " " and _goes_on(run[-1], match)):
            yield from _arabic(text, run)
            run = []
        run.append(match)
    yield from _arabic(text, run)


def _goes_on(before: re.Match[str], match: re.Match[str]) -> bool:
    """Whether a number word belongs to the number of the one before it: "خمسة وعشرون" does, "ثلاثة وأربعة" does not."""
    last, word = before["word"], match["word"]
    if match["prefix"] in {None, "ال"}:
        teen = word in {"عشر", "عشرة"} and _ARABIC.get(last, 10) < 10
        return teen or (
            match["prefix"] is None
            and (word in _ARABIC_SCALES or (word in _HUNDRED and _ARABIC.get(last, 10) < 10))
        )
    if match["prefix"] not in {"و", "وال"}:
        return False
    mine = _ARABIC_SCALES.get(word, _ARABIC.get(word, 0.0))
    theirs = _ARABIC_SCALES.get(last, _ARABIC.get(last, 0.0))
    return 20 <= mine < 100 if theirs < 10 else theirs >= 100 and mine < theirs


_HUNDRED = frozenset(["مئة", "مائة"])


def _arabic(text: str, run: Sequence[re.Match[str]]) -> Iterator[Figure]:
    total = current = 0.0
    for at, match in enumerate(run):
        word = match["word"]
        if size := _ARABIC_SCALES.get(word):
            dual = not current and word in {"ألفا", "مليونا"} and not match["marks"]
            total, current = total + (current or (2.0 if dual else 1.0)) * size, 0.0
        elif at and word in _HUNDRED and match["prefix"] is None:
            current *= 100
        else:
            current += _ARABIC[word]
    value = total + current
    if not run or value in {0.0, 1.0} or (len(run) == 1 and run[0]["word"] in _MANY):
        return
    start, end = run[0].start(), run[-1].end()
    if half := re.match(r"\s+ونصف(?:\s+(?:ال)?(مليون|مليار))?(?![\u0621-\u064a])", text[end:]):
        size = next((one for one in (1e9, 1e6, 1e3) if value >= one), 1.0)
        value, end = value + size / 2, end + half.end()
    kind = ""
    if after := _ARABIC_KIND.match(text, end):
        kind, end = "%" if after["percent"] else "$", after.end()
    yield Figure(value=value, kind=kind, surface=text[start:end], start=start, end=end)
