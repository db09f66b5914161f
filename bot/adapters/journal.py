"""Logging: one line per event on standard error, secrets masked wherever they come from."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import Any

# Bot tokens, API keys, user:password@ of addresses, and values of query parameters that look like secrets.
_SECRETS = (
    (re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}"), "<token>"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{8,}"), "<key>"),
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), "<user>:<password>"),
    (
        re.compile(r"(?i)([?&](?:key|token|apikey|api_key|secret|password|auth|sig|signature)=)[^&\s\"']+"),
        r"\1<secret>",
    ),
)


_hidden: dict[str, str] = {}
_make_record = logging.getLogRecordFactory()


def hide(token: str) -> None:
    """Keep this bot token out of every record that any logger of this process makes from now on.

    A filter would sit on one logger and see nothing of its children's records, and telegram has dozens;
    handlers come and go. A record is masked as it is made, before anybody sees it, tracebacks included.
    """
    secret = token.partition(":")[2]
    # The half after the colon alone opens the bot as well: its number is public.
    _hidden[token], _hidden[secret if len(secret) >= 16 else token] = "<token>", "<token>"
    logging.setLogRecordFactory(_masked_record)


def _masked_record(*args: Any, **named: Any) -> logging.LogRecord:
    record = _make_record(*args, **named)
    said = record.getMessage()
    masked = _without_hidden(said)
    if masked != said:
        record.msg, record.args = masked, ()
    if record.exc_info and record.exc_info[1] is not None:
        trace = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
        if (shown := _without_hidden(trace)) != trace:
            record.exc_text, record.exc_info = shown, None
    return record


def _without_hidden(text: str) -> str:
    for secret, shown in _hidden.items():
        if secret in text:
            text = text.replace(secret, shown)
    return text


def mask(text: str) -> str:
    """The text without anything that looks like a bot token, an API key or credentials in an address."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return _without_hidden(text)


class _MaskingFormatter(logging.Formatter):
    """Masks after formatting, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


_TALKATIVE = (
    *("httpx", "httpx2", "httpcore", "telegram", "openai"),
    *("aiosqlite", "alembic", "apscheduler", "asyncio"),
)


def set_up(level: str) -> None:
    """Log events of this level and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_MaskingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # httpx and httpx2 log whole addresses, which hold the bot token, at INFO; telegram does at DEBUG.
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
