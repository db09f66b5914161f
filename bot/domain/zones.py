"""Time zones as people name them: "Taipei", "台北", "دمشق", "+8", "UTC+5:30", "Asia/Tokyo", "Germany".

Names come from CLDR (Babel) in English, Chinese and Arabic, from the IANA names themselves, and from a table
of cities that have no zone of their own. What fits several zones gives several candidates: people choose.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import tzfpy
from babel import Locale
from babel.core import get_global

from bot.domain.moments import LANGUAGES, plain
from bot.domain.schedules import zone
from bot.errors import Misconfigured

MOST = 8
"""Candidates that are offered at once."""


def _words(lines: str) -> tuple[str, ...]:
    return tuple(lines.split())


SUGGESTED = _words(
    """
    Asia/Taipei Asia/Shanghai Asia/Hong_Kong Asia/Damascus Asia/Riyadh Africa/Cairo Europe/Istanbul
    Europe/London Europe/Berlin America/New_York America/Los_Angeles UTC
    """
)
"""What is offered before anybody typed anything."""

# CLDR keeps the name under which it first knew a zone.
_RENAMED = dict(
    pair.split("=")
    for pair in _words("""
    Asia/Calcutta=Asia/Kolkata Asia/Katmandu=Asia/Kathmandu Asia/Rangoon=Asia/Yangon
    Asia/Saigon=Asia/Ho_Chi_Minh Europe/Kiev=Europe/Kyiv Atlantic/Faeroe=Atlantic/Faroe
    America/Buenos_Aires=America/Argentina/Buenos_Aires Etc/UTC=UTC Etc/GMT=UTC
    """)
)
_OFTEN = _words(
    """
    Asia/Taipei Asia/Damascus Europe/London Europe/Berlin America/New_York America/Los_Angeles
    America/Chicago America/Denver Asia/Shanghai Asia/Hong_Kong Asia/Singapore Asia/Tokyo Asia/Seoul
    Asia/Kolkata Asia/Dubai Asia/Riyadh Africa/Cairo Europe/Istanbul Europe/Paris Asia/Beirut
    Asia/Amman Asia/Baghdad Asia/Tehran Asia/Karachi Asia/Dhaka Asia/Bangkok Asia/Jakarta Asia/Manila
    Australia/Sydney Pacific/Auckland Europe/Moscow America/Sao_Paulo
    """
)
"""Candidates that come first among many."""

_CITIES = """
Asia/Shanghai: beijing|peking|北京|بكين
Asia/Shanghai: guangzhou|canton|广州|shenzhen|深圳|chengdu|成都|wuhan|武汉|nanjing|南京|hangzhou|杭州
Asia/Shanghai: tianjin|天津|xian|西安|chongqing|重庆|cst
Asia/Taipei: taipeh|kaohsiung|高雄|taichung|台中|tainan|台南|hsinchu|新竹|taoyuan|桃园|new taipei|新北
Asia/Damascus: aleppo|阿勒颇|حلب|homs|حمص|hama|حماه|latakia|اللاذقيه|idlib|ادلب
Asia/Damascus: deir ez-zor|دير الزور|sweida|السويداء|raqqa|الرقه
Asia/Damascus: daraa|درعا|qamishli|القامشلي|tartus|طرطوس|damas|الشام
Asia/Beirut: tripoli|طرابلس|sidon|صيدا
Africa/Tripoli: tripoli|طرابلس|benghazi|بنغازي
Asia/Riyadh: mecca|makkah|مكه|medina|المدينه المنوره|jeddah|جده|dammam|الدمام
Asia/Dubai: abu dhabi|ابو ظبي|阿布扎比|sharjah|الشارقه
Africa/Cairo: alexandria|الاسكندريه|giza|الجيزه
America/New_York: washington|واشنطن|华盛顿|boston|بوسطن|波士顿|miami|philadelphia|atlanta|alexandria|est|edt
America/New_York: et|eastern time|nyc
America/Chicago: houston|dallas|austin|st louis|minneapolis|cst|cdt|birmingham
Europe/London: birmingham|manchester|liverpool|edinburgh|glasgow|england|scotland|wales|bst|cambridge|oxford
America/Los_Angeles: san francisco|旧金山|seattle|西雅图|san diego|san jose|silicon valley|portland|pst|pdt
America/Los_Angeles: la
America/Costa_Rica: san jose
America/Denver: salt lake city|mst|mdt
Europe/Berlin: munich|münchen|慕尼黑|ميونخ|hamburg|frankfurt|cologne|köln|cet|cest|stuttgart
Europe/Paris: lyon|marseille|strasbourg
Europe/Rome: milan|milano|米兰|naples|turin
Europe/Madrid: barcelona
Europe/Zurich: geneva|genève|جنيف|日内瓦|basel|bern
Europe/Istanbul: ankara|انقره|安卡拉|gaziantep|غازي عنتاب|عنتاب|izmir|اسطنبول
Asia/Tokyo: osaka|大阪|kyoto|京都|jst|yokohama
Asia/Seoul: busan|kst
Asia/Kolkata: new delhi|delhi|新德里|mumbai|bombay|孟买|bangalore|bengaluru|chennai|hyderabad|calcutta|ist
Asia/Jerusalem: tel aviv|特拉维夫|تل ابيب|haifa|حيفا|jerusalem|القدس|ist
Asia/Hebron: ramallah|رام الله|nablus|نابلس|palestine|فلسطين|jerusalem|القدس
Asia/Ho_Chi_Minh: hanoi|河内|saigon
Asia/Karachi: lahore|islamabad|伊斯兰堡
Australia/Sydney: canberra|堪培拉
Asia/Baghdad: basra|البصره|mosul|الموصل|erbil|اربيل
Asia/Almaty: astana
America/Toronto: ottawa|渥太华|montreal
UTC: utc|gmt|z|zulu|greenwich|协调世界时|غرينتش
"""

_OF_LANGUAGE = dict(
    pair.split("=")
    for pair in _words("""
    ar=Asia/Damascus zh=Asia/Shanghai ja=Asia/Tokyo ko=Asia/Seoul de=Europe/Berlin fr=Europe/Paris
    es=Europe/Madrid it=Europe/Rome tr=Europe/Istanbul ru=Europe/Moscow uk=Europe/Kyiv fa=Asia/Tehran
    he=Asia/Jerusalem hi=Asia/Kolkata id=Asia/Jakarta vi=Asia/Ho_Chi_Minh th=Asia/Bangkok
    pl=Europe/Warsaw nl=Europe/Amsterdam sv=Europe/Stockholm pt=Europe/Lisbon ur=Asia/Karachi
    ms=Asia/Kuala_Lumpur ku=Asia/Baghdad
    """)
)
_OF_SCRIPT = {"hant": "Asia/Taipei", "hans": "Asia/Shanghai"}
_OF_REGION = dict(
    pair.split("=")
    for pair in _words("""
    us=America/New_York ca=America/Toronto au=Australia/Sydney br=America/Sao_Paulo gb=Europe/London
    cn=Asia/Shanghai ru=Europe/Moscow mx=America/Mexico_City de=Europe/Berlin es=Europe/Madrid
    pt=Europe/Lisbon id=Asia/Jakarta
    """)
)

_SHORT = {
    "US": (
        "usa",
        "america",
        "امريكا",
    ),
    "GB": (
        "uk",
        "britain",
        "بريطانيا",
        "英国",
    ),
    "AE": (
        "uae",
        "emirates",
        "الامارات",
    ),
    "KR": (
        "korea",
        "韩国",
    ),
    "SA": (
        "ksa",
        "saudi",
    ),
    "TR": (
        "turkey",
        "تركيا",
    ),
    "CZ": ("czech republic",),
}

_OFFSET = re.compile(
    r"(?:utc|gmt|z)?\s*(?P<sign>[+\-−–]|زائد |ناقص )\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?"
)


def guess(language_code: str, default: str) -> str:
    """The zone in which somebody whose client speaks this ("zh-hant", "ar-EG", "de") likely lives."""
    language, *rest = language_code.replace("_", "-").lower().split("-")
    for piece in reversed(rest):
        if piece in _OF_SCRIPT or piece in _OF_REGION:
            return _OF_SCRIPT.get(piece) or _OF_REGION[piece]
        territory = get_global("territory_zones").get(piece.upper())
        if territory:
            return _modern(territory[0])
    return _OF_LANGUAGE.get(language, default)


def zone_at(latitude: float, longitude: float) -> str:
    """The zone of a place on earth."""
    return _modern(tzfpy.get_tz(longitude, latitude) or "UTC")


def read_zone(text: str, now: datetime, likely: str = "") -> tuple[str, ...]:
    """The zones that a text may mean, best first; () where it means none.

    Args:
        text: a city, a country, an IANA name, an abbreviation, or a distance from UTC.
        now: UTC; what distance a zone has from it changes over the year.
        likely: the zone that is thought of anyway; first where it is among several.
    """
    said = plain(text).strip(" .,،、!")
    match = _OFFSET.fullmatch(said)
    if match:
        minutes = 60 * int(match["hours"]) + int(match["minutes"] or 0)
        return _at_distance(-minutes if match["sign"] in "-−–ناقص " else minutes, now, likely)
    key = _key(said)
    if not key:
        return ()
    for word in (key, key.removesuffix("city").removesuffix("市")):
        if word in _places():
            return _ordered(_places()[word], likely)
        if word in _countries():
            return _apart(_ordered(_countries()[word], likely), now)[:MOST]
    close = difflib.get_close_matches(key, _places(), n=3, cutoff=0.84) if len(key) >= 5 else []
    return _ordered((name for word in close for name in _places()[word]), likely)[:MOST]


def offset(zone_name: str, now: datetime) -> timedelta:
    """How far the zone's clock is from UTC at that instant."""
    return now.astimezone(zone(zone_name)).utcoffset() or timedelta(0)


