"""Feeds on loopback, in a process of their own: ``python tests/bench/feed_server.py 5000``.

20 entries and 100 KB each (gzip, ETag, kept connections) on 250 host names. It says its port; then for each
line on standard input a fifth of the feeds gets four new entries in place of the four oldest. Nothing of it
counts as the bot's time or memory.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO

from aiohttp.abc import AbstractResolver, ResolveResult

HOSTS = 250
ENTRIES = 20
CHANGED = 0.2
START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
"""The time of the first cycle."""
CYCLE = timedelta(hours=1)
"""Simulated time between two cycles; each version's entries are dated within it."""

_NEW = 4  # entries that a version brings
_TEXT = """the harbour council said on Monday that ships would wait for a new inspection while ministers of
both countries met again about tariffs grain convoys rivers borders talks elections and the price of fuel"""
_WORDS = tuple(_TEXT.split())


def sentences() -> list[str]:
    """What the entries are made of."""
    chance = random.Random(7)
    return [" ".join(chance.choices(_WORDS, k=16)).capitalize() + "." for _ in range(2_000)]


def feed_body(index: int, version: int, stock: list[str]) -> bytes:
    """RSS of 20 entries, about 100 KB, newest first; the newest of version N is dated before cycle N."""
    entries = []
    for number in range(version * _NEW + ENTRIES - 1, version * _NEW - 1, -1):
        chance = random.Random(index * 100_003 + number)
        text = " ".join(chance.choices(stock, k=46))
        link = f"http://h{index % HOSTS}.feeds.test/{index}/{number}"
        title = " ".join(chance.choices(_WORDS, k=8)).capitalize()
        date = START + CYCLE / _NEW * (number - ENTRIES)
        entries.append(
            f"<item><title>{title} {number}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{date:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
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
    stock = sentences()
    versions = [0] * count

    def make(index: int) -> tuple[bytes, bytes]:
        body = gzip.compress(feed_body(index, versions[index], stock), 1, mtime=0)
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
    """The server's process, seen from outside."""

    process: subprocess.Popen[str]
    port: int

    def change(self) -> None:
        """A fifth of the feeds gets a new version; returns when they are ready."""
        _pipe(self.process.stdin).write("\n")
        _pipe(self.process.stdin).flush()
        assert _pipe(self.process.stdout).readline() == "changed\n"

    def urls(self, count: int) -> list[str]:
        """The addresses of all feeds."""
        return [f"http://h{index % HOSTS}.feeds.test:{self.port}/f/{index}" for index in range(count)]


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


@contextmanager
def serving(count: int) -> Iterator[Served]:
    """The server while the block runs."""
    command = [sys.executable, __file__, str(count)]
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


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
