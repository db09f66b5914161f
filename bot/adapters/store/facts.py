"""What chats were told, sentence by sentence.

What many were told in the same words is stored once: ``facts`` holds the sentences, all of one telling under
the hash of them, ``told`` a line for each chat that was told it with a digest, and ``taken_back`` what
sources took back of it since, for each chat whose message says so. A copy of all facts for each chat made up
most of what recording a digest cost: some 36 rows a reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select

from bot.adapters.store.link import Link, chunks
from bot.adapters.store.outbox import delivery_of
from bot.adapters.store.schema import (
    deliveries,
    facts,
    hashed,
    is_state,
    placements,
    stories,
    taken_back,
    told,
)
from bot.domain import corrections
from bot.types import Action, Address, ArticleId, Delivery, DeliveryState, DigestId, Fact, FactNumber, StoryId

_KEY = told.c.beginning + facts.c.ending
"""Of the message that carries a fact to a chat."""
ALIKE = 16
"""Of a telling: a hash of what was said. The rest is of which message said what: readers' forms differ."""


class FactRows(Link):
    """What was told; see :class:`bot.ports.SubscriptionRows`."""

    async def facts_from(
        self, article: ArticleId, since: datetime
    ) -> tuple[tuple[FactNumber, Fact, Delivery], ...]:
        """What messages sent since told from this article: number, fact, message as it stands now.

        Also what was taken back: it may be changed again. What stood in a message that was deleted is not
        among them.
        """
        of_article = select(placements.c.story_id).where(placements.c.article_id == article)
        moved = select(stories.c.id).where(stories.c.merged_into.in_(of_article))
        story = facts.c.story_id
        query = (
            _told(story.label("of_story"))
            .where(or_(story.in_(of_article), story.in_(moved)), facts.c.at >= since)
            .order_by(told.c.digest_id, facts.c.id)
        )
        found = [((DigestId(row.digest_id), row.id), _fact(row)) for row in await self._all(query)]
        mine = [(number, fact) for number, fact in found if article in fact.articles]
        sent: dict[str, Delivery] = {}
        for part in chunks(sorted({fact.delivery for _, fact in mine})):
            keys = select(deliveries).where(
                deliveries.c.key.in_(part), is_state(deliveries.c.state, DeliveryState.SENT)
            )
            sent |= {row.key: delivery_of(row) for row in await self._all(keys)}
        standing = {key: await self._as_it_stands(one) for key, one in sent.items()}
        return tuple(
            (number, fact, message)
            for number, fact in mine
            if (message := standing.get(fact.delivery)) is not None
        )

    async def _as_it_stands(self, sent: Delivery) -> Delivery | None:
        """A sent message with what its last edit put into it, done or on its way; None once it is deleted."""
        query = select(deliveries).where(
            deliveries.c.group_key.in_([f"{sent.group}:revised", corrections.group_of(sent)]),
            deliveries.c.message_id == sent.message_id,
            ~is_state(deliveries.c.state, DeliveryState.FAILED),
        )
        row = await self._first(query.order_by(deliveries.c.id.desc()).limit(1))
        if row is None:
            return sent
        last = delivery_of(row)
        return None if last.action is Action.DELETE else replace(sent, part=last.part)

    async def tell_anew(self, digest: DigestId, address: Address, told_now: Sequence[Fact]) -> None:
        """Add what an edit of a digest's messages tells to what was told there."""
        groups = {fact.delivery.rpartition(":")[0] for fact in told_now}
        beginning = groups.pop() if len(groups) == 1 else ""
        await self.remember(told_now, beginning, {digest: (address, beginning)})

    async def remember(
        self, facts_told: Sequence[Fact], beginning: str, to: Mapping[DigestId, tuple[Address, str]]
    ) -> None:
        """Note what digests told, and where.

        Args:
            facts_told: with the keys of one copy's messages.
            beginning: of those keys, left out.
            to: digest -> address, and what its own messages' keys begin with.
        """
        if not facts_told or not to:
            return
        values = [_fact_values(fact) for fact in facts_told]
        endings = [fact.delivery.removeprefix(beginning) for fact in facts_told]
        telling = hashed(_said(values))[:ALIKE] + hashed(_said(endings))[:ALIKE]
        for place, (one, ending) in enumerate(zip(values, endings, strict=True)):
            one |= {"telling": telling, "position": place, "ending": ending}
        await self._many(
            self._insert(facts).on_conflict_do_nothing(index_elements=["telling", "position"]), values
        )
        of_all = {"telling": telling, "at": max(fact.at for fact in facts_told)}
        await self._many(
            self._insert(told).on_conflict_do_nothing(index_elements=["digest_id", "telling"]),
            [
                of_all | {"digest_id": digest, "beginning": own} | place_of(address)
                for digest, (address, own) in to.items()
            ],
        )

    async def take_back(self, gone: Mapping[FactNumber, str], at: datetime) -> None:
        """Mark facts (by number) as corrected: what stands in their place."""
        statement = self._insert(taken_back)
        changed = {name: statement.excluded[name] for name in ("at", "correction")}
        await self._many(
            statement.on_conflict_do_update(index_elements=["digest_id", "fact_id"], set_=changed),
            [
                {"digest_id": digest, "fact_id": fact, "at": at, "correction": text}
                for (digest, fact), text in sorted(gone.items())
            ],
        )

    async def facts(self, address: Address, since: datetime) -> tuple[Fact, ...]:
        """What was told at this address (its thread), oldest first.

        Not what stood in a message that failed, or behind one. A merged story's facts are its target's.
        """
        query = (
            _told(func.coalesce(stories.c.merged_into, facts.c.story_id).label("of_story"))
            .join(stories, stories.c.id == facts.c.story_id, isouter=True)
            .where(
                told.c.channel == address.channel,
                told.c.chat == address.chat,
                told.c.thread.is_not_distinct_from(address.thread),
                told.c.at >= since,
                facts.c.at >= since,
                ~failed(_KEY),
            )
            .order_by(facts.c.at, told.c.digest_id, facts.c.id)
        )
        return tuple(_fact(row) for row in await self._all(query))


