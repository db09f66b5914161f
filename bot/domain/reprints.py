"""Which earlier article a text copies, found without comparing it with all of them.

A copy is told by its three-word runs: the share of the shorter text's runs that the other has too, so that a
60-word snippet of a long text is found as well. Every fourth run (by its number, the same ones in every text)
is looked up; only texts that share enough of those are compared in full.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
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
"""One run in so many is looked up. All of them took 1.1 GB for 20,000 articles of 220 words."""
HOLDERS = 64
"""Texts remembered per run, the earliest: what a hundred outlets carry is found through the first ones, and a
run that all texts have ("sign up for our newsletter") costs no more than this."""


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


class Texts:
    """The texts of the window, by their runs."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._texts: dict[ArticleId, tuple[Runs, datetime]] = {}
        self._holders: dict[int, ArticleId | list[ArticleId]] = {}  # most runs have one, without a list

    def add(self, article: ArticleId, text: Runs, at: datetime) -> None:
        """Remember a text; one with too few runs is nobody's original."""
        if text.size < MIN_RUNS:
            return
        self._texts[article] = (text, at)
        for run in _looked_up(text):
            held = self._holders.setdefault(run, article)
            if isinstance(held, list):
                if len(held) < HOLDERS:
                    held.append(article)
            elif held != article:
                self._holders[run] = [held, article]

    def forget(self, article: ArticleId) -> None:
        """Take a text out again; one that was never added is ignored."""
        text, _ = self._texts.pop(article, (None, None))
        if text is None:
            return
        for run in _looked_up(text):
            held = self._holders.get(run)
            if isinstance(held, list):
                if article in held:
                    held.remove(article)
                if len(held) == 1:
                    self._holders[run] = held[0]
            elif held == article:
                del self._holders[run]

    def original(self, text: Runs, at: datetime) -> Original | None:
        """The article within the window that this text copies: the most alike, of equals the first added."""
        if text.size < MIN_RUNS:
            return None
        sought = _looked_up(text)
        common: Counter[ArticleId] = Counter()
        for run in sought:
            held = self._holders.get(run)
            if isinstance(held, list):
                common.update(held)
            elif held is not None:
                common[held] += 1
        best: Original | None = None
        for article in sorted(self._worth(common, len(sought))):
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


def _looked_up(text: Runs) -> list[int]:
    found: list[int] = text[text % LOOKED_UP == 0].tolist()
    return found
