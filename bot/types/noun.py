"""What all nouns share: their ids, and that no naive datetime spreads."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NewType, cast

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


_NOTHING = timedelta(0)


class Noun:
    """Checks at construction that each datetime is aware and in UTC, so that no naive one spreads."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in _names(cast("Hashable", type(self))):
            value = getattr(self, name)
            if isinstance(value, datetime) and value.tzinfo is not UTC and value.utcoffset() != _NOTHING:
                raise ValueError(f"{type(self).__name__}.{name} must be an aware UTC datetime: {value!r}")


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields that may hold a datetime; asked for each noun, this took a tenth of composing."""
    return tuple(item.name for item in dataclasses.fields(kind) if "datetime" in str(item.type))
