"""Article x topics -> matches, each with the arithmetic that made it.

How a topic's score comes about (:meth:`Router.explain` shows it for any article):

* A term found counts ``TITLE``, ``LEAD`` or ``BODY`` by where it stands, each place by the logarithm of
  how often. In a long text the body counts less the rarer its terms: a mention in passing is no topic.
* ``include``: each term counts by itself. ``sides``: a sentence that names every side counts as one term
  does; how well the weaker side is named in the whole text counts besides. Both count less when the title
  names neither an include term nor the second side, which is the telling one. A third side is the matter
  between the other two: it may stand anywhere in title and lead.
* ``context`` counts only beside those, and never more than they do. So does the hint of the feed.
* ``exclude`` speaks against the topic, ``context`` and the last side speak for it. Where title and lead speak
  more against it than for it, what is excluded takes away, and denies the topic if the title has it or the
  lead has two such terms: a cup match is no news of Syria, sanctions on a football club are.

The sum over the topic's threshold is the score: 1 and more is a match.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.domain.vocabulary import Sentence, Vocabulary, outermost, script_is_latin
from bot.errors import Misconfigured
from bot.types import Topic, TopicMatch, TopicSlug

TITLE, LEAD, BODY = 2.5, 1.5, 1.0
UNIT = 0.5  # what one term found once in a short body gives
LEAD_WORDS = 60
DENSE = 0.5  # terms in a hundred words from which a body counts in full
PAIR, WEAKER_SIDE = 0.7, 0.4  # what a sentence with all sides and what the weaker side's own sum give
CONTEXT, CONTEXT_CAP = 0.3, 0.6
OFF_TITLE = 0.65  # what sides count where the title names neither the second side nor an include term
HINT, HINT_FROM = 0.2, 0.4  # what a feed's hint adds, and the evidence that it wants to see
EXCLUDE, DENIED = 0.8, 0.5  # a denied topic keeps half a score at most, for the order of near misses
MANY = 0.5  # the n-th best term counts 1 / (1 + MANY * n): twenty towns are not twenty topics

_PLACES = ("title", "lead", "body")
_BODY = 2  # places before it are the front of an article
_KEYS = ("names", "description", "include", "context", "exclude", "sides", "examples", "threshold", "order")


# --------------------------------------------------------------------------------------------- declaration


def topic_from(slug: str, body: Mapping[str, Any]) -> Topic:
    """The topic that a declaration of ``config/topics.yaml`` or of the store means.

    Raises:
        Misconfigured: an unknown key, a value of the wrong shape, a topic without any term; names the key.
    """
    for key in body:
        if key not in _KEYS:
            raise _wrong(slug, key, f"unknown key {key}", f"known are {', '.join(_KEYS)}")
    sides = body.get("sides") or ()
    if not isinstance(sides, list | tuple) or len(sides) == 1:
        raise _wrong(slug, "sides", "sides wants a list of two or more", "each as {en: [terms], …}")
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
        context=_terms(slug, "context", body.get("context") or {}),
        exclude=_terms(slug, "exclude", body.get("exclude") or {}),
        sides=tuple(_terms(slug, f"sides.{at}", side) for at, side in enumerate(sides)),
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


# --------------------------------------------------------------------------------------------- explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One term and where it stands. ``value`` is before damping by rank; sides carry their number."""

    term: str
    kind: str  # "include", "context", "exclude", "side 1", "side 2", …, "all sides"
    title: int
    lead: int
    body: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The arithmetic of one topic: ``sum`` is include + sides + context + hint - exclude, not below 0."""

    topic: TopicSlug
    words: int
    density: float  # what a body mention counts, 0 to 1
    found: tuple[Found, ...]
    include: float
    sides: float
    context: float
    hint: float
    exclude: float
    denied: bool
    sum: float
    threshold: float
    score: float
    match: bool

    def text(self) -> str:
        """A table for people."""
        verdict = "match" if self.match else "denied by the front" if self.denied else "no match"
        lines = [f"{self.topic}: {verdict}, {self.score:.2f} of the 1.00 that it takes"]
        for one in self.found:
            places = ", ".join(f"{place} {getattr(one, place)}" for place in _PLACES if getattr(one, place))
            lines.append(f"  {one.kind:<10} {one.term}: {places} = {one.value:.2f}")
        lines.append(
            f"  include {self.include:.2f} + sides {self.sides:.2f} + context {self.context:.2f}"
            f" + hint {self.hint:.2f} - exclude {self.exclude:.2f} = {self.sum:.2f},"
            f" threshold {self.threshold:.2f}; {self.words} words, body counts {self.density:.2f}"
        )
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)

    def why(self) -> str:
        """The terms that made it, best first: "Damascus (title), Sharaa (lead)"."""
        named = [one for one in self.found if one.kind in ("include", "all sides")]
        named = sorted(named, key=lambda one: -one.value)[:3]
        named = named or [one for one in self.found if one.kind.startswith("side")][:3]
        return ", ".join(
            f"{one.term} ({next(place for place in _PLACES if getattr(one, place))})" for one in named
        )


# ------------------------------------------------------------------------------------------------- routing


@dataclass(frozen=True, slots=True)
class _Use:
    """What a term is to a topic. ``languages`` empty: it is tried in every language."""

    topic: int
    kind: str
    languages: frozenset[str]


class Router:
    """Files articles under topics: compiled once, one pass over each article for all topics."""

    def __init__(self, topics: tuple[Topic, ...]) -> None:
        self._topics = topics
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
                    common = script_is_latin(term) and not term[0].isupper() and "en" not in spoken
                    # So do Japanese ones in Chinese: its "the government" is Tokyo's.
                    bound = common or spoken == {"ja"}
                    self._uses[term].append(_Use(at, kind, frozenset(spoken) if bound else frozenset()))
        self._vocabulary = Vocabulary(self._uses)

    def match(
        self, title: str, text: str, language: str, hints: tuple[TopicSlug, ...] = ()
    ) -> tuple[TopicMatch, ...]:
        """The topics of an article (score 1 and more), best first. ``language`` "" means unknown."""
        matches = [
            TopicMatch(topic=one.topic, score=one.score, why=one.why())
            for one in self.explain(title, text, language, hints)
            if one.match
        ]
        return tuple(sorted(matches, key=lambda match: -match.score))

    def score_all(
        self, title: str, text: str, language: str, hints: tuple[TopicSlug, ...] = ()
    ) -> Mapping[TopicSlug, float]:
        """Every topic's score, 0 and more, also below 1: near misses keep their order."""
        return {one.topic: one.score for one in self.explain(title, text, language, hints)}

    def explain(
        self, title: str, text: str, language: str, hints: tuple[TopicSlug, ...] = ()
    ) -> tuple[Explained, ...]:
        """How every topic's score came about, in the topics' order."""
        places = self._places(title, text)
        words = sum(sentence.words for place, sentence in places if place)
        hits: list[list[tuple[int, list[tuple[str, str]]]]] = [[] for _ in self._topics]
        for place, sentence in places:
            for at, named in self._by_topic(sentence, language[:2].lower()).items():
                hits[at].append((place, named))
        return tuple(
            _explained(topic, hits[at], words, titled=bool(title.strip()), hint=topic.slug in hints)
            for at, topic in enumerate(self._topics)
        )

    def _places(self, title: str, text: str) -> list[tuple[int, Sentence]]:
        """Sentences with 0 for the title, 1 for the lead, 2 for the body."""
        places = [(0, sentence) for sentence in self._vocabulary.find(title)]
        before = 0
        for sentence in self._vocabulary.find(text):
            places.append((1 if before < LEAD_WORDS else 2, sentence))
            before += sentence.words
        return places

    def _by_topic(self, sentence: Sentence, language: str) -> dict[int, list[tuple[str, str]]]:
        """Topic -> (term, kind) of the sentence; of terms within each other the longest."""
        hits: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
        kinds: dict[tuple[int, str], list[str]] = defaultdict(list)
        for hit in sentence.hits:
            for use in self._uses[hit[0]]:
                if not language or not use.languages or language in use.languages:
                    hits[use.topic].append(hit)
                    kinds[use.topic, hit[0]].append(use.kind)
        named: dict[int, dict[tuple[int, int, str], str]] = defaultdict(dict)
        for at, found in hits.items():
            for term, start, end in outermost(dict.fromkeys(found)):
                for kind in kinds[at, term]:
                    # One place is one find, however many spellings of it are listed.
                    named[at].setdefault((start, end, kind), term)
        return {at: [(term, key[2]) for key, term in terms.items()] for at, terms in named.items()}


