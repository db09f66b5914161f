"""The judge's calibration: asked only of what the check doubts; a threshold that holds on the other half."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Broken, Misconfigured
from bot.evaluation import judging

TEXT = (
    "On Monday engineers reopened the harbour of Port Elin after six weeks. Forty ships were waiting. "
    "Dredging crews removed 12,000 tonnes of silt. The union said that 300 workers had lost their wages."
)
DOUBTED = (
    "Engineers reopened the harbour of Port Elin, a feat that amazed painters, bakers, poets and gardeners "
    "of class {}."
)


def data(path: Path, rows: int = 200) -> Path:
    """Doubtful claims that are true and false in turn by label, and some that the check settles itself."""
    claims = [
        {"sources": [TEXT], "claim": DOUBTED.format("abcdefghij"[at % 10]), "supported": at % 3 == 0}
        for at in range(rows)
    ]
    claims += [{"sources": [TEXT], "claim": "Forty ships were waiting.", "supported": True}] * 20
    claims += [
        {"sources": [TEXT], "claim": "Dredging crews removed 99,999 tonnes of silt.", "supported": False}
    ] * 20
    path.write_text("\n".join(json.dumps(one) for one in claims), encoding="utf-8")
    return path


class Judging:
    """Knows the label by its turn, and is always far too sure of itself."""

    def __init__(self, *, knows: bool = True) -> None:
        self.knows, self.asked = knows, list[str]()

    async def __call__(self, messages: Sequence[Mapping[str, str]]) -> float:
        self.asked.append(messages[1]["content"])
        true = (len(self.asked) - 1) % 3 == 0
        return (0.97 if true else 0.9) if self.knows else 0.93 + 0.01 * (len(self.asked) % 5)


def calibrate(path: Path, ask: judging.Ask) -> dict[str, Any]:
    return asyncio.run(judging.calibrate(path, ask, "Answer Yes or No."))


def test_only_doubts_are_asked_and_the_threshold_parts_true_from_false(tmp_path: Path) -> None:
    judge = Judging()
    found = calibrate(data(tmp_path / "c.jsonl"), judge)
    assert (found["claims"], found["doubtful"], found["asked"]) == (240, 200, 200)
    assert not any("Claim: Forty ships" in one or "99,999" in one for one in judge.asked)
    assert found["auc"] == 1.0
    assert 0.9 < found["threshold"] <= 0.97
    assert (found["kept"], found["false"]) == (1.0, 0.0)
    assert found["error_scaled"] < found["error"], "0.9 for what is false is no probability"
    assert math.isfinite(found["scale"]["a"])


def test_a_judge_that_knows_nothing_gets_no_threshold(tmp_path: Path) -> None:
    found = calibrate(data(tmp_path / "c.jsonl"), Judging(knows=False))
    assert found["threshold"] is None
    assert found["kept"] == 0.0


def test_too_little_to_calibrate_on_and_a_server_without_probabilities_are_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="too few"):
        calibrate(data(tmp_path / "few.jsonl", 10), Judging())

    async def silent(_: Sequence[Mapping[str, str]]) -> float:
        raise Broken("it gives no probabilities")

    with pytest.raises(Misconfigured) as caught:
        calibrate(data(tmp_path / "c.jsonl"), silent)
    assert "no probabilities" in (caught.value.hint or "")
