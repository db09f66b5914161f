"""One contract for both runners: tasks of this process, and jobs on PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import psycopg
import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.queue_worker import Queues
from bot.adapters.runner_local import LocalRunner
from bot.adapters.runner_procrastinate import QueueRunner
from bot.adapters.store.job_tables import SCHEMA
from bot.errors import Misconfigured, Transient
from bot.ports import Deps, Step

Work = Callable[[Step], Awaitable[Sequence[Step] | None]]
NO_DEPS = cast("Deps", None)
CLOCK = SystemClock()
PAUSE = 1.5


@dataclass
class Bench:
    """A runner whose steps are written in the test; ``ran`` are the keys of those that began."""

    work: dict[str, Work] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    runner: Any = None

    def steps(self) -> dict[str, Callable[[Deps, Step], Awaitable[Sequence[Step]]]]:
        return dict.fromkeys(("work", "hold", "bad"), self._step)

    async def _step(self, deps: Deps, step: Step) -> Sequence[Step]:
        self.ran.append(step.key or step.name)
        if step.name in self.work:
            return await self.work[step.name](step) or ()
        if step.name == "hold":
            await self.gate.wait()
        return ()

    async def put(self, *steps: Step) -> None:
        await self.runner.put(steps)

    async def begun(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.ran) < count:
                await CLOCK.sleep(0.02)


def failing(error: Exception) -> Work:
    async def work(step: Step) -> None:
        raise error

    return work


@pytest.fixture(params=["local", pytest.param("queue", marks=pytest.mark.postgres)])
def runner_url(request: pytest.FixtureRequest) -> str:
    """ "" for tasks of this process; else a database with the job tables, empty."""
    if request.param == "local":
        return ""
    url: str = request.getfixturevalue("postgres_url")
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(
            f"TRUNCATE {SCHEMA}.procrastinate_jobs, {SCHEMA}.procrastinate_workers CASCADE".encode()
        )
    return url


@pytest.fixture
async def bench(runner_url: str) -> AsyncIterator[Bench]:
    made = Bench()
    if not runner_url:
        made.runner = LocalRunner(NO_DEPS, made.steps(), CLOCK, pause=PAUSE)
    else:
        queues = Queues(usual="work", at_once={"work": 8})
        made.runner = QueueRunner(NO_DEPS, made.steps(), CLOCK, url=runner_url, queues=queues, pause=PAUSE)
        await made.runner.start()
        made.runner.serve("work", grace=5)
    yield made
    await made.runner.stop(0.1)


async def test_steps_of_one_key_that_wait_fall_together(bench: Bench) -> None:
    await bench.put(Step(name="hold", key="a", lock="x"))
    await bench.begun(1)
    for _ in range(3):
        await bench.put(Step(name="hold", key="b", lock="x"))
    bench.gate.set()
    await bench.runner.idle()
    assert bench.ran == ["a", "b"]


async def test_steps_without_a_key_are_told_apart_by_name_and_ids(bench: Bench) -> None:
    await bench.put(Step(name="work"), Step(name="work"), Step(name="work", ids=("1",)), Step(name="bad"))
    await bench.runner.idle()
    assert sorted(bench.ran) == ["bad", "work", "work"]


async def test_a_step_that_is_put_while_it_runs_runs_once_more(bench: Bench) -> None:
    await bench.put(Step(name="hold", key="a"))
    await bench.begun(1)
    for _ in range(3):
        await bench.put(Step(name="hold", key="a"))
    assert bench.ran == ["a"]
    bench.gate.set()
    await bench.runner.idle()
    assert bench.ran == ["a", "a"]


async def test_a_lock_lets_one_run_at_a_time_and_other_locks_run_beside_it(bench: Bench) -> None:
    busy: dict[str, int] = {}
    most = 0

    async def work(step: Step) -> None:
        nonlocal most
        busy[step.lock] = busy.get(step.lock, 0) + 1
        most = max(most, busy[step.lock])
        await CLOCK.sleep(0.05)
        busy[step.lock] -= 1

    bench.work["work"] = work
    await bench.put(*(Step(name="work", key=str(number), lock="x") for number in range(4)))
    await bench.runner.idle()
    assert (most, bench.ran) == (1, ["0", "1", "2", "3"])
    bench.ran.clear()
    await bench.put(*(Step(name="hold", key=f"h{number}", lock=str(number)) for number in range(5)))
    await bench.begun(5)
    bench.gate.set()
    await bench.runner.idle()


async def test_what_a_step_names_as_next_runs_and_a_delay_is_kept(bench: Bench) -> None:
    times: dict[str, float] = {}

    async def work(step: Step) -> Sequence[Step]:
        times[step.key] = CLOCK.monotonic()
        later = Step(name="work", key="c", lock="x", after=timedelta(seconds=1))
        return {"a": (Step(name="work", key="b", lock="x"),), "b": (later,)}.get(step.key, ())

    bench.work["work"] = work
    await bench.put(Step(name="work", key="a", lock="x"))
    await bench.runner.idle()
    assert sorted(times) == ["a", "b", "c"]
    assert 0.9 <= times["c"] - times["b"] < 10


async def test_a_step_that_waits_for_its_time_keeps_nobody_of_its_lock_waiting(bench: Bench) -> None:
    await bench.put(Step(name="work", key="later", lock="x", after=timedelta(minutes=5)))
    await bench.put(Step(name="work", key="now", lock="x"))
    await bench.begun(1)
    assert bench.ran == ["now"]


@pytest.mark.parametrize("error", [Transient("the store is away"), ValueError("a bug of ours")])
async def test_a_failing_step_stops_no_other_and_is_counted_and_logged(
    bench: Bench, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    bench.work["bad"] = failing(error)
    with caplog.at_level(logging.WARNING):
        await bench.put(Step(name="bad", lock="x"), Step(name="work", lock="x"))
        await bench.begun(2)
        async with asyncio.timeout(10):
            while not bench.runner.failed:
                await CLOCK.sleep(0.02)
    assert bench.ran[:2] == ["bad", "work"]
    assert bench.runner.fatal is None
    assert "step=bad" in caplog.text
    assert str(error) in caplog.text


async def test_a_name_that_is_no_step_is_a_failure_and_no_more(bench: Bench) -> None:
    await bench.put(Step(name="nonsense"), Step(name="work"))
    await bench.begun(1)
    async with asyncio.timeout(10):
        while not bench.runner.failed:
            await CLOCK.sleep(0.02)
    assert bench.ran == ["work"]


async def test_a_setting_that_must_be_changed_is_kept_for_the_app(bench: Bench) -> None:
    error = Misconfigured("the token is wrong")
    bench.work["bad"] = failing(error)
    await bench.put(Step(name="bad"), Step(name="work"))
    async with asyncio.timeout(10):
        while bench.runner.fatal is None:
            await CLOCK.sleep(0.02)
    assert bench.runner.fatal is error


@pytest.mark.slow
async def test_a_step_that_keeps_failing_is_tried_at_growing_pauses_until_it_works(bench: Bench) -> None:
    tries: list[float] = []

    async def work(step: Step) -> None:
        tries.append(CLOCK.monotonic())
        if len(tries) < 4:
            raise Transient("no")

    bench.work["work"] = work
    async with asyncio.timeout(40):
        while len(tries) < 6:
            await bench.put(Step(name="work"))  # a plan, much too often
            await CLOCK.sleep(0.1)
    pauses = [later - sooner for sooner, later in pairwise(tries)]
    assert pauses[1] >= PAUSE * 0.95
    assert pauses[2] >= PAUSE * 1.9
    assert pauses[4] < PAUSE  # it worked: nothing keeps it out any more


async def test_stopping_waits_for_running_steps_and_takes_no_more(bench: Bench) -> None:
    ended: list[str] = []

    async def work(step: Step) -> None:
        await bench.gate.wait()
        ended.append(step.name)

    bench.work["work"] = work
    await bench.put(Step(name="work"))
    await bench.begun(1)
    stopping = asyncio.create_task(bench.runner.stop(grace=30))
    await CLOCK.sleep(0.2)
    assert not stopping.done()
    await bench.put(Step(name="hold", key="too late"))
    bench.gate.set()
    await asyncio.wait_for(stopping, 30)
    assert (ended, bench.ran) == (["work"], ["work"])


async def test_what_does_not_end_within_the_grace_is_cancelled_and_may_clean_up(bench: Bench) -> None:
    cleaned: list[str] = []

    async def work(step: Step) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await CLOCK.sleep(0.01)
            cleaned.append(step.name)

    bench.work["work"] = work
    await bench.put(Step(name="work"))
    await bench.begun(1)
    await asyncio.wait_for(bench.runner.stop(grace=0.05), 30)
    assert cleaned == ["work"]
    assert bench.runner.failed == 0


async def test_stopping_twice_does_nothing(bench: Bench) -> None:
    await bench.runner.stop(grace=1)
    await bench.runner.stop(grace=1)
    await bench.put(Step(name="work"))
    assert bench.ran == []
