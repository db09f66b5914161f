"""The corridor: feeds → articles → stories → summaries → digests → messages, as steps.

Rows are the truth, steps are hints: :func:`plan` reads what is due from rows and names the steps; each step
does all the work of its kind that is due, and returns the follow-ups that it knows of, to save the wait for
the next plan. A lost step loses nothing, a doubled one is harmless. On many machines they go out in shards
(``shards.py``).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from bot.domain import schedules
from bot.errors import Misconfigured
from bot.pipeline.collect import poll, read
from bot.pipeline.compose import compose, prepare, tell_one
from bot.pipeline.correct import LOOK_EVERY, correct, look_again
from bot.pipeline.group import embed, owes_vectors, place
from bot.pipeline.revise import owed, revise
from bot.pipeline.send import send
from bot.pipeline.shards import cut
from bot.pipeline.studio import refresh, watch
from bot.ports import Deps, Step

log = logging.getLogger("dateline.plan")

WATCH_EVERY = 60.0
"""Seconds between two looks at what a new version of a prompt does for readers."""
CATCH_UP = 300.0
"""Seconds after a start in which a late edition waits for feeds due, entries unread, articles unplaced."""

STEPS: Mapping[str, Callable[[Deps, Step], Awaitable[Sequence[Step]]]] = {
    "poll": poll,
    "read": read,
    "place": place,
    "embed": embed,
    "look_again": look_again,
    "correct": correct,
    "prepare": prepare,
    "tell": tell_one,
    "compose": compose,
    "send": send,
    "watch": watch,
    "revise": revise,
}
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
    behind = bool(feeds or entries or articles) and _just_started(deps)
    for sub in subscriptions:
        if sub.address.channel not in deps.channels:
            continue  # nobody could send it: its slots are missed, and listed as skipped in the end
        try:
            due = schedules.due(sub, now=now, done=done[sub.id], rules=deps.rules)
        except Misconfigured as error:  # a zone that this machine does not know: the other readers get theirs
            log.error("subscription_unplannable subscription=%s error=%s", sub.id, error)  # noqa: TRY400
            continue
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
    return await cut(deps, steps) if deps.spread else tuple(steps)


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
