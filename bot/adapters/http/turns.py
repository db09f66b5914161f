"""Who may start a request to which host, and when.

A request first waits in its own host's queue, then in the queue for everybody: one that waits for a slow host
holds nothing that others need.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.errors import Code, Transient
from bot.ports import Clock

LONGEST_GAP = 10.0  # seconds; a longer Crawl-delay would let one host hold up a step for an hour
_LONGEST_PAUSE = 3600.0
_KEEP_HOSTS = 1024  # idle ones are only swept beyond this many
KEPT_FOR = 5.0
"""Seconds that a connection waits for the next request to its host."""


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore
    start: asyncio.Lock = field(default_factory=asyncio.Lock)  # starts happen one after another
    visitors: int = 0  # waiting and running
    started_at: float = float("-inf")
    paused_until: float = float("-inf")


class Turns:
    """First come, first served per host, with a gap between starts, and a limit over all hosts.

    Args:
        per_host: requests that run at once on one host.
        total: requests that run at once on all.
        kept: hosts whose connections may wait for a next visit at once. Thousands of hosts are visited once a
            cycle: connections kept for them all would use up the process's file descriptors.
    """

    def __init__(self, clock: Clock, *, per_host: int, total: int, kept: int = 64) -> None:
        self._clock = clock
        self._per_host = per_host
        self._total = asyncio.Semaphore(total)
        self._hosts: dict[str, _Host] = {}
        self._sweep_at = _KEEP_HOSTS
        self._most_kept = kept
        self._kept: dict[str, float] = {}  # until when, the first to end first

    @property
    def known_hosts(self) -> int:
        """How many hosts are remembered."""
        return len(self._hosts)

    @asynccontextmanager
    async def turn(self, host: str, gap: float) -> AsyncIterator[bool]:
        """Wait for a place; gives whether to keep the connection for the next visit.

        That is, whether others wait for this host too, or somebody was there a moment ago: feeds of one host
        come one after another, and a connection takes a third of what an unchanged feed costs.

        Args:
            host: the queue to stand in.
            gap: seconds since the last start on this host.

        Raises:
            Transient: rate_limited, when the host has asked us to stay away for now.
        """
        place = self._host(host)
        place.visitors += 1
        try:
            self._refuse_paused(place, host)
            async with place.places:
                again = await self._start(place, host, gap)
                try:
                    yield place.visitors > 1 or (again and self._keep(host))
                finally:
                    self._total.release()
        finally:
            place.visitors -= 1

    def pause(self, host: str, seconds: float) -> None:
        """Nobody visits this host for so long (at most an hour)."""
        until = self._clock.monotonic() + min(seconds, _LONGEST_PAUSE)
        place = self._host(host)
        place.paused_until = max(place.paused_until, until)

    def _keep(self, host: str) -> bool:
        """Whether there is room to keep this host's connections; if so, they are counted as kept."""
        now = self._clock.monotonic()
        while self._kept and next(iter(self._kept.values())) <= now:
            del self._kept[next(iter(self._kept))]
        if self._kept.pop(host, None) is None and len(self._kept) >= self._most_kept:
            return False
        self._kept[host] = now + KEPT_FOR
        return True

    async def _start(self, place: _Host, host: str, gap: float) -> bool:
        """Wait for the gap, then for a place among all; taken when this returns.

        Gives whether the last start on this host was a moment ago.
        """
        async with place.start:
            wait = place.started_at + min(gap, LONGEST_GAP) - self._clock.monotonic()
            if wait > 0:
                await self._clock.sleep(wait)
            self._refuse_paused(place, host)
            await self._total.acquire()
            before, place.started_at = place.started_at, self._clock.monotonic()
            return place.started_at - before < KEPT_FOR

    def _refuse_paused(self, place: _Host, host: str) -> None:
        rest = place.paused_until - self._clock.monotonic()
        if rest > 0:
            raise Transient(
                "the host asked us to come back later", code=Code.RATE_LIMITED, retry_after=rest, host=host
            )

    def _host(self, host: str) -> _Host:
        found = self._hosts.get(host)
        if found is None:
            if len(self._hosts) >= self._sweep_at:
                self._sweep()
            found = self._hosts[host] = _Host(places=asyncio.Semaphore(self._per_host))
        return found

    def _sweep(self) -> None:
        """Forget hosts whose memory changes nothing any more; sweep next when there are twice as many."""
        now = self._clock.monotonic()
        self._hosts = {
            name: place
            for name, place in self._hosts.items()
            if place.visitors or place.paused_until > now or place.started_at + LONGEST_GAP > now
        }
        self._sweep_at = max(_KEEP_HOSTS, 2 * len(self._hosts))
