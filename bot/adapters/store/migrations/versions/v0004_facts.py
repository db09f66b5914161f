"""Facts that chats were told, the message in which each story of a digest ends, revised articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """What a reader was told."""
    op.add_column("digest_items", sa.Column("delivery", sa.Text(), server_default="", nullable=False))
    op.add_column("digest_items", sa.Column("whole", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "facts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("digest_id", BIG, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("thread", BIG, nullable=True),
        sa.Column("story_id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("headline", sa.Boolean(), nullable=False),
        sa.Column("articles", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("delivery", sa.Text(), server_default="", nullable=False),
        sa.Column("corrected_at", INSTANT, nullable=True),
        sa.Column("correction", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("facts_chat", "facts", ["channel", "chat", "at"])
    op.create_index("facts_at", "facts", ["at"])
    op.create_index("facts_digest", "facts", ["digest_id"])
    op.create_index("facts_story", "facts", ["story_id"])
    op.add_column("entries", sa.Column("rereads", BIG, server_default="0", nullable=False))
    op.add_column("articles", sa.Column("revised", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "articles_revised",
        "articles",
        ["id"],
        sqlite_where=sa.text("revised = 1"),
        postgresql_where=sa.text("revised"),
    )
