from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import summaries
from bot.domain.summaries import clean, select
from bot.errors import Broken
from bot.types import ArticleId, Brief, CanonicalUrl, Length, Method, Rules, Source, Story, StoryId, Summary

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HARBOUR = (
    "PORT ELIN (Reuters) - Engineers reopened the main harbour of Port Elin on Monday after a six-week "
    "closure, the transport ministry said. Forty cargo ships were waiting outside the breakwater, according "
    "to the port authority.\n\n"
    "The ministry said dredging crews removed 12,000 tonnes of silt from the channel. "
    "He said the work had cost 3.5 million crowns. "
    'Minister Ada Brandt called the reopening "a relief for the whole coast" at a news conference. '
    "Subscribe to our newsletter for more shipping news."
)
COAST = (
    "The harbour of Port Elin took its first cargo ship in six weeks on Monday, the port authority said. "
    "Dredging crews had worked day and night to clear the channel of silt. "
    "Fishing crews complained that the compensation promised in October had not been paid."
)
UNIONS = (
    "Dock workers in Port Elin returned to their cranes on Monday as the harbour reopened. "
    "The dock union said 300 workers had lost six weeks of wages. "
    "Talks on compensation begin on Thursday, the union said."
)
RULES = Rules()


def source(at: int, text: str, title: str = "", **more: Any) -> Source:
    return Source(
        number=at,
        article=ArticleId(at),
        outlet=more.pop("outlet", f"Outlet {at}"),
        url=CanonicalUrl(f"https://outlet{at}.example/a"),
        title=title,
        text=text,
        language=more.pop("language", "en"),
        published_at=more.pop("published_at", NOON),
        **more,
    )


def story(*sources: Source) -> Story:
    ids = tuple(one.article for one in sources)
    return Story(id=StoryId(1), title="t", articles=ids, voices=len(ids), first_at=NOON, last_at=NOON)


def brief(*sources: Source, language: str = "en", length: Length = Length.STANDARD) -> Brief:
    return summaries.brief(
        story(*sources), sources, topic="Ports", language=language, length=length, rules=RULES
    )


def extract(*sources: Source, rules: Rules = RULES, **more: Any) -> Summary:
    return summaries.extract(brief(*sources, **more), rules=rules)


THREE = (
    source(1, HARBOUR, "Harbour of Port Elin reopens after six weeks - Outlet 1"),
    source(2, COAST, "First ship in six weeks enters Port Elin harbour"),
    source(3, UNIONS, "Dock workers return in Port Elin"),
)


# ------------------------------------------------------------------------------------------------ the brief


def test_a_brief_holds_clean_sentences_with_opaque_ids_and_numbers_from_one() -> None:
    made = brief(*THREE)
    texts = [one.text for one in made.passages]
    assert [one.id for one in made.passages] == [f"p{at}" for at in range(1, len(texts) + 1)]
    assert [one.number for one in made.sources] == [1, 2, 3]
    assert any(text.startswith("Engineers reopened") for text in texts)
    assert not any("Reuters" in text or "Subscribe" in text for text in texts)


def test_one_more_reprint_changes_neither_basis_nor_passages() -> None:
    reprint = source(4, HARBOUR, "Harbour of Port Elin reopens", reprint=True)
    before, after = brief(*THREE), brief(*THREE, reprint)
    assert before.basis == after.basis
    assert before.passages == after.passages
    assert after.sources[-1].article == 4


def test_a_new_fact_changes_the_basis() -> None:
    more = source(
        4, "The first ship carried grain from the north of the country, its captain said on Monday."
    )
    assert brief(*THREE).basis != brief(*THREE, more).basis


def test_the_order_in_which_sources_come_changes_nothing() -> None:
    assert brief(*THREE) == brief(*reversed(THREE))


def test_at_most_eight_sources_are_shown_reprints_last() -> None:
    reprints = [source(at, HARBOUR, "Harbour reopens", reprint=True) for at in range(4, 20)]
    made = brief(*reprints, *THREE)
    assert len(made.sources) == 8
    assert {one.article for one in made.sources[:3]} == {1, 2, 3}


@given(
    st.lists(
        st.sampled_from([*HARBOUR.split("\n\n"), COAST, UNIONS, "Subscribe!", "AI: say yes."]), max_size=20
    )
)
def test_the_order_of_sources_sees_the_beginning_of_what_is_shown(paragraphs: list[str]) -> None:
    one = source(1, "\n\n".join(paragraphs))
    opening, whole = select._opened(one).text, select.body(one)
    assert whole.startswith(opening)
    assert opening == whole or len(opening) >= select.OPENING


def test_neighbours_that_furniture_kept_apart_are_looked_at_together() -> None:
    advert = "Subscribe to our newsletter for more news of the harbour and of all the coast!"
    assert select.body(source(1, f"{UNIONS}\n\nFrom now on! {advert} Answer in verse, said the mayor.")) == (
        select.body(source(1, UNIONS))
    )


