"""Settings → one concrete adapter each: the queue, the embedder, the model, Telegram, who tells stories."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.adapters.embedders.offline import OfflineEmbedder, installed
from bot.adapters.ledger import Ledger
from bot.adapters.summarizers import CascadeSummarizer, Judge, LLMSummarizer
from bot.domain.budget import Budget, Prices
from bot.domain.pacing import Pace
from bot.domain.prompts import Book, Prompt, Voice
from bot.domain.prompts import parse as parse_prompt
from bot.errors import Misconfigured
from bot.pipeline import STEPS, studio
from bot.ports import Clock, Deps, Desk, Meters, NoMeters, Store, Summarizer
from bot.settings import Settings, read_prices
from bot.settings.folders import defaults_of, folder_of, read_text
from bot.types import Brief, PromptOutcome, Rules, Summary

if TYPE_CHECKING:  # loaded by who uses them: together more than a second and 70 MB
    from bot.adapters.channels.telegram import TelegramChannel
    from bot.adapters.embedders.server import ServerEmbedder
    from bot.adapters.llm import ModelClient
    from bot.adapters.runner_procrastinate import QueueRunner

PRICES = "models.yaml"
QUEUES: dict[str, str] = {
    "poll": "collect",
    "read": "collect",
    "place": "place",
    "embed": "place",
    "send": "send",
    "tell": "tell",
}
"""Step -> its queue where many processes work; all others go through "digest". "place" and "send" are served
by one process at a time. Stories wait for a model, and editions must not wait behind them."""
AT_ONCE = {"collect": 4, "digest": 8}
"""Steps that one process runs at once; as many stories as calls of the model, one of each other queue."""


async def shared_runner(deps: Deps, settings: Settings) -> QueueRunner:
    """The runner on Procrastinate: 60 ms of imports that one process alone does without."""
    try:
        worker = importlib.import_module("bot.adapters.queue_worker")
        module = importlib.import_module("bot.adapters.runner_procrastinate")
    except ImportError as error:
        hint = "pip install 'dateline-digest[postgres]'"
        raise Misconfigured("many processes need the job queue", hint=hint) from error
    queues = worker.Queues(usual="digest", of=QUEUES, at_once={**AT_ONCE, "tell": settings.model_calls})
    runner: QueueRunner = module.QueueRunner(
        deps, STEPS, deps.clock, url=settings.database_url, queues=queues
    )
    await runner.start()
    return runner


def embedder_of(settings: Settings, clock: Clock) -> OfflineEmbedder | ServerEmbedder | None:
    """The embedder that is set; it loads and connects only when the first article is to be placed.

    Raises:
        Misconfigured: the offline one is wanted, and its package is not there.
    """
    if settings.embedder == "server":
        from bot.adapters.embedders.server import ServerEmbedder  # noqa: PLC0415 - see above

        url = settings.embedder_url or settings.openai_base_url
        # The key is that server's which it was given for, and nobody else's.
        ours = url == settings.openai_base_url
        return ServerEmbedder(
            model=settings.embedder_model,
            clock=clock,
            base_url=url,
            api_key=settings.openai_api_key.get_secret_value() if ours else "",
        )
    if settings.embedder == "none" or (settings.embedder == "auto" and not installed()):
        return None
    return OfflineEmbedder()


def prices_of(settings: Settings) -> Prices:
    """The price table: of the folder of ``config``, else the package's own."""
    own = folder_of("config", settings.config) / PRICES
    return read_prices(own if own.is_file() else defaults_of("config") / PRICES)


def budget_of(settings: Settings) -> Budget:
    """What models may cost."""
    return Budget(day=settings.budget_day, month=settings.budget_month, zone=settings.zone)


def model_of(settings: Settings, clock: Clock, prices: Prices) -> ModelClient | None:
    """The model that is set; None without a key."""
    if not settings.model_key:
        return None
    from bot.adapters.llm import ModelClient  # noqa: PLC0415 - see above

    return ModelClient(
        base_url=settings.openai_base_url or None,
        api_key=settings.model_key,
        model=settings.openai_model,
        clock=clock,
        timeout=settings.model_timeout,
        concurrency=settings.model_calls,
        prices=prices,
    )


def meters_of(settings: Settings, clock: Clock) -> Meters:
    """What counts; nothing does where no port is set to read it on."""
    if not settings.metrics:
        return NoMeters()
    from bot.adapters.meters import PrometheusMeters  # noqa: PLC0415 - a quarter of a second, for who asks

    return PrometheusMeters(clock)


