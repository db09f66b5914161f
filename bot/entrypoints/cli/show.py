"""A digest in the terminal: as wide as it reads well, links where the terminal knows them."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.style import Style
from rich.text import Text

from bot.domain import cleaning, phrases
from bot.domain.digests import Sight, sight, tally
from bot.domain.wording import Wording
from bot.types import Digest, Item, Section

MEASURE = 96
"""Columns at most: longer lines are hard to read."""

_INDENT = (0, 0, 0, 2)


def digest(console: Console, digest: Digest, wording: Wording) -> None:
    """Print the digest on the console, wrapped to its width (at most 96 columns).

    Foreign text is printed as text, never as console markup, and without control characters.
    """
    width = min(console.width, MEASURE)
    console.print(Group(*_digest(cleaning.cleaned(digest), wording)), width=width, highlight=False)


def _digest(digest: Digest, wording: Wording) -> Iterator[RenderableType]:
    yield Text(phrases.header(digest, wording), style="bold")
    for section in digest.sections:
        if not section.empty:
            yield from _section(section, digest, wording)
    if not tally(digest).stories:
        proven = sight(digest) is Sight.FULL
        yield Text(f"\n{phrases.quiet(digest, wording)}", style="" if proven else "bold yellow")
    elif line := phrases.quiet_topics(digest, wording):
        yield Text(f"\n{line}", style="dim")
    for fact in digest.corrections:
        yield Text(f"\n{phrases.correction(fact, wording)}", style="italic")
    yield Text()
    yield Rule(style="dim")
    yield Text(wording.join(phrases.footer(digest, wording)), style="dim")


def _section(section: Section, digest: Digest, wording: Wording) -> Iterator[RenderableType]:
    yield Text()
    title = Text(section.name, style="bold cyan")
    yield Rule(title, align="right" if wording.rtl else "left", style="cyan")
    if section.overview:
        yield Text(f"\n{' '.join(one.text for one in section.overview)}")
    for item in section.items:
        yield Text()
        yield Text(item.summary.headline, style="bold")
        yield Padding(Group(*_story(item, digest, wording)), _INDENT)
    for note in section.unchanged:
        yield Text(f"\n{phrases.unchanged(note, digest, wording)}", style="dim italic")
    if section.more:
        yield Text(f"\n{wording.count('digest.more', section.more)}", style="dim italic")


def _story(item: Item, digest: Digest, wording: Wording) -> Iterator[RenderableType]:
    links = {source.number: cleaning.link(source.url) for source in item.summary.sources}
    told = Text()
    for sentence in item.summary.sentences:
        told.append(" " if told else "")
        told.append(phrases.told(sentence, item.summary))
        told.append("\u00a0" if sentence.sources else "")
        for number in sentence.sources:
            told.append(f"[{number}]", style=_link("cyan", links.get(number, "")))
    yield told
    for line in phrases.disputes(item, wording):
        yield Text(line, style="italic")
    yield Text(wording.join(phrases.labels(item, digest, wording)), style="italic dim")
    listed, left = phrases.outlets(item)
    names = Text(wording.separator).join(
        Text(
            f"[{source.number}]\u00a0{phrases.outlet_name(source, wording)}",
            style=_link("blue", links[source.number]),
        )
        for source in listed
    )
    if left:
        names.append(wording.separator + wording.count("story.more_sources", left))
    if names:
        yield names


def _link(colour: str, address: str) -> Style:
    return Style(color=colour, link=address or None)
