"""What a reader was told, and what of a story is news to that reader."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain import summaries
from bot.domain.facts import facts_told
from bot.domain.summaries import Known, amounts
from bot.types import ArticleId, Brief, CanonicalUrl, Fact, Length, Rules, Source, StoryId
from tests import make

STORY, OTHER = StoryId(1), StoryId(2)
TOLD = (
    "At least 9 people were killed when a ferry capsized off the northern port of Karif.",
    "The council approved the reopening of the coastal road on Monday.",
    "当局称，渡轮倾覆事故已造成9人死亡，搜救仍在继续。",
    "قتل تسعة أشخاص في غرق العبارة قبالة ميناء كريف الشمالي.",
)


def known(*told: str, story: StoryId = STORY) -> Known:
    return Known([Fact(story=story, text=text, at=make.NOW) for text in told or TOLD], STORY)


@pytest.mark.parametrize(
    "text",
    [
        "At least 9 people were killed when a ferry capsized off the northern port of Karif.",
        "Nine people were killed when the ferry capsized off Karif.",
        "The council on 2 March approved reopening the coastal road.",
        "渡轮倾覆事故已造成9人死亡。",
        "قتل تسعة أشخاص في غرق العبارة قبالة ميناء كريف.",
    ],
)
def test_what_says_the_same_is_known(text: str) -> None:
    assert known().knows(text)


@pytest.mark.parametrize(
    "text",
    [
        "At least 12 people were killed when a ferry capsized off the northern port of Karif.",
        "The council rejected the reopening of the coastal road on Monday.",
        "The council has not approved the reopening of the coastal road.",
        "The harbour master resigned after an inspection of the ferry's life rafts.",
        "当局称，渡轮倾覆事故已造成12人死亡，搜救仍在继续。",
        "قتل اثنا عشر شخصا في غرق العبارة قبالة ميناء كريف الشمالي وفق 12 شاهدا.",
    ],
)
def test_another_figure_a_turn_and_other_things_are_news(text: str) -> None:
    assert not known().knows(text)


def test_of_other_stories_only_nearly_the_same_sentence_is_known() -> None:
    others = known(*TOLD, story=OTHER)
    assert others.knows(TOLD[0])
    assert not others.knows("Nine people were killed in a ferry accident near Karif.")
    assert others.at is None


def test_days_years_and_times_are_no_amounts() -> None:
    text = "On 3 March 2026 at 10:30 some 4,000 people marched; 3月4日, 9人, 二月三日."
    assert [one.value for one in amounts(text)] == [4000, 9]


def source(number: int, title: str, text: str, hours: float) -> Source:
    return Source(
        number=number,
        article=ArticleId(number),
        outlet=f"Outlet {number}",
        url=CanonicalUrl(f"https://{number}.example/a"),
        title=title,
        text=text,
        language="en",
        published_at=make.later(hours=hours),
    )


OLD = source(
    1,
    "Ferry capsizes off Karif",
    f"{TOLD[0]} Divers searched the lower decks through the night with lamps.",
    -3,
)
NEW = source(
    2,
    "Harbour master of Karif resigns over rafts",
    "The harbour master resigned after an inspection of the ferry's life rafts. "
    "At least 9 people were killed when a ferry capsized off the northern port of Karif.",
    20,
)


def brief(*sources: Source, told: Known | None) -> Brief:
    return summaries.brief(
        make.story(), sources, topic="x", language="en", length=Length.STANDARD, rules=Rules(), known=told
    )


def test_an_update_holds_what_later_articles_add_and_nothing_else() -> None:
    made = brief(OLD, NEW, told=known(TOLD[0]))
    assert [one.text for one in made.passages] == [
        "The harbour master resigned after an inspection of the ferry's life rafts."
    ]
    assert made.whole == brief(OLD, NEW, told=None).basis != made.basis
    assert summaries.extract(made, rules=Rules()).headline == NEW.title


def test_nothing_new_is_no_passage_and_readers_who_know_the_same_share_a_basis() -> None:
    assert brief(OLD, told=known(TOLD[0])).passages == ()
    again = Known([Fact(story=STORY, text=TOLD[0], at=make.NOW + timedelta(seconds=9))], STORY)
    assert brief(OLD, NEW, told=again).basis == brief(OLD, NEW, told=known(TOLD[0])).basis


def test_each_sentence_that_goes_out_is_a_fact_with_its_message() -> None:
    digest = make.digest(make.item(1), make.item(2))
    carried = make.deliveries("g", 2)
    facts = facts_told(digest, carried)
    told = {story for one in carried for story in one.part.stories}
    assert {fact.story for fact in facts} == told & {1, 2}
    assert facts_told(digest, ()) == ()
