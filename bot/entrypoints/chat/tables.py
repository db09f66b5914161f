"""All that the bot answers: the modules' tables put together, and what happens where none of them speaks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from telegram import ChatMemberUpdated, Update

from bot.entrypoints.chat import (
    access,
    basics,
    broadcast,
    chatstyle,
    demand,
    feeds,
    groups,
    leaving,
    menus,
    muting,
    opinions,
    outbox,
    prompts,
    reading,
    settings,
    status,
    stitching,
    stories,
    topicedit,
    wizard,
)
from bot.entrypoints.chat.table import Command, Handler, Press, Question
from bot.entrypoints.chat.talk import Talk

if TYPE_CHECKING:
    from bot.entrypoints.chat.front import ChatFront

MODULES = (
    wizard,
    demand,
    reading,
    stories,
    opinions,
    stitching,
    settings,
    chatstyle,
    muting,
    groups,
    leaving,
    basics,
    feeds,
    topicedit,
    prompts,
    status,
    outbox,
    broadcast,
    access,
)
"""Each may have COMMANDS, PRESSES, QUESTIONS, and START: prefixes of what a link brings along with /start.

/help and the menus keep the order of the commands here.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What the bot answers."""

    commands: Mapping[str, Command]
    presses: Mapping[str, Press]
    questions: Mapping[str, Question]
    starts: Mapping[str, Handler]  # prefix of what a link brings along with /start -> who answers it
    unknown: Handler  # a command that there is not; ``arguments`` is its name
    plain: Handler  # what is neither command nor answer
    admitted: Callable[[Talk], Awaitable[bool]]  # whether the access setting lets this talk in
    membership: Callable[[ChatFront, ChatMemberUpdated], Awaitable[None]]
    menu_of: Callable[[ChatFront, str], Awaitable[None]]  # a person's role has changed
    started: Callable[[ChatFront], Awaitable[None]]  # menus, descriptions, the owner's code
    failed: Callable[[ChatFront, Update, Exception], Awaitable[None]]


def tables() -> Tables:
    """The tables of all modules. Raises ValueError when a name is given twice."""
    return Tables(
        commands=_by_name("name", [c for m in MODULES for c in getattr(m, "COMMANDS", ())]),
        presses=_by_name("verb", [p for m in MODULES for p in getattr(m, "PRESSES", ())]),
        questions=_by_name("name", [q for m in MODULES for q in getattr(m, "QUESTIONS", ())]),
        starts={prefix: one for m in MODULES for prefix, one in getattr(m, "START", {}).items()},
        unknown=basics.unknown,
        plain=reading.plain,
        admitted=access.admitted,
        membership=groups.membership,
        menu_of=menus.set_menu_of,
        started=menus.set_menus,
        failed=basics.failed,
    )


Entry = TypeVar("Entry")


def _by_name(attribute: str, entries: list[Entry]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in entries:
        name = getattr(entry, attribute)
        if name in found:
            raise ValueError(f"two modules answer {name!r}")
        found[name] = entry
    return found
