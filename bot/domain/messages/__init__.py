"""A digest as chat messages: plain text with entities, and the rich form of the same.

Text and styles never meet in markup, so nothing can fail to parse; offsets are UTF-16 units, as Telegram
counts. ``layout`` makes *blocks* of a digest, ``splitting`` makes messages of blocks, ``doors`` puts the
numbers of the stories under them, ``rich`` makes rich messages.
"""

from __future__ import annotations

from bot.domain.cleaning import cleaned
from bot.domain.messages import rich
from bot.domain.messages.doors import Doors, doors_of
from bot.domain.messages.layout import classic
from bot.domain.messages.splitting import SMALLEST, Atom, Block, Run, split, units
from bot.domain.wording import Wording
from bot.types import Digest, Limits, Part

__all__ = ["SMALLEST", "Atom", "Block", "Doors", "Run", "doors_of", "parts", "split", "units"]


def parts(
    digest: Digest, limits: Limits, wording: Wording, doors: Doors | None = None, *, form: str = "classic"
) -> tuple[Part, ...]:
    """The messages of a digest, in order; numbered "2/3" when there are several.

    Args:
        digest: what was composed.
        limits: of the channel, for the classic form.
        wording: the reader's.
        doors: how a story's number leads to its card; None for no buttons.
        form: "classic", or "rich" for parts with ``rich`` set, ``classic`` holding all messages that stand
            for it, and the first one's text and entities.

    Raises:
        Misconfigured: limits under 64 units, an unknown zone, or wording that lacks a key.
    """
    whole = cleaned(digest)
    made = classic(whole, limits, wording, doors)
    return rich.parts(whole, made, limits, wording, doors) if form == "rich" else made
