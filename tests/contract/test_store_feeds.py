"""Declarations, feeds and entries, on both databases."""

from __future__ import annotations

from bot.adapters.store import SqlStore
from tests import make


async def test_a_feed_comes_back_as_it_was_put(store: SqlStore) -> None:
    feed = make.feed("a", topics=("syria",), outlet="bbc", language="ar", interval=60, full_text=False)
    async with store.begin() as tx:
        await tx.put_feeds([feed, make.feed("b")])
    async with store.begin() as tx:
        assert await tx.feeds() == (feed, make.feed("b"))
