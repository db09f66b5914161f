"""A digest as a rich message: one where it fits, and what happens where it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.simulator import rich as telegram
from bot.adapters.simulator.rich_text import text_of_rich
from bot.domain.messages import Doors, parts
from bot.domain.messages.rich import MOST_BLOCKS, MOST_CHARACTERS, fits
from bot.types import CanonicalUrl, Digest, Limits, Part, Sentence, StoryId
from tests.golden.sample import coverage, empty, sample, source, wording

EN = wording("en")
DOORS = Doors("dateline_bot", private=True)


def rich(digest: Digest, language: str = "en") -> tuple[Part, ...]:
    made = parts(digest, Limits(), wording(language), DOORS, form="rich")
    for part in made:
        if part.rich is not None:
            telegram.accept(json.loads(json.dumps(part.rich)))
    return made


def blocks(given: Any) -> Iterator[dict[str, Any]]:
    """All blocks and inline pieces, at any depth."""
    if isinstance(given, dict):
        if "type" in given:
            yield given
        for value in given.values():
            yield from blocks(value)
    elif isinstance(given, list | tuple):
        for each in given:
            yield from blocks(each)


def of(part: Part, kind: str) -> list[dict[str, Any]]:
    return [one for one in blocks(part.rich) if one["type"] == kind]


def long_digest(stories: int, *, units: int, sentences: int = 4, sources: int = 4) -> Digest:
    whole = sample()
    first = whole.sections[0].items[0]
    told = tuple(Sentence(text=f"{number} " + "n" * units, sources=(1, 2)) for number in range(sentences))
    listed = tuple(source(number, f"Outlet {number}") for number in range(1, sources + 1))
    items = tuple(
        replace(
            first,
            story=StoryId(100 + number),
            summary=replace(first.summary, headline=f"Story {number}", sentences=told, sources=listed),
        )
        for number in range(stories)
    )
    half = (stories + 1) // 2
    first_half, rest = items[:half], items[half:]
    sections = (
        replace(whole.sections[0], items=first_half, more=3),
        replace(whole.sections[1], items=rest, more=5),
        replace(whole.sections[2], items=(), more=0),
    )
    return replace(whole, sections=sections)


def test_a_digest_is_one_rich_message_with_the_classic_one_beside() -> None:
    (only,) = rich(sample())
    plain = parts(sample(), Limits(), EN, DOORS)
    assert only.classic == plain
    assert (only.text, only.entities) == (plain[0].text, plain[0].entities)
    assert [button.data for row in only.buttons for button in row] == ["s:1", "s:2", "s:3", "s:4"]


def test_topics_are_headings_and_stories_folds_of_which_the_first_is_open() -> None:
    (only,) = rich(sample())
    assert [one["text"] for one in of(only, "heading")][1:] == ["Syria", "US-China", "Indo-Pacific"]
    folds = of(only, "details")
    assert [fold["summary"][0]["text"].split(".")[0] for fold in folds] == ["1", "2", "3", "4"]
    assert [bool(fold.get("is_open")) for fold in folds] == [True, False, False, False]


def test_marks_are_plain_links_and_nothing_leaks_in_old_clients() -> None:
    (only,) = rich(sample())
    kinds = {one["type"] for one in blocks(only.rich)}
    assert not kinds & {"reference", "reference_link", "date_time", "expandable_blockquote"}
    marks = [one for one in of(only, "url") if one["text"] == "[2]"]
    assert marks[0]["url"] == "https://news2.example.org/2026/11/22/story-2?a=1&b=2"


def test_what_must_be_known_stands_on_the_fold_and_how_it_was_made_inside() -> None:
    (only,) = rich(sample())
    first, second = of(only, "details")[:2]
    assert first["summary"][1] == " · developed since your last digest · 3 independent sources"
    assert second["summary"][1] == " · state media only · single source"
    assert "AI summary, checked against" in json.dumps(first["blocks"])


def test_the_table_lists_the_first_report_first() -> None:
    whole = sample()
    item = whole.sections[0].items[0]
    ordered = tuple(
        replace(one, published_at=one.published_at.replace(hour=4 - place))
        for place, one in enumerate(item.summary.sources)
    )
    items = (replace(item, summary=replace(item.summary, sources=ordered)),)
    (only,) = rich(replace(whole, sections=(replace(whole.sections[0], items=items),)))
    (table,) = of(only, "table")
    assert [row[1]["text"]["text"].split("]")[0] for row in table["cells"][1:]] == ["[3", "[4", "[2", "[1"]


@pytest.mark.parametrize(("language", "rtl"), [("en", False), ("zh-Hant", False), ("ar", True)])
def test_only_arabic_is_set_from_right_to_left(language: str, rtl: bool) -> None:
    (only,) = rich(sample(language), language)
    assert only.rich is not None
    assert bool(only.rich.get("is_rtl")) is rtl
    assert {cell["align"] for cell in of(only, "table")[0]["cells"][0]} == {"right" if rtl else "left"}


def test_a_quiet_day_is_rich_too_and_has_no_buttons() -> None:
    (only,) = rich(empty(coverage(38, 38)))
    assert "Nothing new passed the bar" in text_of_rich(only.rich or {})
    assert only.buttons == ()


def test_titles_go_first_then_the_tables() -> None:
    (full,) = rich(long_digest(8, units=500))
    assert len(of(full, "table")[0]["cells"][0]) == 3
    (thin,) = rich(long_digest(8, units=950))
    assert not of(thin, "table") or len(of(thin, "table")[0]["cells"][0]) == 2
    assert "[3] Outlet 3" in text_of_rich(thin.rich or {})


def test_too_many_stories_go_into_several_messages_with_their_numbers_running_on() -> None:
    made = rich(long_digest(12, units=1500))
    assert len(made) > 1
    numbers = [fold["summary"][0]["text"].split(".")[0] for part in made for fold in of(part, "details")]
    assert numbers == [str(number) for number in range(1, 13)]
    pressed = [button.text for part in made for row in part.buttons for button in row]
    assert pressed == numbers
    for number, part in enumerate(made, 1):
        assert of(part, "heading")[0]["text"].endswith(f" · {number}/{len(made)}")
        assert {story for one in part.classic for story in one.stories} == set(part.stories)
    whole = "".join(text_of_rich(part.rich or {}) for part in made)
    assert (whole.count("3 more stories"), whole.count("5 more stories")) == (1, 1)
    assert whole.count("Indo-Pacific") == 1  # the topic without stories is said once


def test_a_story_too_long_for_any_message_is_cut_and_says_by_how_much() -> None:
    (only,) = rich(long_digest(1, units=3000, sentences=60))
    assert "50 sentences did not fit: the sources have them." in text_of_rich(only.rich or {})
    assert "59 nnn" in "".join(part.text for part in only.classic)


def test_what_no_rich_message_holds_stays_classic() -> None:
    whole = long_digest(1, units=50)
    name = replace(whole.sections[0], name="n" * (MOST_CHARACTERS + 1))
    made = rich(replace(whole, sections=(name,)))
    assert len(made) > 1
    assert all(part.rich is None for part in made)


def test_an_address_that_may_not_be_linked_is_left_as_text() -> None:
    whole = sample()
    item = whole.sections[1].items[0]
    sources = tuple(replace(one, url=CanonicalUrl("javascript:alert(1)")) for one in item.summary.sources)
    items = (replace(item, summary=replace(item.summary, sources=sources)),)
    (only,) = rich(replace(whole, sections=(replace(whole.sections[1], items=items),)))
    assert not of(only, "url")
    assert "[1]" in text_of_rich(only.rich or {})


def test_limits_are_counted_as_telegram_counts_them() -> None:
    row = [{"text": "a", "align": "left", "valign": "top"}]
    table = {"type": "table", "cells": [row] * (MOST_BLOCKS - 1)}
    assert fits([table])
    telegram.accept({"blocks": [table]})
    assert not fits([table, {"type": "paragraph", "text": "a"}])
    text = {"type": "paragraph", "text": ["🚢" * (MOST_CHARACTERS // 2)]}
    assert fits([text])
    telegram.accept({"blocks": [text]})
    assert not fits([text, {"type": "paragraph", "text": {"type": "bold", "text": "a"}}])
