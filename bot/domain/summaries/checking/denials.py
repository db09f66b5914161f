"""Negation: what is denied, or told as true, against the sentences that carry the claim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from bot.domain import terms
from bot.domain.summaries.checking import contexts
from bot.domain.summaries.checking.amounts import amounts, same
from bot.domain.summaries.checking.quotations import _QUOTED, unquoted
from bot.domain.summaries.checking.reading import Evidence, Unit, near_pairs
from bot.domain.summaries.lexicon import IMPLIED, NEGATION
from bot.types import Finding

_LEXICAL = re.compile(
    r"fail|den|refus|reject|unable|unlikely|declin|否认|拒绝|拒絕|否認|نفى|نفت|رفض", re.IGNORECASE
)
_UN = (
    r"|\bun(?!der|it|ion|ivers|til|less|iq|cle|lock)[a-z]{2,}(?:ed|able|ing|own|fit|safe|paid|lit|sold|hurt|clear)\b"
    r"|\b(?:dismiss\w*|out of (?:order|service|use|action|work)|idle)\b|無|[得找看达達]不到"
)
"""Words that deny what they are made of: undeclared, unlit, out of order."""
_NEGATIVE = re.compile(
    NEGATION.pattern
    + _UN
    + r"|\b(?:lack\w*|only|sole|absence|absent|nothing|hardly|barely|contrary|ruled? out|unnamed|impossible|"
    r"yet to|withh\w+|scrap\w*|cancel\w*|miss(?:ed|es|ing)|too (?:early|soon))\b"
    r"|无|免|尚|拒|非|انتفاء|نفي|عدم|فقط|" + IMPLIED,
    re.IGNORECASE,
)
"""What may say no without a "not"."""
_DENIES = re.compile(
    NEGATION.pattern
    + _UN
    + r"|\b(?:lack\w*|absence|absent|nothing|hardly|barely|contrary|ruled? out|impossible|yet to|withh\w+|scrap\w*|cancel\w*)\b"
    r"|无|拒|انتفاء|نفي|عدم|" + IMPLIED,
    re.IGNORECASE,
)
"""What surely does: "only" and "missing" near by excused every eighth negation that was put in."""
_NOT_DENIED = re.compile(
    r"not only|no\. |no (?:more t|fewer|less|\w+er than)|not (?:for|since) |不[适適]|不(?:超过|超過|低于|低於|足|到|少于|多于)|(?:لا|لم|لن) [يت](?:تجاوز|زيد|زد|قل|تعدى)(?= |$)",
    re.IGNORECASE,
)
"""Negations that deny nothing: "no faster than", "not for 63 years has it been so", 不到一半."""


@lru_cache(maxsize=8192)
def _scopes(unit: Unit) -> list[tuple[str, str, tuple[str, ...], tuple[int, int]]]:
    """(negation, next word of content, the concepts of the next three, where it stands), quotations left out.

    The concepts are those of the negation's own clause.
    """
    text = _QUOTED.sub(lambda match: " " * len(match[0]), unit.text)
    words = unit.words if text == unit.text else tuple(one for one in unit.words if text[one.start] != " ")
    found = []
    for match in NEGATION.finditer(text):
        if _NOT_DENIED.match(text, match.start()):
            continue
        after = [one for one in words if one.start >= match.end() and not one.light]
        here = next((one.clause for one in reversed(words) if one.start < match.end()), 0)
        after = [one for one in after if one.clause == here][:3]
        if after:
            cue = match[0].casefold()
            # "changed no rule" denies the change
            before = [one for one in words if one.start < match.start() and not one.light][-1:]
            verb = tuple(one.sign for one in before) if cue in {"no", "none"} else ()
            found.append((cue, after[0].text, tuple(one.sign for one in after) + verb, match.span()))
    return found


ALIKE, PLAINLY = 0.45, 0.6
"""Share of the words around a negation from which on those around one of the evidence tell the same; share that a
source must tell without any negation for a hard finding."""
MORE = 0.3
"""By how much more of these words a sentence of the evidence may tell without denying them than is denied. Over 97
negations of true sentences (the week's half for tuning, four batches of editors) and 840 put in (real articles too),
0.3 refused 33 and saw 756, 0.2 38 and 770, 0.5 29 and 740; words of the same clause alone 40 and 771."""
DENIED = 0.5
"""Share of what a source denies that the sentence must tell as if it were so: saw 15 of 52 left out, in 3 of 568."""
COPIED = 0.8
"""Share of the near pairs of words from which on the sentence is cut out of the other."""
AROUND = 5


def _fits(
    words: AbstractSet[str], near: Sequence[Unit], evidence: Evidence, *, wide: bool
) -> tuple[float, float]:
    """Shares of the words that stand around a denial of the evidence, and in a sentence that does not deny them."""
    total = sum(evidence.weight(sign) for sign in sorted(words)) or 1.0
    denied = told = 0.0
    for there in near:
        whole = sum(evidence.weight(sign) for sign in sorted(words & there.signs)) / total
        said_no = [
            sum(evidence.weight(sign) for sign in sorted(words & one)) / total
            for one in _denials(there, wide=wide)
        ]
        here = max(said_no, default=0.0)
        denied = max(denied, here)
        if here < 0.5 * whole:
            told = max(told, whole - here)
    return round(denied, 6), round(told, 6)


def _around(unit: Unit, start: int, end: int) -> frozenset[str]:
    """The concepts of up to five words of content on either side."""
    content = [one for one in unit.words if not one.light]
    before = [one.sign for one in content if one.start < start][-AROUND:]
    after = [one.sign for one in content if one.start >= end][:AROUND]
    return frozenset(before + after)


@lru_cache(maxsize=8192)
def _denials(unit: Unit, *, wide: bool) -> tuple[frozenset[str], ...]:
    """The words around each place where a source says no, ``wide``: may say it."""
    cues = _NEGATIVE if wide else _DENIES
    return tuple(_around(unit, match.start(), match.end()) for match in cues.finditer(unit.text))


def check(
    unit: Unit, evidence: Evidence, picked: Sequence[Unit], near: Sequence[Unit], first: float
) -> list[Finding]:
    """Finding "negation": a "not" that the evidence lacks, or one that was left out."""
    if not picked or _left_over(unit, near):
        return []
    found = []
    for cue, surface, scope, place in _scopes(unit):
        if _LEXICAL.match(cue):
            continue
        words = _around(unit, *place) | set(scope)
        denied, told = _fits(words, near, evidence, wide=cue in _OF_THINGS)
        if (
            (not denied and told)
            or (denied < ALIKE and told - denied > MORE)
            or _affirmed(unit, cue, place, evidence)
            or _plainly_told(unit, place, scope, near, evidence)
        ):
            hard = not denied and told >= PLAINLY
            found.append(Finding(kind="negation", span=f"{cue} {surface}", hard=hard))
    return found or _left_out(unit, evidence, picked, near, first)


def _plainly_told(
    unit: Unit, place: tuple[int, int], scope: Sequence[str], near: Sequence[Unit], evidence: Evidence
) -> bool:
    """Whether a sentence that denies nothing at all tells the clause, and what is denied of it, best.

    Words that a denial near by shares with the sentence excuse too much: nearly all of them are its subject.
    """
    here = next((one.clause for one in reversed(unit.words) if one.start < place[1]), 0)
    clause = frozenset(one.sign for one in unit.words if one.clause == here and not one.light)
    for words, least, more in ((frozenset(scope), SCOPE, SCOPE_MORE), (clause, CLAUSE, CLAUSE_MORE)):
        total = sum(evidence.weight(sign) for sign in sorted(words)) or 1.0
        told = denied = 0.0
        for there in near:
            share = sum(evidence.weight(sign) for sign in sorted(words & there.signs)) / total
            if _denials(there, wide=True):
                denied = max(denied, share)
            else:
                told = max(told, share)
        if told < least or round(told - denied, 6) <= more:
            return False
    return True


SCOPE, SCOPE_MORE, CLAUSE, CLAUSE_MORE = 0.5, 0.0, 0.2, 0.0
"""Shares of what is denied and of its clause that such a sentence must tell, and how much more of each than any
denial near by."""


_CONTRASTED = re.compile(r"(?:,| and| but) ?$|[,，]而?$", re.IGNORECASE)
_CORRECTS = re.compile(
    r"\b(?:from|instead|rather|but|while|although|than|correct\w*|revis\w*|initial\w*|first|earlier|originally)\b|更正|修正|此前|而|أولا|سابق|بدل|لكن",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\bother $|(?:其余|其他|还有|中[,，]?有)$|(?:بقي(?:ت|ة)?|الباقي\w*) $", re.IGNORECASE)
_OF_THE = re.compile(
    r"\s?(?:[\w'-]+ )?of (?:the|those|them|these|its|their)\b|\s?(?:\S+ )?(?:من أصل|من بين)", re.IGNORECASE
)


def _left_over(unit: Unit, near: Sequence[Unit]) -> bool:
    """Whether it tells of those that are left when a part is taken: 33 of the 36 "are not" what three are."""
    text = terms.simplified(unit.text)
    counts = [
        one
        for one in amounts(unit)
        if one.kind == ""
        and one.value >= 2
        and (_OTHERS.search(text[: one.start]) or _OF_THE.match(text, one.end))
    ]
    pool = [one for there in near for one in amounts(there) if counts and one.kind == ""]
    given = {one.value for one in pool}
    return any(
        a.value - b.value == claim.value and same(a, b, loose=True)
        for claim in counts
        if claim.value not in given
        for a in pool
        for b in pool
    )


PLAIN, BY = 0.4, 0.2
"""Share of the company of a denied word that a place must have where a source says it plainly, and by how much more
than any place where one denies it."""
_OF_THINGS = frozenset(["no", "none", "nobody", "without", "neither", "nor"])


def _affirmed(unit: Unit, cue: str, place: tuple[int, int], evidence: Evidence) -> bool:
    """Whether the sources tell the very word that is denied, in the same company, and deny it nowhere so."""
    at = next((n for n, one in enumerate(unit.words) if one.start >= place[1] and not one.light), -1)
    if at < 0 or cue in _OF_THINGS:
        return False
    around = contexts.company(unit, at, at + 1, evidence)
    if len(around) < 2:
        return False
    plain = denied = 0.0
    for there, said_no in evidence.note(_told_or_denied).get(unit.words[at].sign, ()):
        fits = contexts.fit(around, there, evidence)
        plain, denied = (plain, max(denied, fits)) if said_no else (max(plain, fits), denied)
    return plain >= PLAIN and plain - denied >= BY


def _told_or_denied(evidence: Evidence) -> dict[str, list[tuple[contexts.Place, bool]]]:
    """Where each word of content stands, and whether something denies it: up to four before it in its clause."""
    found: dict[str, list[tuple[contexts.Place, bool]]] = {}
    for unit in evidence.units:
        denied = set[int]()
        for match in _NEGATIVE.finditer(unit.text):
            after = [n for n, one in enumerate(unit.words) if one.start >= match.end()]
            here = next((one.clause for one in reversed(unit.words) if one.start < match.end()), 0)
            within = [n for n in after if unit.words[n].clause == here and not unit.words[n].light]
            denied |= set(within[:4])
            if not within:  # "they were ready to sign it, he was not"
                denied |= {n for n, one in enumerate(unit.words) if one.start < match.start()}
        for at, word in enumerate(unit.words):
            if not word.light:
                found.setdefault(word.sign, []).append((contexts.Place(unit, at, at + 1), at in denied))
    return found


def _left_out(
    unit: Unit, evidence: Evidence, picked: Sequence[Unit], near: Sequence[Unit], first: float
) -> list[Finding]:
    """What the evidence denies, told as if it were so and by no other sentence of it."""
    if _denying(unit):
        return []
    for there in picked:
        pairs = near_pairs(unit.tokens)
        copied = sum(one in there.pairs for one in pairs) > COPIED * len(pairs)
        for cue, _, scope, (start, _) in _scopes(there):
            if _CONTRASTED.search(there.text[:start]) and _CORRECTS.search(unit.text):
                continue  # "530,000, not 350,000" is "to 530,000 from 350,000"
            if copied and not any(one.start < start and one.sign in unit.signs for one in there.words):
                continue  # what was copied begins after it: "Not to be outdone, the trailer came out"
            all_of = sorted(set(scope))
            both = [sign for sign in all_of if sign in unit.signs and sign[0] != "#"]
            if not both:
                continue
            weight = sum(evidence.weight(sign) for sign in both)
            plain = [one for one in near if not any(set(both) & set(also) for _, _, also, _ in _scopes(one))]
            told = max(
                (sum(evidence.weight(sign) for sign in both if sign in one.signs) / weight for one in plain),
                default=0.0,
            )
            share = weight / sum(evidence.weight(sign) for sign in all_of)
            if round(share * (1 - told), 6) >= DENIED:
                surface = next(one.text for one in unit.words if one.sign == both[0])
                plainly = (
                    first >= PLAINLY and there is picked[0] and scope[0] in both and not _LEXICAL.match(cue)
                )
                return [Finding(kind="negation", span=f"{cue} {surface}", hard=plainly)]
    return []


_WHETHER = re.compile("[是能可]否")


def _denying(unit: Unit) -> bool:
    """Whether it may say no itself; 是否 only asks whether."""
    return _NEGATIVE.search(_WHETHER.sub("  ", unquoted(unit.text))) is not None
