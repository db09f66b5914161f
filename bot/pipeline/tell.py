"""Stories → summaries: what is told of a story, once for everybody who reads this language at this length."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from bot.aside import aside
from bot.domain import summaries
from bot.domain.summaries import Known, translation
from bot.errors import Code, DatelineError
from bot.events import logger
from bot.pipeline.catalogue import Catalogue
from bot.ports import Deps, Summarizer, Translator
from bot.types import (
    Article,
    ArticleId,
    Brief,
    Length,
    Method,
    OutletId,
    Placement,
    PlacementKind,
    Source,
    Story,
    StoryId,
    Summary,
    TopicSlug,
)

log = logger("tell")


Sources = dict[tuple[StoryId, tuple[ArticleId, ...]], tuple[Source, ...]]
"""What stories' articles say, as it was read for another reader of the same step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A summary and the brief that it tells."""

    brief: Brief
    summary: Summary


async def brief_of(  # noqa: PLR0913 - each is a trait of the reader
    deps: Deps,
    book: Catalogue,
    story: Story,
    slug: str,
    *,
    language: str,
    length: Length,
    without: Collection[OutletId] = (),
    known: Known | None = None,
    seen: Sources | None = None,
) -> Brief:
    """What a summarizer may see of this story now; ``without`` what some outlets say, or what is known."""
    sources = None if without or seen is None else seen.get((story.id, story.articles))
    if sources is None:
        sources = await _read(deps, book, story, without)
        if seen is not None and not without:
            seen[story.id, story.articles] = sources
    topic = book.topic(TopicSlug(slug)).name(language) if slug else ""
    made = await aside(
        summaries.brief,
        story,
        sources,
        topic=topic,
        language=language,
        length=length,
        rules=deps.rules,
        known=known,
    )
    return replace(made, slug=slug)


async def _read(
    deps: Deps, book: Catalogue, story: Story, without: Collection[OutletId]
) -> tuple[Source, ...]:
    async with deps.store.begin() as tx:
        articles = [one for one in await tx.articles(story.articles) if one.outlet not in without]
        placements = await tx.placements(story.id)
        day = deps.clock.now().date().isoformat()
        quoted = await tx.quoted_on([article.id for article in articles], day)
    return sources_of(articles, placements, quoted, book)


def sources_of(
    articles: Sequence[Article],
    placements: Sequence[Placement],
    quoted: Mapping[ArticleId, tuple[str, ...]],
    book: Catalogue,
) -> tuple[Source, ...]:
    """Articles as summarizing sees them, in the order in which they were placed."""
    reprints = {placement.article for placement in placements if placement.kind is PlacementKind.DUPLICATE}
    made = []
    for number, article in enumerate(articles, start=1):
        outlet = book.outlets.get(article.outlet)
        made.append(
            Source(
                number=number,
                article=article.id,
                outlet=outlet.name,
                url=article.url,
                title=article.title,
                text=article.text,
                language=article.language,
                published_at=article.published_at,
                agency=article.agency or (outlet.name if outlet.agency else ""),
                state_media=outlet.state_media,
                reprint=article.id in reprints,
                quoted=quoted.get(article.id, ()),
                seen_at=article.seen_at,
            )
        )
    return tuple(made)


@dataclass(slots=True)
class _Telling:
    """A summary under way, and how many wait for it."""

    task: asyncio.Task[Summary]
    waiting: int = 0


Permit = Callable[[], Awaitable[bool]]
"""Asked before a call of the model: whether whoever caused it may cause one more."""


TRIES = 2
"""How often a model is asked in one process for a story of which its answers were of no use; then new facts
must come first."""


async def tell(
    deps: Deps, brief: Brief, *, patient: bool, permit: Permit | None = None, top: bool = False
) -> Summary:
    """The stored summary of this brief, else a new one.

    With ``patient`` a model is waited for; without, an excerpt is made at once when no model wrote one
    before: a digest is never late because of a model. Who waits for the same summary waits for one call.
    Without a ``permit`` a model may always be called; where it says no, an excerpt has to do. ``top``: by the
    better model, where there is one; what that one wrote is everybody's.
    """
    if not patient:
        return await _tell(deps, brief, top=top, patient=False)
    # With the prompt and the style in it: a chat that has its own must not wait for another's summary.
    maker = (top and deps.better) or deps.summarizer
    key = (brief.story, brief.basis, brief.language, brief.length, maker.signature(brief))
    telling = deps.desk.telling.get(key)
    if telling is None:
        made = asyncio.create_task(_tell(deps, brief, top=top, patient=True, permit=permit))
        telling = _Telling(made)
        deps.desk.telling[key] = telling
        telling.task.add_done_callback(lambda _: deps.desk.telling.pop(key, None))
    telling.waiting += 1
    try:
        return cast("Summary", await asyncio.shield(telling.task))
    finally:
        telling.waiting -= 1
        if not telling.waiting and not telling.task.done():
            telling.task.cancel()
            await asyncio.gather(telling.task, return_exceptions=True)


