"""What presses teach: words that speak against a topic; small, bounded, told in words, taken back at will.

Words that several wrongly filed stories had in their headlines weigh against the topic. Only who runs the bot
(its owner and editors) teaches, because a lesson is for everybody; one press is a slip: it takes three. What
a press changes in its own chat is another matter and at once: :mod:`bot.domain.presses`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.terms import content_words
from bot.types import Feedback, Press, Topic

PRESSES = 3  # presses that a lesson takes; less is a slip or one story's view
STEP, HEAVIEST = 0.1, 0.3  # what each press adds to a word's weight, and the most that one word weighs
LESSONS = 40  # words that a topic may be taught: beyond it the topic's own terms should be mended
_FORGOTTEN = "forgotten"  # in ``Feedback.shown``: words that this press is not to teach any more


def terms_of(title: str) -> tuple[str, ...]:
    """The words of a headline that presses are about: content words, each once, in their order."""
    return tuple(dict.fromkeys(content_words(title)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A word that speaks against a topic because presses said so. ``weight``: 0 to ``HEAVIEST``."""

    topic: str
    term: str
    weight: float
    presses: int
    stories: int

    def why(self) -> str:
        """In words: whose presses made it."""
        return (
            f"{self.term} weighs {self.weight:.2f} against {self.topic}: {self.presses} presses of owner and"
            f" editors on {self.stories} stories said that they are not of this topic"
        )


def taught(examples: Iterable[Feedback], topics: Sequence[Topic] = ()) -> tuple[Lesson, ...]:
    """What "wrong topic" presses teach, heaviest first.

    A word is taught when :data:`PRESSES` presses, on two stories or more, had it in their headlines. Stories
    that more was asked of under the topic count against it, and a topic's own terms are never taught:
    three wrongly filed articles about Aleppo's soap say nothing against Aleppo.

    Args:
        examples: presses of those who may teach, in any order; one's second press on a story (made in another
            chat) counts once.
        topics: the topics as they are declared, for their own terms.
    """
    own: dict[str, frozenset[str]] = {topic.slug: _own(topic) for topic in topics}
    wrong: dict[str, set[tuple[str, int]]] = defaultdict(set)
    words: dict[tuple[str, str, int], frozenset[str]] = {}
    right: dict[str, Counter[str]] = defaultdict(Counter)
    for one in examples:
        if one.topic is None:
            continue
        if one.press is Press.WRONG_TOPIC:
            wrong[one.topic].add((one.user, one.story))
            words[one.topic, one.user, one.story] = said(one)
        elif one.press is Press.MORE:
            right[one.topic].update(said(one))
    lessons = [
        lesson
        for topic, presses in wrong.items()
        for lesson in _lessons(topic, presses, words, right[topic], own.get(topic, frozenset()))
    ]
    return tuple(sorted(lessons, key=lambda lesson: (-lesson.weight, lesson.topic, lesson.term)))


def said(one: Feedback) -> frozenset[str]:
    """The words that a press teaches: of the headline as it was read, and of its sources' ones."""
    listed = {*content_words(str(one.shown.get("headline") or "")), *(one.shown.get("terms") or ())}
    return frozenset(map(str, listed)) - frozenset(one.shown.get(_FORGOTTEN) or ())


def forgotten(one: Feedback, words: Iterable[str] = ()) -> Feedback:
    """The press, which still holds in its chat, but teaches these words no more; without words, none."""
    gone = {*(one.shown.get(_FORGOTTEN) or ()), *(words or said(one))}
    return replace(one, shown={**one.shown, _FORGOTTEN: sorted(gone)})


def _lessons(
    topic: str,
    presses: set[tuple[str, int]],
    words: Mapping[tuple[str, str, int], frozenset[str]],
    right: Mapping[str, int],
    own: frozenset[str],
) -> list[Lesson]:
    voices: Counter[str] = Counter()
    stories: dict[str, set[int]] = defaultdict(set)
    for user, story in presses:
        for word in words[topic, user, story] - own:
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
