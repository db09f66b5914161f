"""How a module declares what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.entrypoints.chat.talk import Talk

Handler = Callable[["Talk"], Awaitable[None]]


class Who(IntEnum):
    """Who may; each includes the ones after it where both could be meant of a person."""

    ANYONE = 0  # also who is not admitted: /start, /help, /privacy, /stop, /forget
    ADMITTED = 1  # whoever the access setting lets in
    MANAGER = 2  # who administers the chat that is managed; in private the person themself
    EDITOR = 3  # editors and the owners
    OWNER = 4


PRIVATE, GROUP, CHANNEL = "private", "group", "channel"
EVERYWHERE = frozenset({PRIVATE, GROUP, CHANNEL})
"""A supergroup is a group here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """``/name``: its line in /help and in the menu is the word ``command.NAME``."""

    name: str
    handler: Handler
    who: Who = Who.ADMITTED
    where: frozenset[str] = EVERYWHERE
    listed: bool = True  # in /help and in the client's menu


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button whose data is ``verb`` or ``verb:arguments``.

    ``sealed``: only who the button was made for may press it (see presses.py). ``who`` is asked at each press
    all the same: data can be forged, and rights change.
    """

    verb: str
    handler: Handler
    who: Who = Who.ADMITTED
    sealed: bool = True
    lives: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the bot asked; the answer is the person's next message that is no command (text, file, place)."""

    name: str
    handler: Handler
    who: Who = Who.ADMITTED
    lives: timedelta = timedelta(hours=1)
