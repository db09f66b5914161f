"""Who gets what, and what they got."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)

from bot.adapters.store import rows
from bot.adapters.store.facts import FactRows, beginnings, failed
from bot.adapters.store.link import finished
from bot.adapters.store.outbox import OutboxRows
from bot.adapters.store.readers import ReaderRows
from bot.adapters.store.schema import deliveries as deliveries_table
from bot.adapters.store.schema import digest_items, digests, json_text, stories, subscriptions
from bot.domain.digests import group_of
from bot.errors import Code
from bot.types import (
    Address,
    Coverage,
    Delivery,
    Digest,
    DigestId,
    Dispute,
    Fact,
    Item,
    Length,
    Method,
    Opening,
    Schedule,
    Section,
    Slot,
    StoryId,
    Subscription,
    SubscriptionId,
    Summary,
    TopicSlug,
    Unchanged,
)

_ONE_A_SLOT = ["subscription_id", "local_date", "local_time"]
_SAME = [column for column in digest_items.c if column.name not in ("digest_id", "delivery")]
_COPY_ITEMS = insert(digest_items).from_select(
    ["digest_id", "delivery", *(column.name for column in _SAME)],
    select(
        bindparam("its_id", type_=digest_items.c.digest_id.type),
        case(
            (digest_items.c.delivery == "", ""),
            else_=bindparam("begins", type_=Text)
            + func.substr(digest_items.c.delivery, bindparam("after", type_=Integer)),
        ),
        *_SAME,
    ).where(digest_items.c.digest_id == bindparam("of_id", type_=digest_items.c.digest_id.type)),
)
"""The stories of one copy of a digest as another's: for thousands of copies, a fifth of writing each."""


