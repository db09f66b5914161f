"""The outbox: every message that is to go out, one row per part, and who may do what to it when.

    from        to          by             condition                                    sets
    ----------  ----------  -------------  -------------------------------------------  ----------------------
    (none)      pending     queue          key unknown (else nothing happens)           queued_at
    pending     claimed     claim          due; outbox not paused; every earlier part   token, until
                                           of the group sent; nothing of the chat
                                           claimed or sending
    claimed     pending     release        token                                        token ""
    claimed     pending     recover        lease over (nothing was on the wire)         token ""
    claimed     sending     mark_sending   token                                        until, attempts + 1
    sending     sent        settle         token                                        id, sent_at, token ""
    sending     pending     settle         token (surely not sent)                      due_at, code, token ""
                                           and a rich form that was not taken           part; others behind it
    sending     failed      settle         token                                        code, token ""
    sending     ambiguous   settle         token                                        code, token kept
    sending     ambiguous   recover        lease over (it may have arrived)             code, token kept
    ambiguous   any above   settle         token: a late answer                         as from sending
    ambiguous   sent        decide         a person says that it arrived                sent_at, token ""
    ambiguous   pending     decide         a person says that it did not                due_at, token ""
    failed      pending     retry          a person                                     due_at
    failed,     failed      drop           a person; so do the pending parts behind it  code superseded
    ambiguous
    pending     failed      cancel         a person called a broadcast off              code superseded

Whoever holds the token decides (fencing): each statement names the state and the token that it expects, and
what RETURNING gives back is what happened. A part that failed or is ambiguous holds the later parts of its
group. The unique index ``deliveries_busy`` makes "one message of a chat at a time" true whatever the code
does.

If the commit of ``sending`` fails, nothing may be sent: only ids that ``mark_sending`` returned *and* whose
transaction was committed go to the wire.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)

from bot.adapters.store import rows
from bot.adapters.store.link import Link, chunks
from bot.adapters.store.schema import (
    chats,
    conversations,
    deliveries,
    feedback,
    is_state,
    json_text,
    live_prompts,
    mutes,
    notes,
    people,
    subscriptions,
    told,
    uses,
)
from bot.errors import Code
from bot.types import (
    Action,
    Address,
    Delivery,
    DeliveryId,
    DeliveryState,
    Origin,
    Outcome,
    Part,
)

PAUSED = "outbox.paused"
"""The note that says why the outbox is paused."""

_PENDING, _CLAIMED, _SENDING = DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING
_SENT, _FAILED, _AMBIGUOUS = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.AMBIGUOUS
_BUSY = is_state(deliveries.c.state, _CLAIMED, _SENDING)
_NOT_SENT = deliveries.c.state != literal_column("'sent'")
_FREE: dict[str, Any] = {"claim_token": "", "claim_until": None}
# Any number will do, as long as nothing else takes it.
_CLAIM_LOCK = 0x6461_7465


def _first_unsent() -> ColumnElement[bool]:
    """Every earlier part of the group is sent."""
    earlier = deliveries.alias("earlier")
    return ~exists().where(
        earlier.c.group_key == deliveries.c.group_key,
        earlier.c.part_number < deliveries.c.part_number,
        earlier.c.state != literal_column("'sent'"),
    )


def _not_held() -> ColumnElement[bool]:
    """No earlier part of the group waits for a person."""
    earlier = deliveries.alias("earlier")
    return ~exists().where(
        earlier.c.group_key == deliveries.c.group_key,
        earlier.c.part_number < deliveries.c.part_number,
        is_state(earlier.c.state, _FAILED, _AMBIGUOUS),
    )


def _chat_is_free() -> ColumnElement[bool]:
    busy = deliveries.alias("busy")
    return ~exists().where(
        busy.c.channel == deliveries.c.channel,
        busy.c.chat == deliveries.c.chat,
        is_state(busy.c.state, _CLAIMED, _SENDING),
    )


class OutboxRows(Link):
    """See :class:`bot.ports.OutboxRows`."""

    async def queue(self, items: Sequence[Delivery]) -> None:
        """Take deliveries in; one whose key was ever queued is dropped quietly."""
        # Thousands of readers get one and the same part: it is told as JSON once.
        parts = {
            id(item.part): json_text(rows.to_json(item.part))
            for item in {id(one.part): one for one in items}.values()
        }
        await self._many(
            self._insert(deliveries)
            .values(part=bindparam("its_part", type_=Text))
            .on_conflict_do_nothing(index_elements=["key"]),
            [_values(item, parts) | {"queued_at": item.queued_at or self._clock.now()} for item in items],
        )

    async def claim(
        self,
        *,
        token: str,
        now: datetime,
        until: datetime,
        limit: int,
        channel: str,
        without: Collection[str] = (),
    ) -> tuple[Delivery, ...]:
        """Pending → claimed: due, the first unsent part of its group, at most one per chat, by priority."""
        if await self.outbox_paused():
            return ()
        if self._postgres:
            # Two claimers at once would each not see the other's chats. Row locks alone do not help: the
            # two rows of one chat are different rows.
            await self._run(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIM_LOCK})
        chosen = await self._choose(now, limit, channel, set(without))
        if not chosen:
            return ()
        claimed = await self._all(
            update(deliveries)
            .where(deliveries.c.id.in_(chosen), is_state(deliveries.c.state, _PENDING))
            .values(state=_CLAIMED, claim_token=token, claim_until=until)
            .returning(deliveries)
        )
        order = {key: place for place, key in enumerate(chosen)}
        return tuple(sorted((delivery_of(row) for row in claimed), key=lambda item: order[item.id]))

    async def _choose(self, now: datetime, limit: int, channel: str, taken: set[str]) -> list[int]:
        """Ids to claim, best first, one per chat, none of those ``taken``.

        Reads the pending index from its best end in pages; ranking within chats in SQL would sort all that
        is pending for every claim, and thousands of chats to leave out are too many for a statement.
        """
        chosen: list[int] = []
        page = limit + 64
        columns = (deliveries.c.rank, deliveries.c.due_at, deliveries.c.id)
        query = (
            select(*columns, deliveries.c.chat)
            .where(
                is_state(deliveries.c.state, _PENDING),
                deliveries.c.channel == channel,
                deliveries.c.due_at <= now,
                _first_unsent(),
                _chat_is_free(),
            )
            .order_by(*columns)
            .limit(page)
            .with_for_update(skip_locked=True, of=deliveries)
        )
        found = await self._all(query)
        while True:
            for row in found:
                if row.chat not in taken and len(chosen) < limit:
                    taken.add(row.chat)
                    chosen.append(row.id)
            if len(found) < page or len(chosen) == limit:
                return chosen
            last = found[-1]
            found = await self._all(
                query.where(
                    tuple_(*columns)
                    > tuple_(
                        literal(last.rank), literal(last.due_at, deliveries.c.due_at.type), literal(last.id)
                    )
                )
            )

    async def release(self, ids: Sequence[DeliveryId], token: str) -> int:
        """Claimed → pending: nothing went to the wire."""
        mine = and_(is_state(deliveries.c.state, _CLAIMED), deliveries.c.claim_token == token)
        freed = 0
        for part in chunks(ids):
            statement = update(deliveries).where(deliveries.c.id.in_(part), mine)
            freed += (await self._run(statement.values(state=_PENDING, **_FREE))).rowcount
        return freed

    async def mark_sending(
        self, ids: Sequence[DeliveryId], token: str, until: datetime
    ) -> frozenset[DeliveryId]:
        """Claimed → sending, for those that the token still holds. Only what is returned may be sent.

        And only after the transaction was committed.
        """
        mine = and_(is_state(deliveries.c.state, _CLAIMED), deliveries.c.claim_token == token)
        marked: set[DeliveryId] = set()
        for part in chunks(ids):
            statement = update(deliveries).where(deliveries.c.id.in_(part), mine)
            statement = statement.values(
                state=_SENDING, claim_until=until, attempts=deliveries.c.attempts + 1
            )
            found = await self._all(statement.returning(deliveries.c.id))
            marked.update(DeliveryId(row.id) for row in found)
        return frozenset(marked)

    async def settle(self, outcomes: Sequence[Outcome]) -> frozenset[DeliveryId]:
        """Sending (or ambiguous, when the token is right: a late answer) → the outcome; those written.

        Raises:
            ValueError: an outcome that is none (claimed, sending).
        """
        now = self._clock.now()
        held = await self._held({outcome.delivery: outcome.token for outcome in outcomes})
        told = [outcome for outcome in outcomes if outcome.delivery in held]
        await self._many(
            _SETTLE,
            [
                _settled(outcome, held[outcome.delivery], now) | {"its_id": outcome.delivery}
                for outcome in told
            ],
        )
        for outcome in told:
            row = held[outcome.delivery]
            if outcome.instead:
                await self._say_instead(row, outcome.instead)
            if outcome.new_chat and outcome.new_chat != row.chat:
                await self.move_chat(row.channel, row.chat, outcome.new_chat)
        return frozenset(held)

    async def _held(self, tokens: Mapping[DeliveryId, str]) -> dict[DeliveryId, Row[Any]]:
        """The rows that may be settled with these tokens, locked until this transaction ends."""
        held: dict[DeliveryId, Row[Any]] = {}
        for part in chunks(sorted(tokens)):
            query = (
                select(*_OF_SETTLING)
                .where(deliveries.c.id.in_(part), is_state(deliveries.c.state, _SENDING, _AMBIGUOUS))
                .order_by(deliveries.c.id)
                .with_for_update()
            )
            for row in await self._all(query):
                if row.claim_token and row.claim_token == tokens[DeliveryId(row.id)]:
                    held[DeliveryId(row.id)] = row
        return held

    async def _say_instead(self, row: Row[Any], parts: Sequence[Part]) -> None:
        """Put these parts in the place of the row's own: it takes the first, the others come right behind it.

        What comes later in the group makes room, so that it waits for all of them.
        """
        total = row.parts + len(parts) - 1
        await self._run(
            update(deliveries)
            .where(deliveries.c.group_key == row.group_key, deliveries.c.part_number > row.part_number)
            .values(part_number=deliveries.c.part_number + len(parts) - 1)
        )
        await self._run(update(deliveries).where(deliveries.c.group_key == row.group_key).values(parts=total))
        first, *rest = (rows.to_json(part) for part in parts)
        await self._run(update(deliveries).where(deliveries.c.id == row.id).values(part=first))
        copied = {name: getattr(row, name) for name in _COPIED} | _FREE
        new = {"state": _PENDING, "action": Action.SEND, "message_id": "", "attempts": 0, "last_error": ""}
        await self._many(
            self._insert(deliveries).on_conflict_do_nothing(index_elements=["key"]),
            [
                copied
                | new
                | {"key": f"{row.key}+{number}", "part_number": row.part_number + number}
                | {"part": part, "parts": total}
                for number, part in enumerate(rest, start=1)
            ],
        )

    async def move_chat(self, channel: str, old: str, new: str) -> None:
        """A group became a supergroup: all that is addressed to it or known of it goes there.

        What was learnt of the new id in the moment since is less than what is known of the old one.
        """
        for table in (mutes, feedback, uses, conversations):
            if (await self._first(select(table.c.chat).where(table.c.chat == old).limit(1))) is not None:
                await self._run(delete(table).where(table.c.chat == new))
                await self._run(update(table).where(table.c.chat == old).values(chat=new))
        old_row = and_(chats.c.channel == channel, chats.c.chat == old)
        if (await self._first(select(chats.c.chat).where(old_row))) is not None:
            await self._run(delete(chats).where(chats.c.channel == channel, chats.c.chat == new))
            await self._run(update(chats).where(old_row).values(chat=new, kind="supergroup"))
        await self._run(update(people).where(people.c.connected == old).values(connected=new))
        for column, before, after in (
            (notes.c.key, f"chat_style:{old}", f"chat_style:{new}"),
            (live_prompts.c.scope, f"chat:{old}", f"chat:{new}"),
        ):
            if (await self._first(select(column).where(column == before).limit(1))) is not None:
                await self._run(delete(column.table).where(column == after))
                await self._run(update(column.table).where(column == before).values({column: after}))
        for table in (deliveries, subscriptions, told):
            here = and_(table.c.channel == channel, table.c.chat == old)
            await self._run(update(table).where(here).values(chat=new))

    async def recover(self, now: datetime) -> tuple[int, int]:
        """Leases that ran out: claimed → pending, sending → ambiguous. Returns both counts."""
        over = await self._all(
            select(deliveries.c.id)
            .where(_BUSY, deliveries.c.claim_until < now)
            .order_by(
                deliveries.c.channel, deliveries.c.chat
            )  # deliveries_busy: an older SQLite needs the nudge
            .with_for_update(skip_locked=True)  # one that is being settled right now is not lost
        )
        freed = held = 0
        for part in chunks([row.id for row in over]):
            these = update(deliveries).where(deliveries.c.id.in_(part), deliveries.c.claim_until < now)
            claimed = these.where(is_state(deliveries.c.state, _CLAIMED))
            freed += (await self._run(claimed.values(state=_PENDING, **_FREE))).rowcount
            sending = these.where(is_state(deliveries.c.state, _SENDING))
            unknown = {
                "last_code": Code.UNKNOWN_OUTCOME,
                "last_error": "the sender stopped before the answer",
            }
            held += (await self._run(sending.values(state=_AMBIGUOUS, claim_until=None, **unknown))).rowcount
        return freed, held

    async def deliveries(
        self, states: Sequence[DeliveryState] | None = None, limit: int = 100
    ) -> tuple[Delivery, ...]:
        """For listing, newest first."""
        query = select(deliveries).order_by(deliveries.c.id.desc()).limit(limit)
        if states is not None:
            if not states:
                return ()
            query = query.where(is_state(deliveries.c.state, *states))
            if _SENT not in states:
                query = query.where(_NOT_SENT)  # what the partial index asks for
        return tuple(delivery_of(row) for row in await self._all(query))

    async def group(self, group: str) -> tuple[Delivery, ...]:
        """The deliveries of a group, in order."""
        query = select(deliveries).where(deliveries.c.group_key == group).order_by(deliveries.c.part_number)
        return tuple(delivery_of(row) for row in await self._all(query))

    async def decide(self, delivery: DeliveryId, *, arrived: bool, now: datetime) -> bool:
        """A person's word on an ambiguous one: sent, or pending again. False when it is not ambiguous."""
        values: dict[str, Any] = (
            {"state": _SENT, "sent_at": now} if arrived else {"state": _PENDING, "due_at": now}
        )
        return await self._by_hand(delivery, _AMBIGUOUS, values)

    async def retry(self, delivery: DeliveryId, now: datetime) -> bool:
        """Failed → pending by hand. False when it is not failed."""
        return await self._by_hand(delivery, _FAILED, {"state": _PENDING, "due_at": now})

    async def _by_hand(self, delivery: DeliveryId, state: DeliveryState, values: dict[str, Any]) -> bool:
        statement = update(deliveries).where(deliveries.c.id == delivery, is_state(deliveries.c.state, state))
        return (await self._run(statement.values(**values, **_FREE))).rowcount == 1

    async def sent_since(self, channel: str, since: datetime) -> tuple[tuple[str, datetime], ...]:
        """(Chat, when) of the messages that went out since, oldest first."""
        query = (
            select(deliveries.c.chat, deliveries.c.sent_at)
            .where(deliveries.c.channel == channel, deliveries.c.sent_at >= since)
            .order_by(deliveries.c.sent_at, deliveries.c.id)
        )
        return tuple((row.chat, row.sent_at) for row in await self._all(query))

    async def waiting(self, now: datetime) -> tuple[int, datetime | None]:
        """How many are unsent and due, and when the next pending one is due.

        Those on their way count; those behind a part that failed or is ambiguous do not: they wait for a
        person.
        """
        is_due = or_(_BUSY, deliveries.c.due_at <= now)
        moving = or_(_BUSY, and_(is_state(deliveries.c.state, _PENDING), _not_held()))
        row = await self._first(
            select(
                func.count().filter(is_due).label("due"),
                func.min(deliveries.c.due_at).filter(is_state(deliveries.c.state, _PENDING)).label("next"),
            ).where(_NOT_SENT, moving)
        )
        return (0, None) if row is None else (row.due, row.next)

    async def pause_outbox(self, paused: bool, why: str) -> None:
        """A restored backup starts paused; claim gives nothing while it is."""
        statement = self._insert(notes)
        statement = statement.on_conflict_do_update(
            index_elements=["key"], set_={"value": statement.excluded.value}
        )
        await self._run(statement, {"key": PAUSED, "value": (why or "paused") if paused else ""})

    async def outbox_paused(self) -> str:
        """Why it is paused, "" when it is not."""
        row = await self._first(select(notes.c.value).where(notes.c.key == PAUSED))
        return "" if row is None else str(row.value)


