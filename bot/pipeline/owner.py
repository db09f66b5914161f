"""What the owner hears, queued in the transaction that makes it true."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bot.domain import alerts
from bot.domain.phrases import Wording
from bot.errors import Code
from bot.ports import Deps, Tx
from bot.types import Address, Feed, PollRecord

log = logging.getLogger("dateline.owner")


async def tell_of_polls(deps: Deps, tx: Tx, polls: Iterable[tuple[Feed, PollRecord]]) -> None:
    """Queue alerts for the feeds, as they were before these polls, that were given up or have moved."""
    if deps.owner is None:
        return
    words = await _words(deps, tx)
    await tx.queue(
        [item for before, record in polls for item in alerts.of_poll(before, record, deps.owner, words)]
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
    log.warning("chat_muted chat=%s subscriptions=%d code=%s", address.chat, muted, code)
    if deps.owner is None or deps.owner.chat == address.chat:
        return
    words, now = await _words(deps, tx), deps.clock.now()
    await tx.queue([alerts.of_muting(occasion, address, code, deps.owner, words, now)])


async def _words(deps: Deps, tx: Tx) -> Wording:
    """In the language of a digest that goes to the owner's chat, else in English."""
    language = "en"
    for subscription in await tx.subscriptions(active=None):
        if deps.owner is not None and subscription.address.chat == deps.owner.chat:
            language = subscription.language
            break
    words: Wording = deps.wording.get(language, deps.wording["en"])
    return words
