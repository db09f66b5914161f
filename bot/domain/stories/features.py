"""An article as grouping sees it: weighted words, names and numbers, and the vector of its meaning.

Words of title and lede are each language's own; names and numbers are shared by all languages ("Kagoshima"
and "7.2" are the same in a Malay and in an English report). All stand in one sorted array, the weights of the
fields in their lengths, so that one product gives the likeness of words.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.domain import terms
from bot.domain.stories.words import Words
from bot.types import Article, Outlet, Placement, TopicMatch

Vector = NDArray[Any]
"""float16, its length 1, as the store keeps it."""

TITLE, LEDE_WEIGHT, NAMES, MEANING = 0.2, 0.3, 0.2, 0.3
"""Shares of the fields in the likeness of two articles of one language. Across languages the words' shares go
to the meaning; without vectors the rest is stretched to 1. Flat: any of them ±.05 moves mean F1 by < .005."""
WORDS = TITLE + LEDE_WEIGHT + NAMES
ACROSS = TITLE + LEDE_WEIGHT + MEANING  # the meaning's share across languages
SLOPE = 0.25
"""How much less a text without words would need; between 0.2 and 0.3 nothing changes but the threshold."""
LEDE, BODY = 500, 2000  # characters that the lede's words and the names are taken from
SENSE = 250
"""Characters whose meaning is taken beside the title's. 500 cost twice as much time and gave .002 more F1."""
WIDE = 400  # words of a story's sum from which each of the article's is looked for in it, not the other way
TABLED = 2000  # ids from which a table pays
POSTED = 48  # an article's heaviest words, under which a story can be found


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What is compared. ``ids`` are sorted hashes of words, ``top`` those under which the story is listed."""

    language: str
    ids: NDArray[np.uint32]
    values: NDArray[np.float32]
    words: NDArray[np.uint32]  # beside each id, the word itself: a name stands in all three fields
    top: NDArray[np.uint32]
    meaning: Vector | None
    own: float  # its likeness to itself: less than 1 where a field has no words
    ease: float  # how much less likeness a text of its length needs: short ones share fewer words by nature

    @property
    def key(self) -> tuple[str, bool]:
        """Language, and whether its meaning is known: only alike articles can be summed."""
        return self.language, self.meaning is not None


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Features, and the words behind them."""

    features: Features
    told: Sequence[str]  # the words of all fields
    order: Sequence[int] | NDArray[np.intp]  # where in them the word of each of the features' ids is

    @property
    def words(self) -> dict[int, str]:
        """Hash → word, for people."""
        return {key: self.told[at] for key, at in zip(self.features.ids.tolist(), self.order, strict=True)}

    @property
    def seen(self) -> tuple[str, ...]:
        """Its words, each once, for the counts."""
        return tuple(dict.fromkeys(self.told))


class Incoming(NamedTuple):
    """An article to be placed. ``vector``: see :func:`.features.meaning`; None without an embedder."""

    article: Article
    outlet: Outlet
    topics: tuple[TopicMatch, ...] = ()
    vector: Vector | None = None


class Placed(NamedTuple):
    """A placement as the store has it; ``number`` grows with each."""

    number: int
    article: Article
    placement: Placement
    vector: Vector | None = None


EMPTY = np.array([], dtype=np.uint32)
_ODD = np.uint32(0x9E3779B1)  # spreads what a field's prefix changes over all bits
# Malay and Indonesian share their words; which of the two a short text is in, nobody can tell.
_KIN = {"id": "ms"}


def read(article: Article, words: Words, vector: Vector | None = None) -> Read:
    """What of an article is compared, by the words' weights of now."""
    language = _KIN.get(article.language, article.language)
    title = terms.content_words(article.title)
    fields = (
        (f"t{language}:", TITLE, title),
        (f"l{language}:", LEDE_WEIGHT, title + terms.content_words(article.text[:LEDE])),
        ("n:", NAMES, terms.entities(article.title, article.text[:BODY])),
    )
    told: list[str] = []
    weighed: list[float] = []
    seeds: list[int] = []
    for prefix, share, listed in fields:
        counted = Counter(listed)
        weights = words.weights(counted, language)
        if len(counted) < len(listed):
            weights = [
                w if n == 1 else (1 + math.log(n)) * w for w, n in zip(weights, counted.values(), strict=True)
            ]
        length = math.sqrt(math.fsum([value * value for value in weights]))
        scale = math.sqrt(share) / length if length else 0.0
        told += counted
        weighed += [value * scale for value in weights]
        seeds += [terms.number(prefix)] * len(counted)
    bare = np.array(list(map(terms.number, told)), dtype=np.uint32)
    ids = (bare ^ np.array(seeds, dtype=np.uint32)) * _ODD
    # Sorted, and each once: where two words have one number (one pair in a million) the first stays.
    order = ids.argsort(kind="stable")
    ids = ids[order]
    again = ids[1:] == ids[:-1]
    if again.any():
        order, ids = np.delete(order, again.nonzero()[0] + 1), np.delete(ids, again.nonzero()[0] + 1)
    values = np.array(weighed, dtype=np.float32)[order]
    top = ids if ids.size <= POSTED else ids[np.sort(np.argsort(-values, kind="stable")[:POSTED])]
    features = Features(
        language=language,
        ids=ids,
        values=values,
        words=bare[order],
        top=top,
        meaning=None if vector is None else np.asarray(vector, dtype=np.float16),
        own=joint(float(np.dot(values, values)), same=True, meaning=None if vector is None else 1.0),
        ease=ease(article),
    )
    return Read(features, told, order)


