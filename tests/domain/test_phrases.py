"""Words, plurals and dates of the interface."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.adapters.catalogues import catalogue
from bot.domain.cleaning import renumbered
from bot.domain.phrases import outlets, voices
from bot.domain.wording import INTERFACE, LRM, RLM, Wording
from bot.errors import Misconfigured
from bot.types import Item
from tests.domain import random_digests
from tests.golden.sample import wording

LANGUAGES = INTERFACE


def alone(language: str) -> Wording:
    """Without the fallback."""
    return Wording.from_mapping(language, catalogue(language))


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_key_and_fills_the_same_names(language: str) -> None:
    ours, english = alone(language).texts, alone("en").texts
    assert set(ours) == set(english)
    for key, text in ours.items():
        expected = english[key]
        wanted = names(expected) if isinstance(expected, str) else names(expected["other"])
        assert names(text if isinstance(text, str) else text["other"]) <= wanted | {"n"}, key
        assert isinstance(text, Mapping) == isinstance(expected, Mapping), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_has_exactly_the_forms_that_its_language_knows(language: str) -> None:
    words = alone(language)
    wanted = {words.locale.plural_form(number) for number in range(1000)} | {"other"}
    for key, text in words.texts.items():
        if isinstance(text, Mapping):
            assert set(text) == wanted, key


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("en", 1, "1 article read"),
        ("en", 1412, "1,412 articles read"),
        ("zh", 1, "已读 1 篇文章"),
        ("ar", 0, "لم تُقرأ أي مقالة"),
        ("ar", 1, "قُرئت مقالة واحدة"),
        ("ar", 2, "قُرئت مقالتان"),
        ("ar", 3, "قُرئت 3 مقالات"),
        ("ar", 11, "قُرئت 11 مقالةً"),
        ("ar", 100, "قُرئت 100 مقالة"),
        ("ar", 103, "قُرئت 103 مقالات"),
    ],
)
def test_numbers_agree_with_their_nouns(language: str, number: int, said: str) -> None:
    assert wording(language).count("footer.articles", number) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Monday, 23 November 2026"), ("zh", "2026年11月23日星期一"), ("ar", "الاثنين، 23 نوفمبر 2026")],
)
def test_dates_are_written_as_readers_write_them(language: str, said: str) -> None:
    assert wording(language).day(date(2026, 11, 23)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (2460, "41 minutes ago"),
        (9000, "2 hours ago"),
    ],
)
def test_ages_are_rounded_to_what_matters(seconds: int, said: str) -> None:
    assert wording("en").ago(timedelta(seconds=seconds)) == said


def test_what_a_language_lacks_is_said_in_the_fallback() -> None:
    words = Wording.from_mapping("ar", {"a": "أ"}, {"a": "A", "b": {"c": "C"}})
    assert (words("a"), words("b.c")) == ("أ", "C")


def test_names_of_the_other_direction_are_closed_by_a_mark() -> None:
    assert wording("en").join(["BBC", "الساحل", "النهار"]) == f"BBC · الساحل{LRM} · النهار{LRM}"
    assert wording("ar").join(["BBC", "الساحل"]) == f"BBC{RLM} ·{RLM} الساحل"
    assert wording("en").settle(wording("en").settle("الساحل")) == f"الساحل{LRM}"


def test_a_missing_key_and_a_wrong_name_say_where() -> None:
    words = Wording.from_mapping("en", {"greeting": "Hello {name}", "broken": "Hello {"})
    with pytest.raises(Misconfigured, match="no wording: key farewell"):
        words("farewell")
    with pytest.raises(Misconfigured, match="greeting"):
        words("greeting", nome="x")
    with pytest.raises(Misconfigured, match="broken"):
        words("broken")


@pytest.mark.parametrize("mapping", [{"a": 1}, {"a": ["x"]}, {"a": {"b": None}}])
def test_what_is_neither_text_nor_table_is_refused(mapping: dict[str, object]) -> None:
    with pytest.raises(Misconfigured, match="must be text"):
        Wording.from_mapping("en", mapping)


@pytest.mark.parametrize("language", ["xx-unknown", "", "english"])
def test_an_unknown_language_is_refused(language: str) -> None:
    with pytest.raises(Misconfigured, match="unknown interface language"):
        Wording.from_mapping(language, {})


def _items(seeds: range) -> list[Item]:
    digests = (random_digests.digest(seed) for seed in seeds)
    return [item for one in digests for section in one.sections for item in section.items]


def test_sources_are_numbered_as_a_reader_meets_them() -> None:
    """From [1], without a gap among those that are listed; each number still means its article."""
    for item in _items(range(60)):
        summary, before = renumbered(item.summary), item.summary
        cited = [number for sentence in summary.sentences for number in sentence.sources]
        assert [*dict.fromkeys(cited)] == [*range(1, len({*cited}) + 1)]
        old = {source.number: source.article for source in before.sources}
        new = {source.number: source.article for source in summary.sources}
        assert sorted(old.values()) == sorted(new.values())
        for one, its in zip(summary.sentences, before.sentences, strict=True):
            assert [new.get(n) for n in one.sources] == [old.get(n) for n in its.sources]
            assert [new.get(p.source) for p in one.proofs] == [old.get(p.source) for p in its.proofs]
        listed = [source.number for source in outlets(replace(item, summary=summary))[0]]
        unknown = {number for number in cited if number not in new}
        assert {*listed} | unknown == {*range(1, len(listed) + len(unknown) + 1)}
        assert renumbered(summary) == summary


@pytest.mark.parametrize(
    ("count", "credited", "reprints", "said"),
    [
        (3, ("", "", ""), 0, "3 independent sources"),
        (3, ("", "AFP*"), 1, "3 independent sources, 1 reprint"),
        (4, ("AFP", "", "", "", "AFP*"), 7, "1 agency report, 7 reprints, 3 own reports"),
        (1, ("AFP", "AFP*"), 1, "single source, 1 agency report, 1 reprint"),
        (1, ("",), 0, "single source"),
        (2, ("AFP", "Reuters"), 0, "2 agency reports"),
        (1, ("AFP", "AFP"), 0, "single source, 1 agency report"),  # one agency is one voice
    ],
)
def test_agencies_copies_and_own_reports_are_told_apart(
    count: int, credited: tuple[str, ...], reprints: int, said: str
) -> None:
    """An asterisk marks a copy: it credited the agency, too, and is no report of its own."""
    some = _items(range(1))[0].summary.sources[0]
    sources = [replace(some, agency=name.strip("*"), reprint=name.endswith("*")) for name in credited]
    assert ", ".join(voices(count, sources, reprints, wording("en"))) == said
