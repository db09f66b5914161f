"""Declarations, feeds, entries, the poll log."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, func, literal_column, or_, select, update

from bot.adapters.store import rows
from bot.adapters.store.link import Link, chunks
from bot.adapters.store.schema import Words, articles, declared, entries, feeds, hashed, polls
from bot.errors import Code
from bot.types import (
    ArticleId,
    Coverage,
    Declared,
    Entry,
    EntryId,
    Feed,
    FeedId,
    FeedStatus,
    NewEntry,
    OutletId,
    PollRecord,
    RawUrl,
    StoredEntry,
    TopicSlug,
)

_DECLARED_COLUMNS = ("title", "outlet", "language", "topics", "interval", "full_text")
_LEARNT_COLUMNS = (
    "url",
    "etag",
    "last_modified",
    "next_poll_at",
    "last_success_at",
    "newest_entry_at",
    "failures",
    "failing_since",
    "last_code",
    "had_entries",
    "polls",
)
_TROUBLE_COLUMNS = ("next_poll_at", "failures", "failing_since", "last_code")
_FEEDS = feeds  # where an argument takes the name
_OFF: ColumnElement[str] = literal_column(f"'{FeedStatus.OFF}'")
_THESE = and_(
    entries.c.feed_id == bindparam("of_feed"), entries.c.guid_hash.in_(bindparam("of_guids", expanding=True))
)
# Built once: to build and to compare them for every feed of a poll took longer than to run them.
_KNOWN = select(entries.c.guid_hash, entries.c.fingerprint, entries.c.listed_on).where(_THESE)
_LISTED = update(entries).where(_THESE).values(listed_on=bindparam("today"))
_FEEDS_AT_ONCE, _ENTRIES_AT_ONCE = 250, 200
"""Rows that are made into feeds, and entries into rows, before the loop gets its turn: 10 ms each."""
_WAITING = entries.c.state == literal_column("'waiting'")
_MOST_READINGS = 3
"""Times that one entry is read, however often its words change: some feeds count comments in them."""
_MOST_REREADS = 8
"""Of one that was read into an article: sources correct themselves more than once."""


class FeedRows(Link):
    """See :class:`bot.ports.FeedRows`."""

    async def declared(self, kind: str | None = None) -> tuple[Declared, ...]:
        """All declarations (of this kind), ordered by kind and id."""
        query = select(declared).order_by(declared.c.kind, declared.c.id)
        if kind is not None:
            query = query.where(declared.c.kind == kind)
        return tuple(_declared(row) for row in await self._all(query))

    async def declare(self, items: Sequence[Declared]) -> None:
        """Insert or replace declarations by (kind, id)."""
        statement = self._insert(declared)
        columns = ("body", "file_hash", "edited", "is_on", "conflict", "conflict_hash")
        statement = statement.on_conflict_do_update(
            index_elements=["kind", "id"], set_={name: statement.excluded[name] for name in columns}
        )
        await self._many(
            statement,
            [
                {
                    "kind": item.kind,
                    "id": item.id,
                    "body": dict(item.body),
                    "file_hash": item.file_hash,
                    "edited": item.edited,
                    "is_on": item.on,
                    "conflict": None if item.conflict is None else dict(item.conflict),
                    "conflict_hash": item.conflict_hash,
                }
                for item in items
            ],
        )

    async def feeds(self) -> tuple[Feed, ...]:
        """All feeds, whatever their status, by id."""
        return tuple(_feed(row) for row in await self._all(select(feeds).order_by(feeds.c.id)))

    async def put_feeds(self, feeds: Sequence[Feed]) -> None:
        """Insert, or update the declared columns only; what polling learnt is kept unless the url changed.

        "Changed" means: neither the address last declared nor the one that a permanent redirect led to, so
        that importing the same file again does not undo a move. Status OFF switches off; ACTIVE wakes one
        that is OFF, but a DEAD one stays dead until its address changes (or it is switched off and on). One
        that wakes is asked at once and has its failures behind it: else the next would be its last.
        """
        statement = self._insert(_FEEDS)
        new = statement.excluded
        same = or_(new.declared_url == _FEEDS.c.declared_url, new.declared_url == _FEEDS.c.url)
        changes: dict[str, Any] = {name: new[name] for name in _DECLARED_COLUMNS}
        changes |= {name: case((same, _FEEDS.c[name]), else_=new[name]) for name in _LEARNT_COLUMNS}
        woken = and_(_FEEDS.c.status == _OFF, new.status != _OFF)
        for name in _TROUBLE_COLUMNS:
            changes[name] = case((and_(same, ~woken), _FEEDS.c[name]), else_=new[name])
        changes["declared_url"] = new.declared_url
        kept = and_(same, new.status != _OFF, _FEEDS.c.status != _OFF)
        changes["status"] = case((kept, _FEEDS.c.status), else_=new.status)
        statement = statement.on_conflict_do_update(index_elements=["id"], set_=changes)
        await self._many(statement, [_feed_values(feed) | {"declared_url": feed.url} for feed in feeds])

    async def due_feeds(self, now: datetime, limit: int, among: Collection[str] = ()) -> tuple[Feed, ...]:
        """Active feeds whose next poll has come (or that never were polled), longest due first."""
        query = (
            select(feeds.c.id)
            .where(feeds.c.status == FeedStatus.ACTIVE.value)
            .where(or_(feeds.c.next_poll_at.is_(None), feeds.c.next_poll_at <= now))
            .order_by(feeds.c.next_poll_at.asc().nulls_first(), feeds.c.id)
            .limit(limit)
        )
        if among:
            query = query.where(feeds.c.id.in_(sorted(among)))
        due = [row.id for row in await self._all(query)]
        # In parts: making 5,000 feeds of their rows in one go kept the loop for a fifth of a second.
        found: dict[str, Feed] = {}
        for part in chunks(due, _FEEDS_AT_ONCE):
            for row in await self._all(select(feeds).where(feeds.c.id.in_(part))):
                found[row.id] = _feed(row)
        return tuple(found[key] for key in due if key in found)

    async def known_entries(self, feed: FeedId, guids: Sequence[str]) -> Mapping[str, str]:
        """Guid -> fingerprint of those that the store has.

        Also remembers, once a day, that the feed still lists them: retention must not forget an entry that
        would come back as new.
        """
        wanted = {hashed(guid): guid for guid in guids}
        today = self._clock.now().date().isoformat()
        known: dict[str, str] = {}
        for part in chunks(list(wanted)):
            these = {"of_feed": feed, "of_guids": part}
            found = (await self._run(_KNOWN, these)).all()
            known |= {wanted[row.guid_hash]: row.fingerprint for row in found}
            if any(row.listed_on < today for row in found):
                await self._run(_LISTED, these | {"today": today})
        return known

    async def record_polls(self, records: Sequence[PollRecord]) -> None:
        """Write feeds' new state, new and changed entries, and a line of the poll log, for the batch."""
        # In the order of ids: two workers that update the same feeds must not wait for each other in a ring.
        records = sorted(records, key=lambda record: record.feed.id)
        # Only what polling learns: a feed that was switched off or renamed meanwhile stays so, and one that
        # got another address while the old one was asked has learnt nothing.
        asked = bindparam("asked", type_=Words)
        learnt = update(feeds).where(
            feeds.c.id == bindparam("of_feed"), or_(asked == "", feeds.c.url == asked)
        )
        learnt = learnt.values(
            status=case((feeds.c.status == _OFF, feeds.c.status), else_=bindparam("new_status", type_=Words)),
            title=case((feeds.c.title != "", feeds.c.title), else_=bindparam("new_title", type_=Words)),
        )
        await self._many(
            learnt,
            [
                {name: getattr(item.feed, name) for name in _LEARNT_COLUMNS}
                | {"of_feed": item.feed.id, "new_status": item.feed.status, "new_title": item.feed.title}
                | {"asked": item.asked}
                for item in records
            ],
        )
        statement = self._insert(entries).on_conflict_do_nothing(index_elements=["feed_id", "guid_hash"])
        found = [(record, new) for record in records for new in record.new]
        for part in chunks(found, _ENTRIES_AT_ONCE):
            await self._many(statement, [_new_entry(record, new) for record, new in part])
        await self._record_changed(records)
        await self._many(
            self._insert(polls),
            [
                {
                    "feed_id": record.feed.id,
                    "polled_at": record.polled_at,
                    "code": record.code,
                    "new": len(record.new),
                    "changed": len(record.changed),
                    "milliseconds": record.milliseconds,
                    "bytes": record.bytes,
                }
                for record in records
            ],
        )

    async def _record_changed(self, records: Sequence[PollRecord]) -> None:
        """A changed entry that may be news waits again, unless it was read often enough.

        One that was read into an article is read again: its source may have corrected it. One that waits
        already keeps its turn and its count of tries.
        """
        this = and_(entries.c.feed_id == bindparam("of_feed"), entries.c.guid_hash == bindparam("of_guid"))
        missed = and_(entries.c.article_id.is_(None), or_(_WAITING, entries.c.attempts < _MOST_READINGS))
        revised = and_(entries.c.article_id.is_not(None), entries.c.rereads < _MOST_REREADS)
        unread = or_(missed, revised)
        for news in (True, False):
            changed = [
                _new_entry(record, item) for record in records for item in record.changed if item.news is news
            ]
            for values in changed:
                values["of_feed"], values["of_guid"] = values.pop("feed_id"), values.pop("guid_hash")
                for name in ("seen_at", "guid") if news else ("seen_at", "guid", "state", "code"):
                    del values[name]
            if news:
                again = update(entries).where(this, unread)
                again = again.values(
                    retry_at=case((_WAITING, entries.c.retry_at), else_=None),
                    rereads=case((revised, entries.c.rereads + 1), else_=entries.c.rereads),
                    attempts=case((revised, 0), else_=entries.c.attempts),
                )
                await self._many(again, changed)
                for row in changed:
                    for name in ("state", "code", "summary_html", "content_html"):
                        del row[name]
                await self._many(update(entries).where(this, ~unread), changed)
            else:
                for row in changed:
                    del row["summary_html"], row["content_html"]
                await self._many(update(entries).where(this), changed)

    async def unread_entries(
        self, now: datetime, limit: int, among: Collection[str] = ()
    ) -> tuple[StoredEntry, ...]:
        """Entries that may be news and wait to be read (retry time passed), oldest first."""
        query = (
            select(entries)
            .where(_WAITING, or_(entries.c.retry_at.is_(None), entries.c.retry_at <= now))
            .order_by(entries.c.seen_at, entries.c.id)
            .limit(limit)
        )
        if among:
            query = query.where(entries.c.feed_id.in_(sorted(among)))
        return tuple(_stored_entry(row) for row in await self._all(query))

    async def unread_feeds(self, now: datetime) -> frozenset[FeedId]:
        """The feeds that have such entries."""
        query = (
            select(entries.c.feed_id)
            .where(_WAITING, or_(entries.c.retry_at.is_(None), entries.c.retry_at <= now))
            .distinct()
        )
        return frozenset(FeedId(row.feed_id) for row in await self._all(query))

    async def record_read(
        self, entry: EntryId, *, article: ArticleId | None, code: Code | None, retry_at: datetime | None
    ) -> None:
        """An entry was read into an article, dropped with a code, or is to be tried again.

        Once it waits no more, its HTML is emptied: the article has the text, and only the guid is needed.
        """
        values: dict[str, Any] = {"code": code, "attempts": entries.c.attempts + 1, "retry_at": retry_at}
        if article is not None or retry_at is None:
            values |= {"state": "dropped" if article is None else "read"}
            values |= {} if article is None else {"article_id": article}  # a second reading may fail
            values |= {"summary_html": "", "content_html": "", "retry_at": None}
        await self._run(update(entries).where(entries.c.id == entry).values(**values))

    async def coverage(self, since: datetime, topics: Sequence[TopicSlug]) -> Coverage:
        """How the feeds did: fine means read at least once and not failing; articles counts those seen since.

        Feeds that a person switched off do not count; one that was not asked yet is neither fine nor failing.
        With topics, only feeds that are about one of them or about nothing in particular count, and articles
        of these feeds; without, all.
        """
        wanted = frozenset(topics)
        counted = [
            feed
            for feed in await self.feeds()
            if feed.status is not FeedStatus.OFF
            and (not wanted or not feed.topics or wanted.intersection(feed.topics))
        ]
        failing = [feed for feed in counted if feed.failures or feed.status is FeedStatus.DEAD]
        read_once = [feed for feed in counted if feed.last_success_at is not None]
        fine = [feed for feed in read_once if not feed.failures and feed.status is not FeedStatus.DEAD]
        failing.sort(key=lambda feed: (feed.failing_since or since, -feed.failures, feed.id))
        read = await self._all(
            select(articles.c.feed_id, func.count().label("n"))
            .where(articles.c.seen_at >= since)
            .group_by(articles.c.feed_id)
        )
        ids = {feed.id for feed in counted}
        return Coverage(
            feeds=len(counted),
            feeds_fine=len(fine),
            newest_at=max((feed.newest_entry_at for feed in counted if feed.newest_entry_at), default=None),
            articles=sum(row.n for row in read if not wanted or row.feed_id in ids),
            failing=tuple(feed.title or feed.id for feed in failing),
        )


