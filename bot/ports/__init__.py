"""The seams between the pipeline and the world, and ``Deps``, which carries them all.

``Store``, ``Summarizer``, ``Embedder``, ``Channel`` and ``Clock`` have several implementations and one
contract suite each. ``Web`` and ``Parser`` have one each: they stand here only because the pipeline imports
no adapter.
"""

from __future__ import annotations

from bot.ports.deps import REFUSAL, Attempt, Deps, Desk, Runner, Step, Watcher
from bot.ports.house_rows import HouseRows, OverviewRows
from bot.ports.meters import Meters, NoMeters
from bot.ports.model_rows import ModelRows, PromptRows
from bot.ports.news_rows import ArticleRows, FeedRows, StoryRows, VectorRows
from bot.ports.reader_rows import ChatRows, OutboxRows, SubscriptionRows
from bot.ports.store import Store, Tx
from bot.ports.world import Channel, Clock, Embedder, Parser, Summarizer, Translator, Web

__all__ = [
    "REFUSAL",
    "ArticleRows",
    "Attempt",
    "Channel",
    "ChatRows",
    "Clock",
    "Deps",
    "Desk",
    "Embedder",
    "FeedRows",
    "HouseRows",
    "Meters",
    "ModelRows",
    "NoMeters",
    "OutboxRows",
    "OverviewRows",
    "Parser",
    "PromptRows",
    "Runner",
    "Step",
    "Store",
    "StoryRows",
    "SubscriptionRows",
    "Summarizer",
    "Translator",
    "Tx",
    "VectorRows",
    "Watcher",
    "Web",
]
