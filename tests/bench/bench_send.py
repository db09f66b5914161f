"""Messages a second through outbox and channel, beside bare posts with aiohttp.

    python tests/bench/bench_send.py --messages 2000 --rounds 3
    python tests/bench/bench_send.py --broadcast 10000

The simulated Bot API runs in another process, with its flood control off; every message goes to a chat of its
own, and is as long and as styled as a part of a digest. The same messages go four ways, in turns, 128 at a
time, which is the window of paid broadcast:

- ``bare``: a loop that posts the finished form with aiohttp and reads the answer as JSON;
- ``channel``: the Telegram channel alone: what python-telegram-bot and our reading of failures cost;
- ``limiter``: the channel, each message waiting for its turn as an answer does, under 900 a second;
- ``outbox``: the sender of production: queued rows of a SQLite file (WAL, synchronous FULL), claimed, marked
  in one commit before they go, paced, sent, settled in one commit.

Prints one JSON object; ``received`` must be what was sent: nothing lost, nothing twice.

With ``--broadcast`` another one: so many private chats at the free rate of 25 a second (10,000 take seven
minutes), while an administrator's command is answered every two seconds. ``rate_held`` is the rate by the
permitted one; ``cpu_to_bare`` compares a message's processor time with a bare post's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.adapters.channels.telegram import TelegramChannel
from bot.adapters.clock import SystemClock
from bot.adapters.simulator import Simulator
from bot.adapters.store import SqlStore, migrate, open_store
from bot.domain.pacing import Pace
from bot.pipeline.broadcast import broadcast
from bot.pipeline.send import drain
from bot.ports import Deps, Desk
from bot.types import Address, Delivery, DeliveryState, Entity, EntityKind, Origin, Part, Rules
from tests.bench.databases import KINDS, fresh
from tests.bench.gauges import Gauges, percentile

TOKEN = "1234567:token-of-the-simulator-in-benchmarks"
WINDOW = 128
ADMIN = 9_999
FIRST_CHAT = 10_000
STORIES = 6  # of a message, each with a bold headline and a link
PAID = Rules(sender_window=WINDOW, sender_rate=900.0)
"""As with paid broadcast."""
_SENTENCE = "The harbour council said on Monday that ships would wait for a new inspection. "


def message() -> Part:
    """One part of a digest: about 1,300 characters, 12 styled stretches."""
    text, entities = "", []
    for number in range(STORIES):
        headline = f"Ministers meet again about tariffs, part {number}"
        entities.append(Entity(kind=EntityKind.BOLD, offset=len(text), length=len(headline)))
        text += f"{headline}\n{_SENTENCE * 2}"
        link = Entity(
            kind=EntityKind.TEXT_LINK, offset=len(text), length=6, url=f"https://outlet.example/{number}"
        )
        entities.append(link)
        text += "Outlet\n\n"
    return Part(text=text.strip(), entities=tuple(entities))


# ---------------------------------------------------------------------------------------------- the Bot API


async def serve(chats: int) -> None:
    """Says its address; for each line on stdin says how many messages of how many chats were accepted."""
    simulator = Simulator(token=TOKEN, clock=SystemClock(), limits=False)
    for number in range(chats):
        simulator.world.add_user(FIRST_CHAT + number, f"Reader {number}")
    simulator.world.add_user(ADMIN, "Admin")
    await simulator.start()
    print(simulator.base_url, flush=True)
    while await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
        calls = simulator.ledger.accepted()
        told = {"messages": len(calls), "chats": len({call.chat for call in calls})}
        print(json.dumps(told | {"refused": len(simulator.ledger.refused())}), flush=True)
    await simulator.stop()


@contextmanager
def serving(chats: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The Bot API's process and address while the block runs."""
    command = [sys.executable, __file__, "--serve", str(chats)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, _pipe(process.stdout).readline().strip()
        finally:
            process.kill()


def received(process: subprocess.Popen[str]) -> dict[str, int]:
    """What the Bot API has accepted so far."""
    _pipe(process.stdin).write("\n")
    _pipe(process.stdin).flush()
    told: dict[str, int] = json.loads(_pipe(process.stdout).readline())
    return told


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


# ---------------------------------------------------------------------------------------------- three ways


async def all_of(chats: Sequence[int], post: Callable[[int], Awaitable[Any]]) -> None:
    """Post to each chat, a window at a time."""
    waiting = iter(chats)

    async def work() -> None:
        for chat in waiting:
            await post(chat)

    await asyncio.gather(*(work() for _ in range(WINDOW)))


async def bare(session: aiohttp.ClientSession, base: str, chats: Sequence[int]) -> None:
    """The finished form, and the answer's "ok"."""
    part = message()
    entities = [
        {"type": item.kind, "offset": item.offset, "length": item.length}
        | ({"url": item.url} if item.url else {})
        for item in part.entities
    ]
    form = {
        "text": part.text,
        "entities": json.dumps(entities),
        "link_preview_options": '{"is_disabled": true}',
        "allow_paid_broadcast": "true",
    }

    async def post(chat: int) -> None:
        address = f"{base}{TOKEN}/sendMessage"
        async with session.post(address, data={"chat_id": str(chat), **form}) as answer:
            told = await answer.json()
            assert told["ok"], told

    await all_of(chats, post)


async def through_channel(channel: TelegramChannel, chats: Sequence[int]) -> None:
    """The channel without an outbox."""
    part = message()
    await all_of(chats, lambda chat: channel.send(Address(channel="telegram", chat=str(chat)), part))


async def through_limiter(channel: TelegramChannel, chats: Sequence[int]) -> None:
    """The channel, each message in its turn."""
    part = message()
    await all_of(chats, lambda chat: channel.post(Address(channel="telegram", chat=str(chat)), part))


async def queue(store: SqlStore, chats: Sequence[int]) -> None:
    """A message for each chat into the outbox; not part of what is measured."""
    now, part = SystemClock().now(), message()
    rows = [
        Delivery(
            key=f"bench:{chat}",
            group=f"bench:{chat}",
            origin=Origin.BROADCAST,
            address=Address(channel="telegram", chat=str(chat)),
            part_number=0,
            parts=1,
            part=part,
            due_at=now,
        )
        for chat in chats
    ]
    async with store.begin() as tx:
        await tx.queue(rows)


@asynccontextmanager
async def production(
    channel: TelegramChannel, database: str, rules: Rules = PAID
) -> AsyncIterator[tuple[SqlStore, Deps]]:
    """The sender's rooms, on a fresh database, with the channel's own budget."""
    await migrate(database)
    clock = SystemClock()
    store = open_store(database, clock=clock)
    nothing = cast("Any", None)
    desk = Desk()
    desk.paces["telegram"] = channel.limiter.pace
    try:
        yield (
            store,
            Deps(
                store=store,
                clock=clock,
                web=nothing,
                parser=nothing,
                summarizer=nothing,
                fallback=nothing,
                channels={"telegram": channel},
                rules=rules,
                desk=desk,
            ),
        )
    finally:
        await store.close()


# ------------------------------------------------------------------------------------------------ measuring


async def measure(count: int, rounds: int, database: str) -> dict[str, Any]:
    """All rounds of all ways."""
    names = ("bare", "channel", "limiter", "outbox")
    total = count * rounds * len(names)
    with serving(total) as (process, base):
        pace = Pace(PAID.sender_rate)
        channel = TelegramChannel(
            token=TOKEN, base_url=base, clock=SystemClock(), pace=pace, paid_broadcast=True
        )
        await channel.start()
        gauges = {name: Gauges(process.pid) for name in names}
        chats = iter(range(FIRST_CHAT, FIRST_CHAT + total))
        connector = aiohttp.TCPConnector(limit=2 * WINDOW)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            production(channel, database) as (store, deps),
        ):
            for number in range(rounds):
                for name in names if number % 2 else reversed(names):
                    these = [next(chats) for _ in range(count)]
                    if name == "outbox":
                        await queue(store, these)
                    ways: dict[str, Callable[[], Awaitable[Any]]] = {
                        "bare": partial(bare, session, base, these),
                        "channel": partial(through_channel, channel, these),
                        "limiter": partial(through_limiter, channel, these),
                        "outbox": partial(drain, deps),
                    }
                    await gauges[name].watch(ways[name])
            async with deps.store.begin() as tx:
                sent = len(await tx.deliveries([DeliveryState.SENT], limit=count * rounds + 1))
        await channel.close()
        return report(count, rounds, gauges) | {"outbox_sent": sent, "received": received(process)}


