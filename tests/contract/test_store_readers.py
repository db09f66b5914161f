"""Subscriptions, digests, and what the house keeps, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time

import pytest

from bot.adapters.clock import FixedClock
from bot.adapters.store import SqlStore
from bot.errors import Code
from bot.types import (
    ArticleId,
    Correction,
    Delivery,
    DeliveryState,
    Digest,
    DigestId,
    Fact,
    FeedStatus,
    Length,
    Rules,
    Schedule,
    Slot,
    StoryId,
    SubscriptionId,
    TopicSlug,
)
from tests import make

MORNING = SubscriptionId("morning")


# ------------------------------------------------------------------------------ subscriptions, digests


async def test_a_subscription_comes_back_as_it_was_put(store: SqlStore) -> None:
    subscription = make.subscription(
        address=make.address("@news", thread=4),
        topics=(TopicSlug("syria"), TopicSlug("us-china")),
        schedule=Schedule(times=(time(7, 30), time(19, 0)), zone="Asia/Shanghai", days=(0, 4)),
        language="zh",
        length=Length.DEEP,
        format="compact",
        quiet_day="nothing",
        silent=True,
        active=False,
        created_at=None,
    )
    async with store.begin() as tx:
        await tx.put_subscription(subscription)
        await tx.put_subscription(make.subscription("evening"))
        assert await tx.subscriptions(active=None) == (make.subscription("evening"), subscription)
        assert await tx.subscriptions() == (make.subscription("evening"),)
        assert await tx.subscriptions(active=False) == (subscription,)


async def test_a_subscription_put_again_is_replaced_and_no_longer_muted(store: SqlStore) -> None:
    async with store.begin() as tx:
        await tx.put_subscription(make.subscription())
        await tx.mute(make.address(), Code.FORBIDDEN)
        assert await tx.subscriptions() == ()
        await tx.put_subscription(make.subscription(language="ar"))
        assert await tx.subscriptions() == (make.subscription(language="ar"),)


async def test_a_digest_is_recorded_with_its_deliveries(store: SqlStore) -> None:
    async with store.begin() as tx:
        key = await tx.record_digest(make.digest(), make.deliveries("g", 2))
        assert key is not None
        assert await tx.slots_done(MORNING, make.ago(days=1)) == {("2026-11-02", "08:00:00")}
        assert [item.key for item in await tx.deliveries()] == ["g:1", "g:0"]


async def test_a_slot_has_one_digest_whoever_composes_it(store: SqlStore) -> None:
    async def compose(number: int) -> DigestId | None:
        async with store.begin() as tx:
            return await tx.record_digest(make.digest(), [make.delivery(f"composer-{number}")])

    composed = [key for key in await asyncio.gather(*(compose(number) for number in range(8))) if key]
    assert len(composed) == 1
    async with store.begin() as tx:
        assert len(await tx.deliveries()) == 1
        counts = await tx.counts()
    assert (counts["digests"], counts["digest_items"]) == (1, 1)


async def test_on_demand_there_may_be_any_number_of_digests(store: SqlStore) -> None:
    async with store.begin() as tx:
        made = [await tx.record_digest(make.digest(slot=None), ()) for _ in range(2)]
        made += [await tx.record_digest(make.digest(slot=None, subscription=None), ()) for _ in range(2)]
        assert len(set(made)) == 4
        assert None not in made
        assert await tx.slots_done(MORNING, make.ago(days=9)) == frozenset()


async def test_a_digest_that_fails_to_commit_leaves_nothing(store: SqlStore) -> None:
    async def cut() -> None:
        async with store.begin() as tx:
            await tx.record_digest(make.digest(), [make.delivery()])
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power"):
        await cut()
    async with store.begin() as tx:
        assert await tx.slots_done(MORNING, make.ago(days=1)) == frozenset()
        assert await tx.deliveries() == ()


async def test_skipped_slots_are_done_and_listed_with_the_reason(store: SqlStore) -> None:
    slots = [make.slot(day) for day in (1, 2)]
    async with store.begin() as tx:
        assert await tx.record_digest(make.digest(slot=slots[1]), ()) is not None
        await tx.skip_slots(MORNING, slots, "too old")
        await tx.skip_slots(MORNING, slots, "again")
        assert await tx.record_digest(make.digest(slot=slots[0]), [make.delivery()]) is None
        assert len(await tx.slots_done(MORNING, make.ago(days=3))) == 2
        assert await tx.slots_done(MORNING, make.slot(2).at) == {("2026-11-02", "08:00:00")}
        rows = await tx.digests(MORNING, 10)
        assert await tx.deliveries() == ()
    assert [(row["local_date"], row["skipped"], row["items"]) for row in rows] == [
        ("2026-11-01", "too old", 0),
        ("2026-11-02", "", 1),
    ]


async def test_the_latest_digests_are_listed_first(store: SqlStore) -> None:
    async with store.begin() as tx:
        for day in (1, 2, 3):
            digest = make.digest(make.item(1), make.item(2), slot=make.slot(day), made_at=make.slot(day).at)
            await tx.record_digest(digest, ())
        await tx.record_digest(make.digest(subscription=SubscriptionId("x")), ())
        listed = await tx.digests(MORNING, 2)
        assert len(await tx.digests(None, 10)) == 4
    assert [(row["subscription"], row["local_date"], row["items"]) for row in listed] == [
        ("morning", "2026-11-03", 2),
        ("morning", "2026-11-02", 2),
    ]


async def test_a_slot_of_the_same_hour_in_another_zone_or_minute_is_another(store: SqlStore) -> None:
    slot = make.slot()
    half_past = Slot(local_date=slot.local_date, local_time=time(8, 30), at=slot.at)
    async with store.begin() as tx:
        assert await tx.record_digest(make.digest(slot=slot), ())
        assert await tx.record_digest(make.digest(slot=half_past), ())
        assert await tx.record_digest(make.digest(slot=slot, subscription=SubscriptionId("b")), ())


async def test_what_a_reader_was_last_told_of_each_story(store: SqlStore) -> None:
    def telling(story: int, basis: str, day: int) -> tuple[Digest, tuple[()]]:
        item = make.item(story, summary=make.summary(story, basis=basis))
        return make.digest(item, slot=make.slot(day), made_at=make.slot(day).at), ()

    async with store.begin() as tx:
        for story, basis, day in ((1, "old", 1), (1, "new", 3), (2, "once", 2)):
            await tx.record_digest(*telling(story, basis, day))
        await tx.record_digest(make.digest(make.item(3), subscription=SubscriptionId("other")), ())
        told = await tx.told(MORNING, make.slot(1).at)
        assert await tx.told(MORNING, make.slot(4).at) == {}
    assert told == {StoryId(1): ("new", make.slot(3).at), StoryId(2): ("once", make.slot(2).at)}


def _telling(story: int, text: str, day: int, key: str) -> tuple[Digest, list[Delivery], list[Fact]]:
    made = make.digest(make.item(story), slot=make.slot(day), made_at=make.slot(day).at)
    part = replace(make.part(), stories=(StoryId(story),))
    sent = make.delivery(key, part=part, address=make.address())
    fact = Fact(
        story=StoryId(story),
        text=text,
        at=made.made_at,
        articles=(ArticleId(7),),
        figures=(47.0,),
        delivery=key,
    )
    return made, [sent], [fact]


async def test_facts_are_kept_until_their_message_fails(store: SqlStore) -> None:
    first, second = _telling(1, "Forty-seven.", 1, "one"), _telling(2, "Nine.", 2, "two")
    async with store.begin() as tx:
        await tx.record_digest(*first)
        await tx.record_digest(*second)
        assert await tx.facts(make.address(), make.slot(1).at) == (*first[2], *second[2])
        assert await tx.facts(make.address(), make.slot(2).at) == tuple(second[2])
        assert await tx.facts(replace(make.address(), thread=5), make.slot(1).at) == ()
        ids = [item.id for item in await tx.deliveries() if item.key == "two"]
        late = make.later(days=9)
        await tx.claim(token="t", now=late, until=make.later(days=10), limit=9, channel="telegram")
        taken = [item for item in await tx.deliveries() if item.state is DeliveryState.CLAIMED]
        await tx.mark_sending([item.id for item in taken], "t", make.later(days=10))
        await tx.settle([make.outcome(item, "t", DeliveryState.FAILED) for item in taken])
        left = await tx.facts(make.address(), make.slot(1).at)
        told = await tx.told(MORNING, make.slot(1).at)
    # One message of a chat goes at a time: the first one failed, the other still waits.
    assert [item.key for item in taken] == ["one"]
    assert ids
    assert left == tuple(second[2])
    assert set(told) == {StoryId(2)}


async def test_facts_follow_the_chat_and_are_forgotten_with_it(store: SqlStore) -> None:
    async with store.begin() as tx:
        await tx.record_digest(*_telling(1, "Forty-seven.", 1, "one"))
        await tx.move_chat("telegram", make.address().chat, "-100999")
        moved = replace(make.address(), chat="-100999")
        assert len(await tx.facts(moved, make.slot(1).at)) == 1
        gone = await tx.forget(moved)
        assert await tx.facts(moved, make.slot(1).at) == ()
    assert gone["told"] == 1


async def test_facts_end_with_their_time(store: SqlStore) -> None:
    async with store.begin() as tx:
        await tx.record_digest(*_telling(1, "Forty-seven.", 1, "one"))
        assert (await tx.retain(make.later(days=20), Rules()))["facts"] == 0
        assert (await tx.retain(make.later(days=40), Rules()))["facts"] == 1


# --------------------------------------------------------------------------------------- leases, notes


async def test_a_token_holds_its_lease_until_another_takes_it(store: SqlStore) -> None:
    async with store.begin() as tx:
        assert not await tx.holds("stories", "a")
        assert await tx.lease("stories", "a", make.NOW, make.later(seconds=30))
        assert await tx.holds("stories", "a")
        assert not await tx.holds("stories", "b")
        later = make.later(seconds=31)
        assert await tx.lease("stories", "b", later, later)
        assert not await tx.holds("stories", "a")
        await tx.drop_lease("stories", "b")
        assert not await tx.holds("stories", "b")


async def test_a_lease_has_one_holder_until_it_ends(store: SqlStore) -> None:
    async with store.begin() as tx:
        assert await tx.lease("stories", "a", make.NOW, make.later(seconds=30))
        assert not await tx.lease("stories", "b", make.NOW, make.later(seconds=30))
        assert await tx.lease("sender", "b", make.NOW, make.later(seconds=30))
        assert await tx.lease("stories", "a", make.NOW, make.later(seconds=60))  # kept for longer
        assert not await tx.lease("stories", "b", make.later(seconds=59), make.later(seconds=90))
        assert await tx.lease("stories", "b", make.later(seconds=60), make.later(seconds=90))
        assert not await tx.lease("stories", "a", make.later(seconds=61), make.later(seconds=90))


async def test_a_lease_is_given_back_only_by_its_holder(store: SqlStore) -> None:
    async with store.begin() as tx:
        assert await tx.lease("stories", "a", make.NOW, make.later(seconds=30))
        await tx.drop_lease("stories", "b")
        assert not await tx.lease("stories", "b", make.NOW, make.later(seconds=30))
        await tx.drop_lease("stories", "a")
        assert await tx.lease("stories", "b", make.NOW, make.later(seconds=30))


async def test_of_many_who_ask_at_once_one_gets_the_lease(store: SqlStore) -> None:
    async def ask(token: str) -> bool:
        async with store.begin() as tx:
            return await tx.lease("stories", token, make.NOW, make.later(seconds=30))

    assert sum(await asyncio.gather(*(ask(f"t{number}") for number in range(10)))) == 1


async def test_notes_are_remembered_and_replaced(store: SqlStore) -> None:
    async with store.begin() as tx:
        assert await tx.note("update") is None
        await tx.put_note("update", "17")
        await tx.put_note("update", "18")
        assert await tx.note("update") == "18"


async def test_forty_tasks_that_read_then_write_lose_no_increment(
    store: SqlStore, store_clock: FixedClock
) -> None:
    """SQLAlchemy's default start of a transaction lost 30 of 40 here, without an error."""

    async def increment() -> None:
        async with store.begin() as tx:
            # On PostgreSQL two may read the same count: a lease there is what makes one writer.
            await tx.lease("counter", "all", make.NOW, make.NOW)
            count = int(await tx.note("count") or 0)
            await store_clock.sleep(0)
            await tx.put_note("count", str(count + 1))

    await asyncio.gather(*(increment() for _ in range(40)))
    async with store.begin() as tx:
        assert await tx.note("count") == "40"


