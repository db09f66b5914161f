"""R3 of docs/faults.md: whichever commit, call or file write fails once, everything is delivered once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.simulator import Fault
from bot.adapters.store import open_store
from bot.app import App
from bot.errors import Code, Transient
from bot.ports import Web
from bot.types import DeliveryState
from tests.databases import empty
from tests.pipeline.newsroom import NOW, Newsroom, joined
from tests.pipeline.test_faults import (
    FEW_ARTICLES,
    FailingStore,
    Outcome,
    counts,
    outcome_of,
    run_through,
    small,
)


@asynccontextmanager
async def fresh(room: Newsroom, url: str) -> AsyncIterator[App]:
    """An App on this PostgreSQL database with nothing in it but what the files declare."""
    empty(url)
    room.use(database=url)
    room.changed = True
    room.clock.set(NOW)  # readers subscribed before the slot
    async with room.app() as app:
        yield app


async def judged(room: Newsroom, app: App, before: int) -> Outcome:
    return await outcome_of(room, app.deps.store, room.chat()[before:])  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------------- commits


async def commits(room: Newsroom, url: str, fail_at: int, *, unheard: bool) -> tuple[Outcome, FailingStore]:
    before = len(room.chat())
    async with fresh(room, url) as opened:
        inner = open_store(url, clock=room.clock)
        store = FailingStore(inner, fail_at, unheard=unheard)
        try:
            await run_through(room, joined(opened, store=store))
            return await outcome_of(room, inner, room.chat()[before:]), store
        finally:
            await inner.close()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(900)
async def test_whichever_commit_fails_on_postgres_everything_is_delivered_once(
    postgres_url: str, tmp_path: Path
) -> None:
    async with small(tmp_path, articles=FEW_ARTICLES) as room:
        clean, counted = await commits(room, postgres_url, 0, unheard=False)
        assert counted.begun > 20
        for fail_at in range(1, counted.begun + 1):
            outcome, store = await commits(room, postgres_url, fail_at, unheard=fail_at % 2 == 0)
            assert store.failed, fail_at
            assert outcome == clean, fail_at


# ---------------------------------------------------------------------------------------------------- calls


class FailingWeb:
    """The real web, whose n-th request fails as one does whose server is silent."""

    def __init__(self, inner: Web, fail_at: int) -> None:
        self._inner, self._left = inner, fail_at
        self.asked = 0

    def _count(self) -> None:
        self.asked += 1
        self._left -= 1
        if self._left == 0:
            raise Transient("no answer", code=Code.TIMEOUT)

    async def feed(self, *args: Any) -> Any:
        self._count()
        return await self._inner.feed(*args)

    async def page(self, *args: Any) -> Any:
        self._count()
        return await self._inner.page(*args)


async def requests(room: Newsroom, fail_at: int) -> tuple[Outcome, FailingWeb]:
    """Run the path with one request that fails, and once more an hour later; the digest is due after that."""
    before = len(room.chat())
    (room.home / "data" / "dateline.db").unlink(missing_ok=True)
    room.changed = True
    async with room.app() as opened:
        web = FailingWeb(opened.deps.web, fail_at)
        app = joined(opened, web=web)
        await app.work("poll", "read", "place")
        room.clock.move(3600)
        await app.work("poll", "read", "place")
        await run_through(room, app)
        return await judged(room, opened, before), web


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_whichever_request_fails_its_news_come_with_the_next_ones(tmp_path: Path) -> None:
    async with small(tmp_path, articles=FEW_ARTICLES) as room:
        start = room.clock.now()
        clean, counted = await requests(room, 0)
        assert counted.asked > 6
        for fail_at in range(1, counted.asked + 1):
            room.clock.set(start)
            outcome, web = await requests(room, fail_at)
            assert web.asked >= fail_at
            assert outcome.stories == clean.stories, fail_at
            assert outcome.told == clean.told, fail_at
            assert outcome.rows["digests"] == clean.rows["digests"] == 1


NOT_SENT = ("429",)
NOBODY_KNOWS = ("500", "502_html", "close_before", "reset_before")  # it did not arrive
ARRIVED = ("close_after", "cut", "cut_json", "garbage")


@pytest.mark.slow
@pytest.mark.parametrize("kind", NOT_SENT + NOBODY_KNOWS + ARRIVED)
async def test_whichever_message_meets_a_fault_it_comes_once_or_is_listed(
    kind: Any, store_url: str, tmp_path: Path
) -> None:
    async with small(tmp_path, articles=FEW_ARTICLES) as room:
        if not store_url.startswith("sqlite"):
            room.use(database=store_url)
        room.changed = True
        room.simulator.faults.add(Fault(kind=kind, method=""))
        async with room.app() as app:
            await run_through(room, app)
            async with app.deps.store.begin() as tx:
                states = [item.state for item in await tx.deliveries(None, 100)]
            assert states
            if kind in NOT_SENT:
                assert set(states) == {DeliveryState.SENT}
            else:
                assert states.count(DeliveryState.AMBIGUOUS) == 1
                assert set(states) <= {DeliveryState.AMBIGUOUS, DeliveryState.PENDING}  # parts behind it wait
            assert len(room.chat()) == (kind not in NOBODY_KNOWS)


# -------------------------------------------------------------------------------------------------- files


async def test_a_backup_that_cannot_be_written_is_tried_again_and_stops_nothing(tmp_path: Path) -> None:
    async with small(tmp_path, articles=FEW_ARTICLES) as room, room.app() as app:
        in_the_way = room.home / "data" / "backups"
        in_the_way.write_text("a file where the folder should be")
        await app.keep_house()  # logged, and no more
        await app.work("poll")
        assert (await counts(app))["entries"] > 0
        in_the_way.unlink()
        await app.keep_house()
        assert [file.suffix for file in in_the_way.iterdir()] == [".db"]
        await app.keep_house()  # the day has its backup
        assert len(list(in_the_way.iterdir())) == 1
