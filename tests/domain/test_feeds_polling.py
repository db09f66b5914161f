from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import feeds
from bot.errors import Broken, Code, Transient
from bot.types import Entry, Feed, FeedId, FeedStatus, ParsedFeed, PollRecord, RawUrl, Response, Rules

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = Rules()
URL = RawUrl("http://example.org/rss")


def feed(**fields: object) -> Feed:
    state = Feed(id=FeedId("example"), url=URL, interval=900)
    return replace(state, **fields)  # type: ignore[arg-type]


def settled(**fields: object) -> Feed:
    return feed(had_entries=True, last_success_at=NOW - timedelta(minutes=15), polls=40, **fields)


def answer(**fields: object) -> Response:
    return replace(Response(url=URL, final_url=URL, body=b"x" * 10, etag='"2"'), **fields)  # type: ignore[arg-type]


def item(number: int, *, hours: float | None = 1.0, title: str = "", link: str = "") -> dict[str, object]:
    date = None if hours is None else (NOW - timedelta(hours=hours)).utctimetuple()
    return {
        "title": title or f"Story number {number}",
        "link": link or f"http://www.example.org/news/{number}",
        "id": f"guid-{number}",
        "published_parsed": date,
        "summary": f"What happened in case {number}.",
    }


def parse(items: Iterable[dict[str, object]]) -> ParsedFeed:
    return feeds.from_feedparser({"feed": {}, "entries": list(items)}, now=NOW)


def store(entries: Iterable[Entry]) -> dict[str, str]:
    return {entry.guid: feeds.fingerprint(entry) for entry in entries}


def ask(known: dict[str, str], parsed: ParsedFeed) -> dict[str, str]:
    """What a store would answer: only what was asked for."""
    return {key: known[key] for key in feeds.lookup_keys(parsed) if key in known}


def poll(
    state: Feed, parsed: ParsedFeed, known: dict[str, str] | None = None, **answered: object
) -> PollRecord:
    return feeds.polled(state, answer(**answered), parsed, ask(known or {}, parsed), now=NOW, rules=RULES)


# ---------------------------------------------------------------------------------- new, changed, same


def test_unknown_entries_are_new_and_known_ones_are_not() -> None:
    before = parse(item(n) for n in range(5))
    after = parse(item(n) for n in range(7))
    record = poll(settled(), after, store(before.entries))
    assert sorted(new.entry.title for new in record.new) == ["Story number 5", "Story number 6"]
    assert all(new.news for new in record.new)
    assert record.changed == ()


def test_fingerprints_and_keys_that_came_with_the_entries_decide_as_those_taken_now_do() -> None:
    before, after = parse([item(1), item(2)]), parse([item(1, title="Corrected"), item(2), item(3)])
    assert after.fingerprints == tuple(feeds.fingerprint(entry) for entry in after.entries)
    assert after.other_keys == feeds.other_keys(replace(after, other_keys=()))
    bare = replace(after, fingerprints=(), other_keys=())
    assert feeds.lookup_keys(bare) == feeds.lookup_keys(after)
    assert poll(settled(), bare, store(before.entries)) == poll(settled(), after, store(before.entries))


def test_an_entry_with_other_words_is_changed_under_its_stored_guid() -> None:
    before = parse([item(1), item(2)])
    after = parse([item(1, title="Story number 1, corrected"), item(2)])
    record = poll(settled(), after, store(before.entries))
    assert record.new == ()
    assert [c.entry.title for c in record.changed] == ["Story number 1, corrected"]
    assert record.changed[0].entry.guid in store(before.entries)
    assert record.changed[0].news


def test_a_change_of_an_old_or_undated_entry_is_no_news() -> None:
    before = parse([item(1, hours=100), item(2, hours=None)])
    after = parse([item(1, hours=100, title="Edited one"), item(2, hours=None, title="Edited two")])
    record = poll(settled(), after, store(before.entries))
    assert [c.news for c in record.changed] == [False, False]


