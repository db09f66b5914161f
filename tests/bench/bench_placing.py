"""What placing one article costs, and whether it grows with what is open.

    python tests/bench/bench_placing.py --sizes 10000,100000

Fills an index with so many invented articles, all within the window, then measures the next ones. A third
of the articles begin an event, a tenth are reprints, words are as rare as in news (one over their rank), and
a fifth is in another language. Vectors are invented too (an event's direction and chance), so that what is
measured is placing; ``--vectors none`` leaves them out. ``embedding`` is measured by itself: real articles of
such lengths through the offline model in one process.

The cost is the median over batches, in CPU time. Prints one JSON object; ``ratio`` is the largest size's cost
over the smallest's, ``memory_mb`` what filling the largest window added to the process. Takes five minutes of
CPU time.
"""

from __future__ import annotations

import argparse
import asyncio
import bisect
import gc
import itertools
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.adapters.embedders.offline import OfflineEmbedder, installed
from bot.domain.stories import Incoming, Index
from bot.pipeline.meanings import meanings
from bot.ports import Desk
from bot.types import Article, ArticleId, CanonicalUrl, FeedId, Outlet, OutletId

NOW = datetime(2026, 11, 20, tzinfo=UTC)
VOCABULARY = 40_000
OUTLETS = 150
BATCH = 50
DIMENSIONS = 512
LENGTH = 220  # words: a feed's longer texts


class Newsroom:
    """Invented articles in a steady stream, the same for the same seed.

    ``alike``: all are made of one text, a third of whose words is drawn anew each time, as weather and market
    reports are: too different to be copies, alike enough to be one story.
    """

    def __init__(self, seed: int, *, alike: bool = False) -> None:
        self._alike = alike
        self._chance = random.Random(seed)
        syllables = ["".join(two) for two in itertools.product("bdfgklmnprstvz", "aeiou")]
        self._words = [
            "".join(self._chance.choice(syllables) for _ in range(self._chance.randint(2, 4)))
            for _ in range(VOCABULARY)
        ]
        self._upto = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self._events: list[tuple[list[str], list[str], NDArray[np.float32]]] = []
        self._vectors = np.random.default_rng(seed)
        self._mould = self._draw(LENGTH)

    def _draw(self, count: int) -> list[str]:
        points = (self._chance.random() * self._upto[-1] for _ in range(count))
        return [self._words[min(bisect.bisect_left(self._upto, point), VOCABULARY - 1)] for point in points]

    def _event(self) -> tuple[list[str], list[str], NDArray[np.float32]]:
        """Names and telling words of what happened; drawn anew for one article in three."""
        if not self._events or self._chance.random() < 1 / 3:
            names = [self._chance.choice(self._words).capitalize() for _ in range(5)]
            direction = self._vectors.standard_normal(DIMENSIONS, dtype=np.float32)
            self._events.append((names, self._draw(40), direction))
            del self._events[:-400]
        return self._chance.choice(self._events)

    def stream(self, count: int, span: timedelta, *, vectors: bool) -> Iterator[Incoming]:
        """Articles in time order, spread over the span that ends now."""
        last = ""
        for number in range(1, count + 1):
            names, telling, direction = self._event()
            title = " ".join([*self._chance.sample(names, 2), *self._chance.sample(telling, 5)])
            body = [*names, *self._chance.sample(telling, 20), *self._draw(LENGTH)]
            self._chance.shuffle(body)
            if self._alike:
                body = [self._draw(1)[0] if self._chance.random() < 1 / 3 else word for word in self._mould]
                title = " ".join(body[:7])
            text = last if last and self._chance.random() < 0.1 else " ".join(body)
            last = text
            name = OutletId(f"outlet-{self._chance.randrange(OUTLETS)}")
            at = NOW - span + span * (number / count)
            article = Article(
                id=ArticleId(number),
                url=CanonicalUrl(f"https://bench.example/{number}"),
                outlet=name,
                feed=FeedId("bench"),
                title=title,
                text=text,
                language="en" if self._chance.random() < 0.8 else "fr",
                published_at=at,
                seen_at=at,
                fingerprint=str(number),
            )
            vector = direction + self._vectors.standard_normal(DIMENSIONS, dtype=np.float32)
            unit = (vector / np.linalg.norm(vector)).astype(np.float16)
            yield Incoming(article, Outlet(id=name, name=name), (), unit if vectors else None)


