"""The paragraph that opens a topic in a long digest: once for all who get the same stories of it.

It is an extra: a digest never waits for it, and no excerpt stands in for it, since the stories follow below.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.domain import digests, summaries
from bot.domain.digests import Choice
from bot.domain.prompts import Book
from bot.domain.wishes import UNMUTED, Muted
from bot.errors import DatelineError
from bot.events import logger
from bot.pipeline.tell import Permit, Told, stored, tell
from bot.ports import Deps
from bot.types import Brief, Length, Method, Opening, StoryId, Summary, TopicSlug

log = logger("overviews")

PATIENCE = 10.0
"""Seconds that somebody who asks for a digest waits for its overviews once its stories are told."""


async def overviews(
    deps: Deps,
    choices: Sequence[Choice],
    told: Mapping[StoryId, Told],
    length: Length,
    *,
    patience: float | None,
    permit: Permit | None = None,
    muted: Muted = UNMUTED,
) -> Mapping[TopicSlug, tuple[Opening, ...]]:
    """What opens each topic with enough stories, for who reads at this ``length``: the longest alone has it.

    One call of the model a topic, kept like a summary. ``patience``: seconds to wait for a model, 0 for none
    (then only what was written before is there); None waits as long as the model may take.
    """
    if not opened(deps, length):
        return {}
    found = await asyncio.gather(
        *(_one(deps, choice, told, patience=patience, permit=permit) for choice in choices)
    )
    return {
        choice.topic.slug: tuple(one for one in lines if not muted.hides(one.text))
        for choice, lines in zip(choices, found, strict=True)
    }


def opened(deps: Deps, length: Length) -> bool:
    """Whether overviews open a digest of this length."""
    book: Book | None = deps.desk.prompts
    if length is not Length.DEEP or deps.summarizer is deps.fallback:
        return False
    return book is not None and book.find(["overview"]) is not None  # else never taken in: no other would do


async def _one(
    deps: Deps,
    choice: Choice,
    told: Mapping[StoryId, Told],
    *,
    patience: float | None,
    permit: Permit | None,
) -> tuple[Opening, ...]:
    texts = {story: one.summary for story, one in told.items()}
    mine = [told[story].brief for story in digests.tellable(choice, texts)]
    brief = summaries.overview(mine)
    if brief is None:
        return ()
    stories = {article: one.story for one in mine for article in (source.article for source in one.sources)}
    events = [stories[brief.sources[event[0] - 1].article] for event in brief.events]
    try:
        made = await _summary(deps, brief, patience, permit)
    except (DatelineError, TimeoutError) as error:
        log.info("overview_left_out", topic=choice.topic.slug, error=error)
        return ()
    return summaries.openings(made, events, brief) if made else ()


async def _summary(deps: Deps, brief: Brief, patience: float | None, permit: Permit | None) -> Summary | None:
    """What a model wrote of it; None where none did."""
    if patience == 0:
        best, usual, _ = await stored(deps, brief)
        return best or usual
    async with asyncio.timeout(patience):
        made = await tell(deps, brief, patient=True, permit=permit)
    return made if made.method is Method.LLM else None
