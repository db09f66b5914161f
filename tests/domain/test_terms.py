from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.terms import content_words, entities, sentences, simplified, word_count, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The U.S. Navy said so. It left at 5 p.m. The ship sailed.",
            ("The U.S. Navy said so.", "It left at 5 p.m.", "The ship sailed."),
        ),
        (
            "Gen. Smith met Dr. A. B. Jones in St. Louis. He left.",
            ("Gen. Smith met Dr. A. B. Jones in St. Louis.", "He left."),
        ),
        ("It stays in the U.S. The law changed.", ("It stays in the U.S.", "The law changed.")),
        ("She said no. He left. No. 5 won.", ("She said no.", "He left.", "No. 5 won.")),
        ("It began in Jan. 2024 on a Sun. He left.", ("It began in Jan. 2024 on a Sun.", "He left.")),
        ("It cost $3.5 million. “We won.” He smiled.", ("It cost $3.5 million.", "“We won.”", "He smiled.")),
        ("Wait... what? Yes!", ("Wait... what?", "Yes!")),
        ("A heading\nA paragraph.", ("A heading", "A paragraph.")),
        ("他说：“我们来了。”真的吗？是的！", ("他说：“我们来了。”", "真的吗？", "是的！")),
        (
            "قال د. أحمد إن الاتفاق جيد. هل هذا صحيح؟ نعم.",
            ("قال د. أحمد إن الاتفاق جيد.", "هل هذا صحيح؟", "نعم."),
        ),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected


def test_german_days_of_the_month_end_no_sentence() -> None:
    assert sentences("Er kam am 3. Mai. Dann ging er.", "de") == ("Er kam am 3. Mai.", "Dann ging er.")


@pytest.mark.parametrize("piece", ["U.S. ", "Gen. A", "a. ", "No. ", "x.” ", "... "])
@pytest.mark.timeout(20)
def test_a_hostile_text_of_stops_does_not_hold_up_the_work(piece: str) -> None:
    # Before the look back was bounded, "U.S. " took over a minute at this length.
    found = sentences(piece * (100_000 // len(piece)))
    assert "".join("".join(found).split()) == "".join((piece * (100_000 // len(piece))).split())


@given(st.text(alphabet=st.sampled_from("Ab .!?\n。“”5ا"), max_size=80))
def test_no_character_is_lost_or_moved_by_cutting_sentences(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_words_equal_each_other_where_only_spelling_differs() -> None:
    assert words("China's cities") == words("china city")
    assert words("سُورِيَّة") == words("سورية")
    assert words("والصين") == words("الصين")
    assert words("إدلب") == words("ادلب")
    assert words("١٢٣") == ["123"]
    assert words("贸易战") == ["贸易", "易战"]


def test_content_words_leave_out_function_words_of_each_language() -> None:
    assert content_words("The talks were held in Geneva") == ["talk", "held", "geneva"]
    assert "من" not in content_words("وصل الوفد من دمشق")
    assert "我们" not in content_words("我们")


def test_traditional_and_simplified_characters_become_one_at_the_same_length() -> None:
    told = "敘利亞總統與美國貿易戰關稅臺灣海峽軍艦聯合國難民選舉"
    assert simplified(told) == "叙利亚总统与美国贸易战关税台湾海峡军舰联合国难民选举"
    assert simplified("plain text, سوريا") == "plain text, سوريا"


def test_two_characters_of_chinese_count_as_a_word() -> None:
    assert word_count("中美贸易 deal reached") == 4
    assert word_count("") == 0


def test_entities_are_names_figures_and_quoted_names() -> None:
    found = entities("Trump meets Xi in Busan", "The president Donald Trump said 47% of “稀土” exports.")
    assert {"trump", "xi", "busan", "donald trump", "47", "稀土"} <= set(found)
    assert "the" not in found
