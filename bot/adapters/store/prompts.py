"""Versions of prompts, which of them are live, and what they did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from bot.adapters.store import rows
from bot.adapters.store.link import Link
from bot.adapters.store.schema import live_prompts, prompt_events, prompt_outcomes, prompt_versions
from bot.types import LivePrompt, PromptEvent, PromptOutcome, PromptVersion, StoryId, VersionState

SHORT = 4
"""Characters of a hash that may stand for all of it, where only one version begins so."""


class PromptRows(Link):
    """See :class:`bot.ports.PromptRows`."""

    async def add_version(self, version: PromptVersion) -> bool:
        """Keep it; False when this text was known already: nothing is changed then."""
        values = rows.to_json(version) | {"at": version.at}
        statement = self._insert(prompt_versions).on_conflict_do_nothing(index_elements=["name", "hash"])
        return await self._first(statement.returning(prompt_versions.c.hash), values) is not None

    async def version(self, name: str, hash_: str) -> PromptVersion | None:
        """One version; ``hash_`` may be cut to its first characters if that is clear."""
        if len(hash_) < SHORT:
            return None
        found = [one for one in await self.versions(name) if one.hash.startswith(hash_)]
        return found[0] if len(found) == 1 else None

    async def versions(self, name: str = "") -> tuple[PromptVersion, ...]:
        """All versions (of this name), newest first."""
        query = select(prompt_versions)
        if name:
            query = query.where(prompt_versions.c.name == name)
        order = (prompt_versions.c.at.desc(), prompt_versions.c.name, prompt_versions.c.hash)
        return tuple(
            PromptVersion(
                name=row.name,
                hash=row.hash,
                text=row.text,
                state=VersionState(row.state),
                origin=row.origin,
                by=row.by,
                at=row.at,
                why=row.why,
            )
            for row in await self._all(query.order_by(*order))
        )

    async def set_version(self, name: str, hash_: str, state: VersionState) -> None:
        """Note what became of it."""
        where = (prompt_versions.c.name == name, prompt_versions.c.hash == hash_)
        await self._run(update(prompt_versions).where(*where).values(state=state.value))

    async def live_prompts(self) -> tuple[LivePrompt, ...]:
        """All pointers, by name and scope."""
        query = select(live_prompts).order_by(live_prompts.c.name, live_prompts.c.scope)
        return tuple(
            LivePrompt(
                name=row.name,
                scope=row.scope,
                hash=row.hash,
                before=row.before,
                since=row.since,
                by=row.by,
                revision=row.revision,
                rival=row.rival,
                rival_until=row.rival_until,
            )
            for row in await self._all(query)
        )

    async def put_live(self, live: LivePrompt, *, expected: int | None) -> bool:
        """Point to a version; False when another change has come since ``expected``."""
        values = {
            "name": live.name,
            "scope": live.scope,
            "hash": live.hash,
            "before": live.before,
            "since": live.since,
            "by": live.by,
            "rival": live.rival,
            "rival_until": live.rival_until,
            "revision": 0 if expected is None else expected + 1,
        }
        if expected is None:
            statement = self._insert(live_prompts).on_conflict_do_nothing(index_elements=["name", "scope"])
            return await self._first(statement.returning(live_prompts.c.revision), values) is not None
        changed = await self._run(
            update(live_prompts)
            .where(
                live_prompts.c.name == live.name,
                live_prompts.c.scope == live.scope,
                live_prompts.c.revision == expected,
            )
            .values(values)
        )
        return changed.rowcount == 1

    async def drop_live(self, name: str, scope: str, *, expected: int) -> bool:
        """Take a pointer away. False when it has changed since."""
        gone = await self._run(
            delete(live_prompts).where(
                live_prompts.c.name == name,
                live_prompts.c.scope == scope,
                live_prompts.c.revision == expected,
            )
        )
        return gone.rowcount == 1

    async def add_event(self, event: PromptEvent) -> None:
        """A line of the history."""
        await self._many(self._insert(prompt_events), [rows.to_json(event) | {"at": event.at}])

    async def events(self, name: str, limit: int = 100) -> tuple[PromptEvent, ...]:
        """The history of a prompt, newest first."""
        query = select(prompt_events).where(prompt_events.c.name == name)
        return tuple(
            PromptEvent(
                at=row.at,
                name=row.name,
                hash=row.hash,
                what=row.what,
                by=row.by,
                why=row.why,
                figures=row.figures,
            )
            for row in await self._all(query.order_by(prompt_events.c.id.desc()).limit(limit))
        )

    async def add_outcome(self, outcome: PromptOutcome) -> None:
        """What a version made of a story that was told to readers."""
        values = rows.to_json(outcome) | {"at": outcome.at}
        values["story_id"] = values.pop("story")
        await self._many(self._insert(prompt_outcomes), [values])

    async def outcomes(
        self, name: str, hash_: str, since: datetime | None = None
    ) -> tuple[PromptOutcome, ...]:
        """What a version did for readers, oldest first."""
        at = prompt_outcomes.c
        query = select(prompt_outcomes).where(at.name == name, at.hash == hash_)
        if since is not None:
            query = query.where(at.at >= since)
        return tuple(
            PromptOutcome(
                at=row.at,
                name=row.name,
                hash=row.hash,
                story=None if row.story_id is None else StoryId(row.story_id),
                sentences=row.sentences,
                hard=row.hard,
                dropped=row.dropped,
                extractive=row.extractive,
                tokens_in=row.tokens_in,
                tokens_out=row.tokens_out,
                cost=row.cost,
                seconds=row.seconds,
            )
            for row in await self._all(query.order_by(at.id))
        )
