"""What a digest says about itself, in the reader's language: labels, plurals, footer.

What every rendering (message, page, terminal, plain text) says alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.domain.cleaning import clean
from bot.domain.digests import Sight, sight, tally
from bot.domain.schedules import zone
from bot.domain.stories.tracking import phase_at
from bot.domain.wording import LRM, RLM, Wording, _locale
from bot.types import Coverage, Digest, Fact, Item, Method, Proof, Sentence, Source, Summary, Unchanged

_OUTLETS_SHOWN = 8
_FAILING_SHOWN = 3


def header(digest: Digest, wording: Wording) -> str:
    """The first line: Dateline, the date in the reader's zone, and whether it is late."""
    tz = zone(digest.zone)
    made = digest.made_at.astimezone(tz).date()
    day = digest.slot.local_date if digest.slot else made
    line = wording("digest.header", brand=wording("digest.brand"), date=wording.day(day))
    return wording.join([line, late(digest, wording)])


def late(digest: Digest, wording: Wording) -> str:
    """When a late digest was due, "" for one that is on time."""
    if not digest.late or digest.slot is None:
        return ""
    local = datetime.combine(digest.slot.local_date, digest.slot.local_time)
    same = digest.made_at.astimezone(zone(digest.zone)).date() == digest.slot.local_date
    clock = wording.clock(local)
    when = clock if same else wording("date.moment", date=wording.day(local.date(), "short"), time=clock)
    return wording("digest.late", time=when)


def labels(item: Item, digest: Digest, wording: Wording) -> tuple[str, ...]:
    """What a reader must know of a story, most important first; how its text was made comes last."""
    said = []
    if item.news == "developed":
        said.append(wording("story.developed"))
    if item.last_at < digest.since:
        last = item.last_at.astimezone(zone(digest.zone)).date()
        said.append(wording("story.older", date=wording.day(last, "short")))
    if language := foreign_language(item, digest):
        said.append(wording("story.language", language=wording.language_name(language)))
    if item.state_media_only:
        said.append(wording("story.state_media_only"))
    said += voices(item.voices, item.summary.sources, item.reprints, wording)
    said.append(method(item.summary, wording))
    return tuple(said)


def voices(count: int, sources: Iterable[Source], reprints: int, wording: Wording) -> Iterator[str]:
    """How many speak: of ``count`` independent voices those that tell an agency's report, copies, the rest.

    "3 independent sources", "1 reprint"; where an agency is credited by one that is no copy: "1 agency
    report", "7 reprints", "3 own reports". Of agencies only the sources shown are known, independent first.
    """
    credited = {one.agency.casefold() for one in sources if one.agency and not one.reprint}
    agencies = min(count, len(credited))
    if count <= 1:
        yield wording("story.single_source")
    elif not agencies:
        yield wording.count("story.voices", count)
    if agencies:
        yield wording.count("story.agency_reports", agencies)
    if reprints:
        yield wording.count("story.reprints", reprints)
    if agencies and count > agencies:
        yield wording.count("story.own_reports", count - agencies)


def phase(item: Item, digest: Digest, wording: Wording) -> str:
    """Where the story was on its way when the digest was made: breaking, developing or fading."""
    reported = [source.published_at for source in item.summary.sources]
    return wording(f"phase.{phase_at([item.first_at, item.last_at, *reported], digest.made_at)}")


def disputes(item: Item, wording: Wording) -> tuple[str, ...]:
    """A line for each figure that outlets give differently: both named and quoted."""
    return tuple(
        wording(
            f"dispute.{one.kind}",
            first=wording.settle(one.first.outlet),
            second=wording.settle(one.second.outlet),
            said=one.first.quote,
            says=one.second.quote,
        )
        for one in item.summary.disputes
    )


def correction(fact: Fact, wording: Wording) -> str:
    """The line on what a source took back of what was told."""
    key = "correction.changed" if fact.correction else "correction.withdrawn"
    return wording(key, said=wording.settle(clean(fact.text)), says=wording.settle(clean(fact.correction)))


def unchanged(note: Unchanged, digest: Digest, wording: Wording) -> str:
    """The line on a story that goes on without anything new: its headline, and since when."""
    local = note.since.astimezone(zone(digest.zone)).date()
    today = digest.made_at.astimezone(zone(digest.zone)).date()
    # A week ago the weekday would be today's.
    day = wording.day(local, "weekday" if (today - local).days < 7 else "short")
    return wording("story.unchanged", headline=wording.settle(note.headline), day=day)


def method(summary: Summary, wording: Wording) -> str:
    """What the text is: "AI summary, checked against 3 reports", "Excerpts from 3 reports", a translation."""
    if summary.translated_from:
        language = wording.language_name(summary.translated_from)
        return wording.count("story.translation", len(summary.sources), language=language)
    extract = summary.method == Method.EXTRACTIVE
    return wording.count("story.excerpts" if extract else "story.ai_summary", len(summary.sources))


def sole_outlet(sentence: Sentence, summary: Summary) -> str:
    """The outlet that alone carries this sentence; "" where several do.

    And where the story has no other, or the sentence names it.
    """
    names = {source.outlet for source in summary.sources if source.number in sentence.sources}
    if len(names) != 1 or len({source.outlet for source in summary.sources}) < 2:
        return ""
    name = names.pop()
    return "" if name.casefold() in sentence.text.casefold() else name


def told(sentence: Sentence, summary: Summary) -> str:
    """The sentence, with the outlet's name behind it where one alone carries it."""
    name = sole_outlet(sentence, summary)
    if not name:
        return sentence.text
    ours = _rightward(sentence.text)
    settled = (
        (RLM if ours else LRM) if _rightward(name) != ours else ""
    )  # else the marks behind it would turn
    return f"{sentence.text} ({name}){settled}"


