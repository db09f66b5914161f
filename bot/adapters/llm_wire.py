"""Between us and a model: what may come in, how it is read, and when the server is not asked at all."""

from __future__ import annotations

import json
import math
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import httpx2
import openai
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import Broken, Code, DatelineError, Transient
from bot.ports import Clock

ANSWER_BYTES = 1 << 20
"""An answer is a few kilobytes; a body over 1 MiB is an error, never read to its end."""

CONFIG_PAUSE = 900.0
"""Seconds without a request after a refused key or an unknown model: a person must act first."""
OUTAGE_PAUSE = 120.0
"""Seconds without a request after :data:`OUTAGE_CALLS` calls in a row failed."""
OUTAGE_CALLS = 3

_FORMAT = re.compile(
    r"response_format|json_schema|json_object|structured|grammar|schema|literal_error|guided", re.IGNORECASE
)
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)


class Said(BaseModel):
    """What the model said."""

    model_config = ConfigDict(extra="ignore")
    content: str | None = None
    refusal: str | None = None


class Likely(BaseModel):
    """A token that might have come, with the logarithm of its probability."""

    token: str = ""
    logprob: float = -99.0


class Place(BaseModel):
    """One token of the answer, and the likeliest in its place."""

    top_logprobs: list[Likely] = Field(default_factory=list)


class Logprobs(BaseModel):
    """How sure the model was, token for token."""

    content: list[Place] | None = None


class Choice(BaseModel):
    """One answer; only the first is used."""

    finish_reason: str | None = None
    message: Said
    logprobs: Logprobs | None = None


class Tokens(BaseModel):
    """What it cost, where the server says so; some routers name dollars."""

    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    cost: float | None = None


class Reply(BaseModel):
    """A completion."""

    choices: list[Choice] = Field(min_length=1)
    usage: Tokens | None = None


class NoAnswer(Exception):
    """Status 200 with something that is no completion: an error page or an error object."""


class TooLarge(Exception):
    """The body is larger than it may be."""


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, most: int) -> None:
        self._stream = stream
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > self._most:
                raise TooLarge(f"over {self._most} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class CappedTransport(httpx2.AsyncHTTPTransport):
    """Takes in ``most`` bytes at most, and nothing compressed, which could unfold to gigabytes."""

    def __init__(self, most: int = ANSWER_BYTES) -> None:
        super().__init__()
        self._most = most

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange, with the cap around its body."""
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
            await response.aclose()
            raise TooLarge("compressed, although plain was asked for")
        response.stream = _CappedStream(cast("httpx2.AsyncByteStream", response.stream), self._most)
        return response


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a model's text, thoughts, fences and small talk around them left out (50 tries)."""
    text = _THOUGHT.sub("", text)
    decoder, at = json.JSONDecoder(), 0
    for _ in range(50):
        at = text.find("{", at)
        if at < 0:
            return
        try:
            found, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            at += 1
            continue
        if isinstance(found, dict):
            yield found
        at = end


def sureness(reply: Reply) -> float | None:
    """How much likelier Yes is than No as the first token that says either, 0 to 1; None: it does not say."""
    logprobs = reply.choices[0].logprobs
    for place in (logprobs.content if logprobs and logprobs.content else [])[:3]:
        said = {"yes": 0.0, "no": 0.0}
        for one in place.top_logprobs:
            word = re.sub(r"\W", "", one.token).casefold()
            if word in said:
                said[word] += math.exp(min(0.0, one.logprob))
        if sum(said.values()) > 0:
            return said["yes"] / sum(said.values())
    return None


class Breaker:
    """Stops asking: at once when a person must act, after some calls in a row when the server is down."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._until = 0.0
        self._why: DatelineError | None = None

    def check(self) -> None:
        """Raise the failure that opened it, while it is open."""
        left = self._until - self._clock.monotonic()
        if self._why is None or left <= 0:
            return
        message, ids = f"not asked for another {left:.0f} s: {self._why.message}", self._why.ids
        if isinstance(self._why, Broken):
            raise Broken(message, code=self._why.code, hint=self._why.hint, **ids)
        raise Transient(message, code=self._why.code, hint=self._why.hint, retry_after=left, **ids)

    def failed(self, why: DatelineError) -> None:
        """Count a failed call."""
        if why.code in {Code.MODEL_BAD_OUTPUT, Code.MODEL_BUDGET}:
            return  # the server is well
        self._failures += 1
        pause = CONFIG_PAUSE if why.code == Code.MODEL_CONFIG else OUTAGE_PAUSE
        if why.code == Code.MODEL_CONFIG or self._failures >= OUTAGE_CALLS:
            self._why, self._until = why, self._clock.monotonic() + pause

    def worked(self) -> None:
        """Close it."""
        self._failures, self._why = 0, None


def speaks_of_format(error: openai.APIStatusError) -> bool:
    """Whether the server means the answer's format; one that is asked nicely for a schema may answer 500."""
    return error.status_code in {400, 404, 415, 422, 500, 501} and bool(_FORMAT.search(told(error)))


def told(error: openai.APIStatusError) -> str:
    """All that the server says about an error."""
    return f"{error.message} {error.body!r:.2000}"
