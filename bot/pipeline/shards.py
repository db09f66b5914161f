"""On many machines: the plan's steps cut into shards, so that every worker has some.

A shard is a bucket by a stable hash, not a list that changes: its step's key is the same at each plan, so
what waits is not put twice, and what runs is not run beside itself. Feeds are cut by host, so that one worker
at a time is polite to each site.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from bot.ports import Deps, Step
from bot.types import Feed

SHARD = 50
"""Feeds of a shard: 5,000 feeds in ten minutes are a job in six seconds; the queue bears 300 a second."""
READERS = 500
"""Subscriptions of a shard: those alike share one composing, of which each shard makes its own."""
PREPARED = 50
"""Subscriptions whose editions one step makes ready: it chooses stories and names what is to be told of them,
and most of them want the same stories. The telling itself is a step for each story."""
LEAST = 8
"""Shards at least: two or three workers share few feeds too."""
ONE_BY_ONE = {"compose": (READERS, LEAST), "prepare": (PREPARED, 1)}
"""Steps of the plan for subscriptions, which go in shards of them: how many in one, and shards at least."""


async def cut(deps: Deps, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The same work in shards: polls and readings by site, editions by subscription."""
    names = {step.name for step in steps}
    whole = [step for step in steps if step.name not in ("poll", "read", *ONE_BY_ONE)]
    made: list[Step] = []
    if names & {"poll", "read"}:
        now = deps.clock.now()
        async with deps.store.begin() as tx:
            feeds = await tx.feeds()
            due = {feed.id for feed in await tx.due_feeds(now, 1_000_000)} if "poll" in names else set()
            unread = await tx.unread_feeds(now) if "read" in names else frozenset()
        count = buckets(len(feeds))
        made += _shards("poll", [feed for feed in feeds if feed.id in due], count)
        made += _shards("read", [feed for feed in feeds if feed.id in unread], count)
    for name, (size, least) in ONE_BY_ONE.items():
        wanted = [ident for step in steps if step.name == name for ident in step.ids]
        count = buckets(len(wanted), size, least)
        made += [
            _step(name, number, count, ids)
            for number, ids in _sorted_into(((one, one) for one in wanted), count)
        ]
    # What a reader waits for goes into the queue first.
    return (*whole, *sorted(made, key=lambda step: step.name != "compose"))


def buckets(items: int, size: int = SHARD, least: int = LEAST) -> int:
    """Into how many shards so many items go: a power of two, which changes when the items have doubled."""
    count = least
    while count * size < items:
        count *= 2
    return count


def followed(step: Step, name: str) -> Step:
    """The step that comes after a shard's, for the same shard."""
    key = step.key.replace(step.name, name, 1)
    return Step(name=name, ids=step.ids, key=key, lock=key)


def _shards(name: str, feeds: Iterable[Feed], count: int) -> list[Step]:
    by_host = ((urlsplit(feed.url).hostname or feed.id, str(feed.id)) for feed in feeds)
    return [_step(name, number, count, ids) for number, ids in _sorted_into(by_host, count)]


def _sorted_into(items: Iterable[tuple[str, str]], count: int) -> list[tuple[int, list[str]]]:
    """(What decides, id) -> (bucket, its ids), by bucket."""
    found: dict[int, list[str]] = {}
    for decides, ident in items:
        found.setdefault(zlib.crc32(decides.encode()) % count, []).append(ident)
    return sorted(found.items())


def _step(name: str, number: int, count: int, ids: Sequence[str]) -> Step:
    key = f"{name}:{number}/{count}"
    return Step(name=name, ids=tuple(sorted(ids)), key=key, lock=key)
