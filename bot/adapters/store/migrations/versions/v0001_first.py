"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Frozen: what bot/adapters/store/schema means today may change, what this revision made may not.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """All tables of the first version."""
    _articles()
    _calls()
    _declared()
    _deliveries()
    _digests()
    _feeds()
    _leases()
    _notes()
    _polls()
    _quotes()
    _stories()
    _subscriptions()
    _summaries()
    _digest_items()
    _entries()
    _placements()


def _articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("url_hash", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("agency", sa.Text(), server_default="", nullable=False),
        sa.Column("captions", sa.Text(), nullable=False),
        sa.Column("reprint_of", BIG, nullable=True),
        sa.Column("is_full", sa.Boolean(), nullable=False),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("url_hash", name="articles_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("articles_published", "articles", ["published_at", "id"], unique=False)
    op.create_index("articles_seen", "articles", ["seen_at"], unique=False)
    op.create_index(
        "articles_unplaced",
        "articles",
        ["published_at", "id"],
        unique=False,
        sqlite_where=sa.text("placed = 0"),
        postgresql_where=sa.text("NOT placed"),
    )


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("task", sa.Text(), server_default="", nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("prompt", sa.Text(), server_default="", nullable=False),
        sa.Column("story_id", BIG, nullable=True),
        sa.Column("tokens_in", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("tokens_out", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("calls_at", "calls", ["at"], unique=False)


def _declared() -> None:
    op.create_table(
        "declared",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("conflict", sa.Text(), nullable=True),
        sa.Column("conflict_hash", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="declared_pkey"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("thread", BIG, nullable=True),
        sa.Column("part_number", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("rank", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claim_token", sa.Text(), server_default="", nullable=False),
        sa.Column("claim_until", INSTANT, nullable=True),
        sa.Column("message_id", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("last_code", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="deliveries_once"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "deliveries_busy",
        "deliveries",
        ["channel", "chat"],
        unique=True,
        sqlite_where=sa.text("state IN ('claimed', 'sending')"),
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_index("deliveries_chat", "deliveries", ["channel", "chat"], unique=False)
    op.create_index("deliveries_group", "deliveries", ["group_key", "part_number"], unique=False)
    op.create_index(
        "deliveries_pending",
        "deliveries",
        ["channel", "rank", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("deliveries_queued", "deliveries", ["queued_at"], unique=False)
    op.create_index(
        "deliveries_unsent",
        "deliveries",
        ["state", "id"],
        unique=False,
        sqlite_where=sa.text("state <> 'sent'"),
        postgresql_where=sa.text("state <> 'sent'"),
    )


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=True),
        sa.Column("local_date", sa.Text(), nullable=True),
        sa.Column("local_time", sa.Text(), nullable=True),
        sa.Column("slot_at", INSTANT, nullable=True),
        sa.Column("skipped", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("quiet_day", sa.Text(), server_default="", nullable=False),
        sa.Column("coverage", sa.Text(), nullable=True),
        sa.Column("sections", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subscription_id", "local_date", "local_time", name="digests_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("digests_made", "digests", ["made_at"], unique=False)
    op.create_index("digests_reader", "digests", ["subscription_id", "made_at"], unique=False)


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("declared_url", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("outlet", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("interval", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("full_text", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), server_default="", nullable=False),
        sa.Column("last_modified", sa.Text(), server_default="", nullable=False),
        sa.Column("next_poll_at", INSTANT, nullable=True),
        sa.Column("last_success_at", INSTANT, nullable=True),
        sa.Column("newest_entry_at", INSTANT, nullable=True),
        sa.Column("failures", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("last_code", sa.Text(), nullable=True),
        sa.Column("had_entries", sa.Boolean(), nullable=False),
        sa.Column("polls", BIG, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("feeds_due", "feeds", ["status", "next_poll_at"], unique=False)


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _polls() -> None:
    op.create_table(
        "polls",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("polled_at", INSTANT, nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("new", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("changed", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("milliseconds", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("bytes", BIG, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("polls_at", "polls", ["polled_at"], unique=False)


def _quotes() -> None:
    op.create_table(
        "quotes",
        sa.Column("article_id", BIG, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "day", "text_hash", name="quotes_pkey"),
    )
    op.create_index("quotes_day", "quotes", ["day"], unique=False)


def _stories() -> None:
    op.create_table(
        "stories",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("articles", sa.Text(), nullable=False),
        sa.Column("voices", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("stories_last", "stories", ["last_at"], unique=False)


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("thread", BIG, nullable=True),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("length", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("quiet_day", sa.Text(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=True),
        sa.Column("muted_code", sa.Text(), nullable=True),
        sa.Column("muted_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("subscriptions_chat", "subscriptions", ["channel", "chat"], unique=False)


def _summaries() -> None:
    op.create_table(
        "summaries",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("story_id", BIG, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("length", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("story_id", "basis", "language", "length", "signature", name="summaries_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("summaries_at", "summaries", ["at"], unique=False)


def _digest_items() -> None:
    op.create_table(
        "digest_items",
        sa.Column("digest_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("story_id", BIG, nullable=False),
        sa.Column("basis", sa.Text(), server_default="", nullable=False),
        sa.Column("headline", sa.Text(), server_default="", nullable=False),
        sa.Column("method", sa.Text(), server_default="", nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("voices", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("reprints", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("news", sa.Text(), server_default="", nullable=False),
        sa.Column("state_media_only", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest_id", "position", name="digest_items_pkey"),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("guid_hash", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("summary_html", sa.Text(), server_default="", nullable=False),
        sa.Column("content_html", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("listed_on", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("retry_at", INSTANT, nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("article_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"],
            ["feeds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("feed_id", "guid_hash", name="entries_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("entries_listed", "entries", ["listed_on"], unique=False)
    op.create_index(
        "entries_waiting",
        "entries",
        ["seen_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _placements() -> None:
    op.create_table(
        "placements",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("article_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("story_id", BIG, nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("reprint_of", BIG, nullable=True),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("article_id", name="placements_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("placements_story", "placements", ["story_id", "id"], unique=False)
