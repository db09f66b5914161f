"""A topic that is switched off while a chat follows it."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

from bot.domain.declarations import edit
from bot.types import Schedule, TopicSlug
from tests import make
from tests.pipeline.newsroom import CHAT, NOW, newsroom


async def test_a_chat_that_follows_it_gets_the_rest_and_nothing_breaks(tmp_path: Path) -> None:
    topics = (TopicSlug("syria"), TopicSlug("us-china"))
    sub = make.subscription(
        "tg:1",
        address=make.address(str(CHAT)),
        topics=topics,
        schedule=Schedule(times=(time(6, 30),), zone="UTC"),
        created_at=NOW,
    )
    async with newsroom(tmp_path) as room, room.app() as app:
        async with app.deps.store.begin() as tx:
            await tx.put_subscription(sub)
        await app.work("poll", "read", "place")
        room.clock.move(timedelta(minutes=31).total_seconds())
        await app.work("compose")
        async with app.deps.store.begin() as tx:
            assert (await tx.digests(sub.id, 5))[0]["items"]
            syria = next(item for item in await tx.declared("topic") if item.id == "syria")
        await app.declare([edit(syria, "topic", "syria", syria.body, on=False)])
        room.clock.move(timedelta(hours=24).total_seconds())
        await app.work("compose")
        async with app.deps.store.begin() as tx:
            assert len(await tx.digests(sub.id, 5)) == 2
