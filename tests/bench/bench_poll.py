"""One poll cycle of many feeds: how long, how much memory, and what our care costs beside bare aiohttp.

    python tests/bench/bench_poll.py --feeds 5000 --cycles 3

5,000 feeds of 20 entries and 100 KB (gzip, ETag) on 250 host names are served by another process on loopback.
Cycle 0 fetches all; before each later one a fifth of the feeds changes. Every cycle runs twice, with bare
aiohttp and with ours, in turns, so that both see the same machine. Prints one JSON object.

What is done with each answer is the ``handle`` given to :func:`ours`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import gzip
import itertools
import json
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import aiohttp
import psutil
from aiohttp.abc import AbstractResolver, ResolveResult

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.adapters.clock import SystemClock
from bot.adapters.http import FetchLimits, Web
from bot.errors import DatelineError
from bot.types import RawUrl, Response, Validators

HOSTS = 250
ENTRIES = 20
CHANGED = 0.2
WORKERS = 200
"""Fetches that a poll step has under way at once."""

Handle = Callable[[int, Response], Awaitable[None]]


# ---------------------------------------------------------------------------------- the server's process

_TEXT = """the harbour council said on Monday that ships would wait for a new inspection while ministers of
both countries met again about tariffs grain convoys rivers borders talks elections and the price of fuel"""
_WORDS = tuple(_TEXT.split())


def _sentences() -> list[str]:
    chance = random.Random(7)
    return [" ".join(chance.choices(_WORDS, k=16)).capitalize() + "." for _ in range(2_000)]


def feed_body(index: int, version: int, sentences: list[str]) -> bytes:
    """RSS of 20 entries, about 100 KB; each version brings four new entries and drops the four oldest."""
    entries = []
    for number in range(version * 4 + ENTRIES - 1, version * 4 - 1, -1):
        chance = random.Random(index * 100_003 + number)
        text = " ".join(chance.choices(sentences, k=46))
        link = f"http://h{index % HOSTS}.feeds.test/{index}/{number}"
        title = " ".join(chance.choices(_WORDS, k=8)).capitalize()
        entries.append(
            f"<item><title>{title} {number}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>Mon, 23 Nov 2026 {number % 24:02}:00:00 GMT</pubDate>"
            f"<description>{text}</description></item>"
        )
    start = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{index}</title>'
    return f"{start}{''.join(entries)}</channel></rss>".encode()


class FeedServer(asyncio.Protocol):
    """``GET /f/INDEX`` with If-None-Match; keeps connections unless asked not to."""

    feeds: tuple[tuple[bytes, bytes], ...] = ()  # etag, gzip body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            request, self.waiting = self.waiting[:end], self.waiting[end + 4 :]
            etag, body = self.feeds[int(request.split(b" ", 2)[1].rsplit(b"/", 1)[1])]
            if etag in request:
                out = b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\nContent-Length: 0\r\n" % etag
                body = b""
            else:
                out = (
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %s\r\n"
                    b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % (etag, len(body))
                )
            close = b"connection: close" in request.lower()
            self.transport.write(out + (b"Connection: close\r\n\r\n" if close else b"\r\n") + body)
            if close:
                self.transport.close()


async def serve(count: int) -> None:
    """Makes the feeds, says its port, and for each line on stdin changes a fifth of them."""
    sentences = _sentences()
    versions = [0] * count

    def make(index: int) -> tuple[bytes, bytes]:
        body = gzip.compress(feed_body(index, versions[index], sentences), 1, mtime=0)
        return b'"%d-%d"' % (index, versions[index]), body

    feeds = [make(index) for index in range(count)]
    FeedServer.feeds = tuple(feeds)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(FeedServer, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    for turn in itertools.count(1):
        if not await loop.run_in_executor(None, sys.stdin.readline):
            return
        for index in random.Random(turn).sample(range(count), round(count * CHANGED)):
            versions[index] += 1
            feeds[index] = make(index)
        FeedServer.feeds = tuple(feeds)
        print("changed", flush=True)


@dataclass
class Served:
    """The server's process, seen from here."""

    process: subprocess.Popen[str]
    port: int

    def change(self) -> None:
        """A fifth of the feeds gets a new version; returns when they are ready."""
        _pipe(self.process.stdin).write("\n")
        _pipe(self.process.stdin).flush()
        assert _pipe(self.process.stdout).readline() == "changed\n"

    def urls(self, count: int) -> list[RawUrl]:
        """The addresses of all feeds, on 250 host names."""
        return [RawUrl(f"http://h{index % HOSTS}.feeds.test:{self.port}/f/{index}") for index in range(count)]


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


