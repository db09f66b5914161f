"""Many things at once, but never more than so many; results written in groups while more come in."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Sequence,
)
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Outcome = TypeVar("Outcome")


async def in_parallel(
    items: Iterable[Item], work: Callable[[Item], Awaitable[Result]], *, workers: int
) -> AsyncGenerator[Result, None]:
    """Results of ``work`` as they come, with at most ``workers`` under way; close it to cancel the rest.

    ``work`` is expected to return its failures as results: an exception ends the whole run.
    """
    source = iter(items)
    pending: set[asyncio.Task[Result]] = set()

    async def one(item: Item) -> Result:
        return await work(item)

    try:
        while True:
            for item in source:
                pending.add(asyncio.create_task(one(item)))
                if len(pending) >= workers:
                    break
            if not pending:
                return
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


async def in_groups(
    items: AsyncIterable[Item],
    work: Callable[[Sequence[Item]], Coroutine[None, None, Outcome]],
    *,
    size: int,
) -> AsyncGenerator[Outcome, None]:
    """What ``work`` gives for each group of up to ``size`` items, one group after the other.

    The next group comes together meanwhile: where writing alternated with fetching, the parsers had nothing
    to do for a third of the time. Close it to cancel what is under way.
    """
    group: list[Item] = []
    busy: asyncio.Task[Outcome] | None = None
    try:
        async for item in items:
            group.append(item)
            if len(group) < size:
                continue
            if busy is not None:
                yield await busy
            busy, group = asyncio.create_task(work(group)), []
        if busy is not None:
            yield await busy
        busy = None
        if group:
            yield await work(group)
    finally:
        if busy is not None:
            busy.cancel()
            await asyncio.gather(busy, return_exceptions=True)


def chunked(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in slices of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
