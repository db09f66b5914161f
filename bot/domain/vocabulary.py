"""Finds many terms in a text in one pass, by the habits of each script.

* Latin, Cyrillic, Greek: whole words. Plurals and possessives are found too; accents do not count. A term
  with a capital wants a capital in the text ("Quad", not "quad"); one in capitals wants them all ("US").
* Arabic: whole words, without marks and with alef, ya and ta marbuta made equal, after the particles that are
  written together with a word. A term with the article wants it ("الشرع"), one without takes both.
* Chinese and Japanese: anywhere in the text, traditional and simplified characters made equal.
* Korean: at the start of a word, for particles follow.
* ``*`` at the end of a word stands for any ending: "syrisch*", "сирийск*", "سوري*".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.terms import normalize, simplified

_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_ARABIC = re.compile("[\u0620-\u064a\u066e-\u06d3]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_OTHER_LETTERS = str.maketrans({"ی": "ي", "ک": "ك", "ى": "ي"})  # Persian keyboards
_POSSESSIVE = re.compile(r"['’]s\b")
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}")
_WORD = re.compile(r"[^\W_]+\*?")
_MANNER = re.compile(r"\b\w+-(?:born|raised|style|styled|inspired|themed)\b", re.IGNORECASE)
"""Where somebody comes from, what a thing is like: "Syrian-born" and "Homs-style" name no place."""
_END = re.compile(r"[.!?][\"”’)]*\s|[。！？؟；\n]+")
_MEMO = 60_000  # different words kept with what they may begin; a day of news has about half of that


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One word of a term."""

    text: str  # folded, lower case; Arabic without its article
    prefix: bool = False  # any ending
    article: bool = False  # must stand with the Arabic article
    capital: bool = False
    exact: str = ""  # capitals as they must stand

    def fits(self, word: str) -> bool:
        if self.exact:
            return word == self.exact
        if self.capital:
            if not word[0].isupper():
                return False
            if word.lower() == self.text + "s" and not self.text.endswith(("an", "no")):
                return False  # Hamas is not several Hamas; Syrians and Filipinos are several
        return any(
            (form.startswith(self.text) if self.prefix else form == self.text)
            and (article or not self.article)
            for form, article in _forms(word)
        )


@dataclass(frozen=True, slots=True)
class Sentence:
    """Which terms stand in a sentence, as (term, start, end), and how long it is in words."""

    hits: tuple[tuple[str, int, int], ...]
    words: int


_Candidates = tuple[tuple[str, tuple[_Pattern, ...]], ...]
"""Terms, each with its words after the first."""


class _Memo(dict[str, _Candidates]):
    """Word → the terms that it may begin; words come again and again."""

    def __init__(self, starting: Callable[[str], _Candidates]) -> None:
        super().__init__()
        self._starting = starting

    def __missing__(self, word: str) -> _Candidates:
        if len(self) >= _MEMO:
            self.clear()
        found = self[word] = self._starting(word)
        return found


