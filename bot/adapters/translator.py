"""Puts checked summaries into the reader's language, each line held against the one that it translates."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from bot.adapters.ledger import Ledger
from bot.adapters.llm import ModelClient, Usage
from bot.domain.prompts import Prompt, Voice
from bot.domain.summaries import Message, translation
from bot.errors import Code, DatelineError
from bot.types import Brief, Summary

log = logging.getLogger("dateline.summaries")


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
        nonce: random text for the frame's tags.
    """

    def __init__(
        self,
        client: ModelClient,
        voice: Callable[[Brief | Summary], Voice],
        *,
        ledger: Ledger,
        nonce: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._client, self._voice, self._ledger, self._nonce = client, voice, ledger, nonce

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
        return await _Work(self._client, self._ledger, voice, self._named(voice.prompt), brief, told).run(
            self._nonce()
        )


class _Work:
    """One summary, one language."""

    def __init__(
        self, client: ModelClient, ledger: Ledger, voice: Voice, model: str, brief: Brief, told: Summary
    ) -> None:
        self._client, self._ledger, self._voice, self._model = client, ledger, voice, model
        self._brief, self._told = brief, told
        self._spent: list[Usage] = []

    async def run(self, nonce: str) -> Summary:
        """As :meth:`Translator.translate`."""
        brief, told = self._brief, self._told
        messages = translation.frame(
            told, self._voice.prompt, language=brief.language, nonce=nonce, style=self._voice.style
        )
        answer = await self._ask(messages, list(translation.lines_of(told)))
        bad = translation.faults(told, answer, brief.language)
        if bad:
            wanted = translation.again(messages, answer, bad)
            answer = {**answer, **await self._repair(wanted, list(bad))}
            bad = translation.faults(told, answer, brief.language)
        found = translation.accept(brief, told, answer, bad)
        if found is None:
            kinds = {f"{ident}:{one.kind}" for ident, listed in bad.items() for one in listed}
            log.info("translation_refused story=%s %s", brief.story, " ".join(sorted(kinds)))
            raise self._client.bad_output("the translation does not say what the original says")
        return translation.costing(
            found,
            model=self._model,
            prompt=self._voice.prompt.hash,
            tokens=(sum(one.tokens_in for one in self._spent), sum(one.tokens_out for one in self._spent)),
            cost=sum(one.cost for one in self._spent),
        )

    async def _repair(self, messages: Sequence[Message], ids: Sequence[str]) -> Mapping[str, str]:
        """The one repair; where it fails, what was good before it stays so."""
        try:
            return await self._ask(messages, ids)
        except DatelineError as error:
            log.info("repair_failed story=%s code=%s", self._brief.story, error.code)
            return {}

    async def _ask(self, messages: Sequence[Message], ids: Sequence[str]) -> Mapping[str, str]:
        prompt = self._voice.prompt
        entry = self._ledger.open(
            task=prompt.task, model=self._model, prompt=prompt.hash, story=self._brief.story
        )
        self._spent.append(entry.usage)
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
