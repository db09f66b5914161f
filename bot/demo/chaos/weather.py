"""The world around the bots of a simulated day: feeds, a Bot API and a model, each of which fails at times.

What a call meets is drawn from the seed and the call's own number (of its chat, of its feed), not from one
stream of chance: two calls that change places change nothing.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from aiohttp import web

from bot.adapters.simulator import Fault
from bot.adapters.simulator.faults import FaultPlan, Kind
from bot.demo.chaos.script import Script
from bot.demo.samples import SampleArticle, SampleOutlet
from bot.demo.server import SampleServer, render_feed

_HANG = 3.0  # real seconds; lives give up after one


def dice(*what: object) -> random.Random:
    """The chance of this one thing."""
    return random.Random(":".join(map(str, what)))  # noqa: S311 - to be played again, no secret


class ApiWeather(FaultPlan):
    """Gives calls their faults while a storm of the script goes on; ``elapsed`` tells the day's seconds."""

    def __init__(self, script: Script, elapsed: Callable[[], float]) -> None:
        super().__init__()
        self._script, self._elapsed = script, elapsed
        self._calls: Counter[int | None] = Counter()
        self.hit: Counter[str] = Counter()
        """Kind of fault -> calls that met it."""

    def next(self, method: str, chat: int | None) -> Fault | None:
        """The fault of this call, if it has one; planned ones first."""
        planned = super().next(method, chat)
        if planned or method not in {"sendMessage", "editMessageText", "sendRichMessage"}:
            return planned
        self._calls[chat] += 1
        chance = dice(self._script.seed, "api", chat, self._calls[chat])
        for storm in self._script.storms:
            if storm.begin <= self._elapsed() < storm.end and chance.random() < storm.share:
                kind = chance.choice(storm.kinds)
                self.hit[kind] += 1
                return Fault(kind=cast("Kind", kind), method="", retry_after=chance.randint(1, 30))
        return None


class Newsstand(SampleServer):
    """The sample outlets, publishing as the day goes on; a share of requests for feeds meets a fault."""

    def __init__(
        self, outlets: tuple[SampleOutlet, ...], articles: tuple[SampleArticle, ...], script: Script
    ) -> None:
        super().__init__(outlets, ())
        self._all, self._script = articles, script
        self._asked: Counter[str] = Counter()
        self.quiet = False
        """No more faults."""
        self.faults: Counter[str] = Counter()
        """Kind of fault -> requests that met it."""

    def publish(self, now: datetime) -> None:
        """What was published by now is there."""
        self.articles = tuple(article for article in self._all if article.published_at <= now)

    async def _feed(self, request: web.Request) -> web.Response:
        outlet = self._outlet(request)
        self._asked[outlet.id] += 1
        chance = dice(self._script.seed, "feed", outlet.id, self._asked[outlet.id])
        if self.quiet or outlet.format in {"dead", "broken"} or chance.random() >= self._script.sick_feeds:
            return await super()._feed(request)
        kind = chance.choice(("503", "hang", "reset", "cut", "login", "garbage", "shuffled", "renamed"))
        self.faults[kind] += 1
        return await self._sick(request, outlet, kind)

    async def _sick(self, request: web.Request, outlet: SampleOutlet, kind: str) -> web.Response:
        items = [article for article in self.articles if article.outlet == outlet.id]
        if kind == "503":
            return web.Response(status=503, text="try later")
        if kind == "hang":
            await asyncio.sleep(_HANG)
            return web.Response(status=504)
        if kind == "login":
            return web.Response(
                text="<!doctype html><html><body>Log in</body></html>", content_type="text/html"
            )
        if kind == "garbage":
            return web.Response(body=b"\x00\xff\xfe\x8b" * 400, content_type="application/rss+xml")
        if kind == "shuffled":  # the same news in another order
            body, content_type = render_feed(outlet, items[::-1])
            return web.Response(body=body, headers={"Content-Type": content_type})
        if kind == "renamed":  # the same news under new ids
            body, content_type = render_feed(replace(outlet, id=f"{outlet.id}-new"), items)
            return web.Response(body=body, headers={"Content-Type": content_type})
        if request.transport is not None:
            if kind == "cut":
                request.transport.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n<?xml version='1.0'?><rss>"
                )
            request.transport.close()
        return web.Response(status=500)  # nobody reads it


class Model:
    """A chat model's server: quotes the passages it is shown, or fails."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._runner: web.AppRunner | None = None
        self.url = ""
        self.calls = 0
        self.quiet = False
        """No more faults."""
        self.faults: Counter[str] = Counter()
        """Kind of fault -> calls that met it."""

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1; ``url`` is what OPENAI_BASE_URL wants."""
        app = web.Application(client_max_size=4 << 20)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        """Close all connections."""
        if self._runner:
            await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls += 1
        chance = dice(self._script.seed, "model", self.calls)
        if self.quiet or chance.random() >= self._script.sick_model:
            return web.json_response(_completion(body, _quoting(body)))
        kind = chance.choice(("429", "500", "stall", "no json", "empty", "inventing", "cut"))
        self.faults[kind] += 1
        if kind in {"429", "500"}:
            return web.json_response({"error": {"message": "not now"}}, status=int(kind))
        if kind == "stall":
            await asyncio.sleep(_HANG)
        if kind == "cut" and request.transport is not None:
            request.transport.close()
        if kind == "inventing":
            lie = "The king of Atlantis resigned on Sunday after 4,711 people were killed in his palace."
            said = {"headline": lie, "sentences": [{"text": lie, "passages": ["p1"]}]}
            return web.json_response(_completion(body, json.dumps(said)))
        return web.json_response(_completion(body, "Sure! Here you go" if kind == "no json" else ""))


def _quoting(body: dict[str, Any]) -> str:
    """The first passages, word for word, in the form that the prompt asks for."""
    shown = re.findall(r"(?m)^\[(p\d+)\] (.*)$", str(body["messages"][-1]["content"]))[:3]
    lines = [{"text": text, "passages": [name]} for name, text in shown]
    headline = " ".join(shown[0][1].rstrip(".。").split()[:14]) if shown else ""
    return json.dumps({"headline": headline, "sentences": lines}, ensure_ascii=False)


def _completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20},
    }
