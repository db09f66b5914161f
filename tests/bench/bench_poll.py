"""A poll cycle of many feeds: how long, how much memory, and what it costs beside bare loops over aiohttp.

    python tests/bench/bench_poll.py --feeds 5000 --cycles 3

5,000 feeds of 20 entries and 100 KB (gzip, ETag) on 250 host names are served by another process on loopback.
Cycle 0 imports all of them; before each later one all are due again and a fifth has changed. Every cycle runs
in three ways, in turns, so that all see the same machine:

- ``poll``: the step of production (fetch, guard, parse in killable processes, decide, write to SQLite);
- ``bare``: a loop over aiohttp that fetches with If-None-Match and does nothing with the bodies;
- ``bare_parsed``: the same, with each new body given to feedparser in two processes (as it comes, and with
  the sanitizing and resolving off that we do without), nothing kept.

Prints one JSON object. With ``--database postgres`` the rows go to a PostgreSQL of its own, whose processor
time and memory are counted, too.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import logging
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import feedparser

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.adapters.http import FetchLimits, Web
from bot.adapters.parsing import ParsingPool
from bot.adapters.store import migrate, open_store
from bot.adapters.summarizers import ExtractiveSummarizer
from bot.pipeline import collect
from bot.ports import Deps, Step
from bot.types import Feed, FeedId, RawUrl, Rules
from tests.bench.databases import KINDS, fresh
from tests.bench.feed_server import CHANGED, CYCLE, HOSTS, START, AllOnLoopback, serving
from tests.bench.gauges import Gauges

FETCHES = 100
"""Requests under way at once in the bare loops."""
PARSERS = 2
"""Processes that parse, in every way."""


class CycleClock:
    """The machine's time, moved: the first cycle begins at ``START``, each later one an hour after."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._cycle = 0

    def now(self) -> datetime:
        return START + CYCLE * self._cycle + timedelta(seconds=time.monotonic() - self._begun)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def begin(self, cycle: int) -> None:
        """Set the time for this cycle."""
        self._cycle, self._begun = cycle, time.monotonic()


# ------------------------------------------------------------------------------------------------ production


@asynccontextmanager
async def production(urls: list[str], clock: CycleClock, database: str) -> AsyncIterator[Deps]:
    """The rooms that a poll meets, on a fresh database that knows all feeds."""
    await migrate(database)
    store = open_store(database, clock=clock)
    web = Web(
        clock=clock,
        user_agent="Dateline-bench",
        allow_private=["127.0.0.1"],
        resolver=AllOnLoopback(),
        limits=FetchLimits(host_gap=0),  # 20 feeds on one host would take 20 s for politeness alone
    )
    parser = ParsingPool(workers=PARSERS)
    summarizer = ExtractiveSummarizer(Rules())
    try:
        async with store.begin() as tx:
            await tx.put_feeds(
                [Feed(id=FeedId(f"feed-{index}"), url=RawUrl(url)) for index, url in enumerate(urls)]
            )
        yield Deps(
            store=store,
            clock=clock,
            web=web,
            parser=parser,
            summarizer=summarizer,
            fallback=summarizer,
            channels={},
            rules=Rules(),
        )
    finally:
        await parser.close()
        await web.close()
        await store.close()


async def outcome(deps: Deps, since: datetime) -> dict[str, int]:
    """What the store says of a cycle: feeds asked, feeds that failed, feeds due again, entries known."""
    async with deps.store.begin() as tx:
        feeds = await tx.feeds()
        counts = await tx.counts()
        due = await tx.due_feeds(deps.clock.now(), len(feeds))
    return {
        "fine": sum(feed.last_success_at is not None and feed.last_success_at >= since for feed in feeds),
        "failing": sum(feed.failures > 0 for feed in feeds),
        "still_due": len(due),
        "entries": counts["entries"],
    }


# ---------------------------------------------------------------------------------------------- plain loops


async def fetch_all(
    session: aiohttp.ClientSession,
    urls: list[str],
    etags: dict[str, str],
    use: Callable[[bytes], Awaitable[Any]] | None = None,
) -> dict[str, int]:
    """What a plain loop does: no guard, no cap, no turns."""
    waiting = iter(random.Random(len(urls)).sample(urls, len(urls)))
    statuses: Counter[str] = Counter()

    async def work() -> None:
        for url in waiting:
            headers = {"If-None-Match": etags[url]} if url in etags else {}
            async with session.get(url, headers=headers) as got:
                body = await got.read()
                etags[url] = got.headers.get("ETag", "")
                statuses[str(got.status)] += 1
            if use is not None and got.status == 200:
                await use(body)

    await asyncio.gather(*(work() for _ in range(FETCHES)))
    return dict(statuses)


