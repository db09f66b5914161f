"""Quotations: word for word, and by the one who said them."""

from __future__ import annotations

import re

from bot.domain.summaries.checking.names import Name, kin, names
from bot.domain.summaries.checking.reading import Evidence, Unit, bare
from bot.types import Finding

_QUOTED = re.compile(r'"([^"]{3,400})"')
_SINGLE = re.compile(r"(?<!\w)'([^'\"\n]{12,300})'(?!\w)")
_SAYS = re.compile(
    r"\b(?:said|says|say|told|tells|called|calls|described|added|adds|wrote|warned|announced|asked|insisted|argued|"
    r"according|promised|replied|declared|vowed|noted|stated|urged|claimed|denounced|spoke|accused)\b"
    r"|说|表示|称|指出|說|稱|قال|قالت|وصف|وصفت|أضاف|أضافت|أكد|أكدت",
    re.IGNORECASE,
)


def quotations(text: str) -> list[str]:
    """What stands in quotation marks and is more than a word (or three signs of Chinese)."""
    found = [match[1].strip(" ,.") for match in _QUOTED.finditer(text)]
    found += [match[1].strip(" ,.") for match in _SINGLE.finditer(_QUOTED.sub(" ", text))]
    return [one for one in found if len(one.split()) > 1 or len(re.findall(r"[\u3400-\u9fff]", one)) > 2]


def unquoted(text: str) -> str:
    """The text without its quotations: those are checked word for word."""
    return _QUOTED.sub(" ", text)


def check(unit: Unit, evidence: Evidence) -> list[Finding]:
    """Findings "quotation" (hard) and "speaker" (hard when the sources name another)."""
    found = []
    for one in quotations(unit.text):
        if not all(
            bare(part) in evidence.letters for part in re.split(r"\.\.\.|…|\[[^\]]*\]", one) if bare(part)
        ):
            found.append(Finding(kind="quotation", span=one))
            continue
        found += _speaker(one, unit, evidence)
    return found


def _speaker(quotation: str, unit: Unit, evidence: Evidence) -> list[Finding]:
    """Whether the one beside the verb of saying stands by the quotation in some source as well."""
    outside = unquoted(unit.text)
    if not _SAYS.search(outside):
        return []
    ours = [one for one in names(outside) if not one.opens or _opener(one, evidence)]
    if not ours:
        return []
    wanted = bare(quotation)
    places = [one for one in evidence.units if wanted in bare(one.text) or bare(one.text) in wanted]
    around = " ".join(
        there.text
        for one in places
        for step in (-2, -1, 0, 1, 2)
        if (there := one if step == 0 else evidence.beside(one, step))
    )
    words = frozenset(re.findall(r"[\w'.]+", around.casefold()))
    known = frozenset().union(*(kin(word) for word in words)) if words else frozenset()
    if places and not any(kin(part) & known for name in ours for part in name.parts):
        others = any(not one.opens for one in names(unquoted(around)))
        return [Finding(kind="speaker", span=" ".join(ours[0].surface), hard=others)]
    beside = _beside(unit.text, ours)
    if places and beside and len(ours) > 1 and not any(kin(part) & known for part in beside.parts):
        return [Finding(kind="speaker", span=" ".join(beside.surface), hard=False)]
    return _rival(places, ours, beside)


def _rival(places: list[Unit], ours: list[Name], beside: Name | None) -> list[Finding]:
    """Another name stands right by the quotation's verb of saying in the sources, ours does not."""
    speaker = beside or ours[0]
    for one in places:
        said = [name for name in names(unquoted(one.text)) if not name.opens]
        there = _beside(one.text, said)
        if there is None or any(kin(a) & kin(b) for a in there.parts for name in ours for b in name.parts):
            return []
    named = [
        one for one in places if _beside(one.text, [n for n in names(unquoted(one.text)) if not n.opens])
    ]
    if not named or len(named) < len(places):
        return []
    return [Finding(kind="speaker", span=" ".join(speaker.surface), hard=False)]


def _beside(text: str, said: list[Name]) -> Name | None:
    """The name that stands closest to a verb of saying."""
    bare_text = unquoted(text)
    verbs = [match.start() for match in _SAYS.finditer(bare_text)]
    if not verbs or not said:
        return None
    # "said the governor of Ha'apai, Sione Vailea": who stands behind "of" is no speaker where another is
    others = [
        one for one in said if not re.search(r"\b(?:of|for|at|in|from) (?:the )?$", bare_text[: one.start])
    ]
    near = [(min(abs(verb - one.end) for verb in verbs), one.start, one) for one in others or said]
    gap, _, best = min(near, key=lambda pair: pair[:2])
    return best if gap < 40 else None


def _opener(name: Name, evidence: Evidence) -> bool:
    return any(
        not one.opens and one.parts[-1] == name.parts[0]
        for unit in evidence.units
        for one in names(unit.text)
    )
