"""The sender: what goes out when, what each outcome does to the outbox, and who may send at all."""

from __future__ import annotations

import asyncio
import random  # noqa: TID251 - seeded
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import pytest

from bot.adapters.channels.telegram import TelegramChannel
from bot.adapters.clock import SystemClock, VirtualClock
from bot.adapters.simulator import Fault, Simulator
from bot.adapters.store import SqlStore, open_store
from bot.domain.pacing import GROUP_MOST, MOST_AGE, MOST_ATTEMPTS
from bot.errors import (
    Ambiguous,
    Broken,
    Code,
    DatelineError,
    Migrated,
    Misconfigured,
    Superseded,
    Transient,
    Unreachable,
)
from bot.pipeline.broadcast import broadcast
from bot.pipeline.send import drain, pace_of, reckon, send, send_window, stand, step_down
from bot.ports import Deps, Desk, Step, Store
from bot.types import (
    Action,
    Address,
    Delivery,
    DeliveryId,
    DeliveryState,
    Limits,
    Origin,
    Outcome,
    Part,
    Receipt,
    Rules,
    StoryId,
)
from tests import make

TOKEN = "123456:planted-secret-of-thirty-five-chars-"


class ScriptedChannel:
    """Takes everything, except where its script raises; remembers when what went where."""

    name = "telegram"

    def __init__(self, clock: VirtualClock, *, deadline: float = 20.0) -> None:
        self.limits = Limits(deadline=deadline)
        self.script: dict[str, list[BaseException]] = {}
        self.sent: list[tuple[float, str, str]] = []
        self.refuse_rich = False
        self.busy = 0
        self.most_at_once = 0
        self.gate: asyncio.Event | None = None
        self.reached = asyncio.Event()
        self._clock = clock

    async def _go(self, address: Address, what: str, *, rich: bool = False) -> Receipt:
        self.sent.append((self._clock.monotonic(), address.chat, what))
        self.busy += 1
        self.most_at_once = max(self.most_at_once, self.busy)
        self.reached.set()
        if self.gate:
            await self.gate.wait()
        await SystemClock().sleep(0)
        self.busy -= 1
        script = self.script.get(address.chat)
        if script:
            raise script.pop(0)
        if rich and self.refuse_rich:
            raise Superseded("no rich messages here", code=Code.SUPERSEDED)
        return Receipt(message_id=f"m{len(self.sent)}", at=self._clock.now())

    async def send(self, address: Address, part: Part) -> Receipt:
        return await self._go(address, part.text, rich=part.rich is not None)

    async def edit(self, address: Address, message_id: str, part: Part) -> Receipt:
        receipt = await self._go(address, f"edit {message_id} {part.text}", rich=part.rich is not None)
        return replace(receipt, message_id=message_id)

    async def delete(self, address: Address, message_id: str) -> None:
        await self._go(address, f"delete {message_id}")


class World:
    """A store, a clock that costs nothing, a scripted channel."""

    def __init__(self, store: SqlStore, clock: VirtualClock, **rules: Any) -> None:
        self.store, self.clock = store, clock
        self.channel = ScriptedChannel(clock)
        self.desk = Desk()
        self.deps = self.make_deps(**rules)

    def make_deps(self, store: Store | None = None, **rules: Any) -> Deps:
        nothing = cast("Any", None)
        return Deps(
            store=store or self.store,
            clock=self.clock,
            web=nothing,
            parser=nothing,
            summarizer=nothing,
            fallback=nothing,
            channels={"telegram": self.channel},
            rules=Rules(**rules),
            desk=self.desk,
        )

    async def queue(self, *items: Delivery) -> None:
        async with self.store.begin() as tx:
            await tx.queue(items)

    async def rows(self) -> dict[str, Delivery]:
        async with self.store.begin() as tx:
            return {row.key: row for row in await tx.deliveries(limit=1000)}

    async def row(self, key: str = "key-1") -> Delivery:
        return (await self.rows())[key]


@pytest.fixture
def store_clock() -> VirtualClock:
    return VirtualClock(make.NOW)


@pytest.fixture
def world(store: SqlStore, store_clock: VirtualClock) -> World:
    return World(store, store_clock)


@pytest.fixture
def quick(sqlite_store: SqlStore, store_clock: VirtualClock) -> World:
    """On SQLite alone, for what does not depend on the database."""
    return World(sqlite_store, store_clock)


