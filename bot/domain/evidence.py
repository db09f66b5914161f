"""What speaks for a topic in one article, added up: the arithmetic behind every filing, and its words.

How a topic's score comes about (``dateline topics explain`` shows it for any text):

* A term counts ``TITLE``, ``LEDE`` (the first sentence), ``LEAD`` or ``BODY`` by where it stands, each
  place by the logarithm of how often. In a long text the body counts less the rarer its terms: a mention in
  passing is no topic.
* ``include``: each term counts by itself. ``sides`` (and ``also``, a second set): a sentence that names the
  first two counts as one term does; how well the weaker of them is named in the whole text counts besides.
  The third is the matter between the two: without one of it in title or lead the set counts nothing.
* All this counts in full where the title names it, less where only the lede does, least elsewhere: the
  title must hold an include term or the second side, which is the telling one.
* ``matter``: what the topic treats. A name without one word of it in title or lead is no news of the topic:
  a winger born in Homs, a dip from Aleppo. Lists of what is *not* meant never end; what is meant can be
  said.
* ``context`` and matter count a little besides, never more than what they stand beside. So does a feed's
  hint.
* ``exclude`` speaks against the topic; context, matter and the last side speak for it. Where title and lead
  speak more against it than for it, what is excluded takes away, and denies the topic if the title has it
  or the lead has two such terms: a cup match is no news of Syria, sanctions on a football club are.
* ``alike``: where an embedder is configured, how like the topic's description and examples the article is
  by what it means (:mod:`bot.domain.likeness`) adds a little; what is as like as the examples are to each
  other stands in for a word of the matter that no list has; what is more like than that speaks for the
  topic by itself. It takes nothing away: true articles in unusual words would go first.
* ``taught``: terms that wrongly filed stories had in their headlines take a little away, never more than
  ``TAUGHT``.

The sum over the topic's threshold is the score: 1 and more is a match.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.types import Topic, TopicSlug

TITLE, LEDE, LEAD, BODY = 2.5, 1.8, 1.4, 1.0
UNIT = 0.5  # what one term found once in a short body gives
DENSE = 0.5  # terms in a hundred words from which a body counts in full
PAIR, WEAKER_SIDE = 0.7, 0.4  # what a sentence with all sides and what the weaker side's own sum give
CONTEXT, CONTEXT_CAP = 0.3, 0.6
IN_LEAD, OFF_FRONT = (
    0.85,
    0.7,
)  # what names count that the title does not have: the lead has them, or neither
HINT, HINT_FROM = 0.2, 0.4  # what a feed's hint adds, and the evidence that it wants to see
EXCLUDE, DENIED = 0.8, 0.5  # a denied topic keeps half a score at most, for the order of near misses
MANY = 0.5  # the n-th best term counts 1 / (1 + MANY * n): twenty towns are not twenty topics
LONG = 30
"""Words from which one word of the matter may be chance: then the lead must have two, or the title one."""
ALIKE, ALIKE_SLOPE, ALIKE_ADDS = 0.65, 0.9, 0.4
STANDS_IN, SPEAKS = 1.0, 1.15
"""Likenesses: that which says nothing, what one beyond it counts, the most that it adds; that which stands
in for a word of the matter, and that which files an article by itself. Chosen on the development set with all
terms and with 30 and 60 in a hundred taken out at random (three draws): macro F1 with words alone .971,
.845, .564, and with these .966, .860, .638; adding nothing .969, .853, .625; ``SPEAKS`` out of reach .967,
.846, .597 on the draws before; ``STANDS_IN`` .9 costs .007 with all terms."""
TAUGHT = 0.6  # what feedback can take away: less than one name in the title gives

BY_MEANING = "like its examples"
"""The reason of what is filed without a name of the topic."""
PLACES = ("title", "lede", "lead", "body")
_BODY = 3  # places before it are the front of an article

Named = Sequence[tuple[int, Sequence[tuple[str, str]]]]
"""Per sentence: its place, and (term, kind) of what it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One term and where it stands. ``value`` is before damping by rank; sides carry their number."""

    term: str
    kind: str  # "include", "context", "matter", "exclude", "taught", "side 1", …, "also 1", …, "all sides", …
    title: int
    lede: int
    lead: int
    body: int
    value: float

    @property
    def place(self) -> str:
        """The foremost place it stands in."""
        return next(place for place in PLACES if getattr(self, place))

    @property
    def in_front(self) -> bool:
        """Whether title or lead has it."""
        return bool(self.title or self.lede or self.lead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The arithmetic of one topic: ``sum`` is what speaks for it less exclude and taught, not below 0."""

    topic: TopicSlug
    words: int
    density: float  # what a body mention counts, 0 to 1
    anchor: (
        float  # what names count by standing in the title (1), the lede or neither; include and sides have it
    )
    found: tuple[Found, ...]
    include: float
    sides: float
    context: float
    hint: float
    likeness: float | None  # to description and examples (:mod:`bot.domain.likeness`); None: no vector
    alike: float  # what it adds
    exclude: float
    taught: float
    denied: bool
    bare: bool  # names, but nothing of the matter
    sum: float
    threshold: float
    score: float
    match: bool

    def text(self) -> str:
        """A table for people."""
        no = "denied by the front" if self.denied else "names without matter" if self.bare else "no match"
        verdict = "match" if self.match else no
        lines = [f"{self.topic}: {verdict}, {self.score:.2f} of the 1.00 that it takes"]
        for one in self.found:
            places = ", ".join(f"{place} {getattr(one, place)}" for place in PLACES if getattr(one, place))
            lines.append(f"  {one.kind:<10} {one.term}: {places} = {one.value:.2f}")
        alike = "" if self.likeness is None else f" + alike {self.alike:+.2f} (likeness {self.likeness:.2f})"
        taught = f" - taught by presses {self.taught:.2f}" if self.taught else ""
        lines.append(
            f"  include {self.include:.2f} + sides {self.sides:.2f} + context {self.context:.2f}"
            f" + hint {self.hint:.2f}{alike} - exclude {self.exclude:.2f}{taught} = {self.sum:.2f},"
            f" threshold {self.threshold:.2f}; {self.words} words, body counts {self.density:.2f},"
            f" names count {self.anchor:.2f}"
        )
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)

    def why(self) -> str:
        """The terms that made it, best first: "Damascus (title), Sharaa (lead)"."""
        named = [one for one in self.found if one.kind in ("include", *_ALL)]
        named = sorted(named, key=lambda one: -one.value)[:3]
        named = named or [one for one in self.found if one.kind.startswith(("side", "also"))][:3]
        if not named and self.alike > 0:
            return BY_MEANING
        return ", ".join(f"{one.term} ({one.place})" for one in named)


