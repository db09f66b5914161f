"""Who did it to whom: two that act on each other, against every source sentence that has both and the deed.

There is no parser: the one before the verb acts, unless "by" or "from" stands before the one after it. Sold to
and bought from, gave to and got from, struck and was struck by are thereby told apart from their opposites.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.summaries.checking import countries
from bot.domain.summaries.checking.names import kin, names
from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.domain.summaries.checking.stems import irregular, root
from bot.domain.summaries.lexicon import DAYS, MONTHS
from bot.types import Finding

_BODIES = frozenset(
    form
    for word in [
        "army",
        "government",
        "ministry",
        "company",
        "court",
        "police",
        "rebel",
        "union",
        "council",
        "agency",
        "parliament",
        "bank",
        "coastguard",
        "guard",
        "navy",
        "opposition",
        "commission",
        "party",
        "militia",
        "regulator",
        "prosecutor",
        "university",
        "authority",
        "airline",
        "operator",
        "farmer",
        "minister",
        "president",
        "envoy",
        "diver",
        "investigator",
        "lawyer",
        "villager",
        "trader",
        "importer",
        "exporter",
        "shipper",
        "owner",
        "crew",
        "captain",
        "lawmaker",
        "deputy",
        "senator",
        "hospital",
        "governor",
        "mayor",
        "spokesman",
        "committee",
        "ambassador",
        "activist",
        "customs",
        "tenant",
        "buyer",
        "seller",
        "mediator",
        "tribe",
        "shipyard",
        "ministry",
        "journalist",
        "negotiator",
        "supplier",
        "contractor",
        "shareholder",
        "striker",
        "employer",
        "creditor",
        "bondholder",
        "lender",
        "borrower",
        "gang",
        "insurgent",
        "troop",
        "delegation",
        "administration",
        "association",
        "federation",
        "group",
        "team",
        "club",
        "watchdog",
        "auditor",
        "jury",
        "suspect",
        "gunman",
        "hacker",
        "thief",
        "refugee",
        "returnee",
        "people",
        "child",
        "soldier",
        "worker",
        "passenger",
        "member",
        "resident",
        "victim",
        "official",
        "student",
        "civilian",
        "protester",
        "woman",
        "man",
        "survivor",
        "patient",
        "doctor",
        "miner",
        "prisoner",
        "detainee",
        "hostage",
        "family",
        "teacher",
        "sailor",
        "citizen",
        "migrant",
        "fighter",
        "engineer",
        "nurse",
        "driver",
        "troops",
        "forces",
        "firm",
        "trader",
        "country",
        "cyclone",
        "typhoon",
        "storm",
        "quake",
        "flood",
    ]
    for form in (word, word + "s", word + "es", word[:-1] + "ies", word[:-3] + "men")
) | frozenset({"children", "people", "women", "men", "thieves"})
_MARKED = re.compile(
    r"\b(by|from)(?: (?!\d|(?:of|to|in|for|on|with|at|after|before|that|over)\b|\w+ing\b)[\w'-]+){0,3}\s$",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:\b(?:in|at|near|off|into|across|through|around|of|outside|over|under|between|than|as|via|inside|towards?|"
    r"within|among|and|or|like|including|beyond|along|north|south|east|west)(?: (?:the|a|an|its|his|her|their))?\s|[(-])$",
    re.IGNORECASE,
)
_OWNS = re.compile(r"(?:\s[a-z]+)?'s?(?!\w)|-|\s(?:[a-z]+ )?(?:says?|said)\b(?! (?:that|it|he|she|they))")
_SPEAK = frozenset({"=say", "accord"})
_MODIFIES = re.compile(
    r"\s[A-Z]|\s(?!has|was|is|does)[a-z]+s (?:[a-z]+(?:ed|en)|was|were|is|are|has|have|had|will|would|can|could|may|must|in|of|on|at|to|said|say)\b"
    r"|\s(?!will|would|has|had|have|is|was|were|are|can|could|may|must|to|in|on|at|for|by|with|after|before|over|when|that)"
    r"[a-z]+(?<!ed)(?<!s) (?:was|were|is|are|has|have|had|will|would|of|[a-z]+s)\b"
)
"""A name that only says whose: "US consulates stopped"."""
_ADJECTIVE = re.compile(r"(?:ese|ian|ish|can|aeli|aqi|ench|utch|ani)$")
_APART = re.compile(r"\b(?:after|before|because|when|while|as|since|if|until|who|which)\b")
_NO_NOUN = ("ed", "ing", "ly")
_TIMES = frozenset(
    root(one)
    for one in (
        *MONTHS, *DAYS, "year", "month", "week", "day", "hour", "minute", "today", "yesterday", "time", "one", "two", "three",
        "four", "five", "six", "seven", "eight", "nine", "ten",
    )
)  # fmt: skip
_AND = re.compile(r",?(?: \w+)? and(?: the| a| an| its| \w+){0,2} ")
SHARE = 0.3
"""Of the sentence's weight that a source sentence must have to be about the same."""


REACH = 32
"""Characters before a name within which :data:`_ASIDE` has room."""
_QUOTED = re.compile(r'"[^"]*"')
_SMALL = re.compile(r"\s[a-z]")


