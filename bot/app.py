"""Settings → App: with `wiring`, all that names concrete adapters; and the loop of `dateline run`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp.abc import AbstractResolver
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.adapters import wordlists
from bot.adapters.attempts import attempt
from bot.adapters.catalogues import Catalogues
from bot.adapters.clock import SystemClock
from bot.adapters.http import FetchLimits, Web
from bot.adapters.ledger import Ledger
from bot.adapters.parsing import ParsingPool
from bot.adapters.runner_local import LocalRunner
from bot.adapters.samples import samples
from bot.adapters.store import FolderLock, backup, migrate, open_store
from bot.adapters.store.house import RETAIN_AT_ONCE
from bot.adapters.summarizers import ExtractiveSummarizer
from bot.adapters.translator import Translator
from bot.domain import declarations
from bot.domain.budget import Prices
from bot.domain.pacing import Pace
from bot.errors import DatelineError, Misconfigured
from bot.events import logger
from bot.pipeline import STEPS, plan, prompt_files, studio
from bot.pipeline.answers import Answers
from bot.pipeline.declare import Defaults, declare, import_files
from bot.pipeline.send import recall
from bot.ports import Channel, Clock, Deps, Desk
from bot.settings import Settings, read_config
from bot.settings.folders import FolderWatch, defaults_of, folder_of, prompt_texts, read_text, samples_of
from bot.types import Address, Declared, Rules
from bot.wiring import (
    Voices,
    budget_of,
    defaults,
    embedder_of,
    meters_of,
    model_of,
    prices_of,
    rules_of,
    shared_runner,
    summarizers,
    telegram_of,
)

if TYPE_CHECKING:  # loaded by who uses them: together more than a second and 70 MB
    from bot.adapters.channels.telegram import TelegramChannel
    from bot.adapters.llm import ModelClient
    from bot.adapters.runner_procrastinate import QueueRunner

log = logger("app")

TICK = 5.0  # seconds between plans: a slot is queued within this and its own work, well under its 60 s
HOUSEKEEPING = 3600.0
FIRST_HOUSEKEEPING = timedelta(minutes=1)
"""After the start: a bot that is restarted every half hour needs its backups too."""
GRACE = 20.0
"""Seconds that running steps get when the bot is stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything put together."""

    settings: Settings
    deps: Deps
    runner: LocalRunner | QueueRunner
    telegram: TelegramChannel | None
    model: ModelClient | None
    prices: Prices
    ledger: Ledger

    async def import_config(self) -> declarations.Import:
        """Bring ``config/`` into the database; what people edited elsewhere stays (conflicts are listed).

        Raises:
            Misconfigured: a file that cannot be read as it should be; nothing is imported then.
        """
        files = read_config(folder_of("config", self.settings.config))
        changes = await import_files(self.deps, files, self._defaults)
        if changes.write:
            log.info(
                "config_imported",
                added=len(changes.added),
                updated=len(changes.updated),
                off=len(changes.switched_off),
                conflicts=len(changes.conflicts),
            )
        return changes

    async def import_prompts(self, *, by_itself: bool) -> prompt_files.Followed:
        """Take in ``prompts/`` as it is now: see :func:`bot.pipeline.prompt_files.follow`."""
        folder = folder_of("prompts", self.settings.prompts)
        files, defaults = (prompt_texts(one) for one in (folder, defaults_of("prompts")))
        taken = await prompt_files.follow(self.deps, files, defaults=defaults, by_itself=by_itself)
        style = folder / "house-style.yaml"
        if not style.is_file():
            return taken
        try:
            fault = await prompt_files.follow_style(self.deps, read_text(style), style.name)
        except Misconfigured as error:  # no text at all
            fault = str(error)
        return replace(taken, broken={**(taken.broken or {}), style.name: fault}) if fault else taken

    async def declare(self, items: Sequence[Declared]) -> None:
        """Write what a person declared elsewhere than in the files.

        Raises:
            Misconfigured: it names an outlet or a topic that does not exist; nothing is written then.
        """
        await declare(self.deps, items, self._defaults)

    @property
    def _defaults(self) -> Defaults:
        return Defaults(chat=self.settings.chat_id, zone=self.settings.zone)

    async def work(self, *names: str) -> None:
        """Run these steps, one after the other, with all their follow-ups, until nothing is left to do."""
        for name in names:
            await self.runner.put([step for step in await plan(self.deps) if step.name == name])
            await self.runner.idle()
            self._raise_if_fatal()

    def _raise_if_fatal(self) -> None:
        if self.runner.fatal is not None:
            raise self.runner.fatal

    async def run(self, stop: asyncio.Event) -> None:
        """Collect and post until ``stop`` is set. One process per data folder.

        Raises:
            Misconfigured: another process holds the folder, or a step found a setting that must be changed.
        """
        lock = FolderLock(self.settings.data)
        lock.acquire()
        scheduler = AsyncIOScheduler(timezone="UTC")
        options: dict[str, Any] = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        soon = datetime.now(UTC) + FIRST_HOUSEKEEPING
        watch = FolderWatch(
            folder_of("config", self.settings.config), folder_of("prompts", self.settings.prompts)
        )
        every = partial(scheduler.add_job, _until_cancelled, "interval", **options)
        every(seconds=TICK, args=[self._tick, stop])
        every(seconds=TICK, args=[self.follow, watch])
        every(seconds=HOUSEKEEPING, args=[self.keep_house], next_run_time=soon)
        try:
            await self.import_config()
            await self.import_prompts(by_itself=False)  # no gate before the first poll; the watch comes back
            await self._tick(stop)
            scheduler.start()
            log.info("running", data=self.settings.data, posting=bool(self.telegram))
            await stop.wait()
        finally:
            if scheduler.running:
                scheduler.shutdown(wait=False)
            await self.runner.stop(grace=GRACE)
            lock.release()
        self._raise_if_fatal()

    async def _tick(self, stop: asyncio.Event) -> None:
        try:
            await self.runner.put(await plan(self.deps))
        except DatelineError as error:
            log.warning("plan_failed", error=error)
        if self.runner.fatal is not None:
            stop.set()

    async def follow(self, watch: FolderWatch) -> None:
        """Import the files when somebody has changed them; a mistake in them leaves all as it was."""
        if not watch.changed():
            return
        try:
            await self.import_config()
            await self.import_prompts(by_itself=self.settings.prompts_follow)
        except DatelineError as error:
            log.error("config_not_imported", error=error, hint=error.hint)  # noqa: TRY400 - it says it all

    async def keep_house(self) -> None:
        """Retention, and the day's backup; what fails is logged and tried again in an hour."""
        now = self.deps.clock.now()
        try:
            await self._retire(now)
            if self.settings.backups and not self.settings.database:
                await self._back_up(now.date())
        except (DatelineError, OSError) as error:
            log.warning("housekeeping_failed", error=error)

    async def _retire(self, now: datetime) -> None:
        most, gone = RETAIN_AT_ONCE, Counter[str]()
        while most >= RETAIN_AT_ONCE:  # in pieces, so that others get their turn at the database
            async with self.deps.store.begin() as tx:
                retired = await tx.retain(now, self.deps.rules)
            gone.update(retired)
            most = max(retired.values(), default=0)
        log.info("rows_retired", **{table: count for table, count in gone.items() if count})

    async def _back_up(self, today: date) -> None:
        async with self.deps.store.begin() as tx:
            last = await tx.note("backup_day")
        if last == today.isoformat():
            return
        folder = self.settings.data / "backups"
        target = folder / f"dateline-{today:%Y%m%d}.db"
        if not target.exists():  # else a process made it and died before it could note so
            await backup(self.settings.database_url, target)
        for old in sorted(folder.glob("dateline-[0-9]*.db"))[: -self.settings.backups]:
            old.unlink()
        async with self.deps.store.begin() as tx:
            await tx.put_note("backup_day", today.isoformat())
        log.info("backed_up", file=target)


