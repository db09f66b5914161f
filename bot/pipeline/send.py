"""Outbox → channel: nothing lost, nothing twice, and what nobody can know is held for a person.

A pass of the one sender: claim a window of messages for different chats; mark those that may go now as
``sending`` in one commit; send them at once; write what became of them in one commit. A kill before the mark
leaves claimed rows, which are pending again when their lease is over; a kill after it leaves at most one
window that nobody can know of: ambiguous.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.pacing import Pace, is_group
from bot.errors import Code, DatelineError, Misconfigured, Transient, Unreachable
from bot.events import logger
from bot.pipeline.attempt import GRACE, Result, deliver, flood_pause
from bot.pipeline.owner import mute
from bot.ports import Deps, Step, Tx
from bot.types import Delivery, DeliveryId, DeliveryState, Outcome

log = logger("send")

_LEASE = timedelta(seconds=20)  # of the sender; another takes over after it
# Seconds at least between passes that pace holds back: single messages would cost a commit each. At the free
# rate, in windows of 8, a second takes four passes, and each its own work besides: with 0.25 four took 1.1 s,
# and a broadcast went out at 22.7 a second instead of 25.
_BREATH = 0.15
_GLANCE = 0.04  # the same, where the budget alone is asked: it costs no look at the rows
MINUTE = timedelta(minutes=1)
_IDLE = 1.0  # seconds between looks at an outbox where nothing can be claimed
_SOON = timedelta(minutes=2)  # what is due later, the next plan will find
_SETTLE_PAUSES = (0.2, 1.0, 5.0)  # seconds between tries to write outcomes down: they are worth a fight
_LATE = 0.15  # seconds: a pass that begins so much too late sends what it would have sent in time


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

    def __init__(self, channel: str, pace: Pace) -> None:
        self.channel = channel
        self.token = uuid.uuid4().hex
        self.pace = pace
        self.leased_until: datetime | None = None
        self.standing = False  # it keeps its lease between drains, and answers people under it too
        self.wake = -1.0  # when the next pass was to begin, on the monotonic clock

    def late(self, now: float) -> float:
        """Seconds by which this pass began too late; else each second would lose a little of its rate.

        Even so no second has more than ``1 + _LATE`` times the rate, 28 of Telegram's 30, and those on the
        wire are counted besides.
        """
        return late if 0 < (late := now - self.wake) <= _LATE else 0.0

    @property
    def lease(self) -> str:
        """The name of the lease that elects it."""
        return sender_lease(self.channel)


def sender_lease(channel: str) -> str:
    """The name of the lease of a channel's one sender."""
    return f"sender:{channel}"


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
    if deps.rules.claim_lease.total_seconds() <= deadline + GRACE:
        raise Misconfigured(
            "the claim lease is shorter than a request may take: a slow message would count as lost",
            hint=f"set claim_lease to more than {deadline + GRACE:g} seconds",
            channel=channel,
        )
    known = deps.desk.senders.get(channel)
    if not isinstance(known, Sender):
        known = deps.desk.senders[channel] = Sender(channel, pace_of(deps, channel))
    return known


def stand(deps: Deps, channel: str, token: str) -> None:
    """Be the sender under a lease that this process keeps, by ``token``, until :func:`step_down`."""
    sender = _sender(deps, channel)
    sender.token, sender.standing, sender.leased_until = token, True, None


def step_down(deps: Deps, channel: str) -> None:
    """The lease is another's, or given back: the next drain must be elected anew."""
    sender = _sender(deps, channel)
    sender.token, sender.standing, sender.leased_until = uuid.uuid4().hex, False, None


def pace_of(deps: Deps, channel: str) -> Pace:
    """The channel's budget in this process: one for the outbox and for what people are answered."""
    known = deps.desk.paces.get(channel)
    if not isinstance(known, Pace):
        known = deps.desk.paces[channel] = Pace(deps.rules.sender_rate)
    return known


async def recall(deps: Deps, tx: Tx, channel: str) -> None:
    """Obey the pauses that chats asked for before this process began, or of another one."""
    now, pace = deps.clock.now(), pace_of(deps, channel)
    for chat, until in (await tx.pauses(channel, now)).items():
        pace.pause(chat, (until - now).total_seconds(), deps.clock.monotonic())


async def reckon(deps: Deps, tx: Tx, channel: str) -> None:
    """Count what another sender sent in the last minute as ours: a group's limit is one of a minute.

    Of what it answered no row tells; in a group that is little beside its digests.
    """
    now, pace = deps.clock.now(), pace_of(deps, channel)
    for chat, at in await tx.sent_since(channel, now - MINUTE):
        then = deps.clock.monotonic() - (now - at).total_seconds()
        pace.sent(chat, is_group(chat), then)
        pace.landed(then)


async def _hand_over(deps: Deps, channel: str) -> None:
    sender = deps.desk.senders.get(channel)
    if isinstance(sender, Sender) and sender.leased_until is not None and not sender.standing:
        sender.leased_until = None
        async with deps.store.begin() as tx:
            await tx.drop_lease(sender.lease, sender.token)


async def _pass(deps: Deps, sender: Sender) -> Sent:
    window, base = await _claim(deps, sender)
    if not window.go and not window.stay:
        return base
    marked, until = await _mark(deps, sender.pace, window)
    if deps.clock.now() + timedelta(seconds=deps.channels[sender.channel].limits.deadline) >= until:
        # The commit took so long that the lease might end while the messages are on the wire.
        sender.pace.landed(deps.clock.monotonic(), len(marked))
        await _give_back(deps, window)
        return base + Sent(retried=len(marked), wait=_BREATH)
    results = await _on_the_wire(deps, sender, marked, window.token)
    await _settle(deps, results)
    _count(deps, results)
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


