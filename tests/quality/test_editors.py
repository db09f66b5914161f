"""How many true sentences the check refuses of those that were written before it had seen them.

What it refuses now is less than at first sight (README.md): all batches but the sixth were looked at since.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.domain import summaries
from bot.evaluation.injection import read
from tests.quality.editors import BATCHES, clusters

REFUSED = {
    "first": (0.03, 0.14),
    "second": (0.02, 0.09),
    "third": (0.04, 0.18),
    "fourth": (0.06, 0.14),
    "fifth": (0.04, 0.13),
    "sixth": (0.07, 0.29),
}
"""Most that may be refused, hard and in all."""


@pytest.mark.parametrize("batch", BATCHES)
def test_true_sentences_of_other_topics_are_let_through(batch: str, tmp_path: Path) -> None:
    path = tmp_path / "clusters.jsonl"
    path.write_text(
        "\n".join(json.dumps(one, ensure_ascii=False) for one in clusters(batch)), encoding="utf-8"
    )
    verdicts = [
        summaries.check([one.text], story.upto(one.until))[0] for story in read(path) for one in story.clean
    ]
    hard, some = REFUSED[batch]
    assert len(verdicts) >= 60
    assert sum(one.hard for one in verdicts) <= hard * len(verdicts)
    assert sum(not one.ok for one in verdicts) <= some * len(verdicts)
