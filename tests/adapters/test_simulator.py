"""The stand-in of the Bot API, asked by plain HTTP and by python-telegram-bot itself."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, ChatMemberAdministrator, InlineKeyboardButton, InlineKeyboardMarkup

from bot.adapters.clock import FixedClock, SystemClock, VirtualClock
from bot.adapters.simulator import Fault, Simulator
from bot.adapters.simulator.signatures import METHODS, RICH_METHODS
from tests import make

TOKEN = "123456:a-planted-secret-of-thirty-five-chars"
READER, GROUP, FORUM, CHANNEL = 77, -500, -1001, -1002


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=VirtualClock(make.NOW), limits=False)
    simulator.world.add_user(READER, "Ada")
    simulator.world.add_chat(GROUP, "group")
    simulator.world.add_chat(FORUM, "supergroup", forum=True)
    simulator.world.add_chat(CHANNEL, "channel", "Morning", username="morning_news")
    simulator.world.updates.drop()
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def web_session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Client:
    """Asks methods by JSON and keeps nothing."""

    def __init__(self, sim: Simulator, session: aiohttp.ClientSession) -> None:
        self._sim = sim
        self._session = session

    async def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        url = f"{self._sim.base_url}{TOKEN}/{method}"
        async with self._session.post(url, json=params) as answer:
            body: dict[str, Any] = await answer.json()
            assert body.get("error_code", answer.status) == answer.status
            return body

    async def refusal(self, method: str, **params: Any) -> str:
        body = await self(method, **params)
        assert not body["ok"], body
        return str(body["description"])


@pytest.fixture
def ask(sim: Simulator, web_session: aiohttp.ClientSession) -> Client:
    return Client(sim, web_session)


# --------------------------------------------------------------------------------------------- honesty

_OF_THE_LIBRARY = {"self", "read_timeout", "write_timeout", "connect_timeout", "pool_timeout", "api_kwargs"}
# Shortcuts that python-telegram-bot turns into official parameters (reply_parameters, link_preview_options).
_SHORTCUTS = {"reply_to_message_id", "allow_sending_without_reply", "disable_web_page_preview", "filename"}


@pytest.mark.parametrize("method", sorted(METHODS))
def test_each_method_takes_exactly_the_official_parameters(method: str) -> None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", method).lower()
    signature = inspect.signature(getattr(Bot, name))
    assert METHODS[method] == set(signature.parameters) - _OF_THE_LIBRARY - _SHORTCUTS


async def test_every_method_of_the_table_is_carried_out(sim: Simulator) -> None:
    assert sim._methods.names == set(METHODS) | set(RICH_METHODS)


async def test_an_unknown_parameter_is_refused_by_name(ask: Client) -> None:
    said = await ask.refusal("sendMessage", chat_id=READER, text="hi", disable_web_page_preview=True)
    assert "disable_web_page_preview" in said


async def test_an_unknown_method_is_not_found(ask: Client) -> None:
    assert await ask.refusal("sendTelepathy", chat_id=READER) == "Not Found: method not found"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/bot123456:wrong/getMe", 401), ("/bot/getMe", 404), ("/botnonsense/getMe", 404), ("/", 404)],
)
async def test_a_wrong_token_is_turned_away_like_the_real_one_does(
    sim: Simulator, web_session: aiohttp.ClientSession, path: str, status: int
) -> None:
    async with web_session.get(sim.base_url.removesuffix("/bot") + path) as answer:
        assert answer.status == status
        assert (await answer.json())["error_code"] == status


async def test_methods_may_be_asked_by_address_form_and_json_in_any_case(
    sim: Simulator, web_session: aiohttp.ClientSession
) -> None:
    url = f"{sim.base_url}{TOKEN}/SENDMESSAGE"
    for kind in ({"params": {"chat_id": READER, "text": "a"}}, {"data": {"chat_id": READER, "text": "b"}}):
        async with web_session.post(url, **kind) as answer:  # type: ignore[arg-type]
            assert answer.status == 200
    async with web_session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400
    assert [message.text for message in sim.messages(READER)] == ["a", "b"]


# ------------------------------------------------------------------------------------- text and entities


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Bad Request: message text is empty"),
        (" \n ", "Bad Request: text must be non-empty"),
        ("x" * 4097, "Bad Request: message is too long"),
        ("🦉" * 2049, "Bad Request: message is too long"),
    ],
)
async def test_text_is_measured_in_utf16_units(ask: Client, text: str, said: str) -> None:
    assert await ask.refusal("sendMessage", chat_id=READER, text=text) == said
    assert (await ask("sendMessage", chat_id=READER, text="🦉" * 2048))["ok"]


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        ({"type": "bold", "offset": 0, "length": 9}, "ends after the end of the text"),
        ({"type": "bold", "offset": 0, "length": 1}, "ends in a middle of a UTF-16 symbol"),
        ({"type": "loud", "offset": 0, "length": 2}, "Unsupported type specified"),
        ({"type": "bold", "offset": 0}, 'Can\'t find field "length"'),
    ],
)
async def test_entities_that_do_not_fit_the_text_are_refused(
    ask: Client, entity: dict[str, Any], said: str
) -> None:
    assert said in await ask.refusal("sendMessage", chat_id=READER, text="🦉 owl", entities=[entity])


async def test_text_is_trimmed_and_entities_move_along(sim: Simulator, ask: Client) -> None:
    entities = [
        {"type": "bold", "offset": 2, "length": 5},
        {"type": "text_link", "offset": 0, "length": 4, "url": "no link at all"},
        {"type": "italic", "offset": 3, "length": 0},
    ]
    await ask("sendMessage", chat_id=READER, text="  news  ", entities=entities)
    assert sim.messages(READER)[0].entities == ({"type": "bold", "offset": 0, "length": 4},)


async def test_formatting_over_a_hundred_entities_is_lost_without_a_word(sim: Simulator, ask: Client) -> None:
    entities = [{"type": "bold", "offset": 2 * i, "length": 1} for i in range(120)]
    await ask("sendMessage", chat_id=READER, text="x " * 119 + "x", entities=entities)
    assert len(sim.messages(READER)[0].entities) == 100


async def test_html_becomes_entities(sim: Simulator, ask: Client) -> None:
    await ask(
        "sendMessage",
        chat_id=READER,
        parse_mode="HTML",
        text='<b>A &amp; B</b> <a href="https://a.b/c">x</a>',
    )
    assert sim.render(READER).endswith("**A & B** x <https://a.b/c>")


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</i>", "Unexpected end tag at byte offset 1"),
        ("<table>", 'Unsupported start tag "table" at byte offset 0'),
    ],
)
async def test_broken_html_is_refused_in_the_known_words(ask: Client, html: str, said: str) -> None:
    assert said in await ask.refusal("sendMessage", chat_id=READER, text=html, parse_mode="HTML")


# --------------------------------------------------------------------------------------- rights and chats


async def test_refusals_of_chats_come_in_the_known_words(sim: Simulator, ask: Client) -> None:
    world = sim.world
    world.add_user(1, started=False)
    world.add_user(2)
    world.block(2)
    world.add_user(3)
    world.users[3].deactivated = True
    world.add_chat(-1, "group", bot_status="kicked")
    world.add_chat(-2, "supergroup", bot_status="left")
    world.add_chat(-3, "supergroup", bot_status="restricted")
    world.add_chat(-4, "channel", bot_status="left")
    world.set_bot(CHANNEL, "administrator", ["can_manage_chat"])
    words = {
        "": "Bad Request: chat_id is empty",
        "nobody": "Bad Request: chat not found",
        999: "Bad Request: chat not found",
        1: "Forbidden: bot can't initiate conversation with a user",
        2: "Forbidden: bot was blocked by the user",
        3: "Forbidden: user is deactivated",
        -1: "Forbidden: bot was kicked from the group chat",
        -2: "Forbidden: bot is not a member of the supergroup chat",
        -3: "Bad Request: not enough rights to send text messages to the chat",
        -4: "Forbidden: bot is not a member of the channel chat",
        "@morning_news": "Bad Request: need administrator rights in the channel chat",
    }
    for chat, said in words.items():
        assert await ask.refusal("sendMessage", chat_id=chat, text="hi") == said


async def test_a_group_that_moved_names_its_new_id(sim: Simulator, ask: Client) -> None:
    new = sim.world.upgrade(GROUP)
    body = await ask("sendMessage", chat_id=GROUP, text="hi")
    assert body["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert body["parameters"] == {"migrate_to_chat_id": new.id}
    assert (await ask("sendMessage", chat_id=new.id, text="hi"))["ok"]


async def test_topics_are_made_written_to_closed_and_missed(sim: Simulator, ask: Client) -> None:
    assert "not enough rights to create a topic" in await ask.refusal(
        "createForumTopic", chat_id=FORUM, name="S"
    )
    assert "the chat is not a forum" in await ask.refusal("createForumTopic", chat_id=GROUP, name="S")
    sim.world.set_bot(FORUM, "administrator")
    thread = (await ask("createForumTopic", chat_id=FORUM, name="Syria"))["result"]["message_thread_id"]
    sent = await ask("sendMessage", chat_id=FORUM, text="hi", message_thread_id=thread)
    assert sent["result"]["is_topic_message"]
    assert (await ask("closeForumTopic", chat_id=FORUM, message_thread_id=thread))["ok"]
    sim.world.set_bot(FORUM, "member")
    closed = await ask.refusal("sendMessage", chat_id=FORUM, text="hi", message_thread_id=thread)
    assert closed == "Bad Request: TOPIC_CLOSED"
    for chat in (FORUM, READER):
        missed = await ask.refusal("sendMessage", chat_id=chat, text="hi", message_thread_id=4711)
        assert missed == "Bad Request: message thread not found"


async def test_edits_deletes_and_pins_change_what_the_chat_looks_like(sim: Simulator, ask: Client) -> None:
    first = (await ask("sendMessage", chat_id=READER, text="one"))["result"]["message_id"]
    second = (await ask("sendMessage", chat_id=READER, text="two"))["result"]["message_id"]
    same = await ask.refusal("editMessageText", chat_id=READER, message_id=first, text="one")
    assert same.startswith("Bad Request: message is not modified")
    await ask("editMessageText", chat_id=READER, message_id=first, text="eins")
    await ask("pinChatMessage", chat_id=READER, message_id=first)
    await ask("deleteMessage", chat_id=READER, message_id=second)
    assert sim.render(READER) == f"#{first} Dateline · edited · pinned\neins"
    for method, said in (
        ("editMessageText", "message to edit not found"),
        ("deleteMessage", "message to delete not found"),
        ("pinChatMessage", "message to pin not found"),
    ):
        extra = {"text": "x"} if method == "editMessageText" else {}
        assert await ask.refusal(method, chat_id=READER, message_id=second, **extra) == f"Bad Request: {said}"


async def test_an_old_message_cannot_be_deleted_and_anothers_not_edited(sim: Simulator, ask: Client) -> None:
    clock = sim._clock
    assert isinstance(clock, VirtualClock)
    old = (await ask("sendMessage", chat_id=READER, text="old"))["result"]["message_id"]
    theirs = sim.say(READER, READER, "mine")
    clock.move(49 * 3600)
    assert "can't be deleted" in await ask.refusal("deleteMessage", chat_id=READER, message_id=old)
    said = await ask.refusal("editMessageText", chat_id=READER, message_id=theirs.id, text="yours")
    assert said == "Bad Request: message can't be edited"


# ----------------------------------------------------------------------------------------- flood control


def _flooding(simulator: Simulator) -> VirtualClock:
    clock = simulator._clock
    assert isinstance(clock, VirtualClock)
    return clock


@pytest.fixture
async def strict() -> AsyncIterator[Simulator]:
    simulator = Simulator(token=TOKEN, clock=VirtualClock(make.NOW), limits=True)
    for user in range(1, 61):
        simulator.world.add_user(user)
    simulator.world.add_chat(GROUP, "group")
    await simulator.start()
    yield simulator
    await simulator.stop()


async def test_a_private_chat_takes_a_short_burst_then_one_a_second(
    strict: Simulator, web_session: aiohttp.ClientSession
) -> None:
    ask, clock = Client(strict, web_session), _flooding(strict)
    for _ in range(3):
        assert (await ask("sendMessage", chat_id=1, text="x"))["ok"]
    assert (await ask("sendMessage", chat_id=1, text="x"))["parameters"] == {"retry_after": 1}
    clock.move(0.5)
    assert not (await ask("sendMessage", chat_id=1, text="x"))["ok"]
    clock.move(0.6)
    assert (await ask("sendMessage", chat_id=1, text="x"))["ok"]


async def test_a_group_takes_twenty_a_minute(strict: Simulator, web_session: aiohttp.ClientSession) -> None:
    ask, clock = Client(strict, web_session), _flooding(strict)
    for _ in range(20):
        assert (await ask("sendMessage", chat_id=GROUP, text="x"))["ok"]
        clock.move(1.0)
    body = await ask("sendMessage", chat_id=GROUP, text="x")
    assert body["error_code"] == 429
    assert body["parameters"]["retry_after"] == 40
    clock.move(40)
    assert (await ask("sendMessage", chat_id=GROUP, text="x"))["ok"]


async def test_thirty_a_second_over_all_chats_are_the_limit(
    strict: Simulator, web_session: aiohttp.ClientSession
) -> None:
    ask, clock = Client(strict, web_session), _flooding(strict)
    answers = [(await ask("sendMessage", chat_id=user, text="x"))["ok"] for user in range(1, 32)]
    assert answers == [True] * 30 + [False]
    assert not (await ask("sendMessage", chat_id=50, text="x"))["ok"]
    clock.move(3)
    assert (await ask("sendMessage", chat_id=50, text="x"))["ok"]


# ---------------------------------------------------------------------------------------------- updates


async def _polled(sim: Simulator) -> None:
    for _ in range(1000):
        if sim.world.updates._poller is not None:
            return
        await SystemClock().sleep(0.01)
    pytest.fail("nobody polls")


async def test_updates_wait_until_they_are_confirmed(sim: Simulator, ptb: Bot) -> None:
    sim.say(READER, READER, "/start now")
    first = await ptb.get_updates(timeout=0)
    again = await ptb.get_updates(timeout=0)
    assert [update.update_id for update in first] == [update.update_id for update in again]
    message = first[0].message
    assert message is not None
    assert message.text == "/start now"
    assert message.entities[0].type == "bot_command"
    assert await ptb.get_updates(offset=first[0].update_id + 1, timeout=0) == ()


async def test_a_long_poll_ends_with_the_first_update(sim: Simulator, ptb: Bot) -> None:
    waiting = asyncio.create_task(ptb.get_updates(timeout=20))
    await _polled(sim)
    sim.say(GROUP, READER, "hello")
    assert len(await waiting) == 1


async def test_a_second_poller_ends_the_first_with_conflict(sim: Simulator, ask: Client) -> None:
    first = asyncio.create_task(ask("getUpdates", timeout=20))
    await _polled(sim)
    assert (await ask("getUpdates", timeout=0))["ok"]
    assert (await first)["error_code"] == 409


async def test_only_the_kinds_that_were_asked_for_are_queued(sim: Simulator, ask: Client) -> None:
    await ask("getUpdates", allowed_updates=["my_chat_member"], timeout=0)
    sim.say(READER, READER, "unheard")
    sim.world.block(READER)
    updates = (await ask("getUpdates", timeout=0))["result"]
    assert [sorted(update) for update in updates] == [["my_chat_member", "update_id"]]


async def test_a_press_is_answered_once(sim: Simulator, ptb: Bot) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more:1")]])
    message = await ptb.send_message(READER, "pick", reply_markup=keyboard)
    query = sim.press(READER, READER, message.message_id, "more:1")
    update = (await ptb.get_updates(timeout=0))[-1]
    assert update.callback_query is not None
    assert update.callback_query.data == "more:1"
    assert await ptb.answer_callback_query(query, "there")
    assert sim.answers[query] == {"text": "there", "show_alert": False}
    with pytest.raises(Exception, match=r"[Qq]uery is too old"):
        await ptb.answer_callback_query(query)
    with pytest.raises(KeyError):
        sim.press(READER, READER, message.message_id, "nothing like it")


async def test_a_webhook_gets_updates_with_its_secret_until_taken(sim: Simulator, ask: Client) -> None:
    got: list[tuple[str | None, int]] = []
    done = asyncio.Event()

    async def hook(request: web.Request) -> web.Response:
        body = await request.json()
        got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), body["update_id"]))
        if len(got) == 1:
            return web.Response(status=500)
        if len(got) == 3:
            done.set()
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        assert "loopback" in await ask.refusal("setWebhook", url="https://example.org/hook")
        assert (await ask("setWebhook", url=url, secret_token="s3cret"))["ok"]
        sim.say(READER, READER, "one")
        sim.say(READER, READER, "two")
        await asyncio.wait_for(done.wait(), 10)
        assert [secret for secret, _ in got] == ["s3cret"] * 3
        assert got[0][1] == got[1][1] == got[2][1] - 1
        assert (await ask("getUpdates"))["error_code"] == 409
        assert (await ask("getWebhookInfo"))["result"]["url"] == url
        assert (await ask("deleteWebhook"))["ok"]
        assert (await ask("getUpdates"))["ok"]
    finally:
        await runner.cleanup()


# ------------------------------------------------------------------------- as python-telegram-bot sees it


async def test_python_telegram_bot_understands_every_answer(sim: Simulator, ptb: Bot, tmp_path: Path) -> None:
    assert ptb.username == "dateline_bot"
    sim.world.set_bot(GROUP, "administrator")
    photo = await ptb.send_photo(READER, b"\x89PNG....", caption="a photo")
    assert photo.photo[0].file_size == 8
    file = tmp_path / "digest.html"
    file.write_text("<p>digest</p>")
    document = await ptb.send_document(CHANNEL, file.read_bytes(), caption="a file", filename=file.name)
    assert document.document is not None
    assert document.document.file_name == "digest.html"
    assert document.sender_chat is not None
    assert await ptb.send_chat_action(READER, "typing")
    assert await ptb.set_my_commands([("digest", "Your digest now")])
    assert [command.command for command in await ptb.get_my_commands()] == ["digest"]
    member = await ptb.get_chat_member("@morning_news", ptb.id)
    assert isinstance(member, ChatMemberAdministrator)
    assert member.can_post_messages
    assert await ptb.pin_chat_message(GROUP, (await ptb.send_message(GROUP, "pin me")).message_id)
    chat = await ptb.get_chat(GROUP)
    assert chat.pinned_message is not None
    sim.world.set_bot(FORUM, "administrator")
    topic = await ptb.create_forum_topic(FORUM, "Syria")
    assert (await ptb.send_message(FORUM, "x", message_thread_id=topic.message_thread_id)).is_topic_message
    info = await ptb.get_webhook_info()
    assert info.url == ""


async def test_captions_have_their_own_limit(sim: Simulator, ptb: Bot) -> None:
    with pytest.raises(Exception, match=r"[Mm]essage caption is too long"):
        await ptb.send_photo(READER, b"x", caption="x" * 1025)


# ---------------------------------------------------------------------------------------------- the ledger


async def test_the_ledger_has_every_call_and_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    sim = Simulator(
        token=TOKEN, clock=FixedClock(make.NOW), ledger=path, faults=[Fault(kind="close_after", nth=2)]
    )
    sim.world.add_user(READER)
    await sim.start()
    async with aiohttp.ClientSession() as session:
        ask = Client(sim, session)
        await ask("sendMessage", chat_id=READER, text="one")
        with pytest.raises(aiohttp.ClientError):
            await ask("sendMessage", chat_id=READER, text="two")
        await ask("sendMessage", chat_id=READER, text="")
    lines = [json.loads(line) for line in path.read_text().splitlines()]  # read before the simulator stops
    await sim.stop()
    assert [(line["text"], line["ok"]) for line in lines] == [("one", True), ("two", True), ("", False)]
    assert [call.text for call in sim.ledger.accepted(READER)] == ["one", "two"]
    assert [call.error for call in sim.ledger.refused()] == ["Bad Request: message text is empty"]


async def test_faults_hit_the_call_they_were_planned_for(sim: Simulator, ask: Client) -> None:
    sim.faults.add(
        Fault(kind="429", nth=2, retry_after=7),
        Fault(kind="error", method="getChat", status=418, description="I'm a teapot"),
        Fault(kind="500", chat=GROUP, nth=1, count=2),
    )
    assert (await ask("sendMessage", chat_id=READER, text="1"))["ok"]
    assert (await ask("sendMessage", chat_id=READER, text="2"))["parameters"] == {"retry_after": 7}
    assert (await ask("getChat", chat_id=READER))["description"] == "I'm a teapot"
    statuses = [(await ask("sendMessage", chat_id=GROUP, text="x")).get("error_code", 200) for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert len(sim.ledger.accepted()) == 2
