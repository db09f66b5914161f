"""``dateline doctor``: what is set, reachable and migrated, what is not, and what mends it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.markup import escape
from rich.table import Table

from bot.adapters import journal, wordlists
from bot.adapters.llm_probe import Abilities, probe
from bot.adapters.store import schema_version, sqlite_version
from bot.adapters.store import warnings as store_warnings
from bot.app import App, open_app
from bot.domain.cleaning import clean
from bot.entrypoints.cli.session import (
    JSON,
    count,
    hint_of,
    hint_of_code,
    out,
    print_json,
    print_table,
    run,
    settings,
)
from bot.errors import Code, DatelineError, Misconfigured
from bot.pipeline.costs import month_ahead
from bot.settings import Settings
from bot.settings.folders import folder_of
from bot.types import Address, Feed, FeedStatus
from bot.wiring import PRICES, budget_of

CHATS_ASKED = 10
"""Chats that doctor looks into: a person's own, not a thousand readers'."""
FEEDS_NAMED = 5
CLOCK_OFF = timedelta(seconds=30)
"""Half of what a digest may be late. The header counts in seconds, and an answer takes some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: "ok", "note" (works, could be better) or "bad" (needs a hand), and what mends it."""

    check: str
    state: str
    says: str
    mend: str = ""


Check = Callable[[App], Awaitable[Sequence[Finding]]]


def register(cli: typer.Typer) -> None:
    """Add the command of this file."""
    cli.command()(doctor)


def doctor(
    as_json: Annotated[bool, JSON] = False,
    llm: Annotated[
        bool, typer.Option("--llm", help="Ask the model's server what it can do (three small requests).")
    ] = False,
) -> None:
    """What is set and works, what does not, and what mends it; exit code 1 when something needs a hand."""

    async def work() -> list[Finding]:
        async with _opened(settings()) as (opened, refused):
            checks = (*_CHECKS, *(_probes(opened) if llm else ()))
            found = [one for name, check in checks for one in await _look(name, check, opened)]
        return [one for one in found if not refused or one.check != "telegram"] + refused

    found = run(work())
    if as_json:
        rows = [(one.check, one.state, one.says, one.mend) for one in found]
        print_json([dict(zip(("check", "state", "says", "mend"), row, strict=True)) for row in rows])
    else:
        _show(found)
    if any(one.state == "bad" for one in found):
        raise typer.Exit(1)


def _show(found: Sequence[Finding]) -> None:
    signs = {"ok": "[green]✓[/]", "note": "[yellow]·[/]", "bad": "[bold red]✗[/]"}
    table = Table.grid(padding=(0, 1))
    for one in found:
        mend = f"\n[dim]→[/] {escape(one.mend)}" if one.mend else ""
        table.add_row(signs[one.state], f"[bold]{escape(one.check)}[/]", escape(one.says) + mend)
    print_table(table)
    bad = sum(one.state == "bad" for one in found)
    notes = sum(one.state == "note" for one in found)
    if bad:
        out.print(
            f"\n[bold red]{count(bad, 'thing')} {'needs' if bad == 1 else 'need'} a hand.[/]", highlight=False
        )
    elif notes:
        out.print(f"\n[green]It works.[/] {count(notes, 'thing')} could be better.", highlight=False)
    else:
        out.print("\n[green]All is well.[/]")


@asynccontextmanager
async def _opened(found: Settings) -> AsyncGenerator[tuple[App, list[Finding]]]:
    """The house with its files imported. A token that is none must not hide what else there is to say."""
    refused: list[Finding] = []
    token = found.telegram_bot_token.get_secret_value()
    number, colon, secret = token.partition(":")
    if token and not (number.isdigit() and colon and len(secret) > 2):
        says = "TELEGRAM_BOT_TOKEN does not look like one"
        refused.append(Finding(check="telegram", state="bad", says=says, mend=_TOKEN))
        found = found.model_copy(update={"telegram_bot_token": SecretStr("")})
    async with open_app(found) as opened:
        await opened.import_config()
        yield opened, refused


async def _look(name: str, check: Check, opened: App) -> Sequence[Finding]:
    try:
        return await check(opened)
    except DatelineError as error:
        return [_failed(name, error)]


def _failed(name: str, error: DatelineError) -> Finding:
    return Finding(check=name, state="bad", says=journal.mask(str(error)), mend=hint_of(error))


# ----------------------------------------------------------------------------------------------- the house


async def _database(opened: App) -> Sequence[Finding]:
    url = opened.settings.database_url
    version = await schema_version(url)
    if not url.startswith("sqlite"):
        return [Finding(check="database", state="ok", says=f"PostgreSQL, schema {version}")]
    told = f"SQLite {sqlite_version()}, schema {version}, {opened.settings.data}"
    return [of_sqlite(told, store_warnings(url))]


def of_sqlite(told: str, warnings: Sequence[str]) -> Finding:
    """What there is to say of the database's driver."""
    if not warnings:
        return Finding(check="database", state="ok", says=told)
    mend = "pip install 'dateline-digest[sqlite]', or a Python with a newer SQLite"
    return Finding(check="database", state="note", says=f"{told}; {'; '.join(warnings)}", mend=mend)


