"""R27: a SQLite installation moved to PostgreSQL: all rows, as they were, and nothing sent again."""

from __future__ import annotations

import random  # noqa: TID251 - seeded
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.adapters.clock import FixedClock
from bot.adapters.store import FolderLock, SqlStore, open_store
from bot.adapters.store.engine import connect_sqlite, sync_engine
from bot.adapters.store.moving import move
from bot.adapters.store.schema import metadata
from bot.errors import Misconfigured, Transient
from bot.types import DeliveryState, Origin
from tests import make

pytestmark = pytest.mark.postgres


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


async def _filled(store: SqlStore) -> None:
    """A reader who got one message of three, with all that leads there, in several scripts."""
    async with store.begin() as tx:
        await tx.put_feeds([make.feed()])
        entry = make.new_entry(title="标题 \U0001f600 عنوان", content_html="<p>a\x00b</p>")
        await tx.record_polls([make.poll(make.feed(), entry)])
        article, _ = await tx.add_article(make.article(text="دمشق 'quoted' \\N \t tab\nline"))
        await tx.apply([make.placement(article)], [make.story(1, article)])
        await tx.put_vectors("tests", {article: np.arange(4, dtype=np.float16)})
        await tx.put_subscription(make.subscription())
        await tx.record_digest(make.digest(), make.deliveries("g", 3))
        (one,) = await tx.claim(
            token="t", now=make.NOW, until=make.NOW + timedelta(minutes=1), limit=1, channel="telegram"
        )
        await tx.mark_sending([one.id], "t", make.NOW + timedelta(minutes=1))
        await tx.settle([make.outcome(one.id, token="t", message_id="77")])


async def test_all_rows_arrive_as_they_were_and_nothing_is_sent_again(
    sqlite_store: SqlStore, sqlite_url: str, postgres_url: str, store_clock: FixedClock
) -> None:
    await _filled(sqlite_store)
    async with sqlite_store.begin() as tx:
        before, queued = await tx.counts(), await tx.deliveries()
    await sqlite_store.close()
    moved = await move(sqlite_url, postgres_url)
    assert {one.name: one.rows for one in moved} == before
    assert set(before) == {table.name for table in metadata.sorted_tables}

    new = open_store(postgres_url, clock=store_clock)
    async with new.begin() as tx:
        assert await tx.counts() == before
        assert await tx.deliveries() == queued
        assert await tx.outbox_paused() == ""
        await tx.queue(make.deliveries("g", 3))  # the same edition again: every key is known
        assert await tx.deliveries() == queued
        assert await tx.record_digest(make.digest(), make.deliveries("g", 3)) is None
        article, is_new = await tx.add_article(make.article(2))
        assert (article > 1, is_new) == (True, True)
    await new.close()
    old = open_store(sqlite_url, clock=store_clock)
    async with old.begin() as tx:
        assert (await tx.outbox_paused()).startswith("moved to postgresql://")
        until = make.NOW + timedelta(minutes=1)
        assert await tx.claim(token="u", now=make.NOW, until=until, limit=9, channel="telegram") == ()
    await old.close()


async def test_ids_of_deleted_rows_are_not_given_again(
    sqlite_store: SqlStore, sqlite_url: str, postgres_url: str, store_clock: FixedClock
) -> None:
    async with sqlite_store.begin() as tx:
        given = [(await tx.add_article(make.article(number)))[0] for number in range(1, 6)]
    await sqlite_store.close()
    with closing(connect_sqlite(_file(sqlite_url))) as connection:
        connection.execute("DELETE FROM articles WHERE id > 2")
    await move(sqlite_url, postgres_url)
    new = open_store(postgres_url, clock=store_clock)
    async with new.begin() as tx:
        article, _ = await tx.add_article(make.article(9))
    await new.close()
    assert article > max(given)


async def test_a_target_that_holds_rows_is_refused_in_plain_words(
    sqlite_store: SqlStore, sqlite_url: str, postgres_url: str
) -> None:
    await _filled(sqlite_store)
    await sqlite_store.close()
    await move(sqlite_url, postgres_url)
    with pytest.raises(Misconfigured, match="holds rows already; nothing was changed") as caught:
        await move(sqlite_url, postgres_url)
    assert caught.value.hint


