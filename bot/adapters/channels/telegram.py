"""Telegram: python-telegram-bot's ``Bot``, plain text with entities, and every failure as one of ours.

What a failure means is decided by exception type and cause, never by text, with one exception: a 400 surely
was not sent whatever it says, and its text only tells whether the address or the message is at fault.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
from telegram import (
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
)
from telegram.constants import ChatType
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.ext import ExtBot
from yarl import URL

from bot.adapters.channels.telegram_request import NOT_WRITTEN, AiohttpRequest, Flooded
from bot.errors import (
    Ambiguous,
    Broken,
    Code,
    DatelineError,
    Migrated,
    Misconfigured,
    Transient,
    Unreachable,
)
from bot.ports import Clock
from bot.types import Address, Limits, Part, Receipt

Answer = TypeVar("Answer")
_API = "https://api.telegram.org/bot"
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# Parts of 400 descriptions (lower case) that put the blame on the address. What is not here is about the
# message.
_ADDRESS_AT_FAULT = (
    ("chat not found", Code.CHAT_NOT_FOUND),
    ("peer_id_invalid", Code.CHAT_NOT_FOUND),
    ("user not found", Code.CHAT_NOT_FOUND),
    ("message thread not found", Code.THREAD_NOT_FOUND),
    ("topic_deleted", Code.THREAD_NOT_FOUND),
    ("topic_closed", Code.THREAD_NOT_FOUND),
    ("not enough rights", Code.FORBIDDEN),
    ("need administrator rights", Code.FORBIDDEN),
    ("have no rights to send", Code.FORBIDDEN),
    ("chat_write_forbidden", Code.FORBIDDEN),
    ("chat_admin_required", Code.FORBIDDEN),
    ("member list is inaccessible", Code.FORBIDDEN),  # a channel says so to who is no administrator
)
_HINTS = {
    Code.CHAT_NOT_FOUND: "check the chat id; in a private chat the person must write to the bot first",
    Code.THREAD_NOT_FOUND: "reopen the topic, or subscribe in another one",
    Code.FORBIDDEN: "add the bot to the chat again and let it post",
}


class TelegramChannel:
    """Posts to Telegram. See :class:`bot.ports.Channel`.

    Args:
        token: from @BotFather.
        base_url: another Bot API server, ending in ``/bot``; None is Telegram's own.
        clock: time of receipts.
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
        self.limits = Limits(units=4096, deadline=deadline)
        self._token = token
        self._clock = clock
        self._paid = paid_broadcast
        _hide_tokens()
        self._request = AiohttpRequest(connections=128 if paid_broadcast else 16, deadline=deadline)
        self._bot = ExtBot(
            token,
            base_url=base_url or _API,
            base_file_url=f"{(base_url or _API).removesuffix('/bot')}/file/bot",
            request=self._request,
            get_updates_request=AiohttpRequest(connections=1, deadline=deadline),
        )

    def __repr__(self) -> str:
        return "TelegramChannel()"

    @property
    def bot(self) -> ExtBot[None]:
        """The bot that the chat front talks through."""
        return self._bot

    async def post(self, address: Address, part: Part, *, reply_to: str | None = None) -> tuple[Receipt, ...]:
        """Say this to who waits for it. Raises as :meth:`send`."""
        del reply_to
        return (await self.send(address, part),)

    async def start(self) -> None:
        """Open the connection pool; nothing is said to Telegram until the first call."""
        # Not Bot.initialize(): that asks getMe and puts the token into the exception when it fails.
        await self._request.initialize()

    async def close(self) -> None:
        """Close all connections."""
        await self._request.shutdown()

    async def check(self) -> str:
        """The bot's username. Raises as :meth:`send`; Ambiguous never matters here and comes as Transient."""
        me = await self._ask(self._bot.get_me)
        return me.username or me.first_name

    async def may_post(self, address: Address) -> str:
        """The chat's name, if the bot may write there; nothing is sent.

        Raises: as :meth:`check`; Unreachable where there is no such chat, or the bot may not post in it.
        """
        chat = await self._ask(lambda: self._bot.get_chat(_chat(address)), address)
        if chat.type != ChatType.PRIVATE:
            me = await self._ask(self._bot.get_me)
            member = await self._ask(lambda: self._bot.get_chat_member(_chat(address), me.id), address)
            if not _lets_post(member, channel=chat.type == ChatType.CHANNEL):
                code, ids = Code.FORBIDDEN, {"chat": address.chat}
                raise Unreachable("the bot may not post there", code=code, hint=_HINTS[code], **ids)
        return chat.effective_name or address.chat

    async def _ask(self, call: Callable[[], Awaitable[Answer]], address: Address | None = None) -> Answer:
        """The answer to a question, which can be asked again whatever became of it."""
        try:
            return await self._call(call, address)
        except Ambiguous as error:
            raise Transient("Telegram gives no usable answer", code=error.code) from error

    async def send(self, address: Address, part: Part) -> Receipt:
        """Post one message; links get no previews. Raises: see :class:`bot.ports.Channel`."""
        entities = _entities(part)

        async def post() -> Message:
            return await self._bot.send_message(
                chat_id=_chat(address),
                text=part.text,
                entities=entities,
                message_thread_id=address.thread,
                disable_notification=part.silent,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_keyboard(part),
                allow_paid_broadcast=self._paid or None,
            )

        message = await self._call(post, address)
        return Receipt(message_id=str(message.message_id), at=self._clock.now())

    async def edit(self, address: Address, message_id: str, part: Part) -> Receipt:
        """Replace a message's text. "Not modified" counts as done. Raises as :meth:`send`."""
        entities = _entities(part)

        async def change() -> Any:
            return await self._bot.edit_message_text(
                text=part.text,
                chat_id=_chat(address),
                message_id=int(message_id),
                entities=entities,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_keyboard(part),
            )

        await self._call(change, address, done="message is not modified")
        return Receipt(message_id=message_id, at=self._clock.now())

    async def delete(self, address: Address, message_id: str) -> None:
        """Remove a message; one that is gone counts as done. Raises as :meth:`send`."""

        async def remove() -> bool:
            return await self._bot.delete_message(chat_id=_chat(address), message_id=int(message_id))

        await self._call(remove, address, done="message to delete not found")

    async def _call(
        self, call: Callable[[], Awaitable[Answer]], address: Address | None = None, *, done: str = ""
    ) -> Answer:
        """The call's answer, or our failure for its. ``done``: the refusal that means it already is so."""
        ids: dict[str, Any] = {"chat": address.chat} if address else {}
        if address and address.thread is not None:
            ids["thread"] = address.thread
        try:
            return await call()
        except BadRequest as error:
            if done and done in error.message.lower():
                return None  # type: ignore[return-value] # those who pass ``done`` do not look at the answer
            raise _refused(error, ids) from error
        except TelegramError as error:
            raise _failure(error, ids) from error
        except Exception as error:
            # An answer that python-telegram-bot cannot read ("result" missing, a message without a date): the
            # request was written, and what came back says nothing.
            raise _unknown(ids) from error


