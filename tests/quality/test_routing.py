"""Floors of topic routing on the gold set, pinned with the digest of its files; see README.md here."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from bot.adapters.embedders.offline import installed
from bot.evaluation.lines import read_lines
from bot.evaluation.routing import evaluate

HERE = Path(__file__).parent
SLUGS = ("syria", "us-china", "indo-pacific")
DIGESTS = {"dev": "3912835f49efa50e", "held": "47e501cd15da1ad6"}
FLOORS = {
    ("dev", "none"): {"f1": 0.94, "precision": 0.95, "recall": 0.93, "average_precision": 0.95},
    ("dev", "auto"): {"f1": 0.94, "precision": 0.94, "recall": 0.93, "average_precision": 0.95},
    ("held", "none"): {"f1": 0.92, "precision": 0.92, "recall": 0.91, "average_precision": 0.94},
    ("held", "auto"): {"f1": 0.91, "precision": 0.9, "recall": 0.91, "average_precision": 0.94},
}


@pytest.mark.parametrize(("half", "embedder"), sorted(FLOORS))
async def test_routing_keeps_its_floors(half: str, embedder: str) -> None:
    if embedder == "auto" and not installed():
        pytest.skip("the extra embedder is not installed")
    path = HERE / f"routing_{half}.jsonl"
    assert hashlib.sha256(path.read_bytes()).hexdigest()[:16] == DIGESTS[half], (
        "the corpus changed: measure anew"
    )
    figures = await evaluate(path, baseline=True, embedder=embedder)
    macro, floors = figures["macro"], FLOORS[half, embedder]
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
    counts = Counter((slug, row["language"]) for row in rows for slug in row["topics"] or ("none",))
    least = {"dev": {"en": 40, "zh": 15, "ar": 10}, "held": {"en": 14, "zh": 6, "ar": 4}}[half]
    short = {(slug, code): counts[slug, code] for slug in (*SLUGS, "none") for code, floor in least.items()
             if counts[slug, code] < floor}  # fmt: skip
    assert not short
