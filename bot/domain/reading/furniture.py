"""What stands in and around a news text but is not the text: captions, credits, kickers, bylines, appeals.

A line is judged alone, by how it is worded (``wording``), in English, Chinese (both scripts)
and Arabic, the languages of the built-in topics; other languages lose only what is worded alike. A false
alarm eats a sentence of news, a miss leaves a line of furniture: so rules that look at a few words only apply
to short lines, and nothing over :data:`LONGEST` characters is furniture, whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from bot.domain.reading import wording

LONGEST = 700
"""Characters. Chosen, not measured: room for a long caption with its credits."""


class Kind(StrEnum):
    """What a line is, when it is not text. The values are read by people: they stand in reasons."""

    CAPTION = "caption"
    CREDIT = "credit"
    KICKER = "kicker"
    BYLINE = "byline"
    TIME = "timestamp"
    SECTION = "heading of other stories"
    LINK = "link to another story"
    MORE = "read-more link"
    RULE = "separator"
    NAVIGATION = "navigation"
    COOKIE = "cookie or consent line"
    APPEAL = "subscription or newsletter appeal"
    SHARE = "share bar"
    WEATHER = "weather"
    ADVERT = "advertising"
    LEGAL = "legal line"


WORN = frozenset({Kind.CAPTION, Kind.CREDIT, Kind.KICKER, Kind.BYLINE, Kind.TIME})
"""Kinds that belong to the article in which they stand."""

CHROME = frozenset(
    {Kind.NAVIGATION, Kind.COOKIE, Kind.APPEAL, Kind.SHARE, Kind.WEATHER, Kind.ADVERT, Kind.LEGAL}
)
"""Kinds that belong to the page and to no article."""

_SEPARATORS = re.compile(r"[\s,،:：;|/·•.\-–—()（）\[\]【】+]+")
_CUT_END = re.compile(r"(?:…|\.{2,}|\[…\]|\[\.{3}\])\s*[»›>→]?$")
_SENTENCE_END = re.compile(r"[.!?。！？؟…”’\"»」』)）\]]$")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)*")
_HAN = re.compile(r"[\u3400-\u9fff\u3040-\u30ff]")


@lru_cache(maxsize=2048)  # each rule asks for the length of the same line
def words(text: str) -> int:
    """How long a text is in words; a Chinese or Japanese character counts for 0.6 of one.

    0.6 is a rule of thumb for the length of the English translation, not measured.
    """
    han = len(_HAN.findall(text))
    return round(han * 0.6) + len(_WORD.findall(_HAN.sub(" ", text)))


def ends_sentence(text: str) -> bool:
    """Whether the text ends as a sentence does (a closing quotation mark or bracket counts)."""
    return bool(_SENTENCE_END.search(text.rstrip()))


def _only(line: str, word: re.Pattern[str]) -> bool:
    """Whether nothing but these words (and separators) stands in the line."""
    rest = _SEPARATORS.sub(" ", line).strip()
    position = 0
    while position < len(rest):
        match = word.match(rest, position)
        if match is None:
            return False
        position = match.end()
        while position < len(rest) and rest[position] == " ":
            position += 1
    return bool(rest)


def _timestamp(line: str) -> bool:
    return len(line) <= 90 and bool(wording.TIME_PIVOT.search(line)) and _only(line, wording.TIME_WORD)


def _share(line: str) -> bool:
    return len(line) <= 120 and bool(wording.SHARE_PIVOT.search(line)) and _only(line, wording.SHARE_WORD)


def _navigation(line: str) -> bool:
    if len(line) <= 90 and wording.NAV_LINE.fullmatch(line.rstrip(":»›> ")):
        return True
    items = [item for item in wording.NAV_SPLIT.split(line) if item]
    known = sum(bool(wording.NAV_LINE.fullmatch(item)) for item in items)
    if len(items) >= 2 and (wording.NAV_LINE.fullmatch(items[0]) or known >= 2) and words(line) <= 25:
        return True
    return len(items) >= 3 and not ends_sentence(line) and all(words(item) <= 4 for item in items)


def _weather(line: str) -> bool:
    few = words(line)
    return (
        few <= 16 and bool(wording.WEATHER.search(line)) and (few <= 5 or _said(wording.WEATHER_WORD, line))
    )


def _kicker(line: str) -> bool:
    if len(line) > 60 or ends_sentence(line):
        return False
    shouted = line.isupper() and words(line) <= 4 and sum(c.isalpha() for c in line) > 2
    return shouted or bool(wording.KICKER.fullmatch(line))


def _caption(line: str) -> bool:
    long = words(line)
    if long > 90:
        return False
    return bool(wording.CAPTION_START.match(line)) or (long <= 60 and _said(wording.CAPTION_END, line))


def _legal(line: str) -> bool:
    """A law on copyright may be the news: only a line that opens with the formula, or is short, is legal."""
    match = wording.LEGAL.search(line)
    return match is not None and words(line) <= 45 and (match.start() < 4 or words(line) <= 14)


def _appeal(line: str) -> bool:
    """Not in reported speech: he "urged citizens to sign up for the reserve"."""
    match = wording.APPEAL.search(line)
    asked = match is not None and (match.start() < 30 or words(line) <= 20)
    return asked and words(line) <= 45 and not _said(wording.REPORTED, line)


def _said(pattern: re.Pattern[str], line: str) -> bool:
    return bool(pattern.search(line))


def _whole(pattern: re.Pattern[str], limit: int, line: str) -> bool:
    return words(line) <= limit and bool(pattern.fullmatch(line))


_RULES = (
    # the first that holds wins; closed word lists come before patterns, narrow patterns before wide ones
    (Kind.TIME, _timestamp),
    (Kind.MORE, lambda line: _whole(wording.MORE, 6, line)),
    (Kind.SECTION, lambda line: _whole(wording.SECTION, 9, line.rstrip(":：»›>→▸ "))),
    (Kind.ADVERT, lambda line: _whole(wording.ADVERT, 10, line)),
    (Kind.SHARE, _share),
    (Kind.LINK, lambda line: _whole(wording.LINK, 32, line)),
    (Kind.COOKIE, lambda line: words(line) <= 60 and _said(wording.COOKIE, line)),
    (Kind.WEATHER, _weather),
    (Kind.CREDIT, lambda line: _whole(wording.CREDIT, 14, line)),
    (Kind.LEGAL, _legal),
    (Kind.CAPTION, _caption),
    (Kind.BYLINE, lambda line: _whole(wording.BYLINE, 40, line)),
    (Kind.KICKER, _kicker),
    (Kind.APPEAL, _appeal),
    (Kind.NAVIGATION, _navigation),
    (Kind.CREDIT, lambda line: _whole(wording.BRACKETED, 6, line)),
)


def kind(line: str) -> Kind | None:
    """What this line is, or None when it may be text or a headline."""
    line = line.strip()
    if not line or len(line) > LONGEST:
        return None
    if not any(c.isalnum() for c in line):
        return Kind.RULE
    return next((found for found, holds in _RULES if holds(line)), None)


def link_target(line: str) -> str:
    """The headline that a "Read also: …" line names, "" when it is no such line."""
    match = wording.LINK.fullmatch(line.strip())
    return match["rest"].strip() if match else ""


def trim_more(text: str) -> str:
    """The text without a read-more at its end."""
    return wording.MORE_TAIL.sub("", text).rstrip()


def cut_off(text: str) -> bool:
    """Whether a text breaks off: an ellipsis or a read-more at its end, or no end of a sentence."""
    text = text.rstrip()
    if not text:
        return False
    return bool(_CUT_END.search(text)) or trim_more(text) != text or not ends_sentence(text)


def clean(paragraphs: Sequence[str], *, title: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paragraphs that are text, and the captions and credits that stood between them.

    Takes paragraphs as an extractor found them. Beside furniture go a repeated title or kicker at the head,
    a lede printed twice, and what stands behind a heading of other stories when only headlines follow.
    """
    kept: list[str] = []
    captions: list[str] = []
    for index, paragraph in enumerate(paragraphs):
        found = kind(paragraph)
        closing = index == len(paragraphs) - 1 and bool(kept) and words(paragraph) > 12
        if found in {Kind.CAPTION, Kind.CREDIT} and not closing:
            captions.append(paragraph)
        elif found in _TEXT:
            # a closing "… he said. (AFP)" is worded like a caption and is text
            head = not kept and (found is not None or same_line(paragraph, title))
            # a lede or standfirst printed twice; further down, repetition may be meant (lists, tables)
            repeated = words(paragraph) >= 8 and paragraph in kept[:3]
            if not head and not repeated:
                kept.append(paragraph)
        elif found is Kind.SECTION and _only_headlines(paragraphs[index + 1 :]):
            break
    return tuple(kept), tuple(captions)


# What an extractor judged to be text stays although it is worded like this: rows of a table look like menus
_TEXT = frozenset({None, Kind.KICKER, Kind.CAPTION, Kind.CREDIT, Kind.NAVIGATION})


def _only_headlines(rest: Sequence[str]) -> bool:
    """Whether only short lines without the end of a sentence follow."""
    return all(words(line) <= 20 and not line.rstrip().endswith((".", "。", "؟")) for line in rest)


def same_line(line: str, title: str) -> bool:
    """Equal but for case, space and punctuation; a title may carry the outlet's name behind."""
    bare, whole = (re.sub(r"\W+", "", text).casefold() for text in (line, title))
    return bool(bare) and (bare == whole or (len(bare) > 20 and whole.startswith(bare)))
