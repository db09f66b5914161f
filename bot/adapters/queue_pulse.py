"""Signs of life of a process on the job queue, and which of its jobs a dead one has left.

There are two: a time in the queue's own table, set every ``HEARTBEAT`` seconds; and an advisory lock per
worker, held on a connection of the thread's own. When a process dies, its kernel closes the connection and
PostgreSQL gives the lock free at once; when its machine dies, only the times stay away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.jobs import Job

from bot.ports import Clock

HEARTBEAT, REAP_EVERY = 3.0, 3.0
"""Seconds between signs of life, and between looks for processes without any."""
GONE = 8.0
"""Seconds without a beat after which a process whose lock is free counts as dead: two that did not come, so
that a line which was cut and is there again with the next beat costs nobody its jobs. They go on elsewhere
within 11 seconds of its death."""
STALLED = 20.0
"""The same for one that still holds its lock: stopped, or its machine is off the net. Within 23 seconds.
From the event loop alone, as the library sends them, the signs of a process that composed on a busy machine
came too late for 30."""
HUNG = 120.0
"""Seconds without a turn of the event loop after which a process counts as dead although its thread lives."""
CALM = 4
"""Looks in a row that must have been answered at once before anybody counts as dead: when the server was
away all are silent, and have their turn to beat before they are judged."""

_KEYS = 0x444C_0000_0000_0000
"""Added to a worker's number for its advisory lock: others may use such locks in this database."""
_BEAT = "UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = ANY(%(ids)s)"
_HOLD = (
    "SELECT id FROM unnest(%(ids)s::bigint[]) AS id"
    " WHERE pg_try_advisory_lock(%(keys)s + id)"  # not waited for: a cut line of ours may hold it for hours
)
_LEFT = """
SELECT job.id, job.status, task_name, priority, job.lock, queueing_lock, args, scheduled_at, queue_name,
       attempts, worker_id
FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
WHERE job.status = 'doing' AND (
  worker.id IS NULL
  OR worker.last_heartbeat < now() - %(stalled)s * interval '1 second'
  OR (worker.last_heartbeat < now() - %(gone)s * interval '1 second' AND NOT EXISTS (
    SELECT 1 FROM pg_locks AS held
    WHERE held.locktype = 'advisory' AND held.objsubid = 1 AND held.granted
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (held.classid::bigint << 32) + held.objid::bigint = %(keys)s + worker.id
  ))
)
"""


async def left_behind(connector: PsycopgConnector) -> list[Job]:
    """Jobs that are being run by nobody any more. Raises the library's ConnectorException."""
    rows = await connector.execute_query_all_async(_LEFT, stalled=STALLED, gone=GONE, keys=_KEYS)
    return [Job.from_row(row) for row in rows]


class Pulse(threading.Thread):
    """Signs of life from a thread: a loop that composes for some seconds is busy, not dead.

    Args:
        conninfo: of the database; ``options`` go to psycopg with it.
        workers: gives the numbers in the queue's table of those that live by this pulse, None for who has
            none yet.
        clock: says how long the event loop has had no turn.
    """

    def __init__(
        self,
        conninfo: str,
        options: dict[str, Any],
        workers: Callable[[], Iterable[int | None]],
        clock: Clock,
    ) -> None:
        super().__init__(daemon=True, name="pulse")
        self._conninfo, self._options, self._workers, self._clock = conninfo, options, workers, clock
        self._over = threading.Event()
        self._connection: psycopg.Connection[Any] | None = None
        self._held: set[int] = set()
        self.turned = clock.monotonic()
        """When the event loop had its last turn."""
        self.beaten = clock.monotonic()
        """When PostgreSQL last took a sign, also where there are no workers to give one for."""

    def run(self) -> None:
        """Beat until :meth:`end`; a server that is away is tried again at the next beat."""
        while not self._over.wait(HEARTBEAT):
            ids = {one for one in self._workers() if one is not None}
            if self._clock.monotonic() - self.turned > HUNG:
                continue
            try:
                self._beat(ids)
            except psycopg.Error:
                self._connection, self._held = None, set()
        if self._connection is not None:
            self._connection.close()

    def _beat(self, ids: set[int]) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(self._conninfo, autocommit=True, **self._options)
        if new := ids - self._held:
            held = self._connection.execute(_HOLD, {"keys": _KEYS, "ids": sorted(new)})
            self._held.update(row[0] for row in held)
        self._connection.execute(_BEAT, {"ids": sorted(ids)})
        self.beaten = self._clock.monotonic()

    def end(self) -> None:
        """Stop, and wait for it."""
        self._over.set()
        if self.is_alive():
            self.join()