class SubscriptionRows(ReaderRows, FactRows, OutboxRows):
    """See :class:`bot.ports.SubscriptionRows`."""

    async def subscriptions(self, *, active: bool | None = True) -> tuple[Subscription, ...]:
        """By id; None for both active and not."""
        query = select(*_RAW).order_by(subscriptions.c.id)
        if active is not None:
            query = query.where(subscriptions.c.active == active)
        return tuple(_subscription(row) for row in await self._all(query))

    async def put_subscription(self, subscription: Subscription) -> None:
        """Insert or replace; an active one is no longer muted."""
        values = _subscription_values(subscription)
        statement = self._insert(subscriptions)
        changes: dict[str, Any] = {name: statement.excluded[name] for name in values if name != "id"}
        if subscription.active:
            changes |= {"muted_code": None, "muted_at": None}
        await self._run(statement.on_conflict_do_update(index_elements=["id"], set_=changes), values)

    async def mute(self, address: Address, code: Code) -> None:
        """Deactivate every subscription of this address and remember why.

        Who blocks a chat blocks all its threads: the thread counts only where the code is about the thread.
        """
        statement = update(subscriptions).where(
            subscriptions.c.channel == address.channel, subscriptions.c.chat == address.chat
        )
        if code is Code.THREAD_NOT_FOUND:
            statement = statement.where(subscriptions.c.thread.is_not_distinct_from(address.thread))
        muted = {"active": False, "muted_code": code, "muted_at": self._clock.now()}
        await self._run(statement.values(**muted))

    async def slots_done(self, subscription: SubscriptionId, since: datetime) -> frozenset[tuple[str, str]]:
        """(local date, local time) in ISO form of slots composed or skipped since."""
        return (await self.slots_done_by([subscription], since))[subscription]

    async def record_digest(
        self, digest: Digest, deliveries: Sequence[Delivery], facts: Sequence[Fact] = ()
    ) -> DigestId | None:
        """Digest, its items, its deliveries and what they tell in one go; None when the slot has one."""
        recorded = await self.record_digests(digest, {digest.subscription: deliveries}, facts)
        return recorded.get(digest.subscription)

    async def record_digests(
        self,
        digest: Digest,
        copies: Mapping[SubscriptionId | None, Sequence[Delivery]],
        facts: Sequence[Fact] = (),
    ) -> Mapping[SubscriptionId | None, DigestId]:
        """One digest for many readers alike: those recorded; left out are those whose slot has one.

        ``copies``: each reader's own deliveries, of as many parts. ``facts`` name the messages of
        ``digest.subscription``, which is one of the readers.
        """
        statement = self._insert(digests).on_conflict_do_nothing(index_elements=_ONE_A_SLOT)
        begins = dict(zip(copies, beginnings(list(copies.values())), strict=True))
        added = await finished(
            self._connection.execute(
                statement.values(_digest_values(digest)).returning(digests.c.id, digests.c.subscription_id),
                [{"subscription_id": reader} for reader in copies],
            )
        )
        recorded = {
            None if row.subscription_id is None else SubscriptionId(row.subscription_id): DigestId(row.id)
            for row in added.all()
        }
        await self.queue([item for reader in recorded for item in copies[reader]])
        own = begins[digest.subscription]
        carrier = {one.story: one.delivery.removeprefix(own) for one in facts}
        await self._record_items(digest, carrier, {recorded[reader]: begins[reader] for reader in recorded})
        places = {
            ident: (copies[reader][0].address, begins[reader])
            for reader, ident in recorded.items()
            if copies[reader]
        }
        await self.remember(facts, own, places)
        return recorded

    async def _record_items(
        self, digest: Digest, carrier: Mapping[StoryId, str], copies: Mapping[DigestId, str]
    ) -> None:
        """The stories of each copy: written for the first, copied by the database for the others.

        ``carrier``: story -> end of the key of the message in which it ends; ``copies``: the beginnings.
        """
        items = [(section.topic, item) for section in digest.sections for item in section.items]
        if not items or not copies:
            return
        (first, beginning), *others = copies.items()
        await self._many(
            self._insert(digest_items),
            [
                {"digest_id": first, "position": position, "topic": topic}
                | _item_values(item)
                | {"delivery": beginning + carrier[item.story] if item.story in carrier else ""}
                for position, (topic, item) in enumerate(items)
            ],
        )
        await self._many(
            _COPY_ITEMS,
            [
                {"its_id": ident, "of_id": first, "begins": own, "after": len(beginning) + 1}
                for ident, own in others
            ],
        )

    async def excerpted(self, since: datetime) -> tuple[Digest, ...]:
        """Digests of a slot made since with a story from excerpts, none of them edited yet; oldest first.

        The items' summaries hold story, basis, language, headline, method and disputes only: the texts are
        stored by these.
        """
        excerpt = exists().where(
            digest_items.c.digest_id == digests.c.id, digest_items.c.method == Method.EXTRACTIVE
        )
        query = select(digests).where(
            digests.c.made_at >= since, digests.c.slot_at.is_not(None), digests.c.skipped == "", excerpt
        )
        found = []
        for row in await self._all(query.order_by(digests.c.made_at, digests.c.id)):
            items = await self._all(
                select(digest_items)
                .where(digest_items.c.digest_id == row.id)
                .order_by(digest_items.c.position)
            )
            digest = _digest(row, items)
            edited = select(deliveries_table.c.id).where(
                deliveries_table.c.group_key == f"{group_of(digest)}:revised"
            )
            if await self._first(edited.limit(1)) is None:
                found.append(digest)
        return tuple(found)

    async def retold(self, digest: DigestId, stories: Sequence[StoryId]) -> None:
        """These stories of a digest stand there by the model now."""
        these = and_(digest_items.c.digest_id == digest, digest_items.c.story_id.in_(stories))
        await self._run(update(digest_items).where(these).values(method=Method.LLM))

    async def skip_slots(self, subscription: SubscriptionId, slots: Sequence[Slot], why: str) -> None:
        """Remember that these slots went by (too old, quiet day): never composed any more."""
        now = self._clock.now()
        await self._many(
            self._insert(digests).on_conflict_do_nothing(index_elements=_ONE_A_SLOT),
            [
                {"subscription_id": subscription, "made_at": now, "late": False, "skipped": why or "skipped"}
                | _slot_values(slot)
                for slot in slots
            ],
        )

    async def told(
        self, subscription: SubscriptionId, since: datetime
    ) -> Mapping[StoryId, tuple[str, datetime]]:
        """Story -> (basis, when) of what this reader was last told; a merged story counts as its target.

        What stood in a message that failed was not told.
        """
        query = (
            select(
                func.coalesce(stories.c.merged_into, digest_items.c.story_id).label("story_id"),
                case((digest_items.c.whole != "", digest_items.c.whole), else_=digest_items.c.basis).label(
                    "basis"
                ),
                digests.c.made_at,
            )
            .join_from(digests, digest_items, digest_items.c.digest_id == digests.c.id)
            .join(stories, stories.c.id == digest_items.c.story_id, isouter=True)
            .where(
                digests.c.subscription_id == subscription,
                digests.c.made_at >= since,
                ~failed(digest_items.c.delivery),
            )
            .order_by(digests.c.made_at, digests.c.id)
        )
        return {StoryId(row.story_id): (row.basis, row.made_at) for row in await self._all(query)}

    async def digests(self, subscription: SubscriptionId | None, limit: int) -> tuple[Mapping[str, Any], ...]:
        """The latest digests and skipped slots as plain rows, for listing.

        Keys: id, subscription, local_date, local_time, made_at, late, language, skipped ("" for a digest),
        items (their number).
        """
        query = (
            select(digests, func.count(digest_items.c.position).label("items"))
            .join_from(digests, digest_items, digest_items.c.digest_id == digests.c.id, isouter=True)
            .group_by(digests.c.id)
            .order_by(digests.c.made_at.desc(), digests.c.id.desc())
            .limit(limit)
        )
        if subscription is not None:
            query = query.where(digests.c.subscription_id == subscription)
        names = ("id", "local_date", "local_time", "made_at", "late", "language", "skipped", "items")
        return tuple(
            {name: row._mapping[name] for name in names}  # noqa: SLF001 - its public name
            | {"subscription": row.subscription_id}
            for row in await self._all(query)
        )


_RAW = [
    type_coerce(column, Text).label(column.name) if column.name in ("topics", "schedule") else column
    for column in subscriptions.c
]
"""Without reading the JSON of each row: most readers want the same at the same hours."""


