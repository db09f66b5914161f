"""What owners look at and decide by hand: money, troubles, editions, messages that did not go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, or_, select, update

from bot.adapters.store.link import Link
from bot.adapters.store.outbox import delivery_of
from bot.adapters.store.schema import (
    articles,
    calls,
    deliveries,
    digest_items,
    digests,
    entries,
    feeds,
    is_state,
    polls,
    stories,
)
from bot.errors import Code
from bot.types import Delivery, DeliveryId, DeliveryState, FeedStatus, Gauges, Origin

_GIVEN_UP = {"state": DeliveryState.FAILED, "last_code": Code.SUPERSEDED}


class OverviewRows(Link):
    """See :class:`bot.ports.OverviewRows`."""

    async def cost(self, since: datetime) -> float:
        """US dollars of all model calls since, with what is set aside for those under way."""
        row = await self._first(select(func.sum(calls.c.cost).label("sum")).where(calls.c.at >= since))
        return float(row.sum or 0.0) if row else 0.0

    async def first_call(self, since: datetime) -> datetime | None:
        """When the first model call since was made."""
        row = await self._first(select(calls.c.at).where(calls.c.at >= since).order_by(calls.c.at).limit(1))
        return None if row is None else row.at

    async def troubles(self, since: datetime) -> Mapping[str, int]:
        """Code -> how often polls, model calls and messages ended with it since."""
        found: Counter[str] = Counter()
        unsent = and_(deliveries.c.queued_at >= since, _undelivered())
        for table, when in (
            (polls, polls.c.polled_at >= since),
            (calls, calls.c.at >= since),
            (deliveries, unsent),
        ):
            code = table.c.code if table is not deliveries else deliveries.c.last_code
            query = select(code.label("code"), func.count().label("n")).where(when, code.is_not(None))
            for row in await self._all(query.group_by(code)):
                found[row.code] += row.n
        return found

    async def editions(self, limit: int) -> tuple[Mapping[str, Any], ...]:
        """The latest digests of a slot, newest first, with when the last part of each was sent.

        Keys: subscription, slot_at, sent_at (None: nothing was), unsent (parts), items, language.
        """
        query = (
            select(digests, func.count(digest_items.c.position).label("items"))
            .join_from(digests, digest_items, digest_items.c.digest_id == digests.c.id, isouter=True)
            .where(digests.c.slot_at.is_not(None), digests.c.skipped == "")
            .group_by(digests.c.id)
            .order_by(digests.c.made_at.desc(), digests.c.id.desc())
            .limit(limit)
        )
        found = []
        for row in await self._all(query):
            clock = row.local_time.removesuffix(":00") if len(row.local_time) == _FULL else row.local_time
            group = f"digest:{row.subscription_id}:{row.local_date}T{clock}"
            sent = is_state(deliveries.c.state, DeliveryState.SENT)
            told = select(
                func.max(deliveries.c.sent_at).label("sent_at"),
                func.count().filter(~sent).label("unsent"),
            ).where(deliveries.c.group_key == group)
            parts = await self._first(told)
            found.append(
                {
                    "subscription": row.subscription_id,
                    "slot_at": row.slot_at,
                    "sent_at": parts.sent_at if parts else None,
                    "unsent": parts.unsent if parts else 0,
                    "items": row.items,
                    "language": row.language,
                }
            )
        return tuple(found)

    async def undelivered(self, limit: int, offset: int = 0) -> tuple[Delivery, ...]:
        """Messages that wait for a person: failed and not given up, or ambiguous; newest first."""
        query = select(deliveries).where(_undelivered()).order_by(deliveries.c.id.desc())
        return tuple(delivery_of(row) for row in await self._all(query.limit(limit).offset(offset)))

    async def drop(self, delivery: DeliveryId) -> bool:
        """Give up a failed or ambiguous message, and the parts behind it. False when it is neither."""
        row = await self._first(
            select(deliveries.c.group_key, deliveries.c.part_number).where(
                deliveries.c.id == delivery, _undelivered()
            )
        )
        if row is None:
            return False
        behind = and_(
            deliveries.c.group_key == row.group_key,
            deliveries.c.part_number > row.part_number,
            is_state(deliveries.c.state, DeliveryState.PENDING),
        )
        this = and_(deliveries.c.id == delivery, _undelivered())
        free = {"claim_token": "", "claim_until": None}
        await self._run(update(deliveries).where(or_(this, behind)).values(**_GIVEN_UP, **free))
        return True

    async def cancel_broadcast(self, since: datetime) -> int:
        """Give up what is still pending of the broadcasts queued since; how many messages."""
        pending = is_state(deliveries.c.state, DeliveryState.PENDING)
        statement = update(deliveries).where(pending, _broadcast(since))
        return (await self._run(statement.values(**_GIVEN_UP))).rowcount

    async def broadcast_states(self, since: datetime) -> Mapping[str, int]:
        """State -> messages of the broadcasts queued since; those given up count as "dropped"."""
        query = select(deliveries.c.state, deliveries.c.last_code, func.count().label("n"))
        query = query.where(_broadcast(since)).group_by(deliveries.c.state, deliveries.c.last_code)
        found: Counter[str] = Counter()
        for row in await self._all(query):
            given_up = row.state == DeliveryState.FAILED and row.last_code == Code.SUPERSEDED
            found["dropped" if given_up else str(row.state)] += row.n
        return found

    async def gauges(self, now: datetime, *, open_since: datetime, late_before: datetime) -> Gauges:
        """How things stand, but for the money; see :meth:`bot.ports.OverviewRows.gauges`.

        Counts over partial indexes: what was sent is the most of all rows, and is never counted here.
        """
        outbox = select(deliveries.c.state, func.count().label("n")).where(_NOT_SENT)
        due = and_(is_state(deliveries.c.state, DeliveryState.PENDING), deliveries.c.due_at <= now)
        on_the_way = is_state(deliveries.c.state, *_ON_THE_WAY)
        waits = and_(_NOT_SENT, on_the_way, deliveries.c.origin == Origin.DIGEST)
        waiting_entry = entries.c.state == literal_column("'waiting'")
        is_open = and_(stories.c.last_at >= open_since, stories.c.merged_into.is_(None))
        return Gauges(
            at=now,
            feeds=await self._feeds_by_health(),
            unread=await self._count(select(func.count()).select_from(entries).where(waiting_entry)),
            unplaced=await self._count(select(func.count()).select_from(articles).where(~articles.c.placed)),
            stories=await self._count(select(func.count()).select_from(stories).where(is_open)),
            outbox={str(row.state): row.n for row in await self._all(outbox.group_by(deliveries.c.state))},
            due=await self._count(select(func.count()).select_from(deliveries).where(_NOT_SENT, due)),
            late=await self._count(
                select(func.count(deliveries.c.group_key.distinct())).where(
                    waits, deliveries.c.queued_at < late_before
                )
            ),
        )

    async def _count(self, query: Select[Any]) -> int:
        return int((await self._run(query)).scalar_one())

    async def _feeds_by_health(self) -> Mapping[str, int]:
        never, failing = feeds.c.polls == 0, feeds.c.failures > 0
        polled = case((never, "unasked"), (failing, "failing"), else_="fine")
        health = case((feeds.c.status == FeedStatus.ACTIVE, polled), else_=feeds.c.status).label("health")
        query = select(health, func.count().label("n")).group_by(health)
        return {str(row.health): row.n for row in await self._all(query)}


_FULL = len("07:30:00")
_NOT_SENT = deliveries.c.state != literal_column("'sent'")  # as the partial index spells it
_ON_THE_WAY = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING)


def _undelivered() -> ColumnElement[bool]:
    code = deliveries.c.last_code
    return and_(
        _NOT_SENT,
        is_state(deliveries.c.state, DeliveryState.FAILED, DeliveryState.AMBIGUOUS),
        or_(code.is_(None), code != Code.SUPERSEDED),
    )


def _broadcast(since: datetime) -> ColumnElement[bool]:
    return and_(deliveries.c.origin == Origin.BROADCAST, deliveries.c.queued_at >= since)
