"""Which earlier article a text copies, found without comparing it with all of them.

A copy is told by its three-word runs: the share of the shorter text's runs that the other has too, so that a
60-word snippet of a long text is found as well. Every fourth run (by its number, the same ones in every text)
is looked up; only texts that share enough of those are compared in full.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.domain import terms
from bot.types import ArticleId

Runs = NDArray[np.uint32]
"""A text's three-word runs as sorted numbers, each once."""

REPRINT = 0.5
"""Share of the shorter text's three-word runs that makes a reprint. At .48 half a percent of same-event pairs
of different outlets were taken for copies, and every edited copy was found."""
MIN_RUNS = 12  # fewer runs than this prove nothing
LOOKED_UP = 4
"""One run in so many is looked up."""
HOLDERS = 64
"""Texts of a run that are looked at, the earliest: what a hundred outlets carry is found through the first
ones, and a run that all texts have ("sign up for our newsletter") costs no more than this."""


_ODD = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x2C1B3C6D], dtype=np.uint32)
"""Odd factors without a pattern: the three words of a run in another order make another number."""


Numbers = NDArray[np.uint32]
"""Texts, by the order in which they were added."""


class Original(NamedTuple):
    """The earlier article, and the share of the shorter text's runs that both have."""

    article: ArticleId
    share: float


def runs(text: str) -> Runs:
    """The three-word runs of a text, the same numbers in every process."""
    numbers = np.frombuffer(terms.numbers(text), dtype=np.uint32)
    if numbers.size < 3:
        return np.array([], dtype=np.uint32)
    mixed = numbers[:-2] * _ODD[0] + numbers[1:-1] * _ODD[1] + numbers[2:] * _ODD[2]
    # The last bits decide which runs are looked up: they must hang on all the others.
    mixed = (mixed ^ (mixed >> 15)) * _ODD[3]
    mixed = mixed ^ (mixed >> 13)
    mixed.sort()
    found: Runs = mixed[_firsts(mixed)]
    return found


