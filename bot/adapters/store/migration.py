"""The schema's way from version to version, by Alembic without its environment script.

SQLite: a copy is migrated and then takes the file's place, so that a kill at any point leaves either the old
database or the new one. PostgreSQL: all in one transaction, one process at a time, and with it the tables of
the job queue (``job_tables.py``); one that was put back from a dump gets its outbox paused (``restored.py``).
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.store.engine import (
    BUSY_TIMEOUT,
    SQLITE,
    connect_sqlite,
    failure,
    parse_url,
    sqlite_path,
    sync_engine,
    where,
)
from bot.adapters.store.job_tables import apply_job_tables
from bot.adapters.store.restored import is_restored, remember
from bot.adapters.store.schema import metadata
from bot.errors import Misconfigured, Transient

if TYPE_CHECKING:  # a quarter of a second, for a database that is not of this version
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

NEWEST = "0006"
"""The newest of ``migrations/``; a test compares."""
_SCRIPTS = Path(__file__).parent / "migrations"
# Any number will do, as long as nothing else takes it.
_MIGRATION_LOCK = 0x6D69_6772


async def migrate(url: str) -> str:
    """Brings the database (made if there is none) to the newest version, which is returned. Again: nothing.

    Raises:
        Misconfigured: the database was written by a newer Dateline, or the address is of no use.
        Transient: another process has it open, or the server is not there.
    """
    return await asyncio.to_thread(_migrate, parse_url(url))


async def schema_version(url: str) -> str | None:
    """The database's version; None when there is none or nothing in it. Raises Transient."""
    return await asyncio.to_thread(_version, parse_url(url))


def newest_version() -> str:
    """The version that this program writes."""
    return NEWEST


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    return ScriptDirectory(str(_SCRIPTS))


def _migrate(url: URL) -> str:
    file = sqlite_path(url)
    try:
        if file is None:
            with sync_engine(url).begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                restored = is_restored(connection)
                version = upgrade(connection, where(url))
                apply_job_tables(connection)
                remember(connection, restored=restored)
                return version
        return _migrate_file(url, file)
    except SQLAlchemyError as error:
        raise failure(error, where(url)) from error


def _version(url: URL, file: Path | None = None) -> str | None:
    file = file or sqlite_path(url)
    if file is not None and (not file.exists() or file.stat().st_size == 0):
        return None
    try:
        with sync_engine(url, file).connect() as connection:
            return _noted(connection)
    except SQLAlchemyError as error:
        raise failure(error, where(url)) from error


def _noted(connection: Connection) -> str | None:
    """The version that Alembic noted in the database, as it would read it."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def upgrade(connection: Connection, place: str) -> str:
    """Brings the database behind this connection to the newest version, which is returned."""
    current = _noted(connection)
    if current == NEWEST:
        return NEWEST
    refuse_newer(current, place)
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - see above

    scripts = _scripts()

    def steps(revision: Any, context: MigrationContext) -> Any:
        del context
        return scripts._upgrade_revs(NEWEST, revision)  # noqa: SLF001 - what Alembic's own commands call

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()
    return NEWEST


def refuse_newer(version: str | None, place: str) -> None:
    """Raises Misconfigured when this program does not know the version."""
    if version in (None, NEWEST):
        return
    if version not in {script.revision for script in _scripts().walk_revisions()}:
        raise Misconfigured(
            "this database was written by a newer Dateline",
            hint="install that version again, or restore a backup made by this one",
            database=place,
            schema=version,
            program=newest_version(),
        )


def _migrate_file(url: URL, file: Path) -> str:
    current = _version(url)
    refuse_newer(current, str(file))
    if current == newest_version():
        return current
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            "the database's folder cannot be made", hint="check the path and its owner", folder=file.parent
        ) from error
    copy = file.with_name(file.name + ".migrating")
    forget_file(copy)  # left over from a kill
    if not file.exists() or file.stat().st_size == 0:
        version = upgrade_file(url, copy)
        replace_file(copy, file)
        return version
    with_lock = alone(file)
    try:
        with_lock.execute("VACUUM INTO ?", (str(copy),))
        version = upgrade_file(url, copy)
        replace_file(copy, file)
    finally:
        with_lock.close()
    return version


def upgrade_file(url: URL, file: Path) -> str:
    """Migrates this SQLite file in place: for copies that nobody else knows."""
    with sync_engine(url, file).connect() as connection:
        version = upgrade(connection, str(file))
        connection.commit()
    return version


def alone(file: Path, timeout: float = BUSY_TIMEOUT) -> Any:
    """A connection that keeps everybody else out of this SQLite file until it is closed.

    Its log is folded in and gone: a file put in its place must not find an old ``-wal`` beside it, whose
    pages SQLite would play into the new database.

    Raises:
        Transient: another process has the database open.
    """
    connection = connect_sqlite(file, timeout=timeout)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")  # refused while anybody else is connected
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")  # in this mode the lock stays
    except SQLITE.Error as error:
        connection.close()
        raise Transient(
            "another process has the database open", hint="stop the bot first", database=file
        ) from error
    return connection


def replace_file(new: Path, file: Path) -> None:
    """Puts ``new`` in the place of ``file`` in one step that survives a power loss."""
    _sync(new)
    new.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def forget_file(file: Path) -> None:
    """Removes a SQLite file and what stands beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            file.with_name(file.name + ending).unlink()
