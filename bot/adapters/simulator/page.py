"""The page on which a person without a token chats with the bot in a browser.

Served beside the API on loopback. The page is one document without anything from elsewhere. Names that a
rebound DNS entry leads here are refused by their Host header; what changes something needs a token that only
the page holds, so another site's form or script cannot press a button.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from typing import Any

from aiohttp import web

from bot.adapters.simulator.chats import Json
from bot.adapters.simulator.profile import Profile
from bot.adapters.simulator.refusals import Refusal
from bot.adapters.simulator.view import View
from bot.adapters.simulator.world import World

_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_MOST_WAITING = 500  # changes that a slow page may lag behind before it loads all again
_BEAT = 15.0  # seconds between signs of life, so that a page that went away is noticed
_PARTS = ("page.css", "format.js", "acting.js", "page.js")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page:
    """The page's side of the simulator."""

    def __init__(self, world: World, profile: Profile) -> None:
        self._world = world
        self._view = View(world, profile)
        self._token = secrets.token_urlsafe(24)
        self._listeners: set[asyncio.Queue[Json | None]] = set()
        self._actions: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "say": self._say,
            "press": self._press,
            "link": self._link,
            "forward": self._forward,
            "location": self._location,
            "document": self._document,
            "language": self._language,
            "person": self._person,
            "topic": self._topic,
            "join": lambda given: world.join(int(given["chat"]), int(given["user"])),
            "leave": lambda given: world.leave(int(given["chat"]), int(given["user"])),
            "block": lambda given: world.block(int(given["user"]), blocked=bool(given["blocked"])),
        }
        world.watchers.append(self._changed)

    def add_to(self, app: web.Application) -> None:
        """Add the page's addresses."""
        for path, handler in (
            ("/", self._document_of_page),
            ("/page/state", self._state),
            ("/page/chat", self._chat),
            ("/page/events", self._events),
            ("/page/file", self._file),
        ):
            app.router.add_get(path, _guarded(handler))
        app.router.add_post("/page/do", _guarded(self._do))

    def close(self) -> None:
        """End all waits."""
        self._world.watchers.remove(self._changed)
        for queue in self._listeners:
            queue.put_nowait(None)

    # ------------------------------------------------------------------------------------------ looking

    async def _document_of_page(self, request: web.Request) -> web.Response:
        del request
        nonce = secrets.token_urlsafe(12)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = {
            "Content-Security-Policy": policy,
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
        }
        text = _assembled().replace("{{nonce}}", nonce).replace("{{token}}", self._token)
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self._view.everything(_number(request, "user")))

    async def _chat(self, request: web.Request) -> web.Response:
        try:
            shown = self._view.chat(_number(request, "chat"), _number(request, "user"))
        except KeyError:
            raise web.HTTPNotFound from None
        return web.json_response(shown)

    async def _file(self, request: web.Request) -> web.Response:
        kept = self._world.files.known(request.query.get("id", ""))
        if kept is None:
            raise web.HTTPNotFound
        headers = {
            "Content-Disposition": f"attachment; filename={json.dumps(_tame(kept.name))}",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=kept.data, content_type="application/octet-stream", headers=headers)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: each change, as the world tells it."""
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            await answer.prepare(request)
            await answer.write(b": here\n\n")
            while True:
                try:
                    change = await asyncio.wait_for(queue.get(), _BEAT)
                except TimeoutError:
                    await answer.write(b": still here\n\n")
                    continue
                if change is None:
                    break
                await answer.write(f"data: {json.dumps(change)}\n\n".encode())
        except ConnectionError:
            pass  # the page was closed, which is how this ends
        finally:
            self._listeners.discard(queue)
        return answer

    def _changed(self, change: Json) -> None:
        for queue in self._listeners:
            if queue.qsize() < _MOST_WAITING:
                queue.put_nowait(change)
            elif queue.qsize() == _MOST_WAITING:
                queue.put_nowait({"kind": "reload", "chat": 0})

    # ------------------------------------------------------------------------------------------- acting

    async def _do(self, request: web.Request) -> web.Response:
        """``{"do": name, …}`` with the page's token: what a person does."""
        if not secrets.compare_digest(request.headers.get("X-Page-Token", ""), self._token):
            raise web.HTTPForbidden(text="this page has no token of the simulator: load it again")
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            given = await request.json()
            done = self._actions[given["do"]](given)
        except PermissionError as error:
            return web.json_response({"error": str(error)}, status=403)
        except Refusal as refusal:
            return web.json_response({"error": refusal.description}, status=400)
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
        return web.json_response(done if isinstance(done, dict) else {})

    def _here(self, given: Mapping[str, Any]) -> tuple[int, int]:
        """The chat and the person. Raises PermissionError where the person may not write."""
        chat, user = int(given["chat"]), int(given["user"])
        place = self._world.chats[chat]
        if self._world.users[user].is_bot or not self._view.may_write(place, user):
            raise PermissionError("you may not write here")
        if given.get("anonymous") and not self._world.member(place, user).manages:
            raise PermissionError("only administrators may hide")
        return chat, user

    def _say(self, given: Mapping[str, Any]) -> Json:
        chat, user = self._here(given)
        message = self._world.say(
            chat,
            user,
            str(given["text"]),
            thread=given.get("thread"),
            reply_to=given.get("reply_to"),
            anonymous=bool(given.get("anonymous")),
        )
        return {"message": message.id}

    def _press(self, given: Mapping[str, Any]) -> Json:
        chat, user, message = int(given["chat"]), int(given["user"]), int(given["message"])
        return {"query": self._world.press(chat, user, message, str(given["data"]))}

    def _link(self, given: Mapping[str, Any]) -> Json:
        chat = given.get("chat")
        user = int(given["user"])
        message = self._world.open_link(user, str(given["url"]), chat=int(chat) if chat else None)
        return {"chat": int(chat) if chat else user, "message": message.id}

    def _forward(self, given: Mapping[str, Any]) -> Json:
        chat, user = self._here(given)
        source, number = int(given["from_chat"]), int(given["message"])
        return {"message": self._world.forward(chat, user, source, number, thread=given.get("thread")).id}

    def _location(self, given: Mapping[str, Any]) -> Json:
        chat, user = self._here(given)
        latitude, longitude = float(given["latitude"]), float(given["longitude"])
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ValueError("no such place")
        return {"message": self._world.share_location(chat, user, latitude, longitude).id}

    def _document(self, given: Mapping[str, Any]) -> Json:
        chat, user = self._here(given)
        try:
            data = base64.b64decode(str(given["data"]), validate=True)
        except binascii.Error:
            raise ValueError("the file is not base64") from None
        message = self._world.send_document(
            chat,
            user,
            _tame(str(given["name"])),
            data,
            str(given.get("mime") or "application/octet-stream"),
            str(given.get("caption") or ""),
            thread=given.get("thread"),
        )
        return {"message": message.id}

    def _language(self, given: Mapping[str, Any]) -> None:
        self._world.users[int(given["user"])].language = str(given["language"])
        self._world.changed("commands", 0)

    def _person(self, given: Mapping[str, Any]) -> Json:
        name = str(given["name"]).strip()[:64]
        if not name:
            raise ValueError("a person needs a name")
        user = max(one.id for one in self._world.users.values() if not one.is_bot) + 1
        self._world.add_user(user, name, language=str(given.get("language") or "en"), started=False)
        return {"user": user}

    def _topic(self, given: Mapping[str, Any]) -> Json:
        chat, user = self._here(given)
        return {"topic": self._world.add_topic(chat, str(given["name"]).strip()[:128] or "Topic", by=user).id}


def _guarded(handler: _Handler) -> _Handler:
    """Refuse hosts that are not this machine: a site may make its own name lead here."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        host, _, port = request.host.rpartition(":")
        if (host if port.isdigit() else request.host).lower() not in _HOSTS:
            raise web.HTTPForbidden(text="this page answers to 127.0.0.1 and localhost only")
        return await handler(request)

    return guarded


def _number(request: web.Request, name: str) -> int:
    try:
        return int(request.query.get(name, "0"))
    except ValueError:
        raise web.HTTPBadRequest from None


def _assembled() -> str:
    """The document with its style and scripts inside."""
    folder = resources.files("bot.adapters.simulator") / "web"
    text = (folder / "page.html").read_text(encoding="utf-8")
    for part in _PARTS:
        text = text.replace(f"{{{{{part}}}}}", (folder / part).read_text(encoding="utf-8"))
    return text


def _tame(name: str) -> str:
    """A file name without folders and without characters that a header may not have."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable())[:120] or "file"
