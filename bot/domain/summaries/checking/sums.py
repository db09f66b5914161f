"""Which given figures may be added, taken away or left over: the pools of sums and differences."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from bot.domain.summaries.checking.amounts import PEOPLE, Amount, same, singles
from bot.domain.summaries.checking.reading import Evidence

_PART = re.compile(
    r" of (?:them|these|those|which|whom|the)\b|\s?(?:منهم|منها)(?![\u0621-\u064a])", re.IGNORECASE
)


def pairs(some: Sequence[Amount], toward: str = "", *, loose: bool = False) -> Iterator[float]:
    """Sums ("+" alone) and differences ("-" alone) of any two that may be added."""
    for a, b in itertools.combinations(some[:60], 2):
        if same(a, b, loose=loose):
            if toward != "-":
                yield a.value + b.value
            if toward != "+":
                yield abs(a.value - b.value)


def gaps(single: Sequence[Sequence[Amount]], typed: Sequence[Amount]) -> Iterator[float]:
    """Differences within a sentence, and of all that name what they count."""
    for group in [*single, [one for one in typed if one.what]]:
        for a, b in itertools.combinations(group[:40], 2):
            if same(a, b):
                yield abs(a.value - b.value)


def joined(some: Sequence[Amount], claim: Amount) -> Iterator[float]:
    """Sums of neighbours: twenty Indian and four Chinese soldiers."""
    ones = singles(some[0].unit) if some else ()
    for a, b in itertools.pairwise(sorted([*some, *ones], key=lambda one: one.start)):
        between = a.unit.text[min(a.end, b.start) : b.start]
        voted = between in {" to ", "-"} and "vot" in a.unit.text.casefold()
        noun = _NOUN_LATER.match(a.unit.text, a.end) or b in ones  # "twenty Indian and four Chinese soldiers"
        named = a.what & claim.unit.signs and b.what & claim.unit.signs  # "appointments and operations"
        if (voted and (same(a, claim) or same(b, claim))) or (
            len(between) < 40
            and not a.unit.text[: a.start].endswith("between ")
            and re.search(
                r"\band\b|和|及|、|(?<![\u0621-\u064a])و|[死亡伤傷][,，]|[名人][^,，]{0,12}[,，]", between
            )
            and (named or same(a, claim) or same(b, claim))
            and (named or noun or same(a, b, loose=True) or (_han(a.what) and _han(b.what)))
        ):
            yield a.value + b.value


_NOUN_LATER = re.compile(r"\s[\w'-]+,? and\b")


def _han(what: frozenset[str]) -> bool:
    """Whether it is a measure word of Chinese: 96辆卡车和18台吊车 are 114台."""
    return bool(what) and all("\u3400" <= one <= "\u9fff" for one in what)


def of_them(some: Sequence[Amount], claim: Amount) -> Iterator[float]:
    """What is left of a whole when a part of it is told right after: eight million, "three million of them"."""
    for whole, part in itertools.pairwise(sorted(some, key=lambda one: one.start)):
        if (
            whole.kind == part.kind == claim.kind
            and part.value < whole.value
            and _PART.match(part.unit.text[part.end :])
        ) and same(whole, claim):
            yield whole.value - part.value


def of_these(claim: Amount, typed: Sequence[Amount]) -> Iterator[float]:
    """The others of a whole of which a part is told: 42 "of the injured", when 19 "of the" 61 are in danger."""
    if not _PART.match(claim.unit.text[claim.end :]):
        return
    parts = [one for one in typed if _PART.match(one.unit.text[one.end :]) and one.what & claim.what]
    for part in parts:
        yield from (
            one.value - part.value for one in typed if one.what & part.what and one.value > part.value
        )


def nearest(claim: Amount, around: Sequence[Amount], evidence: Evidence) -> list[Amount]:
    """The figures of the sentence that says most of what the claim's says, of those that have two to compare."""
    found: dict[tuple[int, int], list[Amount]] = {}
    for one in around:
        if one.kind == claim.kind:
            found.setdefault((one.unit.source, one.unit.number), []).append(one)
    shared = {
        place: round(sum(evidence.weight(sign) for sign in sorted(some[0].unit.signs & claim.unit.signs)), 6)
        for place, some in found.items()
        if len(some) > 1
    }
    best = max(shared, key=lambda place: (shared[place], -place[0], -place[1]), default=None)
    return found[best] if best is not None else []


def best(typed: Sequence[Amount], claim: Amount) -> list[Amount]:
    """Those that surely count what the claim counts."""
    return [
        one
        for one in typed
        if claim.kind or one.what & claim.what or (one.what & PEOPLE and claim.what & PEOPLE)
    ]


def runs(single: Sequence[Sequence[Amount]]) -> list[list[Amount]]:
    """A sentence's figures with those of the next that name nothing: "A third candidate got 2,900"."""
    return [
        [*some, *(one for one in after if not one.what and not one.kind)]
        for some, after in itertools.pairwise(single)
        if some and after and after[0].unit.source == some[0].unit.source
    ]


def lists(groups: Sequence[Sequence[Amount]], *, loose: bool = False) -> Iterator[float]:
    """Three that stand together: the votes of three candidates."""
    for group in groups:
        for three in itertools.combinations(group[:9], 3):
            if same(three[0], three[1]) and same(three[1], three[2], loose=loose):
                yield sum(one.value for one in three)
                top = max(one.value for one in three)
                yield 2 * top - sum(one.value for one in three)
