"""What placing one article costs, and whether it grows with what is open.

    python tests/bench/bench_placing.py --sizes 2000,20000

Fills an index with so many invented articles, all within the window, then measures the next ones. A third
of the articles begin an event, a tenth are reprints, words are as rare as in news (one over their rank). The
cost is the median over batches, in CPU time, so that neighbours on the machine do not count. Prints one JSON
object; ``ratio`` is the largest size's cost over the smallest's. Takes about three minutes of CPU time.
"""

from __future__ import annotations

import argparse
import bisect
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

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.domain.stories import Index
from bot.types import Article, ArticleId, CanonicalUrl, FeedId, Outlet, OutletId

NOW = datetime(2026, 11, 20, tzinfo=UTC)
VOCABULARY = 40_000
OUTLETS = 150
BATCH = 50
LENGTH = 220  # words: a feed's longer texts


class Newsroom:
    """Invented articles in a steady stream, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        syllables = ["".join(two) for two in itertools.product("bdfgklmnprstvz", "aeiou")]
        self._words = [
            "".join(self._chance.choice(syllables) for _ in range(self._chance.randint(2, 4)))
            for _ in range(VOCABULARY)
        ]
        self._upto = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self._events: list[tuple[list[str], list[str]]] = []

    def _draw(self, count: int) -> list[str]:
        points = (self._chance.random() * self._upto[-1] for _ in range(count))
        return [self._words[min(bisect.bisect_left(self._upto, point), VOCABULARY - 1)] for point in points]

    def _event(self) -> tuple[list[str], list[str]]:
        """Names and telling words of what happened; drawn anew for one article in three."""
        if not self._events or self._chance.random() < 1 / 3:
            names = [self._chance.choice(self._words).capitalize() for _ in range(5)]
            self._events.append((names, self._draw(40)))
            del self._events[:-400]
        return self._chance.choice(self._events)

    def stream(self, count: int, span: timedelta) -> Iterator[tuple[Article, Outlet]]:
        """Articles in time order, spread over the span that ends now."""
        last = ""
        for number in range(1, count + 1):
            names, telling = self._event()
            title = " ".join([*self._chance.sample(names, 2), *self._chance.sample(telling, 5)])
            body = [*names, *self._chance.sample(telling, 20), *self._draw(LENGTH)]
            self._chance.shuffle(body)
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
                language="en",
                published_at=at,
                seen_at=at,
                fingerprint=str(number),
            )
            yield article, Outlet(id=name, name=name)


def measure(size: int, further: int, seed: int) -> dict[str, float]:
    """Milliseconds of CPU time to place an article when ``size`` others stand in the window."""
    rows = Newsroom(seed).stream(size + further, Index.WINDOW * 0.9)
    index = Index()
    started = time.process_time()
    for article, outlet in itertools.islice(rows, size):
        index.place(article, outlet)
    filling = time.process_time() - started
    rest, costs = list(rows), []
    for start in range(0, len(rest), BATCH):
        batch = rest[start : start + BATCH]
        started = time.process_time()
        for article, outlet in batch:
            index.place(article, outlet)
        costs.append((time.process_time() - started) / len(batch) * 1000)
    return {
        "articles": size,
        "stories": len(index),
        "ms_per_article": round(statistics.median(costs), 3),
        "ms_worst_batch": round(max(costs), 3),
        "filling_seconds": round(filling, 2),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="What placing one article costs.")
    parser.add_argument("--sizes", default="2000,20000", help="articles in the window, smallest first")
    parser.add_argument("--further", type=int, default=1000, help="articles that are measured")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    runs = [measure(int(size), wanted.further, wanted.seed) for size in wanted.sizes.split(",")]
    ratio = runs[-1]["ms_per_article"] / runs[0]["ms_per_article"]
    print(json.dumps({"runs": runs, "ratio": round(ratio, 2)}, indent=2))


if __name__ == "__main__":
    main()
