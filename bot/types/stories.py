"""Where an article belongs: its topics, its story, and what people put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.types.noun import ArticleId, Noun, StoryId, TopicSlug


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Noun):
    """What a reader follows. Terms are per language; ``names`` per interface language."""

    slug: TopicSlug
    names: Mapping[str, str]
    description: str = ""
    include: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # language -> terms
    matter: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # what it treats: names need one of it
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # weak terms: need company
    exclude: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sides: tuple[Mapping[str, tuple[str, ...]], ...] = ()  # each side must be named (us-china)
    also: tuple[Mapping[str, tuple[str, ...]], ...] = ()  # a second set of sides, as good as the first
    examples: tuple[str, ...] = ()
    threshold: float = 1.0
    order: int = 0

    def name(self, language: str) -> str:
        """The topic's name in this interface language, English where it has none."""
        known = (language, language.split("-", maxsplit=1)[0], "en")
        return next((self.names[code] for code in known if self.names.get(code)), self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMatch(Noun):
    """Why an article is in a topic: score over the topic's threshold, and the terms that made it."""

    topic: TopicSlug
    score: float
    why: str


class PlacementKind(StrEnum):
    """What became of an article."""

    JOIN = "join"
    FOUND = "found"
    DUPLICATE = "duplicate"  # a reprint: in the story, but no voice of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement(Noun):
    """A decision of the one story writer."""

    article: ArticleId
    kind: PlacementKind
    story: StoryId
    similarity: float
    why: str
    reprint_of: ArticleId | None = None
    topics: tuple[TopicMatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(Noun):
    """A change of what was placed before.

    ``articles`` went from story ``source`` to story ``target``: all of them in a merge (the source is then
    another name of the target), some in a split (the target is new, and nothing merges the two again).
    """

    source: StoryId
    target: StoryId
    articles: tuple[ArticleId, ...]
    split: bool = False
    by_hand: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(Noun):
    """One event, with its articles in placement order."""

    id: StoryId
    title: str
    articles: tuple[ArticleId, ...]
    voices: int  # independent sources: outlets less reprints and families
    first_at: datetime
    last_at: datetime
    topics: tuple[TopicMatch, ...] = ()
