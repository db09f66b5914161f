"""Settings → App: the only place that names concrete adapters, and the loop of `dateline run`."""

from __future__ import annotations

import asyncio
import importlib.resources
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from aiohttp.abc import AbstractResolver
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.adapters.channels.telegram import TelegramChannel
from bot.adapters.clock import SystemClock
from bot.adapters.http import Web
from bot.adapters.llm import ModelClient
from bot.adapters.parsing import ParsingPool
from bot.adapters.runner_local import LocalRunner
from bot.adapters.store import FolderLock, backup, migrate, open_store
from bot.adapters.summarizers import CascadeSummarizer, ExtractiveSummarizer, LLMSummarizer
from bot.domain import declarations
from bot.domain.phrases import Wording
from bot.domain.prompts import Prompt
from bot.domain.prompts import parse as parse_prompt
from bot.errors import DatelineError, Misconfigured
from bot.pipeline import STEPS, plan
from bot.pipeline.catalogue import catalogue
from bot.ports import Channel, Clock, Deps, Desk, Store, Summarizer
from bot.settings import Settings, read_config
from bot.types import Declared, ModelCall, Rules, Subscription, TopicSlug

log = logging.getLogger("dateline.app")

TICK = 5.0  # seconds between plans: a slot is queued within this and its own work, well under its 60 s
HOUSEKEEPING = 3600.0
LANGUAGES = ("en", "zh", "ar")
"""Interface languages; each has a file in bot/locale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything put together."""

    settings: Settings
    deps: Deps
    runner: LocalRunner
    telegram: TelegramChannel | None
    model: ModelClient | None

    async def import_config(self) -> declarations.Import:
        """Bring ``config/`` into the database; what people edited elsewhere stays (conflicts are listed).

        Raises:
            Misconfigured: a file that cannot be read as it should be; nothing is imported then.
        """
        files = read_config(folder_of("config", self.settings.config))
        async with self.deps.store.begin() as tx:
            changes = declarations.reconcile(files, await tx.declared())
            await tx.declare(changes.write)
        await self.apply_declarations([item for item in changes.write if item.conflict is None])
        log.info(
            "config_imported added=%d updated=%d off=%d conflicts=%d",
            len(changes.added),
            len(changes.updated),
            len(changes.switched_off),
            len(changes.conflicts),
        )
        return changes

    async def apply_declarations(self, items: Sequence[Declared]) -> None:
        """Write feeds and subscriptions as their declarations say."""
        book = await catalogue(self.deps)
        feeds = [declarations.feed(item) for item in items if item.kind == "feed"]
        for feed in feeds:
            if feed.outlet and not book.outlets.knows(feed.outlet):
                hint = "add it to config/outlets.yaml, or mend the name"
                raise Misconfigured(f"no such outlet: {feed.outlet}", hint=hint, feed=feed.id)
        subscriptions = await self._subscriptions(items, book.slugs)
        async with self.deps.store.begin() as tx:
            await tx.put_feeds(feeds)
            for subscription in subscriptions:
                await tx.put_subscription(subscription)

    async def _subscriptions(
        self, items: Sequence[Declared], slugs: Sequence[TopicSlug]
    ) -> list[Subscription]:
        async with self.deps.store.begin() as tx:
            known = {sub.id: sub for sub in await tx.subscriptions(active=None)}
        made = []
        for item in items:
            if item.kind != "digest":
                continue
            old = known.get(declarations.subscription_id(item))
            subscription = declarations.subscription(
                item,
                default_chat=self.settings.chat_id,
                default_zone=self.settings.zone,
                topics=slugs,
                created_at=(old.created_at if old else None) or self.deps.clock.now(),
            )
            if subscription is not None:
                made.append(subscription)
        return made

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
        scheduler.add_job(self._tick, "interval", seconds=TICK, args=[stop], **options)
        scheduler.add_job(self._keep_house, "interval", seconds=HOUSEKEEPING, **options)
        try:
            await self.import_config()
            await self._tick(stop)
            scheduler.start()
            log.info("running data=%s posting=%s", self.settings.data, bool(self.telegram))
            await stop.wait()
        finally:
            if scheduler.running:
                scheduler.shutdown(wait=False)
            await self.runner.stop(grace=20.0)
            lock.release()
        self._raise_if_fatal()

    async def _tick(self, stop: asyncio.Event) -> None:
        try:
            await self.runner.put(await plan(self.deps))
        except DatelineError as error:
            log.warning("plan_failed error=%s", error)
        if self.runner.fatal is not None:
            stop.set()

    async def _keep_house(self) -> None:
        """Retention, the daily backup, and a look whether the files changed."""
        now = self.deps.clock.now()
        try:
            async with self.deps.store.begin() as tx:
                gone = await tx.retain(now, self.deps.rules)
                last = await tx.note("backup_day")
            log.info("rows_retired %s", " ".join(f"{table}={count}" for table, count in gone.items()))
            if last != now.date().isoformat() and not self.settings.database and self.settings.backups:
                await self._back_up(now.strftime("%Y%m%d"))
            await self.import_config()
        except DatelineError as error:
            log.warning("housekeeping_failed error=%s", error)

    async def _back_up(self, day: str) -> None:
        folder = self.settings.data / "backups"
        folder.mkdir(parents=True, exist_ok=True)
        await backup(self.settings.database_url, folder / f"dateline-{day}.db")
        for old in sorted(folder.glob("dateline-*.db"))[: -self.settings.backups]:
            old.unlink()
        async with self.deps.store.begin() as tx:
            await tx.put_note("backup_day", self.deps.clock.now().date().isoformat())