def _told(*more: ColumnElement[Any]) -> Any:
    """Each fact as often as it was told, with what was taken back of it there."""
    return (
        select(
            facts,
            told.c.digest_id,
            _KEY.label("delivery"),
            taken_back.c.at.label("corrected_at"),
            taken_back.c.correction,
            *more,
        )
        .join_from(told, facts, facts.c.telling == told.c.telling)
        .join(
            taken_back,
            and_(taken_back.c.digest_id == told.c.digest_id, taken_back.c.fact_id == facts.c.id),
            isouter=True,
        )
    )


def beginnings(copies: Sequence[Sequence[Delivery]]) -> list[str]:
    """What the keys of each copy's messages begin with: what follows is the same for all.

    Raises:
        ValueError: it is not.
    """
    groups = [
        own[0].group if own and all(one.key.startswith(one.group) for one in own) else "" for own in copies
    ]
    endings = {
        tuple(one.key[len(group) :] for one in own) for own, group in zip(copies, groups, strict=True) if own
    }
    if len(endings) > 1:
        raise ValueError("the keys of copies' messages may differ in their group alone")
    return groups


def failed(key: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the message with this key, or one before it in its group, failed."""
    own, before = deliveries.alias("own"), deliveries.alias("before")
    return exists().where(
        own.c.key == key,
        before.c.group_key == own.c.group_key,
        before.c.part_number <= own.c.part_number,
        is_state(before.c.state, DeliveryState.FAILED),
    )


def place_of(address: Address) -> dict[str, Any]:
    """The address in columns."""
    return {"channel": address.channel, "chat": address.chat, "thread": address.thread}


def _said(values: Any) -> str:
    return json.dumps(values, default=str, sort_keys=True)


def _fact_values(fact: Fact) -> dict[str, Any]:
    return {
        "story_id": fact.story,
        "text": fact.text,
        "headline": fact.headline,
        "articles": list(fact.articles),
        "figures": list(fact.figures),
        "at": fact.at,
    }


def _fact(row: Row[Any]) -> Fact:
    return Fact(
        story=StoryId(row.of_story),
        text=row.text,
        at=row.at,
        headline=row.headline,
        articles=tuple(ArticleId(ident) for ident in row.articles),
        figures=tuple(row.figures),
        delivery=row.delivery,
        corrected_at=row.corrected_at,
        correction=row.correction or "",
    )
