"""The seams between the pipeline and the world, and ``Deps``, which carries them all.

``Store``, ``Summarizer``, ``Embedder``, ``Channel`` and ``Clock`` have several implementations and one
contract suite each. ``Web`` and ``Parser`` have one each: they stand here only because the pipeline imports
no adapter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import Code, Misconfigured
from bot.types import (
    Address,
    Article,
    ArticleId,
    Brief,
    Chat,
    Correction,
    Coverage,
    Declared,
    Delivery,
    DeliveryId,
    DeliveryState,
    Digest,
    DigestId,
    Entry,
    EntryId,
    Fact,
    Feed,
    Feedback,
    FeedId,
    Limits,
    LivePrompt,
    ModelCall,
    Mute,
    Outcome,
    ParsedFeed,
    Part,
    Person,
    Placement,
    PollRecord,
    Press,
    PromptEvent,
    PromptOutcome,
    PromptVersion,
    RawUrl,
    Reading,
    Receipt,
    Response,
    Role,
    Rules,
    Sample,
    Slot,
    StoredEntry,
    Story,
    StoryId,
    Subscription,
    SubscriptionId,
    Summary,
    TopicMatch,
    TopicSlug,
    Validators,
    VersionState,
)


class Clock(Protocol):
    """The only source of time. Implementations: system, fixed, virtual (``bot/adapters/clock.py``)."""

    def now(self) -> datetime:
        """The time of day, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a virtual clock jumps."""
        ...


class Web(Protocol):
    """Fetches feeds and pages politely and safely (``bot/adapters/http.py``)."""

    async def feed(self, url: RawUrl, validators: Validators) -> Response:
        """A feed's body, or status 304.

        Raises:
            Transient: try later (network, 429, 5xx), with ``retry_after`` where the server said so.
            Broken: blocked address, bad address, gone, not found, too large, bad encoding, redirect loop.
        """
        ...

    async def page(self, url: RawUrl) -> Response:
        """An article's page, if the site's robots rules allow our user agent. Raises as :meth:`feed`."""
        ...


class Parser(Protocol):
    """Parses untrusted bodies in killable processes (``bot/adapters/parsing.py``)."""

    async def feed(self, response: Response, now: datetime) -> ParsedFeed:
        """The entries of a feed body.

        Raises:
            Broken: with the code of what it is instead (html_page, not_a_feed, empty, hostile, parse_timeout,
                parse_memory, parse_crash). "No entries" is not decided here: an empty ParsedFeed is returned.
        """
        ...

    async def read(self, entry: Entry, page: Response | None) -> Reading:
        """The better of the page's text and the entry's own content. Raises Broken(no_text) when neither."""
        ...


class Summarizer(Protocol):
    """Tells a story. Implementations: extractive, LLM, a cascade of both."""

    def signature(self, told: Brief | Summary) -> str:
        """Method, model, prompt hash and house style: what, beside the brief, decides the text."""
        ...

    async def summarize(self, brief: Brief) -> Summary:
        """A summary in the brief's language and length. Raises Transient or Broken (never an empty text)."""
        ...


class Translator(Protocol):
    """Puts a summary into another language (``bot/adapters/translator.py``)."""

    def signature(self, told: Brief | Summary) -> str:
        """Method, model, prompt hash and house style."""
        ...

    async def translate(self, brief: Brief, told: Summary) -> Summary:
        """The summary in the brief's language. Raises Transient or Broken; nothing unchecked is given."""
        ...


