"""What presses teach: small, bounded, explained, and nothing from one slip."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.evidence import TAUGHT
from bot.domain.feedback import HEAVIEST, forgotten, said, taught
from bot.domain.topics import Router, topic_from
from bot.types import Feedback, Press, StoryId, TopicSlug
from tests import make

TOPIC = topic_from("syria", {"include": {"en": ["Aleppo", "Syria"]}, "matter": {"en": ["market"]}})


def press(story: int, headline: str, kind: Press = Press.WRONG_TOPIC, **given: object) -> Feedback:
    one = Feedback(
        chat="5",
        user="5",
        story=StoryId(story),
        topic=TopicSlug("syria"),
        press=kind,
        counts=True,
        at=make.NOW,
        shown={"headline": headline, "belongs": ""},
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
    assert "3 presses of owner and editors on 3 stories" in lessons[0].why()


@pytest.mark.parametrize(
    "examples",
    [
        SOAP[:2],  # two are a slip
        (*SOAP[:2], replace(SOAP[1], chat="-77")),  # the same story again, in another chat
        tuple(replace(SOAP[0], user=user) for user in "567"),  # one story alone
        tuple(replace(one, press=Press.LESS) for one in SOAP),
        tuple(replace(one, topic=None) for one in SOAP),
        (*SOAP, press(9, "Soap exports lift Syria's economy", Press.MORE)),  # such stories are wanted
        (forgotten(SOAP[0], ["soap"]), *SOAP[1:]),  # taken back
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


def test_a_press_teaches_the_words_of_its_sources_in_their_languages_too() -> None:
    arabic = tuple(replace(one, shown={**one.shown, "terms": ["صابون"]}) for one in SOAP)
    assert {lesson.term for lesson in taught(arabic, (TOPIC,))} == {"soap", "صابون"}


def test_a_forgotten_press_keeps_what_it_said_and_teaches_the_other_words() -> None:
    one = forgotten(SOAP[0], ["soap"])
    assert said(one) == said(SOAP[0]) - {"soap"}
    assert one.shown["headline"] == SOAP[0].shown["headline"]
    assert said(forgotten(forgotten(one, ["aleppo"]))) == frozenset()