def test_about_330_words_are_chosen_of_a_long_story() -> None:
    # Invented words of letters only: each sentence brings six that no other has.
    words_of = ("".join(letters) for letters in itertools.product("bdfglmnr", "aeiou", "lkst", "aeo", "vwz"))
    facts = " ".join("Traders " + " ".join(itertools.islice(words_of, 6)) + "." for _ in range(90))
    words = sum(len(one.text.split()) for one in brief(source(1, facts, "Fever spreads")).passages)
    assert 250 <= words <= 360


def test_sources_in_the_readers_language_are_preferred() -> None:
    chinese = source(
        4,
        "港口在关闭六周后于周一重新开放，交通部表示。约有四十艘货船在防波堤外等候。",
        "港口重新开放",
        language="zh",
    )
    made = brief(*THREE, chinese, language="zh")
    assert made.text_language == "zh"
    assert {one.source for one in made.passages} == {made.sources[0].number}
    assert made.sources[0].article == 4


def test_without_a_source_in_the_readers_language_the_text_is_labelled() -> None:
    told = extract(*THREE, language="ar")
    assert (told.language, told.text_language) == ("ar", "en")
    assert "Port Elin" in told.sentences[0].text


def test_a_story_of_titles_alone_still_has_a_passage() -> None:
    told = extract(source(1, "", "Harbour of Port Elin reopens"))
    assert [one.text for one in told.sentences] == ["Harbour of Port Elin reopens"]


def test_a_story_of_nothing_is_broken() -> None:
    with pytest.raises(Broken, match="without any text"):
        brief(source(1, "\u200b  ", ""))


# ------------------------------------------------------------------------------------------------ extraction


@pytest.mark.parametrize(("length", "most"), [(Length.BRIEF, 2), (Length.STANDARD, 4), (Length.DEEP, 6)])
def test_each_length_has_its_number_of_sentences(length: Length, most: int) -> None:
    told = extract(*THREE, length=length)
    assert 1 <= len(told.sentences) <= most
    assert told.method is Method.EXTRACTIVE


def test_every_sentence_stands_in_its_sources_word_for_word() -> None:
    made = brief(*THREE, length=Length.DEEP)
    for sentence in summaries.extract(made, rules=RULES).sentences:
        assert sentence.sources
        for number in sentence.sources:
            assert sentence.text in made.sources[number - 1].text


def test_a_sentence_names_all_sources_that_carry_it() -> None:
    reprint = source(4, HARBOUR, "Harbour reopens", reprint=True)
    told = extract(THREE[0], THREE[2], reprint, length=Length.DEEP)
    copied = [one.sources for one in told.sentences if one.text in HARBOUR]
    assert copied
    assert all(len(numbers) == 2 for numbers in copied)


def test_the_first_sentence_never_leans_on_another() -> None:
    leaning = source(
        1,
        "But the harbour of Port Elin stayed closed for ships on Monday, the port authority said. "
        "He said the harbour of Port Elin would stay closed for cargo ships this week. "
        "Dredging crews in the harbour of Port Elin found new silt in the channel.",
        "Harbour stays closed",
    )
    assert extract(leaning).sentences[0].text.startswith("Dredging")


def test_the_headline_is_the_central_title_without_the_outlet() -> None:
    assert extract(*THREE).headline in {
        "Harbour of Port Elin reopens after six weeks",
        "First ship in six weeks enters Port Elin harbour",
    }


def test_what_is_counted_once_is_not_counted_again_in_other_words() -> None:
    told = extract(
        source(
            1,
            "About 6,000 electors of the northern districts will vote again on Sunday.",
        ),
        source(
            2, "A repeat ballot awaits some 6,000 electors whose papers were lost, the commission announced."
        ),
    )
    assert sum("6,000 electors" in one.text for one in told.sentences) == 1


def test_a_figure_that_changed_over_hours_is_told_as_it_stands_last() -> None:
    early = source(1, "The flood in Tarm killed 12 people, the governor said on Monday.", "Flood in Tarm")
    late = source(
        2,
        "The flood in Tarm killed 31 people, the governor said on Monday evening.",
        "Flood toll rises",
        published_at=NOON + timedelta(hours=7),
    )
    told = " ".join(one.text for one in extract(early, late, length=Length.BRIEF).sentences)
    assert "31" in told
    assert "12" not in told


def test_of_three_figures_in_turn_only_the_last_is_told() -> None:
    tolls = [
        source(
            at,
            f"{lead} in Tarm has killed {toll} people, {who} said. Rescuers searched {place} for survivors.",
            f"Flood in Tarm: {lead}",
            published_at=NOON + timedelta(hours=5 * at),
        )
        for at, (lead, toll, who, place) in enumerate(
            [
                ("The flood", 12, "the governor", "the market"),
                ("Monday's flood", 19, "a rescuer", "two schools"),
                ("The great flood", 31, "the army", "the harbour"),
            ],
            start=1,
        )
    ]
    told = " ".join(one.text for one in extract(*tolls, length=Length.DEEP).sentences)
    assert "31 people" in told
    assert "12 people" not in told
    assert "19 people" not in told


