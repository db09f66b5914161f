"""The guards of the queue: what Procrastinate alone would lose, hold up or do twice."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from procrastinate import exceptions

from bot.adapters import queue_pulse, runner_procrastinate
from bot.adapters.clock import SystemClock
from bot.adapters.queue_worker import Queues
from bot.adapters.runner_procrastinate import QueueRunner
from bot.adapters.store.job_tables import SCHEMA
from bot.errors import Transient
from bot.ports import Deps, Step
from tests.fleet import CLEAN

pytestmark = pytest.mark.postgres
CLOCK = SystemClock()
QUEUES = Queues(usual="work", of={"one": "alone"}, at_once={"work": 4})


class Server:
    """The queue's tables, seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg.connect(self.url, autocommit=True)) as connection:
            connection.execute(f"SET search_path TO {SCHEMA}".encode())
            found = connection.execute(query.encode(), values)
            return found.fetchall() if found.description else []

    def left_behind(self, key: str, *, silent_for: float, attempts: int = 0, name: str = "work") -> int:
        """A job that a worker is running, whose last sign of life was so many seconds ago."""
        ((worker,),) = self(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second')"
            " RETURNING id",
            silent_for,
        )
        said = f'{{"name": "{name}", "ids": [], "key": "{key}", "lock": "{key}", "failures": 0}}'
        ((job,),) = self(
            "INSERT INTO procrastinate_jobs"
            " (queue_name, task_name, lock, queueing_lock, args, status, worker_id, attempts)"
            " VALUES (%s, 'step', %s, %s, %s, 'doing', %s, %s) RETURNING id",
            QUEUES.queue(name),
            key,
            key,
            said,
            worker,
            attempts,
        )
        return int(job)