def _kinds(topic: Topic) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    yield "include", topic.include
    yield "context", topic.context
    yield "exclude", topic.exclude
    yield from zip(_sides(topic), topic.sides, strict=True)


def _sides(topic: Topic) -> list[str]:
    return [f"side {at}" for at in range(1, len(topic.sides) + 1)]


def _value(counts: list[int], density: float) -> float:
    """What a term gives that stands so often in title, lead and body."""
    title, lead, body = counts
    return UNIT * (TITLE * min(title, 1) + LEAD * math.log2(1 + lead) + BODY * math.log2(1 + body) * density)


def _damped(values: list[float]) -> float:
    return sum(value / (1 + MANY * at) for at, value in enumerate(sorted(values, reverse=True)))


def _explained(
    topic: Topic, sentences: list[tuple[int, list[tuple[str, str]]]], words: int, *, titled: bool, hint: bool
) -> Explained:
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for place, named in sentences:
        for term, kind in named:
            counts[kind, term][place] += 1
    if topic.sides:
        _pair(counts, sentences, _sides(topic))
    density = _density(counts, words)
    found = tuple(
        Found(term=term, kind=kind, title=at[0], lead=at[1], body=at[2], value=_value(at, density))
        for (kind, term), at in counts.items()
    )
    return _added(topic, found, words=words, density=density, titled=titled, hint=hint)


