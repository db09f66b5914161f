"""What opens a topic: one brief of several stories, and lines that only one of them may carry."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.domain import digests, messages, pages, summaries, terms
from bot.domain.summaries import Draft, DraftSentence
from bot.domain.summaries.overview import LEAST
from bot.types import Brief, CanonicalUrl, Length, Limits, Opening, Rules, Sentence, Source, StoryId
from tests import make
from tests.golden.sample import wording

TEXTS = {
    1: (
        "A ferry with 61 people on board sank off Port Alder on Monday. "
        "Rescuers brought 48 people ashore, the harbour office said."
    ),
    2: (
        "The senate of Valmora passed the water bill with 31 votes on Monday. "
        "The governor, Ines Rautio, will sign the bill this week."
    ),
    3: (
        "A strike closed the copper mine of Tarn Hollow on Monday. "
        "The union said 900 miners had laid down their tools."
    ),
}


def brief(number: int, language: str = "en") -> Brief:
    text = TEXTS[number]
    sources = [
        replace(
            make.source(at, article=10 * number + at),
            text=text,
            title=text.split(".", maxsplit=1)[0],
            url=CanonicalUrl(f"https://a.example/{number}/{at}"),
            language=language,
            reprint=at == 2,
        )
        for at in (1, 2)
    ]
    made = summaries.brief(
        make.story(number, *(one.article for one in sources)),
        sources,
        topic="Valmora",
        language="en",
        length=Length.DEEP,
        rules=Rules(),
    )
    return replace(made, slug="valmora")


def overview() -> Brief:
    made = summaries.overview([brief(number) for number in TEXTS])
    assert made is not None
    return made


def kept(told: Brief, *texts: str) -> list[bool]:
    lines = tuple(DraftSentence(text=text, passages=(told.passages[0].id,)) for text in texts)
    draft = Draft(headline="A ferry with 61 people on board sank off Port Alder", sentences=lines)
    return [one.kept for one in summaries.assess(told, draft).sentences]


def test_it_shows_each_storys_passages_under_numbers_of_its_own() -> None:
    made = overview()
    assert made.task == "overview"
    assert made.story < 0
    assert made.events == ((1, 2), (3, 4), (5, 6))
    assert [one.number for one in made.sources] == [1, 2, 3, 4, 5, 6]
    assert len({one.id for one in made.passages}) == len(made.passages) == 6
    assert sum(terms.word_count(one.text) for one in made.passages) <= 330
    for one in made.passages:
        source: Source = made.sources[one.source - 1]
        assert one.text in source.text.replace("\n", " ")


def test_the_same_facts_make_the_same_basis_and_two_stories_none() -> None:
    assert overview() == overview()
    other = summaries.overview([brief(3), brief(1), brief(2)])
    assert other is not None
    assert other.basis == overview().basis
    few = [brief(number) for number in TEXTS][: LEAST - 1]
    assert summaries.overview(few) is None


def test_stories_whose_sources_speak_another_language_are_left_out() -> None:
    told = [*(brief(number) for number in TEXTS), replace(brief(1), text_language="zh")]
    made = summaries.overview(told)
    assert made is not None
    assert len(made.events) == 3


def test_no_line_may_mix_two_stories() -> None:
    made = overview()
    mixed = "A ferry with 61 people on board sank off Port Alder after the senate of Valmora passed the bill."
    swapped = "The senate of Valmora passed the water bill with 61 votes on Monday."
    true = "The senate of Valmora passed the water bill with 31 votes on Monday."
    assert kept(made, true, mixed, swapped) == [True, False, False]
    assert kept(replace(made, events=()), swapped) == [True]  # what one pot of sources would have let through


def test_the_lines_name_the_story_that_carries_them() -> None:
    made = overview()
    told = replace(
        make.summary(),
        sentences=(
            Sentence(text="One.", sources=(1, 2)),
            Sentence(text="Two.", sources=(6,)),
            Sentence(text="Of two stories.", sources=(1, 3)),
            Sentence(text="Of none.", sources=()),
        ),
    )
    stories = [StoryId(number) for number in TEXTS]
    found = summaries.openings(told, stories, made)
    assert found == (Opening(text="One.", story=StoryId(1)), Opening(text="Two.", story=StoryId(3)))


def test_it_stands_under_the_topics_heading_with_the_numbers_of_the_stories() -> None:
    digest = make.digest(make.item(1), make.item(2))
    opened = (Opening(text="The senate passed a bill.", story=StoryId(2)),)
    sections = tuple(replace(section, overview=opened) for section in digest.sections[:1])
    digest = replace(digest, sections=(*sections, *digest.sections[1:]))
    assert digests.tally(digest).stories == 2
    said = messages.parts(digest, Limits(), wording("en"), None, form="classic")[0].text
    assert "The senate passed a bill.\u00a0(2)" in said
    assert said.index("The senate passed") < said.index("1. ")
    rich = messages.parts(digest, Limits(), wording("en"), None, form="rich")[0].rich
    assert "The senate passed a bill.\u00a0(2)" in json.dumps(rich, ensure_ascii=False)
    assert 'href="#story-2"' in pages.html(digest, wording("en"))
    assert "\nThe senate passed a bill.\n" in pages.text(digest, wording("en"))
    (first, *_) = pages.as_json(digest)["topics"]
    assert first["overview"] == [{"text": "The senate passed a bill.", "story": 2}]
