"""Connections: which SQLite, which settings, and what their failures mean."""

from __future__ import annotations

import asyncio
import importlib
import re
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

import aiosqlite
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_dbapi
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import Broken, DatelineError, Misconfigured, Transient

BUSY_TIMEOUT = 30.0
"""Seconds to wait for a lock that another process holds."""
POSTGRES_POOL = 5
"""Connections of one process."""
# https://sqlite.org/wal.html#walresetbug: below this, two connections that write and checkpoint at once may
# corrupt.
_SAFE_SQLITE = (3, 51, 3)


def _sqlite() -> ModuleType:
    """The newest SQLite at hand: the extra's, else the interpreter's own."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3


SQLITE = _sqlite()


def sqlite_version() -> str:
    """Version of the SQLite library in use, like "3.53.4"."""
    version: str = SQLITE.sqlite_version
    return version


def warnings(url: str, version: tuple[int, ...] = ()) -> tuple[str, ...]:
    """What a person should know about this database's driver, in plain words; empty when all is well.

    ``version`` of SQLite; that in use when left out.
    """
    version = version or SQLITE.sqlite_version_info
    if make_url(url).get_backend_name() != "sqlite" or version >= _SAFE_SQLITE:
        return ()
    number = ".".join(str(part) for part in version)
    return (f"SQLite {number} can damage a database when two connections write at once (fixed in 3.51.3)",)


def parse_url(url: str) -> URL:
    """The database's address, checked.

    Raises:
        Misconfigured: neither ``sqlite:///path`` nor ``postgresql://…``, or PostgreSQL without its driver.
    """
    hint = "use sqlite:///data/dateline.db or postgresql://user:password@host/database"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misconfigured("the database address cannot be read", hint=hint) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise Misconfigured("the SQLite address names no file", hint=hint)
        return parsed.set(drivername="sqlite+aiosqlite")
    if backend in ("postgresql", "postgres"):
        try:
            importlib.import_module("psycopg")
        except ImportError as error:
            raise Misconfigured(
                "PostgreSQL needs its driver", hint="pip install 'dateline-digest[postgres]'"
            ) from error
        return parsed.set(drivername="postgresql+psycopg")
    raise Misconfigured("this kind of database is not supported", hint=hint, kind=backend)


def sqlite_path(url: str | URL) -> Path | None:
    """The database's file, None for PostgreSQL."""
    parsed = parse_url(url) if isinstance(url, str) else url
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def where(url: str | URL) -> str:
    """The address as it may be shown: without the password."""
    parsed = parse_url(url) if isinstance(url, str) else url
    file = sqlite_path(parsed)
    if file is not None:
        return str(file)
    return parsed.set(drivername="postgresql").render_as_string(hide_password=True)


def connect_sqlite(file: Path, *, create: bool = False, timeout: float = BUSY_TIMEOUT) -> Any:
    """A plain connection (autocommit), for backup and migration; the file must exist unless ``create``."""
    mode = "rwc" if create else "rw"
    return SQLITE.connect(
        f"{file.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=timeout,
        check_same_thread=False,  # aiosqlite opens in one thread and asks in another
    )


def open_engine(url: str, busy_timeout: float = BUSY_TIMEOUT) -> AsyncEngine:
    """An engine on asyncio; it connects at first use. Raises Misconfigured for an address of no use."""
    parsed = parse_url(url)
    file = sqlite_path(parsed)
    if file is not None:
        return _open_sqlite(parsed, file, busy_timeout)
    return create_async_engine(
        parsed,
        isolation_level="READ COMMITTED",
        pool_size=POSTGRES_POOL,
        max_overflow=0,
        pool_pre_ping=True,  # a restarted server costs one round trip, not a failed step
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 10},
    )


