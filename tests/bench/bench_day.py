"""A day's articles, from the rows to placed stories: how long, how much memory.

    python tests/bench/bench_day.py --articles 10000 --workers 1

The articles (invented, of 220 words, see bench_placing.py) stand unplaced in a fresh SQLite database; the
step ``place`` of production routes them, embeds them with the offline model in processes of its own (where it
is installed), groups them and writes placements, stories and vectors with full durability. Fetching and
parsing come before and are measured by bench_poll.py. Prints one JSON object; memory is that of the whole
process tree.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.adapters import wordlists
from bot.adapters.clock import FixedClock
from bot.adapters.embedders.offline import OfflineEmbedder, installed
from bot.adapters.http import Web
from bot.adapters.parsing import ParsingPool
from bot.adapters.store import migrate, open_store
from bot.adapters.summarizers import ExtractiveSummarizer
from bot.domain.stories import Index
from bot.pipeline.group import place
from bot.ports import Deps, Step
from bot.types import Rules
from tests.bench.bench_placing import NOW, Newsroom
from tests.bench.gauges import Gauges


async def measure(count: int, workers: int, home: Path, *, alike: bool = False) -> dict[str, Any]:
    """One run of the step over all articles."""
    clock = FixedClock(NOW)
    database = f"sqlite:///{home / 'dateline.db'}"
    await migrate(database)
    store, web, parser = (
        open_store(database, clock=clock),
        Web(clock=clock, user_agent="bench"),
        ParsingPool(),
    )
    embedder = OfflineEmbedder(workers=workers) if workers and installed() else None
    summarizer, gauges = ExtractiveSummarizer(Rules()), Gauges()
    deps = Deps(
        store=store,
        clock=clock,
        web=web,
        parser=parser,
        summarizer=summarizer,
        fallback=summarizer,
        channels={},
        rules=Rules(),
        embedder=embedder,
        usual=wordlists.usual,
    )
    try:
        async with store.begin() as tx:
            for row in Newsroom(1, alike=alike).stream(count, Index.WINDOW / 4, vectors=False):
                await tx.add_article(row.article)
        await gauges.watch(lambda: place(deps, Step(name="place")))
        async with store.begin() as tx:
            placed = (await tx.counts())["placements"]
        index = deps.desk.index
        assert isinstance(index, Index)
    finally:
        await parser.close()
        await web.close()
        await store.close()
        if embedder is not None:
            await embedder.close()
    figures = gauges.figures()
    return {
        "bench": "day",
        "articles": count,
        "placed": placed,
        "open_stories": len(index),
        "texts": "alike" if alike else "varied",
        "embedder": embedder.name if embedder else "none",
        "workers": workers,
        **figures,
        "articles_per_s": round(count / figures["seconds"], 1),
    }


def main() -> None:
    """Run as a script."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--articles", type=int, default=10_000)
    options.add_argument("--workers", type=int, default=1, help="processes that embed; 0: by words alone")
    options.add_argument("--texts", choices=("varied", "alike"), default="varied")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        work = measure(chosen.articles, chosen.workers, Path(home), alike=chosen.texts == "alike")
        print(json.dumps(asyncio.run(work), indent=2))


if __name__ == "__main__":
    main()
