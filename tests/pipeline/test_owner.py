"""What the owner hears of: once each, in plain words, and never a loop; and once more when it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.http import FetchLimits, Web
from bot.adapters.ledger import Ledger
from bot.adapters.simulator import Fault
from bot.app import App
from bot.domain.budget import Budget
from bot.errors import Broken
from bot.pipeline import plan
from bot.ports import Step
from bot.types import Delivery, DeliveryState, FeedStatus, Origin
from tests import make
from tests.loopback import Loopback, answer, redirect
from tests.pipeline.newsroom import CHAT, NOW, Newsroom, joined, newsroom, samples

SLOT = NOW + timedelta(hours=1, minutes=30)
OWNER = -1001000000099
RSS = b"<?xml version='1.0'?><rss version='2.0'><channel><title>T</title></channel></rss>"


@asynccontextmanager
async def owned(home: Path, *, dead: bool = False, owner: int = OWNER) -> AsyncIterator[tuple[Newsroom, App]]:
    """A newsroom of one outlet, whose owner has a chat."""
    outlet = next(one for one in samples()[0] if one.id == "meridian-wire")
    outlets = [replace(outlet, format="dead")] if dead else [outlet]
    async with newsroom(home, outlets=outlets, articles=[]) as room:
        if owner == OWNER:
            room.simulator.world.add_chat(OWNER, "channel", "Owner")
        room.use(owner_chat=str(owner))
        async with room.app() as app:
            yield room, app


def heard(room: Newsroom, chat: int = OWNER) -> list[str]:
    return [message.text for message in room.simulator.messages(chat)]


async def alerts(app: App) -> list[Delivery]:
    async with app.deps.store.begin() as tx:
        return [item for item in await tx.deliveries(None, 100) if item.origin is Origin.ALERT]


async def test_a_feed_that_is_gone_is_told_once_with_its_address(tmp_path: Path) -> None:
    async with owned(tmp_path, dead=True) as (room, app):
        for _ in range(3):
            await app.work("poll", "send")
            room.clock.move(3600)
        (text,) = heard(room)
        assert text.startswith("Meridian Wire is no longer read: it has failed since 20 November")
        assert "“gone”" in text
        assert "http://meridian-wire.example/feed" in text
        assert {item.state for item in await alerts(app)} == {DeliveryState.SENT}


async def test_a_feed_that_is_switched_on_again_and_dies_again_is_told_again(tmp_path: Path) -> None:
    async with owned(tmp_path, dead=True) as (room, app):
        await app.work("poll", "send")
        async with app.deps.store.begin() as tx:
            (feed,) = await tx.feeds()
            await tx.put_feeds([replace(feed, status=FeedStatus.OFF)])
            await tx.put_feeds([replace(feed, status=FeedStatus.ACTIVE)])
        room.clock.move(24 * 3600)
        await app.work("poll", "send")
        assert len(heard(room)) == 2


async def test_a_feed_that_moved_for_good_is_told_once_with_both_addresses(tmp_path: Path) -> None:
    async with Loopback() as web, owned(tmp_path) as (room, opened):
        web.on("/new", answer(RSS, content_type="application/rss+xml"))
        web.on("/old", redirect(web.url("/new"), 301))
        room.declare("feeds", {"one": {"url": web.url("/old"), "title": "The One", "language": "en"}})
        await opened.import_config()
        real = Web(
            clock=SystemClock(),
            user_agent="Dateline-test",
            allow_private=["127.0.0.1"],
            limits=FetchLimits(host_gap=0),
        )
        app = joined(opened, web=real)
        for _ in range(3):
            await app.work("poll", "send")
            room.clock.move(7200)
        await real.close()
        (text,) = heard(room)
        assert text.startswith("The One has moved for good")
        assert web.url("/new") in text
        assert web.url("/old") in text


async def test_a_chat_that_throws_the_bot_out_is_told_once_in_plain_words(tmp_path: Path) -> None:
    async with owned(tmp_path) as (room, app):
        room.simulator.world.set_bot(CHAT, "kicked")
        for number in range(3):
            room.clock.set(SLOT + timedelta(days=number, seconds=5))
            await app.work("compose", "send")
        (text,) = heard(room)
        assert f"The chat {CHAT} no longer gets digests: the bot was removed or blocked" in text
        (alert,) = await alerts(app)
        assert alert.state is DeliveryState.SENT
        async with app.deps.store.begin() as tx:
            assert await tx.subscriptions() == ()


async def test_an_owner_whose_own_chat_is_gone_is_not_written_to_about_it(tmp_path: Path) -> None:
    async with owned(tmp_path, owner=CHAT) as (room, app):
        room.simulator.world.set_bot(CHAT, "kicked")
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.work("compose", "send")
        assert await alerts(app) == []


async def test_an_owner_who_cannot_be_reached_holds_nothing_up_and_makes_no_loop(tmp_path: Path) -> None:
    async with owned(tmp_path, dead=True) as (room, app):
        room.simulator.world.set_bot(OWNER, "kicked")
        for _ in range(3):
            await app.work("poll", "send")
            room.clock.move(3600)
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.work("compose", "send")
        assert room.chat()
        (alert,) = await alerts(app)
        assert alert.state is DeliveryState.FAILED


async def test_without_an_owner_nothing_is_queued(tmp_path: Path) -> None:
    outlets = [replace(one, format="dead") for one in samples()[0][:2]]
    async with newsroom(tmp_path, outlets=outlets, articles=[]) as room, room.app() as app:
        assert app.deps.owner is None
        await app.work("poll", "send")
        assert await alerts(app) == []


async def test_the_owner_is_told_in_the_language_of_the_digest_in_the_same_chat(tmp_path: Path) -> None:
    async with owned(tmp_path, dead=True, owner=CHAT) as (room, app):
        room.declare("digests", {"morning": {"chat": CHAT, "times": ["07:30"], "language": "zh"}})
        await app.import_config()
        await app.work("poll", "send")
        (text,) = heard(room, CHAT)
        assert "已停止读取" in text


async def look(room: Newsroom, app: App, seconds: float = 61) -> None:
    """Time goes on; the house's troubles are looked at, and what is to be said is said."""
    room.clock.move(seconds)
    await app.runner.put([step for step in await plan(app.deps) if step.name == "alert"])
    await app.runner.idle()


