"""The sample week holds what it promises: form, exact facts, clean sentences that nobody copied."""

from __future__ import annotations

import re
from collections import Counter
from importlib import resources
from typing import get_args

import pytest
import yaml

from tests.quality.week import FOLDERS, KEPT, LATER, Kind, WeekStory, holds, kept, later, stories

OUTLETS: dict[str, dict[str, object]] = yaml.safe_load(
    (resources.files("bot.demo") / "samples" / "outlets.yaml").read_text("utf-8")
)["outlets"]

EVERY = (*stories(), *later(), *kept())
each = pytest.mark.parametrize("story", EVERY, ids=lambda story: story.story)


def plain(text: str) -> str:
    """The text without its case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", text.casefold())


def test_there_are_stories_of_every_kind() -> None:
    assert len(stories()) >= 60
    assert len(kept()) >= 30
    holds_every_kind(stories())
    holds_every_kind(later())
    holds_every_kind(kept())


def holds_every_kind(known: tuple[WeekStory, ...]) -> None:
    assert len({story.topic for story in known}) >= 2
    assert sum(len(story.clean) for story in known) >= 10 * len(known)
    assert {clean.kind for story in known for clean in story.clean} == set(get_args(Kind))
    assert sum(len({article.day for article in story.articles}) > 1 for story in known) >= 0.66 * len(known)
    assert sum(bool(article.agency) for story in known for article in story.articles) >= 0.13 * len(known)
    languages = Counter(article.language for story in known for article in story.articles)
    total = languages.total()
    assert languages["en"] >= 0.5 * total
    assert languages["zh"] + languages["zh-Hant"] >= 0.15 * total
    assert languages["ar"] >= 0.15 * total
    assert languages["zh-Hant"] >= 3


def test_files_are_named_for_their_stories() -> None:
    files = sorted(file.stem for folder in FOLDERS for file in folder.glob("*.yaml"))
    assert files == [story.story for story in stories()]
    assert sorted(file.stem for file in LATER.glob("*.yaml")) == [story.story for story in later()]
    assert sorted(file.stem for file in KEPT.glob("*.yaml")) == [story.story for story in kept()]
    assert len(set(files)) == len(files)


def test_article_ids_are_unique() -> None:
    ids = Counter(article.id for story in EVERY for article in story.articles)
    assert [name for name, times in ids.items() if times > 1] == []


@each
def test_articles_stand_in_order_at_outlets_of_their_language(story: WeekStory) -> None:
    times = [article.at for article in story.articles]
    assert times == sorted(times)
    assert len({article.outlet for article in story.articles}) >= 1
    for article in story.articles:
        assert article.id.startswith(f"{story.story}-")
        assert article.language.split("-")[0] == OUTLETS[article.outlet]["language"], article.id
        assert not article.agency or article.agency in {str(outlet["name"]) for outlet in OUTLETS.values()}


@each
def test_articles_are_of_a_reports_length(story: WeekStory) -> None:
    for article in story.articles:
        text = " ".join(article.text)
        size = len(text) / 1.8 if article.language.startswith("zh") else len(text.split())
        assert 80 <= size <= 260, (article.id, size)


@each
def test_texts_are_in_the_language_they_name(story: WeekStory) -> None:
    scripts = {"zh": r"[\u4e00-\u9fff]", "ar": r"[\u0600-\u06ff]", "en": r"[A-Za-z]"}
    for article in story.articles:
        text = " ".join(article.text)
        letters = len(re.findall(scripts[article.language.split("-")[0]], text))
        assert letters > 0.6 * len(plain(text)), article.id


@each
def test_each_fact_is_told_on_its_day_and_not_before(story: WeekStory) -> None:
    assert len({fact.id for fact in story.facts}) == len(story.facts)
    for fact in story.facts:
        spoken = {article.id: article.sentences for article in story.articles}
        on = [s for article in story.articles if article.day == fact.day for s in spoken[article.id]]
        before = [s for article in story.articles if article.day < fact.day for s in spoken[article.id]]
        everywhere = [s for said in spoken.values() for s in said]
        assert any(fact.told(sentence) for sentence in on), (fact.id, "is not told on its day")
        assert [s for s in before if fact.told(s)] == [], (fact.id, "is told before its day")
        for words in fact.any:
            assert any(holds(sentence, words) for sentence in everywhere), (
                fact.id,
                words,
                "stand nowhere together",
            )


@each
def test_a_superseded_fact_names_a_later_one(story: WeekStory) -> None:
    days = {fact.id: fact.day for fact in story.facts}
    for fact in story.facts:
        if fact.superseded_by:
            assert days[fact.superseded_by] >= fact.day
            assert fact.superseded_by != fact.id


@each
def test_clean_sentences_are_written_anew_on_a_day_with_reports(story: WeekStory) -> None:
    first = story.articles[0].day
    assert len({plain(clean.text) for clean in story.clean}) == len(story.clean)
    for clean in story.clean:
        assert first <= clean.day, clean.text
        if clean.kind != "quote":
            told = [s for article in story.articles for s in article.sentences]
            assert plain(clean.text) not in {plain(sentence) for sentence in told}, clean.text
            body = " ".join(" ".join(article.text) for article in story.articles)
            assert plain(clean.text) not in plain(body), clean.text


@each
def test_quoted_words_stand_in_an_article(story: WeekStory) -> None:
    for clean in story.clean:
        said = plain(" ".join(" ".join(a.text) for a in story.articles if a.day <= clean.day))
        for quoted in re.findall(r"“([^”]+)”|\"([^\"]+)\"|「([^」]+)」|«([^»]+)»", clean.text):
            words = next(part for part in quoted if part)
            assert plain(words) in said, (clean.text, words)
