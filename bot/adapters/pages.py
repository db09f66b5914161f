"""A page's bytes → a tree, and what the page says about itself: address, title, author, date, free or not.

Only reads: nothing here fetches, and links are never resolved by looking.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html
from trafilatura.utils import detect_encoding

from bot.types import RawUrl

LARGEST = 5_000_000
"""Bytes that are looked at. The web adapter refuses more; files given by hand are cut here."""

_META_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# What browsers read under these labels (WHATWG Encoding Standard, "Names and labels").
_BROWSER_LABELS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "iso-8859-9": "cp1254",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# libxml2 compares each attribute with all others of its tag: 100,000 of them took it 16 s. The
# quantifiers are possessive, so that no text makes the search itself slow.
_SWOLLEN_TAG = re.compile(
    r"<([a-zA-Z][a-zA-Z0-9-]*+)"
    r"(?:[\s/]++[^\s=<>\"'/]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s<>\"']++))?+){300,}+[^<>]*+>?"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SITE_TAIL = re.compile(r"\s+[|–—»·-]\s+[^|–—»·]{2,40}$|\s*[_|｜]\s*[^_|｜]{2,20}$")


def decode(body: bytes, content_type: str) -> str:
    """The text of a page, never failing: bytes that fit no encoding become U+FFFD.

    Order: byte-order mark; UTF-8 where the bytes are valid UTF-8 (servers that say Latin-1 for all pages are
    more common than Latin-1 text that happens to be valid UTF-8); the declared encoding; detection.
    """
    body = body[:LARGEST]
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _CONTROL.sub(" ", body[len(mark) :].decode(encoding, "replace"))
    declared = _declared(body, content_type)
    if not declared.startswith(("iso2022", "iso-2022", "utf-16", "utf-7", "hz")):
        try:
            return _CONTROL.sub(" ", body.decode())
        except UnicodeDecodeError as error:
            if declared in {"", "utf-8"} and error.start >= len(body) - 4:  # cut inside a character
                return _CONTROL.sub(" ", body.decode(errors="ignore"))
    encoding = declared or next(iter(detect_encoding(body[:100_000])), "utf-8")
    try:
        return _CONTROL.sub(" ", body.decode(encoding, "replace"))
    except (LookupError, UnicodeError):  # a detector's name that Python does not know
        return _CONTROL.sub(" ", body.decode(errors="replace"))


def _declared(body: bytes, content_type: str) -> str:
    """The declared encoding under Python's name for what browsers take it for, "" when none is usable."""
    header = _HEADER_CHARSET.search(content_type)
    meta = _META_CHARSET.search(body[:4096])
    for label in (header[1] if header else "", meta[1].decode("ascii", "replace") if meta else ""):
        label = label.strip().lower()  # noqa: PLW2901 - the loop's own cleaning
        try:
            return _BROWSER_LABELS.get(label) or (codecs.lookup(label).name if label else "")
        except LookupError:
            continue
    return ""


