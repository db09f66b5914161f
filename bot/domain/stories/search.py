"""Where to look for stories like an article: an inverted index, and nearest vectors across languages.

Both look at a bounded number of entries, however much is open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.domain.stories.features import Features, Vector
from bot.types import ArticleId, StoryId

VISITS = 500
"""(Word, story) pairs that a search looks at, rarest words first."""
CANDIDATES = 12
"""With 24, twice the visits, 4 stories looked at closely and 8 members of each, mean F1 was .0004 (by words)
and .0012 (with vectors) lower; with 40,000 articles in the window 500 further ones went the same ways."""
FOREIGN = 8  # nearest articles of other languages that are looked at
BITS = 256
RING = 32_768
"""Latest vectors that are looked through across languages: 1 MB, at most 0.2 ms a search."""


class Postings:
    """Word → the stories listed under it. Most words have one story, which then stands without a list."""

    def __init__(self) -> None:
        self._held: dict[int, StoryId | list[StoryId]] = {}

    def add(self, words: Iterable[int], story: StoryId) -> None:
        """List a story under these words, under which it is not listed yet."""
        for word in words:
            held = self._held.get(word)
            if held is None:
                self._held[word] = story
            elif isinstance(held, list):
                held.append(story)
            else:
                self._held[word] = [held, story]

    def remove(self, words: Iterable[int], story: StoryId) -> None:
        """Take it off again; where it is not listed nothing happens."""
        for word in words:
            held = self._held.get(word)
            if isinstance(held, list):
                if story in held:
                    held.remove(story)
                if len(held) == 1:
                    self._held[word] = held[0]
            elif held == story:
                del self._held[word]

    def search(self, words: Mapping[int, float], most: int = CANDIDATES) -> list[StoryId]:
        """The stories listed under the heaviest of these words together, heaviest first."""
        lists: list[tuple[int, int, Sequence[StoryId]]] = []
        for word in words:
            held = self._held.get(word)
            if held is not None:
                stories: Sequence[StoryId] = held if isinstance(held, list) else (held,)
                lists.append((len(stories), word, stories))
        lists.sort()  # no two have the same word
        weight: dict[StoryId, float] = defaultdict(float)
        left = VISITS
        for length, word, stories in lists:
            left -= length
            if left < 0:
                break
            value = words[word] ** 2
            for story in stories:
                weight[story] += value
        least = sorted(weight.values())[-most] if len(weight) > most else 0.0
        best = sorted([(-value, story) for story, value in weight.items() if value >= least])
        return [story for _, story in best[:most]]


class Vectors:
    """The latest articles' vectors as 256 signs each, to find those of other languages that mean the same.

    The signs are those of products with fixed random directions: two vectors share as many as they are near.
    Each language stands by itself, so that only foreign ones are looked through.
    """

    def __init__(self) -> None:
        self._planes: NDArray[np.float32] | None = None
        self._languages: dict[str, _Signs] = {}
        self._count = 0
        self._last: tuple[Vector, NDArray[np.uint64]] | None = None

    def _sign(self, vector: Vector) -> NDArray[np.uint64]:
        if self._last is not None and self._last[0] is vector:
            return self._last[1]  # what is looked for is added next
        if self._planes is None or self._planes.shape[0] != vector.size:
            # Always the same directions: a restart finds what it would have found.
            chance = np.random.default_rng(vector.size)
            self._planes = chance.standard_normal((vector.size, BITS), dtype=np.float32)
            self._languages.clear()
        # Not "@": that starts threads for a product of this size, and on a busy machine they wait.
        bits = np.einsum("i,ij->j", vector.astype(np.float32), self._planes) > 0
        signs = np.packbits(bits).view(np.uint64)
        self._last = vector, signs
        return signs

    def add(self, article: ArticleId, one: Features) -> None:
        """Remember an article; one without a vector is ignored."""
        if one.meaning is None:
            return
        signs = self._sign(one.meaning)
        alike = self._languages.get(one.language)
        if alike is None:
            alike = self._languages[one.language] = _Signs()
        alike.add(signs, article, self._count)
        self._count += 1

    def search(self, one: Features, most: int = FOREIGN) -> list[ArticleId]:
        """The nearest articles of other languages, nearest first; of equally near ones the latest placed."""
        if one.meaning is None:
            return []
        signs = self._sign(one.meaning)
        found: list[tuple[int, int, int]] = []
        for language, others in self._languages.items():
            if language != one.language:
                found += others.nearest(signs, most, self._count - RING)
        return [ArticleId(article) for _, _, article in sorted(found)[:most]]


class _Signs:
    """The signs of one language's articles, in the order of placement; the oldest are forgotten."""

    def __init__(self) -> None:
        self._signs = np.zeros((BITS // 64, 64), dtype=np.uint64)
        self._numbers = np.zeros((2, 64), dtype=np.int64)  # of the placement, and the article's
        self._first = self._end = 0

    def add(self, signs: NDArray[np.uint64], article: ArticleId, number: int) -> None:
        if self._end == self._numbers.shape[1]:
            self._room()
        self._signs[:, self._end] = signs
        self._numbers[:, self._end] = number, article
        self._end += 1

    def _room(self) -> None:
        """Twice as much as what is still known takes."""
        known = slice(self._first, self._end)
        self._signs, self._numbers = (
            np.concatenate([rows[:, known], np.zeros_like(rows[:, known])], axis=1)
            for rows in (self._signs, self._numbers)
        )
        self._first, self._end = 0, self._end - self._first

    def nearest(self, signs: NDArray[np.uint64], most: int, oldest: int) -> Iterator[tuple[int, int, int]]:
        """Of the nearest, placed as number ``oldest`` or later: distance, minus the number, article."""
        self._first += int(self._numbers[0, self._first : self._end].searchsorted(oldest))
        apart = np.zeros(self._end - self._first, dtype=np.uint16)
        for row, sign in zip(self._signs[:, self._first : self._end], signs, strict=True):
            apart += np.bitwise_count(row ^ sign)
        near: NDArray[np.intp] = np.arange(apart.size)
        if apart.size > most:
            near = (apart <= np.partition(apart, most)[most]).nonzero()[0]
        numbers, articles = self._numbers[:, self._first + near]
        return zip(apart[near].tolist(), (-numbers).tolist(), articles.tolist(), strict=True)
