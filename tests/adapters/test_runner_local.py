"""Who runs when: keys that fall together, locks that exclude, pauses after failures, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import pytest

from bot.adapters.clock import FixedClock, SystemClock, VirtualClock
from bot.adapters.runner_local import FIRST_PAUSE, LONGEST_PAUSE, LocalRunner
from bot.errors import Misconfigured, Transient
from bot.ports import Deps, Step
from tests import make

Work = Callable[[Step], Awaitable[Sequence[Step] | None]]
NO_DEPS = cast("Deps", None)


class Bench:
    """A runner with steps that are written in the test; ``ran`` are the keys of those that began."""

    def __init__(self, clock: VirtualClock | SystemClock | None = None, **steps: Work) -> None:
        self.clock = clock or VirtualClock(make.NOW)
        self.ran: list[str] = []
        self.gate = asyncio.Event()

        def wrap(work: Work) -> Callable[[Deps, Step], Awaitable[Sequence[Step]]]:
            async def step_function(deps: Deps, step: Step) -> Sequence[Step]:
                self.ran.append(step.key or step.name)
                return await work(step) or ()

            return step_function

        self.runner = LocalRunner(NO_DEPS, {name: wrap(work) for name, work in steps.items()}, self.clock)

    async def put(self, *steps: Step) -> None:
        await self.runner.put(steps)
        await turns()


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await SystemClock().sleep(0)


async def nothing(step: Step) -> None:
    return None


def failing(error: Exception) -> Work:
    async def work(step: Step) -> None:
        raise error

    return work


def held(bench: list[Bench]) -> Work:
    async def work(step: Step) -> None:
        await bench[0].gate.wait()

    return work


def gated(clock: Any = None, **more: Work) -> Bench:
    """A bench whose step "hold" runs until the gate opens."""
    found: list[Bench] = []
    bench = Bench(clock, hold=held(found), **more)
    found.append(bench)
    return bench


async def test_steps_of_one_key_that_wait_fall_together() -> None:
    bench = gated()
    await bench.put(Step(name="hold", key="a", lock="x"))
    for _ in range(5):
        await bench.put(Step(name="hold", key="b", lock="x"))
    bench.gate.set()
    await bench.runner.idle()
    assert bench.ran == ["a", "b"]


async def test_steps_without_a_key_are_told_apart_by_name_and_ids() -> None:
    bench = Bench(one=nothing, two=nothing)
    await bench.runner.put(
        [Step(name="one"), Step(name="one"), Step(name="one", ids=("1",)), Step(name="two")]
    )
    await bench.runner.idle()
    assert sorted(bench.ran) == ["one", "one", "two"]


async def test_a_step_that_is_put_while_it_runs_runs_once_more() -> None:
    bench = gated()
    await bench.put(Step(name="hold", key="a"))
    for _ in range(3):
        await bench.put(Step(name="hold", key="a"))
    assert bench.ran == ["a"]
    bench.gate.set()
    await bench.runner.idle()
    assert bench.ran == ["a", "a"]


async def test_a_step_that_ends_does_not_make_room_for_a_second_one_of_its_key_to_wait() -> None:
    gates = [asyncio.Event() for _ in range(2)]

    async def work(step: Step) -> None:
        await gates[int(step.ids[0])].wait()

    bench = Bench(work=work)
    await bench.put(Step(name="work", key="a", lock="x", ids=("0",)))
    await bench.put(Step(name="work", key="other", lock="x", ids=("1",)))
    await bench.put(Step(name="work", key="a", lock="x", ids=("1",)))  # waits behind both
    gates[0].set()
    await turns()
    assert bench.ran == ["a", "other"]
    await bench.put(Step(name="work", key="a", lock="x", ids=("1",)))
    gates[1].set()
    await bench.runner.idle()
    assert bench.ran == ["a", "other", "a"]


async def test_a_lock_lets_one_run_at_a_time_in_the_order_of_asking() -> None:
    busy = most = 0

    async def work(step: Step) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await turns()
        busy -= 1

    bench = Bench(work=work)
    await bench.runner.put([Step(name="work", key=str(number), lock="x") for number in range(5)])
    await bench.runner.idle()
    assert (most, bench.ran) == (1, ["0", "1", "2", "3", "4"])
    await bench.runner.put([Step(name="work", key=str(number), lock=str(number)) for number in range(5)])
    await bench.runner.idle()
    assert most == 5


async def test_what_a_step_names_as_next_runs_and_a_delay_is_waited_on_the_clock() -> None:
    clock = VirtualClock(make.NOW)
    times: dict[str, float] = {}

    async def work(step: Step) -> Sequence[Step]:
        times[step.key] = clock.monotonic()
        later = Step(name="work", key="c", after=timedelta(seconds=90))
        return {"a": (Step(name="work", key="b"),), "b": (later,)}.get(step.key, ())

    bench = Bench(clock, work=work)
    await bench.put(Step(name="work", key="a"))
    await bench.runner.idle()
    assert times == {"a": 0, "b": 0, "c": 90}


@pytest.mark.parametrize("error", [Transient("the store is away"), ValueError("a bug of ours")])
async def test_a_failing_step_stops_no_other_and_is_counted_and_logged(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(bad=failing(error), good=nothing)
    with caplog.at_level(logging.WARNING):
        await bench.runner.put([Step(name="bad", lock="x"), Step(name="good", lock="x")])
        await bench.runner.idle()
    assert bench.ran == ["bad", "good"]
    assert bench.runner.failed == 1
    assert bench.runner.fatal is None
    assert "step=bad" in caplog.text
    assert str(error) in caplog.text


async def test_a_name_that_is_no_step_is_a_failure_and_no_more() -> None:
    bench = Bench(good=nothing)
    await bench.put(Step(name="nonsense"), Step(name="good"))
    await bench.runner.idle()
    assert (bench.ran, bench.runner.failed) == (["good"], 1)


async def test_the_first_setting_that_must_be_changed_is_kept_for_the_app() -> None:
    first, second = Misconfigured("the token is wrong"), Misconfigured("so is the key")
    bench = Bench(one=failing(first), two=failing(second), good=nothing)
    await bench.put(Step(name="one"), Step(name="two"), Step(name="good"))
    await bench.runner.idle()
    assert bench.runner.fatal is first
    assert "good" in bench.ran


async def test_a_step_that_keeps_failing_is_tried_at_growing_pauses_until_it_works() -> None:
    clock = FixedClock(make.NOW)
    broken = True
    tries: list[float] = []

    async def work(step: Step) -> None:
        tries.append(clock.monotonic())
        if broken:
            raise Transient("no")

    bench = Bench(clock, work=work)

    async def tick_until(end: float) -> None:
        while clock.monotonic() < end:
            await bench.runner.put([Step(name="work")])
            await bench.runner.idle()
            clock.move(5)

    await tick_until(2000)
    pauses = [later - sooner for sooner, later in pairwise(tries)]
    assert pauses[:4] == [5, FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    broken = False
    clock.move(LONGEST_PAUSE)
    count, begun = len(tries), clock.monotonic()
    await tick_until(begun + 50)
    assert len(tries) - count == 10


async def test_stopping_waits_for_running_steps_and_takes_no_more() -> None:
    ended: list[str] = []
    bench = gated()

    async def work(step: Step) -> Sequence[Step]:
        await bench.gate.wait()
        ended.append(step.name)
        return (Step(name="hold", key="follow-up"),)

    bench.runner = LocalRunner(NO_DEPS, {"hold": lambda _, step: work(step)}, bench.clock)
    await bench.put(Step(name="hold"))
    stopping = asyncio.create_task(bench.runner.stop(grace=60))
    await turns()
    assert not stopping.done()
    await bench.put(Step(name="hold", key="too late"))
    bench.gate.set()
    await asyncio.wait_for(stopping, 30)
    await bench.runner.idle()
    assert ended == ["hold"]


async def test_what_does_not_end_within_the_grace_is_cancelled_and_may_clean_up() -> None:
    cleaned: list[str] = []

    async def work(step: Step) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await turns()
            cleaned.append(step.name)

    bench = Bench(SystemClock(), work=work)
    await bench.put(Step(name="work"))
    await asyncio.wait_for(bench.runner.stop(grace=0.05), 30)
    assert cleaned == ["work"]
    assert bench.runner.failed == 0


async def test_stopping_does_not_wait_for_what_only_waits() -> None:
    bench = gated(SystemClock())
    await bench.put(
        Step(name="hold", key="asleep", after=timedelta(hours=1)),
        Step(name="hold", key="running", lock="x"),
        Step(name="hold", key="behind it", lock="x"),
    )
    stopping = asyncio.create_task(bench.runner.stop(grace=60))
    await turns()
    bench.gate.set()
    await asyncio.wait_for(stopping, 30)
    assert bench.ran == ["running"]


async def test_stopping_twice_and_stopping_an_idle_runner_do_nothing() -> None:
    bench = Bench(good=nothing)
    await bench.runner.stop(grace=1)
    await bench.runner.stop(grace=1)
    await bench.put(Step(name="good"))
    assert bench.ran == []
