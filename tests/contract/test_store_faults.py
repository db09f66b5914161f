"""What the store does when the world fails it: locks, kills, cut connections, commits that do not happen."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psycopg
import pytest

from bot.adapters.clock import FixedClock
from bot.adapters.store import SqlStore, SqlTx, engine, open_store, sqlite_version, warnings
from bot.errors import DatelineError, Misconfigured, Transient
from bot.types import DeliveryState
from tests import make


class FailingStore:
    """A store whose n-th commit fails: before it happened, or after it did but unheard."""

    def __init__(self, store: SqlStore, fail_at: int, *, unheard: bool) -> None:
        self._store = store
        self._left = fail_at
        self._unheard = unheard
        self.failed = False

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTx]:
        self._left -= 1
        now = self._left == 0
        async with self._store.begin() as tx:
            yield tx
            if now and not self._unheard:
                self.failed = True
                raise Transient("the commit did not happen")
        if now:
            self.failed = True
            raise Transient("the commit happened, but nobody heard of it")


async def work(store: FailingStore | SqlStore, token: str, wire: list[str]) -> None:
    """Composes, claims, marks, sends and settles once, as the pipeline does."""
    async with store.begin() as tx:
        await tx.record_digest(make.digest(), make.deliveries("g", 3))
    for _ in range(3):
        async with store.begin() as tx:
            claimed = await tx.claim(
                token=token, now=make.NOW, until=make.later(seconds=60), limit=8, channel="telegram"
            )
        async with store.begin() as tx:
            marked = await tx.mark_sending([item.id for item in claimed], token, make.later(seconds=60))
        wire += [item.key for item in claimed if item.id in marked]
        async with store.begin() as tx:
            await tx.settle([make.outcome(item, token) for item in claimed if item.id in marked])


@pytest.mark.parametrize("unheard", [False, True], ids=["rolled back", "unheard"])
@pytest.mark.parametrize("fail_at", range(1, 11))
async def test_whichever_commit_fails_nothing_is_lost_or_doubled(
    store: SqlStore, fail_at: int, unheard: bool
) -> None:
    wire: list[str] = []
    failing = FailingStore(store, fail_at, unheard=unheard)
    with pytest.raises(Transient):
        await work(failing, "first", wire)
    assert failing.failed
    for attempt in range(4):  # later: leases over, a person decides what is ambiguous by looking at the chat
        async with store.begin() as tx:
            await tx.recover(make.later(minutes=2))
            for item in await tx.deliveries([DeliveryState.AMBIGUOUS]):
                await tx.decide(item.id, arrived=item.key in wire, now=make.NOW)
        await work(store, f"again-{attempt}", wire)
    assert wire == ["g:0", "g:1", "g:2"]
    async with store.begin() as tx:
        assert {item.state for item in await tx.deliveries()} == {DeliveryState.SENT}


async def test_an_error_in_the_block_rolls_everything_back(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.begin() as tx:
            await tx.put_feeds([make.feed()])
            await tx.put_note("a", "b")
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    async with store.begin() as tx:
        assert (await tx.feeds(), await tx.note("a")) == ((), None)


async def test_a_cancelled_transaction_leaves_nothing_and_the_store_goes_on(store: SqlStore) -> None:
    entered = asyncio.Event()

    async def never_ends() -> None:
        async with store.begin() as tx:
            await tx.put_note("a", "b")
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_ends())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.begin() as tx:
        assert await tx.note("a") is None


async def test_transactions_cancelled_at_any_moment_leave_the_store_usable(store: SqlStore) -> None:
    async def busy(number: int) -> None:
        async with store.begin() as tx:
            for step in range(5):
                await tx.put_note(f"{number}", str(step))

    for turns in range(1, 40):
        tasks = [asyncio.create_task(busy(number)) for number in range(3)]
        for _ in range(turns):
            await asyncio.get_running_loop().run_in_executor(None, int)  # lets other threads and tasks go on
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with store.begin() as tx:
        notes = [await tx.note(str(number)) for number in range(3)]
    assert set(notes) <= {None, "4"}  # whole transactions or none


async def test_tasks_wait_for_each_other_instead_of_failing(store: SqlStore) -> None:
    async def write(number: int) -> None:
        async with store.begin() as tx:
            await tx.put_note(f"note-{number}", "x")

    await asyncio.gather(*(write(number) for number in range(100)))
    async with store.begin() as tx:
        assert (await tx.counts())["notes"] == 100


# ---------------------------------------------------------------------------------------------- SQLite

_HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
held.execute("BEGIN IMMEDIATE")
held.execute("INSERT INTO notes VALUES ('held', 'yes')")
print("held", flush=True)
sys.stdin.readline()
held.execute("COMMIT")
"""


