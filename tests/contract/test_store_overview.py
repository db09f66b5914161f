"""What owners look at and decide by hand, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from bot.adapters.store import SqlStore
from bot.errors import Code
from bot.types import DeliveryId, DeliveryState, FeedStatus, Origin
from tests import make
from tests.contract.test_store_outbox import claim, mark, queue, settle

PENDING, SENT, FAILED, AMBIGUOUS = (
    DeliveryState.PENDING,
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.AMBIGUOUS,
)


async def end(store: SqlStore, state: DeliveryState, code: Code | None = None) -> tuple[DeliveryId, ...]:
    """All that can go out now ends so."""
    items = await claim(store)
    ids = tuple(item.id for item in items)
    await mark(store, "a", *ids)
    await settle(store, *(make.outcome(ident, "a", state, code=code) for ident in ids))
    return ids


async def test_money_is_summed_since_a_moment(store: SqlStore) -> None:
    async with store.begin() as tx:
        assert await tx.cost(make.ago(days=30)) == 0
        for at, cost in ((make.ago(days=2), 0.25), (make.ago(hours=1), 0.5), (make.NOW, 0.125)):
            await tx.record_call(make.model_call(at=at, cost=cost))
        assert await tx.cost(make.ago(days=1)) == 0.625
        assert await tx.cost(make.ago(days=30)) == 0.875


async def test_troubles_are_counted_by_their_codes(store: SqlStore) -> None:
    feed = make.feed()
    async with store.begin() as tx:
        await tx.put_feeds([feed])
        await tx.record_polls([make.poll(feed, code=Code.TIMEOUT), make.poll(feed)])
        await tx.record_polls([make.poll(feed, code=Code.GONE, polled_at=make.ago(days=2))])
        await tx.record_call(make.model_call(code=Code.TIMEOUT))
    await queue(store, make.delivery())
    await end(store, FAILED, Code.BAD_REQUEST)
    async with store.begin() as tx:
        assert await tx.troubles(make.ago(days=1)) == {"timeout": 2, "bad_request": 1}


async def test_an_edition_tells_when_its_last_part_was_sent(store: SqlStore) -> None:
    slot = make.slot()
    group = f"digest:morning:{slot.local_date}T{slot.local_time:%H:%M}"
    digest = make.digest(make.item(1), slot=slot, subscription="morning")
    async with store.begin() as tx:
        await tx.record_digest(digest, make.deliveries(group, 2))
        await tx.skip_slots("morning", [make.slot(day=3)], "too old")  # type: ignore[arg-type]
        [edition] = await tx.editions(5)
    assert (edition["sent_at"], edition["unsent"], edition["items"]) == (None, 2, 1)
    await end(store, SENT)
    await end(store, SENT)
    async with store.begin() as tx:
        [edition] = await tx.editions(5)
    assert edition["sent_at"] == make.NOW
    assert (edition["slot_at"], edition["unsent"]) == (make.slot().at, 0)


async def test_what_waits_for_a_person_is_given_up_with_what_is_behind_it(store: SqlStore) -> None:
    await queue(store, *make.deliveries("g", 3))
    await queue(store, make.delivery("later", address=make.address("200")))
    first, other = await end(store, FAILED)
    async with store.begin() as tx:
        assert {item.id for item in await tx.undelivered(10)} == {first, other}
        assert len(await tx.undelivered(1, 1)) == 1
        assert await tx.drop(first)
        assert not await tx.drop(first)
        assert [item.id for item in await tx.undelivered(10)] == [other]
        assert await tx.deliveries([PENDING]) == ()
        assert await tx.waiting(make.NOW) == (0, None)


async def test_a_broadcast_is_counted_and_called_off(store: SqlStore) -> None:
    for number in range(3):
        chat = make.address(str(number))
        await queue(store, make.delivery(f"b{number}", address=chat, origin=Origin.BROADCAST))
    await queue(store, make.delivery("digest", address=make.address("9")))
    [sent] = [item.id for item in await claim(store, limit=1)]
    await mark(store, "a", sent)
    await settle(store, make.outcome(sent, "a"))
    async with store.begin() as tx:
        assert await tx.broadcast_states(make.NOW) == {"sent": 1, "pending": 2}
        assert await tx.cancel_broadcast(make.NOW) == 2
        assert await tx.broadcast_states(make.NOW) == {"sent": 1, "dropped": 2}
        assert await tx.broadcast_states(make.later(seconds=1)) == {}
        assert await tx.undelivered(10) == ()
        assert len(await tx.deliveries([PENDING])) == 1


async def test_money_is_set_aside_under_both_caps_and_settled(store: SqlStore) -> None:
    caps = [(make.ago(hours=6), 1.0), (make.ago(days=20), 3.0)]
    async with store.begin() as tx:
        await tx.record_call(make.model_call(at=make.ago(days=2), cost=2.2))
        line = await tx.reserve_call(make.model_call(cost=0.5), caps)
        assert line is not None
        assert await tx.reserve_call(make.model_call(cost=0.4), caps) is None, "the month's cap"
        assert await tx.reserve_call(make.model_call(cost=0.0), caps) is not None, "what is free may go on"
        assert await tx.reserve_call(make.model_call(cost=0.75), caps, line=line) == line, (
            "its own counts once"
        )
        assert await tx.reserve_call(make.model_call(cost=0.9), caps, line=line) is None
        await tx.settle_call(line, make.model_call(cost=0.01, tokens_in=7))
        assert await tx.cost(make.ago(days=1)) == 0.01
        assert await tx.reserve_call(make.model_call(cost=0.7), caps) is not None
        assert await tx.first_call(make.ago(days=1)) == make.NOW
        assert await tx.first_call(make.ago(days=-1)) is None


async def test_two_that_set_money_aside_at_once_stay_under_the_cap_together(store: SqlStore) -> None:
    caps = [(make.ago(days=1), 1.0)]

    async def one() -> int | None:
        async with store.begin() as tx:
            return await tx.reserve_call(make.model_call(cost=0.3), caps)

    lines = await asyncio.gather(*(one() for _ in range(12)))
    assert sum(line is not None for line in lines) == 3


async def test_how_things_stand_is_counted_from_the_rows(store: SqlStore) -> None:
    fine, failing, dead, unasked = (make.feed(name) for name in ("a", "b", "c", "d"))
    async with store.begin() as tx:
        await tx.put_feeds([fine, failing, dead, unasked])
        await tx.record_polls(
            [
                make.poll(replace(fine, polls=1), make.new_entry("1"), make.new_entry("2", news=False)),
                make.poll(replace(failing, polls=1, failures=2), code=Code.TIMEOUT),
                make.poll(replace(dead, polls=9, failures=9, status=FeedStatus.DEAD), code=Code.GONE),
            ]
        )
        one, _ = await tx.add_article(make.article(1, feed="a"))
        await tx.add_article(make.article(2, feed="a"))
        closed = make.story(2, last_at=make.ago(days=9))
        await tx.apply([make.placement(one, 1)], [make.story(1, one), closed])
    old: dict[str, Any] = {"queued_at": make.ago(minutes=20), "due_at": make.ago(minutes=20)}
    await queue(store, make.delivery("held", **old))
    [held] = await claim(store)
    await mark(store, "a", held.id)
    await settle(store, make.outcome(held.id, "a", AMBIGUOUS, code=Code.UNKNOWN_OUTCOME))
    await queue(store, make.delivery("now", address=make.address("1")))
    await queue(store, make.delivery("then", address=make.address("2"), due_at=make.later(hours=1)))
    await queue(store, *make.deliveries("late", 2, address=make.address("3"), **old))
    await queue(store, make.delivery("alert", origin=Origin.ALERT, address=make.address("4"), **old))
    async with store.begin() as tx:
        found = await tx.gauges(make.NOW, open_since=make.ago(days=7), late_before=make.ago(minutes=10))
    assert found.feeds == {"fine": 1, "failing": 1, "dead": 1, "unasked": 1}
    assert (found.unread, found.unplaced, found.stories) == (1, 1, 1)
    assert found.outbox == {"pending": 5, "ambiguous": 1}
    assert (found.due, found.late) == (4, 1)
