"""A post that one process holds at a time: who places articles, who sends and is asked in a chat.

The lease is a row with a token, new for each term. Its holder renews it; others stand by and take it when it
is over. Who writes under a lease asks for the token in the transaction that writes (:meth:`Tx.holds`, or the
outbox's own tokens), so a process that slept beyond its term writes nothing, whatever it believes.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bot.errors import DatelineError, Transient
from bot.ports import Deps

log = logging.getLogger("dateline.tenure")

LEASE = timedelta(seconds=20)
"""What a dead holder keeps others waiting for, at most; with a look every ``LOOK`` that is under 30 s."""
LOOK = 5.0
"""Seconds between renewals, and between the looks of those who stand by."""
MARGIN = 5.0
"""Seconds before its end from which a lease that could not be renewed counts as lost: clocks of machines
differ, and what is under way needs its time to stop."""

Work = Callable[[str, asyncio.Event], Awaitable[None]]
"""What is done under a lease: gets its token, and an event that is set when the term ends."""


async def hold(deps: Deps, name: str, work: Work, stop: asyncio.Event) -> None:
    """Stand by for the post until ``stop`` is set, and do its work during each term of ours.

    Raises:
        Whatever the work raises but Transient; the post is given back first.
    """
    while not stop.is_set():
        token = uuid.uuid4().hex
        if await _taken(deps, name, token):
            log.info("post_taken post=%s", name)
            try:
                await _term(deps, name, token, work, stop)
            except Transient as error:  # the database went away: who can reach it may take the post
                log.warning("post_failed post=%s error=%s", name, error)
            log.info("post_left post=%s", name)
        await waits(deps, LOOK, stop)


async def waits(deps: Deps, seconds: float, *ends: asyncio.Event | asyncio.Future[None]) -> None:
    """Sleep, or less when one of the events is set or one of the tasks ends."""
    events = [asyncio.ensure_future(one.wait()) for one in ends if isinstance(one, asyncio.Event)]
    mine: list[asyncio.Future[Any]] = [asyncio.ensure_future(deps.clock.sleep(seconds)), *events]
    others = [one for one in ends if isinstance(one, asyncio.Future)]
    try:
        await asyncio.wait({*mine, *others}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)


async def _taken(deps: Deps, name: str, token: str) -> bool:
    now = deps.clock.now()
    try:
        async with deps.store.begin() as tx:
            return await tx.lease(name, token, now, now + LEASE)
    except DatelineError as error:
        log.warning("post_not_asked_for post=%s error=%s", name, error)
        return False


async def _term(deps: Deps, name: str, token: str, work: Work, stop: asyncio.Event) -> None:
    over = asyncio.Event()
    task = asyncio.ensure_future(work(token, over))
    renewed, lost = deps.clock.monotonic(), False
    try:
        while not task.done():
            # What is under way at the end is still done under the lease.
            await waits(deps, LOOK, task, *(() if over.is_set() else (stop,)))
            if stop.is_set() or task.done():
                over.set()
            if lost:
                continue
            kept = await _renewed(deps, name, token)
            renewed = deps.clock.monotonic() if kept else renewed
            if kept is False or deps.clock.monotonic() - renewed > LEASE.total_seconds() - MARGIN:
                log.warning("post_lost post=%s", name)
                lost = True
                over.set()
    finally:
        over.set()
        try:
            await task
        finally:
            await _given_back(deps, name, token)


async def _renewed(deps: Deps, name: str, token: str) -> bool | None:
    """Whether the lease is ours for another while; None when nobody can say."""
    now = deps.clock.now()
    try:
        async with deps.store.begin() as tx:
            return await tx.holds(name, token) and await tx.lease(name, token, now, now + LEASE)
    except DatelineError as error:
        log.warning("post_not_renewed post=%s error=%s", name, error)
        return None


async def _given_back(deps: Deps, name: str, token: str) -> None:
    try:
        async with deps.store.begin() as tx:
            await tx.drop_lease(name, token)
    except DatelineError as error:  # it ends by itself
        log.warning("post_not_given_back post=%s error=%s", name, error)
