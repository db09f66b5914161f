"""A story by itself: its card, why it is where it is, and a page that somebody asked to have summarized.

Each is one message within the channel's limits: what does not fit is left to the sources, and that is said.
Buttons carry ``c:<verb>:<story id>`` with the verbs more, less, topic, same and why; ``s:<story id>`` opens
the card.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from bot.domain import reasons
from bot.domain.cleaning import clean, clean_summary, link
from bot.domain.messages.layout import linked, marked
from bot.domain.messages.splitting import Atom, Block, Run, split, whole
from bot.domain.phrases import method, originals, outlet_name, proofs, voices, written_rtl
from bot.domain.reading.pieces import Piece
from bot.domain.stories import Moment, Phase
from bot.domain.wording import LRM, RLM, Wording
from bot.types import (
    Button,
    EntityKind,
    Limits,
    Part,
    Placement,
    Source,
    Story,
    Summary,
    TopicMatch,
    TopicSlug,
)

_ORIGINALS = 3
"""Links to articles under a card, as a row of buttons."""
_NAME = 24
"""Characters of an outlet's name on a button."""
_NEW = 3
"""Names and numbers that are told of what an article was first to have."""
_SHOWN = (40, 20, 8, 3)
"""Sources that a card lists: the first number with which it fits into one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story with all that its card and its reasons tell."""

    story: Story
    summary: Summary  # its ``sources`` are all articles of the story, numbered as [n] says
    placements: tuple[Placement, ...] = ()
    matches: tuple[TopicMatch, ...] = ()
    score: float = 0.0
    why: str = ""  # of the rank
    topics: Mapping[TopicSlug, str] = field(default_factory=dict)  # slug -> name for this reader
    zone: str = "UTC"
    language: str = ""  # the reader's; the summary's text may be in another
    told_at: datetime | None = None  # when this chat was last told of it
    developed: bool = False  # since then
    phase: Phase | None = None  # where it is on its way, now
    moments: tuple[Moment, ...] = ()  # what was first reported when and by whom


class FiledPiece(Protocol):
    """A piece of a text with its topics and summary (:class:`bot.pipeline.on_demand.Filed`)."""

    @property
    def piece(self) -> Piece:
        """What was read."""

    @property
    def language(self) -> str:
        """Of the text."""

    @property
    def topics(self) -> tuple[TopicMatch, ...]:
        """The topics that it would be filed under."""

    @property
    def reason(self) -> str:
        """Why it has these topics, or none."""

    @property
    def summary(self) -> Summary | None:
        """None where there was nothing to summarize."""


# --------------------------------------------------------------------------------------------- the card


def card(view: StoryView, wording: Wording, limits: Limits | None = None) -> Part:
    """The card of a story: one message with its buttons.

    Args:
        view: the story.
        wording: the reader's.
        limits: of the channel; Telegram's where None.

    Raises:
        Misconfigured: limits under 64 units, an unknown zone, or wording that lacks a key.
    """
    view = _cleaned(view)
    limits = limits or Limits()
    told = len(view.summary.sentences)
    for listed, titles in ((_SHOWN[0], True), *((shown, False) for shown in _SHOWN)):
        made = whole(_card(view, wording, _Measure(listed, titles, told)), limits)
        if made is not None:
            return _finished(made, view, wording)
    for kept in range(told - 1, -1, -1):
        made = whole(_card(view, wording, _Measure(_SHOWN[-1], False, kept)), limits)
        if made is not None:
            return _finished(made, view, wording)
    first = split(_card(view, wording, _Measure(0, False, 0)), limits, wording)[0]
    return _finished(first, view, wording)


@dataclass(frozen=True, slots=True)
class _Measure:
    """How much of a story a card holds."""

    sources: int
    titles: bool
    sentences: int


def _card(view: StoryView, wording: Wording, measure: _Measure) -> tuple[Block, ...]:
    return tuple(_blocks(view, wording, measure))


