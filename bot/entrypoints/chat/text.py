"""Words and styles as a message: ``part(bold("Topics"), " ", link("1", url))``."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.messages import Run, units
from bot.types import Button, Entity, EntityKind, Part

MOST = 4096
"""UTF-16 units of one message."""


def bold(text: str) -> Run:
    """In bold."""
    return Run(text, EntityKind.BOLD)


def italic(text: str) -> Run:
    """In italics."""
    return Run(text, EntityKind.ITALIC)


def code(text: str) -> Run:
    """As typed by hand: a tap copies it."""
    return Run(text, EntityKind.CODE)


def quote(text: str) -> Run:
    """As a quotation that unfolds."""
    return Run(text, EntityKind.EXPANDABLE_BLOCKQUOTE)


def link(text: str, url: str) -> Run:
    """A link; plain text where there is no address."""
    return Run(text, EntityKind.TEXT_LINK, url) if url else Run(text)


def part(*pieces: str | Run, buttons: Sequence[Sequence[Button]] = (), silent: bool = False) -> Part:
    """One message of these pieces, trimmed as Telegram trims and cut to what one message holds."""
    text, entities, offset = "", [], 0
    for piece in pieces:
        run = Run(piece) if isinstance(piece, str) else piece
        said = run.text if text else run.text.lstrip()
        said = _fitting(said, MOST - offset)
        if not said:
            continue
        inner = said.strip()
        if run.kind and inner:
            start = offset + units(said) - units(said.lstrip())
            entities.append(Entity(kind=run.kind, offset=start, length=units(inner), url=run.url))
        text += said
        offset += units(said)
    rows = tuple(tuple(row) for row in buttons if row)
    return Part(text=text.rstrip(), entities=tuple(entities), buttons=rows, silent=silent)


def _fitting(text: str, room: int) -> str:
    if units(text) <= room:
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * max(0, room - 1)].decode("utf-16-le", "ignore")
    return f"{kept}…" if room > 0 else ""
