"""Outbox → channel: nothing lost, nothing twice, and what nobody can know is held for a person.

A pass of the one sender: claim a window of messages for different chats; mark those that may go now as
``sending`` in one commit; send them at once; write what became of them in one commit. A kill before the mark
leaves claimed rows, which are pending again when their lease is over; a kill after it leaves at most one
window that nobody can know of: ambiguous.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.pacing import FLOOD_PAUSE, Pace, is_group, next_try
from bot.errors import Ambiguous, Code, DatelineError, Migrated, Misconfigured, Transient, Unreachable
from bot.pipeline.owner import mute
from bot.ports import Channel, Deps, Step
from bot.types import Action, Delivery, DeliveryId, DeliveryState, Outcome

log = logging.getLogger("dateline.send")

_LEASE = timedelta(seconds=30)  # of the sender; another takes over after it
_GRACE = 2.0  # seconds that a channel may overrun its own deadline before it is cut off
_BREATH = (
    0.25  # seconds at least between passes that pace holds back: single messages would cost a commit each
)
_IDLE = 1.0  # seconds between looks at an outbox where nothing can be claimed
_SOON = timedelta(minutes=2)  # what is due later, the next plan will find
_SETTLE_PAUSES = (0.2, 1.0, 5.0)  # seconds between tries to write outcomes down: they are worth a fight
_MOST_ERROR = 300  # characters of an error that a row keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What passes did, and when the next is worth while."""

    elected: bool = True  # False: another process is the sender
    sent: int = 0
    retried: int = 0  # surely not sent, pending again
    failed: int = 0
    ambiguous: int = 0
    recovered: int = 0  # messages of a dead sender: pending again
    held: int = 0  # messages of a dead sender: ambiguous
    wait: float | None = 0.0  # seconds until more may go; None: nothing is claimable now
    next_due: datetime | None = None  # of the next pending message, when nothing is claimable

    def __add__(self, later: Sent) -> Sent:
        return Sent(
            elected=later.elected,
            sent=self.sent + later.sent,
            retried=self.retried + later.retried,
            failed=self.failed + later.failed,
            ambiguous=self.ambiguous + later.ambiguous,
            recovered=self.recovered + later.recovered,
            held=self.held + later.held,
            wait=later.wait,
            next_due=later.next_due,
        )


class Sender:
    """What the one sender of a channel keeps in memory between passes."""

    def __init__(self, channel: str, rate: float) -> None:
        self.channel = channel
        self.token = uuid.uuid4().hex
        self.pace = Pace(rate)
        self.leased_until: datetime | None = None

    @property
    def lease(self) -> str:
        """The name of the lease that elects it."""
        return f"sender:{self.channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """What one pass claimed: who goes now, who must wait and how long."""

    token: str
    go: tuple[Delivery, ...] = ()
    stay: tuple[DeliveryId, ...] = ()
    wait: float | None = 0.0


async def send(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Post what is due, on every channel. Raises as :func:`drain`."""
    del step
    follow: tuple[Step, ...] = ()
    for channel in deps.channels:
        sent = await drain(deps, channel)
        if sent.next_due is None:
            continue
        after = max(timedelta(seconds=_IDLE), sent.next_due - deps.clock.now())
        if after <= _SOON:
            # Its own key: waiting under the common one it would keep out a digest that is made meanwhile.
            later = f"send:later:{channel}"
            follow += (Step(name="send", key=later, lock="send", after=after),)
    return follow


async def drain(deps: Deps, channel: str = "telegram", *, until: datetime | None = None) -> Sent:
    """Post until nothing is due any more, waiting as pace asks; what was done in all.

    With ``until``, also wait up to then for what gets due or is in another sender's hands. Afterwards the
    sender's lease is given back, so that another process need not wait for its end.

    Raises:
        Misconfigured: the channel's key is wrong, or leases are shorter than the channel's deadline; what was
            claimed is pending again.
        Transient: the store is away; nothing was sent, or it is ambiguous when its lease is over.
    """
    total = Sent()
    try:
        while True:
            total += await send_window(deps, channel)
            pause = _pause(total, deps.clock.now(), until)
            if pause is None:
                return total
            await deps.clock.sleep(pause)
    finally:
        with contextlib.suppress(DatelineError):
            await _hand_over(deps, channel)