@contextmanager
def serving(count: int) -> Iterator[Served]:
    """The server while the block runs."""
    command = [sys.executable, __file__, "--serve", "--feeds", str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Served(process, int(_pipe(process.stdout).readline()))
        finally:
            process.kill()


class AllOnLoopback(AbstractResolver):
    """Every name is 127.0.0.1."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        pass


# -------------------------------------------------------------------------------------------- the gauges


@dataclass
class Gauges:
    """Watches while the block runs: PSS of this process and its children (not the server's), loop lag."""

    without: int  # process id
    pss: int = 0
    lags: list[float] = field(default_factory=list)

    def sample(self) -> int:
        """PSS in bytes over the process tree, now."""
        here = psutil.Process()
        total = 0
        for process in [here, *here.children(recursive=True)]:
            try:
                if process.pid != self.without:
                    memory = process.memory_full_info()
                    total += getattr(memory, "pss", memory.uss)
            except psutil.Error:
                continue
        self.pss = max(self.pss, total)
        return total

    def lag_p99_ms(self) -> float | None:
        """How late the loop came back, in the worst one of a hundred cases."""
        return round(1000 * sorted(self.lags)[int(len(self.lags) * 0.99)], 1) if self.lags else None

    async def __aenter__(self) -> Self:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        self._lagging = asyncio.create_task(self._lag())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._lagging.cancel()
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            self.sample()

    async def _lag(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            self.lags.append(time.perf_counter() - before - 0.01)


# ------------------------------------------------------------------------------------------ the two ways

Ask = Callable[[int], Awaitable[tuple[int, int]]]  # feed -> status, decoded bytes


async def cycle(ask: Ask, count: int) -> dict[str, Any]:
    """Each feed once, in an order that mixes the hosts, as due times do."""
    statuses: dict[int, int] = {}
    decoded = 0
    order = random.Random(count).sample(range(count), count)
    waiting = iter(order)
    cpu, wall = time.process_time(), time.perf_counter()

    async def work() -> None:
        nonlocal decoded
        for index in waiting:
            status, size = await ask(index)
            statuses[status] = statuses.get(status, 0) + 1
            decoded += size

    await asyncio.gather(*(work() for _ in range(min(WORKERS, count))))
    return {
        "seconds": round(time.perf_counter() - wall, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "statuses": {str(status): statuses[status] for status in sorted(statuses)},
        "decoded_mb": round(decoded / 1e6, 1),
    }


def ours(web: Web, urls: list[RawUrl], handle: Handle) -> Ask:
    """Through :class:`Web`, with the validators of the last cycle; 0 counts failures."""
    validators = [Validators()] * len(urls)

    async def ask(index: int) -> tuple[int, int]:
        try:
            got = await web.feed(urls[index], validators[index])
        except DatelineError as exc:
            print(exc, file=sys.stderr)
            return 0, 0
        validators[index] = Validators(etag=got.etag, last_modified=got.last_modified)
        await handle(index, got)
        return got.status, len(got.body)

    return ask


def bare(session: aiohttp.ClientSession, urls: list[RawUrl]) -> Ask:
    """What a plain loop over aiohttp does: no guard, no cap, no turns."""
    etags = [""] * len(urls)

    async def ask(index: int) -> tuple[int, int]:
        headers = {"If-None-Match": etags[index]} if etags[index] else {}
        async with session.get(urls[index], headers=headers) as got:
            body = await got.read()
            etags[index] = got.headers.get("ETag", "")
            return got.status, len(body)

    return ask


async def nothing(index: int, response: Response) -> None:
    """The fetching alone."""


async def measure(count: int, cycles: int) -> dict[str, Any]:
    """All cycles, bare and ours in turns."""
    with serving(count) as served:
        urls = served.urls(count)
        web = Web(
            clock=SystemClock(),
            user_agent="Dateline-bench",
            allow_private=["127.0.0.1"],
            resolver=AllOnLoopback(),
            limits=FetchLimits(host_gap=0),
        )
        connector = aiohttp.TCPConnector(limit=100, resolver=AllOnLoopback(), use_dns_cache=False)
        rows: list[dict[str, Any]] = []
        async with aiohttp.ClientSession(connector=connector, headers={"Accept-Encoding": "gzip"}) as session:
            ways = {"bare": bare(session, urls), "ours": ours(web, urls, nothing)}
            gauges = {name: Gauges(served.process.pid) for name in ways}
            for number in range(cycles + 1):
                if number:
                    served.change()
                row: dict[str, Any] = {"cycle": number}
                for name in sorted(ways, reverse=bool(number % 2)):
                    gc.collect()
                    async with gauges[name]:
                        row[name] = await cycle(ways[name], count)
                rows.append(row)
        await web.close()
    return report(count, rows, gauges)


def report(count: int, rows: list[dict[str, Any]], gauges: dict[str, Gauges]) -> dict[str, Any]:
    """The figures; the ratio compares the cycles with a fifth changed."""
    seconds = {name: statistics.median(row[name]["seconds"] for row in rows[1:]) for name in gauges}
    cpu = {name: statistics.median(row[name]["cpu_seconds"] for row in rows[1:]) for name in gauges}
    return {
        "bench": "poll",
        "feeds": count,
        "hosts": HOSTS,
        "changed": CHANGED,
        "first_cycle_seconds": rows[0]["ours"]["seconds"],
        "cycle_seconds": seconds["ours"],
        "bare_cycle_seconds": seconds["bare"],
        "ratio_to_bare": round(seconds["ours"] / seconds["bare"], 2),
        "cpu_ratio_to_bare": round(cpu["ours"] / cpu["bare"], 2),  # less moved by what else the machine does
        "peak_pss_mb": round(gauges["ours"].pss / 1e6, 1),
        "loop_lag_p99_ms": gauges["ours"].lag_p99_ms(),
        "bare_loop_lag_p99_ms": gauges["bare"].lag_p99_ms(),
        "failures": sum(row["ours"]["statuses"].get("0", 0) for row in rows),
        "cycles": rows,
    }


def main() -> None:
    """Run as a script."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--feeds", type=int, default=5_000)
    options.add_argument("--cycles", type=int, choices=range(1, 100), default=3, metavar="N")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.serve:
        asyncio.run(serve(chosen.feeds))
    else:
        print(json.dumps(asyncio.run(measure(chosen.feeds, chosen.cycles)), indent=2))


if __name__ == "__main__":
    main()
