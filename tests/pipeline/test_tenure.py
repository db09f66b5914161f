"""A post: who has it, who takes over and when, and what a holder does that lost it."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import cast

import pytest

from bot.adapters.clock import SystemClock, VirtualClock
from bot.adapters.store import SqlStore
from bot.errors import Misconfigured, Transient
from bot.pipeline.tenure import LEASE, LOOK, hold
from bot.ports import Deps, Store, Tx
from tests import make


class House:
    """One process that stands by for the post "p"."""

    def __init__(self, store: Store, clock: VirtualClock) -> None:
        self.store, self.clock = store, clock
        self.began: list[float] = []
        self.ended: list[float] = []
        self.token = ""
        self.stop = asyncio.Event()
        deps = cast("Deps", type("Some", (), {"store": store, "clock": clock})())
        self.task = asyncio.create_task(hold(deps, "p", self.work, self.stop))

    async def work(self, token: str, over: asyncio.Event) -> None:
        self.token = token
        self.began.append(self.clock.monotonic())
        await over.wait()
        self.ended.append(self.clock.monotonic())

    async def until(self, what: list[float], count: int = 1) -> None:
        async with asyncio.timeout(30):
            while len(what) < count:
                await SystemClock().sleep(0.01)

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, 30)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(make.NOW)


@pytest.fixture
def store_clock(clock: VirtualClock) -> VirtualClock:
    return clock


async def test_one_has_the_post_and_gives_it_back_when_it_stops(store: SqlStore, clock: VirtualClock) -> None:
    first = House(store, clock)
    await first.until(first.began)
    second = House(store, clock)
    begun = clock.monotonic()
    while clock.monotonic() < begun + 200:  # ten leases
        await SystemClock().sleep(0.01)
    assert (len(first.began), second.began) == (1, [])
    await first.end()
    stopped = clock.monotonic()
    await second.until(second.began)
    assert second.began[0] - stopped <= 3 * LOOK  # virtual seconds run ahead of the test
    assert second.token != first.token
    await second.end()


async def test_a_dead_holders_post_is_taken_within_half_a_minute(
    store: SqlStore, clock: VirtualClock
) -> None:
    async with store.begin() as tx:
        assert await tx.lease("p", "dead", clock.now(), clock.now() + LEASE)
    second = House(store, clock)
    await second.until(second.began)
    assert LEASE.total_seconds() - 1 <= second.began[0] <= 30
    async with store.begin() as tx:
        assert not await tx.holds("p", "dead")
        assert await tx.holds("p", second.token)
    await second.end()


async def test_who_lost_the_post_stops_and_stands_by_again(store: SqlStore, clock: VirtualClock) -> None:
    first = House(store, clock)
    await first.until(first.began)
    async with store.begin() as tx:
        await tx.drop_lease("p", first.token)
        now = clock.now()
        assert await tx.lease("p", "another", now, now + timedelta(seconds=60))
    await first.until(first.ended)
    await first.until(first.began, 2)
    assert first.began[1] - first.began[0] >= 55
    await first.end()


class Flaky:
    """A store that can be away."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.away = store, False

    def begin(self) -> AbstractAsyncContextManager[Tx]:
        if self.away:
            raise Transient("the store is away")
        return cast("AbstractAsyncContextManager[Tx]", self.store.begin())

    async def close(self) -> None:
        pass


async def test_who_cannot_renew_stops_before_another_may_begin(
    sqlite_store: SqlStore, clock: VirtualClock
) -> None:
    flaky = Flaky(sqlite_store)
    first = House(flaky, clock)
    await first.until(first.began)
    flaky.away = True
    cut = clock.monotonic()
    await first.until(first.ended)
    assert first.ended[0] - cut <= LEASE.total_seconds()
    flaky.away = False
    await first.until(first.began, 2)
    await first.end()


async def test_what_the_work_raises_ends_it_and_frees_the_post(store: SqlStore, clock: VirtualClock) -> None:
    house = House(store, clock)
    await house.until(house.began)
    await house.end()

    async def broken(token: str, over: asyncio.Event) -> None:
        raise Misconfigured("the token is wrong")

    deps = cast("Deps", type("Some", (), {"store": store, "clock": clock})())
    with pytest.raises(Misconfigured):
        await hold(deps, "p", broken, asyncio.Event())
    async with store.begin() as tx:
        assert await tx.lease("p", "next", clock.now(), clock.now() + LEASE)