def _hold(url: str) -> subprocess.Popen[str]:
    file = url.removeprefix("sqlite:///")
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLD, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


async def test_a_database_locked_by_another_process_is_waited_for(
    sqlite_store: SqlStore, sqlite_url: str
) -> None:
    async with sqlite_store.begin() as tx:
        await tx.put_note("before", "yes")
    with _hold(sqlite_url) as other:

        async def write() -> str | None:
            async with sqlite_store.begin() as tx:
                await tx.put_note("after", "yes")
                return await tx.note("held")

        waiting = asyncio.create_task(write())
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done  # and the event loop was free meanwhile
        other.communicate("go\n")
        assert await waiting == "yes"


async def test_a_lock_that_is_never_freed_is_a_transient_failure(
    sqlite_url: str, store_clock: FixedClock
) -> None:
    store = open_store(sqlite_url, clock=store_clock, busy_timeout=0.2)
    with _hold(sqlite_url) as other:
        for _ in range(2):
            with pytest.raises(Transient, match="locked by another process"):
                async with store.begin() as tx:
                    await tx.put_note("a", "b")
        other.communicate("go\n")
    async with store.begin() as tx:
        assert await tx.note("held") == "yes"
    await store.close()


async def test_a_killed_writer_leaves_the_last_commit(sqlite_url: str, store_clock: FixedClock) -> None:
    with _hold(sqlite_url) as other:
        other.send_signal(signal.SIGKILL)
    store = open_store(sqlite_url, clock=store_clock)
    async with store.begin() as tx:
        assert await tx.note("held") is None
        await tx.put_note("a", "b")
    await store.close()


async def test_sqlite_runs_with_the_settings_that_durability_asks_for(sqlite_store: SqlStore) -> None:
    async with sqlite_store.begin() as tx:
        found = {
            name: (await tx._connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "mmap_size", "busy_timeout")
        }
        running = (await tx._connection.exec_driver_sql("SELECT sqlite_version()")).scalar()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "mmap_size": 0,
        "busy_timeout": 30_000,
    }
    assert running == sqlite_version()


async def test_a_missing_database_says_what_to_do(tmp_path: Path, store_clock: FixedClock) -> None:
    store = open_store(f"sqlite:///{tmp_path}/none.db", clock=store_clock)
    with pytest.raises(Misconfigured, match="there is no database") as caught:
        async with store.begin():
            pass
    assert "dateline migrate" in caught.value.hint
    assert not (tmp_path / "none.db").exists()
    await store.close()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 200], ids=["empty", "garbage"])
async def test_a_file_that_is_no_database_says_so(
    tmp_path: Path, store_clock: FixedClock, content: bytes
) -> None:
    (tmp_path / "x.db").write_bytes(content)
    store = open_store(f"sqlite:///{tmp_path}/x.db", clock=store_clock)
    with pytest.raises(Misconfigured, match=r"no tables|no database"):
        async with store.begin() as tx:
            await tx.feeds()
    await store.close()


