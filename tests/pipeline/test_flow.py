"""Many at once, but never more than so many; written in groups while more come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TypeVar

import pytest

from bot.adapters.clock import SystemClock
from bot.pipeline.flow import in_groups, in_parallel

Result = TypeVar("Result")
CLOCK = SystemClock()


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        await CLOCK.sleep(0)
        yield number


async def collected(results: AsyncGenerator[Result, None]) -> list[Result]:
    async with aclosing(results):
        return [result async for result in results]


async def whole(group: Sequence[int]) -> list[int]:
    return list(group)


async def test_never_more_than_so_many_are_under_way() -> None:
    running = most = 0

    async def work(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await CLOCK.sleep(0)
        running -= 1
        return item

    assert sorted(await collected(in_parallel(range(20), work, workers=3))) == list(range(20))
    assert most == 3


async def test_closing_cancels_what_is_under_way() -> None:
    ended: list[int] = []

    async def work(item: int) -> int:
        try:
            if item:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append(item)
            raise
        return item

    async with aclosing(in_parallel(range(3), work, workers=3)) as results:
        assert await anext(results) == 0
    assert sorted(ended) == [1, 2]


@pytest.mark.parametrize(
    ("count", "groups"), [(0, []), (2, [[0, 1]]), (3, [[0, 1, 2]]), (7, [[0, 1, 2], [3, 4, 5], [6]])]
)
async def test_every_item_is_in_one_group_in_order(count: int, groups: list[list[int]]) -> None:
    assert await collected(in_groups(numbers(count), whole, size=3)) == groups


async def test_the_next_group_comes_together_while_one_is_worked_on() -> None:
    given: list[int] = []
    second = asyncio.Event()

    async def source() -> AsyncIterator[int]:
        async for number in numbers(4):
            given.append(number)
            if number == 3:
                second.set()
            yield number

    async def work(group: Sequence[int]) -> int:
        await second.wait()  # would never end if the source waited for it
        return len(group)

    async with asyncio.timeout(10):
        assert await collected(in_groups(source(), work, size=2)) == [2, 2]
    assert given == [0, 1, 2, 3]


async def test_groups_are_worked_on_one_at_a_time() -> None:
    running = most = 0

    async def work(group: Sequence[int]) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await CLOCK.sleep(0.001)
        running -= 1
        return len(group)

    assert await collected(in_groups(numbers(10), work, size=2)) == [2] * 5
    assert most == 1


@pytest.mark.parametrize("bad", [0, 2, 4])
async def test_a_group_that_fails_ends_the_run(bad: int) -> None:
    async def work(group: Sequence[int]) -> int:
        if bad in group:
            raise ValueError(f"group of {bad}")
        return len(group)

    with pytest.raises(ValueError, match=f"group of {bad}"):
        await collected(in_groups(numbers(5), work, size=2))


async def test_a_source_that_fails_leaves_no_work_behind() -> None:
    cancelled: list[int] = []

    async def source() -> AsyncIterator[int]:
        async for number in numbers(3):
            yield number
        raise ValueError("the source is dry")

    async def work(group: Sequence[int]) -> int:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.extend(group)
            raise
        return len(group)

    with pytest.raises(ValueError, match="dry"):
        await collected(in_groups(source(), work, size=2))
    assert cancelled == [0, 1]
