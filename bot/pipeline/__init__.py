"""The corridor: feeds → articles → stories → summaries → digests → messages, as steps.

Rows are the truth, steps are hints: :func:`plan` reads what is due from rows and names the steps; each step
does all the work of its kind that is due, and returns the follow-ups that it knows of, to save the wait for
the next plan. A lost step loses nothing, a doubled one is harmless. On many machines they go out in shards
(``shards.py``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from structlog.contextvars import bound_contextvars

from bot.domain import schedules
from bot.errors import Misconfigured
from bot.events import logger
from bot.pipeline.collect import poll, read
from bot.pipeline.compose import compose
from bot.pipeline.correct import LOOK_EVERY, correct, look_again
from bot.pipeline.group import embed, owes_vectors, place
from bot.pipeline.owner import alert
from bot.pipeline.prepare import PREPARE_AGAIN, prepare, tell_story
from bot.pipeline.revise import owed, revise
from bot.pipeline.send import send
from bot.pipeline.shards import cut
from bot.pipeline.studio import refresh, watch
from bot.ports import Deps, Step
from bot.types import Rules, Subscription

log = logger("plan")

WATCH_EVERY = 60.0
"""Seconds between two looks at what a new version of a prompt does for readers."""
ALERT_EVERY = 60.0
"""Seconds between two looks at the house's troubles."""
CATCH_UP = 300.0
"""Seconds after a start in which a late edition waits for feeds due, entries unread, articles unplaced."""

StepFunction = Callable[[Deps, Step], Awaitable[Sequence[Step]]]


def _metered(name: str, step: StepFunction) -> StepFunction:
    """The step, counted; what is logged meanwhile names it."""

    async def run(deps: Deps, asked: Step) -> Sequence[Step]:
        began, failed = deps.clock.monotonic(), True
        try:
            with bound_contextvars(step=name):
                follow = await step(deps, asked)
            failed = False
            return follow
        finally:
            deps.meters.stepped(name, deps.clock.monotonic() - began, failed=failed)

    return run


_STEPS: Mapping[str, StepFunction] = {
    "poll": poll,
    "read": read,
    "place": place,
    "embed": embed,
    "look_again": look_again,
    "correct": correct,
    "prepare": prepare,
    "tell": tell_story,
    "compose": compose,
    "send": send,
    "watch": watch,
    "alert": alert,
    "revise": revise,
}
STEPS: Mapping[str, StepFunction] = {name: _metered(name, step) for name, step in _STEPS.items()}
"""name -> step. Each takes Deps and the Step, and gives follow-up steps."""


