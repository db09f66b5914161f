"""Methods that write into chats: send, edit, delete, pin, and forum topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.adapters.simulator.chats import Chat, Json, Message, Topic
from bot.adapters.simulator.entities import MOST_CAPTION_UNITS, MOST_UNITS, Entity, accept
from bot.adapters.simulator.flood import Flood
from bot.adapters.simulator.markup import parse_html
from bot.adapters.simulator.refusals import bad_request
from bot.adapters.simulator.signatures import Params
from bot.adapters.simulator.world import World
from bot.ports import Clock

_DELETABLE = 48 * 3600  # seconds; an older message stays unless the bot may delete everything
_MOST_DATA = 64  # bytes of an inline button's data
_MOST_TOPIC_NAME = 128


class Posting:
    """Carries out what the bot writes."""

    def __init__(self, world: World, clock: Clock, flood: Flood | None) -> None:
        self._world = world
        self._clock = clock
        self._flood = flood

    def send_message(self, params: Params) -> Json:
        """A text."""
        chat = self._open(params)
        text, entities = _text(params, "text", "entities", MOST_UNITS)
        return self._put(chat, params, text, entities, {})

    def send_photo(self, params: Params) -> Json:
        """A photo with a caption."""
        chat = self._open(params)
        text, entities = _text(params, "caption", "caption_entities", MOST_CAPTION_UNITS)
        size = _file(params, "photo")
        photo = [{**size, "width": 640, "height": 480}]
        return self._put(chat, params, text, entities, {"photo": photo})

    def send_document(self, params: Params) -> Json:
        """A file with a caption."""
        chat = self._open(params)
        text, entities = _text(params, "caption", "caption_entities", MOST_CAPTION_UNITS)
        size = _file(params, "document")
        return self._put(chat, params, text, entities, {"document": size})

    def edit_text(self, params: Params) -> Json:
        """Another text for one of the bot's own messages."""
        chat = self._open(params)
        message = _message(chat, params, "message to edit not found")
        if not self._own(chat, message) or message.media:
            raise bad_request("message can't be edited")
        text, entities = _text(params, "text", "entities", MOST_UNITS)
        markup = _markup(params)
        if (text, entities, markup) == (message.text, message.entities, message.markup):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same"
                " as a current content and reply markup of the message"
            )
        self._count(chat, params)
        message.text, message.entities, message.markup = text, entities, markup
        message.edited = self._world.now()
        message.edits += 1
        return self._world.show(chat, message)

    def delete(self, params: Params) -> bool:
        """Take a message away."""
        chat = self._world.find(params.chat())
        self._world.may_write(chat)
        message = _message(chat, params, "message to delete not found")
        everything = "can_delete_messages" in self._world.member(chat).rights
        own = self._own(chat, message)
        late = self._world.now() - message.date > _DELETABLE
        if not everything and (late or (not own and chat.kind != "private")):
            raise bad_request("message can't be deleted for everyone" if own else "message can't be deleted")
        del chat.messages[message.id]
        if message.id in chat.pinned:
            chat.pinned.remove(message.id)
        return True

    def pin(self, params: Params) -> bool:
        """Pin a message."""
        chat = self._world.find(params.chat())
        self._world.may_write(chat)
        right = "can_edit_messages" if chat.kind == "channel" else "can_pin_messages"
        self._world.needs(chat, right, "manage pinned messages in the chat")
        message = _message(chat, params, "message to pin not found")
        if message.id not in chat.pinned:
            chat.pinned.append(message.id)
        return True

    def action(self, params: Params) -> bool:
        """Typing, or what else the bot is at."""
        chat = self._world.find(params.chat())
        self._world.may_write(chat)
        self._world.thread_of(chat, params.integer("message_thread_id"))
        if params.text("action") not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        return True

    def create_topic(self, params: Params) -> Json:
        """A new forum topic."""
        chat = self._forum(params, "create a topic")
        name = params.text("name").strip()
        if not 0 < len(name) <= _MOST_TOPIC_NAME:
            raise bad_request("topic name is invalid")
        topic = self._world.add_topic(chat.id, name)
        return {"message_thread_id": topic.id, "name": topic.name, "icon_color": 0x6FB9F0}

    def close_topic(self, params: Params) -> bool:
        """Close one."""
        topic = self._topic(self._forum(params, "close the topic"), params)
        if topic.closed:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.closed = True
        return True

    # ---------------------------------------------------------------------------------------------------

    def _open(self, params: Params) -> Chat:
        """The chat, if the bot may write there."""
        chat = self._world.find(params.chat())
        self._world.may_write(chat)
        return chat

    def _own(self, chat: Chat, message: Message) -> bool:
        """Whether the bot wrote it; in a channel all posts are the channel's."""
        return message.sender == (chat.id if chat.kind == "channel" else self._world.bot.id)

    def _count(self, chat: Chat, params: Params) -> None:
        """Flood control: only what is fit to be posted counts."""
        if self._flood:
            self._flood.post(
                chat.id,
                group=chat.kind != "private",
                paid=params.flag("allow_paid_broadcast"),
                now=self._clock.monotonic(),
            )

    def _put(self, chat: Chat, params: Params, text: str, entities: tuple[Entity, ...], media: Json) -> Json:
        replied = params.parsed("reply_parameters")
        reply_to = replied.get("message_id") if isinstance(replied, Mapping) else None
        if reply_to is not None and reply_to not in chat.messages:
            if not (isinstance(replied, Mapping) and replied.get("allow_sending_without_reply")):
                raise bad_request("message to be replied not found")
            reply_to = None
        thread = self._world.thread_of(chat, params.integer("message_thread_id"))
        markup = _markup(params)
        self._count(chat, params)
        message = self._world.put(
            chat,
            sender=chat.id if chat.kind == "channel" else self._world.bot.id,
            text=text,
            entities=entities,
            thread=thread,
            silent=params.flag("disable_notification"),
            markup=markup,
            media=media,
            reply_to=reply_to,
        )
        return self._world.show(chat, message)

    def _forum(self, params: Params, what: str) -> Chat:
        chat = self._world.find(params.chat())
        self._world.may_write(chat)
        if not chat.forum:
            raise bad_request("the chat is not a forum")
        self._world.needs(chat, "can_manage_topics", what)
        return chat

    @staticmethod
    def _topic(chat: Chat, params: Params) -> Topic:
        topic = chat.topics.get(params.integer("message_thread_id") or 0)
        if topic is None:
            raise bad_request("message thread not found")
        return topic


