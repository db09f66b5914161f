"""What a line of chat asks for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.brought import Brought, brought
from bot.domain.deeplinks import payload, read_payload
from bot.domain.demands import hours, wish
from bot.types import StoryId, Topic, TopicSlug

TOPICS = (
    Topic(slug=TopicSlug("syria"), names={"en": "Syria", "zh-Hant": "敘利亞", "ar": "سوريا"}),
    Topic(slug=TopicSlug("us-china"), names={"en": "US and China", "zh": "中美"}),
    Topic(slug=TopicSlug("china"), names={"en": "China"}),
)


@pytest.mark.parametrize(
    ("line", "topics", "window"),
    [
        ("", [], None),
        ("syria", ["syria"], None),
        ("China, Syria 24h", ["china", "syria"], 24),
        ("us and china 3 days", ["us-china"], 72),
        ("us china", ["us-china"], None),
        ("敘利亞 3天", ["syria"], 72),
        ("叙利亚、中美 2週", ["syria", "us-china"], 336),
        ("سوريا ٣ أيام", ["syria"], 72),
        ("0h", [], 1),
        ("9999d", [], 720),
    ],
)
def test_topics_and_windows(line: str, topics: list[str], window: int | None) -> None:
    asked = wish(line, TOPICS)
    assert list(asked.topics) == topics
    assert asked.unknown == ""
    assert hours(asked.window) == (window or 0)


@pytest.mark.parametrize("line", ["full", "Syria full", "全部", "敘利亞 完整", "سوريا كامل"])
def test_full_is_no_topic(line: str) -> None:
    asked = wish(line, TOPICS)
    assert asked.full
    assert asked.unknown == ""
    assert not wish("syria", TOPICS).full


def test_what_is_not_understood_is_told_with_what_is_near() -> None:
    asked = wish("siria 3d", TOPICS)
    assert (asked.unknown, asked.near, asked.window) == ("siria", ("syria",), timedelta(days=3))
    assert wish("xyzzy", TOPICS).near == ("syria", "us-china", "china")


@pytest.mark.parametrize(
    ("text", "links", "found"),
    [
        ("https://a.example/x.", [], Brought(addresses=("https://a.example/x",))),
        ("see (https://a.example/x_(y))", [], Brought(addresses=("https://a.example/x_(y)",))),
        ("read a.example/x now", [], Brought(addresses=("https://a.example/x",))),
        ("look", ["https://b.example/"], Brought(addresses=("https://b.example/",))),
        ("hello there", [], Brought()),
        ("me@a.example/x", [], Brought()),
        (" ".join(f"http://a.example/{n}" for n in range(5)), [], None),
    ],
)
def test_what_of_a_message_is_meant(text: str, links: list[str], found: Brought | None) -> None:
    if found is None:
        assert (len(brought(text, links).addresses), brought(text, links).more) == (3, 2)
    else:
        assert brought(text, links) == found


def test_a_long_text_is_meant_itself_even_with_a_link_in_it() -> None:
    text = "The ferry sank. " * 20 + "https://a.example/x"
    assert brought(text).text == text
    assert brought("short", any_length=True).text == "short"


def test_deep_links_name_story_and_chat() -> None:
    assert payload(StoryId(12), "-1001000000701") == "s_12_-1001000000701"
    assert read_payload("s_12_-1001000000701") == (12, "-1001000000701")
    assert read_payload("12") == (12, "")
    assert payload(StoryId(12), "@desk") == "s_12"
    for wrong in ("", "s_", "s_x", "s_12_x", "s_-3", f"s_{'9' * 30}"):
        assert read_payload(wrong) is None
