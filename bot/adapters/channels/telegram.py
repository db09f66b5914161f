"""Telegram: python-telegram-bot's bot, plain text with entities or rich messages, every failure one of ours.

Two ways in. ``send``, ``edit`` and ``delete`` are the outbox's: its sender has taken their turns already.
``post`` and ``change`` answer people: they wait for their turn in the same budget, before the outbox.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from telegram import ChatMember, ChatMemberAdministrator, ChatMemberRestricted
from telegram.constants import ChatType
from telegram.error import BadRequest, InvalidToken, TelegramError
from yarl import URL

from bot.adapters.channels.limiter import ANSWER, PACED, Limiter
from bot.adapters.channels.telegram_bot import ChannelBot, chat_of, content
from bot.adapters.channels.telegram_failures import HINTS, failure_of, refusal_of, unknown
from bot.adapters.channels.telegram_request import AiohttpRequest
from bot.adapters.journal import hide
from bot.domain.pacing import Pace
from bot.errors import (
    Ambiguous,
    Broken,
    Code,
    Migrated,
    Misconfigured,
    Superseded,
    Transient,
    Unreachable,
)
from bot.ports import Clock
from bot.types import Address, Limits, Part, Receipt

Answer = TypeVar("Answer")
_API = "https://api.telegram.org/bot"
_RICH_AGAIN = 3600.0  # seconds after which a server that knew no rich messages is asked once more


class TelegramChannel:
    """Posts to Telegram. See :class:`bot.ports.Channel`.

    Args:
        token: from @BotFather.
        base_url: another Bot API server, ending in ``/bot``; None is Telegram's own.
        clock: time of receipts and of turns.
        pace: the budget of this bot, shared with the outbox's sender; None: one of its own.
        paid_broadcast: send above the free rate, for Telegram Stars.
        deadline: seconds after which a request is given up; a sender's lease must be longer.
    """

    name = "telegram"

    def __init__(
        self,
        *,
        token: str,
        base_url: str | None,
        clock: Clock,
        pace: Pace | None = None,
        paid_broadcast: bool = False,
        deadline: float = 20.0,
    ) -> None:
        if not re.fullmatch(r"\d+:[A-Za-z0-9_-]{3,}", token):
            raise Misconfigured(
                "the Telegram bot token does not look like one",
                code=Code.BAD_TOKEN,
                hint="TELEGRAM_BOT_TOKEN is 123456:ABC…, as @BotFather gave it",
            )
        address = URL(base_url or _API)
        if address.scheme not in {"http", "https"} or not address.host:
            raise Misconfigured(
                "the Bot API address is none", hint="DATELINE_TELEGRAM_API is like http://127.0.0.1:8081/bot"
            )
        hide(token)
        self.limits = Limits(units=4096, deadline=deadline)
        self.limiter = Limiter(pace or Pace(), clock)
        self._clock = clock
        self._extra: dict[str, Any] = {"allow_paid_broadcast": True} if paid_broadcast else {}
        self._classic_until = float("-inf")
        self.clock_off: timedelta | None = None
        """How far Telegram's clock is ahead of ours, as of the last :meth:`check`; None: it did not say."""
        self._request = AiohttpRequest(connections=128 if paid_broadcast else 16, deadline=deadline)
        # Long polling holds its connection for as long as nobody writes: in the common pool it would be one
        # less for messages.
        self._updates = AiohttpRequest(connections=2, deadline=deadline)
        self._bot = ChannelBot(
            token,
            base_url=base_url or _API,
            base_file_url=f"{(base_url or _API).removesuffix('/bot')}/file/bot",
            request=self._request,
            get_updates_request=self._updates,
            rate_limiter=self.limiter,
        )

    def __repr__(self) -> str:
        return "TelegramChannel()"

    @property
    def bot(self) -> ChannelBot:
        """The bot that the chat front talks through: what it posts waits for its turn as an answer."""
        return self._bot

    async def start(self) -> None:
        """Open the connection pool; nothing is said to Telegram until the first call."""
        # Not Bot.initialize(): that asks getMe and puts the token into the exception when it fails.
        await self._request.initialize()

    async def close(self) -> None:
        """Close all connections; who waits for a turn is cancelled."""
        await self.limiter.shutdown()
        await self._request.shutdown()
        await self._updates.shutdown()

    async def check(self) -> str:
        """The bot's username. Raises as :meth:`send`; Ambiguous never matters here and comes as Transient."""
        me = await self._ask(self._bot.get_me)
        with contextlib.suppress(ValueError, TypeError):  # some other server's Date, or none
            said = parsedate_to_datetime(self._request.date).astimezone(UTC)
            self.clock_off = said - self._clock.now()
        return me.username or me.first_name

    async def may_post(self, address: Address) -> str:
        """The chat's name, if the bot may write there; nothing is sent.

        Raises: as :meth:`check`; Unreachable where there is no such chat, or the bot may not post in it.
        """
        chat = await self._ask(lambda: self._bot.get_chat(chat_of(address)), address)
        if chat.type != ChatType.PRIVATE:
            me = await self._ask(self._bot.get_me)
            member = await self._ask(lambda: self._bot.get_chat_member(chat_of(address), me.id), address)
            if not _lets_post(member, channel=chat.type == ChatType.CHANNEL):
                code, ids = Code.FORBIDDEN, {"chat": address.chat}
                raise Unreachable("the bot may not post there", code=code, hint=HINTS[code], **ids)
        return chat.effective_name or address.chat

    async def _ask(self, call: Callable[[], Awaitable[Answer]], address: Address | None = None) -> Answer:
        """The answer to a question, which can be asked again whatever became of it."""
        try:
            return await self._say(call, address)
        except Ambiguous as error:
            raise Transient("Telegram gives no usable answer", code=error.code) from error

    # --------------------------------------------------------------------------------------------- the outbox

    async def send(self, address: Address, part: Part) -> Receipt:
        """Post one message whose turn it is, without previews. Raises: see :class:`bot.ports.Channel`."""
        return await self._send(address, part, PACED)

    async def edit(self, address: Address, message_id: str, part: Part) -> Receipt:
        """Replace a message's text. "Not modified" counts as done. Raises as :meth:`send`."""
        return await self._edit(address, message_id, part, PACED)

    async def delete(self, address: Address, message_id: str) -> None:
        """Remove a message; one that is gone counts as done. Raises as :meth:`send`."""
        target = {"chat_id": chat_of(address), "message_id": int(message_id)}
        await self._call("deleteMessage", PACED, target, address, done="message to delete not found")

    # --------------------------------------------------------------------------------------- answering people

    async def post(self, address: Address, part: Part, *, reply_to: str | None = None) -> tuple[Receipt, ...]:
        """Say this to who waits for it, when its turn has come: one receipt for each message that it took.

        A rich part that is not taken goes in its classic form. A group that became a supergroup is written to
        there; who cannot be reached is told to the limiter's watch.

        Args:
            address: where.
            part: what.
            reply_to: a message's id; one that is gone is no hindrance.

        Raises:
            DatelineError: as :meth:`send`, but for Superseded and Migrated; Transient when Telegram keeps
                asking to wait.
        """
        return await self._answer(address, part, "", reply_to)

    async def change(self, address: Address, message_id: str, part: Part) -> Receipt:
        """Replace what a message says to who waits for it. Raises as :meth:`post`.

        "Not modified" counts as done. Of a rich part that is not taken, the first classic part takes its
        place and the rest follows.
        """
        return (await self._answer(address, part, message_id, None))[0]

    async def _answer(
        self, address: Address, part: Part, message_id: str, reply_to: str | None
    ) -> tuple[Receipt, ...]:
        receipts: list[Receipt] = []
        left = [part]
        while left:
            one = left.pop(0)
            first = not receipts
            try:
                if first and message_id:
                    receipts.append(await self._edit(address, message_id, one, ANSWER))
                else:
                    receipts.append(await self._send(address, one, ANSWER, reply_to if first else None))
            except Superseded:
                left[:0] = one.plain()
            except Migrated as error:
                if self.limiter.watch is not None:
                    await self.limiter.watch.moved(address, error.new_chat)
                address = replace(address, chat=error.new_chat)
                left.insert(0, one)
            except Unreachable as error:
                if self.limiter.watch is not None:
                    await self.limiter.watch.unreachable(address, error.code or Code.FORBIDDEN)
                raise
        return tuple(receipts)

    # -------------------------------------------------------------------------------------------------- calls

    async def _send(self, address: Address, part: Part, rank: int, reply_to: str | None = None) -> Receipt:
        parameters = {"chat_id": chat_of(address), **content(part), **self._extra}
        if address.thread is not None:
            parameters["message_thread_id"] = address.thread
        if part.silent:
            parameters["disable_notification"] = True
        if reply_to:
            parameters["reply_parameters"] = {
                "message_id": int(reply_to),
                "allow_sending_without_reply": True,
            }
        if part.rich is None:
            message = await self._call("sendMessage", rank, parameters, address)
        else:
            message = await self._call_rich("sendRichMessage", rank, parameters, address)
        try:
            return Receipt(message_id=str(int(message["message_id"])), at=self._clock.now())
        except (TypeError, KeyError, ValueError) as error:
            raise unknown(_ids(address)) from error

    async def _edit(self, address: Address, message_id: str, part: Part, rank: int) -> Receipt:
        parameters = {"chat_id": chat_of(address), "message_id": int(message_id), **content(part)}
        call = self._call if part.rich is None else self._call_rich
        await call("editMessageText", rank, parameters, address, done="message is not modified")
        return Receipt(message_id=message_id, at=self._clock.now())

    async def _call_rich(
        self, method: str, rank: int, parameters: dict[str, Any], address: Address, *, done: str = ""
    ) -> Any:
        """As :meth:`_call`; Superseded where the server does not know rich messages or refuses this one."""
        if self._clock.monotonic() < self._classic_until:
            raise Superseded("rich messages are not known there", code=Code.SUPERSEDED, **_ids(address))
        try:
            return await self._call(method, rank, parameters, address, done=done)
        except Misconfigured as error:
            # 404: no such method, or a token that is wrong; the classic form will tell which.
            if not isinstance(error.__cause__, InvalidToken):
                raise
            self._classic_until = self._clock.monotonic() + _RICH_AGAIN
            raise Superseded(
                "rich messages are not known there", code=Code.SUPERSEDED, **_ids(address)
            ) from error
        except Broken as error:
            if error.code is not Code.BAD_REQUEST:
                raise
            raise Superseded("the rich form is refused", code=Code.SUPERSEDED, **_ids(address)) from error

    async def _call(
        self, method: str, rank: int, parameters: dict[str, Any], address: Address, *, done: str = ""
    ) -> Any:
        return await self._say(lambda: self._bot.call(method, rank, **parameters), address, done=done)

    async def _say(
        self, call: Callable[[], Awaitable[Answer]], address: Address | None = None, *, done: str = ""
    ) -> Answer:
        """The call's answer, or our failure for its. ``done``: the refusal that means it already is so."""
        ids = _ids(address)
        try:
            return await call()
        except BadRequest as error:
            if done and done in error.message.lower():
                return None  # type: ignore[return-value] # those who pass ``done`` do not look at the answer
            raise refusal_of(error, ids) from error
        except TelegramError as error:
            raise failure_of(error, ids) from error
        except Exception as error:
            # An answer that python-telegram-bot cannot read ("result" missing): the request was written, and
            # what came back says nothing.
            raise unknown(ids) from error


def _ids(address: Address | None) -> dict[str, Any]:
    ids: dict[str, Any] = {"chat": address.chat} if address else {}
    if address and address.thread is not None:
        ids["thread"] = address.thread
    return ids


def _lets_post(member: ChatMember, *, channel: bool) -> bool:
    if isinstance(member, ChatMemberAdministrator):
        return not channel or bool(member.can_post_messages)
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    allowed = {ChatMember.OWNER} if channel else {ChatMember.OWNER, ChatMember.MEMBER}
    return member.status in allowed