# ------------------------------------------------------------------------------------------- retention


async def test_retention_deletes_what_is_over_its_age_and_nothing_else(
    store: SqlStore, store_clock: FixedClock
) -> None:
    old, rules = make.ago(days=31), make.rules()
    feed = make.feed()
    async with store.begin() as tx:
        await tx.put_feeds([feed, make.feed("off", status=FeedStatus.OFF)])
        await tx.record_polls([make.poll(feed, polled_at=make.ago(days=8)), make.poll(feed)])
        gone, _ = await tx.add_article(make.article(1, seen_at=old, published_at=old))
        kept, _ = await tx.add_article(make.article(2))
        first = make.story(1, gone, first_at=old, last_at=old)
        await tx.apply([make.placement(gone, 1), make.placement(kept, 2)], [first, make.story(2, kept)])
        await tx.put_summary(make.summary(1), signature="s", at=old)
        await tx.put_summary(make.summary(2), signature="s", at=make.NOW)
        await tx.record_call(make.model_call(at=make.ago(days=91)))
        await tx.record_digest(make.digest(made_at=make.ago(days=91), slot=make.slot(1)), ())
        await tx.record_digest(make.digest(), ())
        deleted = await tx.retain(make.NOW, rules)
    assert {table: rows for table, rows in deleted.items() if rows} == {
        "polls": 1,
        "summaries": 1,
        "quotes": 2,
        "articles": 1,
        "stories": 1,
        "digests": 1,
        "calls": 1,
    }
    async with store.begin() as tx:
        counts = await tx.counts()
        assert [article.id for article in await tx.articles([gone, kept])] == [kept]
        assert await tx.placements(StoryId(1)) == ()
        assert (await tx.retain(make.NOW, rules))["articles"] == 0
    assert (counts["feeds"], counts["digest_items"], counts["placements"]) == (2, 1, 1)


