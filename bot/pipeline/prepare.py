"""What editions due in some minutes need → told beforehand, so that a slot costs no waiting."""

from __future__ import annotations

from collections.abc import Sequence
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
from bot.pipeline.overviews import overviews
from bot.pipeline.tell import Sources, ready, tell, translates
from bot.ports import Deps, Step
from bot.types import (
    ArticleId,
    Story,
    StoryId,
    SubscriptionId,
)

# Seconds between looks at what an edition will need: articles still come in, and a model may have recovered.
PREPARE_AGAIN = 240.0


async def prepare(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Have the summaries ready that an edition due in some minutes will need: its slot costs no waiting.

    On many machines each summary is a step of its own; readers of one story wait for one of them.
    """
    book = await catalogue(deps)
    seen = Sources()
    now = deps.clock.monotonic()
    waiting: list[Reader] = []
    for subscription in await subscriptions_of(deps, step):
        if now - deps.desk.prepared.get(subscription.id, -PREPARE_AGAIN) >= PREPARE_AGAIN:
            deps.desk.prepared[subscription.id] = now
            waiting.append((subscription, Due()))
    asked: list[_Asked] = []
    for readers in await alike(deps, waiting):
        wanted = replace(await wanted_of(deps, readers[0][0], patient=True), seen=seen)
        one = _Asked(readers[0][0].id, wanted, await choose(deps, book, wanted))
        if deps.spread:
            asked.append(one)
        else:
            await _make_ready(deps, book, one)
    follow, lacking = await _tellings(deps, book, asked)
    for one in asked:
        if one.reader not in lacking:  # else the overview waits for them, until this comes again
            await _make_ready(deps, book, one)
    return follow


@dataclass(frozen=True, slots=True)
class _Asked:
    """An edition that is due soon: for whom (the first of those alike), and of which stories."""

    reader: SubscriptionId
    wanted: Wanted
    choices: tuple[Choice, ...]


async def _make_ready(deps: Deps, book: Catalogue, one: _Asked) -> None:
    told = await tell_all(deps, book, one.choices, one.wanted)
    await overviews(deps, one.choices, told, one.wanted.length, patience=None)


async def _tellings(
    deps: Deps, book: Catalogue, asked: Sequence[_Asked]
) -> tuple[tuple[Step, ...], set[SubscriptionId]]:
    """A step for each summary that these editions still lack, as far as not handed on; and whose lack any.

    Story by story, for whoever told one length has its sources read. Each story's are handed on as soon as
    they are known: cleaning the next one's articles takes a quarter of a second, in which others could tell.
    Translations come last: one is made of what was told by then, and waits for nothing.
    """
    stories: dict[tuple[StoryId, tuple[ArticleId, ...]], list[tuple[_Asked, Story, bool]]] = {}
    for one in asked:
        best = digests.top(one.choices, deps.rules.top_stories)
        for story in dict.fromkeys(pick.candidate.story for choice in one.choices for pick in choice.picks):
            stories.setdefault((story.id, story.articles), []).append((one, story, story.id in best))
    kept: list[Step] = []
    translations: list[Step] = []
    lacking: set[SubscriptionId] = set()
    for edition in stories.values():
        now: list[Step] = []
        for one, story, top in edition:
            found = await _telling(deps, book, one, story, top=top)
            if found is not None:
                lacking.add(one.reader)
                (translations if found[0] else now).append(found[1])
        kept += await _hand_on(deps, now)
    return (*kept, *translations), lacking


async def _telling(
    deps: Deps, book: Catalogue, one: _Asked, story: Story, *, top: bool
) -> tuple[bool, Step] | None:
    """Whether it translates, and the step that tells this story for this edition; None where it is told."""
    try:
        brief = await brief_for(deps, book, story, one.wanted)
    except (Broken, ValueError):
        return None
    if not brief.passages or await ready(deps, brief, top=top):
        return None
    mark = "top" if top else ""
    key = f"tell:{story.id}:{brief.basis[:24]}:{brief.language}:{brief.length}:{mark}"
    return translates(deps, brief), Step(
        name="tell", ids=(one.reader, str(story.id), mark), key=key, lock=key
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


async def tell_one(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Tell one story as a subscription will need it: the step's ids are subscription, story, "top" or ""."""
    reader, ident, mark = step.ids
    book = await catalogue(deps)
    for subscription in await subscriptions_of(deps, Step(name=step.name, ids=(reader,))):
        wanted = await wanted_of(deps, subscription, patient=True)
        async with deps.store.begin() as tx:
            whole = await tx.story(StoryId(int(ident)))
            said = presses.counted(await tx.feedback(chat=wanted.chat))
        story = presses.kept(whole, said) if whole is not None else None
        if story is None:
            continue
        try:
            brief = await brief_for(deps, book, story, wanted)
        except (Broken, ValueError):  # nothing of it can be told any more
            continue
        if brief.passages:
            await tell(deps, brief, patient=True, top=bool(mark))
    return ()
