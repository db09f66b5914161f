"""What the check catches of errors put into the stories that may be looked at; of the kept, totals are read.

The floors are what was measured less three points, of 92 stories since 29 November 2026: the 32 of `later/`
were written without sight of the check, and it refuses three to four times as many of their true sentences as
of the week's.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.evaluation import injected
from bot.evaluation.injection import read
from tests.quality.clusters import clusters

FLOORS = {
    "new_number": 0.92,
    "new_name": 0.95,
    "new_date": 0.94,
    "new_quotation": 0.97,
    "changed_quotation": 0.92,
    "negation": 0.70,
    "actor_swap": 0.62,
    "office": 0.65,
    "direction": 0.58,
    "unsupported_clause": 0.70,
}
"""Share of a kind that is not let through (``any``)."""
CLEAN = {"hard": 0.035, "any": 0.135}
"""Most of the clean sentences that may be refused; the first check refused 45 % and 95 % of them."""


pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("injected")]  # one worker: the figures are made once


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("injected") / "clusters.jsonl"
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in clusters()), encoding="utf-8")
    assert {one.half for one in read(path)} == {"dev", "kept"}
    return injected.evaluate(path, half="dev")


def test_there_are_enough_errors_of_every_kind(figures: dict[str, Any]) -> None:
    assert figures["corrupted"] >= 20 * figures["stories"]
    assert figures["clean"]["n"] >= 8 * figures["stories"]


@pytest.mark.parametrize("kind", FLOORS)
def test_errors_are_caught(figures: dict[str, Any], kind: str) -> None:
    assert figures["kinds"][kind]["any"] >= FLOORS[kind]


@pytest.mark.parametrize("how", CLEAN)
def test_true_sentences_are_let_through(figures: dict[str, Any], how: str) -> None:
    assert figures["clean"][how] <= CLEAN[how]
