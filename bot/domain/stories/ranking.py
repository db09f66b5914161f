"""How important a story is now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.types import Article, Outlet, OutletId, Story

HALF_LIFE = 12.0
"""Hours after which a story counts half: a morning digest weighs last night over yesterday morning."""


def rank(
    story: Story,
    members: Sequence[Article],
    outlets: Mapping[OutletId, Outlet],
    *,
    now: datetime,
    told: bool = False,
) -> tuple[float, str]:
    """Importance and its arithmetic: voices, growth and recency; less for what the reader knows.

    ``log2(1 + voices) + growth / 2``, where growth is the share of articles of the last six hours; times
    ``0.2 + 0.8 * 2^(-age / half-life)`` for recency; times 0.7 if told before; times 0.8 if only state media
    tell it.
    """
    age = max(0.0, (now - story.last_at).total_seconds() / 3600)
    fresh = sum(now - article.published_at <= timedelta(hours=6) for article in members)
    growth = fresh / len(members) if members else 0.0
    recency = 0.2 + 0.8 * 2 ** (-age / HALF_LIFE)
    state = bool(outlets) and all(outlet.state_media for outlet in outlets.values())
    less = (0.7 if told else 1) * (0.8 if state else 1)
    score = (math.log2(1 + story.voices) + 0.5 * growth) * recency * less
    why = (
        f"{story.voices} independent outlets, {fresh} of {len(members)} articles in 6 h, last {age:.0f} h ago"
    )
    if told:
        why += ", told before"
    if state:
        why += ", state media only"
    return round(score, 4), why
