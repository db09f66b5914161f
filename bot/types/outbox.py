"""Messages on their way: parts, deliveries, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.errors import Code
from bot.types.digests import Address, Part
from bot.types.noun import DeliveryId, Noun


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
class Delivery(Noun):
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
class Outcome(Noun):
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
class Receipt(Noun):
    """The channel's proof of a message."""

    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Noun):
    """What a channel takes in one message."""

    units: int = 4096
    """UTF-16 code units."""
    deadline: float = 20.0
    """Seconds after which an attempt has ended, well or badly; a sender's lease must be longer."""
    entities: int = 100
    """Styled stretches; Telegram drops the formatting of those over it without a word."""
