"""A topic's rehearsal: which articles would be filed under it after a change, and which no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from bot.domain.evidence import Explained
from bot.domain.topics import Router
from bot.types import Article, TopicSlug


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An article that comes or goes. ``why``: what files it; ``against``: those that keep it out."""

    title: str
    outlet: str
    url: str
    score: float  # after the change; 1 and more is filed
    why: str
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How many articles were looked at, filed before and after, and the difference, best first."""

    articles: int
    before: int
    after: int
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An article to try a topic on. ``vector``: what it means, where that is known."""

    article: Article
    vector: NDArray[Any] | None = None


def rehearse(
    was: Router | None, will: Router, samples: Iterable[tuple[Sample, tuple[TopicSlug, ...]]]
) -> Rehearsal:
    """File these articles by the topic as it was and as it would be.

    Args:
        was: files under the topic as it is now, and under no other; None: it is new.
        will: files under the topic as it would be, and under no other.
        samples: each with the hints of its feed.
    """
    looked = before = after = 0
    gained: list[Change] = []
    lost: list[Change] = []
    for sample, hints in samples:
        article = sample.article
        said = (article.title, article.text, article.language, hints, sample.vector)
        had = was is not None and any(one.match for one in was.explain(*said))
        [now] = will.explain(*said)
        looked, before, after = looked + 1, before + had, after + now.match
        if had != now.match:
            (gained if now.match else lost).append(_change(article, now))
    return Rehearsal(
        articles=looked,
        before=before,
        after=after,
        gained=tuple(sorted(gained, key=lambda one: -one.score)),
        lost=tuple(sorted(lost, key=lambda one: one.score)),
    )


def _change(article: Article, now: Explained) -> Change:
    against = [one for one in now.found if one.kind == "exclude"]
    return Change(
        title=article.title,
        outlet=article.outlet,
        url=article.url,
        score=now.score,
        why=now.why(),
        against=tuple(one.term for one in sorted(against, key=lambda one: -one.value)[:3]),
    )
