"""Zones as people name them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedules import zone
from bot.domain.zones import MOST, SUGGESTED, guess, label, offset, read_zone, zone_at

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
PLACES = {
    "Asia/Taipei": "Taipei|taipei city|台北|臺北|台北市|Asia/Taipei|asia taipei|تايبيه|高雄|台灣|taipeh",
    "Asia/Damascus": "Damascus|damascas|دمشق|大馬士革|Aleppo|حلب|Syria|سوريا|敘利亞|叙利亚|الشام",
    "Asia/Kolkata": "Kolkata|Calcutta|Asia/Calcutta|加爾各答|UTC+5:30|+5:30|+0530|Mumbai|India|الهند",
    "Europe/Kyiv": "Kyiv|Kiev|基輔|كييف",
    "Europe/Berlin": "Berlin|Germany|德國|ألمانيا|Munich|CET",
    "America/New_York": "New York|new york|NEW YORK|America/New_York|纽约|نيويورك|EST|Washington",
    "Asia/Riyadh": "الرياض|رياض|جدة|利雅得",
    "Africa/Cairo": "القاهرة|開羅|Egypt",
    "America/Sao_Paulo": "São Paulo|sao paulo",
    "Europe/London": "London|UK|倫敦|لندن|England",
    "UTC": "utc|GMT|UTC+0|+0",
    "America/St_Johns": "UTC-3:30|GMT−3:30",
}
NOWHERE = "asdkjh||+15|8|7:30|?|🌍|Atlantis|🙂🙂"


@pytest.mark.parametrize(("wanted", "line"), PLACES.items())
def test_places_are_understood_in_three_languages(wanted: str, line: str) -> None:
    found = {said: (*read_zone(said, NOW), "nothing")[0] for said in line.split("|")}
    assert found == dict.fromkeys(line.split("|"), wanted)


def test_what_names_no_place_is_nothing() -> None:
    assert {said: read_zone(said, NOW) for said in NOWHERE.split("|")} == dict.fromkeys(
        NOWHERE.split("|"), ()
    )


def test_what_fits_several_zones_is_a_question() -> None:
    assert set(read_zone("طرابلس", NOW)) == {"Asia/Beirut", "Africa/Tripoli"}
    assert set(read_zone("CST", NOW)) == {"America/Chicago", "Asia/Shanghai"}
    assert read_zone("CST", NOW, "Asia/Shanghai")[0] == "Asia/Shanghai"
    assert read_zone("China", NOW) == ("Asia/Shanghai", "Asia/Urumqi")
    assert {"America/New_York", "America/Los_Angeles"} <= set(read_zone("USA", NOW))
    assert len(read_zone("USA", NOW)) == MOST
    assert read_zone("+8", NOW)[0] == "Etc/GMT-8"
    assert read_zone("+8", NOW, "Asia/Taipei")[:2] == ("Asia/Taipei", "Etc/GMT-8")


def test_a_distance_is_that_of_today() -> None:
    assert "Europe/London" in read_zone("+0", NOW)
    assert "Europe/London" not in read_zone("+0", datetime(2026, 7, 1, tzinfo=UTC))


@given(st.text(max_size=30))
def test_nothing_that_anybody_types_breaks_the_reading(said: str) -> None:
    for name in read_zone(said, NOW):
        zone(name)


@given(st.integers(-12, 14))
def test_a_whole_distance_is_always_something(hours: int) -> None:
    found = read_zone(f"UTC{hours:+d}", NOW)
    assert found
    assert {offset(name, NOW).total_seconds() for name in found} == {3600 * hours}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("zh-hant", "Asia/Taipei"), ("zh-TW", "Asia/Taipei"), ("zh-hans", "Asia/Shanghai"),
        ("ar", "Asia/Damascus"),
        ("ar-EG", "Africa/Cairo"), ("de", "Europe/Berlin"), ("en-US", "America/New_York"),
        ("en", "Europe/Rome"), ("", "Europe/Rome"), ("xx-YY", "Europe/Rome"),
    ],
)  # fmt: skip
def test_a_client_s_language_tells_where_it_likely_is(code: str, name: str) -> None:
    assert guess(code, "Europe/Rome") == name


@pytest.mark.parametrize(
    ("name", "locale", "said"),
    [
        ("Asia/Taipei", "en", "Taipei (UTC+8)"),
        ("Asia/Taipei", "zh_Hant", "台北 (UTC+8)"),
        ("Asia/Damascus", "ar", "دمشق (UTC+3)"),
        ("Asia/Kolkata", "zh_Hant", "加爾各答 (UTC+5:30)"),
        ("America/St_Johns", "en", "St. John’s (UTC-3:30)"),
        ("Etc/GMT-8", "en", "UTC+8"),
        ("UTC", "ar", "UTC"),
    ],
)
def test_a_zone_is_shown_by_its_city(name: str, locale: str, said: str) -> None:
    assert label(name, Locale.parse(locale), NOW) == said


def test_a_place_on_earth_has_a_zone() -> None:
    assert (zone_at(25.03, 121.56), zone_at(33.51, 36.29)) == ("Asia/Taipei", "Asia/Damascus")
    assert all(zone(name) for name in SUGGESTED)
