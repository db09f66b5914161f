from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from bot.adapters.parsing import ParsingPool
from bot.adapters.parsing.pool import BODY_LIMIT
from bot.errors import Broken, Code, Misconfigured
from bot.evaluation.feeds import evaluate
from bot.types import RawUrl, Response

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = RawUrl("https://example.org/rss")
GOOD = (
    b"<rss><channel><item><title>Ferry sails</title><link>https://example.org/1</link></item></channel></rss>"
)


def response(body: bytes = GOOD) -> Response:
    return Response(url=URL, final_url=URL, body=body)


def parsers() -> list[psutil.Process]:
    """Parser processes of this test process, zombies among them."""
    children = psutil.Process().children()
    # This process may have started other programs, a database among them.
    return [one for one in children if one.status() == psutil.STATUS_ZOMBIE or _parses(one)]


def _parses(child: psutil.Process) -> bool:
    try:
        return any("bot.adapters.parsing" in word for word in child.cmdline())
    except psutil.Error:
        return False


@pytest.fixture
async def pool() -> AsyncIterator[ParsingPool]:
    before = {child.pid for child in parsers()}
    made = ParsingPool(workers=2, timeout=1.0, memory_mb=150, languages=("en",))
    yield made
    await made.close()
    assert {child.pid for child in parsers()} <= before


async def code_of(pool: ParsingPool, task: str, *arguments: object) -> Code | None:
    with pytest.raises(Broken) as caught:
        await pool.run(task, *arguments, where="https://example.org/x")
    assert caught.value.ids["url"] == "https://example.org/x"
    return caught.value.code


async def test_a_feed_is_parsed_in_another_process(pool: ParsingPool) -> None:
    assert parsers() == []  # nothing is started before it is needed
    parsed = await pool.feed(response(), NOW)
    assert [entry.title for entry in parsed.entries] == ["Ferry sails"]
    assert await pool.run("os:getpid") != os.getpid()
    assert pool.peak_rss > 0


async def test_a_refusal_arrives_with_its_code_and_hint(pool: ParsingPool) -> None:
    with pytest.raises(Broken) as caught:
        await pool.feed(response(b"<!DOCTYPE html><html><body>404</body></html>"), NOW)
    assert caught.value.code is Code.HTML_PAGE
    assert "discover" in caught.value.hint
    assert caught.value.ids == {"url": URL}


async def test_a_body_over_the_limit_is_refused_without_a_process(pool: ParsingPool) -> None:
    with pytest.raises(Broken) as caught:
        await pool.feed(response(b" " * (BODY_LIMIT + 1)), NOW)
    assert caught.value.code is Code.TOO_LARGE
    assert parsers() == []


async def test_a_task_that_takes_too_long_is_killed_and_the_pool_goes_on(pool: ParsingPool) -> None:
    assert await code_of(pool, "time:sleep", 60) is Code.PARSE_TIMEOUT
    assert len((await pool.feed(response(), NOW)).entries) == 1


async def test_a_task_that_hogs_memory_is_killed_and_the_pool_goes_on() -> None:
    pool = ParsingPool(workers=1, timeout=30.0, memory_mb=100)
    try:
        assert await code_of(pool, "operator:mul", [0], 30_000_000) is Code.PARSE_MEMORY
        assert len((await pool.feed(response(), NOW)).entries) == 1
    finally:
        await pool.close()


@pytest.mark.parametrize(
    ("task", "arguments"),
    [
        ("os:_exit", (3,)),
        ("os:abort", ()),
        ("math:sqrt", (-1,)),
        ("threading:Lock", ()),
        ("no_such_module:x", ()),
    ],
)
async def test_a_crash_is_a_code_and_the_pool_goes_on(
    pool: ParsingPool, task: str, arguments: tuple[object, ...]
) -> None:
    assert await code_of(pool, task, *arguments) is Code.PARSE_CRASH
    assert len((await pool.feed(response(), NOW)).entries) == 1


async def test_an_idle_process_that_died_is_replaced(pool: ParsingPool) -> None:
    victim = psutil.Process(await pool.run("os:getpid"))
    victim.kill()
    while victim.is_running() and victim.status() != psutil.STATUS_ZOMBIE:
        await asyncio.to_thread(time.sleep, 0.01)
    assert len((await pool.feed(response(), NOW)).entries) == 1


async def test_others_are_not_affected_by_a_task_that_hangs(pool: ParsingPool) -> None:
    hanging = asyncio.create_task(code_of(pool, "time:sleep", 60))
    results = await asyncio.gather(*(pool.feed(response(), NOW) for _ in range(40)))
    assert all(len(parsed.entries) == 1 for parsed in results)
    assert await hanging is Code.PARSE_TIMEOUT


