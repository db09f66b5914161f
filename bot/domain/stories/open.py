"""A story that still takes articles: the sum of its members, in the order of placement.

Added one by one or all at once, it comes out bit for bit the same: so merging and restarting, which add them
up again, cost a fraction of placing them, and change nothing.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain.stories.features import EMPTY, Features, Vector, joint, likeness, products
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

_DAY = timedelta(days=1)
NEAR = 6
"""Latest members that an article is also compared with one by one. All of them grouped no better."""
MOST = 3000  # heaviest words that a story's sum keeps: what a thousand articles add once says nothing
_STEPS = tuple(itertools.accumulate(range(64), lambda size, _: max(size + 1, size * 5 // 4), initial=1))
LOOKED_OVER = frozenset(_STEPS)
"""Sizes at which a story's sum is shortened and its title chosen: each a quarter more than the last."""


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


def _between(at: NDArray[np.intp], *both: tuple[NDArray[Any], NDArray[Any]]) -> list[NDArray[Any]]:
    """Each pair's second array put into the first, before these places: numpy's ``insert`` for several."""
    placed = at + np.arange(at.size)
    old = np.ones(both[0][0].size + at.size, dtype=bool)
    old[placed] = False
    found = []
    for first, second in both:
        whole = np.empty(old.size, dtype=first.dtype)
        whole[old], whole[placed] = first, second
        found.append(whole)
    return found


