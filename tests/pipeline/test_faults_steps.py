"""R1 of docs/faults.md: kill -9 at each named step between a feed and a chat, on both databases."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.store import open_store
from bot.demo.chaos.script import MOMENTS
from tests.databases import empty
from tests.pipeline.newsroom import Newsroom
from tests.pipeline.test_faults import FEW, FEW_ARTICLES, Forge, finish, forging, forker

__all__ = ["forker"]

OUTSIDE_THE_OUTBOX = ("record_polls", "record_read", "apply", "record_digests", "retain", "put_note")
"""The outbox's own steps are test_outbox_kill.py's. The last two: retention, and that a backup was made."""

SHOWN = sum(one.outlet in FEW for one in FEW_ARTICLES)


async def a_life_cut_short(home: Path, forker: subprocess.Popen[str], url: str, step: str, nth: int) -> bool:
    """Kill a bot at the step, let others finish, judge; gives whether it died."""
    async with forging(home, forker, FEW_ARTICLES) as (room, forge):
        if not url.startswith("sqlite"):
            empty(url)
            await moved(room, url)
        code = await forge.live(step=step, nth=nth)
        assert code in (0, -signal.SIGKILL)
        outcome = await finish(room, forge)  # all is sent, and stands in the chat once
        assert outcome.rows["digests"] == 1
        assert outcome.told
        # Under load a page may have been too slow for the digest; it is read all the same.
        await until_all_is_read(room, forge)
        return code != 0


async def until_all_is_read(room: Newsroom, forge: Forge) -> None:
    store = open_store(room.settings.database_url, clock=room.clock)
    counts: Mapping[str, int] = {}
    try:
        for _ in range(6):
            async with store.begin() as tx:
                counts = await tx.counts()
                unread = await tx.unread_entries(room.clock.now() + timedelta(days=1), 10)
            if not unread and counts["placements"] == SHOWN:
                break
            assert await forge.live() == 0
        assert [counts[name] for name in ("entries", "articles", "placements")] == [SHOWN] * 3
        assert (counts["digests"], counts["deliveries"]) == (1, 1)
    finally:
        await store.close()


async def moved(room: Newsroom, url: str) -> None:
    """The same newsroom on this database."""
    room.use(database=url)
    room.changed = True
    async with room.app():
        pass


def steps() -> list[str]:
    return [f"{call}:{moment}" for call in OUTSIDE_THE_OUTBOX for moment in MOMENTS]


@pytest.mark.slow
@pytest.mark.parametrize("step", steps())
async def test_a_kill_at_each_step_of_the_path_loses_and_doubles_nothing(
    step: str, store_url: str, tmp_path: Path, forker: subprocess.Popen[str]
) -> None:
    if step.startswith("put_note") and not store_url.startswith("sqlite"):
        pytest.skip("backups of PostgreSQL are pg_dump's, and nobody notes them")
    assert await a_life_cut_short(tmp_path / "home", forker, store_url, step, 1)


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize("step", steps())
async def test_twenty_kills_at_each_step_of_the_path(
    step: str, store_url: str, tmp_path: Path, forker: subprocess.Popen[str]
) -> None:
    if step.startswith("put_note") and not store_url.startswith("sqlite"):
        pytest.skip("backups of PostgreSQL are pg_dump's, and nobody notes them")
    # Steps come once a batch or once an entry: at the sixth time some are over, and nobody dies.
    died = [await a_life_cut_short(tmp_path / f"{n}", forker, store_url, step, n % 5 + 1) for n in range(20)]
    assert sum(died) >= 4
