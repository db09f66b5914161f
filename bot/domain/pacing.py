"""How fast one sender may post, and when it tries again.

Telegram's limits (its bot FAQ): about 30 messages a second over all chats, about one a second in one chat, 20
a minute in a group. They are soft, differ over time, and are counted on the other side of a network that
bunches messages up; hence 25, 1.05 s and 18, so that 429 stays the exception. A group's minute is a log of
its last sends and not a bucket: one that allows 20 at once and refills meanwhile let 39 through in the first
minute.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CHAT_SPACING = 1.05
"""Seconds between two messages of one chat."""
GROUP_MOST = 18
"""Messages of one group in any minute."""
STORM = 5.0
"""Seconds within which 429 from two different chats means that it is about all of us."""
MOST_ATTEMPTS = 10
"""Tries of one message that surely did not go out; being asked to wait (429) does not count."""
MOST_AGE = timedelta(hours=24)
"""Older than this in the outbox, a message is not tried again: nobody wants it any more."""
FLOOD_PAUSE = 5.0
"""Seconds to wait after a 429 that names none."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0  # seconds between tries, doubling
_MINUTE = 60.0


def is_group(chat: str) -> bool:
    """Whether a Telegram chat id is a group's, supergroup's or channel's: private chats have positive ids."""
    return chat.startswith(("-", "@"))


def next_try(
    now: datetime, *, queued_at: datetime, attempts: int, flooded: bool, retry_after: float | None
) -> datetime | None:
    """When to try a message again that surely was not sent; None: never.

    Args:
        now: time of the failure.
        queued_at: when the message came into the outbox.
        attempts: tries so far, this one included.
        flooded: it was refused for being one too many.
        retry_after: seconds that the other side asked for.
    """
    if now - queued_at >= MOST_AGE or (attempts >= MOST_ATTEMPTS and not flooded):
        return None
    if retry_after is not None:
        return now + timedelta(seconds=retry_after)
    if flooded:
        return now + timedelta(seconds=FLOOD_PAUSE)
    return now + timedelta(seconds=min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempts - 1, 10)))


@dataclass(slots=True)
class _Chat:
    last: float = -math.inf
    log: deque[float] = field(default_factory=deque)  # a group's sends of the last minute
    until: float = -math.inf  # paused by a 429


class Pace:
    """Counts sends and says how long to wait; times are seconds of a clock that never jumps or goes back.

    Args:
        per_second: messages in any second, over all chats.
    """

    def __init__(self, per_second: float = 25.0) -> None:
        self._most = max(1, int(per_second))
        self._sent: deque[float] = deque()
        self._chats: dict[str, _Chat] = {}
        self._until = -math.inf
        self._last_flood: tuple[str, float] = ("", -math.inf)

    def next_at(self, chat: str, group: bool, now: float) -> float:
        """Seconds to wait before a message may go to this chat; 0 means go."""
        wait = max(self._until - now, self._global_wait(now))
        known = self._chats.get(chat)
        if known is not None:
            wait = max(wait, self._chat_wait(known, group, now))
        return max(0.0, wait)

    def sent(self, chat: str, group: bool, now: float) -> None:
        """Count a message that goes to the wire now, whatever becomes of it."""
        self._forget(now)
        self._sent.append(now)
        known = self._chats.setdefault(chat, _Chat())
        known.last = now
        if group:
            known.log.append(now)

    def flooded(self, chat: str, retry_after: float, now: float) -> None:
        """The chat answered 429: it pauses; all do when another one did so within ``STORM`` seconds."""
        known = self._chats.setdefault(chat, _Chat())
        known.until = max(known.until, now + retry_after)
        other, at = self._last_flood
        if other and other != chat and now - at <= STORM:
            self._until = max(self._until, known.until)
        self._last_flood = (chat, now)

    def held(self, now: float) -> int:
        """How many chats wait for their own reasons: who wants a full window must look at that many more."""
        self._forget(now)
        return sum(self._chat_wait(chat, bool(chat.log), now) > 0 for chat in self._chats.values())

    def _global_wait(self, now: float) -> float:
        while self._sent and self._sent[0] <= now - 1.0:
            self._sent.popleft()
        return self._sent[0] + 1.0 - now if len(self._sent) >= self._most else 0.0

    @staticmethod
    def _chat_wait(chat: _Chat, group: bool, now: float) -> float:
        wait = max(chat.until - now, chat.last + CHAT_SPACING - now)
        if group:
            while chat.log and chat.log[0] <= now - _MINUTE:
                chat.log.popleft()
            if len(chat.log) >= GROUP_MOST:
                wait = max(wait, chat.log[0] + _MINUTE - now)
        return wait

    def _forget(self, now: float) -> None:
        """Drop chats of which nothing is known any more: memory follows the last minute, not all readers."""
        if len(self._chats) < 4 * self._most:
            return
        self._chats = {
            name: chat
            for name, chat in self._chats.items()
            if chat.until > now
            or chat.last + CHAT_SPACING > now
            or (chat.log and chat.log[-1] > now - _MINUTE)
        }
