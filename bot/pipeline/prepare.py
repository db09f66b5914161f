"""What editions due in some minutes need → told beforehand, so that a slot costs no waiting."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from bot.domain import digests, presses
from bot.domain.digests import Choice
from bot.domain.schedules import Due
from bot.errors import Broken, Transient
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.compose import (
    Reader,
    Wanted,
    alike,
    brief_for,
    choose,
    subscriptions_of,
    tell_all,
    wanted_of,
)
from bot.pipeline.overviews import opened, overviews
from bot.pipeline.tell import Sources, ready, tell, translates
from bot.ports import Deps, Step
from bot.types import (
    Article,
    ArticleId,
    Brief,
    Length,
    Story,
    StoryId,
    SubscriptionId,
)

# Seconds between looks at what an edition will need: articles still come in, and a model may have recovered.
PREPARE_AGAIN = 240.0


async def prepare(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Have the summaries ready that an edition due in some minutes will need: its slot costs no waiting.

    On many machines each story is a step of its own, for all these readers together.
    """
    book = await catalogue(deps)
    seen, read = Sources(), dict[ArticleId, Article]()
    now = deps.clock.monotonic()
    waiting: list[Reader] = []
    for subscription in await subscriptions_of(deps, step):
        if now - deps.desk.prepared.get(subscription.id, -PREPARE_AGAIN) >= PREPARE_AGAIN:
            deps.desk.prepared[subscription.id] = now
            waiting.append((subscription, Due()))
    asked: list[_Asked] = []
    for readers in await alike(deps, waiting):
        wanted = replace(await wanted_of(deps, readers[0][0], patient=True), seen=seen, read=read)
        one = _Asked(readers[0][0].id, wanted, await choose(deps, book, wanted))
        if deps.spread:
            asked.append(one)
        else:
            await _make_ready(deps, book, one)
    follow = await _hand_on(deps, _tellings(deps, asked))
    for one in asked:
        if await _told(deps, book, one):  # else its overviews wait for them, until this comes again
            await _make_ready(deps, book, one)
    return tuple(follow)


@dataclass(frozen=True, slots=True)
class _Asked:
    """An edition that is due soon: for whom (the first of those alike), and of which stories."""

    reader: SubscriptionId
    wanted: Wanted
    choices: tuple[Choice, ...]

    @property
    def stories(self) -> tuple[Story, ...]:
        """What it tells, each story once."""
        picks = (pick.candidate.story for choice in self.choices for pick in choice.picks)
        return tuple(dict.fromkeys(picks))


async def _make_ready(deps: Deps, book: Catalogue, one: _Asked) -> None:
    told = await tell_all(deps, book, one.choices, one.wanted)
    await overviews(deps, one.choices, told, one.wanted.length, patience=None)


# ------------------------------------------------------------------------------------------ on many machines


def _tellings(deps: Deps, asked: Sequence[_Asked]) -> tuple[Step, ...]:
    """A step for each story of these editions, which tells it for all of them.

    What is lacking is not looked for here: that takes a story's articles cleaned, for which the one who tells
    has to clean them anyway, and one process cleaned those of all stories while the others had nothing to do.
    """
    wanted: dict[StoryId, list[str]] = {}
    for one in asked:
        best = digests.top(one.choices, deps.rules.top_stories)
        for story in one.stories:
            wanted.setdefault(story.id, []).append(f"{'top' if story.id in best else ''}:{one.reader}")
    return tuple(
        Step(
            name="tell",
            ids=(str(story), *readers),
            # Other readers of the story are another step, which finds told what they share.
            key=f"tell:{story}:{hashlib.sha256(' '.join(readers).encode()).hexdigest()[:16]}",
            lock=f"tell:{story}",
        )
        for story, readers in wanted.items()
    )


async def _hand_on(deps: Deps, steps: Sequence[Step]) -> Sequence[Step]:
    """Have these steps begun before this one ends; returns those that must wait for its end."""
    if deps.desk.hand_on is None or not steps:
        return steps
    try:
        await deps.desk.hand_on(steps)
    except Transient:  # the queue is away: perhaps it is back then
        return steps
    return ()


