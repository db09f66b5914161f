"""Prompts: drafts → the gate → live → the watch, and the way back.

Every way in (a file, the chat, the command line) ends in the same four functions, so no version goes live
that did not pass the same gate. Each change is one transaction: killed anywhere in between, the last good
version is the live one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain import prompts
from bot.domain.prompts import Figures, Limits, Objection
from bot.domain.prompts.book import compared
from bot.errors import Misconfigured
from bot.pipeline.bookshelf import draft, event, find, live, note, refresh, voice
from bot.pipeline.owner import tell_of_rollback
from bot.pipeline.trials import PREVIEWED, Pair, Told, Trial, length_of, preview, try_out
from bot.ports import Deps, Step, Tx
from bot.types import LivePrompt, PromptEvent, PromptVersion, VersionState

__all__ = [
    "PREVIEWED",
    "Pair",
    "Told",
    "Trial",
    "activate",
    "compare",
    "draft",
    "find",
    "length_of",
    "live",
    "preview",
    "refresh",
    "rollback",
    "try_out",
    "voice",
    "watch",
]

log = logging.getLogger("dateline.studio")


async def activate(
    deps: Deps,
    version: PromptVersion,
    *,
    by: str,
    expected: int | None,
    scope: str = "",
    force: str = "",
) -> Trial | None:
    """Make this version live where nothing speaks against it; the trial says what does.

    ``expected`` is the revision of the pointer that the person has seen (None: there was none); ``force`` is
    an owner's reason for doing it whatever speaks against it. None: it was live already.

    Raises:
        Misconfigured: somebody else changed it meanwhile; it was refused or rolled back before, and nobody
            forces it; no model.
        Transient, Broken: the model cannot be had; nothing is changed.
    """
    pointer = await live(deps, version.name, scope)
    if pointer and pointer.hash == version.hash:
        return None
    if version.state in {VersionState.REFUSED, VersionState.ROLLED_BACK} and not force:
        raise Misconfigured(
            f"this version was {version.state.replace('_', ' ')} before",
            code=None,
            hint="see its history; an owner may activate it with a reason",
            prompt=version.name,
            version=version.hash,
        )
    _expect(pointer, expected, version.name)
    trial = await try_out(deps, version, scope=scope, by=by)
    if trial.objections and not force:
        why = _said(trial.objections)
        async with deps.store.begin() as tx:
            await tx.set_version(version.name, version.hash, VersionState.REFUSED)
            await note(deps, tx, version, "refused", by, why, trial.figures())
        return trial
    new = LivePrompt(
        name=version.name,
        scope=scope,
        hash=version.hash,
        before=pointer.hash if pointer else "",
        since=deps.clock.now(),
        by=by,
    )
    said = event(deps, version, "forced" if force else "activated", by, force)
    await _point(deps, new, expected, said)
    return trial


async def rollback(
    deps: Deps,
    name: str,
    *,
    by: str,
    why: str,
    scope: str = "",
    seen: int | None = None,
    found: Sequence[Objection] = (),
) -> LivePrompt | None:
    """The version that was live before, live again; the one that goes is not tried again by itself.

    A place that had no other version of its own uses the house's again: None. ``seen`` is the revision of the
    pointer that the person has looked at, where it was looked at before; ``found`` what the watch found: the
    editors are told of it.

    Raises:
        Misconfigured: there is nothing to go back to, or somebody else has just changed it.
    """
    pointer = await live(deps, name, scope)
    if pointer is None or not (pointer.before or scope):
        raise Misconfigured(
            f"there is no earlier version of {name!r} to go back to",
            code=None,
            hint="dateline prompts history NAME lists all; activate one of them",
        )
    if seen is not None:
        _expect(pointer, seen, name)
    gone = await find(deps, name, pointer.hash)
    async with deps.store.begin() as tx:
        new = await _put_back(deps, tx, pointer, by)
        elsewhere = any((one.name, one.hash) == (name, gone.hash) for one in await tx.live_prompts())
        if not elsewhere:
            await tx.set_version(name, gone.hash, VersionState.ROLLED_BACK)
        await note(deps, tx, gone, "rolled_back", by, why)
        if found:
            await tell_of_rollback(deps, tx, gone, new.hash if new else "", found)
    await refresh(deps)
    return new


async def _put_back(deps: Deps, tx: Tx, pointer: LivePrompt, by: str) -> LivePrompt | None:
    """The pointer to the version before; none where its place had no other."""
    if not pointer.before:
        if not await tx.drop_live(pointer.name, pointer.scope, expected=pointer.revision):
            raise _changed(pointer.name)
        return None
    new = LivePrompt(
        name=pointer.name, scope=pointer.scope, hash=pointer.before, since=deps.clock.now(), by=by
    )
    if not await tx.put_live(new, expected=pointer.revision):
        raise _changed(pointer.name)
    await tx.set_version(pointer.name, pointer.before, VersionState.USED)
    return replace(new, revision=pointer.revision + 1)


async def compare(deps: Deps, version: PromptVersion, *, by: str, days: int, scope: str = "") -> Trial:
    """Tell half of the stories by this version for some days, when it passes the gate.

    Raises:
        Misconfigured: nothing is live to compare it with; it is live itself; as :func:`activate`.
    """
    pointer = await live(deps, version.name, scope)
    if pointer is None or pointer.hash == version.hash or not 1 <= days <= 30:
        raise Misconfigured(
            "there is nothing to compare it with"
            if 1 <= days <= 30
            else f"{days} days are too few or too many",
            code=None,
            hint="a version is compared with another that is live, for 1 to 30 days",
        )
    trial = await try_out(deps, version, scope=scope, by=by)
    if trial.objections:
        why = _said(trial.objections)
        async with deps.store.begin() as tx:
            await tx.set_version(version.name, version.hash, VersionState.REFUSED)
            await note(deps, tx, version, "refused", by, why, trial.figures())
        return trial
    until = deps.clock.now() + timedelta(days=days)
    new = replace(pointer, rival=version.hash, rival_until=until)
    said = event(deps, version, "compared", by, f"{days} days", {"against": pointer.hash})
    await _point(deps, new, pointer.revision, said)
    return trial


async def watch(deps: Deps, step: Step) -> Sequence[Step]:
    """Take back what does worse for readers than what it replaced, and end comparisons that are over."""
    del step
    async with deps.store.begin() as tx:
        pointers = await tx.live_prompts()
    house = {one.name: one.hash for one in pointers if not one.scope}
    for pointer in pointers:
        if pointer.rival and not compared(pointer, deps.clock.now()):
            await _end_comparison(deps, pointer, "the days are over")
        elif pointer.rival:
            found = await _against(deps, pointer.name, pointer.rival, pointer.hash)
            if found:
                await _end_comparison(deps, pointer, _said(found), found)
        elif before := pointer.before or (house.get(pointer.name, "") if pointer.scope else ""):
            found = await _against(deps, pointer.name, pointer.hash, before, since=pointer)
            if found:
                why = _said(found)
                log.warning("prompt_rolled_back name=%s version=%s why=%s", pointer.name, pointer.hash, why)
                await rollback(deps, pointer.name, scope=pointer.scope, by="dateline", why=why, found=found)
    return ()


def _said(found: Sequence[Objection]) -> str:
    return "; ".join(one.text() for one in found)


async def _against(
    deps: Deps, name: str, now: str, was: str, *, since: LivePrompt | None = None
) -> tuple[Objection, ...]:
    """What speaks against a version by what it told readers, beside the other's figures."""
    async with deps.store.begin() as tx:
        rows = await tx.outcomes(name, now, since.since if since else None)
        others = await tx.outcomes(name, was)
        events = await tx.events(name)
    before = prompts.add_up(others[-200:])
    if before.stories < prompts.gate.ENOUGH:
        tested = next((one.figures for one in events if one.hash == now and one.what == "tested"), None)
        if tested and tested["was"]["stories"]:
            before = Figures(**tested["was"])
    return prompts.must_go(prompts.add_up(rows), before, Limits())


