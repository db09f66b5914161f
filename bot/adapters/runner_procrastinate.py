"""Runs steps as jobs of a queue on PostgreSQL, so that any number of processes share the work.

Procrastinate (https://procrastinate.readthedocs.io) keeps the jobs; what is due stands in our own rows, so a
lost job is found again by the next plan and a doubled one is harmless. Seven guards against what it does not
do by itself, each measured or read before it was built:

1. A killed worker's job stays "doing" for ever: every process looks for such jobs every few seconds
   (``queue_pulse.py``).
2. Nobody is told when a lock gets free: short polling, and a step drains all that is due instead of a chain
   of locked jobs.
3. A job that is scheduled and has a lock keeps ready jobs of that lock out (issue 1599): what is to wait is a
   lockless ``wake``, which puts the step when its time has come.
4. A worker that was asleep finishes jobs that another is running: our rows are fenced by tokens, and such a
   finish is only noted.
5. Finished jobs are deleted, failed ones after ``KEEP_FAILED``.
6. A lost connection ends a worker: it is started again, with growing pauses.
7. Polling besides LISTEN, and *when* something is due stands in our rows, never in the queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import procrastinate
import psycopg
from procrastinate import exceptions
from procrastinate.jobs import Job, Status
from sqlalchemy import make_url

from bot.adapters.queue_pulse import CALM, REAP_EVERY, STALLED, Pulse, left_behind
from bot.adapters.queue_worker import FRESH, POLL_EVERY, Jobs, Queues, Served, reason
from bot.adapters.runner_local import FIRST_PAUSE, LONGEST_PAUSE, StepFunction
from bot.adapters.store.job_tables import SCHEMA
from bot.errors import DatelineError, Misconfigured, Transient
from bot.events import logger
from bot.ports import Clock, Deps, Step

log = logger("runner")

MOST_RESCUES = 3
"""Times that a job is simply run again after its process died; then it pauses as a failing step does."""
KEEP_FAILED = timedelta(days=14)
CONNECTIONS = 4
"""Of a process to the queue, beside one for each queue that it listens to and one for signs of life."""
_OPTIONS: dict[str, Any] = {
    "options": f"-c search_path={SCHEMA} -c timezone=UTC",
    "connect_timeout": 10,
    # A cut line that says nothing would be waited on for two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
_DAY = 86_400.0
_WAITING = (
    "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%(keys)s)"
)
_WITHDRAW = "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = %(key)s"
_LEFT = """
SELECT id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name, attempts,
       worker_id
