from __future__ import annotations

import inspect
import itertools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.demo.samples import load
from bot.errors import Misconfigured
from bot.evaluation import TASKS, clustering, reprints, routing
from bot.evaluation.routing import average_precision

OUTLETS, SAMPLES = load(datetime(2026, 11, 20, 6, tzinfo=UTC))
LANGUAGE = {one.id: one.language for one in OUTLETS}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_sample_newsroom_is_filed_as_it_should_be(tmp_path: Path) -> None:
    rows = [
        {
            "id": one.id,
            "title": one.title,
            "text": "\n\n".join(one.paragraphs),
            "language": LANGUAGE[one.outlet],
            "topics": list(one.topics),
        }
        for one in SAMPLES
    ]
    figures = routing.evaluate(written(tmp_path / "routing.jsonl", rows))
    assert set(figures["topics"]) == {"syria", "us-china", "indo-pacific"}
    assert figures["macro"]["recall"] >= 0.95
    assert figures["macro"]["precision"] >= 0.9
    assert figures["none_rate"] > 0


def test_copies_of_an_agency_text_are_told_from_other_reports_of_the_event(tmp_path: Path) -> None:
    port = [one for one in SAMPLES if one.story == "tartus-port"]
    own = {"tartus-what-it-means", "marfa-tartus"}
    rows = [
        {
            "id": f"{a.id}/{b.id}",
            "a": " ".join(a.paragraphs),
            "b": " ".join(b.paragraphs),
            "reprint": not own & {a.id, b.id},
        }
        for a, b in itertools.combinations(port, 2)
    ]
    figures = reprints.evaluate(written(tmp_path / "reprints.jsonl", rows))
    assert figures["f1"] == 1.0
    assert figures["auc"] == 1.0
    assert figures["pairs"] == len(rows)


def test_average_precision_is_the_mean_of_precisions_at_the_gold_ranks() -> None:
    assert average_precision([(0.9, True), (0.8, False), (0.7, True)]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([(0.5, True), (0.5, False)]) == pytest.approx(0.5)  # a tie is no luck
    assert average_precision([(0.5, False)]) == 0.0


@pytest.mark.parametrize("task", ["clustering", "routing", "reprints"])
async def test_a_line_that_is_no_data_is_named_by_number(tmp_path: Path, task: str) -> None:
    async def evaluated(data: Path) -> None:
        figures = TASKS[task]()(data)
        if inspect.isawaitable(figures):
            await figures

    path = tmp_path / "data.jsonl"
    path.write_text("\n{}\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match="line 2"):
        await evaluated(path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(Misconfigured, match="line 1"):
        await evaluated(path)
    with pytest.raises(Misconfigured, match="cannot read"):
        await evaluated(tmp_path / "nowhere")


async def test_an_embedder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "data.jsonl", [{"title": "A", "story": "1"}])
    assert (await clustering.evaluate(path))["stories"] == 1
    with pytest.raises(Misconfigured, match="embedder"):
        await clustering.evaluate(path, embedder="dreams")
