"""Scraped text is separated into its article, teasers and what is dropped.

The pages under ``scraped/`` are written for these tests in the manner of what people paste; names and events
are invented or changed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.reading.pieces import ARTICLE, DROPPED, TEASER, Piece, separate

PAGES = Path(__file__).parent / "scraped"
A, T = ARTICLE, TEASER

EXPECTED: dict[str, list[tuple[str, str, int]]] = {
    # page: (kind, beginning of the title, paragraphs) of each piece that is not dropped, in order
    "plain": [(A, "Chinese and American officials met in Geneva", 2)],
    "one-line": [(A, "Syria's central bank said", 1)],
    "hard-wrapped": [(A, "Pentagon sends second carrier", 3)],
    "subheadings": [(A, "What the new US chip rules mean for China", 9)],
    "second-without-separator": [
        (A, "Syria lifts curfew in Latakia", 5),
        (A, "Taiwan holds largest air-defence drill", 4),
    ],
    "two-datelines": [(A, "Syria's oil ministry said", 3), (A, "The Philippines will host", 3)],
    "captions-between": [
        (A, "Kurdish fighters leave Aleppo", 2),
        (A, "China launches third aircraft carrier", 2),
    ],
    "whole-second-below": [
        (A, "Assad-era prison files", 3),
        (A, "Japan scrambles jets", 4),
        (T, "Pentagon to keep Syria base", 1),
    ],
    "cards": [
        (A, "Manila protests after collision", 3),
        (T, "Vietnam builds new runway", 1),
        (T, "Australia and Japan sign frigate deal", 1),
        (T, "India tests long-range missile", 0),
    ],
    "box-of-links": [
        (A, "Syria's al-Sharaa arrives in Moscow", 5),
        (T, "Russia pulls troops from Qamishli", 0),
        (T, "Syrian army extends ceasefire", 0),
    ],
    "credit-above-caption": [
        (A, "US and China agree 90-day tariff truce", 5),
        (T, "What are tariffs", 0),
        (T, "What does the truce mean", 0),
        (T, "Trump's tariffs: what has changed", 0),
        (T, "Chinese factories count the cost", 0),
    ],
    "tags-and-more": [
        (A, "Beijing hits back at US tariffs", 4),
        (T, "Trump threatens further tariffs", 0),
        (T, "EU weighs its own levies", 0),
    ],
    "summary-points": [
        (A, "Exclusive: Syria to print new banknotes", 9),
        (T, "India's Modi to meet Xi", 0),
        (T, "Philippines says Chinese ships", 0),
    ],
    "video-site": [(A, "Trump says he will visit China", 4), (T, "Xi presses Trump on Taiwan", 0)],
    "chrome-inside": [(A, "North Korea test-fires missile", 3), (T, "Kim Jong Un inspects", 0)],
    "window-title": [(A, "Syria, Israel edge closer to security pact", 2)],
    "markdown": [(A, "US approves sale of jets to Taiwan", 6), (A, "Syrian pound falls to a new low", 1)],
    "chinese": [
        (A, "叙利亚与库尔德武装达成停火协议", 3),
        (T, "美国对华加征关税", 1),
        (T, "菲律宾指责中国海警船", 0),
        (T, "日本在九州部署远程导弹", 0),
    ],
    "chinese-traditional": [
        (A, "美中經貿談判登場", 3),
        (T, "南海仲裁10週年", 0),
        (T, "敘利亞總統訪問沙烏地阿拉伯", 1),
    ],
    "arabic": [
        (A, "دمشق وقسد توقعان اتفاقا", 3),
        (T, "الصين ترد على الرسوم", 1),
        (T, "الفلبين تتهم الصين", 0),
    ],
    "arabic-analysis": [
        (A, "لماذا تعود واشنطن إلى التفاوض", 3),
        (T, "الجيش السوري ينتشر في السويداء", 1),
        (T, "كوريا الشمالية تطلق", 0),
    ],
}


def _page(name: str) -> tuple[Piece, ...]:
    return separate((PAGES / f"{name}.txt").read_text(encoding="utf-8"))


def _kept(pieces: tuple[Piece, ...]) -> list[Piece]:
    return [piece for piece in pieces if piece.kind != DROPPED]


def _paragraphs(piece: Piece) -> int:
    return len(piece.text.split("\n\n")) if piece.text else 0


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_scraped_page_falls_into_its_articles_and_teasers(name: str) -> None:
    kept = _kept(_page(name))
    shape = [(piece.kind, _paragraphs(piece)) for piece in kept]
    assert shape == [(kind, count) for kind, _, count in EXPECTED[name]], [piece.title for piece in kept]
    for piece, (_, title, _) in zip(kept, EXPECTED[name], strict=True):
        assert piece.title.startswith(title)


@pytest.mark.parametrize("name", ["headlines-only", "front-page"])
def test_lists_of_headlines_are_teasers_without_text(name: str) -> None:
    kept = _kept(_page(name))
    assert len(kept) >= 5
    assert {piece.kind for piece in kept} == {TEASER}
    assert not any(piece.text for piece in kept)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_whatever_is_no_article_has_a_reason(name: str) -> None:
    for piece in _page(name):
        assert bool(piece.reason) == (piece.kind != ARTICLE)


def test_captions_kickers_and_bylines_belong_to_the_piece_in_which_they_stand() -> None:
    syria, china = _kept(_page("captions-between"))
    assert syria.captions == ("An excavator clears rubble in Homs. [Photo: AFP]",)
    assert china.captions == ("Chinese sailors stand on the deck of the Fujian in Sanya. (Xinhua/Li Gang)",)
    bank = _kept(_page("summary-points"))[0]
    assert bank.agency == "Reuters"
    assert "By Amal Isa and Tim Azar" in bank.byline
    chips = _kept(_page("subheadings"))[0]
    assert chips.kicker == "EXPLAINER"
    assert chips.time.startswith("March 3, 2026")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_caption_stands_in_a_text_or_alone(name: str) -> None:
    pieces = _page(name)
    captions = {caption for piece in pieces for caption in piece.captions}
    for piece in pieces:
        assert not captions & {piece.title, *piece.text.split("\n\n")}


def test_chrome_is_dropped_where_it_stands_with_its_reason() -> None:
    reasons = [piece.reason for piece in _page("chrome-inside") if piece.kind == DROPPED]
    assert reasons == [
        "cookie or consent line",
        "advertising",
        "share bar",
        "subscription or newsletter appeal",
    ]


def test_what_follows_a_box_of_links_belongs_to_the_article_again() -> None:
    article = _kept(_page("box-of-links"))[0]
    assert "spokesman Dmitry Peskov" in article.text
    assert "Qamishli" not in article.text


def test_a_cut_teaser_says_where_it_breaks_off() -> None:
    teaser = _kept(_page("cards"))[1]
    assert teaser.reason == "breaks off after 22 words"
    assert "Read more" not in "".join(piece.text for piece in _page("cards"))


def test_empty_and_blank_texts_have_no_pieces() -> None:
    assert separate("") == ()
    assert separate(" \n\t\n\u200b\n") == ()


def test_a_text_of_furniture_only_is_dropped_not_lost() -> None:
    pieces = separate("Photo: AFP\n\nAccept all cookies\n")
    assert [piece.kind for piece in pieces] == [DROPPED, DROPPED]
    assert pieces[0].reason == "credit without a story"


def test_a_huge_page_is_cut_and_still_separated() -> None:
    page = (
        "Syria signs port deal\n" + "Officials in Damascus said on Monday that a deal was signed.\n" * 20_000
    )
    pieces = _kept(separate(page))
    assert [piece.kind for piece in pieces] == [ARTICLE]
    assert len(pieces[0].text) < 500_000


LINES = [
    *("Read more", "More from World", "ANALYSIS", "By Jane Doe", "3 hours ago", "---", "", "Photo: AFP"),
    *("Syria signs deal with China", "Talks went on in Geneva on Monday, officials said."),
    *("相关新闻", "اقرأ أيضا", "Read also: Kim inspects a yard", "© 2026 Example"),
]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=60),
            st.sampled_from(LINES),
        ),
        max_size=25,
    )
)
def test_any_lines_separate_into_well_formed_pieces(lines: list[str]) -> None:
    for piece in separate("\n".join(lines)):
        assert piece.kind in {ARTICLE, TEASER, DROPPED}
        assert piece.title or piece.text
        assert bool(piece.reason) == (piece.kind != ARTICLE)
