"""``/digest``: the news now, as the chat's settings say; and the digest at the end of the wizard."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time, timedelta

from bot.domain import demands
from bot.domain.digests import tally
from bot.domain.phrases import quiet
from bot.entrypoints.chat.limits import Allowance
from bot.entrypoints.chat.table import Command, Press
from bot.entrypoints.chat.talk import Progress, Talk, subscription_id
from bot.entrypoints.chat.text import part
from bot.pipeline import plan
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.demand import Order, empty, serve
from bot.ports import Step
from bot.types import Button, Digest, Schedule, Subscription, Summary, TopicSlug

COLLECTING = frozenset({"poll", "read", "place"})
LOOK = 0.25
"""Seconds between looks whether the first collection is done."""
MOST_COLLECTING = 180.0
"""Seconds that a person waits for the first collection; then what is there has to do."""
CHOICES = 6
"""Topics that are offered where none was understood."""
AGAIN = (24, 72)
"""Hours that are offered when nothing is new."""


async def digest(talk: Talk) -> None:
    """``/digest [topic …] [24h|3d] [full]``."""
    book = await catalogue(talk.deps)
    wish = demands.wish(talk.arguments, book.topics)
    if wish.unknown:
        await talk.say(
            talk.words("demand.unknown", said=wish.unknown[:100]),
            buttons=_choices(talk, book, wish),
        )
        return
    here = await settings_here(talk)
    await send_digest(talk, here, topics=wish.topics, window=wish.window, full=wish.full)


async def pressed(talk: Talk) -> None:
    """A topic or a time was chosen from buttons."""
    assert talk.pressed is not None
    slug, hours = (*talk.pressed.arguments, "", "")[:2]
    book = await catalogue(talk.deps)
    if slug and slug not in book.slugs:
        await talk.answer(talk.words("chat.button_old"), alert=True)
        return
    await talk.answer()
    window = timedelta(hours=int(hours)) if hours.isdigit() and int(hours) else None
    topics = (TopicSlug(slug),) if slug else ()
    await send_digest(talk, await settings_here(talk), topics=topics, window=window)


async def send_digest(
    talk: Talk,
    subscription: Subscription,
    *,
    topics: tuple[TopicSlug, ...] = (),
    window: timedelta | None = None,
    full: bool = False,
    first: bool = False,
) -> None:
    """A digest to the subscription's address, at once; what it tells counts as told.

    ``first``: of somebody who has just subscribed; nothing new is then told in other words. On an empty store
    it waits for the first collection, and shows how far that is.
    """
    allowance = Allowance(talk, subscription.schedule.zone)
    async with talk.working(streams=subscription.format) as progress:
        if await empty(talk.deps):
            await _collect(talk, progress)
        progress.tell(talk.words("demand.composing"))
        order = Order(
            token=str(talk.update.update_id),
            topics=topics,
            window=window,
            full=full,
            permit=allowance.call,
            watch=_Watch(talk, progress).told,
        )
        made = await serve(talk.deps, subscription, order)
    if tally(made).stories:
        await progress.clear()
        await talk.app.runner.put([Step(name="send", key="send", lock="send")])
        if excuse := allowance.excuse():
            await talk.say(excuse)
        return
    said = talk.words("demand.first" if first else "demand.nothing_then" if window else "demand.nothing")
    honest = quiet(made, talk.words)
    await progress.finish(part(said, "\n", honest, buttons=_again(talk, made, topics, window)))


async def settings_here(talk: Talk) -> Subscription:
    """What this chat (and topic) gets; the house's defaults where it has not subscribed."""
    async with talk.deps.store.begin() as tx:
        found = [sub for sub in await tx.subscriptions(active=None) if sub.address.chat == talk.here.chat]
    own = subscription_id(talk.here)
    exact = [sub for sub in found if sub.address == talk.here]
    for sub in exact:
        if sub.id == own:
            return sub
    if exact:
        return exact[0]
    if found:  # of another topic of the forum: its settings, but nothing that is told here counts there
        return replace(found[0], id=own, address=talk.here)
    return Subscription(
        id=own,
        address=talk.here,
        topics=(),
        schedule=Schedule(times=(time(7, 30),), zone=talk.app.settings.zone),
        language=talk.words.language,
    )


# ------------------------------------------------------------------------------------------ the first time


async def _collect(talk: Talk, progress: Progress) -> None:
    """Ask the feeds, read and group what they bring; until that is done, or ``MOST_COLLECTING`` is over."""
    clock, end = talk.deps.clock, talk.deps.clock.monotonic() + MOST_COLLECTING
    progress.tell(talk.words("demand.collecting"))
    async with _watched(talk, progress):
        while clock.monotonic() < end:
            steps = [step for step in await plan(talk.deps) if step.name in COLLECTING]
            if not steps:
                return
            await talk.app.runner.put(steps)
            await clock.sleep(LOOK)


@asynccontextmanager
async def _watched(talk: Talk, progress: Progress) -> AsyncGenerator[None]:
    def told(stage: str, done: int, total: int) -> None:
        if stage in ("feeds", "articles", "stories"):
            numbers = {"done": talk.words.number(done), "total": talk.words.number(total)}
            progress.tell(talk.words(f"demand.stage_{stage}", **numbers))

    watchers = talk.deps.desk.watchers
    watchers.append(told)
    try:
        yield
    finally:
        watchers.remove(told)


class _Watch:
    """Tells how many stories are told; a draft shows their headlines as they come."""

    def __init__(self, talk: Talk, progress: Progress) -> None:
        self._talk = talk
        self._progress = progress
        self._ready: list[str] = []

    def told(self, summary: Summary | None, done: int, total: int) -> None:
        """One more story is told, or could not be."""
        if summary is not None:
            self._ready.append(summary.headline)
        words = self._talk.words
        line = words("demand.stage_summaries", done=words.number(done), total=words.number(total))
        self._progress.tell(line, self._ready)


# ------------------------------------------------------------------------------------------------- buttons


def _choices(talk: Talk, book: Catalogue, wish: demands.Wish) -> list[list[Button]]:
    """The topics that may have been meant, two in a row."""
    hours = demands.hours(wish.window)
    listed = [book.topic(slug) for slug in wish.near[:CHOICES]]
    made = [
        talk.button(topic.name(talk.words.language), "dg", topic.slug, hours)
        for topic in listed
        if len(topic.slug) <= 30
    ]
    return [made[start : start + 2] for start in range(0, len(made), 2)]


def _again(
    talk: Talk, made: Digest, topics: tuple[TopicSlug, ...], window: timedelta | None
) -> list[list[Button]]:
    """What may be asked instead: all of a day, all of three days."""
    if not made.coverage.articles and not made.coverage.feeds:
        return []
    slug = topics[0] if len(topics) == 1 and len(topics[0]) <= 30 else ""
    wider = [hours for hours in AGAIN if window is None or timedelta(hours=hours) > window]
    return [[talk.button(talk.words(f"demand.last_{hours}h"), "dg", slug, hours) for hours in wider]]


COMMANDS = (Command(name="digest", handler=digest),)
PRESSES = (Press(verb="dg", handler=pressed),)
