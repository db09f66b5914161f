"""Tables of who gets and got what."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
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

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Words, primary_key=True),
    words("channel", default=None),
    words("chat", default=None),
    Column("thread", BigId),
    Column("topics", Json, nullable=False),
    Column("schedule", Json, nullable=False),
    words("language", default=None),
    words("length", default=None),
    words("format", default=None),
    words("quiet_day", default=None),
    flag("silent"),
    flag("active"),
    instant("created_at"),
    Column("muted_code", Words),
    instant("muted_at"),
    Column("night", Boolean, nullable=False, server_default=false()),
    instant("paused_until"),
    Index("subscriptions_chat", "channel", "chat"),
)

digests = Table(
    "digests",
    metadata,
    serial(),
    Column("subscription_id", Words),
    Column("local_date", Words),  # ISO; NULL (with local_time) on demand
    Column("local_time", Words),
    instant("slot_at"),
    words("skipped"),  # why this slot went by without a digest
    words("language"),
    words("zone"),
    instant("made_at", nullable=False),
    instant("since"),
    flag("late"),
    words("quiet_day"),
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
    words("topic", default=None),
    Column("story_id", BigId, nullable=False),
    words("basis"),
    words("headline"),
    words("method"),
    Column("score", Float, nullable=False),
    words("why"),
    number("voices"),
    number("reprints"),
    instant("first_at", nullable=False),
    instant("last_at", nullable=False),
    words("news"),
    flag("state_media_only"),
    words("delivery"),  # key of the message in which it ends
    words("whole"),  # the basis of all of the story, where the summary told only what was new
    PrimaryKeyConstraint("digest_id", "position", name="digest_items_pkey"),
)

# What was told to many in the same words stands here once: facts with one ``telling``, the hash of them all.
facts = Table(
    "facts",
    metadata,
    serial(),
    words("telling", default=None),
    Column("position", Integer, nullable=False),
    Column("story_id", BigId, nullable=False),
    words("text", default=None),
    flag("headline"),
    Column("articles", Json, nullable=False),
    Column("figures", Json, nullable=False),
    instant("at", nullable=False),
    words("ending"),  # key of the message that carries it, without what stands in told.beginning
    UniqueConstraint("telling", "position", name="facts_once"),
    Index("facts_story", "story_id"),
    Index("facts_at", "at"),
    sqlite_autoincrement=True,
)

told = Table(
    "told",
    metadata,
    Column("digest_id", BigId, ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    words("telling", default=None),
    words("channel", default=None),
    words("chat", default=None),
    Column("thread", BigId),
    instant("at", nullable=False),
    words("beginning"),  # of the keys of this copy's messages
    PrimaryKeyConstraint("digest_id", "telling", name="told_pkey"),
    Index("told_chat", "channel", "chat", "at"),
    Index("told_telling", "telling"),
)

taken_back = Table(
    "taken_back",
    metadata,
    Column("digest_id", BigId, ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    Column("fact_id", BigId, ForeignKey("facts.id", ondelete="CASCADE"), nullable=False),
    instant("at", nullable=False),
    words("correction"),
    PrimaryKeyConstraint("digest_id", "fact_id", name="taken_back_pkey"),
    Index("taken_back_fact", "fact_id"),
)

_BUSY = "state IN ('claimed', 'sending')"
deliveries = Table(
    "deliveries",
    metadata,
    serial(),
    words("key", default=None),
    words("group_key", default=None),
    words("origin", default=None),
    words("action", default=None),
    words("channel", default=None),
    words("chat", default=None),
    Column("thread", BigId),
    Column("part_number", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("part", Json, nullable=False),
    number("rank"),  # minus priority: what goes first sorts first
    instant("due_at", nullable=False),
    words("state", default=None),
    words("claim_token"),
    instant("claim_until"),
    words("message_id"),
    number("attempts"),
    Column("last_code", Words),
    words("last_error"),
    instant("queued_at", nullable=False),
    instant("sent_at"),
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
