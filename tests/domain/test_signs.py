"""Patterns that are looked for only where a word stands that they need."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.summaries import clean
from bot.domain.summaries.signs import Signs, folded

RULES = [
    pytest.param(needs, pattern, id=f"{name}-{at}")
    for name in ("STEERING", "ADDRESS", "SELLING", "FURNITURE")
    for at, (needs, pattern) in enumerate(getattr(clean, name).rules)
]


@pytest.mark.parametrize(("needs", "pattern"), RULES)
def test_no_text_that_a_pattern_matches_lacks_all_of_its_needs(
    needs: tuple[str, ...], pattern: re.Pattern[str]
) -> None:
    @settings(max_examples=30, database=None, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(pattern))
    def holds(text: str) -> None:
        assert any(need in folded(text) for need in needs), text

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        holds()


def test_any_of_the_patterns_is_found_in_any_case_and_script() -> None:
    signs = Signs(
        [("buy|sell", r"\b(?:buy|sell)\s+now\b"), ("", r"^\d+%"), ("risk", "risk-free")],
        han="立即购买",
        arabic="اشتر",
    )
    found = ["Buy now", "so SELL  NOW", "9% off", "a R\u0131SK-FREE deal", "请立即购买", "ا اشتر الآن"]
    assert [text for text in found if not signs.search(text)] == []
    assert [text for text in ["buying", "sold now", "at 9%", "购买", "", "risk"] if signs.search(text)] == []
