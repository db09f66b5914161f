"""Rich messages (Bot API 10.1 and later): which blocks are accepted, and what they read like as plain text.

``rich_message`` is an object with exactly one of ``blocks``, ``html``, ``markdown``, and optionally
``is_rtl``, ``skip_entity_detection``. The blocks, ``?`` marking what may be left out:

    paragraph, footer        text            heading                  text, size (1-6)
    pre                      text, language? divider                  nothing
    mathematical_expression  expression      anchor                   name
    list                     items: [{blocks, has_checkbox?, is_checked?, value?, type? (a A i I 1)}]
    blockquote               blocks, credit? expandable_blockquote, pullquote  text, credit?
    details                  summary, blocks, is_open?
    table                    cells: [[{align, valign, text?, is_header?, colspan?, rowspan?}]], caption?,
                             is_bordered?, is_striped?, is_compact?
    collage, slideshow       blocks (photos and videos), caption?
    photo, video, animation, audio, document, voice_note  {same name: {type, media: http address}}, caption?
    map                      location {latitude, longitude}, zoom?, width?, height?, caption?
    buttons                  buttons: 1-8 of {text, style?, one action}, align?
    thinking                 text; in drafts only

A text is a string, a list of texts, or an object: {type, text} with bold, italic, underline, strikethrough,
spoiler, subscript, superscript, marked, code; with one more field url (url), anchor_link (anchor_name),
reference (name), reference_link (reference_name), text_mention (user), mention (username), hashtag, cashtag,
bot_command, email_address, phone_number, bank_card_number (as named), date_time (unix_time,
date_time_format); without a text anchor (name), custom_emoji (custom_emoji_id, alternative_text),
mathematical_expression (expression), button (button). A caption is {text, credit?}. Cells hold texts only.

The names are those of aiogram 3.31's ``InputRichBlock*``; the limits those of the documentation. Characters
are counted as UTF-16 units, which is never laxer. What the original says of a broken block is not published:
descriptions after "can't parse" are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.adapters.simulator.chats import Json
from bot.adapters.simulator.entities import units
from bot.adapters.simulator.keyboards import check_action
from bot.adapters.simulator.refusals import bad_request
from bot.adapters.simulator.rich_html import blocks_of_html
from bot.adapters.simulator.rich_markdown import blocks_of_markdown

MOST_CHARACTERS = 32_768
MOST_BLOCKS = 500
MOST_LEVELS = 16
MOST_MEDIA = 50
MOST_COLUMNS = 20
_MEDIA = ("photo", "video", "animation", "audio", "document", "voice_note")
_SHAPES: dict[str, dict[str, str]] = {
    "paragraph": {"text": "text"},
    "footer": {"text": "text"},
    "heading": {"text": "text", "size": "size"},
    "pre": {"text": "text", "language?": "string"},
    "divider": {},
    "mathematical_expression": {"expression": "counted"},
    "anchor": {"name": "string"},
    "list": {"items": "items"},
    "blockquote": {"blocks": "blocks", "credit?": "text"},
    "expandable_blockquote": {"text": "text", "credit?": "text"},
    "pullquote": {"text": "text", "credit?": "text"},
    "details": {"summary": "text", "blocks": "blocks", "is_open?": "flag"},
    "table": {
        "cells": "rows",
        "caption?": "text",
        "is_bordered?": "flag",
        "is_striped?": "flag",
        "is_compact?": "flag",
    },
    "collage": {"blocks": "blocks", "caption?": "caption"},
    "slideshow": {"blocks": "blocks", "caption?": "caption"},
    "map": {
        "location": "location",
        "zoom?": "integer",
        "width?": "integer",
        "height?": "integer",
        "caption?": "caption",
    },
    "buttons": {"buttons": "buttons", "align?": "align"},
    "thinking": {"text": "text"},
    **{kind: {kind: "media", "caption?": "caption"} for kind in _MEDIA},
}
_ITEM = {
    "blocks": "blocks",
    "has_checkbox?": "flag",
    "is_checked?": "flag",
    "value?": "integer",
    "type?": "label",
}
_CELL = {
    "align": "align",
    "valign": "valign",
    "text?": "text",
    "is_header?": "flag",
    "colspan?": "integer",
    "rowspan?": "integer",
}
_STYLED = (
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "subscript",
    "superscript",
    "marked",
    "code",
)
_NAMED = ("hashtag", "cashtag", "bot_command", "email_address", "phone_number", "bank_card_number")
_TEXTS: dict[str, dict[str, str]] = {
    **{kind: {"text": "text"} for kind in _STYLED},
    **{kind: {"text": "text", kind: "string"} for kind in _NAMED},
    "url": {"text": "text", "url": "link"},
    "mention": {"text": "text", "username": "string"},
    "anchor_link": {"text": "text", "anchor_name": "string"},
    "reference": {"text": "text", "name": "string"},
    "reference_link": {"text": "text", "reference_name": "string"},
    "text_mention": {"text": "text", "user": "object"},
    "date_time": {"text": "text", "unix_time": "integer", "date_time_format": "string"},
    "anchor": {"name": "string"},
    "custom_emoji": {"custom_emoji_id": "string", "alternative_text": "counted"},
    "mathematical_expression": {"expression": "counted"},
    "button": {"button": "button"},
}
_CHOICES = {
    "align": ("left", "center", "right"),
    "valign": ("top", "middle", "bottom"),
    "label": ("a", "A", "i", "I", "1"),
}
_FORMS = ("blocks", "html", "markdown")


def accept(given: Any, *, draft: bool = False) -> Json:
    """The RichMessage that a chat keeps: ``blocks``, and ``is_rtl`` where it is set.

    Raises:
        Refusal: not exactly one form, a block of no known shape, or over a limit.
    """
    if not isinstance(given, Mapping):
        raise bad_request("can't parse rich message: expected an Object")
    forms = [form for form in _FORMS if given.get(form) is not None]
    if len(forms) != 1:
        raise bad_request("can't parse rich message: exactly one of blocks, html and markdown must be used")
    unknown = set(given) - {*_FORMS, "is_rtl", "skip_entity_detection", "media"}
    if unknown:
        raise bad_request(f"simulator: a rich message has no field {min(unknown)!r}")
    source = given[forms[0]]
    if forms[0] != "blocks":
        if not isinstance(source, str):
            raise bad_request(f'can\'t parse rich message: Field "{forms[0]}" must be of type String')
        source = blocks_of_html(source) if forms[0] == "html" else blocks_of_markdown(source)
    reading = _Reading(draft=draft)
    blocks = reading.blocks(source, level=1)
    if not reading.characters and not reading.media:
        raise bad_request("rich message must be non-empty")
    return {"blocks": blocks, **({"is_rtl": True} if given.get("is_rtl") else {})}


class _Reading:
    """Checks one message and counts as it goes."""

    def __init__(self, *, draft: bool) -> None:
        self._draft = draft
        self.characters = 0
        self.media = 0
        self._blocks = 0
        self._checks: dict[str, Callable[[Any, int], Any]] = {
            "text": self._text,
            "blocks": self.blocks,
            "items": self._items,
            "rows": self._rows,
            "buttons": self._buttons,
            "button": self._button,
            "media": self._media,
            "caption": self._caption,
            "counted": self._counted,
        }

    def blocks(self, given: Any, level: int) -> list[Json]:
        """Blocks of one level, checked."""
        if not isinstance(given, list | tuple):
            raise _broken("blocks must be an Array")
        if level > MOST_LEVELS:
            raise bad_request("rich message is nested too deep")
        return [self._block(block, level) for block in given]

    def _block(self, block: Any, level: int) -> Json:
        self._count_block()
        kind = block.get("type") if isinstance(block, Mapping) else None
        if kind not in _SHAPES:
            raise _broken(f"unsupported block type {kind!r}")
        if kind == "thinking" and not self._draft:
            raise _broken("a block of type 'thinking' belongs into drafts")
        shown = {"type": kind, **self._fields(block, _SHAPES[kind], f"block {kind}", level)}
        if kind in {"collage", "slideshow"} and any(
            inner["type"] not in {"photo", "video"} for inner in shown["blocks"]
        ):
            raise _broken(f"a {kind} takes photos and videos only")
        return shown

    def _fields(self, given: Mapping[str, Any], shape: Mapping[str, str], what: str, level: int) -> Json:
        """The fields of an object, each checked by its kind; one that the shape does not have is refused."""
        wanted = {name.removesuffix("?"): (kind, name.endswith("?")) for name, kind in shape.items()}
        for name in given:
            if name not in wanted and name != "type":
                raise bad_request(f"simulator: {what} has no field {name!r}")
        shown: Json = {}
        for name, (kind, optional) in wanted.items():
            value = given.get(name)
            if value is None:
                if optional:
                    continue
                raise _broken(f'{what}: Can\'t find field "{name}"')
            check = self._checks.get(kind)
            shown[name] = check(value, level + 1) if check else _plain(kind, value, f"{what}: {name}")
        return shown

    def _text(self, given: Any, level: int, depth: int = 1) -> Any:
        """A text, counted."""
        if depth > MOST_LEVELS:
            raise bad_request("rich message is nested too deep")
        if isinstance(given, str):
            return self._counted(given, level)
        if isinstance(given, list | tuple):
            return [self._text(piece, level, depth) for piece in given]
        kind = given.get("type") if isinstance(given, Mapping) else None
        if kind not in _TEXTS:
            raise _broken(f"unsupported text type {kind!r}")
        shape = _TEXTS[kind]
        inner = {name: value for name, value in given.items() if name != "text"}
        rest = {name: how for name, how in shape.items() if name != "text"}
        if "text" not in shape:
            return {"type": kind, **self._fields(given, rest, f"text {kind}", level)}
        if given.get("text") is None:
            raise _broken(f'text {kind}: Can\'t find field "text"')
        text = self._text(given["text"], level, depth + 1)
        return {"type": kind, "text": text, **self._fields(inner, rest, f"text {kind}", level)}

    def _items(self, given: Any, level: int) -> list[Json]:
        shown = []
        for number, item in enumerate(_array(given, "items"), 1):
            self._count_block()
            fields = self._fields(item, _ITEM, "list item", level - 1)
            ordered = "value" in fields or "type" in fields
            label = f"{fields.get('value', number)}." if ordered else "•"
            shown.append({"label": label, **fields})
        return shown

    def _rows(self, given: Any, level: int) -> list[list[Json]]:
        rows = []
        for row in _array(given, "cells", whole=False):
            self._count_block()
            cells = [self._fields(cell, _CELL, "table cell", level) for cell in _array(row, "row of cells")]
            if sum(cell.get("colspan", 1) for cell in cells) > MOST_COLUMNS:
                raise bad_request("rich message table has too many columns")
            rows.append(cells)
        return rows

    def _buttons(self, given: Any, level: int) -> list[Json]:
        buttons = _array(given, "buttons")
        if not 0 < len(buttons) <= 8:
            raise _broken("a row has 1-8 buttons")
        return [self._button(button, level) for button in buttons]

    def _button(self, given: Any, level: int) -> Json:
        if not isinstance(given, Mapping) or not given.get("text"):
            raise _broken("a button needs a text")
        self._text(given["text"], level)
        check_action(given)
        return dict(given)

    def _media(self, given: Any, level: int) -> Json:
        del level
        self.media += 1
        if self.media > MOST_MEDIA:
            raise bad_request("rich message has too many media")
        address = given.get("media") if isinstance(given, Mapping) else None
        if not isinstance(address, str) or not address.lower().startswith(("http://", "https://")):
            raise bad_request("wrong HTTP URL specified for a media block")
        return dict(given)

    def _caption(self, given: Any, level: int) -> Json:
        if not isinstance(given, Mapping):
            raise _broken("a caption is an Object")
        return self._fields(given, {"text": "text", "credit?": "text"}, "caption", level)

    def _counted(self, given: Any, level: int) -> str:
        del level
        if not isinstance(given, str):
            raise _broken("expected a String")
        self.characters += units(given)
        if self.characters > MOST_CHARACTERS:
            raise bad_request("rich message is too long")
        return given

    def _count_block(self) -> None:
        self._blocks += 1
        if self._blocks > MOST_BLOCKS:
            raise bad_request("rich message has too many blocks")


def _plain(kind: str, value: Any, where: str) -> Any:
    """A field without texts inside."""
    good = {
        "string": isinstance(value, str),
        "flag": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "size": isinstance(value, int) and 1 <= value <= 6,
        "object": isinstance(value, Mapping),
        "location": isinstance(value, Mapping) and {"latitude", "longitude"} <= set(value),
        "link": isinstance(value, str)
        and value.lower().startswith(("http://", "https://", "tg://", "mailto:", "tel:")),
    }
    if not (value in _CHOICES[kind] if kind in _CHOICES else good[kind]):
        raise _broken(f"{where} is no {kind}")
    return value


def _array(given: Any, what: str, *, whole: bool = True) -> list[Any]:
    """A list (of objects, when ``whole``)."""
    if not isinstance(given, list | tuple) or (whole and not all(isinstance(one, Mapping) for one in given)):
        raise _broken(f"{what} must be an Array" + (" of Objects" if whole else ""))
    return list(given)


def _broken(why: str) -> Exception:
    return bad_request(f"can't parse rich message: {why}")
