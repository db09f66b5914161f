"""What is read: feeds and outlets, what a feed gave, and the articles that come of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.errors import Code
from bot.types.noun import ArticleId, CanonicalUrl, EntryId, FeedId, Noun, OutletId, RawUrl, TopicSlug


class FeedStatus(StrEnum):
    """Whether a feed is polled."""

    ACTIVE = "active"
    DEAD = "dead"  # switched off by us after long failure; reported
    OFF = "off"  # switched off by a person, or gone from the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet(Noun):
    """Who publishes. ``family`` groups outlets of one owner: they count as one voice."""

    id: OutletId
    name: str
    domains: tuple[str, ...] = ()
    family: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, "" where unknown
    state_media: bool = False
    agency: bool = False
    weight: float = 1.0  # how much its voice counts when stories are ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(Noun):
    """An outlet's feed: what was declared (first group) and what polling learnt (second)."""

    id: FeedId
    url: RawUrl
    title: str = ""
    outlet: OutletId | None = None
    language: str = ""  # ISO 639-1; "" means detect
    topics: tuple[TopicSlug, ...] = ()  # a hint: what this feed is mostly about
    interval: int = 900  # seconds between polls
    full_text: bool = True  # fetch the pages, not only the feed

    status: FeedStatus = FeedStatus.ACTIVE
    etag: str = ""
    last_modified: str = ""
    next_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    newest_entry_at: datetime | None = None
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    last_code: Code | None = None
    had_entries: bool = False  # an empty answer is an error once it ever had any
    polls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators(Noun):
    """What makes a request conditional."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Noun):
    """An answer of the web that may be used: status 200 or 304, body decoded and at most the cap."""

    url: RawUrl  # asked for
    final_url: RawUrl  # after redirects
    moved_to: RawUrl | None = None  # set when every redirect on the way was permanent (301, 308)
    status: int = 200
    body: bytes = b""
    content_type: str = ""  # as sent, with charset
    etag: str = ""
    last_modified: str = ""
    max_age: int | None = None  # seconds, from Cache-Control or Expires; None where unsaid


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Noun):
    """The publisher's claim: one item of a feed. Texts may hold HTML; nothing is trusted yet."""

    guid: str  # the address's key, else the feed's id, else a hash of the text: unique within its feed
    url: RawUrl  # "" where the feed names none
    title: str  # plain text
    summary_html: str = ""
    content_html: str = ""
    author: str = ""
    published_at: datetime | None = None  # after the date rules of domain/feeds.py
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Noun):
    """An entry that a feed lists again, to the byte as before: what tells that nothing about it is new."""

    guid: str
    other_key: str  # what else it may be stored under, "" for nothing
    fingerprint: str
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed(Noun):
    """What a feed body says: at most 500 newest entries, newest first."""

    title: str = ""
    link: str = ""
    language: str = ""
    ttl: int | None = None  # seconds, the feed's own wish
    entries: tuple[Entry, ...] = ()
    fingerprints: tuple[str, ...] = ()  # of the entries, in their order; () where nobody took them yet
    other_keys: tuple[str, ...] = ()  # likewise: what else each may be stored under, "" for nothing
    # Likewise: which item of the body each is, from 0; -1 for one that may read otherwise at another time or
    # beside other items (a date ahead, an address that several share).
    items: tuple[int, ...] = ()
    listed: tuple[Listed, ...] = ()  # entries that were not read again, in the body's order
    dropped: int = 0  # entries over the cap or without both title and address
    format: str = ""  # "rss20", "atom10", "rdf", "jsonfeed", …
    note: str = ""  # what was wrong with the body and mended


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry(Noun):
    """An entry that the store has not seen, with the decision whether it may be news."""

    entry: Entry
    fingerprint: str
    news: bool  # False: kept only so that it is known (first import, too old)
    code: Code | None = None  # why it is not news


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord(Noun):
    """All that one poll changes, written in one transaction."""

    feed: Feed  # with its new state
    asked: RawUrl = RawUrl("")  # the address that was asked; what was learnt holds for it alone
    polled_at: datetime
    code: Code | None = None
    new: tuple[NewEntry, ...] = ()
    changed: tuple[NewEntry, ...] = ()  # known guid, other fingerprint
    milliseconds: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry(Noun):
    """An entry waiting to be read."""

    id: EntryId
    feed_id: FeedId
    entry: Entry
    seen_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Noun):
    """What extraction got out of a page or of a feed's own content."""

    title: str
    text: str  # paragraphs separated by a blank line; captions, credits and boilerplate taken out
    language: str  # ISO 639-1, "" when too short to tell
    source: str  # "page" or "feed": which of the two was better
    canonical: RawUrl | None = None  # rel=canonical or og:url
    site_name: str = ""
    author: str = ""
    published_at: datetime | None = None
    captions: tuple[str, ...] = ()
    agency: str = ""  # "Reuters", "AFP", … when the text credits one
    wall: Code | None = None  # PAYWALL or CONSENT: this is no article


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Noun):
    """What we read: one per canonical address, however many feeds carry it."""

    id: ArticleId = ArticleId(0)  # 0 until stored
    url: CanonicalUrl
    outlet: OutletId
    feed: FeedId
    title: str
    text: str
    language: str
    published_at: datetime
    seen_at: datetime
    fingerprint: str  # of the normalized text
    agency: str = ""
    captions: tuple[str, ...] = ()
    reprint_of: ArticleId | None = None
    full: bool = False  # from the page, not only from the feed
