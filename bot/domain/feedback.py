"""What readers' presses teach: lessons for routing, and one chat's taste; both small, bounded, told in words.

* :func:`taught`: words that several wrongly filed articles had in their headlines weigh against the topic.
  Only administrators teach, because a lesson is for everybody; one press is a slip: it takes three.
* :func:`preferences`: what one chat asked for more or less of lifts or lowers a story at its next digest. It
  never files, hides or keeps anything: taste orders what is there.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.terms import content_words
from bot.types import Topic

MORE, LESS, WRONG_TOPIC, NOT_SAME = "more", "less", "wrong_topic", "not_same"

PRESSES = 3  # administrators' presses that a lesson takes; less is a slip or one person's view
STEP, HEAVIEST = 0.1, 0.3  # what each press adds to a word's weight, and the most that one word weighs
LESSONS = 40  # words that a topic may be taught: beyond it the topic's own terms should be mended

HALF_LIFE = 30.0  # days after which a press counts half: taste changes with the news
LIKING = 0.06  # what one press adds for a term or an outlet
ENOUGH = 1.5  # presses (fresh ones) from which a term or an outlet counts: one press is about its story alone
OWN_STORY = 0.2  # what a press says about the story that it was made on
LEAST, MOST = 0.6, 1.5  # between these taste multiplies importance: a great event is never drowned


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One press under a story, with what the story was when it was pressed."""

    chat: str
    story: int
    topic: str
    kind: str  # MORE, LESS, WRONG_TOPIC or NOT_SAME
    at: datetime  # UTC
    admin: bool
    headline: str
    terms: tuple[str, ...]  # content words and names of the story, as :func:`terms_of` gives them
    outlets: tuple[str, ...]  # ids of the outlets that told it


def terms_of(title: str) -> tuple[str, ...]:
    """The words of a headline that presses are about: content words, each once, in their order."""
    return tuple(dict.fromkeys(content_words(title)))


