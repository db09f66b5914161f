"""The outbox against a model of it in twenty lines, in any order of events that hypothesis can think of."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.adapters.clock import FixedClock
from bot.adapters.store import migrate, open_store
from bot.types import DeliveryId, DeliveryState
from tests import make

PENDING, CLAIMED, SENDING = DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING
SENT, FAILED, AMBIGUOUS = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.AMBIGUOUS
BUSY = (CLAIMED, SENDING)
LEASE = timedelta(seconds=60)


@dataclass
class Row:
    """What the model knows of a delivery."""

    id: int
    group: str
    part: int
    chat: str
    priority: int
    due: int  # seconds after the start
    state: DeliveryState = PENDING
    token: str = ""
    until: int = 0


class OutboxMachine(RuleBasedStateMachine):
    """Each rule does the same to the store and to the model and compares the answers."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="dateline-outbox-"))
        url = f"sqlite:///{self.folder}/dateline.db"
        self.runner.run(migrate(url))
        self.clock = FixedClock(make.NOW)
        self.store = open_store(url, clock=self.clock)
        self.rows: dict[int, Row] = {}
        self.now = 0
        self.groups = 0
        self.claims = 0

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    def ask(self, method: str, *arguments: Any, **named: Any) -> Any:
        async def work() -> Any:
            async with self.store.begin() as tx:
                return await getattr(tx, method)(*arguments, **named)

        return self.runner.run(work())

    def pick(self, number: int, *states: DeliveryState) -> Row | None:
        found = [row for row in self.rows.values() if row.state in states]
        return found[number % len(found)] if found else None

    @rule(
        chat=st.sampled_from("AB"),
        parts=st.integers(1, 3),
        priority=st.integers(0, 1),
        wait=st.integers(0, 90),
    )
    def queue(self, chat: str, parts: int, priority: int, wait: int) -> None:
        group, self.groups = f"g{self.groups}", self.groups + 1
        items = make.deliveries(
            group,
            parts,
            address=make.address(chat),
            priority=priority,
            due_at=make.later(seconds=self.now + wait),
        )
        self.ask("queue", items)
        for part in range(parts):
            key = len(self.rows) + 1
            self.rows[key] = Row(key, group, part, chat, priority, self.now + wait)

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        self.claims += 1
        token = f"t{self.claims}"
        until = self.now + int(LEASE.total_seconds())
        got = self.ask(
            "claim",
            token=token,
            now=make.later(seconds=self.now),
            until=make.later(seconds=until),
            limit=limit,
            channel="telegram",
        )
        expected: list[Row] = []
        for row in sorted(self.rows.values(), key=lambda row: (-row.priority, row.due, row.id)):
            taken = {other.chat for other in expected}
            if len(expected) < limit and self.claimable(row) and row.chat not in taken:
                expected.append(row)
        assert [item.id for item in got] == [row.id for row in expected]
        for row in expected:
            row.state, row.token, row.until = CLAIMED, token, until

    def claimable(self, row: Row) -> bool:
        earlier = [
            other for other in self.rows.values() if other.group == row.group and other.part < row.part
        ]
        busy = any(other.chat == row.chat and other.state in BUSY for other in self.rows.values())
        return (
            row.state is PENDING
            and row.due <= self.now
            and not busy
            and all(other.state is SENT for other in earlier)
        )

    @rule(number=st.integers(0, 99), zombie=st.booleans())
    def mark(self, number: int, zombie: bool) -> None:
        row = self.pick(number, *DeliveryState)
        if row is None:
            return
        token = "zombie" if zombie else row.token
        until = self.now + 60
        marked = self.ask("mark_sending", [DeliveryId(row.id)], token, make.later(seconds=until))
        right = row.state is CLAIMED and not zombie
        assert marked == ({row.id} if right else frozenset())
        if right:
            row.state, row.until = SENDING, until

    @rule(
        number=st.integers(0, 99),
        outcome=st.sampled_from([SENT, SENT, PENDING, FAILED, AMBIGUOUS]),
        zombie=st.booleans(),
        wait=st.integers(0, 40),
    )
    def settle(self, number: int, outcome: DeliveryState, zombie: bool, wait: int) -> None:
        row = self.pick(number, *DeliveryState)
        if row is None:
            return
        token = "zombie" if zombie else row.token
        due = self.now + wait
        late = make.later(seconds=due)
        written = self.ask("settle", [make.outcome(DeliveryId(row.id), token, outcome, due_at=late)])
        right = row.state in (SENDING, AMBIGUOUS) and token not in ("", "zombie")
        assert written == ({row.id} if right else frozenset())
        if right:
            row.state = outcome
            row.token = row.token if outcome is AMBIGUOUS else ""
            row.due = due if outcome is PENDING else row.due

    @rule(number=st.integers(0, 99))
    def release(self, number: int) -> None:
        row = self.pick(number, *BUSY)
        if row is None:
            return
        assert self.ask("release", [DeliveryId(row.id)], row.token) == (row.state is CLAIMED)
        if row.state is CLAIMED:
            row.state, row.token = PENDING, ""

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        self.clock.move(seconds)

    @rule()
    def recover(self) -> None:
        over = [row for row in self.rows.values() if row.state in BUSY and row.until < self.now]
        freed = sum(row.state is CLAIMED for row in over)
        assert self.ask("recover", make.later(seconds=self.now)) == (freed, len(over) - freed)
        for row in over:
            if row.state is CLAIMED:
                row.state, row.token = PENDING, ""
            else:
                row.state = AMBIGUOUS

    @rule(number=st.integers(0, 99), arrived=st.booleans())
    @precondition(lambda self: any(row.state in (AMBIGUOUS, FAILED) for row in self.rows.values()))
    def a_person_decides(self, number: int, arrived: bool) -> None:
        row = self.pick(number, AMBIGUOUS, FAILED)
        assert row is not None
        now = make.later(seconds=self.now)
        right = row.state is AMBIGUOUS
        assert self.ask("decide", DeliveryId(row.id), arrived=arrived, now=now) is right
        if right:
            row.state, row.token = (SENT if arrived else PENDING), ""
        else:
            assert self.ask("retry", DeliveryId(row.id), now) is True
            row.state = PENDING
        row.due = self.now if row.state is PENDING else row.due

    @invariant()
    def both_agree(self) -> None:
        found = {item.id: item for item in self.ask("deliveries", limit=10_000)}
        assert {key: (item.state, item.claim_token) for key, item in found.items()} == {
            row.id: (row.state, row.token) for row in self.rows.values()
        }

    @invariant()
    def one_message_of_a_chat_is_on_its_way(self) -> None:
        busy = [row.chat for row in self.rows.values() if row.state in BUSY]
        assert len(busy) == len(set(busy))

    @invariant()
    def no_part_went_out_before_its_turn(self) -> None:
        for row in self.rows.values():
            if row.state is SENT or row.state in BUSY:
                earlier = [
                    other
                    for other in self.rows.values()
                    if other.group == row.group and other.part < row.part
                ]
                assert all(replace(other).state is SENT for other in earlier)


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(
    max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
