"""OPML in and out: the format in which feed readers exchange lists of feeds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from bot.errors import Misconfigured

LIMIT = 5_000_000
"""Bytes; the largest list in our collection of feeds, ten thousand addresses, has under two million."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed in an OPML file."""

    url: str
    title: str = ""


def read(body: bytes, *, name: str) -> tuple[Outline, ...]:
    """The feeds of an OPML document, in order, each address once; folders are flattened.

    Raises:
        Misconfigured: no OPML, too large, or with a document type (which feed lists never need and bombs do).
    """
    if len(body) > LIMIT:
        raise Misconfigured(f"larger than {LIMIT // 1_000_000} MB", hint="split the list", file=name)
    narrow = body.replace(b"\0", b"")  # UTF-16 writes ASCII with a NUL beside each letter
    if b"<!DOCTYPE" in narrow or b"<!ENTITY" in narrow:
        raise Misconfigured("this OPML declares a document type", hint="remove the <!DOCTYPE …>", file=name)
    try:
        root = ET.fromstring(body)  # noqa: S314 - no DTD gets here, so no entity can
    except (ET.ParseError, LookupError, ValueError) as error:  # also for an unknown or a multi-byte charset
        raise Misconfigured("this is no OPML", hint=str(error), file=name) from None
    if root.tag.lower() != "opml":
        raise Misconfigured("this is no OPML", hint=f"its root is <{root.tag}>", file=name)
    found: dict[str, Outline] = {}
    for outline in root.iter("outline"):
        said = {name.lower(): value.strip() for name, value in outline.items()}
        url = re.sub(r"(?i)^feed:(?://)?(?=https?://)|^feed(?=://)", _plain_scheme, said.get("xmlurl", ""))
        if url.lower().startswith(("http://", "https://")) and url not in found:
            found[url] = Outline(url=url, title=said.get("title") or said.get("text", ""))
    return tuple(found.values())


def _plain_scheme(match: re.Match[str]) -> str:
    """``feed://x`` is how some readers write ``http://x``, and ``feed:https://x`` how others say it."""
    return "" if ":" in match[0] else "http"


def write(outlines: Sequence[Outline] | Iterable[Outline]) -> str:
    """An OPML 2.0 document of these feeds."""
    lines = [
        f"    <outline type={quoteattr('rss')} text={quoteattr(item.title or item.url)} "
        f"title={quoteattr(item.title or item.url)} xmlUrl={quoteattr(item.url)}/>"
        for item in outlines
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n'
    body = "  <body>\n" + "\n".join(lines) + "\n  </body>\n"
    return head + "  <head><title>Dateline</title></head>\n" + body + "</opml>\n"
