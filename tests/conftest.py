"""Fixtures for everybody."""

from collections.abc import Iterator

import hypothesis
import pytest

from tests.databases import (
    _postgres_database,
    _sqlite_template,
    postgres_server,
    postgres_url,
    sqlite_store,
    sqlite_url,
    store,
    store_clock,
    store_url,
)
from tests.leaks import watched

__all__ = [
    "_no_token_in_a_log",
    "_postgres_database",
    "_sqlite_template",
    "postgres_server",
    "postgres_url",
    "sqlite_store",
    "sqlite_url",
    "store",
    "store_clock",
    "store_url",
]

# How long an example takes says how busy the machine is; what is too slow is seen by benchmarks.
hypothesis.settings.register_profile("dateline", deadline=None)
hypothesis.settings.load_profile("dateline")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes an hour runs only where it is asked for by its mark."""
    if "nightly" in (config.option.markexpr or ""):
        return
    left_out = [item for item in items if item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True)
def _no_token_in_a_log() -> Iterator[None]:
    """Every test fails in which any logger says what looks like a bot token."""
    with watched() as leaks:
        yield
    if leaks.found:
        pytest.fail("a bot token in a log:\n" + "\n".join(leaks.found[:5]), pytrace=False)
