"""Why an article is where it is, reckoned again by the code that placed it: ``dateline stories explain``."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass
from typing import Any

from bot.domain.stories.features import ACROSS, MEANING, NAMES, WORDS, Features, Incoming, Read, joint
from bot.domain.stories.index import Index
from bot.domain.stories.judging import Judgement, shared
from bot.domain.stories.open import Open, nearest
from bot.types import ArticleId, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What makes the likeness of two articles: each field's share, which add up to ``likeness``."""

    title: float
    lede: float
    names: float
    meaning: float
    likeness: float

    def text(self) -> str:
        """In words."""
        return (
            f"title {self.title:.2f} + lede {self.lede:.2f} + names and numbers {self.names:.2f}"
            f" + meaning {self.meaning:.2f} = {self.likeness:.2f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An article beside one of the stories that were nearest to it."""

    story: StoryId
    title: str
    passed: bool  # it would have joined; of several the one with the largest margin takes it
    likeness: float
    margin: float  # above what is needed, negative below
    why: str  # the arithmetic
    article: ArticleId | None  # of the story, the one most like it
    parts: Parts | None
    words: str  # that the two share


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What an article was compared with when it was placed, nearest first."""

    article: ArticleId
    compared: tuple[Compared, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def explain(index: Index, row: Incoming) -> Explanation:
    """What this article would be compared with if it were placed into ``index`` now.

    Args:
        index: as it was before the article was placed; nothing in it changes.
        row: the article.
    """
    got, weighed = index.weighed(row)
    compared = tuple(_compared(got, story, judged) for story, judged in weighed)
    return Explanation(article=row.article.id, compared=compared)


def _compared(got: Read, story: Open, judged: Judgement) -> Compared:
    ((_, closest),) = nearest(got.features, [story])
    member = next((one for one in story.members if one.features is closest), None)
    vetoed = judged.story is None
    return Compared(
        story=story.id,
        title=story.title,
        passed=judged.margin >= 0,
        likeness=round(judged.likeness, 4),
        margin=0.0 if vetoed else round(judged.margin, 4),
        why="of another language, and too few names in common" if vetoed else judged.why,
        article=None if member is None else member.article,
        parts=parts(got, closest),
        words=shared(got, story),
    )


def parts(got: Read, other: Features) -> Parts:
    """The likeness of an article to another one, by the fields that it comes from."""
    one, sums = got.features, {"t": 0.0, "l": 0.0, "n": 0.0}
    theirs = dict(zip(other.ids.tolist(), other.values.tolist(), strict=True))
    for key, value in zip(one.ids.tolist(), one.values.tolist(), strict=True):
        if key in theirs:
            sums[_field(key, got.words[key], one.language)] += value * theirs[key]
    same = one.language == other.language
    known = one.meaning is not None and other.meaning is not None
    cosine = float(one.meaning.astype("f4") @ other.meaning.astype("f4")) if known else None  # type: ignore[union-attr]
    stretched = 1.0 if known else 1 / (WORDS if same else NAMES)
    return Parts(
        title=round(sums["t"] * stretched, 4),
        lede=round(sums["l"] * stretched, 4),
        names=round(sums["n"] * stretched, 4),
        meaning=round((MEANING if same else ACROSS) * (cosine or 0.0), 4),
        likeness=round(joint(sum(sums.values()), same=same, meaning=cosine), 4),
    )


def _field(key: int, word: str, language: str) -> str:
    """Which of its fields a hash comes from: title, lede or names."""
    for name, prefix in (("t", f"t{language}:"), ("l", f"l{language}:")):
        if zlib.crc32((prefix + word).encode(errors="replace")) == key:
            return name
    return "n"
