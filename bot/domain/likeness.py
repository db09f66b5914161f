"""How like a topic an article is by what both mean, whatever words they use.

A topic's vector is the centre of those of its description and its examples, in the space of the articles'
own vectors (what all news shares taken away, length 1: :func:`bot.domain.stories.meaning`). Cosines mean
other things in each embedder's space, so the scale is the examples' own: 0 is any news, 1 as near to the
topic as its examples are to each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.types import Topic, TopicSlug

ENOUGH = 4  # texts from which it can be told how near a topic's texts are to each other
LEAST = 0.2
"""An embedder in whose space a topic's examples are no nearer to each other tells nothing of topics. With the
encoder that comes in a wheel it is .44 to .45 for each of the three topics that ship."""


def texts(topic: Topic) -> tuple[str, ...]:
    """What an embedder reads of a topic: its description and its examples."""
    return tuple(text for text in (topic.description, *topic.examples) if text.strip())


def senses(
    rows: Mapping[TopicSlug, NDArray[Any]],
) -> Mapping[TopicSlug, NDArray[np.float32]]:
    """Each topic's vector, as long as it takes for its product with an article's to be the likeness.

    Topics without a text have none; nor has any where no topic has ``ENOUGH`` texts to make a scale of.

    Args:
        rows: of each topic the vectors (length 1) of its texts, one a row.
    """
    spread = {slug: _near(found) for slug, found in sorted(rows.items()) if len(found) >= ENOUGH}
    if not spread:
        return {}
    usual = math.fsum(spread.values()) / len(spread)
    found = {}
    for slug, own in rows.items():
        # Examples that have little to do with each other must not make everything alike.
        near = max(usual, spread.get(slug, usual))
        if len(own) and near >= LEAST:
            found[slug] = (_centre(own) / near).astype(np.float32)
    return found


def likenesses(
    known: Mapping[TopicSlug, NDArray[np.float32]], vector: Sequence[float] | NDArray[Any]
) -> Mapping[TopicSlug, float]:
    """How like each topic an article with this vector is."""
    own = np.asarray(vector, dtype=np.float32)
    return {slug: round(float(sense @ own), 4) for slug, sense in known.items()}


def _centre(rows: NDArray[Any]) -> NDArray[np.float32]:
    mean: NDArray[np.float32] = np.asarray(rows, dtype=np.float32).mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length, dtype=np.float32) if length > 0 else mean


def _near(rows: NDArray[Any]) -> float:
    """How near each of these is to the centre of the others, on average."""
    found = [float(rows[at] @ _centre(np.delete(rows, at, axis=0))) for at in range(len(rows))]
    return math.fsum(found) / len(found)
