"""Articles → stories: one pass, each article into the nearest open story of its language, or into a new one.

The recipe was measured on four labelled sets (English roundups, a multilingual month, confusable events,
headlines): title, lede and entities as TF-IDF vectors in one space, cosine to the story's sum, a Gaussian
decay in days, and a threshold that rises with the length of the text. Without an embedding joins stay within
one language. ``dateline eval clustering`` measures this very code.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import ClassVar

from bot.domain import reprints, terms
from bot.types import (
    Article,
    ArticleId,
    Outlet,
    OutletId,
    Placement,
    PlacementKind,
    Story,
    StoryId,
    TopicMatch,
    TopicSlug,
)

WEIGHTS = {"title": 0.2 / 0.7, "lede": 0.3 / 0.7, "names": 0.2 / 0.7}
LEDE, BODY = 500, 2000  # characters that the lede and the entities are taken from
THRESHOLD, SLOPE = 0.26, 0.28
"""Cosine that joins at 90 words, and how much less a shorter text needs. Chosen on development sets of
roundups, confusable events and headlines (mean B-cubed F1 .85): 0.30 gives .82, 0.24 gives .87 but mixes two
events in 40 % of the joined stories instead of 33 %, and mixing is the worse error."""
SIGMA = 3.0  # days; the decay's width, flat between 2 and 5
PRIOR = 2000  # documents that the word statistics pretend to have seen before the first one
CANDIDATES = 24
VISITS = 1000
"""How many (word, story) pairs the search for candidates looks at, rarest words first: it bounds the cost of
placing however many stories are open. 1,000, 2,000 and 6,000 grouped four development sets alike; in a window
of 12,000 articles 500 chose the same story as a search without bounds in 1,000 of 1,000 cases."""
TERMS = 600_000  # words whose frequency is remembered; beyond it those seen once are forgotten

# Words that stand in one of twenty news texts: without them, the first hundred articles after a start would
# be joined by what all news shares.
_NEWSY = """
government minister president official country state nation people city world leader party group
meeting talks agreement deal plan company market price billion dollar economy economic military
force army police security attack war region foreign affairs ministry defence defense statement
spokesman spokesperson include member support work help end start call announce visit report study
show case court law public health service share rise fall high low increase cut growth trade capital
house office head chief director prime secretary department agency council international national
local united policy power right issue time month hour area part number place home man woman child
family student school team game win play film book media social post photo video
"""


@dataclass(slots=True)
class _Open:
    """A story that still takes articles."""

    id: StoryId
    language: str
    members: list[ArticleId]
    first: datetime
    last: datetime
    vector: dict[str, float]
    norm2: float
    title: str
    titled_by: dict[str, float]
    voices: set[str] = field(default_factory=set)
    topics: dict[TopicSlug, list[TopicMatch]] = field(default_factory=lambda: defaultdict(list))


class Index:
    """Open stories with their words: mutable, pure, rebuilt from rows after a restart.

    Placing costs a bounded number of look-ups however many stories are open. What is older than
    :attr:`WINDOW` is forgotten by :meth:`expire`.

    Args:
        next_id: what the next new story is called; ids are never given twice.
    """

    WINDOW: ClassVar[timedelta] = timedelta(days=4)

    def __init__(self, next_id: int = 1) -> None:
        self.placed = 0
        """The store's number of the last placement that is in here; who writes the rows keeps it."""
        self._next = next_id
        self._open: dict[StoryId, _Open] = {}
        self._postings: dict[str, dict[StoryId, float]] = {}
        self._counts: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._texts = reprints.Texts(self.WINDOW)
        self._story_of: dict[ArticleId, StoryId] = {}
        common = {stem for word in _NEWSY.split() for stem in terms.words(word)}
        self._common = frozenset(common)

    @classmethod
    def rebuild(
        cls,
        rows: Iterable[tuple[Article, Placement]],
        outlet: Callable[[OutletId], Outlet],
        *,
        next_id: int = 1,
    ) -> Index:
        """The index as it was after these placements, given in the order in which they were made.

        Where rows before the window are left out, only the word statistics differ, and little.
        """
        index = cls(next_id)
        for article, placement in rows:
            vector = index._vector(article)
            runs = reprints.runs(article.text)
            index._write(article, outlet(article.outlet), vector, runs, placement)
        return index

    def __len__(self) -> int:
        return len(self._open)

    def place_batch(
        self, batch: Sequence[tuple[Article, Outlet, tuple[TopicMatch, ...]]]
    ) -> tuple[Placement, ...]:
        """Placements of a batch, sorted by time and id first: order of arrival within it changes nothing."""
        ordered = sorted(batch, key=lambda row: (row[0].published_at, row[0].id))
        return tuple(self.place(article, outlet, topics) for article, outlet, topics in ordered)

    def place(self, article: Article, outlet: Outlet, topics: tuple[TopicMatch, ...] = ()) -> Placement:
        """Where this article belongs; the index has it afterwards."""
        vector = self._vector(article)
        runs = reprints.runs(article.text)
        original = self._texts.original(runs, article.published_at)
        if original is not None:
            of, share = original
            placement = Placement(
                article=article.id,
                kind=PlacementKind.DUPLICATE,
                story=self._story_of[of],
                similarity=share,
                why=f"{share:.0%} of the shorter text stands in article {of} word for word",
                reprint_of=of,
                topics=topics,
            )
        else:
            placement = self._nearest(article, vector, topics)
        self._write(article, outlet, vector, runs, placement)
        return placement

    def story(self, ident: StoryId) -> Story:
        """The story as it stands. Raises KeyError when it is not open."""
        known = self._open[ident]
        return Story(
            id=known.id,
            title=known.title,
            articles=tuple(known.members),
            voices=max(1, len(known.voices)),
            first_at=known.first,
            last_at=known.last,
            topics=_topics(known),
        )

    def expire(self, now: datetime) -> int:
        """Forget stories whose last article is older than the window; gives how many."""
        old = [story for story in self._open.values() if now - story.last > self.WINDOW]
        for story in old:
            for term in story.vector:
                listed = self._postings[term]
                del listed[story.id]
                if not listed:
                    del self._postings[term]
            for member in story.members:
                self._texts.forget(member)
                self._story_of.pop(member, None)
            del self._open[story.id]
        if len(self._counts) > TERMS:
            self._counts = Counter({term: n for term, n in self._counts.items() if n > 1})
        return len(old)

    # --------------------------------------------------------------------------------------------- vectors

    def _vector(self, article: Article) -> dict[str, float]:
        """The article's words by field and language, weighted; its length is 1."""
        lede = f"{article.title}. {article.text[:LEDE]}"
        fields = {
            "title": terms.content_words(article.title),
            "lede": terms.content_words(lede),
            "names": terms.entities(article.title, article.text[:BODY]),
        }
        vector: dict[str, float] = {}
        self._seen[article.language] += 1
        for name, found in fields.items():
            counted = Counter(f"{name[0]}{article.language}:{term}" for term in found)
            self._counts.update(counted.keys())
            weighted = {
                term: (1 + math.log(n)) * self._idf(term, article.language) for term, n in counted.items()
            }
            length = math.sqrt(math.fsum(value * value for value in weighted.values()))
            if length:
                scale = math.sqrt(WEIGHTS[name]) / length
                for term, value in weighted.items():
                    vector[term] = value * scale
        return vector

    def _idf(self, term: str, language: str) -> float:
        prior = PRIOR / 20 if term.partition(":")[2] in self._common else 0.5
        return max(0.05, math.log((PRIOR + self._seen[language] + 1) / (self._counts[term] + prior)))

    # ----------------------------------------------------------------------------------------- decisions

    def _nearest(
        self, article: Article, vector: dict[str, float], topics: tuple[TopicMatch, ...]
    ) -> Placement:
        need = threshold(article)
        best, close = None, 0.0
        for ident in self._candidates(vector):
            story = self._open[ident]
            days = abs((article.published_at - story.last).total_seconds()) / 86400
            if timedelta(days=days) > self.WINDOW:
                continue
            decay = math.exp(-days * days / (2 * SIGMA * SIGMA))
            likeness = _dot(vector, story.vector) / math.sqrt(story.norm2) * decay
            if likeness > close:
                best, close = story, likeness
        if best is not None and close >= need:
            why = f"likeness {close:.2f}, {need:.2f} needed: {self._shared(vector, best)}"
            kind, ident = PlacementKind.JOIN, best.id
        else:
            near = f"nearest story {best.id} at {close:.2f}" if best else "nothing like it is open"
            why = f"{near}, {need:.2f} needed"
            kind, ident = PlacementKind.FOUND, StoryId(self._next)
        return Placement(
            article=article.id, kind=kind, story=ident, similarity=round(close, 4), why=why, topics=topics
        )

    def _candidates(self, vector: dict[str, float]) -> list[StoryId]:
        """The open stories that share the heaviest telling words, most shared weight first."""
        listed = sorted((len(self._postings[term]), term) for term in vector if term in self._postings)
        weight: dict[StoryId, float] = defaultdict(float)
        left = VISITS
        for length, term in listed:
            left -= length
            if left < 0:
                break
            value = vector[term]
            for ident, held in self._postings[term].items():
                weight[ident] += value * held
        best: list[tuple[float, int, StoryId]] = []  # a heap, the least near of the best first
        for ident, total in sorted(weight.items(), key=itemgetter(1), reverse=True):
            # No story's sum is shorter than 1, one article: what follows is not nearer than its weight says.
            if len(best) == CANDIDATES and total < best[0][0]:
                break
            found = (total / math.sqrt(self._open[ident].norm2), -ident, ident)
            if len(best) < CANDIDATES:
                heapq.heappush(best, found)
            else:
                heapq.heappushpop(best, found)
        return [ident for _, _, ident in sorted(best, reverse=True)]

    def _shared(self, vector: dict[str, float], story: _Open) -> str:
        """The words that made the likeness, for people."""
        by_word: dict[str, float] = defaultdict(float)
        for term, value in vector.items():
            held = story.vector.get(term)
            if held:
                by_word[term.partition(":")[2]] += value * held
        top = sorted(by_word, key=lambda word: (-by_word[word], word))[:5]
        return ", ".join(top)

    # ------------------------------------------------------------------------------------------- writing

    def _write(
        self,
        article: Article,
        outlet: Outlet,
        vector: dict[str, float],
        runs: reprints.Runs,
        placement: Placement,
    ) -> None:
        story = self._open.get(placement.story)
        if story is None:
            story = _Open(
                id=placement.story,
                language=article.language,
                members=[],
                first=article.published_at,
                last=article.published_at,
                vector={},
                norm2=0.0,
                title=article.title,
                titled_by=vector,
            )
            self._open[placement.story] = story
            self._next = max(self._next, placement.story + 1)
        story.members.append(article.id)
        story.first = min(story.first, article.published_at)
        story.last = max(story.last, article.published_at)
        for match in placement.topics:
            story.topics[match.topic].append(match)
        if placement.kind is not PlacementKind.DUPLICATE:
            story.voices.add(voice(article, outlet))
            self._add(story, vector)
            self._retitle(story, article, vector)
        self._texts.add(article.id, runs, article.published_at)
        self._story_of[article.id] = story.id

    def _add(self, story: _Open, vector: dict[str, float]) -> None:
        story.norm2 += 2 * _dot(vector, story.vector) + 1.0
        for term, value in vector.items():
            total = story.vector.get(term, 0.0) + value
            story.vector[term] = total
            self._postings.setdefault(term, {})[story.id] = total

    def _retitle(self, story: _Open, article: Article, vector: dict[str, float]) -> None:
        """The title of the most central article; it changes only for one that is a tenth more central."""
        if _dot(vector, story.vector) > 1.1 * _dot(story.titled_by, story.vector):
            story.title, story.titled_by = article.title, vector