def to(chat: int | str, key: str = "", **changes: Any) -> Delivery:
    address = Address(channel="telegram", chat=str(chat))
    return make.delivery(key or f"to-{chat}", address=address, **changes)


async def test_what_is_due_goes_out_and_is_written_down(world: World) -> None:
    await world.queue(to(1), to(2), to(3, due_at=make.NOW + timedelta(hours=1)))
    done = await drain(world.deps)
    rows = await world.rows()
    assert (done.sent, done.next_due) == (2, make.NOW + timedelta(hours=1))
    assert {row.state for row in (rows["to-1"], rows["to-2"])} == {DeliveryState.SENT}
    assert rows["to-1"].message_id
    assert rows["to-1"].sent_at is not None
    assert rows["to-3"].state is DeliveryState.PENDING


async def test_the_parts_of_a_group_go_in_order_and_spaced(world: World) -> None:
    await world.queue(*make.deliveries(parts=5))
    await drain(world.deps)
    rows = sorted((await world.rows()).values(), key=lambda row: row.part_number)
    ids = [row.message_id for row in rows]
    assert ids == ["m1", "m2", "m3", "m4", "m5"]
    times = [at for at, _, _ in world.channel.sent]
    assert all(later - earlier >= 1.0499 for earlier, later in pairwise(times))


async def test_a_window_is_the_most_at_once(quick: World) -> None:
    await quick.queue(*(to(number) for number in range(1, 31)))
    await drain(quick.deps)
    assert quick.channel.most_at_once == 8
    assert len(quick.channel.sent) == 30


async def test_a_thousand_readers_are_served_at_the_free_rate(quick: World) -> None:
    await quick.queue(*(to(number) for number in range(1, 501)))
    await drain(quick.deps)
    times = [at for at, _, _ in quick.channel.sent]
    assert len(times) == 500
    assert max(sum(start <= at < start + 1 for at in times) for start in times) <= 25
    assert 19 <= times[-1] <= 30


async def test_paid_broadcast_has_a_wider_window_and_a_higher_rate(
    sqlite_store: SqlStore, store_clock: VirtualClock
) -> None:
    paid = World(sqlite_store, store_clock, sender_window=64, sender_rate=900.0)
    await paid.queue(*(to(number) for number in range(1, 1001)))
    await drain(paid.deps)
    assert paid.channel.most_at_once == 64
    times = [at for at, _, _ in paid.channel.sent]
    assert len(times) == 1000
    assert sum(at < times[0] + 1 for at in times) == 900


async def test_held_back_chats_do_not_keep_others_waiting(quick: World) -> None:
    for busy in range(1, 21):  # more than a window of chats that come first and must wait
        await quick.queue(to(busy, f"first-{busy}", priority=9), to(busy, f"second-{busy}", priority=9))
    await quick.queue(to(99))
    await drain(quick.deps)
    order = [chat for _, chat, _ in quick.channel.sent]
    assert order.index("99") <= 20


async def test_edits_and_deletions_name_their_message(world: World) -> None:
    await world.queue(
        to(1, action=Action.EDIT, message_id="7", part=Part(text="better")),
        to(2, action=Action.DELETE, message_id="8"),
    )
    await drain(world.deps)
    assert sorted(what for _, _, what in world.channel.sent) == ["delete 8", "edit 7 better"]
    rows = await world.rows()
    assert (rows["to-1"].message_id, rows["to-2"].message_id) == ("7", "8")


# ------------------------------------------------------------------------------------------------ outcomes


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (Ambiguous("?", code=Code.UNKNOWN_OUTCOME), DeliveryState.AMBIGUOUS, Code.UNKNOWN_OUTCOME),
        (Broken("too long", code=Code.BAD_REQUEST), DeliveryState.FAILED, Code.BAD_REQUEST),
        (Unreachable("blocked", code=Code.FORBIDDEN), DeliveryState.FAILED, Code.FORBIDDEN),
        (Transient("refused", code=Code.REFUSED), DeliveryState.PENDING, Code.REFUSED),
        (Migrated("moved", new_chat="-1009"), DeliveryState.PENDING, Code.MIGRATED),
        (ZeroDivisionError("a bug of ours"), DeliveryState.AMBIGUOUS, Code.UNKNOWN_OUTCOME),
    ],
)
async def test_each_failure_leaves_its_state_and_code(
    world: World, error: BaseException, state: DeliveryState, code: Code
) -> None:
    await world.queue(to(1))
    world.channel.script["1"] = [error]
    await send_window(world.deps)
    row = await world.row("to-1")
    assert (row.state, row.last_code) == (state, code)
    assert row.attempts == 1
    assert row.last_error