def test_an_entry_stays_known_when_another_comes_to_share_its_address() -> None:
    alone = parse([item(1, link="https://example.org/live", title="Live: doors open")])
    together = parse(
        [
            item(2, link="https://example.org/live", title="Live: doors close"),
            item(1, link="https://example.org/live", title="Live: doors open"),
        ]
    )
    known = store(alone.entries)
    record = poll(settled(), together, known)
    assert [new.entry.title for new in record.new] == ["Live: doors close"]
    known |= {new.entry.guid: new.fingerprint for new in record.new}
    later = parse([item(2, link="https://example.org/live", title="Live: doors close")])
    assert poll(settled(), later, known).new == ()


@given(st.randoms(use_true_random=False), st.integers(1, 60))
def test_a_feed_that_changes_ids_order_dates_and_scheme_brings_nothing_new(chance: Any, size: int) -> None:
    originals = [item(n, hours=chance.uniform(0, 200)) for n in range(size)]
    mutated = []
    for original in originals:
        link = str(original["link"]).replace("http://www.", "https://") + "/?utm_source=x"
        moved = (NOW - timedelta(hours=chance.uniform(0, 2))).utctimetuple()
        mutated.append({**original, "link": link, "id": f"new-{chance.random()}", "published_parsed": moved})
    chance.shuffle(mutated)
    record = poll(settled(), parse(mutated), store(parse(originals).entries))
    assert record.new == ()
    assert record.changed == ()


# ---------------------------------------------------------------------------------------- first import


def test_a_first_import_takes_only_the_newest_for_news_and_keeps_the_rest_known() -> None:
    record = poll(feed(), parse(item(n, hours=n) for n in range(60)))
    news = [new.entry.title for new in record.new if new.news]
    assert news == [f"Story number {n}" for n in range(RULES.first_import_news)]
    assert len(record.new) == 60
    assert record.new[10].code is Code.BACKLOG
    assert record.new[-1].code is None if record.new[-1].news else record.new[-1].code is Code.BACKLOG


def test_a_first_import_takes_no_old_entries_for_news() -> None:
    record = poll(feed(), parse(item(n, hours=80 + n) for n in range(5)))
    assert {new.code for new in record.new} == {Code.TOO_OLD}
    assert not any(new.news for new in record.new)


def test_an_old_entry_is_kept_with_its_code_at_any_poll() -> None:
    known = store(parse([item(1)]).entries)
    record = poll(settled(), parse([item(1), item(2, hours=73)]), known)
    assert [(new.news, new.code) for new in record.new] == [(False, Code.TOO_OLD)]


def test_an_undated_new_entry_of_a_known_feed_is_news() -> None:
    known = store(parse([item(1)]).entries)
    assert poll(settled(), parse([item(1), item(2, hours=None)]), known).new[0].news


def test_a_feed_that_comes_back_after_a_long_silence_is_imported_like_a_first_time() -> None:
    state = feed(had_entries=True, last_success_at=NOW - timedelta(days=20))
    known = store(parse([item(1)]).entries)
    record = poll(state, parse(item(n, hours=n / 2) for n in range(1, 41)), known)
    assert sum(new.news for new in record.new) == RULES.first_import_news


def test_a_feed_that_changed_all_its_addresses_does_not_flood() -> None:
    known = store(parse(item(n, hours=2 + n / 10) for n in range(50)).entries)
    moved = parse(item(n, hours=2 + n / 10, link=f"https://new.example/{n}.html") for n in range(50))
    record = poll(settled(), moved, known)
    assert len(record.new) == 50
    assert sum(new.news for new in record.new) == RULES.first_import_news


def test_a_busy_feed_whose_window_turned_over_loses_nothing() -> None:
    state = feed(had_entries=True, last_success_at=NOW - timedelta(hours=3))
    known = store(parse(item(n, hours=4) for n in range(30)).entries)
    record = poll(state, parse(item(100 + n, hours=n / 20) for n in range(40)), known)
    assert sum(new.news for new in record.new) == 40