async def plan(deps: Deps) -> tuple[Step, ...]:
    """The steps that have something to do now, read from rows alone."""
    now = deps.clock.now()
    async with deps.store.begin() as tx:
        feeds = await tx.due_feeds(now, 1)
        entries = await tx.unread_entries(now, 1)
        articles = await tx.unplaced(1)
        revised = await tx.revised(1)
        unsent, _ = await tx.waiting(now)
    steps = []
    if feeds:
        steps.append(Step(name="poll", key="poll", lock="poll"))
    if entries:
        steps.append(Step(name="read", key="read", lock="read"))
    if articles:
        steps.append(Step(name="place", key="place", lock="place"))
    elif await owes_vectors(deps):
        steps.append(Step(name="embed", key="embed", lock="embed"))
    if _to_look_again(deps):
        steps.append(Step(name="look_again", key="look_again", lock="look_again"))
    if revised:
        steps.append(Step(name="correct", key="correct", lock="correct"))
    readers = await _readers(deps, behind=bool(feeds or entries or articles) and _just_started(deps))
    steps += readers.steps
    if await owed(deps):
        steps.append(Step(name="revise", key="revise", lock="revise"))
    if unsent and deps.channels:
        steps.append(Step(name="send", key="send", lock="send"))
    if deps.attempt is not None and await _prompts_to_watch(deps):
        steps.append(Step(name="watch", key="watch", lock="watch"))
    if _alerts_due(deps):
        steps.append(Step(name="alert", ids=(str(readers.overdue),), key="alert", lock="alert"))
    deps.meters.planned(readers.waiting)
    deps.desk.planned = deps.clock.monotonic()
    return await cut(deps, steps) if deps.spread else tuple(steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Readers:
    """What is due for subscriptions."""

    steps: tuple[Step, ...]
    waiting: int  # subscriptions whose slot has come
    overdue: int  # those of them that the owner should hear of


async def _readers(deps: Deps, *, behind: bool) -> _Readers:
    """Who gets an edition now, and for whom summaries are made ready: one step for all of each.

    ``behind``: the bot was off, and first reads what it missed before it makes late editions.
    """
    now = deps.clock.now()
    async with deps.store.begin() as tx:
        # Nobody could send those of other channels: their slots are missed, and listed as skipped in the end.
        active = [sub for sub in await tx.subscriptions() if sub.address.channel in deps.channels]
        asked = [sub for sub in active if not _quiet(deps, sub, now)]
        # Two days more than slots are looked for, so that a reader who changes the zone gets none twice.
        done = await tx.slots_done_by(
            [sub.id for sub in asked], now - schedules.LOOK_BACK - timedelta(days=2)
        )
    composed, prepared = [], []
    waiting = overdue = 0
    for sub in asked:
        try:
            due = schedules.due(sub, now=now, done=done[sub.id], rules=deps.rules)
            if due.compose:
                waiting += 1
                overdue += now - due.compose.at > deps.rules.late_alert
            if due.compose and due.late and behind:
                continue
            if due.compose or due.skip:
                composed.append(sub.id)
            else:
                if due.prepare:
                    prepared.append(sub.id)
                deps.desk.quiet[sub.id] = sub, now, _until(sub, due, now, deps.rules)
        except Misconfigured as error:  # a zone that this machine does not know: the other readers get theirs
            log.error("subscription_unplannable", subscription=sub.id, error=error)  # noqa: TRY400
    ids = {"compose": tuple(composed), "prepare": tuple(prepared)}
    steps = tuple(Step(name=name, ids=due_, key=name, lock=name) for name, due_ in ids.items() if due_)
    return _Readers(steps=steps, waiting=waiting, overdue=overdue)


def _quiet(deps: Deps, sub: Subscription, now: datetime) -> bool:
    """Whether nothing is due for it, as was found before: else ten thousand are asked at each tick."""
    known = deps.desk.quiet.get(sub.id)
    return known is not None and known[0] == sub and known[1] <= now < known[2]


def _until(sub: Subscription, due: schedules.Due, now: datetime, rules: Rules) -> datetime:
    """When the next thing is due for it."""
    if due.prepare:  # its summaries again, in a while
        return min(due.prepare.at, now + timedelta(seconds=PREPARE_AGAIN))
    return max(now, schedules.next_slot(sub.schedule, now).at - rules.prepare_ahead)


async def _prompts_to_watch(deps: Deps) -> bool:
    """Whether a version is new or compared, and the last look at them long enough ago."""
    book = await refresh(deps)
    now, last = deps.clock.monotonic(), deps.desk.watched
    if not any(one.before or one.rival for one in book.live.values()):
        return False
    if last is not None and now - last < WATCH_EVERY:
        return False
    deps.desk.watched = now
    return True


def _alerts_due(deps: Deps) -> bool:
    """Whether the last look at the house's troubles was long enough ago."""
    now, last = deps.clock.monotonic(), deps.desk.alerted
    if last is not None and now - last < ALERT_EVERY:
        return False
    deps.desk.alerted = now
    return True


def _to_look_again(deps: Deps) -> bool:
    """Whether the pages from which something was told are due for another look; the first is at the start."""
    now = deps.clock.monotonic()
    if now - deps.desk.prepared.get("look_again", -LOOK_EVERY) < LOOK_EVERY:
        return False
    deps.desk.prepared["look_again"] = now
    return True


def _just_started(deps: Deps) -> bool:
    """Whether this process plans since less than ``CATCH_UP``."""
    now = deps.clock.monotonic()
    if deps.desk.started is None:
        deps.desk.started = now
    return now - deps.desk.started < CATCH_UP
