"""Declarations as the steps use them: outlets, topics and their router, built once per change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.articles import Outlets
from bot.domain.declarations import item_hash, outlet
from bot.domain.topics import Router, topic_from
from bot.ports import Deps
from bot.types import Feed, FeedId, Topic, TopicSlug


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
    live = [item for item in declared if item.on and item.kind in ("outlet", "topic")]
    version = item_hash({f"{item.kind}:{item.id}": dict(item.body) for item in live})
    known = deps.desk.catalogue
    by_id = {feed.id: feed for feed in feeds}
    if isinstance(known, Catalogue) and known.version == version:
        fresh = Catalogue(
            version=version, outlets=known.outlets, topics=known.topics, router=known.router, feeds=by_id
        )
    else:
        topics = tuple(
            sorted(
                (topic_from(item.id, item.body) for item in live if item.kind == "topic"),
                key=lambda topic: (topic.order, topic.slug),
            )
        )
        outlets = Outlets(outlet(item) for item in live if item.kind == "outlet")
        fresh = Catalogue(version=version, outlets=outlets, topics=topics, router=Router(topics), feeds=by_id)
    deps.desk.catalogue = fresh
    return fresh
