"""The corridor: feeds → articles → stories → summaries → digests → messages, as steps.

Rows are the truth, steps are hints: :func:`plan` reads what is due from rows and names the steps; each step
does all the work of its kind that is due, and returns the follow-ups that it knows of, to save the wait for
the next plan. A lost step loses nothing, a doubled one is harmless.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from structlog.contextvars import bound_contextvars

from bot.domain import schedules
from bot.errors import Misconfigured
from bot.events import logger
from bot.pipeline.collect import poll, read
from bot.pipeline.compose import compose, prepare
from bot.pipeline.correct import correct
from bot.pipeline.group import embed, owes_vectors, place
from bot.pipeline.owner import alert
from bot.pipeline.revise import owed, revise
from bot.pipeline.send import send
from bot.pipeline.studio import refresh, watch
from bot.ports import Deps, Step

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
    "correct": correct,
    "prepare": prepare,
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
        subscriptions = await tx.subscriptions()
        # Two days more than slots are looked for, so that a reader who changes the zone gets none twice.
        since = now - schedules.LOOK_BACK - timedelta(days=2)
        done = {sub.id: await tx.slots_done(sub.id, since) for sub in subscriptions}
    steps = []
    waiting = overdue = 0
    if feeds:
        steps.append(Step(name="poll", key="poll", lock="poll"))
    if entries:
        steps.append(Step(name="read", key="read", lock="read"))
    if articles:
        steps.append(Step(name="place", key="place", lock="place"))
    elif await owes_vectors(deps):
        steps.append(Step(name="embed", key="embed", lock="embed"))
    if revised:
        steps.append(Step(name="correct", key="correct", lock="correct"))
    behind = bool(feeds or entries or articles) and _just_started(deps)
    for sub in subscriptions:
        if sub.address.channel not in deps.channels:
            continue  # nobody could send it: its slots are missed, and listed as skipped in the end
        try:
            due = schedules.due(sub, now=now, done=done[sub.id], rules=deps.rules)
        except Misconfigured as error:  # a zone that this machine does not know: the other readers get theirs
            log.error("subscription_unplannable", subscription=sub.id, error=error)  # noqa: TRY400
            continue
        if due.compose:
            waiting += 1
            overdue += now - due.compose.at > deps.rules.late_alert
        if due.compose and due.late and behind:
            continue  # the bot was off: it first reads what it missed
        if due.compose or due.skip:
            steps.append(
                Step(name="compose", ids=(sub.id,), key=f"compose:{sub.id}", lock=f"compose:{sub.id}")
            )
        elif due.prepare:
            steps.append(
                Step(name="prepare", ids=(sub.id,), key=f"prepare:{sub.id}", lock=f"prepare:{sub.id}")
            )
    if await owed(deps):
        steps.append(Step(name="revise", key="revise", lock="revise"))
    if unsent and deps.channels:
        steps.append(Step(name="send", key="send", lock="send"))
    if deps.attempt is not None and await _prompts_to_watch(deps):
        steps.append(Step(name="watch", key="watch", lock="watch"))
    if _alerts_due(deps):
        steps.append(Step(name="alert", ids=(str(overdue),), key="alert", lock="alert"))
    deps.meters.planned(waiting)
    deps.desk.planned = deps.clock.monotonic()
    return tuple(steps)


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


def _just_started(deps: Deps) -> bool:
    """Whether this process plans since less than ``CATCH_UP``."""
    now = deps.clock.monotonic()
    if deps.desk.started is None:
        deps.desk.started = now
    return now - deps.desk.started < CATCH_UP
