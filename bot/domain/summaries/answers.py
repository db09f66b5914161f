"""What is taken from a model's answer: each line of it checked, the bad ones repaired, replaced or dropped.

Links, addresses, @names and markup are taken out before the check. The sources of a sentence are set from the
evidence that the check finds; the model's own are a hint.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.domain import terms
from bot.domain.summaries import clean
from bot.domain.summaries.check import Evidence, judge
from bot.domain.summaries.extract import LIMITS, shelf_of
from bot.domain.summaries.figures import figures
from bot.domain.summaries.select import bare
from bot.types import Brief, Finding, Method, Proof, Sentence, Source, Summary, Verdict

Message = Mapping[str, str]
"""Role and content."""
HEADLINE = 160  # characters
SURE = 0.5
"""Score that a headline needs, and any line in a script without capitals, where a name cannot be told from a
word. Lines of model answers that the sources carry had 0.70 and more; planted ones in Chinese and Arabic 0.45
and less. A headline is what most people read, so what an attacker wants to be."""
TEXT = 500  # characters of one sentence
READ = 8
"""Stories whose sources stay read for the check, some 4 MB each: their other lengths are told soon after."""

SCRIPTS = {
    "zh": r"\u3400-\u9fff", "ja": r"\u3040-\u30ff\u3400-\u9fff", "ko": r"\uac00-\ud7af",
    "ar": r"\u0600-\u06ff",
    "fa": r"\u0600-\u06ff", "ru": r"\u0400-\u04ff", "uk": r"\u0400-\u04ff", "hi": r"\u0900-\u097f",
    "th": r"\u0e00-\u0e7f",
}  # fmt: skip
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_URL = re.compile(
    r"(?:h(?:tt|xx)ps?://|www\.)\S+|\b(?:[a-z0-9-]+\.)+[a-z]{2,}/\S*|\b[\w.+-]+@[\w-]+\.[\w.]+|(?<!\w)@\w{2,}",
    re.IGNORECASE,
)
_DOMAIN = re.compile(clean.DOMAIN, re.IGNORECASE)
_MARKUP = re.compile(
    r"(?m)^\s*(?:#{1,6}\s+|[-*•>]\s+|\d+[.)]\s+(?=[A-Z]))|[*_`~]{2,}|(?<!\w)[*_`](?=\w)|(?<=\w)[*_`](?!\w)"
)
_CITED = re.compile(r"\s*[\[(（【](?:p?\d+(?:\s*[,;、]\s*p?\d+)*|sources?:?[^\])]*)[\])）】]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSentence:
    """A sentence of a model's answer; ``passages`` is its claim of where it comes from."""

    text: str
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A model's answer once it has the right shape."""

    headline: str
    sentences: tuple[DraftSentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The headline or a sentence of an answer with its verdict. ``kept``: it may go out as it is."""

    id: str  # "headline", "s1", …
    text: str
    verdict: Verdict
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An answer, each line of it checked; the headline first."""

    lines: tuple[Line, ...]

    @property
    def headline(self) -> Line:
        """The headline."""
        return self.lines[0]

    @property
    def sentences(self) -> tuple[Line, ...]:
        """The sentences in their order."""
        return self.lines[1:]

    def faults(self) -> tuple[Line, ...]:
        """The lines that may not go out as they are."""
        return tuple(one for one in self.lines if not one.kept)

    def doubts(self) -> tuple[Line, ...]:
        """Those of them in which nothing hard was found: what a judge may decide on."""
        found = (one for one in self.faults() if one.verdict.findings and one.verdict.evidence)
        return tuple(one for one in found if not one.verdict.hard)

    def cleared(self, ids: Collection[str]) -> Checked:
        """With the judge's yes to these lines."""
        lines = tuple(replace(one, kept=True) if one.id in ids else one for one in self.lines)
        return Checked(lines=lines)


def assess(brief: Brief, draft: Draft, *, secret: str = "") -> Checked:
    """The answer with every line checked against the full texts of the sources.

    ``secret`` is what the model was told beside them: a line that repeats it is a leak, whatever carries it.
    Sentences that are doubled or too many are left out; links, markup and citation marks are taken out first.
    """
    most, _ = LIMITS[brief.length]
    hints = {scrub(one.text): one.passages for one in draft.sentences}
    texts = [text for text in hints if text][:most]
    desk = _Desk(brief, secret)
    lines = [desk.headline(draft.headline)]
    lines += [desk.sentence(f"s{at}", text, hints[text]) for at, text in enumerate(texts, start=1)]
    return Checked(lines=tuple(lines))


def mend(
    brief: Brief, checked: Checked, repaired: Mapping[str, DraftSentence], *, secret: str = ""
) -> Checked:
    """With the repaired lines, checked like the others, in place of the bad ones; an empty one is none."""
    desk = _Desk(brief, secret)
    told = {one.text for one in checked.lines if one.kept}
    lines = []
    for one in checked.lines:
        new = repaired.get(one.id)
        text = scrub(new.text) if new else ""
        if one.kept or new is None or not text or text in told:
            lines.append(one)
        elif one.id == "headline":
            lines.append(desk.headline(new.text))
        else:
            lines.append(desk.sentence(one.id, text, new.passages))
    return Checked(lines=tuple(lines))


def accept(brief: Brief, checked: Checked, *, fallback: Summary) -> Summary | None:
    """The summary that may go out; None when the answer as a whole is refused.

    A sentence that fails gives way to the one of ``fallback`` (the extractive summary of the same brief) that
    is most like it, or is dropped. When the headline or the first sentence fails, over half of the sentences
    do, or one is left of several, the answer as a whole is refused. The sources are set from the evidence.
    """
    lines = checked.sentences
    failed = sum(not one.kept for one in lines)
    if not lines or not checked.headline.kept or not lines[0].kept or failed * 2 > len(lines):
        return None
    kept, rejected = _assemble(lines, fallback, brief)
    if len(kept) < min(2, len(lines)):
        return None
    return replace(
        fallback,
        headline=checked.headline.text,
        sentences=kept,
        method=Method.LLM,
        rejected=rejected,
        text_language=brief.language,
    )


def question(sources: Sequence[Source], text: str, verdict: Verdict, *, told: str) -> tuple[Message, ...]:
    """What a judge is asked of a doubtful line: its evidence with neighbours, the line, yes or no.

    ``told``: how to judge, the text of ``prompts/judge.prompt.md``.
    """
    numbers: dict[int, set[int]] = {}
    for source, at in verdict.evidence:
        numbers.setdefault(source, set()).update((at - 1, at, at + 1))
    said = []
    for one in sources:
        texts = terms.sentences(one.text, one.language)
        said += [texts[at] for at in sorted(numbers.get(one.number, ())) if 0 <= at < len(texts)]
    evidence = "\n".join(f"- {bare_line}" for bare_line in (re.sub(r"\s+", " ", one) for one in said[:12]))
    return (
        {"role": "system", "content": told},
        {"role": "user", "content": f"Text:\n{evidence}\n\nClaim: {text}\n\nYes or No?"},
    )


def scrub(text: str) -> str:
    """A model's text without links, addresses, @names, markup and its own citation marks."""
    text = re.sub(r"\s+", " ", clean.tidy(_LINK.sub(r"\1", text)))
    text = _DOMAIN.sub("", _URL.sub("", _CITED.sub("", text)))
    text = re.sub(r"\s+([,.;:!?])", r"\1", _MARKUP.sub("", text))
    return re.sub(r"\s{2,}", " ", text).strip()


def _assemble(
    lines: Sequence[Line], fallback: Summary, brief: Brief
) -> tuple[tuple[Sentence, ...], tuple[str, ...]]:
    texts = [one.text for one in lines]
    kept: list[Sentence] = []
    rejected = []
    for one in lines:
        if one.kept:
            kept.append(_sentence(one, brief))
            continue
        rejected.append(one.text)
        stand_in = _stand_in(one.text, fallback, kept, texts)
        if stand_in:
            kept.append(stand_in)
    return tuple(kept), tuple(rejected)


def _sentence(line: Line, brief: Brief) -> Sentence:
    resting = {source for source, _ in line.verdict.evidence}
    texts = {
        one.number: terms.sentences(one.text, one.language) for one in brief.sources if one.number in resting
    }
    proofs = tuple(
        Proof(source=source, text=texts[source][at])
        for source, at in line.verdict.evidence
        if source in texts and 0 <= at < len(texts[source])
    )
    return Sentence(text=line.text, sources=tuple(sorted(resting)), proofs=proofs)


def _stand_in(
    text: str, fallback: Summary, kept: Sequence[Sentence], texts: Sequence[str]
) -> Sentence | None:
    """The extractive sentence most like the failed one, unless the summary says it already."""
    told = frozenset().union(
        *(bare(one).split() for one in (*texts, *(one.text for one in kept)) if one != text)
    )
    wanted = frozenset(bare(text).split())
    best, most = None, 0.34  # a third of its words: less is another matter, and dropping is the honest way
    for one in fallback.sentences:
        words = frozenset(bare(one.text).split())
        share = len(words & wanted) / max(1, len(words))
        if share > most and len(words & told) < 0.7 * len(words):
            best, most = one, share
    return best


@lru_cache(maxsize=READ)
def _evidence(sources: tuple[Source, ...]) -> Evidence:
    return Evidence(sources)


@lru_cache(maxsize=READ)
def _titled(sources: tuple[Source, ...]) -> Evidence:
    """What a headline is held against: there the titles are sentences too."""
    return Evidence([replace(one, text=f"{one.title}.\n\n{one.text}") for one in sources])


class _Desk:
    """Checks lines of answers to one brief; reads the sources once."""

    def __init__(self, brief: Brief, secret: str) -> None:
        self._brief = brief
        self._secret = _runs(secret)
        # Of an overview each line must be carried by one event's sources alone: two events that are told in
        # one breath, a figure of one with a name of the other, would else pass as carried by "the sources".
        groups = brief.events or (tuple(one.number for one in brief.sources),)
        self._events = [tuple(one for one in brief.sources if one.number in group) for group in groups]
        self._evidence = [_evidence(listed) for listed in self._events]
        self._shelf = shelf_of(brief.sources)

    def headline(self, text: str) -> Line:
        head = scrub(text).rstrip(".。")
        if not head or len(head) > HEADLINE:
            found = (Finding(kind="headline", span=head[:60]),)
            return Line(id="headline", text=head, verdict=_failed(found), kept=False)
        titled = [_titled(listed) for listed in self._events]
        verdict = self._verdict(head, [one.id for one in self._brief.passages], titled)
        return Line(id="headline", text=head, verdict=verdict, kept=verdict.ok and verdict.score >= SURE)

    def sentence(self, ident: str, text: str, hints: Sequence[str]) -> Line:
        verdict = self._verdict(text, hints, self._evidence)
        if verdict.ok and clean.sells(text) and len(self._outlets(text, verdict)) < 2:
            # What one outlet alone says to its reader is an advert or an attacker's wish: its own support.
            verdict = replace(verdict, ok=False, findings=(Finding(kind="advert", span=text[:60]),))
        least = SURE if _first(self._brief.language) in SCRIPTS else 0.0
        kept = verdict.ok and bool(verdict.evidence) and verdict.score >= least
        return Line(id=ident, text=text, verdict=verdict, kept=kept)

    def _outlets(self, text: str, verdict: Verdict) -> frozenset[str]:
        numbers = {source for source, _ in verdict.evidence}.union(self._shelf.carriers(text))
        return frozenset(
            one.outlet for one in self._brief.sources if one.number in numbers and not one.reprint
        )

    def _verdict(self, text: str, hints: Sequence[str], evidence: Sequence[Evidence]) -> Verdict:
        brief = self._brief
        if found := _form(text, brief):
            return _failed(found)
        if self._secret & _runs(text):
            return _failed((Finding(kind="leak", span=text[:60]),))
        if _first(brief.language) == _first(brief.text_language or brief.language):
            verdicts = [judge(text, one) for one in evidence]
        else:
            verdicts = [
                _across(text, _within(hints, brief, listed), brief, one)
                for one, listed in zip(evidence, self._events, strict=True)
            ]
        return max(verdicts, key=lambda one: (one.ok, one.score))  # of equal ones the first


def _within(hints: Sequence[str], brief: Brief, sources: Sequence[Source]) -> list[str]:
    """The cited passages of these sources."""
    numbers = {one.number for one in sources}
    return [one.id for one in brief.passages if one.id in hints and one.source in numbers]


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    """Seven words that follow each other, each sign of Chinese a word: nobody says the same by chance."""
    words = re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+", text.casefold())
    return frozenset(tuple(words[at : at + 7]) for at in range(len(words) - 6))


def _failed(findings: tuple[Finding, ...]) -> Verdict:
    return Verdict(ok=False, score=0.0, findings=findings)


def _first(language: str) -> str:
    """The language without its script: both Chinese ones are "zh" to their sources."""
    return language.split("-", maxsplit=1)[0]


def _form(text: str, brief: Brief) -> tuple[Finding, ...]:
    """What is wrong with a sentence whatever the sources say."""
    script = SCRIPTS.get(_first(brief.language), r"A-Za-z\u00c0-\u024f\u1e00-\u1eff")
    letters = len(re.findall(r"[^\W\d_]", text))
    own = len(re.findall(f"[{script}]", text))
    if len(text) > TEXT:
        return (Finding(kind="length", span=text[:60]),)
    if letters == 0 or own < 0.5 * letters:
        return (Finding(kind="language", span=text[:60]),)
    if clean.steers(text) or clean.advertises(text):
        return (Finding(kind="instruction", span=text[:60]),)
    return ()


def _across(text: str, hints: Sequence[str], brief: Brief, evidence: Evidence) -> Verdict:
    """The verdict on a sentence in another language than all of its sources.

    Figures, dates and names can be compared,
    wording cannot. So nothing may be quoted, and the sources are the model's own hint, where those hold the
    figures.
    """
    verdict = judge(text, evidence)
    telling = ("number", "date", "quotation") + (("name",) if _latin(brief) else ())
    findings = tuple(one for one in verdict.findings if one.kind in telling)
    cited = [one for one in brief.passages if one.id in hints]
    wanted = {one.value for one in figures(text)}
    there = {one.value for passage in cited for one in figures(passage.text)}
    if not cited or not wanted <= there:
        findings = findings or (Finding(kind="support", span="cited passages"),)
    where = tuple(dict.fromkeys((one.source, max(0, one.position)) for one in cited))
    return Verdict(ok=not findings, score=0.0 if findings else 0.5, findings=findings, evidence=where)


def _latin(brief: Brief) -> bool:
    return _first(brief.language) not in SCRIPTS and brief.text_language not in SCRIPTS
