"""What every channel promises; a new one adds a house of its own to ``HOUSES``."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest

from bot.adapters.channels.telegram import TelegramChannel
from bot.adapters.clock import FixedClock
from bot.adapters.simulator import Fault, Simulator
from bot.errors import Ambiguous, Broken, DatelineError, Transient, Unreachable
from bot.ports import Channel
from bot.types import Address, Entity, EntityKind, Part
from tests import make


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A channel, an address that exists and one that does not, and eyes on the other side."""

    channel: Channel
    address: Address
    nobody: Address
    shown: Callable[[], list[str]]
    """What stands at the address now, oldest first."""
    go_away: Callable[[], None]
    """The other side takes the next message and then says nothing."""


@contextlib.asynccontextmanager
async def telegram() -> AsyncIterator[House]:
    token = "123456:planted-secret-of-thirty-five-chars-"
    sim = Simulator(token=token, clock=FixedClock(make.NOW), limits=False)
    sim.world.add_user(77)
    await sim.start()
    channel = TelegramChannel(token=token, base_url=sim.base_url, clock=FixedClock(make.NOW))
    await channel.start()
    try:
        yield House(
            channel=channel,
            address=Address(channel="telegram", chat="77"),
            nobody=Address(channel="telegram", chat="4711"),
            shown=lambda: [message.text for message in sim.messages(77)],
            go_away=lambda: sim.faults.add(Fault(kind="close_after")),
        )
    finally:
        await channel.close()
        await sim.stop()


HOUSES: dict[str, Callable[[], AbstractAsyncContextManager[House]]] = {"telegram": telegram}


@pytest.fixture(params=sorted(HOUSES))
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with HOUSES[request.param]() as made:
        yield made


async def test_it_is_named_as_addresses_name_it(house: House) -> None:
    assert house.channel.name == house.address.channel


async def test_a_message_arrives_once_and_is_receipted(house: House) -> None:
    receipt = await house.channel.send(house.address, Part(text="Good morning"))
    assert receipt.message_id
    assert receipt.at == make.NOW
    assert house.shown() == ["Good morning"]


async def test_a_message_of_exactly_the_limit_fits_and_one_more_unit_is_broken(house: House) -> None:
    units = house.channel.limits.units
    owls = "🦉" * (units // 2)  # two units each
    bold = Entity(kind=EntityKind.BOLD, offset=0, length=units)
    await house.channel.send(house.address, Part(text=owls, entities=(bold,)))
    with pytest.raises(Broken):
        await house.channel.send(house.address, Part(text=owls + "!"))
    assert house.shown() == [owls]


async def test_an_edit_replaces_and_a_second_equal_one_is_done_already(house: House) -> None:
    receipt = await house.channel.send(house.address, Part(text="12 dead"))
    for _ in range(2):
        edited = await house.channel.edit(house.address, receipt.message_id, Part(text="Corrected: 11 dead"))
        assert edited.message_id == receipt.message_id
    assert house.shown() == ["Corrected: 11 dead"]


async def test_a_deletion_removes_and_a_second_one_is_done_already(house: House) -> None:
    receipt = await house.channel.send(house.address, Part(text="oops"))
    await house.channel.delete(house.address, receipt.message_id)
    await house.channel.delete(house.address, receipt.message_id)
    assert house.shown() == []


async def test_an_address_that_is_nobodys_is_unreachable_with_a_hint(house: House) -> None:
    with pytest.raises(Unreachable) as caught:
        await house.channel.send(house.nobody, Part(text="hello?"))
    assert caught.value.code is not None
    assert caught.value.hint
    assert house.nobody.chat in str(caught.value)
    assert isinstance(caught.value.__cause__, Exception)


async def test_a_message_whose_answer_got_lost_is_ambiguous_and_was_sent_once(house: House) -> None:
    house.go_away()
    with pytest.raises(Ambiguous):
        await house.channel.send(house.address, Part(text="maybe"))
    assert house.shown() == ["maybe"]


async def test_only_our_own_failures_come_out(house: House) -> None:
    for part in (Part(text=""), Part(text=" "), Part(text="x", entities=(_BEYOND,))):
        with pytest.raises(DatelineError) as caught:
            await house.channel.send(house.address, part)
        assert not isinstance(caught.value, Transient | Ambiguous)  # tried again, or held, for nothing


_BEYOND = Entity(kind=EntityKind.BOLD, offset=0, length=9)