async def test_late_digests_are_told_once_over_a_restart_and_once_when_over(
    tmp_path: Path, store_url: str
) -> None:
    async with newsroom(tmp_path, outlets=samples()[0][:1], articles=[]) as room:
        room.simulator.world.add_chat(OWNER, "channel", "Owner")
        room.use(owner_chat=str(OWNER), database=store_url)
        room.changed = True
        async with room.app() as app:
            room.clock.set(SLOT + timedelta(minutes=8))
            await look(room, app)
            assert heard(room) == []
            await look(room, app, 300)
        async with room.app() as app:
            await look(room, app)
            await look(room, app)
            (text,) = heard(room)
            assert text == "1 digest is more than 10 minutes late. What holds it up: /status, /outbox"
            await app.work("poll", "compose", "send")
            await look(room, app)
        async with room.app() as app:
            for _ in range(3):
                await look(room, app, 200)
            assert heard(room)[1:] == ["Digests go out on time again."]


async def test_a_message_that_nobody_knows_of_is_told_with_where_to_decide(tmp_path: Path) -> None:
    async with owned(tmp_path) as (room, app):
        room.clock.set(SLOT + timedelta(seconds=5))
        room.simulator.faults.add(Fault(kind="cut", method="sendMessage"))
        room.simulator.faults.add(Fault(kind="cut", method="sendRichMessage"))
        await app.work("compose", "send")
        async with app.deps.store.begin() as tx:
            (held,) = await tx.deliveries([DeliveryState.AMBIGUOUS], 5)
        room.simulator.faults.clear()
        for _ in range(3):
            await look(room, app)
        (text,) = heard(room)
        assert text.startswith("1 message may have arrived or not")
        async with app.deps.store.begin() as tx:
            await tx.decide(held.id, arrived=True, now=room.clock.now())
        for _ in range(3):
            await look(room, app)
        assert heard(room)[1:] == ["No message waits for your decision any more."]


async def test_a_spent_budget_is_told_once_and_midnight_ends_it(tmp_path: Path) -> None:
    async with owned(tmp_path) as (room, app):
        ledger = Ledger(app.deps.store, room.clock, Budget(day=1.0, month=20.0))
        for cost, refused in ((0.5, False), (0.4, False), (0.2, True), (0.2, True)):
            line = ledger.open(task="story", model="m", prompt="p")
            line.usage.cost = cost
            if refused:
                with pytest.raises(Broken):
                    await line.allow(cost)
            else:
                await line.allow(cost)
                await line.close()
            await look(room, app)
        (text,) = heard(room)
        assert text.startswith("Today’s budget for language models ($1.00) is spent.")
        await look(room, app, 18 * 3600)
        assert heard(room)[1:2] == ["Language models may be used again: the day’s budget has room."]


async def test_a_dead_feed_that_is_read_again_is_told_too(tmp_path: Path) -> None:
    async with owned(tmp_path, dead=True) as (room, app):
        await app.work("poll", "send")
        await look(room, app)
        room.clock.move(24 * 3600)
        async with app.deps.store.begin() as tx:
            (feed,) = await tx.feeds()
            await tx.put_feeds([replace(feed, status=FeedStatus.OFF)])
            await tx.put_feeds([replace(feed, status=FeedStatus.ACTIVE)])
        await look(room, app)
        assert len(heard(room)) == 1
        async with app.deps.store.begin() as tx:
            (feed,) = await tx.feeds()
            well = replace(feed, polls=feed.polls + 1, last_success_at=room.clock.now())
            await tx.record_polls([make.poll(well, polled_at=room.clock.now())])
        await look(room, app)
        await look(room, app)
        assert heard(room)[1:] == ["Meridian Wire is read again."]


async def test_troubles_are_told_in_the_owners_language(tmp_path: Path) -> None:
    async with owned(tmp_path, owner=CHAT) as (room, app):
        room.declare("digests", {"morning": {"chat": CHAT, "times": ["07:30"], "language": "ar"}})
        await app.import_config()
        await app.runner.put([Step(name="alert", ids=("2",))])
        await app.runner.idle()
        await app.runner.put([Step(name="alert", ids=("0",))])
        room.clock.move(301)
        await app.runner.put([Step(name="alert", ids=("0",))])
        await app.runner.idle()
        assert heard(room, CHAT)[0].startswith("نشرتان متأخرتان أكثر من 10 دقيقة")


async def test_without_an_owner_troubles_are_in_the_log_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with newsroom(tmp_path, outlets=samples()[0][:1], articles=[]) as room, room.app() as app:
        await app.runner.put([Step(name="alert", ids=("2",))])
        await app.runner.idle()
        assert await alerts(app) == []
    assert "trouble_began trouble=late figure=2 step=alert" in caplog.text
