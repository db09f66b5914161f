"""What the house remembers of itself: declarations, calls, prompts, gauges, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.errors import Code
from bot.types.noun import Noun, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared(Noun):
    """A feed, outlet, topic or subscription as somebody declared it: a file, a chat or the command line.

    ``file_hash`` is the hash of the item as it stood in the file at the last import ("" if it never was in
    one); ``edited`` says that the database's body was changed since by a person.
    """

    kind: str  # "feed", "outlet", "topic", "digest"
    id: str
    body: Mapping[str, Any]  # JSON-able, the form in which config/*.yaml writes it
    file_hash: str = ""
    edited: bool = False
    on: bool = True
    conflict: Mapping[str, Any] | None = None  # the file's new body, waiting for the owner's choice
    conflict_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall(Noun):
    """One call of a model, as the ledger keeps it."""

    at: datetime
    task: str
    model: str
    prompt: str
    story: StoryId | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    estimated: bool = False
    seconds: float = 0.0
    code: Code | None = None


class VersionState(StrEnum):
    """What became of a version of a prompt."""

    DRAFT = "draft"  # may be tried, and may go live if it passes
    REFUSED = "refused"  # stopped by the gate; only an owner's word brings it back
    USED = "used"  # is live somewhere, or was
    ROLLED_BACK = "rolled_back"  # was live and taken back; not tried again by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersion(Noun):
    """A text of a prompt; its content hash is its identity, so the same text is the same version."""

    name: str
    hash: str
    text: str  # the whole file
    state: VersionState = VersionState.DRAFT
    origin: str  # "default", "file", "chat", "command"
    by: str  # who wrote it: a user's id, "file", "dateline"
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePrompt(Noun):
    """Which version is used for a name in a scope ("" is the house; "topic:syria"; "chat:-100123")."""

    name: str
    scope: str = ""
    hash: str
    before: str = ""  # the version that a rollback brings back
    since: datetime
    by: str
    revision: int = 0  # counts its changes: who decides on an old one is told
    rival: str = ""  # the version that is compared with it on half of the stories
    rival_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptEvent(Noun):
    """What was done with a version, for its history."""

    at: datetime
    name: str
    hash: str
    what: str  # "drafted", "tested", "activated", "refused", "forced", "rolled_back", "compared", …
    by: str
    why: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOutcome(Noun):
    """What a version made of one story for readers, or of one sample at the gate."""

    at: datetime
    name: str
    hash: str
    story: StoryId | None = None
    sentences: int = 0  # that the model wrote
    hard: int = 0  # hard findings in them
    dropped: int = 0  # sentences that did not go out
    extractive: bool = False  # excerpts had to stand in
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges(Noun):
    """How things stand by the rows at one moment: for metrics and for the owner's alerts."""

    at: datetime
    feeds: Mapping[str, int] = field(default_factory=dict)  # fine, failing, unasked, dead, off
    unread: int = 0  # entries that may be news and wait to be read
    unplaced: int = 0  # articles
    stories: int = 0  # that still take articles
    outbox: Mapping[str, int] = field(default_factory=dict)  # state -> messages that are not sent
    due: int = 0  # messages that could go out now
    late: int = 0  # digests that were queued too long ago, and are not sent
    today: float = 0.0  # US dollars
    month: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules(Noun):
    """The numbers that steps go by; app builds it from the settings."""

    languages: tuple[str, ...] = ("en", "zh", "ar")
    max_entry_age: timedelta = timedelta(hours=72)  # an older entry is no news
    future_tolerance: timedelta = timedelta(hours=2)
    first_import_news: int = 10  # at a feed's first poll only the newest N may be news
    poll_batch: int = 200
    read_batch: int = 40
    place_batch: int = 500
    dead_after: timedelta = timedelta(days=14)
    digest_window: timedelta = timedelta(hours=24)
    stories_per_topic: int = 5
    topic_floor: int = 2
    top_stories: int = 3  # of a digest: a better model tells them, where one is set
    quote_words: int = 60  # of one article, a day
    prepare_ahead: timedelta = timedelta(minutes=15)
    late_limit: timedelta = timedelta(hours=12)
    sender_window: int = 8
    sender_rate: float = 25.0  # messages a second over all chats; 30 is the free limit, 1,000 the paid one
    claim_lease: timedelta = timedelta(seconds=60)
    keep_articles: timedelta = timedelta(days=30)
    keep_digests: timedelta = timedelta(days=90)
    keep_deliveries: timedelta = timedelta(days=30)
    keep_polls: timedelta = timedelta(days=7)
    late_alert: timedelta = timedelta(minutes=10)  # the owner hears of digests that are so late
    budget_day: float = 0.0  # US dollars that models may cost; 0: only what is free
    budget_month: float = 0.0
    zone: str = "UTC"  # whose days and months the budget's are