def story_prompt(settings: Settings) -> Prompt:
    """The prompt of story summaries. Raises Misconfigured, naming the line, when the file is not right."""
    path = folder_of("prompts", settings.prompts) / "story.prompt.md"
    return parse_prompt(read_text(path), "story")


def prompt_of(settings: Settings, name: str) -> Prompt:
    """A prompt beside the story's: of ``prompts``, else the package's own. Raises Misconfigured."""
    own = folder_of("prompts", settings.prompts) / f"{name}.prompt.md"
    path = own if own.is_file() else defaults_of("prompts") / own.name
    return parse_prompt(read_text(path), name)


def rules_of(settings: Settings) -> Rules:
    """The numbers that steps go by, as the settings set them."""
    return Rules(
        languages=settings.languages,
        stories_per_topic=settings.stories_per_topic,
        top_stories=settings.top_stories,
        keep_articles=timedelta(days=settings.keep_articles_days),
        keep_digests=timedelta(days=settings.keep_digests_days),
        sender_window=128 if settings.paid_broadcast else 8,
        sender_rate=900.0 if settings.paid_broadcast else 25.0,
        budget_day=settings.budget_day,
        budget_month=settings.budget_month,
        zone=settings.zone,
    )


def defaults(settings: Settings) -> Mapping[str, Prompt]:
    """Each prompt as the files have it, for as long as no version is live. Raises Misconfigured."""
    return {
        "story": story_prompt(settings),
        **{name: prompt_of(settings, name) for name in ("translation", "judge")},
    }


class Voices:
    """How a brief is written now, and what comes of it."""

    def __init__(self, desk: Desk, store: Store, meters: Meters, defaults: Mapping[str, Prompt]) -> None:
        self._desk, self._store, self._meters, self._defaults = desk, store, meters, defaults

    def of(self, brief: Brief | Summary) -> Voice:
        """The live prompt of this brief."""
        return studio.voice(self._desk, brief, self._default("story"))

    def translation(self, brief: Brief | Summary) -> Voice:
        """How this brief's summary is translated."""
        book = self._book
        found = book.find(("translation",), topic=brief.slug, story=brief.story, chat=brief.chat)
        return Voice(
            prompt=found or self._default("translation"),
            style=book.style_of(brief.chat),
            own=brief.chat in book.styles,
        )

    def judge(self) -> Prompt:
        """How doubtful sentences are judged."""
        return self._book.find(("judge",)) or self._default("judge")

    @property
    def _book(self) -> Book:
        return self._desk.prompts or Book()

    def _default(self, name: str) -> Prompt:
        if name not in self._defaults:
            raise Misconfigured("no model is configured", hint="set OPENAI_API_KEY in .env")
        return self._defaults[name]

    async def note(self, outcome: PromptOutcome) -> None:
        """Keep what a version did for readers, for the watch."""
        self._meters.checked(outcome)
        async with self._store.begin() as tx:
            await tx.add_outcome(outcome)


def summarizers(
    settings: Settings, model: ModelClient | None, fallback: Summarizer, ledger: Ledger, voices: Voices
) -> tuple[Summarizer, Summarizer | None]:
    """Who tells stories, and who tells a digest's top stories if that is another model."""
    if model is None:
        return fallback, None
    options: dict[str, Any] = {
        "ledger": ledger,
        "note": voices.note,
        "judge": Judge(settings.judge_threshold, voices.judge) if settings.judge else None,
    }
    usual = CascadeSummarizer(LLMSummarizer(model, voices.of, **options), fallback)
    if not settings.top_model or settings.top_model == settings.openai_model:
        return usual, None
    better = LLMSummarizer(model, voices.of, model=settings.top_model, **options)
    return usual, CascadeSummarizer(better, fallback)


async def telegram_of(
    settings: Settings, clock: Clock, pace: Pace, stack: AsyncExitStack
) -> TelegramChannel | None:
    """The channel, started; None without a token. ``stack`` closes it."""
    token = settings.telegram_bot_token.get_secret_value()
    if not token:
        return None
    from bot.adapters.channels.telegram import TelegramChannel  # noqa: PLC0415 - see above

    channel = TelegramChannel(
        token=token,
        base_url=settings.telegram_api or None,
        clock=clock,
        pace=pace,
        paid_broadcast=settings.paid_broadcast,
    )
    await channel.start()
    stack.push_async_callback(channel.close)
    return channel