class Embedder(Protocol):
    """Tells what texts mean. Implementations: the bundled offline model, an OpenAI-compatible server."""

    name: str
    """Stored with every vector: vectors of different embedders cannot be compared."""

    @property
    def languages(self) -> frozenset[str] | None:
        """ISO 639-1 codes of the languages that it understands; None: all, as far as we know."""
        ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row of length 1 for each text, in their order: near ones mean nearly the same.

        Raises:
            Transient: not now (its server or process is in trouble).
            Broken: it answers, but with nothing of use; or a person must change a setting.
        """
        ...


class Channel(Protocol):
    """A place to post to. Implementations: Telegram, …; one file each under ``bot/adapters/channels``."""

    name: str
    limits: Limits

    async def send(self, address: Address, part: Part) -> Receipt:
        """Post one message.

        Raises:
            Transient: surely not sent; try again (after ``retry_after``).
            Ambiguous: it may have arrived.
            Migrated: the chat has a new id; not sent.
            Unreachable: blocked, kicked, deleted, no rights; not sent.
            Superseded: the rich form is not taken; not sent: send ``part.plain()`` instead.
            Broken: refused for good (our bug); not sent.
            Misconfigured: the token is wrong.
        """
        ...

    async def edit(self, address: Address, message_id: str, part: Part) -> Receipt:
        """Replace a message's text. "Not modified" counts as done. Raises as :meth:`send`."""
        ...

    async def delete(self, address: Address, message_id: str) -> None:
        """Remove a message; one that is gone counts as done. Raises as :meth:`send`."""
        ...


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
        """Articles without a placement, ordered by (published_at, id)."""
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


class ModelRows(Protocol):
    """Summaries and the ledger of model calls."""

    async def summary(
        self, story: StoryId, *, basis: str, language: str, length: str, signature: str
    ) -> Summary | None:
        """The stored summary of exactly this."""
        ...

    async def put_summary(self, summary: Summary, *, signature: str, at: datetime) -> None:
        """Store it; the same key again replaces nothing."""
        ...

    async def quoted_on(self, articles: Sequence[ArticleId], day: str) -> Mapping[ArticleId, tuple[str, ...]]:
        """Sentences of these articles that extractive summaries quoted on this UTC day (ISO date)."""
        ...

    async def record_call(self, call: ModelCall) -> None:
        """Add a line to the ledger."""
        ...

    async def reserve_call(
        self, call: ModelCall, caps: Sequence[tuple[datetime, float]], *, line: int | None = None
    ) -> int | None:
        """Set ``call.cost`` aside as a line of the ledger: its number; None where a cap does not allow it.

        ``caps``: (since, US dollars at most). With ``line``: that one is raised to this cost.
        """
        ...

    async def settle_call(self, line: int, call: ModelCall) -> None:
        """Write what the call came to over what was set aside."""
        ...


class PromptRows(Protocol):
    """Versions of prompts, which of them are live, and what they did."""

    async def add_version(self, version: PromptVersion) -> bool:
        """Keep it; False when this text was known already: nothing is changed then."""
        ...

    async def version(self, name: str, hash_: str) -> PromptVersion | None:
        """One version; ``hash_`` may be cut to the first four or more of its characters if that is clear."""
        ...

    async def versions(self, name: str = "") -> tuple[PromptVersion, ...]:
        """All versions (of this name), newest first."""
        ...

    async def set_version(self, name: str, hash_: str, state: VersionState) -> None:
        """Note what became of it."""
        ...

    async def live_prompts(self) -> tuple[LivePrompt, ...]:
        """All pointers, by name and scope."""
        ...

    async def put_live(self, live: LivePrompt, *, expected: int | None) -> bool:
        """Point to a version.

        ``expected`` is the revision that was looked at (None: there was no pointer); False when another has
        come since, and nothing is changed. The stored revision is one more.
        """
        ...

    async def drop_live(self, name: str, scope: str, *, expected: int) -> bool:
        """Take a topic's or a chat's own pointer away. False when it has changed since."""
        ...

    async def add_event(self, event: PromptEvent) -> None:
        """A line of the history."""
        ...

    async def events(self, name: str, limit: int = 100) -> tuple[PromptEvent, ...]:
        """The history of a prompt, newest first."""
        ...

    async def add_outcome(self, outcome: PromptOutcome) -> None:
        """What a version made of a story that was told to readers."""
        ...

    async def outcomes(
        self, name: str, hash_: str, since: datetime | None = None
    ) -> tuple[PromptOutcome, ...]:
        """What a version did for readers, oldest first."""
        ...


