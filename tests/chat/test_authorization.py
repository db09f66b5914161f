"""Who may do what: a table of commands against people, and every button pressed by the wrong person.

Owner, editor and reader write privately; administrator, member and the anonymous administrator in a group;
the stranger privately, to a bot that is open by invitation only.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.simulator import Message
from bot.entrypoints.chat.presses import button
from bot.entrypoints.chat.table import Press, Who
from bot.entrypoints.chat.tables import tables
from bot.types import Person, Role
from tests.chat.conversation import CHANNEL, GROUP, OTHER, READER, Conversation, conversation
from tests.pipeline.newsroom import CHAT

PEOPLE = ("owner", "editor", "reader", "administrator", "member", "anonymous", "stranger")
EVERYBODY = "yes yes yes yes yes yes yes"
READERS = "yes yes yes yes yes yes access"
MANAGERS = "yes yes yes yes manager anonymous access"
LEAVERS = "yes yes yes yes manager anonymous yes"
IN_PRIVATE = "yes yes yes where where where access"
EDITORS = "yes yes editor where where where access"
OWNERS = "yes owner owner where where where access"
TABLE = {
    "help": EVERYBODY,
    "privacy": EVERYBODY,
    "digest": READERS,
    "summarize": READERS,
    "why": READERS,
    "start": MANAGERS,
    "settings": MANAGERS,
    "topics": MANAGERS,
    "schedule": MANAGERS,
    "zone": MANAGERS,
    "language": MANAGERS,
    "length": MANAGERS,
    "format": MANAGERS,
    "night": MANAGERS,
    "style": MANAGERS,
    "pause": MANAGERS,
    "resume": MANAGERS,
    "mute": MANAGERS,
    "stop": LEAVERS,
    "forget": LEAVERS,
    "connect": READERS,
    "disconnect": IN_PRIVATE,
    "invite": EDITORS,
    "people": EDITORS,
    "feeds": EDITORS,
    "topicedit": EDITORS,
    "merge": EDITORS,
    "broadcast": OWNERS,
    "status": EDITORS,
    "outbox": EDITORS,
    "prompts": EDITORS,
}
"""Command -> what becomes of it for each of PEOPLE: "yes", or the word of the refusal."""


async def _ask(talk: Conversation, command: str, who: str) -> str:
    """ "yes", or the word of the refusal."""
    user = OTHER if who in ("administrator", "anonymous") else READER
    chat = GROUP if who in ("administrator", "member", "anonymous") else user
    talk.simulator.world.say(chat, user, f"/{command}", anonymous=who == "anonymous")
    await talk.settle()
    words, said = talk.app.deps.wording["en"], talk.last(chat).text
    kinds = ("where", "access", "anonymous", "manager", "editor", "owner")
    return next((kind for kind in kinds if said == words(f"refused.{kind}")), "yes")


@pytest.mark.parametrize("who", PEOPLE)
async def test_each_command_is_answered_or_refused_as_the_table_says(who: str, tmp_path: Path) -> None:
    expected = {command: row.split()[PEOPLE.index(who)] for command, row in TABLE.items()}
    access = "invite" if who == "stranger" else "open"
    async with conversation(tmp_path, collected=True, access=access) as talk:
        if who in ("owner", "editor"):
            async with talk.app.deps.store.begin() as tx:
                await tx.put_person(Person(id=str(READER), name="Rana", role=Role(who)))
        found = {command: await _ask(talk, command, who) for command in TABLE}
    assert found == expected


def _doors(talk: Conversation, said: Message) -> list[str]:
    rows = (said.markup or {}).get("inline_keyboard", ())
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


async def test_a_forwarded_button_of_any_command_gives_nobody_the_owners_rights(tmp_path: Path) -> None:
    """The last column of the table: what the owner was answered with, forwarded to a group and pressed there.

    A sealed button says whose it is. The two that are not sealed open a story in private, or are asked as the
    presser's own: a member's is a vote, and changes nothing.
    """
    async with conversation(tmp_path, collected=True) as talk:
        async with talk.app.deps.store.begin() as tx:
            await tx.put_person(Person(id=str(READER), name="Rana", role=Role.OWNER))
        words, world = talk.app.deps.wording["en"], talk.simulator.world
        pressed = set()
        for command in TABLE:
            known = len(talk.simulator.messages(READER))
            await talk.say(f"/{command}")
            await talk.app.runner.idle()
            for said in talk.simulator.messages(READER)[known:]:
                there = world.forward(GROUP, READER, READER, said.id)
                for data in _doors(talk, said):
                    talk.simulator.press(GROUP, OTHER, there.id, data)
                    await talk.settle()
                    verb, sealed = data.split(":")[0].split("~")[0], "~" in data
                    pressed.add(verb)
                    told = list(talk.simulator.answers.values())[-1]
                    if sealed:
                        assert told.get("text") == words("chat.button_not_yours"), (command, data)
                    else:
                        assert verb == "s", (command, data)
                        assert "?start=s_" in str(told.get("url"))
        assert {"wiz", "s", "connect", "feeds", "topicedit", "status", "prompts", "demote"} & pressed >= {
            "wiz", "s", "connect", "feeds", "topicedit", "status"
        }  # fmt: skip
        async with talk.app.deps.store.begin() as tx:
            assert [one.id for one in await tx.people(Role.OWNER)] == [str(READER)]
            assert {sub.address.chat for sub in await tx.subscriptions(active=None)} == {str(CHAT)}
            assert await tx.feedback() == ()


async def test_telegram_is_asked_once_a_minute_who_administers_a_chat(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        ledger = talk.simulator.ledger

        def asked(user: int = OTHER) -> int:
            calls = ledger.accepted(GROUP, "getChatMember")
            return sum(call.parameters["user_id"] == user for call in calls)

        for _ in range(4):
            await talk.say("/settings", user=OTHER, chat=GROUP)
        assert asked() == 1
        await talk.say("/settings", user=READER, chat=GROUP)
        assert (asked(), asked(READER)) == (1, 1)  # each person for themself
        talk.clock.move(61)
        await talk.say("/settings", user=OTHER, chat=GROUP)
        assert asked() == 2
        talk.simulator.world.set_bot(GROUP, "member")  # something changed there: nothing known holds
        await talk.settle()
        known = asked()
        await talk.say("/settings", user=OTHER, chat=GROUP)
        assert asked() == known + 1


def test_the_table_has_every_command() -> None:
    assert set(TABLE) == set(tables().commands)


async def test_a_channel_post_manages_nothing(tmp_path: Path) -> None:
    """Nobody can tell who wrote it."""
    async with conversation(tmp_path) as talk:
        refused = {talk.app.deps.wording["en"](f"refused.{kind}") for kind in ("where", "anonymous")}
        for name, command in talk.front.tables.commands.items():
            if command.who >= Who.MANAGER:
                talk.simulator.world.say(CHANNEL, OTHER, f"/{name}")
                await talk.settle()
                assert talk.last(CHANNEL).text in refused, name


def _data(press: Press, talk: Conversation, user: int, *, seconds: float = 0) -> str:
    """Data of the button, as the bot would have made it for this person so long ago."""
    made = talk.clock.now() - timedelta(seconds=seconds)
    return button("x", press.verb, "0", user=str(user) if press.sealed else "", now=made).data


async def test_no_button_works_for_another_person_or_when_it_is_old(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        words, world = talk.app.deps.wording["en"], talk.simulator.world
        asked = await talk.say("/help", user=OTHER, chat=GROUP)
        for press in talk.front.tables.presses.values():
            if not press.sealed:
                continue
            world.press(GROUP, READER, asked.id, _data(press, talk, OTHER), forged=True)
            await talk.settle()
            assert talk.answered() == words("chat.button_not_yours"), press.verb
            late = press.lives.total_seconds() + 120
            world.press(GROUP, OTHER, asked.id, _data(press, talk, OTHER, seconds=late), forged=True)
            await talk.settle()
            assert talk.answered() == words("chat.button_old"), press.verb


async def test_no_forged_button_gives_a_right_that_the_person_has_not(tmp_path: Path) -> None:
    """The seal is no signature: a person can forge data in their own name."""
    async with conversation(tmp_path) as talk:
        words, world = talk.app.deps.wording["en"], talk.simulator.world
        asked = await talk.say("/help", user=READER, chat=GROUP)
        refusals = {Who.MANAGER: "refused.manager", Who.EDITOR: "refused.editor", Who.OWNER: "refused.owner"}
        for press in talk.front.tables.presses.values():
            if press.who not in refusals:
                continue
            world.press(GROUP, READER, asked.id, _data(press, talk, READER), forged=True)
            await talk.settle()
            assert talk.answered() == words(refusals[press.who]), press.verb
        for data in ("nonsense", "x:y~zz", "x~!!.??", "demote:1~9999999999999.99", "🙂"):
            world.press(GROUP, READER, asked.id, data, forged=True)
            await talk.settle()
            assert talk.answered() in (words("chat.button_old"), words("chat.button_not_yours"))
