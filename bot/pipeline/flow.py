"""Many things at once, but never more than so many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


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
