"""Backups under load, restores with the outbox paused, one bot per folder."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psycopg
import pytest

from bot.adapters.clock import FixedClock
from bot.adapters.store import (
    FolderLock,
    SqlStore,
    backup,
    migrate,
    newest_version,
    open_store,
    restore,
    schema_version,
)
from bot.adapters.store.engine import connect_sqlite
from bot.adapters.store.restored import WHY
from bot.errors import Misconfigured
from bot.types import FeedId
from tests import make
from tests.databases import postgres_programs


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def _fill(store: SqlStore) -> None:
    async with store.begin() as tx:
        await tx.put_feeds([make.feed()])
        await tx.put_subscription(make.subscription())
        await tx.record_digest(make.digest(), make.deliveries("g", 2))


async def _feeds(url: str) -> list[FeedId]:
    store = open_store(url, clock=FixedClock(make.NOW))
    async with store.begin() as tx:
        found = [feed.id for feed in await tx.feeds()]
    await store.close()
    return found


# ---------------------------------------------------------------------------------------------- backup


BACKUPS = 20


@asynccontextmanager
async def under_load(store: SqlStore) -> AsyncIterator[None]:
    """Somebody writes, without a pause, two rows that are never apart, and a message."""
    stop = asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while not stop.is_set():
            async with store.begin() as tx:
                await tx.put_note("left", str(written))
                await tx.put_note("right", str(written))
                await tx.queue([make.delivery(f"k{written}", part=make.part("x" * 4_000))])
            written += 1

    writer = asyncio.create_task(write())
    try:
        yield
    finally:
        stop.set()
        await writer
    assert written > BACKUPS


async def test_a_backup_under_load_is_whole_and_consistent(
    sqlite_store: SqlStore, sqlite_url: str, tmp_path: Path
) -> None:
    async with under_load(sqlite_store):
        for number in range(BACKUPS):
            saved = await backup(sqlite_url, tmp_path / "backups" / f"{number}.db")
            with closing(connect_sqlite(saved)) as connection:
                rows = dict(connection.execute("SELECT key, value FROM notes").fetchall())
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                messages = connection.execute("SELECT count(*) FROM deliveries").fetchone()[0]
            assert rows.get("left") == rows.get("right")
            assert messages == int(rows.get("left", -1)) + 1
    assert set(_names(tmp_path / "backups")) == {f"{n}.db" for n in range(BACKUPS)}


@pytest.mark.slow
@pytest.mark.postgres
async def test_dumps_under_load_come_back_whole_with_the_outbox_paused(
    postgres_url: str, tmp_path: Path, store_clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _programs_on_path(monkeypatch)
    store = open_store(postgres_url, clock=store_clock)
    async with under_load(store):
        for number in range(BACKUPS):
            saved = await backup(postgres_url, tmp_path / f"{number}.dump")
            copy = await asyncio.to_thread(_put_back, postgres_url, saved)
            await migrate(copy)  # as each start does
            again = open_store(copy, clock=store_clock)
            async with again.begin() as tx:
                assert await tx.outbox_paused() == WHY
                left, right = await tx.note("left"), await tx.note("right")
                counted = (await tx.counts())["deliveries"]
            await again.close()
            assert left == right
            assert counted == int(left or -1) + 1
    await store.close()


@pytest.mark.postgres
async def test_only_a_database_that_was_put_back_is_paused_and_only_once(
    postgres_url: str, tmp_path: Path, store_clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _programs_on_path(monkeypatch)
    for _ in range(2):
        await migrate(postgres_url)
    saved = await backup(postgres_url, tmp_path / "saved.dump")
    copy = await asyncio.to_thread(_put_back, postgres_url, saved)
    told = []
    for url in (postgres_url, copy):
        await migrate(url)
        store = open_store(url, clock=store_clock)
        async with store.begin() as tx:
            told.append(await tx.outbox_paused())
            await tx.pause_outbox(False, "")
        await migrate(url)
        async with store.begin() as tx:
            told.append(await tx.outbox_paused())
        await store.close()
    assert told == ["", "", WHY, ""]


def _programs_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = postgres_programs()
    assert programs is not None
    if "DATELINE_TEST_PG_URL" in os.environ:
        pytest.skip("a server of another's choice needs a pg_dump of its version")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


def _put_back(url: str, saved: Path) -> str:
    """A dump restored into a database of its own, whose address this is."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("DROP DATABASE IF EXISTS dateline_test_back WITH (FORCE)")
        connection.execute("CREATE DATABASE dateline_test_back")
    copy = url.rpartition("/")[0] + "/dateline_test_back"
    subprocess.run(["pg_restore", f"--dbname={copy}", saved], check=True)
    return copy