async def test_a_transient_failure_is_tried_again_later_and_later_and_at_last_given_up(quick: World) -> None:
    await quick.queue(to(1))
    quick.channel.script["1"] = [Transient("refused", code=Code.REFUSED) for _ in range(50)]
    await drain(quick.deps, until=make.NOW + timedelta(days=2))
    times = [at for at, _, _ in quick.channel.sent]
    gaps = [round(later - earlier) for earlier, later in pairwise(times)]
    assert gaps == [5, 10, 20, 40, 80, 160, 320, 640, 900]
    row = await quick.row("to-1")
    assert (row.state, row.attempts) == (DeliveryState.FAILED, MOST_ATTEMPTS)


async def test_after_a_day_nobody_wants_the_message_any_more(quick: World) -> None:
    await quick.queue(to(1))
    quick.clock.move(MOST_AGE.total_seconds())
    quick.channel.script["1"] = [Transient("flood", code=Code.RATE_LIMITED, retry_after=3)]
    await drain(quick.deps)
    assert (await quick.row("to-1")).state is DeliveryState.FAILED


async def test_nothing_goes_to_a_flooded_chat_before_its_time(world: World) -> None:
    await world.queue(to(1, "a"), to(1, "b"), to(2, "c"))
    world.channel.script["1"] = [Transient("flood", code=Code.RATE_LIMITED, retry_after=30.0)]
    await drain(world.deps, until=make.NOW + timedelta(minutes=5))
    times = [at for at, chat, _ in world.channel.sent if chat == "1"]
    assert len(times) == 3
    assert times[1] - times[0] >= 30
    assert all(row.state is DeliveryState.SENT for row in (await world.rows()).values())


async def test_a_group_that_moved_gets_everything_at_its_new_address_once(world: World) -> None:
    await world.queue(to(-500, "a"), to(-500, "b"))
    world.channel.script["-500"] = [Migrated("moved", new_chat="-1009")]
    await drain(world.deps)
    assert [chat for _, chat, _ in world.channel.sent] == ["-500", "-1009", "-1009"]
    assert {row.address.chat for row in (await world.rows()).values()} == {"-1009"}


async def test_who_is_not_wanted_is_muted(world: World) -> None:
    address = Address(channel="telegram", chat="1")
    await world.queue(to(1))
    async with world.store.begin() as tx:
        await tx.put_subscription(make.subscription(address=address))
    world.channel.script["1"] = [Unreachable("blocked", code=Code.FORBIDDEN)]
    await drain(world.deps)
    async with world.store.begin() as tx:
        assert await tx.subscriptions(active=True) == ()


async def test_a_wrong_token_gives_everything_back_and_stops_the_sender(world: World) -> None:
    await world.queue(to(1), to(2))
    world.channel.script["1"] = [Misconfigured("token", code=Code.BAD_TOKEN)]
    world.channel.script["2"] = [Misconfigured("token", code=Code.BAD_TOKEN)]
    with pytest.raises(Misconfigured):
        await drain(world.deps)
    assert {row.state for row in (await world.rows()).values()} == {DeliveryState.PENDING}
    assert len(world.channel.sent) == 2


async def test_an_ambiguous_part_holds_the_rest_of_its_group_and_nothing_else(world: World) -> None:
    await world.queue(*make.deliveries(parts=3), to(1))
    world.channel.script["100"] = [Ambiguous("?", code=Code.UNKNOWN_OUTCOME)]
    done = await drain(world.deps)
    assert (done.sent, done.ambiguous) == (1, 1)
    assert len(world.channel.sent) == 2


