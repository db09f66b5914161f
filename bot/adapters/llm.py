"""Calls a language model over the chat-completions interface that most servers speak.

What servers promise and what they do are two things, so nothing is taken on trust: an answer counts only when
it parses and fits the shape that was asked for. The structured-output ladder (strict schema; JSON with a
schema; JSON with the schema in the prompt; plain text) is remembered per model: a client is one base address.

The library's own retries are off: under tenacity they made twelve requests of one call. Its time limit is per
read, so a server that trickles a byte a second outlives it; :func:`asyncio.timeout` is the real limit.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import httpx2
import openai
from pydantic import BaseModel, ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from bot.adapters.ledger import Usage
from bot.adapters.llm_wire import (
    ANSWER_BYTES,
    Breaker,
    CappedTransport,
    NoAnswer,
    Reply,
    TooLarge,
    objects,
    speaks_of_format,
    sureness,
    told,
)
from bot.domain.budget import Price, Prices, most_tokens, tokens
from bot.errors import Broken, Code, DatelineError, Transient
from bot.ports import Clock

T = TypeVar("T", bound=BaseModel)
Message = Mapping[str, str]

OPENAI = "https://api.openai.com/v1"
MODES = ("json_schema", "json_object_schema", "json_object", "text")
"""The ladder of structured output, best first."""
PATIENCE = 30.0
"""Seconds that a server's Retry-After may ask of one call; more is left to the runner."""

_OPTIONS = ("temperature", "max_tokens", "max_completion_tokens")
_REFUSED = re.compile(
    r"unsupported|unrecogni[sz]ed|unknown|not (?:supported|permitted|allowed)|does not support",
    re.IGNORECASE,
)
_NO_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")


@dataclass(slots=True)
class _Caps:
    """What this model's server turned out to take."""

    mode: str = ""
    limit: str = "max_tokens"
    dropped: set[str] = field(default_factory=set)
    turned: set[str] = field(default_factory=set)


