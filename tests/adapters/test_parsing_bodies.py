from __future__ import annotations

import functools
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.parsing import bodies
from bot.adapters.parsing.bodies import MAX_ATTRIBUTES, parse_feed
from bot.adapters.parsing.charsets import decode
from bot.errors import Broken, Code
from bot.types import ParsedFeed, RawUrl, Response

# Without a time of day inside, so that every run has the same test ids.
packed = functools.partial(gzip.compress, mtime=0)


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = RawUrl("https://example.org/rss")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def items(count: int, title: str = "Порт {n} снова открыт") -> str:
    return "".join(
        f"<item><title>{title.format(n=n)}</title><link>https://example.org/{n}</link><guid>g{n}</guid>"
        f"<pubDate>Mon, 23 Nov 2026 {n % 12:02}:00:00 GMT</pubDate>"
        f"<description><![CDATA[<p>Text {n}</p>]]></description></item>"
        for n in range(count)
    )


def rss(inner: str) -> str:
    return f'<rss version="2.0"><channel><title>Harbour</title>{inner}</channel></rss>'


GOOD = HEAD + rss(items(12))


def read(body: bytes | str, content_type: str = "") -> ParsedFeed:
    data = body if isinstance(body, bytes) else body.encode()
    return parse_feed(Response(url=URL, final_url=URL, body=data, content_type=content_type), NOW)


def refused(body: bytes | str) -> Code | None:
    with pytest.raises(Broken) as caught:
        read(body)
    assert caught.value.ids["url"] == URL
    return caught.value.code


# ---------------------------------------------------------------------------------- what can be mended


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        "\n\n  " + GOOD,
        "\ufeff" + GOOD,
        "<br />\n<b>Warning</b>: include() in /srv/x.php<br />\n" + GOOD,
        "<html><body>Error 500</body></html>\n" + GOOD,
        GOOD + "\n<!-- cached --><script>x</script>",
        GOOD.encode("utf-16"),
        GOOD.replace("UTF-8", "UTF-16").encode("utf-16-le"),
        GOOD.replace("UTF-8", "UTF-16").encode("utf-16-be"),
        GOOD.encode("utf-32"),
        GOOD.replace("UTF-8", "utf-16"),
        GOOD.replace("UTF-8", "windows-1251").encode("cp1251"),
        GOOD.replace("UTF-8", "koi8-r").encode("koi8-r"),
        GOOD.replace("UTF-8", "no-such-charset"),
        GOOD.replace("UTF-8", "punycode"),
        GOOD.replace("Порт 3 снова", "Порт & 3 &hellip;&nbsp;снова"),
        GOOD.replace("Порт 3 снова", "Порт \x00\x02\x0b3 снова"),
        GOOD.replace("Порт 3 снова", "Порт &#x110000;&#xd800;&#0;&#99999999999999999999; 3 <снова"),
        GOOD.encode().replace("Порт 3".encode(), b"\xff\xfe\xc3 3"),
        GOOD.replace("</title><link>https://example.org/3<", "<link>https://example.org/3<"),
        GOOD.replace("<![CDATA[<p>Text 3</p>]]>", "<p>Text<br>3 <img src=x></p>"),
        GOOD.replace("<guid>g3</guid>", "<media:thumbnail url='x'/>"),
        GOOD.replace("Nov 2026", "Feb 99999"),
        packed(GOOD.encode()),
    ],
)
def test_a_damaged_feed_still_gives_all_its_entries(body: bytes | str) -> None:
    parsed = read(body)
    assert len(parsed.entries) == 12
    assert sum(entry.title.startswith("Порт") for entry in parsed.entries) >= 11


