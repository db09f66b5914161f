"""The store: all groups of rows in one transaction, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.adapters.store.articles import ArticleRows
from bot.adapters.store.engine import failure, open_engine, where
from bot.adapters.store.feeds import FeedRows
from bot.adapters.store.house import HouseRows
from bot.adapters.store.models import ModelRows
from bot.adapters.store.subscriptions import SubscriptionRows
from bot.ports import Clock


class SqlTx(FeedRows, ArticleRows, ModelRows, SubscriptionRows, HouseRows):
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
        try:
            async with self._engine.begin() as connection:
                yield SqlTx(connection, self._clock)
        except SQLAlchemyError as error:
            raise failure(error, self._place) from error

    async def close(self) -> None:
        """Let go of all connections."""
        await self._engine.dispose()


def open_store(url: str, *, clock: Clock) -> SqlStore:
    """A store on ``sqlite:///path`` or ``postgresql://…``; connects at first use; migrate before.

    Raises:
        Misconfigured: an address of no use, or PostgreSQL without its driver.
    """
    return SqlStore(open_engine(url), clock, where(url))