async def test_what_breaks_off_leaves_the_target_empty_and_the_source_as_it_was(
    sqlite_store: SqlStore, sqlite_url: str, postgres_url: str, store_clock: FixedClock
) -> None:
    await _filled(sqlite_store)
    await sqlite_store.close()

    def cut(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await move(sqlite_url, postgres_url, cut)
    new, old = (open_store(url, clock=store_clock) for url in (postgres_url, sqlite_url))
    async with new.begin() as tx:
        assert set((await tx.counts()).values()) == {0}
    async with old.begin() as tx:
        assert await tx.outbox_paused() == ""
    await new.close()
    await old.close()
    await move(sqlite_url, postgres_url)


async def test_a_newer_target_a_running_bot_and_the_wrong_direction_are_refused(
    sqlite_url: str, postgres_url: str
) -> None:
    with FolderLock(_file(sqlite_url).parent), pytest.raises(Misconfigured, match="another Dateline runs"):
        await move(sqlite_url, postgres_url)
    with pytest.raises(Misconfigured, match="only SQLite moves"):
        await move(postgres_url, sqlite_url)
    with pytest.raises(Misconfigured, match="nothing to move"):
        await move("sqlite:////nowhere/dateline.db", postgres_url)
    with pytest.raises((Transient, Misconfigured)):
        await move(sqlite_url, "postgresql://nobody@127.0.0.1:9/none")
    with sync_engine(postgres_url).begin() as connection:
        before = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(Misconfigured, match="written by a newer Dateline"):
            await move(sqlite_url, postgres_url)
    finally:
        with sync_engine(postgres_url).begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{before}'")


@pytest.mark.slow
async def test_a_hundred_thousand_rows(
    sqlite_store: SqlStore, sqlite_url: str, postgres_url: str, store_clock: FixedClock
) -> None:
    await _filled(sqlite_store)
    await sqlite_store.close()
    _multiply(_file(sqlite_url), 100_000)
    moved = await move(sqlite_url, postgres_url)
    assert sum(one.rows for one in moved) >= 100_000
    new = open_store(postgres_url, clock=store_clock)
    async with new.begin() as tx:
        assert await tx.counts() == {one.name: one.rows for one in moved}
        sent = [item for item in await tx.deliveries(limit=200_000) if item.state is DeliveryState.SENT]
        assert len(sent) == 1 + 40_000
        until = make.NOW + timedelta(minutes=1)
        again = await tx.claim(token="u", now=make.NOW, until=until, limit=99, channel="telegram")
        assert [item.part_number for item in again] == [1]  # the one that was next before
    await new.close()


def _multiply(file: Path, rows: int) -> None:
    """So many rows more: articles, and messages that were sent long ago."""
    chance = random.Random(7)
    letters = "abc 中文 عربي \U0001f600\n\t\\"

    def text(most: int) -> str:
        return "".join(chance.choices(letters, k=chance.randint(1, most)))

    with closing(connect_sqlite(file)) as connection:
        connection.execute("BEGIN")
        _insert(
            connection,
            "articles",
            [
                {"url_hash": f"h{n}", "url": f"u{n}", "text": text(300), "title": text(40)}
                for n in range(60 * rows // 100)
            ],
        )
        sent = {"state": "sent", "origin": str(Origin.DIGEST), "claim_token": "", "claim_until": None}
        _insert(
            connection,
            "deliveries",
            [
                {"key": f"k{n}", "group_key": f"old{n}", "message_id": str(n), **sent}
                for n in range(40 * rows // 100)
            ],
        )
        connection.execute("COMMIT")


def _insert(connection: Any, table: str, changes: list[dict[str, Any]]) -> None:
    """Copies of the table's first row with other values."""
    cursor = connection.execute(f"SELECT * FROM {table} LIMIT 1")
    names = [column[0] for column in cursor.description]
    row = dict(zip(names, cursor.fetchone(), strict=True))
    row["id"] = None
    marks = ", ".join("?" * len(names))
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",
        [[(row | change)[name] for name in names] for change in changes],
    )
