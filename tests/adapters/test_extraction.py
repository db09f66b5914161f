"""Pages and feed contents are read: text, captions, walls, dates, languages; no bytes crash it."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters import pages
from bot.adapters.extraction import language, read_entry, read_page, read_text
from bot.errors import Broken, Code, Misconfigured
from bot.evaluation.extraction import evaluate, shingles
from bot.types import RawUrl, Reading, Response
from tests import make

LANGUAGES = ("en", "zh", "ar")
URL = "https://www.gazette.example/world/port-deal?utm_source=rss"
PARAGRAPHS = (
    "DAMASCUS (Reuters) - Syria signed a contract on Tuesday to rebuild the port of Tartus, officials said.",
    "The work will take three years and employ 900 people, the ministry of transport said in a statement.",
    "A quay of 700 metres was damaged in the war. Divers found two wrecks in front of it last month.",
    '"We want ships from Piraeus and Shanghai here again," said the harbour master, there since 1998.',
)
CAPTION = "Cranes at the port of Tartus in October."


def _page(
    *paragraphs: str, head: str = "", after: str = "", title: str = "Syria to rebuild the port of Tartus"
) -> bytes:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
    <title>{title} | Levant Gazette</title>
    <meta property="og:title" content="{title}">
    <meta property="og:site_name" content="Levant Gazette">
    <link rel="canonical" href="https://www.gazette.example/world/port-deal">
    <meta name="author" content="Jane Doe">
    <meta property="article:published_time" content="2026-11-02T08:15:00+02:00">{head}</head><body>
    <nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
    <main><article><h1>{title}</h1><figure><img src="a.jpg"><figcaption>{CAPTION}</figcaption></figure>
    {body}{after}</article></main>
    <footer>© 2026 Levant Gazette</footer></body></html>""".encode()


def _text_or_code(body: bytes, content_type: str = "text/html; charset=utf-8") -> str:
    """The page's text, or the code with which it is refused."""
    try:
        return _read(body, content_type=content_type).text
    except Broken as error:
        return str(error.code)


def _read(body: bytes, url: str = URL, content_type: str = "text/html; charset=utf-8") -> Reading:
    return read_page(body, content_type, url, LANGUAGES)


def _response(body: bytes, url: str = URL) -> Response:
    return Response(url=RawUrl(url), final_url=RawUrl(url), body=body, content_type="text/html")


def test_a_news_page_is_read_without_its_furniture() -> None:
    reading = _read(
        _page(
            *PARAGRAPHS,
            after="""<aside><p>Sign up for our newsletter to get the news of the port every day.</p></aside>
            <div class="related-stories"><h3>Related</h3>
            <ul><li><a href="/b">Trains return to Aleppo after years</a></li>
            <li><a href="/c">Homs market reopens at last</a></li></ul></div>""",
        )
    )
    assert reading.text.split("\n\n") == list(PARAGRAPHS)
    assert reading.title == "Syria to rebuild the port of Tartus"
    assert reading.captions == (CAPTION,)
    assert (reading.agency, reading.author, reading.site_name) == ("Reuters", "Jane Doe", "Levant Gazette")
    assert reading.published_at == datetime(2026, 11, 2, 6, 15, tzinfo=UTC)
    assert reading.canonical == "https://www.gazette.example/world/port-deal"
    assert (reading.language, reading.source, reading.wall) == ("en", "page", None)


def test_a_reading_travels_between_processes() -> None:
    reading = _read(_page(*PARAGRAPHS))
    assert pickle.loads(pickle.dumps(reading)) == reading


def test_json_ld_tells_title_author_and_date() -> None:
    data = {
        "@graph": [
            {"@type": "WebSite", "name": "x"},
            {
                "@type": ["NewsArticle"],
                "headline": "Port deal",
                "datePublished": "2026-11-01T10:00:00Z",
                "author": [{"name": "Ann Bell"}, {"name": "https://x.example"}],
            },
        ]
    }
    reading = _read(
        _page(*PARAGRAPHS, head=f'<script type="application/ld+json">{json.dumps(data)}</script>')
    )
    assert reading.author == "Ann Bell"
    assert reading.published_at == datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_broken_json_ld_is_passed_over() -> None:
    reading = _read(
        _page(*PARAGRAPHS, head='<script type="application/ld+json">{"@type": "NewsArticle", </script>')
    )
    assert reading.author == "Jane Doe"


