"""A parsed body -> entries, by written rules.

**Dates.** Told in UTC; the publication date counts, the date of the last update only where there is none.

- no date, or one that cannot be read: None, and the time at which it was seen stands in for it;
- before 1995 (feeds are younger than that: 1970 is an empty field): as no date;
- ahead by up to the tolerance: now (a clock that is fast, a zone left out);
- ahead by more: as no date (a calendar entry, a year 9999): it must not sort as the newest.

**Order.** Newest first; an entry without a date keeps its place behind the one that stood before it.

**What is dropped** (and counted): an entry without both title and address, a second copy of an entry, and
what is beyond the 500 newest.
"""

from __future__ import annotations

import calendar
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from bot.domain.feeds.keys import entry_keys, fingerprint, is_alone, other_key
from bot.domain.feeds.text import clean, first_words, plain
from bot.types import Entry, Listed, ParsedFeed, RawUrl, Rules

MAX_ENTRIES = 500
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = Rules().future_tolerance
TITLE_LIMIT = 500  # characters; the longest real headlines are near 250
HTML_LIMIT = 200_000  # characters of one entry; full texts of real feeds stay under 120,000
URL_LIMIT = 4_000

# Addresses as most are: nothing of the base goes into them, and joining takes a third of reading an entry.
_WHOLE = re.compile(r"https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~%+,/-]*)?")
_UPDATES_SECONDS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """One item as its format tells it, before our rules."""

    guid: str = ""
    url: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    author: str = ""
    language: str = ""
    dates: tuple[datetime | None, ...] = ()  # publication first, update after


def from_feedparser(
    result: Mapping[str, Any],
    *,
    now: datetime,
    base: str = "",
    tolerance: timedelta = FUTURE_TOLERANCE,
    listed: Sequence[Listed | None] = (),
) -> ParsedFeed:
    """What feedparser read of an RSS, RDF or Atom body, as entries.

    Args:
        result: feedparser's result (sanitizing and resolving off).
        now: the time of the poll, UTC.
        base: the address of the feed, for relative links where the feed names no page of its own.
        tolerance: how far ahead a date may be and still mean "now".
        listed: all items of the body, None for each that the result has; () when it has all.
    """
    head = _get(result, "feed") or {}
    link = _address(_get(head, "link"), base)
    claims = [_of_feedparser(item) for item in _get(result, "entries") or ()]
    feed = ParsedFeed(
        title=plain(_get(head, "title"), limit=TITLE_LIMIT),
        link=link,
        language=_language(_get(head, "language")),
        ttl=_ttl(head),
        format=clean(_get(result, "version")),
    )
    return _assemble(feed, claims, now=now, base=link or base, tolerance=tolerance, listed=listed)


