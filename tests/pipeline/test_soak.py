"""R24 of docs/faults.md: thirty simulated days in one process; what it holds must not grow with the days.

A thousand feeds, asked every four hours, of which a tenth has an article a day, and two hundred readers with
an edition a day.
"""

from __future__ import annotations

import gc
import json
import logging
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from sqlalchemy import make_url

from bot.app import App
from bot.demo.samples import SampleArticle, SampleOutlet
from bot.pipeline import plan
from bot.types import DeliveryState
from tests.pipeline.newsroom import NOW, Newsroom, newsroom, samples

TICK = timedelta(hours=4)
SETTLED = 12
"""Days after which nothing may grow any more: rows are kept for seven, and the window of stories is four."""
FIRST_CHAT = -1003000000000


def outlets(feeds: int) -> tuple[SampleOutlet, ...]:
    return tuple(
        SampleOutlet(
            id=f"o{number}",
            name=f"Outlet {number}",
            domain=f"o{number}.example",
            language="en",
            format="rss20",
            feed_full=True,
        )
        for number in range(feeds)
    )


def of_the_day(day: int, feeds: int) -> list[SampleArticle]:
    """A tenth of the feeds tells what the samples tell, with that day's numbers: a dozen outlets a story."""
    some = [one for one in samples()[1] if one.kind == "article"][:8]
    told = []
    for number in range(feeds // 10):
        one = some[number % len(some)]
        told.append(
            SampleArticle(
                id=f"{one.id}-{day}-{number}",
                outlet=f"o{(day * 37 + number * 10) % feeds}",
                published_at=NOW + timedelta(days=day, minutes=number),
                title=f"{one.title} ({day})",
                summary=one.summary,
                paragraphs=(
                    *one.paragraphs,
                    f"It was day {day} of the count, the ministry said, and {number} people asked about it.",
                ),
                story=f"{one.story}-{day}",
                topics=one.topics,
            )
        )
    return told


def size_of(url: str) -> float:
    """Megabytes of the database."""
    if url.startswith("sqlite"):
        return Path(make_url(url).database or "").stat().st_size / 1e6
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return float(row[0]) / 1e6


def held(url: str) -> dict[str, float]:
    gc.collect()
    process = psutil.Process()
    return {
        "rss_mb": round(process.memory_info().rss / 1e6, 1),
        "descriptors": process.num_fds(),
        "database_mb": round(size_of(url), 2),
    }


async def a_day(room: Newsroom, app: App, day: int, feeds: int) -> None:
    # Feeds list what is new, three days of it.
    room.server.articles = [one for back in range(3) if day >= back for one in of_the_day(day - back, feeds)]
    for _ in range(timedelta(days=1) // TICK):
        await app.runner.put(await plan(app.deps))
        await app.runner.idle()
        room.clock.move(TICK.total_seconds())
    await app.keep_house()


def readers(room: Newsroom, count: int) -> dict[str, Any]:
    """One edition a day each, at a time when a tick is; in two languages and three lengths."""
    for number in range(count):
        room.simulator.world.add_chat(FIRST_CHAT - number, "channel", f"Reader {number}")
    at = (NOW + TICK).strftime("%H:%M")
    return {
        f"r{number}": {
            "chat": FIRST_CHAT - number,
            "times": [at],
            "zone": "UTC",
            "language": ("en", "zh-Hant")[number % 2],
            "length": ("brief", "standard", "deep")[number % 3],
        }
        for number in range(count)
    }


@pytest.mark.nightly
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("days", "feeds", "subscriptions"), [(30, 1000, 200)])
async def test_a_month_holds_no_more_than_its_first_days(
    days: int,
    feeds: int,
    subscriptions: int,
    store_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    logging.disable(logging.CRITICAL)  # pytest keeps every record of a test: 0.85 MB a simulated day
    request.addfinalizer(lambda: logging.disable(logging.NOTSET))
    seen: list[dict[str, float]] = []
    sent: Counter[str] = Counter()
    async with newsroom(tmp_path, outlets=outlets(feeds), articles=()) as room:
        room.declare("digests", readers(room, subscriptions))
        room.use(keep_articles_days=7, keep_digests_days=7, backups=2)
        if not store_url.startswith("sqlite"):
            room.use(database=store_url)
        week = timedelta(days=7)
        async with room.app(keep_articles=week, keep_digests=week, keep_deliveries=week) as app:
            for day in range(days):
                await a_day(room, app, day, feeds)
                # What the simulated chats hold is not the bot's.
                sent.update(str(call.chat) for call in room.simulator.ledger.accepted())
                room.simulator.ledger.calls.clear()
                for chat in room.simulator.world.chats.values():
                    chat.messages.clear()
                seen.append(held(app.settings.database_url))
            async with app.deps.store.begin() as tx:
                counts = dict(await tx.counts())
                states = {item.state for item in await tx.deliveries(None, 100_000)}
    early, late = seen[min(SETTLED, len(seen)) - 1], seen[-1]
    with capsys.disabled():
        print("\n" + json.dumps({"every_third_day": seen[::3], "last": late, "rows": counts}))
    assert states == {DeliveryState.SENT}
    assert len(sent) == subscriptions
    assert min(sent.values()) >= days - 1
    assert late["rss_mb"] <= early["rss_mb"] * 1.05
    assert late["descriptors"] <= early["descriptors"] + 2
    assert late["database_mb"] <= early["database_mb"] * 1.10
