"""Declarations as the steps use them: outlets, topics and their router, built once per change.

The router heeds what presses teach, so a press that makes or ends a lesson is a change too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.articles import Outlets
from bot.domain.declarations import item_hash, outlet
from bot.domain.feedback import taught
from bot.domain.topics import Router, topic_from
from bot.ports import Deps, Tx
from bot.types import Declared, Feed, Feedback, FeedId, Press, Role, Topic, TopicSlug


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Who publishes, what is followed, what is polled."""

    version: str
    outlets: Outlets
    topics: tuple[Topic, ...]
    router: Router
    feeds: Mapping[FeedId, Feed]
    likened: str = ""
    """The embedder by whose vectors the router compares meanings; "": it goes by words alone."""
    meanings: Mapping[tuple[str, tuple[str, ...]], Any] = field(default_factory=dict, compare=False)
    """(Embedder, a topic's texts) -> their vectors (:mod:`bot.pipeline.likeness`)."""

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
        presses = await lectures(deps, tx)
    return book_of(deps, declared, feeds, presses)


async def lectures(deps: Deps, tx: Tx) -> tuple[Feedback, ...]:
    """The presses that may teach, oldest first: those of the bot's owner and editors about topics.

    Not of everybody who administers a chat: in private that is each reader, and a lesson is for all of them.
    """
    teachers = {person.id for role in (Role.OWNER, Role.EDITOR) for person in await tx.people(role)}
    if deps.owner is not None:
        teachers.add(deps.owner.chat)
    found = await tx.feedback(users=sorted(teachers)) if teachers else ()
    return tuple(one for one in found if one.press in (Press.WRONG_TOPIC, Press.MORE))


def book_of(
    deps: Deps, declared: Sequence[Declared], feeds: Sequence[Feed], presses: Sequence[Feedback] = ()
) -> Catalogue:
    """The catalogue of these declarations. Raises Misconfigured when one of them is of no use.

    Args:
        deps: the house; its desk keeps the catalogue until something changes.
        declared: all there is, switched off or on.
        feeds: as they are polled.
        presses: see :func:`lectures`.
    """
    live = [item for item in declared if item.on and item.kind in ("outlet", "topic")]
    said = [[one.topic, one.user, one.story, one.press, one.shown] for one in presses]
    version = item_hash({"presses": said, **{f"{item.kind}:{item.id}": dict(item.body) for item in live}})
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
        deps.desk.catalogue = Catalogue(
            version=version,
            outlets=Outlets(outlet(item) for item in live if item.kind == "outlet"),
            topics=topics,
            router=Router(topics, lessons=taught(presses, topics)),
            feeds=by_id,
            meanings=known.meanings if isinstance(known, Catalogue) else {},
        )
    found: Catalogue = deps.desk.catalogue
    return found
