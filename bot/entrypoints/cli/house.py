"""``dateline doctor, migrate, backup, restore`` and ``dateline config``: keeping the house."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.markup import escape
from rich.table import Table

from bot.adapters import journal, wordlists
from bot.adapters.clock import SystemClock
from bot.adapters.llm_probe import Abilities, probe
from bot.adapters.store import backup as back_up
from bot.adapters.store import migrate as migrate_store
from bot.adapters.store import restore as restore_store
from bot.adapters.store import schema_version, sqlite_version
from bot.adapters.store import warnings as store_warnings
from bot.app import PRICES, App, budget_of
from bot.domain import declarations
from bot.entrypoints.cli.session import (
    JSON,
    Bars,
    app,
    count,
    hint_of,
    out,
    plain,
    print_json,
    print_table,
    run,
    settings,
)
from bot.errors import DatelineError, Misconfigured
from bot.pipeline.costs import month_ahead
from bot.settings import read_config
from bot.settings.files import KINDS
from bot.settings.folders import folder_of
from bot.types import Declared, FeedStatus

config = typer.Typer(no_args_is_help=True, help="Files against the database.")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(doctor)
    cli.command()(migrate)
    cli.command()(backup)
    cli.command()(restore)
    cli.add_typer(config, name="config")


def doctor(
    as_json: Annotated[bool, JSON] = False,
    llm: Annotated[
        bool, typer.Option("--llm", help="Ask the model's server what it can do (three small requests).")
    ] = False,
) -> None:
    """What is set, reachable and migrated; exit code 1 when something needs a hand."""

    async def work() -> list[tuple[str, str, str]]:
        async with app() as opened:
            checks = (*_CHECKS, *(_probes(opened) if llm else ()))
            return [await _look(name, check, opened) for name, check in checks]

    rows = run(work())
    if as_json:
        print_json([{"check": name, "state": state, "says": says} for name, state, says in rows])
    else:
        signs = {"ok": "[green]✓[/]", "note": "[yellow]·[/]", "bad": "[bold red]✗[/]"}
        table = Table.grid(padding=(0, 1))
        for name, state, says in rows:
            table.add_row(signs[state], f"[bold]{name}[/]", escape(says))
        print_table(table)
    if any(state == "bad" for _, state, _ in rows):
        raise typer.Exit(1)


Check = Callable[[App], Awaitable[tuple[str, str]]]


async def _look(name: str, check: Check, opened: App) -> tuple[str, str, str]:
    try:
        state, says = await check(opened)
    except DatelineError as error:
        return name, "bad", journal.mask(f"{error} ({hint_of(error)})")
    return name, state, says


async def _database(opened: App) -> tuple[str, str]:
    url = opened.settings.database_url
    version = await schema_version(url)
    if not url.startswith("sqlite"):
        return "ok", f"PostgreSQL, schema {version}"
    warnings = store_warnings(url)
    told = f"SQLite {sqlite_version()}, schema {version}, {opened.settings.data}"
    return ("note", f"{told}; {'; '.join(warnings)}") if warnings else ("ok", told)


async def _disk(opened: App) -> tuple[str, str]:
    free = shutil.disk_usage(opened.settings.data).free / 1e9
    return ("ok" if free > 1 else "bad"), f"{free:.1f} GB free in {opened.settings.data}"


async def _feeds(opened: App) -> tuple[str, str]:
    async with opened.deps.store.begin() as tx:
        feeds = [feed for feed in await tx.feeds() if feed.status is not FeedStatus.OFF]
    dead = [feed.id for feed in feeds if feed.status is FeedStatus.DEAD]
    failing = [feed.id for feed in feeds if feed.failures and feed.status is FeedStatus.ACTIVE]
    if not feeds:
        return "bad", "no feed is on: name some in config/feeds.yaml, or `dateline feeds add ADDRESS`"
    told = f"{count(len(feeds), 'feed')}, {len(failing)} failing, {len(dead)} dead"
    return ("note", f"{told}: {', '.join((dead + failing)[:5])}") if dead or failing else ("ok", told)


async def _readers(opened: App) -> tuple[str, str]:
    async with opened.deps.store.begin() as tx:
        active = await tx.subscriptions()
        waiting, _ = await tx.waiting(opened.deps.clock.now())
        paused = await tx.outbox_paused()
    if paused:
        return "bad", f"the outbox is paused: {paused} (dateline outbox resume)"
    if not active:
        return "note", "no subscription: set DATELINE_CHAT_ID in .env or a chat in config/digests.yaml"
    return "ok", f"{count(len(active), 'subscription')}, {count(waiting, 'message')} waiting"


async def _telegram(opened: App) -> tuple[str, str]:
    if opened.telegram is None:
        return "note", "no TELEGRAM_BOT_TOKEN: nothing is posted"
    told = f"@{await opened.telegram.check()}"
    async with opened.deps.store.begin() as tx:
        wanted = {sub.address for sub in await tx.subscriptions()}
    if opened.deps.owner:
        wanted.add(opened.deps.owner)
    asked = sorted(wanted, key=str)[:_CHATS_ASKED]
    names = [await opened.telegram.may_post(address) for address in asked]
    rest = f" and {len(wanted) - len(asked)} more" if len(wanted) > len(asked) else ""
    return "ok", f"{told}; may post in {', '.join(names)}{rest}" if names else told


_CHATS_ASKED = 10
"""Chats that doctor looks into: a person's own, not a thousand readers'."""


async def _model(opened: App) -> tuple[str, str]:
    if opened.model is None:
        return "note", "no OPENAI_API_KEY or OPENAI_BASE_URL: summaries are excerpts from the articles"
    where = opened.settings.openai_base_url or "the OpenAI API"
    return "ok", f"{opened.settings.openai_model} at {where} (--llm asks it)"


async def _budget(opened: App) -> tuple[str, str]:
    if opened.model is None:
        return "ok", "no model, no cost"
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
        where = f"write it into {folder_of('config', found.config) / PRICES} (0 for a server of your own)"
        return "note", f"{told}; no price of {', '.join(unknown)}: counted as {price}; {where}"
    return ("note" if today >= found.budget_day or ahead > found.budget_month else "ok"), told


def _models(opened: App) -> tuple[str, ...]:
    found = opened.settings
    return tuple(dict.fromkeys(name for name in (found.openai_model, found.top_model) if name))


def _probes(opened: App) -> tuple[tuple[str, Check], ...]:
    def check(name: str) -> Check:
        async def asked(opened: App) -> tuple[str, str]:
            if opened.model is None:
                return "note", "no OPENAI_API_KEY or OPENAI_BASE_URL: nobody to ask"
            return _abilities(await probe(opened.model, opened.ledger, name))

        return asked

    return tuple((f"llm {name}", check(name)) for name in _models(opened))


def _abilities(found: Abilities) -> tuple[str, str]:
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
    small = found.context is not None and found.context < _LEAST_CONTEXT
    if small:
        told.append(f"too small: a story takes up to {_LEAST_CONTEXT:,}")
    return ("bad" if small else "ok"), "; ".join(told)


_LEAST_CONTEXT = 3000
"""Tokens of prompt, 330 words of any script, and the answer."""


async def _config(opened: App) -> tuple[str, str]:
    async with opened.deps.store.begin() as tx:
        conflicts = [item.id for item in await tx.declared() if item.conflict is not None]
    if conflicts:
        told = f"{count(len(conflicts), 'conflict')}: {', '.join(conflicts[:5])}"
        return "note", f"{told} (dateline config diff)"
    return "ok", "files and database agree"


async def _embedder(opened: App) -> tuple[str, str]:
    lists = "word lists" if wordlists.installed() else "no word lists (extra embedder)"
    embedder = opened.deps.embedder
    if embedder is None:
        told = "none: stories are joined by words, across languages by names and numbers"
        return "note", f"{told}; {lists}"
    (vector,) = await embedder.embed(["Two ships collided in the strait."])
    known = "all languages" if embedder.languages is None else f"{len(embedder.languages)} languages"
    return "ok", f"{embedder.name}, {vector.size} dimensions, {known}; {lists}"


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


def migrate(
    to: Annotated[
        str, typer.Option("--to", metavar="POSTGRESQL", help="Move this SQLite installation to that server.")
    ] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Bring the database to this version's schema (every command does so), or move it to PostgreSQL."""
    found = settings()
    found.data.mkdir(parents=True, exist_ok=True)
    if to:
        _move(found.database_url, to, as_json)
        return

    async def work() -> str:
        await migrate_store(found.database_url)
        return str(await schema_version(found.database_url))

    version = run(work())
    if as_json:
        print_json({"schema": version})
    else:
        out.print(f"[green]✓[/] schema {version}")


