"""S7 of docs/faults.md: whatever strangers send, they get a value or one of our own failures.

A hundred examples each in the normal suite, five thousand in the nightly one.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.extraction import read_page, read_text
from bot.adapters.parsing.bodies import parse_feed
from bot.domain import addresses, opml
from bot.domain.deeplinks import read_payload
from bot.domain.feeds.text import clean, plain
from bot.domain.prompts import parse as parse_prompt
from bot.errors import DatelineError
from bot.settings import read_config
from bot.types import RawUrl, Response
from tests import make

MARKS = (
    *("<rss version='2.0'>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>", "</link>"),
    *("<guid>", "<pubDate>", "Fri, 31 Feb 2026 25:61:00 GMT", "<feed xmlns='http://www.w3.org/2005/Atom'>"),
    *("<entry>", "<updated>", "9999-99-99T99:99:99Z", "<![CDATA[", "]]>", "<!DOCTYPE x [", "<!ENTITY>"),
    *("&amp;", "&#0;", "&#x110000;", "&a;", "\x00", "\ufeff", "\ud800", "\u202e", "<?xml version='1.0'?>"),
    *(
        "<html>",
        "<body>",
        "<p>",
        "</p>",
        "<script>",
        "<table>",
        "<a href='javascript:x'>",
        "<opml>",
        "<body>",
    ),
    *(
        "<outline xmlUrl='http://x.example/",
        "'/>",
        "http://",
        "https://[::1",
        "//",
        "%00",
        "%",
        "?",
        "#",
        "@",
    ),
    *("{", "}", "[", "]", '"items":', '"version":', "null", ":", ",", "---\n", "- ", "\t", "&x", "*x", "!!"),
)
TEXTS = st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=12)), max_size=40).map("".join)
BODIES = st.one_of(TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=300))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(("items", "version", "id", "url", "title", "authors", "x")), inner)
    ),
    max_leaves=20,
)
KINDS = st.sampled_from(("application/rss+xml", "text/html; charset=gb2312", "application/json", "", "x;y=z"))


def response(body: bytes, kind: str) -> Response:
    url = RawUrl("http://x.example/f")
    return Response(url=url, final_url=url, body=body, content_type=kind)


def feed(data: Any) -> None:
    parse_feed(response(data.draw(BODIES), data.draw(KINDS)), make.NOW)


def json_feed(data: Any) -> None:
    body = json.dumps(data.draw(JSON)).encode()
    parse_feed(response(body, "application/feed+json"), make.NOW)


def page(data: Any) -> None:
    read_page(data.draw(BODIES), data.draw(KINDS), "http://x.example/page", ("en", "ar", "zh"))


def markup(data: Any) -> None:
    text = data.draw(TEXTS)
    for told in (clean(text), plain(text), read_text(text)):
        told.encode()  # what is told can be stored and sent: no half of a pair


def subscriptions(data: Any) -> None:
    opml.read(data.draw(BODIES), name="x.opml")


def prompt(data: Any) -> None:
    parse_prompt(data.draw(TEXTS), "story")


def address(data: Any) -> None:
    url = RawUrl(data.draw(TEXTS))
    first = addresses.canonical(url)
    assert addresses.canonical(RawUrl(first)) == first
    addresses.site_of(url)


def payload(data: Any) -> None:
    read_payload(data.draw(TEXTS))


TARGETS = (feed, json_feed, page, markup, subscriptions, prompt, address, payload)


def fuzzed(target: Callable[[Any], None], count: int) -> None:
    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data: Any) -> None:
        with contextlib.suppress(DatelineError):
            target(data)

    run()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_whatever_comes_is_answered_with_a_value_or_our_own_failure(target: Callable[[Any], None]) -> None:
    fuzzed(target, 100)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_five_thousand_times_the_same(target: Callable[[Any], None]) -> None:
    fuzzed(target, 5000)


@pytest.mark.parametrize("target", ["feeds", "topics", "digests", "outlets"])
def test_whatever_stands_in_a_file_of_config_is_read_or_refused_by_name(target: str, tmp_path: Path) -> None:
    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TEXTS)
    def run(text: str) -> None:
        path = tmp_path / f"{target}.yaml"
        path.write_bytes(f"{target}:\n  x: ".encode() + text.encode("utf-8", "surrogatepass"))
        with contextlib.suppress(DatelineError):
            read_config(tmp_path)

    run()
