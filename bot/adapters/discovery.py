"""The feeds that a page names in its head, or links to."""

from __future__ import annotations

from urllib.parse import urljoin

from lxml import etree, html

_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_WORDS = ("/feed", "/rss", ".rss", "/atom", "feed.xml", "rss.xml", "index.xml", "feed.json")


def feed_links(body: bytes, content_type: str, url: str) -> tuple[tuple[str, str], ...]:
    """(address, title) of feeds: those in ``link rel=alternate`` first, then links that look like feeds.

    At most ten; an empty tuple where the body is no HTML.
    """
    encoding = content_type.partition("charset=")[2].strip().strip('"') or None
    try:
        document = html.document_fromstring(body, parser=html.HTMLParser(encoding=encoding, no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError, LookupError, ValueError):
        return ()
    found: dict[str, str] = {}
    for link in document.iter("link"):
        kinds = (link.get("rel") or "").lower().split()
        if "alternate" in kinds and (link.get("type") or "").lower() in _TYPES and link.get("href"):
            found.setdefault(urljoin(url, link.get("href", "")), link.get("title") or "")
    for anchor in document.iter("a"):
        target = urljoin(url, anchor.get("href") or "")
        if target.startswith("http") and any(word in target.lower() for word in _WORDS):
            found.setdefault(target, " ".join(str(anchor.xpath("string()")).split())[:80])
    return tuple(found.items())[:10]