def _firsts(ordered: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Where each value of a sorted array stands first: ``np.unique`` took five times as long for a text."""
    first = np.ones(ordered.size, dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def shared(a: Runs, b: Runs) -> float:
    """The share of the shorter text's runs that the other has too, 0 to 1; 0 when it has none."""
    shorter = min(a.size, b.size)
    return float(np.intersect1d(a, b, assume_unique=True).size / shorter) if shorter else 0.0


class _Living:
    """The runs' number of each text by the order of adding, 0 for one that was forgotten."""

    def __init__(self) -> None:
        self._sizes = np.zeros(64, dtype=np.uint32)  # the first place stays 0, for all that were before
        self._before, self.end = -1, 0

    def add(self, size: int) -> int:
        """The number of a new text."""
        if self.end - self._before == self._sizes.size:
            known = self._sizes[1:].nonzero()[0]
            gone = int(known[0]) if known.size else self._sizes.size - 1
            self._before += gone
            self._sizes = np.concatenate([[0], self._sizes[1 + gone :], np.zeros_like(self._sizes)])
            self._sizes = self._sizes.astype(np.uint32)
        self._sizes[self.end - self._before] = size
        self.end += 1
        return self.end - 1

    def forget(self, text: int) -> None:
        """Take a text out."""
        self._sizes[text - self._before] = 0

    def sizes(self, texts: Numbers) -> NDArray[np.uint32]:
        """How many runs each of these has."""
        return self._sizes.take(texts.astype(np.int64) - self._before, mode="clip")


class _Holders:
    """Run → the texts that hold it, in the order in which they were added.

    The latest stand in a dictionary, a hundred bytes an entry; when there are ``latest`` they become a sorted
    array, eight bytes an entry, and arrays of like size are merged, so that there are few. In a dictionary
    alone, 100,000 articles of 220 words took half a gigabyte.
    """

    def __init__(self, living: _Living, latest: int) -> None:
        self._living, self._most = living, latest
        self._latest: dict[int, int | list[int]] = {}  # most runs have one text: no list of their own
        self._count = 0
        self._sorted: list[tuple[Runs, Numbers]] = []  # oldest and largest first

    def add(self, sought: Runs, text: int) -> None:
        """Add a text's runs."""
        latest = self._latest
        for run in sought.tolist():
            held = latest.get(run)
            if held is None:
                latest[run] = text
            elif isinstance(held, int):
                latest[run] = [held, text]
            else:
                held.append(text)
        self._count += sought.size
        if self._count >= self._most:
            self._settle()

    def _settle(self) -> None:
        """The dictionary becomes an array, and arrays that are not twice as large as the next are merged."""
        held = [[one] if isinstance(one, int) else one for one in self._latest.values()]
        sizes = np.fromiter(map(len, held), dtype=np.int64, count=len(held))
        runs = np.repeat(np.fromiter(self._latest, dtype=np.uint32, count=len(held)), sizes)
        texts = np.fromiter(itertools.chain.from_iterable(held), dtype=np.uint32)
        self._latest, self._count = {}, 0
        while self._sorted and self._sorted[-1][0].size < 2 * runs.size:
            older, theirs = self._sorted.pop()
            runs, texts = np.concatenate([older, runs]), np.concatenate([theirs, texts])
        kept = self._living.sizes(texts) > 0
        runs, texts = runs[kept], texts[kept]
        order = runs.argsort(kind="stable")  # of one run the earliest text stays first
        self._sorted.append((runs[order], texts[order]))

    def held(self) -> int:
        """How many entries there are."""
        return self._count + sum(runs.size for runs, _ in self._sorted)

    def common(self, sought: Runs) -> tuple[Numbers, NDArray[np.intp]]:
        """The living texts that hold any of these runs, and how many; of each run the ``HOLDERS`` first."""
        which: list[NDArray[np.intp]] = []  # of the runs
        found: list[Numbers] = []  # texts, beside it
        for runs, texts in self._sorted:
            if not runs.size:
                continue
            first = runs.searchsorted(sought)
            at = (runs[np.minimum(first, runs.size - 1)] == sought).nonzero()[0]
            if not at.size:
                continue
            first = first[at]
            many = runs.searchsorted(sought[at], side="right") - first
            for long in (many > 4 * HOLDERS).nonzero()[0].tolist():
                some = self._first_living(texts[first[long] : first[long] + many[long]])
                which.append(np.full(some.size, at[long]))
                found.append(some)
                many[long] = 0
            start = np.repeat(first - (many.cumsum() - many), many)
            which.append(np.repeat(at, many))
            found.append(texts[start + np.arange(start.size)])
        lengths, late = self._late(sought)
        which.append(np.repeat(np.arange(sought.size), lengths))
        found.append(np.array(late, dtype=np.uint32))
        return self._counted(np.concatenate(which), np.concatenate(found))

    def _late(self, sought: Runs) -> tuple[list[int], list[int]]:
        """Of each run how many there are among the latest, and which, one run's after the other's."""
        late: list[int] = []
        lengths = [0] * sought.size
        for at, run in enumerate(sought.tolist()):
            held = self._latest.get(run)
            if isinstance(held, int):
                late.append(held)
                lengths[at] = 1
            elif held is not None:
                some = held if len(held) <= HOLDERS else self._first_living(held).tolist()
                late += some
                lengths[at] = len(some)
        return lengths, late

    def _first_living(self, texts: Sequence[int] | Numbers) -> Numbers:
        """The first ``HOLDERS`` of them; all texts may have a run, so not all are looked at."""
        start, step, some = 0, 4 * HOLDERS, np.array([], dtype=np.uint32)
        while start < len(texts) and some.size < HOLDERS:
            more = np.asarray(texts[start : start + step], dtype=np.uint32)
            some = np.concatenate([some, more[self._living.sizes(more) > 0]])
            start, step = start + step, 4 * step
        return some[:HOLDERS]

    def _counted(self, which: NDArray[np.intp], found: Numbers) -> tuple[Numbers, NDArray[np.intp]]:
        alive = self._living.sizes(found) > 0
        which, found = which[alive], found[alive]
        if which.size > HOLDERS and np.bincount(which).max() > HOLDERS:
            order = which.argsort(kind="stable")
            which, found = which[order], found[order]
            found = found[np.arange(which.size) - which.searchsorted(which) < HOLDERS]
        found = np.sort(found)
        first = _firsts(found).nonzero()[0]
        counts = np.full(first.size, found.size)
        counts[:-1] = first[1:]
        return found[first], counts - first


class Texts:
    """The texts of the window, by their runs.

    Args:
        window: how much older or younger an original may be.
        latest: runs that stand in a dictionary before they become an array.
    """

    def __init__(self, window: timedelta, *, latest: int = 1 << 15) -> None:
        self._window = window
        self._living = _Living()
        self._holders = _Holders(self._living, latest)
        self._numbers: dict[ArticleId, int] = {}
        self._texts: dict[int, tuple[ArticleId, Runs, datetime]] = {}

    def add(self, article: ArticleId, text: Runs, at: datetime) -> None:
        """Remember a text; one with too few runs is nobody's original."""
        if text.size < MIN_RUNS:
            return
        number = self._numbers[article] = self._living.add(text.size)
        self._texts[number] = (article, text, at)
        self._holders.add(_looked_up(text), number)

    def forget(self, article: ArticleId) -> None:
        """Take a text out again; one that was never added is ignored."""
        number = self._numbers.pop(article, None)
        if number is not None:
            del self._texts[number]
            self._living.forget(number)

    def held(self) -> int:
        """How many entries it holds, those of forgotten texts among them."""
        return self._holders.held()

    def original(self, text: Runs, at: datetime) -> Original | None:
        """The article within the window that this text copies: the most alike, of equals the first added."""
        if text.size < MIN_RUNS:
            return None
        sought = _looked_up(text)
        found, counts = self._holders.common(sought)
        # Half of the share that makes a reprint: every fourth run is a sample, and samples stray.
        shorter = np.minimum(sought.size, np.ceil(self._living.sizes(found) / LOOKED_UP))
        best: Original | None = None
        for number in found[counts >= shorter * REPRINT / 2].tolist():
            article, theirs, their_time = self._texts[number]
            if abs(at - their_time) > self._window:
                continue
            share = shared(text, theirs)
            if share >= REPRINT and (best is None or share > best.share):
                best = Original(article, share)
        return best


def _looked_up(text: Runs) -> Runs:
    found: Runs = text[text % LOOKED_UP == 0]
    return found
