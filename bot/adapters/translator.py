"""Puts checked summaries into the reader's language, each line held against the one that it translates."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from bot.adapters.ledger import Ledger, Usage
from bot.adapters.summarizers import Note
from bot.aside import aside
from bot.domain.prompts import Prompt, Voice
from bot.domain.summaries import Message, translation
from bot.errors import Code, DatelineError
from bot.events import logger
from bot.types import Brief, Finding, PromptOutcome, Summary

if TYPE_CHECKING:  # the openai client is a second and 40 MB: who has no model goes without
    from bot.adapters.llm import ModelClient

log = logger("summaries")


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str = Field(max_length=20)
    text: str = Field(max_length=2000)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")
    lines: list[_Line] = Field(max_length=50)


class Translator:
    """See :class:`bot.ports.Translator`. Each call of the model is a line of the ledger.

    Args:
        client: the model's server.
        voice: the prompt to translate by, and the house style.
        ledger: keeps the calls, and allows them.
        note: takes what the prompt made of each summary that the model answered.
        nonce: random text for the frame's tags.
    """

    def __init__(
        self,
        client: ModelClient,
        voice: Callable[[Brief | Summary], Voice],
        *,
        ledger: Ledger,
        note: Note | None = None,
        nonce: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._client, self._voice, self._ledger, self._nonce = client, voice, ledger, nonce
        self._note = note

    def signature(self, told: Brief | Summary) -> str:
        """Method, model, prompt hash, house style and version of frame and check."""
        voice = self._voice(told)
        return f"translation:{self._named(voice.prompt)}:{voice.signature}:{translation.VERSION}"

    def _named(self, prompt: Prompt) -> str:
        return self._client.model if prompt.model == "default" else prompt.model

    async def translate(self, brief: Brief, told: Summary) -> Summary:
        """The summary in the brief's language.

        Raises:
            Transient: model_unavailable.
            Broken: model_bad_output, model_config, model_budget.
        """
        voice = self._voice(brief)
        work = _Work(self._client, self._ledger, voice, self._named(voice.prompt), brief, told)
        answered = True
        try:
            return await work.run(self._nonce())
        except DatelineError as error:
            answered = error.code is Code.MODEL_BAD_OUTPUT
            raise
        finally:
            if self._note is not None and answered and work.spent and not voice.own:
                await self._note(work.outcome())


class _Work:
    """One summary, one language."""

    def __init__(
        self, client: ModelClient, ledger: Ledger, voice: Voice, model: str, brief: Brief, told: Summary
    ) -> None:
        self._client, self._ledger, self._voice, self._model = client, ledger, voice, model
        self._brief, self._told = brief, told
        self.spent: list[Usage] = []
        self._began = client.clock.monotonic()
        self._hard = 0
        self._bad: Mapping[str, Sequence[Finding]] | None = None  # at the end; None: the answer had no shape
        self._refused = True

    def outcome(self) -> PromptOutcome:
        """What the prompt made of the summary: its first answer's hard findings, and what was left of it."""
        lines = len(translation.lines_of(self._told))
        return PromptOutcome(
            at=self._client.clock.now(),
            name=self._voice.prompt.name,
            hash=self._voice.prompt.hash,
            story=self._brief.story,
            sentences=lines,
            hard=self._hard,
            dropped=lines if self._bad is None else len(self._bad),
            extractive=self._refused,
            tokens_in=sum(one.tokens_in for one in self.spent),
            tokens_out=sum(one.tokens_out for one in self.spent),
            cost=sum(one.cost for one in self.spent),
            seconds=round(self._client.clock.monotonic() - self._began, 3),
        )

    async def run(self, nonce: str) -> Summary:
        """As :meth:`Translator.translate`."""
        brief, told = self._brief, self._told
        messages = translation.frame(
            told, self._voice.prompt, language=brief.language, nonce=nonce, style=self._voice.style
        )
        answer = await self._ask(messages, list(translation.lines_of(told)))
        bad = await aside(translation.faults, told, answer, brief.language)
        self._hard = sum(one.hard for listed in bad.values() for one in listed)
        if bad:
            wanted = translation.again(messages, answer, bad)
            answer = {**answer, **await self._repair(wanted, list(bad))}
            bad = await aside(translation.faults, told, answer, brief.language)
        found = translation.accept(brief, told, answer, bad)
        self._bad, self._refused = bad, found is None
        if found is None:
            kinds = {f"{ident}:{one.kind}" for ident, listed in bad.items() for one in listed}
            log.info("translation_refused", story=brief.story, faults=" ".join(sorted(kinds)))
            raise self._client.bad_output("the translation does not say what the original says")
        return translation.costing(
            found,
            model=self._model,
            prompt=self._voice.prompt.hash,
            tokens=(sum(one.tokens_in for one in self.spent), sum(one.tokens_out for one in self.spent)),
            cost=sum(one.cost for one in self.spent),
        )

    async def _repair(self, messages: Sequence[Message], ids: Sequence[str]) -> Mapping[str, str]:
        """The one repair; where it fails, what was good before it stays so."""
        try:
            return await self._ask(messages, ids)
        except DatelineError as error:
            log.info("repair_failed", story=self._brief.story, code=error.code)
            return {}

    async def _ask(self, messages: Sequence[Message], ids: Sequence[str]) -> Mapping[str, str]:
        prompt = self._voice.prompt
        entry = self._ledger.open(
            task=prompt.task, model=self._model, prompt=prompt.hash, story=self._brief.story
        )
        self.spent.append(entry.usage)
        code: Code | None = None
        try:
            said = await self._client.complete(
                messages,
                shape=_Answer,
                schema=translation.schema(ids),
                max_tokens=prompt.max_output_tokens,
                temperature=prompt.temperature,
                usage=entry.usage,
                model=self._model,
            )
        except DatelineError as error:
            code = error.code
            raise
        finally:
            await entry.close(code)
        return translation.scrubbed({one.id: one.text for one in said.lines}, ids)