def _count(deps: Deps, results: Sequence[Result]) -> None:
    now = deps.clock.now()
    for item, outcome, error in results:
        since = min(item.due_at, item.queued_at or item.due_at)
        deps.meters.delivered(item, outcome, (now - since).total_seconds())
        if flood_pause(error):
            deps.meters.flooded(item.address.channel)


async def _on_the_wire(deps: Deps, sender: Sender, items: Sequence[Delivery], token: str) -> Sequence[Result]:
    channel = deps.channels[sender.channel]
    return await asyncio.gather(*(deliver(channel, sender.pace, deps.clock, item, token) for item in items))


async def _claim(deps: Deps, sender: Sender) -> tuple[_Window, Sent]:
    """Be elected, recover what a dead sender left, claim what may go now."""
    now, clock = deps.clock.now(), deps.clock.monotonic()
    token = uuid.uuid4().hex  # a new one each pass: a late answer can never settle a later attempt
    limit = min(deps.rules.sender_window, sender.pace.room(clock, late=sender.late(clock)))
    if not limit and sender.leased_until is not None:
        # Nothing may go, so nobody asks the rows: counting ten thousand that wait, four times a second, was
        # most of what a broadcast cost.
        wait = max(_GLANCE, sender.pace.budget(clock))
        sender.wake = clock + wait
        return _Window(token=token), Sent(wait=wait)
    waits = sender.pace.waits(clock)
    claimed: tuple[Delivery, ...] = ()
    async with deps.store.begin() as tx:
        if not await _elected(deps, tx, sender, now):
            return _Window(token=token), Sent(elected=False, wait=_IDLE)
        recovered, held = await tx.recover(now)
        until = now + deps.rules.claim_lease
        if limit:
            claimed = await tx.claim(
                token=token, now=now, until=until, limit=limit, channel=sender.channel, without=waits
            )
        due, next_due = (0, None) if claimed else await tx.waiting(now)
    if held:
        log.warning("deliveries_ambiguous", channel=sender.channel, count=held, why="sender_died")
    if claimed:
        return _choose(deps, sender, claimed, token), Sent(recovered=recovered, held=held)
    pause: float | None = None
    if due and (waits or not limit):  # pace holds them back
        pause = min(waits.values(), default=_IDLE) if limit else sender.pace.budget(clock)
        pause = max(_BREATH, pause)
        sender.wake = clock + pause
    idle = Sent(recovered=recovered, held=held, wait=pause, next_due=next_due or (now if due else None))
    return _Window(token=token), idle


async def _elected(deps: Deps, tx: Tx, sender: Sender, now: datetime) -> bool:
    """Whether this process is the channel's one sender, for at least half a lease."""
    if sender.leased_until is not None and sender.leased_until - now >= _LEASE / 2:
        return True
    newly = sender.leased_until is None
    sender.leased_until = None
    if not await tx.lease(sender.lease, sender.token, now, now + _LEASE):
        return False
    sender.leased_until = now + _LEASE
    if newly:
        await recall(deps, tx, sender.channel)
    return True


def _choose(deps: Deps, sender: Sender, claimed: Sequence[Delivery], token: str) -> _Window:
    """Who goes now, counted as sent from here on; who stays, because an answer took its turn meanwhile."""
    now, pace = deps.clock.monotonic(), sender.pace
    late = sender.late(now)
    go: list[Delivery] = []
    stay: list[DeliveryId] = []
    waits: list[float] = []
    for item in claimed:
        chat = item.address.chat
        wait = pace.next_at(chat, is_group(chat), now, late=late)
        if wait <= 0:
            pace.sent(chat, is_group(chat), now, late=late)
            go.append(item)
        else:
            stay.append(item.id)
            waits.append(wait)
    wait = max(_GLANCE, min(waits)) if waits else 0.0
    sender.wake = now + wait if waits else -1.0
    return _Window(token=token, go=tuple(go), stay=tuple(stay), wait=wait)


async def _mark(deps: Deps, pace: Pace, window: _Window) -> tuple[tuple[Delivery, ...], datetime]:
    """Claimed → sending for those that go, claimed → pending for the rest, in one commit; the lease's end.

    If that commit fails nothing is sent.
    """
    until = deps.clock.now() + deps.rules.claim_lease
    try:
        async with deps.store.begin() as tx:
            marked = await tx.mark_sending([item.id for item in window.go], window.token, until)
            await tx.release(window.stay, window.token)
    except BaseException:
        pace.landed(deps.clock.monotonic(), len(window.go))
        await _give_back(deps, window)
        raise
    pace.landed(deps.clock.monotonic(), len(window.go) - len(marked))
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


async def _settle(deps: Deps, results: Sequence[Result]) -> None:
    """Write all outcomes in one commit. Raises Transient when the store stays away: leases will tell."""
    outcomes = [outcome for _, outcome, _ in results]
    for pause in (*_SETTLE_PAUSES, None):
        try:
            async with deps.store.begin() as tx:
                written = await tx.settle(outcomes)
                for item, outcome, error in results:
                    if isinstance(error, Unreachable) and outcome.delivery in written:
                        await mute(deps, tx, item.address, error.code or Code.FORBIDDEN, str(item.id))
                    if asked := flood_pause(error):
                        until = deps.clock.now() + timedelta(seconds=asked)
                        await tx.put_pause(item.address.channel, item.address.chat, until)
        except Transient:
            if pause is None:
                raise
            await deps.clock.sleep(pause)
        else:
            for outcome in outcomes:
                if outcome.delivery not in written:
                    log.error("outcome_not_written", delivery=outcome.delivery, state=outcome.state)
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
