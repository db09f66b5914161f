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


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ('xmlUrl="feed://a.example/f"', "http://a.example/f"),
        ('xmlUrl="feed:https://a.example/f"', "https://a.example/f"),
        ('XMLURL=" https://a.example/f "', "https://a.example/f"),
    ],
)
def test_addresses_are_understood_as_other_programs_write_them(said: str, url: str) -> None:
    body = f'<opml version="2.0"><body><outline {said} Title="A"/></body></opml>'
    assert read(body.encode(), name="x") == (Outline(url=url, title="A"),)


def test_a_document_type_is_refused_in_every_charset() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE opml [<!ENTITY a "b">]><opml/>'
    with pytest.raises(Misconfigured, match="document type"):
        read(text.encode("utf-16"), name="x")
