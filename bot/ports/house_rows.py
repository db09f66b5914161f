"""What the store remembers of the house: how things stand, leases, notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from bot.types import Delivery, DeliveryId, Gauges, Rules


class OverviewRows(Protocol):
    """What owners look at and decide by hand."""

    async def cost(self, since: datetime) -> float:
        """US dollars of all model calls since, with what is set aside for those under way."""
        ...

    async def first_call(self, since: datetime) -> datetime | None:
        """When the first model call since was made."""
        ...

    async def troubles(self, since: datetime) -> Mapping[str, int]:
        """Code -> how often polls, model calls and messages ended with it since."""
        ...

    async def editions(self, limit: int) -> tuple[Mapping[str, Any], ...]:
        """The latest digests of a slot, newest first, with when the last part of each was sent.

        Keys: subscription, slot_at, sent_at (None: nothing was), unsent (parts), items, language.
        """
        ...

    async def undelivered(self, limit: int, offset: int = 0) -> tuple[Delivery, ...]:
        """Messages that wait for a person: failed and not given up, or ambiguous; newest first."""
        ...

    async def drop(self, delivery: DeliveryId) -> bool:
        """Give up a failed or ambiguous message, and the parts behind it. False when it is neither."""
        ...

    async def cancel_broadcast(self, since: datetime) -> int:
        """Give up what is still pending of the broadcasts queued since; how many messages."""
        ...

    async def broadcast_states(self, since: datetime) -> Mapping[str, int]:
        """State -> messages of the broadcasts queued since; those given up count as "dropped"."""
        ...

    async def gauges(self, now: datetime, *, open_since: datetime, late_before: datetime) -> Gauges:
        """How things stand, but for the money.

        ``open_since``: a story whose last article is older takes no more. ``late_before``: a digest that was
        queued before and is not sent is late.
        """
        ...


class HouseRows(Protocol):
    """Leases, retention, figures."""

    async def lease(self, name: str, token: str, now: datetime, until: datetime) -> bool:
        """Take or keep a named lease; False while another token holds it."""
        ...

    async def holds(self, name: str, token: str) -> bool:
        """Whether the lease is this token's still, and stays so until this transaction ends.

        Fencing: who writes under a lease asks in the transaction that writes. Nobody else has taken it, even
        where its time is over.
        """
        ...

    async def drop_lease(self, name: str, token: str) -> None:
        """Give it back."""
        ...

    async def retain(self, now: datetime, rules: Rules) -> Mapping[str, int]:
        """Delete what is over its age, in bounded batches: table -> rows deleted."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Table -> rows, for doctor and for moving."""
        ...

    async def note(self, key: str) -> str | None:
        """A remembered word (a state that has no table)."""
        ...

    async def put_note(self, key: str, value: str) -> None:
        """Remember it."""
        ...

    async def notes(self, prefix: str) -> Mapping[str, str]:
        """All remembered words whose key begins so, by key."""
        ...

    async def drop_note(self, key: str) -> None:
        """Forget it."""
        ...
