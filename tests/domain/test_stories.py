from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.samples import load
from bot.domain.articles import turn
from bot.domain.stories import Index, Placed, ease
from bot.evaluation.clustering import adjusted_mutual_information, agreement
from bot.types import (
    Article,
    ArticleId,
    CanonicalUrl,
    FeedId,
    Outlet,
    OutletId,
    Placement,
    PlacementKind,
    TopicMatch,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PORT = (
    "The Dubai port operator DP World will invest $800 million in Syria's port of Tartus under a 30-year "
    "concession signed on Wednesday. Qutaiba Badawi said that the agreement covered a multipurpose terminal "
    "and a dry port."
)
FIRE = (
    "Wildfires driven by strong winds spread through the mountains of Latakia province and have burnt 7,000 "
    "hectares of forest. More than 60 teams of firefighters are working in the district of Qastal Maaf."
)


def article(
    number: int, title: str, text: str, *, hours: float = 0, outlet: str = "", agency: str = ""
) -> Article:
    at = NOW + timedelta(hours=hours)
    return Article(
        id=ArticleId(number),
        url=CanonicalUrl(f"https://x.example/{number}"),
        outlet=OutletId(outlet or f"outlet-{number}"),
        feed=FeedId("f"),
        title=title,
        text=text,
        language="en",
        published_at=at,
        seen_at=at,
        fingerprint=str(number),
        agency=agency,
    )


def outlet(ident: str, *, family: str = "", agency: bool = False) -> Outlet:
    return Outlet(id=OutletId(ident), name=ident, family=family, agency=agency)


def place(index: Index, *articles: Article) -> list[Placement]:
    return [index.place(one, outlet(one.outlet)) for one in articles]


def test_two_reports_of_one_event_join_and_another_event_founds_its_own() -> None:
    index = Index()
    first, second, third = place(
        index,
        article(1, "DP World to invest $800 million in Syria's Tartus port", PORT),
        article(
            2,
            "Dubai's DP World signs 30-year concession for Tartus",
            "The Tartus port concession in Syria lasts 30 years and is worth $800 million, DP World said.",
            hours=2,
        ),
        article(3, "Wildfires spread in Latakia", FIRE, hours=3),
    )
    assert (first.kind, second.kind, third.kind) == (
        PlacementKind.FOUND,
        PlacementKind.JOIN,
        PlacementKind.FOUND,
    )
    assert second.story == first.story != third.story
    assert "tartu" in second.why
    assert index.story(first.story).voices == 2


def test_a_copy_of_an_agency_text_is_a_reprint_and_no_voice() -> None:
    index = Index()
    place(index, article(1, "DP World invests in Tartus", PORT, outlet="wire"))
    copy = index.place(
        article(2, "Dubai firm takes over Syrian harbour", PORT + " (Wire)", hours=1), outlet("paper")
    )
    assert copy.kind is PlacementKind.DUPLICATE
    assert copy.reprint_of == ArticleId(1)
    assert index.story(copy.story).voices == 1
    assert len(index.story(copy.story).articles) == 2


def test_papers_of_one_family_and_reports_that_credit_one_agency_are_one_voice() -> None:
    index = Index()
    texts = [
        PORT,
        "In Tartus, the Syrian port, DP World of Dubai gets a concession of 30 years for $800 million.",
        "Syria's Tartus port goes to DP World for 30 years; the Dubai company promises $800 million.",
        "DP World, Dubai, will run Tartus port in Syria for 30 years and pay $800 million.",
    ]
    title = "DP World gets Tartus port concession"
    index.place(article(1, title, texts[0]), outlet("a", family="house"))
    index.place(article(2, title, texts[1]), outlet("b", family="house"))
    index.place(article(3, title, texts[2], agency="AFP"), outlet("c"))
    last = index.place(article(4, title, texts[3], agency="AFP"), outlet("d"))
    assert index.story(last.story).voices == 2


def test_what_lies_days_apart_does_not_join_and_is_forgotten() -> None:
    index = Index()
    (first,) = place(index, article(1, "Wildfires spread in Latakia", FIRE))
    (later,) = place(index, article(2, "Wildfires spread in Latakia", FIRE[:150] + " again", hours=24 * 5))
    assert later.story != first.story
    assert index.expire(NOW + timedelta(days=4, hours=1)) == 1
    with pytest.raises(KeyError):
        index.story(first.story)
    assert len(index) == 1


def test_short_texts_need_less_likeness_than_long_ones() -> None:
    short, long = article(1, "Fires in Latakia", ""), article(2, "Fires in Latakia", FIRE * 3)
    assert ease(short) > ease(long) >= 0


def as_stored(
    placed: Sequence[Placement], articles: Mapping[ArticleId, Article], index: Index
) -> list[Placed]:
    """Rows as the store would have them: with the story in which each article is now."""
    return [
        Placed(number, articles[one.article], replace(one, story=index.story_of(one.article)))
        for number, one in enumerate(placed, start=1)
    ]


def sample_articles() -> list[tuple[Article, Outlet, tuple[TopicMatch, ...]]]:
    outlets, samples = load(NOW)
    known = {one.id: one for one in outlets}
    rows: list[tuple[Article, Outlet, tuple[TopicMatch, ...]]] = []
    for number, sample in enumerate(samples, start=1):
        made = Article(
            id=ArticleId(number),
            url=CanonicalUrl(f"https://x.example/{sample.id}"),
            outlet=OutletId(sample.outlet),
            feed=FeedId(sample.outlet),
            title=sample.title,
            text="\n\n".join(sample.paragraphs),
            language=known[sample.outlet].language,
            published_at=sample.published_at,
            seen_at=NOW,
            fingerprint=str(number),
        )
        rows.append((made, outlet(sample.outlet, agency=known[sample.outlet].agency), ()))
    return rows


def test_the_order_of_arrival_within_a_batch_changes_nothing() -> None:
    rows = sample_articles()
    expected = Index().place_batch(rows)
    for order in (rows[::-1], rows[1::2] + rows[::2], sorted(rows, key=lambda row: row[0].title)):
        assert Index().place_batch(order) == expected


def test_stories_are_the_same_in_whatever_order_articles_of_one_moment_were_read() -> None:
    rows = [(replace(made, published_at=NOW), who, topics) for made, who, topics in sample_articles()]
    found = []
    for way in (1, -1):  # ids are given in the order of reading
        read = [
            (replace(made, id=ArticleId(number)), who, topics)
            for number, (made, who, topics) in enumerate(rows[::way], start=1)
        ]
        index, urls = Index(), {made.id: made.url for made, _, _ in read}
        index.place_batch(read)
        found.append({urls[ident]: index.story_of(ident) for ident in urls})
    assert found[0] == found[1]


def test_a_rebuilt_index_goes_on_exactly_as_the_first_would_have() -> None:
    rows = sorted(sample_articles(), key=lambda row: turn(row[0]))
    half = len(rows) // 2
    index = Index()
    placed = index.place_batch(rows[:half])
    by_id = {made.id: made for made, _, _ in rows}
    outlets = {made.outlet: who for made, who, _ in rows}
    again = Index.rebuild(as_stored(placed, by_id, index), outlets.__getitem__)
    assert index.place_batch(rows[half:]) == again.place_batch(rows[half:])


def test_the_sample_newsroom_is_grouped_without_mixing_events() -> None:
    _, samples = load(NOW)
    rows = sample_articles()
    index = Index()
    index.place_batch(rows)
    found = [index.story_of(made.id) for made, _, _ in rows]
    gold = [one.story for one in samples]
    figures = agreement(found, gold)
    assert figures["mixed_share"] <= 0.1
    assert figures["b3_f1"] >= 0.82  # in three languages, without word lists and vectors: .84


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abcd")), min_size=1, max_size=40))
def test_agreement_is_perfect_with_itself_and_within_bounds(pairs: Sequence[tuple[int, str]]) -> None:
    found, gold = [a for a, _ in pairs], [b for _, b in pairs]
    figures = agreement(found, gold)
    assert 0 < figures["b3_precision"] <= 1
    assert 0 < figures["b3_recall"] <= 1
    assert adjusted_mutual_information(found, gold) <= 1 + 1e-9
    itself = agreement(found, [str(one) for one in found])
    assert itself["b3_f1"] == itself["pair_f1"] == 1.0


def test_ami_agrees_with_the_mean_over_all_permutations() -> None:
    def mutual(a: Sequence[object], b: Sequence[object]) -> float:
        n, both = len(a), Counter(zip(a, b, strict=True))
        left, right = Counter(a), Counter(b)
        return sum(k / n * math.log(n * k / (left[x] * right[y])) for (x, y), k in both.items())

    ours, theirs = [0, 0, 0, 1, 1, 2], ["a", "a", "b", "b", "c", "c"]
    shuffles = list(itertools.permutations(theirs))
    expected = sum(mutual(ours, one) for one in shuffles) / len(shuffles)
    mean = (mutual(ours, ours) + mutual(theirs, theirs)) / 2
    by_hand = (mutual(ours, theirs) - expected) / (mean - expected)
    assert adjusted_mutual_information(ours, theirs) == pytest.approx(by_hand, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["port tartus deal", "fire latakia", "vote assembly seats", ""]), max_size=12)
)
def test_every_article_is_placed_once_and_every_story_holds_what_was_placed(titles: list[str]) -> None:
    index = Index()
    placed = place(index, *(article(n, title, title * 3) for n, title in enumerate(titles, start=1)))
    assert [p.article for p in placed] == list(range(1, len(titles) + 1))
    for ident in {p.story for p in placed}:
        assert index.story(ident).articles == tuple(p.article for p in placed if p.story == ident)
