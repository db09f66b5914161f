"""Tables of what is filed, grouped and told."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
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

placements = Table(
    "placements",
    metadata,
    serial(),  # the order of placement
    Column("article_id", BigId, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    words("kind", default=None),
    Column("story_id", BigId, nullable=False),
    Column("similarity", Float, nullable=False),
    words("why"),
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
    words("title"),
    Column("articles", Json, nullable=False),
    number("voices"),
    instant("first_at", nullable=False),
    instant("last_at", nullable=False),
    Column("topics", Json, nullable=False),
    Column("merged_into", BigId),  # the story that has its articles now: an old address leads there
    Index("stories_last", "last_at"),
    Index("stories_merged", "merged_into"),
)

corrections = Table(
    "corrections",
    metadata,
    serial(),
    instant("at", nullable=False),
    Column("source", BigId, nullable=False),
    Column("target", BigId, nullable=False),
    Column("articles", Json, nullable=False),
    flag("is_split"),
    flag("by_hand"),
    words("why"),
    Index("corrections_at", "at"),
    sqlite_autoincrement=True,
)

vectors = Table(
    "vectors",
    metadata,
    Column("article_id", BigId, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    words("embedder", default=None),
    Column("vector", LargeBinary, nullable=False),  # float16, little-endian
    PrimaryKeyConstraint("article_id", "embedder", name="vectors_pkey"),
)

word_counts = Table(
    "word_counts",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),  # the placement after which they hold
    instant("at", nullable=False),
    Column("body", LargeBinary, nullable=False),
)

summaries = Table(
    "summaries",
    metadata,
    serial(),
    Column("story_id", BigId, nullable=False),
    words("basis", default=None),
    words("language", default=None),
    words("length", default=None),
    words("signature", default=None),
    instant("at", nullable=False),
    words("method", default=None),
    Column("body", Json, nullable=False),
    UniqueConstraint("story_id", "basis", "language", "length", "signature", name="summaries_once"),
    Index("summaries_at", "at"),
    sqlite_autoincrement=True,
)

quotes = Table(
    "quotes",
    metadata,
    Column("article_id", BigId, nullable=False),
    words("day", default=None),
    words("text_hash", default=None),
    words("text", default=None),
    PrimaryKeyConstraint("article_id", "day", "text_hash", name="quotes_pkey"),
    Index("quotes_day", "day"),
)

calls = Table(
    "calls",
    metadata,
    serial(),
    instant("at", nullable=False),
    words("task"),
    words("model"),
    words("prompt"),
    Column("story_id", BigId),
    number("tokens_in"),
    number("tokens_out"),
    Column("cost", Float, nullable=False),
    flag("estimated"),
    Column("seconds", Float, nullable=False),
    Column("code", Words),
    Index("calls_at", "at"),
    sqlite_autoincrement=True,
)

prompt_versions = Table(
    "prompt_versions",
    metadata,
    words("name", default=None),
    words("hash", default=None),
    words("text", default=None),
    words("state", default=None),
    words("origin", default=None),
    words("by", default=None),
    instant("at", nullable=False),
    words("why"),
    PrimaryKeyConstraint("name", "hash", name="prompt_versions_pkey"),
)

live_prompts = Table(
    "live_prompts",
    metadata,
    words("name", default=None),
    words("scope", default=None),
    words("hash", default=None),
    words("before"),
    instant("since", nullable=False),
    words("by", default=None),
    number("revision"),
    words("rival"),
    instant("rival_until"),
    PrimaryKeyConstraint("name", "scope", name="live_prompts_pkey"),
)

prompt_events = Table(
    "prompt_events",
    metadata,
    serial(),
    instant("at", nullable=False),
    words("name", default=None),
    words("hash", default=None),
    words("what", default=None),
    words("by", default=None),
    words("why"),
    Column("figures", Json, nullable=False),
    Index("prompt_events_name", "name", "id"),
    sqlite_autoincrement=True,
)

prompt_outcomes = Table(
    "prompt_outcomes",
    metadata,
    serial(),
    instant("at", nullable=False),
    words("name", default=None),
    words("hash", default=None),
    Column("story_id", BigId),
    number("sentences"),
    number("hard"),
    number("dropped"),
    flag("extractive"),
    number("tokens_in"),
    number("tokens_out"),
    Column("cost", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Index("prompt_outcomes_version", "name", "hash", "id"),
    sqlite_autoincrement=True,
)