async def _disk(opened: App) -> Sequence[Finding]:
    free = shutil.disk_usage(opened.settings.data).free / 1e9
    says = f"{free:.1f} GB free in {opened.settings.data}"
    if free > 1:
        return [Finding(check="disk", state="ok", says=says)]
    return [Finding(check="disk", state="bad", says=says, mend="make room, or move DATELINE_DATA")]


async def _config(opened: App) -> Sequence[Finding]:
    async with opened.deps.store.begin() as tx:
        conflicts = [item.id for item in await tx.declared() if item.conflict is not None]
    if not conflicts:
        return [Finding(check="config", state="ok", says="files and database agree")]
    says = f"{count(len(conflicts), 'conflict')}: {', '.join(conflicts[:FEEDS_NAMED])}"
    return [Finding(check="config", state="note", says=says, mend="dateline config diff")]


async def _feeds(opened: App) -> Sequence[Finding]:
    async with opened.deps.store.begin() as tx:
        feeds = [feed for feed in await tx.feeds() if feed.status is not FeedStatus.OFF]
    if not feeds:
        mend = "name some in config/feeds.yaml, or dateline feeds add ADDRESS"
        return [Finding(check="feeds", state="bad", says="no feed is on", mend=mend)]
    asked = [feed for feed in feeds if feed.polls or feed.failures]
    dead = [feed for feed in feeds if feed.status is FeedStatus.DEAD]
    failing = [feed for feed in asked if feed.failures and feed.status is FeedStatus.ACTIVE]
    never = [feed for feed in asked if feed.last_success_at is None]
    told = f"{count(len(feeds), 'feed')}, {len(failing)} failing, {len(dead)} dead"
    if asked and len(never) == len(asked):
        mend = "look for the network, a proxy or a firewall"
        return [Finding(check="feeds", state="bad", says=f"{told}: none was ever read", mend=mend)]
    since = [feed.id for feed in dead + failing if feed not in never]
    first = Finding(check="feeds", state="ok", says=told)
    if since:
        says = f"{told}: {', '.join(since[:FEEDS_NAMED])}"
        first = Finding(check="feeds", state="note", says=says, mend="dateline feeds list --failing")
    if len(never) > FEEDS_NAMED:
        says = f"{len(never) - FEEDS_NAMED} more that never worked"
        rest = [Finding(check="feed", state="note", says=says, mend="dateline feeds list --failing")]
    else:
        rest = []
    return [first, *(_never(feed) for feed in never[:FEEDS_NAMED]), *rest]


def _never(feed: Feed) -> Finding:
    """A feed that was asked and never read: its address is wrong, or the site does not want us."""
    code = str(feed.last_code or "unknown").replace("_", " ")
    says = f"{feed.id} never worked ({code}): {journal.mask(clean(feed.url))}"
    mend = hint_of_code(feed.last_code) or f"dateline feeds remove {feed.id}"
    return Finding(check="feed", state="note", says=says, mend=mend)


async def _readers(opened: App) -> Sequence[Finding]:
    async with opened.deps.store.begin() as tx:
        active = await tx.subscriptions()
        waiting, _ = await tx.waiting(opened.deps.clock.now())
        paused = await tx.outbox_paused()
    if paused:
        says = f"the outbox is paused: {paused}"
        return [Finding(check="readers", state="bad", says=says, mend="dateline outbox resume")]
    if not active:
        mend = "set DATELINE_CHAT_ID in .env or a chat in config/digests.yaml"
        return [Finding(check="readers", state="note", says="no subscription", mend=mend)]
    says = f"{count(len(active), 'subscription')}, {count(waiting, 'message')} waiting"
    return [Finding(check="readers", state="ok", says=says)]


