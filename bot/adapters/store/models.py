"""Summaries, what they quoted, and the ledger of model calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text, update

from bot.adapters.store import rows
from bot.adapters.store.link import Link, chunks
from bot.adapters.store.schema import articles, calls, hashed, quotes, summaries
from bot.types import ArticleId, Method, ModelCall, StoryId, Summary


class ModelRows(Link):
    """See :class:`bot.ports.ModelRows`."""

    async def summary(
        self, story: StoryId, *, basis: str, language: str, length: str, signature: str
    ) -> Summary | None:
        """The stored summary of exactly this.

        Its sources' texts come from the articles: "" once those are gone.
        """
        row = await self._first(
            select(summaries.c.body).where(
                summaries.c.story_id == story,
                summaries.c.basis == basis,
                summaries.c.language == language,
                summaries.c.length == length,
                summaries.c.signature == signature,
            )
        )
        if row is None:
            return None
        found = rows.from_json(Summary, row.body)
        texts = await self._texts([source.article for source in found.sources])
        sources = tuple(replace(source, text=texts.get(source.article, "")) for source in found.sources)
        return replace(found, sources=sources)

    async def _texts(self, ids: Sequence[ArticleId]) -> Mapping[ArticleId, str]:
        texts: dict[ArticleId, str] = {}
        for part in chunks(ids):
            for row in await self._all(select(articles.c.id, articles.c.text).where(articles.c.id.in_(part))):
                texts[ArticleId(row.id)] = row.text
        return texts

    async def put_summary(self, summary: Summary, *, signature: str, at: datetime) -> None:
        """Store it; the same key again replaces nothing.

        Without its sources' texts: the articles have them, and a story is told in several languages and
        lengths.
        """
        bare = replace(summary, sources=tuple(replace(source, text="") for source in summary.sources))
        values = {
            "story_id": summary.story,
            "basis": summary.basis,
            "language": summary.language,
            "length": summary.length,
            "signature": signature,
            "at": at,
            "method": summary.method,
            "body": rows.to_json(bare),
        }
        statement = self._insert(summaries).on_conflict_do_nothing(
            index_elements=["story_id", "basis", "language", "length", "signature"]
        )
        added = await self._first(statement.returning(summaries.c.id), values)
        if added is not None and summary.method is Method.EXTRACTIVE:
            await self._quote(summary, at)

    async def _quote(self, summary: Summary, at: datetime) -> None:
        number_of = {source.number: source.article for source in summary.sources}
        day = at.astimezone(UTC).date().isoformat()
        await self._many(
            self._insert(quotes).on_conflict_do_nothing(index_elements=["article_id", "day", "text_hash"]),
            [
                {
                    "article_id": number_of[number],
                    "day": day,
                    "text_hash": hashed(sentence.text),
                    "text": sentence.text,
                }
                for sentence in summary.sentences
                for number in sentence.sources
                if number in number_of
            ],
        )

    async def told_of(self, stories: Sequence[StoryId], language: str, length: str) -> frozenset[StoryId]:
        """Those of which any summary in this language and length is stored, of whatever basis."""
        found: set[StoryId] = set()
        for part in chunks(stories):
            query = select(summaries.c.story_id).where(
                summaries.c.story_id.in_(part), summaries.c.language == language, summaries.c.length == length
            )
            found.update(StoryId(row.story_id) for row in await self._all(query.distinct()))
        return frozenset(found)

    async def quoted_on(self, articles: Sequence[ArticleId], day: str) -> Mapping[ArticleId, tuple[str, ...]]:
        """Sentences of these articles that extractive summaries quoted on this UTC day (ISO date)."""
        found: dict[ArticleId, tuple[str, ...]] = {}
        for part in chunks(articles):
            query = select(quotes).where(quotes.c.day == day, quotes.c.article_id.in_(part))
            for row in await self._all(query.order_by(quotes.c.article_id, quotes.c.text_hash)):
                key = ArticleId(row.article_id)
                found[key] = (*found.get(key, ()), row.text)
        return found

    async def record_call(self, call: ModelCall) -> None:
        """Add a line to the ledger."""
        await self._many(self._insert(calls), [_call_values(call)])

    async def reserve_call(
        self, call: ModelCall, caps: Sequence[tuple[datetime, float]], *, line: int | None = None
    ) -> int | None:
        """Set ``call.cost`` aside as a line of the ledger: its number; None where a cap does not allow it.

        ``caps``: (since, US dollars at most). With ``line``: that one is raised to this cost.
        """
        if self._postgres:
            # Two that reserve at once would each not see the other's line.
            await self._run(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _BUDGET_LOCK})
        others = calls.c.id != (line or 0)
        for since, most in caps:
            row = await self._first(
                select(func.sum(calls.c.cost).label("sum")).where(calls.c.at >= since, others)
            )
            spent = float(row.sum or 0.0) if row else 0.0
            if call.cost and spent + call.cost > most + _CENT_OF_A_CENT:
                return None
        if line is not None:
            await self._run(update(calls).where(calls.c.id == line).values(cost=call.cost))
            return line
        row = await self._first(self._insert(calls).returning(calls.c.id), _call_values(call))
        return None if row is None else int(row.id)

    async def settle_call(self, line: int, call: ModelCall) -> None:
        """Write what the call came to over what was set aside."""
        await self._run(update(calls).where(calls.c.id == line).values(**_call_values(call)))


_BUDGET_LOCK = 0x6275_6467
"""Any number will do, as long as nothing else takes it."""
_CENT_OF_A_CENT = 1e-9
"""Sums of floats may be off by a hair."""


def _call_values(call: ModelCall) -> dict[str, Any]:
    return {
        "at": call.at,
        "task": call.task,
        "model": call.model,
        "prompt": call.prompt,
        "story_id": call.story,
        "tokens_in": call.tokens_in,
        "tokens_out": call.tokens_out,
        "cost": call.cost,
        "estimated": call.estimated,
        "seconds": call.seconds,
        "code": call.code,
    }