@pytest.fixture
def server(postgres_url: str) -> Iterator[Server]:
    made = Server(postgres_url)
    made("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
    yield made
    made("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


class Bench:
    """A process with steps that are written in the test."""

    def __init__(
        self, url: str, work: Callable[[Step], Awaitable[Sequence[Step] | None]] | None = None
    ) -> None:
        self.ran: list[str] = []
        self._work = work
        steps = dict.fromkeys(("work", "one"), self._step)
        self.runner = QueueRunner(cast("Deps", None), steps, CLOCK, url=url, queues=QUEUES)

    async def _step(self, deps: Deps, step: Step) -> Sequence[Step]:
        self.ran.append(step.key)
        return (await self._work(step) if self._work else None) or ()

    async def begun(self, count: int, seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while len(self.ran) < count:
                await CLOCK.sleep(0.05)


@contextlib.asynccontextmanager
async def process(
    server: Server, *queues: str, work: Callable[[Step], Awaitable[Sequence[Step] | None]] | None = None
) -> AsyncIterator[Bench]:
    made = Bench(server.url, work)
    await made.runner.start()
    made.runner.serve(*queues, grace=5)
    try:
        yield made
    finally:
        await made.runner.stop(1)


def step(key: str, name: str = "work", **changes: Any) -> Step:
    return Step(name=name, key=key, lock=changes.pop("lock", key), **changes)


async def test_the_job_of_a_dead_process_goes_on_in_another(server: Server) -> None:
    server.left_behind("dead", silent_for=40)
    server.left_behind("alive", silent_for=-60)  # its next signs are still to come
    async with process(server, "work") as bench:
        await bench.begun(1)
        assert bench.ran == ["dead"]
    assert server("SELECT queueing_lock FROM procrastinate_jobs") == [("alive",)]


async def test_a_killed_process_is_known_as_dead_by_its_lock_and_one_that_is_stopped_by_its_silence(
    server: Server,
) -> None:
    silent = queue_pulse.GONE + 2
    killed = server.left_behind("killed", silent_for=silent)
    held = server.left_behind("busy", silent_for=silent)
    stopped = server.left_behind("stopped", silent_for=queue_pulse.STALLED + 2)
    with contextlib.closing(psycopg.connect(server.url, autocommit=True)) as alive:
        for job in (held, stopped):
            ((worker,),) = server("SELECT worker_id FROM procrastinate_jobs WHERE id = %s", job)
            alive.execute("SELECT pg_advisory_lock(%s)", (queue_pulse._KEYS + worker,))
        watching = Bench(server.url)
        await watching.runner._app.open_async()
        left = await queue_pulse.left_behind(watching.runner._connector)
        await watching.runner.stop(0)
    assert sorted(job.id or 0 for job in left) == sorted([killed, stopped])


@pytest.mark.slow  # eight seconds without a beat
async def test_a_server_that_was_away_gives_all_their_turn_before_anybody_counts_as_dead(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """All are silent after a crash of the server; who is alive beats before the others judge it."""
    began = CLOCK.monotonic()
    server.left_behind("silent", silent_for=60)
    with caplog.at_level(logging.WARNING):
        async with process(server, "work") as bench:
            await CLOCK.sleep(queue_pulse.HEARTBEAT + 1)
            assert "job_stalled" not in caplog.text
            await bench.begun(1)
    assert CLOCK.monotonic() - began >= (queue_pulse.CALM - 1) * queue_pulse.REAP_EVERY
    assert "job_stalled queue=work step=silent" in caplog.text


@pytest.mark.slow
async def test_a_killed_processs_job_runs_elsewhere_within_fifteen_seconds(
    server: Server, tmp_path: Path
) -> None:
    """Another process, on the same queue, that is killed in the middle of its job."""
    program = tmp_path / "dying.py"
    program.write_text(
        "import asyncio, sys\n"
        "from tests.adapters.test_runner_procrastinate import Bench, Server, step\n"
        "async def work(step):\n"
        "    print('under way', flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "async def main():\n"
        "    bench = Bench(sys.argv[1], work)\n"
        "    await bench.runner.start()\n"
        "    bench.runner.serve('work', grace=1)\n"
        "    await bench.runner.put([step('shared')])\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    dying = await asyncio.create_subprocess_exec(
        *(sys.executable, str(program), server.url), stdout=subprocess.PIPE, env=CLEAN
    )
    assert dying.stdout is not None
    assert await dying.stdout.readline() == b"under way\n"
    async with process(server, "work") as bench:
        await CLOCK.sleep(queue_pulse.CALM * queue_pulse.REAP_EVERY)  # it is here since long
        assert bench.ran == []
        dying.kill()
        began = CLOCK.monotonic()
        await bench.begun(1)
        assert CLOCK.monotonic() - began < 15
    await dying.wait()


@pytest.mark.slow  # eight seconds without a beat
async def test_where_one_of_its_key_waits_already_the_dead_ones_job_is_dropped(server: Server) -> None:
    server.left_behind("same", silent_for=40)
    putting = Bench(server.url)  # its reaper has not begun
    await putting.runner._app.open_async()
    await putting.runner.put([step("same")])
    await putting.runner.stop(0)
    async with process(server, "work") as bench:
        await bench.runner.idle()
        assert bench.ran == ["same"]


@pytest.mark.slow  # eight seconds without a beat
async def test_a_job_that_kills_whoever_runs_it_pauses_after_three_rescues(server: Server) -> None:
    server.left_behind("poison", silent_for=40, attempts=runner_procrastinate.MOST_RESCUES)
    async with process(server, "work") as bench:
        async with asyncio.timeout(20):
            while not server("SELECT 1 FROM procrastinate_jobs WHERE task_name = 'wake'"):
                await CLOCK.sleep(0.1)
        await bench.runner.put([step("poison")])  # the next plan: it is kept out
        assert bench.ran == []
    ((wait,),) = server("SELECT scheduled_at - now() FROM procrastinate_jobs WHERE task_name = 'wake'")
    assert timedelta(seconds=10) < wait < timedelta(seconds=21)


async def test_who_takes_a_post_over_need_not_wait_for_the_dead_ones_silence(server: Server) -> None:
    server.left_behind("place", silent_for=0, name="one")
    async with process(server) as bench:
        assert await bench.runner.take_over("alone") == 1
        bench.runner.serve("alone", grace=1)
        await bench.begun(1, 5)


async def test_a_process_that_slept_finishes_nothing_of_anothers_and_works_on(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(step: Step) -> None:
        if step.key == "slept":  # meanwhile its job was given to another, who is done
            await asyncio.to_thread(server, "DELETE FROM procrastinate_jobs WHERE queueing_lock = 'slept'")

    async with process(server, "work", work=work) as bench:
        with caplog.at_level(logging.WARNING):
            await bench.runner.put([step("slept")])
            await bench.begun(1)
            await bench.runner.put([step("next")])
            await bench.runner.idle()
        assert bench.ran == ["slept", "next"]
    assert "job_was_taken_over queue=work step=slept" in caplog.text


async def test_cut_connections_end_no_process_and_lose_no_job(server: Server) -> None:
    gate = asyncio.Event()

    async def work(step: Step) -> None:
        if step.key == "under way":
            await gate.wait()

    async with process(server, "work", work=work) as bench:
        await bench.runner.put([step("under way")])
        await bench.begun(1)
        cut = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        for _ in range(3):
            server(cut)
            await CLOCK.sleep(0.3)
        gate.set()
        began = CLOCK.monotonic()
        while True:
            try:
                await bench.runner.put([step("afterwards")])
                break
            except Transient:
                await CLOCK.sleep(0.2)
        async with asyncio.timeout(20):
            while "afterwards" not in bench.ran:
                await CLOCK.sleep(0.05)
        assert CLOCK.monotonic() - began < 15
        async with asyncio.timeout(40):  # the first one's job goes away too: finished late, or found dead
            await bench.runner.idle()
        assert bench.runner.stuck == ()


@pytest.mark.slow
async def test_a_process_whose_loop_is_busy_is_not_taken_for_dead(server: Server) -> None:
    async def work(step: Step) -> None:
        time.sleep(queue_pulse.STALLED + 8)  # noqa: ASYNC251 - what must not be done, and happens

    async with process(server, "work", work=work) as bench:
        silence: list[timedelta] = []

        def watch() -> None:
            for _ in range(int(queue_pulse.STALLED)):
                time.sleep(1)
                silence.extend(
                    row[0] for row in server("SELECT now() - last_heartbeat FROM procrastinate_workers")
                )

        watching = threading.Thread(target=watch)
        watching.start()
        await bench.runner.put([step("long")])
        await bench.runner.idle()
        await asyncio.to_thread(watching.join)
        assert max(silence) < timedelta(seconds=queue_pulse.STALLED / 2)
        assert bench.ran == ["long"]


async def test_a_process_ends_though_the_server_is_away(server: Server) -> None:
    gate = asyncio.Event()

    async def work(step: Step) -> None:
        await gate.wait()

    async def away(*_: Any, **__: Any) -> None:
        raise exceptions.ConnectorException

    async with process(server, "work", work=work) as bench:
        await bench.runner.put([step("under way")])
        await bench.begun(1)
        bench.runner._connector.execute_query_async = away
        gate.set()
        await asyncio.wait_for(bench.runner.stop(1), 30)


async def until_ran(*benches: Bench) -> None:
    async with asyncio.timeout(30):
        while not any(bench.ran for bench in benches):
            await CLOCK.sleep(0.05)


async def test_locks_and_keys_hold_over_processes(server: Server) -> None:
    busy = most = 0

    async def work(step: Step) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await (gate.wait() if step.key == "first" else CLOCK.sleep(0.05))
        busy -= 1

    gate = asyncio.Event()
    async with process(server, "work", work=work) as one, process(server, "work", work=work) as other:
        await one.runner.put([step("first", lock="x")])  # so that all others wait, and are put while they do
        await until_ran(one, other)
        steps = [step(str(number), lock="x") for number in range(6)]
        await asyncio.gather(*(bench.runner.put(steps) for bench in (one, other, one, other)))
        gate.set()
        await one.runner.idle()
        assert sorted(one.ran + other.ran) == [*(str(number) for number in range(6)), "first"]
        assert most == 1


async def test_what_waits_for_its_time_waits_without_a_lock(server: Server) -> None:
    async with process(server) as bench:
        await bench.runner.put([step("later", after=timedelta(hours=1)), step("now")])
    found = server(
        "SELECT task_name, queueing_lock, lock, scheduled_at IS NOT NULL FROM procrastinate_jobs ORDER BY id"
    )
    assert found == [("wake", "later", None, True), ("step", "now", "now", False)]


async def test_done_jobs_are_deleted_and_failed_ones_after_a_fortnight(server: Server) -> None:
    async def work(step: Step) -> None:
        if step.key.startswith("bad"):
            raise Transient("no")

    async with process(server, "work", work=work) as bench:
        await bench.runner.put([step("good"), step("bad 1"), step("bad 2")])
        async with asyncio.timeout(20):
            while bench.runner.failed < 2:
                await CLOCK.sleep(0.05)
        async with asyncio.timeout(20):
            while server("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"):
                await CLOCK.sleep(0.05)
        left = "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'failed' ORDER BY 1"
        assert server(left) == [("bad 1",), ("bad 2",)]
        old = "UPDATE procrastinate_events SET at = at - interval '15 days' WHERE job_id = (SELECT id FROM"
        server(f"{old} procrastinate_jobs WHERE status = 'failed' AND queueing_lock = 'bad 1')")
        await bench.runner.tidy()
        assert server(left) == [("bad 2",)]


@pytest.mark.slow  # the library waits for half a minute
async def test_a_server_that_is_away_is_told_in_our_words() -> None:
    bench = Bench("postgresql://nobody@127.0.0.1:9/none")
    bench.runner._connector._pool_args["timeout"] = 0.5
    with pytest.raises(Transient, match="the job queue cannot be reached"):
        await bench.runner.start()
    await bench.runner.stop(0)
