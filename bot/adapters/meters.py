"""Prometheus metrics: what this process counts, and what the rows say when somebody asks.

Each process has its own registry and port; what comes from rows is the same at every process of one
database, so take ``max`` over processes of those, and ``sum`` of the counters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psutil
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.errors import Code
from bot.ports import Clock
from bot.types import Delivery, DeliveryState, Gauges, ModelCall, Outcome, PromptOutcome, Rules

CONTENT_TYPE = CONTENT_TYPE_LATEST
_QUICK = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_SLOW = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 21600, 43200)
_LAG = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_HEALTHS = ("fine", "failing", "unasked", "dead", "off")
_BEAT = 0.5  # seconds between looks at the loop


class PrometheusMeters:
    """See :class:`bot.ports.Meters`. A few microseconds a call.

    Args:
        clock: when a step succeeded.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.registry = registry = CollectorRegistry()
        disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each, for nobody
        ProcessCollector(registry=registry)  # processor time, descriptors, start

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"dateline_{name}", says, labels, registry=registry)

        def gauge(name: str, says: str, *labels: str) -> Gauge:
            return Gauge(f"dateline_{name}", says, labels, registry=registry)

        def histogram(name: str, says: str, buckets: Sequence[float], *labels: str) -> Histogram:
            return Histogram(f"dateline_{name}", says, labels, registry=registry, buckets=buckets)

        self._polls = counter("feed_polls", "Feeds asked, by what came of it", "code")
        self._poll_seconds = histogram("feed_poll_seconds", "One feed: asked and parsed", _QUICK)
        self._entries = counter("entries_new", "Entries that feeds listed for the first time")
        self._read = counter("entries_read", "Entries that were read or dropped")
        self._articles = counter("articles", "New articles")
        self._placing = histogram("placing_lag_seconds", "From an article's reading to its story", _SLOW)
        self._composed = histogram("digest_queued_seconds", "From a slot to its digest in the outbox", _SLOW)
        self._digests_due = gauge("digests_due", "Subscriptions whose slot has come, without a digest yet")
        self._sends = counter(
            "deliveries", "Messages tried, by what came of it", "channel", "origin", "outcome", "code"
        )
        self._sent_after = histogram(
            "delivery_seconds",
            "From due (of a digest: its slot) to sent",
            _SLOW,
            "origin",
        )
        self._floods = counter("rate_limited", "Answers of a channel that said: too many (429)", "channel")
        self._calls = counter("model_calls", "Calls of models", "task", "model", "code")
        self._call_seconds = histogram("model_call_seconds", "One call of a model", _QUICK, "model")
        self._tokens = counter("model_tokens", "Tokens read and written by models", "model", "way")
        self._cost = counter("model_cost_dollars", "What models cost", "model")
        self._sentences = counter("model_sentences", "Sentences that models wrote", "prompt")
        self._findings = counter("model_findings", "Hard findings of the check in them", "prompt")
        self._dropped = counter("model_sentences_dropped", "Those that did not go out", "prompt")
        self._steps = counter("steps", "Steps run, by what came of it", "step", "outcome")
        self._step_seconds = histogram("step_seconds", "One step", _QUICK, "step")
        self._success = gauge("step_last_success_timestamp_seconds", "When a step last did its work", "step")
        self._feeds = gauge("feeds", "Feeds by health", "health")
        self._queue = gauge("queue_depth", "What waits: entries, articles, messages that are due", "queue")
        self._stories = gauge("stories_open", "Stories that still take articles")
        self._outbox = gauge("outbox", "Messages that are not sent, by state", "state")
        self._late = gauge("digests_late", "Digests queued long ago and not sent")
        self._spent = gauge("budget_spent_dollars", "What models cost in this period", "period")
        self._left = gauge("budget_left_dollars", "What models may still cost in this period", "period")
        self._store_up = gauge("store_up", "1: the database answered when it was last asked")
        self._lag = histogram("loop_lag_seconds", "How much too late the event loop came to a thing", _LAG)
        self._memory = gauge("resident_bytes", "Resident memory", "process")

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)

    # ------------------------------------------------------------------------------------ what happens here

    def stepped(self, name: str, seconds: float, *, failed: bool) -> None:
        """A step has run."""
        self._steps.labels(name, "failed" if failed else "done").inc()
        self._step_seconds.labels(name).observe(seconds)
        if not failed:
            self._success.labels(name).set(self._clock.now().timestamp())

    def planned(self, digests: int) -> None:
        """So many subscriptions wait for an edition whose slot has come."""
        self._digests_due.set(digests)

    def polled(self, code: Code | None, seconds: float, new: int) -> None:
        """A feed was asked."""
        self._polls.labels(code or "ok").inc()
        self._poll_seconds.observe(seconds)
        self._entries.inc(new)

    def read(self, entries: int, articles: int) -> None:
        """Entries were read."""
        self._read.inc(entries)
        self._articles.inc(articles)

    def placed(self, waited: Sequence[float]) -> None:
        """Articles are in stories now."""
        for seconds in waited:
            self._placing.observe(seconds)

    def composed(self, after: float) -> None:
        """An edition was queued."""
        self._composed.observe(after)

    def delivered(self, item: Delivery, outcome: Outcome, after: float) -> None:
        """A message was tried."""
        self._sends.labels(item.address.channel, item.origin, outcome.state, outcome.code or "ok").inc()
        if outcome.state is DeliveryState.SENT:
            self._sent_after.labels(item.origin).observe(after)

    def flooded(self, channel: str) -> None:
        """429."""
        self._floods.labels(channel).inc()

    def called(self, call: ModelCall) -> None:
        """A model was called."""
        self._calls.labels(call.task, call.model, call.code or "ok").inc()
        self._call_seconds.labels(call.model).observe(call.seconds)
        self._tokens.labels(call.model, "in").inc(call.tokens_in)
        self._tokens.labels(call.model, "out").inc(call.tokens_out)
        self._cost.labels(call.model).inc(call.cost)

    def checked(self, outcome: PromptOutcome) -> None:
        """What a model wrote was held against the sources."""
        self._sentences.labels(outcome.name).inc(outcome.sentences)
        self._findings.labels(outcome.name).inc(outcome.hard)
        self._dropped.labels(outcome.name).inc(outcome.dropped)

    # ------------------------------------------------------------------------------------- what the rows say

    def rows(self, found: Gauges, rules: Rules) -> None:
        """Show what the rows say."""
        self._store_up.set(1)
        for health in _HEALTHS:
            self._feeds.labels(health).set(found.feeds.get(health, 0))
        queues = {"entries": found.unread, "articles": found.unplaced, "messages": found.due}
        for queue, depth in queues.items():
            self._queue.labels(queue).set(depth)
        self._stories.set(found.stories)
        for state in DeliveryState:
            if state is not DeliveryState.SENT:
                self._outbox.labels(state).set(found.outbox.get(state, 0))
        self._late.set(found.late)
        for period, spent, cap in (
            ("day", found.today, rules.budget_day),
            ("month", found.month, rules.budget_month),
        ):
            self._spent.labels(period).set(spent)
            self._left.labels(period).set(max(0.0, cap - spent))

    def no_rows(self) -> None:
        """The store did not answer: what it said last stays."""
        self._store_up.set(0)

    def memory(self) -> None:
        """Look at the memory of this process and of those that it started."""
        me = psutil.Process()
        children = 0
        for child in me.children(recursive=True):
            try:
                children += child.memory_info().rss
            except psutil.Error:
                continue  # it has just ended
        self._memory.labels("main").set(me.memory_info().rss)
        self._memory.labels("children").set(children)

    def lagged(self, seconds: float) -> None:
        """The loop came too late by this."""
        self._lag.observe(seconds)


class Pulse:
    """Measures how late the event loop comes to what it should do."""

    def __init__(self, meters: PrometheusMeters) -> None:
        self._meters = meters
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """From now on, until :meth:`stop`."""
        loop = asyncio.get_running_loop()
        self._handle = loop.call_at(loop.time() + _BEAT, self._beat, loop.time() + _BEAT)

    def _beat(self, wanted: float) -> None:
        self._meters.lagged(max(0.0, asyncio.get_running_loop().time() - wanted))
        self.start()

    def stop(self) -> None:
        """No more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
