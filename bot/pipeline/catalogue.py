"""Declarations as the steps use them: outlets, topics and their router, built once per change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.articles import Outlets
from bot.domain.declarations import item_hash, outlet
from bot.domain.topics import Router, topic_from
from bot.ports import Deps
from bot.types import Declared, Feed, FeedId, Topic, TopicSlug


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Who publishes, what is followed, what is polled."""

    version: str
    outlets: Outlets
    topics: tuple[Topic, ...]
    router: Router
    feeds: Mapping[FeedId, Feed]

    def topic(self, slug: TopicSlug) -> Topic:
        """The topic of this slug. Raises KeyError when there is none."""
        for topic in self.topics:
            if topic.slug == slug:
                return topic
        raise KeyError(slug)

    @property
    def slugs(self) -> tuple[TopicSlug, ...]:
        """All topics' slugs in their order."""
        return tuple(topic.slug for topic in self.topics)


async def catalogue(deps: Deps) -> Catalogue:
    """The current catalogue: declarations are read each time, the router is built once per change."""
    async with deps.store.begin() as tx:
        declared = await tx.declared()
        feeds = await tx.feeds()
    return book_of(deps, declared, feeds)


def book_of(deps: Deps, declared: Sequence[Declared], feeds: Sequence[Feed]) -> Catalogue:
    """The catalogue of these declarations. Raises Misconfigured when one of them is of no use."""
    live = [item for item in declared if item.on and item.kind in ("outlet", "topic")]
    version = item_hash({f"{item.kind}:{item.id}": dict(item.body) for item in live})
    known = deps.desk.catalogue
    by_id = {feed.id: feed for feed in feeds}
    if isinstance(known, Catalogue) and known.version == version:
        deps.desk.catalogue = replace(known, feeds=by_id)
    else:
        topics = tuple(
            sorted(
                (topic_from(item.id, item.body) for item in live if item.kind == "topic"),
                key=lambda topic: (topic.order, topic.slug),
            )
        )
        outlets = Outlets(outlet(item) for item in live if item.kind == "outlet")
        deps.desk.catalogue = Catalogue(
            version=version, outlets=outlets, topics=topics, router=Router(topics), feeds=by_id
        )
    found: Catalogue = deps.desk.catalogue
    return found
