"""The outbox, on both databases: who may do what to a delivery, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy import text as sql

from bot.adapters.clock import FixedClock
from bot.adapters.store import SqlStore, SqlTx, open_store
from bot.errors import Code
from bot.types import (
    Action,
    Address,
    Delivery,
    DeliveryId,
    DeliveryState,
    Entity,
    EntityKind,
    Origin,
    Outcome,
    StoryId,
    SubscriptionId,
)
from tests import make

PENDING, CLAIMED, SENDING = DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING
SENT, FAILED, AMBIGUOUS = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.AMBIGUOUS


async def queue(store: SqlStore, *items: Delivery) -> None:
    async with store.begin() as tx:
        await tx.queue(items)


async def claim(
    store: SqlStore, token: str = "a", limit: int = 10, now: datetime = make.NOW, channel: str = "telegram"
) -> tuple[Delivery, ...]:
    async with store.begin() as tx:
        return await tx.claim(
            token=token, now=now, until=make.later(seconds=60), limit=limit, channel=channel
        )


async def mark(store: SqlStore, token: str, *ids: DeliveryId) -> frozenset[DeliveryId]:
    async with store.begin() as tx:
        return await tx.mark_sending(ids, token, make.later(seconds=60))


async def settle(store: SqlStore, *outcomes: Outcome) -> frozenset[DeliveryId]:
    async with store.begin() as tx:
        return await tx.settle(outcomes)


async def send_all(store: SqlStore, state: DeliveryState = SENT, token: str = "a") -> list[str]:
    """Claims, marks and settles what can go out now; the keys."""
    claimed = await claim(store, token)
    await mark(store, token, *(item.id for item in claimed))
    await settle(store, *(make.outcome(item, token, state) for item in claimed))
    return [item.key for item in claimed]


async def all_of(store: SqlStore) -> dict[str, Delivery]:
    async with store.begin() as tx:
        return {item.key: item for item in await tx.deliveries(limit=1_000)}


async def the_one(store: SqlStore) -> Delivery:
    (only,) = (await all_of(store)).values()
    return only


# ---------------------------------------------------------------------------------- queueing, claiming


async def test_a_delivery_comes_back_as_it_was_queued(store: SqlStore, store_clock: FixedClock) -> None:
    part = make.part(
        "Ночь 🌍 دمشق",
        entities=(Entity(kind=EntityKind.TEXT_LINK, offset=0, length=4, url="https://x.example"),),
        stories=(StoryId(4), StoryId(5)),
        silent=True,
    )
    item = make.delivery(
        address=make.address("-100500", thread=7),
        part=part,
        origin=Origin.ALERT,
        action=Action.EDIT,
        priority=5,
        message_id="77",
    )
    await queue(store, item)
    found = await the_one(store)
    assert found.id > 0
    assert found.queued_at == store_clock.now()
    same = {name: getattr(found, name) for name in ("key", "group", "origin", "action", "address", "part")}
    assert same == {name: getattr(item, name) for name in same}
    assert (found.priority, found.message_id, found.state, found.attempts) == (5, "77", PENDING, 0)


async def test_composing_twice_queues_once(store: SqlStore) -> None:
    for text in ("first", "second"):
        await queue(store, make.delivery("k", part=make.part(text)), make.delivery("k"))
    assert (await the_one(store)).part.text == "first"


async def test_claiming_takes_what_is_due_by_priority_then_time(store: SqlStore) -> None:
    await queue(
        store,
        make.delivery("plain", address=make.address("1"), due_at=make.ago(minutes=1)),
        make.delivery("older", address=make.address("2"), due_at=make.ago(minutes=2)),
        make.delivery("urgent", address=make.address("3"), priority=9),
        make.delivery("tomorrow", address=make.address("4"), due_at=make.later(days=1), priority=99),
        make.delivery("mail", address=make.address("5", channel="email")),
    )
    claimed = await claim(store)
    assert [item.key for item in claimed] == ["urgent", "older", "plain"]
    assert {(item.state, item.claim_token, item.claim_until) for item in claimed} == {
        (CLAIMED, "a", make.later(seconds=60))
    }
    assert await claim(store, "b") == ()
    assert [item.key for item in await claim(store, "b", channel="email")] == ["mail"]


async def test_no_more_than_the_limit_is_claimed(store: SqlStore) -> None:
    await queue(store, *(make.delivery(f"k{n}", address=make.address(str(n))) for n in range(20)))
    assert len(await claim(store, limit=8)) == 8
    assert len(await claim(store, limit=8)) == 8
    assert len(await claim(store, limit=8)) == 4


async def test_one_chat_has_one_message_on_its_way(store: SqlStore) -> None:
    await queue(
        store, make.delivery("one"), make.delivery("two"), make.delivery("x", address=make.address("2"))
    )
    assert [item.key for item in await claim(store)] == ["one", "x"]
    assert await claim(store, "b") == ()
    first = (await all_of(store))["one"]
    await mark(store, "a", first.id)
    assert await claim(store, "b") == ()
    await settle(store, make.outcome(first, "a"))
    assert [item.key for item in await claim(store, "b")] == ["two"]


async def test_threads_of_a_chat_share_its_turn(store: SqlStore) -> None:
    await queue(
        store,
        make.delivery("one", address=make.address("1", thread=1)),
        make.delivery("two", address=make.address("1", thread=2)),
    )
    assert len(await claim(store)) == 1


async def test_a_chat_with_very_many_messages_does_not_hide_the_others(store: SqlStore) -> None:
    await queue(store, *(make.delivery(f"flood-{n}", priority=1) for n in range(300)))
    await queue(store, *(make.delivery(f"k{n}", address=make.address(f"chat-{n}")) for n in range(5)))
    assert [item.key for item in await claim(store, limit=4)] == ["flood-0", "k0", "k1", "k2"]


async def test_parts_go_strictly_in_order(store: SqlStore) -> None:
    await queue(store, *reversed(make.deliveries("g", 3)))
    assert [await send_all(store) for _ in range(4)] == [["g:0"], ["g:1"], ["g:2"], []]


@pytest.mark.parametrize("state", [FAILED, AMBIGUOUS])
async def test_a_part_that_did_not_arrive_holds_the_rest_of_its_group_alone(
    store: SqlStore, state: DeliveryState
) -> None:
    await queue(store, *make.deliveries("g", 3), *make.deliveries("h", 2))
    assert await send_all(store) == ["g:0"]
    assert await send_all(store, state) == ["g:1"]
    assert [await send_all(store) for _ in range(3)] == [["h:0"], ["h:1"], []]
    held = (await all_of(store))["g:1"]
    async with store.begin() as tx:
        assert await tx.waiting(make.NOW) == (0, None)
        if state is FAILED:
            assert await tx.retry(held.id, make.NOW)
        else:
            assert await tx.decide(held.id, arrived=False, now=make.NOW)
    assert [await send_all(store) for _ in range(3)] == [["g:1"], ["g:2"], []]


# ----------------------------------------------------------------------------- tokens decide (fencing)


async def test_only_the_token_releases_a_claim(store: SqlStore) -> None:
    await queue(store, make.delivery())
    (item,) = await claim(store)
    async with store.begin() as tx:
        assert await tx.release([item.id], "b") == 0
        assert await tx.release([item.id], "a") == 1
        assert await tx.release([item.id], "a") == 0
    again = await the_one(store)
    assert (again.state, again.claim_token, again.claim_until, again.attempts) == (PENDING, "", None, 0)


async def test_only_the_token_marks_sending_and_only_once(store: SqlStore) -> None:
    await queue(store, make.delivery())
    (item,) = await claim(store)
    assert await mark(store, "b", item.id) == frozenset()
    assert await mark(store, "a", item.id, DeliveryId(99)) == {item.id}
    assert await mark(store, "a", item.id) == frozenset()
    assert ((await the_one(store)).state, (await the_one(store)).attempts) == (SENDING, 1)


async def test_a_sent_message_is_remembered_with_its_id(store: SqlStore, store_clock: FixedClock) -> None:
    await queue(store, make.delivery())
    await send_all(store)
    item = await the_one(store)
    assert (item.state, item.message_id, item.sent_at) == (SENT, f"m{item.id}", store_clock.now())
    assert (item.claim_token, item.claim_until) == ("", None)


async def test_an_edit_keeps_the_id_of_its_message(store: SqlStore) -> None:
    await queue(store, make.delivery(action=Action.DELETE, message_id="77"))
    (item,) = await claim(store)
    await mark(store, "a", item.id)
    await settle(store, make.outcome(item, "a", message_id=""))
    assert (await the_one(store)).message_id == "77"


async def test_a_message_to_be_tried_again_waits_for_its_time(store: SqlStore) -> None:
    await queue(store, make.delivery())
    (item,) = await claim(store)
    await mark(store, "a", item.id)
    again = make.outcome(
        item, "a", PENDING, due_at=make.later(seconds=30), code=Code.RATE_LIMITED, error="retry after 30"
    )
    assert await settle(store, again) == {item.id}
    assert await claim(store, "b") == ()
    (item,) = await claim(store, "b", now=make.later(seconds=30))
    assert (item.attempts, item.last_code, item.last_error) == (1, Code.RATE_LIMITED, "retry after 30")


@pytest.mark.parametrize("state", [SENT, FAILED, PENDING, AMBIGUOUS])
async def test_a_zombie_writes_nothing(store: SqlStore, state: DeliveryState) -> None:
    await queue(store, make.delivery())
    (item,) = await claim(store, "zombie")
    await mark(store, "zombie", item.id)
    async with (
        store.begin() as tx
    ):  # its lease runs out, a person says "not arrived", another sender takes it
        assert await tx.recover(make.later(minutes=5)) == (0, 1)
        assert await tx.decide(item.id, arrived=False, now=make.NOW)
    (item,) = await claim(store, "b")
    assert await settle(store, make.outcome(item, "zombie", state)) == frozenset()
    assert await mark(store, "zombie", item.id) == frozenset()
    assert await mark(store, "b", item.id) == {item.id}
    assert await settle(store, make.outcome(item, "zombie", state)) == frozenset()
    assert ((await the_one(store)).state, (await the_one(store)).claim_token) == (SENDING, "b")
    assert await settle(store, make.outcome(item, "b")) == {item.id}


async def test_an_empty_token_is_nobodys(store: SqlStore) -> None:
    await queue(store, make.delivery())
    item = await the_one(store)
    assert await mark(store, "", item.id) == frozenset()
    assert await settle(store, make.outcome(item, "")) == frozenset()
    await send_all(store, AMBIGUOUS)
    async with store.begin() as tx:
        assert await tx.decide(item.id, arrived=True, now=make.NOW)
    assert await settle(store, make.outcome(item, "", FAILED)) == frozenset()


async def test_what_was_only_claimed_cannot_be_settled(store: SqlStore) -> None:
    await queue(store, make.delivery())
    (item,) = await claim(store)
    assert await settle(store, make.outcome(item, "a")) == frozenset()
    assert (await the_one(store)).state is CLAIMED


async def test_a_sent_message_stays_sent(store: SqlStore) -> None:
    await queue(store, make.delivery())
    await send_all(store)
    item = await the_one(store)
    assert await settle(store, make.outcome(item, "a", PENDING)) == frozenset()
    async with store.begin() as tx:
        assert not await tx.decide(item.id, arrived=False, now=make.NOW)
        assert not await tx.retry(item.id, make.NOW)
        assert await tx.recover(make.later(days=1)) == (0, 0)
    assert (await the_one(store)).state is SENT


async def test_claimed_or_sending_is_not_an_outcome(store: SqlStore) -> None:
    await queue(store, make.delivery())
    (item,) = await claim(store)
    await mark(store, "a", item.id)
    for state in (CLAIMED, SENDING):
        with pytest.raises(ValueError, match="not an outcome"):
            await settle(store, make.outcome(item, "a", state))


# -------------------------------------------------------------------------------- leases, late answers


async def test_leases_that_ran_out_are_free_again_or_ambiguous(store: SqlStore) -> None:
    await queue(store, *(make.delivery(f"k{n}", address=make.address(str(n))) for n in range(3)))
    claimed = await claim(store)
    await mark(store, "a", claimed[0].id)
    async with store.begin() as tx:
        assert await tx.recover(make.later(seconds=59)) == (0, 0)
        assert await tx.recover(make.later(seconds=61)) == (2, 1)
        assert await tx.recover(make.later(seconds=61)) == (0, 0)
    found = await all_of(store)
    assert [found[key].state for key in ("k0", "k1", "k2")] == [AMBIGUOUS, PENDING, PENDING]
    assert (found["k0"].last_code, found["k0"].claim_token) == (Code.UNKNOWN_OUTCOME, "a")


@pytest.mark.parametrize("state", [SENT, FAILED, PENDING])
async def test_a_late_answer_with_the_right_token_is_written(store: SqlStore, state: DeliveryState) -> None:
    await queue(store, make.delivery())
    (item,) = await claim(store)
    await mark(store, "a", item.id)
    async with store.begin() as tx:
        await tx.recover(make.later(minutes=5))
    assert await settle(store, make.outcome(item, "b", state)) == frozenset()
    assert await settle(store, make.outcome(item, "a", state)) == {item.id}
    assert (await the_one(store)).state is state


async def test_a_persons_word_beats_a_late_answer(store: SqlStore) -> None:
    await queue(store, make.delivery())
    await send_all(store, AMBIGUOUS)
    item = await the_one(store)
    async with store.begin() as tx:
        assert await tx.decide(item.id, arrived=True, now=make.later(hours=1))
        assert not await tx.decide(item.id, arrived=False, now=make.NOW)
    assert await settle(store, make.outcome(item, "a", PENDING)) == frozenset()
    assert ((await the_one(store)).state, (await the_one(store)).sent_at) == (SENT, make.later(hours=1))


async def test_only_failed_ones_are_tried_again_by_hand(store: SqlStore) -> None:
    await queue(store, make.delivery())
    item = await the_one(store)
    async with store.begin() as tx:
        assert not await tx.retry(item.id, make.NOW)
        assert not await tx.decide(item.id, arrived=True, now=make.NOW)
    await send_all(store, FAILED)
    async with store.begin() as tx:
        assert await tx.retry(item.id, make.later(hours=1))
    assert ((await the_one(store)).state, (await the_one(store)).due_at) == (PENDING, make.later(hours=1))


# --------------------------------------------------------------------------- migration, pause, figures


async def test_a_migrated_chat_moves_everywhere_in_one_go(store: SqlStore) -> None:
    await queue(store, *make.deliveries("g", 3), make.delivery("other", address=make.address("7")))
    await queue(store, make.delivery("mail", address=make.address("100", channel="email")))
    async with store.begin() as tx:
        await tx.put_subscription(make.subscription("a", address=make.address("100", thread=3)))
        await tx.put_subscription(make.subscription("b", address=make.address("7")))
    claimed = await claim(store)
    await mark(store, "a", *(item.id for item in claimed))
    moved = make.outcome(claimed[0], "a", PENDING, code=Code.MIGRATED, new_chat="-100999")
    assert await settle(store, moved) == {claimed[0].id}
    found = await all_of(store)
    chats = {key: (item.address.channel, item.address.chat) for key, item in found.items()}
    assert {chats.pop(f"g:{n}") for n in range(3)} == {("telegram", "-100999")}
    assert chats == {"other": ("telegram", "7"), "mail": ("email", "100")}
    async with store.begin() as tx:
        first, second = await tx.subscriptions()
    assert (first.address, second.address) == (make.address("-100999", thread=3), make.address("7"))
    assert [item.key for item in await claim(store, "b")] == ["g:0"]


async def test_a_zombies_migration_moves_nothing(store: SqlStore) -> None:
    await queue(store, make.delivery())
    (item,) = await claim(store)
    await mark(store, "a", item.id)
    assert await settle(store, make.outcome(item, "zombie", PENDING, new_chat="9")) == frozenset()
    assert (await the_one(store)).address.chat == "100"


async def test_a_chat_may_migrate_to_one_that_is_busy(store: SqlStore) -> None:
    await queue(store, make.delivery("old", address=make.address("1")), make.delivery("waits"))
    await queue(store, make.delivery("new", address=make.address("2")))
    claimed = {item.key: item for item in await claim(store)}
    await mark(store, "a", *(item.id for item in claimed.values()))
    await settle(store, make.outcome(claimed["old"], "a", PENDING, new_chat="2"))
    assert await claim(store, "b") == ()
    await settle(store, make.outcome(claimed["new"], "a"))
    assert [item.key for item in await claim(store, "b")] == ["old"]


async def test_a_paused_outbox_gives_nothing(store: SqlStore) -> None:
    await queue(store, make.delivery())
    async with store.begin() as tx:
        assert await tx.outbox_paused() == ""
        await tx.pause_outbox(True, "restored from monday.db")
    assert await claim(store) == ()
    async with store.begin() as tx:
        assert await tx.outbox_paused() == "restored from monday.db"
        await tx.pause_outbox(False, "")
        assert await tx.outbox_paused() == ""
    assert len(await claim(store)) == 1


async def test_waiting_counts_what_is_due_or_on_its_way_and_names_the_next_time(store: SqlStore) -> None:
    async def waiting(now: datetime = make.NOW) -> tuple[int, datetime | None]:
        async with store.begin() as tx:
            return await tx.waiting(now)

    assert await waiting() == (0, None)
    soon = make.later(minutes=10)
    await queue(
        store, make.delivery("soon", due_at=soon), *make.deliveries("g", 2, address=make.address("2"))
    )
    assert await waiting() == (2, make.NOW)
    assert await waiting(soon) == (3, make.NOW)
    await claim(store)
    assert await waiting() == (2, make.NOW)  # one claimed, one behind it
    await send_all(store)
    async with store.begin() as tx:
        await tx.recover(make.later(minutes=2))
    await send_all(store)
    await send_all(store)
    assert await waiting() == (0, soon)


async def test_deliveries_are_listed_newest_first_by_state(store: SqlStore) -> None:
    await queue(store, *(make.delivery(f"k{n}", address=make.address(str(n))) for n in range(3)))
    await send_all(store)
    await queue(store, make.delivery("fresh"))

    async def listed(states: Sequence[DeliveryState] | None, limit: int = 100) -> list[str]:
        async with store.begin() as tx:
            return [item.key for item in await tx.deliveries(states, limit)]

    assert await listed(None) == ["fresh", "k2", "k1", "k0"]
    assert await listed([SENT], 2) == ["k2", "k1"]
    assert await listed([PENDING, FAILED]) == ["fresh"]
    assert await listed([PENDING, SENT]) == ["fresh", "k2", "k1", "k0"]
    assert await listed([]) == []


# ------------------------------------------------------------------------------------- several senders


async def test_concurrent_claims_never_give_a_delivery_or_a_chat_twice(store: SqlStore) -> None:
    items = [make.delivery(f"k{n}", address=make.address(f"chat-{n % 25}")) for n in range(100)]
    await queue(store, *items)
    rounds = await asyncio.gather(*(claim(store, f"sender-{n}", limit=4) for n in range(10)))
    claimed = [item for taken in rounds for item in taken]
    assert len({item.id for item in claimed}) == len(claimed) == 25
    assert len({item.address.chat for item in claimed}) == 25


async def test_senders_at_work_together_send_each_message_once_and_in_order(
    store: SqlStore, store_url: str, store_clock: FixedClock
) -> None:
    groups = [make.deliveries(f"g{n}", 3, address=make.address(f"chat-{n % 4}")) for n in range(12)]
    await queue(store, *(item for group in groups for item in group))
    wire: list[str] = []

    async def sender(name: str, mine: SqlStore) -> None:
        idle = 0
        while idle < 20:
            claimed = await claim(mine, name, limit=3)
            marked = await mark(mine, name, *(item.id for item in claimed))
            wire.extend(item.key for item in claimed if item.id in marked)
            await store_clock.sleep(0)
            await settle(mine, *(make.outcome(item, name) for item in claimed if item.id in marked))
            idle = 0 if claimed else idle + 1

    other = open_store(store_url, clock=store_clock)  # a second process, as far as the database can tell
    try:
        await asyncio.gather(*(sender(f"s{n}", other if n % 2 else store) for n in range(4)))
    finally:
        await other.close()
    assert sorted(wire) == sorted(item.key for group in groups for item in group)
    for group in groups:
        places = [wire.index(item.key) for item in group]
        assert places == sorted(places)


async def test_senders_never_read_what_was_sent(store: SqlStore) -> None:
    """By the plan, not by the clock: a year of sent messages must not slow a claim down."""
    async with store.begin() as tx:
        await tx.queue([make.delivery(f"k{n}", address=make.address(f"chat-{n}")) for n in range(5_000)])
        await tx._connection.execute(sql("UPDATE deliveries SET state = 'sent'"))
        await tx.queue([make.delivery()])
        await tx._connection.execute(sql("ANALYZE"))
    async with store.begin() as tx:
        plans = await _plans(tx)
    assert len(plans) >= 5
    assert [plan for plan in plans if "Seq Scan on deliveries" in plan or "SCAN deliveries'" in plan] == []


async def _plans(tx: SqlTx) -> list[str]:
    """How the database goes about the statements that senders repeat all day."""
    seen: list[tuple[str, Any]] = []

    def remember(connection: Any, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        if "deliveries" in statement:
            seen.append((statement, values))

    listening = tx._connection.sync_connection
    event.listen(listening, "before_cursor_execute", remember)
    claimed = await tx.claim(
        token="a", now=make.NOW, until=make.later(seconds=60), limit=8, channel="telegram"
    )
    await tx.mark_sending([item.id for item in claimed], "a", make.later(seconds=60))
    await tx.recover(make.NOW)
    await tx.waiting(make.NOW)
    await tx.deliveries([AMBIGUOUS])
    event.remove(listening, "before_cursor_execute", remember)
    explain = "EXPLAIN " if tx._postgres else "EXPLAIN QUERY PLAN "
    return [
        str([tuple(row) for row in (await tx._connection.exec_driver_sql(explain + statement, values)).all()])
        for statement, values in seen
    ]


async def test_a_broken_audience_is_muted_with_its_reason(store: SqlStore) -> None:
    async with store.begin() as tx:
        for name, chat, thread in (("a", "1", None), ("b", "1", 5), ("c", "2", None)):
            address = make.address(chat, thread=thread)
            await tx.put_subscription(make.subscription(name, address=address))
        await tx.mute(make.address("1", thread=5), Code.THREAD_NOT_FOUND)
        assert [item.id for item in await tx.subscriptions()] == ["a", "c"]
        await tx.mute(make.address("1"), Code.FORBIDDEN)
        assert [item.id for item in await tx.subscriptions()] == [SubscriptionId("c")]
        assert [item.id for item in await tx.subscriptions(active=False)] == ["a", "b"]


async def test_chats_to_leave_alone_are_passed_over_however_many_come_first(store: SqlStore) -> None:
    busy = [make.delivery(f"busy-{n}", address=_chat(n), priority=9) for n in range(200)]
    free = [make.delivery(f"free-{n}", address=_chat(1_000 + n)) for n in range(3)]
    await queue(store, *busy, *free)
    left_alone = {str(n) for n in range(200)}
    async with store.begin() as tx:
        until = make.later(seconds=60)
        claimed = await tx.claim(
            token="a", now=make.NOW, until=until, limit=2, channel="telegram", without=left_alone
        )
    assert [item.key for item in claimed] == ["free-0", "free-1"]


async def test_other_content_takes_the_place_of_a_part_and_what_is_behind_it_makes_room(
    store: SqlStore,
) -> None:
    first, second = make.deliveries("group", 2)
    await queue(store, first, second)
    (item,) = await claim(store)
    await mark(store, "a", item.id)
    parts = (make.part("one"), make.part("two"))
    outcome = replace(make.outcome(item, "a", PENDING), instead=parts, code=Code.SUPERSEDED)
    late = replace(outcome, token="b")
    assert await settle(store, late) == frozenset()
    assert len(await all_of(store)) == 2
    assert await settle(store, outcome) == {item.id}
    said = []
    for _ in range(3):
        (item,) = await claim(store)
        said.append((item.part.text, item.part_number, item.parts))
        await mark(store, "a", item.id)
        await settle(store, make.outcome(item, "a", SENT))
    assert said == [("one", 0, 3), ("two", 1, 3), (second.part.text, 2, 3)]


def _chat(number: int) -> Address:
    return Address(channel="telegram", chat=str(number))
