"""The sample week: stories of three topics and three languages, told by several outlets over seven days.

`stories()` gives them in the order of their names. Everything in them was written for this repository, from
public background and under invented outlet names; the events are invented. Beside the articles stand what a
reader should learn (`facts`) and sentences that a good editor would write (`clean`): all true, none copied.
Twenty of them stand in `prompts/samples`: on those a prompt is tried before it goes live.

`later()` and `kept()` give more stories of the same week and form, for the check of summaries: `later()` were
kept apart until their totals had been read once; at those of `kept()` nobody looks who works on the check.
"""

from __future__ import annotations

import functools
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.domain.terms import sentences

FOLDERS = (Path(__file__).parent / "week", Path(__file__).parents[2] / "prompts" / "samples")
LATER, KEPT = (Path(__file__).parent / name for name in ("later", "kept"))
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
"""Midnight of day 1."""

Language = Literal["en", "zh", "zh-Hant", "ar"]
Topic = Literal["syria", "us-china", "indo-pacific"]
Kind = Literal[
    "plain",
    "rounded",
    "sum",
    "percent",
    "converted",
    "relative-date",
    "words",
    "demonym",
    "passive",
    "fusion",
    "quote",
    "attribution",
    "headline",
]
Day = Literal[1, 2, 3, 4, 5, 6, 7]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class WeekArticle(_Part):
    """One outlet's report; `day` counts from 1, `hour` is UTC, `agency` the credited wire or empty."""

    id: str
    outlet: str
    day: Day
    hour: float = Field(ge=0, lt=24)
    language: Language
    agency: str = ""
    title: str = Field(min_length=1)
    text: list[str] = Field(min_length=2)

    @property
    def at(self) -> datetime:
        """When it was published, UTC."""
        return MONDAY + timedelta(days=self.day - 1, hours=self.hour)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The title, then each sentence of the text."""
        spoken = (sentences(paragraph, self.language) for paragraph in self.text)
        return (self.title, *itertools.chain.from_iterable(spoken))


class WeekFact(_Part):
    """Something to learn, first reported on `day`; told where all of one list of `any` stand together.

    `superseded_by` names the fact that took its place, empty while it holds.
    """

    id: str
    day: Day
    any: list[list[str]] = Field(min_length=1)
    superseded_by: str = ""

    def told(self, sentence: str) -> bool:
        """Whether the sentence reports the fact (compared casefolded)."""
        return any(holds(sentence, words) for words in self.any)


class WeekClean(_Part):
    """A true sentence in an editor's own words, from the articles up to the end of `day`."""

    day: Day
    kind: Kind
    text: str = Field(min_length=8)


class WeekStory(_Part):
    """One event: its articles in order of time, its facts, its clean sentences."""

    story: str
    topic: Topic
    articles: list[WeekArticle] = Field(min_length=2, max_length=6)
    facts: list[WeekFact] = Field(min_length=3, max_length=8)
    clean: list[WeekClean] = Field(min_length=8, max_length=12)


def holds(sentence: str, words: list[str]) -> bool:
    """Whether each of the strings occurs in the sentence, casefolded."""
    folded = sentence.casefold()
    return all(word.casefold() in folded for word in words)


@functools.cache
def stories() -> tuple[WeekStory, ...]:
    """Every story of the week, by name; pydantic's ValidationError where a file departs from the form."""
    return _read(*FOLDERS)


@functools.cache
def later() -> tuple[WeekStory, ...]:
    """Every story that came later and may be looked at, by name; raises as :func:`stories`."""
    return _read(LATER)


@functools.cache
def kept() -> tuple[WeekStory, ...]:
    """Every story that is kept apart, by name; raises as :func:`stories`."""
    return _read(KEPT)


def _read(*folders: Path) -> tuple[WeekStory, ...]:
    files = sorted((file for folder in folders for file in folder.glob("*.yaml")), key=lambda file: file.stem)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # two seconds less of every test that reads it
    texts = (file.read_text("utf-8") for file in files)
    return tuple(WeekStory.model_validate(yaml.load(text, Loader=loader)) for text in texts)
