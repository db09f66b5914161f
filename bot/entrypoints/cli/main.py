"""``dateline``: the commands, and the one place where failures become exit codes.

0 done, 1 the job failed, 2 misconfigured or misused.
"""

from __future__ import annotations

import importlib.metadata
import io
import sys
from typing import Annotated

import typer

from bot.entrypoints.cli import chaos, doctor, house, measure, prompts, readers, sources, stories, work
from bot.entrypoints.cli.session import complain, of_file
from bot.errors import DatelineError

cli = typer.Typer(
    name="dateline",
    help="A daily news digest: feeds in, checked summaries out.",
    epilog="Exit codes: 0 done, 1 the job failed, 2 something must be set or said differently.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (work, sources, stories, prompts, readers, doctor, house, measure, chaos):
    module.register(cli)


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
    except DatelineError as error:
        sys.exit(complain(error))
    except OSError as error:
        sys.exit(complain(of_file(error)))