# ------------------------------------------------------------------------------------ the feed's state


def test_a_good_poll_clears_the_failures_and_takes_the_validators() -> None:
    state = feed(failures=3, failing_since=NOW - timedelta(hours=2), last_code=Code.DNS, etag='"1"')
    record = poll(state, parse([item(1)]), last_modified="Mon")
    after = record.feed
    assert (after.failures, after.failing_since, after.last_code) == (0, None, None)
    assert (after.etag, after.last_modified, after.polls) == ('"2"', "Mon", 1)
    assert after.had_entries
    assert after.newest_entry_at == NOW - timedelta(hours=1)
    assert record.bytes == 10
    assert "feed_well" in feeds.events(state, record)


def test_no_entries_is_a_failure_once_there_were_some_and_the_good_state_stays() -> None:
    state = settled(etag='"1"')
    record = poll(state, ParsedFeed())
    assert record.code is Code.NO_ENTRIES
    assert (record.feed.etag, record.feed.failures) == ('"1"', 1)
    assert record.feed.last_success_at == state.last_success_at


def test_no_entries_is_fine_for_a_feed_that_always_was_empty() -> None:
    record = poll(feed(), ParsedFeed())
    assert record.code is None
    assert not record.feed.had_entries


def test_entries_that_all_had_to_be_dropped_are_a_failure() -> None:
    assert poll(feed(), ParsedFeed(dropped=3)).code is Code.NO_ENTRIES


def test_a_permanent_redirect_moves_the_feed_after_a_good_answer_only() -> None:
    target = RawUrl("https://example.org/feed.xml")
    moved = poll(settled(), parse([item(1)]), moved_to=target)
    assert moved.feed.url == target
    assert feeds.events(settled(), moved) == ("feed_moved",)
    assert poll(settled(), ParsedFeed(), moved_to=target).feed.url == URL


def test_a_record_names_the_address_that_was_asked_wherever_the_feed_is_now() -> None:
    record = poll(settled(), parse([item(1)]), moved_to=RawUrl("https://example.org/moved"))
    assert (record.asked, record.feed.url) == (URL, "https://example.org/moved")
    assert feeds.not_modified(settled(), answer(status=304), now=NOW, rules=RULES).asked == URL
    for code in (Code.TIMEOUT, Code.GONE):
        assert feeds.failed(settled(), Broken("x", code=code), now=NOW, rules=RULES).asked == URL


@pytest.mark.parametrize("target", ["http://example.org/plain", "ftp://example.org/feed"])
def test_a_redirect_down_to_http_or_to_something_else_moves_nothing(target: str) -> None:
    state = settled(url=RawUrl("https://example.org/rss"))
    assert poll(state, parse([item(1)]), moved_to=RawUrl(target)).feed.url == state.url


def test_not_modified_keeps_the_validators_and_counts_as_success() -> None:
    state = settled(etag='"1"', last_modified="Mon", failures=2, failing_since=NOW)
    record = feeds.not_modified(state, answer(status=304, etag="", body=b""), now=NOW, rules=RULES)
    assert (record.feed.etag, record.feed.last_modified) == ('"1"', "Mon")
    assert (record.feed.failures, record.feed.last_success_at, record.new) == (0, NOW, ())


# -------------------------------------------------------------------------------------------- failures


def wait_after(failures: int, error: Broken | Transient) -> float:
    record = feeds.failed(feed(failures=failures), error, now=NOW, rules=RULES)
    assert record.feed.next_poll_at is not None
    return (record.feed.next_poll_at - NOW).total_seconds()


def test_the_wait_doubles_with_each_failure_up_to_six_hours() -> None:
    error = Transient("no answer", code=Code.TIMEOUT)
    waits = [wait_after(failures, error) for failures in range(12)]
    expected = [min(900 * 2**n, 21600) for n in range(12)]
    assert all(low <= wait <= low * 1.1 for wait, low in zip(waits, expected, strict=True))
    assert wait_after(10_000, error) <= 21600 * 1.1


