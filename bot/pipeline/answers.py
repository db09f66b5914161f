"""What rows must know of how answers fared: a chat asked for a pause, is gone, or moved."""

from __future__ import annotations

from datetime import timedelta

from bot.errors import Code, Transient
from bot.events import logger
from bot.pipeline.owner import mute
from bot.pipeline.send import pace_of
from bot.ports import Deps
from bot.types import Address

log = logger("answers")


class Answers:
    """Writes it down, as the outbox does for its messages; a store that is away fails no answer.

    Args:
        deps: what steps get.
        channel: whose answers these are.
    """

    def __init__(self, deps: Deps, channel: str) -> None:
        self._deps = deps
        self._channel = channel

    async def paused(self, chat: str, seconds: float) -> None:
        """The chat asked to be left alone: also after a restart, and by another process."""
        self._deps.meters.flooded(self._channel)
        until = self._deps.clock.now() + timedelta(seconds=seconds)
        try:
            async with self._deps.store.begin() as tx:
                await tx.put_pause(self._channel, chat, until)
        except Transient as error:
            log.warning("pause_not_kept", chat=chat, error=error)

    async def unreachable(self, address: Address, code: Code) -> None:
        """Who blocked the bot gets no digests either, until /start; the owner hears of it."""
        occasion = f"answer:{self._deps.clock.now():%Y%m%dT%H%M}"
        try:
            async with self._deps.store.begin() as tx:
                await mute(self._deps, tx, address, code, occasion)
        except Transient as error:
            log.warning("chat_not_muted", chat=address.chat, error=error)

    async def moved(self, address: Address, new_chat: str) -> None:
        """The group became a supergroup: all that is known of it goes there."""
        pace_of(self._deps, self._channel).move(address.chat, new_chat)
        try:
            async with self._deps.store.begin() as tx:
                await tx.move_chat(self._channel, address.chat, new_chat)
        except Transient as error:
            log.warning("chat_not_moved", chat=address.chat, error=error)