async def _tell(
    deps: Deps, brief: Brief, *, top: bool, patient: bool, permit: Permit | None = None
) -> Summary:
    maker = _maker(deps, brief, top=top)
    best, usual, stopgap = await stored(deps, brief)
    wanted = best if maker is deps.better and maker is not None else best or usual
    if wanted is not None:
        return wanted
    told = best or usual or stopgap
    tried = _tried(brief, maker)
    if patient and maker is not deps.fallback:
        patient = not given_up(deps, brief, top=top) and (permit is None or await permit())
    if told is not None and (not patient or maker is deps.fallback):
        return told
    made = await (_made(deps, brief, maker) if patient else deps.fallback.summarize(brief))
    if made.why_fallback is Code.MODEL_BAD_OUTPUT:
        deps.desk.refused[tried] = deps.desk.refused.get(tried, 0) + 1
    if made.method is Method.EXTRACTIVE and told is not None:
        return told if told.method is Method.LLM else replace(told, why_fallback=made.why_fallback)
    # A stop-gap is kept under the fallback's name, so that it never stops a later attempt by the model.
    made_by = deps.fallback if made.method is Method.EXTRACTIVE else maker
    async with deps.store.begin() as tx:
        await tx.put_summary(made, signature=made_by.signature(brief), at=deps.clock.now())
    return made


async def ready(deps: Deps, brief: Brief, *, top: bool) -> bool:
    """Whether what is stored is the best that :func:`tell` could give."""
    maker = _maker(deps, brief, top=top)
    best, usual, stopgap = await stored(deps, brief)
    wanted = best if maker is deps.better and maker is not None else best or usual
    if wanted is not None:
        return True
    return stopgap is not None and (maker is deps.fallback or given_up(deps, brief, top=top))


def _maker(deps: Deps, brief: Brief, *, top: bool) -> Summarizer | Translator:
    """Who tells this: a story that no source tells in the reader's language is translated."""
    if deps.translator is not None and translates(deps, brief):
        return deps.translator
    return (top and deps.better) or deps.summarizer


def translates(deps: Deps, brief: Brief) -> bool:
    """Whether this is told by a translation of what is told in the sources' language."""
    return deps.translator is not None and translation.across(brief)


def given_up(deps: Deps, told: Brief | Summary, *, top: bool = False) -> bool:
    """Whether the model's answers to this were of no use so often that it is not asked again."""
    makers = ((top and deps.better) or deps.summarizer, deps.translator)
    return any(deps.desk.refused.get(_tried(told, one), 0) >= TRIES for one in makers if one is not None)


def _tried(told: Brief | Summary, maker: Summarizer | Translator) -> tuple[object, ...]:
    return (told.story, told.basis, told.language, told.length, maker.signature(told))


async def stored(deps: Deps, brief: Brief | Summary) -> tuple[Summary | None, Summary | None, Summary | None]:
    """What is stored of the better model, of the usual one, and of the one without a model."""
    key = {"basis": brief.basis, "language": brief.language, "length": str(brief.length)}
    async with deps.store.begin() as tx:
        best = (
            await tx.summary(brief.story, signature=deps.better.signature(brief), **key)
            if deps.better
            else None
        )
        usual = await tx.summary(brief.story, signature=deps.summarizer.signature(brief), **key)
        if usual is None and deps.translator is not None:
            usual = await tx.summary(brief.story, signature=deps.translator.signature(brief), **key)
        stopgap = await tx.summary(brief.story, signature=deps.fallback.signature(brief), **key)
    return best, usual, stopgap


async def _made(deps: Deps, brief: Brief, maker: Summarizer | Translator) -> Summary:
    """What the maker tells, else an excerpt in the sources' language, with why."""
    code: Code | None = None
    try:
        if maker is not deps.translator:
            return await cast("Summarizer", maker).summarize(brief)
        # What a model told of it in the sources' language is there already where others read that; it is not
        # waited for: excerpts are as true, and cost no second call.
        told = await _tell(deps, replace(brief, language=brief.text_language), top=True, patient=False)
        return await maker.translate(brief, told)
    except DatelineError as error:
        log.warning("summary_failed", story=brief.story, error=error)
        code = error.code if maker is deps.translator else None
    except Exception:
        if maker is not deps.translator:
            raise
        log.exception("translation_failed", story=brief.story)
        code = Code.MODEL_BAD_OUTPUT
    return replace(await deps.fallback.summarize(brief), why_fallback=code)
