"""What was told, taken back, told anew and read again, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.adapters.store import SqlStore
from bot.types import (
    Action,
    ArticleId,
    Claim,
    Delivery,
    DeliveryState,
    Dispute,
    DisputeKind,
    EntryId,
    Fact,
    FactNumber,
    FeedId,
    StoryId,
)
from tests import make

LOOKS = (timedelta(hours=1), timedelta(hours=4))
SOLE = StoryId(1)
KEY = "digest:morning:2026-11-02T08:00:0"
GROUP = KEY.rpartition(":")[0]


async def read_article(store: SqlStore) -> tuple[EntryId, ArticleId]:
    """An entry of a feed, read into an article from its page and placed into story 1."""
    async with store.begin() as tx:
        await tx.put_feeds([make.feed()])
        await tx.record_polls([make.poll(make.feed(), new=(make.new_entry(),))])
        (waiting,) = await tx.unread_entries(make.NOW, 9)
        article, _ = await tx.add_article(make.article(full=True, feed=FeedId("bbc-world")))
        await tx.record_read(waiting.id, article=article, code=None, retry_at=None)
        await tx.apply([make.placement(article)], [make.story(1, article)])
    return waiting.id, article


async def tell(store: SqlStore, article: ArticleId, *facts: str) -> None:
    """These sentences, told from the article in a message that was sent."""
    made = make.digest(make.item(1), made_at=make.NOW)
    part = replace(make.part(), stories=(SOLE,))
    sent = make.delivery(KEY, group=GROUP, part=part, address=make.address())
    told = [
        Fact(story=SOLE, text=text, at=make.NOW, articles=(article,), figures=(47.0,), delivery=KEY)
        for text in facts
    ]
    async with store.begin() as tx:
        await tx.record_digest(made, [sent], told)
    await deliver(store)


async def deliver(store: SqlStore, *, failing: bool = False) -> None:
    """Whatever waits goes out, or fails."""
    late = make.later(days=1)
    async with store.begin() as tx:
        while taken := await tx.claim(
            token="t", now=late, until=make.later(days=2), limit=9, channel="telegram"
        ):
            await tx.mark_sending([one.id for one in taken], "t", make.later(days=2))
            state = DeliveryState.FAILED if failing else DeliveryState.SENT
            outcomes = [make.outcome(one, "t", state) for one in taken]
            await tx.settle([replace(one, message_id="" if failing else "77") for one in outcomes])


def edit(key: str, group: str, text: str, **changes: object) -> Delivery:
    made = make.delivery(key, group=group, address=make.address(), message_id="77", action=Action.EDIT)
    return replace(made, part=replace(made.part, text=text), **changes)  # type: ignore[arg-type]


async def told_from(store: SqlStore, article: ArticleId) -> Sequence[tuple[FactNumber, Fact, Delivery]]:
    async with store.begin() as tx:
        return await tx.facts_from(article, make.ago(hours=1))


async def test_what_was_told_from_an_article_comes_with_its_message_as_it_stands(store: SqlStore) -> None:
    _, article = await read_article(store)
    await tell(store, article, "47 were killed.", "It rained.")
    first = await told_from(store, article)
    assert [fact.text for _, fact, _ in first] == ["47 were killed.", "It rained."]
    assert {(sent.key, sent.message_id, sent.part.text) for _, _, sent in first} == {
        (KEY, "77", make.part().text)
    }
    async with store.begin() as tx:
        assert await tx.facts_from(ArticleId(article + 1), make.ago(hours=1)) == ()
        await tx.queue([edit(f"{GROUP}:revised:0", f"{GROUP}:revised", "By the model.")])
    assert {sent.part.text for _, _, sent in await told_from(store, article)} == {"By the model."}
    await deliver(store)
    async with store.begin() as tx:
        group = f"correction:{KEY}"
        await tx.queue([edit(group, group, "By the model. Correction.")])
    assert {sent.part.text for _, _, sent in await told_from(store, article)} == {"By the model. Correction."}
    await deliver(store, failing=True)
    found = await told_from(store, article)
    assert {(sent.key, sent.part.text) for _, _, sent in found} == {(KEY, "By the model.")}, (
        "it never got there"
    )


async def test_a_message_that_an_edit_made_superfluous_is_corrected_no_more(store: SqlStore) -> None:
    _, article = await read_article(store)
    await tell(store, article, "47 were killed.")
    async with store.begin() as tx:
        gone = edit(f"{GROUP}:revised:0", f"{GROUP}:revised", "", action=Action.DELETE)
        await tx.queue([gone])
    assert await told_from(store, article) == ()


async def test_what_was_taken_back_is_listed_with_what_stands_there(store: SqlStore) -> None:
    _, article = await read_article(store)
    await tell(store, article, "47 were killed.")
    ((number, fact, _),) = await told_from(store, article)
    async with store.begin() as tx:
        await tx.take_back({number: "14 were killed."}, make.later(hours=1))
        (kept,) = await tx.facts(make.address(), make.ago(hours=1))
        await tx.take_back({number: "21 were killed."}, make.later(hours=2))
    assert kept == replace(fact, corrected_at=make.later(hours=1), correction="14 were killed.")
    ((_, again, _),) = await told_from(store, article)
    assert (again.corrected_at, again.correction) == (make.later(hours=2), "21 were killed.")


async def test_an_edited_digest_is_remembered_with_what_it_tells_and_what_stood_beside(
    store: SqlStore,
) -> None:
    claim = Claim(source=1, outlet="One", at=make.NOW, value=47.0, quote="47 killed")
    line = Dispute(
        kind=DisputeKind.DISPUTED,
        thing="killed",
        first=claim,
        second=replace(claim, value=61.0, quote="61 killed"),
    )
    item = make.item(1, summary=make.summary(1, disputes=(line,)))
    async with store.begin() as tx:
        ident = await tx.record_digest(make.digest(item, make.item(2)), [])
        assert ident is not None
        (found,) = await tx.excerpted(make.ago(hours=1))
        fact = Fact(story=SOLE, text="The model's words.", at=make.NOW, delivery=KEY)
        await tx.tell_anew(ident, make.address(), [fact])
        assert await tx.facts(make.address(), make.ago(hours=1)) == (fact,)
    (section,) = found.sections
    assert [one.summary.disputes for one in section.items] == [(line,), ()]


async def test_pages_from_which_something_was_told_wait_again_time_for_time(store: SqlStore) -> None:
    entry, article = await read_article(store)

    async def look(hours: float) -> int:
        async with store.begin() as tx:
            count = await tx.read_again(make.later(hours=hours), LOOKS, since=make.ago(hours=1))
            for one in await tx.unread_entries(make.later(hours=hours), 9):
                assert (one.id, one.attempts) == (entry, 0)
                await tx.record_read(one.id, article=article, code=None, retry_at=None)
        return count

    assert await look(30) == 0, "nothing was told of it"
    await tell(store, article, "47 were killed.", "It rained.")
    assert [await look(hours) for hours in (0.5, 1.5, 2, 5, 6, 30)] == [0, 1, 0, 1, 0, 0]


async def test_an_article_is_revised_by_a_second_reading_and_by_a_third(store: SqlStore) -> None:
    entry, article = await read_article(store)
    for number in (1, 2):
        changed = make.new_entry(fingerprint=f"other-{number}")
        async with store.begin() as tx:
            await tx.record_polls([make.poll(make.feed(), changed=(changed,))])
            assert [(one.id, one.attempts) for one in await tx.unread_entries(make.later(days=1), 9)] == [
                (entry, 0)
            ]
            text = make.article(full=True, fingerprint=f"text-{number}", text=f"Version {number}.")
            assert await tx.revise_article(entry, article, text)
            await tx.record_read(entry, article=article, code=None, retry_at=None)
            (found,) = await tx.revised(9)
            assert found.text == f"Version {number}."
            await tx.looked_at([found.id])
