"""Rich messages written as HTML: strict reading into blocks.

Tags outside the list, tags that do not close or close out of turn, and named references beyond the
published ones are refused. Unknown attributes are passed over, as the original does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.simulator.chats import Json
from bot.adapters.simulator.refusals import bad_request

_PIECE = re.compile(
    r"<!--.*?-->|<(/?)([A-Za-z][A-Za-z0-9-]*)([^<>]*)>|<|&(#[xX]?[0-9A-Fa-f]+|[A-Za-z]+);|[^<&]+|&", re.DOTALL
)
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)\s*(?:=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s/>]+)))?")
_VOID = frozenset({"hr", "br", "img", "video", "audio", "tg-map"})
_STYLES = {
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
    "mark": "marked",
    "sub": "subscript",
    "sup": "superscript",
    "tg-spoiler": "spoiler",
}
_INLINE = frozenset({*_STYLES, "a", "br", "tg-time", "tg-emoji", "tg-math", "tg-reference"})
_HEADINGS = frozenset(f"h{size}" for size in range(1, 7))
_PARTS = frozenset({"li", "cite", "summary", "caption", "tr", "th", "td", "figcaption"})
_MEDIA = {"img": "photo", "video": "video", "audio": "audio"}
_LEAVES = ("p", "pre", "footer", "hr", "figure", "tg-collage", "tg-slideshow", "tg-math-block", "tg-map")
_BLOCKS = _HEADINGS | {*_LEAVES, "ul", "ol", "blockquote", "aside", "details", "table", *_MEDIA}
_NAMED = {
    "lt": "<",
    "gt": ">",
    "amp": "&",
    "quot": '"',
    "apos": "'",
    "nbsp": "\N{NO-BREAK SPACE}",
    "hellip": "…",
    "mdash": "—",
    "ndash": "–",
    "lsquo": "‘",
    "rsquo": "’",
    "ldquo": "“",
    "rdquo": "”",
}


@dataclass(slots=True)
class _Node:
    tag: str
    given: dict[str, str] = field(default_factory=dict)
    children: list[_Node | str] = field(default_factory=list)

    def parts(self, tag: str) -> list[_Node]:
        """The children with this tag."""
        return [child for child in self.children if isinstance(child, _Node) and child.tag == tag]

    def without(self, *tags: str) -> list[_Node | str]:
        """The children but those with these tags."""
        return [child for child in self.children if isinstance(child, str) or child.tag not in tags]

    def text(self) -> str:
        """All characters inside."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def blocks_of_html(source: str) -> list[Json]:
    """The blocks that the HTML stands for. Raises Refusal for what Telegram would not read."""
    return _flow(_tree(source).children)


def _tree(source: str) -> _Node:
    root = _Node("")
    stack = [root]
    for match in _PIECE.finditer(source):
        closing, name, rest, reference = match.groups()
        if match.group().startswith("<!--"):
            continue
        if name is None:
            stack[-1].children.append(_characters(match.group(), reference))
        elif closing:
            _close(stack, name.lower())
        else:
            _open(stack, name.lower(), rest)
    if len(stack) > 1:
        raise _cannot(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    return root


def _characters(raw: str, reference: str | None) -> str:
    if raw == "<":
        raise _cannot('Unsupported start tag ""')
    if reference is None:
        return raw
    if reference.startswith("#"):
        hexadecimal = reference[1:2] in "xX"
        number = int(reference[2:] if hexadecimal else reference[1:], 16 if hexadecimal else 10)
        return chr(number) if 0 < number < 0x110000 else raw
    if reference not in _NAMED:
        raise _cannot(f'Unsupported named entity "&{reference};"')
    return _NAMED[reference]


def _open(stack: list[_Node], tag: str, rest: str) -> None:
    if tag not in _INLINE | _BLOCKS | _PARTS:
        raise _cannot(f'Unsupported start tag "{tag}"')
    if tag in _BLOCKS and (stack[-1].tag in _INLINE or stack[-1].tag in {"td", "th", "p", "pre", *_HEADINGS}):
        raise _cannot(f'Tag "{tag}" can\'t be used inside of "{stack[-1].tag}"')
    given = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(rest)}
    node = _Node(tag, given)
    stack[-1].children.append(node)
    if tag not in {"hr", "br"} and not (tag in _VOID and (rest.rstrip().endswith("/") or tag == "img")):
        stack.append(node)


def _close(stack: list[_Node], tag: str) -> None:
    if len(stack) == 1:
        raise _cannot(f'Unexpected end tag "{tag}"')
    if stack[-1].tag != tag:
        raise _cannot(f'Unmatched end tag, expected "</{stack[-1].tag}>", found "</{tag}>"')
    stack.pop()


def _flow(children: list[_Node | str]) -> list[Json]:
    """Blocks; runs of inline content between them become paragraphs."""
    blocks: list[Json] = []
    run: list[_Node | str] = []
    for child in [*children, None]:
        if child is not None and (isinstance(child, str) or child.tag in _INLINE):
            run.append(child)
            continue
        if any(not isinstance(piece, str) or piece.strip() for piece in run):
            blocks.append({"type": "paragraph", "text": _inline(run)})
        run = []
        if isinstance(child, _Node):
            blocks.append(_block(child))
    return blocks


def _block(node: _Node) -> Json:
    tag = node.tag
    if tag in _HEADINGS:
        return {"type": "heading", "size": int(tag[1]), "text": _inline(node.children)}
    make = _MAKERS.get(tag)
    if make is None:
        raise _cannot(f'Tag "{tag}" is out of place')
    return make(node)


