"""``dateline run`` as a process: collecting, posting, stopping, dying, and people working beside it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from bot.adapters.clock import FixedClock, SystemClock
from bot.adapters.simulator import Fault, Simulator
from bot.adapters.store import SqlStore, open_store
from bot.app import open_app
from bot.errors import Misconfigured
from bot.settings import load
from bot.types import DeliveryState
from tests.loopback import Loopback, answer, hang, refused_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TOKEN = "1234567:token-of-the-simulator-in-tests-000"
CHAT = -1001000000001
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("DATELINE_", "OPENAI_", "TELEGRAM_")) or name.startswith("DATELINE_TEST_")
} | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}


# ------------------------------------------------------------------------------------------------- the house


class House:
    """A folder with settings and files, a site with news, a chat."""

    def __init__(self, folder: Path, site: Loopback, simulator: Simulator) -> None:
        self.folder, self.site, self.simulator = folder, site, simulator
        self.env = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "DATELINE_TELEGRAM_API": simulator.base_url,
            "DATELINE_ALLOW_PRIVATE": "127.0.0.1",
            "DATELINE_PARSERS": "1",
        }
        self.write("topics", yaml.safe_load((ROOT / "config" / "topics.yaml").read_text("utf-8"))["topics"])
        self.write("feeds", {"site": {"url": site.url("/feed"), "title": "The Site", "language": "en"}})
        self.digest(now() + timedelta(hours=6))

    def write(self, name: str, items: dict[str, Any]) -> None:
        (self.folder / "config").mkdir(exist_ok=True)
        path = self.folder / "config" / f"{name}.yaml"
        path.write_text(yaml.safe_dump({name: items}, allow_unicode=True), encoding="utf-8")

    def digest(self, at: datetime) -> None:
        """One digest, each day at this time of day."""
        self.write("digests", {"morning": {"chat": CHAT, "times": [f"{at:%H:%M}"], "zone": "UTC"}})

    def chat(self) -> list[str]:
        return [message.text for message in self.simulator.messages(CHAT)]

    async def command(self, *args: str) -> tuple[int, str, str]:
        """A command as a process of its own: exit code, standard output, standard error."""
        process = await self._start(*args, out=asyncio.subprocess.PIPE)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def _start(self, *args: str, out: int) -> asyncio.subprocess.Process:
        lines = "".join(f"{name}={value}\n" for name, value in self.env.items())
        await asyncio.to_thread((self.folder / ".env").write_text, lines)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *args),
            cwd=self.folder,
            env=CLEAN,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.PIPE,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Bot]:
        """`dateline run`, past its start; whatever happens, it is gone afterwards."""
        process = await self._start("run", out=asyncio.subprocess.DEVNULL)
        bot = Bot(process)
        try:
            yield bot
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await bot.reading

    async def subscribed_long_ago(self) -> None:
        """The database with its reader, as if set up two hours ago: a slot just behind us is the reader's."""
        folders = {"DATELINE_DATA": str(self.folder / "data"), "DATELINE_CONFIG": str(self.folder / "config")}
        settings = load(self.env | folders | {"DATELINE_PROMPTS": str(ROOT / "prompts")}, None)
        async with open_app(settings, clock=FixedClock(now() - timedelta(hours=2))) as app:
            await app.import_config()

    @asynccontextmanager
    async def rows(self) -> AsyncIterator[SqlStore]:
        store = open_store(f"sqlite:///{self.folder / 'data' / 'dateline.db'}", clock=SystemClock())
        try:
            yield store
        finally:
            await store.close()

    async def placed(self, count: int) -> bool:
        """Whether so many articles stand in stories."""
        try:
            async with self.rows() as store, store.begin() as tx:
                return (await tx.counts())["placements"] == count
        except Misconfigured:  # there is no database yet, or no tables
            return False


class Bot:
    """The process, and what it has said on standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.said += re.sub(r"(\w) +\[dateline\.\w+\] ", r"\1 ", line.decode())  # who says it

    async def says(self, words: str) -> None:
        await until(lambda: words in self.said or self.process.returncode is not None)
        assert words in self.said, self.said

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code after this signal; orderly ends are quick when nothing is under way."""
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), 40)