def _blocks(view: StoryView, wording: Wording, measure: _Measure) -> Iterator[Block]:
    mark = RLM if wording.rtl else ""
    yield _told(view.summary, view.language or wording.language, wording, measure.sentences)
    phase = (wording(f"phase.{view.phase}"),) if view.phase else ()
    said = wording.join((*_topics(view, wording), *phase, *_labels(view, wording)))
    yield (Atom((Run(mark), Run(said, EntityKind.ITALIC))),)
    if view.told_at is not None:
        told = wording("card.told", time=wording.moment(view.told_at, view.zone))
        more = wording("story.developed") if view.developed else ""
        yield (Atom((Run(mark), Run(wording.join((told, more)), EntityKind.ITALIC))),)
    if measure.sources:
        yield tuple(_sources(view, wording, measure))


def _told(summary: Summary, language: str, wording: Wording, most: int) -> Block:
    """The headline and the sentences, in the direction of their own language."""
    foreign = _foreign(summary, language)
    rtl = written_rtl(foreign) if foreign else wording.rtl
    start = Run(RLM if rtl else LRM if foreign else "")
    atoms = [Atom((start, Run(summary.headline, EntityKind.BOLD)), leads=True)]
    for place, sentence in enumerate(summary.sentences[:most]):
        runs = tuple(marked(sentence, summary))
        atoms.append(Atom((start, *runs) if place == 0 else runs, glue="\n\n" if place == 0 else " "))
    if most < len(summary.sentences):
        mark = Run(RLM if wording.rtl else "")
        atoms.append(Atom((mark, Run(wording("card.cut"), EntityKind.ITALIC)), glue="\n\n"))
    else:
        atoms += [Atom((Run(line),), quoted=True) for line in originals(summary, wording)]
    return tuple(atoms)


def _foreign(summary: Summary, language: str) -> str:
    """The language that the text is really in, where it is not this one, else ""."""
    code = summary.text_language
    return code if code.split("-", maxsplit=1)[0] != language.split("-", maxsplit=1)[0] else ""


def _topics(view: StoryView, wording: Wording) -> Iterator[str]:
    for match in view.matches:
        yield wording.settle(view.topics.get(match.topic, match.topic))


def _labels(view: StoryView, wording: Wording) -> Iterator[str]:
    """What a reader must know of the story, most important first."""
    summary = view.summary
    if language := _foreign(summary, view.language or wording.language):
        yield wording("story.language", language=wording.language_name(language))
    if summary.sources and all(source.state_media for source in summary.sources):
        yield wording("story.state_media_only")
    reprints = sum(source.reprint for source in summary.sources)
    yield from voices(view.story.voices, summary.sources, reprints, wording)
    yield method(summary, wording)
    if summary.rejected:
        yield wording.count("footer.rejected", len(summary.rejected))


def _sources(view: StoryView, wording: Wording, measure: _Measure) -> Iterator[Atom]:
    """Who reported it and when, the first report first, and who was first with what: the story's timeline."""
    mark = RLM if wording.rtl else ""
    ordered = sorted(view.summary.sources, key=lambda source: (source.published_at, source.number))
    title = wording("card.sources")
    yield Atom((Run(mark), Run(title, EntityKind.UNDERLINE)), glue="\n\n", leads=True)
    for place, source in enumerate(ordered[: measure.sources]):
        yield _line(source, view, wording, first=place == 0, title=measure.titles)
    if left := max(0, len(ordered) - measure.sources):
        yield Atom((Run(mark + wording.count("story.more_sources", left)),), quoted=True)


def _line(source: Source, view: StoryView, wording: Wording, *, first: bool, title: bool) -> Atom:
    mark = RLM if wording.rtl else ""
    when = wording.moment(source.published_at, view.zone)
    name = linked(wording.settle(f"[{source.number}] {outlet_name(source, wording)}"), link(source.url))
    said = [wording("card.first")] if first and len(view.summary.sources) > 1 else []
    if new := next((one.new for one in view.moments if one.article == source.article), ()):
        words = wording("footer.comma").join(wording.settle(clean(word)) for word in new[:_NEW])
        said.append(wording("card.first_with", words=words))
    if source.agency and source.agency != source.outlet:
        said.append(wording("card.agency", agency=wording.settle(source.agency)))
    if source.reprint:
        said.append(wording("card.reprint"))
    if title and source.title and source.outlet and source.title != view.summary.headline:
        said.append(source.title)
    told = "".join(wording.separator + wording.settle(piece) for piece in said)
    return Atom((Run(f"{mark}{when}{wording.separator}"), name, Run(told)), quoted=True)


