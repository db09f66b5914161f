"""What the store remembers of readers: subscriptions, chats, and messages on their way."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.errors import Code
from bot.types import (
    Address,
    ArticleId,
    Chat,
    Delivery,
    DeliveryId,
    DeliveryState,
    Digest,
    DigestId,
    Fact,
    FactNumber,
    Feedback,
    Mute,
    Outcome,
    Person,
    Press,
    Role,
    Slot,
    StoryId,
    Subscription,
    SubscriptionId,
)


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

    async def slots_done_by(
        self, readers: Sequence[SubscriptionId], since: datetime
    ) -> Mapping[SubscriptionId, frozenset[tuple[str, str]]]:
        """The same of many readers."""
        ...

    async def told_alike(
        self, readers: Sequence[Subscription], since: datetime
    ) -> Mapping[SubscriptionId, Hashable]:
        """A mark for each: two readers with equal marks were told the same since, and wish for nothing else.

        No two digests that differ may be made at the same moment.
        """
        ...

    async def slots_done(self, subscription: SubscriptionId, since: datetime) -> frozenset[tuple[str, str]]:
        """(local date, local time) in ISO form of slots composed or skipped since."""
        ...

    async def record_digest(
        self, digest: Digest, deliveries: Sequence[Delivery], facts: Sequence[Fact] = ()
    ) -> DigestId | None:
        """Digest, its items, its deliveries and what they tell in one go; None when the slot has one."""
        ...

    async def record_digests(
        self,
        digest: Digest,
        copies: Mapping[SubscriptionId | None, Sequence[Delivery]],
        facts: Sequence[Fact] = (),
    ) -> Mapping[SubscriptionId | None, DigestId]:
        """One digest for many readers alike: those recorded; left out are those whose slot has one.

        ``copies``: each reader's own deliveries, of as many parts. ``facts`` name the messages of
        ``digest.subscription``, which is one of the readers.
        """
        ...

    async def facts(self, address: Address, since: datetime) -> tuple[Fact, ...]:
        """What was told at this address (its thread), oldest first.

        Not what stood in a message that failed, or behind one. A merged story's facts are its target's.
        """
        ...

    async def facts_from(
        self, article: ArticleId, since: datetime
    ) -> tuple[tuple[FactNumber, Fact, Delivery], ...]:
        """What messages sent since told from this article: number, fact, message as it stands now.

        Also what was taken back: it may be changed again. What stood in a message that was deleted is not
        among them.
        """
        ...

    async def tell_anew(self, digest: DigestId, address: Address, facts: Sequence[Fact]) -> None:
        """Add what an edit of a digest's messages tells to what was told there."""
        ...

    async def take_back(self, facts: Mapping[FactNumber, str], at: datetime) -> None:
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