def _declared(row: Row[Any]) -> Declared:
    return Declared(
        kind=row.kind,
        id=row.id,
        body=row.body,
        file_hash=row.file_hash,
        edited=row.edited,
        on=row.is_on,
        conflict=row.conflict,
        conflict_hash=row.conflict_hash,
    )


def _feed_values(feed: Feed) -> dict[str, Any]:
    values = {name: getattr(feed, name) for name in ("id", *_DECLARED_COLUMNS, *_LEARNT_COLUMNS)}
    return values | {"topics": list(feed.topics), "status": feed.status}


def _feed(row: Row[Any]) -> Feed:
    values = {name: getattr(row, name) for name in (*_DECLARED_COLUMNS, *_LEARNT_COLUMNS)}
    values |= {
        "url": RawUrl(row.url),
        "outlet": None if row.outlet is None else OutletId(row.outlet),
        "topics": tuple(TopicSlug(slug) for slug in row.topics),
        "last_code": rows.code(row.last_code),
    }
    return Feed(id=FeedId(row.id), status=FeedStatus(row.status), **values)


def _new_entry(record: PollRecord, new: NewEntry) -> dict[str, Any]:
    entry = new.entry
    return {
        "feed_id": record.feed.id,
        "guid_hash": hashed(entry.guid),
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "summary_html": entry.summary_html if new.news else "",
        "content_html": entry.content_html if new.news else "",
        "author": entry.author,
        "published_at": entry.published_at,
        "language": entry.language,
        "fingerprint": new.fingerprint,
        "seen_at": record.polled_at,
        "listed_on": record.polled_at.date().isoformat(),
        "state": "waiting" if new.news else "known",
        "code": new.code,
    }


def _stored_entry(row: Row[Any]) -> StoredEntry:
    return StoredEntry(
        id=EntryId(row.id),
        feed_id=FeedId(row.feed_id),
        entry=Entry(
            guid=row.guid,
            url=RawUrl(row.url),
            title=row.title,
            summary_html=row.summary_html,
            content_html=row.content_html,
            author=row.author,
            published_at=row.published_at,
            language=row.language,
        ),
        seen_at=row.seen_at,
        attempts=row.attempts,
    )
