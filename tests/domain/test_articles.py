"""Readings become articles: the address that counts, who published, when, and why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.addresses import canonical, is_aggregator, same_page, site_of
from bot.domain.articles import Outlets, article, fingerprint
from bot.errors import Code
from bot.types import Article, EntryId, Outlet, OutletId, RawUrl, Reading, StoredEntry
from tests import make

TEXT = "The talks between Damascus and the Kurdish-led forces ended on Friday with a truce."


def _outlet(id: str, name: str, *domains: str, family: str = "") -> Outlet:  # noqa: A002
    return Outlet(id=OutletId(id), name=name, domains=domains, family=family)


OUTLETS = Outlets(
    [
        _outlet("gazette", "The Levant Gazette", "gazette.example", "gazette.com.sy", family="levant"),
        _outlet(
            "gazette-ar",
            "Gazette Arabic",
            "gazette.example/arabic",
            "arabic.gazette.example",
            family="levant",
        ),
        _outlet("strait", "Strait Post", "straitpost.example"),
    ]
)


def _stored(**changes: Any) -> StoredEntry:
    seen = changes.pop("seen_at", make.ago(minutes=5))
    return StoredEntry(id=EntryId(1), feed_id=make.feed().id, entry=make.entry(**changes), seen_at=seen)


def _reading(**changes: Any) -> Reading:
    defaults: dict[str, Any] = {"title": "Truce", "text": TEXT, "language": "en", "source": "page"}
    return Reading(**(defaults | changes))


def _made(stored: StoredEntry | None = None, feed: Any = None, **changes: Any) -> Article | Code:
    return article(
        stored or _stored(),
        feed or make.feed(),
        _reading(**changes),
        OUTLETS,
        now=make.NOW,
        rules=make.rules(),
    )


def _article(stored: StoredEntry | None = None, feed: Any = None, **changes: Any) -> Article:
    made = _made(stored, feed, **changes)
    assert isinstance(made, Article)
    return made


@pytest.mark.parametrize(
    ("written", "counts"),
    [
        ("HTTP://WWW.Example.com:80/a/b/?utm_source=x&b=2&a=1#top", "https://www.example.com/a/b?a=1&b=2"),
        ("https://example.com/story?fbclid=1&gclid=2&at_medium=rss&ref=home", "https://example.com/story"),
        ("https://example.com/story?id=7&source=rss_feed", "https://example.com/story?id=7"),
        ("https://example.com/story?id=7&source=archive", "https://example.com/story?id=7&source=archive"),
        ("https://m.example.co.uk/news/1", "https://www.example.co.uk/news/1"),
        ("https://amp.example.com/world/a", "https://www.example.com/world/a"),
        ("https://mobile.news.example.com/a", "https://news.example.com/a"),
        ("https://example.com/world/a/amp/", "https://example.com/world/a"),
        ("https://example.com/amp/world/a", "https://example.com/world/a"),
        ("https://example.com/a.amp.html", "https://example.com/a.html"),
        ("https://example.com/a?amp=1&outputType=amp", "https://example.com/a"),
        ("https://www.google.com/amp/s/www.example.com/a/amp/", "https://www.example.com/a"),
        (
            "https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a?x=1",
            "https://www.example.com/a?x=1",
        ),
        (
            "https://www.google.com/url?q=https%3A%2F%2Fexample.com%2Fa%3Ffbclid%3D1&sa=D",
            "https://example.com/a",
        ),
        ("https://example.com/%e6%96%b0/一", "https://example.com/%E6%96%B0/%E4%B8%80"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://user:secret@example.com/a", "https://example.com/a"),
        (" https://example.com/a\n", "https://example.com/a"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("https://example.com:port/a", "https://example.com:port/a"),
        ("", ""),
    ],
)
def test_one_page_has_one_canonical_address(written: str, counts: str) -> None:
    assert canonical(RawUrl(written)) == counts


_HOSTS = st.from_regex(
    r"((m|amp|www|mobile)\.){0,3}[a-z0-9-]{1,5}(\.[a-z]{2,3}){1,2}(:[0-9]{1,5})?", fullmatch=True
)
_PATHS = st.text(alphabet="/amp.%25aA ü新~!html\\?", max_size=14)
_QUERIES = st.text(alphabet="utm_=&abamp%2+ 新refurl", max_size=20)
_ADDRESSES = st.builds(
    lambda scheme, host, path, query: f"{scheme}://{host}/{path}?{query}#x",
    st.sampled_from(["http", "https", "HTTP"]),
    _HOSTS,
    _PATHS,
    _QUERIES,
)


@given(
    st.one_of(
        _ADDRESSES,
        st.text(),
        _ADDRESSES.map(lambda url: "https://www.google.com/url?q=" + url),
        _ADDRESSES.map(lambda url: "https://www.google.com/amp/s/" + url.split("://")[1]),
    )
)
def test_the_canonical_address_of_a_canonical_address_is_itself(url: str) -> None:
    once = canonical(RawUrl(url))
    assert canonical(RawUrl(once)) == once


def test_www_makes_no_other_page() -> None:
    assert same_page("http://example.com/a/?utm_medium=x", "https://www.example.com/a")
    assert not same_page("https://example.com/a", "https://example.com/b")


def test_a_site_is_the_registrable_domain() -> None:
    assert site_of("https://news.bbc.example.co.uk/a") == "example.co.uk"
    assert site_of("https://zh.example.com.cn/a") == "example.com.cn"
    assert site_of("https://english.example.cn/a") == "example.cn"
    assert is_aggregator("https://news.google.com/rss/articles/x")


def test_outlets_are_found_by_the_longest_domain_and_path() -> None:
    assert OUTLETS.of("https://www.gazette.example/world/1").id == "gazette"
    assert OUTLETS.of("https://m.gazette.example/world/1?utm_source=x").id == "gazette"
    assert OUTLETS.of("https://arabic.gazette.example/1").id == "gazette-ar"
    assert OUTLETS.of("https://gazette.example/arabic/1").id == "gazette-ar"
    assert OUTLETS.of("https://gazette.example/arabica/1").id == "gazette"
    assert OUTLETS.of("https://notgazette.example/1").id == "notgazette.example"


def test_an_unknown_site_is_an_outlet_of_its_own_name_and_family() -> None:
    unknown = OUTLETS.of("https://edition.harbour-times.com/a")
    assert (unknown.id, unknown.name) == ("harbour-times.com", "harbour-times.com")
    assert OUTLETS.get(unknown.id) == unknown
    assert OUTLETS.family(unknown.id) == "harbour-times.com"
    assert OUTLETS.family(OutletId("gazette-ar")) == OUTLETS.family(OutletId("gazette")) == "levant"
    assert OUTLETS.get(OutletId("")).name == "unknown"


def test_a_fingerprint_ignores_case_space_and_punctuation() -> None:
    assert fingerprint("The truce holds, he said.") == fingerprint("the  truce holds\n\nhe said")
    assert fingerprint("The truce holds.") != fingerprint("The truce fails.")
    assert len(fingerprint("")) == 32


def test_a_reading_becomes_an_article_at_its_canonical_address() -> None:
    made = _article(
        _stored(
            url=RawUrl("https://m.gazette.example/a?utm_source=rss"),
            title="Truce | The Levant Gazette in brief",
        ),
        canonical=RawUrl("https://www.gazette.example/a/"),
        captions=("A bus in Homs.",),
        agency="AFP",
    )
    assert made.url == "https://www.gazette.example/a"
    assert (made.outlet, made.agency, made.captions, made.full) == (
        "gazette",
        "AFP",
        ("A bus in Homs.",),
        True,
    )
    assert made.fingerprint == fingerprint(TEXT)


def test_the_outlets_own_name_is_taken_off_the_title() -> None:
    stored = _stored(
        url=RawUrl("https://gazette.example/a"), title="A long truce begins in Homs - The Levant Gazette"
    )
    assert _article(stored).title == "A long truce begins in Homs"


def test_an_aggregators_title_tells_the_outlet() -> None:
    link = RawUrl("https://news.google.com/rss/articles/CBMi?oc=5")
    named = _article(_stored(url=link, title="China sends two ships to the strait - Strait Post"))
    assert (named.outlet, named.title) == ("strait", "China sends two ships to the strait")
    unnamed = _article(
        _stored(url=link, title="China sends two ships"), make.feed(outlet=OutletId("gazette"))
    )
    assert unnamed.outlet == "gazette"
    assert _article(_stored(url=link, title="China sends two ships")).outlet == "news.google.com"


@pytest.mark.parametrize("wall", [Code.PAYWALL, Code.CONSENT])
def test_a_wall_is_no_article(wall: Code) -> None:
    assert _made(wall=wall) is wall


def test_an_address_that_leads_to_the_front_page_is_gone() -> None:
    home = RawUrl("https://gazette.example/?utm_source=rss")
    gone = _stored(url=RawUrl("https://gazette.example/2026/truce"))
    assert _made(gone, canonical=home) is Code.NOT_FOUND
    assert _article(gone, canonical=home, source="feed").url == "https://gazette.example/2026/truce"
    live = _stored(url=RawUrl("https://gazette.example/"))  # a feed of front-page items
    assert _article(live, canonical=home).url == "https://gazette.example/"
    assert _article(gone, canonical=RawUrl("https://gazette.example/?p=7")).url.endswith("?p=7")


def test_what_is_missing_is_named() -> None:
    assert _made(text=" \n ") is Code.NO_TEXT
    assert _made(_stored(url=RawUrl(""))) is Code.NO_LINK
    assert _made(_stored(url=RawUrl("mailto:a@example.com"))) is Code.NO_LINK


def test_only_configured_languages_are_read() -> None:
    assert _made(language="fr") is Code.LANGUAGE
    assert _made(language="") is Code.LANGUAGE
    assert _article(language="", feed=make.feed(language="ar")).language == "ar"
    assert _article(_stored(language="zh-Hant"), language="").language == "zh"


def test_the_entrys_date_counts_before_the_pages_and_both_before_the_time_of_seeing() -> None:
    page = make.ago(hours=9)
    assert _article(published_at=page).published_at == make.ago(hours=1)
    assert _article(_stored(published_at=None), published_at=page).published_at == page
    assert _article(_stored(published_at=None)).published_at == make.ago(minutes=5)


def test_no_article_is_from_the_future() -> None:
    soon = make.later(minutes=30)
    assert _article(_stored(published_at=soon)).published_at == make.NOW
    assert _article(
        _stored(published_at=make.later(days=20)), published_at=make.ago(hours=2)
    ).published_at == make.ago(hours=2)
    assert _article(_stored(published_at=make.later(days=20))).published_at == make.ago(minutes=5)


def test_an_old_entry_is_no_news() -> None:
    limit = make.rules().max_entry_age
    assert _made(_stored(published_at=make.NOW - limit - timedelta(seconds=1))) is Code.TOO_OLD
    assert isinstance(_made(_stored(published_at=make.NOW - limit)), Article)


def test_an_article_without_any_title_gets_its_first_line() -> None:
    assert _article(_stored(title=""), title="").title == TEXT
