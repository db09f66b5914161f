"""What a draft of the translation's or the judge's prompt makes of a sample."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.attempts import attempt
from bot.adapters.clock import SystemClock
from bot.adapters.ledger import Ledger
from bot.adapters.llm import ModelClient
from bot.adapters.samples import samples
from bot.adapters.store import SqlStore
from bot.domain.budget import Budget
from bot.domain.framing import framed
from bot.types import Brief, Length, PromptOutcome, Rules
from tests.fake_llm import Reply, fake_llm

ROOT = Path(__file__).parents[2]


def prompt(name: str) -> str:
    return (ROOT / "prompts" / f"{name}.prompt.md").read_text(encoding="utf-8")


def brief(task: str) -> Brief:
    return framed(samples(ROOT / "prompts" / "samples"), task, Length.STANDARD, Rules())[0]


async def tried(store: SqlStore, task: str, script: Any) -> PromptOutcome:
    async with fake_llm(script) as server:
        client = ModelClient(base_url=server.url, model="m", clock=SystemClock())
        try:
            told = attempt(client, Ledger(store, SystemClock(), Budget(day=9, month=9, zone="UTC")), Rules())
            return (await told(prompt(task), "", brief(task)))[1]
        finally:
            await client.close()


def answering(*, altered: str) -> Any:
    """A judge that says Yes to what stands in the text word for word, and ``altered`` to all else."""

    def script(body: dict[str, Any], _: int) -> Reply:
        user = body["messages"][-1]["content"]
        evidence, claim = re.fullmatch(r"Text:\n(.*)\n\nClaim: (.*)\n\nYes or No\?", user, re.DOTALL).groups()  # type: ignore[union-attr]
        word = "Yes" if claim in evidence else altered
        return Reply(text=word, likely={word: 0.0})

    return script


@pytest.mark.parametrize(("altered", "hard"), [("No", 0), ("Yes", 1)])
async def test_a_judge_that_lets_another_figure_pass_has_a_hard_finding(
    sqlite_store: SqlStore, altered: str, hard: int
) -> None:
    outcome = await tried(sqlite_store, "judge", answering(altered=altered))
    assert (outcome.sentences, outcome.hard, outcome.dropped, outcome.extractive) == (2, hard, 0, False)


async def test_a_judge_that_refuses_all_drops_what_is_true(sqlite_store: SqlStore) -> None:
    outcome = await tried(sqlite_store, "judge", Reply(text="No", likely={"No": 0.0}))
    assert (outcome.hard, outcome.dropped) == (0, 1)


async def test_a_translation_is_held_against_its_original_line_by_line(sqlite_store: SqlStore) -> None:
    def wrong(body: dict[str, Any], _: int) -> str:
        ids = re.findall(r"(?m)^(headline|s\d+): ", body["messages"][1]["content"])
        return json.dumps({"lines": [{"id": one, "text": "消息說有 987654 人。"} for one in ids]})

    outcome = await tried(sqlite_store, "translation", wrong)
    assert outcome.sentences >= 3
    assert outcome.hard >= outcome.sentences
    assert outcome.extractive
    assert outcome.name == "translation"
