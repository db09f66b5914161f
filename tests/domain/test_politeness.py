"""Robots rules by RFC 9309, freshness by RFC 9111, and when to come back."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.politeness import Robots, max_age, parse_robots, retry_after

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def rules(*lines: str) -> Robots:
    return parse_robots("User-agent: *\n" + "\n".join(lines), "dateline")


# ------------------------------------------------------------------------------------------- which group


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("Disallow: /", True),  # belongs to no group
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /\nUser-agent: Dateline\nDisallow: /x", True),
        ("User-agent: DATELINE/0.1\nDisallow: /", False),
        ("User-agent: date\nDisallow: /", True),  # another robot, not a prefix of us
        ("User-agent: a\nUser-agent: dateline\nUser-agent: b\nDisallow: /", False),
        (
            "User-agent: dateline\nDisallow: /x\n\nUser-agent: b\nUser-agent: dateline\nDisallow: /n",
            False,
        ),
        ("User-agent: b\nSitemap: https://example.org/s.xml\nUser-agent: dateline\nDisallow: /", False),
        ("\ufeffuser-agent : *\r\ndisallow : /news # all of it", False),
        ("User-agent: *\rDisallow: /news\r", False),
        ("<html><body>Not found: 404</body></html>", True),
    ],
)
def test_the_group_that_names_us_counts_else_the_one_for_all(text: str, allowed: bool) -> None:
    assert parse_robots(text, "dateline").allows("/news") is allowed


# -------------------------------------------------------------------------------------------- which rule


@pytest.mark.parametrize(
    ("lines", "path", "allowed"),
    [
        (["Disallow: /", "Allow: /news"], "/news/1", True),  # the longest, not the first
        (["Allow: /news", "Disallow: /news/private"], "/news/private/1", False),
        (["Disallow: /page", "Allow: /page"], "/page", True),  # a tie allows
        (["Disallow: /*?print="], "/a?print=1", False),
        (["Disallow: /*?print="], "/a?page=1", True),
        (["Disallow: /*.pdf$"], "/a/b.pdf", False),
        (["Disallow: /*.pdf$"], "/a/b.pdf?x", True),
        (["Disallow: /a*c*e$"], "/abcde", False),
        (["Disallow: /a*c*e$"], "/abcdef", True),
        (["Disallow: /a$"], "/a", False),
        (["Disallow: /a$"], "/ab", True),
        (["Disallow: *"], "/anything", False),
        (["Disallow: /*"], "/", False),
        (["Disallow: /fish"], "/Fish", True),  # case counts in paths
        (["Disallow: /ü"], "/%C3%BC/1", False),
        (["Disallow: /%c3%bc"], "/%C3%BC/1", False),
        (["Disallow: /%7Ejoe/"], "/~joe/x", False),
        (["Disallow: /a%2Fb"], "/a/b", True),  # an encoded slash is not a slash
        (["Disallow: /"], "/robots.txt", True),
        (["Disallow: /"], "", False),  # the empty path is "/"
    ],
)
def test_the_longest_match_decides(lines: list[str], path: str, allowed: bool) -> None:
    assert rules(*lines).allows(path) is allowed


@given(st.text("/ab*$", max_size=8), st.text("/ab", max_size=12))
def test_wildcards_mean_what_a_regular_expression_says(pattern: str, path: str) -> None:
    robots = Robots(rules=((pattern, False),))
    body = pattern.removesuffix("$")
    expression = ".*".join(re.escape(piece) for piece in body.split("*")) + ("$" if pattern != body else "")
    assert robots.allows(f"/{path}") is (re.match(expression, f"/{path}") is None)


def test_a_pattern_made_to_hang_a_regular_expression_is_answered_at_once() -> None:
    robots = rules(*["Disallow: /" + "*a" * 120 + "*b$"] * 400)
    started = time.process_time()
    assert robots.allows("/" + "a" * 8_000)
    assert time.process_time() - started < 5


@given(st.text(), st.text())
def test_no_text_is_too_broken_to_read(text: str, path: str) -> None:
    parse_robots(text, "dateline").allows(path)
    rules(*(f"Disallow: {line}" for line in text.splitlines())).allows(path)


def test_a_file_with_endless_rules_is_kept_small() -> None:
    robots = rules(*(f"Disallow: /{number}/{'x' * 2_000}" for number in range(5_000)))
    assert len(robots.rules) == 500
    assert max(len(pattern) for pattern, _ in robots.rules) == 256


@pytest.mark.parametrize(
    ("said", "delay"),
    [("5", 5.0), ("0.5", 0.5), ("86400", 86400.0), ("soon", None), ("-1", None), ("1e9", None)],
)
def test_a_crawl_delay_is_read_with_its_fraction(said: str, delay: float | None) -> None:
    assert rules(f"Crawl-delay: {said}").crawl_delay == delay


def test_the_crawl_delay_of_another_robot_is_not_ours() -> None:
    text = "User-agent: other\nCrawl-delay: 60\n\nUser-agent: dateline\nDisallow: /x\n"
    assert parse_robots(text, "dateline").crawl_delay is None


# ------------------------------------------------------------------------------------------ when to return


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 5_000, 86_400.0),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Monday, 23-Nov-26 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2099 11:00:00 GMT", 86_400.0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("tomorrow", None),
        ("Mon, 99 Nov 2026 12:00:30 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -9959", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_a_day(said: str, seconds: float | None) -> None:
    assert retry_after(said, NOON) == seconds


@pytest.mark.parametrize(
    ("control", "expires", "age", "seconds"),
    [
        ("max-age=600", "", "", 600),
        ("public, MAX-AGE = 600, must-revalidate", "", "", 600),
        ('max-age="600"', "", "", 600),
        ("s-maxage=900", "", "", None),  # for shared caches, not for us
        ("s-maxage=900, max-age=60", "", "", 60),
        ("x-max-age=900", "", "", None),
        ("max-age=600", "Mon, 23 Nov 2026 13:00:00 GMT", "", 600),
        ("max-age=600", "", "500", 100),
        ("max-age=600", "", "700", 0),
        ("max-age=600", "", "soon", 600),
        ("max-age=" + "9" * 12, "", "", 31_536_000),
        ("no-cache, max-age=600", "", "", 0),
        ("no-store", "", "", 0),
        ("private", "", "", None),
        ("", "Mon, 23 Nov 2026 13:00:00 GMT", "", 3_600),
        ("", "Mon, 23 Nov 2026 11:00:00 GMT", "", 0),
        ("", "0", "", 0),
        ("", "", "", None),
    ],
)
def test_an_answer_says_how_long_it_stays_fresh(
    control: str, expires: str, age: str, seconds: int | None
) -> None:
    assert max_age(cache_control=control, expires=expires, date="", age=age, now=NOON) == seconds


def test_expires_is_counted_from_the_servers_own_clock() -> None:
    date, expires = "Mon, 23 Nov 2026 09:00:00 GMT", "Mon, 23 Nov 2026 09:10:00 GMT"
    assert max_age(cache_control="", expires=expires, date=date, age="", now=NOON) == 600


@given(st.text(), st.text(), st.text(), st.text())
def test_no_header_is_too_broken_to_read(one: str, two: str, three: str, four: str) -> None:
    met = max_age(cache_control=one, expires=two, date=three, age=four, now=NOON)
    assert met is None or 0 <= met <= 31_536_000
    wait = retry_after(one, NOON)
    assert wait is None or 0 <= wait <= 86_400


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)))
def test_any_http_date_is_understood(naive: datetime) -> None:
    date = naive.replace(tzinfo=UTC, microsecond=0)
    wait = retry_after(format_datetime(date, usegmt=True), NOON)
    assert wait == min(max(0.0, (date - NOON).total_seconds()), 86_400.0)
