"""Nouns with sensible defaults: name only what the test is about.

``make.article(title="…")``; ids that a database gives are 0 unless named; everything happens around ``NOW``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.types import (
    Address,
    Article,
    ArticleId,
    CanonicalUrl,
    Coverage,
    Declared,
    Delivery,
    DeliveryId,
    DeliveryState,
    Digest,
    Entry,
    Feed,
    FeedId,
    Item,
    Length,
    Method,
    ModelCall,
    NewEntry,
    Origin,
    Outcome,
    OutletId,
    Part,
    Placement,
    PlacementKind,
    PollRecord,
    PromptOutcome,
    RawUrl,
    Rules,
    Schedule,
    Section,
    Sentence,
    Slot,
    Source,
    Story,
    StoryId,
    Subscription,
    SubscriptionId,
    Summary,
    TopicMatch,
    TopicSlug,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""A Monday morning."""


def ago(**span: float) -> datetime:
    """So long before ``NOW``: ``ago(hours=3)``."""
    return NOW - timedelta(**span)


def later(**span: float) -> datetime:
    """So long after ``NOW``."""
    return NOW + timedelta(**span)


def rules(**changes: Any) -> Rules:
    return Rules(**changes)


def declared(kind: str = "feed", id: str = "bbc-world", **changes: Any) -> Declared:  # noqa: A002
    defaults: dict[str, Any] = {"kind": kind, "id": id, "body": {"url": f"https://{id}.example/rss"}}
    return Declared(**(defaults | changes))


def feed(id: str = "bbc-world", **changes: Any) -> Feed:  # noqa: A002
    defaults: dict[str, Any] = {
        "id": FeedId(id),
        "url": RawUrl(f"https://{id}.example/rss"),
        "title": id.title(),
    }
    return Feed(**(defaults | changes))


def entry(guid: str = "guid-1", **changes: Any) -> Entry:
    defaults: dict[str, Any] = {
        "guid": guid,
        "url": RawUrl(f"https://news.example/{guid}"),
        "title": f"Title of {guid}",
        "summary_html": "<p>Summary.</p>",
        "published_at": ago(hours=1),
    }
    return Entry(**(defaults | changes))


def new_entry(
    guid: str = "guid-1", *, news: bool = True, fingerprint: str = "f1", **changes: Any
) -> NewEntry:
    return NewEntry(entry=entry(guid, **changes), fingerprint=fingerprint, news=news)


def poll(of: Feed, *new: NewEntry, **changes: Any) -> PollRecord:
    defaults: dict[str, Any] = {"feed": of, "polled_at": NOW, "new": new}
    return PollRecord(**(defaults | changes))


def article(number: int = 1, **changes: Any) -> Article:
    defaults: dict[str, Any] = {
        "url": CanonicalUrl(f"https://news.example/article-{number}"),
        "outlet": OutletId("example"),
        "feed": FeedId("bbc-world"),
        "title": f"Article {number}",
        "text": f"The text of article {number}.\n\nIt has two paragraphs.",
        "language": "en",
        "published_at": ago(hours=2),
        "seen_at": ago(hours=1),
        "fingerprint": f"fingerprint-{number}",
    }
    return Article(**(defaults | changes))


def match(topic: str = "syria", score: float = 2.0, why: str = "Damascus (title)") -> TopicMatch:
    return TopicMatch(topic=TopicSlug(topic), score=score, why=why)


def placement(article: int = 1, story: int = 1, **changes: Any) -> Placement:
    defaults: dict[str, Any] = {
        "article": ArticleId(article),
        "kind": PlacementKind.JOIN,
        "story": StoryId(story),
        "similarity": 0.5,
        "why": "Damascus, ceasefire",
        "topics": (match(),),
    }
    return Placement(**(defaults | changes))


def story(id: int = 1, *articles: int, **changes: Any) -> Story:  # noqa: A002
    defaults: dict[str, Any] = {
        "id": StoryId(id),
        "title": f"Story {id}",
        "articles": tuple(ArticleId(number) for number in articles or (1,)),
        "voices": 1,
        "first_at": ago(hours=3),
        "last_at": ago(hours=1),
        "topics": (match(),),
    }
    return Story(**(defaults | changes))


