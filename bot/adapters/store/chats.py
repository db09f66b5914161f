"""Chats, people, and what the conversation with them must remember."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, delete, or_, select, update

from bot.adapters.store.link import Link
from bot.adapters.store.schema import (
    chats,
    conversations,
    deliveries,
    digests,
    feedback,
    is_state,
    live_prompts,
    mutes,
    notes,
    pauses,
    people,
    subscriptions,
    told,
    updates,
    uses,
)
from bot.types import (
    Address,
    Chat,
    DeliveryState,
    Feedback,
    Mute,
    Origin,
    Person,
    Press,
    Role,
    StoryId,
    TopicSlug,
)

_ON_THE_WIRE = (DeliveryState.CLAIMED, DeliveryState.SENDING)


class ChatRows(Link):
    """See :class:`bot.ports.ChatRows`."""

    async def first_time(self, update: int, at: datetime) -> bool:
        """Take note of an update's number; False when it was handled before."""
        statement = self._insert(updates).on_conflict_do_nothing(index_elements=["id"])
        return await self._first(statement.returning(updates.c.id), {"id": update, "at": at}) is not None

    async def conversation(self, chat: str, user: str, now: datetime) -> Mapping[str, Any] | None:
        """What this person was asked in this chat and has yet to answer; None: nothing, or too long ago."""
        query = select(conversations.c.state).where(
            conversations.c.chat == chat, conversations.c.person == user, conversations.c.until > now
        )
        row = await self._first(query)
        return None if row is None else dict(row.state)

    async def put_conversation(
        self, chat: str, user: str, state: Mapping[str, Any] | None, until: datetime
    ) -> None:
        """Remember what was asked; None forgets it."""
        if state is None:
            await self._run(
                delete(conversations).where(conversations.c.chat == chat, conversations.c.person == user)
            )
            return
        values = {"chat": chat, "person": user, "state": dict(state), "until": until}
        await self._put(conversations, values, "chat", "person")

    async def chat(self, address: Address) -> Chat | None:
        """What is known of the chat (whatever the address's thread)."""
        row = await self._first(select(chats).where(_of(chats, address)))
        return None if row is None else _chat(row)

    async def chats(self, kind: str | None = None) -> tuple[Chat, ...]:
        """All chats (of this kind), by address."""
        query = select(chats).order_by(chats.c.channel, chats.c.chat)
        if kind is not None:
            query = query.where(chats.c.kind == kind)
        return tuple(_chat(row) for row in await self._all(query))

    async def put_chat(self, chat: Chat) -> None:
        """Insert or replace."""
        values = {"channel": chat.address.channel, "chat": chat.address.chat}
        values |= {key: value for key, value in asdict(chat).items() if key != "address"}
        await self._put(chats, values, "channel", "chat")

    async def unmute(self, address: Address) -> int:
        """Activate the subscriptions of this chat that were muted for being unreachable; how many."""
        muted = update(subscriptions).where(
            _of(subscriptions, address), subscriptions.c.muted_code.is_not(None)
        )
        return (await self._run(muted.values(active=True, muted_code=None, muted_at=None))).rowcount

    async def forget(self, address: Address) -> Mapping[str, int]:
        """Delete all that is stored of the chat and, if it is private, of the person: table -> rows."""
        chat = address.chat
        own = select(subscriptions.c.id).where(_of(subscriptions, address))
        known = [row.id for row in await self._all(own)]
        conditions: tuple[tuple[Table, ColumnElement[bool]], ...] = (
            (told, _of(told, address)),
            # What was sent on demand to a chat without a subscription goes by the name that one would have.
            (
                digests,
                or_(
                    digests.c.subscription_id.in_([*known, f"tg:{chat}"]),
                    digests.c.subscription_id.startswith(f"tg:{chat}:", autoescape=True),
                ),
            ),
            (subscriptions, _of(subscriptions, address)),
            (deliveries, _of(deliveries, address) & ~is_state(deliveries.c.state, *_ON_THE_WIRE)),
            (chats, _of(chats, address)),
            (conversations, or_(conversations.c.chat == chat, conversations.c.person == chat)),
            (mutes, mutes.c.chat == chat),
            (feedback, or_(feedback.c.chat == chat, feedback.c.person == chat)),
            (uses, uses.c.chat == chat),
            (pauses, (pauses.c.channel == address.channel) & (pauses.c.chat == chat)),
            (people, people.c.id == chat),
            (
                notes,
                notes.c.key.in_([f"chat_style:{chat}", *(f"declared_address:{ident}" for ident in known)]),
            ),
            (live_prompts, live_prompts.c.scope == f"chat:{chat}"),
        )
        return {
            table.name: (await self._run(delete(table).where(condition))).rowcount
            for table, condition in conditions
        }

    async def person(self, user: str) -> Person | None:
        """One person."""
        row = await self._first(select(people).where(people.c.id == user))
        return None if row is None else _person(row)

    async def people(self, role: Role | None = None) -> tuple[Person, ...]:
        """All people (in this role), by id."""
        query = select(people).order_by(people.c.id)
        if role is not None:
            query = query.where(people.c.role == role)
        return tuple(_person(row) for row in await self._all(query))

    async def put_person(self, person: Person) -> None:
        """Insert or replace."""
        await self._put(people, asdict(person), "id")

    async def mutes(self, chat: str, now: datetime) -> tuple[Mute, ...]:
        """What the chat does not want to read now, by kind and value."""
        query = select(mutes).where(mutes.c.chat == chat, or_(mutes.c.until.is_(None), mutes.c.until > now))
        found = await self._all(query.order_by(mutes.c.kind, mutes.c.value))
        return tuple(Mute(chat=row.chat, kind=row.kind, value=row.value, until=row.until) for row in found)

    async def put_mute(self, mute: Mute) -> None:
        """Insert or replace by (chat, kind, value)."""
        await self._put(mutes, asdict(mute), "chat", "kind", "value")

    async def drop_mute(self, chat: str, kind: str, value: str) -> bool:
        """False when there was none."""
        wanted = (mutes.c.chat == chat) & (mutes.c.kind == kind) & (mutes.c.value == value)
        return (await self._run(delete(mutes).where(wanted))).rowcount > 0

    async def add_feedback(self, item: Feedback) -> None:
        """Keep it; a later press by the same person on the same story and kind replaces it."""
        values = {
            "chat": item.chat,
            "person": item.user,
            "story_id": item.story,
            "topic": item.topic,
            "press": item.press,
            "counts": item.counts,
            "at": item.at,
            "shown": dict(item.shown),
        }
        await self._put(feedback, values, "chat", "person", "story_id", "press")

    async def drop_feedback(self, chat: str, user: str, story: StoryId, press: Press) -> bool:
        """Take a press back. False when there was none."""
        mine = (feedback.c.chat == chat) & (feedback.c.person == user)
        wanted = mine & (feedback.c.story_id == story) & (feedback.c.press == press)
        return (await self._run(delete(feedback).where(wanted))).rowcount > 0

    async def feedback(
        self, *, chat: str | None = None, since: datetime | None = None, users: Collection[str] | None = None
    ) -> tuple[Feedback, ...]:
        """Oldest first: of one chat, from a time on, by these people."""
        query = select(feedback).order_by(feedback.c.at, feedback.c.id)
        if chat is not None:
            query = query.where(feedback.c.chat == chat)
        if since is not None:
            query = query.where(feedback.c.at >= since)
        if users is not None:
            query = query.where(feedback.c.person.in_(users))
        return tuple(_feedback(row) for row in await self._all(query))

    async def spend(self, chat: str, day: str, kind: str, most: int) -> bool:
        """Count one use of ``kind`` by the chat on this day; False, uncounted, when it had ``most``."""
        if most < 1:
            return False
        statement = self._insert(uses)
        statement = statement.on_conflict_do_update(
            index_elements=["chat", "day", "kind"],
            set_={"count": uses.c.count + 1},
            where=uses.c.count < most,
        )
        values = {"chat": chat, "day": day, "kind": kind, "count": 1}
        return await self._first(statement.returning(uses.c.count), values) is not None

    async def pauses(self, channel: str, now: datetime) -> Mapping[str, datetime]:
        """Chat -> until when the channel asked us to leave it alone ("" is all chats)."""
        query = select(pauses).where(pauses.c.channel == channel, pauses.c.until > now)
        return {row.chat: row.until for row in await self._all(query)}

    async def put_pause(self, channel: str, chat: str, until: datetime) -> None:
        """Remember a pause; a shorter one than is known changes nothing."""
        statement = self._insert(pauses)
        statement = statement.on_conflict_do_update(
            index_elements=["channel", "chat"],
            set_={"until": statement.excluded.until},
            where=pauses.c.until < statement.excluded.until,
        )
        await self._run(statement, {"channel": channel, "chat": chat, "until": until})

    async def shown_in(self, address: Address, message_id: str) -> tuple[StoryId, ...]:
        """The stories of the delivery that became this message; () when it is none of ours."""
        query = select(deliveries.c.part).where(
            _of(deliveries, address), deliveries.c.message_id == message_id
        )
        row = await self._first(query.order_by(deliveries.c.id.desc()).limit(1))
        return () if row is None else tuple(StoryId(story) for story in row.part.get("stories", ()))

    async def last_digest(self, address: Address) -> tuple[StoryId, ...]:
        """The stories of the last digest sent to this address (its topic of a forum), in their order."""
        here = _of(deliveries, address) & deliveries.c.thread.is_not_distinct_from(address.thread)
        digest = here & (deliveries.c.origin == Origin.DIGEST) & (deliveries.c.message_id != "")
        query = select(deliveries.c.group_key).where(digest).order_by(deliveries.c.id.desc()).limit(1)
        last = await self._first(query)
        if last is None:
            return ()
        parts = select(deliveries.c.part).where(here, deliveries.c.group_key == last.group_key)
        found = await self._all(parts.order_by(deliveries.c.part_number))
        return tuple(dict.fromkeys(StoryId(story) for row in found for story in row.part.get("stories", ())))

    async def _put(self, table: Table, values: Mapping[str, Any], *key: str) -> None:
        statement = self._insert(table)
        changes = {name: statement.excluded[name] for name in values if name not in key}
        await self._run(statement.on_conflict_do_update(index_elements=list(key), set_=changes), dict(values))


def _of(table: Table, address: Address) -> ColumnElement[bool]:
    return (table.c.channel == address.channel) & (table.c.chat == address.chat)


def _chat(row: Row[Any]) -> Chat:
    return Chat(
        address=Address(channel=row.channel, chat=row.chat),
        kind=row.kind,
        title=row.title,
        username=row.username,
        forum=row.forum,
        language=row.language,
        may_post=row.may_post,
        admitted=row.admitted,
        seen_at=row.seen_at,
    )


def _person(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        language=row.language,
        connected=row.connected,
        connected_thread=row.connected_thread,
    )


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(
        chat=row.chat,
        user=row.person,
        story=StoryId(row.story_id),
        topic=None if row.topic is None else TopicSlug(row.topic),
        press=Press(row.press),
        counts=row.counts,
        at=row.at,
        shown=row.shown,
    )