def now() -> datetime:
    return SystemClock().now()


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 60) -> None:
    clock = SystemClock()
    end = clock.monotonic() + seconds
    while True:
        found = true()
        if found if isinstance(found, bool) else await found:
            return
        assert clock.monotonic() < end, "it never came true"
        await clock.sleep(0.1)


TITLES = ("Syria signs power deal with Qatar", "Wildfires in Latakia, Syria, are out")


def feed(site: Loopback) -> bytes:
    """Two stories of an hour ago."""
    when = format_datetime(now() - timedelta(hours=1))
    items = "".join(
        f"<item><title>{title}</title><link>{site.url(f'/{number}')}</link><pubDate>{when}</pubDate>"
        f"<description>{title}.</description></item>"
        for number, title in enumerate(TITLES)
    )
    channel = f"<channel><title>The Site</title>{items}</channel>"
    return f"<?xml version='1.0'?><rss version='2.0'>{channel}</rss>".encode()


def page(title: str) -> bytes:
    told = (
        f"{title}, the ministry in Damascus said on Monday. The minister signed the papers in the capital. "
        "The work starts in the spring and will take about two years, according to the ministry. "
        "Engineers of both countries inspected the sites in Aleppo and Homs last week."
    )
    body = "".join(f"<p>{sentence}.</p>" for sentence in told.rstrip(".").split(". "))
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>".encode()


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    simulator = Simulator(token=TOKEN, clock=SystemClock())
    simulator.world.add_chat(CHAT, "channel", "Digest")
    await simulator.start()
    try:
        async with Loopback() as site:
            site.on("/feed", answer(feed(site), content_type="application/rss+xml", etag='"1"'))
            for number, title in enumerate(TITLES):
                site.on(f"/{number}", answer(page(title), content_type="text/html"))
            yield await asyncio.to_thread(House, folder, site, simulator)
    finally:
        await simulator.stop()


# ---------------------------------------------------------------------------------------------- a working day


