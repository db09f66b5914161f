"""Sources and sentences as the check reads them: words with their place, roots, names and figures."""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from bot.domain import terms
from bot.domain.summaries.checking.fractions import fractions
from bot.domain.summaries.checking.stems import concept, root
from bot.domain.summaries.figures import Figure, elliptical, figures
from bot.types import Source

T = TypeVar("T")
COPIED = 20
"""Characters that a sentence needs to stand for itself as a copy."""
EVIDENCE = 3
"""Source sentences that one sentence may rest on."""

_QUOTES = str.maketrans(
    {**dict.fromkeys("“”„«»「」『』", '"'), **dict.fromkeys("‘’‛", "'"), "—": "-", "–": "-"}
)
_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*|[\u3400-\u9fff]+|[\u0620-\u06ff\u064b-\u065f]+|(?:[A-Z]\.){2,}|[^\W\d_]+(?:'[^\W\d_]+)?"
)
_COUNTED = frozenset("〇零一二三四五六七八九十百千万亿两")
_BREAK = re.compile(r"[,:](?!\d)|[;()،؛，；：、]|\s-\s")
_GRAMMAR = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "by",
        "with",
        "from",
        "as",
        "and",
        "or",
        "but",
        "nor",
        "that",
        "this",
        "these",
        "those",
        "it",
        "its",
        "he",
        "she",
        "they",
        "them",
        "his",
        "her",
        "their",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "has",
        "have",
        "had",
        "do",
        "does",
        "did",
        "will",
        "would",
        "can",
        "could",
        "may",
        "might",
        "must",
        "shall",
        "should",
        "not",
        "no",
        "than",
        "then",
        "there",
        "who",
        "which",
        "whom",
        "whose",
        "what",
        "when",
        "where",
        "how",
        "also",
        "so",
        "if",
        "while",
        "into",
        "over",
        "out",
        "up",
        "down",
        "off",
        "about",
        "after",
        "before",
        "during",
        "under",
        "between",
        "through",
        "against",
        "we",
        "us",
        "our",
        "i",
        "you",
        "your",
        "my",
        "me",
        "him",
        "one",
        "some",
        "any",
        "all",
        "more",
        "most",
        "other",
        "such",
        "very",
        "just",
        "only",
        "own",
        "same",
        "too",
        "s",
        "t",
    ]
)


