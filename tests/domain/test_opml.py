from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.opml import LIMIT, Outline, read, write
from bot.errors import Misconfigured

TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=30)


@given(st.dictionaries(TEXT.map(lambda t: f"https://x.example/{t.strip()}"), TEXT.map(str.strip), max_size=5))
def test_what_is_written_is_read_back(feeds: dict[str, str]) -> None:
    outlines = [Outline(url=url, title=title) for url, title in feeds.items()]
    again = read(write(outlines).encode(), name="x")
    assert [(o.url, o.title or o.url) for o in again] == [(o.url, o.title or o.url) for o in outlines]


def test_folders_are_flattened_and_each_address_counts_once() -> None:
    body = b"""<opml version="1.0"><body><outline text="News">
      <outline type="rss" text="A" xmlUrl="https://a.example/f"/>
      <outline type="rss" text="A again" xmlUrl="https://a.example/f"/></outline>
      <outline text="no feed"/><outline xmlUrl="javascript:alert(1)"/></body></opml>"""
    assert read(body, name="x") == (Outline(url="https://a.example/f", title="A"),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<rss/>",
        b'<!DOCTYPE opml [<!ENTITY a "b">]><opml/>',
        b"<opml><body><outline",
        b" " * (LIMIT + 1),
    ],
)
def test_what_is_no_list_of_feeds_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(Misconfigured, match=r"file list\.opml"):
        read(body, name="list.opml")
