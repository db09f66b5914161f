"""Is this article of that story? Are these two stories one? The arithmetic, and in words why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bot.domain.stories.features import WORDS, Features, Read, one_sided
from bot.domain.stories.open import Open, between, toward
from bot.domain.stories.open import nearest as nearest_members
from bot.types import Article

NEED, NEED_WORDS = 0.39, 0.29
"""Likeness that joins at 90 words, with and without vectors; a shorter text needs less (``ease``). With
vectors .37 to .40 gives mean B-cubed F1 .90 to .91 and .20 to .14 mixed stories; mixing is worse."""
SIGMA = 2.0  # days; the width of the Gaussian decay, flat between 1.5 and 3
TWO_WAY = 0.5
"""Share of the nearest article in the likeness to a story: a long story resembles everything a little."""
CLOSE = 3  # stories whose nearest articles are looked at
ONE_WORD = 0.5
"""Less likeness for what hangs on a single word: a place name joined an attack with a football club."""
GROWN = 0.02  # less likeness for e times as many articles
MERGE, MERGE_GROWN = 0.03, 0.1
"""What two stories need above what their articles needed, and how much more for e times as many articles in
the smaller one: sums of many articles are more alike than the events. Without merging, F1 is .02 lower."""
LARGE = 400
"""Articles above which two stories together are not merged: a bound on what one article may set off. A flood
of texts that are all alike makes 69 mergers of up to 400 articles in one batch; each adds them up again."""
FOREIGN_NAMES = 2
"""Names or numbers that must be shared where nothing else tells that two languages speak of one event: one
alone ("20") joined house prices with a chip."""


@dataclass(slots=True, kw_only=True)
class Judgement:
    """The story that an article is most like, and the arithmetic. ``margin``: above what is needed."""

    story: Open | None = None
    margin: float = -math.inf
    likeness: float = 0.0
    why: str = ""
    near: list[Open] = field(default_factory=list)


def judge(article: Article, one: Features, stories: Sequence[Open]) -> Judgement:
    """The story that passes its threshold by most, or misses it by least."""
    rows = []
    for story, total in zip(stories, toward(one, stories), strict=True):
        decay = _decay(story.gap(article.published_at))
        rows.append((total / math.sqrt(story.norm2) * decay, decay, story))
    rows.sort(key=lambda row: (-row[0], row[2].id))
    best = Judgement(near=[story for _, _, story in rows[:CLOSE]])
    for (whole, decay, story), (nearest, member) in zip(rows, nearest_members(one, best.near), strict=False):
        known = one.meaning is not None and any(has for _, has in story.parts)
        if not known and _foreign(one, story):
            continue
        nearest *= decay  # noqa: PLW2901 - what is left of it
        less = GROWN * math.log(story.size)
        likeness = (1 - TWO_WAY) * whole + TWO_WAY * nearest
        need = threshold(one, vectors=known)
        if likeness - less - need <= best.margin:
            continue  # another one is nearer, whatever this one hangs on
        less += ONE_WORD * one_sided(one, member) * (1.0 if known else 1 / WORDS)
        likeness -= less
        if likeness - need > best.margin:
            best.story, best.margin, best.likeness = story, likeness - need, likeness
            best.why = (
                f"likeness {likeness:.2f}, {need:.2f} needed ({whole:.2f} to the whole, {nearest:.2f} to its "
                f"nearest article, {decay:.2f} of it left after {story.gap(article.published_at):.1f} days"
                f"{f', {less:.2f} less for its {story.size} articles' if less else ''})"
            )
    return best


def one_event(story: Open, other: Open) -> tuple[float, float]:
    """The likeness of two stories, and what it takes to merge them."""
    assert other.last is not None
    need = (story.need / story.size + other.need / other.size) / 2 + MERGE
    need += MERGE_GROWN * math.log(min(story.size, other.size))
    return between(story, other) * _decay(story.gap(other.last)), need


def threshold(one: Features, *, vectors: bool) -> float:
    """The likeness that an article needs to join, where its meaning is compared too, or its words alone."""
    return (NEED if vectors else NEED_WORDS) - one.ease


def shared(got: Read, story: Open) -> str:
    """The words that made the likeness, for people."""
    one, words = got.features, got.words
    by_word: dict[str, float] = {}
    for part in story.parts.values():
        mine, weights = part.both(one)
        for key, weight in zip(one.ids[mine].tolist(), weights.tolist(), strict=True):
            by_word[words[key]] = by_word.get(words[key], 0.0) + weight
    top = sorted(by_word, key=lambda word: (-by_word[word], word))[:5]
    return ", ".join(top) or "by their meaning"


def _decay(days: float) -> float:
    return math.exp(-(days**2) / (2 * SIGMA**2))


def _foreign(one: Features, story: Open) -> bool:
    """Whether nothing but too few names could join them."""
    if any(language == one.language for language, _ in story.parts):
        return False
    return max(int(np.isin(one.ids, part.ids).sum()) for part in story.parts.values()) < FOREIGN_NAMES
