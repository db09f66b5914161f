"""A topic as a person types it, and its rehearsal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain import drafting
from bot.domain.drafting import Wrong
from bot.domain.naming import free_id, typed_address
from bot.domain.rehearsal import Sample, rehearse
from bot.domain.topics import Router, topic_from
from bot.errors import Misconfigured
from tests import make

BODY = {"names": {"en": "Ports"}, "include": {"en": ["port"]}}


def known(code: str) -> bool:
    return code in ("en", "zh", "ar", "zh-Hant")


def test_terms_come_and_go_in_every_script() -> None:
    body = drafting.with_terms(BODY, "include", "en: Harbour, port\nzh：港口、碼頭\nar: ميناء، مرفأ", known)
    assert body["include"] == {"en": ["port", "Harbour"], "zh": ["港口", "碼頭"], "ar": ["ميناء", "مرفأ"]}
    body = drafting.with_terms(body, "include", "- zh: 港口, 碼頭\n−en: port", known)
    assert body["include"] == {"en": ["Harbour"], "ar": ["ميناء", "مرفأ"]}
    assert BODY["include"] == {"en": ["port"]}


def test_names_examples_description_and_threshold() -> None:
    body = drafting.with_names(BODY, "Harbours\nzh-hant: 港口", "en", known)
    assert body["names"] == {"en": "Harbours", "zh-Hant": "港口"}
    body = drafting.with_names(body, "zh-Hant:", "en", known)
    assert body["names"] == {"en": "Harbours"}
    body = drafting.with_examples(body, "One\nTwo\nOne\n-12 degrees in the port")
    assert drafting.with_examples(body, "- One")["examples"] == ["Two", "-12 degrees in the port"]
    assert drafting.with_description(body, " a\n b ")["description"] == "a b"
    assert drafting.with_description(body, "-")["description"] == ""
    assert drafting.with_threshold(body, "1,25")["threshold"] == 1.25


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda: drafting.slug("Über", ()), "bad_slug"),
        (lambda: drafting.slug("a:b", ()), "bad_slug"),
        (lambda: drafting.slug("syria", ("syria",)), "taken_slug"),
        (lambda: drafting.with_names(BODY, "en:", "en", known), "no_name"),
        (lambda: drafting.with_names(BODY, "xx: Name", "en", known), "no_language"),
        (lambda: drafting.with_terms(BODY, "include", "", known), "empty_term"),
        (lambda: drafting.with_terms(BODY, "include", "en: a, *", known), "empty_term"),
        (lambda: drafting.with_terms(BODY, "include", "Damascus", known), "no_prefix"),
        (lambda: drafting.with_terms(BODY, "include", "xx: a", known), "no_language"),
        (lambda: drafting.with_terms(BODY, "include", "-en: quay", known), "absent"),
        (lambda: drafting.with_examples(BODY, "x" * 301), "too_long"),
        (lambda: drafting.with_examples(BODY, "\n".join(map(str, range(31)))), "too_many"),
        (lambda: drafting.with_threshold(BODY, "٣"), "bad_threshold"),
        (lambda: drafting.with_threshold(BODY, "1e3"), "bad_threshold"),
    ],
)
def test_what_is_of_no_use_is_named(change: Callable[[], object], key: str) -> None:
    with pytest.raises(Wrong) as wrong:
        change()
    assert wrong.value.key == f"topicedit.{key}"


def test_a_rehearsal_tells_what_comes_and_goes_and_why() -> None:
    port = make.article(1, title="Port of Tartus reopens", text="The port was opened again on Monday.")
    quay = make.article(
        2, title="Quay repaired", text="The quay was repaired on Monday, and the quay is open."
    )
    wine = make.article(3, title="A port with cheese", text="A port wine recipe with cheese. Port is a wine.")
    other = make.article(4, title="Parliament meets", text="Members met to talk about the budget.")
    old = topic_from("ports", BODY)
    new = topic_from(
        "ports", {**BODY, "include": {"en": ["port", "quay"]}, "exclude": {"en": ["cheese", "wine"]}}
    )
    samples = [(Sample(article=one), ()) for one in (port, quay, wine, other)]
    told = rehearse(Router((old,)), Router((new,)), samples)
    assert (told.articles, told.before, told.after) == (4, 2, 2)
    assert [(one.title, one.why) for one in told.gained] == [("Quay repaired", "quay (title)")]
    [lost] = told.lost
    assert lost.title == "A port with cheese"
    assert set(lost.against) == {"cheese", "wine"}
    assert rehearse(None, Router((old,)), samples[:1]).before == 0


def test_addresses_as_people_type_them_and_ids_made_of_them() -> None:
    assert typed_address("example.org/feed") == "https://example.org/feed"
    for text in ("", "two words.example", "ftp://a.example", "https://"):
        with pytest.raises(Misconfigured, match="no address"):
            typed_address(text)
    assert free_id("https://www.example.org/news/rss.xml", ()) == "example-org-news"
    assert free_id("https://example.org/news/", {"example-org-news"}) == "example-org-news-2"