def threshold(article: Article) -> float:
    """The cosine that this article needs to join: short texts share fewer words by nature."""
    count = min(terms.word_count(f"{article.title} {article.text[:LEDE]}"), 90)
    return THRESHOLD + SLOPE * (math.log(count + 1) / 4.5 - 1)


def voice(article: Article, outlet: Outlet) -> str:
    """Whose word an article is: its agency's where it credits one, else its publisher family's."""
    if article.agency and not outlet.agency:
        return f"agency:{article.agency.casefold()}"
    return f"agency:{outlet.name.casefold()}" if outlet.agency else (outlet.family or outlet.id)


def _dot(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    if len(a) > len(b):
        a, b = b, a
    return math.fsum(value * b[term] for term, value in a.items() if term in b)


def _topics(story: _Open) -> tuple[TopicMatch, ...]:
    """Topics that a third of the members match, with the mean score of those that do; strongest first."""
    total = len(story.members)
    found = []
    for slug, matches in story.topics.items():
        share = len(matches) / total
        if share < 1 / 3:
            continue
        best = max(matches, key=lambda match: match.score)
        score = math.fsum(match.score for match in matches) / len(matches)
        why = best.why if total == 1 else f"{len(matches)} of {total} articles; {best.why}"
        found.append(TopicMatch(topic=slug, score=round(score, 3), why=why))
    return tuple(sorted(found, key=lambda match: (-match.score, match.topic)))
