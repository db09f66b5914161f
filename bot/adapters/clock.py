"""The system's clock, a fixed one, a virtual one whose sleeps cost nothing, and one that processes share."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The time of day, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class WalkingClock(SystemClock):
    """The machine's time from ``start`` on; :meth:`move` jumps ahead. For a demo, and for conversations."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - datetime.now(UTC)
        self._skipped = 0.0

    def now(self) -> datetime:
        """The time of day there, aware, UTC."""
        return datetime.now(UTC) + self._ahead

    def monotonic(self) -> float:
        """Seconds that never jump, but for :meth:`move`."""
        return time.monotonic() + self._skipped

    def move(self, seconds: float) -> None:
        """Let this many seconds pass at once."""
        self._ahead += timedelta(seconds=seconds)
        self._skipped += seconds


class VirtualClock:
    """A clock that stands still until somebody sleeps or moves it: a simulated day takes milliseconds."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The simulated time of day, aware, UTC."""
        return self._now

    def monotonic(self) -> float:
        """Simulated seconds since the start; :meth:`set` does not move it, as an NTP jump would not."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Jump ahead, and let other tasks run once."""
        self.move(max(0.0, seconds))
        await asyncio.sleep(0)

    def move(self, seconds: float) -> None:
        """Let this many seconds pass."""
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds

    def set(self, now: datetime) -> None:
        """Jump to another time of day, as a corrected system clock does."""
        self._now = now


class FixedClock(VirtualClock):
    """A clock that never moves by itself; sleeping only yields. For deciding what would be due at a time."""

    async def sleep(self, seconds: float) -> None:
        """Yield once; no time passes."""
        del seconds
        await asyncio.sleep(0)


class SharedTime:
    """A time in a file that other processes map (:class:`SharedClock`); whoever made it moves it.

    The file has two doubles: seconds since the start, and by how much the time of day was set forth or back.
    Each is written in one piece, so that a reader needs no lock; one that was stopped for a while reads the
    new time with its first instruction.
    """

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(_TIMES.size))
        self._map = _mapped(path)
        self._elapsed, self._set = 0.0, 0.0

    def move(self, seconds: float) -> None:
        """Let this many seconds pass, for everybody."""
        self._elapsed += seconds
        struct.pack_into("d", self._map, 0, self._elapsed)

    def set(self, seconds: float) -> None:
        """Set the time of day forth or back, as a corrected system clock does; no time passes."""
        self._set += seconds
        struct.pack_into("d", self._map, _TIMES.size // 2, self._set)


class SharedClock:
    """The time of a :class:`SharedTime`. Who sleeps is woken by :meth:`wake`, once the time has come.

    Args:
        path: the file.
        start: the time of day there at zero seconds.
    """

    def __init__(self, path: Path, start: datetime) -> None:
        self._map = _mapped(path)
        self._start = start
        self._turn = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The time of day there, aware, UTC."""
        return self._start + timedelta(seconds=sum(_TIMES.unpack_from(self._map)))

    def monotonic(self) -> float:
        """Seconds since the start, whatever the time of day is set to."""
        elapsed: float = _TIMES.unpack_from(self._map)[0]
        return elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until that much time has passed there and :meth:`wake` was called."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.monotonic() + seconds, next(self._turn), woken))
        await woken

    def wake(self) -> None:
        """Wake those whose time has come."""
        while self._sleepers and (self._sleepers[0][0] <= self.monotonic() or self._sleepers[0][2].done()):
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)

    def next_wake(self) -> float | None:
        """Seconds until the first sleeper's time comes; None when nobody sleeps."""
        self._sleepers = [one for one in self._sleepers if not one[2].done()]
        heapq.heapify(self._sleepers)
        return max(0.0, self._sleepers[0][0] - self.monotonic()) if self._sleepers else None


_TIMES = struct.Struct("dd")


def _mapped(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), _TIMES.size)
