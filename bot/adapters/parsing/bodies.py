"""A feed's body -> ParsedFeed, or the code of what it is instead. Runs in a parser process.

In this order: unpack what was packed twice, decode (``charsets.py``), say what it is, refuse what is meant
to harm, cut what is too long, give the rest to feedparser as clean UTF-8. feedparser gets bytes in a
stream: a string might be taken for an address or a file name and be opened.
"""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import feedparser

from bot.adapters.parsing.blocks import Apart, Memory, clashes, taken_apart
from bot.adapters.parsing.charsets import decode
from bot.domain import feeds
from bot.errors import Broken, Code
from bot.types import Listed, ParsedFeed, Response

UNPACKED_LIMIT = 5 * 1024 * 1024
MAX_ATTRIBUTES = 2000
"""On one tag. feedparser's time grows with the square: 10,000 attributes 1.0 s, 30,000 9.5 s (measured)."""
MAX_ENTITIES = 1000
"""Declared ones; the three HTML sets together have 253."""
MAX_EXPANSION = 2 * 1024 * 1024
"""Characters that all entity references may add up to."""
ITEMS_FROM_EACH_END = 750
"""Of a feed with more items (100,000 take feedparser 6 s): feeds are sorted either way, and 500 are kept."""

_FEED_ROOT = re.compile(r"<(?:[\w-]+:)?(?:rss|feed|RDF|channel)(?=[\s>/])", re.IGNORECASE)
_HTML_ROOT = re.compile(r"<(?:!doctype\s+html|html|head|body)(?=[\s>/])", re.IGNORECASE)
# Bounded repeats: thousands of beginnings without an end must not be followed to the end of the text each.
_PROLOG = re.compile(
    r"<\?xml[^<>]{0,300}+>\s{0,300}+(?:<[!?][^<>]{0,300}+>\s{0,300}+){0,5}+<(?:[\w-]+:)?(?:rss|feed|RDF)(?=[\s>/])"
)
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_ITEM = re.compile(r"<(?:[\w-]+:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
# An element of text only that another one of a feed follows, and not its end.
_UNCLOSED = re.compile(
    r"<(title|link|guid|pubDate)>([^<>]*+)(?=<(?:title|link|guid|pubDate|description|author|category|comments|"
    r"enclosure|source|item|dc:\w+|content:\w+|media:\w+)[\s>/])"
)
# Possessive quantifiers ("++"): no backtracking, so the scan itself cannot be made slow.
_ATTRIBUTE = re.compile(r"""[\s/"']*+[^\s=<>"'/]++\s*+(?:=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>"']*+))?""")
_ENTITY = re.compile(
    r"""<!ENTITY\s++(%\s++)?([^\s"'>]++)\s++(?:"([^"]*+)"|'([^']*+)'|[^>]*+)""", re.IGNORECASE
)
_REFERENCE = re.compile(r"&([A-Za-z_][\w.-]*+);")
# What XML 1.0 does not allow, among it NUL.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
_NO_CHARACTERS = ("\ufffe", "\uffff")
_NUMBERED = re.compile(r"&#(?:[xX]([0-9a-fA-F]++)|([0-9]++));?")


def parse_feed(response: Response, now: datetime) -> ParsedFeed:
    """The entries of a feed's body.

    Raises:
        Broken: empty, html_page, not_a_feed, hostile, bad_encoding, too_large.
    """
    notes: list[str] = []
    return _parsed(_text(response, notes), response.final_url, now, notes)


def parse_again(response: Response, now: datetime, saved: bytes = b"") -> tuple[ParsedFeed, bytes]:
    """As :func:`parse_feed`, but entries that stand in the last body, too, to the byte, are only ``listed``.

    Args:
        response: the answer.
        now: the time of the poll, UTC.
        saved: what was remembered of the last body from the same address, b"" for nothing.

    Returns:
        The entries, and what to remember of this body. See ``blocks.py`` for when nothing is.
    """
    notes: list[str] = []
    where = response.final_url
    text = _text(response, notes)
    body = None if text[0] in "{[" else taken_apart(text, where)
    if body is None:
        return _parsed(text, where, now, notes), b""
    memory = Memory(saved)
    listed = memory.of(body, now)
    if listed and _few_tags(text):
        read = _only_new(body, listed, now, notes)
        if read is not None:
            return read, memory.after(body, listed, read)
    mended: list[str] = []
    parsed = _xml_feed(text, where, now, mended)
    whole = not mended and parsed.dropped + len(parsed.entries) == len(body.items)
    return _noted(parsed, notes + mended), Memory().after(body, (), parsed) if whole else b""


def _only_new(
    body: Apart, listed: tuple[Listed | None, ...], now: datetime, notes: list[str]
) -> ParsedFeed | None:
    """The body read without the items that are listed; None when it must be read whole."""
    mended: list[str] = []
    try:
        parsed = _xml_feed(body.without(listed), body.where, now, mended, listed)
    except Broken:
        return None
    if mended or parsed.dropped + len(parsed.entries) != listed.count(None) or clashes(parsed):
        return None
    return _noted(parsed, notes)


def _few_tags(text: str) -> bool:
    """Whether :func:`_shortened` would leave the text as it is."""
    most = 2 * ITEMS_FROM_EACH_END
    return text.count("<") <= most or len(_ITEM.findall(text)) <= most


def _text(response: Response, notes: list[str]) -> str:
    """The body as text without what no feed may hold."""
    body = _unpacked(response.body, response.final_url, notes)
    text, note = decode(body, response.content_type)
    notes.append(note)
    clean = _legal(text)
    if len(clean) < len(text):
        notes.append("illegal characters removed")
    stripped = clean.strip().lstrip("\ufeff")
    if not stripped:
        raise Broken("the feed is empty", code=Code.EMPTY, url=response.final_url)
    return stripped


def _parsed(text: str, where: str, now: datetime, notes: list[str]) -> ParsedFeed:
    read = _json_feed if text[0] in "{[" else _xml_feed
    return _noted(read(text, where, now, notes), notes)


def _legal(text: str) -> str:
    """The text without the characters that XML does not allow.

    To look for controls in the bytes takes a fifth of looking at each character, and most feeds have none.
    The others are looked for in the text: of a narrow one Python knows without looking that it has none.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half characters
        return _ILLEGAL.sub("", text)
    if len(data.translate(None, _CONTROLS)) == len(data) and not any(mark in text for mark in _NO_CHARACTERS):
        return text
    return _ILLEGAL.sub("", text)


def _noted(parsed: ParsedFeed, notes: list[str], cut: int = 0) -> ParsedFeed:
    return ParsedFeed(
        title=parsed.title,
        link=parsed.link,
        language=parsed.language,
        ttl=parsed.ttl,
        entries=parsed.entries,
        fingerprints=parsed.fingerprints,
        other_keys=parsed.other_keys,
        items=parsed.items,
        listed=parsed.listed,
        dropped=parsed.dropped + cut,
        format=parsed.format,
        note="; ".join(part for part in (parsed.note, *notes) if part),
    )


def _unpacked(body: bytes, where: str, notes: list[str]) -> bytes:
    """The body without a gzip that the server did not declare (a packed file served as it is)."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, UNPACKED_LIMIT)
    except zlib.error as error:
        raise Broken("the feed is packed and torn", code=Code.BAD_ENCODING, url=where) from error
    if unpacker.unconsumed_tail:
        raise Broken("the feed unpacks to more than 5 MB", code=Code.TOO_LARGE, url=where)
    notes.append("undeclared gzip")
    return unpacked


# ------------------------------------------------------------------------------------------------------- JSON


def _json_feed(text: str, where: str, now: datetime, notes: list[str]) -> ParsedFeed:
    try:
        document = json.loads(text, strict=False)
    except RecursionError as error:
        raise Broken("the document is nested too deep", code=Code.HOSTILE, url=where) from error
    except ValueError as error:
        document = _torn_json(text)
        if document is None:
            raise Broken("this is no feed: broken JSON", code=Code.NOT_A_FEED, url=where) from error
        notes.append("cut off")
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise Broken("this is JSON, but no JSON Feed", code=Code.NOT_A_FEED, url=where)
    cut = max(0, len(items) - 2 * ITEMS_FROM_EACH_END)
    if cut:
        document["items"] = items[:ITEMS_FROM_EACH_END] + items[-ITEMS_FROM_EACH_END:]
    return _noted(feeds.from_json_feed(document, now=now, base=where), [], cut)


def _torn_json(text: str) -> dict[str, Any] | None:
    """A JSON Feed that ends too early: the items that are whole."""
    start = re.search(r'"items"\s*:\s*\[', text)
    if not start or "jsonfeed.org" not in text[:2000]:
        return None
    decoder, position, items = json.JSONDecoder(strict=False), start.end(), []
    separator = re.compile(r"[\s,]*")
    while True:
        gap = separator.match(text, position)
        assert gap is not None
        try:
            item, position = decoder.raw_decode(text, gap.end())
        except (ValueError, RecursionError):
            break
        items.append(item)
    return {"items": items} if items else None


# -------------------------------------------------------------------------------------------------------- XML


def _xml_feed(
    text: str, where: str, now: datetime, notes: list[str], listed: Sequence[Listed | None] = ()
) -> ParsedFeed:
    text = _from_root(text, where, notes)
    text = _NUMBERED.sub(_if_a_character, text)
    _refuse_attributes(text, where)
    text = _without_doctype(text, where)
    text, cut = _shortened(text)
    text, mended = _UNCLOSED.subn(r"<\1>\2</\1>", text)
    if mended:
        notes.append(f"{mended} unclosed tags")
    if cut:
        notes.append("items left out")
    result = feedparser.parse(
        io.BytesIO(text.encode()),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not result["entries"] and not result.get("version"):
        raise Broken("this is no feed", code=Code.NOT_A_FEED, url=where)
    if result.get("bozo"):
        notes.append(f"not well-formed: {result.get('bozo_exception')}"[:200])
    parsed = feeds.from_feedparser(result, now=now, base=where, listed=listed)
    return _noted(parsed, [], cut)


def _if_a_character(found: re.Match[str]) -> str:
    """The reference, or "" where it names no character: one ``&#x110000;`` made feedparser drop the feed."""
    digits, base = (found[1], 16) if found[1] else (found[2], 10)
    number = int(digits.lstrip("0")[:9] or "0", base)
    return "" if number > 0x10FFFF or _ILLEGAL.match(chr(number)) else found[0]


def _from_root(text: str, where: str, notes: list[str]) -> str:
    """The document from its prolog or root on: what stands before (a warning of PHP) is cut off.

    Raises:
        Broken: html_page, when a page begins before any feed does.
    """
    root, page = _FEED_ROOT.search(text), _HTML_ROOT.search(text)
    if page and root and page.start() < root.start() and (prolog := _PROLOG.search(text)):
        notes.append("a web page before the feed")  # an error page, then the feed all the same
        text = text[prolog.start() :]
        root, page = _FEED_ROOT.search(text), None
    if page and (root is None or page.start() < root.start()) and not _ITEM.search(text, 0, page.start()):
        raise Broken(
            "this is a web page, not a feed",
            code=Code.HTML_PAGE,
            hint="look for the feed's address in the page, or with `dateline feeds discover`",
            url=where,
        )
    if root is None:
        return text
    declaration = text.find("<?xml", 0, root.start())
    doctype = re.compile(r"<!doctype", re.IGNORECASE).search(text, 0, root.start())
    starts = [at for at in (declaration, doctype.start() if doctype else -1) if at >= 0]
    start = min(starts, default=root.start())
    if text[:start].strip():
        notes.append("text before the feed")
    text = text[start:]
    declared = _DECLARATION.match(text)  # it names a charset that is not true any more
    return text[declared.end() :].lstrip() if declared else text


def _refuse_attributes(text: str, where: str) -> None:
    """Refuse a tag with too many attributes. Only stretches long enough to hold them are looked at."""
    position = text.find("<")
    while position >= 0:
        following = text.find("<", position + 1)
        end = following if following >= 0 else len(text)
        if (
            end - position > MAX_ATTRIBUTES * 2
            and text[position + 1].isalpha()
            and _over(text, position + 1, end)
        ):
            raise Broken(f"a tag has more than {MAX_ATTRIBUTES} attributes", code=Code.HOSTILE, url=where)
        position = following


def _over(text: str, start: int, end: int) -> bool:
    """Whether the tag whose name begins at ``start`` has too many attributes before ``end``."""
    for _ in range(MAX_ATTRIBUTES + 2):  # the name itself looks like one
        found = _ATTRIBUTE.match(text, start, end)
        if found is None:
            return False
        start = found.end()
    return True


def _without_doctype(text: str, where: str) -> str:
    """The text from its root on, with the entities that its DOCTYPE declares put in.

    External ones become nothing: they are never fetched. (Left to itself, feedparser is safe too, but
    mangles such a DOCTYPE and falls back to its slow parser.)

    Raises:
        Broken: hostile, when entities are too many, go in a circle, or expand to more than 2 MB together.
    """
    root = re.search(r"<[A-Za-z]", text)
    if root is None:
        return text
    head, text = text[: root.start()], text[root.start() :]
    declared: dict[str, str] = {}
    for count, found in enumerate(_ENTITY.finditer(head)):
        if count >= MAX_ENTITIES:
            raise Broken("the feed declares too many entities", code=Code.HOSTILE, url=where)
        if not found[1]:
            declared.setdefault(found[2], found[3] or found[4] or "")
    if not declared:
        return text
    sizes: dict[str, int] = {}
    if sum(_size(name, declared, sizes, 0) for name in _REFERENCE.findall(text)) > MAX_EXPANSION:
        raise Broken("the feed's entities expand without measure", code=Code.HOSTILE, url=where)
    return _REFERENCE.sub(lambda found: _expanded(found, declared), text)


def _expanded(found: re.Match[str], declared: dict[str, str]) -> str:
    """What a reference stands for, to the last level; bounded, because :func:`_size` has measured it."""
    if found[1] not in declared:
        return found[0]
    return _REFERENCE.sub(lambda inner: _expanded(inner, declared), declared[found[1]])


def _size(name: str, declared: dict[str, str], sizes: dict[str, int], depth: int) -> int:
    """Characters that one reference expands to; a circle or deep nesting counts as endless."""
    if name not in declared:
        return 0
    if name not in sizes:
        if depth > 50:
            return MAX_EXPANSION + 1
        value = declared[name]
        sizes[name] = MAX_EXPANSION + 1  # what it counts as while it is being measured: a circle
        inner = sum(_size(other, declared, sizes, depth + 1) for other in _REFERENCE.findall(value))
        sizes[name] = min(len(value) + inner, MAX_EXPANSION + 1)
    return sizes[name]


def _shortened(text: str) -> tuple[str, int]:
    """The text with items from the middle left out when there are very many, and how many were left out."""
    starts = [found.start() for found in _ITEM.finditer(text)]
    cut = len(starts) - 2 * ITEMS_FROM_EACH_END
    if cut <= 0:
        return text, 0
    return text[: starts[ITEMS_FROM_EACH_END]] + text[starts[-ITEMS_FROM_EACH_END] :], cut
