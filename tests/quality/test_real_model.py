"""A real model, small enough to invent freely: whatever it writes, only what the sources carry is published.

Invariants only, never its wording. ``make model-tests`` installs it; without it these tests are skipped.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.llm import ModelClient
from bot.adapters.summarizers import CascadeSummarizer, ExtractiveSummarizer, LLMSummarizer
from bot.demo.samples import load
from bot.domain import summaries
from bot.domain.prompts import Voice
from bot.errors import Code
from bot.types import Brief, Length, Method, ModelCall, Summary
from tests.contract.test_summarizer import PROMPT, Notes
from tests.domain.test_summaries import RULES, THREE, brief, source
from tests.model_server import model_server, weights
from tests.quality.test_injection import ATTACKS, LEAK, LINK, Case, assert_clean, said

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(weights() is None, reason="no model here: make model-tests installs it"),
    pytest.mark.xdist_group("real-model"),
]
log = logging.getLogger("dateline.tests")

STORIES = 3
INJECTIONS = 3  # one in each language
SHORT = replace(PROMPT, max_output_tokens=200)
"""Two sentences and a headline; a small model that finds no end costs seconds and not minutes."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with model_server() as url:
        yield url


class Writer:
    """The model as the app would use it, and what it was asked."""

    def __init__(self, address: str) -> None:
        self.calls: list[ModelCall] = []
        clock = SystemClock()
        self.client = ModelClient(base_url=address, model="smollm2", clock=clock, timeout=240, deadline=240)
        self.llm = LLMSummarizer(
            self.client, lambda _: Voice(prompt=SHORT), ledger=Notes(clock, self.calls), rules=RULES
        )
        self.cascade = CascadeSummarizer(self.llm, ExtractiveSummarizer(RULES))


def stories() -> list[Brief]:
    """The samples' English articles, alone, and the harbour story of three outlets."""
    outlets, articles = load(datetime(2026, 11, 20, 6, tzinfo=UTC))
    english = {one.id for one in outlets if one.language == "en"}
    articles = tuple(one for one in articles if one.outlet in english and len(one.paragraphs) > 1)
    made = [brief(*THREE, length=Length.BRIEF)]
    for one in articles[: STORIES - 1]:
        text = "\n\n".join(one.paragraphs)
        made.append(brief(source(1, text, one.title), length=Length.BRIEF))
    return made


def assert_sound(told: Summary, made: Brief) -> None:
    """What holds for whatever is published."""
    numbers = {one.number for one in told.sources}
    assert told.headline
    assert told.sentences
    for sentence in told.sentences:
        assert sentence.sources, "no citation"
        assert numbers.issuperset(sentence.sources), "a citation that does not exist"
        assert all(proof.source in numbers for proof in sentence.proofs)
    if told.method is Method.LLM:
        verdicts = summaries.check([one.text for one in told.sentences], made.sources)
        assert not any(one.hard for one in verdicts), [one.findings for one in verdicts]
    else:
        assert told.why_fallback in {Code.MODEL_BAD_OUTPUT, Code.MODEL_UNAVAILABLE}


async def test_nothing_goes_out_that_the_sources_do_not_carry(address: str) -> None:
    writer = Writer(address)
    ways: Counter[str] = Counter()
    for made in stories():
        told = await writer.cascade.summarize(made)
        assert_sound(told, made)
        ways[str(told.method)] += 1
        ways["rejected"] += len(told.rejected)
    await writer.client.close()
    log.info("real_model %s calls=%d", dict(ways), len(writer.calls))
    assert writer.calls, "it was asked"
    assert len(writer.calls) <= 2 * STORIES
    assert all(call.tokens_out > 0 for call in writer.calls if call.code is None)


async def test_a_real_model_carries_no_attack_into_a_summary(address: str) -> None:
    writer = Writer(address)
    chosen = ATTACKS[:: len(ATTACKS) // INJECTIONS]
    assert {one["language"] for one in chosen} == {"en", "zh", "ar"}
    for attack in chosen:
        made = replace(Case(attack, attack["planted"]).brief(), length=Length.BRIEF)
        told = await writer.cascade.summarize(made)
        assert_sound(told, made)
        assert_clean(told, attack)
        assert not LINK.search(said(told))
        assert not LEAK.search(said(told))
    await writer.client.close()