def blank(article: Article) -> Read:
    """An article that cannot be read: like nothing."""
    none = np.array([], dtype=np.float32)
    return Read(Features(article.language, EMPTY, none, EMPTY, EMPTY, None, 0.0, 0.0), (), ())


def ease(article: Article) -> float:
    """0 at 90 words of title and lede and above, up to 0.25 for a few words."""
    count = min(terms.word_count(f"{article.title} {article.text[:LEDE]}"), 90)
    return SLOPE * (1 - math.log(count + 1) / math.log(91))


def passages(article: Article) -> tuple[str, str]:
    """The two texts whose vectors make an article's meaning: its title, and how it begins."""
    return article.title, f"{article.title}. {article.text}"[:SENSE] if article.text else article.title


def meaning(title: Sequence[float] | Vector, beginning: Sequence[float] | Vector, mean: Vector) -> Vector:
    """An article's vector: the mean of its two passages', less what all news shares, its length 1.

    Args:
        title: the title's vector, of length 1.
        beginning: that of the other passage.
        mean: the mean vector of news by the same embedder; without taking it away all news is alike.
    """
    vector = (np.asarray(title, dtype=np.float32) + np.asarray(beginning, dtype=np.float32)) / 2 - mean
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 0 else vector).astype(np.float16)


def products(
    ids: NDArray[np.uint32],
    values: NDArray[np.float32],
    others: Sequence[tuple[NDArray[np.uint32], NDArray[np.float32]]],
) -> list[float]:
    """The scalar product of one sparse vector with each of the others; all ids are sorted."""
    found = [0.0] * len(others)
    if not ids.size:
        return found
    small = [at for at, other in enumerate(others) if other[0].size <= WIDE]
    for at, other in enumerate(others):
        if other[0].size > WIDE:
            found[at] = _product(ids, values, *other)
    if small:
        for at, value in zip(small, _products(ids, values, [others[at] for at in small]), strict=True):
            found[at] = value
    return found


def _product(
    ids: NDArray[np.uint32],
    values: NDArray[np.float32],
    wide_ids: NDArray[np.uint32],
    wide_values: NDArray[np.float32],
) -> float:
    """With one that is much longer, in which each id is looked for."""
    at = wide_ids.searchsorted(ids)
    at[at == wide_ids.size] = 0
    hit = (wide_ids[at] == ids).nonzero()[0]
    return float(np.dot(values[hit], wide_values[at[hit]]))


def _products(
    ids: NDArray[np.uint32],
    values: NDArray[np.float32],
    others: Sequence[tuple[NDArray[np.uint32], NDArray[np.float32]]],
) -> list[float]:
    """With several of its own length at once, whose ids are looked for in it."""
    all_ids = np.concatenate([other[0] for other in others])
    all_values = np.concatenate([other[1] for other in others])
    hit = _found(ids, all_ids)
    at = ids.searchsorted(all_ids[hit])
    ends = np.array(list(itertools.accumulate(other[0].size for other in others)))
    owner = ends.searchsorted(hit, side="right")
    found: list[float] = np.bincount(
        owner, weights=values[at] * all_values[hit], minlength=len(others)
    ).tolist()
    return found


def _found(ids: NDArray[np.uint32], sought: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Where in ``sought`` those are that stand in the sorted ``ids``.

    Of many, a table of their last 16 bits first leaves out nearly all that do not: a third of the time.
    """
    maybe = None
    if sought.size > TABLED:
        known = np.zeros(1 << 16, dtype=bool)
        known[ids.astype(np.uint16)] = True
        maybe = known.take(sought.astype(np.uint16)).nonzero()[0]
        sought = sought[maybe]
    at = ids.searchsorted(sought)
    at[at == ids.size] = 0
    hit: NDArray[np.intp] = (ids[at] == sought).nonzero()[0]
    return hit if maybe is None else maybe[hit]


def likeness(a: Features, others: Sequence[Features]) -> list[float]:
    """How alike an article is to each of some others, 0 to 1, times apart left out."""
    words = products(a.ids, a.values, [(b.ids, b.values) for b in others])
    return [
        joint(word, same=a.language == b.language, meaning=cosine)
        for word, b, cosine in zip(words, others, _cosines(a.meaning, others), strict=True)
    ]


def one_sided(a: Features, b: Features) -> float:
    """How much of two articles' likeness of words hangs on one word alone: the heaviest less all others."""
    if not b.ids.size:
        return 0.0
    at = b.ids.searchsorted(a.ids)
    at[at == b.ids.size] = 0
    hit = (b.ids[at] == a.ids).nonzero()[0]
    if not hit.size:
        return 0.0
    weights: dict[int, float] = {}
    for word, weight in zip(a.words[hit].tolist(), (a.values[hit] * b.values[at[hit]]).tolist(), strict=True):
        weights[word] = weights.get(word, 0.0) + weight
    return max(0.0, 2 * max(weights.values()) - math.fsum(weights.values()))


def _cosines(a: Vector | None, others: Sequence[Features]) -> list[float | None]:
    known = [b.meaning for b in others if b.meaning is not None]
    if a is None or not known:
        return [None] * len(others)
    # Not "@": see Vectors.
    both = iter(np.einsum("ij,j->i", np.stack(known).astype(np.float32), a.astype(np.float32)).tolist())
    return [None if b.meaning is None else next(both) for b in others]


def joint(words: float, *, same: bool, meaning: float | None) -> float:
    """Words and meaning in one; without a meaning the words (across languages the names) stand alone."""
    if meaning is None:
        return words / (WORDS if same else NAMES)
    return words + (MEANING if same else ACROSS) * meaning
