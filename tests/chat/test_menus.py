"""What clients show as the menu of commands: per kind of chat, per language, and more for who has a role."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from telegram import (
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)

from bot.entrypoints.chat.access import owner_code
from bot.entrypoints.chat.menus import LANGUAGES
from bot.entrypoints.chat.table import GROUP, PRIVATE, Who
from tests.chat.conversation import OTHER, READER, Conversation, conversation

STAFF = {"feeds", "topicedit", "prompts", "outbox", "status", "invite", "people", "merge"}


async def menu(talk: Conversation, scope: BotCommandScope, code: str = "") -> dict[str, str]:
    """The menu as set, by name."""
    told = await talk.front.channel.bot.get_my_commands(scope=scope, language_code=code or None)
    return {one.command: one.description for one in told}


async def test_each_scope_and_language_has_its_menu_and_only_what_may_be_said_there(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        scopes: dict[Any, tuple[str, Who]] = {
            BotCommandScopeAllPrivateChats(): (PRIVATE, Who.MANAGER),
            BotCommandScopeAllGroupChats(): (GROUP, Who.ADMITTED),
            BotCommandScopeAllChatAdministrators(): (GROUP, Who.MANAGER),
        }
        commands = [one for one in talk.front.tables.commands.values() if one.listed]
        for scope, (where, most) in scopes.items():
            wanted = {one.name for one in commands if where in one.where and one.who <= most}
            for code, language in LANGUAGES.items():
                words = talk.app.deps.wording[language]
                shown = await menu(talk, scope, code)
                assert set(shown) == wanted, (scope.type, code)
                assert shown == {name: words(f"command.{name}") for name in wanted}
        private = await menu(talk, BotCommandScopeAllPrivateChats())
        members = await menu(talk, BotCommandScopeAllGroupChats())
        assert {"digest", "settings", "mute", "forget"} <= set(private)
        assert "settings" not in members
        assert STAFF.isdisjoint(private)
        assert {*LANGUAGES} == {"", "zh", "ar"}


async def test_a_role_adds_to_the_menu_of_that_person_alone_and_is_taken_away_with_it(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        mine, other = BotCommandScopeChat(READER), BotCommandScopeChat(OTHER)
        assert await menu(talk, mine) == {}
        await talk.say(f"/start {await owner_code(talk.app)}")
        assert {*STAFF, "broadcast", "digest"} <= set(await menu(talk, mine))
        assert await menu(talk, mine, "ar") != await menu(talk, mine)
        await talk.say("/help", user=OTHER)
        said = await talk.say("/invite editor")
        await talk.say(f"/start {said.text.rsplit('start=', 1)[1].split()[0]}", user=OTHER)
        assert set(await menu(talk, other)) >= STAFF
        assert "broadcast" not in await menu(talk, other)
        await talk.say("/people")
        await talk.press("Omar")
        assert await menu(talk, other) == {}


async def test_menus_that_are_set_already_are_not_set_again(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        changes: list[Any] = []
        talk.simulator.world.watchers.append(changes.append)
        await talk.front.tables.started(talk.front)
        assert not [one for one in changes if one["kind"] == "commands"]
        async with talk.app.deps.store.begin() as tx:
            await tx.put_note("menus", "of another version")
        await talk.front.tables.started(talk.front)
        assert [one for one in changes if one["kind"] == "commands"]