def label(zone_name: str, locale: Locale, now: datetime) -> str:
    """The zone for people: its city in their language and its distance from UTC, "Taipei (UTC+8)"."""
    minutes = int(offset(zone_name, now) / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    distance = (
        "UTC" if not minutes else f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"
    )
    if zone_name == "UTC" or zone_name.startswith("Etc/"):
        return distance
    old = next((old for old, new in _RENAMED.items() if new == zone_name), zone_name)
    named = locale.time_zones.get(zone_name) or locale.time_zones.get(old) or {}
    city = named.get("city") or zone_name.rpartition("/")[2].replace("_", " ")
    return f"{city} ({distance})"


def _at_distance(minutes: int, now: datetime, likely: str) -> tuple[str, ...]:
    """Zones whose clocks are so far from UTC now: the fixed one first, then those where many people live."""
    if not -12 * 60 <= minutes <= 14 * 60:
        return ()
    gap = timedelta(minutes=minutes)
    fixed = [] if minutes % 60 else [f"Etc/GMT{-minutes // 60:+d}" if minutes else "UTC"]
    there = [name for name in _OFTEN if offset(name, now) == gap]
    there = there or [name for name in sorted(_known()) if offset(name, now) == gap]
    named = sorted(there, key=lambda name: name != likely)
    return tuple(
        dict.fromkeys([*named[:1], *fixed, *named[1:]] if named[:1] == [likely] else [*fixed, *named])
    )[:MOST]


def _ordered(found: Iterable[str], likely: str) -> tuple[str, ...]:
    """Best first."""
    rank = {name: place for place, name in enumerate(_OFTEN)} | {likely: -1}
    return tuple(sorted(dict.fromkeys(found), key=lambda name: rank.get(name, len(rank))))


def _apart(names: Sequence[str], now: datetime) -> tuple[str, ...]:
    """Of a country's zones one for each clock that they show in winter and summer."""
    clocks: dict[tuple[timedelta, timedelta], str] = {}
    for name in names:
        clocks.setdefault((offset(name, now), offset(name, now + timedelta(days=182))), name)
    return tuple(clocks.values())


# --------------------------------------------------------------------------------------------------- names


def _key(said: str) -> str:
    """A name without what does not tell names apart."""
    return re.sub(r"[\W_]+", "", said.replace("ç", "c"))


def _modern(name: str) -> str:
    return _RENAMED.get(name, name)


@functools.cache
def _known() -> frozenset[str]:
    """The zones of CLDR that this machine knows too, under their present names."""
    names = {_modern(name) for listed in get_global("territory_zones").values() for name in listed}
    return frozenset(name for name in names if _exists(name)) | {"UTC"}


def _exists(name: str) -> bool:
    try:
        zone(name)
    except Misconfigured:
        return False
    return True


@functools.cache
def _places() -> Mapping[str, tuple[str, ...]]:
    """Name of a city, or of a zone, as ``_key`` leaves it -> zones."""
    found: dict[str, dict[str, None]] = {}
    for name in sorted(_known()):
        _add(found, name, [name])
        _add(found, name.rpartition("/")[2], [name])
    for old, new in _RENAMED.items():
        _add(found, old, [new])
        _add(found, old.rpartition("/")[2], [new])
    for code in LANGUAGES:
        for raw, names in Locale.parse(code).time_zones.items():
            if _modern(raw) in _known() and names.get("city"):
                _add(found, names["city"], [_modern(raw)])
    for line in _CITIES.strip().splitlines():
        name, _, cities = line.partition(": ")
        for city in cities.split("|"):
            _add(found, city, [name])
    return {key: tuple(names) for key, names in found.items()}


@functools.cache
def _countries() -> Mapping[str, tuple[str, ...]]:
    """Name of a country as ``_key`` leaves it -> zones."""
    found: dict[str, dict[str, None]] = {}
    for territory, listed in get_global("territory_zones").items():
        zones = [_modern(name) for name in listed if _modern(name) in _known()]
        spoken = [Locale.parse(code).territories.get(territory, "") for code in LANGUAGES]
        for name in (*spoken, *_SHORT.get(territory, ())):
            if zones:
                _add(found, name, zones)
    return {key: tuple(names) for key, names in found.items()}


def _add(found: dict[str, dict[str, None]], word: str, names: Sequence[str]) -> None:
    key = _key(plain(word))
    for spelt in {key, key.removeprefix("ال") if len(key) > 4 else key} - {""}:
        found.setdefault(spelt, {}).update(dict.fromkeys(names))
