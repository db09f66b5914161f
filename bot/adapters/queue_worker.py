"""A worker on one queue of the process, and what becomes of its jobs: see ``runner_procrastinate.py``."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import procrastinate
import psycopg
from procrastinate import exceptions
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

from bot.adapters.queue_pulse import HEARTBEAT, STALLED
from bot.events import logger
from bot.ports import Clock

log = logger("runner")

POLL_EVERY = 0.2
"""Seconds between looks for a job whose lock got free. The library's own 5 s run one job of a lock in 5 s."""
FIRST_RESTART, LONGEST_RESTART = 0.5, 5.0
"""Seconds until a worker that ended is started again, doubling; after a crash of the server work goes on
within 15 seconds."""
FRESH = 30.0
"""Seconds since the last look for work after which a worker counts as stuck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """Which steps go through which queue, and how many of a queue one process runs at once."""

    usual: str
    of: Mapping[str, str] = field(default_factory=dict)
    at_once: Mapping[str, int] = field(default_factory=dict)

    def queue(self, step: str) -> str:
        """The queue of a step by its name."""
        return self.of.get(step, self.usual)


class Served:
    """A worker on one queue, started again whenever it ends before it is told to."""

    def __init__(
        self, app: procrastinate.App, clock: Clock, queue: str, queues: Queues, grace: float
    ) -> None:
        self._app, self._clock, self._queue, self._grace = app, clock, queue, grace
        self._at_once = queues.at_once.get(queue, 1)
        self._worker: Worker | None = None
        self._ending = asyncio.Event()
        self.since = clock.monotonic()
        self._task = asyncio.create_task(self._supervise())

    @property
    def worker_id(self) -> int | None:
        """Its number in the queue's tables, while it is there."""
        return self._worker.worker_id if self._worker is not None else None

    @property
    def full(self) -> bool:
        """Whether it runs as many steps as it may."""
        worker = self._worker
        return worker is not None and worker._job_semaphore.locked()  # noqa: SLF001 - nothing else tells

    def hurry(self, grace: float) -> None:
        """From here on, steps get so much time at the end."""
        self._grace = grace
        if self._worker is not None:
            self._worker.shutdown_graceful_timeout = grace

    async def stop(self) -> None:
        """End it; what runs gets its grace."""
        self._ending.set()
        if self._worker is not None:
            self._worker.stop()  # type: ignore[no-untyped-call]
        await asyncio.gather(self._task, return_exceptions=True)

    async def _supervise(self) -> None:
        pause = FIRST_RESTART
        while not self._ending.is_set():
            began = self._clock.monotonic()
            self._worker = self._made()
            try:
                await self._worker.run()  # type: ignore[no-untyped-call]
                why = "it ended"
            except exceptions.ProcrastinateException as error:
                why = reason(error)
            except Exception as error:  # the library's own bugs must not end the process's work
                log.exception("worker_crashed", queue=self._queue)
                why = type(error).__name__
            if self._ending.is_set():
                return
            pause = (
                FIRST_RESTART if self._clock.monotonic() - began > FRESH else min(2 * pause, LONGEST_RESTART)
            )
            log.warning("worker_restarts", queue=self._queue, why=why, seconds=pause)
            await self._wait(pause)

    async def _wait(self, seconds: float) -> None:
        """Sleep, or less when it is to end."""
        sleep = asyncio.ensure_future(self._clock.sleep(seconds))
        end = asyncio.ensure_future(self._ending.wait())
        try:
            await asyncio.wait({sleep, end}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleep, end):
                task.cancel()
            await asyncio.gather(sleep, end, return_exceptions=True)

    def _made(self) -> Worker:
        return Worker(
            self._app,
            queues=[self._queue],
            name=self._queue,
            concurrency=self._at_once,
            fetch_job_polling_interval=POLL_EVERY,
            shutdown_graceful_timeout=self._grace,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=2 * STALLED,  # its jobs are looked for first, then it is forgotten
        )


class Jobs(JobManager):
    """Notes when work was last looked for, and gets over what fails while a job is finished."""

    def __init__(self, connector: procrastinate.PsycopgConnector, clock: Clock) -> None:
        super().__init__(connector)
        self._clock = clock
        self.fetched: dict[str, float] = {}
        """Queue -> when it was last looked into, on the monotonic clock."""
        self.taken: float | None = None
        """When the last job was found, of any queue."""
        self.closing = False
        """Whether the process ends: then a server that is away is not waited for."""

    async def fetch_job(self, queues: Collection[str] | None, worker_id: int) -> Job | None:  # type: ignore[override]
        """As the library's; PostgreSQL has answered when this returns."""
        found = await super().fetch_job(queues=queues, worker_id=worker_id)
        self.fetched.update(dict.fromkeys(queues or (), self._clock.monotonic()))
        if found is not None:
            self.taken = self._clock.monotonic()
        return found

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """As the library's, but until it is done: "doing" under a living worker, it would never be reaped.

        A job that is gone, or another's by now, is left alone: this process was asleep too long.
        """
        pause = FIRST_RESTART
        while True:
            try:
                return await super().finish_job(job, status, delete_job)
            except exceptions.ConnectorException as error:
                if isinstance(error.__cause__, psycopg.errors.RaiseException):
                    log.warning("job_was_taken_over", queue=job.queue, step=job.queueing_lock)
                    return None
                log.warning("job_not_finished", step=job.queueing_lock, error=reason(error))
            if self.closing:  # it stays "doing", under a process that gives no sign of life any more
                return None
            await self._clock.sleep(pause)
            pause = min(2 * pause, LONGEST_RESTART)


def reason(error: BaseException) -> str:
    """What the library's failure came from, by its name."""
    return type(error.__cause__ or error).__name__
