"""Leases, retention, figures, notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Table, and_, delete, exists, func, literal_column, or_, select

from bot.adapters.store.link import chunks
from bot.adapters.store.schema import (
    articles,
    calls,
    conversations,
    corrections,
    deliveries,
    digests,
    entries,
    facts,
    feedback,
    is_state,
    leases,
    metadata,
    mutes,
    notes,
    pauses,
    placements,
    polls,
    quotes,
    stories,
    summaries,
    updates,
    uses,
    word_counts,
)
from bot.adapters.store.stories import HIGHEST_STORY, StoryRows
from bot.types import DeliveryState, Rules

RETAIN_AT_ONCE = 5_000
"""Rows of one table that one call of ``retain`` deletes at most: the writer is not held for long."""


KEEP_UPDATES = timedelta(days=2)
"""Telegram keeps an update that was not taken for 24 hours, so none comes again after that."""


class HouseRows(StoryRows):
    """See :class:`bot.ports.HouseRows`."""

    async def lease(self, name: str, token: str, now: datetime, until: datetime) -> bool:
        """Take or keep a named lease; False while another token holds it."""
        statement = self._insert(leases)
        statement = statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"token": statement.excluded.token, "until": statement.excluded.until},
            where=or_(leases.c.token == token, leases.c.until <= now),
        )
        values = {"name": name, "token": token, "until": until}
        return await self._first(statement.returning(leases.c.name), values) is not None

    async def holds(self, name: str, token: str) -> bool:
        """Whether the lease is this token's still, and stays so until this transaction ends."""
        mine = select(leases.c.name).where(leases.c.name == name, leases.c.token == token)
        return await self._first(mine.with_for_update(read=True)) is not None

    async def drop_lease(self, name: str, token: str) -> None:
        """Give it back."""
        await self._run(delete(leases).where(leases.c.name == name, leases.c.token == token))

    async def retain(self, now: datetime, rules: Rules) -> Mapping[str, int]:
        """Delete what is over its age: table -> rows deleted, ``RETAIN_AT_ONCE`` of each at most.

        Call again while any number is as high as that. Never deleted: an entry that its feed still lists
        (it would come back as new), an unsent delivery that may still go out, an ambiguous one, and ids:
        none is ever given twice.
        """
        old = now - rules.keep_articles
        day = old.date().isoformat()
        await self._keep_highest_story()
        return {
            "polls": await self._delete(polls, polls.c.polled_at < now - rules.keep_polls),
            "entries": await self._delete(entries, _forgotten(day)),
            "summaries": await self._delete(summaries, summaries.c.at < old),
            "quotes": (await self._run(delete(quotes).where(quotes.c.day < day))).rowcount,
            "articles": await self._delete(articles, articles.c.seen_at < old),
            "stories": await self._delete(stories, and_(stories.c.last_at < old, _without_articles())),
            "corrections": await self._delete(corrections, and_(corrections.c.at < old, ~_still_apart())),
            "word_counts": await self._delete(word_counts, and_(word_counts.c.at < old, ~_newest_counts())),
            "facts": await self._delete(facts, facts.c.at < old),
            "digests": await self._delete(digests, digests.c.made_at < now - rules.keep_digests),
            "calls": await self._delete(calls, calls.c.at < now - rules.keep_digests),
            "deliveries": await self._delete_groups(now - rules.keep_deliveries),
            "feedback": await self._delete(feedback, feedback.c.at < now - rules.keep_digests),
            "updates": await self._delete(updates, updates.c.at < now - KEEP_UPDATES),
            "uses": await self._gone(uses, uses.c.day < (now - KEEP_UPDATES).date().isoformat()),
            "conversations": await self._gone(conversations, conversations.c.until < now),
            "mutes": await self._gone(mutes, mutes.c.until < now),
            "pauses": await self._gone(pauses, pauses.c.until < now),
        }

    async def _gone(self, table: Table, condition: ColumnElement[bool]) -> int:
        """Of tables that are never large: all at once."""
        return (await self._run(delete(table).where(condition))).rowcount

    async def _delete(self, table: Table, condition: ColumnElement[bool]) -> int:
        ids = select(table.c.id).where(condition).limit(RETAIN_AT_ONCE)
        return (await self._run(delete(table).where(table.c.id.in_(ids)))).rowcount

    async def _delete_groups(self, old: datetime) -> int:
        """Whole groups only: without its failed part, the rest of a group would go out weeks later."""
        gone = 0
        groups = [row.group_key for row in await self._all(_finished_groups(old))]
        for part in chunks(groups):
            gone += (await self._run(delete(deliveries).where(deliveries.c.group_key.in_(part)))).rowcount
        return gone

    async def _keep_highest_story(self) -> None:
        await self.put_note(HIGHEST_STORY, str(await self.last_story_id()))

    async def counts(self) -> Mapping[str, int]:
        """Table -> rows, for doctor and for moving."""
        found = {}
        for table in metadata.sorted_tables:
            row = await self._first(select(func.count().label("n")).select_from(table))
            found[table.name] = row.n if row else 0
        return found

    async def note(self, key: str) -> str | None:
        """A remembered word (a state that has no table)."""
        row = await self._first(select(notes.c.value).where(notes.c.key == key))
        return None if row is None else str(row.value)

    async def put_note(self, key: str, value: str) -> None:
        """Remember it."""
        statement = self._insert(notes)
        statement = statement.on_conflict_do_update(
            index_elements=["key"], set_={"value": statement.excluded.value}
        )
        await self._run(statement, {"key": key, "value": value})

    async def notes(self, prefix: str) -> Mapping[str, str]:
        """All remembered words whose key begins so, by key."""
        begins = notes.c.key.startswith(prefix, autoescape=True)
        rows = await self._all(select(notes.c.key, notes.c.value).where(begins).order_by(notes.c.key))
        return {row.key: row.value for row in rows}

    async def drop_note(self, key: str) -> None:
        """Forget it."""
        await self._run(delete(notes).where(notes.c.key == key))


