"""One message on the wire, and what became of it."""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.domain.pacing import FLOOD_PAUSE, Pace, next_try
from bot.errors import Ambiguous, Code, DatelineError, Migrated, Misconfigured, Superseded, Transient
from bot.events import logger
from bot.ports import Channel, Clock
from bot.types import Action, Delivery, DeliveryState, Outcome

log = logger("send")

GRACE = 2.0
"""Seconds that a channel may overrun its own deadline before it is cut off."""
_MOST_ERROR = 300  # characters of an error that a row keeps

Result = tuple[Delivery, Outcome, DatelineError | None]


async def deliver(channel: Channel, pace: Pace, clock: Clock, item: Delivery, token: str) -> Result:
    """The message, what the store is to write, and the failure if there was one; never raises."""
    message_id = ""
    error: DatelineError | None = None
    try:
        async with asyncio.timeout(channel.limits.deadline + GRACE):
            message_id = await _act(channel, item)
    except DatelineError as failure:
        error = failure
    except TimeoutError as failure:
        error = _unknown("the channel gave no answer in time", item, failure)
    except Exception as failure:
        log.exception("channel_raised", channel=channel.name, delivery=item.id)
        error = _unknown("the channel broke off", item, failure)
    finally:
        pace.landed(clock.monotonic())
    _learn(pace, clock, item, error)
    outcome = _outcome(item, token, message_id, error, clock.now())
    log.info(
        "delivery_settled",
        delivery=item.id,
        chat=item.address.chat,
        part=item.part_number + 1,
        parts=item.parts,
        attempt=item.attempts + 1,
        state=outcome.state,
        code=outcome.code,
    )
    return item, outcome, error


def flood_pause(error: DatelineError | None) -> float:
    """Seconds for which the chat asked to be left alone, 0 where it did not."""
    if not isinstance(error, Transient) or error.code is not Code.RATE_LIMITED:
        return 0.0
    return FLOOD_PAUSE if error.retry_after is None else error.retry_after


def _learn(pace: Pace, clock: Clock, item: Delivery, error: DatelineError | None) -> None:
    """What the answer says about the next messages."""
    if error is None:
        pace.went_through()
    elif pause := flood_pause(error):
        pace.flooded(item.address.chat, pause, clock.monotonic())
    elif isinstance(error, Migrated):
        pace.move(item.address.chat, error.new_chat)


async def _act(channel: Channel, item: Delivery) -> str:
    """Send, edit or delete; the message's id."""
    if item.action is Action.DELETE:
        await channel.delete(item.address, item.message_id)
        return item.message_id
    if item.action is Action.EDIT:
        return (await channel.edit(item.address, item.message_id, item.part)).message_id
    return (await channel.send(item.address, item.part)).message_id


def _unknown(what: str, item: Delivery, cause: BaseException) -> Ambiguous:
    error = Ambiguous(what, code=Code.UNKNOWN_OUTCOME, delivery=item.id)
    error.__cause__ = cause
    return error


def _outcome(
    item: Delivery, token: str, message_id: str, error: DatelineError | None, now: datetime
) -> Outcome:
    """What the store is to write."""
    state, due_at, new_chat = DeliveryState.FAILED, None, ""
    instead = item.part.plain() if isinstance(error, Superseded) and item.part.rich is not None else ()
    if error is None:
        state = DeliveryState.SENT
    elif isinstance(error, Ambiguous):
        state = DeliveryState.AMBIGUOUS
    elif isinstance(error, Migrated):
        state, due_at, new_chat = DeliveryState.PENDING, now, error.new_chat
    elif instead:
        state, due_at = DeliveryState.PENDING, now
    elif isinstance(error, Misconfigured):
        state = DeliveryState.PENDING
    elif isinstance(error, Transient):
        due_at = next_try(
            now,
            queued_at=item.queued_at or item.due_at,
            attempts=item.attempts + 1,
            flooded=error.code is Code.RATE_LIMITED,
            retry_after=error.retry_after,
        )
        state = DeliveryState.FAILED if due_at is None else DeliveryState.PENDING
    return Outcome(
        delivery=item.id,
        token=token,
        state=state,
        message_id=message_id,
        due_at=due_at,
        code=error.code if error else None,
        error=str(error)[:_MOST_ERROR] if error else "",
        new_chat=new_chat,
        instead=instead,
    )
