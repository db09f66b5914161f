"""Revised articles → corrections: what was told of them and does not stand there any more.

Sources change articles in place. What the feed shows of it makes :mod:`bot.pipeline.collect` read the entry
again; what shows on the page alone is found by looking again at the pages from which something was told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import corrections
from bot.events import logger
from bot.ports import Deps, Step, Tx
from bot.types import Article, Delivery, Fact, FactNumber, Limits

log = logger("correct")

AT_ONCE = 50
LOOKS = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=12), timedelta(hours=30))
"""How long after it was told from a page it is read again: outlets correct most in the first hours."""
LOOK_EVERY = 600.0  # seconds
BACK = timedelta(hours=47)
"""How old a message may be to be edited: Telegram lets a bot edit for 48 hours in some chats."""


async def look_again(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Have the pages read again from which something was told, at the times of :data:`LOOKS`."""
    del step
    now = deps.clock.now()
    async with deps.store.begin() as tx:
        count = await tx.read_again(now, LOOKS, since=now - BACK)
    if count:
        log.info("pages_looked_at_again", entries=count)
    return (Step(name="read", key="read", lock="read"),) if count else ()


async def correct(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Mark what was told from revised articles and is not in them any more, in the messages that told it."""
    del step
    edits = 0
    while True:
        async with deps.store.begin() as tx:
            revised = await tx.revised(AT_ONCE)
            if not revised:
                break
            for article in revised:
                edits += await _one(deps, tx, article)
            await tx.looked_at([one.id for one in revised])
    return (Step(name="send", key="send", lock="send"),) if edits else ()


async def _one(deps: Deps, tx: Tx, article: Article) -> int:
    now = deps.clock.now()
    languages = {sub.address: sub.language for sub in await tx.subscriptions(active=None)}
    by_message: dict[str, tuple[Delivery, list[Fact]]] = {}
    gone: dict[FactNumber, str] = {}
    for number, fact, sent in await tx.facts_from(article.id, now - BACK):
        text = corrections.taken_back(fact, await tx.articles(fact.articles))
        if text is not None:
            gone[number] = text
            corrected = replace(fact, corrected_at=now, correction=text)
            by_message.setdefault(sent.key, (sent, []))[1].append(corrected)
    await tx.take_back(gone, now)
    edits = []
    for sent, facts in by_message.values():
        channel = deps.channels.get(sent.address.channel)
        wording = deps.wording.get(languages.get(sent.address, "en"), deps.wording["en"])
        limits = channel.limits if channel else Limits()
        before = len(await tx.group(corrections.group_of(sent)))
        edit = corrections.marked(sent, facts, limits, wording, now, before=before)
        edits += [edit] if edit else []
    await tx.queue(edits)
    if gone:
        log.info("facts_taken_back", article=article.id, facts=len(gone), messages=len(edits))
    return len(edits)