def _pair(
    counts: dict[tuple[str, str], list[int]],
    sentences: list[tuple[int, list[tuple[str, str]]]],
    sides: list[str],
) -> None:
    """Adds the sentences that name all sides to the counts.

    One count for all pairings: "US + China" and "Washington + Beijing" are the same evidence. Title and lede
    are one statement: where no sentence of title and lead has all sides, these two together may.
    """
    front = {kind for place, named in sentences if place < _BODY for _, kind in named}
    paired = sides[:2]
    if not set(sides[2:]) <= front:
        return
    both = ""
    for place, named in sentences:
        if set(paired) <= {kind for _, kind in named}:
            both = both or " + ".join(next(term for term, kind in named if kind == side) for side in paired)
            counts["all sides", both][place] += 1
    title = [term for place, named in sentences if place == 0 for term in named]
    lede = next((named for place, named in sentences if place == 1), [])
    joined = [*title, *lede]
    # The title must hold what tells: a coast guard in the lede saves people from floods.
    told = {sides[1], sides[-1]} & {kind for _, kind in title}
    apart = not (both and sum(counts["all sides", both][:_BODY]))
    if told and apart and set(paired) <= {kind for _, kind in joined}:
        both = both or " + ".join(next(term for term, kind in joined if kind == side) for side in paired)
        counts["all sides", both][1] += 1


def _weighs(found: tuple[Found, ...], kinds: set[str]) -> int:
    """How much title and lead hold of these kinds: two for a term in the title, one in the lead."""
    return sum(2 * bool(one.title) + bool(one.lead) for one in found if one.kind in kinds)


def _density(counts: Mapping[tuple[str, str], list[int]], words: int) -> float:
    """What the body counts, 0 to 1: in full where a term (or a pair) stands in every two hundred words."""
    strong = sum(
        lead + body for (kind, _), (_, lead, body) in counts.items() if kind in ("include", "all sides")
    )
    return min(1.0, 100 * max(strong, 1) / max(words, 1) / DENSE)


def _added(
    topic: Topic,
    found: tuple[Found, ...],
    *,
    words: int,
    density: float,
    titled: bool,
    hint: bool,
) -> Explained:
    sums: dict[str, float] = defaultdict(float)
    for kind in dict.fromkeys(one.kind for one in found):
        sums[kind] = _damped([one.value for one in found if one.kind == kind])
    wanted = _sides(topic)
    include = sums["include"]
    sides = PAIR * sums["all sides"] + WEAKER_SIDE * min((sums[side] for side in wanted), default=0.0)
    in_title = {one.kind for one in found if one.title}
    if wanted and titled and not in_title & {"include", wanted[1]}:
        sides *= OFF_TITLE
    evidence = include + sides
    context = min(CONTEXT * sums["context"], CONTEXT_CAP, evidence)
    hinted = HINT if hint and evidence >= HINT_FROM else 0.0
    against = _weighs(found, {"exclude"})
    # Half for the last side: its common words are said of cup matches too, "defence" and "deal".
    outweighed = against > _weighs(found, {"context"}) + _weighs(found, set(wanted[-1:])) / 2
    denied = outweighed and against > 1
    # A name in the title is not argued away by one word in the lead.
    exclude = EXCLUDE * sums["exclude"] if denied or (outweighed and "include" not in in_title) else 0.0
    total = max(0.0, evidence + context + hinted - exclude)
    score = min(total / topic.threshold, 1.0) * DENIED if denied else total / topic.threshold
    return Explained(
        topic=topic.slug,
        words=words,
        density=density,
        found=found,
        include=include,
        sides=sides,
        context=context,
        hint=hinted,
        exclude=exclude,
        denied=denied,
        sum=total,
        threshold=topic.threshold,
        score=score,
        match=score >= 1.0,
    )
