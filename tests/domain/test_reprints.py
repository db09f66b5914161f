from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reprints import HOLDERS, LOOKED_UP, MIN_RUNS, Texts, runs, shared
from bot.types import ArticleId

NOW = datetime(2026, 11, 20, tzinfo=UTC)
WINDOW = timedelta(days=4)


def invented(first: int, count: int) -> str:
    """Words that no two numbers share, of letters alone."""
    letters = str.maketrans("0123456789", "bdfgklmnpr")
    return " ".join(f"ka{n:05d}o".translate(letters) for n in range(first, first + count))


def test_a_snippet_of_a_long_text_is_found_as_its_copy() -> None:
    texts = Texts(WINDOW)
    texts.add(ArticleId(1), runs(invented(0, 600)), NOW)
    texts.add(ArticleId(2), runs(invented(5000, 600)), NOW)
    found = texts.original(runs(invented(200, 60)), NOW + timedelta(hours=3))
    assert found is not None
    assert found.article == ArticleId(1)
    assert found.share > 0.9


def test_half_of_another_text_is_a_copy_and_a_third_is_none() -> None:
    texts = Texts(WINDOW)
    texts.add(ArticleId(1), runs(invented(0, 400)), NOW)
    assert texts.original(runs(f"{invented(0, 230)} {invented(9000, 170)}"), NOW) is not None
    assert texts.original(runs(f"{invented(0, 130)} {invented(9000, 270)}"), NOW) is None


def test_what_is_outside_the_window_forgotten_or_too_short_is_no_original() -> None:
    texts, text = Texts(WINDOW), runs(invented(0, 300))
    texts.add(ArticleId(1), text, NOW)
    assert texts.original(text, NOW + WINDOW + timedelta(hours=1)) is None
    assert texts.original(runs(invented(0, MIN_RUNS)), NOW) is None
    texts.forget(ArticleId(1))
    assert texts.original(text, NOW) is None
    texts.forget(ArticleId(1))


def test_a_text_that_very_many_outlets_carry_is_still_found_by_its_first() -> None:
    texts, text = Texts(WINDOW), runs(invented(0, 200))
    for number in range(1, HOLDERS * 2):
        texts.add(ArticleId(number), text, NOW)
    found = texts.original(text, NOW)
    assert found is not None
    assert found.article == ArticleId(1)


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 40), st.integers(12, 60), st.booleans()), max_size=60
    ),
    st.sampled_from([1, 20, 200]),
)
def test_sorted_arrays_find_what_a_dictionary_alone_would_find_whatever_was_forgotten(
    moves: list[tuple[int, int, int, bool]], latest: int
) -> None:
    plain, merged = Texts(WINDOW), Texts(WINDOW, latest=latest)
    line = invented(7000, 20)  # that half of all texts carry
    for number, (event, start, length, carries) in enumerate(moves, start=1):
        text = runs(invented(1000 * event + start, length) + (f" {line}" if carries else ""))
        assert merged.original(text, NOW) == plain.original(text, NOW)
        for texts in (plain, merged):
            texts.add(ArticleId(number), text, NOW)
            if length % 3 == 0:
                texts.forget(ArticleId(number // 2))


def test_a_line_that_all_texts_carry_hides_no_copy_when_its_first_carriers_are_forgotten() -> None:
    texts, line = Texts(WINDOW, latest=500), invented(90_000, 40)
    for number in range(1, 500):
        texts.add(ArticleId(number), runs(f"{invented(100 * number, 20)} {line}"), NOW)
    for number in range(1, 460):
        texts.forget(ArticleId(number))
    found = texts.original(runs(line), NOW)
    assert found is not None
    assert found.article == ArticleId(460)


def test_forgotten_texts_leave_the_arrays_when_these_are_merged() -> None:
    texts, length = Texts(WINDOW, latest=200), 60
    for number in range(1, 600):
        texts.add(ArticleId(number), runs(invented(100 * number, length)), NOW)
        if number > 20:
            texts.forget(ArticleId(number - 20))
    # Twenty texts live; what the last merger has not seen is all that may be held beside them.
    assert texts.held() < 599 * length / LOOKED_UP / 4


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_share_is_the_same_from_both_sides_and_within_bounds(a: int, b: int) -> None:
    one, other = runs(invented(0, a)), runs(invented(20, b))
    assert shared(one, other) == shared(other, one)
    assert 0 <= shared(one, other) <= 1
    assert shared(one, one) == (1.0 if one.size else 0.0)