def test_a_page_cannot_claim_an_address_on_somebody_elses_site() -> None:
    reading = _read(_page(*PARAGRAPHS), url="https://copycat.example.org/port-deal")
    assert reading.canonical == "https://copycat.example.org/port-deal"


def test_tweets_in_the_text_stay() -> None:
    tweet = """<div class="embed-twitter"><blockquote class="twitter-tweet">
    <p>The first crane stands again in Tartus
    after eleven years.</p>&mdash; Port (@port)</blockquote></div>"""
    assert "first crane stands again" in _read(_page(*PARAGRAPHS, after=tweet)).text


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("gb18030", "gb2312", "text/html"),
        ("big5", "big5", "text/html"),
        ("utf-8", "iso-8859-1", "text/html; charset=iso-8859-1"),
        ("gb18030", "", "text/html; charset=GBK"),
        ("utf-16", "", "text/html"),
        ("utf-8", "no-such-encoding", "text/html; charset=nonsense"),
    ],
)
def test_pages_in_any_encoding_are_read(encoding: str, declared: str, content_type: str) -> None:
    sentence = "美國與中國官員三日在日內瓦展開經貿談判，雙方將討論關稅與稀土出口，會談預計持續兩天。"
    meta = f'<meta charset="{declared}">' if declared else ""
    page = f"<html><head>{meta}<title>經貿談判登場</title></head><body><article>" + f"<p>{sentence}</p>" * 1
    page += "<p>台灣的政府表示，將密切關注半導體關稅的後續發展，並與業者保持聯繫，以便隨時因應。</p>"
    page += "</article></body></html>"
    reading = _read(page.encode(encoding), content_type=content_type)
    assert sentence in reading.text
    assert reading.language == "zh"


def test_a_page_cut_inside_a_character_is_read() -> None:
    body = "<p>新</p>".encode()[:-5]
    assert pages.decode(b"<p>" + "新".encode()[:2], "text/html; charset=utf-8") == "<p>"
    assert pages.decode(body, "").startswith("<p>")


@pytest.mark.parametrize(
    "wall",
    [
        '<div class="wall">Subscribe to continue reading this story.</div>',
        "<p>This article is for subscribers only. Already a subscriber? Log in.</p>",
        "<p>订阅后阅读全文，会员专享。</p>",
    ],
)
def test_a_paywalled_page_is_a_wall_and_keeps_its_lede(wall: str) -> None:
    reading = _read(_page(PARAGRAPHS[0], after=wall))
    assert reading.wall is Code.PAYWALL
    assert "port of Tartus" in reading.text


def test_schema_org_says_whether_a_short_page_is_free() -> None:
    data = '{"@type": "NewsArticle", "isAccessibleForFree": false}'
    head = f'<script type="application/ld+json">{data}</script>'
    assert _read(_page(*PARAGRAPHS[:2], head=head)).wall is Code.PAYWALL
    whole = _read(_page(*(f"{text} Part {n}." for n in range(5) for text in PARAGRAPHS), head=head))
    assert whole.wall is None  # metered: the text is there


def test_a_whole_article_about_subscriptions_is_no_wall() -> None:
    told = "The publisher said that readers must subscribe to continue reading its stories from May on."
    body = [f"{text} ({n})" for n in range(4) for text in PARAGRAPHS]
    assert _read(_page(told, *body)).wall is None