def _move(source: str, target: str, as_json: bool) -> None:
    move = importlib.import_module("bot.adapters.store.moving").move if find_spec("psycopg") else None
    if move is None:
        raise Misconfigured("PostgreSQL needs its driver", hint="pip install 'dateline-digest[postgres]'")
    with Bars() as progress:
        moved = run(move(source, target, progress))
    if as_json:
        print_json({one.name: {"rows": one.rows, "checksum": one.checksum} for one in moved})
        return
    rows = sum(one.rows for one in moved)
    out.print(f"[green]✓[/] {count(rows, 'row')} in {len(moved)} tables, counted and compared.")
    out.print(
        "  Now set DATELINE_DATABASE in .env to that address. The old database stays, its outbox paused."
    )


def backup(
    target: Annotated[Path | None, typer.Argument(help="A file; data/backups/ when left out.")] = None,
) -> None:
    """A consistent copy of the database, also while the bot runs."""
    found = settings()
    path = target or found.data / "backups" / f"by-hand-{SystemClock().now():%Y%m%d-%H%M%S}.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    run(back_up(found.database_url, path))
    out.print(f"[green]✓[/] {path} ({path.stat().st_size / 1e6:.1f} MB)")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `dateline backup` made it.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace a database that holds something; it is kept beside.")
    ] = False,
) -> None:
    """Put a backup in the database's place; its outbox starts paused, so that nothing is sent twice."""
    found = settings()
    if not file.is_file():
        raise Misconfigured("no such backup", hint=f"look into {found.data / 'backups'}", file=file)
    run(restore_store(file, found.database_url, force=force))
    out.print("[green]✓[/] restored. Look at `dateline outbox list`, then `dateline outbox resume`.")


