"""Prompts in the terminal: lists, differences, two tellings side by side, figures against their limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.columns import Columns
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.domain.cleaning import clean
from bot.domain.prompts import Figures, Line
from bot.domain.prompts.gate import FIGURES
from bot.entrypoints.cli.session import count, out, plain
from bot.entrypoints.prompts import Comparison, Shelf, Side
from bot.pipeline.studio import Pair, Told, Trial
from bot.types import PromptEvent, PromptVersion

WHEN = "%Y-%m-%d %H:%M"
_SIDE_BY_SIDE = 120
"""Columns from which two tellings stand beside each other."""
_STYLES = {"-": "red", "+": "green", "…": "dim", " ": ""}


def shelf_row(found: Shelf) -> dict[str, Any]:
    """A prompt as plain values."""
    live = found.live
    return {
        "name": found.name,
        "description": found.described,
        "live": live.hash if live else None,
        "since": live.since if live else None,
        "by": live.by if live else None,
        "before": (live.before or None) if live else None,
        "compared_with": (live.rival or None) if live else None,
        "compared_until": live.rival_until if live else None,
        "drafts": [one.hash for one in found.drafts],
        "scopes": {one.scope: one.hash for one in found.scoped},
    }


def version_row(version: PromptVersion) -> dict[str, Any]:
    """A version as plain values, without its text."""
    names = ("name", "hash", "state", "origin", "by", "at", "why")
    return {name: getattr(version, name) for name in names}


def difference(lines: Sequence[Line]) -> Iterator[Text]:
    """Lines with - and +; in colour where the terminal has it, words that changed are underlined."""
    for line in lines:
        told = Text(f"{line.sign} ", style=_STYLES[line.sign])
        for text, changed in line.pieces:
            told.append(text, style="bold underline" if changed else "")
        yield told


def telling(told: Told, title: str) -> Panel:
    """A story as one version tells it, and what the check found."""
    body = Text()
    body.append(clean(told.summary.headline), style="bold")
    for sentence in told.summary.sentences:
        body.append("\n" + clean(sentence.text))
    for text in told.summary.rejected:
        body.append("\n" + clean(text), style="red strike")
    body.append(f"\n{outcome_line(told)}", style="dim")
    return Panel(body, title=title, title_align="left")


def outcome_line(told: Told) -> str:
    """What the check and the bill say of one telling."""
    one = told.outcome
    said = [
        count(one.hard, "hard finding"),
        f"{one.dropped} of {count(one.sentences, 'sentence')} dropped",
        *(["excerpts stood in"] if one.extractive else []),
        count(one.tokens_in + one.tokens_out, "token"),
        f"${one.cost:.4f}",
        f"{one.seconds:.1f} s",
    ]
    return ", ".join(said)


def pair(made: Pair, draft: str, live: str) -> None:
    """Print one story as both versions tell it."""
    title = made.brief.sources[0].title if made.brief.sources else made.brief.topic
    number = made.brief.story if made.brief.story > 0 else "sample"  # those have no number to name
    out.print(f"\n[bold]{number}[/]  {plain(title)}", highlight=False, soft_wrap=True)
    sides = [telling(made.draft, f"draft {draft}")]
    if made.live is not None:
        sides.insert(0, telling(made.live, f"live {live}"))
    if len(sides) > 1 and out.is_terminal and out.width >= _SIDE_BY_SIDE:
        out.print(Columns(sides, width=out.width // 2 - 2, equal=True), highlight=False)
        return
    for side in sides:
        out.print(side, highlight=False)


def told_row(told: Told | None) -> dict[str, Any] | None:
    """A telling as plain values."""
    if told is None:
        return None
    names = ("sentences", "hard", "dropped", "extractive", "tokens_in", "tokens_out", "cost", "seconds")
    return {
        "headline": told.summary.headline,
        "text": [sentence.text for sentence in told.summary.sentences],
        "rejected": list(told.summary.rejected),
        **{name: getattr(told.outcome, name) for name in names},
    }


def trial_table(trial: Trial) -> Table:
    """Both versions' figures over the samples."""
    table = _figures(trial.was, trial.now, "live", "this version")
    table.title = f"on {count(trial.now.stories, 'sample')}"
    return table


def comparison_table(found: Comparison) -> Table:
    """Both versions side by side, with what readers pressed."""
    sides = (found.live, found.rival)
    table = _figures(found.live.figures, found.rival.figures, found.live.hash, found.rival.hash)
    for press in sorted({*found.live.presses, *found.rival.presses}):
        table.add_row(
            f"pressed: {press.replace('_', ' ')}", *(str(side.presses.get(press, 0)) for side in sides)
        )
    state = "runs until" if found.running else "ended"
    table.title = f"compared since {found.since:{WHEN}}, {state} {found.until:{WHEN}} UTC"
    return table


def _figures(left: Figures, right: Figures, first: str, second: str) -> Table:
    table = Table("", first, second, box=None, title_justify="left")
    for name, told in FIGURES.items():
        sides = [told(one) if one.stories else "–" for one in (left, right)]
        table.add_row(name, *sides)
    return table


def side_row(side: Side) -> dict[str, Any]:
    """One version of a comparison as plain values."""
    return {
        "hash": side.hash,
        **{name: getattr(side.figures, name) for name in Figures.__slots__},
        "presses": dict(side.presses),
    }


def event_lines(event: PromptEvent, name: str) -> Iterator[Text]:
    """One line of the history, and its figures under it."""
    line = Text(f"{event.at:{WHEN}}  ")
    line.append(event.hash[:12], style="bold")
    line.append(f"  {event.what.replace('_', ' ')} by {clean(name)}")
    if event.why:
        line.append(f": {clean(event.why)}", style="italic")
    yield line
    if figures := gate_figures(event):
        yield Text(f"    {figures}", style="dim")


def gate_figures(event: PromptEvent) -> str:
    """The figures of a trial in one line; "" where the event has none."""
    if "now" not in event.figures or event.what != "tested":
        return ""
    now, was = (Figures(**event.figures[key]) for key in ("now", "was"))
    pieces = []
    for name, told in FIGURES.items():
        before = f" (live {told(was)})" if was.stories and name != "stories" else ""
        pieces.append(f"{name} {told(now)}{before}")
    return ", ".join(pieces)


def moment(at: datetime | None) -> str:
    """A time in UTC, "" for none."""
    return f"{at:{WHEN}}" if at else ""


def by_scope(scopes: Mapping[str, str]) -> str:
    """Topics with a version of their own."""
    return ", ".join(f"{scope} {hash_}" for scope, hash_ in scopes.items())
