"""A small raw HTTP/1.1 server on loopback whose every misbehaviour is scripted.

    async with Loopback() as server:
        server.on("/feed", answer(b"<rss/>", etag='"1"'))
        server.on("/slow", drip(b"x" * 100, every=0.5))
        ...  # ask server.url("/feed")
        assert server.connections == 1
        assert server.requests[0].headers["user-agent"] == "Dateline"

A script is ``async (request, writer) -> keep``; a false ``keep`` closes the connection. Unknown paths: 404.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip as gzip_format
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: header names in lower case."""

    method: str
    path: str  # with query
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Script = Callable[[Request, asyncio.StreamWriter], Awaitable[bool]]


class Loopback:
    """The server: counts TCP connections and keeps every request."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.requests: list[Request] = []
        self._scripts: dict[str, Script] = {}
        self._otherwise: Script = answer(b"", status=404)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def on(self, path: str, script: Script) -> str:
        """Let this path (a query in requests is ignored) answer so; gives its address."""
        self._scripts[path] = script
        return self.url(path)

    def otherwise(self, script: Script) -> None:
        """Let every other path answer so."""
        self._otherwise = script

    def url(self, path: str = "/", host: str | None = None) -> str:
        """The address of a path, by another host name if wanted."""
        name = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{name}:{self.port}{path}"

    def asked(self, path: str) -> list[Request]:
        """The requests for this path."""
        return [request for request in self.requests if request.path.partition("?")[0] == path]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has gone
        except asyncio.CancelledError:
            pass  # the server closes; swallowed, or the stream's own callback would report it
        finally:
            self.open -= 1
            self._tasks.discard(task)
            with contextlib.suppress(OSError, asyncio.CancelledError):
                writer.close()
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = [line.partition(":") for line in lines if line]
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Request(method, path, headers, body)
        self.requests.append(request)
        script = self._scripts.get(path.partition("?")[0], self._otherwise)
        keep = await script(request, writer)
        return keep and headers.get("connection", "").lower() != "close"


# ------------------------------------------------------------------------------------------------- scripts


def head(status: int = 200, /, length: int | None = None, **headers: str) -> bytes:
    """A response head; ``content_type="text/xml"`` becomes ``Content-Type: text/xml``."""
    lines = [f"HTTP/1.1 {status} Scripted"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def answer(body: bytes, *, status: int = 200, gzip: bool = False, **headers: str) -> Script:
    """A well-behaved answer; conditional requests get 304 when ``etag`` or ``last_modified`` match."""
    if gzip:
        body = gzip_format.compress(body)
        headers["content_encoding"] = "gzip"

    async def script(request: Request, writer: asyncio.StreamWriter) -> bool:
        etag, modified = headers.get("etag"), headers.get("last_modified")
        same = (etag is not None and request.headers.get("if-none-match") == etag) or (
            modified is not None and request.headers.get("if-modified-since") == modified
        )
        if same:
            kept = {name: value for name, value in headers.items() if name != "content_encoding"}
            writer.write(head(304, 0, **kept))
        else:
            writer.write(head(status, len(body), **headers) + body)
        await writer.drain()
        return True

    return script


def redirect(to: str, status: int = 302) -> Script:
    """A redirect with a small body, as real ones have."""
    return answer(b"<html>moved</html>", status=status, location=to)


def sequence(*scripts: Script) -> Script:
    """The first request gets the first script, …; the last one stays."""
    waiting = list(scripts)

    async def script(request: Request, writer: asyncio.StreamWriter) -> bool:
        now = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return await now(request, writer)

    return script


def raw(data: bytes) -> Script:
    """Exactly these bytes, then the end: garbage, wrong lengths, broken chunks."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        await writer.drain()
        return False

    return script


def cut_off(body: bytes, promised: int, **headers: str) -> Script:
    """A body shorter than its Content-Length."""
    return raw(head(200, promised, **headers) + body)


def drip(body: bytes, every: float, **headers: str) -> Script:
    """One byte every so many seconds."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(head(200, len(body), **headers))
        for index in range(len(body)):
            writer.write(body[index : index + 1])
            await writer.drain()
            await asyncio.sleep(every)  # noqa: TID251 - a real server takes real time
        return True

    return script


def hang(*, after: bytes = b"") -> Script:
    """These bytes, then silence."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(after)
        await writer.drain()
        await asyncio.Event().wait()
        return False

    return script


def reset(*, after: bytes = b"") -> Script:
    """These bytes, then a TCP reset."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(after)
        await writer.drain()
        await asyncio.sleep(0.02)  # noqa: TID251 - let them arrive before the reset overtakes them
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False

    return script


def gzip_bomb(mebibytes: int) -> bytes:
    """Valid gzip of so many MiB of zeros: one compressed block, repeated; 1 GiB is 1 MB, made in 0.3 s."""
    block = bytes(1 << 20)
    maker = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = maker.compress(block) + maker.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(mebibytes):
        check = zlib.crc32(block, check)
    trailer = struct.pack("<II", check, (mebibytes << 20) & 0xFFFF_FFFF)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + packed * mebibytes + b"\x03\0" + trailer


@contextmanager
def refused_port(host: str = "127.0.0.1") -> Iterator[int]:
    """A port that is taken but where nobody listens: connecting is refused, and nobody else gets it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.bind((host, 0))
        yield int(sock.getsockname()[1])