class SubscriptionRows(Protocol):
    """Who gets what; what they got."""

    async def subscriptions(self, *, active: bool | None = True) -> tuple[Subscription, ...]:
        """By id."""
        ...

    async def put_subscription(self, subscription: Subscription) -> None:
        """Insert or replace."""
        ...

    async def mute(self, address: Address, code: Code) -> None:
        """Deactivate every subscription of this address and remember why."""
        ...

    async def slots_done(self, subscription: SubscriptionId, since: datetime) -> frozenset[tuple[str, str]]:
        """(local date, local time) in ISO form of slots composed or skipped since."""
        ...

    async def record_digest(
        self, digest: Digest, deliveries: Sequence[Delivery], facts: Sequence[Fact] = ()
    ) -> DigestId | None:
        """Digest, its items, its deliveries and what they tell in one go; None when the slot has one."""
        ...

    async def facts(self, address: Address, since: datetime) -> tuple[Fact, ...]:
        """What was told at this address (its thread), oldest first.

        Not what stood in a message that failed, or behind one. A merged story's facts are its target's.
        """
        ...

    async def facts_from(self, article: ArticleId, since: datetime) -> tuple[tuple[int, Fact, Delivery], ...]:
        """What messages sent since told from this article: number, fact, message as it stands now.

        Also what was taken back: it may be changed again. What stood in a message that was deleted is not
        among them.
        """
        ...

    async def tell_anew(self, digest: DigestId, address: Address, facts: Sequence[Fact]) -> None:
        """Add what an edit of a digest's messages tells to what was told there."""
        ...

    async def take_back(self, facts: Mapping[int, str], at: datetime) -> None:
        """Mark facts (by number) as corrected: what stands in their place."""
        ...

    async def excerpted(self, since: datetime) -> tuple[Digest, ...]:
        """Digests of a slot made since with a story from excerpts, none of them edited yet; oldest first.

        The items' summaries hold story, basis, language, headline, method and disputes only: the texts are
        stored by these.
        """
        ...

    async def retold(self, digest: DigestId, stories: Sequence[StoryId]) -> None:
        """These stories of a digest stand there by the model now."""
        ...

    async def skip_slots(self, subscription: SubscriptionId, slots: Sequence[Slot], why: str) -> None:
        """Remember that these slots went by (too old, quiet day): never composed any more."""
        ...

    async def told(
        self, subscription: SubscriptionId, since: datetime
    ) -> Mapping[StoryId, tuple[str, datetime]]:
        """Story -> (basis, when) of what this reader was last told."""
        ...

    async def digests(self, subscription: SubscriptionId | None, limit: int) -> tuple[Mapping[str, Any], ...]:
        """The latest digests and skipped slots as plain rows, for listing."""
        ...


