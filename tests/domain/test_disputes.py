"""Figures that outlets give differently: updated, disputed, or not comparable at all."""

from __future__ import annotations

import pytest

from bot.domain.disputes import ledger
from bot.types import ArticleId, CanonicalUrl, Dispute, Source
from tests import make


def source(number: int, text: str, hours: float = 0, *, outlet: str = "", language: str = "en") -> Source:
    return Source(
        number=number,
        article=ArticleId(number),
        outlet=outlet or f"Outlet {number}",
        url=CanonicalUrl(""),
        title="",
        text=text,
        language=language,
        published_at=make.later(hours=hours),
    )


def told(first: str, second: str, hours: float = 0, language: str = "en") -> list[tuple[str, str, str]]:
    found = ledger([source(1, first, language=language), source(2, second, hours, language=language)])
    return [(str(one.kind), one.first.quote, one.second.quote) for one in found]


STRIKE = "An air strike on the market in the town of Tal Rimal killed {} people on Monday, medics said."


def test_at_about_the_same_time_two_figures_are_disputed_and_later_one_is_an_update() -> None:
    nine, twelve = STRIKE.format("nine"), STRIKE.format("12")
    assert told(nine, twelve, 1) == [("disputed", "killed nine people", "killed 12 people")]
    assert told(nine, twelve, 9) == [("updated", "killed nine people", "killed 12 people")]
    assert told(twelve, nine, 9) == []  # a toll that falls may be another one


def test_one_outlet_updates_itself_but_does_not_contradict_itself() -> None:
    def of(hours: float) -> tuple[Dispute, ...]:
        return ledger(
            [
                source(1, STRIKE.format("nine"), outlet="Wire"),
                source(2, STRIKE.format("12"), hours, outlet="Wire"),
            ]
        )

    assert of(1) == ()
    assert [str(one.kind) for one in of(9)] == ["updated"]


@pytest.mark.parametrize(
    ("language", "first", "second", "said"),
    [
        (
            "zh",
            "官员说，塔尔里马尔镇市场遭空袭，造成47人死亡。",
            "医护人员说，塔尔里马尔镇市场空袭已造成61人死亡。",
            ("47人死亡", "61人死亡"),
        ),
        (
            "ar",
            "أعلنت وزارة الصحة مقتل 47 شخصا في غارة على سوق بلدة تل رمال.",
            "قالت مصادر طبية إن غارة على سوق بلدة تل رمال أدت إلى مقتل 61 شخصا.",
            ("مقتل 47 شخصا", "مقتل 61 شخصا"),
        ),
        (
            "en",
            "The death toll from the quake near Port Alder rose to 47, officials said.",
            "Officials near Port Alder said that 61 people had died in the quake.",
            ("death toll from the quake near Port Alder rose to 47", "61 people had died"),
        ),
        (
            "en",
            "The relief agency sent 7,000 tents to the flooded camps near Port Alder on Monday.",
            "On Monday the relief agency sent the flooded camps near Port Alder 5,000 tents.",
            ("7,000 tents", "5,000 tents"),
        ),
    ],
)
def test_in_every_language_both_are_quoted(
    language: str, first: str, second: str, said: tuple[str, str]
) -> None:
    assert told(first, second, language=language) == [("disputed", *said)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (STRIKE.format("at least nine"), STRIKE.format("12")),  # a bound that the other keeps
        (STRIKE.format("about 50"), STRIKE.format("47")),  # rounded
        (STRIKE.format("nine"), STRIKE.format("12").replace("people", "soldiers")),  # another thing
        (STRIKE.format("nine"), STRIKE.format("nine") + " The dead were 3 people killed in one house."),
        (STRIKE.format("nine"), "A strike killed 12 people in the same town in 2019."),
        (STRIKE.format("nine"), "The fire at a factory far to the south killed 12 people, police said."),
        (STRIKE.format("nine"), STRIKE.format("nine") + " Among them, 4 children were killed."),
        ("The talks lasted nine hours.", "The talks lasted 12 hours."),
        ("The vote was 91 percent in favour.", "The vote was 88 percent in favour."),
    ],
)
def test_in_doubt_nothing_is_said(first: str, second: str) -> None:
    assert told(first, second, 1) == []


def test_what_was_there_before_is_not_told_again() -> None:
    both = [source(1, STRIKE.format("nine")), source(2, STRIKE.format("12"), 9)]
    assert ledger(both, since=make.later(hours=8))
    assert not ledger(both, since=make.later(hours=10))
