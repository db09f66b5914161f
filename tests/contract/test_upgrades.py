"""R26 of docs/faults.md: from every schema that was released, with rows in it, and with kills on the way."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import func, inspect, select, text

from bot.adapters.clock import FixedClock
from bot.adapters.store import SqlStore, migrate, migration, newest_version, open_store, schema_version
from bot.adapters.store.engine import sync_engine
from bot.adapters.store.schema import metadata
from bot.types import DigestId
from tests import make

VERSIONS = sorted(
    script.revision for script in migration._scripts().walk_revisions() if script.revision != newest_version()
)
Rows = dict[str, list[dict[str, Any]]]


async def test_there_are_versions_to_come_from() -> None:
    assert VERSIONS[0] == "0001"
    assert len(VERSIONS) >= 4


async def filled(url: str, clock: FixedClock) -> Rows:
    """Rows as the newest version writes them: what a bot with readers has."""
    store = open_store(url, clock=clock)
    async with store.begin() as tx:
        await tx.put_feeds([make.feed(), make.feed("feed-2")])
        await tx.put_subscription(make.subscription())
        await tx.add_article(make.article())
        await tx.queue([make.delivery(f"old-{number}") for number in range(5)])
        await tx.record_digest(make.digest(), make.deliveries("g", 3))
        await tx.put_note("backup_day", "2026-11-19")
        await tx.lease("sender:telegram", "somebody", make.NOW, make.later(minutes=1))
    await store.close()
    with sync_engine(url).connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(text(f'SELECT * FROM "{name}"')).mappings()]
            for name in metadata.tables
        }


def as_of(url: str, version: str, rows: Rows) -> dict[str, int]:
    """Makes a database of this version with as much of the rows as it had columns for; table -> rows."""
    scripts = migration._scripts()
    engine = sync_engine(url)
    with engine.connect() as connection:
        with EnvironmentContext(
            Config(), scripts, fn=lambda revision, _: scripts._upgrade_revs(version, revision)
        ) as environment:
            environment.configure(connection=connection, target_metadata=metadata)
            environment.run_migrations()
        connection.commit()
        there = inspect(connection)
        counts = {}
        for name in [table.name for table in metadata.sorted_tables if there.has_table(table.name)]:
            columns = [column["name"] for column in there.get_columns(name)]
            for row in rows[name]:  # as the driver has them: our own types are those of the newest version
                names = [column for column in columns if column in row]
                listed = ", ".join(f'"{column}"' for column in names)
                marks = ", ".join(f":{column}" for column in names)
                connection.execute(text(f'INSERT INTO "{name}" ({listed}) VALUES ({marks})'), row)
            counts[name] = len(rows[name])
        connection.commit()
    engine.dispose()
    return counts


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The addresses of a filled new database and of one to be made old."""
    filled_url: str = request.getfixturevalue(f"{request.param}_url")
    if request.param == "sqlite":
        yield filled_url, f"sqlite:///{tmp_path}/old.db"
        return
    with closing(psycopg.connect(filled_url, autocommit=True)) as connection:
        connection.execute("DROP DATABASE IF EXISTS dateline_test_old WITH (FORCE)")
        connection.execute("CREATE DATABASE dateline_test_old")
    yield filled_url, filled_url.rpartition("/")[0] + "/dateline_test_old"
    with closing(psycopg.connect(filled_url, autocommit=True)) as connection:
        connection.execute("DROP DATABASE dateline_test_old WITH (FORCE)")


def counted(url: str, tables: dict[str, int]) -> dict[str, int]:
    with sync_engine(url).connect() as connection:
        there = set(inspect(connection).get_table_names())
        return {
            name: connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
            for name in tables
            if name in there
        }


async def judge(url: str, before: dict[str, int], clock: FixedClock) -> None:
    """All rows are there, and the nouns come out of them."""
    assert counted(url, before) == before
    store: SqlStore = open_store(url, clock=clock)
    async with store.begin() as tx:
        assert [sub.id for sub in await tx.subscriptions()] == [make.subscription().id]
        assert {feed.id for feed in await tx.feeds()} == {make.feed().id, "feed-2"}
        assert len(await tx.deliveries()) == 8
        claimed = await tx.claim(
            token="t", now=make.NOW, until=make.later(minutes=1), limit=9, channel="telegram"
        )
        assert claimed
        assert await tx.note("backup_day") == "2026-11-19"
    await store.close()


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_old_database_comes_up_with_all_its_rows(
    version: str, old_url: tuple[str, str], store_clock: FixedClock
) -> None:
    new, old = old_url
    before = as_of(old, version, await filled(new, store_clock))
    assert before["deliveries"] == 8
    assert await schema_version(old) == version
    assert await migrate(old) == newest_version()
    await judge(old, before, store_clock)


_KILLED = """
import asyncio, os, sys
from bot.adapters.store import migration

step, moment = sys.argv[2], sys.argv[3]
original = getattr(migration, step)

def killed(*arguments):
    if moment == "after":
        original(*arguments)
    os.kill(os.getpid(), 9)

setattr(migration, step, killed)
asyncio.run(migration.migrate(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_kill_on_the_way_leaves_the_old_or_the_new_with_all_rows(
    version: str, old_url: tuple[str, str], store_clock: FixedClock
) -> None:
    new, old = old_url
    before = as_of(old, version, await filled(new, store_clock))
    steps = [("upgrade", "before"), ("upgrade", "after")]
    if old.startswith("sqlite"):
        steps += [("upgrade_file", "after"), ("replace_file", "before"), ("replace_file", "after")]
    for step, moment in steps:
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", _KILLED, old, step, moment], check=False
        )
        # What is new already is not migrated again, so nobody is killed in it.
        assert done.returncode in (-signal.SIGKILL, 0)
        assert await schema_version(old) in (version, newest_version())
        assert counted(old, before) == before
    assert await migrate(old) == newest_version()
    await judge(old, before, store_clock)


async def test_what_was_told_before_it_was_stored_once_stays_told(
    old_url: tuple[str, str], store_clock: FixedClock
) -> None:
    new, old = old_url
    as_of(old, "0005", await filled(new, store_clock))
    with sync_engine(old).connect() as connection:
        digest, made = connection.execute(text("SELECT id, made_at FROM digests")).one()
        for number, gone in ((1, None), (2, made)):
            connection.execute(
                text(
                    "INSERT INTO facts (digest_id, channel, chat, story_id, text, headline, articles, "
                    "figures, at, delivery, corrected_at, correction) VALUES (:digest, 'telegram', '100', 7, "
                    ":text, :headline, '[5]', '[4.5]', :at, 'g:1', :gone, :instead)"
                ),
                {
                    "digest": digest,
                    "text": f"Fact {number}.",
                    "headline": False,
                    "at": made,
                    "gone": gone,
                    "instead": "Another." if gone else "",
                },
            )
        connection.commit()
    await migrate(old)
    store = open_store(old, clock=store_clock)
    async with store.begin() as tx:
        first, second = await tx.facts(make.address(), make.ago(days=30))
        marks = await tx.told_alike([make.subscription()], make.ago(days=30))
        await tx.tell_anew(DigestId(digest), make.address(), [replace(first, text="A new one.")])
        assert len(await tx.facts(make.address(), make.ago(days=30))) == 3
    await store.close()
    assert (first.text, first.articles, first.figures, first.delivery) == ("Fact 1.", (5,), (4.5,), "g:1")
    assert (first.corrected_at, second.correction) == (None, "Another.")
    assert second.corrected_at == second.at
    assert marks