class ModelClient:
    """One server, one retry layer, a limit on parallel calls, and a breaker that stops asking a dead one.

    Args:
        model: the model's name at the server.
        clock: sleeps between retries and times the breaker.
        base_url: ``""`` means the OpenAI address.
        api_key: ``""`` means none is needed (local servers); the library insists on one, so it gets a dummy.
        timeout: seconds for one request, answer included.
        deadline: seconds for a whole call with its retries, once it may start.
        attempts: requests before a temporary failure is passed on.
        concurrency: calls at once; further ones wait.
        prices: for what may be spent, and for the cost where the server names none; None: all is free.
        chance: 0 to 1, spreads the retries.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        *,
        model: str,
        clock: Clock,
        base_url: str | None = "",
        api_key: str = "",
        timeout: float = 60.0,
        deadline: float = 120.0,
        attempts: int = 3,
        concurrency: int = 4,
        prices: Prices | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.model, self.clock = model, clock
        self._where = urlsplit(base_url or OPENAI).hostname or "the model's server"
        self._key, self._prices, self._chance = api_key, prices, chance
        self._timeout, self._deadline, self._attempts = timeout, deadline, attempts
        self._gate = asyncio.Semaphore(concurrency)
        self._caps: dict[str, _Caps] = {}
        self._breaker = Breaker(clock)
        self._openai = openai.AsyncOpenAI(
            base_url=base_url or OPENAI,
            api_key=api_key or "not-needed",
            max_retries=0,
            timeout=timeout,
            # Compressed answers are not asked for: the cap then counts what is kept in memory.
            default_headers={"Accept-Encoding": "identity"},
            http_client=httpx2.AsyncClient(transport=CappedTransport(), follow_redirects=False),
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._openai.close()

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        shape: type[T],
        schema: Mapping[str, Any],
        max_tokens: int,
        temperature: float,
        usage: Usage,
        model: str = "",
    ) -> T:
        """The model's answer, valid as ``shape``.

        Args:
            messages: role and content of each.
            shape: validates the answer, whatever the server claims to have enforced.
            schema: the same shape as JSON Schema: closed objects, all fields required, no ``$ref``.
            max_tokens: of the answer, thinking included.
            temperature: 0 to 2; left out where the server refuses it.
            usage: counts what this call costs, also when it fails.
            model: another one than the client's.

        Raises:
            Transient: model_unavailable: no answer in time, too many requests, the server is in trouble.
            Broken: model_bad_output: answered, but not with what was asked for; model_config: the key, the
                model's name or the account is refused.
        """
        self._breaker.check()
        call = _Call(self, messages, shape, schema, max_tokens, temperature, usage, model or self.model)
        async with self._gate:
            try:
                async with asyncio.timeout(self._deadline):
                    value = cast("T", await call.run())
            except TimeoutError as error:
                failure = self.unavailable(f"no complete answer within {self._deadline:g} s", None)
                self._breaker.failed(failure)
                raise failure from error
            except DatelineError as failure:
                self._breaker.failed(failure)
                raise
        self._breaker.worked()
        return value

    async def sureness(self, messages: Sequence[Message], *, usage: Usage, model: str = "") -> float:
        """How sure the model is of Yes rather than No, 0 to 1, by the probability of its first token.

        Raises:
            Transient, Broken: as :meth:`complete`; model_bad_output where the server gives no probabilities.
        """
        self._breaker.check()
        caps = self.caps(model or self.model)
        request = {
            "model": model or self.model,
            "messages": [dict(one) for one in messages],
            "logprobs": True,
            "top_logprobs": 10,
        }
        request |= {caps.limit: 4, "temperature": 0.0} if not caps.dropped else {}
        async with self._gate:
            try:
                async with asyncio.timeout(self._deadline):
                    reply = await self.send(request, usage)
            except (openai.OpenAIError, NoAnswer, TooLarge, TimeoutError) as error:
                raise self.bad_output("it gives no probabilities") from self.redact(error)
        self.charge(usage, reply, request)
        found = sureness(reply)
        if found is None:
            raise self.bad_output("it gives no probabilities")
        return found

    async def listed(self) -> Mapping[str, Any]:
        """The server's list of models as it gives it; empty where it gives none."""
        try:
            async with asyncio.timeout(self._timeout):
                raw = await self._openai.models.with_raw_response.list()
            found = json.loads(raw.http_response.content)
        except (openai.OpenAIError, TooLarge, TimeoutError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    async def reached(self) -> frozenset[str]:
        """The models that the server lists, none where it keeps no list: it is there in any case.

        Raises:
            Transient: nobody answers.
            Broken: model_config: it refuses the key.
        """
        try:
            async with asyncio.timeout(min(self._timeout, 10.0)):
                page = await self._openai.models.list()
            return frozenset(str(one.id) for one in page.data or ())
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise Broken("the server refuses the key", code=Code.MODEL_CONFIG, host=self._where) from error
        except (openai.APIConnectionError, TooLarge, TimeoutError) as error:
            raise self.unavailable("nobody answers", None) from error
        except openai.APIStatusError as error:
            if error.status_code >= 500:
                raise self.unavailable(f"it answers {error.status_code}", None) from error
            return frozenset()
        except (openai.OpenAIError, ValueError, AttributeError):  # an answer, if none of the usual kind
            return frozenset()

    def unavailable(self, why: str, retry_after: float | None) -> Transient:
        """The model cannot be had now."""
        return Transient(
            f"the model is not available: {why}",
            code=Code.MODEL_UNAVAILABLE,
            retry_after=retry_after,
            hint="Digests go on with excerpts; see whether the server runs.",
            model=self.model,
            host=self._where,
        )

    def bad_output(self, why: str) -> Broken:
        """It answered, and the answer is of no use."""
        return Broken(
            f"the model's answer is of no use: {why}",
            code=Code.MODEL_BAD_OUTPUT,
            hint="If it keeps failing: a larger model, or a higher max_output_tokens in the prompt file.",
            model=self.model,
            host=self._where,
        )

    def refused(self, why: str) -> Broken:
        """A person must change a setting first."""
        return Broken(
            f"the model's server refuses us: {why}",
            code=Code.MODEL_CONFIG,
            hint="Check OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL and the account's quota.",
            model=self.model,
            host=self._where,
        )

    def redact(self, error: BaseException) -> BaseException:
        """The error with the key taken out of it and of its causes: servers like to repeat it."""
        seen: BaseException | None = error
        while seen is not None:
            seen.args = tuple(self._clean(one) if isinstance(one, str) else one for one in seen.args)
            if isinstance(seen, openai.APIError):
                seen.message, seen.body = self._clean(seen.message), None
            seen = seen.__cause__ or seen.__context__
        return error

    def _clean(self, text: str) -> str:
        if len(self._key) > 3:
            text = text.replace(self._key, "***")
        return re.sub(r"\b(sk|pk|rk)-[\w*-]{6,}", "***", text)[:300]

    async def send(self, request: Mapping[str, Any], usage: Usage) -> Reply:
        """One request, retried while that may help. Raises what the library raises, or :class:`NoAnswer`."""
        await self._reserve(request, usage)
        retrying = AsyncRetrying(
            sleep=self.clock.sleep,
            stop=stop_after_attempt(self._attempts),
            wait=self._wait,
            retry=retry_if_exception(self._temporary),
            reraise=True,
        )
        return cast("Reply", await retrying(self._once, request, usage))

    async def _reserve(self, request: Mapping[str, Any], usage: Usage) -> None:
        if usage.allow is None:
            return
        said = json.dumps([request["messages"], request.get("response_format", "")], ensure_ascii=False)
        answer = next(
            (request[one] for one in ("max_tokens", "max_completion_tokens") if one in request), 4096
        )
        await usage.allow(usage.cost + self.price(request["model"]).cost(most_tokens(said), answer))

    def price(self, model: str) -> Price:
        """What this model costs."""
        return self._prices.of(model) if self._prices else Price(tokens_in=0.0, tokens_out=0.0)

    async def _once(self, request: Mapping[str, Any], usage: Usage) -> Reply:
        usage.requests += 1
        try:
            async with asyncio.timeout(self._timeout):
                raw = await self._openai.chat.completions.with_raw_response.create(**request)
        except BaseException as error:
            if _may_be_charged(error):
                asked = sum(tokens(one["content"]) for one in request["messages"])
                usage.tokens_in += asked
                usage.cost += self.price(request["model"]).cost(asked, 0)
                usage.estimated = True
            raise
        body = raw.http_response.content
        try:
            return Reply.model_validate_json(body)
        except ValidationError as error:
            raise NoAnswer(f"status 200 without a completion: {body[:120]!r}") from error

    def _temporary(self, error: BaseException) -> bool:
        if isinstance(error, openai.APIStatusError):
            if error.status_code == 429:
                return error.code not in _NO_MONEY and (self.retry_after(error) or 0.0) <= PATIENCE
            return error.status_code in (408, 409) or (
                error.status_code >= 500 and not speaks_of_format(error)
            )
        if isinstance(error, openai.APIConnectionError):
            return not isinstance(error.__cause__, TooLarge)
        return isinstance(error, TimeoutError | NoAnswer)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = self.retry_after(error) if isinstance(error, openai.APIStatusError) else None
        if asked is not None:
            return min(asked, PATIENCE) + 0.5 * self._chance()
        return float(min(8.0, 2.0 ** (state.attempt_number - 1)) * (0.5 + 0.5 * self._chance()))

    def retry_after(self, error: openai.APIStatusError) -> float | None:
        """Seconds that the server asked for, if it did."""
        said = error.response.headers.get("retry-after", "").strip()
        if not said:
            return None
        try:
            return max(0.0, float(said))
        except ValueError:
            pass
        try:
            return max(0.0, (email.utils.parsedate_to_datetime(said) - self.clock.now()).total_seconds())
        except (ValueError, TypeError):
            return None

    def caps(self, model: str) -> _Caps:
        """What is known of this model's server."""
        return self._caps.setdefault(model, _Caps())

    def charge(self, usage: Usage, reply: Reply, request: Mapping[str, Any]) -> None:
        """Count a reply."""
        answer = reply.choices[0].message.content or ""
        named = reply.usage if reply.usage and reply.usage.prompt_tokens else None
        asked = sum(tokens(one["content"]) for one in request["messages"])
        tokens_in = named.prompt_tokens if named else asked
        tokens_out = named.completion_tokens if named else tokens(answer)
        usage.tokens_in, usage.tokens_out = usage.tokens_in + tokens_in, usage.tokens_out + tokens_out
        usage.estimated = usage.estimated or named is None
        if named and named.cost is not None:
            usage.cost += named.cost
        else:
            usage.cost += self.price(request["model"]).cost(tokens_in, tokens_out)


def _may_be_charged(error: BaseException) -> bool:
    """Whether the server may have worked, and may want money, for a request that no answer came to.

    A limit of time that passed, a caller who gave up, a body that broke off or grew too large: the prompt was
    read. A refused connection or a status that is an error costs nothing.
    """
    causes = (error, error.__cause__)
    if any(isinstance(one, httpx2.ConnectError | httpx2.ConnectTimeout) for one in causes):
        return False
    kinds = (TimeoutError, asyncio.CancelledError, httpx2.ReadTimeout, httpx2.ReadError, TooLarge)
    return any(isinstance(one, (*kinds, httpx2.RemoteProtocolError)) for one in causes)


class _Call:
    """One call going down the ladder."""

    def __init__(  # noqa: PLR0913, PLR0917 - the arguments of ModelClient.complete
        self,
        client: ModelClient,
        messages: Sequence[Message],
        shape: type[BaseModel],
        schema: Mapping[str, Any],
        max_tokens: int,
        temperature: float,
        usage: Usage,
        model: str,
    ) -> None:
        self.client, self.messages, self.shape, self.schema = client, messages, shape, schema
        self.max_tokens, self.temperature, self.usage, self.model = max_tokens, temperature, usage, model
        self.caps = client.caps(model)

    async def run(self) -> Any:
        """The valid answer. Raises as :meth:`ModelClient.complete`."""
        modes = list(MODES[MODES.index(self.caps.mode) :] if self.caps.mode else MODES)
        while True:
            request = self._request(modes[0])
            try:
                reply = await self.client.send(request, self.usage)
            except openai.APIStatusError as error:
                if self._adapt(error):
                    continue
                if speaks_of_format(error) and len(modes) > 1:
                    del modes[0]
                    continue
                raise self._failure(error) from self.client.redact(error)
            except (openai.OpenAIError, NoAnswer, TooLarge, TimeoutError, ValueError) as error:
                raise self._failure(error) from self.client.redact(error)
            self.client.charge(self.usage, reply, request)
            try:
                value = self._value(reply)
            except ValueError as error:
                # A server that takes a schema and ignores it is found out only here; an answer that was cut
                # off for its length tells nothing of that, and would be cut off, and paid for, on each step.
                cut = reply.choices[0].finish_reason == "length"
                if not self.caps.mode and len(modes) > 1 and not cut:
                    del modes[0]
                    continue
                raise self.client.bad_output(str(error)) from error
            self.caps.mode = modes[0]
            return value

    def _request(self, mode: str) -> dict[str, Any]:
        messages = [dict(one) for one in self.messages]
        schema = dict(self.schema)
        request: dict[str, Any] = {"model": self.model, "messages": messages}
        if mode == "json_schema":
            named = {"name": "answer", "strict": True, "schema": schema}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        elif mode == "json_object_schema":
            request["response_format"] = {"type": "json_object", "schema": schema}
        elif mode == "json_object":
            request["response_format"] = {"type": "json_object"}
        if mode in {"json_object", "text"}:
            told = json.dumps(schema, separators=(",", ":"), ensure_ascii=False)
            messages[-1]["content"] += (
                f"\n\nAnswer with one JSON object of this JSON Schema and nothing else:\n{told}"
            )
        options = {self.caps.limit: self.max_tokens, "temperature": self.temperature}
        return request | {key: value for key, value in options.items() if key not in self.caps.dropped}

    def _adapt(self, error: openai.APIStatusError) -> bool:
        """Remember a parameter that this server refuses; True when another request makes sense."""
        if error.status_code not in {400, 422}:
            return False
        text = told(error)
        named = [one for one in _OPTIONS if one == error.param] or [
            one for one in _OPTIONS if _REFUSED.search(text) and re.search(rf"\b{one}\b", text)
        ]
        sent = {self.caps.limit, "temperature"} - self.caps.dropped
        culprit = next((one for one in named if one in sent), None)
        if culprit is None:
            return False
        if culprit == self.caps.limit and culprit not in self.caps.turned:
            self.caps.turned.add(culprit)
            other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}[culprit]
            if other in self.caps.turned:
                self.caps.dropped |= {culprit, other}
            else:
                self.caps.limit = other
        else:
            self.caps.dropped.add(culprit)
        return True

    def _value(self, reply: Reply) -> BaseModel:
        choice = reply.choices[0]
        if choice.message.refusal:
            raise ValueError("it refused")
        if choice.finish_reason != "stop":
            raise ValueError(f"it did not finish (finish_reason {choice.finish_reason!r:.40})")
        fault = "no JSON object in it"
        for found in objects(choice.message.content or ""):
            try:
                return self.shape.model_validate(found)
            except ValidationError as error:
                first = error.errors(include_input=False, include_url=False)[0]
                fault = f"{'.'.join(str(one) for one in first['loc'])}: {first['msg']}"
        raise ValueError(fault)

    def _failure(self, error: Exception) -> DatelineError:
        client = self.client
        if isinstance(error, openai.APIStatusError):
            status, code = error.status_code, error.code
            if status in {401, 403, 404} or 300 <= status < 400 or code in _NO_MONEY:
                return client.refused(f"status {status}{f', {code}' if code in _NO_MONEY else ''}")
            if status in {400, 413, 415, 422}:
                return client.bad_output(f"the request was refused with status {status}")
            return client.unavailable(f"status {status}", client.retry_after(error))
        if isinstance(error, TimeoutError | openai.APITimeoutError):
            return client.unavailable("no complete answer in time", None)
        if isinstance(error, TooLarge) or isinstance(error.__cause__, TooLarge):
            return client.bad_output(f"over {ANSWER_BYTES} bytes")
        return client.unavailable("no usable answer", None)
