"""One text to everybody who gets digests: who they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.types import Address, Chat, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A chat. ``kind`` is "private", "group" or "channel"; ``language`` that of its digests."""

    address: Address
    kind: str
    language: str


def recipients(subscriptions: Iterable[Subscription], chats: Sequence[Chat]) -> tuple[Recipient, ...]:
    """The chats of these subscriptions, each once, in their order, where the bot may post.

    In a forum it is the topic of the first subscription.
    """
    known = {(chat.address.channel, chat.address.chat): chat for chat in chats}
    found: dict[tuple[str, str], Recipient] = {}
    for sub in subscriptions:
        key = (sub.address.channel, sub.address.chat)
        chat = known.get(key)
        if key in found or (chat is not None and not chat.may_post):
            continue
        kind = chat.kind if chat else _kind(sub.address.chat)
        kind = "group" if kind == "supergroup" else kind
        found[key] = Recipient(address=sub.address, kind=kind, language=sub.language)
    return tuple(found.values())


def _kind(chat: str) -> str:
    """Of a chat that a file names and the bot has not seen yet: supergroups look like channels."""
    return "private" if chat.isdigit() else "channel" if chat.startswith(("-100", "@")) else "group"
