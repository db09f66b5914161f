"""A model's server on loopback: /v1/chat/completions with scripted quirks, and one that obeys attackers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.domain.summaries import gazetteer
from bot.domain.summaries.checking import dates
from bot.domain.summaries.figures import figures

Request = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the server says. ``text`` is the model's answer; the rest bends the way it is served."""

    text: str = ""
    status: int = 200
    error: dict[str, Any] | None = None  # sent in place of a completion
    headers: dict[str, str] = field(default_factory=dict)
    finish: str | None = "stop"
    raw: bytes | None = None  # sent as it is
    content_type: str = "application/json"
    usage: dict[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 20}
    )
    after: float = 0.0  # seconds before anything comes
    trickle: float = 0.0  # seconds between single bytes
    cut: bool = False  # the connection breaks in the middle of the body
    refusal: str | None = None
    likely: dict[str, float] | None = None  # logprobs of the first token


Script = Callable[[Request, int], Reply | str] | Sequence[Reply | str] | Reply | str
"""By request and its number from 1; or one after the other, the last one for ever; or always the same."""


class FakeLLM:
    """The server; ``requests`` are the bodies that came, ``keys`` the Authorization headers."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Request] = []
        self.keys: list[str] = []
        self.url = ""

    def _reply(self, body: Request) -> Reply:
        script, at = self.script, len(self.requests)
        if callable(script):
            said = script(body, at)
        elif isinstance(script, Reply | str):
            said = script
        else:
            said = script[min(at, len(script)) - 1]
        return Reply(text=said) if isinstance(said, str) else said

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        reply = self._reply(body)
        await asyncio.sleep(reply.after)  # noqa: TID251 - a server's slowness is real time
        data = reply.raw if reply.raw is not None else json.dumps(self._payload(reply, body)).encode()
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.content_type = reply.content_type
        response.content_length = len(data)
        await response.prepare(request)
        try:
            if reply.cut:
                await response.write(data[: len(data) // 2])
                assert request.transport is not None
                request.transport.close()
            elif reply.trickle:
                for at in range(len(data)):
                    await response.write(data[at : at + 1])
                    await asyncio.sleep(reply.trickle)  # noqa: TID251 - a server's slowness is real time
            else:
                await response.write(data)
                await response.write_eof()
        except ConnectionError:
            pass  # the client had enough
        return response

    @staticmethod
    def _payload(reply: Reply, body: Request) -> dict[str, Any]:
        if reply.error is not None:
            return {"error": reply.error}
        message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
        choice: dict[str, Any] = {"index": 0, "finish_reason": reply.finish, "message": message}
        if reply.likely is not None:
            top = [{"token": token, "logprob": value} for token, value in reply.likely.items()]
            choice["logprobs"] = {"content": [{"token": reply.text, "logprob": 0.0, "top_logprobs": top}]}
        payload = {
            "id": "c1",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [choice],
        }
        return payload | ({"usage": reply.usage} if reply.usage else {})


@asynccontextmanager
async def fake_llm(script: Script) -> AsyncIterator[FakeLLM]:
    """The server, running on a free port of loopback; ``url`` ends in /v1."""
    fake = FakeLLM(script)
    app = web.Application(client_max_size=4 << 20)
    app.router.add_post("/v1/chat/completions", fake.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    fake.url = f"http://{host}:{port}/v1"
    try:
        yield fake
    finally:
        await runner.cleanup()


def asked_for(body: Request) -> str:
    """Which step of the ladder a request is on."""
    form = body.get("response_format")
    if form is None:
        return "text" if "JSON Schema" in body["messages"][-1]["content"] else "none"
    if form["type"] == "json_schema":
        return "json_schema"
    return "json_object_schema" if "schema" in form else "json_object"


def passages(body: Request) -> dict[str, str]:
    """Id → text of the passages that a request shows."""
    user = next(one["content"] for one in body["messages"] if one["role"] == "user")
    return dict(re.findall(r"(?m)^\[(p\d+)\] (.*)$", user))


def copying(body: Request, _: int = 1) -> str:
    """A faithful model: the first passages, word for word."""
    shown = list(passages(body).items())[:3]
    lines = [{"text": text, "passages": [name]} for name, text in shown]
    words = shown[0][1].rstrip(".。").split()
    return json.dumps({"headline": " ".join(words[:14]), "sentences": lines}, ensure_ascii=False)


def translating(body: Request, _: int = 1) -> str:
    """A faithful translator into Chinese, if no stylist: each line's names, figures and days, and no more.

    What is no translation is answered as :func:`copying` does.
    """
    user = body["messages"][1]["content"]
    if "<lines-" not in user:
        return copying(body)
    lines = dict(re.findall(r"(?m)^(headline|s\d+): (.*)$", user))
    return json.dumps(
        {"lines": [{"id": ident, "text": in_chinese(text)} for ident, text in lines.items()]},
        ensure_ascii=False,
    )


def in_chinese(text: str) -> str:
    """The names, figures and days of an English line, with Chinese around them."""
    known = {ident: chinese[0] for ident, _, chinese, _ in gazetteer.table() if chinese}
    said = [known[ident] for ident in sorted(gazetteer.named(text))]
    for day in dates.days(text):
        kind, _, number = day.bits.partition(" ")
        month = number if kind == "month" else day.bits.split("-")[0] if "-" in day.bits else ""
        said.append(f"{month}月" if month else f"周{'一二三四五六日'[int(number)]}")
    for one in figures(text):
        number = f"{one.value:f}".rstrip("0").rstrip(".")
        said.append(number + {"%": "%", "$": "美元"}.get(one.kind, "个"))
    return f"据报道，此事涉及{'、'.join(said) or '多方'}，有关方面已作出回应"


def obeying(payload: str, *, where: str) -> Callable[[Request, int], str]:
    """A model that does what the attacker wants.

    His text stands in the headline, the lead, the last line, glued to a true sentence, or everywhere.
    """

    def answer(body: Request, _: int) -> str:
        said = json.loads(copying(body))
        lines = said["sentences"]
        evil = {"text": payload, "passages": lines[0]["passages"]}
        if where == "headline":
            said["headline"] = payload
        elif where == "lead":
            lines.insert(0, evil)
        elif where == "last":
            lines.append(evil)
        elif where == "glued":
            lines[-1]["text"] += " " + payload
        else:
            said = {"headline": payload, "sentences": [evil, evil]}
        return json.dumps(said, ensure_ascii=False)

    return answer
