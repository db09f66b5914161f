"""Processes that parse and can be killed.

One pipe for each process: a process that is killed in the middle of a message harms nobody else. (A shared
queue, as in common process pools, is left locked or torn by such a kill.) They are plain subprocesses:
nothing of the parent's state, threads or secrets comes along, and it does not matter what the parent's main
module is.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import queue
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, cast

import psutil

from bot.adapters.parsing.worker import read_frame, write_frame
from bot.errors import Broken, Code, DatelineError, Misconfigured
from bot.types import Entry, ParsedFeed, Reading, Response

FEED_TASK = "bot.adapters.parsing.bodies:parse_feed"
AGAIN_TASK = "bot.adapters.parsing.bodies:parse_again"
READ_TASK = "bot.adapters.extraction:read_entry"
BODY_LIMIT = 8 * 1024 * 1024
"""Bytes. The web client stops at 5 MB; this is the second door, for bodies that come from elsewhere."""
START_SECONDS = 60.0
"""To start Python and import the parsers: 0.2 to 2 s on a quiet machine; not counted as parsing."""
TASKS_BEFORE_RENEWAL = 1000
"""Parsers leak a little and memory gets holes; a renewal costs about half a second."""
REMEMBERED_BYTES = 32 * 1024 * 1024
"""What is remembered of the last bodies of all feeds together: 8,000 feeds of 20 entries."""
TICK = 0.05
_MAIN = "from bot.adapters.parsing.worker import main; main()"
# What a parser process may know of the environment; keys and tokens are not among it.
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",
)
_ENVIRONMENT_PREFIXES = ("COV", "PYTHON")


class _Worker:
    """One process and its pipes. Used by one thread at a time; the watch judges it from another."""

    def __init__(self, limit: int) -> None:
        environment = {
            key: value
            for key, value in os.environ.items()
            if key in _ENVIRONMENT or key.startswith(_ENVIRONMENT_PREFIXES)
        }
        environment["PYTHONPATH"] = os.pathsep.join(path or "." for path in sys.path)
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [sys.executable, "-c", _MAIN, str(limit)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # an interrupt at the terminal is not for it
        )
        self.vitals = psutil.Process(self.process.pid)
        self.deadline = math.inf  # on time.monotonic's scale; infinite while it has nothing to do
        self.killed: Code | None = None
        self.tasks = 0
        self.lock = threading.Lock()

    def resident(self) -> int:
        """Bytes of resident memory, 0 for a process that is gone."""
        try:
            return int(self.vitals.memory_info().rss)
        except psutil.Error:
            return 0

    def allow(self, seconds: float) -> None:
        """Set the time after which the watch ends this process."""
        with self.lock:
            self.deadline = time.monotonic() + seconds

    def judge(self, memory: int) -> None:
        """Kill it if its task is over time or memory; under the lock, so that it never hits the next task."""
        with self.lock:
            if time.monotonic() > self.deadline:
                self._kill(Code.PARSE_TIMEOUT)
            elif self.deadline < math.inf and self.resident() > memory:
                self._kill(Code.PARSE_MEMORY)

    def _kill(self, why: Code) -> None:
        self.killed = self.killed or why
        self.process.kill()

    def end(self) -> None:
        """Kill it and take back what the system holds for it."""
        self.process.kill()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(OSError):  # what was still buffered has no reader any more
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def call(self, task: str, arguments: tuple[Any, ...], timeout: float) -> tuple[str, Any]:
        """Do one task. Raises EOFError or OSError when the process ended on the way."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.tasks += 1
        self.allow(START_SECONDS)
        try:
            write_frame(cast("Any", self.process.stdin), (task, arguments))
            answer = read_frame(cast("Any", self.process.stdout))
            if answer[0] == "go":
                self.allow(timeout)
                answer = read_frame(cast("Any", self.process.stdout))
        finally:
            with self.lock:
                self.deadline = math.inf
        return cast("tuple[str, Any]", answer)


