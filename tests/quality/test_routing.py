"""Floors of topic routing on the gold set, pinned with the digest of its files; see README.md here."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.evaluation.lines import read_lines
from bot.evaluation.routing import evaluate

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("half", "digest", "floors"),
    [
        (
            "dev",
            "aa9f9e75284ef4d3",
            {"f1": 0.95, "precision": 0.95, "recall": 0.94, "average_precision": 0.96},
        ),
        (
            "held",
            "47e501cd15da1ad6",
            {"f1": 0.92, "precision": 0.92, "recall": 0.91, "average_precision": 0.94},
        ),
    ],
)
def test_routing_keeps_its_floors(half: str, digest: str, floors: dict[str, float]) -> None:
    path = HERE / f"routing_{half}.jsonl"
    assert hashlib.sha256(path.read_bytes()).hexdigest()[:16] == digest, "the corpus changed: measure anew"
    figures = evaluate(path, baseline=True)
    macro = figures["macro"]
    assert {name: macro[name] >= floor for name, floor in floors.items()} == dict.fromkeys(floors, True)
    # The plain list of names is what all this has to be better than.
    assert macro["f1"] > figures["baseline"]["keywords"]["f1"] + 0.1


@pytest.mark.parametrize("half", ["dev", "held"])
def test_the_gold_set_is_what_its_readme_says(half: str) -> None:
    rows = read_lines(HERE / f"routing_{half}.jsonl", ("id", "title", "text", "language", "topics"))
    assert len({row["id"] for row in rows}) == len({row["title"] for row in rows}) == len(rows) > 100
    assert {row["language"] for row in rows} == {"en", "zh", "ar"}
    nowhere = sum(not row["topics"] for row in rows)
    assert 0.4 < nowhere / len(rows) < 0.6
    for slug in ("syria", "us-china", "indo-pacific"):
        assert {row["language"] for row in rows if slug in row["topics"]} == {"en", "zh", "ar"}
