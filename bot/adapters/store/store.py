"""The store: all groups of rows in one transaction, on SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.adapters.store.articles import ArticleRows
from bot.adapters.store.chats import ChatRows
from bot.adapters.store.engine import BUSY_TIMEOUT, POSTGRES_POOL, failure, open_engine, where
from bot.adapters.store.feeds import FeedRows
from bot.adapters.store.house import HouseRows
from bot.adapters.store.link import finished
from bot.adapters.store.models import ModelRows
from bot.adapters.store.overview import OverviewRows
from bot.adapters.store.prompts import PromptRows
from bot.adapters.store.subscriptions import SubscriptionRows
from bot.errors import Transient
from bot.ports import Clock

TURN_TIMEOUT = 120.0
"""Seconds to wait for a connection of our own; longer means a transaction inside a transaction."""


class SqlTx(
    FeedRows, ArticleRows, ModelRows, PromptRows, SubscriptionRows, ChatRows, OverviewRows, HouseRows
):
    """One transaction; see :class:`bot.ports.Tx`. Not for several tasks at once.

    The outbox comes with the subscriptions (a digest is recorded with its deliveries), the stories with the
    house (retention keeps the highest story id).
    """


class SqlStore:
    """See :class:`bot.ports.Store`."""

    def __init__(self, engine: AsyncEngine, clock: Clock, place: str) -> None:
        self._engine = engine
        self._clock = clock
        self._place = place
        self._turns = asyncio.Semaphore(POSTGRES_POOL if engine.dialect.name == "postgresql" else 1)

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[SqlTx]:
        """A read-write transaction (``BEGIN IMMEDIATE`` on SQLite; FULL durability).

        Committed when the block ends without an error: only then is anything written. Never begin one inside
        another: SQLite has one connection here, and the inner would wait for the outer.

        Raises:
            Transient: locked by another process, disk full, server gone: nothing was written; try again.
            Broken: the database refuses the rows (a bug, or an unknown feed).
            Misconfigured: no database, no tables, another version, no rights.
        """
        async with self._turn():
            connection = self._engine.connect()
            try:
                try:
                    await finished(_start(connection))
                    yield SqlTx(connection, self._clock)
                    await finished(connection.commit())
                finally:
                    if connection.sync_connection is not None:
                        await finished(connection.close())  # rolls back what was not committed
            except SQLAlchemyError as error:
                raise failure(error, self._place) from error

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """Transactions wait here, first come first served, and not for a lock inside the database."""
        try:
            async with asyncio.timeout(TURN_TIMEOUT):
                await self._turns.acquire()
        except TimeoutError as error:
            raise Transient("no database connection became free", database=self._place) from error
        try:
            yield
        finally:
            self._turns.release()

    async def close(self) -> None:
        """Let go of all connections."""
        await self._engine.dispose()


async def _start(connection: AsyncConnection) -> None:
    await connection.start()
    await connection.begin()


def open_store(url: str, *, clock: Clock, busy_timeout: float = BUSY_TIMEOUT) -> SqlStore:
    """A store on ``sqlite:///path`` or ``postgresql://…``; connects at first use; migrate before.

    ``busy_timeout`` is in seconds: how long to wait for a lock that another process holds on a SQLite file.

    Raises:
        Misconfigured: an address of no use, or PostgreSQL without its driver.
    """
    return SqlStore(open_engine(url, busy_timeout), clock, where(url))
