"""A broadcast to 10,000 private chats: the permitted rate is held, and people are answered meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.bench_send import broadcasting

CHATS = 10_000


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_broadcast_holds_its_rate_and_keeps_nobody_waiting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = await broadcasting(CHATS, tmp_path)
    with capsys.disabled():
        print(f"\n{json.dumps(told)}")
    assert told["outbox_sent"] == CHATS
    assert told["received"]["messages"] == CHATS + 2_000 + told["answers"]
    # Held for certain is the limit; how near to it a shared machine comes, the benchmark tells (0.996).
    assert 0.8 <= told["rate_held"] <= 1.02
    assert told["answer_seconds_worst"] < 1.0
