from __future__ import annotations

import inspect
import itertools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.embedders import offline
from bot.demo.samples import load
from bot.errors import Misconfigured
from bot.evaluation import TASKS, clustering, reprints, routing
from bot.evaluation.routing import average_precision

OUTLETS, SAMPLES = load(datetime(2026, 11, 20, 6, tzinfo=UTC))
LANGUAGE = {one.id: one.language for one in OUTLETS}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("embedder", ["none", "auto"])
async def test_the_sample_newsroom_is_filed_as_it_should_be(tmp_path: Path, embedder: str) -> None:
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
    figures = await routing.evaluate(written(tmp_path / "routing.jsonl", rows), embedder=embedder)
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


async def evaluated(task: str, data: Path) -> None:
    figures = TASKS[task]()(data)
    if inspect.isawaitable(figures):
        await figures


def test_average_precision_is_the_mean_of_precisions_at_the_gold_ranks() -> None:
    assert average_precision([(0.9, True), (0.8, False), (0.7, True)]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([(0.5, True), (0.5, False)]) == pytest.approx(0.5)  # a tie is no luck
    assert average_precision([(0.5, False)]) == 0.0


@pytest.mark.parametrize("task", ["clustering", "routing", "reprints"])
async def test_a_line_that_is_no_data_is_named_by_number(tmp_path: Path, task: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("\n{}\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match="line 2"):
        await evaluated(task, path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(Misconfigured, match="line 1"):
        await evaluated(task, path)
    with pytest.raises(Misconfigured, match="cannot read"):
        await evaluated(task, tmp_path / "nowhere")


async def test_an_embedder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "data.jsonl", [{"title": "A", "story": "1"}])
    assert (await clustering.evaluate(path))["stories"] == 1
    with pytest.raises(Misconfigured, match="embedder"):
        await clustering.evaluate(path, embedder="dreams")


SYRIA = {
    "id": "1",
    "title": "Syria names ministers",
    "text": "Damascus",
    "language": "en",
    "topics": ["syria"],
}


def encoded(row: dict[str, Any], **changes: Any) -> str:
    kept = {key: value for key, value in {**row, **changes}.items() if value != "absent"}
    return json.dumps(kept, ensure_ascii=False)


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": None},
        {"text": "absent"},
        {"id": 7},
        {"id": "absent"},
        {"language": "absent"},
        {"language": None},
        {"language": "xx"},
        {"language": "EN-gb"},
        {"language": "und"},
        {"text": "two\u2028lines, one\x85record"},
        {"text": "Damascus " * 20_000},
        {"more": {"nested": [1]}},
    ],
)
@pytest.mark.parametrize("embedder", ["none", "auto"])
async def test_what_a_stranger_leaves_out_or_adds_does_no_harm(
    tmp_path: Path, changes: dict[str, Any], embedder: str
) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(encoded(SYRIA, **changes) + "\n", encoding="utf-8")
    figures = await routing.evaluate(path, embedder=embedder)
    assert figures["topics"]["syria"]["f1"] == 1.0
    assert figures["macro"]["f1"] == 1.0  # topics that nobody sought and nobody found say nothing


async def test_a_byte_order_mark_crlf_and_blank_lines_are_no_data(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\r\n" + encoded(SYRIA).encode() + b"\r\n\r\n" + encoded(SYRIA).encode())
    assert (await routing.evaluate(path, embedder="none"))["articles"] == 2


async def test_an_article_of_several_topics_counts_for_each(tmp_path: Path) -> None:
    both = {**SYRIA, "title": "US and China quarrel over Syria sanctions", "topics": ["syria", "us-china"]}
    figures = await routing.evaluate(written(tmp_path / "d.jsonl", [both]), embedder="none")
    assert {slug: one["recall"] for slug, one in figures["topics"].items()} == {
        "syria": 1.0,
        "us-china": 1.0,
        "indo-pacific": 0.0,
    }
    assert figures["none_rate"] == 0.0


@pytest.mark.parametrize(
    ("task", "row", "said"),
    [
        ("routing", {"title": "A", "topics": "syria"}, "topics wants a list of names"),
        ("routing", {"title": "A", "topics": [1]}, "topics wants a list of names"),
        ("routing", {"title": ["A"], "topics": []}, "title wants text"),
        ("routing", {"title": "A", "topics": [], "language": 3}, "language wants text"),
        ("routing", {"title": "A"}, "lacks topics"),
        ("reprints", {"a": "A", "b": "B", "reprint": "yes"}, "reprint wants true or false"),
        ("reprints", {"a": "A", "b": 3, "reprint": True}, "b wants text"),
        ("clustering", {"title": "A", "story": None}, "story wants a name"),
        (
            "clustering",
            {"title": "A", "story": "1", "published_at": "yesterday"},
            "published_at wants a moment",
        ),
        ("clustering", {"title": "A", "story": "1", "published_at": 17}, "published_at wants a moment"),
    ],
)
async def test_a_value_of_no_use_is_named_with_its_line_and_field(
    tmp_path: Path, task: str, row: dict[str, Any], said: str
) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("\n" + json.dumps(row), encoding="utf-8")
    with pytest.raises(Misconfigured, match=said) as raised:
        await evaluated(task, path)
    assert "line 2" in str(raised.value)
    assert raised.value.hint


@pytest.mark.parametrize("task", ["clustering", "routing", "reprints"])
async def test_a_file_without_data_is_refused(tmp_path: Path, task: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("\n\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match="no data"):
        await evaluated(task, path)


async def test_stories_of_strange_articles_are_judged_all_the_same(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"title": "", "text": "", "story": 1},
        {"title": None, "text": None, "story": 1, "published_at": "2026-03-02T06:00:00"},
        {"title": "Ferry sinks", "story": "2", "language": "zh-Hant", "published_at": "2026-03-02T06:00:00Z"},
        {"title": "Ferry sinks", "story": 2, "language": "qq", "outlet": None, "published_at": ""},
    ]
    figures = await clustering.evaluate(written(tmp_path / "d.jsonl", rows), embedder="none")
    assert figures["articles"] == 4


def test_empty_texts_are_no_reprints(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"a": "", "b": "", "reprint": False},
        {"a": "Ferry sinks.", "b": None, "reprint": 0},
    ]
    assert reprints.evaluate(written(tmp_path / "d.jsonl", rows))["pairs"] == 2


async def test_plain_ways_and_the_cold_start_stand_beside_our_stories(tmp_path: Path) -> None:
    told = ["Ferry sinks off Port Sellan, forty are missing", "Forty missing as ferry sinks off Port Sellan"]
    other = ["Parliament votes on the budget of the railways", "Budget of railways before parliament today"]
    rows = [
        {"title": title, "text": f"{title}. Officials said more on Monday.", "story": story, "language": "en"}
        for story, titles in (("ferry", told), ("budget", other))
        for title in titles
    ]
    path = written(tmp_path / "d.jsonl", rows)
    bare = (await clustering.evaluate(path, embedder="none", baseline=True))["baseline"]
    assert set(bare) == {"tf-idf of titles", "tf-idf", "ours, no word lists"}
    for figures in bare.values():
        assert set(figures) == {"b3_precision", "b3_recall", "b3_f1", "mixed_share"}
        assert all(0 <= value <= 1 for value in figures.values())
    assert bare["tf-idf"]["b3_f1"] == 1.0  # these are easy
    assert "baseline" not in await clustering.evaluate(path, embedder="none")


@pytest.mark.skipif(not offline.installed(), reason="the extra embedder is not installed")
async def test_with_vectors_they_are_a_plain_way_too(tmp_path: Path) -> None:
    rows = [{"title": f"Ferry {n} sinks off Port Sellan", "story": "1", "language": "en"} for n in range(3)]
    figures = await clustering.evaluate(
        written(tmp_path / "d.jsonl", rows), embedder="offline", baseline=True
    )
    assert set(figures["baseline"]) == {
        "tf-idf of titles",
        "tf-idf",
        "vectors",
        "ours, no word lists",
        "ours, no mean vector",
    }
    assert figures["warm_start_seconds"] >= 0