# ------------------------------------------------------------------------------------------------ Telegram

_TOKEN = "write TELEGRAM_BOT_TOKEN=123456:ABC… into .env, as @BotFather shows it (/mybots, API Token)"  # noqa: S105 - how to write one


async def _telegram(opened: App) -> Sequence[Finding]:
    channel = opened.telegram
    if channel is None:
        mend = "a bot of your own: @BotFather, then TELEGRAM_BOT_TOKEN in .env"
        return [Finding(check="telegram", state="note", says="no token: nothing is posted", mend=mend)]
    try:
        name = await channel.check()
    except Misconfigured as error:
        mend = _TOKEN if error.code is Code.BAD_TOKEN else hint_of(error)
        return [Finding(check="telegram", state="bad", says=journal.mask(str(error)), mend=mend)]
    return [
        Finding(check="telegram", state="ok", says=f"@{name}"),
        *_clock(channel.clock_off),
        *await _chats(opened, name),
    ]


def _clock(off: timedelta | None) -> Sequence[Finding]:
    """Whether this machine's clock agrees with Telegram's: digests go by it, and so does TLS."""
    if off is None:
        return []
    seconds = round(abs(off.total_seconds()))
    if abs(off) <= CLOCK_OFF:
        return [Finding(check="clock", state="ok", says=f"within {max(seconds, 1)} s of Telegram's")]
    way = "behind" if off > timedelta(0) else "ahead of"
    says = (
        f"this machine's clock is {timedelta(seconds=seconds)} {way} Telegram's: digests come at wrong times"
    )
    return [Finding(check="clock", state="bad", says=says, mend="sudo timedatectl set-ntp true")]


async def _chats(opened: App, name: str) -> Sequence[Finding]:
    """A line for each chat in which the bot may not post, and one for all others."""
    channel = opened.telegram
    assert channel is not None
    async with opened.deps.store.begin() as tx:
        wanted = {sub.address for sub in await tx.subscriptions()}
    if opened.deps.owner:
        wanted.add(opened.deps.owner)
    may, found = [], []
    for address in sorted(wanted, key=str)[:CHATS_ASKED]:
        try:
            may.append(await channel.may_post(address))
        except DatelineError as error:
            found.append(_refused(address, error, name))
    rest = f" and {len(wanted) - CHATS_ASKED} more that were not asked" if len(wanted) > CHATS_ASKED else ""
    if may:
        found.insert(0, Finding(check="chats", state="ok", says=f"may post in {', '.join(may)}{rest}"))
    return found


def _refused(address: Address, error: DatelineError, name: str) -> Finding:
    mend = hint_of(error)
    if error.code is Code.FORBIDDEN:
        mend = f"in the chat: add @{name}; of a channel make it an administrator who may post messages"
    says = f"{address.chat}: {journal.mask(error.message)}"
    return Finding(check="chat", state="bad", says=says, mend=mend)


# ------------------------------------------------------------------------------------- models and meanings


async def _model(opened: App) -> Sequence[Finding]:
    found, model = opened.settings, opened.model
    if model is None:
        says = "none: summaries are excerpts from the articles"
        mend = "OPENAI_API_KEY in .env; for a server of your own OPENAI_BASE_URL"
        return [Finding(check="model", state="note", says=says, mend=mend)]
    where = found.openai_base_url or "the OpenAI API"
    try:
        known = await model.reached()
    except DatelineError as error:
        key = error.code is Code.MODEL_CONFIG
        mend = "OPENAI_API_KEY in .env" if key else "start it, or mend OPENAI_BASE_URL in .env"
        says = f"{where}: {journal.mask(error.message)}"
        return [Finding(check="model", state="bad", says=says, mend=mend)]
    missing = [name for name in _models(opened) if known and name not in known]
    if missing:
        near = f"it has {', '.join(sorted(known)[:FEEDS_NAMED])}"
        says = f"{where} does not list {', '.join(missing)}; {near}"
        mend = "OPENAI_MODEL (or DATELINE_TOP_MODEL) in .env; with Ollama: ollama pull NAME"
        return [Finding(check="model", state="note", says=says, mend=mend)]
    return [Finding(check="model", state="ok", says=f"{found.openai_model} at {where} (--llm asks it)")]


