"""What the store remembers of the model: summaries, calls, versions of prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.types import (
    ArticleId,
    LivePrompt,
    ModelCall,
    PromptEvent,
    PromptOutcome,
    PromptVersion,
    StoryId,
    Summary,
    VersionState,
)


class ModelRows(Protocol):
    """Summaries and the ledger of model calls."""

    async def summary(
        self, story: StoryId, *, basis: str, language: str, length: str, signature: str
    ) -> Summary | None:
        """The stored summary of exactly this."""
        ...

    async def put_summary(self, summary: Summary, *, signature: str, at: datetime) -> None:
        """Store it; the same key again replaces nothing."""
        ...

    async def told_of(self, stories: Sequence[StoryId], language: str, length: str) -> frozenset[StoryId]:
        """Those of which any summary in this language and length is stored, of whatever basis."""
        ...

    async def quoted_on(self, articles: Sequence[ArticleId], day: str) -> Mapping[ArticleId, tuple[str, ...]]:
        """Sentences of these articles that extractive summaries quoted on this UTC day (ISO date)."""
        ...

    async def record_call(self, call: ModelCall) -> None:
        """Add a line to the ledger."""
        ...

    async def reserve_call(
        self, call: ModelCall, caps: Sequence[tuple[datetime, float]], *, line: int | None = None
    ) -> int | None:
        """Set ``call.cost`` aside as a line of the ledger: its number; None where a cap does not allow it.

        ``caps``: (since, US dollars at most). With ``line``: that one is raised to this cost.
        """
        ...

    async def settle_call(self, line: int, call: ModelCall) -> None:
        """Write what the call came to over what was set aside."""
        ...


class PromptRows(Protocol):
    """Versions of prompts, which of them are live, and what they did."""

    async def add_version(self, version: PromptVersion) -> bool:
        """Keep it; False when this text was known already: nothing is changed then."""
        ...

    async def version(self, name: str, hash_: str) -> PromptVersion | None:
        """One version; ``hash_`` may be cut to the first four or more of its characters if that is clear."""
        ...

    async def versions(self, name: str = "") -> tuple[PromptVersion, ...]:
        """All versions (of this name), newest first."""
        ...

    async def set_version(self, name: str, hash_: str, state: VersionState) -> None:
        """Note what became of it."""
        ...

    async def live_prompts(self) -> tuple[LivePrompt, ...]:
        """All pointers, by name and scope."""
        ...

    async def put_live(self, live: LivePrompt, *, expected: int | None) -> bool:
        """Point to a version.

        ``expected`` is the revision that was looked at (None: there was no pointer); False when another has
        come since, and nothing is changed. The stored revision is one more.
        """
        ...

    async def drop_live(self, name: str, scope: str, *, expected: int) -> bool:
        """Take a topic's or a chat's own pointer away. False when it has changed since."""
        ...

    async def add_event(self, event: PromptEvent) -> None:
        """A line of the history."""
        ...

    async def events(self, name: str, limit: int = 100) -> tuple[PromptEvent, ...]:
        """The history of a prompt, newest first."""
        ...

    async def add_outcome(self, outcome: PromptOutcome) -> None:
        """What a version made of a story that was told to readers."""
        ...

    async def outcomes(
        self, name: str, hash_: str, since: datetime | None = None
    ) -> tuple[PromptOutcome, ...]:
        """What a version did for readers, oldest first."""
        ...
