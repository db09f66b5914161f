"""What the index remembers, corrects, and survives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.stories import Counts, Incoming, Index, Placed, Vector, meaning, search
from bot.domain.stories.features import EMPTY, Features, products, read
from bot.domain.stories.open import Member, Open
from bot.domain.stories.search import Postings, Vectors
from bot.domain.stories.words import FIRST, Words
from bot.types import Article, ArticleId, Placement, PlacementKind, StoryId
from tests.domain.test_stories import FIRE, PORT, article, outlet, sample_articles


def rows(index: Index, placed: Iterable[Placement], articles: Mapping[ArticleId, Article]) -> list[Placed]:
    return [
        Placed(number, articles[one.article], replace(one, story=index.story_of(one.article)))
        for number, one in enumerate(placed, start=1)
    ]


def a_vector(*numbers: float) -> Vector:
    padded = np.zeros(64)
    padded[: len(numbers)] = numbers
    return (padded / np.linalg.norm(padded)).astype(np.float16)


# ----------------------------------------------------------------------------------------- by hand, for ever


def two_stories() -> tuple[Index, StoryId, StoryId]:
    index = Index()
    one = index.place(article(1, "DP World invests in Tartus", PORT), outlet("a")).story
    other = index.place(article(2, "Wildfires spread in Latakia", FIRE), outlet("b")).story
    return index, one, other


def test_a_merge_by_hand_keeps_the_older_id_and_all_articles() -> None:
    index, one, other = two_stories()
    done = index.merge(other, one)
    assert (done.source, done.target, done.articles, done.by_hand) == (other, one, (2,), True)
    assert index.story(one).articles == (1, 2)
    assert not index.is_open(other)
    later = index.place(
        article(3, "Wildfires in Latakia go on", FIRE[:200] + " They go on.", hours=1), outlet("c")
    )
    assert later.story == one
    assert index.taken()[0] == (done,)
    assert index.taken()[0] == ()


def test_what_a_person_split_is_never_merged_again() -> None:
    index = Index()
    texts = [f"{PORT} The {word} report says more of the port." for word in ("first", "second")]
    first = index.place(article(1, "DP World invests in Tartus port", texts[0][:180]), outlet("a"))
    second = index.place(article(2, "DP World invests in the Tartus port", texts[1][-200:]), outlet("b"))
    assert second.story == first.story
    done = index.split(first.story, [ArticleId(2)])
    assert done.split
    assert done.target != first.story
    assert index.story(first.story).articles == (1,)
    for number in range(3, 9):
        index.place(article(number, f"DP World, Tartus port: {number}", texts[0][20:], hours=1), outlet("c"))
    assert index.is_open(done.target)
    assert index.is_open(first.story)


def test_a_split_must_leave_something_on_both_sides() -> None:
    index, one, _ = two_stories()
    for articles in ([ArticleId(1)], [ArticleId(2)], []):
        with pytest.raises(KeyError):
            index.split(one, articles)
    with pytest.raises(KeyError):
        index.merge(one, StoryId(99))


def test_a_split_outlives_a_restart() -> None:
    index, one, other = two_stories()
    index.merge(one, other)
    done = index.split(one, [ArticleId(2)])
    by_id = {
        ArticleId(1): article(1, "DP World invests in Tartus", PORT),
        ArticleId(2): article(2, "W", FIRE),
    }
    placed = [
        Placement(article=key, kind=PlacementKind.FOUND, story=StoryId(0), similarity=0, why="")
        for key in by_id
    ]
    again = Index.rebuild(rows(index, placed, by_id), outlet, next_id=9, apart=[(done.source, done.target)])
    assert again.story(one).articles == (1,)
    assert again._apart == {one: {done.target}, done.target: {one}}


# ----------------------------------------------------------------------------------------------- surviving


class Unreadable(str):
    """A text that cannot be looked at."""

    __slots__ = ()

    def __getitem__(self, key: object) -> str:
        raise RuntimeError("no")


def test_an_article_that_breaks_grouping_becomes_a_story_of_its_own_and_stops_nobody() -> None:
    index = Index()
    bad = replace(article(1, "Bad", ""), text=Unreadable("x"))
    batch = [Incoming(bad, outlet("a")), Incoming(article(2, "Wildfires in Latakia", FIRE), outlet("b"))]
    first, second = index.place_batch(batch)
    assert (first.kind, second.kind) == (PlacementKind.FOUND, PlacementKind.FOUND)
    assert first.story != second.story
    assert index.taken()[1] == ((ArticleId(1), "RuntimeError: no"),)
    again = Index.rebuild([Placed(1, bad, first)], outlet)
    assert again.story(first.story).articles == (1,)


def test_counts_are_frozen_and_a_restart_from_them_goes_on_exactly() -> None:
    found = sample_articles()
    many = [
        (
            replace(
                one, id=ArticleId(one.id + 1000 * turn), published_at=one.published_at + timedelta(hours=turn)
            ),
            o,
            t,
        )
        for turn in range(3)
        for one, o, t in found
    ]
    by_id = {one.id: one for one, _, _ in many}
    index, placed, counts = Index(), list[Placement](), dict[int, Counts]()
    for start in range(0, 200, 20):
        placed += index.place_batch(many[start : start + 20])
        counted = index.taken()[2]
        if counted is not None:
            counts[len(placed)] = Counts.unpacked(counted.packed())
    assert counts
    again = Index.rebuild(rows(index, placed, by_id), outlet, counts=counts)
    assert again.place_batch(many[200:]) == index.place_batch(many[200:])
    assert again.taken() == index.taken()


def test_frozen_counts_come_back_as_they_were() -> None:
    words = Words()
    for number in range(FIRST):
        words.learn(["damascus", f"word{number}"], "en")
    counts = words.settle()
    assert counts is not None
    assert Counts.unpacked(counts.packed()) == counts
    assert words.weight("damascus", "en") < words.weight("tartus", "en")
    assert words.settle() is None


# ----------------------------------------------------------------------------------------- across languages


def test_one_meaning_in_two_languages_is_one_story() -> None:
    index = Index()
    seen = a_vector(1, 2, 3)
    near = a_vector(1, 2, 3.5)
    far = a_vector(-3, 1, 0)
    first = index.place(article(1, "Fires in the hills", FIRE), outlet("a"), (), seen)
    chinese = replace(article(2, "山区起火", "消防队员正在山区灭火，居民已经撤离。" * 3), language="zh")
    assert index.place(chinese, outlet("b"), (), near).story == first.story
    other = replace(article(3, "股市上涨", "股市今天上涨，投资者期待降息。" * 3), language="zh")
    assert index.place(other, outlet("b"), (), far).story != first.story


def test_without_vectors_two_shared_names_join_languages_and_one_does_not() -> None:
    index = Index()
    english = "Typhoon Nanmadol reached Kagoshima; 140000 homes are dark."
    first = index.place(article(1, "Typhoon Nanmadol hits Kagoshima", english), outlet("a"))
    malay = "Taufan Nanmadol melanda Kagoshima; 140000 rumah gelap."
    joined = index.place(
        replace(article(2, "Taufan Nanmadol landa Kagoshima", malay), language="ms"), outlet("b")
    )
    assert joined.story == first.story
    one = replace(article(3, "20", "20"), language="ms")
    alone = index.place(replace(article(4, "20", "20"), language="en"), outlet("c"))
    assert index.place(one, outlet("b")).story != alone.story


def test_a_meaning_has_length_one_and_no_length_where_there_is_none() -> None:
    mean = np.zeros(3, dtype=np.float32)
    assert float(np.linalg.norm(meaning([1, 0, 0], [0, 1, 0], mean))) == pytest.approx(1, abs=1e-3)
    assert not meaning([0, 0, 0], [0, 0, 0], mean).any()


# ------------------------------------------------------------------------------------------------- searching


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 5), st.booleans()), max_size=60))
def test_postings_hold_what_was_added_and_not_taken_away(moves: list[tuple[int, int, bool]]) -> None:
    postings, held = Postings(), set[tuple[int, int]]()
    for word, story, add in moves:
        if add and (word, story) not in held:
            postings.add([word], StoryId(story))
            held.add((word, story))
        elif not add:
            postings.remove([word], StoryId(story))
            held.discard((word, story))
    for word in range(7):
        assert set(postings.search({word: 1.0})) == {story for one, story in held if one == word}


@settings(max_examples=50)
@given(
    st.dictionaries(st.integers(0, 50), st.floats(0.1, 1)),
    st.dictionaries(st.integers(0, 50), st.floats(0.1, 1)),
)
def test_a_sparse_product_is_the_plain_one(a: dict[int, float], b: dict[int, float]) -> None:
    def arrays(one: dict[int, float]) -> tuple[np.ndarray, np.ndarray]:
        ids = sorted(one)
        return np.array(ids, dtype=np.uint32), np.array([one[key] for key in ids], dtype=np.float32)

    plain = sum(value * b.get(key, 0) for key, value in a.items())
    none = (EMPTY, EMPTY.astype(np.float32))
    found = products(*arrays(a), [arrays(b), none]) if a else [0.0, 0.0]
    assert found == pytest.approx([plain, 0.0], abs=1e-5)


def test_vectors_find_the_nearest_of_other_languages_and_forget_the_oldest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "RING", 150)
    chance = np.random.default_rng(7)
    index, vectors = Index(), Vectors()

    def features(language: str, vector: Vector) -> Features:
        return read(replace(article(1, "t", ""), language=language), index._words, vector).features

    targets = [chance.standard_normal(64) for _ in range(300)]
    for number, target in enumerate(targets):
        vectors.add(ArticleId(number), features("zh" if number % 2 else "ar", a_vector(*target)))
    for number, target in enumerate(targets):
        near = vectors.search(features("en", a_vector(*(target + 0.1 * chance.standard_normal(64)))))
        assert (near[0] == number) == (number >= 150)
        assert len(near) == 8
    assert all(article % 2 == 0 for article in vectors.search(features("zh", a_vector(*targets[299]))))


# ------------------------------------------------------------------------------------------------- sums


def a_member(number: int, words: list[int], language: str, *, copy: bool = False) -> Member:
    one = replace(
        article(number, f"Title {number}", " ".join(f"Word{word}" for word in words)), language=language
    )
    got = read(one, Words(), a_vector(*words) if number % 3 else None).features
    return Member(
        number=number,
        article=one.id,
        title=one.title,
        at=one.published_at,
        voice="v",
        need=0.3,
        features=got,
        copy=copy,
        topics=(),
    )


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 60), min_size=1, max_size=12),
            st.sampled_from(["en", "fr"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=30,
    ),
    st.integers(0, 30),
)
@settings(max_examples=40, deadline=None)
def test_a_story_is_the_same_added_up_at_once_or_one_by_one(
    drawn: list[tuple[list[int], str, bool]], cut: int
) -> None:
    members = [
        a_member(number, words, language, copy=copy)
        for number, (words, language, copy) in enumerate(drawn, start=1)
    ]
    one, several, halves = Open(StoryId(1)), Open(StoryId(1)), Open(StoryId(1))
    for member in members:
        one.add([member])
    several.add(members)
    halves.add(members[:cut])
    halves.add(members[cut:])
    for other in (several, halves):
        assert (other.title, other.norm2, other.need, other.size) == (
            one.title,
            one.norm2,
            one.need,
            one.size,
        )
        assert other.parts.keys() == one.parts.keys()
        for key, part in one.parts.items():
            assert np.array_equal(other.parts[key].ids, part.ids)
            assert np.array_equal(other.parts[key].values, part.values)
            assert (part.meaning is None) == (other.parts[key].meaning is None)
            if part.meaning is not None:
                assert np.array_equal(part.meaning, np.asarray(other.parts[key].meaning))
