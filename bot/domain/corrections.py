"""What a source took back of what was told: found in its revised text, marked in the message, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain import terms
from bot.domain.messages import units
from bot.domain.phrases import Wording, correction
from bot.domain.summaries import amounts
from bot.domain.summaries.select import bare
from bot.types import Action, Article, Delivery, Fact, Limits, Origin, Part

ALIKE = 0.4
"""Share of the told sentence's content words that the sentence in its place has."""
LEFT = 0.25
"""As much of them in one sentence is still "something like it"."""


def taken_back(fact: Fact, articles: Sequence[Article]) -> str | None:
    """What stands in the place of a told sentence; "" for nothing like it; None while it holds.

    It holds while one of the articles has it, and while all its figures stand in them beside something like
    it: sources reword, and a sentence that a model wrote never stood there word for word.

    Args:
        fact: as it was told.
        articles: that carried it, as they are now.
    """
    texts = [one.text for one in articles]
    wanted = bare(fact.text)
    if any(wanted in bare(text) for text in texts):
        return None
    words = set(terms.content_words(fact.text))
    best, share = "", 0.0
    for article in articles:
        for sentence in terms.sentences(article.text, article.language):
            alike = len(words & set(terms.content_words(sentence))) / max(1, len(words))
            if alike > share:
                best, share = sentence, alike
    there = {one.value for text in texts for one in amounts(text)}
    if set(fact.figures) <= there and share >= LEFT:
        return None
    return best if share >= ALIKE else ""


def marked(
    sent: Delivery, facts: Sequence[Fact], limits: Limits, wording: Wording, now: datetime
) -> Delivery | None:
    """The edit of a sent message that says what was taken back; None where there is no room for it.

    Its key is the message's: a message is edited once for corrections, whatever comes later.
    """
    said = "\n".join(correction(fact, wording) for fact in facts)
    part = _appended(sent.part, said)
    if not sent.message_id or units(part.text) > limits.units:
        return None
    return Delivery(
        key=f"correction:{sent.key}",
        group=f"correction:{sent.key}",
        origin=Origin.CORRECTION,
        action=Action.EDIT,
        address=sent.address,
        part_number=0,
        parts=1,
        part=part,
        message_id=sent.message_id,
        due_at=now,
        queued_at=now,
    )


def _appended(part: Part, said: str) -> Part:
    rich = part.rich
    if rich is not None:
        block = {"type": "paragraph", "text": {"type": "italic", "text": said}}
        rich = {**rich, "blocks": [*rich["blocks"], block]}
    classic = part.classic
    if classic:
        classic = (*classic[:-1], _appended(classic[-1], said))
    return replace(part, text=f"{part.text}\n\n{said}", rich=rich, classic=classic)