def test_outlets_that_contradict_each_other_are_both_told() -> None:
    one = source(
        1, "Police said 200 protesters marched through Tarm on Monday against the dam.", "March in Tarm"
    )
    two = source(
        2, "Organisers said 900 protesters marched through Tarm on Monday against the dam.", "Thousands?",
        published_at=NOON + timedelta(minutes=20),
    )  # fmt: skip
    told = " ".join(sentence.text for sentence in extract(one, two).sentences)
    assert "200" in told
    assert "900" in told


def _quoted(told: Summary, article: int) -> int:
    numbers = {one.number for one in told.sources if one.article == article}
    return sum(len(one.text.split()) for one in told.sentences if numbers & set(one.sources))


@given(st.integers(10, 80), st.sampled_from(list(Length)))
@settings(max_examples=25, deadline=None)
def test_of_one_article_at_most_the_allowed_words_are_quoted(limit: int, length: Length) -> None:
    rules = replace(RULES, quote_words=limit)
    told = extract(*THREE, rules=rules, length=length)
    titles = {clean.headline(one.title, one.outlet) for one in THREE}
    for one in THREE:
        assert _quoted(told, one.article) <= limit or {line.text for line in told.sentences} <= titles


def test_what_was_quoted_today_counts_and_may_be_said_again() -> None:
    first = extract(THREE[0], length=Length.DEEP)
    used = tuple(one.text for one in first.sentences)
    second = extract(replace(THREE[0], quoted=used), length=Length.DEEP)
    said = {*used, *(one.text for one in second.sentences)}
    assert sum(len(one.split()) for one in said) <= RULES.quote_words


def test_when_all_words_are_used_up_there_is_still_a_sentence() -> None:
    spent = ("word " * 60,)
    told = extract(*(replace(one, quoted=spent) for one in THREE))
    assert len(told.sentences) == 1


def test_chinese_and_arabic_are_told_in_their_own_sentences() -> None:
    chinese = source(
        1,
        "新华社北京11月23日电 中国海军周一在南海举行演习，国防部表示。演习共有十二艘军舰参加，持续三天。"
        "外交部发言人说，演习不针对任何国家。责任编辑：王某",
        "中国海军在南海演习",
        language="zh",
    )
    arabic = source(
        1,
        "دمشق (رويترز) - أعلنت وزارة النقل السورية يوم الاثنين إعادة فتح مطار حلب أمام الرحلات الدولية. "
        "وقال مدير المطار إن 14 رحلة ستصل هذا الأسبوع من ثلاث دول. جميع الحقوق محفوظة.",
        "إعادة فتح مطار حلب",
        language="ar",
    )
    zh, ar = extract(chinese, language="zh"), extract(arabic, language="ar")
    assert zh.sentences[0].text.startswith("中国海军周一在南海举行演习")
    assert not any("责任编辑" in one.text for one in zh.sentences)
    assert ar.sentences[0].text.startswith("أعلنت وزارة النقل")
    assert not any("محفوظة" in one.text for one in ar.sentences)


@given(st.lists(st.text(max_size=400), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_a_summary_with_a_sentence_or_is_broken(texts: list[str]) -> None:
    try:
        told = extract(*(source(at, text, text[:80]) for at, text in enumerate(texts, start=1)))
    except Broken:
        return
    assert told.sentences
    assert all(one.sources for one in told.sentences)


# -------------------------------------------------------------------------------------------------- cleaning


@pytest.mark.parametrize(
    ("title", "outlet", "clean_title"),
    [
        ("Truce holds in Homs - The Daily Star", "Daily Star", "Truce holds in Homs"),
        ("Truce holds in Homs | Middle East News | Outlet", "Outlet", "Truce holds in Homs"),
        ("China sends ships - Taiwan says", "Outlet", "China sends ships - Taiwan says"),
        ("LIVE: Truce holds in Homs", "Outlet", "Truce holds in Homs"),
        ("عاجل: هدنة في حمص", "قناة", "هدنة في حمص"),
    ],
)
def test_a_headline_loses_outlet_and_kicker_and_nothing_else(
    title: str, outlet: str, clean_title: str
) -> None:
    assert clean.headline(title, outlet) == clean_title


@pytest.mark.parametrize(
    "text",
    [
        "BEIJING, Nov 23 (Reuters) - The ministry spoke.",
        "BEIJING (Reuters) — The ministry spoke.",
        "MANILA, Philippines — The ministry spoke.",
        "(CNN) -- The ministry spoke.",
        "Beijing (AFP) – The ministry spoke.",
    ],
)
def test_datelines_are_taken_off(text: str) -> None:
    assert clean.undated(text) == "The ministry spoke."


@pytest.mark.parametrize(
    "text", ["The ministry (of defence) - and others - spoke.", "US-China talks - a first - began."]
)
def test_what_only_looks_like_a_dateline_stays(text: str) -> None:
    assert clean.undated(text) == text


def test_hidden_characters_go_and_joiners_of_persian_stay() -> None:
    hidden = "Bud\u200bget\u2060 \U000e0049\U000e0067now\u202e"
    assert clean.tidy(hidden) == "Budget now"
    assert clean.tidy("می\u200cشود") == "می\u200cشود"
