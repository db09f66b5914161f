"""A digest as chat messages: plain text with entities, split where a channel's limits ask for it.

Text and styles never meet in markup, so nothing can fail to parse; offsets are UTF-16 units, as Telegram
counts. The layers: a digest becomes *blocks* (header, topic with its first story, story, footer), a block is
made of *atoms* (a headline, a sentence, a line) and an atom of *runs* (text of one style). Splitting keeps
blocks whole where it can, then atoms, then cuts at white space, then anywhere between characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.domain.digests import tally
from bot.domain.phrases import (
    LRM,
    RLM,
    Wording,
    cleaned,
    footer,
    foreign_language,
    header,
    labels,
    link,
    outlet_name,
    outlets,
    quiet,
    quiet_topics,
    written_rtl,
)
from bot.errors import Misconfigured
from bot.types import Digest, Entity, EntityKind, Item, Limits, Part, Section, Sentence, Source, StoryId

_NUMBERING = 24
"""Units kept free for " · 10/12" or "10/12" and a blank line, with a direction mark."""

SMALLEST = 64
"""Units of the smallest message that a digest can be cut to."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one style."""

    text: str
    kind: EntityKind | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Atom:
    """What is only cut when it does not fit into a message of its own.

    ``glue`` stands before it; ``leads``: it makes no sense as the last thing of a message (headings).
    """

    runs: tuple[Run, ...]
    glue: str = "\n"
    story: StoryId | None = None
    leads: bool = False


Block = tuple[Atom, ...]
"""What is only taken apart when it does not fit into a message of its own."""


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts(digest: Digest, limits: Limits, wording: Wording) -> tuple[Part, ...]:
    """The messages of a digest, in order; numbered "2/3" when there are several.

    Raises:
        Misconfigured: limits under 64 units, an unknown zone, or wording that lacks a key.
    """
    return split(blocks(cleaned(digest), wording), limits, wording)


# ------------------------------------------------------------------------------------------- the layout


def blocks(digest: Digest, wording: Wording) -> tuple[Block, ...]:
    """The digest's layout. The header and each topic's heading stay with what follows them."""
    mark = RLM if wording.rtl else ""
    bold = Run(header(digest, wording), EntityKind.BOLD)
    waiting: Block = (Atom((Run(mark), bold), glue="\n\n", leads=True),)
    made: list[Block] = []
    for section in digest.sections:
        if not section.items and not section.more:
            continue
        name = Run(section.name, EntityKind.UNDERLINE)
        waiting = (*waiting, Atom((Run(f"{mark}◆ "), name), glue="\n\n", leads=True))
        for story in _section(section, digest, wording):
            made.append((*waiting, *story))
            waiting = ()
    if not tally(digest).stories:
        made.append((*waiting, Atom((Run(mark), Run(quiet(digest, wording))), glue="\n\n")))
    elif line := quiet_topics(digest, wording):
        made.append((Atom((Run(mark), Run(line)), glue="\n\n"),))
    told = Run(wording.join(footer(digest, wording)), EntityKind.ITALIC)
    made.append((Atom((Run(mark), told), glue="\n\n"),))
    return tuple(made)


def _section(section: Section, digest: Digest, wording: Wording) -> Iterator[Block]:
    mark = RLM if wording.rtl else ""
    for item in section.items:
        yield _story(item, digest, wording)
    if section.more:
        more = wording.count("digest.more", section.more)
        yield (Atom((Run(mark), Run(more, EntityKind.ITALIC)), glue="\n\n"),)


def _story(item: Item, digest: Digest, wording: Wording) -> Block:
    mark = RLM if wording.rtl else ""
    urls = {source.number: link(source.url) for source in item.summary.sources}
    foreign = foreign_language(item, digest)
    told = Run((RLM if written_rtl(foreign) else LRM) if foreign else mark)  # the text's own direction
    headline = Run(item.summary.headline, EntityKind.BOLD)
    atoms = [Atom((told, headline), glue="\n\n", leads=True)]
    for number, sentence in enumerate(item.summary.sentences):
        start = (told,) if number == 0 else ()
        atoms.append(Atom((*start, *_sentence(sentence, urls)), glue="\n" if number == 0 else " "))
    if said := labels(item, digest, wording):
        atoms.append(Atom((Run(mark), Run(wording.join(said), EntityKind.ITALIC))))
    if listed := tuple(_outlets(item, wording)):
        atoms.append(Atom((Run(mark), *listed)))
    return tuple(replace(atom, story=item.story) for atom in atoms)


def _sentence(sentence: Sentence, urls: dict[int, str]) -> Iterator[Run]:
    """The sentence and its marks, kept on one line by a no-break space."""
    yield Run(sentence.text)
    for place, number in enumerate(sentence.sources):
        if place == 0:
            yield Run("\u00a0")
        yield _link(f"[{number}]", urls.get(number, ""))


def _outlets(item: Item, wording: Wording) -> Iterator[Run]:
    listed, left = outlets(item)
    for place, source in enumerate(listed):
        if place:
            yield Run(wording.separator)
        yield _outlet(source, wording)
    if left:
        yield Run(wording.separator + wording.count("story.more_sources", left))


def _outlet(source: Source, wording: Wording) -> Run:
    return _link(wording.settle(f"[{source.number}] {outlet_name(source, wording)}"), link(source.url))


def _link(text: str, url: str) -> Run:
    return Run(text, EntityKind.TEXT_LINK, url) if url else Run(text)


# --------------------------------------------------------------------------------------------- splitting


