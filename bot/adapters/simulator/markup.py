"""parse_mode HTML, with Telegram's error texts (https://core.telegram.org/bots/api#html-style)."""

from __future__ import annotations

import re
from typing import Any

from bot.adapters.simulator.entities import units
from bot.adapters.simulator.refusals import bad_request

_PIECE = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)([^<>]*)>|<|&(#x?[0-9A-Fa-f]+|[a-z]+);|([^<&]+|&)")
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)\s*(?:=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+)))?")
_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Plain text and entities.

    Raises:
        Refusal: an unknown tag, one that is not closed, or a closing one that fits nothing.
    """
    text = ""
    entities: list[dict[str, Any]] = []
    open_tags: list[tuple[str, int, dict[str, Any]]] = []
    for match in _PIECE.finditer(source):
        closing, tag, rest, reference, plain = match.groups()
        where = len(source[: match.start()].encode())
        if tag is None:
            text += _characters(reference, plain, match.group(), where)
        elif not closing:
            open_tags.append((tag.lower(), units(text), _opened(tag.lower(), rest, where)))
        else:
            _, offset, entity = _closed(open_tags, tag.lower(), where)
            entities.append({**entity, "offset": offset, "length": units(text) - offset})
    if open_tags:
        raise _cannot(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return text, [entity for entity in entities if entity["type"] != "text_link" or entity.get("url")]


def _characters(reference: str | None, plain: str | None, raw: str, where: int) -> str:
    if plain is not None:
        return plain
    if reference is None:
        raise _cannot(f'Unsupported start tag "" at byte offset {where}')
    if reference.startswith("#"):
        return chr(int(reference[1:].replace("x", "0x"), 0 if "x" in reference else 10))
    return _NAMED.get(reference, raw)


def _opened(tag: str, rest: str, where: int) -> dict[str, Any]:
    kind = _TAGS.get(tag)
    given = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(rest)}
    if kind is None or (tag == "span" and given.get("class") != "tg-spoiler"):
        raise _cannot(f'Unsupported start tag "{tag}" at byte offset {where}')
    if tag == "a":
        return {"type": kind, "url": given.get("href", "")}
    if tag == "tg-emoji":
        return {"type": kind, "custom_emoji_id": given.get("emoji-id", "")}
    if tag == "blockquote" and "expandable" in given:
        return {"type": "expandable_blockquote"}
    return {"type": kind}


def _closed(
    open_tags: list[tuple[str, int, dict[str, Any]]], tag: str, where: int
) -> tuple[str, int, dict[str, Any]]:
    if not open_tags:
        raise _cannot(f"Unexpected end tag at byte offset {where}")
    last = open_tags.pop()
    if last[0] != tag:
        raise _cannot(f'Unmatched end tag at byte offset {where}, expected "</{last[0]}>", found "</{tag}>"')
    return last


def _cannot(why: str) -> Exception:
    return bad_request(f"can't parse entities: {why}")
