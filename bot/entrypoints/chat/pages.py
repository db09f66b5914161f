"""Pages of buttons, names short enough for a button, and what a person has in hand between presses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.cleaning import clean
from bot.entrypoints.chat.talk import Talk
from bot.errors import DatelineError
from bot.types import Button

_LABEL = 40  # characters; a phone shows about as many on a button of its own row


def mark(ident: str) -> str:
    """Ten hex digits that stand for an id in a button's data: ids may be as long as all of the data."""
    return hashlib.sha256(ident.encode()).hexdigest()[:10]


def marked(wanted: str, idents: Iterable[str]) -> str | None:
    """The id that has this mark; None when it is gone."""
    return next((ident for ident in idents if mark(ident) == wanted), None)


def label(text: str) -> str:
    """Foreign text on a button: one line, short, never empty."""
    said = " ".join(clean(text).split()) or "–"
    return said if len(said) <= _LABEL else f"{said[: _LABEL - 1]}…"


def turns(talk: Talk, verb: str, page: int, pages: int) -> tuple[Button, ...]:
    """The row that turns pages; nothing where there is one."""
    if pages <= 1:
        return ()
    row = [talk.button(f"‹ {page}", verb, "page", page - 1)] if page else []
    row.append(talk.button(f"{page + 1} / {pages}", verb, "page", page))
    if page + 1 < pages:
        row.append(talk.button(f"{page + 2} ›", verb, "page", page + 1))
    return tuple(row)


def number(text: str, otherwise: int = 0) -> int:
    """A number out of a button's data, which anybody may forge."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else otherwise  # ids are 64 bit


async def held(talk: Talk, question: str) -> Mapping[str, Any] | None:
    """What the person has in hand for this question; None: nothing (any more)."""
    async with talk.deps.store.begin() as tx:
        state = await tx.conversation(talk.chat.address.chat, talk.user, talk.now)
    return state if state and state.get("question") == question else None


def plainly(talk: Talk, error: DatelineError) -> str:
    """Why it did not work, in the person's words. Where nobody knows, the code or what was raised says it."""
    if error.code and f"trouble.{error.code}" in talk.words.texts:
        return talk.words(f"trouble.{error.code}")
    return (
        of_code(talk, str(error.code))
        if error.code
        else talk.words("trouble.said", text=clean(error.message))
    )


def of_code(talk: Talk, code: str) -> str:
    """A stored code in the person's words."""
    key = f"trouble.{code}"
    return talk.words(key) if key in talk.words.texts else code.replace("_", " ")
