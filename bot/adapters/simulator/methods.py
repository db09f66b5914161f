"""What each method does: the table, and the methods about updates and presses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.adapters.simulator.administration import Administration
from bot.adapters.simulator.chats import Json
from bot.adapters.simulator.editing import Editing
from bot.adapters.simulator.entities import units
from bot.adapters.simulator.posting import Posting
from bot.adapters.simulator.profile import Profile
from bot.adapters.simulator.refusals import bad_request
from bot.adapters.simulator.signatures import Params
from bot.adapters.simulator.world import World

_PRESS_LIVES = 15 * 60  # seconds; the original's time is not published, bots report about a quarter hour
_Table = dict[str, Callable[[Params], Any]]


class Methods:
    """Answers calls with what stands under "result", or raises Refusal."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self.profile = Profile(world)
        """Commands and descriptions that the bot has set."""
        self.answers: dict[str, Json] = {}
        """Callback query id -> what the bot answered."""
        self._table: _Table = {
            "getMe": self._me,
            "getFile": self._file,
            "answerCallbackQuery": self._answer,
            "getWebhookInfo": self._webhook_info,
            **_writing(posting, Editing(world, posting)),
            **_asking(Administration(world), self.profile),
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
            "can_read_all_group_messages": not self._world.privacy,
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

    def _file(self, params: Params) -> Json:
        return self._world.files.told(params.text("file_id"))

    def _answer(self, params: Params) -> bool:
        query = params.text("callback_query_id")
        pressed = self._world.open_presses.get(query)
        if pressed is None or self._world.elapsed() - pressed > _PRESS_LIVES:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        text, url = params.text("text"), params.text("url")
        if units(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        if url and not url.lower().startswith(("https://t.me/", "tg://")):
            raise bad_request("URL_INVALID")
        del self._world.open_presses[query]
        answer = {"text": text, "show_alert": params.flag("show_alert"), **({"url": url} if url else {})}
        self.answers[query] = answer
        self._world.changed("answer", 0, query=query, answer=answer)
        return True


def _writing(posting: Posting, editing: Editing) -> _Table:
    return {
        "sendMessage": posting.send_message,
        "sendPhoto": posting.send_photo,
        "sendDocument": posting.send_document,
        "sendRichMessage": posting.send_rich,
        "sendMessageDraft": posting.draft,
        "sendRichMessageDraft": posting.rich_draft,
        "sendChatAction": posting.action,
        "copyMessage": posting.copy,
        "editMessageText": editing.text,
        "editMessageCaption": editing.caption,
        "editMessageReplyMarkup": editing.markup,
        "deleteMessage": editing.delete,
        "pinChatMessage": editing.pin,
        "unpinChatMessage": editing.unpin,
    }


def _asking(administration: Administration, profile: Profile) -> _Table:
    return {
        "getChat": administration.chat,
        "getChatMember": administration.member,
        "getChatAdministrators": administration.administrators,
        "getChatMemberCount": administration.count,
        "leaveChat": administration.leave,
        "createForumTopic": administration.create_topic,
        "closeForumTopic": administration.close_topic,
        "reopenForumTopic": administration.reopen_topic,
        "setMyCommands": profile.set_commands,
        "getMyCommands": profile.get_commands,
        "deleteMyCommands": profile.delete_commands,
        "setMyDescription": profile.set_text,
        "getMyDescription": profile.get_text,
        "setMyShortDescription": profile.set_text,
        "getMyShortDescription": profile.get_text,
        "setChatMenuButton": profile.set_button,
        "getChatMenuButton": profile.get_button,
    }