async def test_a_split_and_the_address_of_a_merged_story_are_kept_as_long_as_its_stories(
    store: SqlStore,
) -> None:
    later = make.ago(days=-30)  # what goes on is seen anew

    def split(source: int, target: int, article: ArticleId) -> Correction:
        return Correction(
            source=StoryId(source), target=StoryId(target), articles=(article,), split=True, by_hand=True
        )

    async with store.begin() as tx:
        one, _ = await tx.add_article(make.article(1, seen_at=later, published_at=later))
        two, _ = await tx.add_article(make.article(2, seen_at=later, published_at=later))
        await tx.apply([make.placement(one, 1), make.placement(two, 1)], [make.story(1, one, two)])
        done = split(1, 2, two)
        await tx.apply([], [make.story(1, one), make.story(2, two)], [done])
        ((number, _, logged),) = await tx.corrections(9)
        assert logged == done == await tx.correction(number)
        assert await tx.correction(number + 1) is None
        merged = Correction(source=StoryId(3), target=StoryId(1), articles=())
        await tx.apply([], [], [merged, split(8, 9, ArticleId(99))])
        assert [row for _, _, row in await tx.corrections(9, by_hand=False)] == [merged]
        assert len(await tx.corrections(2)) == 2
        deleted = await tx.retain(make.ago(days=-31), make.rules())
        assert (deleted["corrections"], deleted["stories"]) == (2, 0)
        assert await tx.split_stories() == ((StoryId(1), StoryId(2)),)
        found = await tx.story(StoryId(3))
        assert found is not None
        assert found.id == 1
        await tx.readdress(StoryId(3), StoryId(2))
        await tx.readdress(StoryId(1), StoryId(2))  # it is no other name of any
        again = [await tx.story(StoryId(number)) for number in (3, 1)]
        assert [story.id for story in again if story is not None] == [2, 1]