def tree(markup: str) -> html.HtmlElement | None:
    """The parsed page, None when there is nothing to parse. Nesting over libxml2's own limit is cut off."""
    if not markup.strip():
        return None
    # An encoding declaration in the text contradicts the text, which is decoded by now: lxml refuses it.
    markup = re.sub(r"^\s*<\?xml[^>]*\?>", "", markup, count=1)
    markup = _SWOLLEN_TAG.sub(r"<\1>", markup)
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        found = html.document_fromstring(markup.encode(errors="replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    return found if isinstance(found, html.HtmlElement) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a page says about itself."""

    title: str = ""
    author: str = ""
    site_name: str = ""
    canonical: RawUrl | None = None
    published_at: datetime | None = None
    free: bool | None = None  # schema.org's isAccessibleForFree, None where unsaid
    body: str = ""  # schema.org's articleBody
    language: str = ""  # of the html element, two letters


def card(page: html.HtmlElement, url: str) -> Card:
    """The page's own claims, from JSON-LD, meta elements and headings, in this order of trust."""
    meta = _meta(page)
    data = _json_ld(page)
    heading = " ".join("".join(page.xpath("(//h1)[1]//text()")).split())
    title = meta.get("og:title") or _text(data.get("headline")) or heading or _title_element(page)
    published = next(
        (
            found
            for value in (
                _text(data.get("datePublished")),
                *(meta.get(name, "") for name in _DATES),
                *page.xpath("//time/@datetime|//*[@itemprop='datePublished']/@content")[:2],
            )
            if (found := instant(str(value)))
        ),
        None,
    )
    free = _text(data.get("isAccessibleForFree")).lower()
    return Card(
        title=_SITE_TAIL.sub("", title) if title and title != heading else title,
        author=_author(data.get("author"))
        or meta.get("author", "")
        or meta.get("byl", "").removeprefix("By "),
        site_name=meta.get("og:site_name", "") or meta.get("application-name", ""),
        canonical=_canonical(page, meta, url),
        published_at=published,
        free={"false": False, "true": True}.get(free),
        body=_text(data.get("articleBody")),
        language=(page.get("lang") or page.get("xml:lang") or "")[:2].lower(),
    )


_DATES = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "pubdate",
    "publishdate",
    "publish-date",
    "parsely-pub-date",
    "dc.date.issued",
    "dcterms.created",
    "sailthru.date",
    "date",
)


def _meta(page: html.HtmlElement) -> dict[str, str]:
    """Meta elements by lower-case name; the first of a name counts."""
    found: dict[str, str] = {}
    for element in page.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = " ".join((element.get("content") or "").split())
        if name and content:
            found.setdefault(name.lower(), content)
    return found


def _json_ld(page: html.HtmlElement) -> dict[str, Any]:
    """The first schema.org article on the page, {} without one. Broken JSON is passed over: it is common."""
    for script in page.xpath("//script[@type='application/ld+json']")[:20]:
        try:
            data = json.loads(script.text_content(), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(data):
            kinds = node.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if any(
                str(kind).endswith(("Article", "BlogPosting", "Report", "ReportageNewsArticle"))
                for kind in kinds
            ):
                return node
    return {}


def _nodes(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 3:
        return
    for node in data if isinstance(data, list) else [data]:
        if isinstance(node, dict):
            yield node
            yield from _nodes(node.get("@graph", []), depth + 1)
            yield from _nodes(node.get("mainEntity", []), depth + 1)


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | bool | int) else ""


def _author(value: Any) -> str:
    """Names of schema.org persons; an address in place of a name is left out."""
    people = value if isinstance(value, list) else [value]
    names = [_text(one.get("name") if isinstance(one, dict) else one) for one in people]
    return ", ".join(dict.fromkeys(name for name in names if name and "://" not in name))[:200]


def _title_element(page: html.HtmlElement) -> str:
    return " ".join("".join(page.xpath("(//head/title|//title)[1]/text()")).split())


def _canonical(page: html.HtmlElement, meta: dict[str, str], url: str) -> RawUrl | None:
    """rel=canonical, else og:url, made absolute; the mere front page of a site is a mistake."""
    links = page.xpath(
        "//link[contains(concat(' ', translate(@rel, 'CANOIL', 'canoil'), ' '), ' canonical ')]/@href"
    )
    for claimed in (*links[:1], meta.get("og:url", "")):
        try:
            whole = urljoin(url, str(claimed).strip()) if claimed else ""
        except ValueError:
            continue
        rest = whole.split("://", 1)[-1].partition("/")[2].strip("/")
        if whole.startswith(("http://", "https://")) and rest:
            return RawUrl(whole)
    return None


def instant(value: str) -> datetime | None:
    """An ISO 8601 time as UTC, None for anything else. Without a zone it is UTC; a mere date is 00:00."""
    value = value.strip().replace("Z", "+00:00").replace("z", "+00:00")
    value = re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", value)
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_BLOCK_TAGS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote br center dd div dl dt fieldset figcaption figure footer form h1 h2"
        " h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td th tr ul",
    )
)
_SILENT_TAGS = frozenset(
    ("script", "style", "noscript", "template", "iframe", "svg", "head", "select", "button")
)


def blocks(page: html.HtmlElement) -> list[str]:
    """The visible text, one string per block element, space collapsed.

    Walks without recursion: nesting is the stranger's choice.
    """
    found: list[str] = []
    line: list[str] = []

    def close() -> None:
        text = " ".join("".join(line).split())
        line.clear()
        if text:
            found.append(text)

    silent = 0
    for event, element in etree.iterwalk(page, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _SILENT_TAGS:
            silent += 1 if event == "start" else -1
        if tag in _BLOCK_TAGS:
            close()
        if event == "start" and not silent and element.text:
            line.append(element.text)
        elif event == "end" and not silent and element.tail:
            line.append(element.tail)
    close()
    return found


def visible(page: html.HtmlElement) -> str:
    """The visible words of the page, at most 200,000 characters: enough for the wording of walls."""
    return "\n".join(blocks(page))[:200_000]