@lru_cache(maxsize=4096)
def _schedule(text: str) -> Schedule:
    return rows.from_json(Schedule, json.loads(text))


@lru_cache(maxsize=4096)
def _topics(text: str) -> tuple[TopicSlug, ...]:
    return tuple(TopicSlug(slug) for slug in json.loads(text))


def _subscription_values(item: Subscription) -> dict[str, Any]:
    return {
        "id": item.id,
        "channel": item.address.channel,
        "chat": item.address.chat,
        "thread": item.address.thread,
        "topics": list(item.topics),
        "schedule": rows.to_json(item.schedule),
        "language": item.language,
        "length": item.length,
        "format": item.format,
        "quiet_day": item.quiet_day,
        "silent": item.silent,
        "night": item.night,
        "paused_until": item.paused_until,
        "active": item.active,
        "created_at": item.created_at,
    }


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=SubscriptionId(row.id),
        address=Address(channel=row.channel, chat=row.chat, thread=row.thread),
        topics=_topics(row.topics),
        schedule=_schedule(row.schedule),
        language=row.language,
        length=Length(row.length),
        format=row.format,
        quiet_day=row.quiet_day,
        silent=row.silent,
        night=row.night,
        paused_until=row.paused_until,
        active=row.active,
        created_at=row.created_at,
    )


def _slot_values(slot: Slot) -> dict[str, Any]:
    return {
        "local_date": slot.local_date.isoformat(),
        "local_time": slot.local_time.isoformat(),
        "slot_at": slot.at,
    }


def _once(value: Any) -> ColumnElement[str]:
    """What is the same in thousands of rows, made into JSON once."""
    return literal(json_text(value), Text)


def _section_values(section: Section) -> dict[str, Any]:
    return {
        "topic": section.topic,
        "name": section.name,
        "more": section.more,
        "unchanged": rows.to_json(section.unchanged),
        "overview": rows.to_json(section.overview),
        "disputes": {
            str(item.story): rows.to_json(item.summary.disputes)
            for item in section.items
            if item.summary.disputes
        },
    }


def _digest_values(digest: Digest) -> dict[str, Any]:
    none = {"local_date": None, "local_time": None, "slot_at": None}
    return {
        "language": digest.language,
        "zone": digest.zone,
        "made_at": digest.made_at,
        "since": digest.since,
        "late": digest.late,
        "quiet_day": digest.quiet_day,
        "coverage": _once(rows.to_json(digest.coverage)),
        # What stands in the rows of digest_items is not said twice; the words are in the deliveries.
        "sections": _once([_section_values(section) for section in digest.sections]),
    } | (none if digest.slot is None else _slot_values(digest.slot))


def _item_values(item: Item) -> dict[str, Any]:
    return {
        "story_id": item.story,
        "basis": item.summary.basis,
        "whole": item.basis,
        "headline": item.summary.headline,
        "method": item.summary.method,
        "score": item.score,
        "why": item.why,
        "voices": item.voices,
        "reprints": item.reprints,
        "first_at": item.first_at,
        "last_at": item.last_at,
        "news": item.news,
        "state_media_only": item.state_media_only,
    }


def _digest(row: Row[Any], items: Sequence[Row[Any]]) -> Digest:
    """The digest of these rows; see :meth:`SubscriptionRows.excerpted`."""
    told: dict[str, list[Item]] = {}
    lines = {one["topic"]: one.get("disputes", {}) for one in row.sections}
    for item in items:
        said = lines.get(item.topic, {}).get(str(item.story_id), ())
        told.setdefault(item.topic, []).append(_item(item, row.language, said))
    return Digest(
        id=DigestId(row.id),
        subscription=SubscriptionId(row.subscription_id),
        slot=Slot(
            local_date=date.fromisoformat(row.local_date),
            local_time=time.fromisoformat(row.local_time),
            at=row.slot_at,
        ),
        language=row.language,
        zone=row.zone,
        made_at=row.made_at,
        since=row.since,
        sections=tuple(
            Section(
                topic=TopicSlug(one["topic"]),
                name=one["name"],
                more=one["more"],
                items=tuple(told.get(one["topic"], ())),
                unchanged=rows.many_from_json(Unchanged, one.get("unchanged", ())),
                overview=rows.many_from_json(Opening, one.get("overview", ())),
            )
            for one in row.sections
        ),
        coverage=rows.from_json(Coverage, row.coverage),
        late=row.late,
        quiet_day=row.quiet_day,
    )


def _item(row: Row[Any], language: str, disputes: Any) -> Item:
    summary = Summary(
        story=StoryId(row.story_id),
        basis=row.basis,
        language=language,
        length=Length.STANDARD,
        headline=row.headline,
        sentences=(),
        method=Method(row.method),
        disputes=rows.many_from_json(Dispute, disputes),
    )
    return Item(
        story=StoryId(row.story_id),
        summary=summary,
        score=row.score,
        why=row.why,
        voices=row.voices,
        reprints=row.reprints,
        first_at=row.first_at,
        last_at=row.last_at,
        news=row.news,
        state_media_only=row.state_media_only,
        basis=row.whole,
    )
