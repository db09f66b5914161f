"""python-telegram-bot's bot as it is used here: raw calls, and what a part looks like in the API's JSON.

Raw, because the typed methods build an object for each entity and read the whole answer back into objects:
half of the processor time of a message, for its number alone.
"""

from __future__ import annotations

from typing import Any

from telegram.ext import ExtBot

from bot.adapters.channels.limiter import ANSWER
from bot.types import Address, Button, Entity, Part

_NO_PREVIEW = {"is_disabled": True}


class ChannelBot(ExtBot[int]):
    """A bot that can be asked by a method's own name, also one that the library does not know yet."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ChannelBot()"  # the parent's holds the token

    async def shutdown(self) -> None:
        """Nothing: the connections are the channel's.

        An Application that ends shuts its bot down; the outbox may have messages on the wire, or may send the
        next ones, and would find them ambiguous.
        """

    async def call(self, method: str, /, rank: int = ANSWER, **parameters: Any) -> Any:
        """The ``result`` of the answer. ``rank``: see :mod:`bot.adapters.channels.limiter`.

        Raises:
            TelegramError: as every method; InvalidToken also where the server has no such method.
        """
        return await self._post(method, parameters, api_kwargs=self._merge_api_rl_kwargs(None, rank))


def content(part: Part) -> dict[str, Any]:
    """What the message says, as parameters of sendMessage and editMessageText."""
    said: dict[str, Any]
    if part.rich is not None:
        said = {"rich_message": dict(part.rich)}
    else:
        said = {"text": part.text, "link_preview_options": _NO_PREVIEW}
        if part.entities:
            said["entities"] = [_entity(one) for one in part.entities]
    if part.buttons:
        said["reply_markup"] = {"inline_keyboard": [[_button(one) for one in row] for row in part.buttons]}
    return said


def _entity(entity: Entity) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": entity.kind.value, "offset": entity.offset, "length": entity.length}
    return shown | {"url": entity.url} if entity.url else shown


def _button(button: Button) -> dict[str, str]:
    action = {"url": button.url} if button.url else {"callback_data": button.data}
    return {"text": button.text, **action}


def chat_of(address: Address) -> int | str:
    """The chat's id, or its @name."""
    return int(address.chat) if address.chat.lstrip("-").isdigit() else address.chat