def report(count: int, rounds: int, gauges: dict[str, Gauges]) -> dict[str, Any]:
    """The figures; ratios compare medians over the rounds."""
    ways = {}
    for name, gauge in gauges.items():
        figures = gauge.figures()
        ways[name] = {
            "messages_per_second": round(count / figures["seconds"], 1),
            "cpu_ms_per_message": round(1000 * figures["cpu_seconds"] / count, 3),
            "peak_pss_mb": figures["peak_pss_mb"],
            "loop_lag_p99_ms": figures["loop_lag_p99_ms"],
        }
    plain = ways["bare"]
    ratios = {
        f"{name}_to_bare": {
            "seconds": round(plain["messages_per_second"] / ways[name]["messages_per_second"], 2),
            "cpu": round(ways[name]["cpu_ms_per_message"] / plain["cpu_ms_per_message"], 2),
        }
        for name in ("channel", "limiter", "outbox")
    }
    return {"bench": "send", "messages": count, "rounds": rounds, "window": WINDOW, **ways, **ratios}


# ------------------------------------------------------------------------------------------------ broadcast


async def broadcasting(count: int, database: str) -> dict[str, Any]:
    """A broadcast to so many chats at the free rate, with an administrator who asks things meanwhile."""
    bare_count = min(count, 2_000)
    with serving(count + bare_count) as (process, base):
        channel = TelegramChannel(token=TOKEN, base_url=base, clock=SystemClock())
        await channel.start()
        plain, gauge = Gauges(process.pid), Gauges(process.pid)
        chats = range(FIRST_CHAT, FIRST_CHAT + count)
        others = range(FIRST_CHAT + count, FIRST_CHAT + count + bare_count)
        async with (
            aiohttp.ClientSession() as session,
            production(channel, database, Rules()) as (_, deps),
        ):
            await plain.watch(partial(bare, session, base, others))
            addresses = [Address(channel="telegram", chat=str(chat)) for chat in chats]
            await broadcast(deps, {"en": message()}, addresses)
            answers: list[float] = []
            asking = asyncio.create_task(_ask(channel, answers))
            sent = await gauge.watch(partial(drain, deps))
            asking.cancel()
            await asyncio.wait({asking})
        await channel.close()
        told = received(process)
    spent, usual = gauge.figures(), plain.figures()
    rate = (count + len(answers)) / spent["seconds"]
    cpu, cpu_bare = spent["cpu_seconds"] / count, usual["cpu_seconds"] / bare_count
    return {
        "bench": "broadcast",
        "chats": count,
        "messages_per_second": round(rate, 2),
        "rate_held": round(rate / Rules().sender_rate, 3),
        "cpu_ms_per_message": round(1000 * cpu, 3),
        "cpu_to_bare": round(cpu / cpu_bare, 2),
        "answers": len(answers),
        "answer_seconds_p50": round(percentile(answers, 0.5), 3),
        "answer_seconds_worst": round(max(answers, default=0.0), 3),
        "outbox_sent": sent.sent,
        "received": told,
    }


async def _ask(channel: TelegramChannel, answers: list[float]) -> None:
    """Answer a command every two seconds; how long each answer took."""
    address, clock = Address(channel="telegram", chat=str(ADMIN)), SystemClock()
    while True:
        started = clock.monotonic()
        await channel.post(address, Part(text="All is well."))
        answers.append(clock.monotonic() - started)
        await clock.sleep(2.0)


def main() -> None:
    """Run as a script."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--messages", type=int, default=2_000, help="of each way in each round")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--broadcast", type=int, default=0, help="so many chats at the free rate instead")
    options.add_argument("--database", choices=KINDS, default=KINDS[0])
    options.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    logging.basicConfig(level=logging.ERROR)
    if chosen.serve:
        asyncio.run(serve(chosen.serve))
        return
    with (
        tempfile.TemporaryDirectory(prefix="dateline-bench-") as home,
        fresh(chosen.database, Path(home)) as database,
    ):
        if chosen.broadcast:
            told = asyncio.run(broadcasting(chosen.broadcast, database))
        else:
            told = asyncio.run(measure(chosen.messages, chosen.rounds, database))
    print(json.dumps({"database": chosen.database, **told}, indent=2))


if __name__ == "__main__":
    main()
