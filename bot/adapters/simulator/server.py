"""The HTTP side: ``/bot<token>/<method>``, bodies in any form the API takes, planned faults, answers."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from bot.adapters.simulator.chats import Draft, Message, User
from bot.adapters.simulator.faults import Fault, FaultPlan
from bot.adapters.simulator.flood import Flood
from bot.adapters.simulator.ledger import Call, Ledger, render
from bot.adapters.simulator.methods import Methods
from bot.adapters.simulator.page import Page
from bot.adapters.simulator.posting import Posting
from bot.adapters.simulator.refusals import Refusal, bad_request, too_many
from bot.adapters.simulator.rich_text import text_of_rich
from bot.adapters.simulator.signatures import Params, Upload, method_named
from bot.adapters.simulator.updates import Updates
from bot.adapters.simulator.world import World
from bot.ports import Clock

_PATH = re.compile(r"/bot(?P<token>\d+:[A-Za-z0-9_-]+)/(?P<method>[A-Za-z]+)")
_MOST_BODY = 52 << 20  # bytes: a document may have 50 MB
_HUGE = 64 << 20
_BEFORE = frozenset({"429", "500", "502_html", "error", "close_before", "reset_before"})


class Simulator:
    """A Bot API of one bot on loopback.

    Args:
        token: the only token that is let in.
        clock: time of messages and of flood control.
        bot: first name and username.
        limits: flood control on or off.
        faults: what goes wrong, in the order of planning.
        ledger: a file for the calls, one JSON object a line, each written before its answer leaves.
        rich: whether the server knows rich messages; without, their methods are not found.
        page: whether people may chat in a browser, at :attr:`page_url`.
        privacy: whether the bot is kept from what people say to each other in groups.
    """

    def __init__(  # noqa: PLR0913 - each is a trait of its own
        self,
        *,
        token: str,
        clock: Clock,
        bot: tuple[str, str] = ("Dateline", "dateline_bot"),
        limits: bool = True,
        faults: Iterable[Fault] = (),
        ledger: Path | None = None,
        rich: bool = True,
        privacy: bool = False,
        page: bool = False,
    ) -> None:
        self.token = token
        self._clock = clock
        self._rich = rich
        profile = User(
            id=int(token.split(":", maxsplit=1)[0]), first_name=bot[0], username=bot[1], is_bot=True
        )
        self.world = World(bot=profile, clock=clock, updates=Updates(), privacy=privacy)
        self.ledger = Ledger(ledger)
        self.faults = FaultPlan(faults)
        self._methods = Methods(self.world, Posting(self.world, clock, Flood() if limits else None))
        self._page = Page(self.world, self._methods.profile) if page else None
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()
        self._host, self._port = "", 0

    @property
    def base_url(self) -> str:
        """What a client puts before the token."""
        return f"http://{self._host}:{self._port}/bot"

    @property
    def file_url(self) -> str:
        """What a client puts before the token to download a file."""
        return f"http://{self._host}:{self._port}/file/bot"

    @property
    def page_url(self) -> str:
        """Where the page is, if there is one."""
        return f"http://{self._host}:{self._port}/"

    @property
    def answers(self) -> Mapping[str, Mapping[str, Any]]:
        """Callback query id -> what the bot answered to the press."""
        return self._methods.answers

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        app = web.Application(client_max_size=_MOST_BODY)
        if self._page:
            self._page.add_to(app)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        assert self._runner.addresses
        self._host, self._port = host, self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening, end waits, close the ledger's file."""
        self._closing.set()
        if self._page and self._runner:
            self._page.close()
        await self.world.updates.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        self.ledger.close()

    def say(self, chat: int, user: int, text: str, *, thread: int | None = None) -> Message:
        """Somebody writes in a chat."""
        return self.world.say(chat, user, text, thread=thread)

    def press(self, chat: int, user: int, message: int, data: str) -> str:
        """Somebody presses an inline button: the id of the callback query."""
        return self.world.press(chat, user, message, data)

    def document(self, chat: int, message: int) -> bytes:
        """The bytes of the file that a message carries. Raises KeyError: it carries none."""
        media = self.world.chats[chat].messages[message].media
        kept = self.world.files.known(media["document"]["file_id"])
        if kept is None:
            raise KeyError(f"the file of message {message} was not uploaded")
        return kept.data

    def draft(self, chat: int) -> Draft | None:
        """The preview that streams into a private chat now; gone after 30 seconds or with a message."""
        return self.world.draft_of(self.world.chats[chat])

    def action(self, chat: int) -> tuple[str, int | None] | None:
        """What the bot is seen at ("typing"), and in which topic; gone after 5 seconds or with a message."""
        return self.world.action_of(self.world.chats[chat])

    def messages(self, chat: int) -> tuple[Message, ...]:
        """What stands in the chat now, in order."""
        return tuple(self.world.chats[chat].messages.values())

    def render(self, chat: int) -> str:
        """The chat as plain text."""
        return render(
            self.world.chats[chat], {user.id: user.first_name for user in self.world.users.values()}
        )

    # ---------------------------------------------------------------------------------------- one request

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/file/"):
            return self._download(request)
        try:
            method = self._authorized(request)
            values, files = await _read(request)
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.status)
        chat = Params("sendMessage", {"chat_id": values.get("chat_id")}, {}).integer("chat_id")
        fault = self.faults.next(method, chat)
        if fault and fault.kind in _BEFORE:
            return self._fail_before(request, method, values, fault)
        if fault and fault.kind == "delay":
            await self._pause(fault.seconds)
        status, answer = await self._carry_out(method, values, files)
        body = json.dumps(answer, ensure_ascii=False).encode()
        if fault:
            return await self._fail_after(request, status, body, fault)
        return web.Response(status=status, body=body, content_type="application/json")

    def _download(self, request: web.Request) -> web.Response:
        """``/file/bot<token>/<path>``: the bytes."""
        token, _, path = unquote(request.path).removeprefix("/file/bot").partition("/")
        kept = self.world.files.at(path) if token == self.token else None
        if kept is None:
            refusal = Refusal(404, "Not Found") if token == self.token else Refusal(401, "Unauthorized")
            return web.json_response(refusal.body(), status=refusal.status)
        return web.Response(body=kept.data, content_type="application/octet-stream")

    def _authorized(self, request: web.Request) -> str:
        """The method. Raises Refusal: 404 for what is no token, 401 for a wrong one, 404 for no method."""
        match = _PATH.fullmatch(unquote(request.path))
        if match is None:
            raise Refusal(404, "Not Found")
        if match["token"] != self.token:
            raise Refusal(401, "Unauthorized")
        if request.method not in {"GET", "POST"}:
            raise Refusal(405, "Method Not Allowed")
        return method_named(match["method"], rich=self._rich)

    async def _carry_out(
        self, method: str, values: Mapping[str, Any], files: Mapping[str, Upload]
    ) -> tuple[int, Mapping[str, Any]]:
        if not self._rich:  # an older server passes over parameters that it does not know
            values = {name: value for name, value in values.items() if name != "rich_message"}
        try:
            result = await self._methods.call(Params(method, values, files))
        except Refusal as refusal:
            self._note(method, values, refusal=refusal)
            return refusal.status, refusal.body()
        self._note(method, values, result=result)
        return 200, {"ok": True, "result": result}

    def _note(
        self, method: str, values: Mapping[str, Any], *, result: Any = None, refusal: Refusal | None = None
    ) -> None:
        """One line of the ledger."""
        if "chat_id" not in values:
            return
        params = Params("sendMessage", {"chat_id": values["chat_id"]}, {})
        shown: dict[str, Any] = result if isinstance(result, dict) else {}
        chat = shown.get("chat", {}).get("id", params.integer("chat_id"))
        entities = shown.get("entities") or shown.get("caption_entities") or ()
        number = shown.get("message_id", values.get("message_id"))
        self.ledger.add(
            Call(
                number=len(self.ledger.calls) + 1,
                at=self._clock.now().isoformat(),
                method=method,
                chat=chat,
                ok=refusal is None,
                status=refusal.status if refusal else 200,
                error=refusal.description if refusal else "",
                message_id=int(number) if number is not None and str(number).isdigit() else None,
                thread=shown.get("message_thread_id"),
                text=shown.get("text") or shown.get("caption") or _rich_text(shown),
                entities=tuple(entities),
                parameters={name: value for name, value in values.items() if name != "text"},
            )
        )

    # --------------------------------------------------------------------------------------------- faults

    def _fail_before(
        self, request: web.Request, method: str, values: Mapping[str, Any], fault: Fault
    ) -> web.StreamResponse:
        """The call is not carried out."""
        if fault.kind == "502_html":
            self._note(method, values, refusal=Refusal(502, "Bad Gateway"))
            page = f"<html><h1>502 Bad Gateway</h1><p>{request.path}</p></html>"
            return web.Response(status=502, text=page, content_type="text/html")
        refusal = {
            "429": too_many(fault.retry_after),
            "500": Refusal(500, "Internal Server Error"),
            "error": Refusal(fault.status, fault.description, **fault.parameters),
        }.get(fault.kind)
        self._note(method, values, refusal=refusal or Refusal(0, f"simulator: {fault.kind}"))
        if refusal is None:
            return _hang_up(request, reset=fault.kind == "reset_before")
        return web.json_response(refusal.body(), status=refusal.status)

    async def _fail_after(
        self, request: web.Request, status: int, body: bytes, fault: Fault
    ) -> web.StreamResponse:
        """The call was carried out; its answer meets the fault."""
        if fault.kind == "delay":
            return web.Response(status=status, body=body, content_type="application/json")
        if fault.kind == "cut_json":
            return web.Response(status=status, body=body[: len(body) // 2], content_type="application/json")
        if fault.kind == "garbage":
            return web.Response(status=status, body=b"\xff\x00\x8bnonsense" * 9, content_type="text/plain")
        if fault.kind in {"cut", "not_http"} and request.transport is not None:
            head = f"HTTP/1.1 {status} OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            request.transport.write(
                head + body[: len(body) // 2] if fault.kind == "cut" else b"\x16\x03 what?\r\n\r\n"
            )
            return _hang_up(request)
        if fault.kind in {"huge", "drip"}:
            return await self._stream(request, status, body, fault)
        return _hang_up(request)

    async def _stream(
        self, request: web.Request, status: int, body: bytes, fault: Fault
    ) -> web.StreamResponse:
        """Too much, or too slowly."""
        answer = web.StreamResponse(status=status)
        try:
            await answer.prepare(request)
            if fault.kind == "huge":
                for _ in range(_HUGE >> 16):
                    await answer.write(b" " * (1 << 16))
            else:
                for byte in body:
                    await answer.write(bytes((byte,)))
                    await self._pause(1.0)
            await answer.write_eof()
        except ConnectionError:
            pass  # the client has had enough, which is what this is for
        return answer

    async def _pause(self, seconds: float) -> None:
        """Real time, whatever the clock: sockets have no other. Ends early when the simulator stops."""
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return


def _rich_text(shown: Mapping[str, Any]) -> str:
    """A rich message's text for the ledger."""
    return text_of_rich(shown["rich_message"]) if "rich_message" in shown else ""


def _hang_up(request: web.Request, *, reset: bool = False) -> web.StreamResponse:
    """Close the connection without an answer, with a TCP reset where asked."""
    transport = request.transport
    if transport is not None:
        if reset:
            wire = transport.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
    return web.Response(status=500)  # nobody will read it; aiohttp wants one


async def _read(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters and files, from the address, a form, or JSON."""
    values: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    kind = request.content_type
    if kind == "application/json" and request.can_read_body:
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("can't parse JSON object: expected an Object")
        return values | body, files
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                data = value.file.read()
                files[name] = Upload(name=value.filename, content_type=value.content_type, data=data)
            else:
                values[name] = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
    return values, files
