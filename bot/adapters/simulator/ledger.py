"""What was asked of the API, call by call, and what a chat looks like now."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from bot.adapters.simulator.chats import Chat, Message
from bot.adapters.simulator.entities import Entity
from bot.adapters.simulator.rich_text import text_of_rich

_MARKS = {
    "bold": ("**", "**"),
    "italic": ("_", "_"),
    "underline": ("__", "__"),
    "strikethrough": ("~", "~"),
    "code": ("`", "`"),
    "pre": ("```\n", "\n```"),
    "spoiler": ("||", "||"),
    "blockquote": ("> ", ""),
    "expandable_blockquote": ("> ", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a method that names a chat; ``ok``: it was carried out, even if its answer got lost."""

    number: int
    at: str  # ISO, UTC
    method: str
    chat: int | None
    ok: bool
    status: int = 200
    error: str = ""
    message_id: int | None = None
    thread: int | None = None
    text: str = ""
    entities: tuple[Entity, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Ledger:
    """All calls in order; with a path, each is also a line of JSON there before its answer leaves."""

    def __init__(self, path: Path | None = None) -> None:
        self.calls: list[Call] = []
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None

    def add(self, call: Call) -> None:
        """Remember it; written through to the operating system, so that it outlives this process."""
        self.calls.append(call)
        if self._file:
            self._file.write(json.dumps(dataclasses.asdict(call), ensure_ascii=False) + "\n")
            self._file.flush()

    def accepted(self, chat: int | None = None, method: str = "sendMessage") -> tuple[Call, ...]:
        """Calls of this method that were carried out (in this chat)."""
        return tuple(
            call
            for call in self.calls
            if call.ok and call.method == method and (chat is None or call.chat == chat)
        )

    def refused(self) -> tuple[Call, ...]:
        """Calls that were not carried out."""
        return tuple(call for call in self.calls if not call.ok)

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
            self._file = None


def render(chat: Chat, names: Mapping[int, str]) -> str:
    """The chat as plain text, oldest message first, styles as marks and link addresses in angle brackets."""
    return "\n\n".join(_message(chat, message, names) for message in chat.messages.values())


def _message(chat: Chat, message: Message, names: Mapping[int, str]) -> str:
    sender = chat.title if chat.kind == "channel" else names.get(message.sender, str(message.sender))
    topic = chat.topics.get(message.thread or 0)
    notes = [
        f"in {topic.name}" if topic else "",
        "silent" if message.silent else "",
        "edited" if message.edited is not None else "",
        "pinned" if message.id in chat.pinned else "",
        "forwarded" if message.origin else "",
        *(f"[{kind}]" for kind in (*message.media, *message.extra)),
    ]
    head = " · ".join((f"#{message.id} {sender}", *filter(None, notes)))
    rows = [
        " ".join(f"[{button.get('text', '')}]" for button in row)
        for row in (message.markup or {}).get("inline_keyboard", ())
    ]
    body = (
        styled(message.text, message.entities)
        if message.rich is None
        else text_of_rich(message.rich, links=True)
    )
    return "\n".join((head, body, *rows))


def styled(text: str, entities: tuple[Entity, ...]) -> str:
    """The text with its styles as marks. Offsets are UTF-16 units, so the text is cut in that coding."""
    coded = text.encode("utf-16-le", "surrogatepass")
    inserts: list[tuple[int, int, int, str]] = []  # position, closing before opening, nesting, mark
    for number, entity in enumerate(entities):
        start, end = entity["offset"], entity["offset"] + entity["length"]
        opening, closing = _MARKS.get(entity["type"], ("", ""))
        if entity["type"] == "text_link":
            closing = f" <{entity['url']}>"
        inserts += [(start, 1, number, opening), (end, 0, -number, closing)]
    pieces, last = [], 0
    for position, _, _, mark in sorted(inserts):
        pieces += [coded[last * 2 : position * 2].decode("utf-16-le", "surrogatepass"), mark]
        last = position
    return "".join((*pieces, coded[last * 2 :].decode("utf-16-le", "surrogatepass")))
