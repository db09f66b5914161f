"""The log's events: a name and fields, not sentences (``log.info("feed_polled", feed="bbc-world", new=3)``).

They travel as records of :mod:`logging`, like those of libraries: one level, one formatter, and one mask for
secrets (``bot/adapters/journal.py``) serve both.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any, cast

import structlog
from structlog.stdlib import BoundLogger

_PLAIN = (str, int, float, bool)


class Event(dict[str, Any]):
    """What a record says: its name under "event", then its fields. As text, one line of ``key=value``."""

    def __str__(self) -> str:
        return " ".join(
            [str(self["event"]), *(f"{key}={value}" for key, value in self.items() if key != "event")]
        )

    __repr__ = __str__


def logger(name: str) -> BoundLogger:
    """The log of one part of the house; nothing is set up by asking for it.

    Bound to :mod:`logging` by itself and not by structlog's global configuration: a program that only imports
    us would otherwise find our events on its standard output.
    """
    made = structlog.wrap_logger(
        logging.getLogger(f"dateline.{name}"),
        processors=(structlog.stdlib.filter_by_level, structlog.contextvars.merge_contextvars, _as_record),
        wrapper_class=BoundLogger,
        cache_logger_on_first_use=True,
    )
    return cast("BoundLogger", made)


def _as_record(_: Any, __: str, told: MutableMapping[str, Any]) -> tuple[tuple[Event], dict[str, Any]]:
    """The event as the message of a record. Errors and paths as their text, since a record may outlive them.

    A field that is None says nothing, and is left out.
    """
    options = {key: told.pop(key) for key in ("exc_info", "stack_info") if key in told}
    name = told.pop("event")
    known = {key: value for key, value in told.items() if value is not None}
    fields = {key: value if isinstance(value, _PLAIN) else str(value) for key, value in known.items()}
    return (Event(event=name, **fields),), options