async def test_no_id_is_ever_given_twice(store: SqlStore) -> None:
    old = make.ago(days=31)
    async with store.begin() as tx:
        first, _ = await tx.add_article(make.article(1, seen_at=old, published_at=old))
        await tx.apply([make.placement(first, 7)], [make.story(7, first, first_at=old, last_at=old)])
        await tx.retain(make.NOW, make.rules())
        assert await tx.story(StoryId(7)) is None
        assert await tx.last_story_id() == 7
        second, new = await tx.add_article(make.article(1))
    assert (new, second > first) == (True, True)
    assert second != ArticleId(first)


async def test_retention_goes_in_bounded_batches(store: SqlStore) -> None:
    feed = make.feed()
    async with store.begin() as tx:
        await tx.put_feeds([feed])
        await tx.record_polls([make.poll(feed, polled_at=make.ago(days=9)) for _ in range(5_500)])
    rounds = []
    for _ in range(3):
        async with store.begin() as tx:
            rounds.append((await tx.retain(make.NOW, make.rules()))["polls"])
    assert rounds == [5_000, 500, 0]


@pytest.mark.parametrize(
    ("states", "gone"),
    [
        ((DeliveryState.SENT, DeliveryState.SENT), 2),
        ((DeliveryState.SENT, DeliveryState.FAILED), 2),
        (
            (DeliveryState.FAILED, None),
            2,
        ),  # the second part is held behind the first, and must never go out alone
        ((DeliveryState.SENT, None), 0),
        ((DeliveryState.SENT, DeliveryState.AMBIGUOUS), 0),
        ((DeliveryState.AMBIGUOUS, None), 0),
        ((None, None), 0),
    ],
    ids=str,
)
async def test_retention_takes_finished_groups_of_messages_whole(
    store: SqlStore, store_clock: FixedClock, states: tuple[DeliveryState | None, ...], gone: int
) -> None:
    store_clock.set(make.ago(days=31))
    async with store.begin() as tx:
        await tx.queue(make.deliveries("g", 2, due_at=make.ago(days=31)))
        for state in states:
            if state is None:
                break
            until = make.ago(days=30)
            (item,) = await tx.claim(token="a", now=make.NOW, until=until, limit=8, channel="telegram")
            await tx.mark_sending([item.id], "a", until)
            await tx.settle([make.outcome(item, "a", state)])
        await tx.queue([make.delivery("young", queued_at=make.NOW, address=make.address("2"))])
        assert (await tx.retain(make.NOW, make.rules()))["deliveries"] == gone
        assert (await tx.counts())["deliveries"] == 3 - gone
