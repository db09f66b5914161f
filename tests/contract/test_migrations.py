"""From nothing to the newest schema, and from version to version, on both databases."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.adapters.clock import FixedClock
from bot.adapters.store import migrate, migration, newest_version, open_store, schema_version
from bot.adapters.store.engine import connect_sqlite, sync_engine
from bot.adapters.store.schema import metadata
from bot.errors import Misconfigured, Transient
from tests import make


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that is not there yet (SQLite) or has nothing in it (PostgreSQL)."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new folder/дата.db"
        return
    url: str = request.getfixturevalue("postgres_url")
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("DROP DATABASE IF EXISTS dateline_test_new WITH (FORCE)")
        connection.execute("CREATE DATABASE dateline_test_new")
    yield url.rpartition("/")[0] + "/dateline_test_new"
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("DROP DATABASE dateline_test_new WITH (FORCE)")


def _set_version(url: str, version: str) -> None:
    with sync_engine(url).connect() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
        connection.commit()


async def test_a_new_database_is_made_by_the_same_migrations(empty_url: str) -> None:
    assert await schema_version(empty_url) is None
    assert await migrate(empty_url) == newest_version()
    assert await schema_version(empty_url) == newest_version()
    with sync_engine(empty_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        assert compare_metadata(context, metadata) == []


async def test_the_newest_version_is_known_without_alembic() -> None:
    assert newest_version() == migration._scripts().get_current_head()


async def test_migrating_again_changes_nothing(empty_url: str, store_clock: FixedClock) -> None:
    await migrate(empty_url)
    store = open_store(empty_url, clock=store_clock)
    async with store.begin() as tx:
        await tx.put_note("a", "b")
    await migrate(empty_url)  # beside an open store: nothing to do, nothing to wait for
    async with store.begin() as tx:
        assert await tx.note("a") == "b"
    await store.close()


@pytest.mark.parametrize("empty_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_several_processes_that_migrate_at_once_agree(empty_url: str) -> None:
    versions = await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    assert set(versions) == {newest_version()}


async def test_a_newer_schema_is_refused_in_plain_words(empty_url: str) -> None:
    await migrate(empty_url)
    _set_version(empty_url, "9999")
    with pytest.raises(Misconfigured, match="written by a newer Dateline") as caught:
        await migrate(empty_url)
    assert caught.value.ids["schema"] == "9999"
    assert caught.value.hint
    assert await schema_version(empty_url) == "9999"


def test_there_is_one_line_of_versions() -> None:
    scripts = ScriptDirectory(str(Path(migration.__file__).parent / "migrations"))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Misconfigured, match="folder"):
        await migrate(f"sqlite:///{tmp_path}/file/data.db")


# ------------------------------------------------------- from version to version, SQLite's copy and rename


def _older(url: str) -> None:
    """Makes the database look as one that the newest migration still has to be run on.

    There is one version so far, so the tables are dropped with it, except for a witness.
    """
    with sync_engine(url).connect() as connection:
        connection.exec_driver_sql("CREATE TABLE witness (word TEXT)")
        connection.exec_driver_sql("INSERT INTO witness VALUES ('kept')")
        for table in reversed(metadata.sorted_tables):
            connection.exec_driver_sql(f'DROP TABLE "{table.name}"')
        connection.exec_driver_sql("DELETE FROM alembic_version")
        connection.commit()


def _witness(file: Path) -> str:
    with closing(connect_sqlite(file)) as connection:
        return str(connection.execute("SELECT word FROM witness").fetchone()[0])


async def test_an_upgrade_keeps_the_rows_and_leaves_one_file(sqlite_url: str) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    _older(sqlite_url)
    assert await schema_version(sqlite_url) is None
    await migrate(sqlite_url)
    assert await schema_version(sqlite_url) == newest_version()
    assert _witness(file) == "kept"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


async def test_an_upgrade_leaves_the_old_database_until_the_new_one_is_whole(sqlite_url: str) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    _older(sqlite_url)
    with closing(connect_sqlite(file)) as connection:  # what the migration wants to make is there already
        connection.execute("CREATE TABLE articles (in_the_way TEXT)")
    with pytest.raises(Misconfigured, match="another program's tables"):
        await migrate(sqlite_url)
    assert await schema_version(sqlite_url) is None
    assert _witness(file) == "kept"
    with closing(connect_sqlite(file)) as connection:
        connection.execute("DROP TABLE articles")
    await migrate(sqlite_url)
    assert _witness(file) == "kept"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


async def test_an_upgrade_waits_for_nobody_who_has_the_database_open(
    sqlite_url: str, store_clock: FixedClock
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    _older(sqlite_url)
    with closing(connect_sqlite(file)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("SELECT * FROM witness").fetchall()
        with pytest.raises(Transient, match="another process has the database open"):
            await asyncio.to_thread(migration.alone, file, 0.1)
    await migrate(sqlite_url)
    assert _witness(file) == "kept"


async def test_an_old_log_beside_the_file_does_not_spoil_the_new_one(
    sqlite_url: str, store_clock: FixedClock
) -> None:
    """A killed process leaves a ``-wal`` with its last commits: they are folded in before the copy."""
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    _older(sqlite_url)
    script = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode = WAL')\n"
        "c.execute(\"UPDATE witness SET word = 'in the log'\")\n"
        "os.kill(os.getpid(), 9)\n"
    )
    await asyncio.to_thread(_run, script, str(file))
    assert file.with_name(file.name + "-wal").stat().st_size > 0
    await migrate(sqlite_url)
    assert _witness(file) == "in the log"
    store = open_store(sqlite_url, clock=store_clock)
    async with store.begin() as tx:
        await tx.put_feeds([make.feed()])
    await store.close()


def _run(script: str, *arguments: str) -> int:
    return subprocess.run([sys.executable, "-c", script, *arguments], check=False).returncode


_KILLED = """
import asyncio, os, sys
from pathlib import Path
from bot.adapters.store import migration

step = sys.argv[2]
original = getattr(migration, step)

def killed(*arguments):
    if sys.argv[3] == "after":
        original(*arguments)
    os.kill(os.getpid(), 9)

setattr(migration, step, killed)
asyncio.run(migration.migrate(sys.argv[1]))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["alone", "upgrade_file", "replace_file", "upgrade"])
async def test_a_kill_in_a_migration_leaves_the_old_or_the_new(
    sqlite_url: str, step: str, moment: str
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    _older(sqlite_url)
    assert await asyncio.to_thread(_run, _KILLED, sqlite_url, step, moment) == -signal.SIGKILL
    assert _witness(file) == "kept"
    assert await schema_version(sqlite_url) in (None, newest_version())
    assert await migrate(sqlite_url) == newest_version()
    assert _witness(file) == "kept"
    assert [path.name for path in file.parent.iterdir()] == [file.name]
