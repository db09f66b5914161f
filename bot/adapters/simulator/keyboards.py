"""Keyboards under messages and in place of the phone's own: what Telegram takes, in its words.

https://core.telegram.org/bots/api#inlinekeyboardbutton: exactly one action a button, 1-64 bytes of data;
a hundred buttons and eight in a row are what its clients show, more is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.adapters.simulator.chats import ChatKind, Json
from bot.adapters.simulator.refusals import bad_request

MOST_DATA = 64  # bytes of an inline button's data
MOST_BUTTONS = 100
_MOST_IN_ROW = 8
_ACTIONS = frozenset(
    [
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
        "disabled",
    ]
)
_LOOKS = frozenset({"text", "style", "icon_custom_emoji_id"})
_STYLES = frozenset({"danger", "success", "primary", "link"})
_REQUESTS = frozenset(
    ["request_contact", "request_location", "request_poll", "request_users", "request_chat", "web_app"]
)
_KINDS = {
    "inline_keyboard": frozenset(),
    "keyboard": frozenset(
        ["is_persistent", "resize_keyboard", "one_time_keyboard", "input_field_placeholder", "selective"]
    ),
    "remove_keyboard": frozenset({"selective"}),
    "force_reply": frozenset({"input_field_placeholder", "selective"}),
}


def accept_markup(markup: Any, chat: ChatKind, *, edit: bool = False) -> Json | None:
    """The keyboard as it is kept; None for none. ``edit``: only an inline one may stand.

    Raises:
        Refusal: a kind, button or action that Telegram would not take in such a chat.
    """
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    kinds = [kind for kind in _KINDS if kind in markup]
    if not kinds:
        return None  # {} is how a keyboard is taken away
    kind = kinds[0]
    unknown = set(markup) - _KINDS[kind] - {kind}
    if len(kinds) > 1 or unknown:
        raise bad_request(f"simulator: a markup with {kind!r} has no field {min(unknown or kinds[1:])!r}")
    if kind == "inline_keyboard":
        return _inline(markup)
    if edit or chat == "channel":
        raise bad_request("inline keyboard expected")
    if kind == "keyboard":
        _rows(markup[kind], "keyboard")
        for row in markup[kind]:
            for button in row:
                _asking(button, chat)
    elif markup[kind] is not True:
        raise bad_request(f"can't parse reply keyboard markup JSON object: {kind} must be true")
    return markup


def check_action(button: Mapping[str, Any]) -> None:
    """Refuse a button whose action Telegram would not take."""
    unknown = set(button) - _ACTIONS - _LOOKS
    if unknown:
        raise bad_request(f"simulator: a button has no field {min(unknown)!r}")
    actions = [name for name in _ACTIONS if button.get(name) is not None]
    if not actions:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad_request(f"simulator: a button has one action, not {' and '.join(sorted(actions))}")
    if "style" in button and button["style"] not in _STYLES:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    data = button.get("callback_data")
    if data is not None and not (isinstance(data, str) and 0 < len(data.encode()) <= MOST_DATA):
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not _good(str(url)):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _inline(markup: Json) -> Json | None:
    rows = markup["inline_keyboard"]
    _rows(rows, "inline keyboard")
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    for row in rows:
        if len(row) > _MOST_IN_ROW:
            raise bad_request(f"simulator: clients show {_MOST_IN_ROW} buttons in a row, not {len(row)}")
        for button in row:
            if not isinstance(button, Mapping):
                raise bad_request("can't parse inline keyboard button: expected an Object")
            if not isinstance(button.get("text"), str):
                raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
            if not button["text"].strip():
                raise bad_request('can\'t parse inline keyboard button: Field "text" must be non-empty')
            check_action(button)
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _rows(rows: Any, what: str) -> None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f"can't parse {what} JSON object: expected an Array of Arrays")


def _asking(button: Any, chat: ChatKind) -> None:
    """One button of a reply keyboard: a text, or an object that may ask for something."""
    text = button if isinstance(button, str) else button.get("text") if isinstance(button, Mapping) else None
    if not isinstance(text, str) or not text.strip():
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    if isinstance(button, str):
        return
    unknown = set(button) - _REQUESTS - _LOOKS
    if unknown:
        raise bad_request(f"simulator: a button has no field {min(unknown)!r}")
    for field, thing in (("request_location", "location"), ("request_contact", "phone number")):
        if button.get(field) and chat != "private":
            raise bad_request(f"{thing} can be requested in private chats only")


def _good(url: str) -> bool:
    """Whether a button may lead there: HTTP(S) to a name with a dot, or a tg: link."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "tg":
        return True
    return parts.scheme in {"http", "https"} and "." in host.strip(".") and not any(map(str.isspace, url))
