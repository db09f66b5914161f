"""What the running bot does beside its steps: backups, retention, a look at its files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from bot.adapters.store import SqlTx
from bot.adapters.store.house import RETAIN_AT_ONCE
from bot.adapters.store.schema import calls
from bot.settings.folders import FolderWatch
from tests.pipeline.newsroom import NOW, newsroom


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_day_has_one_backup_and_only_so_many_are_kept(tmp_path: Path) -> None:
    async with newsroom(tmp_path, outlets=[], articles=[]) as room:
        room.use(backups=3)
        async with room.app() as app:
            folder = tmp_path / "data" / "backups"
            for _ in range(5):
                for _ in range(3):
                    await app.keep_house()
                    room.clock.move(3600)
                room.clock.move(21 * 3600)
            kept = names(folder)
            assert kept == ["dateline-20261122.db", "dateline-20261123.db", "dateline-20261124.db"]
            made = (folder / kept[-1]).stat().st_mtime_ns
            await app.keep_house()
            assert (folder / kept[-1]).stat().st_mtime_ns == made


async def test_a_backup_that_an_earlier_process_made_is_not_made_again(tmp_path: Path) -> None:
    async with newsroom(tmp_path, outlets=[], articles=[]) as room, room.app() as app:
        folder = tmp_path / "data" / "backups"
        await asyncio.to_thread(folder.mkdir)
        await asyncio.to_thread((folder / "dateline-20261120.db").write_bytes, b"made")
        await asyncio.to_thread((folder / "mine.db").write_bytes, b"by hand")
        await app.keep_house()
        assert names(folder) == ["dateline-20261120.db", "mine.db"]
        async with app.deps.store.begin() as tx:
            assert await tx.note("backup_day") == "2026-11-20"


async def test_a_backup_that_fails_stops_nothing_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with newsroom(tmp_path, outlets=[], articles=[]) as room, room.app() as app:
        folder = tmp_path / "data" / "backups"
        await asyncio.to_thread(folder.write_text, "a file where the folder should be")
        await app.keep_house()
        assert "housekeeping_failed" in caplog.text
        await asyncio.to_thread(folder.unlink)
        await app.keep_house()
        assert names(folder) == ["dateline-20261120.db"]


async def test_no_backups_are_made_where_none_are_wanted(tmp_path: Path) -> None:
    async with newsroom(tmp_path, outlets=[], articles=[]) as room:
        room.use(backups=0)
        async with room.app() as app:
            await app.keep_house()
    assert "backups" not in names(tmp_path / "data")


async def test_what_is_over_its_age_is_deleted_however_much_it_is(tmp_path: Path) -> None:
    async with newsroom(tmp_path, outlets=[], articles=[]) as room, room.app() as app:
        async with app.deps.store.begin() as tx:
            sql = cast("SqlTx", tx)
            await sql._many(sql._insert(calls), [_old_call()] * (2 * RETAIN_AT_ONCE + 1))
        room.clock.move(100 * 86400)
        await app.keep_house()
        async with app.deps.store.begin() as tx:
            assert (await tx.counts())["calls"] == 0


def _old_call() -> dict[str, Any]:
    numbers = {"tokens_in": 1, "tokens_out": 1, "cost": 0.0, "seconds": 0.0, "estimated": False}
    return {"at": NOW, "task": "story", "model": "m", "prompt": "p"} | numbers


async def test_a_change_of_the_files_counts_once_and_when_it_has_settled(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(text, encoding="utf-8")

    await asyncio.to_thread(write, "feeds.yaml", "feeds: {}")
    watch = FolderWatch(tmp_path)
    assert [watch.changed() for _ in range(3)] == [False, False, False]
    await asyncio.to_thread(write, "feeds.yaml", "feeds: {a: ")
    assert not watch.changed()
    await asyncio.to_thread(write, "feeds.yaml", "feeds: {a: {url: x}}")
    assert [watch.changed() for _ in range(4)] == [False, True, False, False]
    await asyncio.to_thread(write, "notes.txt", "no file of ours")
    assert [watch.changed() for _ in range(2)] == [False, False]
    await asyncio.to_thread((tmp_path / "feeds.yaml").unlink)
    assert [watch.changed() for _ in range(3)] == [False, True, False]
