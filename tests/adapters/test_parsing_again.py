"""A body read without the items that the last one had gives what it gives read whole.

The generated feeds are made of what is known to change a reading: items that share an address, dates ahead,
markup that is not escaped, namespaces, ends of items in CDATA, bodies that must be mended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bot.adapters.parsing.blocks import taken_apart
from bot.adapters.parsing.bodies import parse_again, parse_feed
from bot.domain import feeds
from bot.types import Feed, FeedId, ParsedFeed, PollRecord, RawUrl, Response, Rules

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = RawUrl("https://example.org/rss")


def response(text: str) -> Response:
    return Response(url=URL, final_url=URL, body=text.encode("utf-8", "surrogatepass"))


def again(texts: Sequence[str], *, now: datetime = NOW) -> list[ParsedFeed]:
    """Each body read after the one before it."""
    read, saved = [], b""
    for text in texts:
        parsed, saved = parse_again(response(text), now, saved)
        read.append(parsed)
    return read


def rows(parsed: ParsedFeed) -> list[tuple[Any, ...]]:
    return [
        (entry.guid, other, mark, entry.published_at, entry)
        for entry, other, mark in zip(parsed.entries, parsed.other_keys, parsed.fingerprints, strict=True)
    ]


def assert_same(whole: ParsedFeed, part: ParsedFeed) -> None:
    """What was read is the same and in the same order; the rest is listed, with the same keys and date."""
    listed = {item.guid for item in part.listed}
    assert len(listed) == len(part.listed)
    assert [row for row in rows(whole) if row[0] not in listed] == rows(part)
    told = {(item.guid, item.other_key, item.fingerprint, item.published_at) for item in part.listed}
    assert told == {row[:4] for row in rows(whole) if row[0] in listed}
    about = ("title", "link", "language", "ttl", "format", "dropped", "note")
    assert {name: getattr(whole, name) for name in about} == {name: getattr(part, name) for name in about}


def assert_all_same(texts: Sequence[str]) -> list[ParsedFeed]:
    read = again(texts)
    for text, part in zip(texts, read, strict=True):
        assert_same(parse_feed(response(text), NOW), part)
    return read


def item(number: int, more: str = "", *, body: str = "") -> str:
    hour = f"{number % 12:02}"
    return (
        f"<item><title>Ship {number} leaves</title><link>https://example.org/{number}</link>"
        f"<guid>g{number}</guid><pubDate>Mon, 23 Nov 2026 {hour}:00:00 GMT</pubDate>"
        f"<description>{body or f'The ship left at {hour}.'}</description>{more}</item>"
    )


def rss(items: Sequence[str], *, head: str = "<title>Harbour</title>", tail: str = "", root: str = "") -> str:
    inner = "\n".join(items)
    return f'<?xml version="1.0"?>\n<rss version="2.0"{root}><channel>{head}{inner}{tail}</channel></rss>'


TEN = [item(number) for number in range(10)]


def test_entries_of_the_last_body_are_listed_and_new_ones_read() -> None:
    first, second = assert_all_same([rss(TEN), rss([item(11), *TEN[:9]])])
    assert (len(first.entries), first.listed) == (10, ())
    assert [entry.title for entry in second.entries] == ["Ship 11 leaves"]
    assert [one.guid for one in second.listed] == [f"url:example.org/{number}" for number in range(9)]


def test_a_body_that_only_has_another_date_is_listed_whole() -> None:
    dates = (f"<lastBuildDate>Mon, 23 Nov 2026 1{n}:00:00 GMT</lastBuildDate><!-- {n} -->" for n in range(2))
    tails = ("", "<!-- made in 0.2 s -->")
    bodies = [rss(TEN, head=head, tail=tail) for head, tail in zip(dates, tails, strict=True)]
    assert len(assert_all_same(bodies)[1].listed) == 10


@pytest.mark.parametrize("place", range(0, len(TEN[3]), 7))
def test_an_item_of_which_one_character_changed_is_read(place: int) -> None:
    changed = TEN[3][:place] + ("x" if TEN[3][place] != "x" else "y") + TEN[3][place + 1 :]
    text = rss([*TEN[:3], changed, *TEN[4:]])
    (_, part) = again([rss(TEN), text])
    assert_same(parse_feed(response(text), NOW), part)
    assert "url:example.org/3" not in {one.guid for one in part.listed}


def test_atom_and_rdf_are_read_without_what_they_list_again() -> None:
    def entry(n: int) -> str:
        return (
            f"<entry><title>Ship {n}</title><link href='/{n}'/><id>tag:{n}</id>"
            f"<author><name>Ann</name></author><updated>2026-11-23T0{n}:00:00Z</updated>"
            f"<content type='html'>&lt;p&gt;{n}&lt;/p&gt;</content></entry>"
        )

    def atom(numbers: Sequence[int]) -> str:
        inner = "".join(map(entry, numbers))
        return f"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><title>H</title>{inner}</feed>"

    def rdf(numbers: Sequence[int]) -> str:
        inner = "".join(
            f'<item rdf:about="https://example.org/{n}"><title>Ship {n}</title>'
            f"<link>https://example.org/{n}</link><dc:date>2026-11-23T0{n}:00:00Z</dc:date></item>"
            for n in numbers
        )
        return (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            '<channel rdf:about="https://example.org/">'
            f"<title>H</title><link>https://example.org/</link></channel>{inner}</rdf:RDF>"
        )

    for make in (atom, rdf):
        last = assert_all_same([make([1, 2, 3]), make([4, 1, 2, 3]), make([5, 4, 2])])[-1]
        assert (len(last.entries), len(last.listed)) == (1, 2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(rss(TEN), rss([item(11, body="a &nbsp; b"), *TEN]), id="not well-formed"),
        pytest.param(rss(TEN), rss([item(11, body="<p>a <title>b</title></p>"), *TEN]), id="inner markup"),
        pytest.param(rss(TEN), rss([item(11, '<a xmlns:a="urn:a"/>'), *TEN]), id="a namespace"),
        pytest.param(rss(TEN), rss(TEN, root=' xml:base="https://example.net/"'), id="another base"),
        pytest.param(rss(TEN), rss(TEN, head="<link>https://example.net/</link>"), id="another link"),
        pytest.param(rss(TEN), rss([item(3, body="other words"), *TEN]), id="an address twice"),
        pytest.param(rss(TEN), rss([TEN[0], *TEN]), id="an item twice"),
        pytest.param(rss(TEN), rss([*TEN[:5], "words", *TEN[5:]]), id="words between items"),
        pytest.param(rss(TEN), "<!DOCTYPE rss [<!ENTITY a 'b'>]>" + rss(TEN)[22:], id="a declaration"),
        pytest.param(rss(TEN), "<html><body>Error</body></html>" + rss(TEN), id="a page before it"),
        pytest.param(rss(TEN), rss(TEN)[:-60], id="torn"),
        pytest.param(rss(TEN), rss([item(n) for n in range(600)]), id="very long"),
        pytest.param(rss([*TEN, item(11, body="a &nbsp; b")]), rss(TEN), id="mended before"),
        pytest.param(rss([*TEN, item(11, ' xml:base="/a"')]), rss([item(12), *TEN]), id="text like a base"),
    ],
)
def test_what_may_depend_on_more_than_the_item_is_read_whole(before: str, after: str) -> None:
    assert assert_all_same([before, after])[1].listed == ()


def test_the_end_of_an_item_within_a_text_is_none() -> None:
    inner = "<![CDATA[<p>In XML </item><item> is an end and a beginning; ]] > is none</p>]]>"
    bodies = [rss([item(11, body=inner), *TEN]), rss([item(12), item(11, body=inner), *TEN])]
    assert len(assert_all_same(bodies)[1].listed) == 11


def test_an_entry_that_has_its_address_alone_now_is_known_by_it() -> None:
    shared = [item(3), item(3, body="other words").replace("Ship", "Boat")]
    (*_, alone, back) = assert_all_same([rss([*shared, *TEN[5:]])] * 2 + [rss([shared[0], *TEN[5:]])] * 2)
    assert "url:example.org/3" in {entry.guid for entry in alone.entries}
    assert len(back.listed) == 6


def test_copies_of_an_entry_stay_one_whichever_stays() -> None:
    copies = [item(3, f"<category>{n}</category>") for n in range(2)]
    orders = (copies, copies[::-1], copies[1:], copies, copies[:1])
    assert_all_same([rss([*some, *TEN[5:]]) for some in orders])


def test_an_entry_with_a_date_ahead_is_read_each_time() -> None:
    ahead = TEN[0].replace("23 Nov 2026 00", "23 Nov 2026 18")
    assert "18:00" in ahead
    part = assert_all_same([rss([ahead, *TEN[1:]])] * 2)[1]
    assert [entry.title for entry in part.entries] == ["Ship 0 leaves"]


def test_after_the_clock_went_back_dates_that_are_ahead_now_are_read() -> None:
    _, saved = parse_again(response(rss(TEN)), NOW)
    earlier = NOW.replace(hour=4, minute=30)
    part, _ = parse_again(response(rss(TEN)), earlier, saved)
    assert_same(parse_feed(response(rss(TEN)), earlier), part)
    assert len(part.listed) == 5


def test_another_address_knows_nothing_of_it() -> None:
    _, saved = parse_again(response(rss(TEN)), NOW)
    elsewhere = Response(url=URL, final_url=RawUrl("https://example.net/rss"), body=rss(TEN).encode())
    assert parse_again(elsewhere, NOW, saved)[0].listed == ()


@pytest.mark.parametrize(
    "piece", ["<item>", "<item></item>", "<!--", "<![CDATA[", "<?", "</item>", "<entry "]
)
def test_long_rows_of_beginnings_take_no_long_time(piece: str) -> None:
    text = "<rss><channel>" + piece * (2_000_000 // len(piece))
    assert taken_apart(text, URL) is None


# ------------------------------------------------------------------------------------------- whatever feeds

TITLES = st.sampled_from(
    ("Ship", "ship", "<b>Ship</b>", "<![CDATA[A <b>ship</b>]]>", "", "Fish &amp; ships", "Kürt & x", "&#233;")
)
ADDRESSES = st.sampled_from(
    (
        *(f"https://example.org/{n}" for n in range(6)),
        "",
        "/relative",
        "http://www.example.org/1/?utm_a=b",
        "a|b",
    )
)
DATES = st.sampled_from(
    (
        *(f"Mon, 23 Nov 2026 0{n}:00:00 GMT" for n in range(4)),
        *("", "yesterday", "Mon, 23 Nov 2026 12:30:00 GMT", "Fri, 01 Jan 2038 00:00:00 GMT", "1970-01-01"),
    )
)
TEXTS = st.sampled_from(
    (
        *(
            "Words.",
            "Other words.",
            "&lt;p&gt;Words&lt;/p&gt;",
            "<![CDATA[<p>W</p><!--more-->]]>",
            "",
            "\x01\ud800",
        ),
        *(
            "<![CDATA[</item><item>]]>",
            "<p>Words</p>",
            "<p><title>Words</title></p>",
            "a &nbsp; b",
            "<!-- <item> -->",
        ),
        *(
            "<div xmlns='http://www.w3.org/1999/xhtml'><p>W</p></div>",
            "<p>W",
            "<svg><title>W</title></svg>",
            "]]>",
        ),
        *(
            "<body>W</body>",
            "<content>W</content><summary>V</summary>",
            "<source>W</source>",
            "&#x110000;",
            "<item/>",
        ),
    )
)
EXTRAS = st.sampled_from(
    (
        *(
            "",
            "<author>ann@example.org (Ann)</author>",
            "<author><name>Ann</name></author>",
            "<language>de</language>",
        ),
        *(
            "<media:group><media:title>M</media:title><media:content url='a'/></media:group>",
            "<dc:date>2026</dc:date>",
        ),
        *(
            "<source url='https://example.net/'>Net</source>",
            "<x:y xmlns:x='urn:x'>z</x:y>",
            "<media:content url='x>y'/>",
        ),
        *("<content:encoded><![CDATA[<p>Long</p>]]></content:encoded>", "<itunes:summary>S</itunes:summary>"),
        *(
            "<a xml:base='https://example.net/'>b</a>",
            "<image><url>https://example.org/i</url></image>",
            "<!-- c -->",
        ),
        *(
            "<description>Twice</description>",
            "<content type='xhtml'><p>x</p></content>",
            "<undeclared:a>b</undeclared:a>",
        ),
        *(
            "<summary xml:lang='fr'>S</summary>",
            "<updated>2026-11-23T05:00:00Z</updated>",
            "<textinput><name>n</name></textinput>",
        ),
    )
)
NAMES = st.sampled_from(
    ("item", "item", "item", "entry", "Item", "item xml:lang='fr'", "item rdf:about='https://example.org/9'")
)
ROOTS = (
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
)
HEADS = st.sampled_from(
    (
        *(
            "<title>H</title>",
            "<title>H</title>",
            "<title>H</title><lastBuildDate>Mon, 23 Nov 2026</lastBuildDate>",
        ),
        *(
            "<title>H</title><!-- x -->",
            "<link>https://example.net/</link>",
            "<language>fr</language>",
            "<title>H",
        ),
        *(
            "<image><title>I</title></image>",
            "<title><![CDATA[<item>]]></title>",
            "<description><p>x</p></description>",
        ),
    )
)
GAPS = st.sampled_from(("", "", "\n", "\n  ", "<!-- -->", "x"))


@st.composite
def drawn_items(draw: st.DrawFn) -> str:
    """An item with at most three of the things above."""
    odd = draw(
        st.sets(st.sampled_from(("name", "title", "link", "guid", "date", "text", "extra")), max_size=3)
    )
    number = draw(st.integers(0, 5))
    name = draw(NAMES) if "name" in odd else "item"
    link = draw(ADDRESSES) if "link" in odd else f"https://example.org/{number}"
    guid = draw(ADDRESSES) if "guid" in odd else f"g{number}"
    date = draw(DATES) if "date" in odd else f"Mon, 23 Nov 2026 0{number}:00:00 GMT"
    parts = [
        f"<title>{draw(TITLES) if 'title' in odd else f'Ship {number}'}</title>",
        f"<link>{link}</link>" if link else "",
        f"<guid isPermaLink='{'true' if number % 2 else 'false'}'>{guid}</guid>" if guid else "",
        f"<pubDate>{date}</pubDate>" if date else "",
        f"<description>{draw(TEXTS) if 'text' in odd else 'Words.'}</description>",
        draw(EXTRAS) if "extra" in odd else "",
    ]
    return f"<{name}>{''.join(parts)}</{name.split(' ')[0]}>"


@st.composite
def histories(draw: st.DrawFn) -> list[str]:
    """A feed's bodies, one after the other, of one stock of items."""
    stock = [
        *(item(number) for number in range(20, 24)),
        *draw(st.lists(drawn_items(), min_size=2, max_size=4)),
    ]
    odd = draw(st.sampled_from((False, False, False, True)))
    head, gap, tail, root = "<title>H</title>", "", "", ROOTS
    bodies = []
    for _ in range(draw(st.integers(2, 4))):
        chosen = draw(st.lists(st.sampled_from(stock), min_size=1, max_size=8, unique=draw(st.booleans())))
        if odd:
            head, gap, tail = (
                draw(HEADS),
                draw(GAPS),
                draw(st.sampled_from(("", "<!-- t -->", "<link>/t</link>"))),
            )
            root = draw(st.sampled_from((ROOTS, "", ROOTS + " xml:lang='en'")))
        bodies.append(rss([one + gap for one in chosen], head=head, tail=tail, root=root))
    return bodies


