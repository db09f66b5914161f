"""Names in Latin letters that a source spells in Arabic: read letter by letter, short vowels left open."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.domain.summaries.checking.reading import Evidence

_LETTERS = {
    "ا": "(?:a|e|i|o|u)?", "أ": "(?:a|e|o|u)", "إ": "(?:i|e)", "آ": "a", "ء": "'?", "ؤ": "(?:o|u|w)?", "ئ": "(?:i|e|y)?",
    "ب": "(?:b|p)", "ت": "t", "ث": "(?:th|t|s)", "ج": "(?:j|g|dj|c)", "ح": "h", "خ": "(?:kh|h|ch)", "د": "d",
    "ذ": "(?:dh|th|z|d)", "ر": "r", "ز": "(?:z|s)", "س": "(?:s|c|ss)", "ش": "(?:sh|ch|s)", "ص": "s", "ض": "(?:d|dh)",
    "ط": "t", "ظ": "(?:z|dh|th)", "ع": "(?:'|a|e|i|o|u)?", "غ": "(?:gh|g)", "ف": "(?:f|v|ph)", "ق": "(?:q|k|c|g)",
    "ك": "(?:k|c|ck|q|g)", "ل": "l", "م": "m", "ن": "n", "ه": "h?", "و": "(?:w|u|o|ou|oo|v|au|aw)", "ي": "(?:y|i|e|ee|ai|ei|ay|ie)",
    "ى": "(?:a|e)?", "ة": "(?:a|ah|eh|at|e)?",
}  # fmt: skip
_WORD = re.compile(r"[\u0621-\u064a]{3,}")


def spelt(part: str, evidence: Evidence) -> bool:
    """Whether a source has this part of a name (folded) in Arabic letters."""
    words = evidence.note(_arabic)
    return (
        len(part) > 3
        and part.isascii()
        and any(_may(one, part) and _pattern(one).fullmatch(part) for one in words.get(part[0], ()))
    )


def _arabic(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """The words in Arabic letters by the Latin letters they may begin with."""
    found: dict[str, list[str]] = {}
    for word in sorted(
        {re.sub(r"^[وفبكل]?(?:ال|لل)", "", one) for text in evidence.plain for one in _WORD.findall(text)}
    ):
        if len(word) > 2:
            for letter in _begins(word):
                found.setdefault(letter, []).append(word)
    return {letter: tuple(words) for letter, words in found.items()}


@lru_cache(maxsize=20_000)
def _begins(word: str) -> tuple[str, ...]:
    return tuple(
        letter for letter in "abcdefghijklmnopqrstuvwxyz" if re.match(_LETTERS.get(word[0], "-"), letter)
    )


def _may(word: str, part: str) -> bool:
    """Whether its consonants may stand in this order in the name: a pattern takes a thousand times as long to make."""
    at = 0
    for choices in _bones(word):
        while at < len(part) and part[at] not in choices:
            at += 1
        if at == len(part):
            return False
        at += 1
    return True


@lru_cache(maxsize=20_000)
def _bones(word: str) -> tuple[str, ...]:
    """For each of its letters that is never left out, the Latin ones with which it may begin; unknown ones are "-"."""
    written = (_LETTERS.get(one, "-") for one in word)
    return tuple(_FIRST[one] for one in written if not one.endswith("?"))


_FIRST = {
    one: "".join(sorted({choice[0] for choice in one.removeprefix("(?:").removesuffix(")").split("|")}))
    for one in (*_LETTERS.values(), "-")
}


@lru_cache(maxsize=20_000)
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile("".join(_LETTERS.get(one, "-") + "[aeiou]?" for one in word) + "h?")
