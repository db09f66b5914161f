"""A summary in another language: one call, one repair, each in the ledger; nothing unchecked comes out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.clock import VirtualClock
from bot.adapters.llm import ModelClient
from bot.adapters.translator import Translator
from bot.domain import summaries
from bot.domain.prompts import Voice, parse
from bot.errors import Broken, Code, Transient
from bot.types import Brief, ModelCall, Summary
from tests.contract.test_summarizer import Notes
from tests.domain.test_summaries import RULES, THREE, brief
from tests.fake_llm import FakeLLM, Reply, Request, Script, fake_llm, translating

PROMPT = parse(
    (Path(__file__).parents[2] / "prompts" / "translation.prompt.md").read_text(encoding="utf-8"),
    "translation.prompt.md",
)
LIE = "，共9412人"


@asynccontextmanager
async def desk(script: Script) -> AsyncIterator[tuple[FakeLLM, Translator, list[ModelCall]]]:
    calls: list[ModelCall] = []
    async with fake_llm(script) as fake:
        clock = VirtualClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
        client = ModelClient(base_url=fake.url, model="m1", clock=clock)
        voice = Voice(prompt=PROMPT, style="- Tone: dry.")
        try:
            yield (
                fake,
                Translator(client, lambda _: voice, ledger=Notes(clock, calls), nonce=lambda: "n0nce"),
                calls,
            )
        finally:
            await client.close()


def given() -> tuple[Brief, Summary]:
    made = replace(brief(*THREE), language="zh")
    return made, summaries.extract(made, rules=RULES)


class Lying:
    """Adds a figure to the second sentence, and takes it out again when asked to (if it ``learns``)."""

    def __init__(self, *, learns: bool) -> None:
        self.learns = learns

    def __call__(self, body: Request, _: int) -> str:
        said = json.loads(translating(body))
        again = len(body["messages"]) > 2
        for line in said["lines"]:
            if line["id"] == "s2" and not (again and self.learns):
                line["text"] += LIE
        return json.dumps(said, ensure_ascii=False)


async def test_lines_are_told_by_the_shipped_prompt_and_keep_their_sources() -> None:
    made, told = given()
    async with desk(translating) as (fake, translator, calls):
        found = await translator.translate(made, told)
        signature = translator.signature(made)
    (request,) = fake.requests
    system, user = (one["content"] for one in request["messages"])
    assert "You translate a news summary into Simplified Chinese" in system
    assert "- Tone: dry." in system
    assert told.headline in user
    assert [one.task for one in calls] == ["translation"]
    assert [one.prompt for one in calls] == [PROMPT.hash] == [found.prompt]
    assert PROMPT.hash in signature
    assert (found.language, found.text_language, found.translated_from) == ("zh", "zh", "en")
    assert [one.sources for one in found.sentences] == [one.sources for one in told.sentences]
    assert [one.proofs for one in found.sentences] == [one.proofs for one in told.sentences]


async def test_a_line_that_says_more_is_asked_for_once_more_alone() -> None:
    made, told = given()
    async with desk(Lying(learns=True)) as (fake, translator, calls):
        found = await translator.translate(made, told)
    assert len(calls) == len(fake.requests) == 2
    assert "9412" in fake.requests[1]["messages"][-1]["content"]
    assert len(found.sentences) == len(told.sentences)
    assert found.rejected == told.rejected


async def test_a_line_that_stays_wrong_is_left_out() -> None:
    made, told = given()
    async with desk(Lying(learns=False)) as (_, translator, calls):
        found = await translator.translate(made, told)
    assert len(calls) == 2
    assert LIE not in "".join(one.text for one in found.sentences)
    assert len(found.sentences) == len(told.sentences) - 1
    assert len(found.rejected) == len(told.rejected) + 1


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("I cannot do that.", Code.MODEL_BAD_OUTPUT),
        (json.dumps({"lines": [{"id": "s1", "text": "只有一行"}]}), Code.MODEL_BAD_OUTPUT),
        (Reply(status=500, error={"message": "internal"}), Code.MODEL_UNAVAILABLE),
        (Reply(status=401, error={"message": "no such key"}), Code.MODEL_CONFIG),
    ],
)
async def test_what_is_no_translation_is_an_error_and_no_text(script: Script, code: Code) -> None:
    made, told = given()
    async with desk(script) as (_, translator, calls):
        with pytest.raises((Broken, Transient)) as caught:
            await translator.translate(made, told)
    assert caught.value.code is code
    assert calls
