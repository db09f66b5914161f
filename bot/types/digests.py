"""Who wants what and when, and the digest that is composed for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from bot.types.noun import DigestId, Noun, StoryId, SubscriptionId, TopicSlug
from bot.types.telling import Fact, Length, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Noun):
    """Where messages go: a channel of ours and a chat there."""

    channel: str  # "telegram"
    chat: str  # chat id or @channelname
    thread: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Noun):
    """When, in the reader's own zone. ``days``: 0 is Monday; empty means every day."""

    times: tuple[time, ...]
    zone: str  # IANA
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Noun):
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
class Slot(Noun):
    """One due time of one subscription, keyed by local date and time: never twice, whatever clocks do."""

    local_date: date
    local_time: time  # as the reader set it, even where the clock jumped over it
    at: datetime  # the instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage(Noun):
    """What the footer tells: how much of what we should have read we did read."""

    feeds: int
    feeds_fine: int
    newest_at: datetime | None
    articles: int  # read in the digest's window
    failing: tuple[str, ...] = ()  # titles of failing feeds, worst first


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Noun):
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
class Unchanged(Noun):
    """A story that goes on without anything new to this reader since it was told."""

    story: StoryId
    headline: str  # under which it was told
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Noun):
    """A sentence of the paragraph that opens a topic, and the story below that carries it."""

    text: str
    story: StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Noun):
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
class Digest(Noun):
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
class Entity(Noun):
    """A styled stretch; offset and length in UTF-16 code units."""

    kind: EntityKind
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button(Noun):
    """A button under a message: it opens ``url``, or else its press comes back with ``data``."""

    text: str
    data: str = ""  # 1 to 64 bytes
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Noun):
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
