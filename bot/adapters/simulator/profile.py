"""What the bot says of itself: commands per scope and language, descriptions, the menu button."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.adapters.simulator.chats import Json
from bot.adapters.simulator.refusals import bad_request
from bot.adapters.simulator.signatures import Params
from bot.adapters.simulator.world import World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_SCOPES: dict[str, frozenset[str]] = {
    "default": frozenset(),
    "all_private_chats": frozenset(),
    "all_group_chats": frozenset(),
    "all_chat_administrators": frozenset(),
    "chat": frozenset({"chat_id"}),
    "chat_administrators": frozenset({"chat_id"}),
    "chat_member": frozenset({"chat_id", "user_id"}),
}
_MOST_COMMANDS = 100
_MOST_DESCRIPTION = 512
_MOST_SHORT = 120
_Scope = tuple[str, int, int]


class Profile:
    """Keeps it, and tells which commands a person sees in a chat."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._commands: dict[tuple[_Scope, str], list[Json]] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._buttons: dict[int, Json] = {}

    def set_commands(self, params: Params) -> bool:
        """Other commands for one scope and language; none at all is as good as deleting them."""
        commands = params.parsed("commands")
        if not isinstance(commands, list):
            raise bad_request("can't parse commands JSON object")
        if len(commands) > _MOST_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        kept = [_command(command) for command in commands]
        if len({command["command"] for command in kept}) < len(kept):
            raise bad_request("simulator: a command stands twice in the list")
        self._commands[self._key(params)] = kept
        self._world.changed("commands", 0)
        return True

    def get_commands(self, params: Params) -> list[Json]:
        """Those of exactly this scope and language."""
        return self._commands.get(self._key(params), [])

    def delete_commands(self, params: Params) -> bool:
        """Forget them; those of wider scopes show instead."""
        self._commands.pop(self._key(params), None)
        self._world.changed("commands", 0)
        return True

    def commands_for(self, chat: int, user: int) -> list[Json]:
        """What the person sees there: the narrowest scope that has any, their language before none.

        The order is https://core.telegram.org/bots/api#determining-list-of-commands.
        """
        language = self._world.users[user].language.split("-")[0]
        for scope in self._scopes(chat, user):
            for spoken in (language, ""):
                if self._commands.get((scope, spoken)):
                    return self._commands[scope, spoken]
        return []

    def set_text(self, params: Params) -> bool:
        """The description, short or long."""
        kind = "short_description" if "Short" in params.method else "description"
        text = params.text(kind)
        if len(text) > (_MOST_SHORT if kind == "short_description" else _MOST_DESCRIPTION):
            raise bad_request("ABOUT_TOO_LONG" if kind == "short_description" else "DESCRIPTION_TOO_LONG")
        self._texts[kind, _language(params)] = text
        return True

    def get_text(self, params: Params) -> Json:
        """The description in the language, else the one without."""
        kind = "short_description" if "Short" in params.method else "description"
        return {kind: self.text(kind, _language(params))}

    def text(self, kind: str, language: str) -> str:
        """The "description" or "short_description" as somebody with this language sees it."""
        return self._texts.get((kind, language)) or self._texts.get((kind, ""), "")

    def set_button(self, params: Params) -> bool:
        """The button beside the field of a private chat, or of all (without one)."""
        button = params.parsed("menu_button") or {"type": "default"}
        kinds = {"default": set(), "commands": set(), "web_app": {"text", "web_app"}}
        kind = button.get("type") if isinstance(button, dict) else None
        if kind not in kinds or set(button) - {"type"} != kinds[kind]:
            raise bad_request("can't parse menu button: Invalid type specified")
        self._buttons[self._button_chat(params)] = button
        return True

    def get_button(self, params: Params) -> Json:
        """That of the chat, else that of all."""
        usual: Json = self._buttons.get(0, {"type": "default"})
        return self._buttons.get(self._button_chat(params), usual)

    # ---------------------------------------------------------------------------------------------------

    def _button_chat(self, params: Params) -> int:
        if "chat_id" not in params.values:
            return 0
        chat = self._world.find(params.chat())
        if chat.kind != "private":
            raise bad_request("USER_ID_INVALID")
        return chat.id

    def _key(self, params: Params) -> tuple[_Scope, str]:
        scope: Any = params.parsed("scope") or {"type": "default"}
        kind = scope.get("type") if isinstance(scope, dict) else None
        if kind not in _SCOPES:
            raise bad_request("can't parse BotCommandScope: Unsupported type specified")
        given = set(scope) - {"type"}
        for name in sorted(_SCOPES[kind] ^ given):
            if name in given:
                raise bad_request(f"simulator: the scope {kind} has no field {name!r}")
            raise bad_request(f"can't parse BotCommandScope: Can't find field \"{name}\"")
        chat = self._world.find(scope["chat_id"]) if "chat_id" in given else None
        if chat is not None and kind != "chat" and chat.kind == "private":
            raise bad_request("can't use the scope in a private chat")
        return (kind, chat.id if chat else 0, int(scope.get("user_id", 0))), _language(params)

    def _scopes(self, chat: int, user: int) -> Iterator[_Scope]:
        place = self._world.chats[chat]
        if place.kind == "private":
            yield ("chat", chat, 0)
            yield ("all_private_chats", 0, 0)
        else:
            manages = self._world.member(place, user).manages
            yield ("chat_member", chat, user)
            if manages:
                yield ("chat_administrators", chat, 0)
            yield ("chat", chat, 0)
            if manages:
                yield ("all_chat_administrators", 0, 0)
            yield ("all_group_chats", 0, 0)
        yield ("default", 0, 0)


def _language(params: Params) -> str:
    language = params.text("language_code")
    if language and not _LANGUAGE.fullmatch(language):
        raise bad_request("LANG_CODE_INVALID")
    return language


def _command(given: Any) -> Json:
    if not isinstance(given, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name = str(given.get("command", "")).removeprefix("/")
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 0 < len(str(given.get("description", ""))) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {**given, "command": name}