def _forgotten(day: str) -> ColumnElement[bool]:
    """Entries last listed before this day, by a feed whose body we have seen since without them.

    A feed that only answers 304 lists what it listed: its entries stay, however old.
    """
    later = entries.alias("later")
    return and_(
        entries.c.listed_on < day,
        entries.c.state != literal_column("'waiting'"),
        exists().where(later.c.feed_id == entries.c.feed_id, later.c.listed_on > entries.c.listed_on),
    )


def _without_articles() -> ColumnElement[bool]:
    """Nothing is filed under it, and it is no other name of a story that is kept."""
    into = stories.alias()
    alive = exists().where(into.c.id == stories.c.merged_into)
    return and_(~exists().where(placements.c.story_id == stories.c.id), ~alive)


def _still_apart() -> ColumnElement[bool]:
    """A split holds as long as both its stories are kept, however old it is."""
    one, other = stories.alias(), stories.alias()
    both = exists().where(one.c.id == corrections.c.source, other.c.id == corrections.c.target)
    return and_(corrections.c.is_split, both)


def _newest_counts() -> ColumnElement[bool]:
    return word_counts.c.id == select(func.max(word_counts.c.id)).scalar_subquery()


def _finished_groups(old: datetime) -> Select[tuple[str]]:
    """Groups queued before ``old`` of which nothing can go out by itself and nothing waits for a decision."""
    state = deliveries.c.state
    held = (DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.AMBIGUOUS)

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(condition)

    old_groups = select(deliveries.c.group_key).where(deliveries.c.queued_at < old).distinct()
    return (
        select(deliveries.c.group_key)
        .where(deliveries.c.group_key.in_(old_groups))
        .group_by(deliveries.c.group_key)
        .having(
            func.max(deliveries.c.queued_at) < old,
            number(is_state(state, *held)) == 0,
            or_(
                number(is_state(state, DeliveryState.PENDING)) == 0,
                number(is_state(state, DeliveryState.FAILED)) > 0,
            ),
        )
        .limit(RETAIN_AT_ONCE)
    )
