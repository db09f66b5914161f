"""Articles: one per canonical address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, func, select, update

from bot.adapters.store.link import Link, chunks
from bot.adapters.store.schema import articles, entries, facts, hashed
from bot.types import Article, ArticleId, CanonicalUrl, EntryId, FeedId, OutletId


class ArticleRows(Link):
    """See :class:`bot.ports.ArticleRows`."""

    async def add_article(self, article: Article) -> tuple[ArticleId, bool]:
        """Store once per canonical address: its id, and whether it is new."""
        statement = self._insert(articles).on_conflict_do_nothing(index_elements=["url_hash"])
        added = await self._first(statement.returning(articles.c.id), _values(article))
        if added is not None:
            return ArticleId(added.id), True
        known = await self._first(select(articles.c.id).where(articles.c.url_hash == hashed(article.url)))
        if (
            known is None
        ):  # cannot be: the conflict named this row, and retention runs in transactions of its own
            raise LookupError(f"the article {article.url} is neither new nor known")
        return ArticleId(known.id), False

    async def revise_article(self, entry: EntryId, ident: ArticleId, article: Article) -> bool:
        """Write the new text of an article whose entry was read again; False where nothing changed.

        Only what was read as fully as before: a page that cannot be reached any more is no correction.
        """
        own = exists().where(entries.c.id == entry, entries.c.article_id == ident, entries.c.rereads > 0)
        statement = update(articles).where(
            articles.c.id == ident,
            articles.c.outlet == article.outlet,
            articles.c.is_full == article.full,
            articles.c.fingerprint != article.fingerprint,
            own,
        )
        changed = {
            "title": article.title,
            "text": article.text,
            "fingerprint": article.fingerprint,
            "revised": True,
        }
        return (await self._run(statement.values(**changed))).rowcount == 1

    async def revised(self, limit: int) -> tuple[Article, ...]:
        """Articles that were revised since it was last looked what of them was told."""
        query = select(articles).where(articles.c.revised).order_by(articles.c.id).limit(limit)
        return tuple(article_of(row) for row in await self._all(query))

    async def read_again(self, now: datetime, looks: Sequence[timedelta], *, since: datetime) -> int:
        """Let entries wait again whose pages something was told from: how many.

        ``looks``: how long after the first telling, time for time; a reading that the feed asked for counts
        as one. Only what was told after ``since``, and only pages that were read in full.
        """
        told: dict[int, datetime] = {}
        query = select(facts.c.articles, func.min(facts.c.at).label("at")).where(
            facts.c.at >= since, facts.c.at <= now - min(looks)
        )
        for row in await self._all(query.group_by(facts.c.articles)):
            for ident in row.articles:
                told[ident] = min(told.get(ident, row.at), row.at)
        due = []
        for part in chunks(sorted(told)):
            read = (
                select(entries.c.id, entries.c.article_id, entries.c.rereads)
                .join(articles, articles.c.id == entries.c.article_id)
                .where(
                    entries.c.article_id.in_(part),
                    entries.c.feed_id == articles.c.feed_id,
                    entries.c.state == "read",
                    entries.c.rereads < len(looks),
                    articles.c.is_full,
                )
            )
            due += [
                row.id
                for row in await self._all(read)
                if now - told[row.article_id] >= sorted(looks)[row.rereads]
            ]
        for part in chunks(due):
            again = update(entries).where(entries.c.id.in_(part))
            await self._run(
                again.values(state="waiting", retry_at=None, attempts=0, rereads=entries.c.rereads + 1)
            )
        return len(due)

    async def looked_at(self, ids: Sequence[ArticleId]) -> None:
        """What was told of these revised articles was looked at."""
        for part in chunks(list(ids)):
            await self._run(update(articles).where(articles.c.id.in_(part)).values(revised=False))

    async def articles(self, ids: Sequence[ArticleId]) -> tuple[Article, ...]:
        """In the order of the ids; unknown ones are left out."""
        found: dict[int, Article] = {}
        for part in chunks(list(dict.fromkeys(ids))):
            for row in await self._all(select(articles).where(articles.c.id.in_(part))):
                found[row.id] = article_of(row)
        return tuple(found[key] for key in ids if key in found)

    async def unplaced(self, limit: int) -> tuple[Article, ...]:
        """Articles without a placement, in their :func:`bot.domain.articles.turn`."""
        query = (
            select(articles)
            .where(~articles.c.placed)
            .order_by(articles.c.published_at, articles.c.url_hash)
            .limit(limit)
        )
        return tuple(article_of(row) for row in await self._all(query))


def article_of(row: Row[Any], *, prefix: str = "") -> Article:
    """The article in a row of its table (or of a join, its columns prefixed)."""
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it

    def get(name: str) -> Any:
        return found[prefix + name]

    reprint = get("reprint_of")
    return Article(
        id=ArticleId(get("id")),
        url=CanonicalUrl(get("url")),
        outlet=OutletId(get("outlet")),
        feed=FeedId(get("feed_id")),
        title=get("title"),
        text=get("text"),
        language=get("language"),
        published_at=get("published_at"),
        seen_at=get("seen_at"),
        fingerprint=get("fingerprint"),
        agency=get("agency"),
        captions=tuple(get("captions")),
        reprint_of=None if reprint is None else ArticleId(reprint),
        full=get("is_full"),
    )


def _values(article: Article) -> dict[str, Any]:
    return {
        "url_hash": hashed(article.url),
        "url": article.url,
        "outlet": article.outlet,
        "feed_id": article.feed,
        "title": article.title,
        "text": article.text,
        "language": article.language,
        "published_at": article.published_at,
        "seen_at": article.seen_at,
        "fingerprint": article.fingerprint,
        "agency": article.agency,
        "captions": list(article.captions),
        "reprint_of": article.reprint_of,
        "is_full": article.full,
        "placed": False,
    }
