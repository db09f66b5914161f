"""Logging: one line per event on standard error, secrets masked wherever they come from."""

from __future__ import annotations

import logging
import re
import sys

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


def mask(text: str) -> str:
    """The text without anything that looks like a bot token, an API key or credentials in an address."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


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