def _finished(part: Part, view: StoryView, wording: Wording) -> Part:
    ident = view.story.id

    def press(key: str, verb: str) -> Button:
        return Button(text=wording(key), data=f"c:{verb}:{ident}")

    wrong = [press("card.wrong_topic", "topic")] if view.matches else []
    if len(view.story.articles) > 1:
        wrong.append(press("card.not_same", "same"))
    rows = (
        (press("card.more", "more"), press("card.less", "less")),
        (press("card.why", "why"), *wrong),
        tuple(_originals(view.summary, wording)),
    )
    return replace(part, stories=(ident,), buttons=tuple(row for row in rows if row))


def _originals(summary: Summary, wording: Wording) -> Iterator[Button]:
    """Buttons to the articles that the summary cites most, one an outlet."""
    cited = [number for sentence in summary.sentences for number in sentence.sources]
    ordered = sorted(summary.sources, key=lambda source: (-cited.count(source.number), source.number))
    named: set[str] = set()
    for source in ordered:
        url = _door(source.url)
        if not url or source.outlet in named or len(named) >= _ORIGINALS:
            continue
        named.add(source.outlet)
        name = source.outlet if len(source.outlet) <= _NAME else f"{source.outlet[: _NAME - 1].rstrip()}…"
        yield Button(text=name or wording("card.original"), url=url)  # clients put an arrow


def _door(url: str) -> str:
    """The address if a button may lead there, else "": Telegram refuses the whole message for a bad one."""
    try:
        host = urlsplit(link(url)).hostname or ""
    except ValueError:
        return ""
    return url if "." in host.strip(".") else ""


def _cleaned(view: StoryView) -> StoryView:
    names = {slug: clean(name) for slug, name in view.topics.items()}
    return replace(view, summary=clean_summary(view.summary), topics=names)


# ------------------------------------------------------------------------------------------------ why


def why(view: StoryView, wording: Wording, limits: Limits | None = None) -> Part:
    """Why this story is told, why its articles are together, and why it has its topics: one message.

    Raises:
        Misconfigured: limits under 64 units, or wording that lacks a key.
    """
    view = _cleaned(view)
    limits = limits or Limits()
    back = ((Button(text=wording("card.back"), data=f"s:{view.story.id}"),),)
    for listed in (*_SHOWN, 0):
        made = whole(tuple(_reasons(view, wording, listed)), limits)
        if made is not None:
            return replace(made, stories=(view.story.id,), buttons=back)
    first = split(tuple(_reasons(view, wording, 0)), limits, wording)[0]
    return replace(first, stories=(view.story.id,), buttons=back)


def _reasons(view: StoryView, wording: Wording, most: int) -> Iterator[Block]:
    mark = RLM if wording.rtl else ""
    foreign = _foreign(view.summary, view.language or wording.language)
    start = Run((RLM if written_rtl(foreign) else LRM) if foreign else mark)
    yield (Atom((start, Run(view.summary.headline, EntityKind.BOLD))),)
    score = wording("why.score", score=f"{view.score:.2f}")
    yield _paragraph(wording("why.title"), (score, *reasons.ranked(view.why, wording)), wording)
    numbers = {source.article: source.number for source in view.summary.sources}
    for place, (sentence, quoted) in enumerate(proofs(view.summary, wording)):
        if quoted:
            title = wording("why.sentences") if place == 0 else ""
            yield _stands(title, sentence.text, quoted, start, wording)
    placed = [
        f"[{numbers[one.article]}] {reasons.placed(one, wording, numbers)}"
        for one in view.placements
        if one.article in numbers
    ]
    if left := max(0, len(placed) - most):
        placed = [*placed[:most], wording.count("story.more_sources", left)]
    if placed:
        yield _paragraph(wording("why.together"), placed, wording, quoted=True)
    topics = [_topic_line(match, view.topics, wording) for match in view.matches]
    if topics:
        yield _paragraph(wording("why.topic"), topics, wording)


