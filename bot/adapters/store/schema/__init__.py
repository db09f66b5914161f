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

from bot.adapters.store.schema.collecting import articles, declared, entries, feeds, polls
from bot.adapters.store.schema.columns import (
    BigId,
    Instant,
    Json,
    Words,
    clean,
    is_state,
    json_text,
    metadata,
)
from bot.adapters.store.schema.house import leases, notes
from bot.adapters.store.schema.readers import (
    deliveries,
    digest_items,
    digests,
    facts,
    subscriptions,
    taken_back,
    told,
)
from bot.adapters.store.schema.talking import (
    chats,
    conversations,
    feedback,
    mutes,
    pauses,
    people,
    updates,
    uses,
)
from bot.adapters.store.schema.telling import (
    calls,
    corrections,
    live_prompts,
    placements,
    prompt_events,
    prompt_outcomes,
    prompt_versions,
    quotes,
    stories,
    summaries,
    vectors,
    word_counts,
)
from bot.domain.articles import hashed

__all__ = [
    "BigId",
    "Instant",
    "Json",
    "Words",
    "articles",
    "calls",
    "chats",
    "clean",
    "conversations",
    "corrections",
    "declared",
    "deliveries",
    "digest_items",
    "digests",
    "entries",
    "facts",
    "feedback",
    "feeds",
    "hashed",
    "is_state",
    "json_text",
    "leases",
    "live_prompts",
    "metadata",
    "mutes",
    "notes",
    "pauses",
    "people",
    "placements",
    "polls",
    "prompt_events",
    "prompt_outcomes",
    "prompt_versions",
    "quotes",
    "stories",
    "subscriptions",
    "summaries",
    "taken_back",
    "told",
    "updates",
    "uses",
    "vectors",
    "word_counts",
]
