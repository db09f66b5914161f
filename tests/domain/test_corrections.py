"""What a revised article means for what was told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.corrections import taken_back
from bot.types import Article, ArticleId, Fact, StoryId
from tests import make

TOLD = "An air strike on the market of Aleppo killed 47 people on Friday."
SAYS = "An air strike on the market of Aleppo killed 14 people on Friday."


def fact(text: str = TOLD, figure: float = 47.0) -> Fact:
    return Fact(story=StoryId(1), text=text, at=make.NOW, articles=(ArticleId(1),), figures=(figure,))


def article(text: str) -> Article:
    return make.article(text=text)


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        (TOLD, None),
        (SAYS, SAYS),
        ("On Friday 47 people were killed when the market of Aleppo was hit.", None),
        ("The weather will be mild.", ""),
    ],
)
def test_what_stands_in_its_place(text: str, stands: str | None) -> None:
    assert taken_back(fact(), [article(text)]) == stands


def test_one_article_that_still_has_it_is_enough() -> None:
    assert taken_back(fact(), [article(SAYS), article(TOLD)]) is None


def test_what_was_taken_back_is_told_again_only_when_something_else_stands_there() -> None:
    corrected = replace(fact(), corrected_at=make.NOW, correction=SAYS)
    later = SAYS.replace("14", "21")
    assert taken_back(corrected, [article(SAYS)]) is None
    assert taken_back(corrected, [article(later)]) == later
    assert taken_back(corrected, [article(TOLD)]) == TOLD, "taken back, and back again"
    withdrawn = replace(fact(), corrected_at=make.NOW, correction="")
    assert taken_back(withdrawn, [article(later)]) is None


@pytest.mark.parametrize(
    "text", ["周五阿勒颇一处市场遭空袭，47人死亡。", "قتل 47 شخصا يوم الجمعة في غارة على سوق حلب."]
)
def test_a_translation_is_held_by_its_figures(text: str) -> None:
    assert taken_back(fact(text), [article(TOLD)]) is None
    assert taken_back(fact(text), [article(TOLD.replace("An air strike", "A raid"))]) is None
    assert taken_back(fact(text), [article(SAYS)]) == ""
    assert taken_back(replace(fact(text), figures=()), [article(SAYS)]) is None
