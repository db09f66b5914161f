"""What each method does: the table, and the methods that are not about writing into chats."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from bot.adapters.simulator.chats import Json, member_json
from bot.adapters.simulator.posting import Posting
from bot.adapters.simulator.refusals import bad_request
from bot.adapters.simulator.signatures import Params
from bot.adapters.simulator.world import World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_DEFAULT_SCOPE = {"type": "default"}


class Methods:
    """Answers calls with what stands under "result", or raises Refusal."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self.answers: dict[str, Json] = {}
        """Callback query id -> what the bot answered."""
        self._table: dict[str, Callable[[Params], Any]] = {
            "getMe": self._me,
            "sendMessage": posting.send_message,
            "sendPhoto": posting.send_photo,
            "sendDocument": posting.send_document,
            "editMessageText": posting.edit_text,
            "deleteMessage": posting.delete,
            "sendChatAction": posting.action,
            "pinChatMessage": posting.pin,
            "createForumTopic": posting.create_topic,
            "closeForumTopic": posting.close_topic,
            "answerCallbackQuery": self._answer,
            "setMyCommands": self._set_commands,
            "getMyCommands": self._get_commands,
            "getChat": self._chat,
            "getChatMember": self._chat_member,
            "getWebhookInfo": self._webhook_info,
        }
        self._waiting: dict[str, Callable[[Params], Awaitable[Any]]] = {
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
        }

    @property
    def names(self) -> frozenset[str]:
        """All methods that are simulated."""
        return frozenset(self._table) | frozenset(self._waiting)

    async def call(self, params: Params) -> Any:
        """The result of the call. Raises Refusal."""
        waiting = self._waiting.get(params.method)
        return await waiting(params) if waiting else self._table[params.method](params)

    def _me(self, params: Params) -> Json:
        del params
        return {
            **self._world.bot.json(),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _get_updates(self, params: Params) -> Any:
        updates = self._world.updates
        updates.allow(params.parsed("allowed_updates"))
        return await updates.poll(
            offset=params.integer("offset") or 0,
            limit=params.integer("limit") or 100,
            timeout=float(max(0, min(params.integer("timeout") or 0, 50))),
        )

    async def _set_webhook(self, params: Params) -> bool:
        updates = self._world.updates
        await updates.set_webhook(params.text("url"), params.text("secret_token"))
        updates.allow(params.parsed("allowed_updates"))
        if params.flag("drop_pending_updates"):
            updates.drop()
        return True

    async def _delete_webhook(self, params: Params) -> bool:
        await self._world.updates.set_webhook("", "")
        if params.flag("drop_pending_updates"):
            self._world.updates.drop()
        return True

    def _webhook_info(self, params: Params) -> Any:
        del params
        return self._world.updates.webhook()

    def _answer(self, params: Params) -> bool:
        query = params.text("callback_query_id")
        if query not in self._world.open_presses:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if len(params.text("text")) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        self._world.open_presses.remove(query)
        self.answers[query] = {"text": params.text("text"), "show_alert": params.flag("show_alert")}
        return True

    def _set_commands(self, params: Params) -> bool:
        commands = params.parsed("commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad_request("can't parse commands JSON object")
        for command in commands:
            if not _COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 0 < len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._commands[self._scope(params)] = commands
        return True

    def _get_commands(self, params: Params) -> list[Json]:
        return self._commands.get(self._scope(params), [])

    @staticmethod
    def _scope(params: Params) -> tuple[str, str]:
        scope = params.parsed("scope") or _DEFAULT_SCOPE
        return json.dumps(scope, sort_keys=True), params.text("language_code")

    def _chat(self, params: Params) -> Json:
        chat = self._world.find(params.chat())
        shown = {
            **chat.json(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(_GIFTS, False),
        }
        if chat.pinned:
            shown["pinned_message"] = self._world.show(chat, chat.messages[chat.pinned[-1]])
        return shown

    def _chat_member(self, params: Params) -> Any:
        chat = self._world.find(params.chat())
        user = self._world.users.get(params.integer("user_id") or 0)
        if user is None:
            raise bad_request("invalid user_id specified")
        member = self._world.member(chat, user.id)
        if chat.kind == "channel" and self._world.member(chat).status != "administrator":
            raise bad_request("member list is inaccessible")
        return member_json(user, member)


_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
