from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.evaluation import faithfulness, summaries
from tests.domain.test_summaries import COAST, HARBOUR

CLAIMS = [
    {
        "sources": [HARBOUR],
        "claim": "Dredging crews removed 12,000 tonnes of silt from the channel.",
        "supported": True,
    },
    {
        "sources": [HARBOUR, COAST],
        "claim": "Fishing crews complained that the compensation promised in October had not been paid.",
        "supported": True,
    },
    {
        "sources": [HARBOUR],
        "claim": "Dredging crews removed 90,000 tonnes of silt from the channel.",
        "supported": False,
        "kind": "number",
    },
    {
        "sources": [COAST],
        "claim": "Ada Brandt resigned over the harbour.",
        "supported": False,
        "kind": "name",
    },
]


def lines(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("\n".join(json.dumps(one) for one in rows) + "\n\n", encoding="utf-8")
    return path


def test_the_faithfulness_figures_follow_from_the_verdicts(tmp_path: Path) -> None:
    found = faithfulness.evaluate(lines(tmp_path / "f.jsonl", CLAIMS))
    assert (found["recall"], found["precision"], found["f1"]) == (1.0, 1.0, 1.0)
    assert (found["balanced_accuracy"], found["false_reject_rate"], found["auc"]) == (1.0, 0.0, 1.0)
    assert found["by_kind"] == {"name": 1.0, "number": 1.0}
    assert found["claims"] == 4
    assert 0.0 <= found["bigram_auc"] <= 1.0
    assert found["ms_per_claim"] > 0


@pytest.mark.parametrize(
    "evaluate", [faithfulness.evaluate, pytest.param(summaries.evaluate, id="summaries")]
)
def test_a_bad_line_is_named(tmp_path: Path, evaluate: object) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"sources": 7}\n', encoding="utf-8")
    with pytest.raises(Misconfigured):
        evaluate(path)  # type: ignore[operator]


def test_no_claims_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no claims"):
        faithfulness.evaluate(lines(tmp_path / "f.jsonl", []))


STORIES = [
    {
        "id": "1",
        "sources": [{"title": "Harbour reopens", "text": HARBOUR}, {"title": "First ship", "text": COAST}],
        "reference": "Engineers reopened the main harbour of Port Elin on Monday after a six-week closure.",
    }
]


def test_summaries_are_measured_or_the_missing_extra_is_named(tmp_path: Path) -> None:
    path = lines(tmp_path / "s.jsonl", STORIES)
    if importlib.util.find_spec("rouge_score") is None:
        with pytest.raises(Misconfigured) as caught:
            summaries.evaluate(path)
        assert "[eval]" in caught.value.hint
        return
    found = summaries.evaluate(path, words=40)
    assert 0.2 < found["rouge1_f"] <= 1.0
    assert found["words"] <= 40


def test_an_unknown_method_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="extractive"):
        summaries.evaluate(lines(tmp_path / "s.jsonl", STORIES), method="magic")
