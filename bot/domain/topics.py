"""Topics: what a declaration of one means, and the router that files articles under them.

A topic is lists of terms (``config/topics.yaml`` says which and how they are written). The router looks for
the terms of all topics in one pass over an article; what they add up to is in :mod:`bot.domain.evidence`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain.evidence import SPEAKS, Explained, Found, Reading, side_kinds, weigh
from bot.domain.feedback import Lesson
from bot.domain.likeness import likenesses
from bot.domain.terms import content_words
from bot.domain.vocabulary import Sentence, outermost, script_is_latin, vocabulary
from bot.errors import Misconfigured
from bot.types import Topic, TopicMatch, TopicSlug

LEAD_WORDS = 60
BODY = 3  # the place of a sentence that is neither title nor lead
_SPEAKING = ({"include"}, {"side 1", "side 2"}, {"also 1", "also 2"})  # kinds without which nothing adds up
LEDE = 300  # characters of a text that lessons are looked for in

Vector = Sequence[float] | NDArray[Any]

_KEYS = (
    *("names", "description", "include", "matter", "context", "exclude"),
    *("sides", "also", "examples", "threshold", "order"),
)


# --------------------------------------------------------------------------------------------- declaration


def topic_from(slug: str, body: Mapping[str, Any]) -> Topic:
    """The topic that a declaration of ``config/topics.yaml`` or of the store means.

    Raises:
        Misconfigured: an unknown key, a value of the wrong shape, a topic without any term; names the key.
    """
    for key in body:
        if key not in _KEYS:
            raise _wrong(slug, key, f"unknown key {key}", f"known are {', '.join(_KEYS)}")
    threshold = body.get("threshold", 1.0)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 < threshold < math.inf:
        raise _wrong(slug, "threshold", "threshold wants a number above 0", "1.0 is usual")
    order = body.get("order", 0)
    if isinstance(order, bool) or not isinstance(order, int):
        raise _wrong(slug, "order", "order wants a whole number", "1 comes first")
    topic = Topic(
        slug=TopicSlug(slug),
        names=_names(slug, body.get("names") or {}),
        description=_text(slug, "description", body.get("description") or ""),
        include=_terms(slug, "include", body.get("include") or {}),
        matter=_terms(slug, "matter", body.get("matter") or {}),
        context=_terms(slug, "context", body.get("context") or {}),
        exclude=_terms(slug, "exclude", body.get("exclude") or {}),
        sides=_sides(slug, "sides", body.get("sides") or ()),
        also=_sides(slug, "also", body.get("also") or ()),
        examples=tuple(_list(slug, "examples", body.get("examples") or ())),
        threshold=float(threshold),
        order=order,
    )
    if not any(topic.include.values()) and not topic.sides:
        raise _wrong(slug, "include", "a topic needs include terms or sides", "include: {en: [Syria]}")
    return topic


def _wrong(slug: str, key: str, message: str, hint: str) -> Misconfigured:
    return Misconfigured(message, hint=hint, topic=slug, key=key)


def _text(slug: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(slug, key, f"{key} wants text, not {value!r}", "put it in quotation marks")
    return value


def _list(slug: str, key: str, value: object) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        raise _wrong(slug, key, f"{key} wants a list, not {value!r}", "write [one, two]")
    for item in value:
        # YAML reads a bare NO or 301 as something else than text
        text = _text(slug, key, item).strip()
        if not text.rstrip("*"):
            raise _wrong(slug, key, f"{key} holds an empty term", "take it out")
        yield text


def _sides(slug: str, key: str, value: object) -> tuple[dict[str, tuple[str, ...]], ...]:
    if not isinstance(value, list | tuple) or len(value) == 1:
        raise _wrong(slug, key, f"{key} wants a list of two or more", "each as {en: [terms], …}")
    return tuple(_terms(slug, f"{key}.{at}", side) for at, side in enumerate(value))


def _names(slug: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _wrong(slug, "names", "names wants language: name", "names: {en: Syria}")
    return {str(language): _text(slug, f"names.{language}", name) for language, name in value.items()}


def _terms(slug: str, key: str, value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise _wrong(slug, key, f"{key} wants language: [terms]", f"{key}: {{en: [Syria]}}")
    return {
        str(language): tuple(_list(slug, f"{key}.{language}", terms)) for language, terms in value.items()
    }


# ------------------------------------------------------------------------------------------------- routing


@dataclass(frozen=True, slots=True)
class _Use:
    """What a term is to a topic. ``languages`` empty: it is tried in every language."""

    topic: int
    kind: str
    languages: frozenset[str]


class Router:
    """Files articles under topics: compiled once, one pass over each article for all topics."""

    def __init__(
        self,
        topics: tuple[Topic, ...],
        senses: Mapping[TopicSlug, NDArray[np.float32]] | None = None,
        lessons: Iterable[Lesson] = (),
    ) -> None:
        """Compile the terms of these topics.

        Args:
            topics: what articles are filed under.
            senses: what topics mean (:func:`bot.domain.likeness.senses`), where there is an embedder.
            lessons: what presses of owner and editors taught (:func:`bot.domain.feedback.taught`).
        """
        self._topics = topics
        self._senses = senses or {}
        self.lessons = tuple(lessons)
        self._lessons: dict[str, dict[str, float]] = defaultdict(dict)
        for lesson in self.lessons:
            self._lessons[lesson.topic][lesson.term] = lesson.weight
        self._uses: dict[str, list[_Use]] = defaultdict(list)
        for at, topic in enumerate(topics):
            for kind, terms in _kinds(topic):
                languages: dict[str, set[str]] = defaultdict(set)
                for language, listed in terms.items():
                    for term in listed:
                        languages[term].add(language)
                for term, spoken in languages.items():
                    # A name is a name in every language, and other scripts speak for themselves; common words
                    # in Latin letters mean other things elsewhere ("Marine" is a navy in German only).
                    common = "en" not in spoken and not term[0].isupper() and script_is_latin(term)
                    # So do Japanese ones in Chinese: its "the government" is Tokyo's.
                    bound = common or spoken == {"ja"}
                    self._uses[term].append(_Use(at, kind, frozenset(spoken) if bound else frozenset()))
        self._vocabulary = vocabulary(tuple(self._uses))

    def match(
        self,
        title: str,
        text: str,
        language: str,
        hints: tuple[TopicSlug, ...] = (),
        vector: Vector | None = None,
    ) -> tuple[TopicMatch, ...]:
        """The topics of an article (score 1 and more), best first. ``language`` "" means unknown."""
        matches = [
            TopicMatch(topic=one.topic, score=one.score, why=one.why())
            for one in self._explained(title, text, language, hints, vector)
            if one.match
        ]
        return tuple(sorted(matches, key=lambda match: -match.score))

    def score_all(
        self,
        title: str,
        text: str,
        language: str,
        hints: tuple[TopicSlug, ...] = (),
        vector: Vector | None = None,
    ) -> Mapping[TopicSlug, float]:
        """Every topic's score, 0 and more, also below 1: near misses keep their order."""
        explained = self._explained(title, text, language, hints, vector)
        return {one.topic: one.score for one in explained}

    def explain(
        self,
        title: str,
        text: str,
        language: str,
        hints: tuple[TopicSlug, ...] = (),
        vector: Vector | None = None,
    ) -> tuple[Explained, ...]:
        """How every topic's score came about, in the topics' order, with all that was found."""
        return self._explained(title, text, language, hints, vector, full=True)

    def _explained(
        self,
        title: str,
        text: str,
        language: str,
        hints: tuple[TopicSlug, ...],
        vector: Vector | None,
        *,
        full: bool = False,
    ) -> tuple[Explained, ...]:
        spoken = language[:2].lower()
        places = self._places(title, text)
        like = likenesses(self._senses, vector) if vector is not None else {}
        named = range(len(self._topics)) if full else self._named(places, spoken, like)
        hits: dict[int, list[tuple[int, list[tuple[str, str]]]]] = {at: [] for at in named}
        for place, sentence in places:
            for at, terms in self._by_topic(sentence, spoken, hits, in_body=place == BODY).items():
                hits[at].append((place, terms))
        words = sum(sentence.words for place, sentence in places if place)
        return tuple(
            weigh(
                topic,
                hits.get(at, ()),
                Reading(
                    words=words,
                    titled=bool(title.strip()),
                    hint=topic.slug in hints,
                    gated=spoken in topic.matter,
                    likeness=like.get(topic.slug),
                    taught=self._taught(topic.slug, title, text),
                ),
            )
            for at, topic in enumerate(self._topics)
        )

    def _named(
        self, places: Sequence[tuple[int, Sentence]], language: str, like: Mapping[TopicSlug, float]
    ) -> list[int]:
        """The topics that something could speak for: a name, the first two of its sides, or what it means."""
        kinds: dict[int, set[str]] = defaultdict(set)
        for term in {hit[0] for _, sentence in places for hit in sentence.hits}:
            for use in self._uses[term]:
                if not language or not use.languages or language in use.languages:
                    kinds[use.topic].add(use.kind)
        return [
            at
            for at, topic in enumerate(self._topics)
            if any(wanted <= kinds[at] for wanted in _SPEAKING) or like.get(topic.slug, 0.0) >= SPEAKS
        ]

    def _taught(self, slug: TopicSlug, title: str, text: str) -> tuple[Found, ...]:
        """The lessons' words that the article has, in the title in full, in the first lines by half."""
        lessons = self._lessons.get(slug)
        if not lessons:
            return ()
        titled, led = set(content_words(title)), set(content_words(text[:LEDE]))
        return tuple(
            Found(
                term=term,
                kind="taught",
                title=int(term in titled),
                lede=0,
                lead=int(term in led),
                body=0,
                value=weight if term in titled else weight / 2,
            )
            for term, weight in lessons.items()
            if term in titled or term in led
        )

    def _places(self, title: str, text: str) -> list[tuple[int, Sentence]]:
        """Sentences with 0 for the title, 1 for the lede, 2 for the rest of the lead, 3 for the body."""
        places = [(0, sentence) for sentence in self._vocabulary.find(title)]
        before = 0
        for sentence in self._vocabulary.find(text):
            places.append((1 if not before else 2 if before < LEAD_WORDS else BODY, sentence))
            before += sentence.words
        return places

    def _by_topic(
        self, sentence: Sentence, language: str, wanted: Container[int], *, in_body: bool
    ) -> dict[int, list[tuple[str, str]]]:
        """Topic -> (term, kind) of the sentence; of terms within each other the longest."""
        hits: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
        kinds: dict[tuple[int, str], list[str]] = defaultdict(list)
        for hit in dict.fromkeys(sentence.hits):
            for use in self._uses[hit[0]]:
                if use.topic not in wanted or (in_body and use.kind == "matter"):
                    continue  # matter counts in title and lead alone
                if not language or not use.languages or language in use.languages:
                    hits[use.topic].append(hit)
                    said = kinds[use.topic, hit[0]]
                    if (
                        use.kind not in said
                    ):  # a page that says one word ten thousand times must not take hours
                        said.append(use.kind)
        named: dict[int, dict[tuple[int, int, str], str]] = defaultdict(dict)
        for at, found in hits.items():
            whole = outermost(dict.fromkeys(found))
            # A coast guard is matter within the name of a country's coast guard too, unless what is excluded
            # has it: "defence lawyer" is no defence.
            within: set[tuple[str, int, int]] = set()
            if len(whole) < len(dict.fromkeys(found)):
                loose = [one for one in found if not {"matter", "exclude"}.isdisjoint(kinds[at, one[0]])]
                within = set(outermost(dict.fromkeys(loose))).difference(whole)
            for term, start, end in (*whole, *sorted(within)):
                for kind in kinds[at, term]:
                    # One place is one find, however many spellings of it are listed.
                    if kind == "matter" or (term, start, end) not in within:
                        named[at].setdefault((start, end, kind), term)
        return {at: [(term, key[2]) for key, term in terms.items()] for at, terms in named.items()}


def _kinds(topic: Topic) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    yield "include", topic.include
    yield "matter", topic.matter
    yield "context", topic.context
    yield "exclude", topic.exclude
    sides, also = side_kinds(topic)
    yield from zip(sides, topic.sides, strict=True)
    yield from zip(also, topic.also, strict=True)
