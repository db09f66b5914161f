"""Names: there in some form, in their company, and on the right side of the verb."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain import terms
from bot.domain.summaries.checking import contexts, countries, headlines, organisations, spelling
from bot.domain.summaries.checking.contexts import Place
from bot.domain.summaries.checking.eastern import eastern
from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.domain.summaries.checking.stems import concept, root
from bot.domain.summaries.lexicon import CAPITALS, DAYS, ENDINGS, MONTHS, NO_NAMES, PEOPLES
from bot.types import Finding

MARGIN = 0.5
"""Of :func:`contexts.oddness`, set on the half of the sample week for tuning."""
_NAME = re.compile(
    r"(?<![\w])(?:[A-Z](?:\.[A-Z])+\.?|[A-ZÀ-Þ][\w'’&-]*)"
    r"(?:\s+(?:(?:of the|of|de|al|bin|van|von|der)\s+)?[A-ZÀ-Þ][\w'’&-]*)*"
)
_OPENS = re.compile(r"(?:^|[.!?][\"')]*\s|:\s|(?<![\w,])[\"'(])\s*[\"'(]*$")
_SAYS = re.compile(
    r"(?:'s\s+[a-z\d]|(?:,|\s+(?:said|says|told|has|had|is|was|will|would|\w{3,}ed|wants|plans|calls|sees|puts|spoke|put|saw|"
    r"broke|won|took|rose|fell|left|led|lost|made|held|hit|cut|came|went|gave|found|kept|met|sent|sold|set|sought|stood|"
    r"struck|wrote|flew|fled|drove|grew|knew|paid|ran|shot|spent|threw|thought|withdrew|drew|drops|beats|warns|denies|"
    r"wins|loses|agrees|rejects|backs|signs|offers|seeks|owns|farms|runs|leads|heads|must|may|can|could|should)\b))"
)
_PLAIN = re.compile(r".*(?:s|ed|ing|ly|ers?|ment|tion|ity|ism|ness)$")
_COLLECTIVE = frozenset(
    [
        "police",
        "nobody",
        "everyone",
        "someone",
        "traffic",
        "parliament",
        "government",
        "negotiations",
        "nothing",
        "everything",
        "work",
        "trade",
        "lawmakers",
        "people",
        "women",
        "men",
        "children",
        "one",
        "another",
        "others",
        "state",
        "part",
        "half",
        *("today", "yesterday", "tomorrow", "tonight", "country", "year", "month", "week", "world", "nation"),
    ]
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a sentence: its telling words, folded, and where it stands."""

    parts: tuple[str, ...]
    surface: tuple[str, ...]
    start: int
    end: int
    opens: bool  # a single capital at the start: any word has one there


_GALLONS = re.compile(r" (?:gallon|ton|pint|quart|barrel|bushel|survey)s?\b")


@lru_cache(maxsize=8192)
def names(text: str) -> tuple[Name, ...]:
    """The names of a text in Latin letters, in order."""
    found = []
    for match in _NAME.finditer(text):
        opens = bool(_OPENS.search(text[: match.start()]))
        words = [one for one in re.split(r"[\s-]+", match[0]) if _tells(one)]
        if opens and words and match[0].split()[0].casefold().strip(".'") in NO_NAMES:
            opens = False  # "The Ministry": the first capital is gone
        if match[0] in {"US", "U.S."} and _GALLONS.match(text, match.end()):
            continue  # a measure, not a country
        single = opens and len(match[0].split()) == 1 and (match[0][1:].islower() or len(match[0]) == 1)
        if words:
            parts = tuple(re.sub(r"'s?$", "", one.casefold()).strip(".'") for one in words)
            found.append(Name(parts, tuple(words), match.start(), match.end(), single))
    return tuple(found)


def _tells(word: str) -> bool:
    folded = re.sub(r"'s?$", "", word.casefold()).strip(".'")
    return not (
        folded in NO_NAMES or folded in MONTHS or folded in DAYS or folded.isdigit() or len(folded) < 2
        or word.islower()
    )  # fmt: skip


@lru_cache(maxsize=16384)
def kin(word: str) -> frozenset[str]:
    """A name with its near forms: Syrian and Syria, British and Britain, Mohammed and Muhammad."""
    word = re.sub(r"'s?$", "", word.strip(".'")).replace(".", "")
    found = {word, PEOPLES.get(word, word), "~" + skeleton(word)}
    found |= {word[: -len(a)] + b for a, b in ENDINGS if word.endswith(a) and len(word) > len(a) + 2}
    return frozenset(found)


def skeleton(word: str) -> str:
    """A name as its consonants: what is left equal when it is written from another script in two ways."""
    if len(word) < 5 or not word.isascii():
        return word
    plain = word
    for a, b in (
        ("ou", "u"),
        ("oo", "u"),
        ("ee", "i"),
        ("ph", "f"),
        ("kh", "h"),
        ("dh", "d"),
        ("q", "k"),
        ("dj", "j"),
    ):
        plain = plain.replace(a, b)
    plain = re.sub(r"(.)\1", r"\1", plain)
    bones = plain[0] + re.sub(r"[aeiouyhw']", "", plain[1:])
    return bones if len(bones) > 2 else word


