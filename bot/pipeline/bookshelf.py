"""Versions of prompts as rows, and the book of the live ones that every telling reads."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bot.domain import prompts
from bot.domain.prompts import Book, Prompt, Voice
from bot.errors import DatelineError, Misconfigured
from bot.ports import Deps, Desk, Tx
from bot.types import Brief, Length, LivePrompt, PromptEvent, PromptVersion, Summary

log = logging.getLogger("dateline.studio")

STYLE_OF = "chat_style:"
"""What the notes of chats' own styles begin with."""


async def draft(
    deps: Deps, name: str, text: str, *, by: str, origin: str, why: str = ""
) -> tuple[PromptVersion, bool]:
    """The text as a version, kept; and whether it is a new one. The same text again is the same version.

    Raises:
        Misconfigured: with every fault of the text in plain words; nothing is kept then.
    """
    prompt = prompts.parse(text, f"{name}.prompt.md")
    if prompt.name != name:
        raise Misconfigured(
            f"its name is {prompt.name!r}", code=None, hint=f"write name: {name}", file=f"{name}.prompt.md"
        )
    version = PromptVersion(
        name=name, hash=prompt.hash, text=text, origin=origin, by=by, at=deps.clock.now(), why=why
    )
    async with deps.store.begin() as tx:
        added = await tx.add_version(version)
        kept = version if added else (await tx.version(name, prompt.hash) or version)
        if added:
            await note(deps, tx, version, "drafted", by, why)
    return kept, added


async def find(deps: Deps, name: str, hash_: str) -> PromptVersion:
    """The version that begins with this hash. Raises Misconfigured when there is none, or more than one."""
    async with deps.store.begin() as tx:
        found = await tx.version(name, hash_)
        known = [one.hash for one in await tx.versions(name)]
    if found is None:
        hint = f"known versions: {', '.join(known[:8])}" if known else "see: dateline prompts list"
        raise Misconfigured(f"there is no one version {hash_!r} of {name!r}", code=None, hint=hint)
    return found


async def live(deps: Deps, name: str, scope: str = "") -> LivePrompt | None:
    """The pointer of this name in this scope."""
    async with deps.store.begin() as tx:
        return next((one for one in await tx.live_prompts() if (one.name, one.scope) == (name, scope)), None)


def voice(desk: Desk, brief: Brief | Summary, default: Prompt) -> Voice:
    """How this brief (or that of a summary) is to be written; ``default`` where no prompt is live."""
    book: Book = desk.prompts or Book()
    names = ("story",) if brief.length is Length.STANDARD else (f"story-{brief.length}", "story")
    if brief.task != "story":
        names = (brief.task, *names)
    found = book.find(names, topic=brief.slug, story=brief.story, chat=brief.chat)
    own = brief.chat in book.styles
    return Voice(prompt=found or default, style=book.style_of(brief.chat), own=own)


async def refresh(deps: Deps) -> Book:
    """The live prompts, read and parsed again where a pointer has changed.

    A stored version that this program cannot read any more (a rule became stricter) is left out and logged;
    the name then falls back to the one before it.
    """
    async with deps.store.begin() as tx:
        pointers = await tx.live_prompts()
        style = await tx.note("house_style") or ""
        styles = {key.removeprefix(STYLE_OF): said for key, said in (await tx.notes(STYLE_OF)).items()}
        known: Book | None = deps.desk.prompts
        same = known and (known.style, known.styles, tuple(known.live.values())) == (style, styles, pointers)
        if known and same:
            return known
        texts = {(one.name, one.hash): one.text for one in await tx.versions()}
    found: dict[tuple[str, str], Prompt] = {}
    for pointer in pointers:
        for hash_ in (pointer.hash, pointer.rival):
            if hash_ and (text := texts.get((pointer.name, hash_))):
                try:
                    found[pointer.name, hash_] = prompts.parse(text, pointer.name)
                except DatelineError as error:
                    log.error("prompt_unreadable name=%s version=%s error=%s", pointer.name, hash_, error)  # noqa: TRY400
    live_now = {(one.name, one.scope): one for one in pointers}
    book = Book(live=live_now, prompts=found, style=style, styles=styles)
    deps.desk.prompts = book
    return book


async def set_chat_style(deps: Deps, chat: str, text: str, *, most: int) -> str:
    """Give this chat a style of its own, on one line, of at most so many characters; "" takes it away.

    Raises:
        Misconfigured: the owner allows none (``most`` is 0), it is too long, or more than plain words.
    """
    if text.strip() and not most:
        raise Misconfigured(
            "chats may not have a style of their own here",
            code=None,
            hint="the owner allows it with DATELINE_CHAT_STYLE=300 (characters); each costs calls of its own",
        )
    style = prompts.chat_style(text, most=most) if text.strip() else ""
    async with deps.store.begin() as tx:
        if style:
            await tx.put_note(f"{STYLE_OF}{chat}", style)
        else:
            await tx.drop_note(f"{STYLE_OF}{chat}")
    await refresh(deps)
    return style


async def note(
    deps: Deps,
    tx: Tx,
    version: PromptVersion,
    what: str,
    by: str,
    why: str,
    figures: Mapping[str, Any] | None = None,
) -> None:
    """A line of the version's history."""
    await tx.add_event(event(deps, version, what, by, why, figures))


def event(
    deps: Deps,
    version: PromptVersion,
    what: str,
    by: str,
    why: str,
    figures: Mapping[str, Any] | None = None,
) -> PromptEvent:
    """What somebody did with a version, now."""
    return PromptEvent(
        at=deps.clock.now(),
        name=version.name,
        hash=version.hash,
        what=what,
        by=by,
        why=why,
        figures=dict(figures or {}),
    )
