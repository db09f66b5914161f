"""What readers wish: changes of a subscription, and what they do not want to read of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.moments import plain
from bot.domain.wishes import UNMUTED, changed, muted, pattern
from bot.types import (
    Address,
    ArticleId,
    Length,
    Mute,
    OutletId,
    Schedule,
    Story,
    Subscription,
    SubscriptionId,
    TopicSlug,
)
from tests.make import article

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
TOPICS = tuple(map(TopicSlug, ("syria", "us-china", "indo-pacific")))
SUB = Subscription(
    id=SubscriptionId("tg:1"),
    address=Address(channel="telegram", chat="1"),
    topics=TOPICS[:2],
    schedule=Schedule(times=(time(7, 30),), zone="Asia/Taipei"),
)


def wish(name: str, value: str, sub: Subscription = SUB) -> Subscription | None:
    return changed(sub, name, value, topics=TOPICS, now=NOW)


def test_topics_are_switched_over_in_their_order_and_one_stays() -> None:
    more = wish("topics", "indo-pacific")
    assert more is not None
    assert more.topics == TOPICS
    less = wish("topics", "syria")
    assert less is not None
    assert less.topics == ("us-china",)
    assert wish("topics", "us-china", less) is None
    assert wish("topics", "football") is None


@pytest.mark.parametrize(
    ("name", "value", "times", "days"),
    [
        ("at", "1800", "07:30 18:00", ()),
        ("at", "0730", "07:30", ()),
        ("only", "06:30", "06:30", ()),
        ("day", "0", "07:30", (1, 2, 3, 4, 5, 6)),
        ("days", "week", "07:30", (0, 1, 2, 3, 4)),
        ("days", "end", "07:30", (5, 6)),
        ("days", "all", "07:30", ()),
    ],
)
def test_times_and_days(name: str, value: str, times: str, days: tuple[int, ...]) -> None:
    new = wish(name, value)
    assert new is not None
    assert new.schedule.times == tuple(time.fromisoformat(at) for at in times.split())
    assert new.schedule.days == days


def test_the_last_time_and_the_last_day_stay_and_all_days_are_every_day() -> None:
    assert wish("drop", "0730") is None
    monday = replace(SUB, schedule=replace(SUB.schedule, days=(0,)))
    assert wish("day", "0", monday) is None
    six = replace(SUB, schedule=replace(SUB.schedule, days=(0, 1, 2, 3, 4, 5)))
    seven = wish("day", "6", six)
    assert seven is not None
    assert seven.schedule.days == ()


IMPOSSIBLE = (
    "at=25:00", "day=x", "days=some", "zone=Mars/Base", "language=tlh", "length=huge", "format=pdf",
    "quiet=x", "night=x", "silent=", "pause=-1", "pause=366", "pause=x", "unknown=1",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [line.split("=") for line in IMPOSSIBLE],
)
def test_what_cannot_be_is_refused(name: str, value: str) -> None:
    assert wish(name, value) is None


def test_how_it_is_told() -> None:
    sub = SUB
    for name, value in (("language", "ar"), ("length", "deep"), ("format", "rich"), ("quiet", "nothing"),
                        ("night", "on"), ("silent", "on"), ("zone", "Europe/Berlin")):  # fmt: skip
        new = wish(name, value, sub)
        assert new is not None
        sub = new
    assert (sub.language, sub.length, sub.format, sub.quiet_day) == ("ar", Length.DEEP, "rich", "nothing")
    assert (sub.night, sub.silent, sub.schedule.zone) == (True, True, "Europe/Berlin")


def test_a_pause_of_a_day_ends_with_the_reader_s_night_and_none_ends_it() -> None:
    new = wish("pause", "1")
    assert new is not None
    assert new.paused_until == datetime(2026, 11, 20, 16, tzinfo=UTC)  # midnight of Taipei
    again = wish("pause", "0", new)
    assert again is not None
    assert again.paused_until is None


# ------------------------------------------------------------------------------------------------------ mutes

FOUND = {
    "Trump": "Trump speaks|What TRUMP said|trump's plan|“Trump”|川普Trump談話",
    "red sea": "Ships leave the Red Sea|RED  SEA, again",
    "足球": "足球決賽|世界盃足球賽",
    "臺灣": "台湾海峡局势|臺灣新聞|台灣選舉",
    "حرب": "الحرب في أوكرانيا|وحربٌ أخرى|بالحرب|للحرب ثمن|حرب",
    "الحرب": "حرب طويلة|والحرب",
    "أوكرانيا": "اوكرانيا تعلن|لأوكرانيا",
    "café": "The CAFÉ is closed",
    "C++": "C++ wins",
    "台積電": "台積電TSMC宣布",
    "TSMC": "台積電TSMC宣布",
}
NOT_FOUND = {
    "Trump": "Trumpet lessons|A trumped-up charge",
    "us": "USA votes|a bus",
    "حرب": "حربي|الحربية",
    "red sea": "The red season",
    "TSMC": "TSMCX",
}


@pytest.mark.parametrize(("word", "line"), FOUND.items())
def test_a_word_is_found_in_any_case_and_script(word: str, line: str) -> None:
    mute = muted([Mute(chat="1", kind="word", value=word)])
    assert {said: mute.hides(said) for said in line.split("|")} == dict.fromkeys(line.split("|"), True)


@pytest.mark.parametrize(("word", "line"), NOT_FOUND.items())
def test_only_the_whole_word_is_found(word: str, line: str) -> None:
    mute = muted([Mute(chat="1", kind="word", value=word)])
    assert {said: mute.hides(said) for said in line.split("|")} == dict.fromkeys(line.split("|"), False)


@given(st.text(min_size=1, max_size=30))
def test_any_word_that_was_typed_finds_itself(word: str) -> None:
    if plain(word):
        assert pattern(word).search(plain(word))
        assert pattern(word).search(plain(f"x {word} y"))


def test_nothing_is_muted_by_default() -> None:
    assert not UNMUTED.hides("anything")
    assert muted([Mute(chat="1", kind="word", value=" ")]) == UNMUTED


def test_a_story_that_only_muted_outlets_tell_is_left_out_and_others_lose_that_source() -> None:
    told = {
        ArticleId(1): article(1, id=ArticleId(1), title="A quake in Japan", outlet=OutletId("one")),
        ArticleId(2): article(2, id=ArticleId(2), title="Quake strikes Japan", outlet=OutletId("two")),
    }
    both = Story(id=1, title="A quake", articles=tuple(told), voices=2, first_at=NOW, last_at=NOW)  # type: ignore[arg-type]
    alone = replace(both, articles=(ArticleId(1),))
    mute = muted([Mute(chat="1", kind="outlet", value="one")])
    heard = mute.heard(told)
    assert set(heard) == {2}
    assert (mute.lets(both, heard), mute.lets(alone, heard)) == (True, False)
    assert not muted([Mute(chat="1", kind="word", value="japan")]).lets(both, told)
