"""How things stand, for metrics and for the owner's alerts."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.budget import Budget
from bot.domain.stories import Index
from bot.ports import Deps, Tx
from bot.types import Gauges, Rules


def budget_of(rules: Rules) -> Budget:
    """What models may cost."""
    return Budget(day=rules.budget_day, month=rules.budget_month, zone=rules.zone)


async def gauges(deps: Deps, tx: Tx) -> Gauges:
    """What the rows say now."""
    now = deps.clock.now()
    rules = deps.rules
    (day, _), (month, _) = budget_of(rules).caps(now)
    found = await tx.gauges(now, open_since=now - Index.WINDOW, late_before=now - rules.late_alert)
    return replace(found, today=await tx.cost(day), month=await tx.cost(month))
