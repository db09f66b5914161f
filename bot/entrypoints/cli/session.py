"""What every command shares: settings, an open app, and failures in plain words."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.adapters import journal
from bot.app import App, open_app
from bot.errors import DatelineError, Misconfigured
from bot.settings import Settings, load

Result = TypeVar("Result")

out = Console()
err = Console(stderr=True)

JSON = typer.Option("--json", help="One JSON answer on standard output.")


def settings(*, level: str | None = None) -> Settings:
    """Settings of this environment and of ``.env`` in this folder; logging is set up on the way."""
    found = load(os.environ, Path(".env"))
    journal.set_up(level or ("DEBUG" if found.log_level == "DEBUG" else "WARNING"))
    return found


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's work; Ctrl-C ends it with exit code 130."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@asynccontextmanager
async def app(*, fresh: bool = True, **options: Any) -> AsyncGenerator[App, None]:
    """An open app; with ``fresh`` the files of ``config/`` are imported first."""
    async with open_app(settings(), **options) as opened:
        if fresh:
            await opened.import_config()
        yield opened


def print_json(value: object) -> None:
    """One JSON document on standard output, readable and stable."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def complain(error: DatelineError) -> int:
    """Say what failed, where, and what to do; gives the exit code: 2 misconfigured, 1 failed."""
    err.print(f"[bold red]✗[/] {escape(journal.mask(str(error)))}", highlight=False, soft_wrap=True)
    if error.hint:
        err.print(f"  [dim]→[/] {escape(error.hint)}", highlight=False, soft_wrap=True)
    return 2 if isinstance(error, Misconfigured) else 1


class Bars:
    """Progress bars on standard error, one per stage, silent where nobody looks."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=err,
            disable=not err.is_terminal,
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Callable[[str, int, int], None]:
        self._bars.start()
        return self._move

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def _move(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage.capitalize(), total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)
