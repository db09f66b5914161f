"""How much one chat may have done for it in a day (of UTC): pages read, calls of the model."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from bot.entrypoints.chat.talk import Talk

PAGES, MODEL = "pages", "model"
"""Kinds of use, as they are counted."""


class Allowance:
    """What the chat of a talk may still use today.

    Args:
        talk: whose chat is charged.
        zone: of the time at which people are told that the count begins anew.
    """

    def __init__(self, talk: Talk, zone: str) -> None:
        self._talk = talk
        self._zone = zone
        self.spent = False
        """Whether the model was wanted and the day's calls were used up."""

    async def page(self) -> bool:
        """Count one page (or text); False when the day's are used up, said in the chat."""
        most = self._talk.app.settings.pages_a_day
        if await self._spend(PAGES, most):
            return True
        await self._talk.say(self._talk.words.count("limit.pages", most, when=self._renewed()))
        return False

    async def call(self) -> bool:
        """Count one call of the model; False when the day's are used up."""
        if await self._spend(MODEL, self._talk.app.settings.model_calls_a_day):
            return True
        self.spent = True
        return False

    def excuse(self) -> str:
        """Why there are excerpts although there is a model; "" where there is nothing to excuse."""
        most = self._talk.app.settings.model_calls_a_day
        return self._talk.words.count("limit.model", most, when=self._renewed()) if self.spent else ""

    async def _spend(self, kind: str, most: int) -> bool:
        async with self._talk.deps.store.begin() as tx:
            day = self._talk.now.date().isoformat()
            return await tx.spend(self._talk.chat.address.chat, day, kind, most)

    def _renewed(self) -> str:
        tomorrow = self._talk.now.date() + timedelta(days=1)
        return self._talk.words.moment(datetime.combine(tomorrow, time(), UTC), self._zone)
