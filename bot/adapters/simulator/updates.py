"""Updates on their way to the bot: long polling, or a webhook with its secret.

As with the original only one of both is on at a time, a newer poller ends the older one's wait with 409, and
an update stays until its id is confirmed by a higher offset (or by a 2xx of the webhook).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from yarl import URL

from bot.adapters.simulator.refusals import bad_request, conflict
from bot.events import logger

log = logger("simulator")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
# Kinds that are delivered only when allowed_updates names them.
_ON_DEMAND = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_RETRY = 0.1  # seconds between attempts at a webhook that fails; the original takes longer


class Updates:
    """The queue of one bot."""

    def __init__(self) -> None:
        self._queue: list[dict[str, Any]] = []
        self._last = 0
        self._allowed: tuple[str, ...] | None = None
        self._changed = asyncio.Event()
        self._poller: asyncio.Future[None] | None = None
        self._url = ""
        self._secret = ""
        self._last_error = ""
        self._postman: asyncio.Task[None] | None = None

    def put(self, kind: str, body: Mapping[str, Any]) -> None:
        """Queue one, unless the bot did not ask for this kind."""
        asked = kind in self._allowed if self._allowed else kind not in _ON_DEMAND
        if not asked:
            return
        self._last += 1
        self._queue.append({"update_id": self._last, kind: dict(body)})
        self._wake()

    def _wake(self) -> None:
        """Let those who wait look again; each wait takes a fresh event, so none is missed."""
        self._changed.set()
        self._changed = asyncio.Event()

    def allow(self, kinds: Any) -> None:
        """Which kinds the bot wants from now on; an empty list is the default again. None: as before."""
        if kinds is None:
            return
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise bad_request("can't parse allowed updates JSON object")
        self._allowed = tuple(kinds) or None

    async def poll(self, *, offset: int, limit: int, timeout: float) -> Sequence[Mapping[str, Any]]:  # noqa: ASYNC109 - the API's word
        """At most ``limit`` updates from ``offset`` on, waiting ``timeout`` seconds for the first.

        Raises:
            Refusal: 409, a webhook is on or a newer poller came.
        """
        if self._url:
            raise conflict(
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first"
            )
        if self._poller and not self._poller.done():
            self._poller.set_result(None)
        turn = self._poller = asyncio.get_running_loop().create_future()
        self.confirm(offset)
        deadline = asyncio.get_running_loop().time() + timeout
        while not self._queue and (left := deadline - asyncio.get_running_loop().time()) > 0:
            changed = asyncio.ensure_future(self._changed.wait())
            await asyncio.wait({turn, changed}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
            if turn.done():
                raise conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running"
                )
        return self._queue[: max(1, min(limit, 100))]

    def confirm(self, offset: int) -> None:
        """Forget updates below the offset; a negative one keeps only that many of the newest."""
        if offset < 0:
            self._queue = self._queue[offset:]
        elif offset:
            self._queue = [update for update in self._queue if update["update_id"] >= offset]

    def drop(self) -> None:
        """Forget all."""
        self._queue.clear()

    async def set_webhook(self, url: str, secret: str) -> None:
        """Deliver there from now on; "" turns it off. Only loopback: nothing here may leave the machine."""
        if secret and not _SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        if url and URL(url).host not in _LOOPBACK:
            raise bad_request("bad webhook: the simulator delivers to loopback addresses only")
        await self.stop()
        self._url, self._secret, self._last_error = url, secret, ""
        if url:
            self._postman = asyncio.create_task(self._deliver())

    def webhook(self) -> Mapping[str, Any]:
        """WebhookInfo."""
        info: dict[str, Any] = {
            "url": self._url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._queue),
        }
        if self._last_error:
            info["last_error_message"] = self._last_error
        if self._allowed:
            info["allowed_updates"] = list(self._allowed)
        return info

    async def stop(self) -> None:
        """End delivery."""
        if self._postman:
            self._postman.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._postman
            self._postman = None

    async def _deliver(self) -> None:
        """One update at a time, in order, again until it is taken."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._secret} if self._secret else {}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10), headers=headers) as session:
            while True:
                if not self._queue:
                    await self._changed.wait()
                    continue
                update = self._queue[0]
                if await self._post(session, update):
                    self.confirm(update["update_id"] + 1)
                else:
                    await asyncio.sleep(_RETRY)

    async def _post(self, session: aiohttp.ClientSession, update: Mapping[str, Any]) -> bool:
        try:
            async with session.post(self._url, json=update, allow_redirects=False) as answer:
                if 200 <= answer.status < 300:
                    return True
                self._last_error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            self._last_error = f"Connection failed: {type(error).__name__}"
        log.info("webhook_failed", update=update["update_id"], error=self._last_error)
        return False
