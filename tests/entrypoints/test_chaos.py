"""``dateline chaos``: the account finds what is broken, and a few hours of the day keep every promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.channels.telegram import TelegramChannel
from bot.adapters.clock import FixedClock
from bot.adapters.simulator import Simulator
from bot.adapters.store import open_store
from bot.demo.chaos import Account, drawn, play
from bot.demo.chaos.account import Trial, judge
from bot.demo.chaos.day import START
from bot.demo.chaos.script import STEPS, Script
from bot.types import Address, DeliveryState, Part
from tests import make

CHAT = -1001000000101
SCRIPT = Script(hours=1, seed=1, slots=(20,))


def test_the_same_seed_draws_the_same_day_and_a_day_has_every_step() -> None:
    assert drawn(24, 5) == drawn(24, 5) != drawn(24, 6)
    day = drawn(24, 1)
    assert {one.step for one in day.troubles if one.kind in {"kill", "taken"}} == set(STEPS)
    assert {one.kind for one in day.troubles} == {"kill", "taken", "stop", "down", "fail", "lock"}
    assert len(STEPS) >= 12


# ------------------------------------------------------------------------------------------------ the account


async def accounted(
    url: str,
    *,
    posted: int,
    state: DeliveryState,
    after: float = 5.0,
    slot: int = 20,
    script: Script = SCRIPT,
    off: tuple[float, ...] = (),
) -> Account:
    """The account of one reader's message of this slot (minutes), which was posted so many times.

    ``off``: bots that were away from the beginning, and for how many minutes.
    """
    clock = FixedClock(START + timedelta(minutes=slot, seconds=after))
    simulator = Simulator(token="1234567:token-of-the-simulator-in-tests-000", clock=clock)
    simulator.world.add_chat(CHAT, "channel", "Reader")
    store = open_store(url, clock=clock)
    item = make.delivery(
        f"digest:reader-{CHAT}:{START + timedelta(minutes=slot):%Y-%m-%dT%H:%M}:0",
        address=Address(channel="telegram", chat=str(CHAT)),
        part=Part(text="The news of 06:20"),
    )
    async with store.begin() as tx:
        await tx.queue([item])
        (claimed,) = await tx.claim(
            token="t", now=clock.now(), until=clock.now() + timedelta(minutes=1), limit=1, channel="telegram"
        )
        await tx.mark_sending([claimed.id], "t", clock.now() + timedelta(minutes=1))
        await tx.settle([make.outcome(claimed, "t", state=state)])
    await simulator.start()
    try:
        for _ in range(posted):
            await say(simulator, item.part.text)
        trial = Trial(script=script, start=START, chats=(CHAT,), bots=max(1, len(off)))
        for minutes in off:
            trial.hindered(0.0, 60 * minutes, "down")
        return await judge(store, simulator, trial, Counter(), url)
    finally:
        await simulator.stop()
        await store.close()


async def say(simulator: Simulator, text: str) -> None:
    channel = TelegramChannel(token=simulator.token, base_url=simulator.base_url, clock=FixedClock(START))
    await channel.start()
    await channel.send(Address(channel="telegram", chat=str(CHAT)), Part(text=text))
    await channel.close()


async def test_a_message_that_came_once_is_as_it_should_be(sqlite_url: str) -> None:
    account = await accounted(sqlite_url, posted=1, state=DeliveryState.SENT)
    assert (account.due, account.sent, account.late, account.doubled, account.lost) == (1, 1, 0, 0, 0)
    assert account.kept


async def test_a_message_that_came_twice_breaks_the_promise(sqlite_url: str) -> None:
    account = await accounted(sqlite_url, posted=2, state=DeliveryState.SENT)
    assert (account.doubled, account.lost, account.kept) == (1, 0, False)
    assert "1 too many" in account.complaints[0]


async def test_a_message_that_is_called_sent_and_is_not_there_is_lost(sqlite_url: str) -> None:
    account = await accounted(sqlite_url, posted=0, state=DeliveryState.SENT)
    assert (account.sent, account.lost, account.kept) == (0, 1, False)
    assert "is not there" in account.complaints[0]


async def test_a_message_that_failed_is_lost(sqlite_url: str) -> None:
    account = await accounted(sqlite_url, posted=0, state=DeliveryState.FAILED)
    assert (account.lost, account.kept) == (1, False)


async def test_a_late_message_with_nothing_in_the_way_breaks_the_promise(sqlite_url: str) -> None:
    account = await accounted(sqlite_url, posted=1, state=DeliveryState.SENT, after=61.0)
    assert (account.late, account.late_without_cause, account.kept) == (0, 1, False)


TWO = replace(SCRIPT, slots=(20, 40, 65))  # of which one reader has every other one


async def test_slots_that_an_outage_held_up_are_told_by_the_last_of_them(sqlite_url: str) -> None:
    account = await accounted(
        sqlite_url, posted=1, state=DeliveryState.SENT, slot=65, after=120.0, script=TWO, off=(66.0,)
    )
    assert (account.due, account.sent, account.gathered, account.lost) == (2, 1, 1, 0)
    assert account.kept


@pytest.mark.parametrize("off", [(), (30.0,), (66.0, 30.0)])
async def test_a_slot_is_lost_where_not_all_were_off_until_the_next(
    off: tuple[float, ...], sqlite_url: str
) -> None:
    account = await accounted(sqlite_url, posted=1, state=DeliveryState.SENT, slot=65, script=TWO, off=off)
    assert (account.sent, account.gathered, account.lost) == (1, 0, 1)
    assert "no digest was made" in account.complaints[0]


async def test_a_slot_is_lost_where_the_edition_that_should_tell_it_is(sqlite_url: str) -> None:
    account = await accounted(
        sqlite_url, posted=0, state=DeliveryState.SENT, slot=65, script=TWO, off=(66.0,)
    )
    assert (account.gathered, account.lost) == (0, 2)


# ------------------------------------------------------------------------------------------------ the day


def silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_command_plays_two_hours_and_keeps_every_promise(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chaos", "--hours", "2", "--seed", "3", "--json"],
        capture_output=True,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    account = json.loads(done.stdout)
    assert account["kept"]
    assert account["due"] == account["sent"] == 6
    assert (account["doubled"], account["lost"], account["late_without_cause"]) == (0, 0, 0)
    assert account["troubles"]["killed"] >= 1
    assert list(tmp_path.iterdir()) == []  # all of it is gone


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(900)
async def test_two_bots_on_one_database_keep_every_promise(postgres_url: str, tmp_path: Path) -> None:
    script = replace(drawn(2, 4), model=False)
    account = await play(script, tmp_path, silent, database=postgres_url, bots=2)
    assert account.kept, account.complaints
    assert account.due == account.sent == 6


@pytest.mark.nightly
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_whole_day_keeps_every_promise(
    seed: int, store_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = "" if store_url.startswith("sqlite") else store_url
    home = tmp_path / "chaos"
    home.mkdir()
    account = await play(drawn(24, seed), home, silent, database=database, bots=2 if database else 1)
    with capsys.disabled():
        print(f"\n{account}")
    assert account.kept, account.complaints
