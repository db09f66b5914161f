"""The numbers under a message: each opens the card of the story that wears it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.deeplinks import deep_link
from bot.types import Address, Button, Digest, StoryId

_IN_ROW = 8
"""Buttons of a row: Telegram's clients squeeze more of them to nothing."""
_MOST = 100
"""Buttons of a message (Telegram refuses more)."""


@dataclass(frozen=True, slots=True)
class Doors:
    """How a story's number leads to its card."""

    bot: str  # username without @; may be "" in private chats
    private: bool
    """In a private chat the card comes as a message; elsewhere a link leads to the private chat."""
    chat: str = ""
    """Of the digest: a link names it, so that presses on the card are about that chat's digest."""


def doors_of(address: Address, bot: str) -> Doors | None:
    """The doors of a chat, None where there are none: other channels, or a bot whose name is not known.

    Telegram's chat ids are over 0 for private chats alone; ``bot`` is its username.
    """
    if address.channel != "telegram":
        return None
    private = address.chat.isdecimal() and int(address.chat) > 0
    return Doors(bot, private, address.chat) if private or bot else None


def numbers(digest: Digest) -> Mapping[StoryId, int]:
    """Story -> its number, from 1 through the whole digest."""
    found: dict[StoryId, int] = {}
    for section in digest.sections:
        for item in section.items:
            found.setdefault(item.story, len(found) + 1)
    return found


def rows(
    stories: Iterable[StoryId], numbered: Mapping[StoryId, int], doors: Doors | None
) -> tuple[tuple[Button, ...], ...]:
    """The rows of numbers, of like length; none without doors."""
    if doors is None:
        return ()
    shown = [_button(story, numbered[story], doors) for story in stories if story in numbered][:_MOST]
    if not shown:
        return ()
    lines = -(-len(shown) // _IN_ROW)
    width = -(-len(shown) // lines)
    return tuple(tuple(shown[start : start + width]) for start in range(0, len(shown), width))


def _button(story: StoryId, number: int, doors: Doors) -> Button:
    if doors.private:
        return Button(text=str(number), data=f"s:{story}")
    return Button(text=str(number), url=deep_link(doors.bot, story, doors.chat))
