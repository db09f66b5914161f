"""Rising and falling, reckoned: who falls from 39 to 58 rises.

Two figures that a sentence sets against each other in time give a way, and so does a figure with a word of rising
or falling beside it. A claim of the other way about the same figures is turned.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.domain import terms
from bot.domain.summaries.checking.reading import Evidence, Unit
from bot.domain.summaries.checking.stems import root
from bot.domain.summaries.figures import hedge
from bot.domain.summaries.lexicon import MONTHS, OPPOSITES
from bot.types import Finding

_IDLE = re.compile(
    r"^(?:the )?(?:end|start|beginning|close|opening) of (?:(?:the|this|that|next|last|each|every) )?(?:[\w-]+ )?"
    rf"(?:day|week|month|year|decade|century|season|quarter|{'|'.join(one for one in MONTHS if one.isascii() and len(one) > 2)})\b"
    r"|^br(?:eak|eaks|oke|oken|eaking) (?:out|into|a|the|all|up)\b"
    r"|^(?:North|South|East|West)(?:ern)? [A-Z]|^(?:falls?|fell|fallen|falling)(?:\b[^.,;]{0,44}\bshort| (?:ill|victim|into|under|silent|apart))\b"
    r"|^(?:open|close)d? (?:to|questions?|letters?|air|fire)\b|^back(?! (?:the|a|an|his|her|its|their)\b)",
)
_PARTICLE = re.compile(
    r"\b(?:go|goes|going|gone|went|is|are|was|were|be|been|mov\w+|push\w*|driv\w+|drove|sen[dt]\w*|turnout|stay\w*|further|\d%?|percent|cent|points?|"
    r"sales|prices?|figure|number|toll),? $",
    re.IGNORECASE,
)
_TOWARD = re.compile(
    r"^(?:up|down)(?:,| (?:from|by|on|against|some|about|almost|nearly|more|\d|[$€£]|a (?:third|quarter|fifth|half)|[a-z]+ (?:percent|per cent|points?)\b))",
    re.IGNORECASE,
)


def idle(unit: Unit, at: int) -> bool:
    """Whether the word has no direction where it stands: "the end of next year", "gave up", "broke out", "North Korea"."""
    text, start = unit.text, unit.words[at].start
    if _IDLE.match(text[start:]):
        return True
    return unit.words[at].text in {"up", "down"} and not (
        _TOWARD.match(text[start:]) or _PARTICLE.search(text[:start])
    )


_COMPARED = re.compile(
    r"^\S*(?:أقل|أكثر|أعلى|أدنى|أكبر|أصغر) (?:من|مما|ب)|^\S+(?: \S+)? than\b|^up to\b|^(?:last|first)\b|^more\b(?! [a-z]+ly\b)",
    re.IGNORECASE,
)


def compares(unit: Unit, at: int) -> bool:
    """Whether the word only compares: "five higher than", "two more", "last year"."""
    return bool(_COMPARED.match(unit.text[unit.words[at].start :]))


_UP = frozenset(root(one) for one in OPPOSITES[0][0]) | {
    "accelerat",
    "recover",
    "=rise",
    "dearer",
    "expensiv",
    "won",
}
_DOWN = frozenset(root(one) for one in OPPOSITES[0][1]) | {
    *("slow", "eas", "cheaper", "=fall", "lower", "lost"),
    *(root(one) for one in ("lose", "slump", "tumble", "dip", "sink", "dwindle", "ebb")),
}
_HAN_UP = re.compile(r"上升|调高|增加|上涨|增长|提高|扩大|上调|增至|升至|ارتفع|زاد|زيادة|رفع")
_HAN_DOWN = re.compile(r"下降|调低|减少|下跌|降低|缩小|下调|削减|降至|减至|跌|انخفض|تراجع|خفض|تقلص")
_FROM_TO = re.compile(
    r"^[^.;,]{0,24}?\b(?:to|till)\b\s?[$€£]?$|^[^。；]{0,8}(?:至|到|为)$|^[^.،]{0,16}إلى ?$", re.IGNORECASE
)
_NO_AMOUNT = re.compile(
    rf"\s?(?:(?:{'|'.join(sorted((one for one in MONTHS if len(one) > 2), key=len, reverse=True))})\b|(?:days?|weeks?|months?|years?|hours?)\b|[月日号年])",
    re.IGNORECASE,
)
"""A date or a span of time: not what rises or falls."""
_NOW_THEN = re.compile(
    r"^[^.;]{0,70}?\b(?:(?:half|third|quarter|more|fewer|less|up|down) (?:of|than|from)? ?last year's|up from|down from|compared with|compared to|against|instead of|and not|not|from)\s[$€£]?$"
    r"|^[^.]{0,24}(?:مقابل|بدلا من|بدل) ?$|^[^。]{0,12}(?:而不是|去年同期的|[低高]于(?:前年|去年|上年|上月|此前)的)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _pairs(unit: Unit) -> tuple[tuple[float, float], ...]:
    """(before, after) for each two figures that the sentence sets against each other in time."""
    found = []
    text = terms.simplified(unit.text)
    figures = sorted(
        (one for one in unit.figures if one.value > 0 and not _NO_AMOUNT.match(text[one.end :])),
        key=lambda one: one.start,
    )
    for a, b in itertools.pairwise(figures):
        between = text[a.end : b.start]
        if _FROM_TO.match(between) and re.search(
            r"(?:\bfrom [$€£]?|由[^。，]{0,12}|从[^。，]{0,8}|من )$", text[: a.start], re.IGNORECASE
        ):
            found.append((a.value, b.value))
        elif _NOW_THEN.match(between) and not (
            between.endswith("from ") and re.match(r"[^.;,]{0,24}? to [$€£]?\S", text[b.end :])
        ):
            found.append((b.value, a.value))
    return tuple(one for one in found if one[0] != one[1])


def check(unit: Unit, evidence: Evidence) -> Finding | None:
    """A rise said of figures that fall, in the sentence itself or in a source, or the other way round."""
    ways = _ways(unit)
    if len(ways) != 1:
        return None
    (up, span), *_ = ways
    if any((after > before) != up for before, after in _pairs(unit)):
        return Finding(kind="direction", span=span, hard=True)
    for change in _changes(unit):
        told = {
            way
            for there in evidence.units
            if there.signs & unit.signs or there.text.isascii() != unit.text.isascii()
            for way in _told(change, there)
        }
        if told and up not in told:
            return Finding(kind="direction", span=span, hard=False)
    return None


def _told(change: Change, there: Unit) -> Iterator[bool]:
    """Whether a figure rises in a source, wherever one can tell."""
    own = _ways(there)
    for before, after in _pairs(there):
        if len(own) == 1 and own[0][0] != (after > before):
            continue  # "the pound fell to 121 to the dollar from 116"
        if (change.role == "to" and change.value == after) or (
            change.role == "from" and change.value == before
        ):
            yield after > before
        elif change.role == "by" and change.kind == "%":
            # by so many percent, or points of a percentage
            for moved in (100 * abs(after - before) / before, abs(after - before)):
                if abs(moved - change.value) <= (change.margin if moved > 1 else 0.05):
                    yield after > before
                    break
        elif change.role == "by" and abs(abs(after - before) - change.value) <= 1e-6 * change.value:
            yield after > before
    ways = _ways(there)
    if len(ways) == 1:
        for other in _changes(there):
            near = abs(other.value - change.value) <= max(change.margin if change.kind == "%" else 0.0, 1e-9)
            if other.role == change.role and other.kind == change.kind and near:
                yield ways[0][0]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that says by how much, to what or from what something changed."""

    role: str  # by, to, from
    value: float
    kind: str
    margin: float


