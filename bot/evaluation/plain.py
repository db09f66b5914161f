"""Plain grouping, to compare with: one pass, each article to the story whose mean is nearest, if near enough.

What a weekend's script would do: cosine of TF-IDF, or of an embedder's vectors, one threshold, the same
window of days as ours. The thresholds are the best of a sweep by .05 for the mean over the four development
sets that ours was tuned on; document frequencies are those of the whole file, which no running bot can know.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain import terms

TEXT, TITLES, VECTORS = 0.15, 0.15, 0.55
"""The cosine that joins: by title and text, by titles alone, by vectors less their mean."""
BODY = 2000  # characters of a text


def by_words(texts: Sequence[str], times: Sequence[datetime], need: float, window: timedelta) -> list[int]:
    """The story of each text, by TF-IDF."""
    rows = [Counter(terms.content_words(text)) for text in texts]
    held = Counter(word for row in rows for word in row)
    weighed = [
        {word: (1 + math.log(n)) * math.log(len(rows) / held[word]) for word, n in row.items()}
        for row in rows
    ]
    sums: list[dict[str, float]] = []
    lists: dict[str, set[int]] = defaultdict(set)
    last: list[datetime] = []
    found = []
    for row, at in zip(weighed, times, strict=True):
        length = math.sqrt(math.fsum(value * value for value in row.values())) or 1.0
        alike: dict[int, float] = defaultdict(float)
        for word, value in row.items():
            for story in lists[word]:
                alike[story] += value / length * sums[story][word]
        scored = [
            (value / math.sqrt(math.fsum(one * one for one in sums[story].values())), -story)
            for story, value in alike.items()
            if abs(at - last[story]) <= window
        ]
        best, story = max(scored, default=(0.0, 0))
        if best < need:
            story = -len(sums)
            sums.append({})
            last.append(at)
        _take(sums[-story], row, length)
        for word in row:
            lists[word].add(-story)
        last[-story] = at
        found.append(-story)
    return found


def _take(total: dict[str, float], row: Mapping[str, float], length: float) -> None:
    for word, value in row.items():
        total[word] = total.get(word, 0.0) + value / length


def by_vectors(rows: NDArray[Any], times: Sequence[datetime], need: float, window: timedelta) -> list[int]:
    """The story of each row of vectors."""
    sums = np.zeros_like(rows, dtype=np.float32)
    days = np.zeros(len(rows))
    found: list[int] = []
    count = 0
    for row, at in zip(rows.astype(np.float32), times, strict=True):
        day, best, story = at.timestamp() / 86400, -1.0, count
        if count:
            lengths = np.linalg.norm(sums[:count], axis=1)
            cosines = np.einsum("ij,j->i", sums[:count], row) / np.maximum(lengths, 1e-9)
            cosines[np.abs(days[:count] - day) > window.total_seconds() / 86400] = -1.0
            story = int(cosines.argmax())
            best = float(cosines[story])
        if best < need:
            story, count = count, count + 1
        sums[story] += row
        days[story] = day
        found.append(story)
    return found
