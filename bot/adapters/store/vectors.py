"""What grouping remembers beside placements: vectors of articles, and how often words occur."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, func, select

from bot.adapters.store.articles import article_of
from bot.adapters.store.link import Link, chunks
from bot.adapters.store.schema import articles, placements, vectors, word_counts
from bot.types import Article, ArticleId

_HALF = np.dtype("<f2")


class VectorRows(Link):
    """See :class:`bot.ports.VectorRows`."""

    async def put_vectors(self, embedder: str, found: Mapping[ArticleId, NDArray[Any]]) -> None:
        """Store vectors as float16; a second one of the same article and embedder is ignored."""
        await self._many(
            self._insert(vectors).on_conflict_do_nothing(index_elements=["article_id", "embedder"]),
            [
                {"article_id": key, "embedder": embedder, "vector": vector.astype(_HALF).tobytes()}
                for key, vector in found.items()
            ],
        )

    async def vectors(
        self, embedder: str, ids: Sequence[ArticleId]
    ) -> Mapping[ArticleId, NDArray[np.float16]]:
        """The vectors of this embedder; articles without one are left out."""
        found: dict[ArticleId, NDArray[np.float16]] = {}
        for part in chunks(ids):
            query = select(vectors.c.article_id, vectors.c.vector).where(
                vectors.c.embedder == embedder, vectors.c.article_id.in_(part)
            )
            for row in await self._all(query):
                found[ArticleId(row.article_id)] = np.frombuffer(row.vector, dtype=_HALF)
        return found

    async def unembedded(
        self, embedder: str, since: datetime, languages: Collection[str] | None, limit: int
    ) -> tuple[Article, ...]:
        """Placed articles published since, in these languages (None: any), without a vector; oldest first."""
        has = exists().where(vectors.c.article_id == articles.c.id, vectors.c.embedder == embedder)
        query = select(articles).where(articles.c.placed, articles.c.published_at >= since, ~has)
        if languages is not None:
            query = query.where(articles.c.language.in_(sorted(languages)))
        query = query.order_by(articles.c.published_at, articles.c.id).limit(limit)
        return tuple(article_of(row) for row in await self._all(query))

    async def put_word_counts(self, body: bytes) -> None:
        """Store counts of words that hold from the last placement on."""
        last = await self._first(select(func.max(placements.c.id).label("id")))
        values = {"id": (last.id or 0) if last else 0, "at": self._clock.now(), "body": body}
        statement = self._insert(word_counts)
        await self._run(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={"body": statement.excluded.body, "at": statement.excluded.at}
            ),
            values,
        )

    async def word_counts(self) -> Mapping[int, bytes]:
        """All stored counts, by the number of the placement after which they hold."""
        return {row.id: row.body for row in await self._all(select(word_counts).order_by(word_counts.c.id))}
