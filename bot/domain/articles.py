"""Readings → articles: the address that counts, who published it, when, and whether it may be one at all."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from bot.domain.addresses import canonical, host_of, is_aggregator, is_front, same_page, site_of_host
from bot.errors import Code
from bot.types import Article, Feed, Outlet, OutletId, RawUrl, Reading, Rules, StoredEntry

__all__ = ["Outlets", "article", "canonical", "fingerprint", "hashed", "same_page", "turn"]

_NAME_TAIL = re.compile(r"^(?P<title>.{12,}?)\s+[-–—|]\s+(?P<name>[^|–—]{2,40})$")


class Outlets:
    """The known publishers, found by address.

    Args:
        outlets: as configured. A domain may carry a path ("bbc.com/arabic").
    """

    def __init__(self, outlets: Iterable[Outlet]) -> None:
        self._by_id: dict[OutletId, Outlet] = {}
        self._by_host: dict[str, list[tuple[str, Outlet]]] = {}
        self._by_name: dict[str, Outlet] = {}
        for outlet in outlets:
            self._by_id[outlet.id] = outlet
            self._by_name.setdefault(_bare(outlet.name), outlet)
            for domain in outlet.domains:
                host, _, path = domain.lower().strip("/").removeprefix("www.").partition("/")
                self._by_host.setdefault(host, []).append((f"/{path}" if path else "", outlet))
        for paths in self._by_host.values():
            paths.sort(key=lambda item: -len(item[0]))

    def of(self, url: str) -> Outlet:
        """Who publishes at this address: the longest known domain suffix, else the site as an outlet."""
        page = canonical(RawUrl(url))
        host = host_of(page)
        path = page.split("://", 1)[-1].partition("/")[2].partition("?")[0]
        labels = host.split(".")
        for start in range(len(labels)):
            for prefix, outlet in self._by_host.get(".".join(labels[start:]), ()):
                if not prefix or f"/{path}/".startswith(f"{prefix}/"):
                    return outlet
        return self.get(OutletId(host if is_aggregator(page) else site_of_host(host)))

    def get(self, outlet: OutletId) -> Outlet:
        """The outlet of this id; an id that nobody configured is a site and names itself."""
        known = self._by_id.get(outlet)
        return known or Outlet(id=outlet, name=outlet or "unknown", domains=(outlet,) if outlet else ())

    def knows(self, outlet: OutletId) -> bool:
        """Whether somebody configured this id."""
        return outlet in self._by_id

    def named(self, name: str) -> Outlet | None:
        """The configured outlet of this name, written in any case."""
        return self._by_name.get(_bare(name))

    def family(self, outlet: OutletId) -> str:
        """Whose voice it is: outlets of one owner share it. An outlet without a family is its own."""
        return self.get(outlet).family or outlet


def _bare(name: str) -> str:
    return re.sub(r"\W+", "", name).casefold().removeprefix("the")


def fingerprint(text: str) -> str:
    """32 hex digits of the text, the same whatever its case, space and punctuation."""
    words = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=16).hexdigest()


def hashed(address: str) -> str:
    """128 bits of an address, which may be too long for an index, in hex."""
    return hashlib.sha256(address.encode(errors="surrogatepass")).hexdigest()[:32]


def turn(one: Article) -> tuple[datetime, str]:
    """When an article is placed: by time, and of one moment by what its address hashes to.

    Not by id, the order of reading: that is another one each time that several workers read. The store gives
    unplaced articles in this order.
    """
    return one.published_at, hashed(one.url)


def article(
    stored: StoredEntry, feed: Feed, reading: Reading, outlets: Outlets, *, now: datetime, rules: Rules
) -> Article | Code:
    """The article, or the code of why there is none: wall, not_found, no_text, no_link, language, too_old.

    Published: the entry's date, else the page's, else when it was seen; never later than now. An address that
    led to its site's front page is gone (not_found): the front page's text is not the article's, and all that
    led there would be one article.
    """
    if reading.wall is not None:
        return reading.wall
    own = canonical(stored.entry.url)
    url = canonical(reading.canonical) if reading.canonical else own
    if is_front(url) and not is_front(own):
        if reading.source == "page":
            return Code.NOT_FOUND
        url = own
    if not host_of(url):
        return Code.NO_LINK
    text = reading.text.strip()
    if not text:
        return Code.NO_TEXT
    language = reading.language or stored.entry.language[:2].lower() or feed.language
    if language not in rules.languages:
        return Code.LANGUAGE
    published = _published(stored, reading, now, rules)
    if now - published > rules.max_entry_age:
        return Code.TOO_OLD
    title, outlet = _credited(url, stored.entry.title or reading.title, feed, reading, outlets)
    return Article(
        url=url,
        outlet=outlet.id,
        feed=feed.id,
        title=title or text.split("\n", 1)[0][:120],
        text=text,
        language=language,
        published_at=published,
        seen_at=stored.seen_at,
        fingerprint=fingerprint(text),
        agency=reading.agency,
        captions=reading.captions,
        full=reading.source == "page",
    )


def _published(stored: StoredEntry, reading: Reading, now: datetime, rules: Rules) -> datetime:
    """A date far in the future is a mistake and counts as none; one that is slightly so means now."""
    for claimed in (stored.entry.published_at, reading.published_at):
        if claimed is not None and claimed <= now + rules.future_tolerance:
            return min(claimed, now)
    return min(stored.seen_at, now)


def _credited(url: str, title: str, feed: Feed, reading: Reading, outlets: Outlets) -> tuple[str, Outlet]:
    """Title and outlet. An aggregator's link does not tell the outlet, but its titles end in " - Outlet"."""
    title = " ".join(title.split())
    outlet = outlets.of(url)
    if not is_aggregator(url):
        return _without(outlet.name, title), outlet
    tail = _NAME_TAIL.match(title)
    named = outlets.named(tail["name"]) if tail else outlets.named(reading.site_name)
    if tail:
        title = tail["title"]
    if named is not None:
        return title, named
    return title, outlets.get(feed.outlet) if feed.outlet else outlet


def _without(name: str, title: str) -> str:
    """The title without the outlet's own name behind it."""
    tail = _NAME_TAIL.match(title)
    return tail["title"] if tail and _bare(tail["name"]) == _bare(name) else title