def source(number: int = 1, article: int = 1, **changes: Any) -> Source:
    defaults: dict[str, Any] = {
        "number": number,
        "article": ArticleId(article),
        "outlet": f"Outlet {number}",
        "url": CanonicalUrl(f"https://news.example/article-{article}"),
        "title": f"Article {article}",
        "text": f"The text of article {article}.\n\nIt has two paragraphs.",
        "language": "en",
        "published_at": ago(hours=2),
    }
    return Source(**(defaults | changes))


def summary(story: int = 1, **changes: Any) -> Summary:
    defaults: dict[str, Any] = {
        "story": StoryId(story),
        "basis": "basis-1",
        "language": "en",
        "length": Length.STANDARD,
        "headline": f"Headline of story {story}",
        "sentences": (
            Sentence(text="It happened.", sources=(1,)),
            Sentence(text="It matters.", sources=(1,)),
        ),
        "method": Method.EXTRACTIVE,
        "sources": (source(),),
    }
    return Summary(**(defaults | changes))


def model_call(**changes: Any) -> ModelCall:
    defaults: dict[str, Any] = {"at": NOW, "task": "story", "model": "small", "prompt": "p1"}
    return ModelCall(**(defaults | changes))


def prompt_outcome(**changes: Any) -> PromptOutcome:
    defaults: dict[str, Any] = {"at": NOW, "name": "story", "hash": "abcd"}
    return PromptOutcome(**(defaults | changes))


def address(chat: str = "100", **changes: Any) -> Address:
    return Address(**({"channel": "telegram", "chat": chat} | changes))


def subscription(id: str = "morning", **changes: Any) -> Subscription:  # noqa: A002
    defaults: dict[str, Any] = {
        "id": SubscriptionId(id),
        "address": address(),
        "topics": (TopicSlug("syria"),),
        "schedule": Schedule(times=(time(8, 0),), zone="Europe/Berlin"),
        "created_at": ago(days=10),
    }
    return Subscription(**(defaults | changes))


def slot(day: int = 2, hour: int = 8, **changes: Any) -> Slot:
    """A slot of November 2026, in UTC."""
    defaults: dict[str, Any] = {
        "local_date": date(2026, 11, day),
        "local_time": time(hour, 0),
        "at": datetime(2026, 11, day, hour, tzinfo=UTC),
    }
    return Slot(**(defaults | changes))


def item(story: int = 1, **changes: Any) -> Item:
    defaults: dict[str, Any] = {
        "story": StoryId(story),
        "summary": summary(story),
        "score": 1.5,
        "why": "3 outlets",
        "voices": 3,
        "reprints": 1,
        "first_at": ago(hours=3),
        "last_at": ago(hours=1),
    }
    return Item(**(defaults | changes))


def digest(*items: Item, **changes: Any) -> Digest:
    defaults: dict[str, Any] = {
        "subscription": SubscriptionId("morning"),
        "slot": slot(),
        "language": "en",
        "zone": "Europe/Berlin",
        "made_at": NOW,
        "since": ago(hours=24),
        "sections": (Section(topic=TopicSlug("syria"), name="Syria", items=items or (item(),)),),
        "coverage": Coverage(feeds=38, feeds_fine=36, newest_at=ago(minutes=41), articles=120),
    }
    return Digest(**(defaults | changes))


def part(text: str = "A message", **changes: Any) -> Part:
    return Part(**({"text": text} | changes))


def delivery(key: str = "key-1", **changes: Any) -> Delivery:
    """One message to chat 100, alone in its group, due now."""
    defaults: dict[str, Any] = {
        "key": key,
        "group": changes.get("key", key),
        "origin": Origin.DIGEST,
        "address": address(),
        "part_number": 0,
        "parts": 1,
        "part": part(),
        "due_at": NOW,
    }
    return Delivery(**(defaults | changes))


def deliveries(group: str = "group-1", parts: int = 3, **changes: Any) -> tuple[Delivery, ...]:
    """The parts of one message group to one chat."""
    return tuple(
        delivery(f"{group}:{number}", group=group, part_number=number, parts=parts, **changes)
        for number in range(parts)
    )


def outcome(
    of: Delivery | DeliveryId, token: str, state: DeliveryState = DeliveryState.SENT, **changes: Any
) -> Outcome:
    """What became of a delivery; a sent one has a message id."""
    number = of.id if isinstance(of, Delivery) else of
    defaults: dict[str, Any] = {"delivery": number, "token": token, "state": state}
    if state is DeliveryState.SENT:
        defaults["message_id"] = f"m{number}"
    return Outcome(**(defaults | changes))
