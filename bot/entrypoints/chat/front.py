"""ChatFront: python-telegram-bot's Application around the channel's own bot."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import Application, BaseUpdateProcessor, CallbackContext, TypeHandler

from bot.adapters.channels.telegram import TelegramChannel
from bot.app import App
from bot.entrypoints.chat.dispatch import dispatch
from bot.entrypoints.chat.rights import Rights
from bot.entrypoints.chat.tables import Tables, tables
from bot.entrypoints.chat.talk import DRAFT, RICH_DRAFT
from bot.entrypoints.chat.webhook import Webhook
from bot.errors import Code, DatelineError, Misconfigured, Transient, Unreachable
from bot.events import logger
from bot.types import Address

log = logger("chat")

UPDATES = ("message", "channel_post", "callback_query", "my_chat_member")
"""What is asked for; nothing else is answered."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds between tries to reach Telegram at the start, doubling."""
AT_ONCE = 64
"""Updates handled at once; those of one chat one after the other."""


class ChatFront:
    """Answers people in Telegram until stopped.

    Args:
        app: with a channel for Telegram.

    Raises:
        Misconfigured: the app has no bot token.
    """

    def __init__(self, app: App) -> None:
        if app.telegram is None:
            raise Misconfigured("there is no bot", hint="set TELEGRAM_BOT_TOKEN in .env")
        self.app = app
        self.channel: TelegramChannel = app.telegram
        self.rights = Rights(self.channel.bot, app.deps.clock)
        self.tables: Tables = tables()
        self.username = ""
        self.drafts = {DRAFT, RICH_DRAFT}
        """Methods for drafts that stream; without those that the Bot API server said it does not know."""
        self._turns = _Turns()
        self._webhook: Webhook | None = None
        builder = Application.builder().bot(self.channel.bot).job_queue(None)
        self._application: Application[Any, Any, Any, Any, Any, Any] = builder.concurrent_updates(
            self._turns
        ).build()
        self._application.add_handler(TypeHandler(Update, self._take))

    @property
    def busy(self) -> bool:
        """Whether an update is in hand or waiting its turn."""
        return self._turns.busy or not self._application.update_queue.empty()

    async def start(self) -> None:
        """Begin to answer. Raises as :meth:`TelegramChannel.check` when the bot cannot be reached at all."""
        self.username = await self.channel.check()  # first: initialize() would put the token into its failure
        async with self.app.deps.store.begin() as tx:
            await tx.put_note("bot_username", self.username)
        await self._application.initialize()
        await self.tables.started(self)
        await self._application.start()
        await self._listen()
        log.info("chat_started", bot=self.username)

    async def _listen(self) -> None:
        if self.app.settings.webhook:
            self._webhook = Webhook(self.app.settings, self.channel.bot, self._application.update_queue.put)
            await self._webhook.start(UPDATES)
            return
        assert self._application.updater is not None
        await self._application.updater.start_polling(
            allowed_updates=UPDATES,
            drop_pending_updates=False,
            bootstrap_retries=-1,
            error_callback=_polling_failed,
        )

    async def stop(self) -> None:
        """Answer what is in hand, and no more."""
        if self._webhook is not None:
            await self._webhook.stop()
        updater = self._application.updater
        if updater is not None and updater.running:
            await updater.stop()
        if self._application.running:
            await self._application.stop()
        await self._application.shutdown()

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until ``stop`` is set."""
        pause = FIRST_PAUSE
        try:
            while not stop.is_set():
                try:
                    await self.start()
                    break
                except Transient as error:  # after a power cut the bot is often up before the network
                    log.warning("chat_not_started", error=error)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
            await stop.wait()
        finally:
            await self.stop()

    async def _take(self, update: Update, context: CallbackContext[Any, Any, Any, Any]) -> None:
        """One update: handled once, whatever Telegram repeats; a failure is told to who waits."""
        del context
        deps = self.app.deps
        try:
            async with deps.store.begin() as tx:
                if not await tx.first_time(update.update_id, deps.clock.now()):
                    log.info("update_repeated", update=update.update_id)
                    return
            await dispatch(self, update)
        except Unreachable as error:
            await self._mute(update, error.code or Code.FORBIDDEN)
        except (DatelineError, TelegramError) as error:
            log.warning("update_failed", update=update.update_id, error=error)
            await self.tables.failed(self, update, error)
        except Exception as error:
            log.exception("update_crashed", update=update.update_id)
            await self.tables.failed(self, update, error)

    async def _mute(self, update: Update, code: Code) -> None:
        """Who blocked the bot while it answered gets no digests either; /start brings them back."""
        chat = update.effective_chat
        if chat is None:
            return
        async with self.app.deps.store.begin() as tx:
            await tx.mute(Address(channel="telegram", chat=str(chat.id)), code)


class _Turns(BaseUpdateProcessor):
    """Updates of one chat in their order, of many chats at once."""

    def __init__(self) -> None:
        super().__init__(AT_ONCE)
        self._locks: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = {}

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        chat = update.effective_chat.id if isinstance(update, Update) and update.effective_chat else 0
        self._waiting[chat] = self._waiting.get(chat, 0) + 1
        lock = self._locks.setdefault(chat, asyncio.Lock())
        try:
            async with lock:
                await coroutine
        finally:
            self._waiting[chat] -= 1
            if not self._waiting[chat]:
                del self._waiting[chat], self._locks[chat]

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""


def _polling_failed(error: TelegramError) -> None:
    log.warning("polling_failed", error=type(error).__name__)
