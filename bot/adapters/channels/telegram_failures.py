"""What went wrong with a call, as one of our failures.

What a failure means is decided by exception type and cause, never by text, with one exception: a 400 surely
was not sent whatever it says, and its text only tells whether the address or the message is at fault.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from bot.adapters.channels.telegram_request import NOT_WRITTEN, Flooded
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
HINTS = {
    Code.CHAT_NOT_FOUND: "check the chat id; in a private chat the person must write to the bot first",
    Code.THREAD_NOT_FOUND: "reopen the topic, or subscribe in another one",
    Code.FORBIDDEN: "add the bot to the chat again and let it post",
}
"""What a person can do about a chat that is out of reach."""


def failure_of(error: TelegramError, ids: dict[str, Any]) -> DatelineError:
    """Our failure for one of python-telegram-bot's, by type and cause."""
    if isinstance(error, Flooded):
        return Transient("Telegram asks to wait", code=Code.RATE_LIMITED, retry_after=error.seconds, **ids)
    if isinstance(error, ChatMigrated):
        return Migrated("the group became a supergroup", new_chat=str(error.new_chat_id), **ids)
    if isinstance(error, Forbidden):
        code = Code.FORBIDDEN
        return Unreachable("Telegram refuses the chat", code=code, hint=HINTS[code], **ids)
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
    return unknown(ids)


def unknown(ids: dict[str, Any]) -> Ambiguous:
    """The request was written, and what came back says nothing."""
    return Ambiguous(
        "the request left and no valid answer came",
        code=Code.UNKNOWN_OUTCOME,
        hint="look into the chat, then settle it by hand",
        **ids,
    )


def refusal_of(error: BadRequest, ids: dict[str, Any]) -> DatelineError:
    """400: the address's fault, or the message's."""
    said = error.message.lower()
    for text, code in _ADDRESS_AT_FAULT:
        if text in said:
            return Unreachable("Telegram refuses the chat", code=code, hint=HINTS[code], **ids)
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
