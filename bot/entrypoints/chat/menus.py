"""The menus of commands that clients show: per kind of chat, per language, and more for who has a role."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.domain.wording import Wording
from bot.entrypoints.chat.table import GROUP, PRIVATE, Command, Who
from bot.events import logger
from bot.types import Role

if TYPE_CHECKING:
    from bot.entrypoints.chat.front import ChatFront

log = logger("chat")

LANGUAGES: Mapping[str, str] = {"": "en", "zh": "zh-Hant", "ar": "ar"}
"""Telegram's language code -> ours. It takes two letters: there is one Chinese, and "" is everybody else."""
MOST = 100
"""Commands in one menu (https://core.telegram.org/bots/api#setmycommands)."""


async def set_menus(front: ChatFront) -> None:
    """Set all menus, if they are not as set last. A refusal is logged and costs nobody an answer."""
    commands = [command for command in front.tables.commands.values() if command.listed]
    async with front.app.deps.store.begin() as tx:
        known = await tx.note("menus")
        staff = [one for one in await tx.people() if one.role is not Role.READER]
    now = _fingerprint(front, commands)
    if known == now:
        return
    try:
        for code, language in LANGUAGES.items():
            words = front.app.deps.wording[language]
            for scope, menu in _scopes(commands).items():
                await _set(front, scope, menu, words, code)
    except TelegramError as error:
        log.warning("menus_not_set", error=type(error).__name__)
        return
    for person in staff:
        await set_menu_of(front, person.id)
    async with front.app.deps.store.begin() as tx:
        await tx.put_note("menus", now)


async def set_menu_of(front: ChatFront, user: str) -> None:
    """The menu of a person's private chat: with what their role adds, or the common one."""
    async with front.app.deps.store.begin() as tx:
        person = await tx.person(user)
    scope, role = BotCommandScopeChat(int(user)), person.role if person else Role.READER
    try:
        if role is Role.READER:
            await front.channel.bot.delete_my_commands(scope=scope)
            return
        most = Who.OWNER if role is Role.OWNER else Who.EDITOR
        menu = _menu(front.tables.commands.values(), PRIVATE, most)
        for code, language in LANGUAGES.items():
            await _set(front, scope, menu, front.app.deps.wording[language], code)
    except TelegramError as error:  # the person never wrote to the bot, or blocked it
        log.info("menu_not_set", user=user, error=type(error).__name__)


def _scopes(commands: Sequence[Command]) -> dict[BotCommandScope, list[Command]]:
    return {
        BotCommandScopeAllPrivateChats(): _menu(commands, PRIVATE, Who.MANAGER),
        BotCommandScopeAllGroupChats(): _menu(commands, GROUP, Who.ADMITTED),
        BotCommandScopeAllChatAdministrators(): _menu(commands, GROUP, Who.MANAGER),
    }


def _menu(commands: Iterable[Command], where: str, most: Who) -> list[Command]:
    return [one for one in commands if one.listed and where in one.where and one.who <= most][:MOST]


async def _set(
    front: ChatFront, scope: BotCommandScope, menu: Sequence[Command], words: Wording, code: str
) -> None:
    shown = [BotCommand(one.name, words(f"command.{one.name}")) for one in menu]
    await front.channel.bot.set_my_commands(shown, scope=scope, language_code=code or None)


def _fingerprint(front: ChatFront, commands: Sequence[Command]) -> str:
    said = [
        f"{language} {command.name} {command.who} {sorted(command.where)}"
        f" {front.app.deps.wording[language](f'command.{command.name}')}"
        for language in LANGUAGES.values()
        for command in commands
    ]
    return hashlib.sha256("\n".join([front.username, *said]).encode()).hexdigest()[:16]
