"""The nouns: frozen, slotted, keyword-only; tuples, not lists; aware UTC datetimes.

Read top to bottom: this is the way of the data. Feed → Entry → Reading → Article → TopicMatch → Placement →
Story → Brief → Summary → Digest → Part → Delivery.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NewType

from bot.errors import Code

FeedId = NewType("FeedId", str)
OutletId = NewType("OutletId", str)
TopicSlug = NewType("TopicSlug", str)
SubscriptionId = NewType("SubscriptionId", str)
EntryId = NewType("EntryId", int)
ArticleId = NewType("ArticleId", int)
StoryId = NewType("StoryId", int)
DigestId = NewType("DigestId", int)
DeliveryId = NewType("DeliveryId", int)
RawUrl = NewType("RawUrl", str)
"""An address as somebody wrote it."""
CanonicalUrl = NewType("CanonicalUrl", str)
"""An address after :func:`bot.domain.articles.canonical`: two spellings of one page are equal."""


class _Noun:
    """Checks at construction that each datetime is aware and in UTC, so that no naive one spreads."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if isinstance(value, datetime) and value.utcoffset() != timedelta(0):
                raise ValueError(
                    f"{type(self).__name__}.{item.name} must be an aware UTC datetime: {value!r}"
                )


# ---------------------------------------------------------------------------------------------- collecting


class FeedStatus(StrEnum):
    """Whether a feed is polled."""

    ACTIVE = "active"
    DEAD = "dead"  # switched off by us after long failure; reported
    OFF = "off"  # switched off by a person, or gone from the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet(_Noun):
    """Who publishes. ``family`` groups outlets of one owner: they count as one voice."""

    id: OutletId
    name: str
    domains: tuple[str, ...] = ()
    family: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, "" where unknown
    state_media: bool = False
    agency: bool = False
    weight: float = 1.0  # how much its voice counts when stories are ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(_Noun):
    """An outlet's feed: what was declared (first group) and what polling learnt (second)."""

    id: FeedId
    url: RawUrl
    title: str = ""
    outlet: OutletId | None = None
    language: str = ""  # ISO 639-1; "" means detect
    topics: tuple[TopicSlug, ...] = ()  # a hint: what this feed is mostly about
    interval: int = 900  # seconds between polls
    full_text: bool = True  # fetch the pages, not only the feed

    status: FeedStatus = FeedStatus.ACTIVE
    etag: str = ""
    last_modified: str = ""
    next_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    newest_entry_at: datetime | None = None
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    last_code: Code | None = None
    had_entries: bool = False  # an empty answer is an error once it ever had any
    polls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators(_Noun):
    """What makes a request conditional."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(_Noun):
    """An answer of the web that may be used: status 200 or 304, body decoded and at most the cap."""

    url: RawUrl  # asked for
    final_url: RawUrl  # after redirects
    moved_to: RawUrl | None = None  # set when every redirect on the way was permanent (301, 308)
    status: int = 200
    body: bytes = b""
    content_type: str = ""  # as sent, with charset
    etag: str = ""
    last_modified: str = ""
    max_age: int | None = None  # seconds, from Cache-Control or Expires; None where unsaid


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(_Noun):
    """The publisher's claim: one item of a feed. Texts may hold HTML; nothing is trusted yet."""

    guid: str  # the address's key, else the feed's id, else a hash of the text: unique within its feed
    url: RawUrl  # "" where the feed names none
    title: str  # plain text
    summary_html: str = ""
    content_html: str = ""
    author: str = ""
    published_at: datetime | None = None  # after the date rules of domain/feeds.py
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed(_Noun):
    """What a feed body says: at most 500 newest entries, newest first."""

    title: str = ""
    link: str = ""
    language: str = ""
    ttl: int | None = None  # seconds, the feed's own wish
    entries: tuple[Entry, ...] = ()
    fingerprints: tuple[str, ...] = ()  # of the entries, in their order; () where nobody took them yet
    dropped: int = 0  # entries over the cap or without both title and address
    format: str = ""  # "rss20", "atom10", "rdf", "jsonfeed", …
    note: str = ""  # what was wrong with the body and mended


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry(_Noun):
    """An entry that the store has not seen, with the decision whether it may be news."""

    entry: Entry
    fingerprint: str
    news: bool  # False: kept only so that it is known (first import, too old)
    code: Code | None = None  # why it is not news


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord(_Noun):
    """All that one poll changes, written in one transaction."""

    feed: Feed  # with its new state
    asked: RawUrl = RawUrl("")  # the address that was asked; what was learnt holds for it alone
    polled_at: datetime
    code: Code | None = None
    new: tuple[NewEntry, ...] = ()
    changed: tuple[NewEntry, ...] = ()  # known guid, other fingerprint
    milliseconds: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry(_Noun):
    """An entry waiting to be read."""

    id: EntryId
    feed_id: FeedId
    entry: Entry
    seen_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(_Noun):
    """What extraction got out of a page or of a feed's own content."""

    title: str
    text: str  # paragraphs separated by a blank line; captions, credits and boilerplate taken out
    language: str  # ISO 639-1, "" when too short to tell
    source: str  # "page" or "feed": which of the two was better
    canonical: RawUrl | None = None  # rel=canonical or og:url
    site_name: str = ""
    author: str = ""
    published_at: datetime | None = None
    captions: tuple[str, ...] = ()
    agency: str = ""  # "Reuters", "AFP", … when the text credits one
    wall: Code | None = None  # PAYWALL or CONSENT: this is no article


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(_Noun):
    """What we read: one per canonical address, however many feeds carry it."""

    id: ArticleId = ArticleId(0)  # 0 until stored
    url: CanonicalUrl
    outlet: OutletId
    feed: FeedId
    title: str
    text: str
    language: str
    published_at: datetime
    seen_at: datetime
    fingerprint: str  # of the normalized text
    agency: str = ""
    captions: tuple[str, ...] = ()
    reprint_of: ArticleId | None = None
    full: bool = False  # from the page, not only from the feed


