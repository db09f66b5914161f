from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from bot.adapters.clock import VirtualClock
from bot.adapters.ledger import Usage
from bot.adapters.llm import ModelClient
from bot.domain.budget import Price, Prices
from bot.errors import Broken, Code, DatelineError, Transient
from tests.fake_llm import FakeLLM, Reply, Script, asked_for, fake_llm

KEY = "sk-verysecret-0123456789abcdef"
GOOD = json.dumps({"word": "truce", "count": 2})
DEAR = Prices(other=Price(tokens_in=1.0, tokens_out=4.0))
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["word", "count"],
    "properties": {"word": {"type": "string"}, "count": {"type": "integer"}},
}


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")
    word: str
    count: int


class Talk:
    """A client with its server."""

    def __init__(self, fake: FakeLLM, clock: VirtualClock, **options: Any) -> None:
        self.fake, self.clock, self.usage = fake, clock, Usage()
        self.client = ModelClient(
            base_url=fake.url, api_key=KEY, model="m1", clock=clock, chance=lambda: 0.5, **options
        )

    async def ask(self) -> Shape:
        return await self.client.complete(
            [{"role": "system", "content": "Be exact."}, {"role": "user", "content": "Tell."}],
            shape=Shape,
            schema=SCHEMA,
            max_tokens=300,
            temperature=0.2,
            usage=self.usage,
        )

    async def fails(self) -> DatelineError:
        with pytest.raises(DatelineError) as caught:
            await self.ask()
        return caught.value


@asynccontextmanager
async def talk(script: Script, **options: Any) -> AsyncIterator[Talk]:
    async with fake_llm(script) as fake:
        one = Talk(fake, VirtualClock(datetime(2026, 11, 23, 6, tzinfo=UTC)), **options)
        try:
            yield one
        finally:
            await one.client.close()


async def test_a_good_server_is_asked_once_with_a_strict_schema() -> None:
    async with talk(GOOD) as one:
        assert await one.ask() == Shape(word="truce", count=2)
        assert [asked_for(body) for body in one.fake.requests] == ["json_schema"]
        assert one.fake.requests[0]["response_format"]["json_schema"]["schema"] == SCHEMA
        assert (one.usage.tokens_in, one.usage.tokens_out, one.usage.estimated) == (100, 20, False)


async def test_too_many_requests_waits_as_long_as_the_server_says() -> None:
    slow_down = Reply(status=429, error={"message": "slow down"}, headers={"Retry-After": "7"})
    async with talk([slow_down, GOOD]) as one:
        assert (await one.ask()).count == 2
        assert 7 <= one.clock.monotonic() <= 8
        assert len(one.fake.requests) == 2


async def test_retry_after_may_be_a_date() -> None:
    later = Reply(
        status=503, error={"message": "x"}, headers={"Retry-After": "Mon, 23 Nov 2026 06:00:20 GMT"}
    )
    async with talk([later, GOOD]) as one:
        await one.ask()
        assert 20 <= one.clock.monotonic() <= 21


async def test_a_long_retry_after_is_left_to_the_runner() -> None:
    async with talk(Reply(status=429, error={"message": "x"}, headers={"Retry-After": "600"})) as one:
        error = await one.fails()
        assert isinstance(error, Transient)
        assert (error.code, error.retry_after) == (Code.MODEL_UNAVAILABLE, 600)
        assert len(one.fake.requests) == 1


async def test_one_retry_layer_sends_three_requests_and_no_more() -> None:
    async with talk(Reply(status=503, error={"message": "busy"})) as one:
        error = await one.fails()
        assert isinstance(error, Transient)
        assert len(one.fake.requests) == 3


@pytest.mark.parametrize(
    ("refuses", "steps"),
    [
        ({"json_schema": 500}, ["json_schema", "json_object_schema"]),
        (
            {"json_schema": 400, "json_object_schema": 422},
            ["json_schema", "json_object_schema", "json_object"],
        ),
        (
            {"json_schema": 400, "json_object_schema": 400, "json_object": 501},
            ["json_schema", "json_object_schema", "json_object", "text"],
        ),
    ],
)
async def test_the_ladder_is_gone_down_once_and_remembered(refuses: dict[str, int], steps: list[str]) -> None:
    def script(body: dict[str, Any], _: int) -> Reply:
        status = refuses.get(asked_for(body))
        unknown = {"message": "1 validation error: literal_error, response_format"}
        return Reply(status=status, error=unknown) if status else Reply(text=GOOD)

    async with talk(script) as one:
        await one.ask()
        assert [asked_for(body) for body in one.fake.requests] == steps
        await one.ask()
        assert [asked_for(body) for body in one.fake.requests[len(steps) :]] == steps[-1:]