# --------------------------------------------------------------------------------------------- adding it up

_ALL = ("all sides", "all also")


def side_kinds(topic: Topic) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds of a topic's two sets of sides, ("side 1", "side 2"), ("also 1", …); () where it has none."""
    return (
        tuple(f"side {at}" for at in range(1, len(topic.sides) + 1)),
        tuple(f"also {at}" for at in range(1, len(topic.also) + 1)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known of an article beside its terms."""

    words: int  # of the text without the title
    titled: bool  # there is a title that could name something
    hint: bool  # the feed is said to be about the topic
    gated: bool  # the topic's matter is written in the article's language and so must be found
    likeness: float | None = None  # to what the topic means; None without an embedder
    taught: tuple[Found, ...] = ()  # what presses taught against it

    @property
    def alike(self) -> bool:
        """Whether what it means says that the article treats what the topic does."""
        return self.likeness is not None and self.likeness >= STANDS_IN


def weigh(topic: Topic, sentences: Named, reading: Reading) -> Explained:
    """How much an article speaks for a topic.

    Args:
        topic: what it is weighed for.
        sentences: what each sentence names, in the order of the text.
        reading: what is known of it beside that.
    """
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(PLACES))
    for place, named in sentences:
        for term, kind in named:
            counts[kind, term][place] += 1
    for sides, whole in _sets(topic):
        _pair(counts, sentences, sides, whole, alike=reading.alike)
    density = _density(counts, reading.words)
    found = tuple(
        Found(
            term=term,
            kind=kind,
            title=at[0],
            lede=at[1],
            lead=at[2],
            body=at[3],
            value=_value(at, density),
        )
        for (kind, term), at in counts.items()
    )
    return _added(_Tally(topic, (*found, *reading.taught)), reading, density)


def _sets(topic: Topic) -> list[tuple[tuple[str, ...], str]]:
    return [(sides, whole) for sides, whole in zip(side_kinds(topic), _ALL, strict=True) if sides]


def _value(counts: Sequence[int], density: float) -> float:
    """What a term gives that stands so often in title, lede, lead and body."""
    title, lede, lead, body = counts
    front = TITLE * min(title, 1) + LEDE * min(lede, 1) + LEAD * math.log2(1 + lead)
    return UNIT * (front + BODY * math.log2(1 + body) * density)


def _damped(values: list[float]) -> float:
    return sum(value / (1 + MANY * at) for at, value in enumerate(sorted(values, reverse=True)))


def _pair(
    counts: dict[tuple[str, str], list[int]],
    sentences: Named,
    sides: tuple[str, ...],
    whole: str,
    *,
    alike: bool,
) -> None:
    """Adds the sentences that name all sides to the counts.

    One count for all pairings: "US + China" and "Washington + Beijing" are the same evidence. Title and lede
    are one statement: where no sentence of title and lead has all sides, these two together may.
    """
    front = {kind for place, named in sentences if place < _BODY for _, kind in named}
    paired = sides[:2]
    if not (alike or set(sides[2:]) <= front):
        return
    both = ""
    for place, named in sentences:
        if _names_both(named, paired):
            both = both or _together(named, paired)
            counts[whole, both][place] += 1
    title = [term for place, named in sentences if place == 0 for term in named]
    joined = [*title, *next((named for place, named in sentences if 0 < place < _BODY), ())]
    # The title must hold what tells: a coast guard in the lede saves people from floods.
    told = {sides[1], sides[-1]} & {kind for _, kind in title}
    apart = not (both and sum(counts[whole, both][:_BODY]))
    if told and apart and _names_both(joined, paired):
        counts[whole, both or _together(joined, paired)][1] += 1


def _names_both(named: Sequence[tuple[str, str]], paired: tuple[str, ...]) -> bool:
    """Whether two terms name the two sides; one that stands for both ("rare earths") is no pair by itself."""
    first, second = ({term for term, kind in named if kind == side} for side in paired)
    return bool(first and second) and len(first | second) > 1


def _together(named: Sequence[tuple[str, str]], sides: tuple[str, ...]) -> str:
    return " + ".join(next(term for term, kind in named if kind == side) for side in sides)


def _density(counts: Mapping[tuple[str, str], list[int]], words: int) -> float:
    """What the body counts, 0 to 1: in full where a term (or a pair) stands in every two hundred words."""
    strong = sum(sum(at[1:]) for (kind, _), at in counts.items() if kind in ("include", *_ALL))
    return min(1.0, 100 * max(strong, 1) / max(words, 1) / DENSE)


class _Tally:
    """What was found, by kind."""

    def __init__(self, topic: Topic, found: tuple[Found, ...]) -> None:
        self.topic = topic
        self.found = found
        self.sets = _sets(topic)
        self.sums: dict[str, float] = defaultdict(float)
        for kind in dict.fromkeys(one.kind for one in found):
            self.sums[kind] = _damped([one.value for one in found if one.kind == kind])
        self.last = {sides[-1] for sides, _ in self.sets}

    def anchor(self) -> float:
        """What names count: all where the title has a telling one, less in the lead, least elsewhere."""
        if self.titled({"include", *(sides[1] for sides, _ in self.sets)}):
            return 1.0
        told = any(one.lede and one.kind == "include" for one in self.found)
        for sides, whole in self.sets:
            paired = any(one.in_front and one.kind == whole for one in self.found)
            told = told or (paired and self.titled(set(sides)))
        return IN_LEAD if told else OFF_FRONT

    def titled(self, kinds: set[str]) -> bool:
        """Whether the title has a term of these kinds."""
        return any(one.title and one.kind in kinds for one in self.found)

    def sides(self, *, titled: bool, alike: bool) -> float:
        """The better set's sum. The second set counts only where the title names its telling side."""
        sums = [0.0]
        for sides, whole in self.sets:
            if whole == _ALL[0] or not titled or self.titled({sides[1]}):
                weaker = min(self.sums[side] for side in (sides[:2] if alike else sides))
                sums.append(PAIR * self.sums[whole] + WEAKER_SIDE * weaker)
        return max(sums)

    def bare(self, words: int) -> bool:
        """Whether title and lead have nothing of the matter, or next to nothing for so many words."""
        return self.weight({"matter", *self.last}) < (2 if words >= LONG else 1)

    def weight(self, kinds: set[str]) -> int:
        """How much title and lead hold of these kinds: two for a term in the title, one in the lead."""
        # The same word may be matter and side; it is said once.
        said = {one.term.rstrip("*").rstrip("s"): one for one in self.found if one.kind in kinds}.values()
        return sum(2 * bool(one.title) + bool(one.lede or one.lead) for one in said)

    def against(self) -> tuple[float, bool]:
        """What is excluded takes away, and whether it denies the topic."""
        against = self.weight({"exclude"})
        # Half for what all public matters share: its words are said of cup matches too, "defence" and "deal".
        speaks = self.weight({"context"}) + self.weight({"matter", *self.last}) / 2
        denied = against > speaks and against > 1
        # A name in the title is not argued away by one word in the lead.
        takes = denied or (against > speaks and not self.titled({"include"}))
        return (EXCLUDE * self.sums["exclude"] if takes else 0.0), denied


def _added(tally: _Tally, reading: Reading, density: float) -> Explained:
    topic, sums = tally.topic, tally.sums
    anchor = tally.anchor() if reading.titled else 1.0
    include, sides = (
        anchor * sums["include"],
        anchor * tally.sides(titled=reading.titled, alike=reading.alike),
    )
    evidence = include + sides
    context = _context(tally, evidence, front=anchor > OFF_FRONT)
    hinted = HINT if reading.hint and evidence >= HINT_FROM else 0.0
    exclude, denied = tally.against()
    taught = min(math.fsum(one.value for one in reading.taught), TAUGHT)
    alike = _alike(reading.likeness, evidence, evidence + context + hinted)
    total = max(0.0, evidence + context + hinted + alike - exclude - taught)
    bare = reading.gated and not reading.alike and tally.bare(reading.words)
    score = total / topic.threshold
    score = min(score, 1.0) * DENIED if denied or bare else score
    return Explained(
        topic=topic.slug,
        words=reading.words,
        density=density,
        anchor=anchor,
        found=tally.found,
        include=include,
        sides=sides,
        context=context,
        hint=hinted,
        likeness=reading.likeness,
        alike=alike,
        exclude=exclude,
        taught=taught,
        denied=denied,
        bare=bare,
        sum=total,
        threshold=topic.threshold,
        score=score,
        match=score >= 1.0,
    )


def _context(tally: _Tally, evidence: float, *, front: bool) -> float:
    """What stands beside the names; ``front``: title or lede has one of these."""
    sums = tally.sums
    own, public = sums["context"], sums["matter"] + sum(sums[side] for side in tally.last)
    if front:
        return min(CONTEXT * (own + public), CONTEXT_CAP, evidence)
    # What neither title nor lede names is in passing, however grave the matter it stands in; the topic's own
    # words tell more than those of all public matters.
    return min(min(CONTEXT * own, evidence) + min(CONTEXT * public, evidence / 2), CONTEXT_CAP)


def _alike(likeness: float | None, evidence: float, others: float) -> float:
    """What likeness adds; ``others``: the sum of all else that speaks for the topic."""
    if likeness is None:
        return 0.0
    usual = max(0.0, min(ALIKE_ADDS, ALIKE_SLOPE * (likeness - ALIKE))) if evidence else 0.0
    return max(usual, 1.0 - others) if likeness >= SPEAKS else usual
