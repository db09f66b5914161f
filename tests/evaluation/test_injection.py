"""Errors are false, differ in what they say they differ in, and are the same on every machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Misconfigured
from bot.evaluation import injected
from bot.evaluation.injection import KINDS, Cluster, Scene, inject, read

STORY: dict[str, Any] = {
    "id": "harbour-levy",
    "topic": "sea",
    "sources": [
        {
            "title": "Ardenia sues Brask over levy",
            "text": (
                "Foreign Minister Mara Ostrom said on Tuesday that Ardenia had lost 47 ships "
                "to the levy, and 120 captains. "
                "Ardenia accused Brask of raising the levy by 12 percent. Exports fell to 300 tonnes a week. "
                '"We will never pay for water that is ours," said Piet Halloran, '
                "the head of the shipping union. "
                "The levy may be extended to some of the ferries. Brask rejected the complaint."
            ),
            "language": "en",
            "outlet": "a",
            "published_at": "2026-03-03T08:00:00+00:00",
        },
        {
            "title": "Court in Lydmar takes up the levy",
            "text": (
                "A court in Geneva will hear the complaint in May. "
                "The judge Ida Venn warned both sides to be patient."
            ),
            "language": "en",
            "outlet": "b",
            "published_at": "2026-03-04T08:00:00+00:00",
        },
    ],
}
OTHER = {**STORY, "id": "other", "clean": []}
ONE = {
    "new_number": ("Ardenia lost 47 ships to the levy.", "47"),
    "new_name": ("Piet Halloran rejects the levy.", "Halloran"),
    "new_date": ("Mara Ostrom spoke about the ships on Tuesday.", "Tuesday"),
    "negation": ("The court will hear the complaint.", "will hear"),
    "direction": ("Exports fell to 300 tonnes a week.", "fell"),
    "place": ("The case is heard in Geneva by a court.", "Geneva"),
    "office": ("Foreign Minister Mara Ostrom has complained.", "Foreign"),
    "certainty": ("The levy may be extended to ferries.", "may"),
    "scope": ("The levy could hit some of the ferries.", "some of"),
    "wrong_speaker": ('"We will never pay for water," said Piet Halloran.', "Piet Halloran"),
    "changed_quotation": (
        '"We will never pay for water that is ours," a man said.',
        "We will never pay for water that is ours",
    ),
    "number_swap": ("In all, 47 ships and 120 captains were lost.", "47 ships"),
    "name_swap": ("Piet Halloran rejects the levy.", "Piet Halloran"),
}
"""Kind: a sentence, and the words of it that the error takes away."""


def cluster(*clean: str, **more: Any) -> Cluster:
    rows = [{**STORY, **more, "clean": [{"text": one, "kind": "plain"} for one in clean]}, OTHER]
    return _read(rows)[0]


def _read(rows: Sequence[object], path: Path | None = None) -> tuple[Cluster, ...]:
    file = path or Path(os.environ["PYTEST_INJECTION"])
    file.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in rows), encoding="utf-8")
    return read(file)


@pytest.fixture(autouse=True)
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_INJECTION", str(tmp_path / "stories.jsonl"))


def made(kind: str, clean: str) -> list[str]:
    story = cluster(clean)
    return [one.text for one in inject(story, [story]) if one.kind == kind and one.clean.text == clean]


@pytest.mark.parametrize(("kind", "sentence", "gone"), [(kind, *two) for kind, two in ONE.items()])
def test_an_error_changes_what_its_kind_says(kind: str, sentence: str, gone: str) -> None:
    found = made(kind, sentence)
    assert len(found) == 1
    assert found[0] != sentence
    assert gone not in found[0]


@pytest.mark.parametrize("kind", ["cause", "unsupported_clause", "new_quotation"])
def test_what_is_added_leaves_the_sentence_as_it_was(kind: str) -> None:
    found = made(kind, "Exports fell to 300 tonnes a week.")
    assert len(found) == 1
    assert found[0].startswith("Exports fell to 300 tonnes a week")
    assert len(found[0]) > len("Exports fell to 300 tonnes a week.") + 8


def test_actors_are_exchanged_whole() -> None:
    assert made("actor_swap", "Ardenia has accused Brask of greed.") == [
        "Brask has accused Ardenia of greed."
    ]


@pytest.mark.parametrize(
    ("kind", "sentence", "gone"),
    [
        ("new_number", "阿尔德尼亚失去了4700艘船。", "4700"),
        ("new_date", "法院将于周四审理这一诉讼。", "周四"),
        ("negation", "法院将于周四审理这一诉讼。", "将于"),
        ("direction", "上周的产量下降到三百吨。", "下降"),
        ("new_number", "خسرت البلاد 4700 سفينة هذا العام.", "4700"),
        ("negation", "سيعقد الطرفان جلسة أخرى في جنيف.", "سيعقد"),
        ("direction", "ارتفع حجم الصادرات هذا الأسبوع.", "ارتفع"),
    ],
)
def test_chinese_and_arabic_sentences_are_changed_too(kind: str, sentence: str, gone: str) -> None:
    found = made(kind, sentence)
    assert len(found) == 1
    assert gone not in found[0]


def test_no_invented_value_stands_in_the_articles() -> None:
    story = cluster(*(sentence for sentence, _ in ONE.values()))
    every = list(inject(story, [story]))
    texts = " ".join(one.text for one in story.sources)
    for one in every:
        assert one.text != one.clean.text
        assert one.text not in texts
        scene = Scene(story, one.clean, [])
        if one.kind == "new_name":
            new = set(one.text.replace(".", "").replace(",", "").split()) - set(
                one.clean.text.replace(".", "").split()
            )
            assert not any(scene.knows(word) for word in new if word[:1].isupper())
    assert {one.kind for one in every} >= set(ONE)


def test_a_lower_bound_is_not_lowered() -> None:
    for text in made("new_number", "Ardenia lost at least 47 ships."):
        assert int("".join(filter(str.isdigit, text))) > 47


def test_the_same_errors_under_any_hash_seed(tmp_path: Path) -> None:
    story = {**STORY, "clean": [{"text": sentence, "kind": "plain"} for sentence, _ in ONE.values()]}
    _read([story, OTHER], tmp_path / "seed.jsonl")
    code = (
        "import sys; from pathlib import Path; from bot.evaluation.injection import inject, read\n"
        "found = read(Path(sys.argv[1]))\n"
        "print([(x.kind, x.text) for one in found for x in inject(one, found)])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "seed.jsonl")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 1000


def test_articles_with_their_story_are_grouped_and_lend_their_own_sentences(tmp_path: Path) -> None:
    rows = [{**one, "id": f"x{at}", "story": "s"} for at, one in enumerate(STORY["sources"])]
    (story,) = _read(rows, tmp_path / "c.jsonl")
    assert len(story.sources) == 2
    assert {one.kind for one in story.clean} == {"verbatim"}


def test_items_of_the_kept_half_are_never_shown(tmp_path: Path) -> None:
    _read([OTHER], tmp_path / "c.jsonl")
    for half in ("kept", "all"):
        with pytest.raises(Misconfigured, match="dev alone"):
            injected.evaluate(tmp_path / "c.jsonl", half=half, show="negation")
    with pytest.raises(Misconfigured, match="no such kind"):
        injected.evaluate(tmp_path / "c.jsonl", half="dev", show="typo")
    assert len(KINDS) == 18
