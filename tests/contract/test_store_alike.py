"""Who was told the same, and one digest for all of them, on both databases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.store import SqlStore
from bot.domain.facts import facts_told
from bot.errors import Code
from bot.types import (
    ArticleId,
    Delivery,
    DeliveryState,
    Digest,
    Fact,
    Mute,
    StoryId,
    Subscription,
    SubscriptionId,
)
from tests import make
from tests.contract.test_store_outbox import claim, mark, settle

READERS = tuple(
    make.subscription(name, address=make.address(chat)) for name, chat in (("a", "1"), ("b", "2"), ("c", "3"))
)


def copies_of(
    digest: Digest, *readers: Subscription
) -> tuple[Digest, dict[SubscriptionId | None, tuple[Delivery, ...]]]:
    """The digest as the first reader's, and each reader's messages: two parts, the story in the second."""
    assert digest.slot is not None
    carrier = make.part("second", stories=tuple(i.story for s in digest.sections for i in s.items))
    copies: dict[SubscriptionId | None, tuple[Delivery, ...]] = {}
    for reader in readers:
        group = f"digest:{reader.id}:{digest.slot.local_date}"
        parts = make.deliveries(group, 2, address=reader.address)
        copies[reader.id] = (parts[0], replace(parts[1], part=carrier))
    return replace(digest, subscription=readers[0].id), copies


async def record(store: SqlStore, digest: Digest, *readers: Subscription) -> set[SubscriptionId | None]:
    own, copies = copies_of(digest, *readers)
    async with store.begin() as tx:
        return set(await tx.record_digests(own, copies, facts_told(own, copies[own.subscription])))


async def marks(store: SqlStore) -> Mapping[SubscriptionId, Hashable]:
    async with store.begin() as tx:
        return await tx.told_alike(READERS, make.ago(days=14))


async def test_a_digest_for_many_is_recorded_as_for_each_alone(store: SqlStore) -> None:
    a, b, c = READERS
    assert await record(store, make.digest(make.item(1)), a, b, c) == {"a", "b", "c"}
    assert await record(store, make.digest(make.item(1), slot=make.slot(day=3)), a) == {"a"}
    async with store.begin() as tx:
        for reader in READERS:
            told = await tx.facts(reader.address, make.ago(days=1))
            assert {fact.story for fact in told} == {1}
            _, second = [item.key for item in await tx.group(f"digest:{reader.id}:2026-11-02")]
            assert second in {fact.delivery for fact in told}
            assert set(await tx.told(reader.id, make.ago(days=1))) == {1}
        done = await tx.slots_done_by([reader.id for reader in READERS], make.ago(days=9))
        assert {reader: len(slots) for reader, slots in done.items()} == {"a": 2, "b": 1, "c": 1}
        for reader in READERS:
            assert await tx.slots_done(reader.id, make.ago(days=9)) == done[reader.id]


async def test_who_has_the_slot_already_is_left_out_and_gets_nothing_twice(store: SqlStore) -> None:
    a, b, c = READERS
    await record(store, make.digest(make.item(1)), b)
    assert await record(store, make.digest(make.item(1)), a, b, c) == {"a", "c"}
    async with store.begin() as tx:
        counts = await tx.counts()
    assert (counts["digests"], counts["deliveries"]) == (3, 6)


async def test_those_who_were_told_the_same_at_the_same_moments_are_alike(store: SqlStore) -> None:
    a, b, c = READERS
    assert len(set((await marks(store)).values())) == 1
    await record(store, make.digest(make.item(1)), a, b)
    found = await marks(store)
    assert found[a.id] == found[b.id] != found[c.id]
    later = make.digest(make.item(1), made_at=make.NOW + timedelta(microseconds=1))
    await record(store, later, c)
    found = await marks(store)
    assert found[a.id] == found[b.id] != found[c.id]


async def test_what_somebody_else_was_told_in_the_same_chat_counts(store: SqlStore) -> None:
    a, b, _ = READERS
    await record(store, make.digest(make.item(1)), a, b)
    other = make.subscription("other", address=a.address)
    await record(store, make.digest(make.item(2), made_at=make.later(hours=1)), other)
    found = await marks(store)
    assert found[a.id] != found[b.id]


async def test_wishes_and_failures_make_a_reader_like_no_other(store: SqlStore) -> None:
    a, b, c = READERS
    await record(store, make.digest(make.item(1)), a, b, c)
    async with store.begin() as tx:
        await tx.put_mute(Mute(chat=a.address.chat, kind="word", value="x"))
    assert (await marks(store))[a.id] != (await marks(store))[b.id]
    sent = await claim(store)
    failed = next(item for item in sent if item.address == b.address)
    await mark(store, "a", failed.id)
    await settle(store, make.outcome(failed.id, "a", DeliveryState.FAILED, code=Code.BAD_REQUEST))
    found = await marks(store)
    assert len(set(found.values())) == 3
    async with store.begin() as tx:
        await tx.drop_mute(a.address.chat, "word", "x")
    found = await marks(store)
    assert found[a.id] == found[c.id] != found[b.id]


async def test_what_was_taken_back_from_one_of_them_alone_parts_them(store: SqlStore) -> None:
    a, b, c = READERS
    article = await told_from_an_article(store, a, b, c)
    async with store.begin() as tx:
        found = await tx.facts_from(article, make.ago(days=1))
        assert len({number for number, _, _ in found}) == len(found) == 3, "one fact a chat"
        of = {sent.address: number for number, _, sent in found}
        await tx.take_back({of[a.address]: "14 were killed.", of[b.address]: "14 were killed."}, make.NOW)
        kept = {one.id: await tx.facts(one.address, make.ago(days=1)) for one in READERS}
    corrected = {one: [fact.correction for fact in facts if fact.corrected_at] for one, facts in kept.items()}
    assert corrected == {a.id: ["14 were killed."], b.id: ["14 were killed."], c.id: []}
    found_marks = await marks(store)
    assert found_marks[a.id] == found_marks[b.id] != found_marks[c.id]
    async with store.begin() as tx:
        await tx.take_back({of[b.address]: "21 were killed."}, make.NOW)
    assert len(set((await marks(store)).values())) == 3, (
        "the same was taken back, and something else stands there"
    )


async def told_from_an_article(store: SqlStore, *readers: Subscription) -> ArticleId:
    """All are told one story with a sentence from one article, in messages that were sent."""
    async with store.begin() as tx:
        await tx.put_feeds([make.feed()])
        article, _ = await tx.add_article(make.article())
        await tx.apply([make.placement(article)], [make.story(1, article)])
    own, copies = copies_of(make.digest(make.item(1)), *readers)
    key = copies[own.subscription][1].key
    told = [Fact(story=StoryId(1), text="47 were killed.", at=make.NOW, articles=(article,), delivery=key)]
    async with store.begin() as tx:
        await tx.record_digests(own, copies, told)
    for _ in range(2):
        for item in await claim(store, limit=9):
            await mark(store, "a", item.id)
            await settle(store, make.outcome(item.id, "a"))
    return article


async def test_copies_whose_messages_are_keyed_otherwise_are_refused(store: SqlStore) -> None:
    own, copies = copies_of(make.digest(make.item(1)), *READERS)
    first, *others = copies.values()
    copies[READERS[0].id] = (first[0], replace(first[1], key=f"{first[1].group}:other"))
    assert others
    async with store.begin() as tx:
        with pytest.raises(ValueError, match="group alone"):
            await tx.record_digests(own, copies, ())
