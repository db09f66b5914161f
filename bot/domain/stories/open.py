"""A story that still takes articles: the sum of its members, built by adding them in the order of placement.

Merging and restarting build it again in that order, so both come out bit for bit the same.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.domain.stories.features import EMPTY, Features, joint, likeness, products
from bot.types import (
    Article,
    ArticleId,
    Outlet,
    Placement,
    PlacementKind,
    Story,
    StoryId,
    TopicMatch,
    TopicSlug,
)

NEAR = 8
"""Latest members that an article is also compared with one by one. All of them grouped no better."""
MOST = 3000  # heaviest words that a story's sum keeps: what a thousand articles add once says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """An article in the index."""

    number: int  # the order of placement
    article: ArticleId
    title: str
    at: datetime
    voice: str
    need: float  # the likeness that it needed to join
    features: Features
    copy: bool  # a reprint: counted, not compared
    topics: tuple[TopicMatch, ...]


@dataclass(slots=True, eq=False)
class Part:
    """The sum of a story's members of one language, all with or all without a meaning."""

    ids: NDArray[np.uint32] = field(default_factory=lambda: EMPTY)
    values: NDArray[np.float32] = field(default_factory=lambda: EMPTY.astype(np.float32))
    meaning: NDArray[np.float32] | None = None

    def add(self, one: Features) -> None:
        """Add an article."""
        if one.meaning is not None:
            vector = one.meaning.astype(np.float32)
            self.meaning = vector if self.meaning is None else self.meaning + vector
        if not self.ids.size:
            self.ids, self.values = one.ids, one.values
            return
        at = np.searchsorted(self.ids, one.ids)
        known = self.ids[np.minimum(at, self.ids.size - 1)] == one.ids
        self.values = self.values.copy()  # an article's own, as long as it was alone
        self.values[at[known]] += one.values[known]
        new = ~known
        self.ids = np.insert(self.ids, at[new], one.ids[new])
        self.values = np.insert(self.values, at[new], one.values[new])
        if self.ids.size > MOST:
            kept = np.sort(np.argsort(-self.values, kind="stable")[:MOST])
            self.ids, self.values = self.ids[kept], self.values[kept]


@dataclass(slots=True, eq=False)
class Open:
    """An open story. ``listed``: the words under which the index lists it."""

    id: StoryId
    members: list[Member] = field(default_factory=list)
    first: datetime | None = None
    last: datetime | None = None
    parts: dict[tuple[str, bool], Part] = field(default_factory=dict)
    norm2: float = 0.0
    size: int = 0  # members that are compared
    near: deque[Features] = field(default_factory=lambda: deque(maxlen=NEAR))
    title: str = ""
    titled_by: Features | None = None
    titled: float = 0.0  # the sum of the likenesses of the article that gave the title to all members
    need: float = 0.0  # sum of what its members needed
    listed: list[int] | set[int] = field(default_factory=list)

    def add(self, member: Member) -> None:
        """Take an article in, as the last so far."""
        self.members.append(member)
        self.first = member.at if self.first is None else min(self.first, member.at)
        self.last = member.at if self.last is None else max(self.last, member.at)
        if not self.title:
            self.title = member.title
        if member.copy:
            return
        one = member.features
        others = toward(one, [self])[0]
        self.norm2 += 2 * others + 1.0
        self.parts.setdefault(one.key, Part()).add(one)
        self.near.append(one)
        self.size += 1
        self.need += member.need
        self._retitle(member, others + 1.0)

    def _retitle(self, member: Member, central: float) -> None:
        """The title of the most central article; it changes only for one that is a tenth more central."""
        if self.titled_by is not None:
            self.titled += likeness(self.titled_by, [member.features])[0]
        if self.titled_by is None or central > 1.1 * self.titled:
            self.title, self.titled_by, self.titled = member.title, member.features, central

    def unlisted(self, words: list[int]) -> list[int]:
        """Those of the words under which the index did not list it; from now on it does."""
        if not self.listed:
            self.listed = words  # most stories have one article: a list is small
            return words
        if isinstance(self.listed, list):
            self.listed = set(self.listed)
        new = [word for word in words if word not in self.listed]
        self.listed.update(new)
        return new

    def gap(self, at: datetime) -> float:
        """Days between an article and the story's last one."""
        assert self.last is not None
        return abs((at - self.last).total_seconds()) / 86400

    def nearest(self, one: Features) -> tuple[float, Features]:
        """The likeness of an article to the nearest of the latest members, and that member."""
        near = list(self.near)
        found = likeness(one, near)
        best = max(range(len(near)), key=found.__getitem__)
        return found[best], near[best]

    def told(self) -> Story:
        """The story as everybody else sees it."""
        assert self.first is not None
        assert self.last is not None
        return Story(
            id=self.id,
            title=self.title,
            articles=tuple(member.article for member in self.members),
            voices=max(1, len({member.voice for member in self.members if not member.copy})),
            first_at=self.first,
            last_at=self.last,
            topics=_topics(self.members),
        )


def toward(one: Features, stories: Sequence[Open]) -> list[float]:
    """The sum of an article's likenesses to all members, for each story."""
    rows = [(number, key, part) for number, story in enumerate(stories) for key, part in story.parts.items()]
    found = [0.0] * len(stories)
    words = products(one.ids, one.values, [(part.ids, part.values) for _, _, part in rows])
    mine = None if one.meaning is None else one.meaning.astype(np.float32)
    for word, (number, key, part) in zip(words, rows, strict=True):
        both = None if mine is None or part.meaning is None else float(np.dot(mine, part.meaning))
        found[number] += joint(word, same=key[0] == one.language, meaning=both)
    return found


def between(a: Open, b: Open) -> float:
    """The cosine of two stories' sums."""
    total = 0.0
    for key, part in a.parts.items():
        others = list(b.parts.items())
        words = products(part.ids, part.values, [(other.ids, other.values) for _, other in others])
        for word, (other_key, other) in zip(words, others, strict=True):
            both = (
                None
                if part.meaning is None or other.meaning is None
                else float(np.dot(part.meaning, other.meaning))
            )
            total += joint(word, same=key[0] == other_key[0], meaning=both)
    return total / math.sqrt(max(a.norm2 * b.norm2, 1e-9))


def voice(article: Article, outlet: Outlet) -> str:
    """Whose word an article is: its agency's where it credits one, else its publisher family's."""
    if article.agency and not outlet.agency:
        return f"agency:{article.agency.casefold()}"
    return f"agency:{outlet.name.casefold()}" if outlet.agency else (outlet.family or outlet.id)


def is_copy(placement: Placement) -> bool:
    """Whether the article is a reprint."""
    return placement.kind is PlacementKind.DUPLICATE


def _topics(members: Sequence[Member]) -> tuple[TopicMatch, ...]:
    """Topics that a third of the members match, with the mean score of those that do; strongest first."""
    by_topic: dict[TopicSlug, list[TopicMatch]] = defaultdict(list)
    for member in members:
        for match in member.topics:
            by_topic[match.topic].append(match)
    total = len(members)
    found = []
    for slug, matches in by_topic.items():
        if len(matches) / total < 1 / 3:
            continue
        best = max(matches, key=lambda match: match.score)
        score = math.fsum(match.score for match in matches) / len(matches)
        why = best.why if total == 1 else f"{len(matches)} of {total} articles; {best.why}"
        found.append(TopicMatch(topic=slug, score=round(score, 3), why=why))
    return tuple(sorted(found, key=lambda match: (-match.score, match.topic)))