def from_json_feed(
    document: Mapping[str, Any],
    *,
    now: datetime,
    base: str = "",
    tolerance: timedelta = FUTURE_TOLERANCE,
) -> ParsedFeed:
    """A JSON Feed 1.0 or 1.1 document (jsonfeed.org) as entries. Arguments as :func:`from_feedparser`.

    Fields of a wrong type count as absent: an id may be a number, a title null.
    """
    link = _address(document.get("home_page_url"), base)
    items = document.get("items")
    claims = (
        [_of_json(item) for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
    )
    feed = ParsedFeed(
        title=plain(document.get("title"), limit=TITLE_LIMIT),
        link=link,
        language=_language(document.get("language")),
        format="jsonfeed",
    )
    return _assemble(
        feed,
        claims,
        now=now,
        base=link or _address(document.get("feed_url"), base) or base,
        tolerance=tolerance,
    )


def _get(source: Mapping[str, Any], key: str) -> Any:
    # feedparser's dictionaries answer some missing keys with others and a warning, and take their time; plain
    # look-ups do neither.
    return dict.get(source, key) if isinstance(source, dict) else source.get(key)


def _of_feedparser(item: Mapping[str, Any]) -> _Claim:
    guid = clean(_get(item, "id"))
    contents = [part for part in _get(item, "content") or () if isinstance(part, Mapping)]
    texts = [clean(_get(part, "value")) for part in contents]
    summary, content = clean(_get(item, "summary")), max(texts, key=len, default="")
    # feedparser gives the only text of an entry as both; keep it once.
    return _Claim(
        guid=guid,
        url=_link(item, guid),
        title=clean(_get(item, "title")),
        summary=summary,
        content="" if content == summary else content,
        author=plain(_get(item, "author"), limit=200),
        language=_language(next((_get(part, "language") for part in contents), None)),
        dates=tuple(
            _utc(_get(item, key)) for key in ("published_parsed", "created_parsed", "updated_parsed")
        ),
    )


def _link(item: Mapping[str, Any], guid: str) -> str:
    """The page's address: what a feed service replaced, the link, an alternate, an id that is an address."""
    links = [part for part in _get(item, "links") or () if isinstance(part, Mapping)]
    alternates = [_get(part, "href") for part in links if (_get(part, "rel") or "alternate") == "alternate"]
    named = (_get(item, "feedburner_origlink"), _get(item, "link"), *alternates)
    for candidate in (*named, guid if guid.startswith(("http://", "https://")) else ""):
        if isinstance(candidate, str) and candidate.strip():
            return candidate
    return ""


def _of_json(item: Mapping[str, Any]) -> _Claim:
    identity = item.get("id")
    guid = str(identity) if isinstance(identity, str | int | float) else ""
    authors = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    names = [plain(a.get("name")) for a in authors or () if isinstance(a, Mapping)]
    urls = [
        item.get("url"),
        guid if guid.startswith(("http://", "https://")) else "",
        item.get("external_url"),
    ]
    return _Claim(
        guid=clean(guid),
        url=next((u for u in urls if isinstance(u, str) and u.strip()), ""),
        title=clean(item.get("title")),
        summary=_paragraphs(item.get("summary")),
        content=clean(item.get("content_html")) or _paragraphs(item.get("content_text")),
        author=", ".join(name for name in names if name)[:200],
        language=_language(item.get("language")),
        dates=(_iso(item.get("date_published")), _iso(item.get("date_modified"))),
    )


def _paragraphs(text: object) -> str:
    """Plain text as HTML, so that every entry's text is read in one way."""
    parts = [part.strip() for part in clean(text).split("\n\n")]
    return "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in parts if part)


def _assemble(
    feed: ParsedFeed,
    claims: Sequence[_Claim],
    *,
    now: datetime,
    base: str,
    tolerance: timedelta,
    listed: Sequence[Listed | None] = (),
) -> ParsedFeed:
    ranked = _newest_first(_dated(claims, listed, now, tolerance))
    read = [(_entry(claim, date, base), place, claim) for place, claim, date in ranked]
    kept = [row for row in read if row[0].title or row[0].url]
    keys = entry_keys(tuple((e.guid, e.url, e.title, e.summary_html[:2000]) for e, _, _ in kept))
    unique: dict[str, tuple[Entry, int, _Claim]] = {}
    for (entry, place, claim), key in zip(kept, keys, strict=True):
        unique.setdefault(key, (_with_guid(entry, key), place, claim))
    rows = tuple(unique.values())[:MAX_ENTRIES]
    newest = tuple(entry for entry, _, _ in rows)
    others = tuple(other_key(entry) for entry in newest)
    return ParsedFeed(
        title=feed.title,
        link=feed.link,
        language=feed.language,
        ttl=feed.ttl,
        entries=newest,
        fingerprints=tuple(fingerprint(entry) for entry in newest),  # here: in a parser's process
        other_keys=others,
        items=tuple(
            place if is_alone(entry.guid, other) and _settled(claim, now) else -1
            for (entry, place, claim), other in zip(rows, others, strict=True)
        ),
        listed=tuple(item for item in listed if item is not None),
        dropped=len(claims) - len(newest),
        format=feed.format,
    )


def _settled(claim: _Claim, now: datetime) -> bool:
    """Whether its date will be the same at any later time: one that is ahead counts as now, or not at all."""
    return all(date is None or date <= now for date in claim.dates)


def _entry(claim: _Claim, published_at: datetime | None, base: str) -> Entry:
    title = plain(claim.title, limit=TITLE_LIMIT)
    if not title:
        title = first_words(plain((claim.summary or claim.content)[:4000]))
    return Entry(
        guid=claim.guid,
        url=RawUrl(_address(claim.url, base)),
        title=title,
        summary_html=claim.summary[:HTML_LIMIT],
        content_html=claim.content[:HTML_LIMIT],
        author=claim.author,
        published_at=published_at,
        language=claim.language,
    )


def _with_guid(entry: Entry, guid: str) -> Entry:
    # Not dataclasses.replace: it costs three times as much, and this runs for every entry of every poll.
    return Entry(
        guid=guid,
        url=entry.url,
        title=entry.title,
        summary_html=entry.summary_html,
        content_html=entry.content_html,
        author=entry.author,
        published_at=entry.published_at,
        language=entry.language,
    )


def _dated(
    claims: Sequence[_Claim], listed: Sequence[Listed | None], now: datetime, tolerance: timedelta
) -> Iterator[tuple[int, _Claim | None, datetime | None]]:
    """Each item of the body in its order: its place, its claim (None where it was not read), its date."""
    rest = iter(claims)
    for place, item in enumerate(listed or [None] * len(claims)):
        if item is None:
            claim = next(rest)
            yield place, claim, _published(claim.dates, now, tolerance)
        else:
            yield place, None, item.published_at


def _newest_first(
    dated: Iterable[tuple[int, _Claim | None, datetime | None]],
) -> list[tuple[int, _Claim, datetime | None]]:
    """Those that were read, by date; an undated one sorts as the one before it, and so keeps its place."""
    ranked, last = [], datetime.max.replace(tzinfo=UTC)
    for place, claim, date in dated:
        last = date or last
        if claim is not None:
            ranked.append((last, place, claim, date))
    ranked.sort(key=lambda row: row[0], reverse=True)
    return [(place, claim, date) for _, place, claim, date in ranked]


def _published(dates: Iterable[datetime | None], now: datetime, tolerance: timedelta) -> datetime | None:
    """The first date that can be believed, by the rules at the top of this file."""
    for date in dates:
        if date is not None and EARLIEST <= date <= now + tolerance:
            return min(date, now)
    return None


def _utc(parsed: Any) -> datetime | None:
    """The nine numbers of feedparser (UTC) as a datetime; None for what no calendar holds."""
    try:
        return datetime.fromtimestamp(calendar.timegm(tuple(parsed)), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _iso(text: object) -> datetime | None:
    """RFC 3339 as JSON Feed wants it; a time without a zone is taken as UTC."""
    if not isinstance(text, str):
        return None
    try:
        date = datetime.fromisoformat(text.strip())
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _address(url: object, base: str) -> str:
    """An absolute http address, relative ones joined to the base; "" for anything else."""
    text = "".join(clean(url).split()).replace("&amp;", "&")
    if not text or len(text) > URL_LIMIT:
        return ""
    if _WHOLE.fullmatch(text):
        return text
    try:
        absolute = urljoin(base, text) if base else text
        parts = urlsplit(absolute)
    except ValueError:
        return ""
    return absolute if parts.scheme.lower() in ("http", "https") and parts.netloc else ""


def _language(tag: object) -> str:
    """ISO 639-1: "zh-Hans-CN" gives "zh"; "" for what is no such code."""
    primary = re.split(r"[-_]", clean(tag).lower())[0]
    return primary if re.fullmatch("[a-z]{2}", primary) else ""


def _ttl(head: Mapping[str, Any]) -> int | None:
    """The feed's wish in seconds: RSS ``ttl`` (minutes), else "sy" period and frequency."""
    try:
        if ttl := clean(_get(head, "ttl")):
            return max(0, min(int(float(ttl) * 60), 31536000))
        period = _UPDATES_SECONDS.get(clean(_get(head, "sy_updateperiod")).lower())
        frequency = int(clean(_get(head, "sy_updatefrequency")) or 1)
        return period // max(1, frequency) if period else None
    except (ValueError, OverflowError):
        return None
