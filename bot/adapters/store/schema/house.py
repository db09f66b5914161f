"""Tables of the house."""

from __future__ import annotations

from sqlalchemy import Column, Table

from bot.adapters.store.schema.columns import Words, instant, metadata, words

leases = Table(
    "leases",
    metadata,
    Column("name", Words, primary_key=True),
    words("token", default=None),
    instant("until", nullable=False),
)

notes = Table("notes", metadata, Column("key", Words, primary_key=True), words("value", default=None))
