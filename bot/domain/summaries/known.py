"""What a reader was told already, and so what of a story is still news to that reader.

A sentence is known when the facts told say the same. One with a figure that was not told, or that turns round
what was told, is news, however much of its wording is known.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from bot.domain import terms
from bot.domain.summaries.figures import Figure, figures
from bot.domain.summaries.lexicon import MONTHS, NEGATION, OPPOSITES
from bot.types import Fact, StoryId

ALIKE = 0.6
"""Share of a sentence's content words in one told sentence from which on it says the same."""
TOGETHER = 0.85
"""Share of them in all told sentences of the story together from which on it says nothing new."""
ELSEWHERE = 0.85
"""As ``ALIKE``, for what was told under another story: two events have much wording in common."""

_MONTH = "|".join(sorted((re.escape(name) for name in MONTHS), key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?:{_MONTH})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTH})(?!\w)"
    r"|\d{1,4}\s*[年月日号號时時]|[一二三四五六七八九十]{1,3}[月日号號]"
    r"|\b\d{1,2}:\d{2}\b|\b\d{1,2}\s*(?:am|pm|a\.m\.|p\.m\.)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence, taken apart."""

    bare: str
    words: frozenset[str]
    figures: frozenset[tuple[float, str]]
    negated: bool


class Known:
    """What was told of one story, and of others.

    Args:
        facts: of this reader, any order.
        story: the one that is to be told now.
    """

    def __init__(self, facts: Iterable[Fact], story: StoryId, memory: Memory | None = None) -> None:
        self._memory = memory or Memory(facts)
        self._story = story
        own = self._memory.facts.get(story, [])
        self.at: datetime | None = own[-1].at if own else None
        """When this story was told last."""
        self.headline = next((one.text for one in reversed(own) if one.headline), "")
        """Under which headline."""
        self._own = [_read(one.text) for one in own]
        self._words = frozenset(word for one in self._own for word in one.words)
        self._figures = frozenset(one for said in self._own for one in said.figures)

    def __bool__(self) -> bool:
        return bool(self._memory.facts)

    def knows(self, text: str) -> bool:
        """Whether the reader was told what this sentence says."""
        said = _read(text)
        if any(said.bare == one.bare for one in self._own) or self._elsewhere(said):
            return True
        if not self._own or not said.words or said.figures - self._figures:
            return False
        if _translated(said, self._own):
            return True
        nearest = max(self._own, key=lambda one: len(said.words & one.words))
        alike = len(said.words & nearest.words) / len(said.words)
        together = len(said.words & self._words) / len(said.words)
        if alike < ALIKE and together < TOGETHER:
            return False
        return not _turned(said, nearest)

    def echoes(self, text: str) -> bool:
        """Whether it names a figure that was told, and none that was not: old news in other words, mostly.

        Small numbers count only where they are shares or sums: there are three of everything.
        """
        said = _read(text).figures
        return bool({one for one in said if _telling(one)} & self._figures) and said <= self._figures

    def _elsewhere(self, said: _Said) -> bool:
        return any(
            said.bare == one.bare
            or (
                len(said.words) > 3
                and said.figures <= one.figures
                and len(said.words & one.words) >= ELSEWHERE * len(said.words)
                and not _turned(said, one)
            )
            for one in self._memory.like(said, self._story)
        )


class Memory:
    """All facts that a reader was told, by story, and by word to find what is nearly said."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.facts: dict[StoryId, list[Fact]] = defaultdict(list)
        self._said: list[tuple[StoryId, _Said]] = []
        self._with: dict[str, list[int]] = defaultdict(list)
        for fact in sorted(facts, key=lambda one: (one.at, one.text)):
            self.facts[fact.story].append(fact)
            for word in _read(fact.text).words:
                self._with[word].append(len(self._said))
            self._said.append((fact.story, _read(fact.text)))

    def before(self, at: datetime) -> Memory:
        """What was known before this moment: with what a digest made then was written."""
        return Memory(fact for told in self.facts.values() for fact in told if fact.at < at)

    def of(self, story: StoryId) -> Known:
        """What is known where this story is to be told."""
        return Known((), story, self)

    def like(self, said: _Said, story: StoryId) -> Iterator[_Said]:
        """Sentences told of other stories that may have ``ELSEWHERE`` of the words.

        Such a sentence has one of any few words that are more than the rest may lack; the rarest are looked
        up. All facts against all sentences were a second for a reader of two weeks.
        """
        few = len(said.words) - math.ceil(ELSEWHERE * len(said.words)) + 1
        rarest = sorted(said.words, key=lambda word: (len(self._with.get(word, ())), word))[:few]
        for at in sorted({at for word in rarest for at in self._with.get(word, ())}):
            if self._said[at][0] != story:
                yield self._said[at][1]


def amounts(text: str) -> tuple[Figure, ...]:
    """The figures of a text that count or measure: no days, months, years or times of day."""
    dates = [match.span() for match in _DATE.finditer(text)]
    return tuple(
        one
        for one in figures(text)
        if not (one.kind == "" and one.value.is_integer() and 1900 <= one.value <= 2100)
        and not any(start < one.end and one.start < end for start, end in dates)
    )


@lru_cache(maxsize=20_000)
def _read(text: str) -> _Said:
    return _Said(
        bare=" ".join(re.findall(r"\w+", text.casefold())),
        words=frozenset(terms.content_words(text)),
        figures=frozenset((one.value, one.kind) for one in amounts(text)),
        negated=NEGATION.search(text) is not None,
    )


def _telling(figure: tuple[float, str]) -> bool:
    return figure[0] >= 10 or bool(figure[1])


def _translated(said: _Said, told: Iterable[_Said]) -> bool:
    """Whether a told sentence in another script has all its figures, two of them or a large one."""
    if len(said.figures) < 2 and not any(value >= 100 for value, _ in said.figures):
        return False
    return any(said.figures <= one.figures and not said.words & one.words for one in told)


_SIDES: dict[str, list[tuple[int, int]]] = defaultdict(list)
for _pair, _sides in enumerate(OPPOSITES):
    for _side, _group in enumerate(_sides):
        for _word in _group:
            for _stem in terms.words(_word):
                _SIDES[_stem].append((_pair, _side))


def _turned(said: _Said, told: _Said) -> bool:
    """Whether one says the opposite of the other: a negation, or "rejected" for "approved"."""
    if said.negated != told.negated:
        return True
    ours = {side for word in said.words - told.words for side in _SIDES.get(word, ())}
    theirs = {side for word in told.words for side in _SIDES.get(word, ())}
    return any((pair, 1 - side) in theirs and (pair, side) not in theirs for pair, side in ours)