# ------------------------------------------------------------------------------------------ filing, grouping


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(_Noun):
    """What a reader follows. Terms are per language; ``names`` per interface language."""

    slug: TopicSlug
    names: Mapping[str, str]
    description: str = ""
    include: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # language -> terms
    matter: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # what it treats: names need one of it
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # weak terms: need company
    exclude: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sides: tuple[Mapping[str, tuple[str, ...]], ...] = ()  # each side must be named (us-china)
    also: tuple[Mapping[str, tuple[str, ...]], ...] = ()  # a second set of sides, as good as the first
    examples: tuple[str, ...] = ()
    threshold: float = 1.0
    order: int = 0

    def name(self, language: str) -> str:
        """The topic's name in this interface language, English where it has none."""
        known = (language, language.split("-", maxsplit=1)[0], "en")
        return next((self.names[code] for code in known if self.names.get(code)), self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMatch(_Noun):
    """Why an article is in a topic: score over the topic's threshold, and the terms that made it."""

    topic: TopicSlug
    score: float
    why: str


class PlacementKind(StrEnum):
    """What became of an article."""

    JOIN = "join"
    FOUND = "found"
    DUPLICATE = "duplicate"  # a reprint: in the story, but no voice of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement(_Noun):
    """A decision of the one story writer."""

    article: ArticleId
    kind: PlacementKind
    story: StoryId
    similarity: float
    why: str
    reprint_of: ArticleId | None = None
    topics: tuple[TopicMatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(_Noun):
    """A change of what was placed before.

    ``articles`` went from story ``source`` to story ``target``: all of them in a merge (the source is then
    another name of the target), some in a split (the target is new, and nothing merges the two again).
    """

    source: StoryId
    target: StoryId
    articles: tuple[ArticleId, ...]
    split: bool = False
    by_hand: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(_Noun):
    """One event, with its articles in placement order."""

    id: StoryId
    title: str
    articles: tuple[ArticleId, ...]
    voices: int  # independent sources: outlets less reprints and families
    first_at: datetime
    last_at: datetime
    topics: tuple[TopicMatch, ...] = ()


# -------------------------------------------------------------------------------------------- summarizing


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(_Noun):
    """One article as summarizing sees it; ``number`` is what [1] refers to."""

    number: int
    article: ArticleId
    outlet: str  # the outlet's name
    url: CanonicalUrl
    title: str
    text: str
    language: str
    published_at: datetime
    agency: str = ""
    state_media: bool = False
    reprint: bool = False
    quoted: tuple[str, ...] = ()  # sentences of it that were already quoted today
    seen_at: datetime | None = None  # when it reached us; None: when it was published


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage(_Noun):
    """A sentence chosen for the summarizer, with where it stands."""

    id: str  # opaque, "p3": what a model cites
    source: int
    position: int  # sentence number in the source, from 0
    text: str


class Length(StrEnum):
    """How much of a story a reader wants."""

    BRIEF = "brief"  # two sentences
    STANDARD = "standard"  # up to four
    DEEP = "deep"  # up to six


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief(_Noun):
    """Exactly what a summarizer may see. ``basis`` is the hash of the passages: same facts, same basis."""

    story: StoryId
    topic: str  # its name, for the prompt
    language: str
    length: Length
    passages: tuple[Passage, ...]
    sources: tuple[Source, ...]
    basis: str
    text_language: str = ""  # what the passages are written in: not the reader's when no source is
    slug: str = ""  # of the topic, which may have a prompt of its own
    task: str = "story"  # or "update": only what is new; or "page": somebody asked for this text
    title: str = ""  # the headline of what is new, where ``passages`` are only that
    whole: str = ""
    """The basis of all that could be told, where ``passages`` are only what is new to a reader; else ""."""
    chat: str = ""
    """The chat whose own prompts and style tell it; "" for the house's, which all others share."""
    events: tuple[tuple[int, ...], ...] = ()
    """Where it is of several events (an overview): the source numbers of each. No sentence may mix them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(_Noun):
    """One of the fixed stories on which a version of a prompt is tried; ``id`` is its file's name."""

    id: str
    brief: Brief


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof(_Noun):
    """A sentence of a source that carries one of ours."""

    source: int  # its number
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence(_Noun):
    """A sentence that goes out, with the numbers of the sources that carry it, and what they say."""

    text: str
    sources: tuple[int, ...]
    proofs: tuple[Proof, ...] = ()
    original: str = ""  # what it translates


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(_Noun):
    """Something in a sentence that its sources do not carry.

    ``hard``: plainly not there (a number, a name, a reversed verb); the sentence must never go out. What is
    not hard is a doubt (little support, a number far from its context) that a judge may settle.
    """

    kind: str  # "number", "name", "quotation", "date", "negation", "support", …
    span: str
    hard: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(_Noun):
    """The check of one sentence: ``score`` 0 to 1, evidence as (source number, sentence number).

    ``ok``: nothing was found at all. ``hard``: something was found that no judge may overrule.
    """

    ok: bool
    score: float
    findings: tuple[Finding, ...] = ()
    evidence: tuple[tuple[int, int], ...] = ()

    @property
    def hard(self) -> bool:
        """Whether one of the findings is hard."""
        return any(one.hard for one in self.findings)


class Method(StrEnum):
    """Who wrote it."""

    LLM = "llm"
    EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(_Noun):
    """A figure as an outlet gave it, with its words."""

    source: int
    outlet: str
    at: datetime
    value: float
    quote: str  # verbatim


class DisputeKind(StrEnum):
    """Why two figures differ."""

    DISPUTED = "disputed"  # at about the same time
    UPDATED = "updated"  # one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(_Noun):
    """Two outlets' figures for one thing, the earlier one first."""

    kind: DisputeKind
    thing: str
    first: Claim
    second: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(_Noun):
    """A story told once for everybody who reads this language at this length."""

    story: StoryId
    basis: str
    language: str
    length: Length
    headline: str
    sentences: tuple[Sentence, ...]
    method: Method
    sources: tuple[Source, ...] = ()
    model: str = ""
    prompt: str = ""  # content hash of the prompt
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0  # US dollars, estimated where the server names none
    rejected: tuple[str, ...] = ()  # sentences that the check refused
    why_fallback: Code | None = None  # set when a model was asked and did not deliver
    text_language: str = ""  # what the sentences are really written in; "" means ``language``
    translated_from: str = ""  # the language of what a model translated
    slug: str = ""  # of the topic under which it was told
    task: str = "story"  # its brief's
    chat: str = ""  # its brief's
    disputes: tuple[Dispute, ...] = ()  # for this reader, at this moment: not kept with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(_Noun):
    """A sentence that a chat was told, and what carries it."""

    story: StoryId
    text: str
    at: datetime
    headline: bool = False
    articles: tuple[ArticleId, ...] = ()
    figures: tuple[float, ...] = ()  # without dates
    delivery: str = ""  # key of the message in which it stands
    corrected_at: datetime | None = None  # when its source took it back
    correction: str = ""  # what stands there now; "" for nothing like it


# ------------------------------------------------------------------------------------------------- digests


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(_Noun):
    """Where messages go: a channel of ours and a chat there."""

    channel: str  # "telegram"
    chat: str  # chat id or @channelname
    thread: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(_Noun):
    """When, in the reader's own zone. ``days``: 0 is Monday; empty means every day."""

    times: tuple[time, ...]
    zone: str  # IANA
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(_Noun):
    """Who gets what and when."""

    id: SubscriptionId
    address: Address
    topics: tuple[TopicSlug, ...]
    schedule: Schedule
    language: str = "en"
    length: Length = Length.STANDARD
    format: str = "classic"
    quiet_day: str = "line"  # "line": one honest line; "nothing"
    silent: bool = False
    night: bool = False  # silent at night: from 22:00 to 07:00 of the reader's clock
    active: bool = True
    paused_until: datetime | None = None  # slots before it go by without a digest
    created_at: datetime | None = None  # slots before it are nobody's


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot(_Noun):
    """One due time of one subscription, keyed by local date and time: never twice, whatever clocks do."""

    local_date: date
    local_time: time  # as the reader set it, even where the clock jumped over it
    at: datetime  # the instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage(_Noun):
    """What the footer tells: how much of what we should have read we did read."""

    feeds: int
    feeds_fine: int
    newest_at: datetime | None
    articles: int  # read in the digest's window
    failing: tuple[str, ...] = ()  # titles of failing feeds, worst first


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(_Noun):
    """A story in a digest."""

    story: StoryId
    summary: Summary
    score: float
    why: str
    voices: int
    reprints: int
    first_at: datetime
    last_at: datetime
    news: str = "new"  # "new" to this reader, "developed" since the last digest
    state_media_only: bool = False
    basis: str = ""  # of the whole story, where the summary tells only what is new to this reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged(_Noun):
    """A story that goes on without anything new to this reader since it was told."""

    story: StoryId
    headline: str  # under which it was told
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(_Noun):
    """A sentence of the paragraph that opens a topic, and the story below that carries it."""

    text: str
    story: StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(_Noun):
    """A topic in a digest."""

    topic: TopicSlug
    name: str
    items: tuple[Item, ...]
    more: int = 0  # further stories that did not fit
    unchanged: tuple[Unchanged, ...] = ()
    overview: tuple[Opening, ...] = ()  # what opens it in a long digest

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show under its heading."""
        return not (self.items or self.more or self.unchanged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest(_Noun):
    """One edition for one subscription and slot (or on demand, without either)."""

    id: DigestId = DigestId(0)
    subscription: SubscriptionId | None = None
    slot: Slot | None = None
    language: str
    zone: str
    made_at: datetime
    since: datetime  # start of the window
    sections: tuple[Section, ...]
    coverage: Coverage
    late: bool = False
    quiet_day: str = "line"
    corrections: tuple[Fact, ...] = ()  # told before, and taken back by their sources since


class EntityKind(StrEnum):
    """Telegram's classic entities that we use."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKETHROUGH = "strikethrough"
    CODE = "code"
    PRE = "pre"
    TEXT_LINK = "text_link"
    BLOCKQUOTE = "blockquote"
    EXPANDABLE_BLOCKQUOTE = "expandable_blockquote"
    SPOILER = "spoiler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(_Noun):
    """A styled stretch; offset and length in UTF-16 code units."""

    kind: EntityKind
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button(_Noun):
    """A button under a message: it opens ``url``, or else its press comes back with ``data``."""

    text: str
    data: str = ""  # 1 to 64 bytes
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(_Noun):
    """One message: plain text and entities; never markup, so nothing can fail to parse.

    ``rich`` says the same (or, with ``classic``, all of a digest) as a rich message in the API's JSON; a
    channel that has none, or a server that refuses it, sends the classic form instead.
    """

    text: str
    entities: tuple[Entity, ...] = ()
    stories: tuple[StoryId, ...] = ()
    silent: bool = False
    buttons: tuple[tuple[Button, ...], ...] = ()  # rows
    rich: Mapping[str, Any] | None = None
    classic: tuple[Part, ...] = ()  # what stands for ``rich`` where it is refused; empty: this part itself

    def plain(self) -> tuple[Part, ...]:
        """The classic form: this part where it has no other, silent if this one is."""
        if self.rich is None:
            return (self,)
        if not self.classic:
            return (dataclasses.replace(self, rich=None),)
        return tuple(dataclasses.replace(part, silent=part.silent or self.silent) for part in self.classic)


# -------------------------------------------------------------------------------------------------- outbox


class Origin(StrEnum):
    """Why a message exists."""

    DIGEST = "digest"
    CORRECTION = "correction"
    BROADCAST = "broadcast"
    ALERT = "alert"


class Action(StrEnum):
    """What to do at the channel."""

    SEND = "send"
    EDIT = "edit"
    DELETE = "delete"


class DeliveryState(StrEnum):
    """Where a message is on its way. See docs/decisions/ and the store's outbox for the transitions."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(_Noun):
    """One part to one address. ``key`` is unique for ever: composing twice queues once."""

    id: DeliveryId = DeliveryId(0)
    key: str  # "digest:{subscription}:{local_date}:{local_time}:{part}" or the like
    group: str  # parts of one group go strictly in order
    origin: Origin
    action: Action = Action.SEND
    address: Address
    part_number: int  # from 0
    parts: int
    part: Part
    priority: int = 0  # higher first
    due_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    claim_token: str = ""
    claim_until: datetime | None = None
    message_id: str = ""
    attempts: int = 0
    last_code: Code | None = None
    last_error: str = ""
    queued_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(_Noun):
    """What became of one delivery on the wire; the store writes it only if the claim token still holds."""

    delivery: DeliveryId
    token: str
    state: DeliveryState  # SENT, FAILED, AMBIGUOUS, or PENDING for another try
    message_id: str = ""
    due_at: datetime | None = None
    code: Code | None = None
    error: str = ""
    new_chat: str = ""  # set on migration: all rows of the old chat are rewritten
    instead: tuple[Part, ...] = ()  # with PENDING: the content from now on; further ones are queued behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(_Noun):
    """The channel's proof of a message."""

    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(_Noun):
    """What a channel takes in one message."""

    units: int = 4096
    """UTF-16 code units."""
    deadline: float = 20.0
    """Seconds after which an attempt has ended, well or badly; a sender's lease must be longer."""
    entities: int = 100
    """Styled stretches; Telegram drops the formatting of those over it without a word."""


# ---------------------------------------------------------------------------------------------------- chats


class Role(StrEnum):
    """What a person may do in this house, beside what every reader may."""

    OWNER = "owner"
    EDITOR = "editor"
    READER = "reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(_Noun):
    """Somebody who wrote to the bot."""

    id: str  # the channel's user id
    name: str = ""
    role: Role = Role.READER
    language: str = ""  # interface language chosen by hand; "" follows the client's
    connected: str = ""  # the chat whose settings the private chat manages now; "" is the private chat itself
    connected_thread: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat(_Noun):
    """A chat that the bot is or was in."""

    address: Address  # thread is None: a chat has one row, its topics have subscriptions
    kind: str  # "private", "group", "supergroup", "channel"
    title: str = ""
    username: str = ""  # without @
    forum: bool = False
    language: str = ""  # of what the bot says there; "" follows who asks
    may_post: bool = True
    admitted: bool = False  # by an invitation, where access is by invitation
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute(_Noun):
    """What a chat does not want to read of for a while."""

    chat: str
    kind: str  # "word" or "outlet"
    value: str  # a word or phrase as typed, or an outlet's id
    until: datetime | None = None  # None: for good


class Press(StrEnum):
    """What a reader says of a story on its card."""

    MORE = "more"
    LESS = "less"
    WRONG_TOPIC = "wrong_topic"
    NOT_SAME = "not_same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback(_Noun):
    """A press as a labelled example, with what was shown when it was made."""

    chat: str
    user: str
    story: StoryId
    topic: TopicSlug | None
    press: Press
    counts: bool  # by who administers the chat (in private: always); else a vote
    at: datetime
    shown: Mapping[str, Any] = field(default_factory=dict)  # headline, outlets, articles, score, why


# ------------------------------------------------------------------------------------------- configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared(_Noun):
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
class ModelCall(_Noun):
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
class PromptVersion(_Noun):
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
class LivePrompt(_Noun):
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
class PromptEvent(_Noun):
    """What was done with a version, for its history."""

    at: datetime
    name: str
    hash: str
    what: str  # "drafted", "tested", "activated", "refused", "forced", "rolled_back", "compared", …
    by: str
    why: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOutcome(_Noun):
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
class Rules(_Noun):
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
