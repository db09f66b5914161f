"""Who tells a story: excerpts, a model, or a model with excerpts behind it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.adapters.ledger import Ledger, Line, Usage
from bot.aside import aside
from bot.domain import summaries
from bot.domain.prompts import Prompt, Voice, render
from bot.domain.summaries.answers import HEADLINE
from bot.domain.summaries.frame import NAMES, VERSION
from bot.errors import Code, DatelineError
from bot.events import logger
from bot.ports import Summarizer
from bot.types import Brief, PromptOutcome, Rules, Summary

if TYPE_CHECKING:  # the openai client is a second and 40 MB: who has no model goes without
    from bot.adapters.llm import ModelClient

log = logger("summaries")

T = TypeVar("T", bound=BaseModel)
Note = Callable[[PromptOutcome], Awaitable[None]]


class ExtractiveSummarizer:
    """The sources' own sentences: never fails for want of a model."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def signature(self, told: Brief | Summary) -> str:
        """The method; a changed method gets a new number."""
        del told
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


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides on sentences that the check only doubts, by the first token of a model's answer.

    Attributes:
        threshold: the probability of Yes from which a sentence stays.
        prompt: how it judges: the live version.
    """

    threshold: float
    prompt: Callable[[], Prompt]

    def told(self, language: str) -> str:
        """The system message."""
        return told_to_judge(self.prompt(), language)


def told_to_judge(prompt: Prompt, language: str) -> str:
    """The text of a judge's prompt."""
    return render(prompt, {"language": NAMES.get(language, language)})


