"""Stories → cards: all that is shown of one story, read from rows and told on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import ranking
from bot.domain.cards import StoryView
from bot.domain.stories import phase, timeline
from bot.errors import Broken
from bot.pipeline.catalogue import catalogue
from bot.pipeline.tell import Permit, brief_of, tell
from bot.ports import Deps
from bot.types import Brief, Length, Source, StoryId, SubscriptionId, Summary

TOLD_BACK = timedelta(days=30)
"""How far back it is looked up when a chat was last told of a story."""


async def view(  # noqa: PLR0913 - each is a trait of the reader
    deps: Deps,
    story_id: StoryId,
    language: str,
    length: Length,
    zone: str,
    *,
    subscription: SubscriptionId | None = None,
    patient: bool = True,
    permit: Permit | None = None,
) -> StoryView | None:
    """A story as its card shows it; None when it is not stored any more or nothing of it can be told.

    Args:
        deps: the house.
        story_id: as the digest had it.
        language: the reader's.
        length: how much of it is told.
        zone: IANA name; times are shown in it.
        subscription: whose telling counts as "told here"; None for nobody's.
        patient: wait for the model; else excerpts where no model has told it yet.
        permit: see :func:`bot.pipeline.tell.tell`.

    Raises:
        Transient: the store or the model may answer later.
    """
    book = await catalogue(deps)
    async with deps.store.begin() as tx:
        story = await tx.story(story_id)
        if story is None:
            return None
        articles = await tx.articles(story.articles)
        placements = await tx.placements(story.id)
        now = deps.clock.now()
        told = await tx.told(subscription, now - TOLD_BACK) if subscription is not None else {}
    matches = tuple(match for match in story.topics if match.topic in book.slugs)
    names = {match.topic: book.topic(match.topic).name(language) for match in matches}
    slug = matches[0].topic if matches else ""
    try:
        brief = await brief_of(deps, book, story, slug, language=language, length=length)
        summary = await tell(deps, brief, patient=patient, permit=permit)
    except Broken:
        return None
    outlets = {article.outlet: book.outlets.get(article.outlet) for article in articles}
    rated = ranking.importance(story, articles, outlets, now=now, told=story.id in told)
    basis, told_at = told.get(story.id, ("", None))
    return StoryView(
        story=story,
        summary=replace(summary, sources=_all_sources(summary, brief)),
        placements=placements,
        matches=matches,
        score=rated.score,
        why=rated.why(),
        topics=names,
        zone=zone,
        language=language,
        told_at=told_at,
        developed=told_at is not None and basis != summary.basis,
        phase=phase(story, articles, now),
        moments=timeline(story, articles, outlets),
    )


def _all_sources(summary: Summary, brief: Brief) -> tuple[Source, ...]:
    """The sources that the marks refer to, and what has joined the story since it was told."""
    known = {source.article for source in summary.sources}
    number = max((source.number for source in summary.sources), default=0)
    found = list(summary.sources)
    for source in brief.sources:
        if source.article not in known:
            number += 1
            found.append(replace(source, number=number, text="", quoted=()))
    return tuple(found)
