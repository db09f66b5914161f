"""How telling a word is: its rarity in the language, corrected by what this newsroom keeps writing about.

The rarity comes from a word list (``usual``); what the feeds themselves bring corrects it: in a bot that
follows Syria, "Damascus" tells little. The counts that weigh are those of the last :class:`Counts`, frozen
until the next: an article's weights then depend on nothing that was placed beside it, and a restart that has
the same counts computes the same weights.
"""

from __future__ import annotations

import json
import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from bot.domain import terms

Usual = Callable[[str], Mapping[str, float]]
"""Language → stem → its share of all running words; empty where no list is at hand."""

PRIOR = 5000
"""Articles that the word list counts for. 2,000 to 20,000 grouped the development sets alike."""
RUN = 60
"""Words of a lede: with its share of running words, how likely one has a word at all."""
UNKNOWN = 1.0  # articles of PRIOR that hold a word which no list knows: a name, as a rule
NEWSY = 0.05  # share of articles that hold one of the words below, where no list says more
FIRST, STEP = 128, 2048
"""Articles until the counts are frozen first, and at most between two times; it doubles in between."""
KEPT = 20_000
"""Most frequent words that frozen counts hold: the rest are as rare as their list says."""

# Words that stand in one of twenty news texts, however rare they are elsewhere.
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
_COMMON = frozenset(stem for word in _NEWSY.split() for stem in terms.words(word))


def nothing(language: str) -> Mapping[str, float]:
    """No word list at all."""
    del language
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was seen until it was frozen: ``articles`` by language, ``words`` by "language:stem"."""

    articles: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)

    def packed(self) -> bytes:
        """Small, for a row; :meth:`unpacked` gives it back exactly."""
        body = json.dumps([dict(self.articles), dict(self.words)], ensure_ascii=False, separators=(",", ":"))
        return zlib.compress(body.encode(errors="surrogatepass"), 6)

    @classmethod
    def unpacked(cls, body: bytes) -> Counts:
        """Raises ValueError or zlib.error for what :meth:`packed` did not make."""
        articles, words = json.loads(zlib.decompress(body).decode(errors="surrogatepass"))
        return cls(articles=articles, words=words)


class _Weights(dict[str, float]):
    """The weights of a language's words that were asked for since the counts were frozen.

    ``usual``: the language's list; ``frozen``: the counts.
    """

    def __init__(self, language: str, usual: Mapping[str, float], frozen: Counts) -> None:
        super().__init__()
        self._prefix, self._usual, self._seen = f"{language}:", usual, frozen.words
        self._total = PRIOR + frozen.articles.get(language, 0) + 1

    def __missing__(self, word: str) -> float:
        share = 1 - math.exp(-self._usual.get(word, 0.0) * RUN)
        expected = max(PRIOR * share, PRIOR * NEWSY if word in _COMMON else UNKNOWN)
        seen = self._seen.get(self._prefix + word, 0) + expected
        found = self[word] = max(0.05, math.log(self._total / seen))
        return found


class Words:
    """The weights of words now, and the counting for the next time."""

    def __init__(self, usual: Usual = nothing) -> None:
        self._usual = usual
        self._lists: dict[str, Mapping[str, float]] = {}
        self.frozen = Counts()
        self._articles: Counter[str] = Counter()
        self._words: dict[str, Counter[str]] = defaultdict(Counter)
        self._weights: dict[str, _Weights] = {}

    def weight(self, word: str, language: str) -> float:
        """Inverse document frequency, 0.05 (says nothing) to about 8.5 (never seen)."""
        return self.weights([word], language)[0]

    def weights(self, words: Iterable[str], language: str) -> list[float]:
        """The weight of each."""
        known = self._weights.get(language)
        if known is None:
            if language not in self._lists:
                self._lists[language] = self._usual(language)
            known = self._weights[language] = _Weights(language, self._lists[language], self.frozen)
        return list(map(known.__getitem__, words))

    def learn(self, words: Iterable[str], language: str) -> None:
        """Count an article's words (each once), for the next freezing."""
        self._articles[language] += 1
        self._words[language].update(words)

    def settle(self) -> Counts | None:
        """Freeze the counts if enough was seen since they last were; gives the new ones then."""
        seen = self._articles.total()
        before = sum(self.frozen.articles.values())
        if seen - before < min(max(FIRST, before), STEP):
            return None
        # What is frozen is also all that is counted on: a restart, which has only this, goes on the same.
        counted = [(f"{key}:{word}", n) for key, found in self._words.items() for word, n in found.items()]
        if len(counted) > KEPT:  # most words were seen once: only those that may be kept are put in order
            least = sorted(map(itemgetter(1), counted))[-KEPT]
            counted = [pair for pair in counted if pair[1] >= least]
        counted.sort(key=itemgetter(0))
        counted.sort(key=itemgetter(1), reverse=True)
        kept = counted[:KEPT]
        self.use(Counts(articles=dict(self._articles), words=dict(kept)))
        return self.frozen

    def use(self, counts: Counts) -> None:
        """Go on from these counts."""
        self.frozen = counts
        self._articles = Counter(counts.articles)
        self._words.clear()
        for key, seen in counts.words.items():
            language, _, word = key.partition(":")
            self._words[language][word] = seen
        self._weights.clear()

    def trim(self) -> None:
        """Forget computed weights when there are very many of them; they are computed again when needed."""
        if sum(map(len, self._weights.values())) > 10 * KEPT:
            self._weights.clear()