def _open_sqlite(parsed: URL, file: Path, busy_timeout: float) -> AsyncEngine:
    async def connection() -> aiosqlite.Connection:
        opened = aiosqlite.Connection(lambda: connect_sqlite(file, timeout=busy_timeout), 64)
        thread = opened._thread  # noqa: SLF001 - SQLAlchemy does the same: an open one must not hold the exit
        thread.daemon = True
        try:
            await opened
            for pragma in _PRAGMAS:
                cursor = await opened.execute(f"PRAGMA {pragma}")
                await cursor.close()
        except BaseException:  # there is no file, or it is no database
            await opened.close()
            await asyncio.to_thread(thread.join)  # else its last word may find the event loop closed
            raise
        return opened

    # aiosqlite only calls what it is given, so a newer SQLite is a matter of the connector; the module
    # handed to SQLAlchemy decides whose exceptions it translates.
    engine = create_async_engine(
        parsed,
        module=_Module(aiosqlite, SQLITE),
        async_creator=connection,
        pool_size=1,  # one writer: the others wait for their turn in SqlStore
        max_overflow=0,
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        # The default start lost 30 of 40 concurrent read-then-write increments without an error; plain
        # BEGIN failed 30 of 40 times with "locked".
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # a lost "sending" mark would be a doubled message
    "foreign_keys = ON",
    "mmap_size = 0",
    "cache_size = -16000",  # KiB
    "journal_size_limit = 67108864",
)


class _Module(AsyncAdapt_aiosqlite_dbapi):
    """SQLAlchemy's view of aiosqlite, with the errors and version of the SQLite that is really used."""

    def _init_dbapi_attributes(self) -> None:
        super()._init_dbapi_attributes()
        for name in ("DatabaseError", "Error", "IntegrityError", "NotSupportedError", "OperationalError"):
            setattr(self, name, getattr(self.sqlite, name))
        for name in ("ProgrammingError", "sqlite_version", "sqlite_version_info"):
            setattr(self, name, getattr(self.sqlite, name))


def sync_engine(url: str | URL, file: Path | None = None) -> Engine:
    """A plain engine without a pool, for migrations; ``file`` stands in for the address's own."""
    parsed = parse_url(url) if isinstance(url, str) else url
    if parsed.get_backend_name() == "sqlite":
        target = file or sqlite_path(parsed) or Path()
        return create_engine(
            parsed.set(drivername="sqlite"),
            module=SQLITE,
            creator=lambda: connect_sqlite(target, create=True),
            poolclass=NullPool,
        )
    return create_engine(
        parsed, poolclass=NullPool, connect_args={"options": "-c timezone=UTC", "connect_timeout": 10}
    )


_MIGRATE = "run: dateline migrate"
_RESTORE = "restore a backup: dateline restore FILE"
_ADDRESS = "check the database's address"
_SPACE = "free some space; nothing that was committed is lost"
# Words in a driver's message -> what the caller does next, what to say, what to do about it.
_SIGNS: tuple[tuple[str, type[DatelineError], str, str], ...] = (
    ("unable to open database file", Misconfigured, "there is no database", _MIGRATE),
    ("no such table|undefinedtable", Misconfigured, "the database has no tables yet", _MIGRATE),
    ("no such column|undefinedcolumn", Misconfigured, "the database is of another version", _MIGRATE),
    ("already exists", Misconfigured, "it holds another program's tables", "choose another database"),
    ("readonly database", Misconfigured, "the database cannot be written", "check its owner and rights"),
    ("not a database", Misconfigured, "the file is no database", _RESTORE),
    ("malformed", Misconfigured, "the database is damaged", _RESTORE),
    ("password authentication", Misconfigured, "the server refuses the password", _ADDRESS),
    ('role ".*" does not exist', Misconfigured, "the server does not know this user", _ADDRESS),
    ('database ".*" does not exist', Misconfigured, "the server has no such database", "run: createdb NAME"),
    ("is locked", Transient, "the database is locked by another process", "find what holds it open"),
    ("disk is full|no space left", Transient, "the disk is full", _SPACE),
)


def failure(error: SQLAlchemyError, place: str) -> DatelineError:
    """Our name for a library's failure: Transient, Broken or Misconfigured, with where and what to do."""
    if isinstance(error, PoolTimeout):
        return Transient("no database connection became free", database=place)
    said = f"{type(getattr(error, 'orig', error)).__name__} {getattr(error, 'orig', error)}".lower()
    if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
        for sign, kind, message, hint in _SIGNS:
            if re.search(sign, said):
                return kind(message, hint=hint, database=place)
    if isinstance(error, IntegrityError | ProgrammingError):
        return Broken("the database refused what was written", database=place)
    if isinstance(error, OperationalError | DBAPIError):
        return Transient("the database cannot be reached or did not finish", database=place)
    return Broken("the store could not do this", database=place)