@lru_cache(maxsize=4096)
def _changes(unit: Unit) -> tuple[Change, ...]:
    """The figures of a sentence that stand by a word of rising or falling; shares in words among them."""
    if not _ways(unit):
        return ()
    found = []
    text = terms.simplified(unit.text)
    given = [(one, 0.55) for one in unit.figures] + [(one, 2.0) for one in unit.shares]
    for one, margin in given:
        ahead = text[max(0, one.start - 30) : one.start]
        role = "to" if _TO.search(ahead) else "from" if _FROM.search(ahead) else ""
        if not role and (_BY.search(ahead) or _VERB.search(ahead) or _COMPARATIVE.match(text[one.end :])):
            role = "by"
        if role:
            wide = max(margin, 4.0) if margin > 1 and hedge(text, one) else margin
            found.append(Change(role, one.value, one.kind, wide))
    return tuple(found)


_HEDGED = r"(?: (?:the|a|an|about|around|some|nearly|almost|over|just|roughly|more than|at least|only|as much as))*\s?[$€£]?"
_TO = re.compile(rf"\bto{_HEDGED}$|[至到为]约?$|إلى (?:نحو )?$", re.IGNORECASE)
_FROM = re.compile(
    rf"\b(?:from|down on|up on|against|compared with)(?: last year's)?{_HEDGED}$|[由从]$|من (?:نحو )?$",
    re.IGNORECASE,
)
_BY = re.compile(rf"\bby{_HEDGED}$|了|约|約|(?:ب|بنسبة|بنحو|بمقدار) ?$", re.IGNORECASE)
_VERB = re.compile(
    rf"\b(?:rose|risen|fell|fallen|lost|gained|grew|grown|shrank|dropped|climbed|jumped|slid|slipped|declined|"
    rf"rises?|falls?|loses?|gains?|grows?|shrinks?|drops?|climbs?|slides?|declines?|increases?|decreases?|cuts|raises?|lowers?|adds?|"
    rf"won|slumped|tumbled|increased|decreased|cut|raised|lowered|added|becomes?|became|up|down){_HEDGED}$|[升降跌涨增减]$",
    re.IGNORECASE,
)


