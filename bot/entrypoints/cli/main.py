"""``dateline``: the commands, and the one place where failures become exit codes.

0 done, 1 the job failed, 2 misconfigured or misused.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import io
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from bot.errors import DatelineError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("work", "The whole path on sample feeds: no keys, no network, a minute at most."),
    "run": ("work", "The bot: collects, groups, summarizes and posts until it is stopped."),
    "collect": ("work", "Ask all due feeds, read what is new, and group it; then stop."),
    "digest": ("work", "A digest of what is stored, now, on standard output."),
    "summarize": (
        "work",
        "Summarize a page or a text; a scraped page's pieces are told apart, filed and summarized each.",
    ),
    "feeds": ("sources", "What is read."),
    "topics": ("sources", "How it is filed."),
    "stories": ("stories", "What happened, and how it was told."),
    "prompts": ("prompts", "What a model is asked, and how that is changed safely."),
    "subscriptions": ("readers", "Who gets what and when."),
    "outbox": ("readers", "Messages on their way."),
    "doctor": (
        "doctor",
        "What is set and works, what does not, and what mends it; exit code 1 when something needs a hand.",
    ),
    "migrate": (
        "house",
        "Bring the database to this version's schema (every command does so), or move it to PostgreSQL.",
    ),
    "backup": ("house", "A consistent copy of the database, also while the bot runs."),
    "restore": (
        "house",
        "Put a backup in the database's place; its outbox starts paused, so that nothing is sent twice.",
    ),
    "config": ("house", "Files against the database."),
    "check": (
        "measure",
        'Check sentences against sources: JSON on standard input, {"sources": […], "sentences": […]}.',
    ),
    "eval": ("measure", "Run what production runs on labelled data, and print the figures."),
    "chaos": (
        "chaos",
        "Play a day of kills, floods, cut answers, sick feeds and a lying model; count what arrived.",
    ),
}
"""Command -> the module of this folder that has it, and the first line of its help.

All modules together import what each command needs: two seconds of processor time, four fifths of which are
for the other commands. A test compares these lines with the commands' own.
"""


class Commands(TyperGroup):
    """The commands, each imported when it is called; listing them imports none.

    Contexts are ``Any``: Typer has them from Click, or from a copy of its own.
    """

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or for a list of all what it says of itself; None where there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name][1]) if self._listing else loaded(cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """As Typer's."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def loaded(name: str) -> Any:
    """The command of this name, from its module."""
    part = typer.Typer()
    part.callback()(lambda: None)  # so that a module with one command is a group too
    module: Any = importlib.import_module(f"bot.entrypoints.cli.{COMMANDS[name][0]}")
    module.register(part)
    group = typer.main.get_command(part)
    assert isinstance(group, TyperGroup)
    return group.commands[name]


cli = typer.Typer(
    cls=Commands,
    name="dateline",
    help="A daily news digest: feeds in, checked summaries out.",
    epilog="Exit codes: 0 done, 1 the job failed, 2 something must be set or said differently.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"dateline {importlib.metadata.version('dateline-digest')}")
        raise typer.Exit


@cli.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """A daily news digest: feeds in, checked summaries out."""
    del version


def main() -> None:
    """Run the command line; expected failures are told in plain words."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console without Chinese or Arabic still gets the rest
            stream.reconfigure(errors="replace")
    try:
        cli()
    except (DatelineError, OSError) as error:
        from bot.entrypoints.cli.session import complain, of_file  # noqa: PLC0415 - all of the app

        sys.exit(complain(error if isinstance(error, DatelineError) else of_file(error)))
