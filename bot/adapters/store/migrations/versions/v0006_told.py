"""Facts once for all who were told them in the same words; who was told what, and what was taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """What was told before stays told: each digest's facts become a telling of its own."""
    _tables()
    # The count of facts (with the moment, what told alike readers before) and the digest's number: a hash of
    # what was said would have to be computed row by row.
    padded = "substr('0000000000000000' || CAST({0} AS TEXT), -16)"
    if op.get_bind().dialect.name == "postgresql":
        padded = "lpad(CAST({0} AS TEXT), 16, '0')"
    digest = padded.format("digest_id")
    op.execute(
        "INSERT INTO told (digest_id, telling, channel, chat, thread, at, beginning) "  # noqa: S608
        f"SELECT digest_id, {padded.format('count(*)')} || {digest}, "
        "min(channel), min(chat), min(thread), max(at), '' FROM facts_before GROUP BY digest_id"
    )
    count = padded.format("count(*) OVER (PARTITION BY digest_id)")
    op.execute(
        "INSERT INTO facts "  # noqa: S608
        "(id, telling, position, story_id, text, headline, articles, figures, at, ending) "
        f"SELECT id, {count} || {digest}, row_number() OVER (PARTITION BY digest_id ORDER BY id) - 1, "
        "story_id, text, headline, articles, figures, at, delivery FROM facts_before ORDER BY id"
    )
    op.execute(
        "INSERT INTO taken_back (digest_id, fact_id, at, correction) "
        "SELECT digest_id, id, corrected_at, correction FROM facts_before WHERE corrected_at IS NOT NULL"
    )
    op.drop_table("facts_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT setval(pg_get_serial_sequence('facts', 'id'), (SELECT max(id) FROM facts))")


def _tables() -> None:
    for index in ("facts_chat", "facts_at", "facts_digest", "facts_story"):
        op.drop_index(index, "facts")
    op.rename_table("facts", "facts_before")
    if op.get_bind().dialect.name == "postgresql":  # names that the new table wants
        op.execute("ALTER TABLE facts_before RENAME CONSTRAINT facts_pkey TO facts_before_pkey")
        op.execute("ALTER SEQUENCE facts_id_seq RENAME TO facts_before_id_seq")
    op.create_table(
        "facts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("telling", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("story_id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("headline", sa.Boolean(), nullable=False),
        sa.Column("articles", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("ending", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("telling", "position", name="facts_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("facts_story", "facts", ["story_id"])
    op.create_index("facts_at", "facts", ["at"])
    op.create_table(
        "told",
        sa.Column("digest_id", BIG, nullable=False),
        sa.Column("telling", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("thread", BIG, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("beginning", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("digest_id", "telling", name="told_pkey"),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], ondelete="CASCADE"),
    )
    op.create_index("told_chat", "told", ["channel", "chat", "at"])
    op.create_index("told_telling", "told", ["telling"])
    op.create_table(
        "taken_back",
        sa.Column("digest_id", BIG, nullable=False),
        sa.Column("fact_id", BIG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("correction", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("digest_id", "fact_id", name="taken_back_pkey"),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["fact_id"], ["facts.id"], ondelete="CASCADE"),
    )
    op.create_index("taken_back_fact", "taken_back", ["fact_id"])
