"""A feed's body taken apart at its items, so that those of the last body need not be parsed again.

Most of what a changed feed brings was there an hour before, and feedparser takes a third of a millisecond
for each item. So an item is known by a hash of its text: :func:`taken_apart` finds the items, :class:`Memory`
says which were read before and what of them matters, and feedparser gets the body without these
(``bodies.py``).

That may change no decision. It rests on this:

- A body is taken apart only where its items are found beyond doubt: a scan that knows CDATA, comments and
  processing instructions finds ``<item>`` or ``<entry>``, none within another, and nothing but white space
  between them.
- What stands around the items must be the same text as before (the dates of the feed itself and comments
  aside): it declares namespaces, base and language, and feedparser reads the items in the state it leaves.
- Items are remembered only of a body that was well-formed and mended nowhere, and in which each was plain
  (:func:`_is_plain`): then feedparser reads one item whatever stands in the others. It does not with markup
  that is not escaped (it takes the end of a ``<title>`` within an article for the end of the item's own),
  nor with an ``xml:base``, nor with namespaces: those that an item declares hold for all that follow.
- An item whose reading depends on other items (an address that several share, a second copy) or on the time
  (a date ahead) is not remembered: see ``ParsedFeed.items``.

In any other case the whole body is parsed, as if there were no memory. A miss costs time and nothing else.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise

from bot.types import Listed, ParsedFeed

MOST_ITEMS = 500
"""A body with more is parsed whole: entries beyond that number are not kept, and which these are, all items
decide (``bot.domain.feeds.MAX_ENTRIES``)."""
MOST_AROUND = 64 * 1024
"""Characters that may stand around the items; channels have one or two thousand."""

# What the scan stops at. A declaration ("<!DOCTYPE") is no part of it: it may give entities to the items.
_STOP = re.compile(r"<(?:(!\[CDATA\[)|(!--)|(\?)|(![A-Za-z])|(/?)(item|entry)(?=[\s/>]))")
_CDATA = re.compile(r"<!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+\]\]>")
_TAG = re.compile(r"<(/?)([^\s/<>!?]++)([^<>]*+)>")
_BASE = re.compile(r"base\s*=")  # one pattern for it and "xmlns" took 3 ms a body, ten times as long as both
_STRUCTURE = frozenset({"author", "contributor", "media:group", "media:content"})
"""Elements of an item whose children are elements, none of which feedparser takes for markup of a text."""
# What may change around the items: the feed's own dates and comments. CDATA is stepped over, and stays. (Each
# has an end, or the body were not taken apart: nothing is looked for to the end of the text again and again.)
_CHANGING = re.compile(
    r"(<!\[CDATA\[.*?\]\]>|<\?.*?\?>)|<!--.*?-->|"
    r"(<(lastBuildDate|pubDate|updated|modified|dc:date|atom:updated)>)[^<]*+(?=</\3>)",
    re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A body at its items: what stands before them, each of them, what stands after."""

    where: str  # the feed's address: links are joined to it
    head: str
    items: tuple[str, ...]
    tail: str

    @cached_property
    def hashes(self) -> tuple[bytes, ...]:
        """One of each item's text, 16 bytes."""
        return tuple(_hash(item) for item in self.items)

    @cached_property
    def frame(self) -> bytes:
        """A hash of what stands around the items, without what may change."""
        around = (_CHANGING.sub(r"\1\2", part) for part in (self.head, self.tail))
        return _hash("\0".join((self.where, *around)))

    def without(self, listed: Sequence[Listed | None]) -> str:
        """The body without the items that are listed."""
        left = (item for item, known in zip(self.items, listed, strict=True) if known is None)
        return "".join((self.head, *left, self.tail))


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def taken_apart(text: str, where: str) -> Apart | None:
    """The body at its items, None where they are not found beyond doubt, or are none or too many."""
    bounds = _bounds(text)
    if not bounds or len(bounds) > MOST_ITEMS:
        return None
    head, tail = text[: bounds[0][0]], text[bounds[-1][1] :]
    if len(head) + len(tail) > MOST_AROUND:
        return None
    if any(text[end:start].strip() for (_, end), (start, _) in pairwise(bounds)):
        return None
    return Apart(where=where, head=head, items=tuple(text[start:end] for start, end in bounds), tail=tail)


