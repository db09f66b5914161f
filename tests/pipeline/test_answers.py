"""What answers teach the rows: pauses, chats that are gone, groups that moved; one budget with the outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.channels.telegram import TelegramChannel
from bot.adapters.clock import VirtualClock
from bot.adapters.simulator import Fault, Simulator
from bot.adapters.store import SqlStore
from bot.errors import Transient, Unreachable
from bot.pipeline.answers import Answers
from bot.pipeline.send import drain, pace_of
from bot.ports import Deps
from bot.types import Address, Part
from tests import make
from tests.pipeline.test_send import TOKEN, World, to

GROUP, SUPERGROUP = -500, -1001


@pytest.fixture
def store_clock() -> VirtualClock:
    return VirtualClock(make.NOW)


@pytest.fixture
async def sim(store_clock: VirtualClock) -> AsyncIterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=store_clock)
    for reader in range(1, 40):
        simulator.world.add_user(reader)
    simulator.world.add_chat(GROUP, "group")
    simulator.world.add_chat(SUPERGROUP, "supergroup")
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def house(
    sim: Simulator, sqlite_store: SqlStore, store_clock: VirtualClock
) -> AsyncIterator[tuple[Deps, TelegramChannel]]:
    """Deps and channel as the app puts them together."""
    world = World(sqlite_store, store_clock)
    pace = pace_of(world.deps, "telegram")
    channel = TelegramChannel(token=TOKEN, base_url=sim.base_url, clock=store_clock, pace=pace)
    await channel.start()
    deps = replace(world.deps, channels={"telegram": channel})
    channel.limiter.watch = Answers(deps, "telegram")
    yield deps, channel
    await channel.close()


def _to(chat: int) -> Address:
    return Address(channel="telegram", chat=str(chat))


async def test_who_blocked_the_bot_is_muted_by_an_answer_too_and_comes_back(
    house: tuple[Deps, TelegramChannel], sim: Simulator
) -> None:
    deps, channel = house
    async with deps.store.begin() as tx:
        await tx.put_subscription(make.subscription(address=_to(1)))
    sim.faults.add(
        Fault(kind="error", method="", status=403, description="Forbidden: bot was blocked by the user")
    )
    with pytest.raises(Unreachable):
        await channel.post(_to(1), Part(text="here you are"))
    async with deps.store.begin() as tx:
        assert await tx.subscriptions(active=True) == ()
        assert await tx.unmute(_to(1)) == 1
        assert len(await tx.subscriptions(active=True)) == 1


async def test_a_pause_that_an_answer_met_holds_for_the_outbox_and_after_a_restart(
    house: tuple[Deps, TelegramChannel], sim: Simulator
) -> None:
    deps, channel = house
    sim.faults.add(Fault(kind="429", retry_after=50, count=9, chat=1))
    started = deps.clock.monotonic()
    with pytest.raises(Transient, match="asks to wait"):
        await channel.post(_to(1), Part(text="too much"))
    assert deps.clock.monotonic() - started >= 100  # it was tried three times, each in its time
    async with deps.store.begin() as tx:
        pauses = await tx.pauses("telegram", deps.clock.now())
    assert pauses["1"] - deps.clock.now() == timedelta(seconds=50)


async def test_answers_and_digests_come_out_of_one_budget(
    house: tuple[Deps, TelegramChannel], sim: Simulator
) -> None:
    deps, channel = house
    async with deps.store.begin() as tx:
        await tx.queue([to(chat, f"digest-{chat}") for chat in range(1, 40)])
    for chat in range(1, 25):
        await channel.post(_to(chat), Part(text="an answer"))
    await drain(deps)
    assert not sim.ledger.refused()  # the simulator's flood control is on
    assert len(sim.ledger.accepted()) == 24 + 39


async def test_a_group_that_moved_takes_all_that_is_known_of_it_along(
    house: tuple[Deps, TelegramChannel], sim: Simulator
) -> None:
    deps, channel = house
    async with deps.store.begin() as tx:
        await tx.put_subscription(make.subscription(address=_to(GROUP)))
    parameters = {"migrate_to_chat_id": SUPERGROUP}
    sim.faults.add(Fault(kind="error", description="Bad Request: upgraded", parameters=parameters))
    await channel.post(_to(GROUP), Part(text="an answer"))
    async with deps.store.begin() as tx:
        (subscription,) = await tx.subscriptions()
    assert subscription.address == _to(SUPERGROUP)
    assert [message.text for message in sim.messages(SUPERGROUP)] == ["an answer"]
