"""What stands behind ``/start`` in a deep link from a group or channel to a story's card in private."""

from __future__ import annotations

from bot.types import StoryId

PREFIX = "s_"
_LONGEST = 18  # digits of a number that the database can hold


def payload(story: StoryId, chat: str = "") -> str:
    """The story, and the chat of the digest that it was in: presses on the card are about that chat's digest.

    At most 64 letters, as Telegram wants; a channel's @name is left out.
    """
    known = _number(chat.removeprefix("-"))
    return f"{PREFIX}{story}_{chat}" if known else f"{PREFIX}{story}"


def deep_link(bot: str, story: StoryId, chat: str = "") -> str:
    """The address that opens the story's card in the private chat with the bot of this username."""
    return f"https://t.me/{bot}?start={payload(story, chat)}"


def read_payload(text: str) -> tuple[StoryId, str] | None:
    """Story and chat ("" where unsaid), with or without the prefix; None: it is none of ours."""
    story, _, chat = text.strip().removeprefix(PREFIX).partition("_")
    if not _number(story) or (chat and not _number(chat.removeprefix("-"))):
        return None
    return StoryId(int(story)), chat


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST
