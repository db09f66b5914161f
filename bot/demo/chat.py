"""The stage of ``dateline demo --chat``: sample news, a simulated Telegram with people and chats, an App."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.adapters.clock import SystemClock
from bot.adapters.http import FetchLimits
from bot.adapters.simulator import Simulator
from bot.app import App, open_app
from bot.demo.samples import load
from bot.demo.server import SampleServer
from bot.demo.show import CHAT, TOKEN, SampleNames, demo_settings
from bot.ports import Web
from bot.types import Person, RawUrl, Response, Role, Validators
from bot.wiring import rules_of

YOU, WEI, AMAL = 700_001, 700_002, 700_003
DESK, FORUM = -700_100, -1_001_000_700_200
SOON = timedelta(minutes=2)
"""After the start the channel's digest is due: long enough to have a look, short enough to see it arrive."""


AT_ONCE = FetchLimits(host_gap=0.0)
"""The sample sites are our own: nobody waits half a minute for the sake of politeness to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a person can play on."""

    app: App
    simulator: Simulator

    async def prepare(self) -> None:
        """Collect the news; then you own the bot.

        In this order, because the owner hears of every feed that is given up: one of the samples is, and a
        newcomer's first message should be the answer to what they said.
        """
        await self.app.import_config()
        await self.app.work("poll", "read", "place")
        async with self.app.deps.store.begin() as tx:
            await tx.put_person(Person(id=str(YOU), name="You", role=Role.OWNER))


@asynccontextmanager
async def stage(
    progress: Callable[[str, int, int], None], *, port: int = 0, rich: bool = True
) -> AsyncGenerator[Stage]:
    """A stage with nothing collected yet; all of it is gone when the block ends.

    Args:
        progress: told (stage, done, total) while steps go on.
        port: of the page, on loopback; 0 takes a free one.
        rich: whether the simulated server knows rich messages.
    """
    now = datetime.now(UTC)
    outlets, articles = load(now)
    server = SampleServer(outlets, articles)
    clock = SystemClock()
    simulator = Simulator(token=TOKEN, clock=clock, page=True, rich=rich)
    _people(simulator)
    await server.start()
    await simulator.start(port=port)
    try:
        with tempfile.TemporaryDirectory(prefix="dateline-chat-") as home:
            settings = demo_settings(Path(home), simulator, outlets, now + SOON)
            rules = replace(rules_of(settings), first_import_news=100)
            names = SampleNames(server.port)
            async with open_app(
                settings,
                clock=clock,
                resolver=names,
                progress=progress,
                rules=rules,
                use_model=False,
                limits=AT_ONCE,
            ) as app:
                opened = replace(app, deps=replace(app.deps, web=_Plain(app.deps.web)))
                yield Stage(app=opened, simulator=simulator)
    finally:
        await simulator.stop()
        await server.stop()


class _Plain:
    """The sample sites by their links: those say https, and the sample server speaks http only."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def feed(self, url: RawUrl, validators: Validators) -> Response:
        """As :meth:`Web.feed`."""
        return await self._web.feed(_plain(url), validators)

    async def page(self, url: RawUrl) -> Response:
        """As :meth:`Web.page`."""
        return await self._web.page(_plain(url))


def _plain(url: RawUrl) -> RawUrl:
    return RawUrl(re.sub(r"(?i)^https://(?=[^/?#]+\.example(?:[/?#]|$))", "http://", url))


def _people(simulator: Simulator) -> None:
    """You own the bot and administer the chats; Wei and Amal read, in Chinese and in Arabic."""
    world = simulator.world
    world.add_user(YOU, "You", username="you", language="en", started=False)
    world.add_user(WEI, "Wei", username="wei", language="zh-hant", started=False)
    world.add_user(AMAL, "Amal", username="amal", language="ar", started=False)
    everybody = (YOU, WEI, AMAL)
    world.add_chat(DESK, "group", "News desk", members=everybody)
    world.add_chat(FORUM, "supergroup", "Watchers", forum=True, members=everybody)
    world.add_chat(CHAT, "channel", "Dateline daily", username="dateline_daily", members=everybody)
    for name in ("Syria", "Indo-Pacific"):
        world.add_topic(FORUM, name)
    for chat in (DESK, FORUM, CHAT):
        world.chats[chat].members[YOU].status = "creator"