FROM procrastinate_jobs WHERE status = 'doing' AND queue_name = %(queue)s
"""
_DEPTH = """
SELECT queue_name, status, count(*) AS jobs FROM procrastinate_jobs
WHERE status IN ('todo', 'doing') GROUP BY queue_name, status
"""


class StepFailedError(Exception):
    """Tells the queue that the step failed; everything else was noted already."""


class QueueRunner:
    """See :class:`bot.ports.Runner`: per key one waiting at most, per lock one running, of all processes.

    Any process may put; those run steps that :meth:`serve` a queue. :meth:`start` before anything else.

    Args:
        deps: handed to each step.
        steps: name -> function; a step returns the follow-up steps that it knows of.
        clock: for pauses, and for when a step that waits is to run.
        url: of the PostgreSQL database, with the job tables that ``migrate`` makes.
        queues: see :class:`Queues`.
        pause: seconds that a step is kept out after its second failure in a row, doubling.
    """

    def __init__(
        self,
        deps: Deps,
        steps: Mapping[str, StepFunction],
        clock: Clock,
        *,
        url: str,
        queues: Queues,
        pause: float = FIRST_PAUSE,
    ) -> None:
        self._deps, self._steps, self._clock, self._queues, self._pause = deps, steps, clock, queues, pause
        self._connector = procrastinate.PsycopgConnector(
            conninfo=make_url(url).set(drivername="postgresql").render_as_string(hide_password=False),
            min_size=1,
            max_size=CONNECTIONS,
            reconnect_timeout=_DAY,
            kwargs=_OPTIONS,
        )
        self._app = procrastinate.App(connector=self._connector)
        self._jobs = self._app.job_manager = Jobs(self._connector, clock)
        self._app.task(name="step")(self._run)
        self._app.task(name="wake")(self._wake)
        self._served: dict[str, Served] = {}
        self._pulse = Pulse(
            self._connector._pool_args["conninfo"],  # noqa: SLF001
            _OPTIONS,
            lambda: [one.worker_id for one in tuple(self._served.values())],
            clock,
        )
        self._reaper: asyncio.Task[None] | None = None
        self._stopped = False
        self.failed = 0
        """Steps that raised in this process, since the start."""
        self.fatal: Misconfigured | None = None
        """Set when a step found that somebody must change a setting; the process stops then."""

    async def start(self) -> None:
        """Connect. Raises Transient when the server is not there."""
        # Its own lines say what ours say, at length; and each job would be two lines.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        async with _translated():
            await self._app.open_async()
        self._reaper = asyncio.create_task(self._reap())
        self._pulse.start()

    # ----------------------------------------------------------------------------------------- putting steps

    async def put(self, steps: Sequence[Step]) -> None:
        """Take steps to run; one whose key is already waiting, or pauses after failures, is dropped quietly.

        Raises:
            Transient: the queue cannot be reached. Whatever was not put is still due in the rows.
        """
        if self._stopped or not steps:
            return
        by_key: dict[str, Step] = {}
        for step in steps:
            by_key.setdefault(_key(step), step)
        async with _translated():
            found = await self._connector.execute_query_all_async(_WAITING, keys=list(by_key))
            for row in found:
                del by_key[row["queueing_lock"]]
            for key, step in by_key.items():
                await self._defer(key, step, step.after)

    async def _defer(self, key: str, step: Step, after: timedelta, failures: int = 0) -> bool:
        """Put one job; False where one of its key waits already."""
        options: dict[str, Any] = {"queue": self._queues.queue(step.name), "queueing_lock": key}
        if after > timedelta(0):
            options["schedule_at"] = self._clock.now() + after
        else:
            options["lock"] = step.lock or key
        said: dict[str, Any] = {"name": step.name, "ids": list(step.ids), "key": step.key, "lock": step.lock}
        task = self._app.tasks["wake" if after > timedelta(0) else "step"]
        try:
            await task.configure(**options).defer_async(**said, failures=failures)
        except exceptions.AlreadyEnqueued:
            return False
        return True

    async def idle(self) -> None:
        """Return when nothing is waiting or running, in any process."""
        while await self.depth():
            await self._clock.sleep(POLL_EVERY / 2)

    async def depth(self) -> Mapping[tuple[str, str], int]:
        """(Queue, "todo" or "doing") -> jobs; what waits for its time counts as "todo". Raises Transient."""
        async with _translated():
            rows = await self._connector.execute_query_all_async(_DEPTH)
        return {(row["queue_name"], row["status"]): row["jobs"] for row in rows}

    # ---------------------------------------------------------------------------------------- serving queues

    def serve(self, *queues: str, grace: float) -> None:
        """Begin to run the steps of these queues; ``grace``: seconds that they get when this ends."""
        for queue in queues:
            if queue not in self._served and not self._stopped:
                self._served[queue] = Served(self._app, self._clock, queue, self._queues, grace)

    async def leave(self, queue: str) -> None:
        """Take no more of this queue; what runs gets its grace, then it is cancelled."""
        served = self._served.pop(queue, None)
        if served is not None:
            await served.stop()

    @property
    def stuck(self) -> tuple[str, ...]:
        """Queues of ours that nobody has looked into for ``FRESH`` seconds, although there was room to."""
        now = self._clock.monotonic()
        return tuple(
            name
            for name, served in self._served.items()
            if not served.full and now - max(served.since, self._jobs.fetched.get(name, 0.0)) > FRESH
        )

    def signs(self) -> dict[str, float | None]:
        """Seconds since what happened last, None where it has not: "beat", "look" and "job".

        PostgreSQL took a sign of life; the queue of ours that waits longest was looked into; a job was found.
        """
        now = self._clock.monotonic()
        looks = [self._jobs.fetched.get(name, served.since) for name, served in self._served.items()]
        ages = {"beat": self._pulse.beaten, "look": min(looks, default=None), "job": self._jobs.taken}
        return {name: None if at is None else round(now - at, 1) for name, at in ages.items()}

    @property
    def silent(self) -> bool:
        """Whether PostgreSQL has not heard from here for so long that others take this process for dead."""
        return self._clock.monotonic() - self._pulse.beaten > STALLED

    async def stop(self, grace: float) -> None:
        """Take no more, give running steps ``grace`` seconds, then cancel; the queue keeps what waits."""
        self._stopped = self._jobs.closing = True
        for served in self._served.values():
            served.hurry(grace)
        await asyncio.gather(*(self.leave(queue) for queue in tuple(self._served)))
        if self._reaper is not None:
            self._reaper.cancel()
            await asyncio.gather(self._reaper, return_exceptions=True)
            self._reaper = None
            await asyncio.to_thread(self._pulse.end)
        with contextlib.suppress(exceptions.ConnectorException):
            await self._app.close_async()

    # --------------------------------------------------------------------------------------------- the tasks

    async def _run(self, *, name: str, ids: list[str], key: str, lock: str, failures: int) -> None:
        step = Step(name=name, ids=tuple(ids), key=key, lock=lock)
        try:
            follow = await self._steps[name](self._deps, step)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - one failing step must not stop the others
            await self._note(step, error, failures + 1)
            raise StepFailedError(type(error).__name__) from None
        try:
            await self.put(follow)
        except Transient as error:
            log.warning("follow_up_not_put", step=_key(step), error=error)

    async def _wake(self, *, name: str, ids: list[str], key: str, lock: str, failures: int) -> None:
        step = Step(name=name, ids=tuple(ids), key=key, lock=lock)
        await self._defer(_key(step), step, timedelta(0), failures)

    async def _note(self, step: Step, error: Exception, failures: int) -> None:
        """Count and log a failure, and keep the step out for a while."""
        self.failed += 1
        key = _key(step)
        if isinstance(error, Misconfigured):
            self.fatal = self.fatal or error
            log.error("step_misconfigured", step=key, error=error)
        elif isinstance(error, DatelineError):
            log.warning("step_failed", step=key, error=error)
        else:
            log.error("step_crashed", step=key, exc_info=error)
        with contextlib.suppress(exceptions.ConnectorException):
            await self._keep_out(step, failures)

    async def _keep_out(self, step: Step, failures: int) -> None:
        """Let the step itself wait, under its key: so nobody else's put comes in between, in any process."""
        pause = min(self._pause * 2.0 ** min(failures - 2, 20), LONGEST_PAUSE)
        for _ in range(3):  # somebody may put it at this moment
            await self._connector.execute_query_async(_WITHDRAW, key=_key(step))
            if await self._defer(_key(step), step, timedelta(seconds=pause), failures):
                return

    # ----------------------------------------------------------------------------------------- what was left

    async def take_over(self, queue: str) -> int:
        """Put again what another process left running in a queue that only one may serve: it is ours now.

        Raises:
            Transient: the queue cannot be reached.
        """
        async with _translated():
            rows = await self._connector.execute_query_all_async(_LEFT, queue=queue)
            for row in rows:
                await self._rescue(Job.from_row(row))
        return len(rows)

    async def tidy(self) -> None:
        """Delete failed jobs that are older than ``KEEP_FAILED``. Raises Transient."""
        hours = int(KEEP_FAILED.total_seconds() // 3600)
        async with _translated():
            await self._jobs.delete_old_jobs(
                hours, include_failed=True, include_cancelled=True, include_aborted=True
            )

    async def _reap(self) -> None:
        calm = 0
        while True:
            began = self._pulse.turned = self._clock.monotonic()
            try:
                left = await left_behind(self._connector)
                calm = calm + 1 if self._clock.monotonic() - began < REAP_EVERY else 0
                for job in left if calm >= CALM else ():
                    log.warning("job_stalled", queue=job.queue, step=job.queueing_lock)
                    await self._rescue(job)
            except exceptions.ConnectorException as error:
                calm = 0
                log.warning("reaper_failed", error=reason(error))
            await self._clock.sleep(REAP_EVERY)

    async def _rescue(self, job: Job) -> None:
        """A dead process's job: run it again; where one of its key waits already, that one does its work."""
        assert job.id is not None
        if job.attempts < MOST_RESCUES:
            try:
                await self._jobs.retry_job(job)
            except exceptions.UniqueViolation:
                await self._jobs.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
            return
        await self._jobs.finish_job_by_id_async(job.id, Status.FAILED, delete_job=False)
        said: Any = job.task_kwargs
        step = Step(name=said["name"], ids=tuple(said["ids"]), key=said["key"], lock=said["lock"])
        await self._keep_out(step, job.attempts)


def _key(step: Step) -> str:
    return step.key or f"{step.name}:{','.join(step.ids)}"


@contextlib.asynccontextmanager
async def _translated() -> Any:
    """The library's failures as ours."""
    try:
        yield
    except (exceptions.ConnectorException, psycopg.Error) as error:
        raise Transient("the job queue cannot be reached", hint="is PostgreSQL there?") from error
