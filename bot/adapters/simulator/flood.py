"""Flood control: 429 with ``retry_after``.

Telegram publishes no exact limits; these are the figures of its FAQ (https://core.telegram.org/bots/faq):
about 30 messages a second over all chats, about one a second in one chat with short bursts, 20 a minute in a
group. Who is told to wait and does not is told to wait again; a pause holds for the chat that flooded, a
global one for all.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque

from bot.adapters.simulator.refusals import too_many

PER_SECOND = 30
PAID_PER_SECOND = 1000
BURST = 3  # "short bursts that go over this limit" is all that is written; three pass, a fourth waits
PER_MINUTE = 20


class Flood:
    """Counts what is posted; time comes in as seconds that never jump."""

    def __init__(self) -> None:
        self._all: deque[float] = deque()
        self._chat: defaultdict[int, deque[float]] = defaultdict(deque)
        self._credit: dict[int, tuple[float, float]] = {}
        self._until: dict[int, float] = {}
        self._all_until = -math.inf

    def post(self, chat: int, *, group: bool, paid: bool, now: float) -> None:
        """Count one message. Raises Refusal (429) when it is one too many; then it is not counted."""
        until = max(self._until.get(chat, -math.inf), self._all_until)
        if now < until:
            raise too_many(math.ceil(until - now))
        self._drop(self._all, now - 1.0)
        if len(self._all) >= (PAID_PER_SECOND if paid else PER_SECOND):
            self._all_until = now + 3.0
            raise too_many(3)
        wait = self._chat_wait(chat, group=group, now=now)
        if wait > 0:
            seconds = math.ceil(wait)
            self._until[chat] = now + seconds
            raise too_many(seconds)
        credit, at = self._credit.get(chat, (float(BURST), now))
        self._credit[chat] = (min(BURST, credit + now - at) - 1.0, now)
        self._all.append(now)
        if group:
            self._chat[chat].append(now)

    def _chat_wait(self, chat: int, *, group: bool, now: float) -> float:
        credit, at = self._credit.get(chat, (float(BURST), now))
        wait = 1.0 - min(BURST, credit + now - at)
        if group:
            log = self._chat[chat]
            self._drop(log, now - 60.0)
            if len(log) >= PER_MINUTE:
                wait = max(wait, log[0] + 60.0 - now)
        return wait

    @staticmethod
    def _drop(log: deque[float], before: float) -> None:
        while log and log[0] <= before:
            log.popleft()
