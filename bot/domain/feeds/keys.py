"""Which entries are the same one.

Feeds change their ids (a new content system), turn http into https, rewrite dates and shuffle the order. So
an entry is known by its address first, and by the publisher's id only where there is no address. The price:
an address that was edited after publication makes a second entry; its article is then found to be a
reprint.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from bot.domain.feeds.text import clean, plain
from bot.types import Entry, Listed, ParsedFeed

# Where a reader came from, never which page it is. This list is part of stored keys: taking a name out, or
# putting one in, makes entries new again, so it is apart from the list that canonical addresses use.
_TRACKING = re.compile(
    r"(?:utm_|at_|mc_|ns_|pk_|hsa_|mtm_).*|fbclid|gclid|dclid|msclkid|yclid|igshid|ocid|cmpid?|ncid|sr_share|"
    r"wt\.mc|ref|ref_src|rss|feed|ftag|smid|partner|xtor|traffic_source|maca|__twitter_impression",
    re.IGNORECASE,
)
# An address as most are: no query, port or escape that the rules below would change. To take it apart takes
# ten times as long, and that is done for every entry of every changed feed.
_PLAIN = re.compile(r"https?://(?:www\.)?+([a-z0-9][a-z0-9.-]*)((?:/[A-Za-z0-9._~+,-]*)*)")
_PUNCTUATION = re.compile(r"[^\w ]+")
_ASCII_PUNCTUATION = {code: " " for code in range(128) if _PUNCTUATION.match(chr(code))}
_KEY_LIMIT = 300
"""Characters; a longer key is hashed, because an index row must not exceed 2,700 bytes (PostgreSQL btree)."""

MARKS = 100_000
"""Fingerprints that a process remembers by a hash of the raw entry: some 25 MB. A feed that brings four new
entries brings sixteen that were read at its last poll, and to make a fingerprint costs ten times the hash."""
_marks: dict[bytes, str] = {}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def address_key(url: str) -> str:
    """The address without what changes while the page stays: scheme, "www.", fragment, tracking, last slash.

    "" for what is no http address. Query parameters are kept in sorted order: "?p=123" names a page.
    """
    if found := _PLAIN.fullmatch(url):
        return found[1] + found[2].rstrip("/")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host:
        return ""
    query = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name)
    )
    place = host.removeprefix("www.") + (f":{port}" if port not in (None, 80, 443) else "")
    path = unquote(parts.path, errors="replace").rstrip("/")
    return place + path + (f"?{urlencode(query)}" if query else "")


def key_of(kind: str, value: str) -> str:
    """A key as it is stored: ``url:example.org/a``; its value hashed where it is long."""
    value = clean(value)
    return f"{kind}:{value}" if len(value) <= _KEY_LIMIT else f"{kind}:#{_digest(value)}"


def shared_key(address: str, title: str) -> str:
    """The key of an entry whose address key several entries of its feed have (a live page, a home page)."""
    return key_of("url", f"{address}|{_digest(plain(title).casefold())[:12]}")


def entry_keys(entries: tuple[tuple[str, str, str, str], ...]) -> tuple[str, ...]:
    """The guid for each (publisher's id, address, title, summary) of one feed, in the same order.

    The address where there is one; with the title (or title and text) where several entries share it; else
    the publisher's id; else the beginning of the text. Two exact copies get one guid.
    """
    said: dict[str, set[tuple[str, str]]] = {}
    addresses = [address_key(url) for _, url, _, _ in entries]
    for address, (_, _, title, summary) in zip(addresses, entries, strict=True):
        said.setdefault(address, set()).add((title.casefold(), summary))
    keys = []
    for address, (guid, _, title, summary) in zip(addresses, entries, strict=True):
        if address and len(said[address]) == 1:
            keys.append(key_of("url", address))
        elif (
            address
        ):  # the text counts only where the title does not tell them apart (comments by one person)
            alike = sum(other == title.casefold() for other, _ in said[address]) > 1
            keys.append(shared_key(address, f"{title} {summary}" if alike else title))
        elif guid:
            keys.append(key_of("id", guid))
        else:
            keys.append("text:" + _digest(plain(title + " " + summary)[:500].casefold()))
    return tuple(keys)


def fingerprint(entry: Entry) -> str:
    """A hash of what the entry says: title and the first 2,000 characters of its text as plain words.

    Addresses, dates and markup are left out: they change without any news.
    """
    # Tags and entities cost time in proportion to the text, so only a stretch of it is looked at.
    said = (entry.content_html or entry.summary_html)[:8000]
    raw = hashlib.blake2b(f"{entry.title}\0{said}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
    found = _marks.get(raw)
    if found is None:
        while len(_marks) >= MARKS:
            del _marks[next(iter(_marks))]
        found = _marks[raw] = _mark(entry.title, said)
    return found


def _mark(title: str, said: str) -> str:
    body = plain(said)[:2000]
    words = f"{title} {body}".replace("https://", " ").replace("http://", " ")
    # For every entry of every changed feed, so it must be quick. Spaces are left to split(): a pattern that
    # takes them too matches at every word, in twice the time. The table does the same to ASCII in a tenth.
    words = words.translate(_ASCII_PUNCTUATION) if words.isascii() else _PUNCTUATION.sub(" ", words)
    return _digest(" ".join(words.split()).casefold())


def other_key(entry: Entry) -> str:
    """The key beside its guid under which the store may know this entry, "" for none."""
    address = address_key(entry.url)
    if not address:
        return ""
    plain_key = key_of("url", address)
    return shared_key(address, entry.title) if entry.guid == plain_key else plain_key


def is_alone(guid: str, other: str) -> bool:
    """Whether no other entry of its feed has the address of this one (or it has none), by its two keys.

    False, too, where the keys are hashed and do not show it.
    """
    return not other or other.startswith(f"{guid}|")


def lookup_keys(parsed: ParsedFeed) -> tuple[str, ...]:
    """Every key under which the store may know one of these entries; what ``polled`` needs as ``known``."""
    guids = (entry.guid for entry in parsed.entries)
    pairs = zip(guids, other_keys(parsed), strict=True)
    listed = ((item.guid, item.other_key) for item in parsed.listed)
    return tuple(dict.fromkeys(key for both in chain(pairs, listed) for key in both if key))


def all_known(listed: Iterable[Listed], known: Mapping[str, str]) -> bool:
    """Whether the store knows these entries, and as they are: then there is nothing to decide about them.

    It may not: it was restored, or has forgotten them, or another process read the feed. The same answer as
    that of :func:`known_as` and a comparison of fingerprints, for entries without their texts.
    """
    return all(
        known.get(item.guid if item.guid in known else item.other_key) == item.fingerprint for item in listed
    )


def other_keys(parsed: ParsedFeed) -> tuple[str, ...]:
    """:func:`other_key` of each entry, in their order; taken now where they did not come with them."""
    return parsed.other_keys or tuple(other_key(entry) for entry in parsed.entries)


def known_as(entry: Entry, other: str, mark: str, known: Mapping[str, str]) -> Entry | None:
    """The entry under the guid that the store knows it by, or None when it is new.

    ``other`` is its :func:`other_key`, ``mark`` its fingerprint. An entry that shares its address now and had
    it alone before (or the other way round) is found by its other key; under a bare address only with the
    same fingerprint, for the entry that the store has may be another of those that share it.
    """
    if entry.guid in known:
        return entry
    if other in known and ("|" in other or known[other] == mark):
        return replace(entry, guid=other)
    return None
