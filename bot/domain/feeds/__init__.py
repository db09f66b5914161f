"""Feeds: what a body says, what of it is new, when to ask again. Pure.

``entries.py`` turns a parsed body into a :class:`~bot.types.ParsedFeed`; ``keys.py`` decides which entries
are the same one; ``polling.py`` decides what a poll changes.
"""

from bot.domain.feeds.entries import MAX_ENTRIES, from_feedparser, from_json_feed
from bot.domain.feeds.keys import address_key, all_known, fingerprint, known_as, lookup_keys, other_keys
from bot.domain.feeds.polling import events, failed, next_poll, not_modified, polled

__all__ = [
    "MAX_ENTRIES",
    "address_key",
    "all_known",
    "events",
    "failed",
    "fingerprint",
    "from_feedparser",
    "from_json_feed",
    "known_as",
    "lookup_keys",
    "next_poll",
    "not_modified",
    "other_keys",
    "polled",
]