async def _told(deps: Deps, book: Catalogue, one: _Asked) -> bool:
    """Whether overviews open this edition and all its stories are told: what they are made of."""
    wanted, stories = one.wanted, one.stories
    if not stories or not opened(deps, wanted.length):
        return False
    async with deps.store.begin() as tx:  # one look, before articles are cleaned to know it exactly
        some = await tx.told_of([story.id for story in stories], wanted.language, str(wanted.length))
    if not some.issuperset(story.id for story in stories):
        return False
    best = digests.top(one.choices, deps.rules.top_stories)
    for story in stories:
        brief = await _brief(deps, book, story, wanted)
        if brief is not None and not await ready(deps, brief, top=story.id in best):
            return False
    return True


async def _brief(deps: Deps, book: Catalogue, story: Story, wanted: Wanted) -> Brief | None:
    """What is to be told of the story; None where nothing of it can be told any more, or all is known."""
    try:
        brief = await brief_for(deps, book, story, wanted)
    except (Broken, ValueError):
        return None
    return brief if brief.passages else None


async def tell_story(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Tell one story for all readers of the step, whose ids are the story and "top:READER" or ":READER".

    One process does, at once: so its articles are read and cleaned once for all languages and lengths.

    Raises:
        What telling it for one of them raised, once the others are told.
    """
    ident, *readers = step.ids
    if not ident.isdecimal():  # put by an earlier version, one for each reader; this one's come again
        return ()
    book = await catalogue(deps)
    async with deps.store.begin() as tx:
        story = await tx.story(StoryId(int(ident)))
    if story is None:
        return ()
    faults: list[Exception] = []
    async with asyncio.TaskGroup() as group:
        try:
            await _tell_each(deps, _briefs(deps, book, story, readers), group, faults)
        except Exception as error:  # noqa: BLE001 - the group would cancel the others, and wrap it
            faults.append(error)
    if faults:
        raise faults[0]
    return ()


async def _tell_each(
    deps: Deps, briefs: AsyncIterator[tuple[Brief, bool]], group: asyncio.TaskGroup, faults: list[Exception]
) -> None:
    """Begin to tell each of these briefs, the same ones once; what one raises goes to ``faults``."""
    begun: dict[_Wish, asyncio.Task[None]] = {}
    translations: dict[_Wish, Brief] = {}

    async def told(brief: Brief, *, top: bool, after: Sequence[asyncio.Task[None]] = ()) -> None:
        try:
            if after:
                await asyncio.wait(after)
            await tell(deps, brief, patient=True, top=top)
        except Exception as error:  # noqa: BLE001 - raised by the step in the end: others want theirs
            faults.append(error)

    # One story after the other: else the first call waits until all stories under way are read.
    async with deps.desk.reading:
        async for brief, top in briefs:
            wish = (brief.basis, brief.length, brief.language, brief.slug, brief.chat, top)
            if translates(deps, brief):
                translations.setdefault(wish, brief)
            elif wish not in begun:
                begun[wish] = group.create_task(told(brief, top=top))
    for wish, brief in translations.items():  # made of what is told by then
        originals = [task for other, task in begun.items() if other[:2] == wish[:2]]
        group.create_task(told(brief, top=wish[-1], after=originals))


_Wish = tuple[str, Length, str, str, str, bool]
"""Basis, length, language, topic, whose style, top: what makes a summary another one."""


async def _briefs(
    deps: Deps, book: Catalogue, whole: Story, readers: Sequence[str]
) -> AsyncIterator[tuple[Brief, bool]]:
    """What is to be told of the story to these readers, and whether it is a top story to them."""
    parts = [one.partition(":") for one in readers]
    marks = {SubscriptionId(reader): bool(mark) for mark, _, reader in parts}
    seen = Sources()
    for subscription in await subscriptions_of(deps, Step(name="tell", ids=tuple(marks))):
        wanted = replace(await wanted_of(deps, subscription, patient=True), seen=seen)
        async with deps.store.begin() as tx:
            said = presses.counted(await tx.feedback(chat=wanted.chat))
        story = presses.kept(whole, said)
        brief = await _brief(deps, book, story, wanted) if story is not None else None
        if brief is not None:
            yield brief, marks[subscription.id]
