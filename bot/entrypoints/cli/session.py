"""What every command shares: settings, an open app, and failures in plain words."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import re
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.adapters import journal
from bot.adapters.parsing.charsets import decode
from bot.app import App, open_app
from bot.domain.cleaning import clean
from bot.errors import Broken, Code, DatelineError, Misconfigured, Transient
from bot.settings import Settings, load

Result = TypeVar("Result")

out = Console()
err = Console(stderr=True)

JSON = typer.Option("--json", help="One JSON answer on standard output.")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
WIDE = 1000
"""Columns of a table that no terminal shows: a program or a file gets every cell whole."""

_HINTS: Mapping[Code, str] = {
    Code.DNS: "look for a slip in the name; if there is none, for the network",
    Code.REFUSED: "look for a slip in address and port; does the server run?",
    Code.TLS: "where a server speaks no https, write http:// in front",
    Code.BLOCKED_ADDRESS: "a server of your own is let in by DATELINE_ALLOW_PRIVATE in .env",
    Code.BAD_ADDRESS: "write it as https://example.org/feed",
    Code.NOT_FOUND: "look for the new address on the site: dateline feeds discover PAGE",
    Code.GONE: "look for the new address on the site: dateline feeds discover PAGE",
    Code.UNAUTHORIZED: "open it in a browser: it may want a login, or no robots",
    Code.ROBOTS: "the site wants no robots there: save the page in a browser, and name the file",
    Code.TOO_LARGE: "5 MB is the most that is read",
    Code.HTML_PAGE: "dateline feeds discover PAGE finds the feeds of a page",
    Code.NOT_A_FEED: "dateline feeds discover PAGE finds the feeds of a page",
}
"""What to do, where the one who raised does not know what was asked for."""


def settings(*, level: str | None = None) -> Settings:
    """Settings of this environment and of ``.env`` in this folder; logging is set up on the way."""
    found = load(os.environ, Path(".env"))
    journal.set_up(level or ("DEBUG" if found.log_level == "DEBUG" else "WARNING"), found.log_format)
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
    """One JSON document on standard output, readable and stable; moments in ISO 8601."""

    def default(inner: object) -> str:
        return inner.isoformat() if isinstance(inner, datetime) else str(inner)

    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=default) + "\n")


def plain(text: object) -> str:
    """Foreign text for the console: nothing in it is markup, and nothing moves the terminal's cursor."""
    return escape(clean(str(text)))


def print_table(table: Table) -> None:
    """A table, in the terminal's width; where nobody looks, with every cell whole."""
    if out.is_terminal:
        out.print(table, highlight=False)
        return
    lines = io.StringIO()
    Console(file=lines, width=WIDE, color_system=None).print(table, highlight=False)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in lines.getvalue().splitlines())


def count(number: int, noun: str, many: str = "") -> str:
    """``1 feed``, ``2 feeds``."""
    return f"{number} {noun if number == 1 else many or f'{noun}s'}"


def checked(check: Callable[[str], str], value: str, option: str) -> str:
    """A value of the command line that a settings rule holds for. Raises Misconfigured, naming the option."""
    try:
        return check(value)
    except ValueError as error:
        raise Misconfigured(f"{option} is not right: {error}", hint="see --help") from None


def text_of(body: bytes, name: str) -> str:
    """The text of a file or of standard input, whatever charset it is in.

    Raises:
        Misconfigured: it is no text: pictures, archives, PDF.
    """
    text, _ = decode(body, "")
    if body.startswith(b"%PDF-") or len(_NO_TEXT.findall(text)) > len(text) / 100:
        hint = "a page (HTML) or plain text; a PDF's text can be copied into a file"
        raise Misconfigured("this is no text", hint=hint, file=name)
    return text


def hint_of_code(code: Code | None) -> str:
    """What a person can do about a failure that rows remember; "" where nobody knows."""
    return _HINTS.get(code, "") if code else ""


def hint_of(error: DatelineError) -> str:
    """What a person can do, in terms of the command line and of ``.env``; "" where nobody knows."""
    known = hint_of_code(error.code)
    if error.code is Code.BLOCKED_ADDRESS:  # who raised it knows no settings
        return known
    return error.hint or known or ("try again later" if isinstance(error, Transient) else "")


def complain(error: DatelineError) -> int:
    """Say what failed, where, and what to do; gives the exit code: 2 misconfigured, 1 failed."""
    err.print(f"[bold red]✗[/] {escape(journal.mask(str(error)))}", highlight=False, soft_wrap=True)
    if hint := hint_of(error):
        err.print(f"  [dim]→[/] {escape(hint)}", highlight=False, soft_wrap=True)
    return 2 if isinstance(error, Misconfigured) else 1


def of_file(error: OSError) -> DatelineError:
    """A failure of the file system as one of ours. Raises the error itself where it names no file."""
    if error.filename is None:
        raise error
    said = (error.strerror or type(error).__name__).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        return Broken(f"cannot use this file, {said}", hint="look at the disk", file=error.filename)
    hint = "name another, or mend its rights"
    return Misconfigured(f"cannot use this file, {said}", hint=hint, file=error.filename)


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
