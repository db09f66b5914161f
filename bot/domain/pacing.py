"""How fast one sender may post, and when it tries again.

Telegram's limits (its bot FAQ): about 30 messages a second over all chats, about one a second in one chat, 20
a minute in a group. They are soft, differ over time, and are counted on the other side of a network that
bunches messages up; hence 25, 1.05 s and 18, so that 429 stays the exception. A group's minute is a log of
its last sends and not a bucket: one that allows 20 at once and refills meanwhile let 39 through in the first
minute.

What begins within a second need not arrive within one: a commit, a full processor or a slow line bunches
messages up, and 31 that began within 1.2 s were counted as one second's on the other side. So a message is
also counted for as long as nobody knows that it arrived, and for a second after its answer: over those none
can pass Telegram's own limit, however the network delays them.

One ``Pace`` counts for one bot: what the outbox sends and what people are answered come out of the same
budget.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CHAT_SPACING = 1.05
"""Seconds between two messages of one chat."""
GROUP_MOST = 18
"""Messages of one group in any minute."""
STORM = 5.0
"""Seconds within which 429 from ``STORM_CHATS`` different chats, and nothing else, means all of us."""
STORM_CHATS = 8
"""Two were tried first. When a fifth of all calls is refused for its chat's own sake, two refusals in a row
come every second and would stop everybody, five come every two minutes, eight every four hours. A refusal of
the whole bot costs six calls more that way: one window of the outbox."""
EDIT_SPACING = 0.35
"""Seconds between a message and an edit, or two edits, of one private chat: people press buttons faster than
they read, and short bursts are allowed."""
ANSWERS_AHEAD = 0.08
"""Share of the rate that answers may take on top of it within a second, so that a spent second does not keep
a person waiting: 27 of Telegram's 30, 972 of its 1,000."""
FREE_MOST, PAID_MOST = 30, 1000
"""Messages that Telegram takes in any second from one bot; the second with paid broadcast (its bot FAQ)."""
MOST_ATTEMPTS = 10
"""Tries of one message that surely did not go out; being asked to wait (429) does not count."""
MOST_AGE = timedelta(hours=24)
"""Older than this in the outbox, a message is not tried again: nobody wants it any more."""
FLOOD_PAUSE = 5.0
"""Seconds to wait after a 429 that names none."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0  # seconds between tries, doubling
_MINUTE = 60.0
_YIELD = 0.25  # seconds after which the outbox looks again whether the answers are through
_FLIGHT = 0.05  # seconds after which to look again whether what is on the wire arrived


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

    Each message is told twice: :meth:`sent` when it has its turn, :meth:`landed` when it was answered, failed
    or did not go after all. At most ``FREE_MOST`` (above that rate: ``PAID_MOST``) are between the two, or
    landed within the last second.

    Args:
        per_second: messages in any second, over all chats; answers may be ``ANSWERS_AHEAD`` more.
        spacing: seconds between two messages of one chat.
        group_most: messages of one group in any minute.
    """

    def __init__(
        self, per_second: float = 25.0, *, spacing: float = CHAT_SPACING, group_most: int = GROUP_MOST
    ) -> None:
        self._most = max(1, int(per_second))
        self._ahead = int(per_second * ANSWERS_AHEAD)
        self._spacing = spacing
        self._group_most = group_most
        self._ceiling = FREE_MOST if per_second <= FREE_MOST else max(PAID_MOST, self._most)
        self._sent: deque[float] = deque()
        self._flying = 0
        self._landed: deque[float] = deque()
        self._chats: dict[str, _Chat] = {}
        self._until = -math.inf
        self._floods: dict[str, float] = {}  # chat -> when it flooded, since the last call that went through
        self._asked: Counter[str] = Counter()

    def next_at(
        self,
        chat: str,
        group: bool,
        now: float,
        *,
        answer: bool = False,
        edit: bool = False,
        late: float = 0.0,
    ) -> float:
        """Seconds to wait before a message may go to this chat; 0 means go.

        Args:
            chat: the chat's id.
            group: whether it is a group or a channel.
            now: on the clock.
            answer: a person waits for it: it goes before what the outbox has.
            edit: it changes a message, and makes no new one.
            late: seconds by which who asks was woken too late; the second counts from when it should have
                been.
        """
        wait = self.budget(now, answer=answer, late=late)
        if not answer and chat in self._asked:
            wait = max(wait, _YIELD)
        known = self._chats.get(chat)
        if known is not None:
            wait = max(wait, self._chat_wait(known, group, now, edit=edit and not group))
        return max(0.0, wait)

    def sent(self, chat: str, group: bool, now: float, *, late: float = 0.0) -> None:
        """Count a message that goes to the wire now, whatever becomes of it; :meth:`landed` must follow."""
        self._forget(now)
        self._flying += 1
        self._sent.append(now - late)
        known = self._chats.setdefault(chat, _Chat())
        known.last = now
        if group:
            known.log.append(now)

    def landed(self, now: float, messages: int = 1) -> None:
        """So many that were sent are not on the wire any more: whatever arrived did so by now."""
        self._flying -= messages
        self._landed.extend([now] * messages)

    def flooded(self, chat: str, retry_after: float, now: float) -> None:
        """The chat answered 429: it pauses; all do when ``STORM_CHATS`` did so and no call went through."""
        self.pause(chat, retry_after, now)
        self._floods[chat] = now
        self._floods = {name: at for name, at in self._floods.items() if now - at <= STORM}
        if len(self._floods) >= STORM_CHATS:
            # The shortest: if it was about all of us they agree, and if not it does the least harm.
            self._until = max(self._until, min(self._chats[name].until for name in self._floods))

    def went_through(self) -> None:
        """A call was accepted: what was refused before was refused for its chat's sake."""
        self._floods.clear()

    def pause(self, chat: str, seconds: float, now: float) -> None:
        """Nothing goes to this chat for so long; to none, when it is ""."""
        if not chat:
            self._until = max(self._until, now + seconds)
            return
        known = self._chats.setdefault(chat, _Chat())
        known.until = max(known.until, now + seconds)

    def move(self, old: str, new: str) -> None:
        """A group became a supergroup: what was counted for it counts for its new id."""
        if old in self._chats:
            self._chats[new] = self._chats.pop(old)

    def ask(self, chat: str) -> None:
        """An answer for this chat waits for its turn: the outbox leaves it room until :meth:`answered`."""
        self._asked[chat] += 1

    def answered(self, chat: str) -> None:
        """The answer had its turn, or nobody waits for it any more."""
        self._asked[chat] -= 1
        if self._asked[chat] <= 0:
            del self._asked[chat]

    def budget(self, now: float, *, answer: bool = False, late: float = 0.0) -> float:
        """Seconds until one more message over all chats may go; 0 when one may now."""
        if now < self._until:
            return self._until - now
        kept = 0 if answer else len(self._asked)
        most = self._most + self._ahead if answer else self._most - kept
        began = _wait_for_room(self._sent, now - late, most)
        return max(began, _wait_for_room(self._landed, now, self._ceiling - kept - self._flying, _FLIGHT))

    def room(self, now: float, *, late: float = 0.0) -> int:
        """How many messages of the outbox the budget has left now, whatever their chats."""
        if self.budget(now, late=late) > 0:
            return 0
        most = min(self._most - len(self._sent), self._ceiling - self._flying - len(self._landed))
        return most - len(self._asked)

    def waits(self, now: float) -> dict[str, float]:
        """The chats that wait for their own reasons, and how many seconds."""
        self._forget(now)
        waits = {name: self._chat_wait(chat, bool(chat.log), now) for name, chat in self._chats.items()}
        waits |= {name: max(_YIELD, waits.get(name, 0.0)) for name in self._asked}
        return {name: wait for name, wait in waits.items() if wait > 0}

    def held(self, now: float) -> int:
        """How many chats wait for their own reasons."""
        return len(self.waits(now))

    def _chat_wait(self, chat: _Chat, group: bool, now: float, *, edit: bool = False) -> float:
        spacing = min(EDIT_SPACING, self._spacing) if edit else self._spacing
        wait = max(chat.until - now, chat.last + spacing - now)
        if group:
            while chat.log and chat.log[0] <= now - _MINUTE:
                chat.log.popleft()
            if len(chat.log) >= self._group_most:
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
            or chat.last + self._spacing > now
            or (chat.log and chat.log[-1] > now - _MINUTE)
        }


def _wait_for_room(log: deque[float], now: float, most: int, closed: float = _YIELD) -> float:
    """Seconds until less than ``most`` of the log are of the last second, ``closed`` when ``most`` is 0.

    What is older is dropped.
    """
    while log and log[0] <= now - 1.0:
        log.popleft()
    if len(log) < most:
        return 0.0
    return log[len(log) - most] + 1.0 - now if most > 0 else closed