async def _budget(opened: App) -> Sequence[Finding]:
    if opened.model is None:
        return [Finding(check="budget", state="ok", says="no model, no cost")]
    found, now = opened.settings, opened.deps.clock.now()
    (day, _), (month, _) = budget_of(found).caps(now)
    async with opened.deps.store.begin() as tx:
        today, spent = await tx.cost(day), await tx.cost(month)
        ahead = await month_ahead(tx, spent, now, found.zone)
    told = (
        f"${today:.2f} of ${found.budget_day:.2f} today, ${spent:.2f} of ${found.budget_month:.2f} "
        f"this month, ${ahead:.2f} by its end at this rate"
    )
    unknown = [name for name in _models(opened) if opened.prices.known(name) is None]
    if unknown:
        other = opened.prices.other
        price = f"${other.tokens_in:g} and ${other.tokens_out:g} per million tokens read and written"
        says = f"{told}; no price of {', '.join(unknown)}: counted as {price}"
        mend = f"write it into {folder_of('config', found.config) / PRICES} (0 for a server of your own)"
        return [Finding(check="budget", state="note", says=says, mend=mend)]
    if today >= found.budget_day or ahead > found.budget_month:
        mend = "DATELINE_BUDGET_DAY and DATELINE_BUDGET_MONTH in .env, or a cheaper OPENAI_MODEL"
        return [Finding(check="budget", state="note", says=told, mend=mend)]
    return [Finding(check="budget", state="ok", says=told)]


def _models(opened: App) -> tuple[str, ...]:
    found = opened.settings
    return tuple(dict.fromkeys(name for name in (found.openai_model, found.top_model) if name))


def _probes(opened: App) -> tuple[tuple[str, Check], ...]:
    def check(name: str) -> Check:
        async def asked(opened: App) -> Sequence[Finding]:
            if opened.model is None:
                return []  # the model's own line says so
            return [_abilities(f"llm {name}", await probe(opened.model, opened.ledger, name))]

        return asked

    return tuple((f"llm {name}", check(name)) for name in _models(opened))


def _abilities(check: str, found: Abilities) -> Finding:
    context = f"{found.context:,} tokens" if found.context else "not said"
    told = [
        f"structured output by {found.step}",
        f"limit by {found.limit}",
        f"usage {'named' if found.usage else 'estimated'}",
        f"logprobs {'yes' if found.logprobs else 'no: DATELINE_JUDGE has no use'}",
        f"context {context}",
        f"{found.speed:g} tokens a second, answer after {found.seconds:g} s",
        f"cost ${found.cost:.4f}",
    ]
    if found.refused:
        told.insert(2, f"refuses {', '.join(found.refused)}")
    if found.context is not None and found.context < _LEAST_CONTEXT:
        told.append(f"too small: a story takes up to {_LEAST_CONTEXT:,}")
        mend = "a model with a longer context, or the server's setting for it (Ollama: num_ctx)"
        return Finding(check=check, state="bad", says="; ".join(told), mend=mend)
    return Finding(check=check, state="ok", says="; ".join(told))


_LEAST_CONTEXT = 3000
"""Tokens of prompt, 330 words of any script, and the answer."""


async def _embedder(opened: App) -> Sequence[Finding]:
    lists = "word lists" if wordlists.installed() else "no word lists"
    embedder = opened.deps.embedder
    if embedder is None:
        says = f"none: stories are joined by words, across languages by names and numbers; {lists}"
        by_choice = opened.settings.embedder == "none"
        mend = "DATELINE_EMBEDDER=auto in .env" if by_choice else "pip install 'dateline-digest[embedder]'"
        return [Finding(check="embedder", state="note", says=says, mend=mend)]
    (vector,) = await embedder.embed(["Two ships collided in the strait."])
    known = "all languages" if embedder.languages is None else f"{len(embedder.languages)} languages"
    says = f"{embedder.name}, {vector.size} dimensions, {known}; {lists}"
    return [Finding(check="embedder", state="ok", says=says)]


_CHECKS: tuple[tuple[str, Check], ...] = (
    ("database", _database),
    ("disk", _disk),
    ("config", _config),
    ("feeds", _feeds),
    ("readers", _readers),
    ("telegram", _telegram),
    ("model", _model),
    ("budget", _budget),
    ("embedder", _embedder),
)
