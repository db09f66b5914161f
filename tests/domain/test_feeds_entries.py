from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import feeds
from bot.domain.feeds import entries
from bot.domain.feeds import keys as feed_keys
from bot.domain.feeds.text import clean, first_words, plain
from bot.types import Entry, ParsedFeed, RawUrl

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def parsed_time(moment: datetime) -> time.struct_time:
    return moment.utctimetuple()


def read(*entries: dict[str, Any], base: str = "", **head: Any) -> ParsedFeed:
    result = {"feed": head, "entries": list(entries), "version": "rss20"}
    return feeds.from_feedparser(result, now=NOW, base=base)


def one(**fields: Any) -> Entry:
    return read({"title": "Harbour reopens", "link": "https://example.org/a", **fields}).entries[0]


# ----------------------------------------------------------------------------------------------- dates


def test_an_entry_without_a_date_has_none() -> None:
    assert one().published_at is None


def test_the_publication_date_counts_before_the_update() -> None:
    published, updated = NOW - timedelta(hours=5), NOW - timedelta(hours=1)
    entry = one(published_parsed=parsed_time(published), updated_parsed=parsed_time(updated))
    assert entry.published_at == published


def test_the_update_counts_where_the_publication_date_cannot_be_believed() -> None:
    updated = NOW - timedelta(hours=1)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    entry = one(published_parsed=parsed_time(epoch), updated_parsed=parsed_time(updated))
    assert entry.published_at == updated


@pytest.mark.parametrize(
    "moment",
    [datetime(1970, 1, 1, tzinfo=UTC), datetime(1994, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)],
)
def test_a_date_before_feeds_existed_counts_as_none(moment: datetime) -> None:
    assert one(published_parsed=parsed_time(moment)).published_at is None


def test_a_date_a_little_ahead_is_now() -> None:
    assert one(published_parsed=parsed_time(NOW + timedelta(minutes=90))).published_at == NOW


def test_a_date_far_ahead_counts_as_none_and_does_not_sort_as_the_newest() -> None:
    far = {
        "title": "Fair 2031",
        "link": "https://e.org/fair",
        "published_parsed": (2031, 1, 1, 0, 0, 0, 0, 1, 0),
    }
    today = {"title": "Today", "link": "https://e.org/today", "published_parsed": parsed_time(NOW)}
    entries = read(today, far).entries
    assert [e.title for e in entries] == ["Today", "Fair 2031"]
    assert entries[1].published_at is None


@pytest.mark.parametrize("rubbish", [None, "yesterday", (99999, 2, 31, 45, 0, 0, 0, 0, 0), (1, 2), object()])
def test_a_date_that_no_calendar_holds_counts_as_none(rubbish: object) -> None:
    assert one(published_parsed=rubbish).published_at is None


# ----------------------------------------------------------------------------------------------- order


def test_entries_come_newest_first_and_undated_ones_keep_their_place() -> None:
    def item(name: str, hours: int | None) -> dict[str, Any]:
        date = None if hours is None else parsed_time(NOW - timedelta(hours=hours))
        return {"title": name, "link": f"https://e.org/{name}", "published_parsed": date}

    entries = read(item("old", 9), item("beside old", None), item("new", 1)).entries
    assert [e.title for e in entries] == ["new", "old", "beside old"]


def test_the_newest_500_are_kept_and_the_rest_is_counted() -> None:
    items = [
        {
            "title": f"Item {n}",
            "link": f"https://e.org/{n}",
            "published_parsed": parsed_time(NOW - timedelta(minutes=n)),
        }
        for n in reversed(range(620))
    ]
    parsed = read(*items)
    assert len(parsed.entries) == feeds.MAX_ENTRIES == 500
    assert parsed.entries[0].title == "Item 0"
    assert parsed.entries[-1].title == "Item 499"
    assert parsed.dropped == 120


# ----------------------------------------------------------------------------------- titles, addresses


def test_an_entry_without_title_takes_the_first_words_of_its_text() -> None:
    text = "<p>The ferry to the island sails again after eleven weeks of repair, the harbour office said.</p>"
    entry = one(title="", summary=text)
    assert entry.title == "The ferry to the island sails again after eleven weeks of repair…"


def test_an_entry_without_title_and_address_is_dropped_and_counted() -> None:
    parsed = read({"author": "Nobody"}, {"title": "Kept"})
    assert [e.title for e in parsed.entries] == ["Kept"]
    assert parsed.dropped == 1


def test_an_entry_with_an_address_alone_is_kept() -> None:
    assert read({"link": "https://e.org/photo"}).entries[0].title == ""


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("AT&amp;amp;T buys &quot;Bell&quot;", 'AT&T buys "Bell"'),
        ("Talks <b>fail</b>\n  again", "Talks fail again"),
        ("3 < 5 and 7 > 2", "3 < 5 and 7 > 2"),
        ("Tom & Jerry", "Tom & Jerry"),
        ("&#55357;&#56832; grin", "😀 grin"),
        ("half a &#55357; pair", "half a \ufffd pair"),
        ("turn \u202eround\u202c", "turn round"),
        ("<!-- ad -->Rain", "Rain"),
    ],
)
def test_titles_become_one_line_of_plain_text(written: str, read_as: str) -> None:
    assert one(title=written).title == read_as


