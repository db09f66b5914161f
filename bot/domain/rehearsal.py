"""A topic's rehearsal: which articles would be filed under it after a change, and which no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.evidence import Explained
from bot.domain.topics import Router
from bot.types import Article, Topic, TopicSlug


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An article that comes or goes. ``why``: the terms that file it; ``against``: those that keep it out."""

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


def rehearse(
    old: Topic | None, new: Topic, articles: Iterable[tuple[Article, tuple[TopicSlug, ...]]]
) -> Rehearsal:
    """File these articles by the topic as it was (None: it is new) and as it would be.

    Args:
        old: as it is now.
        new: as it would be.
        articles: each with the hints of its feed.
    """
    was, will = Router((old,) if old else ()), Router((new,))
    looked = before = after = 0
    gained: list[Change] = []
    lost: list[Change] = []
    for article, hints in articles:
        said = (article.title, article.text, article.language, hints)
        had = any(one.match for one in was.explain(*said))
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
