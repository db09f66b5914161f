"""A server on loopback that speaks ``/v1/embeddings``, well or badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fake_llm import Reply


def letters(text: str) -> list[float]:
    """A vector for tests: how often each of eight kinds of letters occurs, and one number that is never 0."""
    found = [1.0] + [0.0] * 8
    for letter in text.casefold():
        found[1 + ord(letter) % 8] += 1.0
    return found


Answer = Callable[[list[str]], Reply]


def answering(texts: list[str]) -> Reply:
    """What a good server says, its rows in any order."""
    rows = [{"object": "embedding", "index": at, "embedding": letters(one)} for at, one in enumerate(texts)]
    return Reply(raw=json.dumps({"object": "list", "model": "m", "data": rows[::-1]}).encode())


@dataclass
class FakeEmbeddings:
    """The server; ``requests`` are the bodies that came, ``keys`` the Authorization headers."""

    answer: Answer = answering
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        reply = self.answer(body["input"])
        data = reply.raw or b""
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.content_type = "application/json"
        response.content_length = len(data)
        await response.prepare(request)
        try:
            if reply.trickle:
                await asyncio.sleep(reply.trickle)  # noqa: TID251 - a server's slowness is real time
            if reply.cut:
                await response.write(data[: len(data) // 2])
                assert request.transport is not None
                request.transport.close()
            else:
                await response.write(data)
                await response.write_eof()
        except ConnectionError:
            pass  # the client had enough
        return response


@asynccontextmanager
async def fake_embeddings(answer: Answer = answering) -> AsyncIterator[FakeEmbeddings]:
    """The server, running on a free port of loopback; ``url`` ends in /v1."""
    fake = FakeEmbeddings(answer)
    app = web.Application(client_max_size=4 << 20)
    app.router.add_post("/v1/embeddings", fake.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    fake.url = f"http://{host}:{port}/v1"
    try:
        yield fake
    finally:
        await runner.cleanup()
