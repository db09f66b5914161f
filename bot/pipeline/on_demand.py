"""A text or a page that somebody brings along: its pieces, their topics, and a summary of each article."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace

from bot.domain import articles, summaries
from bot.domain.reading import pieces
from bot.domain.reading.pieces import Piece
from bot.domain.summaries import translation
from bot.errors import Broken, DatelineError
from bot.events import logger
from bot.pipeline.catalogue import Catalogue
from bot.pipeline.likeness import likened, meaning_of
from bot.ports import Deps
from bot.types import (
    ArticleId,
    Brief,
    CanonicalUrl,
    Entry,
    Length,
    RawUrl,
    Reading,
    Response,
    Source,
    Story,
    StoryId,
    Summary,
    TopicMatch,
)

log = logger("tell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A piece with its language, its topics, why it has them (or none), and its summary if it got one."""

    piece: Piece
    language: str = ""
    topics: tuple[TopicMatch, ...] = ()
    reason: str = ""
    summary: Summary | None = None


async def summarize_text(
    deps: Deps, text: str, *, language: str = "", length: Length = Length.STANDARD
) -> list[Filed]:
    """The pieces of plain or scraped text, in the order in which they stand."""
    book = await likened(deps)
    return [
        await _file(deps, book, piece, outlet="", url="", language=language, length=length)
        for piece in pieces.separate(text)
    ]


async def summarize_page(
    deps: Deps, response: Response, *, language: str = "", length: Length = Length.STANDARD
) -> list[Filed]:
    """The article of a page as one piece.

    Raises:
        Broken: paywall, consent or no_text: there is no article to summarize.
    """
    book = await likened(deps)
    entry = Entry(guid=response.final_url, url=response.final_url, title="")
    reading = await deps.parser.read(entry, response)
    if reading.wall is not None:
        hint = "open it in a browser and pipe its text into `dateline summarize -`"
        raise Broken("this page shows no article to us", code=reading.wall, hint=hint, url=response.final_url)
    outlet = book.outlets.of(response.final_url).name if response.final_url else reading.site_name
    piece = Piece(title=reading.title, text=reading.text, kind="article", reason="")
    url = articles.canonical(reading.canonical or response.final_url) if response.final_url else ""
    return [await _file(deps, book, piece, outlet=outlet, url=url, language=language, length=length)]


def page_at_hand(body: bytes) -> Response:
    """A page that is at hand as a file, as if it had been fetched."""
    return Response(url=RawUrl(""), final_url=RawUrl(""), body=body, content_type="text/html")


async def _file(
    deps: Deps, book: Catalogue, piece: Piece, *, outlet: str, url: str, language: str, length: Length
) -> Filed:
    if piece.kind == "dropped":
        return Filed(piece=piece, reason=piece.reason)
    spoken = await _language(deps, piece)
    vector = await meaning_of(deps, piece.title, piece.text, spoken)
    topics = book.router.match(piece.title, piece.text, spoken, vector=vector)
    why = "; ".join(f"{match.topic}: {match.why}" for match in topics)
    if not topics:
        scores = book.router.score_all(piece.title, piece.text, spoken, vector=vector)
        best = max(scores.items(), key=lambda kv: kv[1])
        why = f"in none of the topics (nearest: {best[0]}, {best[1]:.2f} of the 1.00 that it takes)"
    reason = "; ".join(part for part in (piece.reason, why) if part)
    filed = Filed(piece=piece, language=spoken, topics=topics, reason=reason)
    if piece.kind == "teaser" and not topics:
        return filed
    summary = await _summary(
        deps, piece, outlet=outlet, url=url, spoken=spoken, wanted=language, length=length
    )
    return replace(filed, summary=summary)


async def _summary(
    deps: Deps, piece: Piece, *, outlet: str, url: str, spoken: str, wanted: str, length: Length
) -> Summary | None:
    now = deps.clock.now()
    source = Source(
        number=1,
        article=ArticleId(0),
        outlet=outlet,
        url=CanonicalUrl(url),
        title=piece.title,
        text=piece.text,
        language=spoken,
        published_at=now,
    )
    story = Story(
        id=StoryId(0), title=piece.title, articles=(ArticleId(0),), voices=1, first_at=now, last_at=now
    )
    try:
        brief = summaries.brief(
            story, [source], topic="", language=wanted or spoken, length=length, rules=deps.rules
        )
        return await _told(deps, replace(brief, task="page"))
    except Broken:
        return None


async def _told(deps: Deps, brief: Brief) -> Summary:
    """The summary; where the reader has another language, told in the page's own first, then translated."""
    if deps.translator is None or not translation.across(brief):
        return await deps.summarizer.summarize(brief)
    told = await deps.summarizer.summarize(replace(brief, language=brief.text_language))
    if told.why_fallback is not None:
        return replace(told, language=brief.language)
    try:
        return await deps.translator.translate(brief, told)
    except DatelineError as error:
        log.warning("page_untranslated", code=error.code, error=error)
        return replace(told, language=brief.language)


async def _language(deps: Deps, piece: Piece) -> str:
    body = "".join(f"<p>{html.escape(part)}</p>" for part in piece.text.split("\n\n"))
    entry = Entry(
        guid="piece",
        url=RawUrl(""),
        title=piece.title,
        content_html=f"<p>{html.escape(piece.title)}</p>{body}",
    )
    try:
        reading: Reading = await deps.parser.read(entry, None)
    except Broken:
        return deps.rules.languages[0]
    return reading.language or deps.rules.languages[0]
