"""A simulated day: moves the time that all share, starts bots as processes, and does to them what is written.

Time stands while a bot works and jumps ahead when all of them wait, so a day takes minutes, and how fast the
machine is decides nothing. Bots, feeds, Telegram and model are real processes and real sockets on loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.adapters.clock import SharedClock, SharedTime, SystemClock
from bot.adapters.simulator import Fault, Simulator
from bot.adapters.store import SqlStore, migrate, open_store
from bot.adapters.store.engine import SQLITE, connect_sqlite
from bot.demo.chaos.account import Account, Trial, judge, settle_by_hand
from bot.demo.chaos.script import Script, Trouble
from bot.demo.chaos.weather import ApiWeather, Model, Newsstand
from bot.demo.samples import load
from bot.demo.show import TOKEN, demo_settings
from bot.errors import Broken, Transient
from bot.settings import Settings
from bot.settings.folders import defaults_of

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
READERS = 4
_FIRST_CHAT = -1001000000101
_LONGEST = 30.0  # seconds that pass at once while nothing is near
_TICK = 5.0  # and near a slot, as the bot's own tick
_BREATH = 0.05
_NEAR = (150.0, 240.0)  # seconds before and after a slot
_EVENING = 3600.0  # in which all faults are off, and what is owed is done
_BY_HAND = 600.0  # seconds between two looks of the person who decides what nobody can know
_HOUR = 3600.0
_ANSWER = 240.0  # real seconds; who does not answer is dead, and a crowded machine is slow


@dataclass(slots=True)
class Bot:
    """A process, and the tick that it has yet to answer."""

    name: str
    process: asyncio.subprocess.Process | None = None
    answer: asyncio.Task[dict[str, Any]] | None = None
    stopped_until: float | None = None
    back_at: float = 0.0  # when it is started again
    away: float = 0.0  # how long after its death
    why: str = "start"
    next_wake: float | None = None
    down_since: float = 0.0
    owed: list[Trouble] = field(default_factory=list)  # what its next order brings


class Day:
    """Everything of one play. See :func:`play`."""

    def __init__(self, script: Script, home: Path, database: str, bots: int) -> None:
        self.script, self.home = script, home
        self.start = START
        self.time = SharedTime(home / "time")
        self.clock = SharedClock(home / "time", self.start)
        outlets, articles = load(self.start + timedelta(hours=script.hours))
        self.news = Newsstand(outlets, articles, script)
        self.model = Model(script)
        self.simulator = Simulator(token=TOKEN, clock=self.clock)
        self.weather = ApiWeather(script, self.clock.monotonic)
        self.simulator.faults = self.weather
        self.bots = [Bot(name) for name in "abc"[:bots]]
        self.trial = Trial(script=script, start=self.start, chats=_chats(self.simulator), bots=bots)
        self.counts: Counter[str] = Counter()
        self._database = database or f"sqlite:///{home / 'a' / 'dateline.db'}"
        self._outlets = outlets
        self._store: SqlStore | None = None
        self._left = list(script.troubles)
        self._by_hand_at = self._house_at = 0.0
        self._doomed = 0  # kills that were armed; some steps are never reached
        self._log = (home / "bots.log").open("ab")

    # ------------------------------------------------------------------------------------------- the house

    async def open(self) -> None:
        """Servers, a migrated database, readers that subscribed before the day began."""
        await self.news.start()
        await self.simulator.start()
        await self.model.start()
        for bot in self.bots:
            (self.home / bot.name).mkdir()
        await migrate(self._database)
        self._store = open_store(self._database, clock=self.clock, busy_timeout=2.0)
        async with self._store.begin() as tx:
            if (await tx.counts())["subscriptions"]:
                raise Broken(
                    "this database is in use", hint="give chaos an empty one: it fills it with samples"
                )
        self.settings = self._settings()

    def _settings(self) -> Settings:
        found = demo_settings(self.home, self.simulator, self._outlets, self.start)
        times = [(self.start + timedelta(minutes=minute)).strftime("%H:%M") for minute in self.script.slots]
        digests = {
            f"reader-{chat}": _reader(number, chat, times) for number, chat in enumerate(self.trial.chats)
        }
        (self.home / "config" / "digests.yaml").write_text(
            yaml.safe_dump({"digests": digests}), encoding="utf-8"
        )
        changes: dict[str, Any] = {
            "parsers": 1,
            "stories_per_topic": 2,
            "embedder": "none",
            "prompts": defaults_of("prompts"),
        }
        changes |= {"database": self._database, "model_timeout": 1.0, "budget_day": 1000.0}
        changes |= {"openai_base_url": self.model.url if self.script.model else "", "budget_month": 1000.0}
        return found.model_copy(update=changes)

    async def close(self) -> None:
        """End everything."""
        for bot in self.bots:
            await self._end(bot)
        if self._store:
            await self._store.close()
        await self.model.stop()
        await self.simulator.stop()
        await self.news.stop()
        self._log.close()

    # --------------------------------------------------------------------------------------------- the day

    async def live(self, progress: Callable[[str, int, int], None]) -> Account:
        """Play it from the first hour to the evening after the last."""
        end = self.script.hours * _HOUR
        evening = end + _EVENING
        while (now := self.clock.monotonic()) < evening:
            self.news.publish(self.clock.now())
            if now < end:
                await self._troubles(now)
            else:
                self.news.quiet = self.model.quiet = True
            await self._round(now)
            if now >= self._by_hand_at and all(bot.stopped_until is None for bot in self.bots):
                await self._by_hand(now)
            progress("hours", int(now // _HOUR), int(evening // _HOUR))
            self.time.move(self._step(now))
        progress("hours", int(evening // _HOUR), int(evening // _HOUR))
        assert self._store
        counts = self.counts + Counter({f"api {kind}": n for kind, n in self.weather.hit.items()})
        counts += Counter({f"feed {kind}": n for kind, n in self.news.faults.items()})
        counts += Counter({f"model {kind}": n for kind, n in self.model.faults.items()})
        return await judge(self._store, self.simulator, self.trial, counts, self._database)

    async def _by_hand(self, now: float) -> None:
        assert self._store
        with contextlib.suppress(Transient):  # a stopped bot may hold SQLite's lock: look again later
            await settle_by_hand(self._store, self.simulator, self.trial, self.clock.now())
            self._by_hand_at = now + _BY_HAND

    def _step(self, now: float) -> float:
        """How much time may pass at once."""
        near = any(-_NEAR[0] <= now - slot * 60 <= _NEAR[1] for slot in self.script.slots)
        most = _TICK if near or any(bot.process is None for bot in self.bots) else _LONGEST
        wakes = [bot.next_wake for bot in self.bots if bot.process and bot.next_wake is not None]
        return max(_BREATH, min([most, *wakes]))

    async def _round(self, now: float) -> None:
        """Start who is due, let all live do what they can, see who died."""
        house = now >= self._house_at
        if house:
            self._house_at = now + _HOUR
        for bot in self.bots:
            if bot.process is None and now >= bot.back_at:
                await self._begin(bot, now)
            if bot.stopped_until is not None and now >= bot.stopped_until:
                self._continue(bot, now)
        awake = [bot for bot in self.bots if bot.process and bot.stopped_until is None]
        await asyncio.gather(*(self._tick(bot, now, house) for bot in awake))

    async def _tick(self, bot: Bot, now: float, house: bool) -> None:
        if bot.answer is None:
            fates = [one for one in bot.owed if one.kind in {"kill", "fail"}]
            taken = [one for one in bot.owed if one.kind == "taken"]
            bot.owed = []
            order = {"house": house, "fate": [_fate(one) for one in fates]}
            bot.answer = asyncio.create_task(self._ask(bot, order))
            if taken:
                await self._kill_when_taken(bot, taken[0])
        if bot.stopped_until is not None:
            return
        try:
            said = await asyncio.wait_for(asyncio.shield(bot.answer), _ANSWER)
        except (ConnectionError, asyncio.IncompleteReadError):
            await self._died(bot, now)
        except TimeoutError:
            self.counts["hung"] += 1
            self.trial.complaints.append(f"bot {bot.name} gave no answer at {self.clock.now():%H:%M:%S}")
            await self._end(bot)
            await self._died(bot, now)
        else:
            bot.answer, bot.next_wake = None, said["next"]

    async def _ask(self, bot: Bot, order: dict[str, Any]) -> dict[str, Any]:
        process = bot.process
        assert process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(order).encode() + b"\n")
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise asyncio.IncompleteReadError(line, None)
        answer: dict[str, Any] = json.loads(line)
        return answer

    # ------------------------------------------------------------------------------------- lives and deaths

    async def _begin(self, bot: Bot, now: float) -> None:
        values = self.settings.model_dump(mode="json", by_alias=True)
        values |= {"TELEGRAM_BOT_TOKEN": TOKEN, "OPENAI_API_KEY": "", "DATELINE_WEBHOOK_SECRET": ""}
        values["DATELINE_DATA"] = str(self.home / bot.name)
        bot.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.demo.chaos.life"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            env={name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
        )
        order = {"settings": values, "time": str(self.home / "time"), "start": self.start.isoformat()}
        try:
            await asyncio.wait_for(self._ask(bot, order | {"port": self.news.port}), _ANSWER)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            raise Broken("a bot does not start", hint="see the log", log=self.home / "bots.log") from None
        bot.answer, bot.next_wake = None, 0.0
        if bot.why != "start":
            self.counts["restarts"] += 1
            self.trial.hindered(bot.down_since, now, bot.why)

    async def _died(self, bot: Bot, now: float) -> None:
        assert bot.process
        code = await bot.process.wait()
        if code != -signal.SIGKILL:
            self.counts["crashed"] += 1
            self.trial.complaints.append(f"bot {bot.name} ended with {code} at {self.clock.now():%H:%M:%S}")
        else:
            self.counts["killed"] += 1
        bot.process = bot.answer = None
        bot.down_since = now
        bot.back_at, bot.away = now + bot.away, 0.0

    async def _end(self, bot: Bot) -> None:
        if bot.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            bot.process.kill()
        await bot.process.wait()
        if bot.answer:
            await asyncio.gather(bot.answer, return_exceptions=True)

    def _continue(self, bot: Bot, now: float) -> None:
        """It goes on in the middle of what it did; it has yet to answer."""
        assert bot.process
        bot.process.send_signal(signal.SIGCONT)
        self.trial.hindered(bot.down_since, now, "stop")
        bot.stopped_until = None

    async def _kill_when_taken(self, bot: Bot, trouble: Trouble) -> None:
        """Telegram takes a message and drips its answer; meanwhile the sender dies."""
        fault = Fault(kind="drip", method="sendMessage")
        self.weather.add(fault)
        before = len(self.simulator.ledger.accepted())
        assert bot.answer
        while not bot.answer.done():
            if len(self.simulator.ledger.accepted()) > before and bot.process:
                bot.process.kill()
                self._doom(bot, trouble)
                break
            await SystemClock().sleep(0.002)
        self.weather.clear()
        if (
            bot.answer.done()
            and not bot.answer.exception()
            and bot.process
            and bot.process.returncode is None
        ):
            bot.owed.append(trouble)  # nothing was sent in this tick: in the next

    # ---------------------------------------------------------------------------------------- what goes wrong

    async def _troubles(self, now: float) -> None:
        while self._left and self._left[0].at <= now:
            await self._strike(self._left.pop(0), now)

    async def _strike(self, trouble: Trouble, now: float) -> None:
        bot = self.bots[(self._doomed + self.counts["stop"]) % len(self.bots)]
        if trouble.kind in {"kill", "taken", "fail"}:
            bot.owed.append(trouble)
            if trouble.kind == "kill":
                self._doom(bot, trouble)
            elif trouble.kind == "fail":
                self.counts["commit failed"] += 1
                self.trial.hindered(now, now + 120, "commit failed")
        elif trouble.kind == "lock":
            await self._lock(trouble.seconds)
        elif bot.process is None or bot.stopped_until is not None:
            return
        elif trouble.kind == "stop":
            self.counts["stop"] += 1
            bot.answer = bot.answer or asyncio.create_task(self._ask(bot, {}))
            await SystemClock().sleep(0.01)  # it is in the middle of something
            bot.process.send_signal(signal.SIGSTOP)
            bot.down_since, bot.stopped_until = now, now + trouble.seconds
        else:
            await self._end(bot)
            self._doom(bot, trouble)
            await self._died(bot, now)

    def _doom(self, bot: Bot, trouble: Trouble) -> None:
        """It will die, or has just died, of this; it comes back so long after its death."""
        self._doomed += 1
        bot.why, bot.away = trouble.step or trouble.kind, trouble.seconds

    async def _lock(self, seconds: float) -> None:
        """Another process writes for a while. Real time: SQLite waits in real time."""
        if not self._database.startswith("sqlite"):
            return
        # By the store's own library: a second SQLite in one process lets go of the first one's locks, since
        # POSIX drops them with any descriptor of the file. That cost this day its database once.
        other = connect_sqlite(Path(self._database.removeprefix("sqlite:///")), timeout=1.0)
        try:
            other.execute("BEGIN IMMEDIATE")
        except SQLITE.OperationalError:  # a bot that is stopped in the middle of a commit holds it already
            other.close()
            return
        self.counts["lock"] += 1
        loop = asyncio.get_running_loop()

        def free() -> None:
            other.execute("COMMIT")
            other.close()

        loop.call_later(seconds, free)


_OURS = ("DATELINE_", "OPENAI_", "TELEGRAM_")


def _fate(trouble: Trouble) -> dict[str, Any]:
    then = "die" if trouble.kind == "kill" else "fail"
    return {"step": trouble.step, "nth": trouble.nth, "then": then}


def _chats(simulator: Simulator) -> tuple[int, ...]:
    """Channels and groups."""
    chats = tuple(_FIRST_CHAT - number for number in range(READERS))
    for number, chat in enumerate(chats):
        simulator.world.add_chat(chat, "channel" if number % 2 else "supergroup", f"Reader {number}")
    return chats


def _reader(number: int, chat: int, times: list[str]) -> dict[str, Any]:
    """Half of them get every slot, half every second one; one of them in Chinese."""
    mine = times if number % 2 else times[::2]
    language = ("en", "en", "en", "zh-Hant")[number % 4]
    return {"chat": chat, "times": mine, "zone": "UTC", "language": language}


async def play(
    script: Script,
    home: Path,
    progress: Callable[[str, int, int], None],
    *,
    database: str = "",
    bots: int = 1,
) -> Account:
    """Play the script in this empty folder and give the account.

    Args:
        script: the day.
        home: takes the data folders, ``bots.log``, and the shared time.
        progress: told (stage, done, total).
        database: an empty PostgreSQL database; "" takes a SQLite file in ``home``.
        bots: processes at once; more than one needs PostgreSQL.

    Raises:
        Broken: a bot does not start, or the database is not empty.
    """
    day = Day(script, home, database, bots)
    try:
        await day.open()
        return await day.live(progress)
    finally:
        await day.close()
