"""``dateline run --role …``: what each process does where many work on one PostgreSQL database.

    scheduler   plans what is due, every few seconds; one of them also follows the files and keeps the house
    worker      runs the steps; one of them places articles
    chat        answers people and posts, one of them at a time
    web         serves /metrics, /healthz and /readyz alone
    all         everything

Any number of each may run. What only one may do at a time is a post (:mod:`bot.pipeline.tenure`): the others
stand by, and one of them takes over within half a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from bot.app import GRACE, HOUSEKEEPING, TICK, App
from bot.errors import DatelineError, Misconfigured
from bot.events import logger
from bot.pipeline import plan, studio
from bot.pipeline.group import PLACER
from bot.pipeline.send import recall, reckon, sender_lease, stand, step_down
from bot.pipeline.tenure import hold, waits
from bot.ports import Step
from bot.settings.folders import FolderWatch, folder_of

if TYPE_CHECKING:
    from bot.adapters.runner_procrastinate import QueueRunner

log = logger("roles")

KEEPER = "keeper"
"""The post of who follows the files and keeps the house."""

Part = Callable[[asyncio.Event], Awaitable[None]]
"""Something that goes on until the event is set."""


class ProcessRole(StrEnum):
    """What a process is for."""

    ALL = "all"
    SCHEDULER = "scheduler"
    WORKER = "worker"
    CHAT = "chat"
    WEB = "web"


def check(role: ProcessRole, app_url: str, *, posts: bool, metrics: str) -> None:
    """Raises Misconfigured where this role is of no use with these settings."""
    if role is not ProcessRole.ALL and not app_url.startswith("postgresql"):
        raise Misconfigured(
            f"--role {role} needs PostgreSQL: on SQLite one process does everything",
            hint="leave --role out, or set DATELINE_DATABASE (dateline migrate --to moves what is there)",
        )
    if role is ProcessRole.CHAT and not posts:
        raise Misconfigured("there is no bot to chat with", hint="set TELEGRAM_BOT_TOKEN in .env")
    if role is ProcessRole.WEB and not metrics:
        raise Misconfigured("there is nowhere to listen", hint="set DATELINE_METRICS=127.0.0.1:9464 in .env")


async def run(app: App, role: ProcessRole, stop: asyncio.Event, *, front: Callable[[], Part]) -> None:
    """Do this role's work until ``stop`` is set.

    Args:
        app: opened with ``spread``.
        role: what for.
        stop: ends it; set here when a part ends by itself.
        front: makes who answers people, anew for each term.

    Raises:
        Misconfigured: a setting must be changed. What else a part ended with.
    """
    parts: list[Awaitable[None]] = [_fresh(app, stop)]
    if role in (ProcessRole.ALL, ProcessRole.SCHEDULER):
        parts += [_plan(app, stop), _hold(app, KEEPER, _keep, stop)]
    if role in (ProcessRole.ALL, ProcessRole.WORKER):
        queue_of(app).serve("collect", "digest", "tell", grace=GRACE)
        parts.append(_hold(app, PLACER, _place, stop))
    if role in (ProcessRole.ALL, ProcessRole.CHAT) and app.telegram is not None:
        parts.append(_hold(app, sender_lease(app.telegram.name), _chat(front), stop))
    log.info("running", role=role, posting=bool(app.telegram))
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await app.runner.stop(GRACE)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    if app.runner.fatal is not None:
        raise app.runner.fatal


def queue_of(app: App) -> QueueRunner:
    """The app's runner, which is one on a queue."""
    return cast("QueueRunner", app.runner)


def _hold(
    app: App, name: str, work: Callable[[App, str, asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> Awaitable[None]:
    return hold(app.deps, name, lambda token, over: work(app, token, over), stop)


async def _fresh(app: App, stop: asyncio.Event) -> None:
    """Know the live prompts, and stop where a step found that a setting must be changed."""
    while not stop.is_set() and app.runner.fatal is None:
        try:
            await studio.refresh(app.deps)
        except DatelineError as error:
            log.warning("prompts_not_read", error=error)
        await waits(app.deps, TICK, stop)


# --------------------------------------------------------------------------------------------- the scheduler


async def _plan(app: App, stop: asyncio.Event) -> None:
    """Put what is due; several schedulers put the same keys, of which the queue keeps one."""
    while not stop.is_set():
        try:
            await app.runner.put(await plan(app.deps))
        except DatelineError as error:
            log.warning("plan_failed", error=error)
        await waits(app.deps, TICK, stop)


async def _keep(app: App, token: str, over: asyncio.Event) -> None:
    """Follow the files, and keep the house once an hour."""
    del token
    found, clock = app.settings, app.deps.clock
    watch = FolderWatch(folder_of("config", found.config), folder_of("prompts", found.prompts))
    await app.import_config()
    await app.import_prompts(by_itself=False)
    housekeeping = clock.monotonic() + HOUSEKEEPING / 60
    while not over.is_set():
        await app.follow(watch)
        if clock.monotonic() >= housekeeping:
            housekeeping = clock.monotonic() + HOUSEKEEPING
            await app.keep_house()
            await queue_of(app).tidy()
        await waits(app.deps, TICK, over)


# -------------------------------------------------------------------------------------- what one does at a


async def _place(app: App, token: str, over: asyncio.Event) -> None:
    """Place articles: the one writer of stories, whose index is rebuilt from rows."""
    runner = queue_of(app)
    app.deps.desk.placer = token
    await runner.take_over("place")
    runner.serve("place", grace=GRACE)
    try:
        await over.wait()
    finally:
        await runner.leave("place")


def _chat(front: Callable[[], Part]) -> Callable[[App, str, asyncio.Event], Awaitable[None]]:
    async def chat(app: App, token: str, over: asyncio.Event) -> None:
        """Answer and post: both in one process, so that both come out of one budget."""
        assert app.telegram is not None
        runner, name = queue_of(app), app.telegram.name
        stand(app.deps, name, token)
        try:
            async with app.deps.store.begin() as tx:
                await recall(app.deps, tx, name)
                await reckon(app.deps, tx, name)
            await runner.take_over("send")
            runner.serve("send", grace=GRACE)
            await runner.put([Step(name="send", key="send", lock="send")])
            await front()(over)
        finally:
            await runner.leave("send")
            step_down(app.deps, name)

    return chat