@given(st.text())
def test_plain_text_can_always_be_stored_and_is_one_line(text: str) -> None:
    line = plain(text)
    assert line.encode().decode() == line
    assert "\n" not in line
    assert line == line.strip()


@given(st.text(alphabet="a \n\t\r\x00\x1b\x85\u202e\u2067\ufeff\uffff\ud83d\ude00\xa0é<&;"))
def test_no_text_keeps_what_cannot_be_shown(text: str) -> None:
    assert not set(clean(text)) & set("\x00\x1b\x85\u202e\u2067\ufeff\uffff\ud83d\ude00")


def test_the_first_words_of_chinese_are_counted_in_characters() -> None:
    text = "外交部发言人星期一在例行记者会上表示双方将继续就贸易问题保持沟通并推动会谈取得进展" * 2
    assert first_words(text) == text[:36] + "…"


def test_relative_links_are_joined_to_the_page_of_the_feed() -> None:
    parsed = read(
        {"title": "A", "link": "/news/1"},
        link="https://example.org/world/",
        base="https://feeds.example.net/rss",
    )
    assert parsed.entries[0].url == "https://example.org/news/1"


def test_relative_links_are_joined_to_the_feeds_address_where_it_names_no_page() -> None:
    parsed = read({"title": "A", "link": "news/1"}, base="https://example.org/rss/world.xml")
    assert parsed.entries[0].url == "https://example.org/rss/news/1"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "mailto:a@b.c", "http://[broken", "file:///etc/passwd"]
)
def test_only_http_addresses_are_taken(link: str) -> None:
    assert one(link=link).url == ""


def test_the_address_behind_a_feed_service_is_taken() -> None:
    entry = one(link="https://feedproxy.example/~r/x/1", feedburner_origlink="https://example.org/story")
    assert entry.url == "https://example.org/story"


def test_an_id_that_is_an_address_stands_in_for_the_link() -> None:
    assert one(link=None, id="https://example.org/story").url == "https://example.org/story"


def test_the_longer_text_is_kept_as_content_and_one_text_only_once() -> None:
    both = one(summary="<p>short</p>", content=[{"value": "<p>a longer text</p>"}])
    assert (both.summary_html, both.content_html) == ("<p>short</p>", "<p>a longer text</p>")
    assert one(summary="<p>x</p>", content=[{"value": "<p>x</p>"}]).content_html == ""


def test_the_feeds_own_facts_are_read() -> None:
    parsed = read(
        {"title": "A"}, title="World &amp; sea", link="https://e.org/", language="zh-Hans", ttl="30"
    )
    assert (parsed.title, parsed.link, parsed.language, parsed.ttl) == (
        "World & sea",
        "https://e.org/",
        "zh",
        1800,
    )


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        ({"ttl": "abc"}, None),
        ({"ttl": "-5"}, 0),
        ({"ttl": "1e400"}, None),
        ({"sy_updateperiod": "daily", "sy_updatefrequency": "4"}, 21600),
        ({"sy_updateperiod": "daily", "sy_updatefrequency": "0"}, 86400),
        ({}, None),
    ],
)
def test_the_feeds_wish_for_a_rhythm_is_read(head: dict[str, str], seconds: int | None) -> None:
    assert read({"title": "A"}, **head).ttl == seconds


# ------------------------------------------------------------------------------------------------ keys


def keys(parsed: ParsedFeed) -> list[str]:
    return [entry.guid for entry in parsed.entries]


def test_the_key_is_the_address_without_what_changes() -> None:
    spellings = (
        "http://www.example.org/a/",
        "https://example.org/a?utm_source=rss&fbclid=1",
        "https://EXAMPLE.org:443/a#top",
    )
    assert {keys(read({"title": "A", "link": link}))[0] for link in spellings} == {"url:example.org/a"}


def test_a_query_that_names_the_page_stays_in_the_key_in_any_order() -> None:
    first = read(
        {"title": "A", "link": "https://e.org/?p=1&lang=en"}, {"title": "B", "link": "https://e.org/?p=2"}
    )
    second = read({"title": "A", "link": "https://e.org/?lang=en&p=1"})
    assert keys(first)[0] == keys(second)[0]
    assert len(set(keys(first))) == 2


def test_entries_that_share_an_address_are_told_apart_by_title_then_by_text() -> None:
    parsed = read(
        {"title": "Live: vote opens", "link": "https://e.org/live"},
        {"title": "Live: vote closes", "link": "https://e.org/live"},
        {"title": "By: Ann", "link": "https://e.org/comments", "summary": "first"},
        {"title": "By: Ann", "link": "https://e.org/comments", "summary": "second"},
        {"title": "By: Ann", "link": "https://e.org/comments", "summary": "second"},
    )
    assert len(parsed.entries) == len(set(keys(parsed))) == 4
    assert parsed.dropped == 1


