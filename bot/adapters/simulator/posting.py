"""Methods that put something new into a chat: texts, files, rich messages, copies, drafts, chat actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.adapters.simulator import rich
from bot.adapters.simulator.chats import Chat, Draft, Json, Message
from bot.adapters.simulator.entities import MOST_CAPTION_UNITS, MOST_UNITS, Entity, accept
from bot.adapters.simulator.flood import Flood
from bot.adapters.simulator.keyboards import accept_markup
from bot.adapters.simulator.markup import parse_html
from bot.adapters.simulator.refusals import bad_request
from bot.adapters.simulator.signatures import Params
from bot.adapters.simulator.world import World
from bot.ports import Clock

_DRAFT_LIVES = 30.0  # seconds that a streamed preview is shown
_ACTION_LIVES = 5.0  # seconds that "typing" is shown (https://core.telegram.org/bots/api#sendchataction)


class Posting:
    """Carries out what the bot writes."""

    def __init__(self, world: World, clock: Clock, flood: Flood | None) -> None:
        self._world = world
        self._clock = clock
        self._flood = flood

    def send_message(self, params: Params) -> Json:
        """A text."""
        chat = self._open(params)
        text, entities = text_of(params, "text", "entities", MOST_UNITS)
        return self._put(chat, params, text=text, entities=entities)

    def send_photo(self, params: Params) -> Json:
        """A photo with a caption."""
        chat = self._open(params)
        text, entities = text_of(params, "caption", "caption_entities", MOST_CAPTION_UNITS)
        file = self._file(params, "photo")
        size = {name: file[name] for name in ("file_id", "file_unique_id", "file_size") if name in file}
        media: Json = {"photo": [{**size, "width": 640, "height": 480}]}
        return self._put(chat, params, text=text, entities=entities, media=media)

    def send_document(self, params: Params) -> Json:
        """A file with a caption."""
        chat = self._open(params)
        text, entities = text_of(params, "caption", "caption_entities", MOST_CAPTION_UNITS)
        media = {"document": self._file(params, "document")}
        return self._put(chat, params, text=text, entities=entities, media=media)

    def send_rich(self, params: Params) -> Json:
        """A rich message."""
        chat = self._open(params)
        return self._put(chat, params, rich=rich.accept(params.parsed("rich_message")))

    def copy(self, params: Params) -> Json:
        """A message once more, without its origin."""
        chat = self._open(params)
        source = self._world.find(params.chat("from_chat_id"))
        found = message_of(source, params, "message to copy not found")
        if found.service:
            raise bad_request("message can't be copied")
        text, entities = found.text, found.entities
        if found.media and ("caption" in params.values or "caption_entities" in params.values):
            text, entities = text_of(params, "caption", "caption_entities", MOST_CAPTION_UNITS)
        parts = {"media": found.media, "rich": found.rich, "extra": found.extra}
        shown = self._put(chat, params, text=text, entities=entities, **parts)
        return {"message_id": shown["message_id"]}

    def draft(self, params: Params) -> bool:
        """A preview of an answer that is still being written."""
        text, entities = text_of(params, "text", "entities", MOST_UNITS)
        return self._draft(params, text=text, entities=entities)

    def rich_draft(self, params: Params) -> bool:
        """A preview of a rich one."""
        return self._draft(params, rich=rich.accept(params.parsed("rich_message"), draft=True))

    def action(self, params: Params) -> bool:
        """Typing, or what else the bot is at."""
        chat = self._open(params)
        thread = self._world.thread_of(chat, params.integer("message_thread_id"))
        action = params.text("action")
        if action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat.action = (action, thread, self._clock.monotonic() + _ACTION_LIVES)
        self._world.changed("action", chat.id, action=action, thread=thread)
        return True

    def count(self, chat: Chat, params: Params) -> None:
        """Flood control: only what is fit to be posted counts."""
        if self._flood:
            self._flood.post(
                chat.id,
                group=chat.kind != "private",
                paid=params.flag("allow_paid_broadcast"),
                now=self._clock.monotonic(),
            )

    # ---------------------------------------------------------------------------------------------------

    def _open(self, params: Params) -> Chat:
        """The chat, if the bot may write there."""
        chat = self._world.find(params.chat())
        self._world.may_write(chat)
        return chat

    def _put(self, chat: Chat, params: Params, **parts: Any) -> Json:
        replied = params.parsed("reply_parameters")
        reply_to = replied.get("message_id") if isinstance(replied, Mapping) else None
        if reply_to is not None and reply_to not in chat.messages:
            if not (isinstance(replied, Mapping) and replied.get("allow_sending_without_reply")):
                raise bad_request("message to be replied not found")
            reply_to = None
        thread = self._world.thread_of(chat, params.integer("message_thread_id"))
        markup = accept_markup(params.parsed("reply_markup"), chat.kind)
        self.count(chat, params)
        if markup and "inline_keyboard" not in markup:
            chat.keyboard = markup if "keyboard" in markup else None
        message = self._world.put(
            chat,
            sender=chat.id if chat.kind == "channel" else self._world.bot.id,
            thread=thread,
            silent=params.flag("disable_notification"),
            markup=markup,
            reply_to=reply_to,
            **parts,
        )
        return self._world.show(chat, message)

    def _draft(self, params: Params, **parts: Any) -> bool:
        chat = self._open(params)
        if chat.kind != "private":
            raise bad_request("message drafts can be sent to private chats only")
        number = params.integer("draft_id")
        if not number:
            raise bad_request("draft_id must be non-zero")
        thread = self._world.thread_of(chat, params.integer("message_thread_id"))
        until = self._clock.monotonic() + _DRAFT_LIVES
        chat.draft = Draft(id=number, until=until, thread=thread, **parts)
        self._world.changed("draft", chat.id, draft=number)
        return True

    def _file(self, params: Params, name: str) -> Json:
        """What the API tells of a file that was uploaded, or named by id or address."""
        given = params.text(name)
        upload = params.files.get(given.removeprefix("attach://") if given else name)
        if upload is None and not given:
            raise bad_request(f"there is no {name} in the request")
        if upload is not None:
            if not upload.data:
                raise bad_request("file must be non-empty")
            kept = self._world.files.keep(upload.name, upload.content_type, upload.data, folder=f"{name}s")
            return kept.json()
        known = self._world.files.known(given)
        if known is not None:
            return known.json()
        if not given.lower().startswith(("http://", "https://")):
            raise bad_request("wrong remote file identifier specified: Wrong string length")
        return {"file_id": given, "file_unique_id": given[-16:]}


def text_of(params: Params, text: str, entities: str, most: int) -> tuple[str, tuple[Entity, ...]]:
    """Text (or caption) and entities as the chat will show them. Raises Refusal."""
    source = params.text(text)
    caption = most == MOST_CAPTION_UNITS
    if not source and not caption:
        raise bad_request("message text is empty")
    given: Sequence[Entity] = params.parsed(entities) or ()
    if not isinstance(given, list | tuple):
        raise bad_request(f"can't parse {text} entities JSON object")
    mode = params.text("parse_mode")
    if mode:
        if mode.lower() != "html":
            raise bad_request("unsupported parse_mode" + (": simulator" if mode.lower() in _MARKDOWN else ""))
        source, given = parse_html(source)
    return accept(source, given, most=most, empty="" if caption else "text must be non-empty")


def message_of(chat: Chat, params: Params, missing: str) -> Message:
    """The message that is meant. Raises Refusal, in these words, when there is none."""
    number = params.integer("message_id")
    if number is None:
        raise bad_request("message identifier is not specified")
    found = chat.messages.get(number)
    if found is None:
        raise bad_request(missing)
    return found


_MARKDOWN = frozenset({"markdown", "markdownv2"})
_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