# ------------------------------------------------------------------------------------------------- lessons


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A word that speaks against a topic because readers said so. ``weight``: 0 to ``HEAVIEST``."""

    topic: str
    term: str
    weight: float
    presses: int
    stories: int

    def why(self) -> str:
        """In words: whose presses made it."""
        return (
            f"{self.term}: {self.presses} administrators' presses on {self.stories} stories said"
            f" that it is not {self.topic}"
        )


def taught(examples: Iterable[Feedback], topics: Sequence[Topic] = ()) -> tuple[Lesson, ...]:
    """What the administrators' "wrong topic" presses teach, heaviest first.

    A word is taught when :data:`PRESSES` presses, on two stories or more, had it in their headlines. What
    readers asked for more of under the topic counts against it, and a topic's own terms are never taught:
    three wrongly filed articles about Aleppo's soap say nothing against Aleppo.

    Args:
        examples: presses of all chats, in any order; a chat's second press on a story counts once.
        topics: the topics as they are declared, for their own terms.
    """
    own: dict[str, frozenset[str]] = {topic.slug: _own(topic) for topic in topics}
    wrong: dict[str, set[tuple[str, int]]] = defaultdict(set)
    words: dict[tuple[str, int], frozenset[str]] = {}
    right: dict[str, Counter[str]] = defaultdict(Counter)
    for one in examples:
        said = frozenset(content_words(one.headline))
        if one.kind == WRONG_TOPIC and one.admin:
            wrong[one.topic].add((one.chat, one.story))
            words[one.topic, one.story] = said
        elif one.kind == MORE:
            right[one.topic].update(said)
    lessons = [
        lesson
        for topic, presses in wrong.items()
        for lesson in _lessons(topic, presses, words, right[topic], own.get(topic, frozenset()))
    ]
    return tuple(sorted(lessons, key=lambda lesson: (-lesson.weight, lesson.topic, lesson.term)))


def _lessons(
    topic: str,
    presses: set[tuple[str, int]],
    words: Mapping[tuple[str, int], frozenset[str]],
    right: Mapping[str, int],
    own: frozenset[str],
) -> list[Lesson]:
    voices: Counter[str] = Counter()
    stories: dict[str, set[int]] = defaultdict(set)
    for _, story in presses:
        for word in words[topic, story] - own:
            voices[word] += 1
            stories[word].add(story)
    found = [
        Lesson(
            topic=topic,
            term=word,
            weight=min(HEAVIEST, STEP * (count - right.get(word, 0))),
            presses=count,
            stories=len(stories[word]),
        )
        for word, count in voices.items()
        if count - right.get(word, 0) >= PRESSES and len(stories[word]) > 1
    ]
    return sorted(found, key=lambda lesson: (-lesson.weight, -lesson.presses, lesson.term))[:LESSONS]


def _own(topic: Topic) -> frozenset[str]:
    listed = (topic.include, topic.matter, topic.context, *topic.sides, *topic.also)
    return frozenset(
        word
        for terms in listed
        for spoken in terms.values()
        for term in spoken
        for word in content_words(term.rstrip("*"))
    )


# ------------------------------------------------------------------------------------------------- likings


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What one chat likes: what a story, an outlet or a term adds to 1, or takes from it."""

    stories: Mapping[int, float]
    outlets: Mapping[str, float]
    terms: Mapping[str, float]

    def taste(self, story: int, outlets: Iterable[str], terms: Iterable[str]) -> tuple[float, str]:
        """What a story's importance is multiplied by, ``LEAST`` to ``MOST``, and why; (1.0, "") for nothing.

        Of terms the three that say most count, and of outlets their mean: a story told by twenty outlets is
        not twenty times liked.
        """
        told = dict.fromkeys(outlets)
        liked = {term: self.terms[term] for term in dict.fromkeys(terms) if term in self.terms}
        best = sorted(liked, key=lambda term: (-abs(liked[term]), term))[:3]
        by_outlet = {outlet: self.outlets[outlet] for outlet in told if outlet in self.outlets}
        mean = math.fsum(by_outlet.values()) / len(told) if told else 0.0
        total = self.stories.get(story, 0.0) + math.fsum(liked[term] for term in best) + mean
        parts = ["this story"] if story in self.stories else []
        parts += [*best, *sorted(by_outlet)]
        factor = round(max(LEAST, min(MOST, 1 + total)), 3)
        if factor == 1.0:
            return 1.0, ""
        return factor, f"this chat asked for {'more' if factor > 1 else 'less'}: {', '.join(parts)}"


NOTHING = Preferences(stories={}, outlets={}, terms={})


def preferences(examples: Iterable[Feedback], now: datetime) -> Preferences:
    """What the presses of one chat say about its taste.

    "More" counts for, "less" and "wrong topic" against; "not the same" says nothing about taste. A press
    counts half after :data:`HALF_LIFE` days.

    Args:
        examples: presses of one chat.
        now: UTC.
    """
    sums: dict[str, dict[object, float]] = {"stories": {}, "outlets": {}, "terms": {}}
    for one in examples:
        sign = {MORE: 1.0, LESS: -1.0, WRONG_TOPIC: -1.0}.get(one.kind)
        if sign is None:
            continue
        days = max(0.0, (now - one.at).total_seconds() / 86400)
        said = sign * 2 ** (-days / HALF_LIFE)
        _add(sums["stories"], (one.story,), said)
        if one.kind != WRONG_TOPIC:  # what is filed wrongly says nothing of its words or its outlets
            _add(sums["outlets"], one.outlets, said)
            _add(sums["terms"], one.terms, said)
    return Preferences(
        stories={int(str(key)): OWN_STORY * _held(value) for key, value in sums["stories"].items()},
        outlets=_likings(sums["outlets"]),
        terms=_likings(sums["terms"]),
    )


def _add(sums: dict[object, float], keys: Iterable[object], said: float) -> None:
    for key in dict.fromkeys(keys):
        sums[key] = sums.get(key, 0.0) + said


def _likings(sums: Mapping[object, float]) -> dict[str, float]:
    return {
        str(key): math.copysign(min(abs(LIKING * value), HEAVIEST), value)
        for key, value in sums.items()
        if abs(value) >= ENOUGH
    }


def _held(value: float) -> float:
    return max(-2.0, min(2.0, value))