class Window:
    """An index with ``size`` articles in it, and further ones to be placed."""

    def __init__(self, size: int, further: int, seed: int, *, vectors: bool) -> None:
        rows = Newsroom(seed).stream(size + further, Index.WINDOW * 0.9, vectors=vectors)
        before = resident()
        self.size, self.index = size, Index()
        self.costs: list[float] = []  # milliseconds of CPU time an article, for each batch
        self.filling = sum(
            self._place(list(itertools.islice(rows, min(1000, size - start))))
            for start in range(0, size, 1000)
        )
        self.memory = resident() - before
        rest = list(rows)
        self.batches = iter([rest[start : start + BATCH] for start in range(0, further, BATCH)])

    def _place(self, rows: list[Incoming]) -> float:
        started = time.process_time()
        self.index.place_batch(rows)
        return time.process_time() - started

    def measure(self) -> None:
        """Place the next batch."""
        batch = next(self.batches)
        self.costs.append(self._place(batch) / len(batch) * 1000)

    def figures(self) -> dict[str, float]:
        """What an article costs in this window."""
        return {
            "articles": self.size,
            "stories": len(self.index),
            "ms_per_article": round(statistics.median(self.costs), 3),
            "ms_worst_batch": round(max(self.costs), 3),
            "filling_seconds": round(self.filling, 2),
            "memory_mb": round(self.memory, 1),
        }


def resident() -> float:
    """Megabytes that this process holds now."""
    gc.collect()
    return float(psutil.Process().memory_info().rss / 2**20)


def embedding(count: int, seed: int) -> dict[str, float] | None:
    """Articles a second that one core embeds; None where the model is not installed."""
    if not installed():
        return None
    rows = [row.article for row in Newsroom(seed).stream(count, Index.WINDOW, vectors=False)]

    async def work() -> float:
        embedder, desk = OfflineEmbedder(workers=0), Desk()
        await meanings(embedder, desk, rows[:1])
        started = time.process_time()
        await meanings(embedder, desk, rows)
        seconds = time.process_time() - started
        await embedder.close()
        return seconds

    seconds = asyncio.run(work())
    return {"articles_per_s": round(count / seconds, 1), "ms_per_article": round(1000 * seconds / count, 3)}


def measure(sizes: list[int], further: int, seed: int, *, vectors: bool) -> dict[str, Any]:
    """All windows are filled first; then their batches go in turns, so that all see the same machine."""
    windows = [Window(size, further, seed, vectors=vectors) for size in sizes]
    for _ in range(0, further, BATCH):
        for window in windows:
            window.measure()
    runs = [window.figures() for window in windows]
    return {
        "bench": "placing",
        "runs": runs,
        "memory_mb": runs[-1]["memory_mb"],
        "embedding": embedding(500, seed) if vectors else None,
        "ratio": round(runs[-1]["ms_per_article"] / runs[0]["ms_per_article"], 2),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> None:
    """Run as a script."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--sizes", default="10000,100000", help="articles in the window, smallest first")
    options.add_argument("--further", type=int, default=1000, help="articles that are measured")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--vectors", choices=("invented", "none"), default="invented")
    chosen = options.parse_args()
    sizes = [int(size) for size in chosen.sizes.split(",")]
    print(
        json.dumps(
            measure(sizes, chosen.further, chosen.seed, vectors=chosen.vectors == "invented"), indent=2
        )
    )


if __name__ == "__main__":
    main()