async def send_window(deps: Deps, channel: str = "telegram") -> Sent:
    """One pass over the outbox. Raises as :func:`drain`.

    Cancelled, it first finishes what is on the wire (bounded by the channel's deadline): an answer thrown
    away would be an ambiguous message.
    """
    work = asyncio.ensure_future(_pass(deps, _sender(deps, channel)))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        with contextlib.suppress(DatelineError):
            await work
        raise


# -------------------------------------------------------------------------------------------------- one pass


def _sender(deps: Deps, channel: str) -> Sender:
    """This process's sender of the channel. Raises Misconfigured when a lease could end during a request."""
    deadline = deps.channels[channel].limits.deadline
    if deps.rules.claim_lease.total_seconds() <= deadline + _GRACE:
        raise Misconfigured(
            "the claim lease is shorter than a request may take: a slow message would count as lost",
            hint=f"set claim_lease to more than {deadline + _GRACE:g} seconds",
            channel=channel,
        )
    known = deps.desk.senders.get(channel)
    if not isinstance(known, Sender):
        known = deps.desk.senders[channel] = Sender(channel, deps.rules.sender_rate)
    return known


async def _hand_over(deps: Deps, channel: str) -> None:
    sender = deps.desk.senders.get(channel)
    if isinstance(sender, Sender) and sender.leased_until is not None:
        sender.leased_until = None
        async with deps.store.begin() as tx:
            await tx.drop_lease(sender.lease, sender.token)


async def _pass(deps: Deps, sender: Sender) -> Sent:
    window, base = await _claim(deps, sender)
    if not window.go and not window.stay:
        return base
    marked, until = await _mark(deps, window)
    if deps.clock.now() + timedelta(seconds=deps.channels[sender.channel].limits.deadline) >= until:
        # The commit took so long that the lease might end while the messages are on the wire.
        await _give_back(deps, window)
        return base + Sent(retried=len(marked), wait=_BREATH)
    results = await asyncio.gather(*(_deliver(deps, sender, item, window.token) for item in marked))
    await _settle(deps, results)
    for _, _, error in results:
        if isinstance(error, Misconfigured):
            raise error
    states = [outcome.state for _, outcome, _ in results]
    return base + Sent(
        sent=states.count(DeliveryState.SENT),
        retried=states.count(DeliveryState.PENDING),
        failed=states.count(DeliveryState.FAILED),
        ambiguous=states.count(DeliveryState.AMBIGUOUS),
        wait=window.wait,
    )


async def _claim(deps: Deps, sender: Sender) -> tuple[_Window, Sent]:
    """Be elected, recover what a dead sender left, claim, and choose who goes now."""
    now = deps.clock.now()
    token = uuid.uuid4().hex  # a new one each pass: a late answer can never settle a later attempt
    # Chats that pace holds back may come first; beyond them there must be room for a whole window.
    limit = deps.rules.sender_window + sender.pace.held(deps.clock.monotonic())
    async with deps.store.begin() as tx:
        if sender.leased_until is None or sender.leased_until - now < _LEASE / 2:
            if not await tx.lease(sender.lease, sender.token, now, now + _LEASE):
                sender.leased_until = None
                return _Window(token=token), Sent(elected=False, wait=_IDLE)
            sender.leased_until = now + _LEASE
        recovered, held = await tx.recover(now)
        claimed = await tx.claim(
            token=token,
            now=now,
            until=now + deps.rules.claim_lease,
            limit=limit,
            channel=sender.channel,
        )
        due, next_due = (0, None) if claimed else await tx.waiting(now)
    if held:
        log.warning("deliveries_ambiguous channel=%s count=%d why=sender_died", sender.channel, held)
    if not claimed:
        idle = Sent(recovered=recovered, held=held, wait=None, next_due=next_due or (now if due else None))
        return _Window(token=token), idle
    window = _choose(deps, sender.pace, claimed, token)
    if len(claimed) == limit and len(window.go) == deps.rules.sender_window:
        window = replace(window, wait=0.0)  # there may be more whom nothing holds back
    return window, Sent(recovered=recovered, held=held)


def _choose(deps: Deps, pace: Pace, claimed: Sequence[Delivery], token: str) -> _Window:
    """Who goes now, within window and pace; counted as sent from here on."""
    now = deps.clock.monotonic()
    go: list[Delivery] = []
    stay: list[DeliveryId] = []
    waits: list[float] = []
    for item in claimed:
        chat = item.address.chat
        wait = pace.next_at(chat, is_group(chat), now)
        if wait <= 0 and len(go) < deps.rules.sender_window:
            pace.sent(chat, is_group(chat), now)
            go.append(item)
        else:
            stay.append(item.id)
            waits.append(wait)
    return _Window(
        token=token,
        go=tuple(go),
        stay=tuple(stay),
        wait=max(_BREATH, min(waits)) if waits and min(waits) > 0 else 0.0,
    )


