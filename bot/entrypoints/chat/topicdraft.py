"""How a topic, its draft and its rehearsal look in the chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.domain.cleaning import clean
from bot.domain.cleaning import link as safe
from bot.domain.drafting import KINDS
from bot.domain.messages import Run
from bot.domain.reasons import filed_by
from bot.domain.rehearsal import Change, Rehearsal
from bot.domain.topics import topic_from
from bot.entrypoints.chat.pages import mark
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, code, italic, link, part
from bot.errors import Misconfigured
from bot.pipeline.rehearsal import rehearsed as rehearse
from bot.types import Button, Declared, Part, TopicSlug

QUESTION = "topicedit"
FIELDS = ("names", "description", *KINDS, "examples", "threshold")
WINDOW = timedelta(hours=48)
SHOWN = 5
"""Headlines gained and lost."""
_TERMS_SHOWN = 400  # characters of one language's terms


def name_of(talk: Talk, slug: str, body: Mapping[str, Any]) -> str:
    """In the interface's language, else English, else its id."""
    names = body.get("names") or {}
    language = talk.words.language
    return clean(str(names.get(language) or names.get(language[:2]) or names.get("en") or slug))


def topic_card(talk: Talk, item: Declared) -> Part:
    """A topic as it is."""
    key, words = mark(item.id), talk.words
    switch = "off" if item.on else "on"
    pieces = _described(talk, item.id, item.body)
    if not item.on:
        pieces += ["\n\n", words("topicedit.is_off")]
    choose = (talk.button(words("topicedit.do_edit"), "topicedit", "edit", key),)
    other = talk.button(words(f"topicedit.do_{switch}"), "topicedit", switch, key)
    back = talk.button(words("topicedit.do_back"), "topicedit", "page", 0)
    return part(*pieces, buttons=[choose, (other, back)])


def draft_page(talk: Talk, state: Mapping[str, Any]) -> Part:
    """The draft, with a button for everything that may be changed."""
    words = talk.words
    pieces = [italic(words("topicedit.draft")), "\n\n", *_described(talk, state["slug"], state["body"])]
    fields = [talk.button(words(f"topicedit.do_{field}"), "topicedit", "want", field) for field in FIELDS]
    rows: list[Sequence[Button]] = [fields[at : at + 2] for at in range(0, len(fields), 2)]
    rows.append((talk.button(words("topicedit.do_try"), "topicedit", "try"),))
    rows.append((talk.button(words("topicedit.do_discard"), "topicedit", "discard"),))
    return part(*pieces, buttons=rows)


def wanted(talk: Talk, state: Mapping[str, Any]) -> Part:
    """The question for one field, with what stands there now."""
    words, field, body = talk.words, str(state["wants"]), state["body"]
    pieces: list[str | Run] = [bold(words(f"topicedit.do_{field}")), "\n", words(f"topicedit.ask_{field}")]
    now = body.get(field)
    if isinstance(now, Mapping):
        for language, value in now.items():
            said = value if isinstance(value, str) else _cut(", ".join(value))
            pieces += ["\n\n", code(f"{language}:"), " ", clean(said)]
    elif isinstance(now, list | tuple):
        pieces += [f"\n• {clean(str(example))}" for example in now]
    elif now:
        pieces += ["\n\n", clean(str(now))]
    back = talk.button(words("topicedit.do_draft"), "topicedit", "draft")
    return part(*pieces, buttons=[(back,)])


def _cut(text: str) -> str:
    return text if len(text) <= _TERMS_SHOWN else f"{text[:_TERMS_SHOWN].rpartition(',')[0]}, …"


def _described(talk: Talk, slug: str, body: Mapping[str, Any]) -> list[str | Run]:
    words = talk.words
    pieces: list[str | Run] = [bold(name_of(talk, slug, body)), " ", code(slug)]
    if body.get("description"):
        pieces += ["\n", clean(str(body["description"]))]
    pieces += ["\n"]
    for kind in KINDS:
        counts = [f"{language} {len(terms)}" for language, terms in (body.get(kind) or {}).items() if terms]
        if counts or kind == "include":
            pieces += ["\n", words(f"topicedit.do_{kind}"), ": ", ", ".join(counts) or "0"]
    for kind in ("sides", "also"):
        if body.get(kind):
            pieces += ["\n", words("topicedit.sides", count=words.number(len(body[kind])))]
    pieces += ["\n", words("topicedit.do_examples"), ": ", words.number(len(body.get("examples") or ()))]
    return [*pieces, "\n", words("topicedit.do_threshold"), ": ", f"{body.get('threshold', 1.0):g}"]


# ------------------------------------------------------------------------------------------- the rehearsal


async def rehearsed(talk: Talk, state: Mapping[str, Any]) -> Rehearsal | None:
    """Show what the draft would do with the articles of the last 48 hours; None where it is no topic yet."""
    words = talk.words
    try:
        new = topic_from(TopicSlug(state["slug"]), state["body"])
    except Misconfigured:
        back = talk.button(words("topicedit.do_draft"), "topicedit", "draft")
        await talk.edit(words("topicedit.no_terms"), buttons=[(back,)])
        return None
    async with talk.working() as progress:
        progress.tell(words("topicedit.trying"))
        told, outlets = await rehearse(talk.deps, new, talk.now - WINDOW)
        await progress.finish(_told(talk, told, outlets))
    return told


def _told(talk: Talk, told: Rehearsal, outlets: Mapping[Any, str]) -> Part:
    words = talk.words
    pieces: list[str | Run] = [bold(words("topicedit.rehearsal")), "\n"]
    pieces += [words.count("topicedit.looked", told.articles), "\n"]
    before, after = words.number(told.before), words.number(told.after)
    pieces += [words("topicedit.would", before=before, after=after)]
    for key, changes in (("gained", told.gained), ("lost", told.lost)):
        if changes:
            pieces += ["\n\n", bold(words.count(f"topicedit.{key}", len(changes)))]
        for change in changes[:SHOWN]:
            title = link(words.settle(clean(change.title)), safe(change.url))
            pieces += ["\n• ", title, f" ({clean(outlets.get(change.outlet, change.outlet))})"]
            pieces += [" – ", italic(_why(talk, change, gained=key == "gained"))]
    if not told.gained and not told.lost:
        pieces += ["\n\n", words("topicedit.same")]
    save = talk.button(words("topicedit.do_save"), "topicedit", "save")
    discard = talk.button(words("topicedit.do_discard"), "topicedit", "discard")
    back = talk.button(words("topicedit.do_draft"), "topicedit", "draft")
    return part(*pieces, buttons=[(save, discard), (back,)])


def _why(talk: Talk, change: Change, *, gained: bool) -> str:
    words = talk.words
    if gained:
        return filed_by(change.why, words)
    if change.against:
        return words("topicedit.against", terms=", ".join(map(clean, change.against)))
    return (
        words("topicedit.too_little", score=f"{change.score:.2f}")
        if change.score
        else words("topicedit.no_term")
    )