def _chat(address: Address) -> int | str:
    return int(address.chat) if address.chat.lstrip("-").isdigit() else address.chat


def _lets_post(member: ChatMember, *, channel: bool) -> bool:
    if isinstance(member, ChatMemberAdministrator):
        return not channel or bool(member.can_post_messages)
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    allowed = {ChatMember.OWNER} if channel else {ChatMember.OWNER, ChatMember.MEMBER}
    return member.status in allowed


def _entities(part: Part) -> tuple[MessageEntity, ...]:
    return tuple(
        MessageEntity(
            type=entity.kind.value, offset=entity.offset, length=entity.length, url=entity.url or None
        )
        for entity in part.entities
    )


def _keyboard(part: Part) -> InlineKeyboardMarkup | None:
    if not part.buttons:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(one.text, url=one.url or None, callback_data=one.data or None)
                for one in row
            ]
            for row in part.buttons
        ]
    )


def _failure(error: TelegramError, ids: dict[str, Any]) -> DatelineError:
    """Our failure for one of python-telegram-bot's, by type and cause."""
    if isinstance(error, Flooded):
        return Transient("Telegram asks to wait", code=Code.RATE_LIMITED, retry_after=error.seconds, **ids)
    if isinstance(error, ChatMigrated):
        return Migrated("the group became a supergroup", new_chat=str(error.new_chat_id), **ids)
    if isinstance(error, Forbidden):
        code = Code.FORBIDDEN
        return Unreachable("Telegram refuses the chat", code=code, hint=_HINTS[code], **ids)
    if isinstance(error, InvalidToken):
        return Misconfigured(
            "Telegram does not know this bot token",
            code=Code.BAD_TOKEN,
            hint="check TELEGRAM_BOT_TOKEN; @BotFather shows it",
        )
    if isinstance(error, Conflict):
        return Misconfigured(
            "another process uses this bot token", code=Code.BAD_TOKEN, hint="stop the other one"
        )
    if isinstance(error, NetworkError) and isinstance(error.__cause__, NOT_WRITTEN):
        code = _connect_code(error.__cause__)
        return Transient("no connection to Telegram", code=code, **ids)
    return _unknown(ids)


def _unknown(ids: dict[str, Any]) -> Ambiguous:
    return Ambiguous(
        "the request left and no valid answer came",
        code=Code.UNKNOWN_OUTCOME,
        hint="look into the chat, then settle it by hand",
        **ids,
    )


def _refused(error: BadRequest, ids: dict[str, Any]) -> DatelineError:
    """400: the address's fault, or the message's."""
    said = error.message.lower()
    for text, code in _ADDRESS_AT_FAULT:
        if text in said:
            return Unreachable("Telegram refuses the chat", code=code, hint=_HINTS[code], **ids)
    missing = "not found" in said and "message" in said
    return Broken("Telegram refuses the message", code=Code.NOT_FOUND if missing else Code.BAD_REQUEST, **ids)


def _connect_code(cause: BaseException) -> Code:
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return Code.DNS
    if isinstance(cause, aiohttp.ClientSSLError):
        return Code.TLS
    if isinstance(cause, asyncio.TimeoutError):
        return Code.TIMEOUT
    return Code.REFUSED


class _TokenFilter(logging.Filter):
    """python-telegram-bot logs addresses with the token at DEBUG; nobody needs that."""

    _TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{3,}(?=/|\b)")

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._TOKEN.sub("<token>", record.getMessage()), ()
        return True


_FILTER = _TokenFilter()


def _hide_tokens() -> None:
    """Once is enough; a filter that is there already is not added again."""
    for name in ("telegram.Bot", "telegram.ext.ExtBot"):
        logging.getLogger(name).addFilter(_FILTER)
