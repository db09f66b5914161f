"""Versions of prompts, which of them are live, their history, and what they did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
JSON = sa.Text()


def _words(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, BIG, server_default=sa.text("0"), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, INSTANT, nullable=nullable)


def upgrade() -> None:
    """What the prompt studio remembers."""
    op.create_table(
        "prompt_versions",
        *(_words(name, None) for name in ("name", "hash", "text", "state", "origin", "by")),
        _instant("at"),
        _words("why"),
        sa.PrimaryKeyConstraint("name", "hash", name="prompt_versions_pkey"),
    )
    op.create_table(
        "live_prompts",
        *(_words(name, None) for name in ("name", "scope", "hash")),
        _words("before"),
        _instant("since"),
        _words("by", None),
        _number("revision"),
        _words("rival"),
        _instant("rival_until", nullable=True),
        sa.PrimaryKeyConstraint("name", "scope", name="live_prompts_pkey"),
    )
    _what_they_did()


def _what_they_did() -> None:
    op.create_table(
        "prompt_events",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        _instant("at"),
        *(_words(name, None) for name in ("name", "hash", "what", "by")),
        _words("why"),
        sa.Column("figures", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("prompt_events_name", "prompt_events", ["name", "id"])
    op.create_table(
        "prompt_outcomes",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        _instant("at"),
        _words("name", None),
        _words("hash", None),
        sa.Column("story_id", BIG, nullable=True),
        *(_number(name) for name in ("sentences", "hard", "dropped")),
        sa.Column("extractive", sa.Boolean(), nullable=False),
        *(_number(name) for name in ("tokens_in", "tokens_out")),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("prompt_outcomes_version", "prompt_outcomes", ["name", "hash", "id"])
