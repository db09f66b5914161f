"""Tables of people and chats."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint

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

chats = Table(
    "chats",
    metadata,
    words("channel", default=None),
    words("chat", default=None),
    words("kind", default=None),
    words("title"),
    words("username"),
    flag("forum"),
    words("language"),
    flag("may_post"),
    flag("admitted"),
    instant("seen_at", nullable=False),
    PrimaryKeyConstraint("channel", "chat", name="chats_pkey"),
)

people = Table(
    "people",
    metadata,
    Column("id", Words, primary_key=True),
    words("name"),
    words("role", default=None),
    words("language"),
    words("connected"),
    Column("connected_thread", BigId),
)

updates = Table(
    "updates",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    instant("at", nullable=False),
    Index("updates_at", "at"),
)

conversations = Table(
    "conversations",
    metadata,
    words("chat", default=None),
    words("person", default=None),
    Column("state", Json, nullable=False),
    instant("until", nullable=False),
    PrimaryKeyConstraint("chat", "person", name="conversations_pkey"),
)

mutes = Table(
    "mutes",
    metadata,
    words("chat", default=None),
    words("kind", default=None),
    words("value", default=None),
    instant("until"),
    PrimaryKeyConstraint("chat", "kind", "value", name="mutes_pkey"),
)

feedback = Table(
    "feedback",
    metadata,
    serial(),
    words("chat", default=None),
    words("person", default=None),
    Column("story_id", BigId, nullable=False),
    Column("topic", Words),
    words("press", default=None),
    flag("counts"),
    instant("at", nullable=False),
    Column("shown", Json, nullable=False),
    UniqueConstraint("chat", "person", "story_id", "press", name="feedback_once"),
    Index("feedback_at", "at"),
    sqlite_autoincrement=True,
)

uses = Table(
    "uses",
    metadata,
    words("chat", default=None),
    words("day", default=None),
    words("kind", default=None),
    number("count"),
    PrimaryKeyConstraint("chat", "day", "kind", name="uses_pkey"),
    Index("uses_day", "day"),
)

pauses = Table(
    "pauses",
    metadata,
    words("channel", default=None),
    words("chat", default=None),
    instant("until", nullable=False),
    PrimaryKeyConstraint("channel", "chat", name="pauses_pkey"),
)
