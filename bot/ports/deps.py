"""What steps work with: ``Deps``, the desk of one process, steps and who runs them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.errors import Misconfigured
from bot.ports.meters import Meters, NoMeters
from bot.ports.store import Store
from bot.ports.world import Channel, Clock, Embedder, Parser, Summarizer, Translator, Web
from bot.types import Address, Brief, PromptOutcome, Rules, Sample, Subscription, Summary

REFUSAL = "model.refused"
"""The note that remembers the last call of a model that a cap did not allow (:class:`troubles.Refusal`)."""

Attempt = Callable[[str, str, Brief], Awaitable[tuple[Summary, PromptOutcome]]]
"""Tells a brief by the text of a prompt file and a house style, and says what the check made of it.

Nothing of it is stored. Raises Transient or Broken(model_config) when the model cannot be had at all; an
answer of no use is an outcome like any other: excerpts stood in.
"""
Watcher = Callable[[str, int, int], None]
"""Told (stage, done, total); stages are feeds, articles, stories and summaries."""


def no_list(language: str) -> Mapping[str, float]:
    """No word is usual: what stands in where no frequency list was asked for."""
    del language
    return {}


class Desk:
    """What one process keeps in memory between steps; anything in it can be rebuilt from rows."""

    def __init__(self, progress: Watcher | None = None) -> None:
        self.index: Any = None
        """``domain.stories.Index``; None until rebuilt, and again after a failed commit."""
        self.mean: Any = None
        """(Embedder's name, mean vector of news), once it was needed."""
        self.embedded = ""
        """The embedder whose vectors the whole window is known to have."""
        self.embedded_at = 0.0
        """Since when that is known, on the monotonic clock."""
        self.embed_after = 0.0
        """When its server is asked again after a failure, on the monotonic clock."""
        self.catalogue: Any = None
        """``pipeline.catalogue.Catalogue``; rebuilt when a declaration changes."""
        self.prompts: Any = None
        """``domain.prompts.Book``: the live prompts; read again when a pointer changes."""
        self.watched: float | None = None
        """When new versions of prompts were last looked at, on the monotonic clock."""
        self.alerted: float | None = None
        """When the house's troubles were last looked at, on the monotonic clock."""
        self.started: float | None = None
        """When this process first planned, on the monotonic clock."""
        self.planned: float | None = None
        """When it last planned to the end, on the monotonic clock; None: it never did, or never does."""
        self.quiet: dict[str, tuple[Subscription, datetime, datetime]] = {}
        """Subscription -> (as it was, from, until): nothing is due for it meanwhile."""
        self.put_off: dict[str, float] = {}
        """Subscription -> until when its edition waits after a failure, on the monotonic clock."""
        self.prepared: dict[str, float] = {}
        """Subscription -> when its next edition was last prepared, on the monotonic clock."""
        self.telling: dict[Any, Any] = {}
        """What ``pipeline.tell`` is about to tell: two readers of a story wait for one call of the model."""
        self.refused: dict[Any, int] = {}
        """Brief and model -> how often the model's answer was of no use."""
        self.placer: str | None = None
        """On many machines: the token of the lease under which this process places articles."""
        self.senders: dict[str, Any] = {}
        """Channel -> ``pipeline.send.Sender``: what its one sender knows of its lease."""
        self.paces: dict[str, Any] = {}
        """Channel -> ``domain.pacing.Pace``: the one budget of what is sent and what people are answered."""
        self.reading = asyncio.Lock()
        """Held while the articles of a story that is to be told are read (``pipeline.prepare``)."""
        self.hand_on: Callable[[Sequence[Step]], Awaitable[None]] | None = None
        """On many machines: puts steps while the one that found them still runs. Raises Transient."""
        self.watchers: list[Watcher] = [progress] if progress else []
        """Whoever wants to know how steps go on; add yours, and take it away again."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Tell whoever watches how far a step is."""
        for watcher in tuple(self.watchers):
            watcher(stage, done, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything a step may touch: the first argument of each."""

    store: Store
    clock: Clock
    web: Web
    parser: Parser
    summarizer: Summarizer
    fallback: Summarizer
    channels: Mapping[str, Channel]
    rules: Rules
    desk: Desk = field(default_factory=Desk)
    better: Summarizer | None = None
    """Who tells a digest's top stories; None: ``summarizer`` too."""
    translator: Translator | None = None
    """None: no model is configured, so what is told in another language stays as it is."""
    embedder: Embedder | None = None
    """None: stories are joined by words, and across languages by names and numbers."""
    usual: Callable[[str], Mapping[str, float]] = no_list
    """Language -> stem -> its share of running words (``adapters.wordlists``)."""
    wording: Mapping[str, Any] = field(default_factory=dict)
    """Interface language -> ``domain.wording.Wording``; "en" is always there in production."""
    attempt: Attempt | None = None
    """For trying prompts out; None: no model is configured."""
    samples: Callable[[], tuple[Sample, ...]] = tuple
    """Reads the fixed stories that a version of a prompt must tell well before it goes live: only then, since
    twenty of them take most of a second, and a broken one must not stop the bot."""
    meters: Meters = field(default_factory=NoMeters)
    """Counts for an operator's monitoring."""
    spread: bool = False
    """Whether steps go to many processes: work is cut into shards then (``pipeline.shards``)."""
    owner: Address | None = None
    """Who hears of troubles: a dead feed, a muted chat. None: only the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A piece of work by name. ``key``: at most one waiting; ``lock``: at most one running."""

    name: str
    ids: tuple[str, ...] = ()
    key: str = ""
    lock: str = ""
    after: timedelta = timedelta(0)


class Runner(Protocol):
    """Runs steps: as tasks of this process, or as jobs of a queue that many processes work off."""

    failed: int
    """Steps that raised in this process, since the start."""
    fatal: Misconfigured | None
    """Set when a step found that somebody must change a setting; the process stops then."""

    async def put(self, steps: Sequence[Step]) -> None:
        """Take steps to run; one whose key is already waiting is dropped quietly."""
        ...

    async def idle(self) -> None:
        """Return when nothing is waiting or running."""
        ...

    async def stop(self, grace: float) -> None:
        """Take no more, give running steps ``grace`` seconds, then cancel."""
        ...