class ChatRows(Protocol):
    """Chats, people, and what the conversation with them must remember."""

    async def first_time(self, update: int, at: datetime) -> bool:
        """Take note of an update's number; False when it was handled before (numbers are kept two days)."""
        ...

    async def conversation(self, chat: str, user: str, now: datetime) -> Mapping[str, Any] | None:
        """What this person was asked in this chat and has yet to answer; None: nothing, or too long ago."""
        ...

    async def put_conversation(
        self, chat: str, user: str, state: Mapping[str, Any] | None, until: datetime
    ) -> None:
        """Remember what was asked; None forgets it."""
        ...

    async def chat(self, address: Address) -> Chat | None:
        """What is known of the chat (whatever the address's thread)."""
        ...

    async def chats(self, kind: str | None = None) -> tuple[Chat, ...]:
        """All chats (of this kind), by address."""
        ...

    async def put_chat(self, chat: Chat) -> None:
        """Insert or replace."""
        ...

    async def move_chat(self, channel: str, old: str, new: str) -> None:
        """A group became a supergroup: all that is addressed to it or known of it goes there."""
        ...

    async def unmute(self, address: Address) -> int:
        """Activate the subscriptions of this chat that were muted for being unreachable; how many."""
        ...

    async def forget(self, address: Address) -> Mapping[str, int]:
        """Delete all that is stored of the chat and, if it is private, of the person: table -> rows.

        Messages on the wire stay until they are settled; then retention takes them.
        """
        ...

    async def person(self, user: str) -> Person | None:
        """One person."""
        ...

    async def people(self, role: Role | None = None) -> tuple[Person, ...]:
        """All people (in this role), by id."""
        ...

    async def put_person(self, person: Person) -> None:
        """Insert or replace."""
        ...

    async def mutes(self, chat: str, now: datetime) -> tuple[Mute, ...]:
        """What the chat does not want to read now, by kind and value."""
        ...

    async def put_mute(self, mute: Mute) -> None:
        """Insert or replace by (chat, kind, value)."""
        ...

    async def drop_mute(self, chat: str, kind: str, value: str) -> bool:
        """False when there was none."""
        ...

    async def add_feedback(self, item: Feedback) -> None:
        """Keep it; a later press by the same person on the same story and kind replaces it."""
        ...

    async def drop_feedback(self, chat: str, user: str, story: StoryId, press: Press) -> bool:
        """Take a press back. False when there was none."""
        ...

    async def feedback(
        self, *, chat: str | None = None, since: datetime | None = None, users: Collection[str] | None = None
    ) -> tuple[Feedback, ...]:
        """Oldest first: of one chat, from a time on, by these people."""
        ...

    async def spend(self, chat: str, day: str, kind: str, most: int) -> bool:
        """Count one use of ``kind`` by the chat on this day (ISO); False, uncounted, when it had ``most``."""
        ...

    async def pauses(self, channel: str, now: datetime) -> Mapping[str, datetime]:
        """Chat -> until when the channel asked us to leave it alone ("" is all chats)."""
        ...

    async def put_pause(self, channel: str, chat: str, until: datetime) -> None:
        """Remember a pause; a shorter one than is known changes nothing."""
        ...

    async def shown_in(self, address: Address, message_id: str) -> tuple[StoryId, ...]:
        """The stories of the delivery that became this message; () when it is none of ours."""
        ...

    async def last_digest(self, address: Address) -> tuple[StoryId, ...]:
        """The stories of the last digest sent to this address (its topic of a forum), in their order."""
        ...


class OutboxRows(Protocol):
    """Deliveries. The transitions are the table in ``bot/adapters/store/outbox.py``."""

    async def queue(self, items: Sequence[Delivery]) -> None:
        """Take deliveries in as pending; one whose key was ever queued is dropped quietly."""
        ...

    async def group(self, group: str) -> tuple[Delivery, ...]:
        """The deliveries of a group, in order."""
        ...

    async def claim(
        self,
        *,
        token: str,
        now: datetime,
        until: datetime,
        limit: int,
        channel: str,
        without: Collection[str] = (),
    ) -> tuple[Delivery, ...]:
        """Pending → claimed: due, the first unsent part of its group, at most one per chat, by priority.

        ``without``: chats that are to be left alone now.
        """
        ...

    async def release(self, ids: Sequence[DeliveryId], token: str) -> int:
        """Claimed → pending: nothing went to the wire."""
        ...

    async def mark_sending(
        self, ids: Sequence[DeliveryId], token: str, until: datetime
    ) -> frozenset[DeliveryId]:
        """Claimed → sending, for those that the token still holds. Only what is returned may be sent."""
        ...

    async def settle(self, outcomes: Sequence[Outcome]) -> frozenset[DeliveryId]:
        """Sending (or ambiguous, when the token is right: a late answer) → the outcome; those written."""
        ...

    async def recover(self, now: datetime) -> tuple[int, int]:
        """Leases that ran out: claimed → pending, sending → ambiguous. Returns both counts."""
        ...

    async def deliveries(
        self, states: Sequence[DeliveryState] | None = None, limit: int = 100
    ) -> tuple[Delivery, ...]:
        """For listing, newest first."""
        ...

    async def decide(self, delivery: DeliveryId, *, arrived: bool, now: datetime) -> bool:
        """A person's word on an ambiguous one: sent, or pending again. False when it is not ambiguous."""
        ...

    async def retry(self, delivery: DeliveryId, now: datetime) -> bool:
        """Failed → pending by hand. False when it is not failed."""
        ...

    async def sent_since(self, channel: str, since: datetime) -> tuple[tuple[str, datetime], ...]:
        """(Chat, when) of the messages that went out since, oldest first."""
        ...

    async def waiting(self, now: datetime) -> tuple[int, datetime | None]:
        """How many are unsent and due, and when the next pending one is due."""
        ...

    async def pause_outbox(self, paused: bool, why: str) -> None:
        """A restored backup starts paused; claim gives nothing while it is."""
        ...

    async def outbox_paused(self) -> str:
        """Why it is paused, "" when it is not."""
        ...