async def _mark(deps: Deps, window: _Window) -> tuple[tuple[Delivery, ...], datetime]:
    """Claimed → sending for those that go, claimed → pending for the rest, in one commit; the lease's end.

    If that commit fails nothing is sent.
    """
    until = deps.clock.now() + deps.rules.claim_lease
    try:
        async with deps.store.begin() as tx:
            marked = await tx.mark_sending([item.id for item in window.go], window.token, until)
            await tx.release(window.stay, window.token)
    except BaseException:
        await _give_back(deps, window)
        raise
    return tuple(item for item in window.go if item.id in marked), until


async def _give_back(deps: Deps, window: _Window) -> None:
    """Nothing of the window was sent: pending again, as far as the store can be reached; else leases end.

    A commit that was reported as failed may have happened (the connection broke after it); hence both states.
    """
    outcomes = [
        Outcome(delivery=item.id, token=window.token, state=DeliveryState.PENDING) for item in window.go
    ]
    with contextlib.suppress(DatelineError):
        async with deps.store.begin() as tx:
            await tx.settle(outcomes)
            await tx.release([*(item.id for item in window.go), *window.stay], window.token)


_Result = tuple[Delivery, Outcome, DatelineError | None]


async def _deliver(deps: Deps, sender: Sender, item: Delivery, token: str) -> _Result:
    """One message on the wire, and what became of it; never raises."""
    channel = deps.channels[sender.channel]
    message_id = ""
    error: DatelineError | None = None
    try:
        async with asyncio.timeout(channel.limits.deadline + _GRACE):
            message_id = await _act(channel, item)
    except DatelineError as failure:
        error = failure
    except TimeoutError as failure:
        error = _unknown("the channel gave no answer in time", item, failure)
    except Exception as failure:
        log.exception("channel_raised channel=%s delivery=%s", sender.channel, item.id)
        error = _unknown("the channel broke off", item, failure)
    now = deps.clock.now()
    if isinstance(error, Transient) and error.code is Code.RATE_LIMITED:
        pause = FLOOD_PAUSE if error.retry_after is None else error.retry_after
        sender.pace.flooded(item.address.chat, pause, deps.clock.monotonic())
    outcome = _outcome(item, token, message_id, error, now)
    log.info(
        "delivery id=%s chat=%s part=%d/%d attempt=%d state=%s code=%s",
        item.id,
        item.address.chat,
        item.part_number + 1,
        item.parts,
        item.attempts + 1,
        outcome.state,
        outcome.code or "-",
    )
    return item, outcome, error


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
    if error is None:
        state = DeliveryState.SENT
    elif isinstance(error, Ambiguous):
        state = DeliveryState.AMBIGUOUS
    elif isinstance(error, Migrated):
        state, due_at, new_chat = DeliveryState.PENDING, now, error.new_chat
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
    )


async def _settle(deps: Deps, results: Sequence[_Result]) -> None:
    """Write all outcomes in one commit. Raises Transient when the store stays away: leases will tell."""
    outcomes = [outcome for _, outcome, _ in results]
    for pause in (*_SETTLE_PAUSES, None):
        try:
            async with deps.store.begin() as tx:
                written = await tx.settle(outcomes)
                for item, outcome, error in results:
                    if isinstance(error, Unreachable) and outcome.delivery in written:
                        await mute(deps, tx, item, error.code or Code.FORBIDDEN)
        except Transient:
            if pause is None:
                raise
            await deps.clock.sleep(pause)
        else:
            for outcome in outcomes:
                if outcome.delivery not in written:
                    log.error("outcome_not_written delivery=%s state=%s", outcome.delivery, outcome.state)
            return


def _pause(sent: Sent, now: datetime, until: datetime | None) -> float | None:
    """Seconds until the next pass of a drain; None: it is done."""
    if sent.elected and sent.wait is not None:
        return sent.wait
    if until is None or now >= until:
        return None
    if not sent.elected:
        return _IDLE
    if sent.next_due is None or sent.next_due > until:
        return None
    return max(_IDLE, (sent.next_due - now).total_seconds())
