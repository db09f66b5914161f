"""The ledger of model calls: money is set aside in the database before a request, and settled after it.

What is set aside is a line of the ledger with the most that the call can cost. So several processes together
stay under the caps, and one that dies in a call has spent the most: nobody knows better.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.domain.budget import Budget
from bot.domain.troubles import Refusal
from bot.errors import Broken, Code
from bot.events import logger
from bot.ports import REFUSAL, Clock, Meters, NoMeters, Store
from bot.types import ModelCall, StoryId

log = logger("model")


@dataclass(slots=True, kw_only=True)
class Usage:
    """What a call has cost so far, failed requests included. Filled by ``ModelClient.complete``."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0  # US dollars
    estimated: bool = False  # the server named no usage, or no answer came for which it may charge
    allow: Callable[[float], Awaitable[None]] | None = None
    """Asked before each request whether the call may come to so many dollars in all; raises when not."""


class Ledger:
    """Lines of the ledger, under a budget.

    Args:
        store: where they stand.
        clock: dates them.
        budget: None: no cap.
        meters: count each call.
    """

    def __init__(
        self, store: Store, clock: Clock, budget: Budget | None = None, meters: Meters | None = None
    ) -> None:
        self._store, self._clock, self._budget = store, clock, budget
        self._meters = meters or NoMeters()

    def open(self, *, task: str, model: str, prompt: str, story: StoryId | None = None) -> Line:
        """A line for one call; nothing is written before :meth:`Line.allow`."""
        call = ModelCall(at=self._clock.now(), task=task, model=model, prompt=prompt, story=story)
        line = Line(self, call, self._clock.monotonic())
        line.usage.allow = line.allow
        return line

    async def reserve(self, call: ModelCall, line: int | None) -> int | None:
        """Set ``call.cost`` aside: the line's number, None when a cap does not allow it."""
        caps = self._budget.caps(self._clock.now()) if self._budget else ()
        async with self._store.begin() as tx:
            reserved = await tx.reserve_call(call, caps, line=line)
            if reserved is None:  # the owner hears of it
                refusal = Refusal(at=self._clock.now(), cost=call.cost)
                await tx.put_note(REFUSAL, refusal.packed())
            return reserved

    async def settle(self, call: ModelCall, line: int | None) -> None:
        """Write what the call came to."""
        self._meters.called(call)
        async with self._store.begin() as tx:
            if line is None:
                await tx.record_call(call)
            else:
                await tx.settle_call(line, call)

    def elapsed(self, since: float) -> float:
        """Seconds."""
        return self._clock.monotonic() - since


@dataclass(slots=True)
class Line:
    """One call: asked before each of its requests, closed with what it came to."""

    ledger: Ledger
    call: ModelCall
    began: float
    usage: Usage = field(default_factory=Usage)
    number: int | None = None

    async def allow(self, cost: float) -> None:
        """Set aside that the call may come to this many dollars in all.

        Raises:
            Broken: model_budget: the day's or the month's cap does not allow it.
        """
        number = await self.ledger.reserve(replace(self.call, cost=cost, estimated=True), self.number)
        if number is None:
            raise Broken(
                "the model's budget is used up",
                code=Code.MODEL_BUDGET,
                hint="Digests go on with excerpts; the caps are DATELINE_BUDGET_DAY and _MONTH.",
                model=self.call.model,
            )
        self.number = number

    async def close(self, code: Code | None = None) -> None:
        """Write down what it came to; a call that was never allowed leaves no line."""
        if self.number is None and code is Code.MODEL_BUDGET:
            return
        usage = self.usage
        done = replace(
            self.call,
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            cost=usage.cost,
            estimated=usage.estimated,
            seconds=round(self.ledger.elapsed(self.began), 3),
            code=code,
        )
        log.info(
            "model_called",
            task=done.task,
            story=done.story,
            model=done.model,
            prompt=done.prompt,
            tokens_in=done.tokens_in,
            tokens_out=done.tokens_out,
            cost=round(done.cost, 5),
            seconds=done.seconds,
            code=code,
        )
        await self.ledger.settle(done, self.number)
