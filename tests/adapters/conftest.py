"""A simulated Telegram with somebody in it, and python-telegram-bot to ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.adapters import journal
from bot.adapters.channels.telegram_request import AiohttpRequest
from bot.adapters.clock import VirtualClock
from bot.adapters.simulator import Simulator
from tests import make

TOKEN = "123456:a-planted-secret-of-thirty-five-chars"
READER, EDITOR, STRANGER = 77, 78, 79
GROUP, FORUM, CHANNEL = -500, -1001, -1002


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """People 77, 78, 79; group -500, forum -1001 and channel -1002, which 78 created and 77 is in."""
    simulator = Simulator(token=TOKEN, clock=VirtualClock(make.NOW), limits=False)
    world = simulator.world
    world.add_user(READER, "Ada", language="en")
    world.add_user(EDITOR, "Wei", language="zh-hant")
    world.add_user(STRANGER, "Sam", language="ar")
    world.add_chat(GROUP, "group", "Desk", creator=EDITOR, members=[READER])
    world.add_chat(FORUM, "supergroup", "Newsroom", forum=True, creator=EDITOR, members=[READER])
    world.add_chat(CHANNEL, "channel", "Morning", username="morning_news", creator=EDITOR, members=[READER])
    world.updates.drop()
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def ptb(sim: Simulator) -> AsyncIterator[Bot]:
    """The library's own client; it logs its address, so the token is hidden as the bot itself hides it."""
    journal.hide(sim.token)
    request = AiohttpRequest(deadline=10)
    async with Bot(
        sim.token,
        base_url=sim.base_url,
        base_file_url=sim.file_url,
        request=request,
        get_updates_request=request,
    ) as bot:
        yield bot
