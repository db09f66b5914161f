"""A story by itself: one message that fits, says what it left out, and leads on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bot.domain.cards import StoryView, card, piece, why
from bot.domain.messages import units
from bot.domain.reading.pieces import Piece
from bot.domain.wording import LRM, RLM
from bot.types import (
    ArticleId,
    Button,
    CanonicalUrl,
    EntityKind,
    Limits,
    Part,
    Sentence,
    StoryId,
    Summary,
    TopicMatch,
    TopicSlug,
)
from tests.golden.sample import HOUR, NOW, source, view, wording

EN = wording("en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """As ``pipeline.on_demand`` makes them."""

    piece: Piece
    language: str = "en"
    topics: tuple[TopicMatch, ...] = ()
    reason: str = ""
    summary: Summary | None = None


def data(part: Part) -> list[str]:
    return [button.data for row in part.buttons for button in row if button.data]


def links(part: Part) -> list[str]:
    return [button.url for row in part.buttons for button in row if button.url]


def big(sentences: int = 4, sources: int = 4, *, words: int = 20) -> StoryView:
    whole = view()
    made = tuple(
        replace(
            source(number, f"Outlet {number}"), published_at=NOW - number * HOUR, title=f"Title {number}" * 9
        )
        for number in range(1, sources + 1)
    )
    told = tuple(Sentence(text="A sentence of news. " * words, sources=(1,)) for _ in range(sentences))
    story = replace(whole.story, articles=tuple(one.article for one in made))
    return replace(whole, story=story, summary=replace(whole.summary, sentences=told, sources=made))


def test_the_first_report_comes_first_and_is_called_so() -> None:
    lines = card(view(), EN).text.splitlines()
    start = lines.index("Who reported it, first report first") + 1
    assert (
        lines[start]
        == f"22 November, 22:00 · [3] State Daily (state media) · first report · عبور الشاحنات{LRM}"
    )
    assert [line.split("[")[1][0] for line in lines[start:]] == ["3", "2", "4", "1"]


def test_reprints_agencies_and_state_media_are_named() -> None:
    text = card(view(), EN).text
    assert "[4] Valley Courier · from AFP · reprint" in text
    assert "[3] State Daily (state media)" in text


def test_sources_stand_in_an_expandable_quotation() -> None:
    part = card(view(), EN)
    (quote,) = [one for one in part.entities if one.kind is EntityKind.EXPANDABLE_BLOCKQUOTE]
    wide = part.text.encode("utf-16-le")[quote.offset * 2 : (quote.offset + quote.length) * 2]
    assert len(wide.decode("utf-16-le").splitlines()) == 4


def test_what_the_chat_was_told_and_that_it_went_on_is_said() -> None:
    assert "told here on 23 November, 05:00 · developed since your last digest" in card(view(), EN).text
    assert "told here" not in card(replace(view(), told_at=None), EN).text
    assert "developed" not in card(replace(view(), developed=False), EN).text


def test_a_card_tells_the_phase_and_who_was_first_with_what() -> None:
    text = card(view(), EN).text
    assert "Syria · developing · 3 independent sources" in text
    assert "[1] Hill & Harbour Times · first with 450, Geneva, Deir Hafir · Bridge opens" in text
    bare = card(replace(view(), phase=None, moments=()), EN).text
    assert "developing" not in bare
    assert "first with" not in bare


def test_buttons_name_the_story_and_fit_into_64_bytes() -> None:
    part = card(view(), EN)
    assert data(part) == ["c:more:1", "c:less:1", "c:why:1", "c:topic:1", "c:same:1"]
    long = replace(view(), story=replace(view().story, id=StoryId(2**63)))
    assert max(len(each.encode()) for each in data(card(long, EN))) <= 64
    assert part.stories == (StoryId(1),)


def test_no_topic_cannot_be_wrong_and_one_article_is_no_other_story() -> None:
    alone = replace(view(), matches=(), story=replace(view().story, articles=(ArticleId(1),)))
    assert data(card(alone, EN)) == ["c:more:1", "c:less:1", "c:why:1"]


def test_originals_are_the_most_cited_articles_of_different_outlets() -> None:
    assert [url.split(".")[0] for url in links(card(view(), EN))] == [
        "https://news1",
        "https://news2",
        "https://news4",
    ]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://localhost/1", "https://[::1", "", "https://a b"]
)
def test_an_address_that_no_button_may_have_gets_none(url: str) -> None:
    whole = view()
    sources = tuple(replace(one, url=CanonicalUrl(url)) for one in whole.summary.sources)
    assert links(card(replace(whole, summary=replace(whole.summary, sources=sources)), EN)) == []


def test_a_long_card_drops_titles_then_sources_then_sentences_and_says_so() -> None:
    plain = card(big(sources=30), EN).text
    assert "Title 7" not in plain
    assert "[30] Outlet 30" in plain
    fewer = card(big(sources=200), EN).text
    assert "160 more" in fewer
    cut = card(big(sentences=6, words=60), EN).text
    assert "Shortened to fit one message: the sources tell the rest." in cut
    for text in (plain, fewer, cut):
        assert units(text) <= 4096
    assert "Shortened" not in fewer


def test_even_a_story_of_one_endless_headline_becomes_a_message() -> None:
    whole = view()
    endless = replace(whole, summary=replace(whole.summary, headline="news " * 3000))
    for part in (card(endless, EN), why(endless, EN)):
        assert 0 < units(part.text) <= 4096


def test_a_story_in_another_language_says_so_and_keeps_its_direction() -> None:
    whole = view("ar")
    foreign = replace(whole, summary=replace(whole.summary, text_language="en", headline="Bridge opens"))
    lines = card(foreign, wording("ar")).text.splitlines()
    assert lines[0] == f"{LRM}Bridge opens"
    assert "باللغة الإنجليزية" in "".join(lines)
    assert all(line.startswith((LRM, RLM)) for line in lines if line)


def test_foreign_text_cannot_turn_a_card_or_hide_in_it() -> None:
    whole = view()
    dirty = replace(whole, summary=replace(whole.summary, headline="Bridge\u202e opens\u200b"))
    assert card(dirty, EN).text.startswith("Bridge opens\n")
    assert why(dirty, EN).text.startswith("Bridge opens\n")


def test_why_tells_rank_placements_and_topics_and_leads_back() -> None:
    part = why(view(), EN)
    assert part.buttons == ((Button(text="Back to the story", data="s:1"),),)
    for said in (
        "score 2.31",
        "3 independent sources",
        "2 of 4 articles are from the last 6 hours",
        "[2] likeness 0.62 (0.30 is enough); shared words: bridge, lorries",
        "[4] reprint: 97% of the text stands word for word in [1]",
        "Syria: 3 of 4 articles match · Deir Hafir (headline)",
    ):
        assert said in part.text


def filed(**changes: object) -> Filed:
    whole = view().summary
    page = replace(
        whole, sources=whole.sources[:1], sentences=(Sentence(text="Lorries cross.", sources=(1,)),)
    )
    match = TopicMatch(topic=TopicSlug("syria"), score=1.2, why="Damascus (title)")
    made = Filed(
        piece=Piece(title="Bridge opens", text="Lorries cross.", kind="article"),
        topics=(match,),
        summary=page,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_page_on_demand_is_told_with_its_topics_its_method_and_a_link() -> None:
    part = piece(filed(), EN, names={TopicSlug("syria"): "Syria"})
    assert "Lorries cross.\u00a0[1]" in part.text
    assert "Hill & Harbour Times · AI summary, checked against 1 report" in part.text
    assert part.text.endswith("Filed under\n• Syria: Damascus (headline)")
    assert part.buttons[0][0].text == "Original"


def test_a_page_in_no_topic_says_which_was_nearest() -> None:
    reason = "in none of the topics (nearest: syria, 0.31 of the 1.00 that it takes)"
    text = piece(filed(topics=(), reason=reason), EN, names={TopicSlug("syria"): "Syria"}).text
    assert "In none of your topics; the nearest is Syria, at 0.31 of the 1.00 that it takes." in text


def test_a_page_with_nothing_to_summarize_says_so() -> None:
    part = piece(filed(summary=None, topics=(), reason="breaks off"), EN)
    assert part.text.startswith("Bridge opens\n\nThere is too little text here to summarize.")
    assert part.buttons == ()


def test_a_long_page_is_cut_between_sentences() -> None:
    whole = filed().summary
    assert whole is not None
    long = replace(whole, sentences=(Sentence(text="News. " * 300, sources=(1,)),) * 5)
    part = piece(filed(summary=long), EN)
    assert units(part.text) <= 4096
    assert "Shortened" in part.text


@pytest.mark.parametrize("language", ["en", "zh-Hant", "zh", "ar"])
@pytest.mark.parametrize("room", [100, 700, 2000])
def test_cards_fit_any_channel_in_every_language(language: str, room: int) -> None:
    words, limits = wording(language), Limits(units=room, entities=10)
    whole = view(language)
    for part in (card(whole, words, limits), why(whole, words, limits), piece(filed(), words, limits)):
        assert 0 < units(part.text) <= room
        assert len(part.entities) <= 10