async def test_a_rich_part_that_is_refused_goes_in_its_classic_form_in_its_place(world: World) -> None:
    before, rich, after = make.deliveries(parts=3)
    classic = tuple(Part(text=f"classic {number}", stories=(StoryId(number),)) for number in (1, 2, 3))
    rich = replace(rich, part=Part(text="rich", rich={"blocks": []}, classic=classic, silent=True))
    await world.queue(before, rich, after)
    world.channel.refuse_rich = True
    done = await drain(world.deps)
    assert [what for _, _, what in world.channel.sent] == [
        before.part.text,
        "rich",
        *(part.text for part in classic),
        after.part.text,
    ]
    assert done.sent == 5
    rows = sorted((await world.rows()).values(), key=lambda row: row.part_number)
    assert [row.key for row in rows] == [
        before.key,
        rich.key,
        f"{rich.key}+1",
        f"{rich.key}+2",
        after.key,
    ]
    assert [row.part_number for row in rows] == [0, 1, 2, 3, 4]
    assert {(row.parts, row.state) for row in rows} == {(5, DeliveryState.SENT)}
    assert all(row.part.silent for row in rows[1:4])
    async with world.store.begin() as tx:
        assert await tx.shown_in(rows[2].address, rows[2].message_id) == (2,)


async def test_an_edit_that_is_refused_its_rich_form_changes_the_message_and_adds_the_rest(
    quick: World,
) -> None:
    part = Part(text="rich", rich={"blocks": []}, classic=(Part(text="one"), Part(text="two")))
    await quick.queue(
        to(1, action=Action.EDIT, message_id="7", part=part), to(2, part=replace(part, classic=()))
    )
    quick.channel.refuse_rich = True
    await drain(quick.deps)
    assert [what for _, chat, what in quick.channel.sent if chat == "1"] == [
        "edit 7 rich",
        "edit 7 one",
        "two",
    ]
    assert [what for _, chat, what in quick.channel.sent if chat == "2"] == ["rich", "rich"]


async def test_a_pause_outlives_the_sender_that_heard_of_it(world: World) -> None:
    await world.queue(to(1, "a"))
    world.channel.script["1"] = [Transient("flood", code=Code.RATE_LIMITED, retry_after=30.0)]
    await drain(world.deps)
    await world.queue(to(1, "b"), to(2, "c"))
    restarted = replace(world.deps, desk=Desk())
    await drain(restarted, until=make.NOW + timedelta(minutes=2))
    times = {what: at for at, chat, what in world.channel.sent[1:] if chat == "1"}
    assert min(times.values()) >= 30
    assert world.channel.sent[1][1] == "2"


async def test_who_takes_over_reckons_with_what_the_dead_one_sent_to_a_group(world: World) -> None:
    await world.queue(*(to(-7, f"a{number}") for number in range(GROUP_MOST)))
    await drain(world.deps)
    last = world.channel.sent[-1][0]
    taking_over = replace(world.deps, desk=Desk())
    async with world.store.begin() as tx:
        await reckon(taking_over, tx, "telegram")
    await world.queue(to(-7, "b"), to(8, "c"))
    await drain(taking_over, until=world.clock.now() + timedelta(minutes=2))
    group = [at for at, chat, _ in world.channel.sent if chat == "-7"]
    assert len(group) == GROUP_MOST + 1
    assert group[-1] >= group[0] + 60 > last
    assert [at for at, chat, _ in world.channel.sent if chat == "8"][0] < group[-1]  # noqa: RUF015


async def test_a_standing_sender_keeps_its_lease_between_drains_until_it_steps_down(world: World) -> None:
    async def free() -> bool:
        now = world.clock.now()
        async with world.store.begin() as tx:
            found = await tx.lease("sender:telegram", "another", now, now + timedelta(seconds=20))
            await tx.drop_lease("sender:telegram", "another")
            return found

    async with world.store.begin() as tx:
        now = world.clock.now()
        assert await tx.lease("sender:telegram", "term", now, now + timedelta(seconds=20))
    stand(world.deps, "telegram", "term")
    await world.queue(to(1))
    assert (await drain(world.deps)).sent == 1
    assert not await free()
    async with world.store.begin() as tx:
        await tx.drop_lease("sender:telegram", "term")
    step_down(world.deps, "telegram")
    assert await free()
    await world.queue(to(2, "again"))
    assert (await drain(world.deps)).sent == 1


async def test_the_outbox_leaves_room_to_answers_that_wait(quick: World) -> None:
    pace = pace_of(quick.deps, "telegram")
    for chat in range(100, 120):
        pace.ask(str(chat))
    await quick.queue(*(to(number) for number in range(1, 21)), to(100))
    for _ in range(4):
        await send_window(quick.deps)
    assert len(quick.channel.sent) == 5  # of 25
    for chat in range(100, 120):
        pace.answered(str(chat))
    await drain(quick.deps)
    assert len(quick.channel.sent) == 21


