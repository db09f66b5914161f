"""Counts for an operator's monitoring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.errors import Code
from bot.types import Delivery, ModelCall, Outcome, PromptOutcome


class Meters(Protocol):
    """Counts what happens in this process. Implementations: Prometheus' (``bot/adapters/meters.py``), none.

    Durations are seconds. What stands in rows is not counted here: see :meth:`OverviewRows.gauges`.
    """

    def stepped(self, name: str, seconds: float, *, failed: bool) -> None:
        """A step has run."""
        ...

    def planned(self, digests: int) -> None:
        """So many subscriptions wait for an edition whose slot has come."""
        ...

    def polled(self, code: Code | None, seconds: float, new: int) -> None:
        """A feed was asked; ``new`` entries."""
        ...

    def read(self, entries: int, articles: int) -> None:
        """Entries were read, into so many new articles."""
        ...

    def placed(self, waited: Sequence[float]) -> None:
        """Articles are in stories now, each so long after it was read."""
        ...

    def composed(self, after: float) -> None:
        """An edition was queued so long after its slot."""
        ...

    def delivered(self, item: Delivery, outcome: Outcome, after: float) -> None:
        """A message was tried, so long after it was due."""
        ...

    def flooded(self, channel: str) -> None:
        """The channel said: too many (429)."""
        ...

    def called(self, call: ModelCall) -> None:
        """A model was called."""
        ...

    def checked(self, outcome: PromptOutcome) -> None:
        """What a model wrote was held against the sources."""
        ...


class NoMeters:
    """Counts nothing: nobody asked for metrics."""

    def stepped(self, name: str, seconds: float, *, failed: bool) -> None:
        """Nothing."""

    def planned(self, digests: int) -> None:
        """Nothing."""

    def polled(self, code: Code | None, seconds: float, new: int) -> None:
        """Nothing."""

    def read(self, entries: int, articles: int) -> None:
        """Nothing."""

    def placed(self, waited: Sequence[float]) -> None:
        """Nothing."""

    def composed(self, after: float) -> None:
        """Nothing."""

    def delivered(self, item: Delivery, outcome: Outcome, after: float) -> None:
        """Nothing."""

    def flooded(self, channel: str) -> None:
        """Nothing."""

    def called(self, call: ModelCall) -> None:
        """Nothing."""

    def checked(self, outcome: PromptOutcome) -> None:
        """Nothing."""
