"""What a rich message reads like without its form: for tests, ledgers and terminals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.adapters.simulator.chats import Json

_MEDIA = frozenset({"photo", "video", "animation", "audio", "document", "voice_note", "map"})


def text_of_rich(rich: Mapping[str, Any], *, links: bool = False) -> str:
    """The message as plain text, a line for each block, list item and row; cells are parted by `` | ``.

    With ``links``, the address of a link follows its text in angle brackets. Media show as ``[photo]``.
    """
    return "\n".join(_lines(rich["blocks"], links=links))


def inline_text(text: Any, *, links: bool = False) -> str:
    """A RichText as a plain string."""
    if isinstance(text, str):
        return text
    if isinstance(text, list | tuple):
        return "".join(inline_text(piece, links=links) for piece in text)
    if text["type"] == "button":
        return f"[{inline_text(text['button']['text'])}]"
    shown = text.get("text", text.get("alternative_text", text.get("expression", "")))
    plain = inline_text(shown, links=links)
    return f"{plain} <{text['url']}>" if links and text["type"] == "url" else plain


def _lines(blocks: Iterable[Json], *, links: bool) -> list[str]:
    return [line for block in blocks for line in _block(block, links=links)]


def _block(block: Json, *, links: bool) -> list[str]:
    kind = block["type"]
    lines: list[str] = []
    if kind in _MEDIA:
        lines.append(f"[{kind}]")
    told = [block[name] for name in ("summary", "text", "expression") if name in block]
    lines += [inline_text(text, links=links) for text in told]
    for item in block.get("items", ()):
        inner = _lines(item["blocks"], links=links) or [""]
        box = ("[x] " if item.get("is_checked") else "[ ] ") if item.get("has_checkbox") else ""
        lines += [f"{item['label']} {box}{inner[0]}", *inner[1:]]
    lines += [
        " | ".join(inline_text(cell.get("text", ""), links=links) for cell in row)
        for row in block.get("cells", ())
    ]
    if kind == "buttons":
        lines.append(" ".join(f"[{inline_text(button['text'])}]" for button in block["buttons"]))
    lines += _lines(block.get("blocks", ()), links=links)
    caption = block.get("caption")
    if caption is not None:
        lines.append(inline_text(caption["text"] if kind != "table" else caption, links=links))
    if "credit" in block:
        lines.append(inline_text(block["credit"], links=links))
    return lines