async def test_a_broadcast_is_queued_once_for_each_chat_in_its_language_behind_all_else(quick: World) -> None:
    addresses = [Address(channel="telegram", chat=str(number)) for number in range(1, 31)]
    parts = {"en": Part(text="Hello"), "ar": Part(text="مرحبا")}
    languages = {address: "ar-EG" if address.chat == "2" else "de" for address in addresses}
    for _ in range(2):
        count = await broadcast(quick.deps, parts, addresses, broadcast_id="b1", languages=languages, batch=7)
        assert count == 30
    await quick.queue(to(99))
    await drain(quick.deps)
    said = {chat: what for _, chat, what in quick.channel.sent}
    assert len(quick.channel.sent) == 31
    assert (said["1"], said["2"]) == ("Hello", "مرحبا")
    assert "99" in [chat for _, chat, _ in quick.channel.sent[:8]]
    rows = await quick.rows()
    assert {row.origin for key, row in rows.items() if key != "to-99"} == {Origin.BROADCAST}


# ------------------------------------------------------------------------------ commits, leases, elections


class FaultyStore:
    """A store whose transactions fail as planned: before the commit, or after it (the answer lost)."""

    def __init__(self, inner: Store, plan: Callable[[str], str]) -> None:
        self._inner = inner
        self._plan = plan
        self.failed = 0

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Any]:
        used: list[str] = []
        verdict = ""
        async with self._inner.begin() as tx:
            yield _Watched(tx, used)
            verdict = next((v for v in map(self._plan, used) if v), "")
            if verdict == "before":
                self.failed += 1
                raise Transient("the disk is full")
        if verdict == "after":
            self.failed += 1
            raise Transient("the connection broke after the commit")

    async def close(self) -> None:
        return None


class _Watched:
    def __init__(self, tx: Any, used: list[str]) -> None:
        self._tx, self._used = tx, used

    def __getattr__(self, name: str) -> Any:
        self._used.append(name)
        return getattr(self._tx, name)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_if_the_mark_cannot_be_committed_nothing_is_sent_and_nothing_is_lost(
    world: World, when: str
) -> None:
    await world.queue(to(1), to(2))
    faulty = FaultyStore(world.store, lambda call: when if call == "mark_sending" else "")
    with pytest.raises(Transient):
        await send_window(world.make_deps(faulty))
    assert world.channel.sent == []
    assert {row.state for row in (await world.rows()).values()} == {DeliveryState.PENDING}


async def test_outcomes_are_written_though_the_store_is_away_for_a_moment(quick: World) -> None:
    await quick.queue(to(1))
    calls: list[str] = []

    def plan(call: str) -> str:
        calls.append(call)
        return "before" if call == "settle" and calls.count("settle") <= 3 else ""

    await send_window(quick.make_deps(FaultyStore(quick.store, plan)))
    assert (await quick.row("to-1")).state is DeliveryState.SENT


async def test_what_could_not_be_written_is_ambiguous_when_its_lease_is_over(quick: World) -> None:
    await quick.queue(to(1))
    with pytest.raises(Transient):
        await send_window(
            quick.make_deps(FaultyStore(quick.store, lambda call: "before" * (call == "settle")))
        )
    assert (await quick.row("to-1")).state is DeliveryState.SENDING
    quick.clock.move(61)
    done = await drain(quick.deps)
    assert (done.held, done.sent) == (1, 0)
    assert (await quick.row("to-1")).state is DeliveryState.AMBIGUOUS


async def test_a_message_that_was_claimed_by_a_dead_sender_goes_out_after_the_lease(world: World) -> None:
    await world.queue(to(1))
    async with world.store.begin() as tx:
        until = make.NOW + timedelta(seconds=60)
        await tx.claim(token="dead", now=make.NOW, until=until, limit=8, channel="telegram")
    assert (await drain(world.deps)).sent == 0
    world.clock.move(61)
    done = await drain(world.deps)
    assert (done.recovered, done.sent) == (1, 1)