def _rightward(text: str) -> bool:
    """Whether the first letter of a direction is of one that runs from right to left."""
    kinds = (unicodedata.bidirectional(one) for one in text)
    return next((kind in ("R", "AL") for kind in kinds if kind in ("L", "R", "AL")), False)


def proofs(summary: Summary, wording: Wording) -> Iterator[tuple[Sentence, tuple[str, ...]]]:
    """Each sentence with what its sources say, quoted and named: what the check found it to stand on."""
    sources = {source.number: source for source in summary.sources}
    for sentence in summary.sentences:
        quoted = (
            wording(
                "why.proof",
                quote=wording.settle(_shortened(proof.text)),
                outlet=wording.settle(f"[{proof.source}] {outlet_name(sources[proof.source], wording)}"),
            )
            for proof in sentence.proofs
            if proof.source in sources
        )
        yield sentence, tuple(dict.fromkeys(quoted))


def originals(summary: Summary, wording: Wording) -> Iterator[str]:
    """Beside a translation, what its sources say in their own words: a quotation for each sentence."""
    sources = {source.number: source for source in summary.sources}
    for sentence in summary.sentences if summary.translated_from else ():
        proofs = sentence.proofs or tuple(
            Proof(source=number, text=sentence.original) for number in sentence.sources[:1]
        )
        for proof in proofs[:1]:
            if proof.source in sources and proof.text:
                name = outlet_name(sources[proof.source], wording)
                yield wording(
                    "why.proof",
                    quote=wording.settle(_shortened(proof.text)),
                    outlet=wording.settle(f"[{proof.source}] {name}"),
                )


def _shortened(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def foreign_language(item: Item, digest: Digest) -> str:
    """The language a story is told in, if not the digest's (excerpts are not translated), else ""."""
    code = item.summary.text_language
    return code if code.split("-")[0] != digest.language.split("-")[0] else ""


def written_rtl(language: str) -> bool:
    """Whether a language is written from right to left; an unknown one is not."""
    known = _locale(language)
    return known is not None and str(known.text_direction) == "rtl"


def outlets(item: Item) -> tuple[tuple[Source, ...], int]:
    """The sources to list, by number, and how many were left out.

    All cited ones; of the others one per outlet, originals before reprints, up to eight in all.
    """
    cited = {number for sentence in item.summary.sentences for number in sentence.sources}
    chosen = {source.number: source for source in item.summary.sources if source.number in cited}
    named = {source.outlet for source in chosen.values()}
    others = [source for source in item.summary.sources if source.number not in cited]
    left = 0
    for source in sorted(others, key=lambda source: (source.reprint, source.number)):
        if source.outlet in named:
            continue
        if len(chosen) >= _OUTLETS_SHOWN:
            left += 1
            continue
        chosen[source.number] = source
        named.add(source.outlet)
    return tuple(chosen[number] for number in sorted(chosen)), left


def outlet_name(source: Source, wording: Wording) -> str:
    """The outlet as listed, state media named as such."""
    name = source.outlet or source.title
    return f"{name} ({wording('story.state_media')})" if source.state_media else name


def quiet(digest: Digest, wording: Wording) -> str:
    """The one honest line of a digest without stories."""
    coverage, seen = digest.coverage, sight(digest)
    if seen is Sight.FULL:
        return wording.count("quiet.full", coverage.feeds)
    return wording(
        f"quiet.{seen}",
        fine=wording.number(coverage.feeds_fine),
        total=wording.number(coverage.feeds),
        since=wording.moment(digest.since, digest.zone),
    )


def quiet_topics(digest: Digest, wording: Wording) -> str:
    """The line on topics without stories in a digest that has some elsewhere; "" when each has one."""
    names = [section.name for section in digest.sections if section.empty]
    if not names or len(names) == len(digest.sections):
        return ""
    key = "quiet.topics" if sight(digest) is Sight.FULL else "quiet.topics_partial"
    return wording(key, topics=wording.join(names))


def footer(digest: Digest, wording: Wording) -> tuple[str, ...]:
    """What the footer tells, piece by piece: coverage first, then how the texts were made."""
    counted, coverage = tally(digest), digest.coverage
    said = [_fine(coverage, wording)]
    if coverage.newest_at is None:
        said.append(wording("footer.newest_none"))
    else:
        said.append(wording("footer.newest", ago=wording.ago(digest.made_at - coverage.newest_at)))
    said.append(wording.count("footer.articles", coverage.articles))
    if coverage.failing:
        said.append(wording("footer.failing", names=_names(coverage, wording)))
    if counted.methods == {Method.EXTRACTIVE}:
        said.append(wording("footer.all_excerpts"))
    elif counted.methods == {Method.LLM}:
        said.append(wording("footer.all_ai"))
    if counted.rejected:
        said.append(wording.count("footer.rejected", counted.rejected))
    if counted.model_missed:
        said.append(wording.count("footer.model_missed", counted.model_missed))
    if counted.over_budget:
        said.append(wording.count("footer.over_budget", counted.over_budget))
    return tuple(said)


def _fine(coverage: Coverage, wording: Wording) -> str:
    if coverage.feeds and coverage.feeds_fine >= coverage.feeds:
        return wording.count("footer.fine_all", coverage.feeds)
    return wording.count("footer.fine", coverage.feeds, fine=wording.number(coverage.feeds_fine))


def _names(coverage: Coverage, wording: Wording) -> str:
    listed = coverage.failing[:_FAILING_SHOWN]
    shown = wording("footer.comma").join(wording.settle(name) for name in listed)
    left = max(len(coverage.failing), coverage.feeds - coverage.feeds_fine) - len(listed)
    return wording("footer.failing_more", names=shown, n=wording.number(left)) if left > 0 else shown
