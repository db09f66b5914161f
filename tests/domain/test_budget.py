from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.budget import Budget, Price, Prices, forecast, most_tokens, tokens
from bot.errors import Misconfigured
from bot.settings import read_prices

CHEAP, OTHER = Price(tokens_in=0.75, tokens_out=4.5), Price(tokens_in=5, tokens_out=30)
PRICES = Prices(models={"mini": CHEAP}, other=OTHER)


def test_a_model_is_known_by_its_name_a_routers_and_a_versions() -> None:
    assert PRICES.of("mini") == PRICES.of("acme/mini") == PRICES.of("mini-2026-03-01") == CHEAP
    assert PRICES.known("maxi") is None
    assert PRICES.of("maxi") == OTHER


def test_a_cost_is_of_tokens_read_and_written() -> None:
    assert CHEAP.cost(1_000_000, 0) == 0.75
    assert CHEAP.cost(2000, 1000) == pytest.approx(0.006)


def test_a_day_and_a_month_begin_in_their_zone() -> None:
    now = datetime(2026, 11, 30, 20, tzinfo=UTC)
    (day, one), (month, two) = Budget(day=1, month=20, zone="Asia/Taipei").caps(now)
    assert (day, one) == (datetime(2026, 11, 30, 16, tzinfo=UTC), 1)
    assert (month, two) == (datetime(2026, 11, 30, 16, tzinfo=UTC), 20), "there it is December already"


@given(st.text(max_size=400))
def test_the_most_is_more_than_the_guess_for_any_script(text: str) -> None:
    assert 0 <= tokens(text) <= len(text)
    assert most_tokens(text) >= tokens(text)


def test_a_month_ends_as_the_last_days_went() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert forecast(5.0, 3.5, 7.0, now, "UTC") == pytest.approx(5.0 + 10 * 0.5)
    first_hour = forecast(0.1, 0.1, 0.01, now, "UTC")
    assert first_hour == pytest.approx(0.1 + 10 * 0.2), "an hour is no rate"


def test_the_shipped_table_is_read_and_a_slip_is_told(tmp_path: Path) -> None:
    shipped = read_prices(Path(__file__).parents[2] / "config" / "models.yaml")
    assert shipped.known("gpt-5.4-mini") == CHEAP
    for text in (
        "models: {a: {input: 1}}",
        "modells: {}",
        "- a",
        "models: {a: {input: -1, output: 2}}",
        "a: [b",
    ):
        (tmp_path / "models.yaml").write_text(text)
        with pytest.raises(Misconfigured) as caught:
            read_prices(tmp_path / "models.yaml")
        assert "US dollars" in caught.value.hint
        assert caught.value.ids["file"] == tmp_path / "models.yaml"
    (tmp_path / "models.yaml").write_text("models:\nother:\n")
    assert read_prices(tmp_path / "models.yaml") == Prices()
