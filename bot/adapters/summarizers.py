"""Who tells a story: excerpts, a model, or a model with excerpts behind it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.adapters.ledger import Ledger, Line
from bot.adapters.llm import ModelClient, Usage
from bot.domain import summaries
from bot.domain.prompts import Prompt
from bot.domain.summaries.answers import HEADLINE
from bot.domain.summaries.frame import VERSION
from bot.errors import Code, DatelineError
from bot.ports import Summarizer
from bot.types import Brief, Rules, Summary

log = logging.getLogger("dateline.summaries")

T = TypeVar("T", bound=BaseModel)


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


class _Repaired(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str = Field(max_length=20)
    text: str = Field(max_length=2000)
    passages: list[str] = Field(default_factory=list, max_length=50)


class _Repair(BaseModel):
    model_config = ConfigDict(extra="ignore")
    lines: list[_Repaired] = Field(max_length=50)


class LLMSummarizer:
    """A model's text, each sentence of it checked.

    What fails is written again once, that line only, with the finding as the reason. Each call of the model
    is a line of the ledger: money is set aside before it.

    Args:
        client: the model's server.
        prompt: how to write; what must hold stands in :mod:`bot.domain.summaries.frame`.
        ledger: keeps the calls, and allows them.
        rules: for the excerpts that stand in for refused sentences.
        model: another one than the prompt's and the client's.
        judge: the probability of Yes from which a doubtful sentence stays; None: it never does.
        nonce: random text for the frame's tags.
    """

    def __init__(
        self,
        client: ModelClient,
        prompt: Prompt,
        *,
        ledger: Ledger,
        rules: Rules | None = None,
        model: str = "",
        judge: float | None = None,
        nonce: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._client, self._prompt, self._ledger = client, prompt, ledger
        self._rules, self._nonce, self._judge = rules or Rules(), nonce, judge
        self._model = model or (client.model if prompt.model == "default" else prompt.model)

    @property
    def signature(self) -> str:
        """Method, model, prompt hash and frame version."""
        return f"llm:{self._model}:{self._prompt.hash}:{VERSION}"

    async def summarize(self, brief: Brief) -> Summary:
        """A summary whose every sentence the sources carry.

        Raises:
            Transient: model_unavailable.
            Broken: model_bad_output, model_config, model_budget.
        """
        fallback = summaries.extract(brief, rules=self._rules)
        messages = summaries.frame(brief, self._prompt, nonce=self._nonce())
        spent: list[Usage] = []
        draft = await self._draft(messages, brief, spent)
        checked = await self._judged(
            brief, summaries.assess(brief, draft, secret=messages[0]["content"]), spent
        )
        if checked.faults():
            checked = await self._repaired(messages, brief, checked, spent)
        found = summaries.accept(brief, checked, fallback=fallback)
        if found is None:
            log.info("answer_refused story=%s %s", brief.story, _faults(checked))
            raise self._client.bad_output("the sources do not carry it")
        return replace(
            found,
            model=self._model,
            prompt=self._prompt.hash,
            tokens_in=sum(one.tokens_in for one in spent),
            tokens_out=sum(one.tokens_out for one in spent),
            cost=sum(one.cost for one in spent),
        )

    async def _draft(
        self, messages: Sequence[summaries.Message], brief: Brief, spent: list[Usage]
    ) -> summaries.Draft:
        answer = await self._ask(messages, _Answer, summaries.schema(brief), brief, spent)
        lines = tuple(
            summaries.DraftSentence(text=one.text, passages=tuple(one.passages)) for one in answer.sentences
        )
        return summaries.Draft(headline=answer.headline, sentences=lines)

    async def _judged(
        self, brief: Brief, checked: summaries.Checked, spent: list[Usage]
    ) -> summaries.Checked:
        """With the judge's word on what the check only doubts; without one, doubt is enough to refuse."""
        if self._judge is None:
            return checked
        cleared = set()
        for line in checked.doubts():
            entry = self._open("judge", brief, spent)
            code: Code | None = None
            try:
                sure = await self._client.sureness(
                    summaries.question(brief, line), usage=entry.usage, model=self._model
                )
                if sure >= self._judge:
                    cleared.add(line.id)
            except DatelineError as error:
                code = error.code
                log.warning("judge_failed story=%s: %s", brief.story, error)
                break
            finally:
                await entry.close(code)
        return checked.cleared(cleared)

    async def _repaired(
        self,
        messages: Sequence[summaries.Message],
        brief: Brief,
        checked: summaries.Checked,
        spent: list[Usage],
    ) -> summaries.Checked:
        """The one repair; where it fails, what was good before it stays so."""
        wanted = summaries.again(messages, checked)
        try:
            answer = await self._ask(wanted, _Repair, summaries.repair_schema(brief, checked), brief, spent)
        except DatelineError as error:
            log.info("repair_failed story=%s code=%s", brief.story, error.code)
            return checked
        repaired = {
            one.id: summaries.DraftSentence(text=one.text, passages=tuple(one.passages))
            for one in answer.lines
        }
        return await self._judged(
            brief, summaries.mend(brief, checked, repaired, secret=messages[0]["content"]), spent
        )

    async def _ask(
        self,
        messages: Sequence[summaries.Message],
        shape: type[T],
        schema: Mapping[str, Any],
        brief: Brief,
        spent: list[Usage],
    ) -> T:
        entry = self._open(self._prompt.task, brief, spent)
        code: Code | None = None
        try:
            return await self._client.complete(
                messages,
                shape=shape,
                schema=schema,
                max_tokens=self._prompt.max_output_tokens,
                temperature=self._prompt.temperature,
                usage=entry.usage,
                model=self._model,
            )
        except DatelineError as error:
            code = error.code
            raise
        finally:
            await entry.close(code)

    def _open(self, task: str, brief: Brief, spent: list[Usage]) -> Line:
        entry = self._ledger.open(task=task, model=self._model, prompt=self._prompt.hash, story=brief.story)
        spent.append(entry.usage)
        return entry


def _faults(checked: summaries.Checked) -> str:
    kinds = {f"{one.id}:{found.kind}" for one in checked.faults() for found in one.verdict.findings}
    return " ".join(sorted(kinds))


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
