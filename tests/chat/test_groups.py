"""Coming and going, connecting, access and roles."""

from __future__ import annotations

from pathlib import Path

from bot.entrypoints.chat.access import owner_code
from bot.types import Address, Person, Role
from tests.chat.conversation import CHANNEL, GROUP, OTHER, READER, Conversation, conversation


def at(chat: int) -> Address:
    return Address(channel="telegram", chat=str(chat))


def said_in(talk: Conversation, chat: int, what: str) -> bool:
    return any(what in message.text for message in talk.simulator.messages(chat))


async def _connected(talk: Conversation, user: int) -> str:
    async with talk.app.deps.store.begin() as tx:
        person = await tx.person(str(user))
    assert person is not None
    return person.connected


async def test_an_administrator_manages_a_channel_from_the_private_chat(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        talk.simulator.world.set_bot(CHANNEL, "administrator")
        await talk.settle()
        said = await talk.say("/connect @desk_channel", user=OTHER)
        assert "Channel" in said.text
        assert await _connected(talk, OTHER) == str(CHANNEL)
        said = await talk.say("/connect https://t.me/desk_channel", user=READER)
        assert "administrators" in said.text
        assert await _connected(talk, READER) == ""
        assert "no chat" in (await talk.say("/connect @nowhere_at_all", user=OTHER)).text
        await talk.say("/disconnect", user=OTHER)
        assert await _connected(talk, OTHER) == ""
        await talk.say("/connect", user=OTHER)
        assert ["Channel"] in talk.buttons(OTHER)
        await talk.press("Channel", user=OTHER)
        assert await _connected(talk, OTHER) == str(CHANNEL)


async def test_rights_are_asked_at_each_press_and_lost_ones_count_within_a_minute(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        talk.simulator.world.set_bot(GROUP, "member")
        await talk.say("/connect", user=OTHER)
        talk.simulator.world.chats[GROUP].members[OTHER].status = "member"
        talk.clock.move(61)
        said = await talk.press("Desk", user=OTHER)
        assert "Only administrators" in said.text
        assert await _connected(talk, OTHER) == ""


async def test_a_chat_that_throws_the_bot_out_is_muted_and_comes_back(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        world, store = talk.simulator.world, talk.app.deps.store
        async with store.begin() as tx:
            morning = (await tx.subscriptions())[0]
            await tx.put_subscription(
                type(morning)(
                    id=morning.id,
                    address=at(GROUP),
                    topics=morning.topics,
                    schedule=morning.schedule,
                )
            )
        world.set_bot(GROUP, "kicked")
        await talk.settle()
        async with store.begin() as tx:
            assert await tx.subscriptions() == ()
        world.set_bot(GROUP, "member")
        await talk.settle()
        async with store.begin() as tx:
            assert len(await tx.subscriptions()) == 1
        assert "/start" in talk.last(GROUP).text


async def test_a_channel_where_the_bot_may_not_post_is_told_to_who_added_it(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await talk.say("/help", user=OTHER)
        talk.simulator.world.set_bot(CHANNEL, "administrator", (), by=OTHER)
        await talk.settle()
        async with talk.app.deps.store.begin() as tx:
            chat = await tx.chat(at(CHANNEL))
        assert chat is not None
        assert not chat.may_post
        assert "may not post in “Channel”" in talk.last(OTHER).text
        talk.simulator.world.set_bot(CHANNEL, "administrator")  # now it may
        await talk.settle()
        async with talk.app.deps.store.begin() as tx:
            chat = await tx.chat(at(CHANNEL))
        assert chat is not None
        assert chat.may_post


async def test_the_owner_is_who_sends_the_code_of_the_console_and_only_the_first(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        made = await owner_code(talk.app)
        assert "wrong" not in (await talk.say("/start wrong-code")).text
        async with talk.app.deps.store.begin() as tx:
            assert await tx.people(Role.OWNER) == ()
        await talk.say(f"/start {made}")
        assert said_in(talk, READER, "You are the owner")
        await talk.say(f"/start {made}", user=OTHER)
        async with talk.app.deps.store.begin() as tx:
            assert [one.id for one in await tx.people(Role.OWNER)] == [str(READER)]
        assert await owner_code(talk.app) == ""


async def test_an_invitation_lets_one_person_in(tmp_path: Path) -> None:
    async with conversation(tmp_path, access="invite") as talk:
        async with talk.app.deps.store.begin() as tx:
            await tx.put_person(Person(id=str(READER), name="Rana", role=Role.OWNER))
        assert "not open" in (await talk.say("/connect", user=OTHER)).text
        said = await talk.say("/invite")
        payload = said.text.rsplit("start=", 1)[1].split()[0]
        await talk.say(f"/start {payload}", user=OTHER)
        assert said_in(talk, OTHER, "you are let in")
        assert "not open" not in (await talk.say("/connect", user=OTHER)).text
        third = 500_003
        talk.simulator.world.add_user(third, "Third")
        await talk.say(f"/start {payload}", user=third)
        assert "not open" in (await talk.say("/connect", user=third)).text


async def test_a_group_that_becomes_a_supergroup_is_the_same_chat(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await talk.say("/connect", user=OTHER, chat=GROUP)
        new = talk.simulator.world.upgrade(GROUP)
        await talk.settle()
        async with talk.app.deps.store.begin() as tx:
            assert await tx.chat(at(GROUP)) is None
            moved = await tx.chat(at(new.id))
        assert moved is not None
        assert moved.kind == "supergroup"
