"""Cold start of ``dateline run`` to its first poll, and what it holds in memory when there is nothing to do.

    python tests/bench/bench_start.py --rounds 3

Each round starts production's process on an empty data folder with one feed on loopback (no model; no token,
or with ``--token`` one of the simulator, whose bot then runs too)
and waits for the feed to be asked: that is ``first_poll_seconds``. Half a minute after the poll the memory of
the process tree is read (PSS: what processes share counts once). ``again`` is the same on the database of the
first start. ``cpu`` is processor time, which moves less where others use the machine too. ``bare`` is the
baseline of the same round: a Python that imports aiohttp and SQLAlchemy, opens a database and asks the same
address. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.adapters.clock import SystemClock
from bot.adapters.simulator import Simulator
from tests.loopback import Loopback, answer

ROOT = Path(__file__).resolve().parents[2]
FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><title>T</title></channel></rss>"
BARE = """
import asyncio, sys, aiohttp, sqlalchemy
engine = sqlalchemy.create_engine("sqlite://")
engine.connect().close()
async def main():
    async with aiohttp.ClientSession() as session, session.get(sys.argv[1]) as answer:
        await answer.read()
asyncio.run(main())
"""
TOKEN = "1234567:token-of-the-simulator-in-benchmarks"
PATIENCE = 300.0
SETTLED = 30.0
"""Seconds after the first poll at which memory is read: whatever was loaded for it is idle by then."""


def pss(process: psutil.Process) -> int:
    """Bytes that the process and its children hold, what they share counted once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        rollup = Path(f"/proc/{one.pid}/smaps_rollup").read_text(encoding="ascii")
        total += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) * 1024
    return total


async def until_asked(
    web: Loopback, path: str, command: Sequence[str], home: Path, also: Mapping[str, str]
) -> tuple[float, float, Any]:
    """Wall and processor seconds from the start of the command to its request for the path; the process."""
    keep = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    before, began = len(web.asked(path)), time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=home,
        env={**keep, "PYTHONPATH": str(ROOT), "DATELINE_ALLOW_PRIVATE": "127.0.0.1", **also},
        stderr=asyncio.subprocess.DEVNULL,
    )
    while len(web.asked(path)) == before:
        if process.returncode is not None or time.perf_counter() - began > PATIENCE:
            raise RuntimeError(f"{command}: it never asked")
        await asyncio.sleep(0.01)
    seconds, spent = time.perf_counter() - began, psutil.Process(process.pid).cpu_times()
    return seconds, spent.user + spent.system, process


async def started(
    web: Loopback, home: Path, also: Mapping[str, str], *, settle: float
) -> tuple[float, float, int, int]:
    """Wall and processor seconds to the first poll, memory when idle, and of how many processes."""
    command = [sys.executable, "-m", "bot", "run"]
    seconds, spent, process = await until_asked(web, "/feed", command, home, also)
    await asyncio.sleep(settle)
    tree = psutil.Process(process.pid)
    held, count = pss(tree), 1 + len(tree.children(recursive=True))
    process.terminate()
    await process.wait()
    return seconds, spent, held, count


async def measure(rounds: int, settle: float, *, token: bool) -> dict[str, Any]:
    """All rounds."""
    if not token:
        return await _measure(rounds, settle, {})
    simulator = Simulator(token=TOKEN, clock=SystemClock())
    await simulator.start()
    try:
        also = {"TELEGRAM_BOT_TOKEN": TOKEN, "DATELINE_TELEGRAM_API": simulator.base_url}
        return await _measure(rounds, settle, also)
    finally:
        await simulator.stop()


async def _measure(rounds: int, settle: float, also: Mapping[str, str]) -> dict[str, Any]:
    cold, again, bare = list[float](), list[float](), list[float]()
    cpu, bare_cpu, held, processes = list[float](), list[float](), list[int](), list[int]()
    async with Loopback() as web:
        for path in ("/feed", "/bare"):
            web.on(path, answer(FEED, content_type="application/rss+xml"))
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as name:
                home = Path(name)
                (home / "config").mkdir()
                feeds = f"feeds:\n  one: {{url: '{web.url('/feed')}', language: en}}\n"
                (home / "config" / "feeds.yaml").write_text(feeds, encoding="utf-8")
                seconds, spent, bytes_, count = await started(web, home, also, settle=settle)
                cold.append(seconds)
                cpu.append(spent)
                held.append(bytes_)
                processes.append(count)
                (home / "config" / "feeds.yaml").write_text(feeds.replace("one", "two"), encoding="utf-8")
                again.append((await started(web, home, also, settle=0.5))[0])
                command = [sys.executable, "-c", BARE, web.url("/bare")]
                seconds, spent, process = await until_asked(web, "/bare", command, home, {})
                await process.wait()
                bare.append(seconds)
                bare_cpu.append(spent)
    first = statistics.median(cold)
    return {
        "bench": "start",
        "rounds": rounds,
        "token": bool(also),
        "load": os.getloadavg()[0],
        "first_poll_seconds": round(first, 2),
        "first_poll_seconds_best": round(min(cold), 2),
        "first_poll_seconds_again": round(statistics.median(again), 2),
        "first_poll_cpu_seconds": round(statistics.median(cpu), 2),
        "bare_cpu_seconds": round(statistics.median(bare_cpu), 2),
        "cpu_to_bare": round(statistics.median(cpu) / statistics.median(bare_cpu), 2),
        "bare_seconds": round(statistics.median(bare), 2),
        "ratio_to_bare": round(first / statistics.median(bare), 2),
        "idle_pss_mb": round(statistics.median(held) / 1e6, 1),
        "processes": max(processes),
    }


def main() -> None:
    """Run as a script."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--settle", type=float, default=SETTLED)
    options.add_argument("--token", action="store_true")
    chosen = options.parse_args()
    print(json.dumps(asyncio.run(measure(chosen.rounds, chosen.settle, token=chosen.token)), indent=2))


if __name__ == "__main__":
    main()
