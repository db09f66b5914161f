"""The store: one transaction with all rows, and whoever begins it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.ports.house_rows import HouseRows, OverviewRows
from bot.ports.model_rows import ModelRows, PromptRows
from bot.ports.news_rows import ArticleRows, FeedRows, StoryRows, VectorRows
from bot.ports.reader_rows import ChatRows, OutboxRows, SubscriptionRows


class Tx(
    FeedRows,
    ArticleRows,
    StoryRows,
    VectorRows,
    ModelRows,
    PromptRows,
    SubscriptionRows,
    ChatRows,
    OutboxRows,
    OverviewRows,
    HouseRows,
    Protocol,
):
    """One transaction: committed when the block ends, rolled back when it raises."""


class Store(Protocol):
    """All that is remembered: SQLite or PostgreSQL through one class (``bot/adapters/store``)."""

    def begin(self) -> AbstractAsyncContextManager[Tx]:
        """A read-write transaction (``BEGIN IMMEDIATE`` on SQLite; FULL durability)."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...