@pytest.mark.parametrize(
    "url", ["mysql://host/x", "sqlite://", "sqlite:///:memory:", "dateline.db", "", "://"], ids=str
)
def test_an_address_of_no_use_is_refused(url: str, store_clock: FixedClock) -> None:
    with pytest.raises(Misconfigured) as caught:
        open_store(url, clock=store_clock)
    assert "sqlite:///" in caught.value.hint


async def test_a_full_disk_is_a_transient_failure_and_nothing_is_half_written(
    sqlite_store: SqlStore, sqlite_url: str
) -> None:
    async with sqlite_store.begin() as tx:
        pages = (await tx._connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await tx._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")

    async def fill() -> None:
        async with sqlite_store.begin() as tx:
            await tx.put_note("small", "x")
            await tx.put_note("big", "x" * 200_000)

    with pytest.raises(Transient, match="disk is full"):
        await fill()
    async with sqlite_store.begin() as tx:
        assert await tx.note("small") is None
        await tx._connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        await tx.put_note("big", "x" * 200_000)


def test_an_old_sqlite_is_warned_about_and_only_for_sqlite() -> None:
    said = warnings("sqlite:///x.db")
    newest = engine.SQLITE.sqlite_version_info >= (3, 51, 3)
    assert (said == ()) == newest
    assert newest or sqlite_version() in said[0]
    assert warnings("postgresql://host/x") == ()


def test_passwords_are_not_shown() -> None:
    shown = engine.where("postgresql://me:secret@host/x")
    assert "secret" not in shown
    assert "host/x" in shown


# ------------------------------------------------------------------------------------------ PostgreSQL


@pytest.mark.postgres
async def test_connections_that_the_server_cut_are_replaced(
    postgres_url: str, store_clock: FixedClock
) -> None:
    store = open_store(postgres_url, clock=store_clock)
    async with store.begin() as tx:
        await tx.put_note("a", "b")

    async def cut_off() -> None:
        async with store.begin() as tx:
            await tx.put_note("a", "c")
            _cut_all(postgres_url)
            await tx.put_note("a", "d")

    with pytest.raises(Transient):
        await cut_off()
    async with store.begin() as tx:
        assert await tx.note("a") == "b"
    _cut_all(postgres_url)
    async with store.begin() as tx:
        assert await tx.note("a") == "b"
    await store.close()


def _cut_all(url: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.postgres
async def test_a_server_that_is_not_there_is_a_transient_failure(store_clock: FixedClock) -> None:
    store = open_store("postgresql://me:secret@127.0.0.1:1/x", clock=store_clock)
    with pytest.raises(Transient) as caught:
        async with store.begin():
            pass
    assert "127.0.0.1:1/x" in str(caught.value)
    assert "secret" not in str(caught.value)
    await store.close()


@pytest.mark.postgres
async def test_a_database_without_tables_says_what_to_do(postgres_url: str, store_clock: FixedClock) -> None:
    with closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        connection.execute("DROP DATABASE IF EXISTS dateline_empty WITH (FORCE)")
        connection.execute("CREATE DATABASE dateline_empty")
    for database, match in (("dateline_empty", "no tables"), ("dateline_none", "no such database")):
        store = open_store(postgres_url.rpartition("/")[0] + "/" + database, clock=store_clock)
        with pytest.raises(DatelineError, match=match):
            async with store.begin() as tx:
                await tx.feeds()
        await store.close()


@pytest.mark.postgres
async def test_more_tasks_than_connections_wait_their_turn(
    postgres_url: str, store_clock: FixedClock
) -> None:
    store = open_store(postgres_url, clock=store_clock)

    async def write(number: int) -> None:
        async with store.begin() as tx:
            await tx.put_note("one", str(number))
            await store_clock.sleep(0)

    await asyncio.gather(*(write(number) for number in range(60)))
    with closing(psycopg.connect(postgres_url)) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    assert row[0] <= 6
    await store.close()