def _text(params: Params, text: str, entities: str, most: int) -> tuple[str, tuple[Entity, ...]]:
    """Text (or caption) and entities as the chat will show them."""
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


def _message(chat: Chat, params: Params, missing: str) -> Message:
    number = params.integer("message_id")
    if number is None:
        raise bad_request("message identifier is not specified")
    found = chat.messages.get(number)
    if found is None:
        raise bad_request(missing)
    return found


def _markup(params: Params) -> Json | None:
    """The keyboard. Raises Refusal for one that Telegram would refuse."""
    markup = params.parsed("reply_markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    for row in markup.get("inline_keyboard", ()):
        for button in row:
            data = button.get("callback_data")
            if not button.get("text"):
                raise bad_request("can't parse inline keyboard button: Text buttons are unallowed")
            if data is not None and not 0 < len(str(data).encode()) <= _MOST_DATA:
                raise bad_request("BUTTON_DATA_INVALID")
    return markup


def _file(params: Params, name: str) -> dict[str, Any]:
    """What the API tells of a file that was uploaded, or named by id or address."""
    given = params.text(name)
    upload = params.files.get(given.removeprefix("attach://") if given else name)
    if upload is None and not given:
        raise bad_request(f"there is no {name} in the request")
    if upload is None:
        return {"file_id": given, "file_unique_id": given[-16:]}
    if not upload.size:
        raise bad_request("file must be non-empty")
    shown = {"file_id": f"file-{upload.name}-{upload.size}", "file_unique_id": f"{upload.name}-{upload.size}"}
    extra = {"file_name": upload.name, "mime_type": upload.content_type} if name == "document" else {}
    return {**shown, "file_size": upload.size, **extra}


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