def _bounds(text: str) -> list[tuple[int, int]] | None:
    """Where each item begins and ends. None for a body with a declaration, a torn part, nested items."""
    found: list[tuple[int, int]] = []
    opened, start, position = "", 0, 0
    while stop := _STOP.search(text, position):
        cdata, comment, instruction, declaration, closing, name = stop.groups()
        if name is None:
            end = "]]>" if cdata else "-->" if comment else "?>" if instruction else ""
            past = -1 if declaration else text.find(end, stop.end())
            if past < 0:
                return None
            position = past + len(end)
        elif closing:
            position = stop.end() + 1
            if name != opened or text[stop.end()] != ">":
                return None
            found.append((start, position))
            opened = ""
        else:
            if opened or text[stop.end()] == "/" or len(found) > MOST_ITEMS:
                return None
            opened, start, position = name, stop.start(), stop.end()
    return None if opened else found


def _is_plain(item: str) -> bool:
    """Whether an item is elements of text and no more, so that it leaves nothing behind in feedparser."""
    if "xmlns" in item or _BASE.search(item):
        return False
    text = _CDATA.sub("", item)
    inside: list[str] = []
    tags = _TAG.findall(text)
    for closing, name, rest in tags:
        if closing:
            if not inside or inside.pop() != name:
                return False
        elif len(inside) > 1 and inside[-1] not in _STRUCTURE:
            return False
        elif not rest.endswith("/"):
            inside.append(name)
    return not inside and len(tags) == text.count("<")


_Mark = tuple[str, str, str, float | None]
"""Of an entry: its guid, its other key, its fingerprint, when it was published (seconds)."""


class Memory:
    """What is remembered of a feed's last body: what stood around its items, and what matters of each.

    ``saved`` is what :meth:`after` gave, b"" for nothing; some 200 bytes an item.
    """

    def __init__(self, saved: bytes = b"") -> None:
        self._frame: bytes = b""
        self._items: Mapping[bytes, _Mark] = {}
        if saved:
            self._frame, self._items = pickle.loads(saved)  # noqa: S301 - of our own making

    def of(self, body: Apart, now: datetime) -> tuple[Listed | None, ...]:
        """For each item what is known of it, None for what must be read; () when the whole body must be."""
        if not self._items or body.frame != self._frame or len(set(body.hashes)) < len(body.hashes):
            return ()
        listed = tuple(_listed(self._items.get(one), now) for one in body.hashes)
        new = (item for item, known in zip(body.items, listed, strict=True) if known is None)
        return listed if any(listed) and all(_is_plain(item) for item in new) else ()

    def after(self, body: Apart, listed: Sequence[Listed | None], parsed: ParsedFeed) -> bytes:
        """What to remember of this body, of which those listed were not parsed; b"" for nothing.

        The caller has seen that it was well-formed and that ``parsed`` has an item for each that was parsed.
        """
        if not listed and not all(_is_plain(item) for item in body.items):
            return b""
        rows = zip(parsed.items, parsed.entries, parsed.other_keys, parsed.fingerprints, strict=True)
        items: dict[bytes, _Mark] = {}
        for place, entry, other, mark in rows:
            if place >= 0:
                date = None if entry.published_at is None else entry.published_at.timestamp()
                items[body.hashes[place]] = (entry.guid, other, mark, date)
        again = zip(body.hashes, listed or (None,) * len(body.items), strict=True)
        items |= {one: self._items[one] for one, known in again if known}
        return pickle.dumps((body.frame, items), protocol=pickle.HIGHEST_PROTOCOL) if items else b""


def _listed(found: _Mark | None, now: datetime) -> Listed | None:
    if found is None:
        return None
    guid, other, mark, date = found
    at = None if date is None else datetime.fromtimestamp(date, UTC)
    if at is not None and at > now:  # the clock went back
        return None
    return Listed(guid=guid, other_key=other, fingerprint=mark, published_at=at)


def clashes(parsed: ParsedFeed) -> bool:
    """Whether an entry that was read has a key of one that was not: each decides how the other is known."""
    taken = {item.guid for item in parsed.listed}
    return any(
        entry.guid in taken or other in taken
        for entry, other in zip(parsed.entries, parsed.other_keys, strict=True)
    )
