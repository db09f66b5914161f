"""Random digests from a seed: the same ones everywhere, since a hash throws the dice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import TypeVar

from bot.errors import Code
from bot.types import (
    ArticleId,
    CanonicalUrl,
    Coverage,
    Digest,
    Item,
    Length,
    Method,
    Section,
    Sentence,
    Slot,
    Source,
    StoryId,
    Summary,
    TopicSlug,
)

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LANGUAGES = ("en", "zh-Hant", "zh", "ar")
TONGUES = ("en", "zh", "ar", "he", "ja", "fr", "", "und")
WORDS = (
    *("bridge", "council", "lorries", "Washington", "a", "of", "1,412", "450", "“quoted”", "e\u0301tat"),
    *("代爾哈菲爾渡口大橋", "会议", "芯片出口許可", "、", "。"),
    *("السلام", "عليكم", "المحادثات", "؛", "«ست ساعات»", "שלום"),
    *("😀", "🚢", "👩🏽\u200d💻", "🇸🇾", "❤\ufe0f", "𝔘𝔫𝔦", "👨\u200d👩\u200d👧\u200d👦"),
    *(
        "a\u202eb",
        "zero\u200bwidth",
        "\u2066iso\u2069",
        "tab\there",
        "half\ud83d",
        "/start",
        "@channel",
        "#tag",
    ),
    *("https://bare.example/path?a=1", "<b>", "&amp;", "*star*", "_line_", "[1]", "`code`", "\\", "x" * 70),
)
URLS = (
    "https://news.example.org/{n}?a=1&b=2",
    "http://news.example.org/{n}",
    "https://خبر.example/{n}",
    "https://news.example.org/" + "x" * 3000,
    "javascript:alert({n})",
    "https://with space.example/{n}",
    "",
)
Thing = TypeVar("Thing")


class Dice:
    """Numbers that follow from the seed alone."""

    def __init__(self, seed: int) -> None:
        self._seed, self._round, self._pool = seed, 0, b""

    def upto(self, most: int) -> int:
        """0 to ``most``, both included; ``most`` under 65,536."""
        if len(self._pool) < 2:
            self._round += 1
            self._pool = blake2b(f"{self._seed}:{self._round}".encode()).digest()
        value, self._pool = int.from_bytes(self._pool[:2], "big"), self._pool[2:]
        return value % (most + 1)

    def one(self, things: Sequence[Thing]) -> Thing:
        return things[self.upto(len(things) - 1)]

    def chance(self, percent: int) -> bool:
        return self.upto(99) < percent

    def text(self, most: int) -> str:
        words = [self.one(WORDS) for _ in range(self.upto(most))]
        if self.chance(1):
            words.append(self.one(WORDS) * self.one((40, 400)))
        return self.one((" ", " ", " ", "", "  ")).join(words)


def digest(seed: int) -> Digest:
    """Up to twelve stories of up to six sentences, of up to twelve sources, in up to four topics."""
    dice = Dice(seed)
    stories = dice.one((0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 12))
    sections = [list[Item]() for _ in range(1 + dice.upto(3))]
    for number in range(stories):
        dice.one(sections).append(_item(dice, 1000 + number))
    feeds = dice.upto(60)
    coverage = Coverage(
        feeds=feeds,
        feeds_fine=dice.upto(feeds),
        newest_at=None if dice.chance(10) else NOW - timedelta(minutes=dice.upto(9000)),
        articles=dice.upto(3000),
        failing=tuple(dice.text(4) for _ in range(dice.upto(5))),
    )
    return Digest(
        slot=Slot(local_date=date(2026, 11, 23), local_time=time(5, 30), at=NOW) if dice.chance(80) else None,
        language=LANGUAGES[seed % len(LANGUAGES)],
        zone=dice.one(("UTC", "Europe/Berlin", "Asia/Taipei")),
        made_at=NOW,
        since=NOW - timedelta(hours=24),
        sections=tuple(
            Section(
                topic=TopicSlug(f"topic-{place}"),
                name=dice.text(4) or "Syria",
                items=tuple(items),
                more=dice.one((0, 0, 1, 2, 14)),
            )
            for place, items in enumerate(sections)
        ),
        coverage=coverage,
        late=dice.chance(20),
    )


def _item(dice: Dice, story: int) -> Item:
    sources = tuple(_source(dice, number) for number in range(1, 2 + dice.upto(dice.one((1, 3, 11)))))
    numbers = [source.number for source in sources]
    most = dice.one((8, 20, 40))
    sentences = tuple(
        Sentence(text=dice.text(most), sources=tuple(dice.one(numbers) for _ in range(dice.upto(3))))
        for _ in range(1 + dice.upto(5))
    )
    return Item(
        story=StoryId(story),
        summary=Summary(
            story=StoryId(story),
            basis=f"b{story}",
            language="en",
            length=Length.STANDARD,
            headline=f"{dice.text(14)} news",
            sentences=sentences,
            method=dice.one((Method.LLM, Method.EXTRACTIVE)),
            sources=sources,
            rejected=("One.",) * dice.upto(2),
            why_fallback=dice.one((None, None, Code.MODEL_UNAVAILABLE)),
            text_language=dice.one(TONGUES),
        ),
        score=1.0,
        why=dice.text(6),
        voices=dice.upto(12),
        reprints=dice.upto(3),
        first_at=NOW - timedelta(hours=50),
        last_at=NOW - timedelta(hours=dice.upto(48)),
        news=dice.one(("new", "developed")),
        state_media_only=dice.chance(10),
    )


def _source(dice: Dice, number: int) -> Source:
    return Source(
        number=number,
        article=ArticleId(number),
        outlet=dice.text(4),
        url=CanonicalUrl(dice.one(URLS).format(n=number)),
        title=dice.text(12),
        text="",
        language=dice.one(TONGUES),
        published_at=NOW - timedelta(minutes=dice.upto(3000)),
        agency=dice.one(("", "", "AFP")),
        state_media=dice.chance(15),
        reprint=dice.chance(20),
    )
