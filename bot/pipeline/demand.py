"""Somebody asks for a digest now: composed as their settings say, what is sent counts as told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain import digests
from bot.domain.digests import Edition
from bot.domain.facts import facts_told
from bot.domain.summaries import Memory
from bot.events import logger
from bot.pipeline.catalogue import catalogue
from bot.pipeline.compose import Wanted, make, rendered, wanted_of
from bot.pipeline.tell import Permit
from bot.ports import Deps
from bot.types import Digest, Subscription, Summary, TopicSlug

log = logger("demand")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for. No ``topics``: the subscription's; no ``window``: what is new since the last one."""

    token: str  # unique to the asking: it names the messages
    topics: tuple[TopicSlug, ...] = ()
    window: timedelta | None = None
    full: bool = False  # told before or not
    permit: Permit | None = None
    watch: Callable[[Summary | None, int, int], None] | None = None


async def serve(deps: Deps, subscription: Subscription, order: Order) -> Digest:
    """The digest, and its messages in the outbox, due at once; neither where it has no story to tell.

    Who names a window, or wants it ``full``, gets all of it, told before or not. Run a ``send``
    step afterwards.
    """
    book = await catalogue(deps)
    now = deps.clock.now()
    wanted = await _wanted(deps, subscription, order, book.slugs)
    edition = Edition(
        language=subscription.language,
        zone=subscription.schedule.zone,
        made_at=now,
        since=now - wanted.window,
        subscription=subscription.id,
        quiet_day=subscription.quiet_day,
    )
    digest = await make(deps, book, wanted, edition)
    if not digests.tally(digest).stories:
        return digest
    parts = await rendered(deps, subscription, digest)
    queued = digests.deliveries(digest, subscription, parts, deps.clock.now(), token=order.token)
    async with deps.store.begin() as tx:
        await tx.record_digest(digest, queued, facts_told(digest, queued))
    log.info("digest_demanded", subscription=subscription.id, parts=len(queued))
    return digest


async def _wanted(deps: Deps, subscription: Subscription, order: Order, known: Sequence[TopicSlug]) -> Wanted:
    wanted = await wanted_of(deps, subscription, patient=True)
    everything = order.full or order.window is not None
    followed = tuple(slug for slug in order.topics or subscription.topics if slug in known)
    return replace(
        wanted,
        topics=followed or tuple(known),
        window=order.window or wanted.window,
        told={} if everything else wanted.told,
        memory=Memory() if everything else wanted.memory,
        permit=order.permit,
        watch=order.watch,
    )


async def empty(deps: Deps) -> bool:
    """Whether nothing was ever collected."""
    async with deps.store.begin() as tx:
        return await tx.last_story_id() == 0
