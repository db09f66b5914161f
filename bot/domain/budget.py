"""What model calls may cost: prices, caps, the most that a request can come to, a month's forecast."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.schedules import zone

_DATED = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens."""

    tokens_in: float
    tokens_out: float

    def cost(self, tokens_in: float, tokens_out: float) -> float:
        """US dollars."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1e6


DEAR = Price(tokens_in=5.0, tokens_out=30.0)
"""What a model costs whose price nobody wrote down: that of the dearest general model listed in June 2026.
Too much stops too early, and ``dateline doctor`` says why; too little would spend what was not allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The price table: what stands in ``config/models.yaml``."""

    models: Mapping[str, Price] = field(default_factory=dict)
    other: Price = DEAR

    def known(self, model: str) -> Price | None:
        """The model's own price, also under a router's name ("openai/…") or a version's ("…-2026-03-01")."""
        bare = model.rsplit("/", maxsplit=1)[-1]
        names = (model, bare, _DATED.sub("", bare))
        return next((self.models[name] for name in names if name in self.models), None)

    def of(self, model: str) -> Price:
        """The model's price, else that of any other."""
        return self.known(model) or self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """US dollars that all model calls may cost in one day and in one month of this zone."""

    day: float
    month: float
    zone: str = "UTC"

    def caps(self, now: datetime) -> tuple[tuple[datetime, float], ...]:
        """(since, at most) of the day and of the month, UTC."""
        local = now.astimezone(zone(self.zone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        first = midnight.replace(day=1)
        return (midnight.astimezone(now.tzinfo), self.day), (first.astimezone(now.tzinfo), self.month)


def tokens(text: str) -> int:
    """About how many tokens a text is: four ASCII characters or one other a token.

    Chinese is 0.6 to 1 a character with the tokenizers of 2024 and later, Arabic about 0.5: never too few.
    """
    ascii_only = sum(one.isascii() for one in text)
    return ascii_only // 4 + len(text) - ascii_only


def most_tokens(text: str) -> int:
    """More tokens than a text will be: a third of its bytes, and some for the roles around it."""
    return len(text.encode()) // 3 + 32


def forecast(month: float, recent: float, days: float, now: datetime, zone_name: str) -> float:
    """US dollars by the end of this month if calls go on as they did.

    Args:
        month: what this month cost so far.
        recent: what the last ``days`` cost.
        days: at most those since the first call; half a day at least is assumed.
        now: UTC.
        zone_name: IANA; whose month it is.
    """
    local = now.astimezone(zone(zone_name))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + timedelta(days=32)).replace(day=1)
    left = (after - local).total_seconds() / 86400
    return month + recent / max(0.5, days) * left