def _pre(node: _Node) -> Json:
    code = node.parts("code")
    kind = code[0].given.get("class", "").removeprefix("language-") if code else ""
    return {"type": "pre", "text": node.text(), **({"language": kind} if kind else {})}


def _list(node: _Node) -> Json:
    items: list[Json] = []
    first = int(node.given.get("start") or 1)
    for number, item in enumerate(node.parts("li"), first):
        made: Json = {"blocks": _flow(item.children)}
        if node.tag == "ol":
            made |= {"value": int(item.given.get("value") or number), "type": node.given.get("type") or "1"}
        items.append(made)
    return {"type": "list", "items": items}


def _quotation(node: _Node) -> Json:
    made: Json = {"type": "blockquote", "blocks": _flow(node.without("cite"))}
    if node.tag == "aside":
        made = {"type": "pullquote", "text": _inline(node.without("cite"))}
    for cite in node.parts("cite"):
        made["credit"] = _inline(cite.children)
    return made


def _details(node: _Node) -> Json:
    summaries = node.parts("summary")
    if len(summaries) != 1:
        raise _cannot('Tag "details" needs one "summary"')
    made: Json = {"type": "details", "summary": _inline(summaries[0].children)}
    made["blocks"] = _flow(node.without("summary"))
    return made | ({"is_open": True} if "open" in node.given else {})


def _table(node: _Node) -> Json:
    rows = []
    for row in node.parts("tr"):
        cells = [child for child in row.children if isinstance(child, _Node) and child.tag in {"td", "th"}]
        rows.append([_cell(cell) for cell in cells])
    made: Json = {"type": "table", "cells": rows}
    for caption in node.parts("caption"):
        made["caption"] = _inline(caption.children)
    flags = {"bordered": "is_bordered", "striped": "is_striped", "compact": "is_compact"}
    return made | {name: True for given, name in flags.items() if given in node.given}


def _cell(node: _Node) -> Json:
    made: Json = {"align": node.given.get("align") or "left", "valign": node.given.get("valign") or "top"}
    made["text"] = _inline(node.children)
    if node.tag == "th":
        made["is_header"] = True
    return made | {name: int(node.given[name]) for name in ("colspan", "rowspan") if node.given.get(name)}


def _media(node: _Node) -> Json:
    kind = _MEDIA[node.tag]
    return {"type": kind, kind: {"type": kind, "media": node.given.get("src", "")}}


def _figure(node: _Node) -> Json:
    inner = [child for child in node.without("figcaption") if isinstance(child, _Node)]
    if len(inner) != 1:
        raise _cannot('Tag "figure" holds one block')
    made = _block(inner[0])
    for caption in node.parts("figcaption"):
        made["caption"] = {"text": _inline(caption.children)}
    return made


def _album(node: _Node) -> Json:
    return {"type": node.tag.removeprefix("tg-"), "blocks": _flow(node.children)}


def _map(node: _Node) -> Json:
    try:
        place = {"latitude": float(node.given["lat"]), "longitude": float(node.given["long"])}
    except (KeyError, ValueError):
        raise _cannot('Tag "tg-map" needs lat and long') from None
    zoom = node.given.get("zoom", "")
    return {"type": "map", "location": place, **({"zoom": int(zoom)} if zoom.isdigit() else {})}


_MAKERS: dict[str, Callable[[_Node], Json]] = {
    "p": lambda node: {"type": "paragraph", "text": _inline(node.children)},
    "footer": lambda node: {"type": "footer", "text": _inline(node.children)},
    "hr": lambda node: {"type": "divider"},  # noqa: ARG005 - a table of makers
    "tg-math-block": lambda node: {"type": "mathematical_expression", "expression": node.text()},
    "pre": _pre,
    "ul": _list,
    "ol": _list,
    "blockquote": _quotation,
    "aside": _quotation,
    "details": _details,
    "table": _table,
    "figure": _figure,
    "tg-collage": _album,
    "tg-slideshow": _album,
    "tg-map": _map,
    **dict.fromkeys(_MEDIA, _media),
}


def _inline(children: list[_Node | str]) -> Any:
    pieces = [child if isinstance(child, str) else _span(child) for child in children]
    return pieces[0] if len(pieces) == 1 else pieces


def _span(node: _Node) -> Any:
    tag, given = node.tag, node.given
    if tag == "br":
        return "\n"
    if tag not in _INLINE:
        raise _cannot(f'Tag "{tag}" can\'t be used inside of a text')
    if tag == "tg-math":
        return {"type": "mathematical_expression", "expression": node.text()}
    if tag == "tg-emoji":
        return {
            "type": "custom_emoji",
            "custom_emoji_id": given.get("emoji-id", ""),
            "alternative_text": node.text(),
        }
    if tag == "a" and "name" in given and "href" not in given:
        return [{"type": "anchor", "name": given["name"]}, _inline(node.children)]
    text = _inline(node.children)
    if tag == "a":
        href = given.get("href", "")
        local = href.startswith("#")
        return (
            {"type": "anchor_link", "text": text, "anchor_name": href[1:]}
            if local
            else {"type": "url", "text": text, "url": href}
        )
    if tag == "tg-time":
        when, how = given.get("unix", "0"), given.get("format", "")
        return {"type": "date_time", "text": text, "unix_time": int(when), "date_time_format": how}
    if tag == "tg-reference":
        return {"type": "reference", "text": text, "name": given.get("name", "")}
    return {"type": _STYLES[tag], "text": text}


def _cannot(why: str) -> Exception:
    return bad_request(f"can't parse rich message: {why}")
