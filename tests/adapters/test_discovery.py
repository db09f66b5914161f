from __future__ import annotations

import pytest

from bot.adapters.discovery import feed_links


def test_feeds_in_the_head_come_first_and_links_that_look_like_feeds_after() -> None:
    page = b"""<html><head><link rel="alternate" type="application/rss+xml" href="/rss" title="All news">
      <link rel="alternate" hreflang="de" href="/de"></head>
      <body><a href="https://x.example/world/feed">World</a><a href="/about">About</a></body></html>"""
    assert feed_links(page, "text/html; charset=utf-8", "https://x.example/") == (
        ("https://x.example/rss", "All news"),
        ("https://x.example/world/feed", "World"),
    )


@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 50, b"<", b"<a href='javascript:x/feed'>x</a>"])
def test_a_page_without_feeds_gives_none(body: bytes) -> None:
    assert feed_links(body, "text/html; charset=nonsense", "https://x.example/") == ()
