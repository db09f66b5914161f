"""What all nouns share: their ids, and that no naive datetime spreads."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import NewType

FeedId = NewType("FeedId", str)
OutletId = NewType("OutletId", str)
TopicSlug = NewType("TopicSlug", str)
SubscriptionId = NewType("SubscriptionId", str)
EntryId = NewType("EntryId", int)
ArticleId = NewType("ArticleId", int)
StoryId = NewType("StoryId", int)
DigestId = NewType("DigestId", int)
DeliveryId = NewType("DeliveryId", int)
RawUrl = NewType("RawUrl", str)
"""An address as somebody wrote it."""
CanonicalUrl = NewType("CanonicalUrl", str)
"""An address after :func:`bot.domain.articles.canonical`: two spellings of one page are equal."""


class Noun:
    """Checks at construction that each datetime is aware and in UTC, so that no naive one spreads."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if isinstance(value, datetime) and value.utcoffset() != timedelta(0):
                raise ValueError(
                    f"{type(self).__name__}.{item.name} must be an aware UTC datetime: {value!r}"
                )