_COPIED = ("group_key", "origin", "channel", "chat", "thread", "rank", "due_at", "queued_at")
"""What further parts of a message have in common with it."""
_OF_SETTLING = tuple(
    deliveries.c[name]
    for name in ("id", "key", "claim_token", "message_id", "sent_at", "part_number", "parts", *_COPIED)
)
# One statement for all kinds of outcomes, run for many rows in one go: a statement for each row was a third
# of the processor time of a sent message. Who may be settled was looked up, and locked, before.
_SETTLE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("its_id"))
    .values(
        {
            name: bindparam(f"new_{name}", type_=deliveries.c[name].type)
            for name in (
                *("state", "last_code", "last_error", "claim_token", "claim_until"),
                *("message_id", "sent_at", "due_at"),
            )
        }
    )
)


def _settled(outcome: Outcome, row: Row[Any], now: datetime) -> dict[str, Any]:
    """The parameters of ``_SETTLE`` for this outcome."""
    if outcome.state not in (_SENT, _FAILED, _PENDING, _AMBIGUOUS):
        raise ValueError(f"{outcome.state} is not an outcome")
    sent, pending = outcome.state is _SENT, outcome.state is _PENDING
    return {
        "new_state": outcome.state,
        "new_last_code": outcome.code,
        "new_last_error": outcome.error,
        # An ambiguous one keeps it: its holder's late answer is still welcome.
        "new_claim_token": outcome.token if outcome.state is _AMBIGUOUS else "",
        "new_claim_until": None,
        # An edit or a deletion keeps the id of the message that it was about.
        "new_message_id": (sent and outcome.message_id) or row.message_id,
        "new_sent_at": now if sent else row.sent_at,
        "new_due_at": (pending and outcome.due_at) or row.due_at,
    }


