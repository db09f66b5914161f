"""What a feed lists again is not read again, and what the store does not know of it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import App
from bot.pipeline.collect import poll
from bot.ports import Step
from tests.loopback import Loopback, answer
from tests.pipeline.newsroom import Newsroom
from tests.pipeline.test_faults import counts, rss, small
from tests.pipeline.test_faults_feeds import wide

NAMES = ("harbour", "river")


async def polled(room: Newsroom, app: App, server: Loopback, ships: Sequence[str]) -> int:
    """Poll both feeds, an hour later, with these entries; gives how many entries the store has."""
    for name in NAMES:
        server.on(f"/{name}", answer(rss(*ships), content_type="application/rss+xml"))
    room.clock.move(3600 * 2)
    await poll(app.deps, Step(name="poll"))
    return (await counts(app))["entries"]


async def test_entries_that_the_store_lost_are_read_when_the_feed_lists_them_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with Loopback() as server, small(tmp_path) as room:
        room.declare("feeds", {name: {"url": f"http://{name}.example/{name}"} for name in NAMES})
        async with room.app() as opened, wide(opened, server.port) as app:
            await opened.import_config()
            assert await polled(room, app, server, ["a", "b", "c"]) == 6
            assert await polled(room, app, server, ["d", "a", "b", "c"]) == 8
            assert "feed_read_whole" not in caplog.text
            with closing(sqlite3.connect(tmp_path / "data" / "dateline.db")) as connection:
                lost = connection.execute("DELETE FROM entries WHERE feed_id = 'river' AND url LIKE '%/a'")
                assert lost.rowcount == 1
                connection.commit()
            assert await polled(room, app, server, ["e", "d", "a", "b", "c"]) == 10
            assert caplog.text.count("feed_read_whole") == 1