async def test_the_start_of_a_process_does_not_count_as_parsing() -> None:
    # Starting Python and importing the parser takes longer than this.
    pool = ParsingPool(workers=1, timeout=0.05)
    try:
        assert len((await pool.feed(response(), NOW)).entries) == 1
    finally:
        await pool.close()


async def test_a_process_that_stays_large_is_renewed_before_the_next_task() -> None:
    pool = ParsingPool(workers=1, timeout=10.0)
    try:
        first = await pool.run("os:getpid")
        pool.memory = int(psutil.Process(first).memory_info().rss * 1.5)  # now it holds more than half
        assert await pool.run("os:getpid") == first
        assert await pool.run("os:getpid") != first
    finally:
        await pool.close()


async def test_a_parser_process_gets_no_secrets_and_no_network(pool: ParsingPool) -> None:
    os.environ["DATELINE_TEST_SECRET"] = "token"
    try:
        assert await pool.run("os:getenv", "DATELINE_TEST_SECRET") is None
    finally:
        del os.environ["DATELINE_TEST_SECRET"]
    for task, argument in (("socket:create_connection", ("127.0.0.1", 9)), ("os:system", "true")):
        with pytest.raises(Broken, match="PermissionError"):
            await pool.run(task, argument)


async def test_a_stray_print_does_not_disturb_the_conversation(pool: ParsingPool) -> None:
    await pool.run("builtins:print", "hello" * 1000)
    assert len((await pool.feed(response(), NOW)).entries) == 1


async def test_closing_ends_running_and_waiting_tasks_and_leaves_nothing_behind() -> None:
    pool = ParsingPool(workers=2, timeout=60.0)
    await pool.feed(response(), NOW)
    tasks = [asyncio.create_task(code_of(pool, "time:sleep", 60)) for _ in range(4)]
    while len(parsers()) < 2:  # two run, two wait
        await asyncio.to_thread(time.sleep, 0.01)
    await pool.close()
    assert await asyncio.gather(*tasks) == [Code.PARSE_CRASH] * 4
    assert parsers() == []
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("parsing")]
    await pool.close()
    with pytest.raises(Misconfigured):
        await pool.feed(response(), NOW)


def test_a_cancelled_loop_leaves_nothing_behind() -> None:
    async def cancelled() -> None:
        pool = ParsingPool(workers=2, timeout=60.0)
        try:
            await pool.run("time:sleep", 60)
        finally:
            await pool.close()

    async def main() -> None:
        await asyncio.wait_for(cancelled(), 0.5)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert parsers() == []


def test_a_pool_that_nobody_closed_does_not_keep_the_program_from_ending(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import asyncio\n"
        "from bot.adapters.parsing import ParsingPool\n"
        "async def main():\n"
        "    pool = ParsingPool()\n"
        "    print(await pool.run('os:getpid'), flush=True)\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        capture_output=True,
        timeout=60,
        env=environment,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert not psutil.pid_exists(int(done.stdout))


def test_a_parser_process_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import asyncio, os, signal\n"
        "from bot.adapters.parsing import ParsingPool\n"
        "async def main():\n"
        "    pool = ParsingPool()\n"
        "    print(await pool.run('os:getpid'), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, timeout=60, env=environment, check=False
    )
    orphan = int(done.stdout)
    for _ in range(500):
        if not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.02)
    pytest.fail("the orphan still runs")


def test_a_pool_without_workers_is_refused() -> None:
    with pytest.raises(Misconfigured):
        ParsingPool(workers=0)


async def test_the_evaluation_counts_what_was_parsed_and_names_the_rest(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_bytes(GOOD)
    (tmp_path / "empty.xml").write_bytes(b"")
    (tmp_path / "page.html").write_bytes(b"<!doctype html><html></html>")
    (tmp_path / "huge.xml").write_bytes(b" " * (BODY_LIMIT + 10))
    (tmp_path / "none.xml").write_bytes(b"<rss><channel><title>T</title></channel></rss>")
    figures = await evaluate(tmp_path)
    assert figures["files"]["good.xml"]["entries"] == 1
    codes = {name: row["code"] for name, row in figures["files"].items() if "code" in row}
    assert codes == {
        "empty.xml": "empty",
        "page.html": "html_page",
        "huge.xml": "too_large",
        "none.xml": "no_entries",
    }
    assert (figures["parsed"], figures["failed"], figures["crashed"]) == (1, 4, 0)
    assert 0 < figures["ms_median"] <= figures["ms_p95"]
    assert figures["peak_rss_mb"] > 10


async def test_the_evaluation_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        await evaluate(tmp_path / "absent")
