"""Which parameters each simulated method takes.

A test compares this table with the signatures of python-telegram-bot's ``Bot``, which follow the official
documentation; so it can neither invent a parameter nor lack one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.adapters.simulator.refusals import Refusal, bad_request

_POSTING = frozenset(
    {
        "allow_paid_broadcast",
        "business_connection_id",
        "chat_id",
        "direct_messages_topic_id",
        "disable_notification",
        "message_effect_id",
        "message_thread_id",
        "parse_mode",
        "protect_content",
        "reply_markup",
        "reply_parameters",
        "suggested_post_parameters",
    }
)
_EDITING = frozenset({"business_connection_id", "chat_id", "inline_message_id", "message_id", "reply_markup"})
_CAPTION = frozenset({"caption", "caption_entities"})
_COMMANDS = frozenset({"scope", "language_code"})

METHODS: dict[str, frozenset[str]] = {
    "getMe": frozenset(),
    "getUpdates": frozenset({"offset", "limit", "timeout", "allowed_updates"}),
    "setWebhook": frozenset(
        {
            "url",
            "certificate",
            "ip_address",
            "max_connections",
            "allowed_updates",
            "drop_pending_updates",
            "secret_token",
        }
    ),
    "deleteWebhook": frozenset({"drop_pending_updates"}),
    "getWebhookInfo": frozenset(),
    "sendMessage": _POSTING | {"text", "entities", "link_preview_options"},
    "sendPhoto": _POSTING | _CAPTION | {"photo", "has_spoiler", "show_caption_above_media"},
    "sendDocument": _POSTING | _CAPTION | {"document", "thumbnail", "disable_content_type_detection"},
    "editMessageText": _EDITING | {"text", "entities", "parse_mode", "link_preview_options"},
    "editMessageCaption": _EDITING | _CAPTION | {"parse_mode", "show_caption_above_media"},
    "editMessageReplyMarkup": _EDITING,
    "deleteMessage": frozenset({"chat_id", "message_id"}),
    "copyMessage": (_POSTING - {"business_connection_id"})
    | _CAPTION
    | {"from_chat_id", "message_id", "show_caption_above_media", "video_start_timestamp"},
    "sendMessageDraft": frozenset(
        {"chat_id", "message_thread_id", "draft_id", "text", "parse_mode", "entities"}
    ),
    "sendChatAction": frozenset({"business_connection_id", "chat_id", "message_thread_id", "action"}),
    "answerCallbackQuery": frozenset({"callback_query_id", "text", "show_alert", "url", "cache_time"}),
    "setMyCommands": _COMMANDS | {"commands"},
    "getMyCommands": _COMMANDS,
    "getChat": frozenset({"chat_id"}),
    "getChatMember": frozenset({"chat_id", "user_id"}),
    "getChatAdministrators": frozenset({"chat_id", "return_bots"}),
    "getChatMemberCount": frozenset({"chat_id"}),
    "leaveChat": frozenset({"chat_id"}),
    "getFile": frozenset({"file_id"}),
    "deleteMyCommands": _COMMANDS,
    "setMyDescription": frozenset({"description", "language_code"}),
    "getMyDescription": frozenset({"language_code"}),
    "setMyShortDescription": frozenset({"short_description", "language_code"}),
    "getMyShortDescription": frozenset({"language_code"}),
    "setChatMenuButton": frozenset({"chat_id", "menu_button"}),
    "getChatMenuButton": frozenset({"chat_id"}),
    "unpinChatMessage": frozenset({"business_connection_id", "chat_id", "message_id"}),
    "reopenForumTopic": frozenset({"chat_id", "message_thread_id"}),
    "pinChatMessage": frozenset({"business_connection_id", "chat_id", "message_id", "disable_notification"}),
    "createForumTopic": frozenset({"chat_id", "name", "icon_color", "icon_custom_emoji_id"}),
    "closeForumTopic": frozenset({"chat_id", "message_thread_id"}),
}
RICH_METHODS: dict[str, frozenset[str]] = {
    "sendRichMessage": (_POSTING - {"parse_mode"}) | {"rich_message", "ephemeral_message_parameters"},
    "sendRichMessageDraft": frozenset(
        {"chat_id", "draft_id", "rich_message", "message_thread_id", "can_stop", "keep_on_stop"}
    ),
    "editMessageText": METHODS["editMessageText"] | {"rich_message"},
}
"""Beyond python-telegram-bot's 22.8: Bot API 10.1 and later, as aiogram 3.31 has them."""
_ALL = METHODS | RICH_METHODS
_BY_LOWER = {name.lower(): name for name in _ALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with the request: its name, type and bytes."""

    name: str
    content_type: str
    data: bytes


class Params:
    """The parameters of one call; values of a form are text, those of a JSON body may be typed."""

    def __init__(self, method: str, values: Mapping[str, Any], files: Mapping[str, Upload]) -> None:
        self.method = method
        self.values = {name: value for name, value in values.items() if value is not None}
        self.files = files
        attached = {
            str(value).removeprefix("attach://")
            for value in self.values.values()
            if str(value).startswith("attach://")
        }
        for name in (*self.values, *(set(files) - attached)):
            if name not in _ALL[method]:
                raise bad_request(f"simulator: {method} has no parameter {name!r}")

    def text(self, name: str) -> str:
        """As text, "" when it is missing."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str) -> int | None:
        """As a number, None when it is missing or none."""
        value = self.values.get(name)
        if isinstance(value, bool) or value is None:
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        """As yes or no; no when it is missing."""
        return str(self.values.get(name, "")).lower() in {"true", "1", "yes", "t", "y"}

    def parsed(self, name: str) -> Any:
        """As JSON, None when it is missing or empty. Raises Refusal when it is no JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def chat(self, name: str = "chat_id") -> int | str:
        """The chat that is meant: an id or a @name. Raises Refusal when it is neither."""
        value = self.text(name).strip()
        if not value:
            raise bad_request(f"{name} is empty")
        if value.lstrip("-").isdigit():
            return int(value)
        if value.startswith("@") and value[1:].replace("_", "").isalnum():
            return value
        raise bad_request("chat not found")


def method_named(name: str, *, rich: bool = True) -> str:
    """The method's own spelling; case does not matter.

    Raises:
        Refusal: 404 for one that is not simulated; without ``rich`` also for those of rich messages.
    """
    found = _BY_LOWER.get(name.lower())
    if found is None or not (rich or found in METHODS):
        raise Refusal(404, "Not Found: method not found")
    return found
