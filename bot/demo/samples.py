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

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where it is: half a second less until the demo shows something."""


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
    bodies: list[dict[str, Any]] = []
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".yaml"):
            continue
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe one
        for ident, body in document.get("outlets", {}).items():
            topics = tuple(body.pop("topics", ()))
            outlets.append(SampleOutlet(id=ident, topics=topics, **body))
        bodies += document.get("articles", ())
    language = {outlet.id: outlet.language for outlet in outlets}
    articles = [_article(body, now, language[body["outlet"]]) for body in bodies]
    articles.sort(key=lambda article: (article.published_at, article.id), reverse=True)
    return tuple(outlets), tuple(articles)


_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "ar": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
}


def _days(language: str, now: datetime) -> dict[str, str]:
    """What {today}, {yesterday} and {before} say: weekdays, counted from the newest big events."""
    names = _WEEKDAYS[language]
    newest = (now - timedelta(hours=8)).weekday()
    return {word: names[newest - back] for back, word in enumerate(("{today}", "{yesterday}", "{before}"))}


def _dated(text: str, days: dict[str, str]) -> str:
    for word, day in days.items():
        text = text.replace(word, day)
    return text


def _article(body: dict[str, Any], now: datetime, language: str) -> SampleArticle:
    days = _days(language, now)
    fields = {key: _dated(value, days) if isinstance(value, str) else value for key, value in body.items()}
    published_at = now - timedelta(hours=float(fields.pop("hours_ago")))
    return SampleArticle(
        published_at=published_at.replace(microsecond=0),
        paragraphs=tuple(_dated(text, days) for text in fields.pop("paragraphs")),
        topics=tuple(fields.pop("topics", ())),
        **fields,
    )