async def test_a_schema_taken_and_ignored_is_found_out_from_the_answer() -> None:
    def script(body: dict[str, Any], _: int) -> str:
        return "Here is the news." if asked_for(body) != "json_object" else GOOD

    async with talk(script) as one:
        assert (await one.ask()).word == "truce"
        assert [asked_for(body) for body in one.fake.requests][-1] == "json_object"


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{GOOD}\n```",
        f"Sure! Here it is: {GOOD} Hope it helps.",
        f'<think>Perhaps {{"word": "wrong", "count": 9}}?</think>\n{GOOD}',
        f'{{"other": 1}} no, rather {GOOD}',
    ],
    ids=["fenced", "small talk", "thoughts", "second thoughts"],
)
async def test_what_stands_around_the_json_is_left_out(text: str) -> None:
    async with talk(text) as one:
        assert await one.ask() == Shape(word="truce", count=2)
        assert len(one.fake.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(text="There is no news today."),
        Reply(text=""),
        Reply(text=GOOD, finish="length"),
        Reply(text=GOOD, finish="content_filter"),
        Reply(text=GOOD, finish=None),
        Reply(text=GOOD[:-4]),
        Reply(text='{"word": 7, "count": "x"}'),
        Reply(text="<think>" + GOOD),
        Reply(text=GOOD, refusal="I cannot."),
        Reply(text="{" * 20_000),
        Reply(text='{"word":' * 5_000),
    ],
    ids=(
        [
            "prose",
            "empty",
            "length",
            "filtered",
            "unfinished",
            "truncated",
            "wrong-types",
            "only-thoughts",
            "refusal",
            "braces",
            "deep",
        ]
    ),
)
async def test_an_answer_that_is_not_what_was_asked_for_is_bad_output(reply: Reply) -> None:
    async with talk(reply) as one:
        error = await one.fails()
        assert isinstance(error, Broken)
        assert error.code == Code.MODEL_BAD_OUTPUT


@pytest.mark.parametrize(
    "reply",
    [
        Reply(raw=b"<html>Welcome</html>", content_type="text/html"),
        Reply(error={"message": "upstream 502"}),
        Reply(raw=b'{"choices": []}'),
        Reply(raw=b'{"choices": "yes"}'),
        Reply(raw=b"\xff\xfe\x00garbage"),
        Reply(raw=b""),
        Reply(text=GOOD, cut=True),
        Reply(status=500, raw=b"<html>oops</html>", content_type="text/html"),
    ],
    ids=["html", "error object", "no choices", "odd choices", "garbage", "nothing", "cut off", "html 500"],
)
async def test_no_completion_is_retried_and_then_unavailable(reply: Reply) -> None:
    async with talk([reply, GOOD]) as one:
        assert (await one.ask()).count == 2
    async with talk(reply) as one:
        error = await one.fails()
        assert isinstance(error, Transient)
        assert error.code == Code.MODEL_UNAVAILABLE
        assert len(one.fake.requests) == 3


async def test_a_trickling_server_is_left_at_the_deadline() -> None:
    async with talk(Reply(text=GOOD, trickle=0.05), timeout=0.3, deadline=0.5) as one:
        error = await one.fails()
        assert isinstance(error, Transient)
        assert error.code == Code.MODEL_UNAVAILABLE


async def test_a_huge_answer_is_never_read_to_its_end() -> None:
    async with talk(Reply(text="x" * (3 << 20))) as one:
        error = await one.fails()
        assert (type(error), error.code) == (Broken, Code.MODEL_BAD_OUTPUT)
        assert len(one.fake.requests) == 1


async def test_a_compressed_answer_is_refused_unread() -> None:
    async with talk(Reply(raw=b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"})) as one:
        assert (await one.fails()).code == Code.MODEL_BAD_OUTPUT


async def test_nobody_at_the_address_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clock = VirtualClock(datetime(2026, 11, 23, tzinfo=UTC))
    client = ModelClient(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY, model="m1", clock=clock)
    with pytest.raises(Transient) as caught:
        await client.complete(
            [{"role": "user", "content": "x"}],
            shape=Shape,
            schema=SCHEMA,
            max_tokens=9,
            temperature=0,
            usage=Usage(),
        )
    await client.close()
    assert caught.value.code == Code.MODEL_UNAVAILABLE


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=401, error={"message": f"Incorrect API key provided: {KEY}"}),
        Reply(status=403, error={"message": "no"}),
        Reply(status=404, error={"message": "no such model m1"}),
        Reply(status=429, error={"message": "no money", "code": "insufficient_quota"}),
        Reply(status=301, headers={"Location": "http://127.0.0.1:1/v1"}),
    ],
    ids=["401", "403", "404", "quota", "redirect"],
)
async def test_a_refused_account_opens_the_circuit_until_a_person_acts(reply: Reply) -> None:
    async with talk([reply, GOOD]) as one:
        error = await one.fails()
        assert (type(error), error.code) == (Broken, Code.MODEL_CONFIG)
        assert "OPENAI_API_KEY" in error.hint
        assert (await one.fails()).code == Code.MODEL_CONFIG
        assert len(one.fake.requests) == 1
        one.clock.move(901)
        assert (await one.ask()).count == 2


async def test_a_server_that_is_down_is_not_asked_for_every_story() -> None:
    async with talk(Reply(status=500, error={"message": "x"}), attempts=1) as one:
        for _ in range(6):
            assert (await one.fails()).code == Code.MODEL_UNAVAILABLE
        assert len(one.fake.requests) == 3
        one.clock.move(121)
        await one.fails()
        assert len(one.fake.requests) == 4


async def test_bad_output_does_not_open_the_circuit() -> None:
    async with talk("prose") as one:
        for _ in range(5):
            await one.fails()
        one.fake.script = GOOD
        assert (await one.ask()).count == 2


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_the_key_is_in_no_error(status: int) -> None:
    said = {"message": f"bad key {KEY} (json_schema?)", "body": KEY}
    async with talk(Reply(status=status, error=said)) as one:
        error = await one.fails()
        seen: BaseException | None = error
        while seen is not None:
            assert KEY not in f"{seen} {seen!r} {seen.args} {getattr(seen, 'body', '')}"
            seen = seen.__cause__ or seen.__context__
        assert one.fake.keys[0] == f"Bearer {KEY}"


async def test_refused_parameters_are_changed_once_and_remembered() -> None:
    def script(body: dict[str, Any], _: int) -> Reply:
        if "max_tokens" in body:
            text = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return Reply(status=400, error={"message": text, "param": "max_tokens"})
        if "temperature" in body:
            text = "Unsupported value: 'temperature' does not support 0.2 with this model."
            return Reply(status=400, error={"message": text})
        return Reply(text=GOOD)

    async with talk(script) as one:
        await one.ask()
        assert len(one.fake.requests) == 3
        assert one.fake.requests[-1]["max_completion_tokens"] == 300
        await one.ask()
        assert len(one.fake.requests) == 4


async def test_a_server_that_refuses_every_parameter_ends_the_call() -> None:
    everything = {"message": "Unsupported parameter: max_tokens, max_completion_tokens, temperature"}
    async with talk(Reply(status=400, error=everything)) as one:
        assert (await one.fails()).code == Code.MODEL_BAD_OUTPUT
        assert len(one.fake.requests) < 12


async def test_usage_is_estimated_where_the_server_names_none_and_priced() -> None:
    async with talk(Reply(text=GOOD, usage=None), prices=DEAR) as one:
        await one.ask()
        assert one.usage.estimated
        assert one.usage.tokens_out == len(GOOD) // 4
        assert one.usage.cost == pytest.approx((one.usage.tokens_in + 4 * one.usage.tokens_out) / 1e6)


async def test_a_cost_that_the_server_names_is_taken() -> None:
    named = {"prompt_tokens": 5, "completion_tokens": 5, "cost": 0.25}
    async with talk(Reply(text=GOOD, usage=named), prices=DEAR) as one:
        await one.ask()
        assert one.usage.cost == 0.25


async def test_a_local_server_needs_no_key() -> None:
    async with fake_llm(GOOD) as fake:
        client = ModelClient(
            base_url=fake.url, model="m1", clock=VirtualClock(datetime(2026, 1, 1, tzinfo=UTC))
        )
        value = await client.complete(
            [{"role": "user", "content": "x"}],
            shape=Shape,
            schema=SCHEMA,
            max_tokens=9,
            temperature=0,
            usage=Usage(),
        )
        await client.close()
        assert value.word == "truce"
