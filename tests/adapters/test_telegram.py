"""The Telegram channel against the strict stand-in: what arrives, and what each failure is called."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from telegram.ext import Application

from bot.adapters.channels.telegram import TelegramChannel
from bot.adapters.clock import FixedClock, VirtualClock
from bot.adapters.simulator import Fault, Simulator, text_of_rich
from bot.adapters.simulator.chats import ChatKind
from bot.adapters.simulator.faults import Kind
from bot.errors import (
    Ambiguous,
    Broken,
    Code,
    DatelineError,
    Migrated,
    Misconfigured,
    Superseded,
    Transient,
    Unreachable,
)
from bot.types import Address, Button, Entity, EntityKind, Part
from tests import make
from tests.fakes import Watch

TOKEN = "123456:AAplanted-secret_of-thirty-five-chars"
READER, GROUP, FORUM = 77, -500, -1001
TO_READER = Address(channel="telegram", chat=str(READER))
PART = Part(text="News of the day")


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=FixedClock(make.NOW), limits=False)
    simulator.world.add_user(READER)
    simulator.world.add_chat(GROUP, "group")
    simulator.world.add_chat(FORUM, "supergroup", forum=True)
    await simulator.start()
    yield simulator
    await simulator.stop()


@contextlib.asynccontextmanager
async def simulated(**options: Any) -> AsyncIterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=FixedClock(make.NOW), limits=False, **options)
    simulator.world.add_user(READER)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


@contextlib.asynccontextmanager
async def opened(base_url: str, **options: Any) -> AsyncIterator[TelegramChannel]:
    options = {"clock": FixedClock(make.NOW), **options}
    channel = TelegramChannel(token=TOKEN, base_url=base_url, **options)
    await channel.start()
    try:
        yield channel
    finally:
        await channel.close()


@pytest.fixture
async def channel(sim: Simulator) -> AsyncIterator[TelegramChannel]:
    async with opened(sim.base_url, deadline=2.0) as made:
        yield made


async def test_a_message_arrives_with_its_styles_and_without_previews(
    sim: Simulator, channel: TelegramChannel
) -> None:
    part = Part(
        text="🦉 Accord signed\nread on",
        entities=(
            Entity(kind=EntityKind.BOLD, offset=3, length=13),
            Entity(kind=EntityKind.TEXT_LINK, offset=17, length=4, url="https://example.org/a"),
            Entity(kind=EntityKind.EXPANDABLE_BLOCKQUOTE, offset=17, length=7),
        ),
        silent=True,
    )
    receipt = await channel.send(TO_READER, part)
    (message,) = sim.messages(READER)
    assert receipt.message_id == str(message.id)
    assert receipt.at == make.NOW
    assert message.silent
    assert sim.render(READER).endswith("🦉 **Accord signed**\n> read <https://example.org/a> on")
    (call,) = sim.ledger.accepted(READER)
    assert "is_disabled" in str(call.parameters["link_preview_options"])
    assert "parse_mode" not in call.parameters
    assert "allow_paid_broadcast" not in call.parameters


async def test_a_thread_is_written_to(sim: Simulator, channel: TelegramChannel) -> None:
    topic = sim.world.add_topic(FORUM, "Syria")
    await channel.send(Address(channel="telegram", chat=str(FORUM), thread=topic.id), PART)
    assert sim.messages(FORUM)[-1].thread == topic.id


async def test_paid_broadcast_is_asked_for_only_when_it_is_wanted(sim: Simulator) -> None:
    async with opened(sim.base_url, paid_broadcast=True) as channel:
        await channel.send(TO_READER, PART)
    assert sim.ledger.accepted()[0].parameters["allow_paid_broadcast"] is True


async def test_edits_and_deletions_that_change_nothing_count_as_done(
    sim: Simulator, channel: TelegramChannel
) -> None:
    receipt = await channel.send(TO_READER, PART)
    again = await channel.edit(TO_READER, receipt.message_id, PART)
    assert again.message_id == receipt.message_id
    await channel.edit(TO_READER, receipt.message_id, Part(text="Corrected"))
    assert sim.messages(READER)[0].text == "Corrected"
    await channel.delete(TO_READER, receipt.message_id)
    await channel.delete(TO_READER, receipt.message_id)
    assert sim.messages(READER) == ()
    with pytest.raises(Broken) as gone:
        await channel.edit(TO_READER, receipt.message_id, PART)
    assert gone.value.code is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("kind", "status", "rights", "allowed"),
    [
        ("group", "member", None, True),
        ("supergroup", "administrator", [], True),
        ("supergroup", "restricted", [], False),
        ("group", "left", None, False),
        ("supergroup", "kicked", None, False),
        ("channel", "administrator", None, True),
        ("channel", "administrator", [], False),
        ("channel", "member", None, False),
        ("channel", "left", None, False),
    ],
)
async def test_whether_the_bot_may_post_is_told_without_posting(
    sim: Simulator,
    channel: TelegramChannel,
    kind: ChatKind,
    status: str,
    rights: list[str] | None,
    allowed: bool,
) -> None:
    sim.world.add_chat(-1007, kind, "Morning news")
    sim.world.set_bot(-1007, status, rights)
    address = Address(channel="telegram", chat="-1007")
    if allowed:
        assert await channel.may_post(address) == "Morning news"
    else:
        with pytest.raises(Unreachable) as caught:
            await channel.may_post(address)
        assert caught.value.code in (Code.FORBIDDEN, Code.CHAT_NOT_FOUND)
        assert caught.value.hint
    assert sim.messages(-1007) == ()


async def test_who_never_wrote_to_the_bot_cannot_be_posted_to(
    sim: Simulator, channel: TelegramChannel
) -> None:
    assert await channel.may_post(TO_READER)
    with pytest.raises(Unreachable) as caught:
        await channel.may_post(Address(channel="telegram", chat="@nobody_here"))
    assert caught.value.code is Code.CHAT_NOT_FOUND
    sim.faults.add(Fault(method="getChat", kind="502_html"))
    with pytest.raises(Transient):
        await channel.may_post(TO_READER)


async def test_check_tells_the_bots_name_or_what_is_wrong(sim: Simulator, channel: TelegramChannel) -> None:
    assert await channel.check() == "dateline_bot"
    sim.faults.add(Fault(kind="502_html", method="getMe"))
    with pytest.raises(Transient):
        await channel.check()


_REFUSALS: tuple[tuple[int, str, dict[str, Any], type[DatelineError], Code], ...] = (
    (400, "Bad Request: can't parse entities: ...", {}, Broken, Code.BAD_REQUEST),
    (400, "Bad Request: message is too long", {}, Broken, Code.BAD_REQUEST),
    (400, "Bad Request: chat not found", {}, Unreachable, Code.CHAT_NOT_FOUND),
    (400, "Bad Request: PEER_ID_INVALID", {}, Unreachable, Code.CHAT_NOT_FOUND),
    (400, "Bad Request: message thread not found", {}, Unreachable, Code.THREAD_NOT_FOUND),
    (400, "Bad Request: TOPIC_CLOSED", {}, Unreachable, Code.THREAD_NOT_FOUND),
    (
        400,
        "Bad Request: not enough rights to send text messages to the chat",
        {},
        Unreachable,
        Code.FORBIDDEN,
    ),
    (400, "Bad Request: need administrator rights in the channel chat", {}, Unreachable, Code.FORBIDDEN),
    (403, "Forbidden: bot was blocked by the user", {}, Unreachable, Code.FORBIDDEN),
    (403, "Forbidden: user is deactivated", {}, Unreachable, Code.FORBIDDEN),
    (403, "Forbidden: bot was kicked from the supergroup chat", {}, Unreachable, Code.FORBIDDEN),
    (403, "Forbidden: bot is not a member of the channel chat", {}, Unreachable, Code.FORBIDDEN),
    (403, "Forbidden: bot can't initiate conversation with a user", {}, Unreachable, Code.FORBIDDEN),
    (400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": -1009}, Migrated, Code.MIGRATED),
    (401, "Unauthorized", {}, Misconfigured, Code.BAD_TOKEN),
    (404, "Not Found", {}, Misconfigured, Code.BAD_TOKEN),
    (409, "Conflict: terminated by other getUpdates request", {}, Misconfigured, Code.BAD_TOKEN),
    (429, "Too Many Requests: retry after 7", {"retry_after": 7}, Transient, Code.RATE_LIMITED),
    (429, "Too Many Requests", {}, Transient, Code.RATE_LIMITED),
    (500, "Internal Server Error", {}, Ambiguous, Code.UNKNOWN_OUTCOME),
)


@pytest.mark.parametrize(("status", "said", "parameters", "failure", "code"), _REFUSALS)
async def test_each_refusal_becomes_what_the_sender_does_next(
    sim: Simulator,
    channel: TelegramChannel,
    status: int,
    said: str,
    parameters: dict[str, Any],
    failure: type[DatelineError],
    code: Code,
) -> None:
    sim.faults.add(Fault(kind="error", status=status, description=said, parameters=parameters))
    with pytest.raises(failure) as caught:
        await channel.send(TO_READER, PART)
    assert type(caught.value) is failure
    assert caught.value.code is code
    assert sim.messages(READER) == ()
    if isinstance(caught.value, Migrated):
        assert caught.value.new_chat == "-1009"
    if isinstance(caught.value, Transient):
        assert caught.value.retry_after == (parameters.get("retry_after") or 5.0)


@pytest.mark.parametrize(
    ("kind", "carried_out"),
    [
        ("close_before", False),
        ("reset_before", False),
        ("502_html", False),
        ("500", False),
        ("close_after", True),
        ("cut", True),
        ("cut_json", True),
        ("garbage", True),
        ("not_http", True),
        ("huge", True),
        ("drip", True),
    ],
)
async def test_once_the_request_left_every_failure_is_ambiguous(
    sim: Simulator, channel: TelegramChannel, kind: Kind, carried_out: bool
) -> None:
    sim.faults.add(Fault(kind=kind))
    with pytest.raises(Ambiguous) as caught:
        await channel.send(TO_READER, PART)
    assert caught.value.code is Code.UNKNOWN_OUTCOME
    assert caught.value.__cause__ is not None
    assert len(sim.messages(READER)) == carried_out
    assert len(str(caught.value)) < 500
    assert (await channel.send(TO_READER, PART)).message_id  # the pool is fit for the next one


async def test_an_answer_that_comes_too_late_is_ambiguous(sim: Simulator) -> None:
    sim.faults.add(Fault(kind="delay", seconds=30))
    async with opened(sim.base_url, deadline=0.3) as channel:
        with pytest.raises(Ambiguous):
            await channel.send(TO_READER, PART)


async def test_nobody_listening_is_transient(unused_port: int) -> None:
    async with opened(f"http://127.0.0.1:{unused_port}/bot") as channel:
        with pytest.raises(Transient) as caught:
            await channel.send(TO_READER, PART)
    assert caught.value.code is Code.REFUSED


async def test_a_name_that_does_not_exist_is_transient() -> None:
    async with opened("http://no-such-host.invalid/bot") as channel:
        with pytest.raises(Transient) as caught:
            await channel.send(TO_READER, PART)
    assert caught.value.code is Code.DNS


async def test_plain_http_behind_a_tls_address_is_transient(sim: Simulator) -> None:
    async with opened(sim.base_url.replace("http:", "https:")) as channel:
        with pytest.raises(Transient) as caught:
            await channel.send(TO_READER, PART)
    assert caught.value.code is Code.TLS


async def test_waiting_for_a_free_connection_too_long_is_transient(sim: Simulator) -> None:
    sim.faults.add(Fault(kind="delay", seconds=2.0))
    async with opened(sim.base_url, deadline=5.0) as channel:
        channel._request._connections, channel._request._connect = 1, 0.2
        await channel.close()
        await channel.start()
        slow = asyncio.create_task(channel.send(TO_READER, PART))
        while not sim.faults._planned[0].seen:
            await asyncio.wait({slow}, timeout=0.01)
        with pytest.raises(Transient) as caught:
            await channel.send(TO_READER, PART)
        assert caught.value.code is Code.TIMEOUT
        await slow
    assert len(sim.messages(READER)) == 1


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port that is bound and not listened on, so that nobody else takes it meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.parametrize("token", ["", "abc", "123456", "123456:", "123:with space"])
def test_what_is_no_token_is_refused_before_anything_is_sent(token: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        TelegramChannel(token=token, base_url=None, clock=FixedClock(make.NOW))
    assert "TELEGRAM_BOT_TOKEN" in caught.value.hint


@pytest.mark.parametrize("address", ["nonsense/bot", "ftp://host/bot", "http:///bot"])
def test_what_is_no_address_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        TelegramChannel(token=TOKEN, base_url=address, clock=FixedClock(make.NOW))
    assert "DATELINE_TELEGRAM_API" in caught.value.hint


# ------------------------------------------------------------------------------------- buttons, rich, answers

BUTTONS = ((Button(text="More", data="more:1"), Button(text="Read", url="https://example.org/a")),)
RICH = {"blocks": [{"type": "heading", "text": "صباح الخير", "size": 1}], "is_rtl": True}
DIGEST = Part(
    text="unused",
    rich=RICH,
    buttons=BUTTONS,
    silent=True,
    classic=(Part(text="first"), Part(text="second", buttons=BUTTONS)),
)


async def test_buttons_come_with_the_message_and_go_with_the_edit(
    sim: Simulator, channel: TelegramChannel
) -> None:
    receipt = await channel.send(TO_READER, replace(PART, buttons=BUTTONS))
    (message,) = sim.messages(READER)
    assert message.markup == {
        "inline_keyboard": [
            [
                {"text": "More", "callback_data": "more:1"},
                {"text": "Read", "url": "https://example.org/a"},
            ]
        ]
    }
    await channel.edit(TO_READER, receipt.message_id, Part(text="closed"))
    assert sim.messages(READER)[0].markup is None


async def test_a_rich_part_is_one_rich_message_and_is_edited_as_one(
    sim: Simulator, channel: TelegramChannel
) -> None:
    receipt = await channel.send(TO_READER, DIGEST)
    (message,) = sim.messages(READER)
    assert message.rich is not None
    assert message.rich["is_rtl"]
    assert message.silent
    other = replace(DIGEST, rich={"blocks": [{"type": "paragraph", "text": "better"}]})
    await channel.edit(TO_READER, receipt.message_id, other)
    await channel.edit(TO_READER, receipt.message_id, other)  # not modified
    assert text_of_rich(sim.messages(READER)[0].rich or {}) == "better"


async def test_a_rich_form_that_is_refused_is_superseded_and_the_next_one_is_tried(
    sim: Simulator, channel: TelegramChannel
) -> None:
    refused = replace(DIGEST, rich={"blocks": [{"type": "nonsense"}]})
    with pytest.raises(Superseded) as caught:
        await channel.send(TO_READER, refused)
    assert caught.value.code is Code.SUPERSEDED
    assert sim.messages(READER) == ()
    assert (await channel.send(TO_READER, DIGEST)).message_id


async def test_a_server_that_knows_no_rich_messages_is_not_asked_again_for_an_hour() -> None:
    clock = FixedClock(make.NOW)
    async with simulated(rich=False) as sim, opened(sim.base_url, clock=clock) as channel:
        asked = []
        for moved in (0, 1, 3598, 2):
            clock.move(moved)
            with pytest.raises(Superseded) as caught:
                await channel.send(TO_READER, DIGEST)
            asked.append(caught.value.__cause__ is not None)
        assert asked == [True, False, False, True]
        assert sim.messages(READER) == ()


async def test_a_wrong_token_is_no_missing_method_for_long() -> None:
    async with simulated() as sim, opened(sim.base_url) as channel:
        sim.token = "654321:another-secret-of-thirty-five-chars--"
        with pytest.raises(Superseded):
            await channel.send(TO_READER, DIGEST)
        with pytest.raises(Misconfigured):
            await channel.send(TO_READER, DIGEST.plain()[0])


async def test_what_is_posted_to_a_person_falls_back_by_itself_and_replies_once() -> None:
    async with simulated(rich=False) as sim, opened(sim.base_url, clock=VirtualClock(make.NOW)) as channel:
        asked = sim.say(READER, READER, "/digest").id
        receipts = await channel.post(TO_READER, DIGEST, reply_to=str(asked))
        said = sim.messages(READER)[1:]
        assert [message.text for message in said] == ["first", "second"]
        assert [receipt.message_id for receipt in receipts] == [str(message.id) for message in said]
        assert [message.reply_to for message in said] == [asked, None]
        assert all(message.silent for message in said)
        assert said[1].markup is not None
        assert channel._clock.monotonic() >= 1.05
        changed = await channel.change(TO_READER, receipts[0].message_id, replace(DIGEST, classic=()))
        assert (changed.message_id, sim.messages(READER)[1].text) == (receipts[0].message_id, "unused")


async def test_a_reply_to_a_message_that_is_gone_is_still_an_answer(
    sim: Simulator, channel: TelegramChannel
) -> None:
    (receipt,) = await channel.post(TO_READER, PART, reply_to="4711")
    assert receipt.message_id


async def test_an_answer_that_is_flooded_goes_out_in_its_time() -> None:
    async with simulated() as sim, opened(sim.base_url, clock=VirtualClock(make.NOW)) as channel:
        sim.faults.add(Fault(kind="429", retry_after=7))
        await channel.post(TO_READER, PART)
        assert channel._clock.monotonic() >= 7
        assert len(sim.messages(READER)) == 1
        sim.faults.add(Fault(kind="429", retry_after=2, count=9))
        with pytest.raises(Transient) as caught:
            await channel.post(TO_READER, PART)
        assert (caught.value.code, caught.value.retry_after) == (Code.RATE_LIMITED, 2)


async def test_what_answers_learn_of_a_chat_is_told(sim: Simulator, channel: TelegramChannel) -> None:
    channel.limiter.watch = watch = Watch()
    sim.faults.add(Fault(kind="error", status=403, description="Forbidden: bot was blocked by the user"))
    with pytest.raises(Unreachable):
        await channel.post(TO_READER, PART)
    with pytest.raises(Unreachable):
        await channel.post(Address(channel="telegram", chat="4711"), PART)
    assert set(watch.told) == {
        ("unreachable", str(READER), Code.FORBIDDEN),
        ("unreachable", "4711", Code.CHAT_NOT_FOUND),
    }
    watch.told.clear()
    parameters = {"migrate_to_chat_id": FORUM}
    sim.faults.add(Fault(kind="error", description="Bad Request: upgraded", parameters=parameters))
    await channel.post(Address(channel="telegram", chat=str(GROUP)), PART)
    assert watch.told == [("moved", str(GROUP), str(FORUM))]
    assert sim.messages(FORUM)[-1].text == PART.text


async def test_long_polling_has_connections_of_its_own(sim: Simulator) -> None:
    async with opened(sim.base_url) as channel:
        channel._request._connections = 1
        await channel.close()
        await channel.start()
        await channel._updates.initialize()
        polling = asyncio.create_task(channel.bot.get_updates(timeout=1))
        await channel.send(TO_READER, PART)
        assert not polling.done()
        await polling


async def test_an_application_that_ends_leaves_the_connections_to_the_channel(
    sim: Simulator, channel: TelegramChannel
) -> None:
    application = Application.builder().bot(channel.bot).updater(None).job_queue(None).build()
    async with application:
        pass
    await channel.send(TO_READER, PART)
    await channel.close()
    with pytest.raises(Transient):
        await channel.send(TO_READER, PART)


async def test_the_token_is_in_no_log_and_in_no_error(
    sim: Simulator, unused_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    kinds: tuple[Kind, ...] = ("502_html", "garbage", "not_http", "close_before", "429", "cut", "error")
    async with opened(sim.base_url) as channel:
        said.append(repr(channel))
        await channel.send(TO_READER, PART)
        for kind in kinds:
            sim.faults.add(Fault(kind=kind, status=401))
            said += await _complaint(channel)
    for url in (f"http://127.0.0.1:{unused_port}/bot", "http://no-such-host.invalid/bot"):
        async with opened(url) as channel:
            said += await _complaint(channel)
            with contextlib.suppress(DatelineError):
                await channel.check()
    said += [record.getMessage() + (record.exc_text or "") for record in caplog.records]
    assert len(said) > 20
    assert not [line for line in said if TOKEN in line or TOKEN.split(":")[1] in line]


async def _complaint(channel: TelegramChannel) -> list[str]:
    """All that can be read off the failure: its text, its causes and contexts."""
    with pytest.raises(DatelineError) as caught:
        await channel.send(TO_READER, PART)
    said = [str(caught.value), repr(caught.value), caught.value.hint]
    cause = caught.value.__cause__ or caught.value.__context__
    while cause is not None:
        said += [str(cause), repr(cause)]
        cause = cause.__cause__ or cause.__context__
    return said
