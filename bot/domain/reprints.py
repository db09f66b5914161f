"""Which earlier article a text copies, found without comparing it with all of them.

A copy is told by its three-word runs: the share of the shorter text's runs that the other has too, so that a
60-word snippet of a long text is found as well. Every fourth run (by its number, the same ones in every text)
is looked up; only texts that share enough of those are compared in full.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Container, Iterator, Mapping
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
    return np.unique(mixed ^ (mixed >> 13))


def shared(a: Runs, b: Runs) -> float:
    """The share of the shorter text's runs that the other has too, 0 to 1; 0 when it has none."""
    shorter = min(a.size, b.size)
    return float(np.intersect1d(a, b, assume_unique=True).size / shorter) if shorter else 0.0


class _Holders:
    """Run → the texts that hold it, in the order in which they were added.

    The latest stand in a dictionary, a hundred bytes an entry; when there are ``LATEST`` they become a sorted
    array, twelve bytes an entry, and arrays of like size are merged, so that there are few. In a dictionary
    alone, 100,000 articles of 220 words took half a gigabyte.
    """

    LATEST = 1 << 15

    def __init__(self) -> None:
        self._latest: dict[int, list[ArticleId]] = {}
        self._count = 0
        self._sorted: list[tuple[Runs, NDArray[np.int64]]] = []  # oldest and largest first

    def add(self, text: Runs, article: ArticleId, living: Container[ArticleId]) -> None:
        """Add a text's runs."""
        for run in text.tolist():
            self._latest.setdefault(run, []).append(article)
        self._count += text.size
        if self._count >= self.LATEST:
            self._settle(living)

    def _settle(self, living: Container[ArticleId]) -> None:
        """The dictionary becomes an array, and arrays that are not twice as large as the next are merged."""
        sizes = np.fromiter(map(len, self._latest.values()), dtype=np.int64, count=len(self._latest))
        runs = np.repeat(np.fromiter(self._latest, dtype=np.uint32, count=len(self._latest)), sizes)
        articles = np.fromiter(itertools.chain.from_iterable(self._latest.values()), dtype=np.int64)
        self._latest, self._count = {}, 0
        while self._sorted and self._sorted[-1][0].size < 2 * runs.size:
            older, theirs = self._sorted.pop()
            runs, articles = np.concatenate([older, runs]), np.concatenate([theirs, articles])
        known = np.unique(articles)
        alive = np.array([one in living for one in known.tolist()], dtype=bool)
        kept = alive[known.searchsorted(articles)]
        runs, articles = runs[kept], articles[kept]
        order = runs.argsort(kind="stable")  # of one run the earliest text stays first
        self._sorted.append((runs[order], articles[order]))

    def common(self, text: Runs, living: Container[ArticleId]) -> Counter[ArticleId]:
        """The living texts that hold any of these runs, and how many; of each run the ``HOLDERS`` first."""
        found: dict[int, list[ArticleId]] = {}
        for runs, articles in self._sorted:
            first, last = runs.searchsorted(text), runs.searchsorted(text, side="right")
            for at in (last > first).nonzero()[0].tolist():
                found.setdefault(int(text[at]), []).extend(articles[first[at] : last[at]].tolist())
        common: Counter[ArticleId] = Counter()
        for run in text.tolist():
            held = self._latest.get(run)
            if run in found:
                held = [*found[run], *(held or ())]
            if held is not None:
                common.update(itertools.islice((one for one in held if one in living), HOLDERS))
        return common


class Texts:
    """The texts of the window, by their runs."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._texts: dict[ArticleId, tuple[Runs, datetime]] = {}
        self._holders = _Holders()

    def add(self, article: ArticleId, text: Runs, at: datetime) -> None:
        """Remember a text; one with too few runs is nobody's original."""
        if text.size < MIN_RUNS:
            return
        self._texts[article] = (text, at)
        self._holders.add(_looked_up(text), article, self._texts)

    def forget(self, article: ArticleId) -> None:
        """Take a text out again; one that was never added is ignored."""
        self._texts.pop(article, None)

    def original(self, text: Runs, at: datetime) -> Original | None:
        """The article within the window that this text copies: the most alike, of equals the first added."""
        if text.size < MIN_RUNS:
            return None
        sought = _looked_up(text)
        common = self._holders.common(sought, self._texts)
        best: Original | None = None
        for article in sorted(self._worth(common, sought.size)):
            theirs, their_time = self._texts[article]
            if abs(at - their_time) > self._window:
                continue
            share = shared(text, theirs)
            if share >= REPRINT and (best is None or share > best.share):
                best = Original(article, share)
        return best

    def _worth(self, common: Mapping[ArticleId, int], sought: int) -> Iterator[ArticleId]:
        """Those that share enough of the runs looked up to be compared in full."""
        for article, count in common.items():
            shorter = min(sought, math.ceil(self._texts[article][0].size / LOOKED_UP))
            # Half of the share that makes a reprint: every fourth run is a sample, and samples stray.
            if count >= shorter * REPRINT / 2:
                yield article


def _looked_up(text: Runs) -> Runs:
    found: Runs = text[text % LOOKED_UP == 0]
    return found