class OverviewRows(Protocol):
    """What owners look at and decide by hand."""

    async def cost(self, since: datetime) -> float:
        """US dollars of all model calls since, with what is set aside for those under way."""
        ...

    async def first_call(self, since: datetime) -> datetime | None:
        """When the first model call since was made."""
        ...

    async def troubles(self, since: datetime) -> Mapping[str, int]:
        """Code -> how often polls, model calls and messages ended with it since."""
        ...

    async def editions(self, limit: int) -> tuple[Mapping[str, Any], ...]:
        """The latest digests of a slot, newest first, with when the last part of each was sent.

        Keys: subscription, slot_at, sent_at (None: nothing was), unsent (parts), items, language.
        """
        ...

    async def undelivered(self, limit: int, offset: int = 0) -> tuple[Delivery, ...]:
        """Messages that wait for a person: failed and not given up, or ambiguous; newest first."""
        ...

    async def drop(self, delivery: DeliveryId) -> bool:
        """Give up a failed or ambiguous message, and the parts behind it. False when it is neither."""
        ...

    async def cancel_broadcast(self, since: datetime) -> int:
        """Give up what is still pending of the broadcasts queued since; how many messages."""
        ...

    async def broadcast_states(self, since: datetime) -> Mapping[str, int]:
        """State -> messages of the broadcasts queued since; those given up count as "dropped"."""
        ...


class HouseRows(Protocol):
    """Leases, retention, figures."""

    async def lease(self, name: str, token: str, now: datetime, until: datetime) -> bool:
        """Take or keep a named lease; False while another token holds it."""
        ...

    async def holds(self, name: str, token: str) -> bool:
        """Whether the lease is this token's still, and stays so until this transaction ends.

        Fencing: who writes under a lease asks in the transaction that writes. Nobody else has taken it, even
        where its time is over.
        """
        ...

    async def drop_lease(self, name: str, token: str) -> None:
        """Give it back."""
        ...

    async def retain(self, now: datetime, rules: Rules) -> Mapping[str, int]:
        """Delete what is over its age, in bounded batches: table -> rows deleted."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Table -> rows, for doctor and for moving."""
        ...

    async def note(self, key: str) -> str | None:
        """A remembered word (a state that has no table)."""
        ...

    async def put_note(self, key: str, value: str) -> None:
        """Remember it."""
        ...

    async def notes(self, prefix: str) -> Mapping[str, str]:
        """All remembered words whose key begins so, by key."""
        ...

    async def drop_note(self, key: str) -> None:
        """Forget it."""
        ...


class Tx(
    FeedRows,
    ArticleRows,
    StoryRows,
    VectorRows,
    ModelRows,
    PromptRows,
    SubscriptionRows,
    ChatRows,
    OutboxRows,
    OverviewRows,
    HouseRows,
    Protocol,
):
    """One transaction: committed when the block ends, rolled back when it raises."""


class Store(Protocol):
    """All that is remembered: SQLite or PostgreSQL through one class (``bot/adapters/store``)."""

    def begin(self) -> AbstractAsyncContextManager[Tx]:
        """A read-write transaction (``BEGIN IMMEDIATE`` on SQLite; FULL durability)."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


Attempt = Callable[[str, str, Brief], Awaitable[tuple[Summary, PromptOutcome]]]
"""Tells a brief by the text of a prompt file and a house style, and says what the check made of it.