def _values(item: Delivery, parts: Mapping[int, str]) -> dict[str, Any]:
    return {
        "key": item.key,
        "group_key": item.group,
        "origin": item.origin,
        "action": item.action,
        "channel": item.address.channel,
        "chat": item.address.chat,
        "thread": item.address.thread,
        "part_number": item.part_number,
        "parts": item.parts,
        "its_part": parts[id(item.part)],
        "rank": -item.priority,
        "due_at": item.due_at,
        "state": _PENDING,
        "message_id": item.message_id,  # set for EDIT and DELETE: which message
    }


def delivery_of(row: Row[Any]) -> Delivery:
    """The delivery in a row of its table."""
    return Delivery(
        id=DeliveryId(row.id),
        key=row.key,
        group=row.group_key,
        origin=Origin(row.origin),
        action=Action(row.action),
        address=Address(channel=row.channel, chat=row.chat, thread=row.thread),
        part_number=row.part_number,
        parts=row.parts,
        part=rows.from_json(Part, row.part),
        priority=-row.rank,
        due_at=row.due_at,
        state=DeliveryState(row.state),
        claim_token=row.claim_token,
        claim_until=row.claim_until,
        message_id=row.message_id,
        attempts=row.attempts,
        last_code=rows.code(row.last_code),
        last_error=row.last_error,
        queued_at=row.queued_at,
        sent_at=row.sent_at,
    )
