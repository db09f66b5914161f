"""A changed topic → what it would do with the articles of the last days, filed as production files them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.rehearsal import Rehearsal, Sample, rehearse
from bot.pipeline.catalogue import catalogue
from bot.pipeline.likeness import router_of
from bot.ports import Deps
from bot.types import Article, OutletId, Topic


async def rehearsed(deps: Deps, new: Topic, since: datetime) -> tuple[Rehearsal, Mapping[OutletId, str]]:
    """What the topic would gain and lose, and the names of the outlets that were read.

    By words, by what presses taught and, where there is an embedder, by the vectors that the articles were
    grouped with; those that have none yet go by words, as they did when they were filed.
    """
    book = await catalogue(deps)
    old = next((topic for topic in book.topics if topic.slug == new.slug), None)
    others = tuple(topic for topic in book.topics if topic.slug != new.slug)
    # Alike is measured on the scale of all topics together, so all are asked for and one is kept.
    was = await router_of(deps, book, book.topics, only=new.slug)
    will = await router_of(deps, book, (*others, new), only=new.slug)
    samples = await _samples(deps, since)
    hints = {feed.id: feed.topics for feed in book.feeds.values()}
    told = await asyncio.to_thread(
        rehearse, was if old else None, will, [(one, hints.get(one.article.feed, ())) for one in samples]
    )
    read = {one.article.outlet for one in samples}
    return told, {one: book.outlets.get(one).name for one in read if book.outlets.knows(one)}


async def _samples(deps: Deps, since: datetime) -> Sequence[Sample]:
    async with deps.store.begin() as tx:
        placed = await tx.placed_since(since)
        fresh = [article for _, article, _ in placed if _last(article) >= since]
        ids = [article.id for article in fresh]
        known = await tx.vectors(deps.embedder.name, ids) if deps.embedder is not None else {}
    return [Sample(article=article, vector=known.get(article.id)) for article in fresh]


def _last(article: Article) -> datetime:
    return max(article.published_at, article.seen_at)