@asynccontextmanager
async def open_app(  # noqa: PLR0913 - each is for one kind of stage, all may be left out
    settings: Settings,
    *,
    clock: Clock | None = None,
    resolver: AbstractResolver | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    rules: Rules | None = None,
    use_model: bool = True,
    pace: Pace | None = None,
    limits: FetchLimits | None = None,
    spread: bool = False,
) -> AsyncGenerator[App, None]:
    """An App on a migrated database; everything is closed when the block ends.

    ``pace`` is the budget of all that is posted; None takes the rules' rate. A conversation in a test is
    played faster than people type, and brings a wider one. ``limits``: of reading; None takes the usual ones.
    ``spread``: steps go to all processes on this (PostgreSQL) database, and :mod:`bot.roles` runs them.

    Raises:
        Misconfigured: a database that cannot be used, a prompt that is not right.
    """
    clock = clock or SystemClock()
    rules = rules or rules_of(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    await migrate(settings.database_url)
    async with AsyncExitStack() as stack:
        store = open_store(settings.database_url, clock=clock)
        stack.push_async_callback(store.close)
        web = Web(
            clock=clock,
            user_agent=settings.user_agent,
            allow_private=settings.allow_private,
            resolver=resolver,
            limits=limits,
        )
        stack.push_async_callback(web.close)
        parser = ParsingPool(workers=settings.parsers, languages=settings.languages)
        stack.push_async_callback(parser.close)
        prices = prices_of(settings)
        model = model_of(settings, clock, prices) if use_model else None
        if model is not None:
            stack.push_async_callback(model.close)
        embedder = embedder_of(settings, clock)
        if embedder is not None:
            stack.push_async_callback(embedder.close)
        fallback = ExtractiveSummarizer(rules)
        desk = Desk(progress)
        desk.paces["telegram"] = pace = pace or Pace(rules.sender_rate)
        telegram = await telegram_of(settings, clock, pace, stack)
        owner = Address(channel="telegram", chat=settings.owner_chat) if settings.owner_chat else None
        channels: dict[str, Channel] = {"telegram": telegram} if telegram else {}
        meters = meters_of(settings, clock)
        ledger = Ledger(store, clock, budget_of(settings), meters)
        voices = Voices(desk, store, meters, defaults(settings) if model else {})
        summarizer, better = summarizers(settings, model, fallback, ledger, voices)
        deps = Deps(
            store=store,
            clock=clock,
            web=web,
            parser=parser,
            summarizer=summarizer,
            better=better,
            translator=Translator(model, voices.translation, ledger=ledger, note=voices.note)
            if model
            else None,
            attempt=attempt(model, ledger, rules) if model else None,
            samples=lambda: samples(samples_of(settings.prompts), rules),
            fallback=fallback,
            channels=channels,
            rules=rules,
            desk=desk,
            embedder=embedder,
            usual=wordlists.usual,
            wording=Catalogues(),
            meters=meters,
            owner=owner if telegram else None,
            spread=spread,
        )
        if telegram is not None:
            telegram.limiter.watch = Answers(deps, telegram.name)
            async with store.begin() as tx:
                await recall(deps, tx, telegram.name)
        if model is not None:
            await studio.refresh(deps)  # a command that tells a story at once uses what is live, too
        runner = await shared_runner(deps, settings) if spread else LocalRunner(deps, STEPS, clock)
        desk.hand_on = runner.put if spread else None
        stack.push_async_callback(runner.stop, 5.0)
        yield App(
            settings=settings,
            deps=deps,
            runner=runner,
            telegram=telegram,
            model=model,
            prices=prices,
            ledger=ledger,
        )


async def _until_cancelled(job: Callable[..., Awaitable[None]], *args: object) -> None:
    """Run a job of the scheduler; being stopped with the bot is no failure, and not worth a traceback."""
    with suppress(asyncio.CancelledError):
        await job(*args)