_CREDIT = re.compile(r"^[^()]{0,200}?\b[A-Z]{3,}[A-Z .,']* \(([^()]{2,40})\) ?-", re.MULTILINE)
"""A dateline with the agency: ATHENS (Meridian Wire) -"""


def _known(evidence: Evidence) -> frozenset[str]:
    initials = {one for text in evidence.plain for one in organisations.acronyms(text)}
    credited = {
        word
        for text in evidence.plain
        for match in _CREDIT.finditer(text)
        for word in re.findall(r"[\w'-]+", match[1].casefold())
    }
    named = {
        word for text in evidence.plain for word in re.findall(r"[\w'-]+", _CREDIT.sub(" ", text).casefold())
    }
    found = frozenset().union(*(kin(word) for word in evidence.folded - (credited - named))) | initials
    found |= credited  # an agency in its own byline is no person spelt in another way
    # "F.B.I.", "S&P", "d'Esquadra" and "F-35A" as names are cut
    found |= {part for unit in evidence.units for one in names(unit.text) for part in one.parts}
    found |= {CAPITALS[word] for word in evidence.folded if word in CAPITALS}
    return found


def check(unit: Unit, evidence: Evidence) -> tuple[list[Finding], float]:
    """Findings "name" (hard; a doubt for a single capital at the start) and "name-context"; the oddness."""
    odd = 0.0
    found = list(eastern(unit.text, evidence))
    known = evidence.note(_known)
    carried = _carried(unit.text, evidence)
    titled = headlines.in_title_case(unit.text)
    for name in names(unit.text):
        missing = [
            surface
            for part, surface in zip(name.parts, name.surface, strict=True)
            if not (kin(part) & known)
            and root(part) not in evidence.roots
            and not _within(unit.text, name, surface, carried)
            and not _opening(name, part, unit.text)
            and not spelling.spelt(part, evidence)
            and not (titled and (headlines.ordinary(part) or _everyday(part)))
        ]
        if not missing:
            if not name.opens or _mentions(name, evidence):
                here = _oddness(name, unit, evidence)
                odd = max(odd, here)
                if here > MARGIN:
                    found.append(Finding(kind="name-context", span=" ".join(name.surface), hard=False))
            continue
        country = any(one.start <= name.start < one.end for one in countries.mentions(unit.text))
        if name.opens and not country and not _looks(name, unit.text) and not _rare(name, unit.text):
            continue
        if _acronym(name, evidence) or _blend(missing, evidence):
            continue
        hard = not name.opens or country
        found += [Finding(kind="name", span=one, hard=hard) for one in dict.fromkeys(missing)]
    return found, odd


def _opening(name: Name, part: str, text: str) -> bool:
    """Whether it is an everyday word whose capital the start of a sentence gave: "Striking Canadian workers"."""
    if len(name.parts) < 2 or part != name.parts[0] or not _OPENS.search(text[: name.start]):
        return False
    return _everyday(part) or bool(re.fullmatch(r"\w+(?:ing|ed|ly|ists|ors)", part))


