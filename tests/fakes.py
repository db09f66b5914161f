"""Small stand-ins that several tests use."""

from __future__ import annotations

from typing import Any

from bot.errors import Code
from bot.types import Address


class Watch:
    """The limiter's watch: remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    async def paused(self, chat: str, seconds: float) -> None:
        self.told.append(("paused", chat, seconds))

    async def unreachable(self, address: Address, code: Code) -> None:
        self.told.append(("unreachable", address.chat, code))

    async def moved(self, address: Address, new_chat: str) -> None:
        self.told.append(("moved", address.chat, new_chat))
