"""One message to many chats, behind everything else in the outbox."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping

from bot.domain.broadcasts import PRIORITY, text_for
from bot.ports import Deps
from bot.types import Address, Delivery, Origin, Part

log = logging.getLogger("dateline.broadcast")


async def broadcast(
    deps: Deps, part_by_language: Mapping[str, Part], addresses: Mapping[Address, str], *, mark: str = ""
) -> int:
    """Queue a part for each chat; how many chats that is. Asked twice with the same mark it queues once.

    Args:
        deps: the store and the clock.
        part_by_language: "" is the text of those whose language has none of its own.
        addresses: each chat's language.
        mark: names this broadcast; by default its words do, so that the same words go out once.
    """
    name = mark or hashlib.sha256(repr(sorted(part_by_language.items())).encode()).hexdigest()[:12]
    now = deps.clock.now()
    items: dict[str, Delivery] = {}
    for address, language in addresses.items():
        key = f"broadcast:{name}:{address.channel}:{address.chat}"
        items[key] = Delivery(
            key=key,
            group=key,
            origin=Origin.BROADCAST,
            address=address,
            part_number=0,
            parts=1,
            part=text_for(language, part_by_language),
            priority=PRIORITY,
            due_at=now,
            queued_at=now,
        )
    async with deps.store.begin() as tx:
        await tx.queue(tuple(items.values()))
    log.info("broadcast_queued mark=%s chats=%d", name, len(items))
    return len(items)
