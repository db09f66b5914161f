"""What the model's calls cost: where this month is going."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.budget import forecast
from bot.ports import Tx

DAY, WEEK = timedelta(days=1), timedelta(days=7)


async def month_ahead(tx: Tx, month: float, now: datetime, zone_name: str) -> float:
    """US dollars that this month will come to, by the last week's calls."""
    first = await tx.first_call(now - WEEK)
    if first is None:
        return month
    days = (now - first).total_seconds() / DAY.total_seconds()
    return forecast(month, await tx.cost(now - WEEK), days, now, zone_name)