def parse(body: bytes, *, plain: bool) -> int:
    """The entries that feedparser finds; ``plain``: without its sanitizing and resolving."""
    result = feedparser.parse(io.BytesIO(body), sanitize_html=not plain, resolve_relative_uris=not plain)
    return len(result["entries"])


@asynccontextmanager
async def parsers() -> AsyncIterator[Executor]:
    """Two processes that have feedparser imported; they end with the block, so that nobody else pays."""
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PARSERS, mp_context=context) as pool:
        await asyncio.gather(*(loop.run_in_executor(pool, time.sleep, 0.5) for _ in range(PARSERS)))
        yield pool


async def fetch_and_parse(
    gauges: Gauges, session: aiohttp.ClientSession, urls: list[str], etags: dict[str, str], *, plain: bool
) -> dict[str, int]:
    """One cycle of fetching and feedparser."""
    loop = asyncio.get_running_loop()

    async with parsers() as pool:

        async def use(body: bytes) -> int:
            return await loop.run_in_executor(pool, partial(parse, body, plain=plain))

        got: dict[str, int] = await gauges.watch(lambda: fetch_all(session, urls, etags, use))
        return got


# ------------------------------------------------------------------------------------------------- measuring


async def measure(count: int, cycles: int, database: str) -> dict[str, Any]:
    """All cycles of all ways. In the first one the bare loops only fetch: nothing is compared with it."""
    clock = CycleClock()
    with serving(count) as served:
        urls = served.urls(count)
        names = ("poll", "bare", "bare_parsed", "bare_parsed_plain")
        gauges = {name: Gauges(served.process.pid) for name in names}
        first = Gauges(served.process.pid)
        etags: dict[str, dict[str, str]] = {name: {} for name in names[1:]}
        rows: list[dict[str, Any]] = []
        connector = aiohttp.TCPConnector(limit=FETCHES, resolver=AllOnLoopback(), use_dns_cache=False)
        async with (
            production(urls, clock, database) as deps,
            aiohttp.ClientSession(connector=connector, headers={"Accept-Encoding": "gzip"}) as session,
        ):
            for number in range(cycles + 1):
                clock.begin(number)
                if number:
                    served.change()
                row: dict[str, Any] = {"cycle": number}
                since = clock.now()
                await (gauges["poll"] if number else first).watch(
                    lambda: collect.poll(deps, Step(name="poll"))
                )
                row["poll"] = await outcome(deps, since)
                if not number:
                    statuses = await fetch_all(session, urls, etags["bare"])
                    etags |= {name: dict(etags["bare"]) for name in names[2:]}
                else:
                    statuses = await gauges["bare"].watch(partial(fetch_all, session, urls, etags["bare"]))
                    for name in names[2:]:
                        await fetch_and_parse(
                            gauges[name], session, urls, etags[name], plain=name.endswith("plain")
                        )
                rows.append(row | {"statuses": statuses})
    return report(count, rows, first, gauges)


def report(
    count: int, rows: list[dict[str, Any]], first: Gauges, gauges: dict[str, Gauges]
) -> dict[str, Any]:
    """The figures; ratios compare medians of the cycles with a fifth changed."""
    figures = {name: gauge.figures() for name, gauge in gauges.items()}
    ours = figures["poll"]
    ratios = {
        f"ratio_to_{name}": {
            what: round(ours[what] / figures[name][what], 2) for what in ("seconds", "cpu_seconds")
        }
        for name in figures
        if name != "poll"
    }
    return {
        "bench": "poll",
        "feeds": count,
        "hosts": HOSTS,
        "changed": CHANGED,
        "first_cycle": first.figures(),
        "cycle": ours,
        "peak_pss_mb": max(first.figures()["peak_pss_mb"], ours["peak_pss_mb"]),
        **ratios,
        "bare": {name: figures[name] for name in figures if name != "poll"},
        "cycles": [
            row | {"seconds": round(seconds, 2)}
            for row, seconds in zip(rows, first.seconds + gauges["poll"].seconds, strict=True)
        ],
    }


def main() -> None:
    """Run as a script."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--feeds", type=int, default=5_000)
    options.add_argument("--cycles", type=int, choices=range(1, 100), default=2, metavar="N")
    options.add_argument("--database", choices=KINDS, default=KINDS[0])
    options.add_argument("--verbose", action="store_true", help="log to standard error")
    chosen = options.parse_args()
    logging.basicConfig(level=logging.INFO if chosen.verbose else logging.ERROR)
    with (
        tempfile.TemporaryDirectory(prefix="dateline-bench-") as home,
        fresh(chosen.database, Path(home)) as database,
    ):
        told = asyncio.run(measure(chosen.feeds, chosen.cycles, database))
    print(json.dumps({"database": chosen.database, **told}, indent=2))


if __name__ == "__main__":
    main()
