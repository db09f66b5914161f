"""Tables of what is read."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    false,
    text,
)

from bot.adapters.store.schema.columns import (
    BigId,
    Json,
    Words,
    flag,
    instant,
    metadata,
    number,
    serial,
    words,
)

declared = Table(
    "declared",
    metadata,
    words("kind", default=None),
    words("id", default=None),
    Column("body", Json, nullable=False),
    words("file_hash"),
    flag("edited"),
    flag("is_on"),
    Column("conflict", Json),
    words("conflict_hash"),
    PrimaryKeyConstraint("kind", "id", name="declared_pkey"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Words, primary_key=True),
    words("declared_url", default=None),  # as declared; ``url`` follows permanent redirects
    words("url", default=None),
    words("title"),
    Column("outlet", Words),
    words("language"),
    Column("topics", Json, nullable=False),
    number("interval"),
    flag("full_text"),
    words("status", default=None),
    words("etag"),
    words("last_modified"),
    instant("next_poll_at"),
    instant("last_success_at"),
    instant("newest_entry_at"),
    number("failures"),
    instant("failing_since"),
    Column("last_code", Words),
    flag("had_entries"),
    number("polls"),
    Index("feeds_due", "status", "next_poll_at"),
)

entries = Table(
    "entries",
    metadata,
    serial(),
    Column("feed_id", Words, ForeignKey("feeds.id"), nullable=False),
    words("guid_hash", default=None),
    words("guid", default=None),
    words("url"),
    words("title"),
    words("summary_html"),
    words("content_html"),
    words("author"),
    instant("published_at"),
    words("language"),
    words("fingerprint"),
    instant("seen_at", nullable=False),
    words("listed_on", default=None),  # ISO date of the last poll that found it in the feed
    words("state", default=None),  # waiting, read, dropped, known
    number("attempts"),
    instant("retry_at"),
    Column("code", Words),
    Column("article_id", BigId),
    number("rereads"),  # times that it was read again because its feed changed it
    UniqueConstraint("feed_id", "guid_hash", name="entries_once"),
    Index(
        "entries_waiting",
        "seen_at",
        "id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("entries_listed", "listed_on"),
    sqlite_autoincrement=True,
)

polls = Table(
    "polls",
    metadata,
    serial(),
    words("feed_id", default=None),
    instant("polled_at", nullable=False),
    Column("code", Words),
    number("new"),
    number("changed"),
    number("milliseconds"),
    number("bytes"),
    Index("polls_at", "polled_at"),
    sqlite_autoincrement=True,
)

articles = Table(
    "articles",
    metadata,
    serial(),
    words("url_hash", default=None),
    words("url", default=None),
    words("outlet", default=None),
    words("feed_id", default=None),
    words("title"),
    words("text"),
    words("language"),
    instant("published_at", nullable=False),
    instant("seen_at", nullable=False),
    words("fingerprint"),
    words("agency"),
    Column("captions", Json, nullable=False),
    Column("reprint_of", BigId),
    flag("is_full"),
    flag("placed"),
    Column("revised", Boolean, nullable=False, server_default=false()),  # and not yet looked at what was told
    Index(
        "articles_revised",
        "id",
        sqlite_where=text("revised = 1"),
        postgresql_where=text("revised"),
    ),
    UniqueConstraint("url_hash", name="articles_once"),
    Index("articles_published", "published_at", "id"),
    Index("articles_seen", "seen_at"),
    Index(
        "articles_unplaced",
        "published_at",
        "id",
        sqlite_where=text("placed = 0"),
        postgresql_where=text("NOT placed"),
    ),
    sqlite_autoincrement=True,
)
