"""``dateline chaos``: a simulated day in which all goes wrong, and whether every promise was kept."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.adapters import journal
from bot.demo import chaos as stage
from bot.entrypoints.cli.session import JSON, Bars, err, out, plain, print_json, print_table, run


def register(cli: typer.Typer) -> None:
    """Add the command of this file."""
    cli.command()(chaos)


def chaos(
    hours: Annotated[int, typer.Option(min=1, max=240, help="Of the simulated day.")] = 24,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day.")] = 1,
    database: Annotated[
        str, typer.Option(help="An empty PostgreSQL database, postgresql://…; left out: a SQLite file.")
    ] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Play a day of kills, floods, cut answers, sick feeds and a lying model; count what arrived.

    A day of 24 hours takes some twelve minutes of processor time; three hours a tenth of it.

    Exit code 1 when anything came late without a cause, twice, or not at all.
    """
    journal.set_up("ERROR")
    folder = Path(tempfile.mkdtemp(prefix="dateline-chaos-"))
    bots = 2 if database else 1  # on SQLite a second one is refused, as it should be
    kept = False
    try:
        with Bars() as progress:
            account = run(
                stage.play(stage.drawn(hours, seed), folder, progress, database=database, bots=bots)
            )
        kept = account.kept
    finally:
        if kept:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            err.print(f"What the bots did and said: {folder}", highlight=False)
    _tell(account, as_json=as_json)
    if not kept:
        raise typer.Exit(1)


def _tell(account: stage.Account, *, as_json: bool) -> None:
    figures = dataclasses.asdict(account)
    if as_json:
        print_json(figures | {"kept": account.kept})
        return
    table = Table("editions and messages", "", box=None)
    for name, value in figures.items():
        if isinstance(value, int | float):
            table.add_row(name.replace("_", " "), f"{value:g}")
    print_table(table)
    met = ", ".join(f"{name} {count}" for name, count in account.troubles.items())
    out.print(f"[dim]What went wrong: {plain(met)}[/]", highlight=False)
    for complaint in account.complaints:
        out.print(f"[red]✗[/] {plain(complaint)}", highlight=False)
    if account.kept:
        out.print("[green]✓[/] Every promise was kept.")
