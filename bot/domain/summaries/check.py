"""Checks a sentence against the full texts of its sources.

Precise for numbers, dates, names and quotations, and a net of doubts for what can be seen of meaning without
a model: values swapped inside an article, negation, direction, actors, certainty, scope, causes, offices, a
clause that nothing carries. It knows nothing of the world, and the same input gives the same verdict on
every machine (sums are over sorted words and rounded: under other hash seeds the last bits differed enough
to move a ranking).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import terms
from bot.domain.summaries.checking import (
    abroad,
    dates,
    denials,
    directions,
    names,
    numbers,
    quotations,
    roles,
    shades,
    support,
    wording,
)
from bot.domain.summaries.checking.quotations import quotations as quoted
from bot.domain.summaries.checking.reading import EVIDENCE, Evidence, Unit, plain, read
from bot.types import Finding, Source, Verdict

REFUSED = frozenset(
    {"name", "number", "date", "quotation", "speaker", "actors", "negation", "direction", "cause", "fragment"}
)
"""Kinds of finding that refuse a sentence even as doubts: on the half for tuning each of them stood on ten to
sixty corrupted sentences for a true one; scope, certainty, office and company on four to fifteen."""
CARRIED = 0.15
"""The score under which the doubt "support" refuses: a third of the true sentences with it stand above, of
the others one in twenty (the week's half for tuning and three batches of editors' sentences)."""
ENOUGH = 0.06
"""The score under which a sentence is refused: 0.08 refused one to two and a half points more of the true,
three more of swapped numbers and five of swapped names (the same sentences)."""
WEAK = 0.6
"""The share that evidence of its own language carries from which on none in another is looked for: a made
percentage is one of two figures of some article before long."""

__all__ = ["Evidence", "check", "judge", "plain", "quoted"]


def check(sentences: Sequence[str], sources: Sequence[Source]) -> tuple[Verdict, ...]:
    """A verdict on each sentence.

    ``findings`` name what the sources do not carry, with the span as it stands in the sentence; ``hard`` ones
    are plainly not there, the others are doubts. ``evidence`` are up to three (source number, sentence number
    from 0), best first; ``score`` (0 to 1) is how much of the wording the sources have, lowered by each
    finding. ``ok``: nothing of :data:`REFUSED` was found, and the score is not under :data:`ENOUGH`; doubts
    that are left are listed all the same.
    """
    evidence = Evidence(sources)
    return tuple(judge(one, evidence) for one in sentences)


def judge(sentence: str, evidence: Evidence) -> Verdict:
    """The verdict on one sentence; where it is really several, each must hold."""
    parts = terms.sentences(sentence)
    if len(parts) < 2:
        return _judge(sentence, evidence)
    verdicts = [_judge(one, evidence) for one in parts]
    return Verdict(
        ok=all(one.ok for one in verdicts),
        score=min(one.score for one in verdicts),
        findings=tuple(found for one in verdicts for found in one.findings),
        evidence=tuple(dict.fromkeys(place for one in verdicts for place in one.evidence)),
    )


def _refuses(found: Finding, score: float) -> bool:
    return found.hard or found.kind in REFUSED or (found.kind == "support" and score < CARRIED)


def _rests_on(picked: Sequence[Unit], others: Sequence[Unit]) -> list[Unit]:
    """The evidence; of that in other languages the best, where there is room."""
    return [*picked, *others][:EVIDENCE]


def _judge(sentence: str, evidence: Evidence) -> Verdict:
    unit = read(sentence)
    if copied := evidence.verbatim(unit.text):
        return Verdict(ok=True, score=1.0, findings=(), evidence=((copied.source, copied.number),))
    picked, carried, first = evidence.find(unit.signs)
    near = evidence.near(picked)
    others = abroad.find(unit, evidence, near) if carried < WEAK else []
    beyond = evidence.near([*picked, *others]) if others else near
    signs = frozenset().union(*(one.signs for one in near))
    missing = support.missing(unit, signs, abroad.covered(unit, others, evidence))
    dated, spans = dates.check(unit, evidence, picked)
    figures, odd_figure = numbers.check(unit, evidence, picked, beyond, spans)
    named, odd_name = names.check(unit, evidence)
    findings = [
        *figures,
        *dated,
        *named,
        *roles.check(unit, evidence),
        *quotations.check(unit, evidence),
        *denials.check(unit, evidence, picked, near, first),
        *directions.check(unit, evidence, picked, first),
        *shades.check(unit, evidence, picked, first),
        *support.check(
            unit, evidence, carried, missing, counted=bool(unit.figures or unit.shares) and not figures
        ),
    ]
    if len(re.findall(r"\w+", unit.text)) < 3 and terms.word_count(unit.text) < 3:
        findings.append(Finding(kind="fragment", span=sentence[:60]))
    line = wording.line(unit, evidence)
    scored = wording.score(line, findings, (odd_figure, odd_name), missing)
    if scored < ENOUGH and not findings:
        findings.append(Finding(kind="support", span=unit.text[:60], hard=False))
    return Verdict(
        ok=scored >= ENOUGH and not any(_refuses(one, scored) for one in findings),
        score=scored,
        findings=tuple(findings),
        evidence=tuple((one.source, one.number) for one in _rests_on(picked, others)),
    )
