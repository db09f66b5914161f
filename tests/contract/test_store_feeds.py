"""Declarations, feeds and entries, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.clock import FixedClock
from bot.adapters.store import SqlStore
from bot.errors import Broken, Code
from bot.types import ArticleId, EntryId, Feed, FeedId, FeedStatus, RawUrl, TopicSlug
from tests import make


async def put(store: SqlStore, *feeds: Feed) -> None:
    async with store.begin() as tx:
        await tx.put_feeds(feeds)


async def only_feed(store: SqlStore) -> Feed:
    async with store.begin() as tx:
        (feed,) = await tx.feeds()
    return feed


async def test_a_feed_comes_back_as_it_was_put(store: SqlStore) -> None:
    feed = make.feed("a", topics=("syria",), outlet="bbc", language="ar", interval=60, full_text=False)
    await put(store, make.feed("b"), feed)
    async with store.begin() as tx:
        assert await tx.feeds() == (feed, make.feed("b"))


async def test_a_polled_feed_comes_back_with_all_that_polling_learnt(store: SqlStore) -> None:
    learnt = make.feed(
        etag='"x"',
        last_modified="Mon, 02 Nov 2026 08:00:00 GMT",
        next_poll_at=make.later(minutes=15),
        last_success_at=make.NOW,
        newest_entry_at=make.ago(minutes=5),
        failures=3,
        failing_since=make.ago(hours=1),
        last_code=Code.TIMEOUT,
        had_entries=True,
        polls=12,
    )
    await put(store, make.feed())
    async with store.begin() as tx:
        await tx.record_polls([make.poll(learnt)])
    assert await only_feed(store) == learnt


async def test_declaring_a_feed_again_keeps_what_polling_learnt(store: SqlStore) -> None:
    await put(store, make.feed())
    async with store.begin() as tx:
        await tx.record_polls([make.poll(make.feed(etag="e", polls=3, failures=2))])
    await put(store, make.feed(title="Another title", interval=60))
    feed = await only_feed(store)
    assert (feed.title, feed.interval, feed.etag, feed.polls, feed.failures) == (
        "Another title",
        60,
        "e",
        3,
        2,
    )


async def test_a_feed_with_a_new_address_starts_afresh(store: SqlStore) -> None:
    await put(store, make.feed())
    async with store.begin() as tx:
        await tx.record_polls([make.poll(make.feed(etag="e", status=FeedStatus.DEAD, failures=90))])
    await put(store, make.feed(url=RawUrl("https://elsewhere.example/rss")))
    feed = await only_feed(store)
    assert (feed.url, feed.etag, feed.failures) == ("https://elsewhere.example/rss", "", 0)
    assert feed.status is FeedStatus.ACTIVE


async def test_declaring_a_moved_feed_again_does_not_undo_the_move(store: SqlStore) -> None:
    moved = make.feed(url=RawUrl("https://moved.example/rss"), etag="e")
    await put(store, make.feed())
    async with store.begin() as tx:
        await tx.record_polls([make.poll(moved)])
    await put(store, make.feed())  # the file still names the old address
    assert await only_feed(store) == moved
    await put(store, moved)  # and naming the new one is no change either
    assert await only_feed(store) == moved


async def test_a_dead_feed_stays_dead_until_it_is_switched_off_and_on(store: SqlStore) -> None:
    await put(store, make.feed())
    async with store.begin() as tx:
        await tx.record_polls([make.poll(make.feed(status=FeedStatus.DEAD))])
    await put(store, make.feed())
    assert (await only_feed(store)).status is FeedStatus.DEAD
    await put(store, make.feed(status=FeedStatus.OFF))
    assert (await only_feed(store)).status is FeedStatus.OFF
    await put(store, make.feed())
    assert (await only_feed(store)).status is FeedStatus.ACTIVE


async def test_a_feed_that_wakes_has_its_failures_behind_it_and_keeps_what_it_knows(store: SqlStore) -> None:
    await put(store, make.feed())
    dead = make.feed(
        status=FeedStatus.DEAD,
        etag='"e"',
        had_entries=True,
        failures=60,
        failing_since=make.ago(days=20),
        last_code=Code.TIMEOUT,
    )
    async with store.begin() as tx:
        await tx.record_polls([make.poll(dead)])
    await put(store, make.feed(status=FeedStatus.OFF))
    assert (await only_feed(store)).failures == 60
    await put(store, make.feed())
    feed = await only_feed(store)
    assert (feed.failures, feed.failing_since, feed.last_code, feed.next_poll_at) == (0, None, None, None)
    assert (feed.etag, feed.had_entries) == ('"e"', True)


async def test_a_poll_does_not_switch_on_a_feed_that_was_switched_off_meanwhile(store: SqlStore) -> None:
    await put(store, make.feed())
    await put(store, make.feed(status=FeedStatus.OFF, title="Renamed"))
    async with store.begin() as tx:
        await tx.record_polls([make.poll(make.feed(polls=1))])
    feed = await only_feed(store)
    assert (feed.status, feed.title, feed.polls) == (FeedStatus.OFF, "Renamed", 1)


async def test_a_poll_of_the_old_address_does_not_undo_a_new_one(store: SqlStore) -> None:
    old, new = RawUrl("https://old.example/rss"), RawUrl("https://new.example/rss")
    feed = make.feed(url=old)
    await put(store, feed)
    failed = replace(feed, failures=3, etag='"old"', next_poll_at=make.later(hours=6), last_code=Code.TIMEOUT)
    async with store.begin() as tx:
        await tx.put_feeds([replace(feed, url=new)])  # while the old address is being asked
        await tx.record_polls([make.poll(failed, make.new_entry(), asked=old)])
        (found,) = await tx.feeds()
        assert (found.url, found.etag, found.failures, found.next_poll_at) == (new, "", 0, None)
        await tx.record_polls([make.poll(replace(failed, url=new), asked=new)])
        (found,) = await tx.feeds()
    assert (found.url, found.failures) == (new, 3)


async def test_due_feeds_are_active_and_never_polled_ones_come_first(store: SqlStore) -> None:
    feeds = [
        make.feed("future", next_poll_at=make.later(seconds=1)),
        make.feed("late", next_poll_at=make.ago(hours=1)),
        make.feed("later", next_poll_at=make.NOW),
        make.feed("new"),
        make.feed("off", status=FeedStatus.OFF),
        make.feed("dead", status=FeedStatus.DEAD, next_poll_at=make.ago(days=1)),
    ]
    await put(store, *feeds)
    async with store.begin() as tx:
        assert [feed.id for feed in await tx.due_feeds(make.NOW, 10)] == ["new", "late", "later"]
        assert [feed.id for feed in await tx.due_feeds(make.NOW, 2)] == ["new", "late"]


async def test_new_entries_are_known_and_only_news_waits_to_be_read(store: SqlStore) -> None:
    feed = make.feed()
    news = make.new_entry("news", content_html="<p>Long.</p>", author="A. Author", language="en")
    old = replace(make.new_entry("old", news=False), code=Code.TOO_OLD)
    await put(store, feed)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, news, old)])
    async with store.begin() as tx:
        assert await tx.known_entries(feed.id, ["news", "old", "other"]) == {"news": "f1", "old": "f1"}
        assert await tx.known_entries(FeedId("other"), ["news"]) == {}
        (waiting,) = await tx.unread_entries(make.NOW, 10)
    assert waiting.entry == news.entry
    assert (waiting.feed_id, waiting.seen_at, waiting.attempts) == (feed.id, make.NOW, 0)


async def test_an_entry_found_twice_is_stored_once(store: SqlStore) -> None:
    feed = make.feed()
    await put(store, feed)
    for _ in range(2):
        async with store.begin() as tx:
            await tx.record_polls([make.poll(feed, make.new_entry(), make.new_entry())])
    async with store.begin() as tx:
        assert (await tx.counts())["entries"] == 1


async def test_two_feeds_may_use_the_same_guid(store: SqlStore) -> None:
    feeds = [make.feed("a"), make.feed("b")]
    await put(store, *feeds)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, make.new_entry()) for feed in feeds])
        assert len(await tx.unread_entries(make.NOW, 10)) == 2


@pytest.mark.parametrize(
    "guid", ["x" * 100_000, "with\x00nul", "lone\ud83dsurrogate", "مقال", "日本語"], ids=ascii
)
async def test_any_guid_is_known_again(store: SqlStore, guid: str) -> None:
    feed = make.feed()
    await put(store, feed)
    async with store.begin() as tx:
        entry = make.new_entry(guid, title="t\x00i\ud83dtle", summary_html="\x00")
        await tx.record_polls([make.poll(feed, entry)])
    async with store.begin() as tx:
        assert await tx.known_entries(feed.id, [guid]) == {guid: "f1"}
        (stored,) = await tx.unread_entries(make.NOW, 1)
    assert stored.entry.title == "ti?tle"


async def test_thousands_of_guids_are_looked_up_at_once(store: SqlStore) -> None:
    feed = make.feed()
    guids = [f"guid-{number}" for number in range(2_500)]
    await put(store, feed)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, *(make.new_entry(guid) for guid in guids))])
        assert await tx.known_entries(feed.id, [*guids, "other"]) == dict.fromkeys(guids, "f1")


async def test_a_changed_entry_that_may_be_news_waits_again_each_time(store: SqlStore) -> None:
    feed = make.feed()
    await put(store, feed)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, make.new_entry("read"), make.new_entry("dropped"))])
        for entry in await tx.unread_entries(make.NOW, 10):
            article = ArticleId(1) if entry.entry.guid == "read" else None
            code = None if article else Code.NO_TEXT
            await tx.record_read(entry.id, article=article, code=code, retry_at=None)
        assert await tx.unread_entries(make.NOW, 10) == ()
        again = [
            make.new_entry(guid, fingerprint="f2", title="Corrected", content_html="<p>Text</p>")
            for guid in ("read", "dropped")
        ]
        await tx.record_polls([make.poll(feed, changed=tuple(again))])
    async with store.begin() as tx:
        assert await tx.known_entries(feed.id, ["read", "dropped"]) == {"read": "f2", "dropped": "f2"}
        waiting = {one.entry.guid: one for one in await tx.unread_entries(make.NOW, 10)}
        assert waiting.keys() == {"read", "dropped"}
        assert {one.entry.title for one in waiting.values()} == {"Corrected"}
        assert waiting["dropped"].entry.content_html == "<p>Text</p>"
        assert waiting["dropped"].attempts == 1
        await tx.record_read(waiting["read"].id, article=ArticleId(1), code=None, retry_at=None)
        third = make.new_entry("read", fingerprint="f3", title="Corrected again")
        await tx.record_polls([make.poll(feed, changed=(third,))])
        assert {one.entry.guid for one in await tx.unread_entries(make.NOW, 10)} == {"read", "dropped"}


async def test_a_changed_entry_that_waits_keeps_its_turn(store: SqlStore) -> None:
    feed = make.feed()
    await put(store, feed)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, make.new_entry())])
        (entry,) = await tx.unread_entries(make.NOW, 10)
        await tx.record_read(entry.id, article=None, code=Code.TIMEOUT, retry_at=make.later(minutes=15))
        changed = make.new_entry(fingerprint="f2", title="Now with 7 comments")
        await tx.record_polls([make.poll(feed, changed=(changed,))])
        assert await tx.unread_entries(make.NOW, 10) == ()
        (again,) = await tx.unread_entries(make.later(minutes=15), 10)
    assert (again.entry.title, again.attempts) == ("Now with 7 comments", 1)


async def test_an_entry_whose_words_change_at_every_poll_is_read_three_times_at_most(store: SqlStore) -> None:
    feed = make.feed()
    await put(store, feed)
    readings = 0
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, make.new_entry())])
        for number in range(10):
            for entry in await tx.unread_entries(make.NOW, 10):
                readings += 1
                await tx.record_read(entry.id, article=None, code=Code.PAYWALL, retry_at=None)
            changed = make.new_entry(fingerprint=f"f{number}", title=f"{number} comments")
            await tx.record_polls([make.poll(feed, changed=(changed,))])
        known = await tx.known_entries(feed.id, ["guid-1"])
    assert (readings, known) == (3, {"guid-1": "f9"})


async def test_a_changed_entry_that_is_no_news_only_gets_its_new_fingerprint(store: SqlStore) -> None:
    feed = make.feed()
    await put(store, feed)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, make.new_entry(news=False))])
        changed = make.new_entry(news=False, fingerprint="f2")
        await tx.record_polls([make.poll(feed, changed=(changed,))])
        assert await tx.known_entries(feed.id, ["guid-1"]) == {"guid-1": "f2"}
        assert await tx.unread_entries(make.NOW, 10) == ()


async def test_an_entry_is_tried_again_when_its_time_has_come(store: SqlStore) -> None:
    feed = make.feed()
    await put(store, feed)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, make.new_entry(content_html="<p>x</p>"))])
        (entry,) = await tx.unread_entries(make.NOW, 10)
        await tx.record_read(entry.id, article=None, code=Code.TIMEOUT, retry_at=make.later(minutes=2))
        assert await tx.unread_entries(make.NOW, 10) == ()
        (again,) = await tx.unread_entries(make.later(minutes=2), 10)
    assert (again.attempts, again.entry.content_html) == (1, "<p>x</p>")


async def test_unread_entries_come_oldest_first(store: SqlStore) -> None:
    feed = make.feed()
    await put(store, feed)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, make.new_entry("second"))])
        await tx.record_polls([make.poll(feed, make.new_entry("first"), polled_at=make.ago(hours=1))])
        assert [entry.entry.guid for entry in await tx.unread_entries(make.NOW, 10)] == ["first", "second"]
        assert [entry.entry.guid for entry in await tx.unread_entries(make.NOW, 1)] == ["first"]


async def test_what_is_due_and_unread_can_be_asked_of_some_feeds_alone(store: SqlStore) -> None:
    one, other = make.feed("one", url="https://one.example"), make.feed("other", url="https://other.example")
    await put(store, one)
    await put(store, other)
    async with store.begin() as tx:
        assert {feed.id for feed in await tx.due_feeds(make.NOW, 10, ("one", "nobody"))} == {"one"}
        assert {feed.id for feed in await tx.due_feeds(make.NOW, 10, ())} == {"one", "other"}
        await tx.record_polls([make.poll(feed, make.new_entry(f"of {feed.id}")) for feed in (one, other)])
        assert await tx.unread_feeds(make.NOW) == {"one", "other"}
        (entry,) = await tx.unread_entries(make.NOW, 10, ("other",))
        assert entry.entry.guid == "of other"
        await tx.record_read(entry.id, article=None, code=None, retry_at=make.later(hours=1))
        assert await tx.unread_feeds(make.NOW) == {"one"}
        assert await tx.unread_feeds(make.later(hours=1)) == {"one", "other"}


async def test_reading_an_unknown_entry_changes_nothing(store: SqlStore) -> None:
    async with store.begin() as tx:
        await tx.record_read(EntryId(99), article=None, code=Code.NO_TEXT, retry_at=None)
        assert (await tx.counts())["entries"] == 0


async def test_entries_of_an_unknown_feed_are_refused_and_nothing_is_written(store: SqlStore) -> None:
    async def record() -> None:
        async with store.begin() as tx:
            await tx.put_feeds([make.feed("known")])
            await tx.record_polls([make.poll(make.feed("unknown"), make.new_entry())])

    with pytest.raises(Broken, match="refused"):
        await record()
    async with store.begin() as tx:
        assert await tx.feeds() == ()


async def test_a_cycle_of_polls_is_written_in_one_go(store: SqlStore) -> None:
    feeds = [make.feed(f"feed-{number:04}") for number in range(500)]
    await put(store, *feeds)
    entries = [make.new_entry(f"guid-{number}") for number in range(20)]
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, *entries) for feed in feeds])
        counts = await tx.counts()
    assert (counts["entries"], counts["polls"]) == (10_000, 500)


async def test_declarations_come_back_in_order_and_are_replaced_by_kind_and_id(store: SqlStore) -> None:
    body = {"z": 1, "a": {"terms": ["Дамаск", "دمشق"], "nothing": None}, "threshold": 1.0}
    items = [
        make.declared("topic", "syria", body=body, file_hash="h", edited=True, on=False),
        make.declared("feed", "b", conflict={"url": "https://new.example"}, conflict_hash="c"),
        make.declared("feed", "a"),
    ]
    async with store.begin() as tx:
        await tx.declare(items)
    async with store.begin() as tx:
        assert await tx.declared() == (items[2], items[1], items[0])
        assert await tx.declared("topic") == (items[0],)
        (found,) = await tx.declared("topic")
        assert list(found.body) == ["z", "a", "threshold"]
        await tx.declare([make.declared("feed", "b")])
        assert await tx.declared("feed") == (make.declared("feed", "a"), make.declared("feed", "b"))


async def test_coverage_tells_how_many_feeds_are_fine_and_names_the_failing_worst_first(
    store: SqlStore,
) -> None:
    fine = make.feed("fine", newest_entry_at=make.ago(minutes=41), last_success_at=make.ago(minutes=5))
    feeds = [
        fine,
        make.feed("new"),  # not asked yet
        make.feed("short", failures=1, failing_since=make.ago(hours=1), newest_entry_at=make.ago(hours=9)),
        make.feed("long", failures=9, failing_since=make.ago(days=3), title="Long dead"),
        make.feed("dead", status=FeedStatus.DEAD, failing_since=make.ago(days=20), title=""),
        make.feed("off", status=FeedStatus.OFF, failures=5),
    ]
    await put(store, *feeds)
    async with store.begin() as tx:
        await tx.add_article(make.article(1))
        await tx.add_article(make.article(2, seen_at=make.ago(days=2)))
        coverage = await tx.coverage(make.ago(hours=24), ())
    assert (coverage.feeds, coverage.feeds_fine, coverage.articles) == (5, 1, 1)
    assert coverage.newest_at == make.ago(minutes=41)
    assert coverage.failing == ("dead", "Long dead", "Short")


async def test_coverage_of_topics_counts_feeds_about_them_or_about_nothing_in_particular(
    store: SqlStore,
) -> None:
    syria, china = TopicSlug("syria"), TopicSlug("us-china")
    await put(store, make.feed("s", topics=(syria,)), make.feed("c", topics=(china,)), make.feed("general"))
    async with store.begin() as tx:
        for number, feed in enumerate(("s", "c", "general", "nobody")):
            await tx.add_article(make.article(number, feed=FeedId(feed)))
        assert (await tx.coverage(make.ago(days=1), [syria])).feeds == 2
        assert (await tx.coverage(make.ago(days=1), [syria])).articles == 2
        assert (await tx.coverage(make.ago(days=1), ())).articles == 4


async def test_coverage_of_an_empty_store_is_empty(store: SqlStore) -> None:
    async with store.begin() as tx:
        coverage = await tx.coverage(make.ago(days=1), ())
    assert (coverage.feeds, coverage.feeds_fine, coverage.newest_at, coverage.failing) == (0, 0, None, ())


async def test_an_entry_that_its_feed_still_lists_is_never_forgotten(
    store: SqlStore, store_clock: FixedClock
) -> None:
    feed = make.feed()
    await put(store, feed)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, make.new_entry("kept"), make.new_entry("gone"))])
        for entry in await tx.unread_entries(make.NOW, 10):
            await tx.record_read(entry.id, article=None, code=Code.NO_TEXT, retry_at=None)
    for _ in range(40):
        store_clock.move(timedelta(days=1).total_seconds())
        async with store.begin() as tx:
            assert "kept" in await tx.known_entries(feed.id, ["kept"])
            await tx.retain(store_clock.now(), make.rules())
    async with store.begin() as tx:
        assert await tx.known_entries(feed.id, ["kept", "gone"]) == {"kept": "f1"}


async def test_a_feed_that_only_answers_not_modified_keeps_its_entries(
    store: SqlStore, store_clock: FixedClock
) -> None:
    feed = make.feed()
    await put(store, feed)
    async with store.begin() as tx:
        await tx.record_polls([make.poll(feed, make.new_entry(news=False))])
    store_clock.move(timedelta(days=200).total_seconds())
    async with store.begin() as tx:
        await tx.retain(store_clock.now(), make.rules())
        assert await tx.known_entries(feed.id, ["guid-1"]) == {"guid-1": "f1"}