@config.command("diff")
def config_diff(as_json: Annotated[bool, JSON] = False) -> None:
    """What was edited outside the files, and where a file has changed since: you choose."""

    async def work() -> tuple[Declared, ...]:
        async with app() as opened, opened.deps.store.begin() as tx:
            return await tx.declared()

    edited = [item for item in run(work()) if item.edited or item.conflict is not None]
    if as_json:
        print_json([_difference(item) for item in edited])
        return
    for item in edited:
        state = _state(item)
        colour = "red" if state == "conflict" else "yellow"
        off = "" if item.on else " (off)"
        out.print(f"[{colour}]{state}[/] {item.kind} [bold]{plain(item.id)}[/]{off}", highlight=False)
        _print_body("database", item.body)
        if item.conflict is not None:
            _print_body("file", item.conflict)
    if not edited:
        out.print("Files and database agree.")
    elif any(item.conflict is not None for item in edited):
        out.print("Choose: dateline config settle KIND ID --file (or --database)")


def _state(item: Declared) -> str:
    return "conflict" if item.conflict is not None else "edited" if item.file_hash else "added"


def _difference(item: Declared) -> dict[str, Any]:
    told = {"kind": item.kind, "id": item.id, "state": _state(item), "on": item.on}
    return {**told, "database": item.body, "file": item.conflict}


def _print_body(where: str, body: Mapping[str, Any]) -> None:
    text = json.dumps(body, ensure_ascii=False)
    out.print(f"  {f'{where}:':<9} {plain(text)}", highlight=False, soft_wrap=True)


class Kind(StrEnum):
    """What the files declare."""

    FEED = "feed"
    OUTLET = "outlet"
    TOPIC = "topic"
    DIGEST = "digest"


@config.command("settle")
def config_settle(
    kind: Kind,
    ident: Annotated[str, typer.Argument(metavar="ID")],
    take_file: Annotated[bool | None, typer.Option("--file/--database", help="Whose word counts.")] = None,
) -> None:
    """Choose between the file and the database where both changed, or go back to what the file says."""

    async def work() -> None:
        async with app() as opened:
            async with opened.deps.store.begin() as tx:
                item = next((i for i in await tx.declared(kind.value) if i.id == ident), None)
            if item is not None and item.conflict is None and item.edited and take_file:
                files = read_config(folder_of("config", opened.settings.config))
                item = replace(item, conflict=files.get((item.kind, ident)), conflict_hash=item.file_hash)
            if item is None or item.conflict is None:
                hint = "dateline config diff"
                raise Misconfigured("there is nothing to choose", hint=hint, kind=kind.value, id=ident)
            await opened.declare([declarations.choose(item, take_file=bool(take_file))])

    if take_file is None:
        raise Misconfigured("whose word counts?", hint="say --file or --database", kind=kind.value, id=ident)
    run(work())
    out.print(f"[green]✓[/] {kind.value} {plain(ident)}: the {'file' if take_file else 'database'} counts")


@config.command("export")
def config_export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite files, with their comments.")] = False,
) -> None:
    """Write what the database has as files, to look at or to take into config/."""

    async def work() -> tuple[Declared, ...]:
        async with app() as opened, opened.deps.store.begin() as tx:
            return await tx.declared()

    targets = {kind: folder / f"{name}.yaml" for kind, (name, _) in KINDS.items()}
    there = [path for path in targets.values() if path.exists()]
    if there and not force:
        hint = "name another folder, or add --force: comments in the files are lost"
        raise Misconfigured("this file exists already", hint=hint, file=there[0])
    items = [item for item in run(work()) if item.on]
    folder.mkdir(parents=True, exist_ok=True)
    for kind, path in targets.items():
        body = {KINDS[kind][0]: {i.id: dict(i.body) for i in items if i.kind == kind}}
        text = yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=110)
        path.write_text(text, encoding="utf-8")
    out.print(f"[green]✓[/] {count(len(items), 'item')} written to {folder}")
