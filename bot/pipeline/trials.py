"""Versions of a prompt tried out: on a reader's stories for people to read, on the samples for the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.domain import prompts
from bot.domain.framing import framed, shown
from bot.domain.prompts import Figures, Limits, Objection
from bot.errors import Misconfigured
from bot.pipeline.bookshelf import find, live, note, refresh
from bot.pipeline.flow import in_parallel
from bot.ports import Deps
from bot.types import Brief, Length, PromptOutcome, PromptVersion, Summary

PREVIEWED = 3
"""Stories that a preview tells by both versions."""
AT_ONCE = 4
"""Samples that are told at once: forty calls one after the other are minutes of an editor's waiting."""


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


async def preview(deps: Deps, version: PromptVersion, briefs: Sequence[Brief]) -> tuple[Pair, ...]:
    """These stories as this version and the live one tell them, in the frame of the prompt's task.

    Of an overview that is one text for all of them.

    Raises:
        Misconfigured: no model is configured; an overview, and too few stories in one language.
        Transient, Broken: the model cannot be had.
    """
    pointer = await live(deps, version.name)
    other = await find(deps, version.name, pointer.hash) if pointer else None
    rival = other if other and other.hash != version.hash else None
    task, length = prompts.parse(version.text, version.name).task, length_of(version.name)
    found = shown([replace(one, length=length) for one in briefs], task, deps.rules)
    if not found:
        raise Misconfigured(
            "an overview takes three stories in one language",
            code=None,
            hint="choose others: --stories 1,2,3",
        )
    style, made = await _style(deps), list[Pair]()
    for at, brief in enumerate(found):
        theirs = await _told(deps, rival, brief, style) if rival else None
        made.append(Pair(brief=brief, draft=await _told(deps, version, brief, style), live=theirs))
        deps.desk.progress("stories", at + 1, len(found))
    return tuple(made)


async def try_out(deps: Deps, version: PromptVersion, *, scope: str = "", by: str) -> Trial:
    """This version on all samples beside the one that is live in the scope, and what speaks against it.

    The figures go into its history. Raises as :func:`preview`.
    """
    samples = gauntlet(deps, version)
    pointer = await live(deps, version.name, scope) or await live(deps, version.name)
    other = await find(deps, version.name, pointer.hash) if pointer else None
    rival = other if other and other.hash != version.hash else None

    style = await _style(deps)

    async def one(brief: Brief) -> tuple[PromptOutcome, PromptOutcome | None]:
        mine = (await _told(deps, version, brief, style)).outcome
        return mine, (await _told(deps, rival, brief, style)).outcome if rival else None

    now, was = list[PromptOutcome](), list[PromptOutcome]()
    async with aclosing(in_parallel(samples, one, workers=AT_ONCE)) as results:
        async for mine, theirs in results:
            now.append(mine)
            was += [theirs] if theirs else []
            deps.desk.progress("samples", len(now), len(samples))
    figures, before = prompts.add_up(now), prompts.add_up(was)
    trial = Trial(now=figures, was=before, objections=prompts.objections(figures, before, Limits()))
    async with deps.store.begin() as tx:
        await note(deps, tx, version, "tested", by, "", trial.figures())
    return trial


def gauntlet(deps: Deps, version: PromptVersion) -> tuple[Brief, ...]:
    """All samples in the frame of the prompt's task, at the length that a prompt of this name tells.

    Always all: a prompt that chose its own would pass on the one that it is good at.
    """
    samples = deps.samples()
    if not samples:
        raise Misconfigured(
            "there are no samples to try it on", code=None, hint="put some into prompts/samples"
        )
    prompt = prompts.parse(version.text, version.name)
    known = [one.id for one in samples]
    if strange := [one for one in prompt.samples if one not in known]:
        raise Misconfigured(
            f"there is no sample {strange[0]!r}",
            code=None,
            hint=f"`samples:` at the top names files of prompts/samples: {', '.join(known)}",
            prompt=version.name,
        )
    found = framed(samples, prompt.task, length_of(version.name), deps.rules)
    if not found:
        raise Misconfigured(
            f"no sample can try a prompt of task {prompt.task!r}",
            code=None,
            hint="put stories with several reports into prompts/samples",
        )
    return found


def length_of(name: str) -> Length:
    """The length that a prompt of this name tells."""
    return next((one for one in Length if name.endswith(f"-{one}")), Length.STANDARD)


async def _style(deps: Deps) -> str:
    if deps.attempt is None:
        raise Misconfigured(
            "no model is configured, so no prompt can be tried", code=None, hint="set OPENAI_API_KEY in .env"
        )
    return (await refresh(deps)).style


async def _told(deps: Deps, version: PromptVersion, brief: Brief, style: str) -> Told:
    assert deps.attempt is not None
    summary, outcome = await deps.attempt(version.text, style, brief)
    return Told(summary=summary, outcome=outcome)
