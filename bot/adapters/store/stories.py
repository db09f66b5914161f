"""Placements and stories. Who writes them calls :meth:`StoryRows.story_writer` first, in the same go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select, text, update

from bot.adapters.store import rows
from bot.adapters.store.articles import article_of
from bot.adapters.store.link import chunks
from bot.adapters.store.schema import articles, corrections, notes, placements, stories
from bot.adapters.store.vectors import VectorRows
from bot.types import (
    Article,
    ArticleId,
    Correction,
    Placement,
    PlacementKind,
    Story,
    StoryId,
    TopicMatch,
    TopicSlug,
)

_PLACEMENTS, _STORIES = placements, stories  # where arguments take the names
HIGHEST_STORY = "stories.highest"
"""The note that keeps the highest story id when retention deletes its row."""
_NEVER = 2**62  # no placement has a number as high
# Any number will do, as long as nothing else takes it.
_WRITER_LOCK = 0x6461_7466


class StoryRows(VectorRows):
    """See :class:`bot.ports.StoryRows`."""

    async def apply(
        self,
        placements: Sequence[Placement],
        stories: Sequence[Story],
        corrections: Sequence[Correction] = (),
    ) -> None:
        """Write placements (an article is placed once: another is ignored), corrections, touched stories."""
        await self._many(
            self._insert(_PLACEMENTS).on_conflict_do_nothing(index_elements=["article_id"]),
            [_placement_values(item) for item in placements],
        )
        for part in chunks([item.article for item in placements]):
            await self._run(update(articles).where(articles.c.id.in_(part)).values(placed=True))
        for one in corrections:
            await self._correct(one)
        statement = self._insert(_STORIES)
        columns = ("title", "articles", "voices", "first_at", "last_at", "topics")
        statement = statement.on_conflict_do_update(
            index_elements=["id"], set_={name: statement.excluded[name] for name in columns}
        )
        await self._many(statement, [_story_values(story) for story in stories])

    async def _correct(self, one: Correction) -> None:
        now = self._clock.now()
        await self._run(
            self._insert(corrections),
            {
                "at": now,
                "source": one.source,
                "target": one.target,
                "articles": list(one.articles),
                "is_split": one.split,
                "by_hand": one.by_hand,
                "why": one.why,
            },
        )
        for part in chunks(one.articles):
            await self._run(
                update(placements).where(placements.c.article_id.in_(part)).values(story_id=one.target)
            )
        if one.split:
            return
        # What led to the source leads to the target now, over however many mergers.
        await self._run(
            update(stories).where(stories.c.merged_into == one.source).values(merged_into=one.target)
        )
        gone = {"articles": [], "voices": 0, "topics": "[]", "merged_into": one.target}
        await self._run(
            self._insert(stories).on_conflict_do_update(index_elements=["id"], set_=gone),
            {"id": one.source, "title": "", "first_at": now, "last_at": now, **gone},
        )

    async def split_stories(self) -> tuple[tuple[StoryId, StoryId], ...]:
        """Pairs that a person has split, by what they are called now: nothing merges them again."""
        pairs = await self._all(
            select(corrections.c.source, corrections.c.target).where(corrections.c.is_split)
        )
        # Either may have been merged into a third story since: that one is kept apart then.
        into = select(stories.c.id, stories.c.merged_into).where(stories.c.merged_into.is_not(None))
        called = {row.id: row.merged_into for row in await self._all(into)}
        found = {(called.get(row.source, row.source), called.get(row.target, row.target)) for row in pairs}
        return tuple((StoryId(one), StoryId(other)) for one, other in sorted(found) if one != other)

    async def corrections(
        self, limit: int, *, by_hand: bool | None = None
    ) -> tuple[tuple[int, datetime, Correction], ...]:
        """The latest corrections with number and time, newest first; only a person's, or only others."""
        query = select(corrections).order_by(corrections.c.id.desc()).limit(limit)
        if by_hand is not None:
            query = query.where(corrections.c.by_hand.is_(by_hand))
        return tuple((row.id, row.at, _correction(row)) for row in await self._all(query))

    async def correction(self, number: int) -> Correction | None:
        """One of them."""
        row = await self._first(select(corrections).where(corrections.c.id == number))
        return None if row is None else _correction(row)

    async def readdress(self, old: StoryId, new: StoryId) -> None:
        """Let the address of a story that was merged away lead to another one than it was merged into."""
        gone = stories.c.merged_into.is_not(None)
        await self._run(update(stories).where(stories.c.id == old, gone).values(merged_into=new))

    async def placed_since(
        self, since: datetime, after: int | None = None
    ) -> tuple[tuple[int, Article, Placement], ...]:
        """What the index is rebuilt from: stories with an article published since, whole, in placement order.

        With their numbers, which grow. ``after``: also what was placed after this number, however old.

        Whole, because an index that has only the newer half of a story would write it back without the rest.
        """
        return await self.placed(await self.placed_numbers(since, after))

    async def placed_numbers(self, since: datetime, after: int | None = None) -> tuple[int, ...]:
        """The numbers of what :meth:`placed_since` gives, in its order."""
        fresh = (
            select(placements.c.story_id)
            .join_from(placements, articles, placements.c.article_id == articles.c.id)
            .where(articles.c.published_at >= since)
        )
        wanted = or_(placements.c.story_id.in_(fresh), placements.c.id > (_NEVER if after is None else after))
        found = await self._all(select(placements.c.id).where(wanted).order_by(placements.c.id))
        return tuple(row.id for row in found)

    async def placed(self, numbers: Sequence[int]) -> tuple[tuple[int, Article, Placement], ...]:
        """The placements of these numbers, in placement order, with their articles."""
        query = select(
            *(column.label(f"a_{column.name}") for column in articles.c),
            *(column.label(f"p_{column.name}") for column in placements.c),
        ).join_from(placements, articles, placements.c.article_id == articles.c.id)
        found: list[tuple[int, Article, Placement]] = []
        for part in chunks(sorted(numbers)):
            rows_of = await self._all(query.where(placements.c.id.in_(part)).order_by(placements.c.id))
            found += [
                (row.p_id, article_of(row, prefix="a_"), _placement(row, prefix="p_")) for row in rows_of
            ]
        return tuple(found)

    async def story_writer(self) -> int:
        """Be the only writer of stories until this transaction ends; a number that each write raises.

        A story is written back whole, from its writer's memory. Without this, a second process on the same
        database left half of all stories with the articles of only one of the two.
        """
        if self._postgres:  # on SQLite each transaction is the only one
            await self._run(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
        last = select(func.max(placements.c.id)).scalar_subquery()
        corrected = select(func.max(corrections.c.id)).scalar_subquery()
        row = await self._first(select(func.coalesce(last, 0) + func.coalesce(corrected, 0)))
        return int(row[0]) if row else 0

    async def last_story_id(self) -> int:
        """The highest id ever given, 0 on an empty store."""
        row = await self._first(select(func.max(stories.c.id).label("id")))
        kept = await self._first(select(notes.c.value).where(notes.c.key == HIGHEST_STORY))
        return max(row.id or 0 if row else 0, int(kept.value) if kept else 0)

    async def stories_since(
        self, since: datetime, topics: Sequence[TopicSlug]
    ) -> tuple[tuple[Story, Mapping[ArticleId, tuple[TopicMatch, ...]]], ...]:
        """Stories with an article seen or published since, in any of the topics, by id.

        With each comes what every one of its articles matched. No topics: no stories.
        """
        wanted = frozenset(topics)
        fresh = (
            select(placements.c.story_id)
            .join_from(placements, articles, placements.c.article_id == articles.c.id)
            .where(or_(articles.c.published_at >= since, articles.c.seen_at >= since))
        )
        found = await self._all(select(stories).where(stories.c.id.in_(fresh)).order_by(stories.c.id))
        told = [story for story in map(_story, found) if any(match.topic in wanted for match in story.topics)]
        matches: dict[StoryId, dict[ArticleId, tuple[TopicMatch, ...]]] = {story.id: {} for story in told}
        for part in chunks([story.id for story in told]):
            query = select(placements.c.story_id, placements.c.article_id, placements.c.topics)
            for row in await self._all(
                query.where(placements.c.story_id.in_(part)).order_by(placements.c.id)
            ):
                matches[StoryId(row.story_id)][ArticleId(row.article_id)] = rows.many_from_json(
                    TopicMatch, row.topics
                )
        return tuple((story, matches[story.id]) for story in told)

    async def story(self, story: StoryId) -> Story | None:
        """One story; one that was merged into another is that other one."""
        row = await self._first(select(stories).where(stories.c.id == story))
        if row is not None and row.merged_into is not None:
            row = await self._first(select(stories).where(stories.c.id == row.merged_into))
        return None if row is None else _story(row)

    async def placements(self, story: StoryId) -> tuple[Placement, ...]:
        """Why each article of the story is in it, in placement order."""
        query = select(placements).where(placements.c.story_id == story).order_by(placements.c.id)
        return tuple(_placement(row) for row in await self._all(query))


def _placement_values(item: Placement) -> dict[str, Any]:
    return {
        "article_id": item.article,
        "kind": item.kind,
        "story_id": item.story,
        "similarity": item.similarity,
        "why": item.why,
        "reprint_of": item.reprint_of,
        "topics": rows.to_json(item.topics),
    }


def _story_values(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        "title": story.title,
        "articles": list(story.articles),
        "voices": story.voices,
        "first_at": story.first_at,
        "last_at": story.last_at,
        "topics": rows.to_json(story.topics),
    }


def _placement(row: Row[Any], *, prefix: str = "") -> Placement:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    reprint = found[prefix + "reprint_of"]
    return Placement(
        article=ArticleId(found[prefix + "article_id"]),
        kind=PlacementKind(found[prefix + "kind"]),
        story=StoryId(found[prefix + "story_id"]),
        similarity=found[prefix + "similarity"],
        why=found[prefix + "why"],
        reprint_of=None if reprint is None else ArticleId(reprint),
        topics=rows.many_from_json(TopicMatch, found[prefix + "topics"]),
    )


def _correction(row: Row[Any]) -> Correction:
    return Correction(
        source=StoryId(row.source),
        target=StoryId(row.target),
        articles=tuple(ArticleId(key) for key in row.articles),
        split=row.is_split,
        by_hand=row.by_hand,
        why=row.why,
    )


def _story(row: Row[Any]) -> Story:
    return Story(
        id=StoryId(row.id),
        title=row.title,
        articles=tuple(ArticleId(key) for key in row.articles),
        voices=row.voices,
        first_at=row.first_at,
        last_at=row.last_at,
        topics=rows.many_from_json(TopicMatch, row.topics),
    )