class LLMSummarizer:
    """A model's text, each sentence of it checked.

    What fails is written again once, that line only, with the finding as the reason. Each call of the model
    is a line of the ledger: money is set aside before it.

    Args:
        client: the model's server.
        voice: how to write a brief; what must hold stands in :mod:`bot.domain.summaries.frame`.
        ledger: keeps the calls, and allows them.
        rules: for the excerpts that stand in for refused sentences.
        model: another one than the prompt's and the client's.
        judge: who decides on doubtful sentences; None: none of them stays.
        note: takes what the prompt made of each brief that the model answered.
        nonce: random text for the frame's tags.
    """

    def __init__(  # noqa: PLR0913 - each may be left out but the first three
        self,
        client: ModelClient,
        voice: Callable[[Brief | Summary], Voice],
        *,
        ledger: Ledger,
        rules: Rules | None = None,
        model: str = "",
        judge: Judge | None = None,
        note: Note | None = None,
        nonce: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._client, self._voice, self._ledger = client, voice, ledger
        self._rules, self._nonce, self._judge = rules or Rules(), nonce, judge
        self._model, self._note = model, note

    def signature(self, told: Brief | Summary) -> str:
        """Method, model, prompt hash, house style and frame version."""
        voice = self._voice(told)
        return f"llm:{self._named(voice.prompt)}:{voice.signature}:{VERSION}"

    def _named(self, prompt: Prompt) -> str:
        return self._model or (self._client.model if prompt.model == "default" else prompt.model)

    async def summarize(self, brief: Brief) -> Summary:
        """A summary whose every sentence the sources carry.

        Raises:
            Transient: model_unavailable.
            Broken: model_bad_output, model_config, model_budget.
        """
        voice = self._voice(brief)
        return await _Telling(self._client, self._ledger, voice, self._named(voice.prompt), brief).run(
            rules=self._rules, judge=self._judge, nonce=self._nonce(), note=self._note
        )


class _Telling:
    """One brief told by one voice, with its calls."""

    def __init__(self, client: ModelClient, ledger: Ledger, voice: Voice, model: str, brief: Brief) -> None:
        self._client, self._ledger, self._prompt = client, ledger, voice.prompt
        self._counts = not voice.own  # what a chat's own style spoils is not the prompt's fault
        self._style, self._model, self._brief = voice.style, model, brief
        self._spent: list[Usage] = []
        self._hard = self._sentences = 0
        self._began = client.clock.monotonic()

    async def run(self, *, rules: Rules, judge: Judge | None, nonce: str, note: Note | None) -> Summary:
        """As :meth:`LLMSummarizer.summarize`."""
        found: Summary | None = None
        answered = True
        try:
            found = await self._summary(rules, judge, nonce)
        except DatelineError as error:
            answered = error.code is Code.MODEL_BAD_OUTPUT
            raise
        finally:
            if note is not None and answered and self._spent and self._counts:
                await note(self.outcome(found))
        return found

    def outcome(self, found: Summary | None) -> PromptOutcome:
        """What the prompt made of the brief; None: nothing of the answer could go out."""
        return PromptOutcome(
            at=self._client.clock.now(),
            name=self._prompt.name,
            hash=self._prompt.hash,
            story=self._brief.story,
            sentences=self._sentences,
            hard=self._hard,
            dropped=len(found.rejected) if found else self._sentences,
            extractive=found is None,
            tokens_in=sum(one.tokens_in for one in self._spent),
            tokens_out=sum(one.tokens_out for one in self._spent),
            cost=sum(one.cost for one in self._spent),
            seconds=round(self._client.clock.monotonic() - self._began, 3),
        )

    async def _summary(self, rules: Rules, judge: Judge | None, nonce: str) -> Summary:
        brief = self._brief
        messages = summaries.frame(brief, self._prompt, nonce=nonce, style=self._style)
        draft = await self._draft(messages)
        first = await aside(summaries.assess, brief, draft, secret=messages[0]["content"])
        # What the model wrote at first is counted: a repair hides how often a prompt asks for one.
        self._sentences = len(first.sentences)
        self._hard = sum(one.hard for line in first.lines for one in line.verdict.findings)
        # The check finds the sources of a sentence by itself, so readers lose nothing where a prompt talks a
        # model out of naming them; but such a prompt asks for text that nothing has to carry.
        named = {one.id for one in brief.passages}
        self._hard += sum(named.isdisjoint(one.passages) for one in draft.sentences)
        checked = await self._judged(first, judge)
        if checked.faults():
            checked = await self._repaired(messages, checked, judge)
        # Excerpts follow below an overview anyway: what fails in one is dropped.
        stand_in = bool(checked.faults()) and not brief.events
        fallback = summaries.extract(brief, rules=rules) if stand_in else summaries.blank(brief)
        found = summaries.accept(brief, checked, fallback=fallback)
        if found is None:
            log.info("answer_refused", story=brief.story, faults=_faults(checked))
            raise self._client.bad_output("the sources do not carry it")
        return replace(
            found,
            model=self._model,
            prompt=self._prompt.hash,
            tokens_in=sum(one.tokens_in for one in self._spent),
            tokens_out=sum(one.tokens_out for one in self._spent),
            cost=sum(one.cost for one in self._spent),
        )

    async def _draft(self, messages: Sequence[summaries.Message]) -> summaries.Draft:
        answer = await self._ask(messages, _Answer, summaries.schema(self._brief))
        lines = tuple(
            summaries.DraftSentence(text=one.text, passages=tuple(one.passages)) for one in answer.sentences
        )
        return summaries.Draft(headline=answer.headline, sentences=lines)

    async def _judged(self, checked: summaries.Checked, judge: Judge | None) -> summaries.Checked:
        """With the judge's word on what the check only doubts; without one, doubt is enough to refuse."""
        if judge is None:
            return checked
        cleared = set()
        for line in checked.doubts():
            entry = self._open("judge", judge.prompt().hash)
            code: Code | None = None
            try:
                asked = summaries.question(
                    self._brief.sources, line.text, line.verdict, told=judge.told(self._brief.language)
                )
                sure = await self._client.sureness(asked, usage=entry.usage, model=self._model)
                if sure >= judge.threshold:
                    cleared.add(line.id)
            except DatelineError as error:
                code = error.code
                log.warning("judge_failed", story=self._brief.story, error=error)
                break
            finally:
                await entry.close(code)
        return checked.cleared(cleared)

    async def _repaired(
        self,
        messages: Sequence[summaries.Message],
        checked: summaries.Checked,
        judge: Judge | None,
    ) -> summaries.Checked:
        """The one repair; where it fails, what was good before it stays so."""
        brief, wanted = self._brief, summaries.again(messages, checked)
        try:
            answer = await self._ask(wanted, _Repair, summaries.repair_schema(brief, checked))
        except DatelineError as error:
            log.info("repair_failed", story=brief.story, code=error.code)
            return checked
        repaired = {
            one.id: summaries.DraftSentence(text=one.text, passages=tuple(one.passages))
            for one in answer.lines
        }
        mended = await aside(summaries.mend, brief, checked, repaired, secret=messages[0]["content"])
        return await self._judged(mended, judge)

    async def _ask(
        self,
        messages: Sequence[summaries.Message],
        shape: type[T],
        schema: Mapping[str, Any],
    ) -> T:
        entry = self._open(self._prompt.task)
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

    def _open(self, task: str, prompt: str = "") -> Line:
        entry = self._ledger.open(
            task=task, model=self._model, prompt=prompt or self._prompt.hash, story=self._brief.story
        )
        self._spent.append(entry.usage)
        return entry


def _faults(checked: summaries.Checked) -> str:
    kinds = {f"{one.id}:{found.kind}" for one in checked.faults() for found in one.verdict.findings}
    return " ".join(sorted(kinds))


class CascadeSummarizer:
    """A model, and excerpts when it does not deliver: a digest is never late or empty because of a model."""

    def __init__(self, primary: Summarizer, fallback: Summarizer) -> None:
        self._primary, self._fallback = primary, fallback

    def signature(self, told: Brief | Summary) -> str:
        """The model's. A summary with ``why_fallback`` is to be stored under the fallback's."""
        return self._primary.signature(told)

    async def summarize(self, brief: Brief) -> Summary:
        """The model's summary, or an excerpt with ``why_fallback``."""
        try:
            return await self._primary.summarize(brief)
        except DatelineError as error:
            log.warning("model_failed", story=brief.story, code=error.code, error=error)
            code = error.code or Code.MODEL_UNAVAILABLE
        except Exception:  # whatever is wrong with us or with a library: the reader gets an excerpt
            log.exception("model_failed", story=brief.story)
            code = Code.MODEL_BAD_OUTPUT
        return replace(await self._fallback.summarize(brief), why_fallback=code)
