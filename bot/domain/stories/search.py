"""Where to look for stories like an article: an inverted index, and nearest vectors across languages.

Both look at a bounded number of entries, however much is open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.domain.stories.features import Features, Vector
from bot.types import ArticleId, StoryId

VISITS = 1000
"""(Word, story) pairs that a search looks at, rarest words first."""
CANDIDATES = 24
FOREIGN = 8  # nearest articles of other languages that are looked at
BITS = 256
RING = 32_768
"""Latest vectors that are looked through across languages: 1 MB, about 0.2 ms a search."""


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
    """

    def __init__(self) -> None:
        self._planes: NDArray[np.float32] | None = None
        self._signs = np.zeros((BITS // 64, RING), dtype=np.uint64)
        self._languages = np.full(RING, -1, dtype=np.int16)
        self._articles = np.zeros(RING, dtype=np.int64)
        self._known: dict[str, int] = {}
        self._count = 0
        self._last: tuple[Vector, NDArray[np.uint64]] | None = None

    def _sign(self, vector: Vector) -> NDArray[np.uint64]:
        if self._last is not None and self._last[0] is vector:
            return self._last[1]  # what is looked for is added next
        if self._planes is None or self._planes.shape[0] != vector.size:
            # Always the same directions: a restart finds what it would have found.
            chance = np.random.default_rng(vector.size)
            self._planes = chance.standard_normal((vector.size, BITS), dtype=np.float32)
            self._count = 0
            self._languages[:] = -1
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
        at = self._count % RING
        self._signs[:, at], self._articles[at] = signs, article
        self._languages[at] = self._known.setdefault(one.language, len(self._known))
        self._count += 1

    def search(self, one: Features, most: int = FOREIGN) -> list[ArticleId]:
        """The nearest articles of other languages, nearest first; of equally near ones the latest placed."""
        if one.meaning is None or len(self._known) < 1 + (one.language in self._known):
            return []
        signs = self._sign(one.meaning)
        used = min(self._count, RING)
        # All of one row of the ring at once: picking out the foreign ones first took three times as long.
        apart = np.bitwise_count(self._signs[0, :used] ^ signs[0]).astype(np.uint16)
        for row, sign in zip(self._signs[1:, :used], signs[1:], strict=True):
            apart += np.bitwise_count(row ^ sign)
        apart[self._languages[:used] == self._known.get(one.language, -2)] = BITS + 1
        upto = np.bincount(apart, minlength=BITS + 2)[: BITS + 1].cumsum()
        if not upto[-1]:
            return []
        far = int(upto.searchsorted(min(most, int(upto[-1]))))
        near = np.flatnonzero(apart <= far)
        order = np.lexsort((-near, apart[near]))[:most]
        return [ArticleId(int(self._articles[near[at]])) for at in order]