def _stands(title: str, text: str, quoted: Iterable[str], start: Run, wording: Wording) -> Block:
    """A sentence, and below it what its sources say."""
    mark = RLM if wording.rtl else ""
    head = [Atom((Run(mark), Run(title, EntityKind.UNDERLINE)), glue="\n\n", leads=True)] if title else []
    lines = [Atom((Run(mark + line),), quoted=True) for line in quoted]
    return (*head, Atom((start, Run(text)), glue="\n", leads=True), *lines)


def _topic_line(match: TopicMatch, names: Mapping[TopicSlug, str], wording: Wording) -> str:
    name = wording.settle(clean(names.get(match.topic, match.topic)))
    return wording("why.line", topic=name, reason=reasons.matched(match, wording))


def _paragraph(title: str, lines: Iterable[str], wording: Wording, *, quoted: bool = False) -> Block:
    """A title, and a line for each of these."""
    mark = RLM if wording.rtl else ""
    head = Atom((Run(mark), Run(title, EntityKind.UNDERLINE)), glue="\n\n", leads=True)
    point = "" if quoted else "• "
    return (head, *(Atom((Run(f"{mark}{point}{line}"),), quoted=quoted) for line in lines))


# ----------------------------------------------------------------------------------- a page on demand


def piece(
    filed: FiledPiece,
    wording: Wording,
    limits: Limits | None = None,
    *,
    names: Mapping[TopicSlug, str] | None = None,
) -> Part:
    """A page or text that somebody brought, told: headline, sentences, topics or why it has none, method.

    ``names`` are the topics' names by slug for this reader.

    Raises:
        Misconfigured: limits under 64 units, or wording that lacks a key.
    """
    limits = limits or Limits()
    summary = clean_summary(filed.summary) if filed.summary is not None else None
    told = len(summary.sentences) if summary else 0
    tries = (
        whole(tuple(_piece(filed, summary, wording, names or {}, kept)), limits)
        for kept in range(told, -1, -1)
    )
    made = next((part for part in tries if part is not None), None)
    if made is None:
        made = split(tuple(_piece(filed, summary, wording, names or {}, 0)), limits, wording)[0]
    url = _door(summary.sources[0].url) if summary and summary.sources else ""
    return replace(made, buttons=((Button(text=wording("card.original"), url=url),),) if url else ())


def _piece(
    filed: FiledPiece,
    summary: Summary | None,
    wording: Wording,
    names: Mapping[TopicSlug, str],
    most: int,
) -> Iterator[Block]:
    mark = RLM if wording.rtl else ""
    if summary is not None:
        yield _told(summary, wording.language, wording, most)
        yield (Atom((Run(mark), Run(wording.join(_made(summary, wording)), EntityKind.ITALIC)), glue="\n\n"),)
    else:
        foreign = filed.language if filed.language != wording.language.split("-", maxsplit=1)[0] else ""
        start = Run((RLM if written_rtl(foreign) else LRM) if foreign else mark)
        yield (Atom((start, Run(clean(filed.piece.title)[:300], EntityKind.BOLD))),)
        yield (Atom((Run(mark + wording("piece.none")),), glue="\n\n"),)
    yield _filed_under(filed, wording, names)


def _made(summary: Summary, wording: Wording) -> Iterator[str]:
    """Who published it, and how the text was made."""
    for source in summary.sources[:1]:
        yield outlet_name(source, wording) if source.outlet else ""
    if language := _foreign(summary, wording.language):
        yield wording("story.language", language=wording.language_name(language))
    yield method(summary, wording)


def _filed_under(filed: FiledPiece, wording: Wording, names: Mapping[TopicSlug, str]) -> Block:
    if not filed.topics:
        slugs: Mapping[str, str] = {str(slug): name for slug, name in names.items()}
        return _paragraph(wording("piece.topics"), [reasons.unfiled(filed.reason, wording, slugs)], wording)
    lines: Sequence[str] = [_topic_line(match, names, wording) for match in filed.topics]
    return _paragraph(wording("piece.topics"), lines, wording)