@dataclass(slots=True, eq=False)
class Part:
    """The sum of a story's members of one language, all with or all without a meaning."""

    ids: NDArray[np.uint32] = field(default_factory=lambda: EMPTY)
    values: NDArray[np.float32] = field(default_factory=lambda: EMPTY.astype(np.float32))
    meaning: Vector | None = None  # a single article's own; of several the sum, in float32

    def add(self, several: Sequence[Features]) -> None:
        """Add articles, in their order."""
        for one in several:
            if one.meaning is not None:
                self.meaning = (
                    one.meaning if self.meaning is None else summed(self.meaning) + summed(one.meaning)
                )
        if len(several) > 1:
            ids = np.concatenate([self.ids, *(one.ids for one in several)])
            values = np.concatenate([self.values, *(one.values for one in several)])
            self.ids, at = np.unique(ids, return_inverse=True)
            self.values = np.zeros(self.ids.size, dtype=np.float32)
            np.add.at(self.values, at, values)  # one after the other, rounded each time as if added alone
        elif not self.ids.size:
            self.ids, self.values = several[0].ids, several[0].values
        else:
            self._add(several[0])

    def _add(self, one: Features) -> None:
        at = np.searchsorted(self.ids, one.ids)
        known = self.ids[np.minimum(at, self.ids.size - 1)] == one.ids
        self.values = self.values.copy()  # an article's own, as long as it was alone
        self.values[at[known]] += one.values[known]
        new = ~known
        self.ids, self.values = _between(at[new], (self.ids, one.ids[new]), (self.values, one.values[new]))

    def both(self, one: Features) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Where an article's words are that stand in here too, and what each adds to the likeness."""
        at = self.ids.searchsorted(one.ids)
        at[at == self.ids.size] = 0
        mine = (self.ids[at] == one.ids).nonzero()[0] if self.ids.size else at[:0]
        return mine, one.values[mine] * self.values[at[mine]]

    def shorten(self) -> None:
        """Keep the heaviest words."""
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
    size: int = 0  # members that are compared
    near: list[Member] = field(default_factory=list)  # the latest, at most NEAR
    title: str = ""
    titled_by: Member | None = None
    need: float = 0.0  # sum of what its members needed
    lacking: float = 0.0  # what its members' likenesses to themselves miss of 1
    listed: NDArray[np.uint32] = field(default_factory=lambda: EMPTY)  # sorted
    _norm2: float | None = None

    def add(self, members: Sequence[Member]) -> None:
        """Take articles in, in this order, as the last so far."""
        waiting: list[Features] = []
        for member in members:
            self.members.append(member)
            self.first = member.at if self.first is None else min(self.first, member.at)
            self.last = member.at if self.last is None else max(self.last, member.at)
            self.title = self.title or member.title
            if member.copy:
                continue
            waiting.append(member.features)
            self.near.append(member)
            del self.near[:-NEAR]
            self.size += 1
            self.need += member.need
            self.lacking += 1.0 - member.features.own
            if self.size in LOOKED_OVER:
                self._sum(waiting)
                waiting = []
                self._look_over()
        self._sum(waiting)

    def _sum(self, several: Sequence[Features]) -> None:
        by_key: dict[tuple[str, bool], list[Features]] = {}
        for one in several:
            by_key.setdefault(one.key, []).append(one)
        for key, alike in by_key.items():
            self.parts.setdefault(key, Part()).add(alike)
        self._norm2 = None

    def _look_over(self) -> None:
        """Shorten the sums; take the title of the most central article, if it is a tenth more central."""
        for part in self.parts.values():
            part.shorten()
        if self.titled_by is None:
            self.titled_by = self.near[-1]
            self.title = self.titled_by.title
            return
        held, *others = _inward(self, [self.titled_by, *self.near])
        central, by = 1.1 * held, self.titled_by
        for member, now in zip(self.near, others, strict=True):
            if now > central:
                central, by = now, member
        self.title, self.titled_by = by.title, by

    @property
    def norm2(self) -> float:
        """The likenesses of all members to each other, summed up."""
        if self._norm2 is None:
            self._norm2 = _across(self, self) + self.lacking
        return self._norm2

    def unlisted(self, words: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Those of the words (sorted) under which the index did not list it; from now on it does."""
        if not self.listed.size:
            self.listed = words  # most stories have one article, whose own array it is
            return words
        at = self.listed.searchsorted(words)
        new = self.listed[np.minimum(at, self.listed.size - 1)] != words
        found: NDArray[np.uint32] = words[new]
        (self.listed,) = _between(at[new], (self.listed, found))
        return found

    def gap(self, at: datetime) -> float:
        """Days between an article and the story's last one."""
        assert self.last is not None
        return abs((at - self.last) / _DAY)

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


def summed(vector: Vector) -> NDArray[np.float32]:
    """A vector to reckon with."""
    return vector.astype(np.float32, copy=False)


def toward(one: Features, stories: Sequence[Open]) -> list[float]:
    """The sum of an article's likenesses to all members, for each story."""
    rows = [(number, key, part) for number, story in enumerate(stories) for key, part in story.parts.items()]
    found = [0.0] * len(stories)
    words = products(one.ids, one.values, [(part.ids, part.values) for _, _, part in rows])
    mine = None if one.meaning is None else summed(one.meaning)
    for word, (number, key, part) in zip(words, rows, strict=True):
        both = None if mine is None or part.meaning is None else float(np.dot(mine, summed(part.meaning)))
        found[number] += joint(word, same=key[0] == one.language, meaning=both)
    return found


def _inward(story: Open, members: Sequence[Member]) -> list[float]:
    """What :func:`toward` gives for each of these articles and one story, at once."""
    several = [member.features for member in members]
    found = [0.0] * len(several)
    for (language, _), part in story.parts.items():
        words = products(part.ids, part.values, [(one.ids, one.values) for one in several])
        whole = None if part.meaning is None else summed(part.meaning)
        for at, (word, one) in enumerate(zip(words, several, strict=True)):
            both = None if whole is None or one.meaning is None else float(np.dot(summed(one.meaning), whole))
            found[at] += joint(word, same=language == one.language, meaning=both)
    return found


def nearest(one: Features, stories: Sequence[Open]) -> list[tuple[float, Features]]:
    """For each story the likeness of an article to the nearest of its latest members, and that member."""
    near = [member.features for story in stories for member in story.near]
    found = likeness(one, near)
    best, start = [], 0
    for story in stories:
        at = max(range(start, start + len(story.near)), key=found.__getitem__)
        best.append((found[at], near[at]))
        start += len(story.near)
    return best


def between(a: Open, b: Open) -> float:
    """The cosine of two stories' sums."""
    return _across(a, b) / math.sqrt(max(a.norm2 * b.norm2, 1e-9))


def _across(a: Open, b: Open) -> float:
    """The likenesses of all members of the one to all of the other, summed up."""
    total = 0.0
    for key, part in a.parts.items():
        others = [(other_key, other) for other_key, other in b.parts.items() if other is not part]
        words = products(part.ids, part.values, [(other.ids, other.values) for _, other in others])
        if a is b:
            others.append((key, part))
            words.append(float(np.square(part.values, dtype=np.float64).sum()))
        for word, (other_key, other) in zip(words, others, strict=True):
            both = (
                None
                if part.meaning is None or other.meaning is None
                else float(np.dot(summed(part.meaning), summed(other.meaning)))
            )
            total += joint(word, same=key[0] == other_key[0], meaning=both)
    return total


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