@pytest.mark.parametrize(("percent", "least"), [(25, 2), (50, 5), (75, 8), (99, 11)])
def test_a_feed_that_is_cut_off_gives_the_entries_up_to_there(percent: int, least: int) -> None:
    body = GOOD.encode()
    assert len(read(body[: len(body) * percent // 100]).entries) >= least


def test_the_http_charset_counts_where_the_document_names_none() -> None:
    body = rss(items(3)).encode("cp1251")
    assert read(body, "text/xml; charset=windows-1251").entries[0].title.startswith("Порт")


def test_the_language_tells_the_charset_where_nothing_else_does() -> None:
    body = (HEAD + rss("<language>ru-RU</language>" + items(3))).encode("cp1251")
    assert read(body).entries[0].title.startswith("Порт")


def test_atom_and_rdf_are_read() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><title>One</title>'
        '<link rel="alternate" href="/one"/><id>tag:1</id><updated>2026-11-23T10:00:00Z</updated></entry>'
        "</feed>"
    )
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel rdf:about="https://e.org/"><title>R</title></channel>'
        '<item rdf:about="https://e.org/1"><title>One</title><link>https://e.org/1</link></item></rdf:RDF>'
    )
    assert [e.url for e in read(atom).entries] == ["https://example.org/one"]
    assert [e.url for e in read(rdf).entries] == ["https://e.org/1"]
    assert (read(atom).format, read(rdf).format) == ("atom10", "rss10")


def test_a_feed_without_items_is_empty_and_no_error() -> None:
    parsed = read(HEAD + rss(""))
    assert parsed.entries == ()
    assert parsed.title == "Harbour"


def json_feed(count: int) -> str:
    rows = [{"id": str(n), "url": f"https://e.org/{n}", "title": f"Item {n}"} for n in range(count)]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": rows})


def test_a_json_feed_is_read_whole_and_torn() -> None:
    body = json_feed(20)
    assert len(read(body).entries) == 20
    assert len(read("\ufeff " + body).entries) == 20
    torn = read(body[: len(body) // 2])
    assert 5 <= len(torn.entries) < 20
    assert "cut off" in torn.note


def test_a_very_long_json_feed_is_shortened() -> None:
    parsed = read(json_feed(3000))
    assert (len(parsed.entries), parsed.dropped) == (500, 2500)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), st.sampled_from(["utf-8", "utf-16"])
)
def test_text_survives_its_encoding(text: str, charset: str) -> None:
    document = f"<rss>{text}</rss>"
    assert decode(document.encode(charset), "")[0] == document


@settings(max_examples=60)
@given(st.data())
def test_a_torn_and_scratched_feed_gives_entries_or_a_code_and_never_another_error(
    data: st.DataObject,
) -> None:
    body = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(0, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    body = body[: data.draw(st.integers(0, len(body)))]
    try:
        outcome: Code | int | None = len(read(bytes(body)).entries)
    except Broken as error:
        outcome = error.code
    assert outcome in {*range(13), Code.EMPTY, Code.NOT_A_FEED, Code.HTML_PAGE, Code.HOSTILE}


# ------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", Code.EMPTY),
        (b" \n\t ", Code.EMPTY),
        ("<!DOCTYPE html><html><head><title>Not here</title></head><body>404</body></html>", Code.HTML_PAGE),
        ('<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', Code.HTML_PAGE),
        ("<html><script>var a = '<rss version=\"2.0\">';</script></html>", Code.HTML_PAGE),
        ('{"error": "no such feed"}', Code.NOT_A_FEED),
        ('{"error": ', Code.NOT_A_FEED),
        ("[1, 2]", Code.NOT_A_FEED),
        ("Service unavailable", Code.NOT_A_FEED),
        (b"%PDF-1.7\n\x00\x01", Code.NOT_A_FEED),
        ("<opml><body></body></opml>", Code.HTML_PAGE),
        (packed(GOOD.encode())[:200], Code.NOT_A_FEED),
        (b"\x1f\x8b" + b"rubbish" * 9, Code.BAD_ENCODING),
        (packed(b"\0" * 6_000_000), Code.TOO_LARGE),
        ('{"items": ' + "[" * 200_000, Code.HOSTILE),
    ],
)
def test_what_is_no_feed_gets_the_code_of_what_it_is(body: bytes | str, code: Code) -> None:
    if code is Code.NOT_A_FEED and isinstance(body, bytes) and body.startswith(b"\x1f\x8b"):
        # What of a torn gzip can be unpacked is read; too little of it is no feed.
        assert len(read(body).entries) < 12
        return
    assert refused(body) is code


# --------------------------------------------------------------------------------------------- hostile


def test_a_tag_with_too_many_attributes_is_refused_at_once() -> None:
    many = " ".join(f'a{n}="1"' for n in range(100_000))
    started = time.perf_counter()
    assert refused(rss(f"<item {many}><title>a</title></item>")) is Code.HOSTILE
    assert refused(rss(f"<item {many}")) is Code.HOSTILE
    assert time.perf_counter() - started < 5


def test_many_attributes_are_counted_whatever_they_look_like() -> None:
    for attribute in ("a{n}", "a{n}=1", "a{n} = '>'", 'a{n}=">"', "a{n}=1/"):
        many = " ".join(attribute.format(n=n) for n in range(MAX_ATTRIBUTES + 5))
        assert refused(rss(f"<item {many}><title>a</title></item>")) is Code.HOSTILE


