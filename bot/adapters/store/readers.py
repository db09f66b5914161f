"""Readers alike: who was told the same, found without reading what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Table, and_, func, select

from bot.adapters.store.facts import ALIKE
from bot.adapters.store.link import Link, chunks
from bot.adapters.store.schema import (
    deliveries,
    digests,
    facts,
    feedback,
    is_state,
    mutes,
    taken_back,
    told,
)
from bot.types import DeliveryState, Subscription, SubscriptionId


class ReaderRows(Link):
    """See :class:`bot.ports.ReaderRows`."""

    async def slots_done_by(
        self, readers: Sequence[SubscriptionId], since: datetime
    ) -> Mapping[SubscriptionId, frozenset[tuple[str, str]]]:
        """(Local date, local time) in ISO form of the slots of each, composed or skipped since."""
        done: dict[SubscriptionId, set[tuple[str, str]]] = {reader: set() for reader in readers}
        columns = (digests.c.subscription_id, digests.c.local_date, digests.c.local_time)
        for part in chunks(readers):
            query = select(*columns).where(digests.c.subscription_id.in_(part), digests.c.slot_at >= since)
            for row in await self._all(query):
                done[SubscriptionId(row.subscription_id)].add((row.local_date, row.local_time))
        return {reader: frozenset(slots) for reader, slots in done.items()}

    async def told_alike(
        self, readers: Sequence[Subscription], since: datetime
    ) -> Mapping[SubscriptionId, Hashable]:
        """A mark for each: two readers with equal marks were told the same since, and wish for nothing else.

        A digest is made once for all readers that it suits, at one moment, and no two at the same: so the
        moments at which a reader was told something say what it was. Reading all facts of ten thousand
        readers to compare them takes minutes.
        """
        chats = sorted({reader.address.chat for reader in readers})
        alone = await self._alone(chats)
        heard = await self._told_at(chats, since)
        made = await self._made_at([reader.id for reader in readers], since)
        return {
            reader.id: (
                reader.id if reader.address.chat in alone else "",
                made[reader.id],
                heard[reader.address.channel, reader.address.chat, reader.address.thread],
            )
            for reader in readers
        }

    async def _alone(self, chats: Sequence[str]) -> frozenset[str]:
        """Chats like no other: with mutes, presses, or a message that failed."""
        found: set[str] = set()
        failed = and_(
            deliveries.c.state != "sent", is_state(deliveries.c.state, DeliveryState.FAILED)
        )  # as the partial index spells it
        for part in chunks(chats):
            for table in (mutes, feedback):
                found.update(await self._chats_in(table, part))
            query = select(deliveries.c.chat).where(failed, deliveries.c.chat.in_(part)).distinct()
            found.update(row.chat for row in await self._all(query))
        return frozenset(found)

    async def _chats_in(self, table: Table, chats: Sequence[str]) -> list[str]:
        query = select(table.c.chat).where(table.c.chat.in_(chats)).distinct()
        return [row.chat for row in await self._all(query)]

    async def _told_at(
        self, chats: Sequence[str], since: datetime
    ) -> Mapping[tuple[str, str, int | None], tuple[Hashable, ...]]:
        """Channel, chat and thread -> what was told there when, and what of it was taken back."""
        found: dict[tuple[str, str, int | None], tuple[Hashable, ...]] = defaultdict(tuple)
        place = (told.c.channel, told.c.chat, told.c.thread)
        for part in chunks(chats):
            here = and_(told.c.chat.in_(part), told.c.at >= since)
            query = select(*place, told.c.at, told.c.telling).where(here)
            for row in await self._all(query.order_by(*place, told.c.at, told.c.telling)):
                found[row.channel, row.chat, row.thread] += ((row.at, row.telling[:ALIKE]),)
            gone = (
                select(*place, told.c.at, told.c.telling, facts.c.position)
                .add_columns(taken_back.c.at.label("gone_at"), taken_back.c.correction)
                .join_from(told, taken_back, taken_back.c.digest_id == told.c.digest_id)
                .join(facts, and_(facts.c.id == taken_back.c.fact_id, facts.c.telling == told.c.telling))
                .where(here)
            )
            for row in await self._all(gone.order_by(*place, told.c.at, told.c.telling, facts.c.position)):
                said = (row.at, row.telling[:ALIKE], row.position, row.gone_at, row.correction)
                found[row.channel, row.chat, row.thread] += (said,)
        return found

    async def _made_at(
        self, readers: Sequence[SubscriptionId], since: datetime
    ) -> Mapping[SubscriptionId, tuple[Hashable, ...]]:
        """When each reader's digests were made: the last of a slot, and all since."""
        made: dict[SubscriptionId, tuple[Hashable, ...]] = dict.fromkeys(readers, ())
        own, at = digests.c.subscription_id, digests.c.made_at
        for part in chunks(readers):
            whole = and_(own.in_(part), digests.c.skipped == "")
            last = select(own, func.max(at).label("at")).where(whole, digests.c.local_date.is_not(None))
            for row in await self._all(last.group_by(own)):
                made[SubscriptionId(row.subscription_id)] += (row.at,)
            for row in await self._all(select(own, at).where(whole, at >= since).order_by(own, at)):
                made[SubscriptionId(row.subscription_id)] += (row.made_at,)
        return made
