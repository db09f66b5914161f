"""Articles → the vectors of their meaning, by whatever embedder there is."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain.stories import meaning, passages
from bot.domain.stories.background import SENTENCES
from bot.errors import DatelineError
from bot.ports import Deps, Desk, Embedder
from bot.types import Article, ArticleId

log = logging.getLogger("dateline.group")

PATIENCE = 300.0
"""Seconds until an embedder that failed is asked again for what it owes."""


def embedder_failed(deps: Deps, error: DatelineError) -> None:
    """Leave it alone for a while; what is placed meanwhile gets its vectors later."""
    log.warning("embedder_failed error=%s", error)
    deps.desk.embed_after = deps.clock.monotonic() + PATIENCE
    deps.desk.embedded = ""


def understood(embedder: Embedder, article: Article) -> bool:
    """Whether the embedder knows the article's language."""
    return embedder.languages is None or article.language in embedder.languages


async def meanings(
    embedder: Embedder, desk: Desk, articles: Sequence[Article]
) -> Mapping[ArticleId, NDArray[Any]]:
    """The vectors (float16, length 1) of those articles whose language the embedder knows.

    Raises:
        Transient: the embedder cannot be had now.
        Broken: it answers with nothing of use.
    """
    known = [article for article in articles if understood(embedder, article)]
    if not known:
        return {}
    mean = await _mean(embedder, desk)
    texts = [passages(article) for article in known]
    places = {text: at for at, text in enumerate(dict.fromkeys(text for two in texts for text in two))}
    found = await embedder.embed(list(places))
    return {
        article.id: meaning(found[places[title]], found[places[beginning]], mean)
        for article, (title, beginning) in zip(known, texts, strict=True)
    }


async def _mean(embedder: Embedder, desk: Desk) -> NDArray[np.float32]:
    """What all news shares, in this embedder's space: once a process, a tenth of a second."""
    if desk.mean is None or desk.mean[0] != embedder.name:
        desk.mean = (embedder.name, (await embedder.embed(SENTENCES)).mean(axis=0))
    mean: NDArray[np.float32] = desk.mean[1]
    return mean
