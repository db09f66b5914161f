"""What a stretch of work costs: wall and processor time, memory, and how long it kept the loop waiting."""

from __future__ import annotations

import asyncio
import gc
import resource
import statistics
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

_TICK = 0.01  # seconds between two looks at the loop
_LOOK = 0.25  # seconds between two looks at memory


def _tree(without: int) -> list[psutil.Process]:
    """This process and its children, less the one that serves."""
    here = psutil.Process()
    return [here, *(child for child in here.children(recursive=True) if child.pid != without)]


def pss(without: int = 0) -> int:
    """Bytes of memory that this process and its children hold, what they share counted once (Linux).

    Elsewhere what each holds alone.
    """
    total = 0
    for process in _tree(without):
        try:
            rollup = Path(f"/proc/{process.pid}/smaps_rollup")
            if rollup.exists():
                line = next(line for line in rollup.read_text().splitlines() if line.startswith("Pss:"))
                total += int(line.split()[1]) * 1024
            else:
                total += process.memory_full_info().uss
        except (psutil.Error, OSError, StopIteration):  # it ended meanwhile
            continue
    return total


def cpu(without: int = 0) -> float:
    """Processor seconds of this process and its children, ended ones included."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = ended.ru_utime + ended.ru_stime
    for process in _tree(without):
        try:
            spent = process.cpu_times()
            total += spent.user + spent.system
        except psutil.Error:
            continue
    return total


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all stays under; 0 for none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


@dataclass
class Gauges:
    """Watches while the block runs; one may watch several blocks.

    ``without`` is the process id of a server that is no part of what is measured.
    """

    without: int = 0
    peak: int = 0
    lags: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)

    async def watch(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """The work's result, measured."""
        gc.collect()
        async with self:
            spent, started = cpu(self.without), time.perf_counter()
            result = await work()
            self.seconds.append(time.perf_counter() - started)
            self.cpu_seconds.append(cpu(self.without) - spent)
        return result

    def figures(self, skip: int = 0) -> dict[str, float]:
        """Medians over the blocks after the first ``skip``, worst memory and lag of all."""
        return {
            "seconds": round(statistics.median(self.seconds[skip:]), 2),
            "cpu_seconds": round(statistics.median(self.cpu_seconds[skip:]), 2),
            "peak_pss_mb": round(self.peak / 1e6, 1),
            "loop_lag_p50_ms": round(1000 * percentile(self.lags, 0.5), 1),
            "loop_lag_p99_ms": round(1000 * percentile(self.lags, 0.99), 1),
            "loop_lag_worst_ms": round(1000 * max(self.lags, default=0.0), 1),
        }

    async def __aenter__(self) -> Self:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        self._lagging = asyncio.create_task(self._lag())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._lagging.cancel()
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.peak = max(self.peak, pss(self.without))
            if self._stop.wait(_LOOK):
                return

    async def _lag(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_TICK)
            self.lags.append(max(0.0, time.perf_counter() - before - _TICK))
