"""R9 of docs/faults.md: the clock jumps, the machine sleeps, the bot is off; each slot goes out once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.pipeline import plan
from bot.types import DeliveryState
from tests.pipeline.newsroom import Newsroom
from tests.pipeline.test_faults import SLOT, collected, home, small

pytestmark = pytest.mark.slow

__all__ = ["collected", "home"]

TICK = 5.0
Jump = Callable[[Newsroom], None]


def set_by(seconds: float) -> Jump:
    """Somebody, or NTP, sets the clock; no time passes."""
    return lambda room: room.clock.set(room.clock.now() + timedelta(seconds=seconds))


def asleep(seconds: float) -> Jump:
    """The lid is closed for so long."""
    return lambda room: room.clock.move(seconds)


async def tick(room: Newsroom, app: App, times: int) -> None:
    for _ in range(times):
        await app.runner.put(await plan(app.deps))
        await app.runner.idle()
        room.clock.move(TICK)


async def editions(app: App) -> list[str]:
    """The slots that were composed; every message of theirs is sent."""
    async with app.deps.store.begin() as tx:
        assert {item.state for item in await tx.deliveries(None, 100)} <= {DeliveryState.SENT}
        return sorted(str(row["slot_at"]) for row in await tx.editions(100))


@pytest.mark.parametrize(
    "jump",
    [
        pytest.param(set_by(3600), id="an hour ahead"),
        pytest.param(set_by(-3600), id="an hour back"),
        pytest.param(set_by(2 * 86400), id="two days ahead"),
        pytest.param(asleep(3 * 3600), id="asleep for three hours"),
        pytest.param(asleep(5.0), id="nothing"),
    ],
)
@pytest.mark.parametrize("before", [-600.0, -4.0, 7.0], ids=["long before", "just before", "just after"])
async def test_after_a_jump_each_slot_goes_out_once_within_a_minute(
    jump: Jump, before: float, home: Path
) -> None:
    async with small(home) as room, room.app() as app:
        room.clock.set(SLOT + timedelta(seconds=before))
        await tick(room, app, 2)
        jump(room)
        room_for_late = app.deps.rules.late_limit  # an older slot is skipped, and listed
        back = room.clock.now()
        await tick(room, app, 12)
        if back >= SLOT and (back - SLOT) % timedelta(days=1) <= room_for_late:
            assert len(room.chat()) >= 1  # within a minute of the jump
        made = len(await editions(app))
        end = SLOT
        while end < back:  # a slot of more than half a day ago is skipped: the next one is not
            end += timedelta(days=1)
        await on_to(room, app, end + timedelta(minutes=3))
        slots = await editions(app)
        assert len(slots) == len(set(slots))
        assert made <= len(slots)
        assert slots
        assert once(room)


async def on_to(room: Newsroom, app: App, end: datetime) -> None:
    """Let time go on, in coarser steps, until the slot is behind us by any clock."""
    while room.clock.now() < end:
        await tick(room, app, 1)
        room.clock.move(55)


def once(room: Newsroom) -> bool:
    return len(set(room.chat())) == len(room.chat())


@pytest.mark.postgres
@pytest.mark.parametrize(
    "jump",
    [set_by(3600), set_by(-3600), set_by(2 * 86400), asleep(3 * 3600)],
    ids=["+1h", "-1h", "+2d", "3h"],
)
async def test_the_same_on_postgres(jump: Jump, postgres_url: str, tmp_path: Path) -> None:
    """Just before the slot, where a jump can do most."""
    async with small(tmp_path) as room:
        room.use(database=postgres_url)
        room.changed = True
        async with room.app() as app:
            await app.work("poll", "read", "place")
            room.clock.set(SLOT - timedelta(seconds=4))
            await tick(room, app, 1)
            jump(room)
            await tick(room, app, 12)
            end = SLOT
            while end < room.clock.now() - timedelta(minutes=2):
                end += timedelta(days=1)
            await on_to(room, app, end + timedelta(minutes=3))
            slots = await editions(app)
            assert slots
            assert len(slots) == len(set(slots))
            assert once(room)


@pytest.mark.parametrize("where", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_a_clock_set_two_days_ahead_and_back_sends_no_slot_twice(
    where: str, home: Path, request: pytest.FixtureRequest
) -> None:
    async with small(home) as room:
        if where == "postgres":
            room.use(database=request.getfixturevalue("postgres_url"))
            room.changed = True
        await _two_days_ahead_and_back(room)


async def _two_days_ahead_and_back(room: Newsroom) -> None:
    async with room.app() as app:
        await app.work("poll", "read", "place")
        room.clock.set(SLOT + timedelta(seconds=5))
        await tick(room, app, 3)
        sent = len(room.chat())
        assert sent
        room.clock.set(SLOT + timedelta(days=2, seconds=5))
        await tick(room, app, 3)
        room.clock.set(SLOT + timedelta(seconds=60))
        await tick(room, app, 6)
        slots = await editions(app)
        assert len(slots) == len(set(slots)) == 2
        assert once(room)


async def test_a_bot_that_was_off_for_three_hours_sends_one_late_edition(
    store_url: str, tmp_path: Path
) -> None:
    async with small(tmp_path) as room:
        if not store_url.startswith("sqlite"):
            room.use(database=store_url)
        room.changed = True
        async with room.app() as app:
            await app.work("poll", "read", "place")
        room.clock.set(SLOT + timedelta(hours=3))
        async with room.app() as app:
            began = room.clock.monotonic()
            while not room.chat() and room.clock.monotonic() - began < 400:
                await tick(room, app, 1)
            # It reads what it missed first: that takes at most CATCH_UP.
            assert room.clock.monotonic() - began <= 360
            await tick(room, app, 12)
            assert len(await editions(app)) == 1
        assert once(room)
        assert "late" in room.chat()[0].lower() or "07:30" in room.chat()[0]
