"""Units of measure after a figure, and whether one figure is another one converted, added up or compared."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

from bot.domain import terms
from bot.domain.summaries.figures import Figure, figures, is_year, step

_MEASURES = {
    "length": (
        "km|kilomet(?:er|re)s?|公里|千米|كيلومتر(?:ا|ات|ين|ان)?|كم:1000 m|met(?:er|re)s?|米|公尺|متر(?:ا|ات|ين)?|أمتار:1 cm|centimet(?:er|"
        "re)s?|厘米|公分|سنتيمتر(?:ا|ات)?:.01 mm|millimet(?:er|re)s?|毫米|ملم|مليمتر(?:ا|ات)?:.001 "
        "mi|miles?|英里|(?:ميلا?|ميلين|أميال)(?!_بحري):1609.344 ft|foot|feet|英尺|قدما?|أقدام:.3048 inch(?:es)?|英寸|吋|بوصة|بوصات:.0254 yards?|码|ياردة:.9144 "
    "fathoms?|英寻:1.8288 nm|nautical_miles?|海里|浬|(?:ميلا?|أميال)_بحري(?:ا|ة):1852 里:500"
    ),
    "mass": "kg|kilos?|kilograms?|公斤|千克|كيلوغرام(?:ا|ات)?|كيلوجرام(?:ا|ات)?:1 g|grams?|克|غرام(?:ا|ات)?:.001 tonnes?|metric_tons?|公?吨|طنا?|طنين|أطنان:1000 "
    "tons?:1000 pounds?|lbs?|磅|رطلا?|أرطال:.45359 ounces?|oz:.02835 stone:6.35029 "
    "mg|milligrams?|毫克|ملي?[غج]رام(?:ا|ات)?|مليغرام(?:ا|ات)?:.000001 µg|micrograms?|微克|ميكروغرام(?:ا|ات)?:.000000001 short_tons?:907.185 long_tons?:1016.05 "
    "斤:.5 quintals?|قنطارا?|قناطير:100 carats?|克拉|قيراطا?:.0002",
    "area": (
        "hectares?|ha|公顷|هكتار(?:ا|ات|ين)?:10000 acres?|英亩|فدانا?|أفدنة:4046.86 dun[ua]ms?|دونما?|دونمات|德南|杜纳姆:1000 坪:3.30579 亩:666.667 square_k(?:m|ilomet(?:er|re)s?)|sq_km|"
        "平方公里|كيلومتر(?:ا|ات)?_مربع(?:ا|ة)?:1000000 "
        "square_miles?|sq_miles?|平方英里|(?:ميلا?|أميال)_مربع(?:ا|ة)?:2589988 square_met(?:er|re)s?|平方(?:米|公尺)|متر(?:ا|ات)?_مربع(?:ا|ة)?:1 square_feet|平方英尺:.0929"
    ),
    "time": (
        "seconds?:1 minutes?|分钟|分鐘|دقيقة|دقيقتين|دقيقتان|دقائق:60 hours?|个?多?小时|ساعة|ساعتين|ساعتان|小时|小時:3600 days?|天|يوما?(?!_ال)|يومين|يومان:86400 weeks?|周|週|星期|"
        "أسبوعا?|أسبوعين|أسبوعان|أسابيع:604800 "
        "months?|个多?月|شهرا?|شهرين|شهران|أشهر:2629800 years?|年|عاما?|سنة|عامين|عامان|سنتين|سنتان|أعوام|سنوات:31557600 decades?:315576000"
    ),
    "volume": (
        "lit(?:er|re)s?|公?升|لترا?|لترات:1 gallons?|加仑|غالونا?|غالونات:3.785 barrels?|桶|برميلا?|براميل:158.987 cubic_met(?:er|re)s?|"
        "立方(?:米|公尺)|(?:متر(?:ا|ات)?|أمتار)_مكعب(?:ا|ة)?:1000 ml|millilit(?:er|re)s?|毫升|مليلترا?:.001 hectolit(?:er|re)s?|百升:100 "
        "imperial_gallons?:4.54609 pints?:.473 cubic_feet|cubic_foot|立方英尺|قدما?_مكعب(?:ا|ة)?:28.3168 acre[-_](?:feet|foot)|英亩英尺:1233482"
    ),
    "power": (
        "kw|kilowatts?|千瓦(?!时|時)|كيلوواط(?:ا|ات)?(?!_ساعي):1000 mw|megawatts?|兆瓦(?!时|時)|مي[غج]اواط(?:ا|ات)?(?!_ساعي):1000000 "
        "gw|gigawatts?|吉瓦(?!时|時)|[غج]ي[غج]اواط(?:ا|ات)?(?!_ساعي):1000000000 hp|horsepower|马力|حصانا?:745.7"
    ),
    "energy": (
        "kwh|kilowatt[-_]hours?|千瓦时|كيلوواط_ساعي(?:ا|ة)?:1 mwh|megawatt[-_]hours?|兆瓦时|مي[غج]اواط_ساعي(?:ا|ة)?:1000 "
        "gwh|gigawatt[-_]hours?|吉瓦时|[غج]ي[غج]اواط_ساعي(?:ا|ة)?:1000000 twh|terawatt[-_]hours?|太瓦时:1000000000"
    ),
    "data": "megabytes?|mb|兆字节:1 gigabytes?|gb|吉字节|غيغابايت:1000 terabytes?|tb|太字节|تيرابايت:1000000",
    "speed": (
        "km/h|kph|kilomet(?:er|re)s?_(?:an|per)_hour|公里(?:/|每)小时|كيلومترا?_في_الساعة:1 mph|miles_(?:an|per)_hour|英里(?:/|每)小时|ميلا?_في_الساعة:1.609344 "
        "knots?|节|عقدة|عقد:1.852 met(?:er|re)s_(?:a|per)_second|米(?:/|每)秒:3.6"
    ),
}  # fmt: skip
_TABLE = tuple(
    (
        kind,
        float(entry.rpartition(":")[2]),
        re.compile(
            rf"[\s-]?(?:(?:US|U\.S\.) )?(?:{entry.rpartition(':')[0].replace('_', ' ')})(?![a-z\u0621-\u064a])",
            re.IGNORECASE,
        ),
    )
    for kind in ("energy", "power", "speed", "volume", "area", "length", "mass", "time", "data")
    for entry in _MEASURES[kind].split()
)
_SUM = re.compile(
    r"\b(?:total|in all|combined|altogether|together|overall|sum|both|between them|across|"
    r"counting|including|plus)\b"
    r"|共|合计|总计|总共|一共|两地|إجمال|مجموع|معا",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\b(?:more|fewer|less|rise|increase|difference|gap|additional|extra|another|others?|left|remain\w*|"
    r"rest|rose|fell|grew|dropped|margin|short|apart|higher|lower|still|all but|except)\b"
    r"|增加|减少|相差|多出|其余|其他|زيادة|بفارق|أكثر|أقل|الباق|[يت]زيد|[يت]فوق|[يت]قل|إضافي|بقي|ما زال",
    re.IGNORECASE,
)


_BY = re.compile(
    r"\bby (?:about |around |roughly |some |nearly |almost |over |more than |an estimated )?(?:an? )?[$€£]?$",
    re.IGNORECASE,
)


def measure(text: str, figure: Figure) -> tuple[str, float]:
    """Kind and size of the unit that follows the figure; ("", 0.0) when there is none.

    "Seven of the ten and a half miles" are seven miles.
    """
    kind, size = _measure(text[figure.end : figure.end + 22])
    if kind == "length" and _PER_HOUR.search(text[max(0, figure.start - 10) : figure.start]):
        return "speed", size / 1000
    return (kind, size) if kind or figure.kind else _leaning(text[figure.end : figure.end + 48])


_MARKS = re.compile("[\u064b-\u0652]")
_PER_HOUR = re.compile(r"(?:[时時]速|每小[时時])[^，。,;]{0,6}$")


@lru_cache(maxsize=16384)
def _measure(after: str) -> tuple[str, float]:
    after = _MARKS.sub("", terms.simplified(after))
    for kind, size, pattern in _TABLE:
        if pattern.match(after):
            return kind, size
    return "", 0.0


@lru_cache(maxsize=16384)
def _leaning(after: str) -> tuple[str, float]:
    match = _LEANS.match(after)
    rest = after[match.end() :] if match else ""
    found = figures(rest)
    if not found or found[0].start or found[0].kind:
        return "", 0.0
    return _measure(rest[found[0].end : found[0].end + 22])


_LEANS = re.compile(r"\s?(?:of the|out of|of|to|or|and|-|till|until|至|到|من أصل|من)\s?", re.IGNORECASE)
FAR, FURTHEST = 0.12, 0.2
"""How far beyond a round number "more than" and "nearly" may point, of the converted quantity; half of the last
place at most, where that is more: ten weeks are "more than two months"."""


def converted(figure: Figure, text: str, other: Figure, there: str, *, hedged: str) -> bool:
    """Whether the two are the same quantity in different units: to 2 %, rounded and said to be to 6 %.

    ``hedged``: as :func:`hedge` says it; "more than four miles" may be 4.3.
    """
    if text[figure.end : figure.end + 3].strip()[:1] in "°d摄攝华華度د" and (
        (warm := _DEGREES.match(text[figure.end :])) and (warm2 := _DEGREES.match(there[other.end :]))
    ):
        ours = _celsius(figure.value * _sign(text, figure), warm[0])
        return abs(ours - _celsius(other.value * _sign(there, other), warm2[0])) <= (1.6 if hedged else 0.6)
    (kind, size), (kind2, size2) = measure(text, figure), measure(there, other)
    if {kind, kind2} == {"mass", "volume"} and {size, size2} == {BARREL, 1000.0}:  # crude oil by weight
        size, size2, kind = (
            (size if kind == "mass" else 1000 / CRUDE),
            (size2 if kind2 == "mass" else 1000 / CRUDE),
            kind2,
        )
    if not kind or kind != kind2 or size == size2:
        return False
    a, b = figure.value * size, other.value * size2
    # a converted figure is rounded, said or not: half of its last place, but never more than 6 %
    place = 0.5 * step(figure.value) * size if kind != "time" else 0.0
    part = figure.value < 1  # half an hour, a third of a mile: seldom exact
    far = FURTHEST * b if part else max(FAR * b, min(0.5 * step(figure.value) * size, FURTHEST * b))
    if hedged in {">", "<"} and 0 <= (b - a if hedged == ">" else a - b) <= far:
        return True
    if part and hedged:
        return abs(a - b) <= FAR * b
    return abs(a - b) <= max(0.02 * b, min(max(place, 0.06 * b if hedged else 0.0), 0.065 * b))


BARREL, CRUDE = 158.987, 7.33
"""Litres of a barrel; barrels of a tonne of crude (the world's average of the oil industry's tables)."""
_SPOKEN = tuple(
    (re.compile(rf"(?:{pattern})(?![a-z\u0621-\u064a])", re.IGNORECASE), seconds)
    for pattern, seconds in (
        (r"\bhalf an hour|半个?小时|نصف ساعة", 1800.0),
        (r"\ba quarter of an hour|一刻钟|ربع ساعة", 900.0),
        (
            r"\b(?:an hour|one hour)(?! and a half)|(?<![\d个])一个?小时(?!半)|(?<![\u0621-\u064a])ساعة(?! ونصف)",
            3600.0,
        ),
        (r"\ban hour and a half|一个半小时|ساعة ونصف", 5400.0),
        (r"\b(?:a|one) day|(?<!\d)一天|(?<![\u0621-\u064a])يوم واحد", 86400.0),
        (r"\b(?:a|one) week|一[周个]星?期?|(?<![\u0621-\u064a])أسبوع", 604800.0),
        (r"\ba fortnight", 1209600.0),
        (r"\b(?:a|one) month|一个月|(?<![\u0621-\u064a])شهر", 2629800.0),
        (r"\bhalf a year|\bsix months|半年|نصف (?:عام|سنة)", 15778800.0),
        (
            r"\b(?:a|one) year(?! and a half)|一年(?!半)|(?<![\u0621-\u064a])(?:عام|سنة) واحدة?|(?:لمدة|خلال) (?:عام|سنة)(?! ونصف)",
            31557600.0,
        ),
        (r"\b(?:a year and a half|one and a half years)|一年半|(?:عام|سنة) ونصف", 47336400.0),
        (r"\b(?:a|one) decade|(?<![\u0621-\u064a])عقد(?:ا)? من", 315576000.0),
        (r"\b(?:a|one) century|一个?世纪|(?<![\u0621-\u064a])قرن", 3155760000.0),
    )
)
"""Times that a text tells without a figure."""


@lru_cache(maxsize=8192)
def spoken(text: str) -> tuple[tuple[int, float], ...]:
    """Where a text tells a time without a figure, and how many seconds it is."""
    plain_ = terms.simplified(text)
    return tuple(
        (match.start(), seconds) for pattern, seconds in _SPOKEN for match in pattern.finditer(plain_)
    )


_DEGREES = re.compile(
    r"\s?(?:درجة (?:مئوية|فهرنهايت)|°\s?[CF]|degrees? (?:Celsius|Fahrenheit)|[摄攝]氏度|[华華]氏度|度|°)(?![a-z])",
    re.IGNORECASE,
)
_FROST = re.compile(r"(?:\bminus |(?<!\w)[-−]|零下)$", re.IGNORECASE)


def _sign(text: str, figure: Figure) -> float:
    """-1 for degrees below zero."""
    below = re.match(r"\s?\S*(?: \w+)? (?:below (?:zero|freezing)|تحت الصفر)", text[figure.end :])
    return -1.0 if below or _FROST.search(text[: figure.start]) else 1.0


def _celsius(value: float, unit: str) -> float:
    return (value - 32) / 1.8 if re.search(r"f|[华華]|فهرنهايت", unit, re.IGNORECASE) else value


def other_unit(figure: Figure, text: str, other: Figure, there: str) -> bool:
    """Whether equal numbers count different units: 40 miles is not 40 kilometres, eight days no 8 %, nor line no. 4."""
    (kind, size), (kind2, size2) = measure(text, figure), measure(there, other)
    if kind and kind2:
        return (kind, size) != (kind2, size2)
    if kind:
        return bool(other.kind) or there[other.end : other.end + 1] in {"号", "號"}
    return bool(kind2 and figure.kind)


def compares(text: str) -> bool:
    """Whether a word says that something is left, added or taken away."""
    return bool(_DIFFERENCE.search(text))


def derived(figure: Figure, text: str, groups: Sequence[Sequence[Figure]], *, hedged: bool) -> bool:
    """Whether it is a sum, difference or percentage of figures that stand together in one of the groups.

    The first group is all the evidence, the others are single sentences. Small numbers without a word for
    adding or comparing are looked for within a sentence only: pairs of a whole text hit any of them.
    """
    around = text[max(0, figure.start - 28) : figure.end + 60]
    summed = bool(_SUM.search(text))
    compared = bool(_DIFFERENCE.search(around) or _BY.search(text[: figure.start]))
    room = min(0.12, max(0.06, 0.5 * step(figure.value) / max(1.0, figure.value))) if hedged else 1e-6
    for number, group in enumerate(groups):
        values = [one for one in group if one.value > 0 and not is_year(one)]
        plain = sorted({one.value for one in values if one.kind != "%"})[-14:]
        if figure.kind == "%":
            if _share(figure.value, plain, 2.0 if hedged else 0.55):
                return True
            if hedged and number and _of_both(figure.value, plain):
                return True
            # "from 3.1 to 2.4 percent": the first is one, too
            plain = sorted(
                {x.value for x in values if x.kind == "%" or not (x.kind or x.value.is_integer())}
            )[:8]
        same = sorted(
            {one.value for one in values if one.kind == figure.kind or "" in {one.kind, figure.kind}}
        )
        if (summed or number) and _adds(figure.value, same, room):
            return True
        if (
            compared
            and (number or figure.value >= SMALL)
            and any(
                abs(abs(a - b) - figure.value) <= max(room, 1e-6) * figure.value
                for a, b in itertools.combinations(plain, 2)
            )
        ):
            return True
        if figure.value >= SMALL and _times(figure.value, plain, room):
            return True
    return False


SMALL = 60.0
"""Under it a sum of two figures anywhere in the evidence proves nothing."""


def part_of(figure: Figure, shares: Sequence[float], pool: Sequence[Figure], *, hedged: bool) -> bool:
    """Whether it is one of the percentages of one of the figures: 30 % of 850 million are 255 million."""
    if figure.kind == "%" or figure.value < 5:
        return False
    room = 0.03 if hedged else 0.001
    return any(
        abs(one.value * share / 100 - figure.value) <= room * figure.value
        for one in pool
        if one.kind == figure.kind and one.value > figure.value
        for share in sorted(set(shares))
        if 0 < share < 100
    )


def _of_both(value: float, values: Sequence[float]) -> bool:
    """Whether it is the share of one of two in both together."""
    return any(
        abs(100 * a / (a + b) - value) <= 0.55 for a, b in itertools.permutations(values, 2) if a + b > 0
    )


def possible(figure: Figure, pool: Sequence[Figure], *, thrice: bool = False) -> bool:
    """Whether some sum, difference or share of two figures of the evidence gives it: a doubt, no proof.

    ``thrice``: of three, too, for a large one.
    """
    values = sorted({one.value for one in pool if one.value > 0 and not is_year(one)})[-16:]
    if figure.kind == "%":
        return _share(figure.value, values, 1.0) or _of_both(figure.value, values)
    if (
        thrice
        and figure.value >= SMALL
        and any(
            abs(a - b - c - figure.value) <= 0.01 * figure.value
            for a, b, c in itertools.permutations(values, 3)
        )
    ):
        return True
    close = 0.03 * figure.value if figure.value >= SMALL else 1e-6
    return any(
        min(abs(a + b - figure.value), abs(abs(a - b) - figure.value)) <= close
        for a, b in itertools.combinations(values, 2)
    )


def _times(value: float, values: Sequence[float], room: float) -> bool:
    """Whether two figures multiplied give it: 11 cargoes of 66,000 tonnes, a sum a year over five years."""
    return any(
        abs(a * b - value) <= max(room, 0.001) * value
        for a in values
        for b in values
        if 1 < a <= 24 and b > a
    )


def _adds(value: float, values: Sequence[float], room: float) -> bool:
    parts = sorted(one for one in values if one < value)[-9:]
    return any(
        abs(sum(some) - value) <= room * value
        for size in (2, 3)
        for some in itertools.combinations(parts, size)
    )


def _share(value: float, values: Sequence[float], room: float) -> bool:
    pairs = itertools.permutations(values, 2)
    return any(
        abs(100 * a / b - value) <= room or abs(100 * abs(a - b) / b - value) <= room
        for a, b in pairs
        if b >= 3
    )