@pytest.mark.parametrize(
    ("url", "title", "text"),
    [
        (
            "https://consent.gazette.example/collect",
            "Levant Gazette",
            "We and our partners use cookies. Accept all.",
        ),
        (URL, "Before you continue", "We use cookies and data to deliver services. Accept all. Reject all."),
        (
            URL,
            "Levant Gazette",
            "We and our 812 partners use cookies to store and/or access data. Accept all or reject all.",
        ),
    ],
)
def test_a_consent_page_is_a_wall(url: str, title: str, text: str) -> None:
    body = f"<html><head><title>{title}</title></head><body><main><p>{text}</p></main></body></html>".encode()
    assert _read(body, url=url).wall is Code.CONSENT


def test_a_check_for_robots_holds_no_text() -> None:
    body = b"<head><title>Just a moment...</title></head><body><p>Verifying that you are human.</p></body>"
    with pytest.raises(Broken) as caught:
        _read(body)
    assert caught.value.code is Code.NO_TEXT


def test_a_teaser_in_the_feed_loses_to_the_page() -> None:
    entry = make.entry(
        url=RawUrl(URL), summary_html="<p>Syria signed a contract on Tuesday to rebuild a port.</p>"
    )
    reading = read_entry(entry, _response(_page(*PARAGRAPHS)), LANGUAGES)
    assert reading.source == "page"
    assert reading.title == entry.title


def test_a_whole_text_in_the_feed_beats_a_cut_page() -> None:
    content = "".join(f"<p>{text} Note {n}.</p>" for n in range(3) for text in PARAGRAPHS)
    entry = make.entry(url=RawUrl(URL), content_html=content)
    reading = read_entry(entry, _response(_page(PARAGRAPHS[0])), LANGUAGES)
    assert reading.source == "feed"
    assert reading.text.count("\n\n") == 11
    assert reading.canonical == "https://www.gazette.example/world/port-deal"
    assert reading.agency == "Reuters"


def test_a_feed_text_is_taken_over_a_wall_when_it_says_enough() -> None:
    walled = _response(_page(PARAGRAPHS[0], after="<p>Subscribe to continue reading.</p>"))
    rich = make.entry(summary_html="".join(f"<p>{text}</p>" for text in PARAGRAPHS))
    assert read_entry(rich, walled, LANGUAGES).source == "feed"
    poor = make.entry(summary_html="<p>Syria signed a contract to rebuild a port on Tuesday.</p>")
    assert read_entry(poor, walled, LANGUAGES).wall is Code.PAYWALL


def test_a_consent_pages_address_is_not_the_articles() -> None:
    consent = _response(
        b"<title>Before you continue</title><p>We use cookies. Accept all.</p>", "https://consent.x.example/m"
    )
    entry = make.entry(content_html="".join(f"<p>{text}</p>" for text in PARAGRAPHS))
    assert read_entry(entry, consent, LANGUAGES).canonical is None


def test_without_a_page_the_feed_is_read() -> None:
    entry = make.entry(
        summary_html="Syria signed a contract on Tuesday to rebuild the port of Tartus, officials said."
    )
    reading = read_entry(entry, None, LANGUAGES)
    assert (reading.source, reading.language) == ("feed", "en")


@pytest.mark.parametrize("summary", ["", "<p></p>", "<p>Title of guid-1</p>", "<img src=x>", "Comments"])
def test_no_text_anywhere_is_broken_with_its_code(summary: str) -> None:
    with pytest.raises(Broken) as caught:
        read_entry(make.entry(summary_html=summary), None, LANGUAGES)
    assert caught.value.code is Code.NO_TEXT
    assert caught.value.hint


def test_the_text_of_html_is_its_blocks() -> None:
    assert (
        read_text("<p>One <b>bold</b> word.</p><div>Two<br>three</div><script>x()</script>")
        == "One bold word.\n\nTwo\n\nthree"
    )
    assert read_text("Plain  text.") == "Plain text."
    assert read_text("") == ""


