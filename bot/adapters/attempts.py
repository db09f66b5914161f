"""One brief told by the text of a prompt file, for previews and for the gate; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.adapters.ledger import Ledger
from bot.adapters.llm import ModelClient, Usage
from bot.adapters.summarizers import LLMSummarizer, told_to_judge
from bot.adapters.translator import Translator
from bot.domain import summaries
from bot.domain.framing import Claim, claims
from bot.domain.prompts import Prompt, Voice, parse
from bot.errors import Code, DatelineError
from bot.types import Brief, PromptOutcome, Rules, Sentence, Summary

SURE = 0.5
"""The judge's probability of Yes from which it counts as one."""


def attempt(
    client: ModelClient, ledger: Ledger, rules: Rules
) -> Callable[[str, str, Brief], Awaitable[tuple[Summary, PromptOutcome]]]:
    """Tells a brief by the text of a prompt file and a house style; see :data:`bot.ports.Attempt`.

    A judge tells nothing: it is asked of claims whose answer is known.
    """

    async def told(text: str, style: str, brief: Brief) -> tuple[Summary, PromptOutcome]:
        prompt = parse(text, "the draft")
        if prompt.task == "judge":
            return await _Bench(client, ledger, prompt).heard(brief, rules)
        if prompt.task == "translation":
            return await _translated(client, ledger, rules, Voice(prompt=prompt, style=style), brief)
        return await _told(client, ledger, rules, Voice(prompt=prompt, style=style), brief)

    return told


async def _told(
    client: ModelClient, ledger: Ledger, rules: Rules, voice: Voice, brief: Brief
) -> tuple[Summary, PromptOutcome]:
    seen: list[PromptOutcome] = []

    async def note(outcome: PromptOutcome) -> None:
        seen.append(outcome)

    summarizer = LLMSummarizer(client, lambda _: voice, ledger=ledger, rules=rules, note=note)
    try:
        summary = await summarizer.summarize(brief)
    except DatelineError as error:
        if error.code is not Code.MODEL_BAD_OUTPUT or not seen:
            raise
        excerpts = summaries.extract(brief, rules=rules)
        summary = replace(excerpts, why_fallback=Code.MODEL_BAD_OUTPUT)
    return summary, seen[0]


async def _translated(
    client: ModelClient, ledger: Ledger, rules: Rules, voice: Voice, brief: Brief
) -> tuple[Summary, PromptOutcome]:
    """The sources' own sentences in the brief's language; these themselves where the answer is of no use."""
    seen: list[PromptOutcome] = []

    async def note(outcome: PromptOutcome) -> None:
        seen.append(outcome)

    own = summaries.extract(brief, rules=rules)
    try:
        made = await Translator(client, lambda _: voice, ledger=ledger, note=note).translate(brief, own)
    except DatelineError as error:
        if error.code is not Code.MODEL_BAD_OUTPUT or not seen:
            raise
        made = replace(own, why_fallback=Code.MODEL_BAD_OUTPUT)
    return made, seen[0]


class _Bench:
    """Where a judge is tried: what stands in the text must pass, the same with another figure must not."""

    def __init__(self, client: ModelClient, ledger: Ledger, prompt: Prompt) -> None:
        self._client, self._ledger, self._prompt = client, ledger, prompt
        self._model = client.model if prompt.model == "default" else prompt.model
        self._spent: list[Usage] = []

    async def heard(self, brief: Brief, rules: Rules) -> tuple[Summary, PromptOutcome]:
        """Each claim with its answer. Let through: a hard finding. Refused though true: one dropped."""
        began = self._client.clock.monotonic()
        asked = [(one, await self._sure(brief, one)) for one in claims(brief)]
        found = summaries.extract(brief, rules=rules)
        lines = tuple(
            Sentence(text=f"{one.text} → {'Yes' if sure else 'No' if sure is not None else '–'}", sources=())
            for one, sure in asked
        )
        outcome = PromptOutcome(
            at=self._client.clock.now(),
            name=self._prompt.name,
            hash=self._prompt.hash,
            story=brief.story,
            sentences=len(asked),
            hard=sum(bool(sure) and not one.true for one, sure in asked),
            dropped=sum(sure is False and one.true for one, sure in asked),
            extractive=any(sure is None for _, sure in asked),
            tokens_in=sum(one.tokens_in for one in self._spent),
            tokens_out=sum(one.tokens_out for one in self._spent),
            cost=sum(one.cost for one in self._spent),
            seconds=round(self._client.clock.monotonic() - began, 3),
        )
        return replace(found, sentences=lines, task="judge"), outcome

    async def _sure(self, brief: Brief, claim: Claim) -> bool | None:
        """The judge's word; None where its answer was of no use. Raises where the model cannot be had."""
        entry = self._ledger.open(
            task="judge", model=self._model, prompt=self._prompt.hash, story=brief.story
        )
        self._spent.append(entry.usage)
        system = told_to_judge(self._prompt, brief.language)
        user = f"Text:\n{claim.evidence}\n\nClaim: {claim.text}\n\nYes or No?"
        messages = ({"role": "system", "content": system}, {"role": "user", "content": user})
        code: Code | None = None
        try:
            sure = await self._client.sureness(messages, usage=entry.usage, model=self._model)
        except DatelineError as error:
            code = error.code
            if code is not Code.MODEL_BAD_OUTPUT:
                raise
            return None
        finally:
            await entry.close(code)
        return sure >= SURE
