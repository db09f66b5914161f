"""What the owner hears, queued in the transaction that makes it true; the watch over the house's troubles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.domain import alerts, troubles
from bot.domain.prompts import Objection
from bot.domain.troubles import Kind, Open
from bot.domain.wording import Wording, interface_language
from bot.errors import Code
from bot.events import logger
from bot.pipeline.gauges import budget_of, gauges
from bot.ports import REFUSAL, Deps, Step, Tx
from bot.types import Address, Feed, FeedId, FeedStatus, PollRecord, PromptVersion, Role

log = logger("owner")

WATCHED = "troubles"
"""The note that remembers which troubles are open."""


async def tell_of_polls(deps: Deps, tx: Tx, polls: Iterable[tuple[Feed, PollRecord]]) -> None:
    """Queue alerts for the feeds, as they were before these polls, that were given up or have moved."""
    owner = await _owner(deps, tx)
    if owner is None:
        return
    words = await _words(deps, tx, owner)
    await tx.queue(
        [item for before, record in polls for item in alerts.of_poll(before, record, owner, words)]
    )


async def mute(deps: Deps, tx: Tx, address: Address, code: Code, occasion: str) -> None:
    """Switch off the subscriptions of this chat, and queue an alert if there were any.

    ``occasion`` names what was refused there: the owner hears once of each.
    """
    before = len(await tx.subscriptions())
    await tx.mute(address, code)
    muted = before - len(await tx.subscriptions())
    if not muted:
        return
    log.warning("chat_muted", chat=address.chat, subscriptions=muted, code=code)
    owner = await _owner(deps, tx)
    if owner is None or owner.chat == address.chat:
        return
    words, now = await _words(deps, tx, owner), deps.clock.now()
    await tx.queue([alerts.of_muting(occasion, address, code, owner, words, now)])


async def alert(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Look whether a trouble began or is over, and tell the owner, once each.

    The step's one id is how many subscriptions wait for an edition that is too late: the plan knows.
    """
    overdue = int(step.ids[0]) if step.ids else 0
    now = deps.clock.now()
    async with deps.store.begin() as tx:
        feeds = {feed.id: feed for feed in await tx.feeds()}
        found = await gauges(deps, tx)
        before = troubles.looked(troubles.Watched.unpacked(await tx.note(WATCHED)), found)
        there = troubles.present(
            before,
            found,
            feeds=feeds.values(),
            overdue=overdue,
            refusal=troubles.Refusal.unpacked(await tx.note(REFUSAL)),
            caps=budget_of(deps.rules).caps(now),
            rules=deps.rules,
        )
        after, began, over = troubles.changed(before, there, now)
        told = await _tell_of_troubles(deps, tx, began, over, feeds)
        await tx.put_note(WATCHED, after.packed())
    for one in began:
        log.warning("trouble_began", trouble=one.trouble.key, figure=one.trouble.figure)
    for one in over:
        log.info("trouble_over", trouble=one.trouble.key, since=one.since)
    return (Step(name="send", key="send", lock="send"),) if told else ()


async def _tell_of_troubles(
    deps: Deps, tx: Tx, began: Sequence[Open], over: Sequence[Open], feeds: Mapping[FeedId, Feed]
) -> int:
    """Queue what the owner hears of these; how many messages."""
    owner = await _owner(deps, tx) if began or over else None
    if owner is None:
        return 0
    words, now = await _words(deps, tx, owner), deps.clock.now()
    told = [item for one in began if (item := alerts.of_trouble(one, owner, words, now)) is not None]
    for one in over:
        feed = feeds.get(FeedId(one.trouble.subject))
        if one.trouble.kind is not Kind.FEED:
            told.append(alerts.of_end(one, "", owner, words, now))
        elif feed is not None and feed.status is FeedStatus.ACTIVE:  # else somebody switched it off
            told.append(alerts.of_end(one, feed.title or feed.id, owner, words, now))
    await tx.queue(told)
    return len(told)


async def tell_of_rollback(
    deps: Deps, tx: Tx, version: PromptVersion, before: str, found: Sequence[Objection]
) -> None:
    """Queue, for the owner and each editor, that the watch took this version back, and why."""
    for address, words in await _editors(deps, tx):
        why = words.join([words(f"prompts.against_{one.kind}", **one.values()) for one in found])
        item = alerts.of_rollback(version, before, why, address, words, deps.clock.now())
        await tx.queue([item])


async def tell_of_prompt_file(deps: Deps, tx: Tx, name: str, mark: str, why: str) -> None:
    """Queue, for the owner and each editor, that a file of ``prompts/`` was not taken, and why.

    ``mark`` is of the file's text: each text is told once a day.
    """
    for address, words in await _editors(deps, tx):
        await tx.queue([alerts.of_prompt_file(name, mark, why, address, words, deps.clock.now())])


async def _editors(deps: Deps, tx: Tx) -> list[tuple[Address, Wording]]:
    """Who looks after the prompts, each with their own words: the owner and the editors, each once."""
    found: dict[str, tuple[Address, Wording]] = {}
    if "telegram" in deps.channels:
        for role in (Role.OWNER, Role.EDITOR):
            for person in await tx.people(role):
                address = Address(channel="telegram", chat=person.id)
                spoken = person.language and deps.wording[interface_language(person.language)]
                found[person.id] = (address, spoken or await _words(deps, tx, address))
    owner = await _owner(deps, tx)
    if owner is not None and owner.chat not in found:
        found[owner.chat] = (owner, await _words(deps, tx, owner))
    return list(found.values())


async def _owner(deps: Deps, tx: Tx) -> Address | None:
    """Where the owner hears of troubles: the chat that is set, else that of who claimed the bot."""
    if deps.owner is not None or "telegram" not in deps.channels:
        return deps.owner
    owners = await tx.people(Role.OWNER)
    return Address(channel="telegram", chat=owners[0].id) if owners else None


async def _words(deps: Deps, tx: Tx, owner: Address) -> Wording:
    """In the language of a digest that goes to the owner's chat, else in English."""
    spoken = [sub.language for sub in await tx.subscriptions(active=None) if sub.address.chat == owner.chat]
    words: Wording = deps.wording[interface_language(spoken[0] if spoken else "en")]
    return words