FRENCH = (
    "Le gouvernement syrien a signé mardi un contrat pour reconstruire le port de Tartous, ont déclaré des"
    " responsables à Damas, qui espèrent attirer à nouveau des navires étrangers dans le pays."
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Syria signed a contract on Tuesday to rebuild the port.", "en"),
        ("美国总统周二宣布对中国商品加征百分之十的关税。", "zh"),
        ("وقعت الحكومة السورية اتفاقا لوقف إطلاق النار يوم الثلاثاء.", "ar"),
        ("Damas et Washington", ""),
        ("", ""),
        (FRENCH, "fr"),
    ],
)
def test_the_language_is_one_of_ours_or_clearly_another(text: str, code: str) -> None:
    assert language(text, LANGUAGES) == code


GARBAGE = {
    "empty": b"",
    "blank": b" \n\t ",
    "nul": b"\x00" * 5000,
    "binary": bytes(range(256)) * 400,
    "gzip": b"\x1f\x8b\x08" + bytes(5000),
    "cut": _page(*PARAGRAPHS)[:900],
    "unclosed": b"<div><p><b><a href='" * 2000,
    "entities": b"&lt;" * 20_000 + b"&#1114112;&#xD800;",
    "json": b'{"not": "a page"}',
    "xml": b'<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    "attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">x</p>",
}


@pytest.mark.parametrize("name", sorted(GARBAGE))
def test_garbage_is_no_text_and_no_crash(name: str) -> None:
    found = _text_or_code(GARBAGE[name])
    assert (found == Code.NO_TEXT) == (name != "cut")


def test_deep_nesting_neither_crashes_nor_hides_the_code() -> None:
    body = b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000
    with pytest.raises(Broken):
        _read(body)


def test_a_huge_page_is_read_up_to_the_cap() -> None:
    # 3 MB of a log: larger than any article, smaller than what the web adapter lets through
    body = _page(
        *(f"Line {n} of the log tells of a ship that came to the port of Tartus." for n in range(40_000))
    )
    assert len(body) > 2_900_000
    assert "Line 39 of the log" in _read(body).text
    assert len(pages.decode(b"a" * 9_000_000, "")) == pages.LARGEST


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=30))
def test_any_bytes_are_read_or_refused_in_our_own_words(body: bytes, content_type: str) -> None:
    assert isinstance(_text_or_code(body, content_type), str)


def _ground_truth(folder: Path, *rows: tuple[str, bytes, str]) -> Path:
    lines = []
    for name, body, text in rows:
        (folder / f"{name}.html").write_bytes(body)
        lines.append(json.dumps({"id": name, "url": URL, "html": f"{name}.html", "text": text}))
    (folder / "ground_truth.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_the_evaluation_scores_shingles_of_four_tokens(tmp_path: Path) -> None:
    half = "\n\n".join(PARAGRAPHS[:2])
    figures = evaluate(
        _ground_truth(
            tmp_path,
            ("whole", _page(*PARAGRAPHS), "\n\n".join(PARAGRAPHS)),
            ("half", _page(*PARAGRAPHS[:2]), half + " And more that was not found at all here."),
            ("none", b"", "Text that nobody can find."),
        )
    )
    wanted, got = shingles(half + " And more that was not found at all here."), shingles(half)
    recall = (1 + (wanted & got).total() / wanted.total() + 0) / 3
    assert figures["precision"] == 1.0  # a page without output has no precision
    assert figures["recall"] == pytest.approx(recall)
    assert figures["f1"] == pytest.approx(2 * recall / (1 + recall))
    assert set(figures) >= {"f1", "precision", "recall", "f1_per_page", "pages_per_s"}


def test_shingles_are_counted_and_short_texts_are_one() -> None:
    assert shingles("a b c d e").total() == 2
    assert shingles("a a a a a")[("a", "a", "a", "a")] == 2
    assert shingles("Two words") == {("Two", "words"): 1}
    assert not shingles(" — ")


def test_the_evaluation_says_what_is_wrong_with_its_folder(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        evaluate(tmp_path)
    (tmp_path / "ground_truth.jsonl").write_text('{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        evaluate(tmp_path)
    assert caught.value.ids["line"] == 1
