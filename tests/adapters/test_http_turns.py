"""Whose turn it is: spacing, fairness, limits, and a memory that stays small."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.adapters.clock import SystemClock, VirtualClock
from bot.adapters.http.turns import KEPT_FOR, Turns
from bot.errors import Code, Transient

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


async def settle() -> None:
    """Let every task run until it waits for something."""
    for _ in range(50):
        await SystemClock().sleep(0)


async def test_starts_on_one_host_are_spaced_and_in_the_order_of_asking() -> None:
    clock = VirtualClock(NOON)
    turns = Turns(clock, per_host=3, total=10)
    starts: list[tuple[int, float]] = []

    async def visit(number: int) -> None:
        async with turns.turn("a", 1.5):
            starts.append((number, clock.monotonic()))

    await asyncio.gather(*(visit(number) for number in range(6)))
    assert starts == [(number, 1.5 * number) for number in range(6)]


async def test_the_first_visit_waits_for_nothing_and_hosts_do_not_wait_for_each_other() -> None:
    clock = VirtualClock(NOON)
    turns = Turns(clock, per_host=1, total=10)
    for host in "abc":
        async with turns.turn(host, 5.0):
            assert clock.monotonic() == 0.0


async def test_a_gap_never_exceeds_ten_seconds() -> None:
    clock = VirtualClock(NOON)
    turns = Turns(clock, per_host=1, total=10)
    for _ in range(2):
        async with turns.turn("a", 86_400.0):
            pass
    assert clock.monotonic() == 10.0


async def test_the_limits_per_host_and_over_all_hold_under_a_storm() -> None:
    turns = Turns(SystemClock(), per_host=2, total=5)
    running: dict[str, int] = {}
    most: dict[str, int] = {}
    most_of_all = 0

    async def visit(host: str) -> None:
        nonlocal most_of_all
        async with turns.turn(host, 0):
            running[host] = running.get(host, 0) + 1
            most[host] = max(most.get(host, 0), running[host])
            most_of_all = max(most_of_all, sum(running.values()))
            await SystemClock().sleep(0.001)
            running[host] -= 1

    await asyncio.gather(*(visit(f"h{number // 20}") for number in range(200)))
    assert max(most.values()) == 2
    assert most_of_all == 5
    assert set(running.values()) == {0}


async def test_a_crowded_host_leaves_the_places_of_others_free() -> None:
    turns = Turns(SystemClock(), per_host=2, total=3)
    release = asyncio.Event()
    visited: list[str] = []

    async def stay() -> None:
        async with turns.turn("slow", 0):
            await release.wait()

    async def pass_by(host: str) -> None:
        async with turns.turn(host, 0):
            visited.append(host)

    crowd = [asyncio.create_task(stay()) for _ in range(100)]
    await settle()
    await asyncio.gather(*(pass_by(f"h{number}") for number in range(20)))
    assert len(visited) == 20
    release.set()
    await asyncio.gather(*crowd)


async def test_a_cancelled_visitor_leaves_queue_and_place() -> None:
    turns = Turns(SystemClock(), per_host=1, total=1)

    async def stay() -> None:
        async with turns.turn("a", 0):
            await asyncio.Event().wait()

    for _ in range(3):
        tasks = [asyncio.create_task(stay()) for _ in range(4)]
        await settle()
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5), turns.turn("a", 0):
        pass


async def test_a_visitor_learns_whether_others_wait_for_the_host() -> None:
    turns = Turns(SystemClock(), per_host=1, total=1, kept=0)
    seen: list[bool] = []

    async def visit() -> None:
        async with turns.turn("a", 0) as wanted:
            seen.append(wanted)
            await settle()

    await asyncio.gather(*(visit() for _ in range(3)))
    assert seen == [False, True, False]  # the first came alone


async def test_the_connection_is_worth_keeping_for_hosts_that_are_visited_again_soon_but_not_for_many() -> (
    None
):
    clock = VirtualClock(NOON)
    turns = Turns(clock, per_host=1, total=1, kept=2)

    async def visit(host: str) -> bool:
        async with turns.turn(host, 0) as wanted:
            return wanted

    assert [await visit(host) for host in "abc"] == [False] * 3, "nobody was there before"
    await clock.sleep(KEPT_FOR - 1)
    assert [await visit(host) for host in "abca"] == [True, True, False, True], "two at once"
    await clock.sleep(KEPT_FOR - 1)
    assert not await visit("c"), "a and b may still come"
    await clock.sleep(1)
    assert await visit("c"), "nobody comes for b any more"
    await clock.sleep(KEPT_FOR)
    assert not await visit("a"), "too long ago"


async def test_a_pause_refuses_those_who_come_and_those_who_already_wait() -> None:
    clock = VirtualClock(NOON)
    turns = Turns(clock, per_host=1, total=5)
    refused: list[Transient] = []
    inside = asyncio.Event()

    async def visit() -> None:
        try:
            async with turns.turn("a", 0):
                await inside.wait()
        except Transient as exc:
            refused.append(exc)

    tasks = [asyncio.create_task(visit()) for _ in range(4)]
    await settle()
    turns.pause("a", 30)
    turns.pause("a", 10)  # a shorter one takes nothing back
    inside.set()
    await asyncio.gather(*tasks)
    assert [(exc.code, exc.retry_after) for exc in refused] == [(Code.RATE_LIMITED, 30.0)] * 3
    async with turns.turn("b", 0):
        pass
    with pytest.raises(Transient):
        async with turns.turn("a", 0):
            pass
    clock.move(30)
    async with turns.turn("a", 0):
        pass


async def test_hosts_that_nobody_visits_are_forgotten() -> None:
    clock = VirtualClock(NOON)
    turns = Turns(clock, per_host=2, total=100)
    turns.pause("paused", 3600)
    async with turns.turn("busy", 0):
        for number in range(50_000):
            async with turns.turn(f"h{number}", 1.0):
                clock.move(0.05)
        assert turns.known_hosts < 2_000
    with pytest.raises(Transient):  # what still matters is remembered
        async with turns.turn("paused", 0):
            pass
