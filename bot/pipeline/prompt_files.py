"""Files of ``prompts/`` → versions: an edited file is a draft like any other, and goes live if it may."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain import prompts
from bot.errors import DatelineError, Misconfigured
from bot.pipeline import studio
from bot.pipeline.owner import tell_of_prompt_file
from bot.ports import Deps
from bot.types import LivePrompt, PromptVersion, VersionState

log = logging.getLogger("dateline.prompts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What the files brought: names by what became of them, and the faults in plain words."""

    drafted: tuple[str, ...] = ()
    activated: tuple[str, ...] = ()
    refused: Mapping[str, str] | None = None  # name -> why the gate said no
    broken: Mapping[str, str] | None = None  # name -> what is wrong with the file


async def follow(
    deps: Deps, files: Mapping[str, str], *, defaults: Mapping[str, str], by_itself: bool = True
) -> Followed:
    """Take in the prompt files as they are now.

    ``files`` and ``defaults`` are name -> text: the house's, and those that came with this program. A name
    that has no live version gets the file's at once (there is nothing to hold it against), or the default
    where the file is broken. A changed file becomes a draft; with ``by_itself`` it goes through the gate and
    live. A text that was refused or rolled back is left alone, for ever. A new default of an upgrade is a
    draft too, and follows the same way only where the house never edited that prompt.
    """
    drafted, activated = list[str](), list[str]()
    refused, broken = dict[str, str](), dict[str, str]()
    for name in sorted({*files, *defaults}):
        for text, origin in ((files.get(name), "file"), (defaults.get(name), "default")):
            if text is None or (origin == "default" and files.get(name) == text):
                continue
            own = "default" if text == defaults.get(name) else origin
            try:
                what = await _take(deps, name, text, own, by_itself=by_itself)
            except DatelineError as error:
                broken[name] = str(error)
                await _told_once(deps, name, text, error.message)
                continue
            (drafted if what == "drafted" else activated if what == "activated" else []).append(name)
            if what.startswith("refused: "):
                refused[name] = what.removeprefix("refused: ")
    await studio.refresh(deps)
    return Followed(
        drafted=tuple(drafted), activated=tuple(activated), refused=refused or None, broken=broken or None
    )


async def _take(deps: Deps, name: str, text: str, origin: str, *, by_itself: bool) -> str:
    """What became of this text: "", "drafted", "activated" or "refused: why". Raises Misconfigured."""
    pointer = await studio.live(deps, name)
    version, new = await studio.draft(deps, name, text, by=_writer(origin), origin=origin)
    if pointer is None:
        await _first(deps, version)
        return "activated"
    if pointer.hash == version.hash or version.state is not VersionState.DRAFT:
        return ""
    edited = (await studio.find(deps, name, pointer.hash)).origin != "default"
    may = by_itself and deps.attempt is not None and not pointer.rival
    if not may or (origin == "default" and edited):
        return "drafted" if new else ""
    try:
        trial = await studio.activate(deps, version, by=_writer(origin), expected=pointer.revision)
    except Misconfigured:
        raise
    except DatelineError as error:  # the model cannot be had now: the draft waits, and is tried again
        log.warning("prompt_not_tried name=%s version=%s error=%s", name, version.hash, error)
        return "drafted" if new else ""
    if trial is not None and trial.objections:
        why = "; ".join(one.text() for one in trial.objections)
        log.warning("prompt_refused name=%s version=%s why=%s", name, version.hash, why)
        async with deps.store.begin() as tx:
            await tell_of_prompt_file(deps, tx, name, version.hash, why)
        return f"refused: {why}"
    return "activated"


def _writer(origin: str) -> str:
    return "dateline" if origin == "default" else "file"


async def _first(deps: Deps, version: PromptVersion) -> None:
    """The first version of a name goes live without a trial: there is none to hold it against."""
    pointer = LivePrompt(name=version.name, hash=version.hash, since=deps.clock.now(), by=version.by)
    async with deps.store.begin() as tx:
        if await tx.put_live(pointer, expected=None):
            await tx.set_version(version.name, version.hash, VersionState.USED)


async def _told_once(deps: Deps, name: str, text: str, why: str) -> None:
    """Log a broken file once for each text of it, and tell those who look after the prompts."""
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    async with deps.store.begin() as tx:
        if await tx.note(f"prompt_file:{name}") == mark:
            return
        await tx.put_note(f"prompt_file:{name}", mark)
        await tell_of_prompt_file(deps, tx, name, mark, why)
    log.error("prompt_file_broken name=%s why=%s", name, why)


async def follow_style(deps: Deps, text: str, name: str) -> str:
    """Take in the file of the house style: what is wrong with it, "" where nothing is."""
    try:
        await take_style(deps, text)
    except Misconfigured as error:  # the last good one stays, as with the prompts
        await _told_once(deps, name, text, error.message)
        return str(error)
    return ""


async def take_style(deps: Deps, text: str, *, by_hand: bool = False) -> str:
    """Make this the house style; gives it as a prompt reads it. Raises Misconfigured; the old one stays.

    A file whose text was taken before is not taken again: what somebody wrote elsewhere since (``by_hand``)
    outlives a restart.
    """
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    style = prompts.house_style(text)
    async with deps.store.begin() as tx:
        if by_hand or await tx.note("house_style_file") != mark:
            await tx.put_note("house_style", style)
            await tx.put_note("house_style_text", text)
        if not by_hand:
            await tx.put_note("house_style_file", mark)
        style = await tx.note("house_style") or ""
    await studio.refresh(deps)
    return style