def test_retry_after_is_honoured_up_to_a_day() -> None:
    assert 7200 <= wait_after(0, Transient("busy", code=Code.RATE_LIMITED, retry_after=7200)) <= 7920
    assert wait_after(0, Transient("busy", retry_after=1e9)) <= 86400 * 1.1
    assert wait_after(0, Transient("busy", retry_after=5)) >= 900


def test_a_failure_is_stored_with_its_code_and_its_beginning() -> None:
    first = feeds.failed(feed(), Broken("x", code=Code.HTML_PAGE), now=NOW, rules=RULES)
    later = feeds.failed(first.feed, Broken("x", code=Code.DNS), now=NOW + timedelta(hours=1), rules=RULES)
    assert (first.code, first.feed.last_code, first.feed.failing_since) == (
        Code.HTML_PAGE,
        Code.HTML_PAGE,
        NOW,
    )
    assert (later.feed.failures, later.feed.failing_since, later.feed.last_code) == (2, NOW, Code.DNS)
    assert feeds.events(feed(), first) == ("feed_failing",)
    assert feeds.events(first.feed, later) == ()


def test_a_feed_that_is_gone_is_dead_at_once() -> None:
    record = feeds.failed(settled(), Broken("gone", code=Code.GONE), now=NOW, rules=RULES)
    assert (record.feed.status, record.feed.next_poll_at) == (FeedStatus.DEAD, None)
    assert "feed_dead" in feeds.events(settled(), record)


def test_a_feed_dies_after_two_weeks_of_failure_but_not_because_the_bot_was_off() -> None:
    error = Transient("no answer", code=Code.TIMEOUT)
    start = NOW - RULES.dead_after
    worn = feeds.failed(feed(failures=30, failing_since=start), error, now=NOW, rules=RULES)
    off = feeds.failed(feed(failures=1, failing_since=start), error, now=NOW, rules=RULES)
    young = feeds.failed(
        feed(failures=30, failing_since=NOW - timedelta(days=13)), error, now=NOW, rules=RULES
    )
    assert [r.feed.status for r in (worn, off, young)] == [
        FeedStatus.DEAD,
        FeedStatus.ACTIVE,
        FeedStatus.ACTIVE,
    ]


# ---------------------------------------------------------------------------------------------- rhythm


@pytest.mark.parametrize(
    ("max_age", "ttl", "least"),
    [
        (None, None, 900),
        (60, 60, 900),
        (3000, None, 3000),
        (10**9, None, 21600),
        (None, 2700, 2700),
        (None, 86400, 3600),
        (7200, 86400, 7200),
    ],
)
def test_the_next_poll_honours_the_server_within_limits(
    max_age: int | None, ttl: int | None, least: int
) -> None:
    wait = (feeds.next_poll(feed(next_poll_at=NOW), NOW, max_age, ttl) - NOW).total_seconds()
    assert least <= wait < least * 1.1


@pytest.mark.parametrize("due", [None, NOW - timedelta(hours=9)])
def test_feeds_that_were_all_asked_at_once_spread_over_the_next_interval(due: datetime | None) -> None:
    states = [replace(feed(next_poll_at=due), id=FeedId(f"feed-{n}")) for n in range(900)]
    waits = [(feeds.next_poll(state, NOW) - NOW).total_seconds() for state in states]
    quarters = [sum(900 + n * 225 <= wait < 900 + (n + 1) * 225 for wait in waits) for n in range(4)]
    assert sum(quarters) == 900
    assert min(quarters) > 180


def test_feeds_do_not_march_in_step_and_the_same_poll_always_gets_the_same_time() -> None:
    states = [replace(feed(), id=FeedId(f"feed-{n}")) for n in range(50)]
    times = [feeds.next_poll(state, NOW) for state in states]
    assert len(set(times)) == 50
    assert times == [feeds.next_poll(state, NOW) for state in states]
    assert feeds.next_poll(replace(states[0], polls=1), NOW) != times[0]
