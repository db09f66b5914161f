r"""The tables, once for both databases; ``migrations/`` builds the same and a test compares them.

Conventions:

- Instants are UTC: ``timestamptz`` in PostgreSQL, fixed-width ISO text in SQLite, which sorts as it should.
- Nested nouns are JSON in text columns (``rows.py``): nothing queries inside them, ``jsonb`` would refuse
  ``\u0000`` and forget the order of keys, and both databases then do the same.
- Text from strangers may hold NUL and lone surrogates, which PostgreSQL (both) and SQLite (the second)
  refuse: :class:`Words` takes them out on the way in.
- Long keys (guid, address) are unique by hash: a PostgreSQL index row ends at 2,704 bytes.
- Conditions of partial indexes are rendered as literals in the queries too: with a bound parameter neither
  database can tell that the index applies.
- ``AUTOINCREMENT`` in SQLite: without it the id of a deleted newest row would be given again.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.types import DeliveryState


def clean(value: str) -> str:
    """The text without NUL, lone surrogates replaced by "?": what both databases can store."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode(errors="replace").decode()
    return value


def hashed(key: str) -> str:
    """128 bits of a key that may be too long for an index, in hex."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:32]


class Words(TypeDecorator[str]):
    """Text, cleaned on the way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it can be stored."""
        del dialect
        return None if value is None else clean(value)


class Json(TypeDecorator[Any]):
    """A JSON-able value as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Compact JSON; None stays NULL."""
        del dialect
        if value is None:
            return None
        return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value again."""
        del dialect
        return None if value is None else json.loads(value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, to the microsecond."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """``timestamptz`` where there is one."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Fixed width, so that text sorts as time does."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime must not reach the store: {value!r}")
        if dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        del dialect
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        found: datetime = value
        return found.astimezone(UTC)


# SQLite's row id must be spelled INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")
metadata = MetaData()


def _serial() -> Column[int]:
    return Column("id", BigId, primary_key=True, autoincrement=True)


def _words(name: str, *, default: str | None = "") -> Column[str]:
    return Column(name, Words, nullable=False, server_default=default)


def _number(name: str) -> Column[int]:
    return Column(name, BigId, nullable=False, server_default=text("0"))


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _instant(name: str, *, nullable: bool = True) -> Column[datetime]:
    return Column(name, Instant, nullable=nullable)


# ---------------------------------------------------------------------------------------------- collecting

declared = Table(
    "declared",
    metadata,
    _words("kind", default=None),
    _words("id", default=None),
    Column("body", Json, nullable=False),
    _words("file_hash"),
    _flag("edited"),
    _flag("is_on"),
    Column("conflict", Json),
    _words("conflict_hash"),
    PrimaryKeyConstraint("kind", "id", name="declared_pkey"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Words, primary_key=True),
    _words("declared_url", default=None),  # as declared; ``url`` follows permanent redirects
    _words("url", default=None),
    _words("title"),
    Column("outlet", Words),
    _words("language"),
    Column("topics", Json, nullable=False),
    _number("interval"),
    _flag("full_text"),
    _words("status", default=None),
    _words("etag"),
    _words("last_modified"),
    _instant("next_poll_at"),
    _instant("last_success_at"),
    _instant("newest_entry_at"),
    _number("failures"),
    _instant("failing_since"),
    Column("last_code", Words),
    _flag("had_entries"),
    _number("polls"),
    Index("feeds_due", "status", "next_poll_at"),
)

entries = Table(
    "entries",
    metadata,
    _serial(),
    Column("feed_id", Words, ForeignKey("feeds.id"), nullable=False),
    _words("guid_hash", default=None),
    _words("guid", default=None),
    _words("url"),
    _words("title"),
    _words("summary_html"),
    _words("content_html"),
    _words("author"),
    _instant("published_at"),
    _words("language"),
    _words("fingerprint"),
    _instant("seen_at", nullable=False),
    _words("listed_on", default=None),  # ISO date of the last poll that found it in the feed
    _words("state", default=None),  # waiting, read, dropped, known
    _number("attempts"),
    _instant("retry_at"),
    Column("code", Words),
    Column("article_id", BigId),
    _number("rereads"),  # times that it was read again because its feed changed it
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
    _serial(),
    _words("feed_id", default=None),
    _instant("polled_at", nullable=False),
    Column("code", Words),
    _number("new"),
    _number("changed"),
    _number("milliseconds"),
    _number("bytes"),
    Index("polls_at", "polled_at"),
    sqlite_autoincrement=True,
)

articles = Table(
    "articles",
    metadata,
    _serial(),
    _words("url_hash", default=None),
    _words("url", default=None),
    _words("outlet", default=None),
    _words("feed_id", default=None),
    _words("title"),
    _words("text"),
    _words("language"),
    _instant("published_at", nullable=False),
    _instant("seen_at", nullable=False),
    _words("fingerprint"),
    _words("agency"),
    Column("captions", Json, nullable=False),
    Column("reprint_of", BigId),
    _flag("is_full"),
    _flag("placed"),
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

# ---------------------------------------------------------------------------------- filing, grouping, telling

placements = Table(
    "placements",
    metadata,
    _serial(),  # the order of placement
    Column("article_id", BigId, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    _words("kind", default=None),
    Column("story_id", BigId, nullable=False),
    Column("similarity", Float, nullable=False),
    _words("why"),
    Column("reprint_of", BigId),
    Column("topics", Json, nullable=False),
    UniqueConstraint("article_id", name="placements_once"),
    Index("placements_story", "story_id", "id"),
    sqlite_autoincrement=True,
)

stories = Table(
    "stories",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    _words("title"),
    Column("articles", Json, nullable=False),
    _number("voices"),
    _instant("first_at", nullable=False),
    _instant("last_at", nullable=False),
    Column("topics", Json, nullable=False),
    Column("merged_into", BigId),  # the story that has its articles now: an old address leads there
    Index("stories_last", "last_at"),
    Index("stories_merged", "merged_into"),
)

corrections = Table(
    "corrections",
    metadata,
    _serial(),
    _instant("at", nullable=False),
    Column("source", BigId, nullable=False),
    Column("target", BigId, nullable=False),
    Column("articles", Json, nullable=False),
    _flag("is_split"),
    _flag("by_hand"),
    _words("why"),
    Index("corrections_at", "at"),
    sqlite_autoincrement=True,
)

vectors = Table(
    "vectors",
    metadata,
    Column("article_id", BigId, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    _words("embedder", default=None),
    Column("vector", LargeBinary, nullable=False),  # float16, little-endian
    PrimaryKeyConstraint("article_id", "embedder", name="vectors_pkey"),
)

word_counts = Table(
    "word_counts",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),  # the placement after which they hold
    _instant("at", nullable=False),
    Column("body", LargeBinary, nullable=False),
)

summaries = Table(
    "summaries",
    metadata,
    _serial(),
    Column("story_id", BigId, nullable=False),
    _words("basis", default=None),
    _words("language", default=None),
    _words("length", default=None),
    _words("signature", default=None),
    _instant("at", nullable=False),
    _words("method", default=None),
    Column("body", Json, nullable=False),
    UniqueConstraint("story_id", "basis", "language", "length", "signature", name="summaries_once"),
    Index("summaries_at", "at"),
    sqlite_autoincrement=True,
)

quotes = Table(
    "quotes",
    metadata,
    Column("article_id", BigId, nullable=False),
    _words("day", default=None),
    _words("text_hash", default=None),
    _words("text", default=None),
    PrimaryKeyConstraint("article_id", "day", "text_hash", name="quotes_pkey"),
    Index("quotes_day", "day"),
)

calls = Table(
    "calls",
    metadata,
    _serial(),
    _instant("at", nullable=False),
    _words("task"),
    _words("model"),
    _words("prompt"),
    Column("story_id", BigId),
    _number("tokens_in"),
    _number("tokens_out"),
    Column("cost", Float, nullable=False),
    _flag("estimated"),
    Column("seconds", Float, nullable=False),
    Column("code", Words),
    Index("calls_at", "at"),
    sqlite_autoincrement=True,
)

prompt_versions = Table(
    "prompt_versions",
    metadata,
    _words("name", default=None),
    _words("hash", default=None),
    _words("text", default=None),
    _words("state", default=None),
    _words("origin", default=None),
    _words("by", default=None),
    _instant("at", nullable=False),
    _words("why"),
    PrimaryKeyConstraint("name", "hash", name="prompt_versions_pkey"),
)

live_prompts = Table(
    "live_prompts",
    metadata,
    _words("name", default=None),
    _words("scope", default=None),
    _words("hash", default=None),
    _words("before"),
    _instant("since", nullable=False),
    _words("by", default=None),
    _number("revision"),
    _words("rival"),
    _instant("rival_until"),
    PrimaryKeyConstraint("name", "scope", name="live_prompts_pkey"),
)

prompt_events = Table(
    "prompt_events",
    metadata,
    _serial(),
    _instant("at", nullable=False),
    _words("name", default=None),
    _words("hash", default=None),
    _words("what", default=None),
    _words("by", default=None),
    _words("why"),
    Column("figures", Json, nullable=False),
    Index("prompt_events_name", "name", "id"),
    sqlite_autoincrement=True,
)

prompt_outcomes = Table(
    "prompt_outcomes",
    metadata,
    _serial(),
    _instant("at", nullable=False),
    _words("name", default=None),
    _words("hash", default=None),
    Column("story_id", BigId),
    _number("sentences"),
    _number("hard"),
    _number("dropped"),
    _flag("extractive"),
    _number("tokens_in"),
    _number("tokens_out"),
    Column("cost", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Index("prompt_outcomes_version", "name", "hash", "id"),
    sqlite_autoincrement=True,
)

# -------------------------------------------------------------------------------------- who gets and got what

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Words, primary_key=True),
    _words("channel", default=None),
    _words("chat", default=None),
    Column("thread", BigId),
    Column("topics", Json, nullable=False),
    Column("schedule", Json, nullable=False),
    _words("language", default=None),
    _words("length", default=None),
    _words("format", default=None),
    _words("quiet_day", default=None),
    _flag("silent"),
    _flag("active"),
    _instant("created_at"),
    Column("muted_code", Words),
    _instant("muted_at"),
    Column("night", Boolean, nullable=False, server_default=false()),
    _instant("paused_until"),
    Index("subscriptions_chat", "channel", "chat"),
)

digests = Table(
    "digests",
    metadata,
    _serial(),
    Column("subscription_id", Words),
    Column("local_date", Words),  # ISO; NULL (with local_time) on demand
    Column("local_time", Words),
    _instant("slot_at"),
    _words("skipped"),  # why this slot went by without a digest
    _words("language"),
    _words("zone"),
    _instant("made_at", nullable=False),
    _instant("since"),
    _flag("late"),
    _words("quiet_day"),
    Column("coverage", Json),
    Column("sections", Json),
    UniqueConstraint("subscription_id", "local_date", "local_time", name="digests_once"),
    Index("digests_made", "made_at"),
    Index("digests_reader", "subscription_id", "made_at"),
    sqlite_autoincrement=True,
)

digest_items = Table(
    "digest_items",
    metadata,
    Column("digest_id", BigId, ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    _words("topic", default=None),
    Column("story_id", BigId, nullable=False),
    _words("basis"),
    _words("headline"),
    _words("method"),
    Column("score", Float, nullable=False),
    _words("why"),
    _number("voices"),
    _number("reprints"),
    _instant("first_at", nullable=False),
    _instant("last_at", nullable=False),
    _words("news"),
    _flag("state_media_only"),
    _words("delivery"),  # key of the message in which it ends
    _words("whole"),  # the basis of all of the story, where the summary told only what was new
    PrimaryKeyConstraint("digest_id", "position", name="digest_items_pkey"),
)

# What was told to many in the same words stands here once: facts with one ``telling``, the hash of them all.
facts = Table(
    "facts",
    metadata,
    _serial(),
    _words("telling", default=None),
    Column("position", Integer, nullable=False),
    Column("story_id", BigId, nullable=False),
    _words("text", default=None),
    _flag("headline"),
    Column("articles", Json, nullable=False),
    Column("figures", Json, nullable=False),
    _instant("at", nullable=False),
    _words("ending"),  # key of the message that carries it, without what stands in told.beginning
    UniqueConstraint("telling", "position", name="facts_once"),
    Index("facts_story", "story_id"),
    Index("facts_at", "at"),
    sqlite_autoincrement=True,
)

told = Table(
    "told",
    metadata,
    Column("digest_id", BigId, ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    _words("telling", default=None),
    _words("channel", default=None),
    _words("chat", default=None),
    Column("thread", BigId),
    _instant("at", nullable=False),
    _words("beginning"),  # of the keys of this copy's messages
    PrimaryKeyConstraint("digest_id", "telling", name="told_pkey"),
    Index("told_chat", "channel", "chat", "at"),
    Index("told_telling", "telling"),
)

taken_back = Table(
    "taken_back",
    metadata,
    Column("digest_id", BigId, ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    Column("fact_id", BigId, ForeignKey("facts.id", ondelete="CASCADE"), nullable=False),
    _instant("at", nullable=False),
    _words("correction"),
    PrimaryKeyConstraint("digest_id", "fact_id", name="taken_back_pkey"),
    Index("taken_back_fact", "fact_id"),
)

_BUSY = "state IN ('claimed', 'sending')"
deliveries = Table(
    "deliveries",
    metadata,
    _serial(),
    _words("key", default=None),
    _words("group_key", default=None),
    _words("origin", default=None),
    _words("action", default=None),
    _words("channel", default=None),
    _words("chat", default=None),
    Column("thread", BigId),
    Column("part_number", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("part", Json, nullable=False),
    _number("rank"),  # minus priority: what goes first sorts first
    _instant("due_at", nullable=False),
    _words("state", default=None),
    _words("claim_token"),
    _instant("claim_until"),
    _words("message_id"),
    _number("attempts"),
    Column("last_code", Words),
    _words("last_error"),
    _instant("queued_at", nullable=False),
    _instant("sent_at"),
    UniqueConstraint("key", name="deliveries_once"),
    Index("deliveries_group", "group_key", "part_number"),
    Index(
        "deliveries_pending",
        "channel",
        "rank",
        "due_at",
        "id",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    # Not only fast: no two messages of one chat can be on their way, whatever the code does.
    Index(
        "deliveries_busy",
        "channel",
        "chat",
        unique=True,
        sqlite_where=text(_BUSY),
        postgresql_where=text(_BUSY),
    ),
    Index(
        "deliveries_unsent",
        "state",
        "id",
        sqlite_where=text("state <> 'sent'"),
        postgresql_where=text("state <> 'sent'"),
    ),
    Index("deliveries_queued", "queued_at"),
    Index("deliveries_chat", "channel", "chat"),
    Index("deliveries_message", "chat", "message_id"),
    sqlite_autoincrement=True,
)

# ---------------------------------------------------------------------------------------------------- chats

chats = Table(
    "chats",
    metadata,
    _words("channel", default=None),
    _words("chat", default=None),
    _words("kind", default=None),
    _words("title"),
    _words("username"),
    _flag("forum"),
    _words("language"),
    _flag("may_post"),
    _flag("admitted"),
    _instant("seen_at", nullable=False),
    PrimaryKeyConstraint("channel", "chat", name="chats_pkey"),
)

people = Table(
    "people",
    metadata,
    Column("id", Words, primary_key=True),
    _words("name"),
    _words("role", default=None),
    _words("language"),
    _words("connected"),
    Column("connected_thread", BigId),
)

updates = Table(
    "updates",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    _instant("at", nullable=False),
    Index("updates_at", "at"),
)

conversations = Table(
    "conversations",
    metadata,
    _words("chat", default=None),
    _words("person", default=None),
    Column("state", Json, nullable=False),
    _instant("until", nullable=False),
    PrimaryKeyConstraint("chat", "person", name="conversations_pkey"),
)

mutes = Table(
    "mutes",
    metadata,
    _words("chat", default=None),
    _words("kind", default=None),
    _words("value", default=None),
    _instant("until"),
    PrimaryKeyConstraint("chat", "kind", "value", name="mutes_pkey"),
)

feedback = Table(
    "feedback",
    metadata,
    _serial(),
    _words("chat", default=None),
    _words("person", default=None),
    Column("story_id", BigId, nullable=False),
    Column("topic", Words),
    _words("press", default=None),
    _flag("counts"),
    _instant("at", nullable=False),
    Column("shown", Json, nullable=False),
    UniqueConstraint("chat", "person", "story_id", "press", name="feedback_once"),
    Index("feedback_at", "at"),
    sqlite_autoincrement=True,
)

uses = Table(
    "uses",
    metadata,
    _words("chat", default=None),
    _words("day", default=None),
    _words("kind", default=None),
    _number("count"),
    PrimaryKeyConstraint("chat", "day", "kind", name="uses_pkey"),
    Index("uses_day", "day"),
)

pauses = Table(
    "pauses",
    metadata,
    _words("channel", default=None),
    _words("chat", default=None),
    _instant("until", nullable=False),
    PrimaryKeyConstraint("channel", "chat", name="pauses_pkey"),
)

# ---------------------------------------------------------------------------------------------------- house

leases = Table(
    "leases",
    metadata,
    Column("name", Words, primary_key=True),
    _words("token", default=None),
    _instant("until", nullable=False),
)

notes = Table("notes", metadata, Column("key", Words, primary_key=True), _words("value", default=None))


def is_state(column: ColumnElement[str], *states: str) -> ColumnElement[bool]:
    """The condition as partial indexes spell it: literals, one as ``=``, several as ``IN``."""
    words: list[ColumnElement[str]] = [literal_column(f"'{DeliveryState(state)}'") for state in states]
    return column == words[0] if len(words) == 1 else column.in_(words)
