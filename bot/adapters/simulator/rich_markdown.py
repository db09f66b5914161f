"""Rich messages written as Markdown: the common part of it, read into blocks.

Headings, rules, fenced code, quotations, flat lists, paragraphs; bold, italic, strikethrough, spoiler, code,
links. Nothing in Markdown is wrong, so nothing is refused here; limits are checked on the blocks.
"""

from __future__ import annotations

import re
from typing import Any

from bot.adapters.simulator.chats import Json

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"(?:[-*+]|(\d+)[.)])\s+(.*)")
_SPAN = re.compile(
    r"\*\*(?P<bold>.+?)\*\*|~~(?P<strikethrough>.+?)~~|\|\|(?P<spoiler>.+?)\|\||`(?P<code>[^`]+)`"
    r"|\[(?P<text>[^\]]+)\]\((?P<url>[^)\s]+)\)|[*_](?P<italic>[^*_]+)[*_]"
)
_RULE = re.compile(r"-{3,}|\*{3,}|_{3,}")
_FENCE = "```"


def blocks_of_markdown(source: str) -> list[Json]:
    """The blocks that the Markdown stands for."""
    blocks: list[Json] = []
    lines = source.splitlines()
    at = 0
    while at < len(lines):
        at = _next(lines, at, blocks)
    return blocks


def _next(lines: list[str], at: int, blocks: list[Json]) -> int:
    """Read one block that begins at the line; gives the line after it."""
    line = lines[at].strip()
    heading = _HEADING.fullmatch(line)
    if not line:
        return at + 1
    if line.startswith(_FENCE):
        end = next((i for i in range(at + 1, len(lines)) if lines[i].strip() == _FENCE), len(lines))
        blocks.append({"type": "pre", "text": "\n".join(lines[at + 1 : end])})
        return end + 1
    if heading:
        blocks.append({"type": "heading", "size": len(heading[1]), "text": _inline(heading[2])})
        return at + 1
    if _RULE.fullmatch(line):
        blocks.append({"type": "divider"})
        return at + 1
    kind = _kind(line)
    end = at
    while end < len(lines) and lines[end].strip() and _kind(lines[end].strip()) == kind:
        end += 1
    blocks.append(_run(kind, [piece.strip() for piece in lines[at:end]]))
    return end


def _kind(line: str) -> str:
    if line.startswith(">"):
        return "blockquote"
    if _HEADING.fullmatch(line) or _RULE.fullmatch(line) or line.startswith(_FENCE):
        return "other"
    return "list" if _ITEM.fullmatch(line) else "paragraph"


def _run(kind: str, lines: list[str]) -> Json:
    """Lines of one kind as a block."""
    if kind == "blockquote":
        return {
            "type": kind,
            "blocks": blocks_of_markdown("\n".join(line.removeprefix(">").strip() for line in lines)),
        }
    if kind == "list":
        items: list[Json] = []
        for line in lines:
            match = _ITEM.fullmatch(line)
            assert match is not None
            item: Json = {"blocks": [{"type": "paragraph", "text": _inline(match[2])}]}
            items.append(item | ({"value": int(match[1]), "type": "1"} if match[1] else {}))
        return {"type": kind, "items": items}
    return {"type": "paragraph", "text": _inline("\n".join(lines))}


def _inline(source: str) -> Any:
    pieces: list[Any] = []
    last = 0
    for match in _SPAN.finditer(source):
        pieces.append(source[last : match.start()])
        last = match.end()
        if match["url"]:
            pieces.append({"type": "url", "text": match["text"], "url": match["url"]})
        else:
            kind, text = next((kind, text) for kind, text in match.groupdict().items() if text)
            pieces.append({"type": kind, "text": text if kind == "code" else _inline(text)})
    pieces.append(source[last:])
    kept = [piece for piece in pieces if piece]
    return kept[0] if len(kept) == 1 else kept
