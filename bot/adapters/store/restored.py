"""Whether a PostgreSQL database was put back from a dump: then its outbox starts paused, as on SQLite.

``pg_restore`` is not ours, so nobody tells us. But it makes the tables anew, and PostgreSQL numbers tables: a
comment, which a dump holds too, says which numbers they had when Dateline last started here. It stands on
Alembic's own table, where no comparison of schemas minds it. Not seen are copies of the server's files (a
replica that takes over should send, too) and dumps without comments.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from bot.adapters.store.outbox import PAUSED
from bot.events import logger

log = logger("store")

WHY = "restored from a dump, as it seems"
"""What the paused outbox says; what was pending when the dump was made may have been sent since."""
_PREFIX = "made by Dateline as tables "
_THERE = text("SELECT to_regclass('deliveries') IS NOT NULL")
_NUMBERS = text(
    "SELECT string_agg(oid::text, ' ' ORDER BY relname) FROM pg_class"
    " WHERE oid IN (to_regclass('deliveries'), to_regclass('feeds'), to_regclass('notes'))"
)
_REMEMBERED = text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")
_PAUSE = text(
    "INSERT INTO notes (key, value) VALUES (:key, :why)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


def is_restored(connection: Connection) -> bool:
    """Whether the tables are others than when Dateline was here last; before they are upgraded."""
    if not connection.scalar(_THERE):
        return False
    said = connection.scalar(_REMEMBERED) or ""
    return said.startswith(_PREFIX) and said.removeprefix(_PREFIX) != connection.scalar(_NUMBERS)


def remember(connection: Connection, *, restored: bool) -> None:
    """Write down which tables these are; pause the outbox where they were ``restored``."""
    numbers = connection.scalar(_NUMBERS)
    if connection.scalar(_REMEMBERED) != _PREFIX + numbers:
        connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{_PREFIX}{numbers}'"))
    if restored:
        connection.execute(_PAUSE, {"key": PAUSED, "why": WHY})
        log.warning("outbox_paused", why=WHY)
