"""Topics and texts → what they mean, so that articles are filed by more than their words.

A topic's texts are embedded once for each version of it, in each process that files articles; an article's
vector is the one that is stored for its story. Without an embedder, or while it is away, words alone file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain.likeness import senses, texts
from bot.domain.topics import Router
from bot.errors import Broken, Transient
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.meanings import embedder_failed, meanings
from bot.ports import Deps, Desk, Embedder
from bot.types import Article, ArticleId, CanonicalUrl, FeedId, OutletId, Topic, TopicSlug

_READ = "en"  # examples are in several languages; every embedder knows this one
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def likened(deps: Deps) -> Catalogue:
    """The current catalogue, whose router heeds what topics mean where there is an embedder."""
    book = await catalogue(deps)
    embedder = deps.embedder
    if embedder is None or book.likened == embedder.name or deps.clock.monotonic() < deps.desk.embed_after:
        return book
    try:
        rows = await topic_rows(embedder, deps.desk, book.topics, book.meanings)
    except (Transient, Broken) as error:
        embedder_failed(deps, error)
        return book
    router = Router(book.topics, _senses(embedder, book.topics, rows), lessons=book.router.lessons)
    book = replace(book, router=router, likened=embedder.name, meanings=rows)
    deps.desk.catalogue = book
    return book


async def router_of(deps: Deps, book: Catalogue, topics: Sequence[Topic], *, only: TopicSlug) -> Router:
    """Files under one of these topics as :func:`likened` would if these were all there are."""
    kept = tuple(topic for topic in topics if topic.slug == only)
    embedder = deps.embedder
    if embedder is None or deps.clock.monotonic() < deps.desk.embed_after:
        return Router(kept, lessons=book.router.lessons)
    try:
        rows = await topic_rows(embedder, deps.desk, topics, book.meanings)
    except (Transient, Broken) as error:
        embedder_failed(deps, error)
        return Router(kept, lessons=book.router.lessons)
    return Router(kept, _senses(embedder, topics, rows), lessons=book.router.lessons)


def _senses(
    embedder: Embedder,
    topics: Sequence[Topic],
    rows: Mapping[tuple[str, tuple[str, ...]], NDArray[Any]],
) -> Mapping[TopicSlug, NDArray[np.float32]]:
    return senses({topic.slug: rows[embedder.name, texts(topic)] for topic in topics})


async def topic_rows(
    embedder: Embedder,
    desk: Desk,
    topics: Sequence[Topic],
    known: Mapping[tuple[str, tuple[str, ...]], NDArray[Any]],
) -> Mapping[tuple[str, tuple[str, ...]], NDArray[Any]]:
    """(Embedder, a topic's texts) -> a vector of each text, a row each; what is known is not asked for.

    Raises:
        Transient: the embedder cannot be had now.
        Broken: it answers with nothing of use.
    """
    rows = {}
    for topic in topics:
        key = (embedder.name, texts(topic))
        rows[key] = known[key] if key in known else await _embedded(embedder, desk, key[1])
    return rows


async def _embedded(embedder: Embedder, desk: Desk, told: Sequence[str]) -> NDArray[Any]:
    read = [text_article(number, text, "", _READ) for number, text in enumerate(told)]
    found = await meanings(embedder, desk, read)
    return np.array([found[one.id] for one in read], dtype=np.float32)


async def meaning_of(deps: Deps, title: str, text: str, language: str) -> NDArray[Any] | None:
    """The vector of a text that is no stored article; None without an embedder that knows its language."""
    if deps.embedder is None or deps.clock.monotonic() < deps.desk.embed_after:
        return None
    try:
        found = await meanings(deps.embedder, deps.desk, [text_article(0, title, text, language)])
    except (Transient, Broken) as error:
        embedder_failed(deps, error)
        return None
    return found.get(ArticleId(0))


def text_article(number: int, title: str, text: str, language: str) -> Article:
    """A text as an article that is stored nowhere, for what reads articles."""
    return Article(
        id=ArticleId(number),
        url=CanonicalUrl(""),
        outlet=OutletId(""),
        feed=FeedId(""),
        title=title,
        text=text,
        language=language,
        published_at=_EPOCH,
        seen_at=_EPOCH,
        fingerprint="",
    )