async def test_only_the_elected_sender_sends(world: World) -> None:
    await world.queue(to(1))
    other = make.NOW + timedelta(seconds=25)
    async with world.store.begin() as tx:
        assert await tx.lease("sender:telegram", "another process", make.NOW, other)
    done = await drain(world.deps)
    assert (done.elected, done.sent) == (False, 0)
    later = await drain(world.deps, until=make.NOW + timedelta(minutes=1))
    assert (later.elected, later.sent) == (True, 1)
    assert 25 <= world.channel.sent[0][0] <= 27


async def test_the_lease_is_given_back_when_there_is_nothing_more_to_do(world: World) -> None:
    await world.queue(to(1))
    await drain(world.deps)
    async with world.store.begin() as tx:
        assert await tx.lease("sender:telegram", "another process", make.NOW, make.NOW + timedelta(1))


async def test_a_lease_that_a_slow_request_could_outlive_is_refused(quick: World) -> None:
    deps = quick.make_deps(claim_lease=timedelta(seconds=21))
    with pytest.raises(Misconfigured, match="shorter"):
        await send_window(deps)


async def test_a_mark_that_took_too_long_to_commit_is_not_sent(quick: World) -> None:
    await quick.queue(to(1))

    class SlowStore(FaultyStore):
        @asynccontextmanager
        async def begin(self) -> AsyncGenerator[Any]:
            async with super().begin() as tx:
                yield tx
                if "mark_sending" in tx._used:
                    quick.clock.move(50)

    done = await send_window(quick.make_deps(SlowStore(quick.store, lambda _: "")))
    assert (done.sent, quick.channel.sent) == (0, [])
    assert (await quick.row("to-1")).state is DeliveryState.PENDING
    assert (await drain(quick.deps, until=quick.clock.now() + timedelta(minutes=2))).sent == 1


async def test_a_cancelled_sender_finishes_what_is_on_the_wire(quick: World) -> None:
    await quick.queue(to(1))
    quick.channel.gate = asyncio.Event()
    work = asyncio.create_task(drain(quick.deps))
    await quick.channel.reached.wait()
    work.cancel()
    await asyncio.wait({work}, timeout=0.05)
    quick.channel.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert (await quick.row("to-1")).state is DeliveryState.SENT


async def test_a_channel_that_hangs_is_cut_off_and_its_message_ambiguous(quick: World) -> None:
    quick.channel.limits = Limits(deadline=-1.9)  # and two seconds of grace
    quick.channel.gate = asyncio.Event()
    await quick.queue(to(1))
    await send_window(quick.deps)
    assert (await quick.row("to-1")).state is DeliveryState.AMBIGUOUS


async def test_the_step_asks_to_be_run_again_when_something_is_due_soon(quick: World) -> None:
    await quick.queue(to(1))
    quick.channel.script["1"] = [Transient("refused", code=Code.REFUSED)]
    (again,) = await send(quick.deps, Step(name="send"))
    assert (again.name, again.key, again.after) == ("send", "send:later:telegram", timedelta(seconds=5))
    quick.clock.move(5)
    assert await send(quick.deps, Step(name="send")) == ()
    assert (await quick.row("to-1")).state is DeliveryState.SENT


async def test_a_late_answer_cannot_settle_a_later_attempt(quick: World) -> None:
    await quick.queue(to(1))
    quick.channel.script["1"] = [Transient("refused", code=Code.REFUSED)]
    await send_window(quick.deps)
    tokens: list[str] = []

    class Listening(FaultyStore):
        @asynccontextmanager
        async def begin(self) -> AsyncGenerator[Any]:
            async with super().begin() as tx:
                yield _Spy(tx, tokens)

    quick.clock.move(6)
    await send_window(quick.make_deps(Listening(quick.store, lambda _: "")))
    late = Outcome(delivery=DeliveryId(1), token=tokens[0], state=DeliveryState.AMBIGUOUS)
    async with quick.store.begin() as tx:
        assert await tx.settle([late]) == frozenset()


class _Spy:
    def __init__(self, tx: Any, tokens: list[str]) -> None:
        self._tx, self._tokens = tx, tokens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    async def mark_sending(self, ids: Sequence[DeliveryId], token: str, until: Any) -> Any:
        self._tokens.append(token)
        return await self._tx.mark_sending(ids, token, until)


# ------------------------------------------------------------------------------- with the real channel


