"""Data of buttons: ``verb:arguments``, sealed with who may press it and when it was made.

``topic:syria~k3f9z.1x9`` is for the person k3f9z and was made in minute 1x9 since 2026 (both numbers in base
36). Telegram's limit is 64 bytes. The seal keeps others in a group from pressing, and old buttons from
acting; it is no signature, so rights are asked again at every press.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.errors import Broken
from bot.types import Button

MOST = 64
"""Bytes of a button's data (https://core.telegram.org/bots/api#inlinekeyboardbutton)."""
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a button says: ``user`` and ``made_at`` are None where it is not sealed."""

    verb: str
    arguments: tuple[str, ...] = ()
    user: str | None = None
    made_at: datetime | None = None


def button(text: str, verb: str, *arguments: object, user: str = "", now: datetime | None = None) -> Button:
    """A button; sealed for ``user`` where one is given.

    Raises:
        Broken: the data are longer than Telegram takes: keep the arguments short.
    """
    data = ":".join((verb, *map(str, arguments)))
    if user:
        assert now is not None
        data += f"~{_coded(int(user))}.{_coded(int((now - _EPOCH) / timedelta(minutes=1)))}"
    if len(data.encode()) > MOST:
        raise Broken(
            "a button's data are too long", hint="this is a bug: keep the arguments short", data=data
        )
    return Button(text=text, data=data)


def read(data: str) -> Pressed:
    """What the data of a button say, whoever made them. Raises Broken when they are none of ours."""
    said, _, seal = data.partition("~")
    verb, *arguments = said.split(":")
    if not seal:
        return Pressed(verb=verb, arguments=tuple(arguments))
    user, _, made = seal.partition(".")
    try:
        at = _EPOCH + timedelta(minutes=int(made, 36))
        return Pressed(verb=verb, arguments=tuple(arguments), user=str(int(user, 36)), made_at=at)
    except (ValueError, OverflowError) as error:
        raise Broken("this button is none of ours", hint="ask for a fresh one", data=data) from error


def _coded(number: int) -> str:
    if number < 0:
        return f"-{_coded(-number)}"
    digits = _DIGITS[number % 36]
    while number := number // 36:
        digits = _DIGITS[number % 36] + digits
    return digits