_SCORED = frozenset(root(one) for one in ("win", "won", "lose", "lost", "loses", "losing"))
_AMOUNT = re.compile(
    r"\w+(?: (?:a|an|about|around|some|nearly|almost|over|just|roughly|more than|at least|another))*"
    r" (?:[$€£]?\d|(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty)\b|half|third|quarter|fifth|tenth)",
    re.IGNORECASE,
)
"""Who loses two percent has fallen; who loses an election has not."""
_COMPARATIVE = re.compile(
    r"\s?(?:cheaper|dearer|costlier|more expensive|higher|lower)\b(?! than)", re.IGNORECASE
)


@lru_cache(maxsize=8192)
def _ways(unit: Unit) -> list[tuple[bool, str]]:
    """The words of rising and falling outside of quotations, unless some are denied."""
    found: dict[bool, str] = {}
    for at, word in enumerate(unit.words):
        key = {root(word.text), word.text}
        if key & _SCORED and not _AMOUNT.match(unit.text[word.start :]):
            continue
        if (
            (key & _UP or key & _DOWN)
            and not negated(unit, at)
            and not compares(unit, at)
            and not idle(unit, at)
        ):
            found.setdefault(bool(key & _UP), word.text)
    text = terms.simplified(unit.text)
    for up, pattern in ((True, _HAN_UP), (False, _HAN_DOWN)):
        if match := pattern.search(text):
            found.setdefault(up, match[0])
    return sorted(found.items())


def negated(unit: Unit, at: int) -> bool:
    """Whether a negation stands right before the word: 不承认 is 否认."""
    before = unit.text[: unit.words[at].start]
    return bool(_BEFORE.search(before) or _NOBODY.search(before))


_NOBODY = re.compile(r"\b(?:nobody|no one|none)\b[^,;.]{0,40}$", re.IGNORECASE)


_BEFORE = re.compile(
    r"(?:\b(?:not|no|never|n't|without|fail\w* to)\s+(?:\w+\s+)?|[不未没沒无]|(?:لا|لم|لن|غير)\s+)$",
    re.IGNORECASE,
)
