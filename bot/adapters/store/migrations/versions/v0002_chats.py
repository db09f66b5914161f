"""Chats, people, conversations, mutes, feedback, uses, pauses; nights and pauses of subscriptions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """What a conversation needs."""
    op.add_column(
        "subscriptions", sa.Column("night", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("subscriptions", sa.Column("paused_until", INSTANT, nullable=True))
    op.create_index("deliveries_message", "deliveries", ["chat", "message_id"])
    _who()
    _remembered()
    _wishes()


def _text(name: str, *, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _who() -> None:
    op.create_table(
        "chats",
        _text("channel", default=None),
        _text("chat", default=None),
        _text("kind", default=None),
        _text("title"),
        _text("username"),
        sa.Column("forum", sa.Boolean(), nullable=False),
        _text("language"),
        sa.Column("may_post", sa.Boolean(), nullable=False),
        sa.Column("admitted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "chat", name="chats_pkey"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        _text("name"),
        _text("role", default=None),
        _text("language"),
        _text("connected"),
        sa.Column("connected_thread", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _remembered() -> None:
    op.create_table(
        "updates",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("updates_at", "updates", ["at"])
    op.create_table(
        "conversations",
        _text("chat", default=None),
        _text("person", default=None),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("chat", "person", name="conversations_pkey"),
    )
    op.create_table(
        "pauses",
        _text("channel", default=None),
        _text("chat", default=None),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "chat", name="pauses_pkey"),
    )


def _wishes() -> None:
    op.create_table(
        "mutes",
        _text("chat", default=None),
        _text("kind", default=None),
        _text("value", default=None),
        sa.Column("until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("chat", "kind", "value", name="mutes_pkey"),
    )
    op.create_table(
        "feedback",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        _text("chat", default=None),
        _text("person", default=None),
        sa.Column("story_id", BIG, nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        _text("press", default=None),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("chat", "person", "story_id", "press", name="feedback_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("feedback_at", "feedback", ["at"])
    op.create_table(
        "uses",
        _text("chat", default=None),
        _text("day", default=None),
        _text("kind", default=None),
        sa.Column("count", BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("chat", "day", "kind", name="uses_pkey"),
    )
    op.create_index("uses_day", "uses", ["day"])
