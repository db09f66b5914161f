"""Who tells a story: excerpts, a model, or a model with excerpts behind it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from bot.adapters.llm import ModelClient, Usage
from bot.domain import summaries
from bot.domain.prompts import Prompt
from bot.domain.summaries.frame import HEADLINE, VERSION
from bot.errors import Code, DatelineError
from bot.ports import Summarizer
from bot.types import Brief, Finding, ModelCall, Rules, Summary

log = logging.getLogger("dateline.summaries")

TRIES = 2  # the answer, and one repair with the reasons


class ExtractiveSummarizer:
    """The sources' own sentences: never fails for want of a model."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    @property
    def signature(self) -> str:
        """The method; a changed method gets a new number."""
        return f"extractive:1:{self._rules.quote_words}"

    async def summarize(self, brief: Brief) -> Summary:
        """An excerpt in the sources' language: ``text_language`` says which."""
        return summaries.extract(brief, rules=self._rules)


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")
    text: str = Field(min_length=1, max_length=2000)
    passages: list[str] = Field(default_factory=list, max_length=50)


class _Answer(BaseModel):
    """A little wider than the schema that the server gets: what is too long or miscited is settled later."""

    model_config = ConfigDict(extra="ignore")
    headline: str = Field(min_length=1, max_length=4 * HEADLINE)
    sentences: list[_Line] = Field(min_length=1, max_length=40)


class LLMSummarizer:
    """A model's text, each sentence of it checked.

    Args:
        client: the model.
        prompt: how to write; what must hold stands in :mod:`bot.domain.summaries.frame`.
        record: takes the ledger's line of each call, failed ones included.
        rules: for the excerpts that stand in for refused sentences.
        nonce: random text for the frame's tags.
    """

    def __init__(
        self,
        client: ModelClient,
        prompt: Prompt,
        *,
        record: Callable[[ModelCall], Awaitable[None]] | None = None,
        rules: Rules | None = None,
        nonce: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._client, self._prompt, self._record = client, prompt, record
        self._rules, self._nonce = rules or Rules(), nonce
        self._model = client.model if prompt.model == "default" else prompt.model

    @property
    def signature(self) -> str:
        """Method, model, prompt hash and frame version."""
        return f"llm:{self._model}:{self._prompt.hash}:{VERSION}"

    async def summarize(self, brief: Brief) -> Summary:
        """A summary whose every sentence the sources carry.

        Raises:
            Transient: model_unavailable.
            Broken: model_bad_output, model_config.
        """
        fallback = summaries.extract(brief, rules=self._rules)
        messages = summaries.frame(brief, self._prompt, nonce=self._nonce())
        usage = Usage()
        began = self._client.clock.monotonic()
        code: Code | None = None
        try:
            found: Summary | tuple[Finding, ...] = ()
            for _ in range(TRIES):
                draft = await self._draft(messages, brief, usage)
                found = summaries.accept(brief, draft, fallback=fallback)
                if isinstance(found, Summary):
                    return replace(
                        found,
                        model=self._model,
                        prompt=self._prompt.hash,
                        tokens_in=usage.tokens_in,
                        tokens_out=usage.tokens_out,
                        cost=usage.cost,
                    )
                messages = summaries.again(messages, draft, found)
            raise self._client.bad_output("the sources do not carry it")
        except DatelineError as error:
            code = error.code
            raise
        finally:
            await self._note(brief, usage, self._client.clock.monotonic() - began, code)

    async def _draft(
        self, messages: tuple[summaries.Message, ...], brief: Brief, usage: Usage
    ) -> summaries.Draft:
        answer = await self._client.complete(
            messages,
            shape=_Answer,
            schema=summaries.schema(brief),
            max_tokens=self._prompt.max_output_tokens,
            temperature=self._prompt.temperature,
            usage=usage,
            model=self._model,
        )
        lines = tuple(
            summaries.DraftSentence(text=one.text, passages=tuple(one.passages)) for one in answer.sentences
        )
        return summaries.Draft(headline=answer.headline, sentences=lines)

    async def _note(self, brief: Brief, usage: Usage, seconds: float, code: Code | None) -> None:
        log.info(
            "model_called story=%s model=%s prompt=%s in=%d out=%d cost=%.5f s=%.1f code=%s",
            brief.story,
            self._model,
            self._prompt.hash,
            usage.tokens_in,
            usage.tokens_out,
            usage.cost,
            seconds,
            code or "",
        )
        if self._record is None:
            return
        call = ModelCall(
            at=self._client.clock.now(),
            task=self._prompt.task,
            model=self._model,
            prompt=self._prompt.hash,
            story=brief.story,
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            cost=usage.cost,
            estimated=usage.estimated,
            seconds=round(seconds, 3),
            code=code,
        )
        await self._record(call)


class CascadeSummarizer:
    """A model, and excerpts when it does not deliver: a digest is never late or empty because of a model."""

    def __init__(self, primary: Summarizer, fallback: Summarizer) -> None:
        self._primary, self._fallback = primary, fallback

    @property
    def signature(self) -> str:
        """The model's. A summary with ``why_fallback`` is to be stored under the fallback's."""
        return self._primary.signature

    async def summarize(self, brief: Brief) -> Summary:
        """The model's summary, or an excerpt with ``why_fallback``."""
        try:
            return await self._primary.summarize(brief)
        except DatelineError as error:
            log.warning("model_failed story=%s code=%s: %s", brief.story, error.code, error)
            code = error.code or Code.MODEL_UNAVAILABLE
        except Exception:  # whatever is wrong with us or with a library: the reader gets an excerpt
            log.exception("model_failed story=%s", brief.story)
            code = Code.MODEL_BAD_OUTPUT
        return replace(await self._fallback.summarize(brief), why_fallback=code)
