"""Nouns to JSON and back."""

from __future__ import annotations

import json
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.store import rows
from bot.adapters.store.schema import clean
from bot.errors import Code
from bot.types import (
    ArticleId,
    Brief,
    Entity,
    EntityKind,
    Finding,
    Length,
    Part,
    Passage,
    Rules,
    Schedule,
    StoryId,
    Topic,
    TopicSlug,
    Verdict,
)
from tests import make

NOUNS = (
    make.article(7, captions=("A photo",), reprint_of=ArticleId(3)),
    make.feed(topics=(TopicSlug("syria"),), last_code=Code.TIMEOUT, failing_since=make.ago(days=1)),
    make.poll(make.feed(), make.new_entry(), milliseconds=7),
    make.declared(conflict={"url": None, "terms": ["دمشق"]}),
    make.placement(reprint_of=ArticleId(2)),
    make.story(3, 1, 2),
    make.summary(why_fallback=Code.MODEL_BAD_OUTPUT, rejected=("x",), sources=(make.source(quoted=("q",)),)),
    make.subscription(
        schedule=Schedule(times=(time(7, 30), time(19, 0, 30)), zone="Asia/Kabul", days=(0, 6))
    ),
    make.slot(),
    make.digest(make.item(1), make.item(2, news="developed")),
    make.delivery(address=make.address(thread=7), queued_at=make.NOW),
    make.part("🌍", entities=(Entity(kind=EntityKind.BOLD, offset=0, length=2),), stories=(StoryId(1),)),
    Verdict(ok=False, score=0.25, findings=(Finding(kind="number", span="40"),), evidence=((1, 2), (3, 4))),
    Topic(
        slug=TopicSlug("us-china"),
        names={"en": "US and China", "zh": "中美"},
        include={"en": ("tariffs", "chips")},
        sides=({"en": ("Washington",)}, {"en": ("Beijing",), "zh": ("北京",)}),
        examples=("One", "Two"),
    ),
    Brief(
        story=StoryId(1),
        topic="Syria",
        language="ar",
        length=Length.DEEP,
        passages=(Passage(id="p1", source=1, position=0, text="نص"),),
        sources=(make.source(),),
        basis="b",
    ),
)


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: type(noun).__name__)
def test_a_noun_comes_back_through_json(noun: object) -> None:
    text = json.dumps(rows.to_json(noun))
    assert rows.from_json(type(noun), json.loads(text)) == noun


def test_a_key_that_the_class_does_not_know_is_left_out() -> None:
    data = rows.to_json(make.part("x")) | {"later": 1}
    assert rows.from_json(Part, data) == make.part("x")


def test_a_key_that_is_missing_takes_the_default() -> None:
    assert rows.from_json(Part, {"text": "x"}) == make.part("x")


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        rows.to_json(object())


def test_spans_of_time_come_back() -> None:
    rules = Rules(claim_lease=timedelta(seconds=1.5))
    assert rows.from_json(Rules, rows.to_json(rules)) == rules


@given(st.text(alphabet=st.characters(codec=None)))
def test_cleaned_text_can_be_stored_and_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert "\x00" not in once
    assert once.encode().decode() == once
    assert clean(once) == once
