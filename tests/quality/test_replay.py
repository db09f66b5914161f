"""Seven days of the sample week: how much a reader is told twice, and how much of what is new is lost.

The floors are the project's bars; what was measured stands in README.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.embedders.offline import installed
from tests.quality.replay import lines, replay

REPEATS = 0.02
KEPT = 0.9


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not installed(), reason="reports of three languages join by meaning")
async def test_a_week_tells_little_twice_and_loses_little(tmp_path: Path) -> None:
    found = await replay(tmp_path)
    whole = found["all"]
    assert whole["told"] > 200  # or the rates say nothing
    assert whole["repeats"] <= REPEATS, {language: found[language]["repeated"] for language in ("en", "zh")}
    assert whole["new_facts_kept"] >= KEPT, {language: found[language]["lost"] for language in ("en", "zh")}


def test_a_message_is_read_line_by_line_without_what_is_folded() -> None:
    text = "1. Toll rises\nNine died. (Wire)\u00a0[1][2] A road is shut. [3]\n[1] Old\n"
    text += "Toll: no change since Monday"
    assert list(lines(text)) == ["Toll rises", "Nine died.", "A road is shut."]