async def test_a_backup_replaces_no_file(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "old.db").write_text("precious")
    with pytest.raises(Misconfigured, match="exists already"):
        await backup(sqlite_url, tmp_path / "old.db")
    assert (tmp_path / "old.db").read_text() == "precious"


async def test_there_must_be_something_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no database to back up"):
        await backup(f"sqlite:///{tmp_path}/none.db", tmp_path / "saved.db")
    assert _names(tmp_path) == []


@pytest.mark.postgres
async def test_postgres_is_backed_up_by_pg_dump(
    postgres_url: str, tmp_path: Path, store_clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _programs_on_path(monkeypatch)
    store = open_store(postgres_url, clock=store_clock)
    await _fill(store)
    await store.close()
    saved = await backup(postgres_url, tmp_path / "saved.dump")
    assert saved.read_bytes().startswith(b"PGDMP")
    copy = await asyncio.to_thread(_put_back, postgres_url, saved)
    assert await _feeds(copy) == ["bbc-world"]


@pytest.mark.postgres
async def test_without_pg_dump_the_error_says_what_to_install(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Misconfigured, match="pg_dump is not on the PATH") as caught:
        await backup(postgres_url, tmp_path / "saved.dump")
    assert "client programs" in caught.value.hint


@pytest.mark.postgres
async def test_a_failed_pg_dump_leaves_no_file_and_shows_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = postgres_programs()
    assert programs is not None
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    with pytest.raises(Misconfigured, match="pg_dump failed") as caught:
        await backup("postgresql://me:secret@127.0.0.1:1/x", tmp_path / "folder" / "saved.dump")
    assert "secret" not in str(caught.value)
    assert _names(tmp_path / "folder") == []


# --------------------------------------------------------------------------------------------- restore


async def test_a_restored_outbox_starts_paused(
    sqlite_store: SqlStore, sqlite_url: str, tmp_path: Path, store_clock: FixedClock
) -> None:
    await _fill(sqlite_store)
    saved = await backup(sqlite_url, tmp_path / "saved.db")
    elsewhere = f"sqlite:///{tmp_path}/new/dateline.db"
    assert await restore(saved, elsewhere) is None
    store = open_store(elsewhere, clock=store_clock)
    async with store.begin() as tx:
        assert await tx.outbox_paused() == "restored from saved.db"
        claim = await tx.claim(
            token="a", now=make.NOW, until=make.later(minutes=1), limit=9, channel="telegram"
        )
        assert claim == ()
        assert len(await tx.deliveries()) == 2
        assert await tx.subscriptions() == (make.subscription(),)
    await store.close()
    async with sqlite_store.begin() as tx:
        assert await tx.outbox_paused() == ""  # the database that was saved is as it was


async def test_a_database_that_holds_something_is_replaced_only_by_force_and_kept(
    sqlite_url: str, tmp_path: Path, store_clock: FixedClock
) -> None:
    empty = await backup(sqlite_url, tmp_path / "empty.db")
    for number in (1, 2):
        store = open_store(sqlite_url, clock=store_clock)
        async with store.begin() as tx:
            await tx.put_feeds([make.feed(f"feed-{number}")])
        await store.close()
        with pytest.raises(Misconfigured, match="not empty"):
            await restore(empty, sqlite_url)
        assert await _feeds(sqlite_url) == [f"feed-{number}"]
        kept = await restore(empty, sqlite_url, force=True)
        assert kept is not None
        assert await _feeds(sqlite_url) == []
        assert await _feeds(f"sqlite:///{kept}") == [f"feed-{number}"]
    names = {path.name for path in _file(sqlite_url).parent.iterdir() if "restore" in path.name}
    assert {name for name in names if not name.endswith(("-wal", "-shm"))} == {
        "dateline.db.before-restore",
        "dateline.db.before-restore-2",
    }


async def test_an_empty_database_is_replaced_without_asking(sqlite_url: str, tmp_path: Path) -> None:
    saved = await backup(sqlite_url, tmp_path / "saved.db")
    await restore(saved, sqlite_url)
    assert await schema_version(sqlite_url) == newest_version()


@pytest.mark.parametrize("force", [False, True])
async def test_nothing_is_restored_under_a_running_bot(sqlite_url: str, tmp_path: Path, force: bool) -> None:
    saved = await backup(sqlite_url, tmp_path / "saved.db")
    with FolderLock(_file(sqlite_url).parent), pytest.raises(Misconfigured, match="another Dateline runs"):
        await restore(saved, sqlite_url, force=force)


@pytest.mark.parametrize("what", ["garbage", "empty", "foreign", "cut", "newer", "missing"])
async def test_what_is_no_backup_of_ours_is_refused_and_the_database_stays(
    sqlite_store: SqlStore, sqlite_url: str, tmp_path: Path, what: str
) -> None:
    await _fill(sqlite_store)
    good = await backup(sqlite_url, tmp_path / "good.db")
    await sqlite_store.close()
    bad = tmp_path / "bad.db"
    if what == "garbage":
        bad.write_bytes(os.urandom(50_000))
    elif what == "empty":
        bad.touch()
    elif what == "cut":
        bad.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    elif what != "missing":
        bad.write_bytes(good.read_bytes())
        with closing(connect_sqlite(bad)) as connection:
            statement = (
                "DROP TABLE feeds" if what == "foreign" else "UPDATE alembic_version SET version_num = 'z'"
            )
            connection.execute(statement)
    with pytest.raises(Misconfigured) as caught:
        await restore(bad, sqlite_url, force=True)
    assert "bad.db" in str(caught.value)
    assert await _feeds(sqlite_url) == ["bbc-world"]
    assert not [path for path in _file(sqlite_url).parent.iterdir() if "rest" in path.name]


async def test_postgres_is_not_restored_by_us(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        await restore(tmp_path / "x", "postgresql://me@host/x")
    assert "pg_restore" in caught.value.hint


# ----------------------------------------------------------------------------------------- folder lock


def test_a_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "data"):
        with pytest.raises(Misconfigured) as caught:
            FolderLock(tmp_path / "data").acquire()
        assert caught.value.ids["process"] == str(os.getpid())
        assert str(os.getpid()) in caught.value.hint
        with FolderLock(tmp_path / "other"):
            pass
    with FolderLock(tmp_path / "data"):
        pass


def test_taking_a_lock_twice_and_giving_it_back_twice_is_harmless(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire()
    lock.acquire()
    lock.release()
    lock.release()
    with FolderLock(tmp_path):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom bot.adapters.store import FolderLock\n"
        "lock = FolderLock(Path(sys.argv[1]))\nlock.acquire()\nprint('held', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Misconfigured, match=f"process {other.pid}"):
            FolderLock(tmp_path).acquire()
        other.send_signal(signal.SIGKILL)
        other.wait()
        with FolderLock(tmp_path):
            pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Misconfigured, match="cannot be written"):
        FolderLock(tmp_path / "file").acquire()


async def test_a_lock_does_not_keep_the_holder_from_migrating(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        assert await migrate(f"sqlite:///{tmp_path}/dateline.db") == newest_version()
