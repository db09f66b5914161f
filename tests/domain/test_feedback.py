"""What presses teach: small, bounded, explained, and nothing from one person's slip."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.evidence import TAUGHT
from bot.domain.feedback import (
    HEAVIEST,
    LEAST,
    LESS,
    MORE,
    MOST,
    NOT_SAME,
    NOTHING,
    WRONG_TOPIC,
    Feedback,
    preferences,
    taught,
    terms_of,
)
from bot.domain.topics import Router, topic_from

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOPIC = topic_from("syria", {"include": {"en": ["Aleppo", "Syria"]}, "matter": {"en": ["market"]}})


def press(story: int, headline: str, kind: str = WRONG_TOPIC, **given: object) -> Feedback:
    one = Feedback(
        chat="a",
        story=story,
        topic="syria",
        kind=kind,
        at=NOW,
        admin=True,
        headline=headline,
        terms=terms_of(headline),
        outlets=("herald",),
    )
    return replace(one, **given)  # type: ignore[arg-type]


SOAP = (
    press(1, "Aleppo soap returns to the market"),
    press(2, "Soap from Aleppo wins prize"),
    press(3, "The soap makers of Aleppo"),
)


def test_three_wrongly_filed_headlines_teach_the_word_they_share_and_not_the_topics_own() -> None:
    lessons = taught(SOAP, (TOPIC,))
    assert [(lesson.term, lesson.presses, lesson.stories) for lesson in lessons] == [("soap", 3, 3)]
    assert "3 administrators' presses on 3 stories" in lessons[0].why()


@pytest.mark.parametrize(
    "examples",
    [
        SOAP[:2],  # two are a slip
        tuple(replace(one, admin=False) for one in SOAP),  # readers teach nobody but their chat
        (*SOAP[:2], SOAP[1]),  # the same press again
        tuple(replace(SOAP[0], chat=chat) for chat in "abc"),  # one story alone
        tuple(replace(one, kind=LESS) for one in SOAP),
        (*SOAP, press(9, "Soap exports lift Syria's economy", MORE)),  # somebody wants such stories
    ],
)
def test_less_than_three_consistent_presses_on_two_stories_teach_nothing(
    examples: tuple[Feedback, ...],
) -> None:
    assert not [lesson for lesson in taught(examples, (TOPIC,)) if lesson.term == "soap"]


def test_a_lesson_weighs_against_the_topic_where_the_word_stands_and_nowhere_else() -> None:
    plain, wiser = Router((TOPIC,)), Router((TOPIC,), lessons=taught(SOAP, (TOPIC,)))
    title, other = "Soap of Aleppo", "Shells fall on Aleppo"
    before, after = (router.explain(title, "", "")[0] for router in (plain, wiser))
    assert after.sum == pytest.approx(before.sum - HEAVIEST)
    assert not after.match
    assert "taught" in after.text()
    assert wiser.score_all(other, "", "") == plain.score_all(other, "", "")
    assert wiser.explain("Shells fall on Aleppo", "A soap works burned.", "")[0].taught == HEAVIEST / 2


def test_lessons_never_outweigh_more_than_their_cap() -> None:
    words = [f"word{letter}" for letter in "abcdefghij"]
    many = tuple(press(n, " ".join(words)) for n in range(20))
    lessons = taught(many, (TOPIC,))
    assert max(lesson.weight for lesson in lessons) == HEAVIEST
    row = Router((TOPIC,), lessons=lessons).explain("Syria Aleppo " + " ".join(words), "", "")[0]
    assert row.taught == TAUGHT
    assert row.match


# ------------------------------------------------------------------------------------------------- likings


def test_what_a_chat_asked_for_lifts_its_stories_and_says_so() -> None:
    likes = preferences([press(n, "Wheat harvest fails", MORE) for n in range(3)], NOW)
    factor, why = likes.taste(9, ("herald",), terms_of("Wheat harvest near Hama"))
    assert 1 < factor <= MOST
    assert why.startswith("this chat asked for more: ")
    assert "herald" in why


def test_less_lowers_and_one_press_is_about_its_own_story_alone() -> None:
    likes = preferences([press(1, "Wheat harvest fails", LESS)], NOW)
    assert likes.taste(1, (), ())[0] < 1
    assert likes.taste(2, ("herald",), terms_of("Wheat harvest fails")) == (1.0, "")


def test_taste_fades_and_other_presses_say_nothing_of_it() -> None:
    old = [press(n, "Wheat harvest fails", MORE, at=NOW - timedelta(days=200)) for n in range(3)]
    assert preferences(old, NOW).taste(9, ("herald",), terms_of("Wheat harvest")) == (1.0, "")
    assert preferences([press(1, "x", NOT_SAME)], NOW) == NOTHING
    wrong = preferences([press(n, "Soap", WRONG_TOPIC) for n in range(3)], NOW)
    assert wrong.taste(9, ("herald",), ("soap",)) == (1.0, "")
    assert wrong.taste(1, (), ())[0] < 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3), st.sampled_from([MORE, LESS, WRONG_TOPIC, NOT_SAME, "?"]), st.integers(0, 90)
        ),
        max_size=60,
    )
)
def test_taste_is_bounded_whatever_is_pressed(presses: list[tuple[int, str, int]]) -> None:
    examples = [
        press(story, "Wheat and water", kind, at=NOW - timedelta(days=days)) for story, kind, days in presses
    ]
    factor, why = preferences(examples, NOW).taste(1, ("herald", "herald"), terms_of("Wheat and water"))
    assert LEAST <= factor <= MOST
    assert bool(why) is (factor != 1)