def outcome(read: Callable[[], ParsedFeed]) -> ParsedFeed | tuple[type[Exception], str]:
    """What it gives, or what it fails with: of a text input in an item feedparser makes a KeyError."""
    try:
        return read()
    except Exception as error:  # noqa: BLE001
        return type(error), str(error)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_any_feed_gives_the_same_whole_and_in_part(bodies: list[str]) -> None:
    saved = b""
    for text in bodies:
        whole = outcome(lambda: parse_feed(response(text), NOW))  # noqa: B023 - called at once
        if not isinstance(whole, ParsedFeed):
            assert outcome(lambda: parse_again(response(text), NOW, saved)[0]) == whole  # noqa: B023
            continue
        part, saved = parse_again(response(text), NOW, saved)
        event(f"listed: {bool(part.listed)}, read: {bool(part.entries)}")
        assert_same(whole, part)


# ------------------------------------------------------------------------------------------- what is decided


def decided(feed: Feed, parsed: ParsedFeed, known: dict[str, str], now: datetime) -> PollRecord:
    return feeds.polled(feed, response(""), parsed, known, now=now, rules=Rules())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(0, 14), min_size=1, max_size=10, unique=True), min_size=2, max_size=6))
def test_the_same_is_decided_of_a_body_read_in_part(history: list[list[int]]) -> None:
    feed, store, saved = Feed(id=FeedId("f"), url=URL), dict[str, str](), b""
    for turn, numbers in enumerate(history):
        now = NOW + timedelta(hours=turn)
        # An even number's text changes with each third turn, so that entries come back edited.
        text = rss([item(n, body=f"Words {turn // 3 if n % 2 == 0 else 0}.") for n in numbers])
        whole = parse_feed(response(text), now)
        part, saved = parse_again(response(text), now, saved)
        assert sorted(feeds.lookup_keys(whole)) == sorted(feeds.lookup_keys(part))
        known = {key: store[key] for key in feeds.lookup_keys(whole) if key in store}
        assert feeds.all_known(part.listed, known)
        record = decided(feed, whole, known, now)
        assert decided(feed, part, known, now) == record
        feed = record.feed
        store |= {new.entry.guid: new.fingerprint for new in (*record.new, *record.changed)}


def test_what_the_store_does_not_know_is_no_listing() -> None:
    part = again([rss(TEN), rss(TEN)])[1]
    known = {one.guid: one.fingerprint for one in part.listed}
    other = {(one.other_key if one.guid.endswith("/3") else one.guid): one.fingerprint for one in part.listed}
    assert feeds.all_known(part.listed, known)
    assert feeds.all_known(part.listed, other)
    guids = [one.guid for one in part.listed]
    assert not feeds.all_known(part.listed, {guid: known[guid] for guid in guids[1:]})
    assert not feeds.all_known(part.listed, known | {guids[0]: "other words"})