async def test_it_collects_follows_its_files_posts_at_the_slot_and_stops_when_asked(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.subscribed_long_ago()
        async with home.running() as bot:
            await bot.says("Posting as @dateline_bot")
            await until(lambda: home.placed(2))
            assert home.chat() == []
            await beside(home, bot)
            home.digest(now() - timedelta(minutes=2))  # an editor moves the slot
            await until(lambda: bool(home.chat()))
            assert await bot.end() == 0
        assert TITLES[0] in home.chat()[0]
        assert len(home.chat()) == 1
        assert "Traceback" not in bot.said
        assert TOKEN.partition(":")[2] not in bot.said
        async with home.rows() as store, store.begin() as tx:
            assert [item.state for item in await tx.deliveries()] == [DeliveryState.SENT]


async def beside(home: House, bot: Bot) -> None:
    """Commands work beside it; a second bot does not."""
    feeds, outbox, (code, out, err) = await asyncio.gather(
        home.command("feeds", "list", "--json"), home.command("outbox", "list", "--json"), home.command("run")
    )
    assert (feeds[0], feeds[2], outbox[0], outbox[2]) == (0, "", 0, "")
    assert [row["id"] for row in json.loads(feeds[1])] == ["site"]
    assert json.loads(outbox[1]) == {"paused": "", "deliveries": []}
    assert (code, out) == (2, "")
    assert f"stop process {bot.process.pid} first" in err
    assert "another Dateline runs on this folder" in err
    assert bot.process.returncode is None


@pytest.mark.slow  # the outbox and path kills of the normal suite hold the same by rows
async def test_after_a_kill_the_next_one_goes_on_and_nothing_of_the_dead_one_stays(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.subscribed_long_ago()
        home.digest(now() - timedelta(minutes=2))
        async with home.running() as bot:
            await until(lambda: bool(home.chat()))
            children = psutil.Process(bot.process.pid).children(recursive=True)
            assert await bot.end(signal.SIGKILL) == -signal.SIGKILL
        await until(lambda: not any(child.is_running() for child in children))
        async with home.running() as bot:
            await until(lambda: home.placed(2))
            await bot.says("running data=")
            assert await bot.end(signal.SIGINT) == 0
        assert len(home.chat()) == 1
        async with home.rows() as store, store.begin() as tx:
            deliveries = await tx.deliveries()
        # Killed before it could note the answer: sending until its lease ends, then a person decides.
        possible = {DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.AMBIGUOUS}
        assert {item.state for item in deliveries} <= possible


@pytest.mark.slow
async def test_a_slot_ahead_is_met_within_a_minute(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        slot = (now() + timedelta(seconds=75)).replace(second=0, microsecond=0)
        home.digest(slot)
        async with home.running() as bot:
            await until(lambda: bool(home.chat()), 110)
            assert timedelta(0) <= now() - slot < timedelta(seconds=60)
            assert await bot.end() == 0
        assert "late" not in home.chat()[0]


@pytest.mark.slow
async def test_stopping_gives_a_step_under_way_its_grace_and_no_more(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.site.on("/0", hang())
        async with home.running() as bot:
            await until(lambda: bool(home.site.asked("/0")))
            began = SystemClock().monotonic()
            assert await bot.end() == 0
            assert SystemClock().monotonic() - began < 35


# ------------------------------------------------------------------------------------------ what is set wrong


async def test_without_a_token_it_collects_and_says_that_it_does_not_post(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.env["TELEGRAM_BOT_TOKEN"] = ""
        async with home.running() as bot:
            await bot.says("No TELEGRAM_BOT_TOKEN in .env: collecting only, nothing is posted.")
            await until(lambda: home.placed(2))
            assert await bot.end() == 0
        assert home.simulator.ledger.accepted() == ()


@pytest.mark.parametrize(
    "token",
    ["1234567:another-token-than-the-right-one-00", pytest.param("no token", marks=pytest.mark.slow)],
)
async def test_a_wrong_token_ends_it_with_2_and_the_setting_to_mend(token: str, tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.env["TELEGRAM_BOT_TOKEN"] = token
        code, out, err = await home.command("run")
    assert (code, out) == (2, "")
    assert "TELEGRAM_BOT_TOKEN" in err
    assert "Traceback" not in err
    assert "another-token" not in err
    assert len(err.strip().splitlines()) <= 3


@pytest.mark.slow
async def test_a_token_that_is_revoked_meanwhile_ends_it_with_2_and_keeps_the_messages(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        await home.subscribed_long_ago()
        home.simulator.faults.add(Fault(kind="error", status=401, description="Unauthorized", count=9))
        home.digest(now() - timedelta(minutes=2))
        async with home.running() as bot:
            assert await asyncio.wait_for(bot.process.wait(), 60) == 2
        assert "TELEGRAM_BOT_TOKEN" in bot.said
        assert "Traceback" not in bot.said
        async with home.rows() as store, store.begin() as tx:
            assert {item.state for item in await tx.deliveries()} == {DeliveryState.PENDING}


async def test_neither_a_silent_telegram_nor_a_mistake_in_a_file_stops_it(tmp_path: Path) -> None:
    with refused_port() as port:
        async with house(tmp_path) as home:
            home.env["DATELINE_TELEGRAM_API"] = f"http://127.0.0.1:{port}/bot"
            feeds = home.folder / "config" / "feeds.yaml"
            good = await asyncio.to_thread(feeds.read_text)
            async with home.running() as bot:
                await bot.says("Telegram does not answer now")
                await bot.says("running data=")
                await asyncio.to_thread(feeds.write_text, good + "  other:\n    adress: http://x.example\n")
                await bot.says("config_not_imported")
                assert re.search(r"error=.url is missing: file config/feeds\.yaml, line \d+", bot.said)
                await asyncio.to_thread(feeds.write_text, good + "  other:\n    url: http://127.0.0.1:9/x\n")
                await bot.says("config_imported added=1")
                assert await bot.end() == 0
            assert "Traceback" not in bot.said
