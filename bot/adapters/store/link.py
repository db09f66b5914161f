"""One open transaction's connection, and how its dialect says what both can do."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import CursorResult, Executable, Row, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Clock

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Thing = TypeVar("Thing")
# Under SQLite's oldest limit of 999 parameters.
CHUNK = 500


def chunks(items: Sequence[Thing], size: int = CHUNK) -> Iterator[Sequence[Thing]]:
    """The items in slices of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def finished(work: Coroutine[Any, Any, Thing]) -> Thing:
    """The work's result; a cancellation meanwhile is let through only when the work has ended.

    A statement that is cancelled half-way goes on in its thread or in the server, and the driver throws the
    connection away: on SQLite, dozens of cancelled tasks left one behind that held the lock for 30 seconds. A
    statement is short; waiting for its end and then rolling back is always clean.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it as forgotten
        raise cancelled
    return task.result()


class Link:
    """What every group of rows stands on."""

    def __init__(self, connection: AsyncConnection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._postgres = connection.dialect.name == "postgresql"

    def _insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """An insert that knows ON CONFLICT. A caught IntegrityError would doom PostgreSQL's transaction."""
        if not self._postgres:
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - for who has it

        return postgresql.insert(table)

    async def _run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        return await finished(self._connection.execute(statement, values))

    async def _all(self, statement: Executable) -> Sequence[Row[Any]]:
        return (await self._run(statement)).all()

    async def _first(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        return (await self._run(statement, values)).first()

    async def _many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """One statement for many rows, in one round trip; nothing for none."""
        if rows:
            await finished(self._connection.execute(statement, rows))
