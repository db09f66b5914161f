"""The rich form (placeholder)."""

from __future__ import annotations

from bot.domain.messages.doors import Doors
from bot.domain.phrases import Wording
from bot.types import Digest, Limits, Part


def parts(
    digest: Digest, classic: tuple[Part, ...], limits: Limits, wording: Wording, doors: Doors | None
) -> tuple[Part, ...]:
    """The rich messages of a digest."""
    del digest, limits, wording, doors
    return classic
