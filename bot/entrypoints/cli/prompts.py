"""``dateline prompts``: what a model is asked; drafts, the gate, and the way back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from bot.domain import prompts as texts
from bot.entrypoints import prompts as desk
from bot.entrypoints.cli import promptedit
from bot.entrypoints.cli import promptviews as views
from bot.entrypoints.cli.promptopen import Name, Version, opened
from bot.entrypoints.cli.session import (
    JSON,
    complain,
    count,
    out,
    plain,
    print_json,
    print_table,
    run,
    settings,
)
from bot.errors import Misconfigured
from bot.settings.folders import folder_of
from bot.types import PromptVersion

prompts = typer.Typer(no_args_is_help=True, help="What a model is asked, and how that is changed safely.")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file and of promptedit.py."""
    cli.add_typer(prompts, name="prompts")
    promptedit.register(prompts)


@prompts.command("list")
def prompts_list(as_json: Annotated[bool, JSON] = False) -> None:
    """All prompts: which version is live, since when, by whom, and what waits."""

    async def work() -> tuple[tuple[desk.Shelf, ...], list[str]]:
        async with opened() as house:
            found = await desk.shelves(house.deps)
            return found, [await desk.who(house.deps, one.live.by) if one.live else "" for one in found]

    found, people = run(work())
    if as_json:
        print_json([views.shelf_row(one) for one in found])
        return
    table = Table("name", "live", "since (UTC)", "by", "drafts", "what it is for", box=None)
    for one, who in zip(found, people, strict=True):
        row = views.shelf_row(one)
        live = f"{row['live'] or '–'}{f' against {one.live.rival}' if one.live and one.live.rival else ''}"
        drafts = ", ".join(row["drafts"][:3])
        table.add_row(
            one.name, live, views.moment(row["since"]), plain(who), drafts, plain(row["description"])
        )
        for scoped in one.scoped:
            table.add_row(
                f"  {plain(scoped.scope)}", scoped.hash, views.moment(scoped.since), plain(scoped.by)
            )
    print_table(table)


@prompts.command("show")
def prompts_show(name: Name, version: Version = "live", as_json: Annotated[bool, JSON] = False) -> None:
    """The text of a version, the live one by default."""

    async def work() -> PromptVersion:
        async with opened() as house:
            return desk.pick(await desk.shelf(house.deps, name), version)

    found = run(work())
    if as_json:
        print_json({**views.version_row(found), "text": found.text})
        return
    if out.is_terminal:
        out.print(f"[dim]{found.name} {found.hash}, {found.state}[/]", highlight=False)
    sys.stdout.write(found.text if found.text.endswith("\n") else f"{found.text}\n")


@prompts.command("lint")
def prompts_lint(
    what: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE|NAME]…", help="All files of prompts/ when left out.")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Whether prompt files are right; exit code 2 and every fault in plain words where they are not."""
    folder = folder_of("prompts", settings().prompts)
    paths = [_file(one, folder) for one in what or ()] or _all_files(folder)
    faults: dict[str, Misconfigured] = {}
    for path in paths:
        try:
            _lint(path)
        except Misconfigured as error:
            faults[str(path)] = error
    if as_json:
        rows = [(str(path), faults.get(str(path))) for path in paths]
        print_json(
            [{"file": name, "ok": not fault, "fault": str(fault) if fault else ""} for name, fault in rows]
        )
    else:
        for path in paths:
            if fault := faults.get(str(path)):
                complain(fault)
            else:
                out.print(f"[green]✓[/] {plain(path)}", highlight=False, soft_wrap=True)
    if faults:
        raise typer.Exit(2)


def _file(what: str, folder: Path) -> Path:
    for path in (Path(what), folder / f"{what}{desk.ENDING}", folder / what):
        if path.is_file():
            return path
    raise Misconfigured("no such file or prompt", hint=f"the files are in {folder}", file=what)