def test_without_an_address_the_publishers_id_is_the_key_and_without_both_the_text() -> None:
    parsed = read({"title": "A", "id": "tag:1"}, {"title": "B"}, {"title": "B"})
    assert keys(parsed)[0] == "id:tag:1"
    assert keys(parsed)[1].startswith("text:")
    assert len(parsed.entries) == 2


@given(
    st.from_regex(r"https?://(www\.)?[a-z0-9.-]{1,8}(/[A-Za-z0-9._~+,/-]{0,12})?", fullmatch=True)
    | st.sampled_from(["https://www./a", "http://www.www.e.org/a//", "https://e.org", "https://.e.org/x/"])
)
def test_the_key_of_a_plain_address_is_what_taking_it_apart_gives(address: str) -> None:
    assert feeds.address_key(address) == feeds.address_key(address + "#a-fragment-is-not-plain")


def test_a_long_address_gives_a_short_key() -> None:
    entry = one(link="https://example.org/" + "a" * 3000)
    assert len(entry.guid) < 50


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8), st.text(max_size=12)), max_size=20))
def test_guids_are_unique_within_a_feed(rows: list[tuple[str, str, str]]) -> None:
    items = [{"id": i, "link": link and f"https://e.org/{link}", "title": t} for i, link, t in rows]
    parsed = read(*items)
    assert len(set(keys(parsed))) == len(parsed.entries)
    assert len(parsed.entries) + parsed.dropped == len(rows)


def test_the_fingerprint_ignores_markup_dates_and_addresses_but_not_words() -> None:
    first = one(summary="<p>Two ferries collided.</p><img src='http://e.org/1.gif'>")
    second = one(
        summary="<div>Two  ferries collided.</div><img src='https://e.org/2.gif'>",
        link="https://e.org/b",
        published_parsed=parsed_time(NOW),
    )
    third = one(summary="<p>Three ferries collided.</p>")
    assert feeds.fingerprint(first) == feeds.fingerprint(second) != feeds.fingerprint(third)


@pytest.mark.parametrize("other", ["Ferries, collided!", "ferries — “collided”", "https://ferries collided"])
def test_the_fingerprint_ignores_case_and_punctuation(other: str) -> None:
    assert feeds.fingerprint(one(summary=other)) == feeds.fingerprint(one(summary="ferries collided"))


# ------------------------------------------------------------------------------------------- JSON Feed


def test_a_json_feed_is_read() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour News",
        "home_page_url": "https://e.org/",
        "language": "en-GB",
        "items": [
            {
                "id": 7,
                "url": "/a",
                "title": "Crane & quay",
                "content_text": "First.\n\nSecond <b>.",
                "summary": "Short",
                "date_published": "2026-11-23T09:00:00+02:00",
                "authors": [{"name": "Ann"}, {"name": "Bo"}],
            }
        ],
    }
    parsed = feeds.from_json_feed(document, now=NOW)
    entry = parsed.entries[0]
    assert (parsed.title, parsed.language, parsed.format) == ("Harbour News", "en", "jsonfeed")
    assert entry.url == "https://e.org/a"
    assert entry.content_html == "<p>First.</p><p>Second &lt;b&gt;.</p>"
    assert entry.published_at == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert entry.author == "Ann, Bo"


def test_a_json_feed_with_fields_of_wrong_types_still_gives_what_it_can() -> None:
    document = {
        "title": None,
        "items": [
            "text",
            {
                "id": None,
                "title": 5,
                "url": "https://e.org/a",
                "date_published": 12,
                "authors": "Ann",
                "tags": 1,
            },
            {"url": ["x"], "title": "Only a title", "author": {"name": "Bo"}},
        ],
    }
    parsed = feeds.from_json_feed(document, now=NOW)
    assert [e.url for e in parsed.entries] == ["https://e.org/a", ""]
    assert parsed.entries[1].author == "Bo"
    assert feeds.from_json_feed({"items": {}}, now=NOW).entries == ()


@given(
    st.from_regex(r"https?://[A-Za-z0-9.-]{1,12}(/[A-Za-z0-9._~%+,/-]{0,20})?", fullmatch=True),
    st.sampled_from(["", "http://other.example/feeds/rss.xml", "https://other.example/a/b?c#d"]),
)
def test_an_address_that_is_whole_is_what_joining_it_would_give(address: str, base: str) -> None:
    assert entries._WHOLE.fullmatch(address)
    joined = urljoin(base, address) if base else address
    assert entries._address(address, base) == (joined if urlsplit(joined).netloc else "")


def test_a_fingerprint_that_is_remembered_is_the_one_that_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_keys, "MARKS", 3)
    monkeypatch.setattr(feed_keys, "_marks", {})
    told = [
        Entry(guid=str(n), url=RawUrl(""), title=f"T {n}", summary_html=f"<p>{n} &amp; a</p>")
        for n in range(5)
    ]
    made = [feeds.fingerprint(entry) for entry in told]
    assert len(set(made)) == 5
    assert len(feed_keys._marks) == 3, "the oldest are forgotten"
    assert [feeds.fingerprint(entry) for entry in told] == made
    turned = Entry(guid="0", url=RawUrl(""), title="T 0", summary_html="<p>0 &amp; cats</p>")
    assert feeds.fingerprint(turned) not in made