_SCRIPTS = (
    ("latin", re.compile(r"[A-Za-z]+")),
    ("han", re.compile(r"[\u3400-\u9fff]{1,2}")),
    ("arabic", re.compile(r"[\u0620-\u06ff]+")),
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence. ``clause`` counts the commas, colons and brackets before it."""

    text: str  # folded
    sign: str  # its concept
    start: int
    capital: bool
    light: bool  # grammar: says nothing of what it is about
    clause: int


@dataclass(frozen=True, eq=False)
class Unit:
    """A sentence: of a source, or the one that is checked (source 0)."""

    source: int
    number: int
    text: str  # plain
    words: tuple[Word, ...]

    @cached_property
    def signs(self) -> frozenset[str]:
        """The concepts of what it is about."""
        return frozenset(one.sign for one in self.words if not one.light)

    @cached_property
    def places(self) -> dict[str, tuple[int, ...]]:
        """Where each concept stands, as word numbers."""
        found: dict[str, list[int]] = defaultdict(list)
        for at, one in enumerate(self.words):
            if not one.light:
                found[one.sign].append(at)
        return {sign: tuple(at) for sign, at in found.items()}

    @cached_property
    def script(self) -> str:
        """Of most of its letters: "latin", "han" or "arabic"."""
        if self.text.isascii():
            return "latin"
        counts = {name: len(pattern.findall(self.text)) for name, pattern in _SCRIPTS}
        return max(counts, key=lambda name: counts[name])

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Its figures; "235, 000" and "2. 4" of a badly joined text are also read as one."""
        joined = _BADLY_JOINED.sub(r"\1", self.text)
        found = figures(self.text)
        if not found:
            return ()
        return found + tuple(elliptical(self.text, found)) + (figures(joined) if joined != self.text else ())

    @cached_property
    def shares(self) -> tuple[Figure, ...]:
        """Its shares in words, as percentages."""
        return tuple(one for one, _ in fractions(self.text))

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """All words, lightly stemmed, for comparing the wording."""
        return tuple(terms.words(self.text))

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Words with those that follow within four."""
        return frozenset(near_pairs(self.tokens))

    @cached_property
    def _starts(self) -> list[int]:
        return [one.start for one in self.words]

    def at(self, start: int) -> int:
        """The number of the word at or after this character."""
        return bisect_left(self._starts, start)

    def between(self, start: int, end: int) -> tuple[str, str]:
        """The concepts of content before and after these characters, "" at an end."""
        before = next((one.sign for one in reversed(self.words[: self.at(start)]) if not one.light), "")
        return before, next((one.sign for one in self.words[self.at(end) :] if not one.light), "")


def near_pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    """Each word with each of the four after it."""
    return [(words[i], words[j]) for i in range(len(words)) for j in range(i + 1, min(i + 5, len(words)))]


def plain(text: str) -> str:
    """The text with one kind of quotation mark, dash and blank."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text.translate(_QUOTES))).replace("``", '"').strip()


_BLANKS = re.compile(r"\s+")
_BADLY_JOINED = re.compile(r"(?<=\d)([.,]) (?=\d)")


def read(text: str, source: int = 0, number: int = 0) -> Unit:
    """A sentence with its words."""
    return Unit(source, number, *_taken_apart(text))


@lru_cache(maxsize=1024)
def _taken_apart(text: str) -> tuple[str, tuple[Word, ...]]:
    """The plain sentence and its words: a story's sentences are read once with its titles and once without."""
    text = plain(text)
    breaks = [match.start() for match in _BREAK.finditer(text)]
    found: list[Word] = []
    clause = 0
    for match in _TOKEN.finditer(text):
        while clause < len(breaks) and breaks[clause] < match.start():
            clause += 1
        found += _words(match[0], match.start(), clause)
    return text, tuple(found)


def _words(token: str, start: int, clause: int) -> Iterable[Word]:
    if "\u3400" <= token[0] <= "\u9fff":
        token = terms.simplified(token)
        for at in range(max(1, len(token) - 1)):
            piece = token[at : at + 2]
            light = _COUNTED.issuperset(piece)  # a figure in words: looked at as one
            yield Word(piece, piece, start + at, capital=False, light=light, clause=clause)
        return
    folded, sign, light = _told(token)
    yield Word(folded, sign, start, capital=token[0].isupper(), light=light, clause=clause)


@lru_cache(maxsize=50_000)
def _told(token: str) -> tuple[str, str, bool]:
    """The word folded, its concept, and whether it is grammar."""
    folded = terms.normalize(token)
    light = folded in _GRAMMAR or (len(folded) < 2 and not folded.isdigit())
    if not token.isascii() and "\u0620" <= token[0] <= "\u06ff":
        content = terms.content_words(token)
        return (folded, content[0], False) if content else (folded, folded, True)
    if token[0].isdigit():
        return folded, "#" + folded, light
    return folded, concept(folded.replace(".", "")), light


@lru_cache(maxsize=64)
def _units(text: str, language: str, source: int) -> tuple[Unit, ...]:
    return tuple(read(one, source, at) for at, one in enumerate(terms.sentences(text, language)))


class Evidence:
    """The sources, read once for any number of sentences."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.units: list[Unit] = []
        self.published: dict[int, datetime] = {}
        self.outlets: dict[int, str] = {}
        for source in sources:
            self.units += _units(source.text, source.language, source.number)
            self.published[source.number] = source.published_at
            self.outlets[source.number] = source.outlet
        # a headline is no sentence to rest on, but what it names is named
        self.plain = [plain(f"{one.title} | {one.text}" if one.title else one.text) for one in sources]
        self._counts = Counter(sign for unit in self.units for sign in unit.signs)
        self._weights: dict[str, float] = {}
        self._notes: dict[Any, Any] = {}
        self._texts = {one.text: one for one in reversed(self.units)}
        self._where = {(one.source, one.number): one for one in self.units}

    def weight(self, sign: str) -> float:
        """How telling a concept is among these sources; one that none of them has weighs most."""
        if sign not in self._weights:
            self._weights[sign] = math.log(1 + (len(self.units) + 1) / (1 + self._counts[sign]))
        return self._weights[sign]

    def verbatim(self, text: str) -> Unit | None:
        """The sentence that a source has word for word, unless two words are too few to tell anything."""
        return self._texts.get(text) if len(text) >= COPIED else None

    def note(self, of: Callable[[Evidence], T]) -> T:
        """What this function finds in the sources, worked out once."""
        if of not in self._notes:
            self._notes[of] = of(self)
        found: T = self._notes[of]
        return found

    def known(self, sign: str) -> bool:
        """Whether any source has the concept."""
        return self._counts[sign] > 0

    @cached_property
    def figures(self) -> list[Figure]:
        """All figures of the sources."""
        joined = (_BADLY_JOINED.sub(r"\1", text) for text in self.plain)
        return [one for text in [*self.plain, *joined] for one in figures(text)]

    @cached_property
    def letters(self) -> str:
        """All texts as bare words, for quotations."""
        return " | ".join(bare(text) for text in self.plain)

    @cached_property
    def folded(self) -> frozenset[str]:
        """All words, folded, also the parts of hyphenated ones."""
        return frozenset(one.text for unit in self.units for one in unit.words) | frozenset(
            word for text in self.plain for word in re.findall(r"[\w'-]+", text.casefold())
        )

    @cached_property
    def roots(self) -> frozenset[str]:
        """The roots of all words."""
        return frozenset(root(word) for word in self.folded)

    def find(self, wanted: Iterable[str]) -> tuple[list[Unit], float, float]:
        """The sentences that carry these concepts, greedily; the share of all and of the first."""
        left = set(wanted)
        weights = {sign: self.weight(sign) for sign in left}
        total = sum([weights[sign] for sign in sorted(left)])
        picked, first, units = list[Unit](), 0.0, self.units
        while total and len(picked) < EVIDENCE:
            gains = []
            for unit in units:
                both = left & unit.signs
                if both:
                    gains.append((round(sum([weights[sign] for sign in sorted(both)]), 9), unit))
            if not gains:
                break
            units = [unit for _, unit in gains]
            gain, unit = max(gains, key=lambda pair: (pair[0], -pair[1].source, -pair[1].number))
            if gain / total < 0.08:
                break
            first = first or gain / total
            picked.append(unit)
            left -= unit.signs
        carried = total - sum(self.weight(sign) for sign in sorted(left))
        return picked, round(carried / total, 6) if total else 0.0, round(first, 6)

    def beside(self, unit: Unit, step: int) -> Unit | None:
        """The sentence before (-1) or after (1) in the same source."""
        return self._where.get((unit.source, unit.number + step))

    def near(self, picked: Sequence[Unit]) -> list[Unit]:
        """The evidence with a sentence on either side, in the sources' order."""
        wanted = {(one.source, one.number + step) for one in picked for step in (-1, 0, 1)}
        return [one for one in self.units if (one.source, one.number) in wanted]


def bare(text: str) -> str:
    """Words alone, folded, single blanks between."""
    return " ".join(_BARE.findall(text.casefold()))


_BARE = re.compile(r"\w+")
