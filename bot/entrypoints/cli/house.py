"""``dateline migrate, backup, restore`` and ``dateline config``: keeping the house."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from bot.adapters.clock import SystemClock
from bot.adapters.store import backup as back_up
from bot.adapters.store import migrate as migrate_store
from bot.adapters.store import restore as restore_store
from bot.adapters.store import schema_version
from bot.domain import declarations
from bot.entrypoints.cli.session import (
    JSON,
    Bars,
    app,
    count,
    out,
    plain,
    print_json,
    run,
    settings,
)
from bot.errors import Misconfigured
from bot.settings import read_config
from bot.settings.files import KINDS
from bot.settings.folders import folder_of
from bot.types import Declared

config = typer.Typer(no_args_is_help=True, help="Files against the database.")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(migrate)
    cli.command()(backup)
    cli.command()(restore)
    cli.add_typer(config, name="config")


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
