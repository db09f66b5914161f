"""What opens a topic in a long digest: one brief of several stories, and the answer as lines of theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from bot.domain import terms
from bot.domain.summaries.select import PASSAGE_WORDS, bare
from bot.types import Brief, Length, Opening, Passage, Source, StoryId, Summary

LEAST, MOST = 3, 6
"""Stories that an overview is worth writing of, and that it has room for: one or two need no overview, and
each of six still gets two or three of the ``PASSAGE_WORDS`` that a model is shown."""


def overview(briefs: Sequence[Brief]) -> Brief | None:
    """The brief of a topic's opening: the leading passages of its stories, each story an event of its own.

    ``briefs`` are the stories' own, most important first; at most ``MOST`` are used, of those that
    sources tell in the reader's language. None where fewer than ``LEAST`` are left. It is told under a
    number below zero, one a topic: no stored story has such a one.
    """
    kept = _own(briefs)[:MOST]
    if len(kept) < LEAST:
        return None
    sources, passages, events = list[Source](), list[Passage](), list[tuple[int, ...]]()
    for one in kept:
        number = {source.number: len(sources) + at for at, source in enumerate(one.sources, start=1)}
        sources += [replace(source, number=number[source.number]) for source in one.sources]
        events.append(tuple(number.values()))
        for passage in _leading(one.passages, PASSAGE_WORDS // len(kept)):
            ident = f"p{len(passages) + 1}"
            passages.append(replace(passage, id=ident, source=number[passage.source]))
    facts = "\n".join(sorted({bare(one.text) for one in passages}))
    first = kept[0]
    return Brief(
        story=_number(first.slug or first.topic),
        topic=first.topic,
        language=first.language,
        length=Length.STANDARD,
        passages=tuple(passages),
        sources=tuple(sources),
        basis=hashlib.sha256(facts.encode()).hexdigest()[:16],
        text_language=first.text_language,
        slug=first.slug,
        task="overview",
        chat=first.chat,
        events=tuple(events),
    )


def openings(summary: Summary, stories: Sequence[StoryId], brief: Brief) -> tuple[Opening, ...]:
    """The sentences of an overview, each with the story that carries it.

    ``stories`` has the story of each of ``brief.events``. A sentence that names no source, or sources of two
    stories, is left out.
    """
    of = {number: story for story, event in zip(stories, brief.events, strict=True) for number in event}
    made = []
    for sentence in summary.sentences:
        carriers = {of[number] for number in sentence.sources if number in of}
        if len(carriers) == 1:
            made.append(Opening(text=sentence.text, story=carriers.pop()))
    return tuple(made)


def _own(briefs: Sequence[Brief]) -> list[Brief]:
    """Those that sources tell in the reader's language: only there can a line be held against their words."""
    return [
        one
        for one in briefs
        if one.passages and _first(one.text_language or one.language) == _first(one.language)
    ]


def _first(language: str) -> str:
    return language.split("-", maxsplit=1)[0]


def _leading(passages: Sequence[Passage], room: int) -> list[Passage]:
    """The first ones that fit, one at least, in reading order."""
    kept, used = list[Passage](), 0
    for one in passages:
        used += terms.word_count(one.text)
        if kept and used > room:
            break
        kept.append(one)
    return kept


def _number(topic: str) -> StoryId:
    return StoryId(-1 - int.from_bytes(hashlib.sha256(f"overview:{topic}".encode()).digest()[:6], "big"))
