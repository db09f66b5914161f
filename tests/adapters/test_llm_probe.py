"""What ``dateline doctor --llm`` finds out, from servers that differ."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot.adapters.clock import VirtualClock
from bot.adapters.ledger import Ledger
from bot.adapters.llm import ModelClient
from bot.adapters.llm_probe import Abilities, context_of, probe
from bot.errors import Broken
from bot.types import ModelCall
from tests.fake_llm import Reply, Script, asked_for, fake_llm

FACTS = json.dumps({"place": "Port Elin", "facts": ["The harbour reopened."]})


class _Book(Ledger):
    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(cast("Any", None), clock)
        self.calls: list[ModelCall] = []

    async def reserve(self, call: ModelCall, line: int | None) -> int:
        return line or 1

    async def settle(self, call: ModelCall, line: int | None) -> None:
        self.calls.append(call)


async def probed(script: Script) -> Abilities:
    clock = VirtualClock(datetime(2026, 11, 23, tzinfo=UTC))
    async with fake_llm(script) as fake:
        client = ModelClient(base_url=fake.url, model="m1", clock=clock)
        book = _Book(clock)
        try:
            found = await probe(client, book, "m1")
        finally:
            await client.close()
        assert [call.task for call in book.calls] == ["probe"]
    return found


async def test_a_server_that_can_everything() -> None:
    def script(body: dict[str, Any], _: int) -> Reply:
        if body.get("logprobs"):
            return Reply(text="Yes", likely={"Yes": math.log(0.9), "No": math.log(0.1)})
        return Reply(text=FACTS)

    found = await probed(script)
    assert (found.step, found.limit, found.usage, found.logprobs) == ("json_schema", "max_tokens", True, True)


async def test_an_awkward_server() -> None:
    def script(body: dict[str, Any], _: int) -> Reply:
        if "max_tokens" in body:
            text = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return Reply(status=400, error={"message": text, "param": "max_tokens"})
        if asked_for(body) in {"json_schema", "json_object_schema"}:
            return Reply(status=400, error={"message": "response_format is unknown"})
        return Reply(text=FACTS, usage=None)

    found = await probed(script)
    assert (found.step, found.limit) == ("json_object", "max_completion_tokens")
    assert (found.usage, found.logprobs, found.context) == (False, False, None)


async def test_one_that_gives_nothing_of_use_is_an_error() -> None:
    with pytest.raises(Broken):
        await probed("prose")


def test_the_context_is_found_under_each_servers_name_for_it() -> None:
    rows: list[dict[str, Any]] = [{"id": "a", "max_model_len": 8192}, {"id": "b", "context_length": 4096}]
    assert (context_of({"data": rows}, "a"), context_of({"data": rows}, "b")) == (8192, 4096)
    assert context_of({"data": [{"id": "x.gguf", "meta": {"n_ctx_train": 2048}}]}, "any") == 2048
    assert context_of({"data": rows}, "c") is None
    assert context_of({"error": "?"}, "c") is None


async def test_sureness_is_yes_against_no() -> None:
    clock = VirtualClock(datetime(2026, 11, 23, tzinfo=UTC))
    likely = {" yes": math.log(0.3), "Yes": math.log(0.3), "No": math.log(0.2), "The": math.log(0.1)}
    async with fake_llm(Reply(text="Yes", likely=likely)) as fake:
        client = ModelClient(base_url=fake.url, model="m1", clock=clock)
        entry = _Book(clock).open(task="judge", model="m1", prompt="")
        sure = await client.sureness([{"role": "user", "content": "x"}], usage=entry.usage)
        await client.close()
    assert sure == pytest.approx(0.75)