def _all_files(folder: Path) -> list[Path]:
    found = [*sorted(folder.glob(f"*{desk.ENDING}")), *sorted(folder.glob("house-style.y*ml"))]
    if not found:
        raise Misconfigured(
            "there are no prompt files", hint="dateline prompts export writes them", folder=folder
        )
    return found


def _lint(path: Path) -> None:
    text = desk.utf8(path.read_bytes(), str(path))
    if path.suffix in (".yaml", ".yml"):
        texts.house_style(text, str(path))
        return
    name = texts.parse(text, str(path)).name
    if path.name.endswith(desk.ENDING) and path.name != f"{name}{desk.ENDING}":
        hint = f"write name: {path.name.removesuffix(desk.ENDING)}"
        raise Misconfigured(f"its name is {name!r}", hint=hint, file=path)


@prompts.command("diff")
def prompts_diff(name: Name, a: Version = "live", b: Version = "draft") -> None:
    """What changed from version A (the live one) to version B (the newest draft)."""

    async def work() -> tuple[PromptVersion, PromptVersion]:
        async with opened() as house:
            found = await desk.shelf(house.deps, name)
            return desk.pick(found, a), desk.pick(found, b)

    old, new = run(work())
    lines = texts.difference(old.text, new.text)
    out.print(f"[red]- {old.hash}[/]  [green]+ {new.hash}[/]", highlight=False)
    for line in views.difference(lines):
        out.print(line, highlight=False, soft_wrap=True)
    if not lines:
        out.print("They say the same.")


@prompts.command("history")
def prompts_history(name: Name, as_json: Annotated[bool, JSON] = False) -> None:
    """Who did what when and why, with the figures; of a comparison both sides and what readers pressed."""

    async def work() -> tuple[list[tuple[Any, str]], desk.Comparison | None]:
        async with opened() as house:
            found = await desk.shelf(house.deps, name)
            async with house.deps.store.begin() as tx:
                events = await tx.events(name)
            people = [await desk.who(house.deps, one.by) for one in events]
            return list(zip(events, people, strict=True)), await desk.comparison(house.deps, found)

    events, compared = run(work())
    if as_json:
        rows = [json.loads(json.dumps(one, default=str)) for one in map(_event_row, events)]
        sides = compared and {"live": views.side_row(compared.live), "rival": views.side_row(compared.rival)}
        told = compared and {"since": compared.since, "until": compared.until, "running": compared.running}
        print_json({"events": rows, "comparison": {**told, **sides} if told and sides else None})
        return
    for event, who in events:
        for line in views.event_lines(event, who):
            out.print(line, highlight=False, soft_wrap=True)
    if compared is not None:
        print_table(views.comparison_table(compared))
    if not events:
        out.print("Nothing was done with it yet: it is as it came.")


def _event_row(row: tuple[Any, str]) -> dict[str, Any]:
    event, who = row
    names = ("at", "hash", "what", "why", "figures")
    return {**{name: getattr(event, name) for name in names}, "by": who}


@prompts.command("export")
def prompts_export(
    folder: Annotated[Path | None, typer.Argument(help="The prompts folder when left out.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that say something else.")] = False,
) -> None:
    """Write the live texts as files, to look at or to keep in a repository."""

    async def work() -> dict[str, str]:
        async with opened() as house:
            found = await desk.shelves(house.deps)
            return {f"{one.name}{desk.ENDING}": one.current.text for one in found if one.current}

    target = folder or settings().prompts
    made = run(work())
    for name, text in made.items():
        path = target / name
        if path.exists() and path.read_bytes() != text.encode() and not force:
            hint = "name another folder, or add --force"
            raise Misconfigured("this file says something else than the live version", hint=hint, file=path)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (target / name).write_text(text, encoding="utf-8")
    out.print(f"[green]✓[/] {count(len(made), 'prompt')} written to {plain(target)}", highlight=False)
