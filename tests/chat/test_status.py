"""How it goes, and the messages that did not go out: for editors and owners alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.adapters.llm import ModelClient
from bot.errors import Code
from bot.types import (
    Address,
    Delivery,
    DeliveryState,
    ModelCall,
    Origin,
    Outcome,
    Part,
    Person,
    Role,
)
from tests import make
from tests.chat.conversation import GROUP, OTHER, READER, Conversation, conversation
from tests.fake_llm import fake_llm
from tests.pipeline.newsroom import CHAT


async def appoint(talk: Conversation, role: Role, user: int = READER) -> None:
    """Make somebody an editor or an owner."""
    async with talk.app.deps.store.begin() as tx:
        await tx.put_person(Person(id=str(user), name="Rana", role=role))


async def message(talk: Conversation, key: str, state: DeliveryState, code: Code | None = None) -> None:
    """A message that ended so."""
    now = talk.app.deps.clock.now()
    item = Delivery(
        key=key,
        group=key,
        origin=Origin.ALERT,
        address=Address(channel="telegram", chat=str(GROUP)),
        part_number=0,
        parts=1,
        part=Part(text=f"A bridge reopened, says {key}"),
        due_at=now,
    )
    until = now + timedelta(minutes=1)
    async with talk.app.deps.store.begin() as tx:
        await tx.queue([item])
        [claimed] = await tx.claim(token=key, now=now, until=until, limit=1, channel="telegram")
        await tx.mark_sending([claimed.id], key, until)
        await tx.settle([Outcome(delivery=claimed.id, token=key, state=state, code=code)])


async def states(talk: Conversation) -> dict[str, str]:
    async with talk.app.deps.store.begin() as tx:
        return {item.key: str(item.state) for item in await tx.deliveries(limit=50)}


async def test_who_is_neither_editor_nor_owner_hears_nothing(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        for command in ("/status", "/outbox", "/prompts"):
            assert "Only editors" in (await talk.say(command)).text
        await appoint(talk, Role.EDITOR)
        assert "Feeds" in (await talk.say("/status")).text
        assert "privately" in (await talk.say("/status", chat=GROUP)).text
        assert "Choose one" in (await talk.say("/prompts")).text


async def test_status_tells_how_it_goes_and_renews_itself(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        await appoint(talk, Role.OWNER)
        said = await talk.say("/status")
        for word in (
            "11 fine",
            "1 failing",
            "Quay",
            "Newest item",
            "Syria",
            "No model is set",
            "SQLite",
            "Dateline 0.",
        ):
            assert word in said.text
        now = talk.app.deps.clock.now()
        async with talk.app.deps.store.begin() as tx:
            await tx.record_call(
                ModelCall(at=now, task="story", model="m", prompt="p", cost=1.25, code=Code.TIMEOUT)
            )
        await message(talk, "one", DeliveryState.FAILED, Code.FORBIDDEN)
        renewed = await talk.press("Refresh")
        assert renewed.id == said.id
        assert "$1.25 today" in renewed.text
        assert "1 × The bot was blocked or removed there." in renewed.text
        await appoint(talk, Role.READER)
        await talk.press("Refresh")
        assert "Only editors" in talk.answered()


async def test_a_digest_and_how_late_it_was(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.OWNER)
        now = talk.app.deps.clock.now()
        slot = make.slot(day=20, hour=5)
        group = f"digest:morning:{slot.local_date}T05:00"
        async with talk.app.deps.store.begin() as tx:
            parts = make.deliveries(group, 1, due_at=slot.at, address=make.address(str(CHAT)))
            await tx.record_digest(make.digest(slot=slot, made_at=now), parts)
        assert "1 message not sent" in (await talk.say("/status")).text
        async with talk.app.deps.store.begin() as tx:
            [one] = await tx.claim(token="t", now=now, until=make.NOW, limit=1, channel="telegram")
            await tx.mark_sending([one.id], "t", make.NOW)
            await tx.settle([make.outcome(one, "t")])
        assert "60 minutes late" in (await talk.press("Refresh")).text


async def test_a_person_decides_what_became_of_a_message(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        talk.simulator.say(GROUP, READER, "hello")  # the bot sees the chat, and its name
        assert "everything arrived" in (await talk.say("/outbox")).text
        await message(talk, "lost", DeliveryState.FAILED, Code.BAD_REQUEST)
        await message(talk, "unsure", DeliveryState.AMBIGUOUS)
        await message(talk, "unsure too", DeliveryState.AMBIGUOUS)
        await message(talk, "useless", DeliveryState.FAILED)
        said = await talk.say("/outbox")
        assert "Desk" in said.text
        assert "Telegram refused the message" in said.text
        assert "A bridge reopened, says lost" in said.text
        await talk.press("2. It arrived")
        assert (await states(talk))["unsure too"] == "sent"
        await talk.press("1. Drop")
        await talk.press("1. Send again")
        await talk.press("1. Try again")
        assert await states(talk) == {
            "lost": "pending",
            "unsure": "pending",
            "unsure too": "sent",
            "useless": "failed",
        }
        assert talk.last().text.endswith("None: everything arrived.")


async def test_a_press_that_comes_twice_says_so(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        await message(talk, "unsure", DeliveryState.AMBIGUOUS)
        first, second = await talk.say("/outbox"), await talk.say("/outbox")
        assert first.markup
        data = first.markup["inline_keyboard"][0][0]["callback_data"]
        talk.simulator.press(READER, READER, second.id, data)
        talk.simulator.press(READER, READER, first.id, data)
        await talk.settle()
        assert "settled before" in talk.answered()
        assert (await states(talk))["unsure"] == "sent"


async def test_pages_and_a_paused_outbox(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        for number in range(7):
            await message(talk, f"m{number}", DeliveryState.FAILED)
        async with talk.app.deps.store.begin() as tx:
            await tx.pause_outbox(True, "restored from a backup")
        said = await talk.say("/outbox")
        assert "restored from a backup" in said.text
        assert "says m1" not in said.text
        assert "says m1" in (await talk.press("2 ›")).text
        assert "says m6" in (await talk.press("‹ 1")).text
        await talk.press("Start sending")
        async with talk.app.deps.store.begin() as tx:
            assert await tx.outbox_paused() == ""


async def test_an_old_button_and_one_of_somebody_else_do_nothing(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        await appoint(talk, Role.EDITOR, OTHER)
        await message(talk, "lost", DeliveryState.FAILED)
        said = await talk.say("/outbox")
        assert said.markup
        data = said.markup["inline_keyboard"][0][0]["callback_data"]
        talk.clock.move(timedelta(hours=25).total_seconds())
        talk.simulator.press(READER, READER, said.id, data)
        await talk.settle()
        assert "too old" in talk.answered()
        assert (await states(talk))["lost"] == "failed"


async def test_what_models_cost_and_will_cost(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk, fake_llm("") as fake:
        await appoint(talk, Role.OWNER)
        client = ModelClient(base_url=fake.url, model="nobody-knows", clock=talk.app.deps.clock)
        settings = talk.app.settings.model_copy(update={"openai_model": "nobody-knows", "budget_month": 2.0})
        now = talk.app.deps.clock.now()
        async with talk.app.deps.store.begin() as tx:
            for days in range(5):
                call = make.model_call(at=now - timedelta(days=days), cost=0.25)
                await tx.record_call(call)
        object.__setattr__(talk.app, "model", client)
        object.__setattr__(talk.app, "settings", settings)
        said = (await talk.say("/status")).text
        await client.close()
    assert "$0.25 today" in said
    assert "Forecast: $" in said
    assert "caps: $1.00 a day, $2.00 a month" in said
    assert "a cap will be reached" in said
    assert "No price of nobody-knows" in said
