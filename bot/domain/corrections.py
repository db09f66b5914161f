"""What a source took back of what was told: found in its revised text, marked in the message that told it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain import terms
from bot.domain.messages import units
from bot.domain.phrases import correction
from bot.domain.summaries import amounts
from bot.domain.summaries.select import bare
from bot.domain.wording import Wording
from bot.types import Action, Article, Delivery, Fact, Limits, Origin, Part

ALIKE = 0.4
"""Share of the told sentence's content words that the sentence in its place has."""
LEFT = 0.25
"""As much of them in one sentence is still "something like it"."""
_SCRIPTS = {"latin": r"[A-Za-z]", "han": r"[\u3400-\u9fff]", "arabic": r"[\u0621-\u064a]"}


def taken_back(fact: Fact, articles: Sequence[Article]) -> str | None:
    """What stands in the place of a told sentence; "" for nothing like it; None while it holds.

    Of one that was taken back before: what stands there now, where that is not what was said to stand there.
    It holds while one of the articles has it, and while all its figures stand in them beside something like
    it: sources reword, and a sentence that a model wrote never stood there word for word.

    Args:
        fact: as it was told.
        articles: that carried it, as they are now.
    """
    texts = [one.text for one in articles]
    if fact.corrected_at is not None and (not fact.correction or _stands(fact.correction, texts)):
        return None
    wanted = bare(fact.text)
    if any(wanted in bare(text) for text in texts):
        return None if fact.corrected_at is None else fact.text
    there = {one.value for text in texts for one in amounts(text)}
    if texts and all(_script(text) != _script(fact.text) for text in texts):
        # A translation can be held by its figures alone; what stands there now is in another language.
        return None if fact.corrected_at or set(fact.figures) <= there else ""
    words = set(terms.content_words(fact.text))
    best, share = "", 0.0
    for article in articles:
        for sentence in terms.sentences(article.text, article.language):
            alike = len(words & set(terms.content_words(sentence))) / max(1, len(words))
            if alike > share:
                best, share = sentence, alike
    if set(fact.figures) <= there and share >= LEFT and fact.corrected_at is None:
        return None
    return best if share >= ALIKE else ""


def _script(text: str) -> str:
    """The script of most letters."""
    counts = {name: len(re.findall(letters, text)) for name, letters in _SCRIPTS.items()}
    return max(counts, key=lambda name: counts[name]) if any(counts.values()) else ""


def _stands(sentence: str, texts: Sequence[str]) -> bool:
    return any(bare(sentence) in bare(text) for text in texts)


def marked(
    sent: Delivery, facts: Sequence[Fact], limits: Limits, wording: Wording, now: datetime, *, before: int = 0
) -> Delivery | None:
    """The edit of a sent message that says what was taken back; None where there is no room for it.

    ``sent`` holds what the message shows now, so that the ``before`` earlier marks stay; they are of one
    group, so that no edit overtakes another.
    """
    said = "\n".join(correction(fact, wording) for fact in facts)
    part = appended(sent.part, said)
    if not sent.message_id or units(part.text) > limits.units:
        return None
    return Delivery(
        key=f"{group_of(sent)}:{before}" if before else group_of(sent),
        group=group_of(sent),
        origin=Origin.CORRECTION,
        action=Action.EDIT,
        address=sent.address,
        part_number=before,
        parts=before + 1,
        part=part,
        message_id=sent.message_id,
        due_at=now,
        queued_at=now,
    )


def remarked(parts: Sequence[Part], facts: Sequence[Fact], wording: Wording) -> tuple[Part, ...]:
    """Messages made anew, marked with what was taken back of the stories that end in them."""
    carrier = {story: place for place, part in enumerate(parts) for story in part.stories}
    made = list(parts)
    for fact in sorted(facts, key=lambda one: (one.corrected_at or one.at, one.text)):
        place = carrier.get(fact.story)
        if place is not None:
            made[place] = appended(made[place], correction(fact, wording))
    return tuple(made)


def group_of(sent: Delivery) -> str:
    """The group of the corrections of a message, which is also the key of the first."""
    return f"correction:{sent.key}"


def appended(part: Part, said: str) -> Part:
    """The message with these lines at its end, in each of its forms."""
    rich = part.rich
    if rich is not None:
        block = {"type": "paragraph", "text": {"type": "italic", "text": said}}
        rich = {**rich, "blocks": [*rich["blocks"], block]}
    classic = part.classic
    if classic:
        classic = (*classic[:-1], appended(classic[-1], said))
    return replace(part, text=f"{part.text}\n\n{said}", rich=rich, classic=classic)