Nothing of it is stored. Raises Transient or Broken(model_config) when the model cannot be had at all; an
answer of no use is an outcome like any other: excerpts stood in.
"""
Watcher = Callable[[str, int, int], None]
"""Told (stage, done, total); stages are feeds, articles, stories and summaries."""


def _no_list(language: str) -> Mapping[str, float]:
    del language
    return {}


class Desk:
    """What one process keeps in memory between steps; anything in it can be rebuilt from rows."""

    def __init__(self, progress: Watcher | None = None) -> None:
        self.index: Any = None
        """``domain.stories.Index``; None until rebuilt, and again after a failed commit."""
        self.mean: Any = None
        """(Embedder's name, mean vector of news), once it was needed."""
        self.embedded = ""
        """The embedder whose vectors the whole window is known to have."""
        self.embedded_at = 0.0
        """Since when that is known, on the monotonic clock."""
        self.embed_after = 0.0
        """When its server is asked again after a failure, on the monotonic clock."""
        self.catalogue: Any = None
        """``pipeline.catalogue.Catalogue``; rebuilt when a declaration changes."""
        self.prompts: Any = None
        """``domain.prompts.Book``: the live prompts; read again when a pointer changes."""
        self.watched: float | None = None
        """When new versions of prompts were last looked at, on the monotonic clock."""
        self.started: float | None = None
        """When this process first planned, on the monotonic clock."""
        self.prepared: dict[str, float] = {}
        """Subscription -> when its next edition was last prepared, on the monotonic clock."""
        self.telling: dict[Any, Any] = {}
        """What ``pipeline.tell`` is about to tell: two readers of a story wait for one call of the model."""
        self.refused: dict[Any, int] = {}
        """Brief and model -> how often the model's answer was of no use."""
        self.placer: str | None = None
        """On many machines: the token of the lease under which this process places articles."""
        self.senders: dict[str, Any] = {}
        """Channel -> ``pipeline.send.Sender``: what its one sender knows of its lease."""
        self.paces: dict[str, Any] = {}
        """Channel -> ``domain.pacing.Pace``: the one budget of what is sent and what people are answered."""
        self.watchers: list[Watcher] = [progress] if progress else []
        """Whoever wants to know how steps go on; add yours, and take it away again."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Tell whoever watches how far a step is."""
        for watcher in tuple(self.watchers):
            watcher(stage, done, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything a step may touch: the first argument of each."""

    store: Store
    clock: Clock
    web: Web
    parser: Parser
    summarizer: Summarizer
    fallback: Summarizer
    channels: Mapping[str, Channel]
    rules: Rules
    desk: Desk = field(default_factory=Desk)
    better: Summarizer | None = None
    """Who tells a digest's top stories; None: ``summarizer`` too."""
    translator: Translator | None = None
    """None: no model is configured, so what is told in another language stays as it is."""
    embedder: Embedder | None = None
    """None: stories are joined by words, and across languages by names and numbers."""
    usual: Callable[[str], Mapping[str, float]] = _no_list
    """Language -> stem -> its share of running words (``adapters.wordlists``)."""
    wording: Mapping[str, Any] = field(default_factory=dict)
    """Interface language -> ``domain.phrases.Wording``; "en" is always there in production."""
    attempt: Attempt | None = None
    """For trying prompts out; None: no model is configured."""
    samples: Callable[[], tuple[Sample, ...]] = tuple
    """Reads the fixed stories that a version of a prompt must tell well before it goes live: only then, since
    twenty of them take most of a second, and a broken one must not stop the bot."""
    spread: bool = False
    """Whether steps go to many processes: work is cut into shards then (``pipeline.shards``)."""
    owner: Address | None = None
    """Who hears of troubles: a dead feed, a muted chat. None: only the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A piece of work by name. ``key``: at most one waiting; ``lock``: at most one running."""

    name: str
    ids: tuple[str, ...] = ()
    key: str = ""
    lock: str = ""
    after: timedelta = timedelta(0)


class Runner(Protocol):
    """Runs steps: as tasks of this process, or as jobs of a queue that many processes work off."""

    failed: int
    """Steps that raised in this process, since the start."""
    fatal: Misconfigured | None
    """Set when a step found that somebody must change a setting; the process stops then."""

    async def put(self, steps: Sequence[Step]) -> None:
        """Take steps to run; one whose key is already waiting is dropped quietly."""
        ...

    async def idle(self) -> None:
        """Return when nothing is waiting or running."""
        ...

    async def stop(self, grace: float) -> None:
        """Take no more, give running steps ``grace`` seconds, then cancel."""
        ...
