"""One suite over every embedder; then what only a server can do wrong."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import numpy as np
import psutil
import pytest

from bot.adapters.clock import SystemClock, VirtualClock
from bot.adapters.embedders import process
from bot.adapters.embedders.offline import CHUNK, OfflineEmbedder, installed
from bot.adapters.embedders.server import ServerEmbedder
from bot.errors import Broken, Code, DatelineError, Transient
from bot.ports import Embedder
from tests.fake_embeddings import Answer, answering, fake_embeddings, letters
from tests.fake_llm import Reply

HARD = [
    "",
    " ",
    "Ships collided.",
    "船只相撞。",
    "اصطدمت سفينتان.",
    "\x00",
    "\ud800",
    "🚢" * 40,
    "word " * 3000,
]


def server(url: str, **options: float) -> ServerEmbedder:
    clock = VirtualClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
    return ServerEmbedder(model="m", clock=clock, base_url=url, api_key="sk-secret-key", **options)  # type: ignore[arg-type]


@pytest.fixture(params=["offline, in a thread", "server"])
async def embedder(request: pytest.FixtureRequest) -> AsyncIterator[Embedder]:
    if request.param == "server":
        async with fake_embeddings() as fake:
            one = server(fake.url)
            yield one
            await one.close()
        return
    if not installed():
        pytest.skip("the extra embedder is not installed")
    other = OfflineEmbedder(workers=0)
    yield other
    await other.close()


async def test_a_vector_of_length_one_for_each_text_whatever_it_is(embedder: Embedder) -> None:
    found = await embedder.embed([text for text in HARD if text != "\ud800" or embedder.languages])
    assert found.dtype == np.float32
    assert found.shape[0] >= len(HARD) - 1
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-3)


async def test_a_text_has_the_same_vector_alone_and_among_others(embedder: Embedder) -> None:
    texts = [f"Ship number {number} sank off the coast." for number in range(100)]
    together = await embedder.embed(texts)
    (alone,) = await embedder.embed(texts[70:71])
    assert together[70] == pytest.approx(alone, abs=1e-4)


async def test_no_texts_have_no_vectors(embedder: Embedder) -> None:
    assert len(await embedder.embed([])) == 0


async def test_an_embedder_has_a_name_that_says_which(embedder: Embedder) -> None:
    assert len(embedder.name) > 3
    assert "secret" not in embedder.name


@pytest.mark.skipif(not installed(), reason="the extra embedder is not installed")
def test_the_offline_models_own_pass_gives_what_its_package_gives() -> None:
    package = importlib.import_module(process.MODULE).USE(threads=1)
    texts = [text for text in HARD if text != "\ud800"]
    texts += [f"Ship {number} sank off {'the coast of ' * (number % 7)}Tartus." for number in range(200)]
    assert np.abs(process.encode(texts) - package.encode(texts)).max() < 1e-5


@pytest.mark.skipif(not installed(), reason="the extra embedder is not installed")
async def test_the_offline_model_knows_what_means_the_same_in_its_processes() -> None:
    embedder = OfflineEmbedder(workers=1)
    try:
        english, chinese, other = await embedder.embed(
            ["Two ships collided in the strait.", "两艘船在海峡相撞。", "The singer won a prize."]
        )
    finally:
        await embedder.close()
    assert english @ chinese > english @ other + 0.2


@pytest.mark.skipif(not installed(), reason="the extra embedder is not installed")
@pytest.mark.parametrize("forked", [True, False], ids=["one that was forked", "the one that forks"])
@pytest.mark.parametrize("busy", [True, False], ids=["at work", "with nothing to do"])
async def test_what_a_killed_process_was_asked_is_asked_again(forked: bool, busy: bool) -> None:
    texts = [f"Ship {number} collided in the strait." for number in range(20 * CHUNK)]
    embedder = OfflineEmbedder(workers=2)
    try:
        expected = await embedder.embed(texts)
        (parent,) = (one for one in psutil.Process().children() if "embedders.process" in str(one.cmdline()))
        victim = parent.children()[0] if forked else parent
        work = asyncio.create_task(embedder.embed(texts)) if busy else None
        await SystemClock().sleep(0.05)
        assert work is None or not work.done()  # else nothing is left that could be asked again
        victim.kill()
        found = await (work or embedder.embed(texts))
        assert not parent.is_running() or parent.status() == psutil.STATUS_ZOMBIE
    finally:
        await embedder.close()
    assert np.allclose(found, expected, atol=1e-5)


# ------------------------------------------------------------------------------------------ a server's faults


def says(body: object, **how: object) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda texts: Reply(raw=raw, **how)  # type: ignore[arg-type]


def rows(make: Callable[[list[str]], list[object]]) -> Answer:
    return lambda texts: Reply(
        raw=json.dumps(
            {"data": [{"index": at, "embedding": one} for at, one in enumerate(make(texts))]}
        ).encode()
    )


FAULTS: dict[str, tuple[Answer, type[DatelineError], Code]] = {
    "refused key": (says({}, status=401), Broken, Code.MODEL_CONFIG),
    "no such model": (says({}, status=404), Broken, Code.MODEL_CONFIG),
    "redirected": (
        says({}, status=302, headers={"Location": "http://x.example/"}),
        Broken,
        Code.MODEL_CONFIG,
    ),
    "too much asked": (says({}, status=413), Broken, Code.MODEL_BAD_OUTPUT),
    "busy": (says({}, status=429), Transient, Code.MODEL_UNAVAILABLE),
    "in trouble": (says({}, status=503), Transient, Code.MODEL_UNAVAILABLE),
    "slow": (lambda texts: Reply(raw=answering(texts).raw, trickle=2.0), Transient, Code.MODEL_UNAVAILABLE),
    "cut off": (lambda texts: Reply(raw=answering(texts).raw, cut=True), Transient, Code.MODEL_UNAVAILABLE),
    "no JSON": (says(b"<html>Welcome</html>"), Broken, Code.MODEL_BAD_OUTPUT),
    "an error object": (says({"error": "no"}), Broken, Code.MODEL_BAD_OUTPUT),
    "too few": (rows(lambda texts: [letters(one) for one in texts[1:]]), Broken, Code.MODEL_BAD_OUTPUT),
    "uneven": (
        rows(lambda texts: [[1.0] * (2 + n) for n, _ in enumerate(texts)]),
        Broken,
        Code.MODEL_BAD_OUTPUT,
    ),
    "zeros": (rows(lambda texts: [[0.0, 0.0] for _ in texts]), Broken, Code.MODEL_BAD_OUTPUT),
    "not finite": (
        says(b'{"data":[{"embedding":[1e999,1]},{"embedding":[1,1]}]}'),
        Broken,
        Code.MODEL_BAD_OUTPUT,
    ),
    "words": (rows(lambda texts: [["a", "b"] for _ in texts]), Broken, Code.MODEL_BAD_OUTPUT),
    "huge": (says(b'{"data": "' + b"x" * (5 << 20) + b'"}'), Broken, Code.MODEL_BAD_OUTPUT),
    "a bomb": (says(b"x", headers={"Content-Encoding": "gzip"}), Broken, Code.MODEL_BAD_OUTPUT),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_bad_server_is_told_in_plain_words_and_without_the_key(name: str) -> None:
    answer, kind, code = FAULTS[name]
    async with fake_embeddings(answer) as fake:
        embedder = server(fake.url, timeout=0.5 if name == "slow" else 10.0)
        with pytest.raises(kind) as caught:
            await embedder.embed(["one", "two"])
        await embedder.close()
    assert caught.value.code == code
    assert caught.value.hint
    assert "sk-secret" not in f"{caught.value}{caught.value.__cause__}"


async def test_a_server_that_is_not_there_is_not_asked_for_ever() -> None:
    embedder = server("http://127.0.0.1:9/v1")
    for _ in range(3):
        with pytest.raises(Transient):
            await embedder.embed(["one"])
    with pytest.raises(Transient, match="not asked for another"):
        await embedder.embed(["one"])
    await embedder.close()


async def test_a_busy_server_is_asked_once_more() -> None:
    turns = iter([Reply(raw=b"{}", status=429)])
    async with fake_embeddings(lambda texts: next(turns, None) or answering(texts)) as fake:
        embedder = server(fake.url)
        assert len(await embedder.embed(["one"])) == 1
        await embedder.close()
    assert len(fake.requests) == 2
    assert fake.keys == ["Bearer sk-secret-key"] * 2
