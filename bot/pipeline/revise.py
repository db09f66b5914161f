"""A digest that went out from excerpts, edited in place once the model has told its stories.

A digest never waits for a model. What the model tells of the same facts afterwards replaces the excerpts in
the messages that were sent: once, by the outbox, and only where it fits into as many messages. What stood
beside the texts (what outlets disagree on, what sources took back, before it was sent or since) stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain import corrections, digests, messages
from bot.domain.facts import facts_told
from bot.errors import Broken, Code
from bot.events import logger
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.compose import (
    Wanted,
    brief_for,
    doors,
    edition_before,
    limits_of,
    taken_back,
    wanted_of,
)
from bot.pipeline.tell import given_up, stored, tell
from bot.ports import Deps, Step
from bot.types import (
    Delivery,
    DeliveryState,
    Digest,
    Fact,
    Item,
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
MEMORY = timedelta(days=14)
DOWN = frozenset({Code.MODEL_UNAVAILABLE, Code.MODEL_CONFIG, Code.MODEL_BUDGET})
"""Failures that the next story would meet too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A sent digest, whose it is, and its messages."""

    digest: Digest
    subscription: Subscription
    sent: tuple[Delivery, ...]
    marks: tuple[Fact, ...]  # of the messages, taken back since


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
    model = _Model()
    for digest in await owed(deps):
        deps.desk.prepared[f"revise:{digest.id}"] = deps.clock.monotonic()
        case = await _case(deps, digest)
        if case is not None:
            queued += await _revise(deps, book, case, model)
    return (Step(name="send", key="send", lock="send"),) if queued else ()


async def _case(deps: Deps, digest: Digest) -> _Case | None:
    async with deps.store.begin() as tx:
        known = {one.id: one for one in await tx.subscriptions()}
        subscription = known.get(digest.subscription) if digest.subscription else None
        sent = await tx.group(digests.group_of(digest)) if subscription else ()
        facts = await tx.facts(subscription.address, digest.made_at - MEMORY) if subscription else ()
        rows = await tx.digests(subscription.id, 100) if subscription else ()
    if subscription is None or not sent or subscription.language != digest.language:
        return None  # muted, gone, or set to another language since
    if any(one.state is not DeliveryState.SENT or not one.message_id for one in sent):
        return None
    made = digest.made_at
    listed = taken_back(facts, edition_before(rows, made), made)
    keys = {one.key for one in sent}
    marks = tuple(one for one in facts if one.delivery in keys and one.corrected_at is not None)
    return _Case(
        digest=replace(digest, corrections=listed), subscription=subscription, sent=sent, marks=marks
    )


@dataclass(slots=True)
class _Model:
    """Whether it is asked at all: once it turned out to be down, for the rest of this look only rows are."""

    down: bool = False


async def _revise(deps: Deps, book: Catalogue, case: _Case, model: _Model) -> bool:
    old, new = await _summaries(deps, book, case, model)
    wanted = [item.story for section in case.digest.sections for item in section.items]
    if any(story not in old for story in wanted):
        return False  # an excerpt is gone from the rows: what stands in the message cannot be made again
    better = [story for story in wanted if story in new]
    left = [story for story in wanted if story not in new and old[story].method is Method.EXTRACTIVE]
    waiting = left and deps.clock.now() - case.digest.made_at < ALL_OR_WAIT
    if not better or waiting:
        return False
    digest, edits = case.digest, tuple[Delivery, ...]()
    while better and not edits:
        told = {story: new[story] if story in better else old[story] for story in wanted}
        digest = _with(case.digest, told)
        edits = await _edits(deps, case, digest)
        better = better if edits else better[:-1]  # the last story gives way where it does not fit
    if not edits:
        return False
    facts = [one for one in facts_told(digest, case.sent) if one.story in better]
    async with deps.store.begin() as tx:
        await tx.queue(edits)
        await tx.retold(case.digest.id, better)
        await tx.tell_anew(case.digest.id, case.subscription.address, facts)
    log.info("digest_revised", subscription=case.subscription.id, stories=len(better))
    return True


async def _summaries(
    deps: Deps, book: Catalogue, case: _Case, model: _Model
) -> tuple[dict[StoryId, Summary], dict[StoryId, Summary]]:
    """What the messages hold, and what a model has told since, of the same facts."""
    wanted = await wanted_of(deps, case.subscription, patient=True)
    wanted = replace(wanted, memory=wanted.memory.before(case.digest.made_at), briefs={})
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
        elif excerpt and not model.down and not given_up(deps, key, top=item.story in top):
            told = await _asked(deps, book, wanted, item, top=item.story in top)
            if told is not None and told.method is Method.LLM:
                new[item.story] = told
            model.down = told is not None and told.why_fallback in DOWN
    return old, new


async def _asked(deps: Deps, book: Catalogue, wanted: Wanted, item: Item, *, top: bool) -> Summary | None:
    """What is told of the same facts now; None where they are not the same any more."""
    async with deps.store.begin() as tx:
        story = await tx.story(item.story)
    if story is None:
        return None
    try:
        brief = await brief_for(deps, book, story, wanted)
    except (Broken, ValueError):  # nothing of it can be told any more, or its topics are gone
        return None
    if brief.basis != item.summary.basis:  # there are new facts: they are for the next digest
        return None
    return await tell(deps, brief, patient=True, top=top)


def _with(digest: Digest, told: Mapping[StoryId, Summary]) -> Digest:
    """The digest with these summaries, each beside what outlets disagreed on when it was sent."""
    sections = tuple(
        replace(
            section,
            items=tuple(
                replace(item, summary=replace(told[item.story], disputes=item.summary.disputes))
                for item in section.items
            ),
        )
        for section in digest.sections
    )
    return replace(digest, sections=sections)


async def _edits(deps: Deps, case: _Case, digest: Digest) -> tuple[Delivery, ...]:
    """The messages of this digest as edits of the sent ones; none where they are too many or too long."""
    subscription = case.subscription
    limits = limits_of(deps, subscription)
    wording = deps.wording.get(subscription.language, deps.wording["en"])
    parts = messages.parts(
        digest,
        limits,
        wording,
        await doors(deps, subscription.address),
        form="classic" if case.sent[0].part.rich is None else "rich",
    )
    parts = corrections.remarked(parts, case.marks, wording)
    if len(parts) > len(case.sent) or any(messages.units(one.text) > limits.units for one in parts):
        return ()
    return digests.edits(case.sent, parts, deps.clock.now())
