"""A message to everybody, behind all that people asked for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from bot.events import logger
from bot.ports import Deps
from bot.types import Address, Delivery, Origin, Part

log = logger("broadcast")

PRIORITY = -100
"""Below every digest."""
_BATCH = 500  # deliveries in one transaction: a broadcast to thousands must not keep answers waiting for rows


async def broadcast(
    deps: Deps,
    part_by_language: Mapping[str, Part],
    addresses: Sequence[Address],
    *,
    languages: Mapping[Address, str] | None = None,
    broadcast_id: str = "",
    batch: int = _BATCH,
) -> int:
    """How many chats the message was queued for; the outbox sends it when nothing else is due.

    Args:
        deps: what steps get.
        part_by_language: the message in each language it was written in; the first is for everybody else.
        addresses: where to; a chat that is named twice gets it once.
        languages: the language of each chat; None looks at the subscriptions and at what is known of chats.
        broadcast_id: makes the keys unique: queued again under the same id, nobody gets it twice; "" is a new
            one.
        batch: deliveries in one transaction.

    Raises:
        ValueError: no part at all.
        Transient: the store is away; queued again with the same id, the rest follows.
    """
    if not part_by_language:
        raise ValueError("a broadcast without a message")
    name, now = broadcast_id or uuid.uuid4().hex[:12], deps.clock.now()
    spoken = await _languages(deps) if languages is None else languages
    wanted = list(dict.fromkeys(addresses))
    for start in range(0, len(wanted), batch):
        items = [
            Delivery(
                key=f"broadcast:{name}:{address.channel}:{address.chat}:{address.thread or 0}",
                group=f"broadcast:{name}:{address.channel}:{address.chat}:{address.thread or 0}",
                origin=Origin.BROADCAST,
                address=address,
                part_number=0,
                parts=1,
                part=_in(spoken.get(address, ""), part_by_language),
                priority=PRIORITY,
                due_at=now,
                queued_at=now,
            )
            for address in wanted[start : start + batch]
        ]
        async with deps.store.begin() as tx:
            await tx.queue(items)
    log.info("broadcast_queued", id=name, chats=len(wanted))
    return len(wanted)


def _in(language: str, parts: Mapping[str, Part]) -> Part:
    known = (language, language.split("-", maxsplit=1)[0])
    return next((parts[code] for code in known if code in parts), next(iter(parts.values())))


async def _languages(deps: Deps) -> dict[Address, str]:
    """What each chat reads: its subscription's language, else that of what the bot says there."""
    async with deps.store.begin() as tx:
        spoken = {chat.address: chat.language for chat in await tx.chats() if chat.language}
        spoken |= {one.address: one.language for one in await tx.subscriptions(active=None)}
    return spoken
