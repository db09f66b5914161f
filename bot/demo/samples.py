"""The sample newsroom: invented outlets and their articles, with times relative to now.

``samples/outlets.yaml`` names the outlets, ``samples/articles-*.yaml`` hold the articles. All texts are
written for Dateline from public facts; outlets and bylines are invented.
"""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOutlet:
    """An invented outlet and the format in which its feed is served."""

    id: str
    name: str
    domain: str
    language: str
    format: str  # rss20, atom10, rdf, jsonfeed, broken, dead
    country: str = ""
    family: str = ""
    agency: bool = False
    state_media: bool = False
    topics: tuple[str, ...] = ()
    feed_full: bool = False  # the feed carries whole texts


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArticle:
    """An article of the sample newsroom; ``story`` is the event it tells, for tests and figures only."""

    id: str
    outlet: str
    published_at: datetime
    title: str
    summary: str
    paragraphs: tuple[str, ...]
    story: str
    topics: tuple[str, ...] = ()
    caption: str = ""
    byline: str = ""
    hidden: str = ""  # text that a page hides from people: the planted instruction
    kind: str = "article"  # or "paywall", "consent"


def load(now: datetime) -> tuple[tuple[SampleOutlet, ...], tuple[SampleArticle, ...]]:
    """Outlets and articles, newest first, as they would stand at ``now`` (aware, UTC)."""
    folder = importlib.resources.files("bot.demo") / "samples"
    outlets: list[SampleOutlet] = []
    articles: list[SampleArticle] = []
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".yaml"):
            continue
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for ident, body in document.get("outlets", {}).items():
            topics = tuple(body.pop("topics", ()))
            outlets.append(SampleOutlet(id=ident, topics=topics, **body))
        articles += [_article(body, now) for body in document.get("articles", ())]
    articles.sort(key=lambda article: (article.published_at, article.id), reverse=True)
    return tuple(outlets), tuple(articles)


def _article(body: dict[str, Any], now: datetime) -> SampleArticle:
    fields = dict(body)
    published_at = now - timedelta(hours=float(fields.pop("hours_ago")))
    return SampleArticle(
        published_at=published_at.replace(microsecond=0),
        paragraphs=tuple(fields.pop("paragraphs")),
        topics=tuple(fields.pop("topics", ())),
        **fields,
    )
