"""What Telegram does to a text and its entities on the way in; offsets and lengths in UTF-16 code units.

The rules: the text is trimmed and entities move along; 4,096 units count after that; an entity that leaves
the text or cuts a surrogate pair is refused; one without length or with a bad link is dropped silently; so
are all after the hundredth (https://core.telegram.org/bots/api#messageentity, limits as python-telegram-bot
names them).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.adapters.simulator.refusals import bad_request

MOST_UNITS = 4096
MOST_CAPTION_UNITS = 1024
MOST_ENTITIES = 100
_KINDS = frozenset(
    [
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    ]
)
_LINK = re.compile(
    r"(?:https?://)?[^\s/?#]+\.[^\s/?#]+\S*|https?://(?:localhost|\d+(?:\.\d+){3})\S*|tg://\S+", re.IGNORECASE
)
_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?![A-Za-z0-9_])")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
Entity = Mapping[str, Any]


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def accept(
    text: str, entities: Sequence[Entity], *, most: int = MOST_UNITS, empty: str = "text must be non-empty"
) -> tuple[str, tuple[Entity, ...]]:
    """The text and entities as a chat shows them.

    Raises:
        Refusal: empty, too long, or an entity that does not fit the text.
    """
    for entity in entities:
        _check(text, entity)
    lead = units(text) - units(text.lstrip())
    trimmed = text.strip()
    if not trimmed and empty:
        raise bad_request(empty)
    total = units(trimmed)
    if total > most:
        raise bad_request("message is too long" if most == MOST_UNITS else "message caption is too long")
    kept = [moved for entity in entities if (moved := _moved(entity, lead, total))]
    kept.extend(_found(trimmed, kept))
    kept.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return trimmed, tuple(kept[:MOST_ENTITIES])


def _check(text: str, entity: Any) -> None:
    """Refuse what the API refuses, in its words."""
    if not isinstance(entity, Mapping):
        raise bad_request("can't parse MessageEntity: expected an Object")
    for name in ("type", "offset", "length"):
        if name not in entity:
            raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    if entity["type"] not in _KINDS:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    offset, length = entity["offset"], entity["length"]
    if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length < 0:
        raise bad_request(f"receive an entity with incorrect offset {offset} or length {length}")
    coded = text.encode("utf-16-le", "surrogatepass")
    if (offset + length) * 2 > len(coded):
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset"
            f" {offset + length}"
        )
    for where in (offset, offset + length):
        if (
            where * 2 < len(coded)
            and 0xDC00 <= int.from_bytes(coded[where * 2 : where * 2 + 2], "little") < 0xE000
        ):
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol at byte"
                f" offset {where}"
            )


def _moved(entity: Entity, lead: int, total: int) -> dict[str, Any] | None:
    """The entity in the trimmed text; None when nothing of it is left or its link is none."""
    start = max(0, entity["offset"] - lead)
    end = min(total, entity["offset"] + entity["length"] - lead)
    if end <= start:
        return None
    if entity["type"] == "text_link" and not _LINK.fullmatch(str(entity.get("url", ""))):
        return None
    return {**entity, "offset": start, "length": end - start}


def _found(text: str, given: Sequence[Entity]) -> list[dict[str, Any]]:
    """Commands and bare addresses, which Telegram marks by itself where no entity stands."""
    taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in given]
    found: list[dict[str, Any]] = []
    for kind, pattern in (("bot_command", _COMMAND), ("url", _ADDRESS)):
        for match in pattern.finditer(text):
            if kind == "bot_command" and match.start() and not text[match.start() - 1].isspace():
                continue
            start, end = units(text[: match.start()]), units(text[: match.end()])
            if all(end <= left or right <= start for left, right in taken):
                found.append({"type": kind, "offset": start, "length": end - start})
                taken.append((start, end))
    return found
