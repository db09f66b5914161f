"""OPML in and out: the format in which feed readers exchange lists of feeds."""

from __future__ import annotations

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
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Misconfigured("this OPML declares a document type", hint="remove the <!DOCTYPE …>", file=name)
    try:
        root = ET.fromstring(body)  # noqa: S314 - no DTD gets here, so no entity can
    except ET.ParseError as error:
        raise Misconfigured("this is no OPML", hint=str(error), file=name) from None
    if root.tag.lower() != "opml":
        raise Misconfigured("this is no OPML", hint=f"its root is <{root.tag}>", file=name)
    found: dict[str, Outline] = {}
    for outline in root.iter("outline"):
        url = (outline.get("xmlUrl") or outline.get("xmlurl") or "").strip()
        if url.startswith(("http://", "https://")) and url not in found:
            found[url] = Outline(url=url, title=(outline.get("title") or outline.get("text") or "").strip())
    return tuple(found.values())


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
