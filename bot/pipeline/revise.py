"""A digest that went out from excerpts, edited in place once the model has told its stories.

A digest never waits for a model. What the model tells of the same facts afterwards replaces the excerpts in
the messages that were sent: once, by the outbox, and only where it fits into as many messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain import digests, messages
from bot.errors import Broken
from bot.events import logger
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.compose import brief_for, doors, limits_of, wanted_of
from bot.pipeline.tell import stored, tell
from bot.ports import Deps, Step
from bot.types import (
    Delivery,
    DeliveryState,
    Digest,
    Method,
    StoryId,
    Subscription,
    Summary,
)

log = logger("revise")

REVISE_FOR = timedelta(hours=12)
"""After that, a digest is yesterday's paper."""
ALL_OR_WAIT = timedelta(hours=1)
"""So long all of a digest's stories are waited for: it is edited once, so once with as much as possible."""
AGAIN = 300.0  # seconds between looks at one digest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A sent digest, whose it is, and its messages."""

    digest: Digest
    subscription: Subscription
    sent: tuple[Delivery, ...]


async def owed(deps: Deps) -> tuple[Digest, ...]:
    """Digests of the last hours with stories from excerpts, not edited yet, whose time to look has come."""
    if deps.summarizer is deps.fallback:
        return ()
    async with deps.store.begin() as tx:
        found = await tx.excerpted(deps.clock.now() - REVISE_FOR)
    now = deps.clock.monotonic()
    return tuple(one for one in found if now - deps.desk.prepared.get(f"revise:{one.id}", -AGAIN) >= AGAIN)


async def revise(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Ask the model again for what went out from excerpts, and edit the messages where it answers."""
    del step
    book, queued = await catalogue(deps), 0
    for digest in await owed(deps):
        deps.desk.prepared[f"revise:{digest.id}"] = deps.clock.monotonic()
        case = await _case(deps, digest)
        if case is not None:
            queued += await _revise(deps, book, case)
    return (Step(name="send", key="send", lock="send"),) if queued else ()


async def _case(deps: Deps, digest: Digest) -> _Case | None:
    async with deps.store.begin() as tx:
        known = {one.id: one for one in await tx.subscriptions()}
        subscription = known.get(digest.subscription) if digest.subscription else None
        sent = await tx.group(digests.group_of(digest)) if subscription else ()
    if subscription is None or not sent or subscription.language != digest.language:
        return None  # muted, gone, or set to another language since
    if any(one.state is not DeliveryState.SENT or not one.message_id for one in sent):
        return None
    return _Case(digest=digest, subscription=subscription, sent=sent)


async def _revise(deps: Deps, book: Catalogue, case: _Case) -> bool:
    old, new = await _summaries(deps, book, case)
    wanted = [item.story for section in case.digest.sections for item in section.items]
    if any(story not in old for story in wanted):
        return False  # an excerpt is gone from the rows: what stands in the message cannot be made again
    better = [story for story in wanted if story in new]
    left = [story for story in wanted if story not in new and old[story].method is Method.EXTRACTIVE]
    waiting = left and deps.clock.now() - case.digest.made_at < ALL_OR_WAIT
    if not better or waiting:
        return False
    edits: tuple[Delivery, ...] = ()
    while better and not edits:
        told = {story: new[story] if story in better else old[story] for story in wanted}
        edits = await _edits(deps, case, told)
        better = better if edits else better[:-1]  # the last story gives way where it does not fit
    if not edits:
        return False
    async with deps.store.begin() as tx:
        await tx.queue(edits)
        await tx.retold(case.digest.id, better)
    log.info("digest_revised", subscription=case.subscription.id, stories=len(better))
    return True


async def _summaries(
    deps: Deps, book: Catalogue, case: _Case
) -> tuple[dict[StoryId, Summary], dict[StoryId, Summary]]:
    """What the messages hold, and what a model has told since, of the same facts."""
    wanted = await wanted_of(deps, case.subscription, patient=True)
    wanted = replace(wanted, memory=wanted.memory.before(case.digest.made_at))
    items = [item for section in case.digest.sections for item in section.items]
    top = digests.leading(items, deps.rules.top_stories)
    old: dict[StoryId, Summary] = {}
    new: dict[StoryId, Summary] = {}
    for item in items:
        key = replace(item.summary, length=case.subscription.length)
        best, usual, stopgap = await stored(deps, key)
        excerpt = item.summary.method is Method.EXTRACTIVE
        was = stopgap if excerpt else best or usual
        if was is not None:
            old[item.story] = was
        if excerpt and (found := best or usual):
            new[item.story] = found
        elif excerpt:
            async with deps.store.begin() as tx:
                story = await tx.story(item.story)
            if story is None:
                continue
            try:
                brief = await brief_for(deps, book, story, wanted)
            except (Broken, ValueError):  # nothing of it can be told any more, or its topics are gone
                continue
            if brief.basis == item.summary.basis:  # else there are new facts: they are for the next digest
                told = await tell(deps, brief, patient=True, top=item.story in top)
                if told.method is Method.LLM:
                    new[item.story] = told
    return old, new


async def _edits(deps: Deps, case: _Case, told: Mapping[StoryId, Summary]) -> tuple[Delivery, ...]:
    """The messages with these summaries, as edits of the sent ones; none where they are too many."""
    sections = tuple(
        replace(section, items=tuple(replace(item, summary=told[item.story]) for item in section.items))
        for section in case.digest.sections
    )
    subscription = case.subscription
    parts = messages.parts(
        replace(case.digest, sections=sections),
        limits_of(deps, subscription),
        deps.wording.get(subscription.language, deps.wording["en"]),
        await doors(deps, subscription.address),
        form="classic" if case.sent[0].part.rich is None else "rich",
    )
    if len(parts) > len(case.sent):
        return ()
    return digests.edits(case.sent, parts, deps.clock.now())
