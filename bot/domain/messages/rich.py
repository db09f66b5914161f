"""A digest as rich messages: blocks in the API's JSON, shaped as aiogram names them (``InputRichBlock*``).

A heading for each topic, a fold for each story (its number, headline and how many report it; inside, the
sentences with [1] marks that link and a table of who reported it when), a footer. Marks are plain links:
``tg-reference`` and ``tg-time`` show as raw markup in some clients. What does not fit is left out in this
order: the sources' headlines, the tables, then stories go into a further message, and in the end sentences,
which is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.cleaning import link
from bot.domain.digests import tally
from bot.domain.messages.doors import Doors, numbers, rows
from bot.domain.messages.layout import classic
from bot.domain.messages.splitting import units
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
    phase,
    quiet,
    quiet_topics,
    unchanged,
    voices,
    written_rtl,
)
from bot.domain.phrases import told as said
from bot.domain.schedules import zone
from bot.domain.wording import LRM, RLM, Wording
from bot.types import Digest, Item, Limits, Part, Sentence, Source, StoryId, Summary

MOST_CHARACTERS = 32_768
"""Of a rich message, all texts together (Bot API 10.1); counted in UTF-16 units, which is never laxer."""
MOST_BLOCKS = 500
"""Of a rich message, with nested blocks, list items and table rows."""
_PART_OF = 64
"""Characters left for "part 1 of 3", which is known only when all parts are made."""
_LONG_HEADLINE = 400
_LONG_SENTENCE = 2000
Json = dict[str, Any]


def parts(
    digest: Digest, made: Sequence[Part], limits: Limits, wording: Wording, doors: Doors | None
) -> tuple[Part, ...]:
    """The rich messages of a digest whose foreign text is clean already: one where it fits.

    ``made`` are its classic messages: they stand in ``classic``, and the first one's text and entities in the
    part itself. A digest over the limits becomes several parts, each with its own classic messages.
    """
    worn = numbers(digest)
    if (whole := _fitting(_Setting(digest, wording, worn))) is not None:
        return (_part(whole, made, digest, worn, doors),)
    pages = _pages(digest, wording, worn)
    found: list[Part] = []
    for number, (page, content) in enumerate(pages, 1):
        told = classic(page, limits, wording, doors, worn)
        if content is None:
            found.extend(told)
            continue
        said = wording("digest.part", number=number, total=len(pages))
        content["blocks"][0]["text"] += f"{wording.separator}{said}"
        found.append(_part(content, told, page, worn, doors))
    return tuple(found)


def _part(
    content: Json, told: Sequence[Part], digest: Digest, worn: Mapping[StoryId, int], doors: Doors | None
) -> Part:
    stories = tuple(item.story for section in digest.sections for item in section.items)
    under = rows(stories, worn, doors)
    return replace(told[0], stories=stories, buttons=under, rich=content, classic=tuple(told))


def _pages(digest: Digest, wording: Wording, worn: Mapping[StoryId, int]) -> list[tuple[Digest, Json | None]]:
    """The digest in halves of its stories, again and again, until each fits into a message.

    None stands for one that never will, whose outlets have names of thousands of characters.
    """
    content = _fitting(_Setting(digest, wording, worn))
    if content is not None:
        return [(digest, content)]
    count = tally(digest).stories
    if count <= 1:
        return [(digest, _cut(_Setting(digest, wording, worn)))]
    first, rest = _halves(digest, count // 2)
    return [*_pages(first, wording, worn), *_pages(rest, wording, worn)]


def _halves(digest: Digest, some: int) -> tuple[Digest, Digest]:
    """The first stories, and the rest with all that is said of topics."""
    left, right, seen = [], [], 0
    for section in digest.sections:
        taken = section.items[: max(0, some - seen)]
        seen += len(section.items)
        if taken:
            whole = len(taken) == len(section.items)
            rest = section if whole else replace(section, more=0, unchanged=())
            left.append(replace(rest, items=taken))
        if len(taken) < len(section.items) or not section.items:
            opening = () if taken else section.overview
            right.append(replace(section, items=section.items[len(taken) :], overview=opening))
    return replace(digest, sections=tuple(left), corrections=()), replace(digest, sections=tuple(right))


# ------------------------------------------------------------------------------------------- what is left out


@dataclass(frozen=True, slots=True)
class _Setting:
    """How stories are set."""

    digest: Digest
    wording: Wording
    numbered: Mapping[StoryId, int]
    titles: bool = True  # of the sources, in the table
    tables: bool = True
    sentences: int | None = None  # None for all
    sentence: int | None = None  # units of one; None for all


def _fitting(setting: _Setting) -> Json | None:
    """The message with as much as fits; None where not even all sentences do."""
    for chosen in (setting, replace(setting, titles=False), replace(setting, tables=False)):
        content = _message(chosen)
        if fits(content["blocks"], spare=_PART_OF):
            return content
    return None


def _cut(setting: _Setting) -> Json | None:
    """A message of one story too long for any: some of its sentences, and how many are missing."""
    for most in (40, 20, 10, 4, 1, 0):
        content = _message(replace(setting, tables=False, sentences=most, sentence=_LONG_SENTENCE))
        if fits(content["blocks"], spare=_PART_OF):
            return content
    return None


def fits(blocks: Sequence[Mapping[str, Any]], *, spare: int = 0) -> bool:
    """Whether these blocks may go out as one rich message, with so many characters to spare."""
    characters, count = _measured(blocks, blocks=True)
    return 0 < characters <= MOST_CHARACTERS - spare and count <= MOST_BLOCKS


def _measured(given: Any, *, blocks: bool = False) -> tuple[int, int]:
    """Characters and blocks; ``blocks``: each element of this list counts as one."""
    if isinstance(given, str):
        return units(given), 0
    characters = count = 0
    if isinstance(given, Mapping):
        for name, value in given.items():
            if name in _TEXTS:
                more, inner = _measured(value, blocks=name in _COUNTED)
                characters, count = characters + more, count + inner
    elif isinstance(given, list | tuple):
        for each in given:
            more, inner = _measured(each)
            characters, count = characters + more, count + inner + blocks
    return characters, count


_COUNTED = frozenset({"blocks", "items", "cells"})
_TEXTS = frozenset({"text", "summary", "caption", "credit", *_COUNTED})


# ------------------------------------------------------------------------------------------- the layout


def _message(setting: _Setting) -> Json:
    made: Json = {"blocks": list(_blocks(setting)), "skip_entity_detection": True}
    if setting.wording.rtl:
        made["is_rtl"] = True
    return made


def _blocks(setting: _Setting) -> Iterator[Json]:
    digest, wording = setting.digest, setting.wording
    yield _heading(header(digest, wording), 2)
    opened = True  # the first story shows what is inside the others
    for section in digest.sections:
        if section.empty:
            continue
        yield _heading(section.name, 3)
        if section.overview:
            worn = ((one.text, wording.number(setting.numbered[one.story])) for one in section.overview)
            yield _paragraph(" ".join(f"{text}\u00a0({number})" for text, number in worn))
        for item in section.items:
            yield _story(item, setting, opened=opened)
            opened = False
        for note in section.unchanged:
            yield _paragraph({"type": "italic", "text": unchanged(note, digest, wording)})
        if section.more:
            yield _paragraph({"type": "italic", "text": wording.count("digest.more", section.more)})
    if not tally(digest).stories:
        yield _paragraph(quiet(digest, wording))
    elif line := quiet_topics(digest, wording):
        yield _paragraph(line)
    for fact in digest.corrections:
        yield _paragraph({"type": "italic", "text": correction(fact, wording)})
    yield {"type": "divider"}
    yield {"type": "footer", "text": wording.join(footer(digest, wording))}


def _story(item: Item, setting: _Setting, *, opened: bool) -> Json:
    wording, digest = setting.wording, setting.digest
    start = _start(item, setting)
    number = wording.number(setting.numbered[item.story])
    title = _clipped(item.summary.headline, _LONG_HEADLINE if setting.sentence else None)
    said = labels(item, digest, wording)
    last = next(voices(item.voices, item.summary.sources, item.reprints, wording))
    short = tuple(said[: said.index(last) + 1])
    summary: list[Any] = [{"type": "bold", "text": f"{start}{number}. {title}"}]
    if short:
        summary.append(wording.separator + wording.join(short))
    blocks = list(_body(item, setting, start))
    rest = (phase(item, digest, wording), *said[len(short) :])
    blocks.append(_paragraph({"type": "italic", "text": wording.join(rest)}))
    fold: Json = {"type": "details", "summary": summary, "blocks": blocks or [_paragraph(title)]}
    return {**fold, "is_open": True} if opened else fold


def _start(item: Item, setting: _Setting) -> str:
    """The mark of the text's own direction where that is not the message's."""
    foreign = foreign_language(item, setting.digest)
    return (RLM if written_rtl(foreign) else LRM) if foreign else ""


def _body(item: Item, setting: _Setting, start: str) -> Iterator[Json]:
    wording = setting.wording
    kept = item.summary.sentences[: setting.sentences]
    told: list[Any] = [start] if start else []
    for place, sentence in enumerate(kept):
        told.extend([" "] if place else [])
        told.extend(_sentence(sentence, item.summary, setting.sentence))
    if told:
        yield _paragraph(told)
    if left := len(item.summary.sentences) - len(kept):
        yield _paragraph({"type": "italic", "text": wording.count("rich.cut", left)})
    for line in disputes(item, wording):
        yield _paragraph({"type": "italic", "text": line})
    for line in originals(item.summary, wording) if setting.titles else ():
        yield _paragraph(line)
    listed, left = outlets(item)
    if listed and setting.tables:
        yield _table(sorted(listed, key=lambda source: (source.published_at, source.number)), setting)
    elif listed:
        yield _paragraph(list(_line(listed, wording)))
    if left:
        yield _paragraph(wording.count("story.more_sources", left))


def _sentence(sentence: Sentence, summary: Summary, most: int | None) -> Iterator[Any]:
    """The sentence and its marks, kept on one line by a no-break space."""
    urls = {source.number: link(source.url) for source in summary.sources}
    yield _clipped(said(sentence, summary), most)
    for place, number in enumerate(sentence.sources):
        if place == 0:
            yield "\u00a0"
        yield _linked(f"[{number}]", urls.get(number, ""))


def _line(listed: Sequence[Source], wording: Wording) -> Iterator[Any]:
    for place, source in enumerate(listed):
        if place:
            yield wording.separator
        yield _outlet(source, wording)


def _table(listed: Sequence[Source], setting: _Setting) -> Json:
    """Who reported it when, the first report first; compact, since phones are narrow."""
    wording = setting.wording
    columns: list[tuple[str, Callable[[Source], Any]]] = [
        ("rich.when", lambda source: _when(source, setting)),
        ("rich.outlet", lambda source: _outlet(source, wording)),
    ]
    if setting.titles and any(source.title and source.outlet for source in listed):
        columns.append(("rich.title", lambda source: wording.settle(source.title if source.outlet else "")))
    cells = [[{**_cell(wording(key), wording), "is_header": True} for key, _ in columns]]
    cells.extend([_cell(of(source), wording) for _, of in columns] for source in listed)
    return {"type": "table", "cells": cells, "is_compact": True, "is_striped": True}


def _when(source: Source, setting: _Setting) -> str:
    """The time of day alone where that was on the digest's day, which its heading names."""
    digest, there = setting.digest, zone(setting.digest.zone)
    local = source.published_at.astimezone(there)
    today = digest.slot.local_date if digest.slot else digest.made_at.astimezone(there).date()
    if local.date() == today:
        return setting.wording.clock(local)
    return setting.wording.moment(source.published_at, digest.zone)


def _cell(text: Any, wording: Wording) -> Json:
    return {"text": text, "align": "right" if wording.rtl else "left", "valign": "top"}


def _outlet(source: Source, wording: Wording) -> Any:
    return _linked(wording.settle(f"[{source.number}] {outlet_name(source, wording)}"), link(source.url))


def _linked(text: str, url: str) -> Any:
    return {"type": "url", "text": text, "url": url} if url else text


def _heading(text: str, size: int) -> Json:
    return {"type": "heading", "text": text, "size": size}


def _paragraph(text: Any) -> Json:
    return {"type": "paragraph", "text": text}


def _clipped(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else f"{text[: most - 1].rstrip()}…"