async def test_a_flood_storm_is_obeyed_to_the_second(
    sqlite_store: SqlStore, store_clock: VirtualClock
) -> None:
    """The simulator has Telegram's limits on; a fifth of all first messages meets a planned 429 as well."""
    clock = store_clock
    sim = Simulator(token=TOKEN, clock=clock, limits=True)
    readers, groups, each = range(1, 101), range(-5, 0), 24
    for reader in readers:
        sim.world.add_user(reader)
    for group in groups:
        sim.world.add_chat(group, "group")
    sim.faults.add(
        *(Fault(kind="429", chat=chat, retry_after=chat % 30 + 1) for chat in readers if chat % 5 == 0)
    )
    await sim.start()
    channel = TelegramChannel(token=TOKEN, base_url=sim.base_url, clock=clock)
    await channel.start()
    try:
        world = World(sqlite_store, clock)
        deps = replace(world.deps, channels={"telegram": channel})
        await world.queue(*(to(chat) for chat in readers))
        await world.queue(*(to(group, f"{group}:{n}") for group in groups for n in range(each)))
        await drain(deps, until=make.NOW + timedelta(hours=1))
    finally:
        await channel.close()
        await sim.stop()
    refused = [call for call in sim.ledger.refused() if call.error.startswith("Too Many")]
    assert len(refused) == 20  # the planned ones: the sender never met the limits themselves
    assert len(sim.ledger.accepted()) == len(readers) + len(groups) * each
    assert all(len(sim.messages(reader)) == 1 for reader in readers)


class Stormy(ScriptedChannel):
    """Refuses a share of all calls for 1 to 30 seconds."""

    def __init__(self, clock: VirtualClock, share: float) -> None:
        super().__init__(clock)
        self._chance = random.Random(7)
        self._share = share
        self.told: list[tuple[float, str, float]] = []

    async def _go(self, address: Address, what: str, *, rich: bool = False) -> Receipt:
        refused = self._chance.random() < self._share
        pause = float(self._chance.randint(1, 30)) if refused else 0.0
        self.told.append((self._clock.monotonic(), address.chat, pause))
        if pause:
            raise Transient("flood", code=Code.RATE_LIMITED, retry_after=pause)
        return Receipt(message_id="1", at=self._clock.now())


@pytest.mark.slow
async def test_a_storm_over_the_outbox_stops_only_those_who_asked(
    sqlite_store: SqlStore, store_clock: VirtualClock
) -> None:
    """A fifth of all calls to 2,000 readers and 50 groups is refused; a minute of it."""
    world = World(sqlite_store, store_clock)
    stormy = Stormy(store_clock, 0.2)
    deps = replace(world.deps, channels={"telegram": stormy})
    await world.queue(
        *(to(-group, f"{-group}:{n}", priority=n % 2) for group in range(1, 51) for n in range(12))
    )
    await world.queue(*(to(chat) for chat in range(1, 2_001)))
    while store_clock.monotonic() < 60 and (await send_window(deps)).elected:
        await store_clock.sleep(0.25)
    seen = [call for call in stormy.told if call[0] < 60]
    times = [at for at, _, _ in seen]
    assert max(sum(start <= at < start + 1 for at in times) for start in times) <= 28
    assert len(seen) >= 0.8 * 25 * 60
    by_chat: dict[str, list[tuple[float, float]]] = {}
    for at, chat, pause in seen:
        by_chat.setdefault(chat, []).append((at, pause))
    for chat, its in by_chat.items():
        assert len(its) <= 18 or not chat.startswith("-")
        assert all(later >= at + max(pause, 1.0) for (at, pause), (later, _) in pairwise(its))


async def test_two_senders_on_one_database_double_nothing(store_url: str, store_clock: VirtualClock) -> None:
    first, second = open_store(store_url, clock=store_clock), open_store(store_url, clock=store_clock)
    try:
        worlds = [World(first, store_clock), World(second, store_clock)]
        await worlds[0].queue(*(to(number) for number in range(1, 41)))
        until = make.NOW + timedelta(minutes=10)
        await asyncio.gather(*(drain(world.deps, until=until) for world in worlds))
        chats = [chat for world in worlds for _, chat, _ in world.channel.sent]
        assert sorted(chats, key=int) == [str(number) for number in range(1, 41)]
    finally:
        await first.close()
        await second.close()


def test_every_failure_has_an_outcome() -> None:
    known = {Transient, Broken, Unreachable, Ambiguous, Superseded, Migrated, Misconfigured}
    assert set(DatelineError.__subclasses__()) == known
