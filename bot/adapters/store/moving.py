"""A SQLite installation moved to PostgreSQL: all of it in one transaction, read back and compared.

Killed at any point, the target is empty and the source untouched. Imports psycopg: load it when it is wanted.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, Boolean, Column, Connection, Float, LargeBinary, Table
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.store.engine import (
    SQLITE,
    connect_sqlite,
    failure,
    parse_url,
    sqlite_path,
    sync_engine,
    where,
)
from bot.adapters.store.folder import FolderLock
from bot.adapters.store.migration import migrate
from bot.adapters.store.outbox import PAUSED
from bot.adapters.store.schema import Instant, Json, Words, clean, metadata
from bot.errors import Broken, Misconfigured, Transient

AT_ONCE = 2_000
"""Rows read at a time."""
Watch = Callable[[str, int, int], None]
"""Told ("rows", done, total)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedTable:
    """What both sides hold of one table."""

    name: str
    rows: int
    checksum: str
    """Over all values, whatever the order of the rows; equal on both sides."""


async def move(source: str, target: str, watch: Watch | None = None) -> tuple[MovedTable, ...]:
    """Copy every row; afterwards the old database's outbox is paused, so that no message can go out twice.

    Raises:
        Misconfigured: a bot is running on the source; the source is no SQLite or the target no PostgreSQL;
            the target holds rows, or was written by a newer Dateline.
        Broken: what arrived is not what was sent; the target is as it was before.
        Transient: the server is not there.
    """
    old, new = parse_url(source), parse_url(target)
    file = sqlite_path(old)
    if file is None or sqlite_path(new) is not None:
        hint = "dateline migrate --to postgresql://user@host/name, where DATELINE_DATABASE is empty or SQLite"
        raise Misconfigured("only SQLite moves, and only to PostgreSQL", hint=hint)
    if not file.exists():
        raise Misconfigured("there is nothing to move", hint="is DATELINE_DATA right?", database=file)
    with FolderLock(file.parent):
        await migrate(source)
        await migrate(target)
        return await asyncio.to_thread(_move, file, new, watch or (lambda *_: None))


def _move(file: Path, new: URL, watch: Watch) -> tuple[MovedTable, ...]:
    try:
        with closing(connect_sqlite(file)) as old:
            old.execute("BEGIN IMMEDIATE")  # a command beside us writes before or after, not meanwhile
            with sync_engine(new).begin() as connection:
                _refuse_rows(connection, where(new))
                sent = _copy(old, connection, watch)
                _compare(sent, _held(connection), where(new))
                _count_on(old, connection)
            old.execute(
                "INSERT INTO notes (key, value) VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (PAUSED, f"moved to {where(new)}"),
            )
            old.execute("COMMIT")
    except (SQLAlchemyError, SQLITE.Error) as error:
        wrapped = error if isinstance(error, SQLAlchemyError) else SQLAlchemyError(str(error))
        raise failure(wrapped, where(new)) from error
    except psycopg.OperationalError as error:
        raise Transient("the server went away; nothing was changed", database=where(new)) from error
    except psycopg.Error as error:
        raise Broken("PostgreSQL refused what was copied", database=where(new)) from error
    return sent


def _refuse_rows(connection: Connection, place: str) -> None:
    for table in metadata.sorted_tables:
        if connection.execute(table.select().limit(1)).first() is not None:
            raise Misconfigured(
                "the target database holds rows already; nothing was changed",
                hint="name an empty one (createdb NAME), or drop this one and make it again",
                database=place,
                table=table.name,
            )


def _copy(old: Any, connection: Connection, watch: Watch) -> tuple[MovedTable, ...]:
    """Every row into the open transaction; what was sent of each table."""
    tables = metadata.sorted_tables
    total = sum(old.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0] for table in tables)  # noqa: S608
    sent, done = [], 0
    for table in tables:
        summed = _Sum()
        columns = tuple(table.columns)
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
        with _driver(connection).cursor() as cursor, cursor.copy(into) as copy:
            for row in _rows(old.execute(_select(table))):
                values = [_read(column, value) for column, value in zip(columns, row, strict=True)]
                summed.add(values)
                copy.write_row(values)
                done += 1
                if done % AT_ONCE == 0:
                    watch("rows", done, total)
        sent.append(summed.of(table))
    watch("rows", total, total)
    return tuple(sent)


def _held(connection: Connection) -> tuple[MovedTable, ...]:
    """What the target holds, read back."""
    found = []
    for table in metadata.sorted_tables:
        summed, columns = _Sum(), tuple(table.columns)
        with _driver(connection).cursor(name=f"read_{table.name}") as cursor:
            cursor.itersize = AT_ONCE
            for row in cursor.execute(_select(table)):
                summed.add([_read(column, value) for column, value in zip(columns, row, strict=True)])
        found.append(summed.of(table))
    return tuple(found)


def _compare(sent: Sequence[MovedTable], held: Sequence[MovedTable], place: str) -> None:
    for one, other in zip(sent, held, strict=True):
        if one != other:
            said = (
                f"{one.rows} rows were sent, {other.rows} arrived, or not as they were; nothing was changed"
            )
            raise Broken(said, database=place, table=one.name)


def _count_on(old: Any, connection: Connection) -> None:
    """Ids go on where they were, also above rows that are deleted: none is ever given twice."""
    for name, last in old.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0").fetchall():
        if name in metadata.tables:
            query = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), {})")
            _driver(connection).execute(query.format(sql.Literal(name), sql.Literal(last)))


def _driver(connection: Connection) -> Any:
    """The driver's own connection, in the same transaction."""
    return connection.connection.driver_connection


def _select(table: Table) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return f"SELECT {names} FROM {table.name}"  # noqa: S608 - names of our own


def _rows(cursor: Any) -> Iterable[Any]:
    while rows := cursor.fetchmany(AT_ONCE):
        yield from rows


def _read(column: Column[Any], value: Any) -> Any:
    """The value as PostgreSQL takes and gives it, from either side."""
    if value is None:
        return None
    kind = column.type
    if isinstance(kind, Instant):
        told = datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
        return told.astimezone(UTC)
    if isinstance(kind, Boolean):
        return bool(value)
    if isinstance(kind, Float):
        return float(value)
    if isinstance(kind, LargeBinary):
        return bytes(value)
    return clean(value) if isinstance(kind, Words | Json) else value


class _Sum:
    """A checksum over rows in any order: both databases sort text by rules of their own."""

    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0

    def add(self, values: Sequence[Any]) -> None:
        said = "\x1f".join(
            value.isoformat() if isinstance(value, datetime) else repr(value) for value in values
        )
        self._rows += 1
        self._sum += int.from_bytes(hashlib.sha256(said.encode()).digest()[:16])

    def of(self, table: Table) -> MovedTable:
        return MovedTable(name=table.name, rows=self._rows, checksum=f"{self._sum % (1 << 128):032x}")
