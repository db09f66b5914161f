"""Turns of answers: before the outbox, in order, fair among chats, and never before their time."""

from __future__ import annotations

import asyncio
import random  # noqa: TID251 - seeded
import selectors
from collections import defaultdict
from collections.abc import Coroutine
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from telegram.error import Forbidden

from bot.adapters.channels.limiter import BROADCAST, MOST_TRIES, PACED, Limiter, counts
from bot.adapters.channels.telegram_request import Flooded
from bot.domain.pacing import CHAT_SPACING, GROUP_MOST, Pace, is_group
from bot.errors import Code
from tests import make
from tests.fakes import Watch


class _Jump(selectors.DefaultSelector):
    """Instead of waiting, time jumps to the next thing that is to happen."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found and timeout:
            self.now += timeout
        return found


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop in which sleeping costs nothing: many tasks sleep, and time goes by in its order."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


class LoopClock:
    """The loop's time."""

    def now(self) -> Any:
        return make.NOW + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # noqa: TID251 - this loop's sleep is virtual


def played(story: Coroutine[Any, Any, Any]) -> Any:
    """The story's result; it may sleep for hours."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(story)


class Wire:
    """Takes calls; answers 429 where it was told to; remembers what came when."""

    def __init__(self, limiter: Limiter, *, takes: float = 0.0) -> None:
        self.limiter, self.takes = limiter, takes
        self.calls: list[tuple[float, str]] = []
        self.refuse: dict[str, list[BaseException]] = defaultdict(list)

    async def call(self, chat: str, method: str = "sendMessage", rank: int | None = None) -> Any:
        async def post() -> bool:
            self.calls.append((asyncio.get_running_loop().time(), chat))
            if self.takes:
                await LoopClock().sleep(self.takes)
            if self.refuse[chat]:
                raise self.refuse[chat].pop(0)
            return True

        data = {"chat_id": int(chat)}
        return await self.limiter.process_request(post, (), {}, method, data, rank)

    def times(self, chat: str) -> list[float]:
        return [at for at, its in self.calls if its == chat]


def wire(rate: float = 25.0, **options: Any) -> Wire:
    return Wire(Limiter(Pace(rate), LoopClock()), **options)


@pytest.mark.parametrize(
    ("method", "counted"),
    [
        ("sendMessage", True),
        ("sendDocument", True),
        ("sendRichMessage", True),
        ("editMessageText", True),
        ("copyMessage", True),
        ("answerCallbackQuery", False),
        ("getChat", False),
        ("sendChatAction", False),
        ("sendRichMessageDraft", False),
        ("setMyCommands", False),
        ("deleteMessage", False),
    ],
)
def test_what_telegram_counts_waits_and_the_rest_is_free(method: str, counted: bool) -> None:
    assert counts(method, {"chat_id": 1}) is counted


def test_two_messages_of_a_chat_are_spaced_and_keep_their_order() -> None:
    async def story() -> None:
        said = wire()
        await asyncio.gather(*(said.call("7") for _ in range(4)))
        assert [round(at, 2) for at in said.times("7")] == [0, 1.05, 2.1, 3.15]

    played(story())


def test_free_calls_and_those_of_the_outbox_pass_at_once() -> None:
    async def story() -> None:
        said = wire()
        for _ in range(100):
            await said.call("7", "sendChatAction")
            await said.call("7", rank=PACED)
        assert {at for at, _ in said.calls} == {0.0}
        assert said.limiter.pace.next_at("7", False, 0.0) == 0

    played(story())


def test_answers_go_first_then_by_class_and_fairly_among_chats() -> None:
    async def story() -> None:
        said = wire(rate=1.0)
        await said.call("1")
        waiting = [asyncio.ensure_future(said.call(chat, rank=BROADCAST)) for chat in ("50", "51")]
        await LoopClock().sleep(0)
        waiting += [asyncio.ensure_future(said.call(chat)) for chat in ("2", "2", "3", "4")]
        await asyncio.gather(*waiting)
        assert [chat for _, chat in said.calls] == ["1", "2", "3", "4", "2", "50", "51"]

    played(story())


def test_a_429_pauses_its_chat_alone_is_kept_and_the_answer_goes_out_in_its_time() -> None:
    async def story() -> None:
        said = wire()
        said.limiter.watch = watch = Watch()
        said.refuse["7"] = [Flooded(12.0)]
        waiting = [asyncio.ensure_future(said.call("7")) for _ in range(2)]
        await LoopClock().sleep(1)
        await said.call("8")
        assert asyncio.get_running_loop().time() == 1
        await asyncio.gather(*waiting)
        assert said.times("7")[1] == pytest.approx(12.0)
        assert watch.told == [("paused", "7", 12.0)]

    played(story())


def test_a_slow_wire_takes_what_telegram_would_count_as_one_second_and_no_more() -> None:
    async def story() -> None:
        said = wire(takes=2.0)
        await asyncio.gather(*(said.call(str(chat)) for chat in range(1, 91)))
        times = [at for at, _ in said.calls]
        assert [sum(start - 0.5 < at < start + 2.5 for at in times) for start in (0, 3, 6)] == [30, 30, 30]

    played(story())


def test_who_is_cancelled_with_a_turn_in_hand_leaves_nothing_on_the_wire() -> None:
    async def story() -> None:
        said = wire(rate=1.0)
        for number in range(40):
            await said.call(f"1{number}")
            impatient = asyncio.ensure_future(said.call(f"2{number}"))
            await LoopClock().sleep(1)
            for _ in range(50):
                if not said.limiter._waiting:  # its turn is given, and it has not run on yet
                    break
                await LoopClock().sleep(0)
            impatient.cancel()
            await asyncio.wait({impatient})
            assert impatient.cancelled()
            await LoopClock().sleep(3)
        assert len(said.calls) == 40
        assert said.limiter.pace.room(1000.0) == 1

    played(story())


@pytest.mark.parametrize(("seconds", "calls"), [(3.0, MOST_TRIES), (600.0, 1)])
def test_a_429_that_never_ends_or_is_too_long_is_the_callers(seconds: float, calls: int) -> None:
    async def story() -> None:
        said = wire()
        said.refuse["7"] = [Flooded(seconds) for _ in range(9)]
        with pytest.raises(Flooded):
            await said.call("7")
        assert len(said.calls) == calls

    played(story())


def test_who_blocked_the_bot_is_told_of() -> None:
    async def story() -> None:
        said = wire()
        said.limiter.watch = watch = Watch()
        said.refuse["7"] = [Forbidden("Forbidden: bot was blocked by the user")]
        with pytest.raises(Forbidden):
            await said.call("7", "sendDocument")
        assert watch.told == [("unreachable", "7", Code.FORBIDDEN)]

    played(story())


def test_who_gives_up_waiting_leaves_the_queue() -> None:
    async def story() -> None:
        said = wire()
        await said.call("7")
        impatient = asyncio.ensure_future(said.call("7"))
        await LoopClock().sleep(0.1)
        assert said.limiter.pace.next_at("7", False, 2.0) > 0  # the outbox leaves it to the answer
        impatient.cancel()
        await asyncio.wait({impatient})
        assert said.limiter.pace.next_at("7", False, 2.0) == 0
        await LoopClock().sleep(2)
        assert len(said.calls) == 1

    played(story())


def test_closing_cancels_who_waits() -> None:
    async def story() -> None:
        said = wire()
        await said.call("7")
        waiting = asyncio.ensure_future(said.call("7"))
        await LoopClock().sleep(0.1)
        await said.limiter.shutdown()
        await asyncio.wait({waiting})
        assert waiting.cancelled()

    played(story())


# -------------------------------------------------------------------------------------------------- a storm

READERS, GROUPS, SPAN = 2_000, 50, 60.0


async def _storm(share: float, seed: int) -> list[tuple[float, str, float]]:
    """A minute of answers to everybody, twice each and thirty times in groups: (when, chat, told to wait)."""
    chance = random.Random(seed)
    limiter = Limiter(Pace(), LoopClock())
    seen: list[tuple[float, str, float]] = []

    async def post(chat: str) -> bool:
        at, pause = asyncio.get_running_loop().time(), 0.0
        if chance.random() < share:
            pause = float(chance.randint(1, 30))
        seen.append((at, chat, pause))
        await LoopClock().sleep(chance.uniform(0.02, 0.2))
        if pause:
            raise Flooded(pause)
        return True

    async def answer(chat: str) -> None:
        data = {"chat_id": int(chat)}
        await limiter.process_request(lambda: post(chat), (), {}, "sendMessage", data, None)

    chats = [str(number) for number in range(1, READERS + 1)] * 2
    chats += [str(-number) for number in range(1, GROUPS + 1)] * 30
    chance.shuffle(chats)
    everybody = [asyncio.ensure_future(answer(chat)) for chat in chats]
    await asyncio.wait(everybody, timeout=SPAN)
    for task in everybody:
        task.cancel()
    await asyncio.wait(everybody)
    await limiter.shutdown()
    return [call for call in seen if call[0] < SPAN]


def most_within(times: list[float], span: float) -> int:
    first, most = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - span:
            first += 1
        most = max(most, last - first + 1)
    return most


def judge_storm(seen: list[tuple[float, str, float]]) -> None:
    """No call before its time, and no limit broken."""
    assert most_within([at for at, _, _ in seen], 1.0) <= 30
    by_chat = defaultdict(list)
    for at, chat, pause in seen:
        by_chat[chat].append((at, pause))
    for chat, its in by_chat.items():
        for (at, pause), (later, _) in pairwise(its):
            assert later >= at + max(pause, CHAT_SPACING) - 1e-6
        assert not is_group(chat) or most_within([at for at, _ in its], 60.0) <= GROUP_MOST < 20


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_a_storm_of_answers_is_obeyed_to_the_second_and_others_keep_their_rate(seed: int) -> None:
    calm, storm = played(_storm(0.0, seed)), played(_storm(0.2, seed))
    judge_storm(calm)
    judge_storm(storm)
    assert len(calm) >= 0.98 * 25 * SPAN
    flooded = {chat for _, chat, pause in storm if pause}
    usual = sum(chat not in flooded for _, chat, _ in calm)
    kept = sum(chat not in flooded for _, chat, _ in storm)
    assert kept >= 0.8 * usual
    assert len(storm) >= 0.8 * len(calm)
