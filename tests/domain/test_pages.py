"""Pages, JSON, plain text and the terminal; the golden files hold all forms of one digest."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html
from rich.console import Console

from bot.domain import pages
from bot.entrypoints.cli import show
from bot.types import CanonicalUrl, Digest, Sentence
from tests.golden.sample import coverage, empty, sample, wording
from tests.golden.write import renderings

GOLDEN = Path(__file__).parents[1] / "golden"
LANGUAGES = ("en", "zh", "ar")


@pytest.mark.parametrize("name", sorted(renderings()))
def test_the_sample_digest_reads_as_in_the_golden_file(name: str) -> None:
    """After a wanted change: ``python -m tests.golden.write``, and read the difference."""
    assert renderings()[name] == (GOLDEN / name).read_text(encoding="utf-8")


def parsed(digest: Digest, language: str = "en") -> etree._Element:
    return lxml_html.document_fromstring(pages.html(digest, wording(language)))


def hostile(text: str, url: str = "https://a.example/") -> Digest:
    """The sample with this text wherever foreign text stands."""
    whole = sample()
    item = whole.sections[0].items[0]
    sources = tuple(
        replace(source, outlet=text, title=text, url=CanonicalUrl(url)) for source in item.summary.sources
    )
    told = replace(
        item.summary, headline=text, sentences=(Sentence(text=text, sources=(1, 2)),), sources=sources
    )
    section = replace(whole.sections[0], name=text, items=(replace(item, summary=told, why=text),))
    return replace(whole, sections=(section,), coverage=replace(whole.coverage, failing=(text,)))


ATTACKS = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</style><script>1</script>",
        "' onmouseover='x",
        "&lt;b&gt; &amp;",
        "]]><!--",
        "[bold]not markup[/bold] [/] \x1b[31mred",
        "\u202etxt.exe",
    ]
)


@settings(max_examples=60, deadline=None)
@given(text=st.one_of(ATTACKS, st.text(max_size=30)), language=st.sampled_from(LANGUAGES))
def test_foreign_text_stays_text_on_the_page(text: str, language: str) -> None:
    shape = [(node.tag, sorted(node.attrib)) for node in parsed(hostile("plain"), language).iter()]
    page = parsed(hostile(text or "-"), language)
    # No element and no attribute appears that plain words do not bring.
    assert {(tag, tuple(names)) for tag, names in ((n.tag, sorted(n.attrib)) for n in page.iter())} <= {
        (tag, tuple(names)) for tag, names in shape
    }


def test_escaped_text_is_still_there() -> None:
    headline = parsed(hostile("<script>alert(1)</script>")).findtext(".//article//h3/bdi")
    assert headline == "<script>alert(1)</script>"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//a.example", ""])
def test_addresses_that_are_not_of_the_web_are_not_linked(url: str) -> None:
    page = parsed(hostile("Hill Post", url))
    assert all(str(node.get("href")).startswith("#") for node in page.iter("a"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_nobody_for_anything(language: str) -> None:
    text = pages.html(sample(language), wording(language))
    page = parsed(sample(language), language)
    assert not list(page.iter("script", "link", "img", "iframe", "object", "form"))
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert all(node.get("rel") == "noopener noreferrer" for node in page.iter("a") if not _inside(node))


def _inside(node: etree._Element) -> bool:
    return str(node.get("href")).startswith("#")


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("zh", "ltr"), ("ar", "rtl")])
def test_the_page_names_its_language_and_direction(language: str, direction: str) -> None:
    page = parsed(sample(language), language)
    assert (page.get("lang"), page.get("dir")) == (language, direction)


def test_a_story_in_another_language_is_marked_for_reader_and_browser() -> None:
    page = parsed(sample("ar"), "ar")
    assert [
        (node.tag, node.get("lang"), node.get("dir")) for node in page.findall(".//article/*[@lang]")
    ] == [
        ("h3", "en", "auto"),
        ("p", "en", "auto"),
    ]
    stories = [story for topic in pages.as_json(sample("ar"))["topics"] for story in topic["stories"]]
    assert stories[-1]["language"] == "en"


def test_every_jump_on_the_page_has_a_place_to_land() -> None:
    page = parsed(sample())
    ids = [node.get("id") for node in page.iter() if node.get("id")]
    jumps = [str(node.get("href"))[1:] for node in page.iter("a") if _inside(node)]
    assert jumps
    assert set(jumps) <= set(ids)
    assert len(ids) == len(set(ids))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    full = colour if len(colour) == 7 else "#" + "".join(char * 2 for char in colour[1:])
    channels = (int(full[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def schemes() -> Iterator[dict[str, str]]:
    for block in re.findall(r":root\{([^}]*)\}", pages.STYLE):
        yield dict(re.findall(r"--(\w+):(#[0-9a-f]+)", block))


def test_each_ink_can_be_read_on_its_ground_in_light_and_dark() -> None:
    found = list(schemes())
    assert len(found) == 2
    pairs = [(ink, ground) for ink in ("ink", "soft", "link", "accent") for ground in ("ground", "card")]
    for scheme in found:
        for ink, ground in [*pairs, ("accent", "tint")]:
            light, dark = sorted((luminance(scheme[ink]), luminance(scheme[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_an_outage_stands_on_the_page_in_plain_words() -> None:
    said = parsed(empty(coverage(38, 3))).findtext(".//p[@class='quiet']")
    assert said is not None
    assert said.startswith("Only 3 of 38 feeds could be read")


def test_json_says_how_far_the_digest_may_be_believed() -> None:
    assert pages.as_json(empty(coverage(38, 3)))["coverage"]["sight"] == "blind"
    assert pages.as_json(sample())["coverage"]["sight"] == "partial"


def test_json_is_plain_data_and_links_only_the_web() -> None:
    data = pages.as_json(hostile("Hill Post", "javascript:alert(1)"))
    assert json.loads(json.dumps(data)) == data
    assert {source["url"] for source in data["topics"][0]["stories"][0]["sources"]} == {""}
    assert pages.as_json(replace(sample(), slot=None))["slot"] is None


def test_plain_text_gives_each_address_and_is_honest_about_coverage() -> None:
    text = pages.text(sample(), wording("en"))
    assert "  [2] نشرة الساحل https://news2.example.org/2026/11/22/story-2?a=1&b=2\n" in text
    assert "36 of 38 feeds fine" in text


def shown(digest: Digest, width: int, *, colour: bool = False) -> str:
    page = io.StringIO()
    console = Console(
        file=page, width=width, force_terminal=colour, color_system="truecolor" if colour else None
    )
    show.digest(console, digest, wording("en"))
    return page.getvalue()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_terminal_keeps_within_its_width_and_within_a_readable_measure(width: int) -> None:
    lines = shown(sample(), width).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= min(width, show.MEASURE)


def test_the_terminal_links_marks_to_articles() -> None:
    assert "https://news2.example.org/2026/11/22/story-2?a=1&b=2" in shown(sample(), 80, colour=True)


def test_foreign_text_cannot_speak_to_the_terminal() -> None:
    text = shown(hostile("[bold]not markup[/bold] [/] \x1b[31mred\x07"), 80)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]not markup[/bold] [/]" in text


def test_the_terminal_says_when_feeds_could_not_be_read() -> None:
    assert "Only 3 of 38 feeds could be read" in shown(empty(coverage(38, 3)), 80)
