"""A story as the injector sees it: what is true of it, so that what it makes is false; and its chance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from hashlib import sha256
from typing import TypeVar

from bot.domain import terms
from bot.evaluation.injection.clusters import Clean, Cluster
from bot.evaluation.injection.names import Book
from bot.evaluation.injection.numbers import Figure, derived, figures

T = TypeVar("T")
TOLD = 0.6
"""Share of a sentence's content words in one source sentence from which it counts as telling the same."""


class Scene:
    """The articles of a story up to the moment of a clean sentence, with other stories to borrow from."""

    def __init__(self, cluster: Cluster, clean: Clean, others: Sequence[Cluster]) -> None:
        self.sources = cluster.upto(clean.until)
        self.all_sources = cluster.sources
        self.others = others
        self.texts = [f"{one.title}\n{one.text}" for one in cluster.sources]
        self.plain = "\n".join(self.texts)
        self.folded = squeezed(self.plain)
        self.book = Book(self.texts)
        self._units = [
            (text, frozenset(terms.content_words(text)))
            for one in self.texts
            for text in terms.sentences(one)
        ]

    @cached_property
    def units(self) -> list[tuple[str, frozenset[str]]]:
        """The sentences of all articles with their content words."""
        return self._units

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of the articles, stemmed."""
        return frozenset(terms.words(self.plain))

    @cached_property
    def figures(self) -> list[tuple[int, Figure]]:
        """The figures of the articles, each with its article's place in time."""
        return [(at, one) for at, text in enumerate(self.texts) for one in figures(text)]

    def has_value(self, value: float, margin: float, like: Figure) -> bool:
        """Whether the articles give this value within a share of it, or an editor can make it of theirs.

        Sums, shares and other units are held against it more narrowly: of thirty figures four hundred sums
        can be made, and within 2 % of one of them stands nearly every number.
        """
        plain = [one for _, one in self.figures]
        if any(abs(value - one.value) <= margin * max(value, one.value) for one in plain):
            return True
        kin = [one.value for one in plain if one.kind == like.kind and one.unit == like.unit]
        made = derived(
            kin, shares=[one.value for one in plain if one.kind != "date"] if like.kind == "percent" else ()
        )
        return any(abs(value - one) <= 0.005 * max(value, abs(one)) for one in made)

    def has(self, text: str) -> bool:
        """Whether the articles hold these very words."""
        return squeezed(text) in self.folded

    def knows(self, name: str) -> bool:
        """Whether any word of the name (of Chinese, the name) stands in the articles."""
        if re.search(r"[\u3400-\u9fff]", name):
            return name in self.plain
        parts = [
            one for one in re.findall(r"[\w’'-]+", name.casefold()) if len(one) > 3 or one == name.casefold()
        ]
        return any(re.search(rf"\b{re.escape(one)}", self.folded) for one in parts)

    def told(self, text: str, *required: str) -> bool:
        """Whether a sentence of the articles that has all the required words tells much the same."""
        words = frozenset(terms.content_words(text)) - frozenset(
            word for one in required for word in terms.content_words(one)
        )
        return any(
            all(one.casefold() in unit.casefold() for one in required)
            and len(words & there) >= TOLD * len(words)
            for unit, there in self.units
        )

    def told_by(self, text: str, unit: tuple[str, frozenset[str]]) -> bool:
        """Whether this sentence of the articles tells much the same."""
        words = frozenset(terms.content_words(text))
        return len(words & unit[1]) >= TOLD * len(words)


def squeezed(text: str) -> str:
    """Folded, with one kind of blank and quotation mark."""
    text = text.casefold().translate(str.maketrans("“”’‘", "\"\"''"))
    return re.sub(r"\s+", " ", text).strip(" .。")


def shuffled(items: Iterable[T], *key: object) -> list[T]:
    """The items in an order that only the key decides, the same on every machine."""
    seed = "/".join(map(str, key))
    pairs = [(sha256(f"{seed}/{at}".encode()).digest(), item) for at, item in enumerate(items)]
    return [item for _, item in sorted(pairs, key=lambda pair: pair[0])]


def swapped(text: str, start: int, end: int, new: str) -> str:
    """The text with a span exchanged."""
    return text[:start] + new + text[end:]


def unquoted(text: str) -> list[tuple[int, int]]:
    """The spans of a text outside of quotation marks."""
    spans, at = [], 0
    for match in re.finditer(r"[\"“«「『][^\"”»」』]*[\"”»」』]", text):
        spans.append((at, match.start()))
        at = match.end()
    return [*spans, (at, len(text))]


def outside(text: str, start: int) -> bool:
    """Whether a place is outside of quotation marks."""
    return any(a <= start < b for a, b in unquoted(text))


def quotations(text: str) -> list[tuple[int, int]]:
    """The spans inside quotation marks, at least three words (or six signs) long."""
    found = []
    for match in re.finditer(r"[\"“«「『]([^\"”»」』]+)[\"”»」』]", text):
        if terms.word_count(match[1]) >= 3:
            found.append((match.start(1), match.end(1)))
    return found