class _Bodies:
    """Address -> what a parser process said is to be remembered of the last body; the oldest go first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._saved: dict[str, bytes] = {}

    def of(self, address: str) -> bytes:
        """What was remembered, b"" for nothing."""
        return self._saved.get(address, b"")

    def remember(self, address: str, saved: bytes) -> None:
        """Put it in the place of what there was; b"" forgets it."""
        self._size += len(saved) - len(self._saved.pop(address, b""))
        if saved:
            self._saved[address] = saved
        while self._size > self._limit:
            self._size -= len(self._saved.pop(next(iter(self._saved))))


class ParsingPool:
    """Parses feeds and pages in ``workers`` processes; implements :class:`bot.ports.Parser`.

    A process starts with its first task, so building a pool costs nothing. A task that takes more than
    ``timeout`` seconds (imports not counted), or whose process holds more than ``memory_mb`` MiB of
    resident memory, is killed with its process; the next task gets a new one. Resident memory is watched
    every 50 ms, because a limit on address space would kill numpy.

    ``languages`` are those that readings are told apart by (ISO 639-1).
    """

    def __init__(
        self, *, workers: int = 2, timeout: float = 5.0, memory_mb: int = 512, languages: tuple[str, ...] = ()
    ) -> None:
        if workers < 1:
            raise Misconfigured("a parsing pool needs at least one worker", workers=workers)
        self.timeout = timeout
        self.memory = memory_mb * 1024 * 1024
        self.languages = languages
        self.peak_rss = (
            0  # bytes: the most that this process and the workers held together, as far as watched
        )
        self._slots: queue.LifoQueue[int] = queue.LifoQueue()  # last used first: spare processes never start
        for number in reversed(range(workers)):
            self._slots.put(number)
        self._live: dict[int, _Worker] = {}
        self._bodies = _Bodies(REMEMBERED_BYTES)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="parsing")
        self._closed = threading.Event()
        self._load = threading.Condition()
        self._running = 0  # tasks in a process now; the watch sleeps while it is 0
        self._watch: threading.Thread | None = None
        self._own = psutil.Process()
        self._finalizer = weakref.finalize(self, _end_all, self._live)

    async def feed(self, response: Response, now: datetime, *, whole: bool = True) -> ParsedFeed:
        """The entries of a feed body; see :class:`bot.ports.Parser`.

        What is remembered of a feed's last body lies here, packed, under the address: a task may come to any
        process, and each ends after a thousand. It tells nothing of what is stored.

        Raises:
            Broken: empty, too_large, html_page, not_a_feed, hostile, parse_timeout, parse_memory,
            parse_crash.
        """
        if len(response.body) > BODY_LIMIT:
            raise Broken(
                "the feed is too large", code=Code.TOO_LARGE, url=response.final_url, bytes=len(response.body)
            )
        where = response.final_url
        if whole:
            return cast("ParsedFeed", await self.run(FEED_TASK, response, now, where=where))
        parsed, saved = await self.run(AGAIN_TASK, response, now, self._bodies.of(where), where=where)
        self._bodies.remember(where, saved)
        return cast("ParsedFeed", parsed)

    async def read(self, entry: Entry, page: Response | None) -> Reading:
        """The better of the page's text and the entry's own content; see :class:`bot.ports.Parser`.

        Raises:
            Broken: no_text, too_large, parse_timeout, parse_memory, parse_crash.
        """
        if page is not None and len(page.body) > BODY_LIMIT:
            raise Broken(
                "the page is too large", code=Code.TOO_LARGE, url=page.final_url, bytes=len(page.body)
            )
        where = page.final_url if page else entry.url
        reading = await self.run(READ_TASK, entry, page, self.languages, where=where)
        return cast("Reading", reading)

    async def run(self, task: str, *arguments: Any, where: str = "") -> Any:
        """Call the function ``module:name`` in a process; arguments and result must be picklable.

        Raises:
            DatelineError: what the function raised of that kind.
            Broken: parse_timeout, parse_memory, parse_crash.
        """
        if self._closed.is_set():
            raise Misconfigured("the parsing pool is closed", task=task)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._perform, task, arguments, where)

    async def close(self) -> None:
        """End all processes and threads. Tasks under way fail with parse_crash; a second call does nothing.

        It waits without awaiting (for the kernel to bury killed processes, some milliseconds), so that a
        cancelled loop cannot leave it half done.
        """
        if self._closed.is_set():
            return
        self._closed.set()
        for worker in tuple(self._live.values()):
            worker.process.kill()
        self._threads.shutdown(wait=True)
        self._finalizer()
        with self._load:
            self._load.notify_all()
        if self._watch is not None:
            self._watch.join()

    def _perform(self, task: str, arguments: tuple[Any, ...], where: str) -> Any:
        """One task in one of our threads, of which there are as many as slots: a slot is always free."""
        slot = self._slots.get()
        try:
            return self._call(slot, task, arguments, where)
        finally:
            self._slots.put(slot)

    def _call(self, slot: int, task: str, arguments: tuple[Any, ...], where: str) -> Any:
        worker = self._worker(slot, where)
        self._count(1)
        try:
            kind, value = worker.call(task, arguments, self.timeout)
        except (EOFError, OSError) as error:
            self._retire(slot)
            raise self._lost(worker, where) from error
        finally:
            self._count(-1)
        self._note_memory()
        # What is held after a task is what the next one starts with, and would be blamed for. (Killed: the
        # answer came just before the judgement.)
        if worker.tasks >= TASKS_BEFORE_RENEWAL or worker.killed or worker.resident() > self.memory // 2:
            self._retire(slot)
        if kind == "ok":
            return value
        if kind == "error":
            assert isinstance(value, DatelineError)
            raise value
        name, text = value
        code = {"MemoryError": Code.PARSE_MEMORY, "RecursionError": Code.HOSTILE}.get(name, Code.PARSE_CRASH)
        raise Broken(f"the parser failed: {name}: {text}", code=code, url=where)

    def _worker(self, slot: int, where: str) -> _Worker:
        """The slot's process, started if there is none (or if it died while it had nothing to do)."""
        worker = self._live.get(slot)
        if worker is not None and worker.process.poll() is not None:
            self._retire(slot)
            worker = None
        if self._closed.is_set():
            raise Broken("the parsing pool was closed", code=Code.PARSE_CRASH, url=where)
        if worker is None:
            worker = self._live[slot] = _Worker(max(30, math.ceil(self.timeout * 4)) + int(START_SECONDS))
        if self._closed.is_set():  # closed while this one started: its kill was missed
            worker.process.kill()
        return worker

    def _retire(self, slot: int) -> None:
        worker = self._live.pop(slot, None)
        if worker is not None:
            worker.end()

    def _lost(self, worker: _Worker, where: str) -> Broken:
        if worker.killed is Code.PARSE_TIMEOUT:
            return Broken(f"parsing took over {self.timeout:g} s", code=Code.PARSE_TIMEOUT, url=where)
        if worker.killed is Code.PARSE_MEMORY:
            limit = self.memory // (1024 * 1024)
            return Broken(f"parsing took over {limit} MB of memory", code=Code.PARSE_MEMORY, url=where)
        status = worker.process.returncode
        return Broken("the parser process ended", code=Code.PARSE_CRASH, url=where, status=status)

    def _count(self, step: int) -> None:
        with self._load:
            self._running += step
            if self._watch is None:
                self._watch = threading.Thread(target=self._patrol, name="parsing-watch", daemon=True)
                self._watch.start()
            self._load.notify_all()

    def _patrol(self) -> None:
        """The watch: sleeps while no task runs, else looks at every process each tick."""
        while not self._closed.wait(TICK):
            with self._load:
                self._load.wait_for(lambda: self._running > 0 or self._closed.is_set())
            self._note_memory()
            for worker in tuple(self._live.values()):
                worker.judge(self.memory)

    def _note_memory(self) -> None:
        held = int(self._own.memory_info().rss) + sum(w.resident() for w in tuple(self._live.values()))
        self.peak_rss = max(self.peak_rss, held)


def _end_all(live: dict[int, _Worker]) -> None:
    for slot in tuple(live):
        live.pop(slot).end()