async def _end_comparison(deps: Deps, pointer: LivePrompt, why: str, found: Sequence[Objection] = ()) -> None:
    version = await find(deps, pointer.name, pointer.rival)
    new = replace(pointer, rival="", rival_until=None)
    async with deps.store.begin() as tx:
        if not await tx.put_live(new, expected=pointer.revision):
            return  # somebody decided meanwhile
        if found:
            await tx.set_version(version.name, version.hash, VersionState.ROLLED_BACK)
            await tell_of_rollback(deps, tx, version, pointer.hash, found)
        await note(deps, tx, version, "rolled_back" if found else "comparison_ended", "dateline", why)
    await refresh(deps)


async def _point(deps: Deps, new: LivePrompt, expected: int | None, event: PromptEvent) -> None:
    async with deps.store.begin() as tx:
        if not await tx.put_live(new, expected=expected):
            raise _changed(new.name)
        await tx.set_version(event.name, event.hash, VersionState.USED)
        await tx.add_event(event)
    await refresh(deps)


def _expect(pointer: LivePrompt | None, expected: int | None, name: str) -> None:
    if (pointer.revision if pointer else None) != expected:
        raise _changed(name)


def _changed(name: str) -> Misconfigured:
    return Misconfigured(
        f"somebody else has changed {name!r} meanwhile",
        code=None,
        hint="look at it again (dateline prompts show, or /prompts), then decide; your draft is kept",
    )
