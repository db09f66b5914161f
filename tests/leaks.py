"""No bot token in any record of any logger, at DEBUG too, whatever test runs.

The fixture ``_no_token_in_a_log`` of ``conftest.py`` watches every test with :func:`watched`.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

TOKEN = re.compile(r"\d{5,}(?::|%3A)[A-Za-z0-9_-]{20,}")
"""What looks like a bot token; every token that tests configure does."""
SILENT = ("aiosqlite", "sqlalchemy", "alembic", "psycopg", "faker", "hypothesis")
"""At DEBUG they say each statement and each row: minutes over all tests, and nothing of Telegram."""


@dataclass
class Leaks:
    """What was found in records that may not hold it."""

    found: list[str] = field(default_factory=list)
    seen: int = 0

    def look(self, record: logging.LogRecord) -> None:
        """Read all that the record could be written out as."""
        self.seen += 1
        said = [record.getMessage(), record.exc_text or "", record.stack_info or ""]
        if record.exc_info and record.exc_info[1] is not None:
            said.append("".join(traceback.format_exception(record.exc_info[1])))
        text = "\n".join(said)
        if TOKEN.search(text):
            self.found.append(f"{record.name}: {text[:300]}")


@contextmanager
def watched() -> Iterator[Leaks]:
    """All loggers at DEBUG while the block runs; what leaked is in ``found``.

    Every record passes ``Logger.handle``, whatever handlers and filters a test sets up.
    """
    root, leaks = logging.getLogger(), Leaks()
    handle, level = logging.Logger.handle, root.level

    def look_and_handle(logger: logging.Logger, record: logging.LogRecord) -> None:
        leaks.look(record)
        handle(logger, record)

    for name in SILENT:
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(logging.WARNING)
    raised = _raised()  # an earlier test that set up the journal left the talkative ones at WARNING
    for logger in raised:
        logger.setLevel(logging.NOTSET)
    root.setLevel(logging.DEBUG)
    logging.Logger.handle = look_and_handle  # type: ignore[method-assign, assignment]
    try:
        yield leaks
    finally:
        logging.Logger.handle = handle  # type: ignore[method-assign]
        root.setLevel(level)
        for logger, its_level in raised.items():
            logger.setLevel(its_level)


def _raised() -> dict[logging.Logger, int]:
    """The loggers that say less than everything, and the level of each."""
    known = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    return {one: one.level for one in known if one.level and one.name.split(".")[0] not in SILENT}
