"""Who administers a chat, and whether the bot may post there: asked of Telegram, kept for a minute."""

from __future__ import annotations

from telegram import Bot, ChatMember
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.ports import Clock
from bot.types import Address

KEPT = 60.0
"""Seconds for which an answer holds."""
_MOST = 10_000  # answers that are kept
ADMINISTRATORS = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR})
ANONYMOUS = 1087968824
"""The user id of @GroupAnonymousBot, in whose name anonymous administrators write."""


class Rights:
    """Answers about members, at most a minute old."""

    def __init__(self, bot: Bot, clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}

    async def administers(self, address: Address, user: str) -> bool:
        """Whether this person administers the chat; in their private chat everybody does.

        Where Telegram gives no answer it is no.
        """
        if address.chat == user:
            return True
        if not address.chat.startswith("-") or user == str(ANONYMOUS):
            return False
        key, now = (address.chat, user), self._clock.monotonic()
        at, known = self._known.get(key, (-KEPT, False))
        if now - at < KEPT:
            return known
        try:
            member = await self._bot.get_chat_member(int(address.chat), int(user))
        except (BadRequest, Forbidden):
            answer = False
        except TelegramError:
            return False  # not known, so not remembered
        else:
            answer = member.status in ADMINISTRATORS
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = (now, answer)
        return answer

    def forget(self, chat: str) -> None:
        """Something about the chat's members has changed."""
        self._known = {key: value for key, value in self._known.items() if key[0] != chat}