def test_long_text_that_only_looks_like_attributes_is_no_attack() -> None:
    text = 'a="1" ' * 5000
    parsed = read(rss(f"<item><title>A</title><description>{text}</description></item>"))
    assert len(parsed.entries) == 1


def entity_feed(declarations: str, use: str) -> str:
    return f"<!DOCTYPE r [{declarations}]>" + rss(
        f"<item><title>T {use}</title><link>https://e.org/1</link></item>"
    )


def test_entities_that_blow_up_are_refused() -> None:
    laughs = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    quadratic = f'<!ENTITY a "{"A" * 100_000}">'
    circle = '<!ENTITY a "&b;"><!ENTITY b "&a;">'
    many = "".join(f'<!ENTITY e{n} "x">' for n in range(1500))
    for declarations, use in ((laughs, "&l9;"), (quadratic, "&a;" * 20_000), (circle, "&a;"), (many, "&e1;")):
        assert refused(entity_feed(declarations, use)) is Code.HOSTILE


def test_harmless_entities_are_put_in() -> None:
    parsed = read(
        entity_feed('<!ENTITY nbsp "&#160;"><!ENTITY co "Acme &amp; Sons"><!ENTITY x "&co;!">', "&x;")
    )
    assert parsed.entries[0].title == "T Acme & Sons!"


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A port on loopback and the connections that came to it."""
    came: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    done = threading.Event()

    def accept() -> None:
        while not done.is_set():
            try:
                connection, peer = server.accept()
            except TimeoutError:
                continue
            came.append(peer)
            connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    yield server.getsockname()[1], came
    done.set()
    thread.join()
    server.close()


def test_external_entities_are_neither_fetched_nor_read(
    tmp_path: Path, listener: tuple[int, list[object]]
) -> None:
    port, came = listener
    secret = tmp_path / "secret"
    secret.write_text("very secret words")
    for declaration in (
        f'<!ENTITY x SYSTEM "{secret.as_uri()}">',
        f'<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">',
        f'<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/p"> %p;',
    ):
        parsed = read(entity_feed(declaration, "&x;"))
        assert len(parsed.entries) == 1
        assert "secret" not in repr(parsed)
    outside = f'<!DOCTYPE rss SYSTEM "http://127.0.0.1:{port}/evil.dtd">' + rss(items(2))
    assert len(read(outside).entries) == 2
    assert came == []


def test_a_body_that_is_an_address_or_a_path_is_not_opened(listener: tuple[int, list[object]]) -> None:
    port, came = listener
    assert refused(f"http://127.0.0.1:{port}/feed") is Code.NOT_A_FEED
    assert refused("/etc/passwd") is Code.NOT_A_FEED
    assert came == []


def test_a_hundred_thousand_items_are_shortened_from_the_middle() -> None:
    parsed = read(rss("".join(f"<item><title>x{n}</title><guid>z{n}</guid></item>" for n in range(100_000))))
    assert len(parsed.entries) == 500
    assert parsed.dropped == 99_500


def test_deep_nesting_is_read_or_refused_but_does_not_break_the_parser() -> None:
    deep = "<div>" * 30_000 + "</div>" * 30_000
    parsed = read(rss(f"<item><title>a</title><description>{deep}</description></item>"))
    assert parsed.entries[0].title == "a"


@pytest.mark.parametrize(
    "piece", ["<!-- ", "<a ", "<?xml ", "&", "&amp;", "<![CDATA[", "<!ENTITY a '", "<!DOCTYPE ", "]]>"]
)
def test_long_rows_of_beginnings_without_an_end_take_no_long_time(piece: str) -> None:
    row = piece * (400_000 // len(piece))
    started = time.perf_counter()
    for body in (
        row + GOOD,
        rss(f"<item><title><![CDATA[{row}]]></title></item>"),
        "<html>" + row + rss(items(3)),
    ):
        try:
            outcome: Code | int | None = len(read(body).entries)
        except Broken as error:
            outcome = error.code
        assert outcome in {*range(13), Code.HTML_PAGE, Code.HOSTILE, Code.NOT_A_FEED}
    assert time.perf_counter() - started < 15


@given(st.text(st.characters() | st.sampled_from("\x00\t\n\x0b\x1f\x7f\ud800\ufffd\ufffe\uffff")))
def test_what_xml_does_not_allow_goes_and_nothing_else(text: str) -> None:
    assert bodies._legal(text) == bodies._ILLEGAL.sub("", text)
