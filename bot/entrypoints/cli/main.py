"""``dateline``: the commands, and the one place where failures become exit codes.

0 done, 1 the job failed, 2 misconfigured or misused.
"""

from __future__ import annotations

import sys

import typer

from bot.entrypoints.cli import house, measure, readers, sources, work
from bot.entrypoints.cli.session import complain
from bot.errors import DatelineError

cli = typer.Typer(
    name="dateline",
    help="A daily news digest: feeds in, checked summaries out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (work, sources, readers, house, measure):
    module.register(cli)


def main() -> None:
    """Run the command line; expected failures are told in plain words."""
    try:
        cli()
    except DatelineError as error:
        sys.exit(complain(error))
