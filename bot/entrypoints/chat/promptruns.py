"""What takes a model and some minutes: previews, the gate, comparisons, with their progress."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.entrypoints import prompts as desk
from bot.entrypoints.chat import promptcards as cards
from bot.entrypoints.chat.pages import label, mark, plainly
from bot.entrypoints.chat.promptcards import SHORT, press
from bot.entrypoints.chat.talk import Progress, Talk
from bot.entrypoints.chat.text import bold, part
from bot.entrypoints.prompts import Shelf
from bot.errors import DatelineError, Misconfigured
from bot.pipeline import studio
from bot.pipeline.studio import Pair, Trial
from bot.types import Part, PromptVersion


@asynccontextmanager
async def _watched(talk: Talk, key: str, stage: str) -> AsyncGenerator[Progress]:
    """Progress that counts the stories as both versions tell them."""
    async with talk.working() as progress:
        progress.tell(talk.words("prompts.begun"))

        def told(what: str, done: int, total: int) -> None:
            if what == stage:
                numbers = {"done": talk.words.number(done), "total": talk.words.number(total)}
                progress.tell(talk.words(f"prompts.{key}", **numbers))

        watchers = talk.deps.desk.watchers
        watchers.append(told)
        try:
            yield progress
        finally:
            watchers.remove(told)


async def preview(talk: Talk, found: Shelf, version: PromptVersion) -> None:
    """Typical stories as this version and the live one tell them; nothing changes."""
    live, pairs = found.live.hash if found.live else "", tuple[Pair, ...]()
    async with _watched(talk, "previewing", "stories") as progress:
        try:
            briefs = await desk.briefs(talk.deps, language=talk.words.language, version=version)
            pairs = await studio.preview(talk.deps, version, briefs)
        except DatelineError as error:
            await progress.finish(_failed(talk, error))
            return
        await progress.clear()
    for made in pairs[:-1]:
        await talk.say(cards.pair(talk, made, live, version.hash))
    key, hash_ = mark(found.name), version.hash
    go = press(talk, "do_activate", "activate", key, hash_, cards.seen(found))
    back = press(talk, "do_version", "version", key, hash_)
    await talk.say(cards.pair(talk, pairs[-1], live, hash_), buttons=[(go,), (back,)])


async def activate(
    talk: Talk, found: Shelf, version: PromptVersion, *, expected: int | None, force: str = ""
) -> None:
    """Through the gate and live; or what speaks against it."""
    async with _watched(talk, "testing", "samples") as progress:
        try:
            trial = await studio.activate(talk.deps, version, by=talk.user, expected=expected, force=force)
        except DatelineError as error:
            await progress.finish(await _not_now(talk, version, expected, error))
            return
        if trial is None:
            await progress.finish(part(talk.words("prompts.live_already")))
        elif trial.objections and not force:
            await progress.finish(_refused(talk, found, version, trial))
        else:
            said = talk.words(
                "prompts.forced" if force else "prompts.activated", version=version.hash[:SHORT]
            )
            await progress.finish(_done(talk, found, said, trial))


async def compare(talk: Talk, found: Shelf, version: PromptVersion, days: int) -> None:
    """Half of the stories by this version for some days, if it passes the gate."""
    async with _watched(talk, "testing", "samples") as progress:
        try:
            trial = await studio.compare(talk.deps, version, by=talk.user, days=days)
        except DatelineError as error:
            await progress.finish(_failed(talk, error))
            return
        if trial.objections:
            await progress.finish(_refused(talk, found, version, trial))
            return
        said = talk.words.count("prompts.compare_begun", days, version=version.hash[:SHORT])
        await progress.finish(_done(talk, found, said, trial))


def _done(talk: Talk, found: Shelf, said: str, trial: Trial) -> Part:
    back = press(talk, "do_card", "card", mark(found.name), name=label(found.name))
    return part(bold(said), "\n\n", *cards.trial(talk, trial), buttons=[(back,)])


def _refused(talk: Talk, found: Shelf, version: PromptVersion, trial: Trial) -> Part:
    live = found.live.hash[:SHORT] if found.live else "–"
    title = talk.words("prompts.refused", version=version.hash[:SHORT], live=live)
    rows = cards.forcing(talk, found, version)
    back = press(talk, "do_version", "version", mark(found.name), version.hash)
    return part(bold(title), "\n\n", *cards.trial(talk, trial), buttons=[*rows, (back,)])


def _failed(talk: Talk, error: DatelineError) -> Part:
    if isinstance(error, Misconfigured) and talk.deps.attempt is None:
        return part(talk.words("prompts.no_model"))
    return part(plainly(talk, error))


async def _not_now(talk: Talk, version: PromptVersion, expected: int | None, error: DatelineError) -> Part:
    """Why nothing went live: mostly somebody else was faster while the samples were told."""
    now = await desk.shelf(talk.deps, version.name)
    if now.revision != expected:
        return await overtaken(talk, now, version)
    return _failed(talk, error)


async def overtaken(talk: Talk, now: Shelf, version: PromptVersion) -> Part:
    """Who has changed what is live since the person looked; the version is kept."""
    assert now.live is not None
    changed = {"who": await cards.who(talk, now.live.by), "version": now.live.hash[:SHORT]}
    return await cards.version_card(talk, now, version, above=talk.words("prompts.overtaken", **changed))
