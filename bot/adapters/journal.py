"""Logging: one line per event on standard error, for people or as JSON; secrets are masked.

Our own events (``bot/events.py``) and what libraries say go through one formatter.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.events import Event

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
    if masked != said and isinstance(record.msg, Event):
        record.msg = Event(_each(record.msg, _without_hidden))
    elif masked != said:
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


def _each(told: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    return {key: change(value) if isinstance(value, str) else value for key, value in told.items()}


class _OneFormatter(logging.Formatter):
    """An event and a library's sentence as one line each: for people, or JSON.

    Args:
        as_json: one JSON object a line: timestamp, level, logger, event, the event's fields, exception.
        colours: for people who look at a terminal.
    """

    def __init__(self, *, as_json: bool, colours: bool) -> None:
        super().__init__()
        self._as_json = as_json
        self._json = structlog.processors.JSONRenderer(ensure_ascii=False)
        self._line = structlog.dev.ConsoleRenderer(
            colors=colours,
            exception_formatter=structlog.dev.plain_traceback,
            sort_keys=False,
            pad_event_to=20,
            pad_level=colours,
        )

    def format(self, record: logging.LogRecord) -> str:
        """The line, tracebacks below it (in JSON: within it)."""
        said = record.msg if isinstance(record.msg, Event) else {"event": record.getMessage()}
        told: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        told |= _each(said, mask)
        trace = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else "")
        trace = "\n".join(piece for piece in (trace, record.stack_info) if piece)
        if trace:
            told["exception"] = mask(trace)
        # The fields were masked one by one: over a whole line of JSON a mask might take its quotes along.
        return str(self._json(None, "", told)) if self._as_json else mask(str(self._line(None, "", told)))


_TALKATIVE = (
    *("httpx", "httpx2", "httpcore", "telegram", "openai"),
    *("aiosqlite", "alembic", "apscheduler", "asyncio"),
)


def set_up(level: str, form: str = "text") -> None:
    """Log events of this level and above to standard error: as lines for people ("text") or "json"."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneFormatter(as_json=form == "json", colours=sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # httpx and httpx2 log whole addresses, which hold the bot token, at INFO; telegram does at DEBUG.
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
