"""The digest that comes at once to who has just subscribed."""

from __future__ import annotations

from bot.domain import messages
from bot.entrypoints.chat.talk import Progress, Talk
from bot.pipeline import plan
from bot.pipeline.compose import demand
from bot.types import Subscription

COLLECTING = frozenset({"poll", "read", "place"})
LOOK, MOST = 0.25, 180.0
"""Seconds between looks whether the first collection is done, and until what is there has to do."""


async def first_digest(talk: Talk, subscription: Subscription) -> None:
    """Post the news of now to the subscription's address; on an empty store after the first collection."""
    deps = talk.deps
    async with talk.working() as progress:
        await _collected(talk, progress)
        progress.tell(talk.words("first.composing"))
        digest = await demand(
            deps,
            topics=subscription.topics,
            language=subscription.language,
            length=subscription.length,
            zone=subscription.schedule.zone,
        )
    words = deps.wording.get(subscription.language, deps.wording["en"])
    for said in messages.parts(digest, talk.front.channel.limits, words):
        await talk.front.channel.post(subscription.address, said)


async def _collected(talk: Talk, progress: Progress) -> None:
    """Where nothing was ever collected, ask the feeds, and read and group what they bring."""
    deps = talk.deps
    async with deps.store.begin() as tx:
        if await tx.last_story_id():
            return
    progress.tell(talk.words("first.collecting"))
    end = deps.clock.monotonic() + MOST
    while deps.clock.monotonic() < end:
        steps = [step for step in await plan(deps) if step.name in COLLECTING]
        if not steps:
            return
        await talk.app.runner.put(steps)
        await deps.clock.sleep(LOOK)