@dataclass(frozen=True, slots=True)
class Actor:
    """One who may act: ``keys`` name it in any of its forms."""

    keys: frozenset[str]
    start: int
    end: int
    at: int
    until: int
    marked: str  # "by" or "from" before it, or ""
    acts: bool  # a name, a body, people: surely one that can do something


@lru_cache(maxsize=8192)
def actors(unit: Unit) -> tuple[Actor, ...]:
    """Those of a sentence outside of quotations that may act or suffer, in order; no places, owners, parts."""
    text = unit.text
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    folded = text.casefold()
    may_be_marked = "by " in folded or "from " in folded
    found: list[Actor] = []
    for start, end, keys, acts in sorted(_spans(unit), key=lambda span: (span[0], -span[1])):
        after = text[end:]
        if (found and start < found[-1].end) or any(a <= start < b for a, b in quoted):
            continue
        if (
            text[start:end].endswith(("'s", "s'"))
            or _ASIDE.search(text, max(0, start - REACH), start)
            or _OWNS.match(after)
            or _MODIFIES.match(after)
        ):
            continue
        if any(key[0] == "@" for key in keys) and _ADJECTIVE.search(text[start:end]) and _SMALL.match(after):
            continue
        match = _MARKED.search(text, 0, start) if may_be_marked else None
        marked = match[1].casefold() if match else ""
        if found and _AND.fullmatch(text[found[-1].end : start]):
            marked = marked or found[-1].marked
        at = unit.at(start)
        found.append(Actor(keys, start, end, at, max(at + 1, unit.at(end)), marked, acts))
    return tuple(found)


def _spans(unit: Unit) -> Iterator[tuple[int, int, frozenset[str], bool]]:
    """(start, end, keys, whether it surely can act) of names, bodies and other nouns."""
    nations = countries.mentions(unit.text)
    for one in names(unit.text):
        keys = frozenset().union(*(kin(part) for part in one.parts))
        keys |= {"@" + there.country for there in nations if one.start <= there.start < one.end}
        keys |= {word.sign for word in unit.words if one.start <= word.start < one.end and not word.light}
        yield one.start, one.end, keys, True
    for word, after in itertools.zip_longest(unit.words, unit.words[1:]):
        body = word.text in _BODIES
        if not body and after and after.text in _BODIES and after.clause == word.clause:
            continue  # "the election authority"
        if body or not (
            word.light
            or word.sign[0] == "#"
            or word.text.endswith(_NO_NOUN)
            or root(word.text) in _TIMES
            or irregular(word.text)
        ):
            yield word.start, word.start + len(word.text), frozenset({word.sign}), body


def check(unit: Unit, evidence: Evidence) -> list[Finding]:
    """Doubts "actors": a source sentence nearer to it than any other of the kind has the two the other way round."""
    if not unit.text.isascii() and not re.search(r"[a-z]{3}", unit.text):
        return []  # no order to go by in Chinese and Arabic
    found = []
    total = sum(evidence.weight(sign) for sign in sorted(unit.signs)) or 1.0
    near = [
        (round(sum(evidence.weight(sign) for sign in sorted(both)) / total, 6), there)
        for there in evidence.units
        if (both := unit.signs & there.signs)
    ]
    near = [one for one in near if one[0] >= SHARE]
    for a, b in _pairs(actors(unit)):
        deeds = _deeds(unit, a, b)
        best = {True: 0.0, False: 0.0}
        for share, there in near:
            if deeds & there.signs:
                for acts in _told(a, b, deeds, there):
                    best[acts] = max(best[acts], share)
        if best[bool(b.marked)] > best[not b.marked]:
            span = f"{unit.text[a.start : a.end]} / {unit.text[b.start : b.end]}"
            found.append(Finding(kind="actors", span=span, hard=False))
    return found[:1]


def _pairs(said: tuple[Actor, ...]) -> Iterator[tuple[Actor, Actor]]:
    for at, a in enumerate(said):
        for b in said[at + 1 : at + 6]:
            if not a.keys & b.keys and (a.acts or b.acts):
                yield a, b


def _deeds(unit: Unit, a: Actor, b: Actor) -> frozenset[str]:
    between = unit.text[a.end : b.start]
    if unit.words[a.at].clause != unit.words[min(b.at, len(unit.words) - 1)].clause or _APART.search(between):
        return frozenset()
    return frozenset(
        one.sign
        for one in unit.words[a.until : b.at]
        if not one.light and one.sign not in _SPEAK and one.sign[0] != "#" and not one.capital
    )


def _told(a: Actor, b: Actor, deeds: frozenset[str], other: Unit) -> Iterator[bool]:
    """For each place where a source has both with a deed between: whether the first is the one who acts."""
    there = actors(other)
    for x in there:
        if not x.keys & a.keys:
            continue
        for y in there:
            if x is y or not y.keys & b.keys or x.keys & b.keys:
                continue
            low, high = (x, y) if x.at < y.at else (y, x)
            if low is x and high.marked != b.marked and "from" in {high.marked, b.marked}:
                continue  # the same order: "interest from clubs" need not be what clubs get
            if deeds & _deeds(other, low, high):
                yield (low is x) != bool(high.marked)
