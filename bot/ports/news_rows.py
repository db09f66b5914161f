"""What the store remembers of feeds, articles, stories and vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import Code
from bot.types import (
    Article,
    ArticleId,
    Correction,
    Coverage,
    Declared,
    EntryId,
    Feed,
    FeedId,
    Placement,
    PollRecord,
    StoredEntry,
    Story,
    StoryId,
    TopicMatch,
    TopicSlug,
)


class FeedRows(Protocol):
    """Declarations, feeds and entries."""

    async def declared(self, kind: str | None = None) -> tuple[Declared, ...]:
        """All declarations (of this kind), ordered by kind and id."""
        ...

    async def declare(self, items: Sequence[Declared]) -> None:
        """Insert or replace declarations by (kind, id)."""
        ...

    async def feeds(self) -> tuple[Feed, ...]:
        """All feeds, whatever their status, by id."""
        ...

    async def put_feeds(self, feeds: Sequence[Feed]) -> None:
        """Insert, or update the declared columns only; what polling learnt is kept unless the url changed."""
        ...

    async def due_feeds(self, now: datetime, limit: int, among: Collection[str] = ()) -> tuple[Feed, ...]:
        """Active feeds whose next poll has come (or that never were polled), longest due first.

        ``among``: only those of these ids; () is all.
        """
        ...

    async def known_entries(self, feed: FeedId, guids: Sequence[str]) -> Mapping[str, str]:
        """Guid -> fingerprint of those that the store has."""
        ...

    async def record_polls(self, records: Sequence[PollRecord]) -> None:
        """Write feeds' new state, new and changed entries, and a line of the poll log, for the batch."""
        ...

    async def unread_entries(
        self, now: datetime, limit: int, among: Collection[str] = ()
    ) -> tuple[StoredEntry, ...]:
        """Entries that may be news and wait to be read (retry time passed), oldest first.

        ``among``: only those of the feeds with these ids; () is all.
        """
        ...

    async def unread_feeds(self, now: datetime) -> frozenset[FeedId]:
        """The feeds that have such entries."""
        ...

    async def record_read(
        self, entry: EntryId, *, article: ArticleId | None, code: Code | None, retry_at: datetime | None
    ) -> None:
        """An entry was read into an article, dropped with a code, or is to be tried again."""
        ...

    async def coverage(self, since: datetime, topics: Sequence[TopicSlug]) -> Coverage:
        """How the feeds did: fine means active and not failing; articles counts those seen since."""
        ...


class ArticleRows(Protocol):
    """Articles."""

    async def add_article(self, article: Article) -> tuple[ArticleId, bool]:
        """Store once per canonical address: its id, and whether it is new."""
        ...

    async def articles(self, ids: Sequence[ArticleId]) -> tuple[Article, ...]:
        """In the order of the ids; unknown ones are left out."""
        ...

    async def revise_article(self, entry: EntryId, ident: ArticleId, article: Article) -> bool:
        """Write the new text of an article whose entry was read again; False where nothing changed."""
        ...

    async def revised(self, limit: int) -> tuple[Article, ...]:
        """Articles that were revised since it was last looked what of them was told."""
        ...

    async def read_again(self, now: datetime, looks: Sequence[timedelta], *, since: datetime) -> int:
        """Let entries wait again whose pages something was told from: how many.

        ``looks``: how long after the first telling, time for time. Only what was told after ``since``.
        """
        ...

    async def looked_at(self, ids: Sequence[ArticleId]) -> None:
        """What was told of these revised articles was looked at."""
        ...

    async def unplaced(self, limit: int) -> tuple[Article, ...]:
        """Articles without a placement, by time, and of one moment by a hash of their address."""
        ...


class StoryRows(Protocol):
    """Placements, stories and topics."""

    async def apply(
        self,
        placements: Sequence[Placement],
        stories: Sequence[Story],
        corrections: Sequence[Correction] = (),
    ) -> None:
        """Write placements (an article is placed once: another is ignored), corrections, touched stories."""
        ...

    async def placed_since(
        self, since: datetime, after: int | None = None
    ) -> tuple[tuple[int, Article, Placement], ...]:
        """For rebuilding the index: stories with an article published since, whole, in placement order.

        With their numbers, which grow. ``after``: also what was placed after this number, however old.
        """
        ...

    async def placed_numbers(self, since: datetime, after: int | None = None) -> tuple[int, ...]:
        """The numbers of what :meth:`placed_since` gives, in its order: a whole window need not be held."""
        ...

    async def placed(self, numbers: Sequence[int]) -> tuple[tuple[int, Article, Placement], ...]:
        """The placements of these numbers, in placement order, with their articles."""
        ...

    async def split_stories(self) -> tuple[tuple[StoryId, StoryId], ...]:
        """Pairs that a person has split, by what they are called now: nothing merges them again."""
        ...

    async def corrections(
        self, limit: int, *, by_hand: bool | None = None
    ) -> tuple[tuple[int, datetime, Correction], ...]:
        """The latest corrections with number and time, newest first; only a person's, or only others."""
        ...

    async def correction(self, number: int) -> Correction | None:
        """One of them."""
        ...

    async def readdress(self, old: StoryId, new: StoryId) -> None:
        """Let the address of a story that was merged away lead to another one than it was merged into."""
        ...

    async def story_writer(self) -> int:
        """Be the only writer of stories until this transaction ends; a number that each write raises.

        Who remembers another number has stories in memory that are not those of the rows: somebody else
        (another process on this database) has placed articles meanwhile.
        """
        ...

    async def last_story_id(self) -> int:
        """The highest id ever given, 0 on an empty store."""
        ...

    async def stories_since(
        self, since: datetime, topics: Sequence[TopicSlug]
    ) -> tuple[tuple[Story, Mapping[ArticleId, tuple[TopicMatch, ...]]], ...]:
        """Stories with an article seen or published since, in any of the topics."""
        ...

    async def story(self, story: StoryId) -> Story | None:
        """One story; one that was merged into another is that other one."""
        ...

    async def placements(self, story: StoryId) -> tuple[Placement, ...]:
        """Why each article of the story is in it, in placement order."""
        ...


class VectorRows(Protocol):
    """What grouping remembers beside placements: vectors of articles, and how often words occur."""

    async def put_vectors(self, embedder: str, found: Mapping[ArticleId, NDArray[Any]]) -> None:
        """Store vectors as float16; a second one of the same article and embedder is ignored."""
        ...

    async def vectors(
        self, embedder: str, ids: Sequence[ArticleId]
    ) -> Mapping[ArticleId, NDArray[np.float16]]:
        """The vectors of this embedder; articles without one are left out."""
        ...

    async def unembedded(
        self, embedder: str, since: datetime, languages: Collection[str] | None, limit: int
    ) -> tuple[Article, ...]:
        """Placed articles published since, in these languages (None: any), without a vector; oldest first."""
        ...

    async def put_word_counts(self, body: bytes) -> None:
        """Store counts of words that hold from the last placement on."""
        ...

    async def word_counts(self) -> Mapping[int, bytes]:
        """All stored counts, by the number of the placement after which they hold."""
        ...
