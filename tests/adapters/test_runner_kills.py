"""R15 of docs/faults.md: workers killed with SIGKILL in the middle lose no job, and its work is done once.

Run as a program this file is one of the workers: it notes the work of each job under the job's key.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import signal
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.queue_worker import Queues
from bot.adapters.runner_procrastinate import QueueRunner
from bot.adapters.store.job_tables import SCHEMA
from bot.ports import Deps, Step
from tests.adapters.test_runner_procrastinate import Server, server
from tests.fleet import CLEAN

__all__ = ["server"]

CLOCK = SystemClock()
QUEUES = Queues(usual="work", at_once={"work": 8})
JOBS, WORKERS, KILLS, LOCKS = 2_000, 2, 9, 100


def made(url: str, work: Any = None) -> QueueRunner:
    steps = {} if work is None else {"work": work}
    return QueueRunner(cast("Deps", None), steps, CLOCK, url=url, queues=QUEUES)


async def _work(url: str) -> None:
    """A worker: an effect under a unique key, as our steps have, and beside it each attempt at it."""
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, options=f"-c search_path={SCHEMA}"
    ) as connection:
        turn = asyncio.Lock()

        async def step(_: Deps, one: Step) -> Sequence[Step]:
            await CLOCK.sleep(0.01)
            async with turn, connection.transaction():
                await connection.execute("INSERT INTO attempts VALUES (%s)", (one.key,))
                await connection.execute("INSERT INTO effects VALUES (%s) ON CONFLICT DO NOTHING", (one.key,))
            return ()

        runner = made(url, step)
        await runner.start()
        runner.serve("work", grace=5)
        await asyncio.Event().wait()


async def _begun(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, __file__, url, env=CLEAN, stderr=DEVNULL)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_workers_killed_at_work_lose_no_job_and_do_none_twice(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server("DROP TABLE IF EXISTS attempts, effects")
    server("CREATE TABLE effects (key text PRIMARY KEY)")
    server("CREATE TABLE attempts (key text)")
    putting = made(server.url)
    await putting._app.open_async()
    keys = [f"job-{number}" for number in range(JOBS)]
    for at in range(0, JOBS, 500):
        some = range(at, at + 500)
        await putting.put([Step(name="work", key=keys[n], lock=f"lock-{n % LOCKS}") for n in some])
    workers = [await _begun(server.url) for _ in range(WORKERS)]
    kills, victims = 0, itertools.cycle(range(WORKERS))
    try:
        async with asyncio.timeout(600):
            while await putting.depth():
                await CLOCK.sleep(0.2)
                done = server("SELECT count(*) FROM effects")[0][0]
                # By what is done and not by the clock: else nobody works where processes start slowly.
                if kills < KILLS and done >= JOBS * (kills + 1) / (KILLS + 1):
                    at = next(victims)
                    workers[at].kill()
                    assert await workers[at].wait() == -signal.SIGKILL
                    kills += 1
                    workers[at] = await _begun(server.url)
    finally:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()
        await putting.stop(0)
    effects = {row[0] for row in server("SELECT key FROM effects")}
    tried = server("SELECT count(*) FROM attempts")[0][0]
    server("DROP TABLE attempts, effects")
    figures = {"jobs": JOBS, "kills": kills, "lost": JOBS - len(effects), "tried_again": tried - JOBS}
    with capsys.disabled():
        print("\n" + json.dumps(figures))
    assert kills == KILLS
    assert effects == set(keys)
    assert tried - JOBS <= kills * QUEUES.at_once["work"]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    asyncio.run(_work(sys.argv[1]))
