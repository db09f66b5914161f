"""Vectors from any server that speaks OpenAI's ``/embeddings``.

What servers promise and what they do are two things: an answer counts only when it holds one vector of the
same length for each text, all of finite numbers and none of them zero.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx2
import numpy as np
import openai
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from bot.adapters.llm_wire import Breaker, CappedTransport, TooLarge
from bot.errors import Broken, Code, DatelineError, Transient
from bot.ports import Clock

CHUNK = 32
"""Texts a request. 32 vectors of 4,096 numbers with ten digits each are 1.5 MB."""
ANSWER_BYTES = 4 << 20
LENGTH = 8192  # numbers that a vector has at most


class _Row(BaseModel):
    index: int | None = None
    embedding: list[float] = Field(min_length=2, max_length=LENGTH)


class _Answer(BaseModel):
    data: list[_Row]


class ServerEmbedder:
    """See :class:`bot.ports.Embedder`.

    Args:
        model: the model's name at the server.
        clock: sleeps between retries and times the breaker.
        base_url: ends in ``/v1``, as a rule; ``""`` means the OpenAI address.
        api_key: ``""`` where none is needed.
        timeout: seconds for one request, answer included.
        attempts: requests before a temporary failure is passed on.
    """

    languages = None

    def __init__(
        self,
        *,
        model: str,
        clock: Clock,
        base_url: str = "",
        api_key: str = "",
        timeout: float = 30.0,
        attempts: int = 2,
    ) -> None:
        where = urlsplit(base_url or "https://api.openai.com").hostname or "server"
        self.name = f"{model}@{where}"
        self._model, self._clock, self._timeout, self._attempts = model, clock, timeout, attempts
        self._breaker = Breaker(clock)
        self._openai = openai.AsyncOpenAI(
            base_url=base_url or None,
            api_key=api_key or "not-needed",
            max_retries=0,
            timeout=timeout,
            default_headers={"Accept-Encoding": "identity"},
            http_client=httpx2.AsyncClient(transport=CappedTransport(ANSWER_BYTES), follow_redirects=False),
        )

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See :meth:`bot.ports.Embedder.embed`."""
        self._breaker.check()
        rows: list[NDArray[np.float32]] = []
        try:
            for start in range(0, len(texts), CHUNK):
                part = [text or " " for text in texts[start : start + CHUNK]]
                rows += [await self._chunk(part)]
        except DatelineError as failure:
            self._breaker.failed(failure)
            raise
        self._breaker.worked()
        if len({row.shape[1] for row in rows}) > 1:
            raise self._useless("vectors of different lengths")
        return np.concatenate(rows) if rows else np.empty((0, 0), dtype=np.float32)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._openai.close()

    async def _chunk(self, texts: list[str]) -> NDArray[np.float32]:
        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            stop=stop_after_attempt(self._attempts),
            wait=wait_exponential(max=8),
            retry=retry_if_exception(lambda error: isinstance(error, Transient)),
            reraise=True,
        )
        body: bytes = await retrying(self._ask, texts)
        try:
            answer = _Answer.model_validate_json(body)
        except ValidationError as error:
            raise self._useless(f"no list of vectors: {body[:80]!r}") from error
        if len(answer.data) != len(texts) or len({len(row.embedding) for row in answer.data}) != 1:
            raise self._useless(f"{len(answer.data)} vectors for {len(texts)} texts")
        places = [row.index for row in answer.data]
        if sorted(place if place is not None else -1 for place in places) == list(range(len(texts))):
            answer.data.sort(key=lambda row: row.index or 0)
        found = np.array([row.embedding for row in answer.data], dtype=np.float64)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        if not np.isfinite(found).all() or not all(math.isfinite(x) and x > 0 for x in lengths.ravel()):
            raise self._useless("numbers that are none")
        unit: NDArray[np.float32] = (found / lengths).astype(np.float32)
        return unit

    async def _ask(self, texts: list[str]) -> bytes:
        try:
            async with asyncio.timeout(self._timeout):
                raw = await self._openai.embeddings.with_raw_response.create(
                    model=self._model, input=texts, encoding_format="float"
                )
            return bytes(raw.http_response.content)
        except openai.APIStatusError as error:
            raise self._refused(error.status_code) from None  # its text may repeat the key
        except TimeoutError:
            raise self._away("no complete answer in time") from None
        except (openai.OpenAIError, TooLarge, ValueError) as error:
            if isinstance(error, TooLarge) or isinstance(error.__cause__, TooLarge):
                raise self._useless(f"over {ANSWER_BYTES} bytes") from None
            raise self._away(f"no answer ({type(error).__name__})") from None

    def _refused(self, status: int) -> DatelineError:
        if status in {408, 409, 429} or status >= 500:
            return self._away(f"status {status}")
        if status in {400, 413, 422}:
            return self._useless(f"the request was refused with status {status}")
        return Broken(
            f"the embedder's server refuses us: status {status}",
            code=Code.MODEL_CONFIG,
            hint="Check DATELINE_EMBEDDER, DATELINE_EMBEDDER_MODEL and DATELINE_EMBEDDER_URL.",
            model=self.name,
        )

    def _away(self, why: str) -> Transient:
        return Transient(
            f"the embedder is not available: {why}",
            code=Code.MODEL_UNAVAILABLE,
            hint="Stories go on by words; see whether the server runs.",
            model=self.name,
        )

    def _useless(self, why: str) -> Broken:
        return Broken(
            f"the embedder's answer is of no use: {why}",
            code=Code.MODEL_BAD_OUTPUT,
            hint="Is it an embedding model?",
            model=self.name,
        )
