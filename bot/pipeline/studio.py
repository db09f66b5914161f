"""Prompts: drafts → the gate → live → the watch, and the way back.

Every way in (a file, the chat, the command line) ends in the same four functions, so no version goes live
that did not pass the same gate. Each change is one transaction: killed anywhere in between, the last good
version is the live one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from bot.domain import prompts
from bot.domain.prompts import Book, Figures, Limits, Objection, Prompt, Voice
from bot.domain.prompts.book import compared
from bot.errors import DatelineError, Misconfigured
from bot.events import logger
from bot.ports import Deps, Desk, Step, Tx
from bot.types import (
    Brief,
    Length,
    LivePrompt,
    PromptEvent,
    PromptOutcome,
    PromptVersion,
    Summary,
    VersionState,
)

log = logger("studio")

PREVIEWED = 3
"""Stories that a preview tells by both versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a version did with the samples beside the version that it would replace."""

    now: Figures
    was: Figures
    objections: tuple[Objection, ...]

    def figures(self) -> Mapping[str, Any]:
        """As plain values, for the history."""
        return {
            "now": asdict(self.now),
            "was": asdict(self.was),
            "objections": [asdict(one) for one in self.objections],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One story as a version tells it."""

    summary: Summary
    outcome: PromptOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One story as both versions tell it; ``live`` is None where there is no live one."""

    brief: Brief
    draft: Told
    live: Told | None


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
            await _note(deps, tx, version, "drafted", by, why)
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


async def preview(deps: Deps, version: PromptVersion, briefs: Sequence[Brief]) -> tuple[Pair, ...]:
    """These stories as this version and the live one tell them, at the length that the prompt is for.

    Raises:
        Misconfigured: no model is configured.
        Transient, Broken: the model cannot be had.
    """
    pointer = await live(deps, version.name)
    other = await find(deps, version.name, pointer.hash) if pointer else None
    made = []
    length = length_of(version.name)
    for at, brief in enumerate(replace(one, length=length) for one in briefs):
        theirs = await _told(deps, other, brief) if other and other.hash != version.hash else None
        made.append(Pair(brief=brief, draft=await _told(deps, version, brief), live=theirs))
        deps.desk.progress("stories", at + 1, len(briefs))
    return tuple(made)


async def try_out(deps: Deps, version: PromptVersion, *, scope: str = "", by: str) -> Trial:
    """This version on all samples beside the one that is live in the scope, and what speaks against it.

    The figures go into its history. Raises as :func:`preview`.
    """
    samples = _samples(deps, version)
    pointer = await live(deps, version.name, scope) or await live(deps, version.name)
    other = await find(deps, version.name, pointer.hash) if pointer else None
    now, was = [], []
    for at, brief in enumerate(samples):
        now.append((await _told(deps, version, brief)).outcome)
        if other is not None and other.hash != version.hash:
            was.append((await _told(deps, other, brief)).outcome)
        deps.desk.progress("samples", at + 1, len(samples))
    figures = prompts.add_up(now)
    before = prompts.add_up(was) if was else replace(figures, stories=0)
    if other is None or other.hash == version.hash:
        before = prompts.add_up([])
    trial = Trial(now=figures, was=before, objections=prompts.objections(figures, before, _limits(deps)))
    async with deps.store.begin() as tx:
        await _note(deps, tx, version, "tested", by, "", trial.figures())
    return trial


def _samples(deps: Deps, version: PromptVersion) -> tuple[Brief, ...]:
    """The samples that the prompt names, else all, at the length that a prompt of this name tells."""
    samples = deps.samples()
    if not samples:
        raise Misconfigured(
            "there are no samples to try it on", code=None, hint="put some into prompts/samples"
        )
    known = [one.id for one in samples]
    wanted = prompts.parse(version.text, version.name).samples or known
    if strange := [one for one in wanted if one not in known]:
        raise Misconfigured(
            f"there is no sample {strange[0]!r}",
            code=None,
            hint=f"`samples:` at the top names files of prompts/samples: {', '.join(known)}",
            prompt=version.name,
        )
    length = length_of(version.name)
    return tuple(replace(one.brief, length=length) for one in samples if one.id in wanted)


def length_of(name: str) -> Length:
    """The length that a prompt of this name tells."""
    return next((one for one in Length if name.endswith(f"-{one}")), Length.STANDARD)


async def _told(deps: Deps, version: PromptVersion, brief: Brief) -> Told:
    if deps.attempt is None:
        raise Misconfigured(
            "no model is configured, so no prompt can be tried", code=None, hint="set OPENAI_API_KEY in .env"
        )
    style = (await refresh(deps)).style
    summary, outcome = await deps.attempt(version.text, style, brief)
    return Told(summary=summary, outcome=outcome)


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
        why = "; ".join(one.text() for one in trial.objections)
        async with deps.store.begin() as tx:
            await tx.set_version(version.name, version.hash, VersionState.REFUSED)
            await _note(deps, tx, version, "refused", by, why, trial.figures())
        return trial
    new = LivePrompt(
        name=version.name,
        scope=scope,
        hash=version.hash,
        before=pointer.hash if pointer else "",
        since=deps.clock.now(),
        by=by,
    )
    await _point(deps, new, expected, _event(deps, version, "forced" if force else "activated", by, force))
    return trial


async def rollback(
    deps: Deps, name: str, *, by: str, why: str, scope: str = "", seen: int | None = None
) -> LivePrompt:
    """The version that was live before, live again; the one that goes is not tried again by itself.

    ``seen`` is the revision of the pointer that the person has looked at, where it was looked at before.

    Raises:
        Misconfigured: there is nothing to go back to, or somebody else has just changed it.
    """
    pointer = await live(deps, name, scope)
    if pointer is None or not pointer.before:
        raise Misconfigured(
            f"there is no earlier version of {name!r} to go back to",
            code=None,
            hint="dateline prompts history NAME lists all; activate one of them",
        )
    if seen is not None:
        _expect(pointer, seen, name)
    earlier, gone = await find(deps, name, pointer.before), await find(deps, name, pointer.hash)
    new = LivePrompt(name=name, scope=scope, hash=earlier.hash, before="", since=deps.clock.now(), by=by)
    async with deps.store.begin() as tx:
        if not await tx.put_live(new, expected=pointer.revision):
            raise _changed(name)
        await tx.set_version(name, gone.hash, VersionState.ROLLED_BACK)
        await tx.set_version(name, earlier.hash, VersionState.USED)
        await _note(deps, tx, gone, "rolled_back", by, why)
    await refresh(deps)
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
        why = "; ".join(one.text() for one in trial.objections)
        async with deps.store.begin() as tx:
            await tx.set_version(version.name, version.hash, VersionState.REFUSED)
            await _note(deps, tx, version, "refused", by, why, trial.figures())
        return trial
    until = deps.clock.now() + timedelta(days=days)
    new = replace(pointer, rival=version.hash, rival_until=until)
    event = _event(deps, version, "compared", by, f"{days} days", {"against": pointer.hash})
    await _point(deps, new, pointer.revision, event)
    return trial


async def watch(deps: Deps, step: Step) -> Sequence[Step]:
    """Take back what does worse for readers than what it replaced, and end comparisons that are over."""
    del step
    async with deps.store.begin() as tx:
        pointers = await tx.live_prompts()
    for pointer in pointers:
        if pointer.rival and not compared(pointer, deps.clock.now()):
            await _end_comparison(deps, pointer, "the days are over")
        elif pointer.rival:
            found = await _against(deps, pointer.name, pointer.rival, pointer.hash)
            if found:
                await _end_comparison(deps, pointer, "; ".join(one.text() for one in found), bad=True)
        elif pointer.before:
            found = await _against(deps, pointer.name, pointer.hash, pointer.before, since=pointer)
            if found:
                why = "; ".join(one.text() for one in found)
                log.warning("prompt_rolled_back", name=pointer.name, version=pointer.hash, why=why)
                await rollback(deps, pointer.name, scope=pointer.scope, by="dateline", why=why)
    return ()


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
    return prompts.must_go(prompts.add_up(rows), before, _limits(deps))


async def _end_comparison(deps: Deps, pointer: LivePrompt, why: str, *, bad: bool = False) -> None:
    version = await find(deps, pointer.name, pointer.rival)
    new = replace(pointer, rival="", rival_until=None)
    async with deps.store.begin() as tx:
        if not await tx.put_live(new, expected=pointer.revision):
            return  # somebody decided meanwhile
        if bad:
            await tx.set_version(version.name, version.hash, VersionState.ROLLED_BACK)
        await _note(deps, tx, version, "rolled_back" if bad else "comparison_ended", "dateline", why)
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


def voice(desk: Desk, brief: Brief | Summary, default: Prompt) -> Voice:
    """How this brief (or that of a summary) is to be written; ``default`` where no prompt is live."""
    book: Book = desk.prompts or Book()
    names = ("story",) if brief.length is Length.STANDARD else (f"story-{brief.length}", "story")
    if brief.task != "story":
        names = (brief.task, *names)
    found = book.find(names, topic=brief.slug, story=brief.story)
    return Voice(prompt=found or default, style=book.style)


async def refresh(deps: Deps) -> Book:
    """The live prompts, read and parsed again where a pointer has changed.

    A stored version that this program cannot read any more (a rule became stricter) is left out and logged;
    the name then falls back to the one before it.
    """
    async with deps.store.begin() as tx:
        pointers = await tx.live_prompts()
        style = await tx.note("house_style") or ""
        known: Book | None = deps.desk.prompts
        if known and known.style == style and tuple(known.live.values()) == pointers:
            return known
        texts = {(one.name, one.hash): one.text for one in await tx.versions()}
    found: dict[tuple[str, str], Prompt] = {}
    for pointer in pointers:
        for hash_ in (pointer.hash, pointer.rival):
            if hash_ and (text := texts.get((pointer.name, hash_))):
                try:
                    found[pointer.name, hash_] = prompts.parse(text, pointer.name)
                except DatelineError as error:
                    log.error("prompt_unreadable", name=pointer.name, version=hash_, error=error)  # noqa: TRY400
    live_now = {(one.name, one.scope): one for one in pointers}
    deps.desk.prompts = Book(live=live_now, prompts=found, style=style)
    book: Book = deps.desk.prompts
    return book


async def _note(
    deps: Deps,
    tx: Tx,
    version: PromptVersion,
    what: str,
    by: str,
    why: str,
    figures: Mapping[str, Any] | None = None,
) -> None:
    await tx.add_event(_event(deps, version, what, by, why, figures))


def _event(
    deps: Deps,
    version: PromptVersion,
    what: str,
    by: str,
    why: str,
    figures: Mapping[str, Any] | None = None,
) -> PromptEvent:
    return PromptEvent(
        at=deps.clock.now(),
        name=version.name,
        hash=version.hash,
        what=what,
        by=by,
        why=why,
        figures=dict(figures or {}),
    )


def _limits(deps: Deps) -> Limits:
    del deps
    return Limits()