def _within(text: str, name: Name, word: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether the word of the name stands inside of one of the spans."""
    at = text.find(word, name.start)
    return any(a <= at < b for a, b in spans)


_LOCATED = re.compile(r"\b(?:in|at|near|outside|around|across|inside|north|south|east|west)(?: of)?\s$")


def _carried(text: str, evidence: Evidence) -> list[tuple[int, int]]:
    """Where the sentence names countries and organisations that the sources have under any name.

    A capital stands for its government, not for a place: "in Lisbon" does not follow from "in Portugal".
    """
    nations, bodies = evidence.note(_entities)
    spans = [
        (one.start, one.end)
        for one in countries.mentions(text)
        if one.country in nations and not (one.capital and _LOCATED.search(text[: one.start]))
    ]
    return spans + [(start, end) for key, start, end in organisations.organisations(text) if key in bodies]


def _entities(evidence: Evidence) -> tuple[frozenset[str], frozenset[str]]:
    """The countries and organisations of the sources; with a body of the UN or the EU these as well."""
    nations = {one.country for text in evidence.plain for one in countries.mentions(text)}
    nations |= {one for text in evidence.plain for one in countries.eastern(text)}
    keys = {key for text in evidence.plain for key, _, _ in organisations.organisations(text)}
    return frozenset(nations), frozenset(keys | {key.partition(">")[0] for key in keys})


def _looks(name: Name, text: str) -> bool:
    """Whether a single capital at the start is a name by what follows it."""
    word = name.parts[0]
    return bool(_SAYS.match(text[name.end - (2 if name.surface[0].endswith("'s") else 0) :])) and not (
        _PLAIN.match(word) or word in _COLLECTIVE or word in terms.STOP or concept(word).startswith("=")
    )


_OPENERS = frozenset(
    [
        "almost",
        "nearly",
        "contrary",
        "none",
        "nobody",
        "nothing",
        "neither",
        "fewer",
        "despite",
        "amid",
        "amongst",
        "alongside",
        "although",
        "though",
        "unless",
        "until",
        "since",
        "because",
        "once",
        "twice",
        "half",
        "double",
        "early",
        "late",
        "later",
        "last",
        "next",
        "another",
        "every",
        "several",
        "few",
        "plenty",
        "enough",
        "little",
        "much",
        "many",
        "hardly",
        "barely",
        "instead",
        "besides",
        "beyond",
        "below",
        "above",
        "across",
        "along",
        "around",
        "beside",
        "between",
        "outside",
        "inside",
        "via",
        "per",
        "anyone",
        "anybody",
        "everybody",
        "everyone",
        "somebody",
        "someone",
        "whoever",
        "whether",
        "why",
        "yes",
        "thanks",
        "thank",
        "please",
    ]
)


def _rare(name: Name, text: str) -> bool:
    """Whether the capital at the start can be no everyday word that is known and a verb may follow: then it is a name.

    Whatever follows, it took "molten rock" and "angry fishermen" for names: 2 of 80 true sentences that it had not seen.
    """
    if _PLURAL.match(text[name.end :]):
        return False  # "Ticket sales have fallen", "Snowbound returnees from Lebanon"
    if not re.match(
        r"'s\b|\s+\w{3,}(?:s|ed)\b", text[name.end - (2 if name.surface[0].endswith("'s") else 0) :]
    ):
        return False
    word = name.parts[0]
    return len(word) > 3 and word.isalpha() and not (_everyday(word) or _PLAIN.match(word))


_PLURAL = re.compile(r"\s+\w{2,}s (?:have|are|were|had|from|will|would|may|can|could|must|did|remain)\b")


def _everyday(word: str) -> bool:
    return word in _COLLECTIVE or word in terms.STOP or word in _OPENERS or concept(word).startswith("=")


def _acronym(name: Name, evidence: Evidence) -> bool:
    """Whether the sources have its initials: "United Nations" for UN."""
    initials = "".join(one[0] for one in name.parts)
    runs = {initials, *organisations.acronyms(" ".join(name.surface))}
    return any(len(one) > 1 and one in evidence.note(_capitals) for one in runs)


def _capitals(evidence: Evidence) -> frozenset[str]:
    """The acronyms of the sources, folded."""
    return frozenset(
        word.replace(".", "").casefold()
        for text in evidence.plain
        for word in re.findall(r"\b(?:[A-Z]\.?){2,6}(?![a-z])", text)
    )


def _blend(missing: Sequence[str], evidence: Evidence) -> bool:
    """Whether the sources have the words whose first letters it joins: "Exim" for Export-Import."""
    heads = evidence.note(_heads)
    return len(missing) == 1 and any(
        (missing[0][:at].casefold(), missing[0][at:].casefold()) in heads
        for at in range(2, len(missing[0]) - 1)
    )


def _heads(evidence: Evidence) -> frozenset[tuple[str, str]]:
    return frozenset(
        (a[:i].casefold(), b[:j].casefold())
        for text in evidence.plain
        for a, b in re.findall(r"(?=\b([A-Z][a-z]+)[ -]([A-Z][a-z]+))", text)
        for i in range(2, min(6, len(a)))
        for j in range(2, min(6, len(b)))
    )


def _mentions(name: Name, evidence: Evidence) -> list[Place]:
    wanted = kin(name.parts[-1])
    if name.parts[-1] in CAPITALS:
        wanted |= kin(CAPITALS[name.parts[-1]])  # "Nairobi hopes" is told of Kenya's government
    return [place for kins, place in evidence.note(_named) if kins & wanted]


def _named(evidence: Evidence) -> list[tuple[frozenset[str], Place]]:
    """All names of the sources but for single capitals at the start, with all their near forms."""
    return [
        (frozenset().union(*(kin(part) for part in name.parts)), place_of(name, unit))
        for unit in evidence.units
        for name in names(unit.text)
        if not name.opens
    ]


def place_of(name: Name, unit: Unit) -> Place:
    """Where a name stands in its sentence."""
    at = unit.at(name.start)
    return Place(unit, at, max(at + 1, unit.at(name.end)))


def _oddness(name: Name, unit: Unit, evidence: Evidence) -> float:
    if (
        not all(part in evidence.folded for part in name.parts[-1:])
        or unit.text[name.end - 2 : name.end] == "'s"
    ):
        return 0.0  # a demonym or another spelling: its company says little
    own = _mentions(name, evidence)
    here = place_of(name, unit)
    inside = {word.sign for word in unit.words[here.at : here.until]}
    around = [one for one in contexts.company(unit, here.at, here.until, evidence) if one[0] not in inside]
    if not own or len(around) < 2:
        return 0.0
    wanted = frozenset().union(*(kin(one) for one in name.parts))
    told = {place.unit.text for place in own}
    others = [
        place for kins, place in evidence.note(_named) if place.unit.text not in told and not kins & wanted
    ]
    return contexts.oddness(around, own, others, evidence)