class Vocabulary:
    """Terms compiled once; :meth:`find` is one pass over a text however many they are."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._inside: dict[str, list[tuple[str, str]]] = {}  # first two characters -> (folded, term)
        self._exact: dict[str, list[tuple[str, tuple[_Pattern, ...]]]] = {}
        self._prefix: dict[str, list[tuple[str, tuple[_Pattern, ...]]]] = {}
        self._memo = _Memo(self._starting)
        for term in dict.fromkeys(terms):
            folded = fold(term)
            if _CJK.search(folded):
                key = folded.replace(" ", "").lower()
                self._inside.setdefault(key[:2], []).append((key, term))
            elif patterns := tuple(_pattern(word) for word in _WORD.findall(folded)):
                first = patterns[0]
                shelf, key = (self._prefix, first.text[:2]) if first.prefix else (self._exact, first.text)
                shelf.setdefault(key, []).append((term, patterns))

    def find(self, text: str) -> tuple[Sentence, ...]:
        """The sentences of a text with the terms in each; a term within a longer one is listed too."""
        found: list[Sentence] = []
        for sentence in _END.split(_MANNER.sub(" ", fold(text))):
            if not sentence.strip():
                continue
            words = _WORD.findall(sentence)
            hits = self._in_words(words)
            count = len(words)
            if cjk := len(_CJK.findall(sentence)):
                hits += self._in_characters(sentence.replace(" ", "").lower(), len(words) + 1)
                count = len(_WORD.findall(_CJK.sub(" ", sentence))) + (cjk + 1) // 2
            found.append(Sentence(tuple(hits), count))
        return tuple(found)

    def _in_words(self, words: list[str]) -> list[tuple[str, int, int]]:
        hits: list[tuple[str, int, int]] = []
        # Most words begin no term: those are passed over without a step of their own.
        starting = map(self._memo.__getitem__, words)
        for at, candidates in [pair for pair in enumerate(starting) if pair[1]]:
            for term, others in candidates:
                if not others:  # most terms are one word
                    hits.append((term, at, at + 1))
                    continue
                end = at + 1 + len(others)
                rest = words[at + 1 : end]
                if len(rest) == len(others) and all(map(_Pattern.fits, others, rest)):
                    hits.append((term, at, end))
        return hits

    def _starting(self, word: str) -> _Candidates:
        """The terms whose first word this may be, each with its other words."""
        found = {
            term: patterns
            for form, _ in _forms(word)
            for shelf in (self._exact.get(form), self._prefix.get(form[:2]))
            if shelf
            for term, patterns in shelf
            if patterns[0].fits(word)
        }
        return tuple((term, patterns[1:]) for term, patterns in found.items())

    def _in_characters(self, sentence: str, offset: int) -> list[tuple[str, int, int]]:
        """``offset`` keeps places among characters apart from those among words."""
        inside = self._inside
        return [
            (term, offset + at, offset + at + len(key))
            for at in range(len(sentence) - 1)
            for key, term in inside.get(sentence[at : at + 2], ())
            if sentence.startswith(key, at)
        ]


@lru_cache(maxsize=4)
def vocabulary(terms: tuple[str, ...]) -> Vocabulary:
    """The vocabulary of these terms: the last few are kept, since compiling takes a third of a second."""
    return Vocabulary(terms)


def fold(text: str) -> str:
    """A text without what only spelling changes, except capitals: width, accents, script variants, "'s"."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = simplified(unicodedata.normalize("NFC", _ACCENTS.sub("", text)))
        if _ARABIC.search(text):
            text = "".join(
                piece if piece.isascii() else _fold_arabic(piece) for piece in re.split(r"(\s+)", text)
            )
    text = _POSSESSIVE.sub("", text)
    return _INITIALS.sub(lambda match: match[0].replace(".", "") + " ", text)


def script_is_latin(term: str) -> bool:
    """Whether a term is written in Latin letters."""
    return term.isascii() or all(ord(letter) < 0x250 for letter in term if letter.isalpha())


@lru_cache(maxsize=50_000)
def _fold_arabic(word: str) -> str:
    return normalize(word).translate(_OTHER_LETTERS) if _ARABIC.search(word) else word


def _pattern(word: str) -> _Pattern:
    prefix = word.endswith("*") or bool(_HANGUL.search(word))
    word = word.rstrip("*")
    if _ARABIC.search(word):
        article = word.startswith("ال") and len(word) > 3
        return _Pattern(word[2:] if article else word, prefix=prefix, article=article)
    if len(word) > 1 and word.isupper() and not prefix:
        return _Pattern(word.lower(), exact=word)
    return _Pattern(word.lower(), prefix=prefix, capital=word[0].isupper())


@lru_cache(maxsize=100_000)
def _forms(word: str) -> tuple[tuple[str, bool], ...]:
    """What a word may be a form of, each with whether the Arabic article stood before it."""
    if _ARABIC.search(word):
        return _arabic_forms(word)
    lower = word.lower().removesuffix("*")
    forms = [lower]
    if len(lower) > 3 and lower.endswith("s"):
        forms.append(lower[:-1])
        if lower.endswith("es"):
            forms.append(lower[:-2])
        if lower.endswith("ies"):
            forms.append(lower[:-3] + "y")
    return tuple((form, False) for form in forms)


def _arabic_forms(word: str) -> tuple[tuple[str, bool], ...]:
    stems = [word]
    for particles in ("وف", "بلك"):
        stems += [stem[1:] for stem in stems if stem[0] in particles and len(stem) > 2]
    forms: dict[tuple[str, bool], None] = {}
    for stem in stems:
        forms[stem, False] = None
        if stem.startswith("ال") and len(stem) > 3:
            forms[stem[2:], True] = None
        # "to the" is written لل: once its first letter is off, the article is one letter
        if (
            word.removeprefix("و").removeprefix("ف").startswith("لل")
            and stem.startswith("ل")
            and len(stem) > 3
        ):
            forms[stem.removeprefix("ل").removeprefix("ل"), True] = None
    return tuple(forms)


def outermost(hits: Iterable[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    """Hits without those that lie within a longer one: "China" in "South China Sea" is no China."""
    listed = tuple(hits)
    if len(listed) < 2 or all(end - start < 2 for _, start, end in listed):  # only these can hold another
        return listed
    ends: dict[int, int] = {}  # start → the furthest end from there
    for _, start, end in listed:
        ends[start] = max(end, ends.get(start, end))
    before: dict[int, int] = {}  # start → the furthest end from an earlier one
    furthest = -1
    for start in sorted(ends):
        before[start] = furthest
        furthest = max(furthest, ends[start])
    return tuple(one for one in listed if before[one[1]] < one[2] == ends[one[1]])
