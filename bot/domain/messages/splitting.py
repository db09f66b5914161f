"""Blocks as messages, split where a channel's limits ask for it; offsets are UTF-16 units.

A *block* (header, topic with its first story, story, footer) is made of *atoms* (a headline, a sentence, a
line) and an atom of *runs* (text of one style). Splitting keeps blocks whole where it can, then atoms, then
cuts at white space, then anywhere between characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.domain.wording import LRM, RLM, Wording
from bot.errors import Misconfigured
from bot.types import Entity, EntityKind, Limits, Part, StoryId

_NUMBERING = 24
"""Units kept free for " · 10/12" or "10/12" and a blank line, with a direction mark."""

_MARKED = re.compile(r"https?://|(?<!\S)/\w", re.IGNORECASE)
"""Bare addresses and commands: Telegram makes entities of them, which push ours out of the hundred."""

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

    ``glue`` stands before it; ``leads``: it makes no sense as the last thing of a message (headings);
    ``quoted``: it stands in an expandable quotation, one with the quoted atoms around it.
    """

    runs: tuple[Run, ...]
    glue: str = "\n"
    story: StoryId | None = None
    leads: bool = False
    quoted: bool = False


Block = tuple[Atom, ...]
"""What is only taken apart when it does not fit into a message of its own."""


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


# --------------------------------------------------------------------------------------------- splitting


class _Page:
    """One message being filled."""

    def __init__(self, units_free: int, entities_free: int) -> None:
        self.atoms: list[Atom] = []
        self._units = units_free
        self._entities = entities_free

    def take(self, atoms: Sequence[Atom]) -> bool:
        """Add all of these, or none."""
        used, styled, marked = _size(atoms)
        if not self.atoms:
            used -= units(atoms[0].glue) if atoms else 0
        # One atom alone must go somewhere, whatever Telegram marks in it.
        alone = not self.atoms and len(atoms) == 1
        if used > self._units or styled + (0 if alone else marked) > self._entities:
            return False
        self._units -= used
        self._entities -= styled + marked
        self.atoms.extend(atoms)
        return True


def _size(atoms: Iterable[Atom]) -> tuple[int, int, int]:
    """Units with all glue; entities (styled runs and quotations); what Telegram marks by itself."""
    length = styled = marked = 0
    quoting = False
    for atom in atoms:
        length += units(atom.glue) + sum(units(run.text) for run in atom.runs)
        styled += sum(run.kind is not None for run in atom.runs) + (atom.quoted and not quoting)
        marked += sum(len(_MARKED.findall(run.text)) for run in atom.runs if not run.kind)
        quoting = atom.quoted
    return length, styled, marked


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


def whole(content: Sequence[Block], limits: Limits) -> Part | None:
    """Blocks as one message without a number; None where they are more than one holds, or nothing is seen."""
    page = _Page(limits.units, limits.entities)
    seen = [atom for block in content for atom in block if _visible(atom)]
    return _part(page.atoms) if seen and page.take(seen) else None


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
    # A channel of one entity has none left for what is styled in a quotation.
    quoted = atom.quoted and entities > 1
    most = entities - quoted
    runs, used, styled, glue = [], 0, 0, atom.glue
    for run in atom.runs:
        rest = run.text
        while rest:
            taken = _prefix(rest, room - used) if styled < most or run.kind is None else ""
            if taken:
                runs.append(replace(run, text=taken))
                used += units(taken)
                styled += run.kind is not None
                rest = rest[len(taken) :]
            if rest:
                if runs:
                    yield replace(atom, runs=tuple(runs), glue=glue, leads=False, quoted=quoted)
                runs, used, styled, glue = [], 0, 0, ""
    if runs:
        yield replace(atom, runs=tuple(runs), glue=glue, leads=False, quoted=quoted)


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


class _Writing:
    """Text and entities of a message as they grow."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.entities: list[Entity] = []
        self._units = 0
        self._quote: tuple[int, int, int] | None = None  # start, end, place among the entities

    def add(self, run: Run, *, quoted: bool) -> None:
        """One run; an entity covers no white space at its ends, because Telegram trims it there."""
        text = run.text if self.pieces else run.text.lstrip()
        if not text:
            return
        start = self._units + units(text) - units(text.lstrip())
        length = units(text.strip())
        self.pieces.append(text)
        self._units += units(text)
        if not length:
            return
        if quoted:
            first, _, place = self._quote or (start, 0, len(self.entities))
            self._quote = (first, start + length, place)
        else:
            self.close()
        if run.kind:
            self.entities.append(Entity(kind=run.kind, offset=start, length=length, url=run.url))

    def close(self) -> None:
        """End the quotation, if one is open: it stands before the entities inside it."""
        if self._quote is not None:
            first, end, place = self._quote
            kind = EntityKind.EXPANDABLE_BLOCKQUOTE
            self.entities.insert(place, Entity(kind=kind, offset=first, length=end - first))
            self._quote = None


def _part(atoms: Sequence[Atom]) -> Part:
    """Text and entities, trimmed as Telegram trims: no white space at the ends of text or entities."""
    writing = _Writing()
    stories: dict[StoryId, None] = {}
    quoting = False
    for place, atom in enumerate(atoms):
        if atom.story is not None:
            stories[atom.story] = None
        if place:
            writing.add(Run(atom.glue), quoted=atom.quoted and quoting)
        for run in atom.runs:
            writing.add(run, quoted=atom.quoted)
        quoting = atom.quoted
    writing.close()
    text = "".join(writing.pieces).rstrip()
    return Part(text=text, entities=tuple(writing.entities), stories=tuple(stories))