class _Page:
    """One message being filled."""

    def __init__(self, units_free: int, entities_free: int) -> None:
        self.atoms: list[Atom] = []
        self._units = units_free
        self._entities = entities_free

    def take(self, atoms: Sequence[Atom]) -> bool:
        """Add all of these, or none."""
        used, styled = _size(atoms)
        if not self.atoms:
            used -= units(atoms[0].glue) if atoms else 0
        if used > self._units or styled > self._entities:
            return False
        self._units -= used
        self._entities -= styled
        self.atoms.extend(atoms)
        return True


def _size(atoms: Iterable[Atom]) -> tuple[int, int]:
    """Units with all glue, and styled runs."""
    length = styled = 0
    for atom in atoms:
        length += units(atom.glue) + sum(units(run.text) for run in atom.runs)
        styled += sum(run.kind is not None for run in atom.runs)
    return length, styled


def split(content: Sequence[Block], limits: Limits, wording: Wording) -> tuple[Part, ...]:
    """Blocks as messages: within the limits, none empty, nothing lost but white space at the borders.

    Raises:
        Misconfigured: limits under 64 units or without entities.
    """
    if limits.units < SMALLEST or limits.entities < 1:
        raise Misconfigured("a channel's limits are too small", units=limits.units, entities=limits.entities)
    room = limits.units - _NUMBERING
    pages = [_Page(room, limits.entities)]

    def put(atoms: Sequence[Atom]) -> bool:
        if pages[-1].take(atoms):
            return True
        fresh = _Page(room, limits.entities)
        if fresh.take(atoms):
            pages.append(fresh)
            return True
        return False

    for block in content:
        seen = tuple(atom for atom in block if _visible(atom))
        if not seen or put(seen):
            continue
        for group in _groups(seen):
            if put(group):
                continue
            for piece in (piece for atom in group for piece in _cut(atom, room, limits.entities)):
                put((piece,))
    full = [page.atoms for page in pages if any(_visible(atom) for atom in page.atoms)]
    return tuple(_part(_numbered(atoms, number, len(full), wording)) for number, atoms in enumerate(full, 1))


def _groups(block: Block) -> Iterator[Block]:
    """The block's atoms, those that lead together with what they lead to."""
    waiting: Block = ()
    for atom in block:
        waiting = (*waiting, atom)
        if not atom.leads:
            yield waiting
            waiting = ()
    if waiting:
        yield waiting


def _visible(atom: Atom) -> bool:
    return any(run.text.strip(f"{LRM}{RLM}").strip() for run in atom.runs)


def _cut(atom: Atom, room: int, entities: int) -> Iterator[Atom]:
    """An over-long atom in pieces that each fit a message: at white space where there is some, else hard."""
    runs, used, styled, glue = [], 0, 0, atom.glue
    for run in atom.runs:
        rest = run.text
        while rest:
            taken = _prefix(rest, room - used) if styled < entities or run.kind is None else ""
            if taken:
                runs.append(replace(run, text=taken))
                used += units(taken)
                styled += run.kind is not None
                rest = rest[len(taken) :]
            if rest:
                if runs:
                    yield Atom(tuple(runs), glue, atom.story)
                runs, used, styled, glue = [], 0, 0, ""
    if runs:
        yield Atom(tuple(runs), glue, atom.story)


def _prefix(text: str, room: int) -> str:
    """The longest beginning within so many units that ends well."""
    text = text[: room + 1]  # a character has at least one unit: what is beyond need not be measured
    if units(text) <= room:
        return text
    end = used = 0
    for char in text:
        used += 1 + (char > "\uffff")
        if used > room:
            break
        end += 1
    space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end), text.rfind("\u00a0", 0, end))
    if space > end // 2:
        return text[: space + 1]
    # Not between a character and what modifies it: joiner, variation selector, combining mark.
    back = end
    while back > max(1, end - 16) and _clings(text[back - 1], text[back]):
        back -= 1
    return text[:back] if back > 1 else text[:end]


def _clings(left: str, right: str) -> bool:
    """Whether the right character belongs to the left one's picture."""
    pictures = (
        "\u200d" in (left, right) or "\ufe00" <= right <= "\ufe0f" or "\U0001f3fb" <= right <= "\U0001f3ff"
    )
    return pictures or "\u0300" <= right <= "\u036f" or "\u064b" <= right <= "\u065f"


def _numbered(atoms: Sequence[Atom], number: int, total: int, wording: Wording) -> tuple[Atom, ...]:
    if total == 1:
        return tuple(atoms)
    said = wording("digest.part", number=number, total=total)
    if number == 1:
        first = replace(atoms[0], runs=(*atoms[0].runs, Run(f"{wording.separator}{said}")))
        return (first, *atoms[1:])
    mark = RLM if wording.rtl else ""
    first = replace(atoms[0], glue="\n\n")
    return (Atom((Run(mark + said),)), first, *atoms[1:])


def _part(atoms: Sequence[Atom]) -> Part:
    """Text and entities, trimmed as Telegram trims: no white space at the ends of text or entities."""
    pieces: list[str] = []
    entities: list[Entity] = []
    stories: dict[StoryId, None] = {}
    offset = 0
    for place, atom in enumerate(atoms):
        if atom.story is not None:
            stories[atom.story] = None
        glue = (Run(atom.glue),) if place else ()
        for run in (*glue, *atom.runs):
            text = run.text if pieces else run.text.lstrip()
            if not text:
                continue
            if run.kind and text.strip():
                start = offset + units(text) - units(text.lstrip())
                length = units(text.strip())
                entities.append(Entity(kind=run.kind, offset=start, length=length, url=run.url))
            pieces.append(text)
            offset += units(text)
    return Part(text="".join(pieces).rstrip(), entities=tuple(entities), stories=tuple(stories))
