"""The classic form of a digest: what stands in a message and in which order.

One header; topics; stories with a number and a bold headline, sentences with [1] marks that link, the outlets
in one line, and what few want to see (labels, the sources' own headlines) in an expandable quotation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot.domain.cleaning import link
from bot.domain.digests import tally
from bot.domain.messages.doors import Doors, numbers, rows
from bot.domain.messages.splitting import Atom, Block, Run, split
from bot.domain.phrases import (
    correction,
    disputes,
    footer,
    foreign_language,
    header,
    labels,
    originals,
    outlet_name,
    outlets,
    quiet,
    quiet_topics,
    unchanged,
    written_rtl,
)
from bot.domain.phrases import told as said
from bot.domain.wording import LRM, RLM, Wording
from bot.types import Digest, EntityKind, Item, Limits, Part, Section, Sentence, Source, StoryId, Summary


@dataclass(frozen=True, slots=True)
class Setting:
    """What all stories of a digest are set with."""

    digest: Digest
    wording: Wording
    numbered: Mapping[StoryId, int]
    details: bool  # the sources' own headlines too

    @property
    def mark(self) -> str:
        """What begins a line of the interface's direction."""
        return RLM if self.wording.rtl else ""


def classic(
    digest: Digest,
    limits: Limits,
    wording: Wording,
    doors: Doors | None = None,
    numbered: Mapping[StoryId, int] | None = None,
) -> tuple[Part, ...]:
    """The messages of a digest whose foreign text is clean already.

    The sources' own headlines are told where they cost no further message: they stand on the cards too.
    """
    worn = numbers(digest) if numbered is None else numbered
    full, bare = (
        split(blocks(Setting(digest, wording, worn, details)), limits, wording) for details in (True, False)
    )
    made = full if len(full) <= len(bare) else bare
    return tuple(replace(part, buttons=rows(part.stories, worn, doors)) for part in made)


def blocks(setting: Setting) -> tuple[Block, ...]:
    """The digest's layout. The header and each topic's heading stay with what follows them."""
    digest, wording, mark = setting.digest, setting.wording, setting.mark
    bold = Run(header(digest, wording), EntityKind.BOLD)
    waiting: Block = (Atom((Run(mark), bold), glue="\n\n", leads=True),)
    made: list[Block] = []
    for section in digest.sections:
        if section.empty:
            continue
        name = Run(section.name, EntityKind.UNDERLINE)
        waiting = (*waiting, Atom((Run(f"{mark}◆ "), name), glue="\n\n", leads=True))
        if section.overview:
            made.append((*waiting, *_overview(section, setting)))
            waiting = ()
        for story in _section(section, setting):
            made.append((*waiting, *story))
            waiting = ()
    if not tally(digest).stories:
        made.append((*waiting, Atom((Run(mark), Run(quiet(digest, wording))), glue="\n\n")))
    elif line := quiet_topics(digest, wording):
        made.append((Atom((Run(mark), Run(line)), glue="\n\n"),))
    taken_back = (Run(correction(fact, wording), EntityKind.ITALIC) for fact in digest.corrections)
    made.extend((Atom((Run(mark), line), glue="\n\n"),) for line in taken_back)
    told = Run(wording.join(footer(digest, wording)), EntityKind.ITALIC)
    made.append((Atom((Run(mark), told), glue="\n\n"),))
    return tuple(made)


def _overview(section: Section, setting: Setting) -> Iterator[Atom]:
    """What opens the topic: each sentence with the number of the story below that carries it."""
    for place, one in enumerate(section.overview):
        number = Run(f"\u00a0({setting.wording.number(setting.numbered[one.story])})")
        start = (Run(setting.mark),) if place == 0 else ()
        yield Atom((*start, Run(one.text), number), glue="\n" if place == 0 else " ")


def _section(section: Section, setting: Setting) -> Iterator[Block]:
    for item in section.items:
        yield _story(item, setting)
    for note in section.unchanged:
        line = unchanged(note, setting.digest, setting.wording)
        yield (Atom((Run(setting.mark), Run(line, EntityKind.ITALIC)), glue="\n\n"),)
    if section.more:
        more = setting.wording.count("digest.more", section.more)
        yield (Atom((Run(setting.mark), Run(more, EntityKind.ITALIC)), glue="\n\n"),)


def _story(item: Item, setting: Setting) -> Block:
    digest, wording, mark = setting.digest, setting.wording, setting.mark
    foreign = foreign_language(item, digest)
    told = Run((RLM if written_rtl(foreign) else LRM) if foreign else mark)  # the text's own direction
    number = wording.number(setting.numbered[item.story])
    headline = Run(f"{number}. {item.summary.headline}", EntityKind.BOLD)
    atoms = [Atom((told, headline), glue="\n\n", leads=True)]
    for place, sentence in enumerate(item.summary.sentences):
        start = (told,) if place == 0 else ()
        glue = "\n" if place == 0 else " "
        atoms.append(Atom((*start, *marked(sentence, item.summary)), glue=glue))
    atoms.extend(Atom((Run(mark + line, EntityKind.ITALIC),)) for line in disputes(item, wording))
    if listed := tuple(_outlets(item, wording)):
        atoms.append(Atom((Run(mark), *listed)))
    atoms.extend(_details(item, setting))
    return tuple(replace(atom, story=item.story) for atom in atoms)


def _details(item: Item, setting: Setting) -> Iterator[Atom]:
    """Labels, and the sources' headlines where they say something else; in a quotation if they do.

    Beside a translation their own sentences stand in place of the headlines, the first of them always.
    """
    said = setting.wording.join(labels(item, setting.digest, setting.wording))
    if item.summary.translated_from:
        quoted = tuple(originals(item.summary, setting.wording))
        titles = quoted if setting.details else quoted[:1]
    else:
        titles = tuple(headlines(item, setting.wording)) if setting.details else ()
    if said and not titles:
        yield Atom((Run(setting.mark), Run(said, EntityKind.ITALIC)))
        return
    if said:
        yield Atom((Run(setting.mark + said),), quoted=True)
    for title in titles:
        yield Atom((Run(setting.mark + title),), quoted=True)


def headlines(item: Item, wording: Wording) -> Iterator[str]:
    """The listed sources' own headlines with their numbers, without those that the story's repeats."""
    for source in outlets(item)[0]:
        if source.title and source.title != item.summary.headline and source.outlet:
            yield wording.settle(f"[{source.number}] {source.title}")


def marked(sentence: Sentence, summary: Summary) -> Iterator[Run]:
    """The sentence and its marks, kept on one line by a no-break space."""
    urls = {source.number: link(source.url) for source in summary.sources}
    yield Run(said(sentence, summary))
    for place, number in enumerate(sentence.sources):
        if place == 0:
            yield Run("\u00a0")
        yield linked(f"[{number}]", urls.get(number, ""))


def _outlets(item: Item, wording: Wording) -> Iterator[Run]:
    listed, left = outlets(item)
    for place, source in enumerate(listed):
        if place:
            yield Run(wording.separator)
        yield _outlet(source, wording)
    if left:
        yield Run(wording.separator + wording.count("story.more_sources", left))


def _outlet(source: Source, wording: Wording) -> Run:
    return linked(wording.settle(f"[{source.number}] {outlet_name(source, wording)}"), link(source.url))


def linked(text: str, url: str) -> Run:
    """A run that leads to the address; plain without one."""
    return Run(text, EntityKind.TEXT_LINK, url) if url else Run(text)
