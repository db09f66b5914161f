"""Scripted conversations: the sample newsroom, the simulator, an App, and the real chat front."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.adapters.clock import SystemClock, WalkingClock
from bot.adapters.simulator import Message, Simulator
from bot.app import App, open_app
from bot.demo.show import SampleNames
from bot.domain.pacing import Pace
from bot.entrypoints.chat import ChatFront
from bot.types import DeliveryState
from bot.wiring import rules_of
from tests.pipeline.newsroom import NOW, TOKEN, newsroom

COLLECTING = timedelta(minutes=10)
"""How much later than ``NOW`` a conversation with collected samples begins."""
READER, OTHER = 500_001, 500_002
GROUP, FORUM, CHANNEL = -600_001, -1_001_000_000_601, -1_001_000_000_701


@dataclass(slots=True, kw_only=True)
class Conversation:
    """Everything that a scripted conversation may turn."""

    app: App
    front: ChatFront
    simulator: Simulator
    clock: WalkingClock

    async def say(
        self, text: str, *, user: int = READER, chat: int = 0, thread: int | None = None
    ) -> Message:
        """Somebody writes (in their private chat, if no other is named); the bot's last message after."""
        self.simulator.say(chat or user, user, text, thread=thread)
        await self.settle()
        return self.last(chat or user)

    async def press(self, label: str, *, user: int = READER, chat: int = 0) -> Message:
        """Press the newest button whose text holds ``label``; the bot's last message after.

        Raises:
            LookupError: no message of the chat has such a button.
        """
        where = chat or user
        for message in reversed(self.simulator.messages(where)):
            for row in (message.markup or {}).get("inline_keyboard", ()):
                for button in row:
                    if label in button["text"] and "callback_data" in button:
                        self.simulator.press(where, user, message.id, button["callback_data"])
                        await self.settle()
                        return self.last(where)
        raise LookupError(f"no button {label!r} in\n{self.simulator.render(where)}")

    def last(self, chat: int = READER) -> Message:
        """The bot's newest message in the chat. Raises LookupError when it said nothing yet."""
        bot = int(TOKEN.split(":", maxsplit=1)[0])
        for message in reversed(self.simulator.messages(chat)):
            if message.sender in (bot, chat):
                return message
        raise LookupError(f"the bot said nothing in {chat}")

    def buttons(self, chat: int = READER) -> list[list[str]]:
        """The labels under the bot's newest message."""
        rows = (self.last(chat).markup or {}).get("inline_keyboard", ())
        return [[button["text"] for button in row] for row in rows]

    def answered(self) -> str:
        """What the newest press was answered with, "" when it was silent."""
        answers = list(self.simulator.answers.values())
        return str(answers[-1].get("text", "")) if answers else ""

    async def delivered(self) -> None:
        """Until nothing is left in the outbox. Raises TimeoutError after 60 s."""
        async with asyncio.timeout(60):
            while True:
                await self.app.runner.idle()
                async with self.app.deps.store.begin() as tx:
                    if not await tx.deliveries((DeliveryState.PENDING, DeliveryState.SENDING)):
                        return
                await self.app.work("send")
                await SystemClock().sleep(0.05)

    async def settle(self) -> None:
        """Until every update is taken and handled. Raises TimeoutError after 60 s.

        Between the queue and its handler an update is nowhere for some turns of the loop; on a busy machine
        two looks can fall into them.
        """
        async with asyncio.timeout(60):
            quiet = 0
            while quiet < 6:
                await SystemClock().sleep(0.004)
                waiting = self.simulator.world.updates.webhook()["pending_update_count"]
                quiet = 0 if waiting or self.front.busy else quiet + 1


@asynccontextmanager
async def conversation(
    home: Path, *, collected: bool = False, rich: bool = True, page: bool = False, **settings: Any
) -> AsyncIterator[Conversation]:
    """A conversation in this folder; with ``collected`` the samples are read and grouped before it starts.

    ``rich``: whether the Bot API server knows rich messages and their drafts. ``page``: whether a browser may
    look at the chats.

    People: READER and OTHER. Chats: GROUP, FORUM, CHANNEL: both are members, OTHER administers. Settings are
    Settings' field names.
    """
    if collected:
        shutil.copytree(await collected_home() / "data", home / "data")
    async with newsroom(home) as room:
        clock = WalkingClock(NOW + COLLECTING if collected else NOW)
        simulator = Simulator(token=TOKEN, clock=clock, limits=False, rich=rich, page=page)
        people(simulator)
        await simulator.start()
        secret = settings.pop("webhook_secret", "")
        room.use(telegram_api=simulator.base_url, webhook_secret=SecretStr(secret), **settings)
        rules = replace(rules_of(room.settings), first_import_news=100)
        try:
            async with open_app(
                room.settings,
                clock=clock,
                resolver=SampleNames(room.server.port),
                rules=rules,
                use_model=bool(room.settings.openai_base_url),
                pace=Pace(
                    1000.0, spacing=0.0, group_most=1000
                ),  # nobody types so fast; what is paced has tests of its own
            ) as app:
                if room.changed:
                    await app.import_config()
                front = ChatFront(app)
                await front.start()
                try:
                    yield Conversation(app=app, front=front, simulator=simulator, clock=clock)
                finally:
                    await front.stop()
        finally:
            await simulator.stop()


_HOMES: list[Path] = []


async def collected_home() -> Path:
    """A home whose database has the samples collected, once a process: on a virtual clock waiting is free."""
    if not _HOMES:
        home = Path(tempfile.mkdtemp(prefix="dateline-collected-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        async with newsroom(home) as room, room.app() as app:
            await app.work("poll", "read", "place")
            assert room.clock.now() - NOW < COLLECTING
        _HOMES.append(home)
    return _HOMES[0]


def people(simulator: Simulator) -> None:
    """Who is there and where."""
    world = simulator.world
    world.add_user(READER, "Rana", username="rana_reads")
    world.add_user(OTHER, "Omar", username="omar_admin")
    world.add_chat(GROUP, "group", "Desk", members=(READER, OTHER))
    world.add_chat(FORUM, "supergroup", "Forum", forum=True, members=(READER, OTHER))
    world.add_chat(CHANNEL, "channel", "Channel", username="desk_channel", members=(READER, OTHER))
    for chat in (GROUP, FORUM, CHANNEL):
        world.chats[chat].members[OTHER].status = "administrator"
