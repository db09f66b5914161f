"""Where Telegram posts updates to, for who prefers that to asking: a small aiohttp server behind a proxy."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from telegram import Bot, Update
from yarl import URL

from bot.events import logger
from bot.settings import Settings

log = logger("chat")

HEADER = "X-Telegram-Bot-Api-Secret-Token"
"""What Telegram sends the secret in (https://core.telegram.org/bots/api#setwebhook)."""
MOST = 1 << 20
"""Bytes of one update; real ones have some kilobytes."""


class Webhook:
    """Takes updates until stopped.

    Args:
        settings: address, secret, and where to listen.
        bot: what the updates belong to.
        take: gets each update; it is told as taken (200) when this returns.
    """

    def __init__(self, settings: Settings, bot: Bot, take: Callable[[Update], Awaitable[None]]) -> None:
        self._settings = settings
        self._bot = bot
        self._take = take
        self._secret = settings.webhook_secret.get_secret_value()
        self._runner: web.AppRunner | None = None

    async def start(self, allowed: tuple[str, ...]) -> None:
        """Listen, then tell Telegram. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=MOST)
        app.router.add_post(URL(self._settings.webhook).path, self._update)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.webhook_host, self._settings.webhook_port).start()
        await self._bot.set_webhook(
            self._settings.webhook, secret_token=self._secret, allowed_updates=allowed
        )

    async def stop(self) -> None:
        """Stop listening. Telegram keeps what comes meanwhile, for a day."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _update(self, request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            log.warning("webhook_refused", sender=request.remote)
            return web.Response(status=403)
        try:
            told: Any = json.loads(await request.read())
            update = Update.de_json(told, self._bot)
        except (ValueError, TypeError, KeyError, AttributeError):
            return web.Response(status=400)
        await self._take(update)
        return web.Response()
