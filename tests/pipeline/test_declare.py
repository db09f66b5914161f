"""Files into the database: all or nothing, and what a change elsewhere means for a digest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.domain import declarations
from bot.errors import Code, Misconfigured
from bot.types import FeedStatus, Subscription
from tests.pipeline.newsroom import CHAT, Newsroom, newsroom, samples


@asynccontextmanager
async def newsroom_of_two(home: Path) -> AsyncIterator[Newsroom]:
    async with newsroom(home, outlets=samples()[0][:2], articles=[]) as room:
        yield room


async def feeds(app: App) -> dict[str, FeedStatus]:
    async with app.deps.store.begin() as tx:
        return {feed.id: feed.status for feed in await tx.feeds()}


async def subscriptions(app: App) -> dict[str, Subscription]:
    async with app.deps.store.begin() as tx:
        return {sub.id: sub for sub in await tx.subscriptions(active=None)}


FEEDS: dict[str, Any] = {
    "good": {"url": "http://one.example/feed"},
    "bad": {"url": "http://two.example/feed", "outlet": "nobody"},
}


async def test_a_mistake_imports_nothing_and_once_mended_everything_comes(tmp_path: Path) -> None:
    async with newsroom_of_two(tmp_path) as room:
        room.declare("feeds", FEEDS)
        with pytest.raises(Misconfigured, match="no such outlet: nobody"):
            async with room.app():
                pass
        room.declare("feeds", {**FEEDS, "bad": {"url": "http://two.example/feed"}})
        async with room.app() as app:
            assert await feeds(app) == {"good": FeedStatus.ACTIVE, "bad": FeedStatus.ACTIVE}
            assert set(await subscriptions(app)) == {"morning"}


async def test_a_topic_that_does_not_exist_imports_nothing(tmp_path: Path) -> None:
    async with newsroom_of_two(tmp_path) as room:
        room.declare("digests", {"evening": {"chat": CHAT, "topics": ["nonsense"]}})
        with pytest.raises(Misconfigured, match="no such topic: nonsense"):
            async with room.app():
                pass
        room.declare("digests", {"evening": {"chat": CHAT, "topics": ["syria"]}})
        async with room.app() as app:
            assert set(await subscriptions(app)) == {"evening"}


async def test_an_edit_that_names_an_unknown_outlet_is_refused_and_not_kept(tmp_path: Path) -> None:
    async with newsroom_of_two(tmp_path) as room, room.app() as app:
        before = await feeds(app)
        body = {"url": "http://new.example/feed", "outlet": "nobody"}
        with pytest.raises(Misconfigured):
            await app.declare([declarations.edit(None, "feed", "new", body)])
        async with app.deps.store.begin() as tx:
            assert "new" not in {item.id for item in await tx.declared("feed")}
        assert await feeds(app) == before


async def test_a_default_chat_that_is_set_later_makes_the_digest_that_waited_for_it(tmp_path: Path) -> None:
    async with newsroom_of_two(tmp_path) as room:
        room.declare("digests", {"morning": {"chat": "default", "zone": "default"}})
        async with room.app() as app:
            assert await subscriptions(app) == {}
        room.use(chat_id=str(CHAT), zone="Asia/Taipei")
        room.changed = True
        async with room.app() as app:
            (morning,) = (await subscriptions(app)).values()
            assert morning.address.chat == str(CHAT)
            assert morning.schedule.zone == "Asia/Taipei"
            created = morning.created_at
        room.use(zone="Europe/Berlin")
        room.clock.move(3600)
        room.changed = True
        async with room.app() as app:
            (morning,) = (await subscriptions(app)).values()
            assert morning.schedule.zone == "Europe/Berlin"
            assert morning.created_at == created


async def test_a_digest_of_all_topics_gets_a_topic_that_is_added_later(tmp_path: Path) -> None:
    async with newsroom_of_two(tmp_path) as room:
        path = room.home / "config" / "topics.yaml"
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.split("\n  us-china:")[0], encoding="utf-8")
        async with room.app() as app:
            assert (await subscriptions(app))["morning"].topics == ("syria",)
        path.write_text(whole, encoding="utf-8")
        room.changed = True
        async with room.app() as app:
            assert (await subscriptions(app))["morning"].topics == ("syria", "us-china", "indo-pacific")


async def test_a_muted_chat_stays_muted_until_its_digest_is_edited(tmp_path: Path) -> None:
    async with newsroom_of_two(tmp_path) as room, room.app() as app:
        morning = (await subscriptions(app))["morning"]
        async with app.deps.store.begin() as tx:
            await tx.mute(morning.address, Code.FORBIDDEN)
        await app.import_config()
        room.declare("feeds", {"good": {"url": "http://one.example/feed"}})
        await app.import_config()
        assert not (await subscriptions(app))["morning"].active
        room.declare("digests", {"morning": {"chat": CHAT, "times": ["08:00"]}})
        await app.import_config()
        assert (await subscriptions(app))["morning"].active


async def test_a_digest_that_vanishes_is_switched_off_and_comes_back_with_its_file(tmp_path: Path) -> None:
    async with newsroom_of_two(tmp_path) as room, room.app() as app:
        before = await subscriptions(app)
        room.declare("digests", {})
        await app.import_config()
        assert await subscriptions(app) == {"morning": replace(before["morning"], active=False)}
        room.declare("digests", {"morning": {"chat": CHAT, "times": ["07:30"], "zone": "UTC"}})
        await app.import_config()
        assert await subscriptions(app) == before


async def test_an_import_that_says_nothing_new_writes_no_subscription(tmp_path: Path) -> None:
    async with newsroom_of_two(tmp_path) as room, room.app() as app:
        before = await subscriptions(app)
        changes = await app.import_config()
        assert changes.write == ()
        assert await subscriptions(app) == before
