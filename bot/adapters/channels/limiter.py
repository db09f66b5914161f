"""Whose turn it is: what people are answered waits here for its share of the one budget.

In place of python-telegram-bot's own limiter, of which three defects were reproduced: another request in
flight lets the next go after 0.3 s of a 2.1 s pause, a group gets 39 messages in its first minute, and one
message a second for a private chat is not kept at all.

The outbox takes its turns itself, out of the same :class:`bot.domain.pacing.Pace`, before it marks messages
as being sent; its calls come with ``PACED`` and pass at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol

from telegram.error import Forbidden
from telegram.ext import BaseRateLimiter

from bot.adapters.channels.telegram_request import Flooded
from bot.domain.pacing import Pace, is_group
from bot.errors import Code
from bot.ports import Clock
from bot.types import Address

ANSWER, DEMAND, DIGEST, BROADCAST = 0, 1, 2, 3
"""Who goes first: an answer to a press or a command, a digest that somebody asked for, one that was due, and
what goes to everybody. A call says so with ``rate_limit_args``; one that says nothing is an answer."""
PACED = -1
"""The turn was taken already."""
MOST_TRIES = 3
"""Calls of one answer that Telegram refuses for being too many; then the failure is the caller's."""
MOST_WAIT = 60.0
"""Seconds: who is told to wait longer gets the failure at once, nobody looks at the chat any more by then."""
_EDITS = frozenset(
    (
        "editMessageText",
        "editMessageCaption",
        "editMessageMedia",
        "editMessageReplyMarkup",
        "editMessageLiveLocation",
    )
)
_POSTS = frozenset(("copyMessage", "copyMessages", "forwardMessage", "forwardMessages"))
_FREE = frozenset(("sendChatAction", "sendMessageDraft", "sendRichMessageDraft"))

Callback = Callable[..., Coroutine[Any, Any, Any]]


class Watch(Protocol):
    """Who remembers what the other side said."""

    async def paused(self, chat: str, seconds: float) -> None:
        """The chat asked to be left alone for so long."""
        ...

    async def unreachable(self, address: Address, code: Code) -> None:
        """The chat blocked the bot, threw it out, or is deleted."""
        ...

    async def moved(self, address: Address, new_chat: str) -> None:
        """The group became a supergroup."""
        ...


@dataclass(slots=True, eq=False)
class _Waiter:
    chat: str
    edit: bool
    place: tuple[int, int, int]  # rank, when its chat was served last, number: the smallest goes first
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


_PLACE = attrgetter("place")


class Limiter(BaseRateLimiter[int]):
    """Lets calls that write into chats go when their time has come.

    Args:
        pace: what was sent when, shared with the outbox's sender.
        clock: time and sleep.
    """

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self.pace = pace
        self.watch: Watch | None = None
        self._clock = clock
        self._waiting: list[_Waiter] = []
        self._served: dict[str, int] = {}
        self._count = 0
        self._changed = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nobody gets a turn any more; who waits is cancelled."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait({self._pump})
            self._pump = None
        for waiter in self._waiting:
            waiter.turn.cancel()

    async def process_request(
        self,
        callback: Callback,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """The call's answer, when its turn has come.

        Raises:
            TelegramError: as the call; :class:`Flooded` after ``MOST_TRIES``, or when it is told to wait for
                more than ``MOST_WAIT``.
        """
        if rate_limit_args == PACED or not counts(endpoint, data):
            return await callback(*args, **kwargs)
        chat, edit, rank = str(data["chat_id"]), endpoint in _EDITS, rate_limit_args or ANSWER
        for attempt in range(1, MOST_TRIES + 1):
            await self._turn(chat, edit=edit, rank=rank)
            try:
                answer = await self._posted(callback(*args, **kwargs))
            except Flooded as error:
                await self._flooded(chat, error.seconds)
                if attempt == MOST_TRIES or error.seconds > MOST_WAIT:
                    raise
            except Forbidden:
                if self.watch is not None:
                    await self.watch.unreachable(Address(channel="telegram", chat=chat), Code.FORBIDDEN)
                raise
            else:
                self.pace.went_through()
                return answer
        raise AssertionError("unreachable")

    async def _posted(self, call: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await call
        finally:
            self.pace.landed(self._clock.monotonic())

    async def _flooded(self, chat: str, seconds: float) -> None:
        self.pace.flooded(chat, seconds, self._clock.monotonic())
        if self.watch is not None:
            await self.watch.paused(chat, seconds)

    async def _turn(self, chat: str, *, edit: bool, rank: int) -> None:
        """Wait until this call may go, and count it as sent; unless it is cancelled."""
        now = self._clock.monotonic()
        if not self._waiting and self._wait(chat, edit=edit, now=now) <= 0:
            self.pace.sent(chat, is_group(chat), now)
            return
        self._count += 1
        waiter = _Waiter(chat, edit, (rank, self._served.get(chat, 0), self._count))
        self._waiting.append(waiter)
        self.pace.ask(chat)
        self._changed.set()
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._serve())
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._leave(waiter)
            else:  # it had its turn, and does not take it
                self.pace.landed(self._clock.monotonic())
            raise

    async def _serve(self) -> None:
        """Give turns while somebody waits."""
        while self._waiting:
            wait = self._give()
            if not self._waiting:
                break
            self._changed.clear()
            sleeping = asyncio.ensure_future(self._clock.sleep(wait))
            newcomer = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait({sleeping, newcomer}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (sleeping, newcomer):
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task

    def _give(self) -> float:
        """Turns to all that may go now, best first; seconds until the next may (when somebody is left).

        Of each chat only its oldest call is looked at, so that its messages keep their order; of calls of one
        class the chat that was served longest ago comes first.
        """
        now, soonest, seen = self._clock.monotonic(), MOST_WAIT, set[str]()
        if (budget := self.pace.budget(now, answer=True)) > 0:
            return min(soonest, budget)  # nobody may
        # Places are kept up to date: making thousands of them anew at each turn took seven of its eight ms.
        self._waiting.sort(key=_PLACE)
        for waiter in tuple(self._waiting):
            if waiter.chat in seen:
                continue
            wait = self._wait(waiter.chat, edit=waiter.edit, now=now)
            if wait > 0:
                seen.add(waiter.chat)
                soonest = min(soonest, wait)
                if (budget := self.pace.budget(now, answer=True)) > 0:
                    return min(soonest, budget)  # nobody may
                continue
            self._leave(waiter)
            self.pace.sent(waiter.chat, is_group(waiter.chat), now)
            self._serves(waiter.chat)
            waiter.turn.set_result(None)
        if not self._waiting:
            self._served.clear()
        return soonest

    def _serves(self, chat: str) -> None:
        """Its other calls stand behind those of chats that were served longer ago."""
        self._served[chat] = self._count
        for waiter in self._waiting:
            if waiter.chat == chat:
                waiter.place = (waiter.place[0], self._count, waiter.place[2])

    def _wait(self, chat: str, *, edit: bool, now: float) -> float:
        return self.pace.next_at(chat, is_group(chat), now, answer=True, edit=edit)

    def _leave(self, waiter: _Waiter) -> None:
        self._waiting.remove(waiter)
        self.pace.answered(waiter.chat)


def counts(endpoint: str, data: Mapping[str, Any]) -> bool:
    """Whether Telegram counts the call as a message; questions, "typing" and answers to presses are free."""
    if "chat_id" not in data or endpoint in _FREE:
        return False
    return endpoint in _EDITS or endpoint in _POSTS or endpoint.startswith("send")
