"""A broadcast to 10,000 private chats: the permitted rate is held, and people are answered meanwhile."""

from __future__ import annotations

import json

import pytest

from tests.bench.bench_send import broadcasting


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_broadcast_holds_its_rate_and_keeps_nobody_waiting(
    store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chats = 10_000 if store_url.startswith("sqlite") else 1_500
    told = await broadcasting(chats, store_url)
    with capsys.disabled():
        print(f"\n{json.dumps(told)}")
    assert told["outbox_sent"] == chats
    assert told["received"]["messages"] == chats + min(chats, 2_000) + told["answers"]
    # Held for certain is the limit; how near to it a shared machine comes, the benchmark tells (0.996).
    assert 0.8 <= told["rate_held"] <= 1.02
    assert told["answer_seconds_worst"] < 1.0
