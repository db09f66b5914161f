"""The system's clock, a fixed one, and a virtual one whose sleeps cost nothing."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


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
