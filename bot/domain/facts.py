"""Digest → facts: what a chat is told with it, sentence by sentence, to be remembered."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.summaries.known import amounts
from bot.types import Delivery, Digest, Fact, Item, StoryId


def facts_told(digest: Digest, deliveries: Sequence[Delivery]) -> tuple[Fact, ...]:
    """A fact for each headline and sentence that goes out; none when nothing does.

    Each names the message in which its story ends: until that failed, the fact counts as told.
    """
    carrier: dict[StoryId, str] = {}
    for delivery in deliveries:
        carrier |= dict.fromkeys(delivery.part.stories, delivery.key)
    return tuple(
        fact
        for section in digest.sections
        for item in section.items
        if item.story in carrier
        for fact in _of_item(item, digest, carrier[item.story])
    )


def _of_item(item: Item, digest: Digest, key: str) -> tuple[Fact, ...]:
    articles = {source.number: source.article for source in item.summary.sources}
    lead = Fact(
        story=item.story,
        text=item.summary.headline,
        at=digest.made_at,
        headline=True,
        figures=tuple(one.value for one in amounts(item.summary.headline)),
        delivery=key,
    )
    return (
        lead,
        *(
            Fact(
                story=item.story,
                text=sentence.text,
                at=digest.made_at,
                articles=tuple(articles[number] for number in sentence.sources if number in articles),
                figures=tuple(one.value for one in amounts(sentence.text)),
                delivery=key,
            )
            for sentence in item.summary.sentences
        ),
    )