def folder_of(name: str, wanted: Path) -> Path:
    """The folder of ``config`` or ``prompts``: the wanted one, else the package's own defaults."""
    if wanted.is_dir() or wanted != Path(name):
        return wanted
    packaged = Path(str(importlib.resources.files("bot") / "defaults" / name))
    return packaged if packaged.is_dir() else wanted


def wording(language: str) -> Wording:
    """The words of the interface in this language, English where it has none."""

    def read(name: str) -> Mapping[str, Any]:
        file = importlib.resources.files("bot.locale") / f"{name}.yaml"
        loaded: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        return loaded

    chosen = language if language in LANGUAGES else "en"
    return Wording.from_mapping(chosen, read(chosen), read("en"))


def story_prompt(settings: Settings) -> Prompt:
    """The prompt of story summaries. Raises Misconfigured, naming the line, when the file is not right."""
    path = folder_of("prompts", settings.prompts) / "story.prompt.md"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Misconfigured("cannot read the prompt", file=path) from error
    return parse_prompt(text, "story")


def rules_of(settings: Settings) -> Rules:
    """The numbers that steps go by, as the settings set them."""
    return Rules(
        languages=settings.languages,
        stories_per_topic=settings.stories_per_topic,
        keep_articles=timedelta(days=settings.keep_articles_days),
        keep_digests=timedelta(days=settings.keep_digests_days),
        sender_window=64 if settings.paid_broadcast else 8,
        sender_rate=900.0 if settings.paid_broadcast else 25.0,
    )


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    resolver: AbstractResolver | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    rules: Rules | None = None,
    use_model: bool = True,
) -> AsyncGenerator[App, None]:
    """An App on a migrated database; everything is closed when the block ends.

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
        )
        stack.push_async_callback(web.close)
        parser = ParsingPool(workers=settings.parsers, languages=settings.languages)
        stack.push_async_callback(parser.close)
        model = _model(settings, clock) if use_model else None
        if model is not None:
            stack.push_async_callback(model.close)
        fallback = ExtractiveSummarizer(rules)
        telegram = await _telegram(settings, clock, stack)
        channels: dict[str, Channel] = {"telegram": telegram} if telegram else {}
        deps = Deps(
            store=store,
            clock=clock,
            web=web,
            parser=parser,
            summarizer=_summarizer(settings, model, fallback, store),
            fallback=fallback,
            channels=channels,
            rules=rules,
            desk=Desk(progress),
            wording={language: wording(language) for language in LANGUAGES},
        )
        runner = LocalRunner(deps, STEPS, clock)
        stack.push_async_callback(runner.stop, 5.0)
        yield App(settings=settings, deps=deps, runner=runner, telegram=telegram, model=model)


def _model(settings: Settings, clock: Clock) -> ModelClient | None:
    if not settings.model_key:
        return None
    return ModelClient(
        base_url=settings.openai_base_url or None,
        api_key=settings.model_key,
        model=settings.openai_model,
        clock=clock,
        timeout=settings.model_timeout,
        concurrency=settings.model_calls,
    )


def _summarizer(
    settings: Settings, model: ModelClient | None, fallback: Summarizer, store: Store
) -> Summarizer:
    if model is None:
        return fallback

    async def record(call: ModelCall) -> None:
        async with store.begin() as tx:
            await tx.record_call(call)

    return CascadeSummarizer(LLMSummarizer(model, story_prompt(settings), record=record), fallback)


async def _telegram(settings: Settings, clock: Clock, stack: AsyncExitStack) -> TelegramChannel | None:
    token = settings.telegram_bot_token.get_secret_value()
    if not token:
        return None
    channel = TelegramChannel(
        token=token,
        base_url=settings.telegram_api or None,
        clock=clock,
        paid_broadcast=settings.paid_broadcast,
    )
    await channel.start()
    stack.push_async_callback(channel.close)
    return channel
