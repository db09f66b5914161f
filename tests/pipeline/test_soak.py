"""R24 of docs/faults.md: thirty simulated days in one process; what it holds must not grow with the days."""

from __future__ import annotations

import gc
import json
import logging
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from bot.app import App
from bot.demo.samples import SampleArticle
from bot.pipeline import plan
from bot.types import DeliveryState
from tests.pipeline.newsroom import NOW, Newsroom, newsroom, samples

DAYS, A_DAY = 30, 8
TICK = timedelta(minutes=30)


def month() -> tuple[SampleArticle, ...]:
    """A few articles a day, told again each day with that day's numbers."""
    outlets = {one.id for one in samples()[0] if one.format not in ("dead", "broken")}
    some = [one for one in samples()[1] if one.kind == "article" and one.outlet in outlets][:A_DAY]
    return tuple(
        SampleArticle(
            id=f"{one.id}-{day}",
            outlet=one.outlet,
            published_at=NOW + timedelta(days=day, minutes=7 * number),
            title=f"{one.title} ({day})",
            summary=one.summary,
            paragraphs=(
                *one.paragraphs,
                f"It was day {day} of the count, the ministry said.",
            ),
            story=f"{one.story}-{day}",
            topics=one.topics,
        )
        for day in range(DAYS)
        for number, one in enumerate(some)
    )


def held(database: Path) -> dict[str, float]:
    gc.collect()
    process = psutil.Process()
    return {
        "rss_mb": process.memory_info().rss / 1e6,
        "descriptors": process.num_fds(),
        "database_mb": database.stat().st_size / 1e6,
    }


async def a_day(room: Newsroom, app: App, all_of_it: tuple[SampleArticle, ...]) -> None:
    for _ in range(timedelta(days=1) // TICK):
        recent = room.clock.now() - timedelta(days=3)  # feeds list what is new
        room.server.articles = [a for a in all_of_it if recent <= a.published_at <= room.clock.now()]
        await app.runner.put(await plan(app.deps))
        await app.runner.idle()
        room.clock.move(TICK.total_seconds())
    await app.keep_house()


@pytest.mark.nightly
@pytest.mark.timeout(7200)
async def test_a_month_holds_no_more_than_its_first_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    logging.disable(logging.CRITICAL)  # pytest keeps every record of a test: 0.85 MB a simulated day
    request.addfinalizer(lambda: logging.disable(logging.NOTSET))
    told = month()
    days: list[dict[str, float]] = []
    async with newsroom(tmp_path, articles=()) as room:
        room.use(keep_articles_days=7, keep_digests_days=7, backups=2)
        room.changed = True
        week = timedelta(days=7)
        async with room.app(keep_articles=week, keep_digests=week, keep_deliveries=week) as app:
            for _ in range(DAYS):
                await a_day(room, app, told)
                days.append(held(tmp_path / "data" / "dateline.db"))
            async with app.deps.store.begin() as tx:
                counts = dict(await tx.counts())
                states = {item.state for item in await tx.deliveries(None, 1000)}
    early, late = days[9], days[-1]
    with capsys.disabled():
        print("\n" + json.dumps({"every_third_day": days[::3], "day_30": late, "rows": counts}))
    assert states == {DeliveryState.SENT}
    assert len(set(room.chat())) == len(room.chat()) >= DAYS - 1
    assert late["rss_mb"] <= early["rss_mb"] * 1.05
    assert late["descriptors"] <= early["descriptors"] + 2
    assert late["database_mb"] <= early["database_mb"] * 1.10
