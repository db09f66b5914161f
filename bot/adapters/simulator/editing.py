"""Methods that change what stands in a chat: edit, delete, pin."""

from __future__ import annotations

from bot.adapters.simulator import rich
from bot.adapters.simulator.chats import Chat, Json, Message
from bot.adapters.simulator.entities import MOST_CAPTION_UNITS, MOST_UNITS, Entity
from bot.adapters.simulator.keyboards import accept_markup
from bot.adapters.simulator.posting import Posting, message_of, text_of
from bot.adapters.simulator.refusals import bad_request
from bot.adapters.simulator.signatures import Params
from bot.adapters.simulator.world import World

_DELETABLE = 48 * 3600  # seconds; an older message stays unless the bot may delete everything


class Editing:
    """Carries out what the bot changes."""

    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting

    def text(self, params: Params) -> Json:
        """Another text, or rich content, for one of the bot's own messages."""
        chat, message = self._mine(params)
        if message.media:
            raise bad_request("there is no text in the message to edit")
        given = params.parsed("rich_message")
        if given is not None:
            if params.text("text"):
                raise bad_request("simulator: either text or rich_message")
            return self._change(chat, message, params, "", (), rich.accept(given))
        text, entities = text_of(params, "text", "entities", MOST_UNITS)
        return self._change(chat, message, params, text, entities, None)

    def caption(self, params: Params) -> Json:
        """Another caption."""
        chat, message = self._mine(params)
        if not message.media:
            raise bad_request("there is no caption in the message to edit")
        text, entities = text_of(params, "caption", "caption_entities", MOST_CAPTION_UNITS)
        return self._change(chat, message, params, text, entities, None)

    def markup(self, params: Params) -> Json:
        """Other buttons, or none."""
        chat, message = self._mine(params)
        return self._change(chat, message, params, message.text, message.entities, message.rich)

    def delete(self, params: Params) -> bool:
        """Take a message away."""
        chat = self._world.find(params.chat())
        self._world.may_look(chat)
        message = message_of(chat, params, "message to delete not found")
        everything = "can_delete_messages" in self._world.member(chat).rights
        own = self._own(chat, message)
        late = self._world.now() - message.date > _DELETABLE
        if not everything and (late or (not own and chat.kind != "private")):
            raise bad_request("message can't be deleted for everyone" if own else "message can't be deleted")
        self._remove(chat, message)
        return True

    def pin(self, params: Params) -> bool:
        """Pin a message."""
        chat = self._pinning(params)
        message = message_of(chat, params, "message to pin not found")
        if message.id not in chat.pinned:
            chat.pinned.append(message.id)
            self._world.changed("chat", chat.id)
        return True

    def unpin(self, params: Params) -> bool:
        """Take the pin from a message, the newest one when none is named."""
        chat = self._pinning(params)
        number = params.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
        if number not in chat.pinned:
            raise bad_request("message to unpin not found")
        chat.pinned.remove(number)
        self._world.changed("chat", chat.id)
        return True

    # ---------------------------------------------------------------------------------------------------

    def _mine(self, params: Params) -> tuple[Chat, Message]:
        """The chat and the bot's own message to edit."""
        chat = self._world.find(params.chat())
        self._world.may_write(chat)
        message = message_of(chat, params, "message to edit not found")
        if not self._own(chat, message) or message.origin or message.service:
            raise bad_request("message can't be edited")
        return chat, message

    def _change(
        self,
        chat: Chat,
        message: Message,
        params: Params,
        text: str,
        entities: tuple[Entity, ...],
        content: Json | None,
    ) -> Json:
        markup = accept_markup(params.parsed("reply_markup"), chat.kind, edit=True)
        before = (message.text, message.entities, message.rich, message.markup)
        if (text, entities, content, markup) == before:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same"
                " as a current content and reply markup of the message"
            )
        self._posting.count(chat, params)
        if (text, entities, content) != before[:3]:  # new buttons alone leave no "edited" mark
            message.edited = self._world.now()
        message.text, message.entities, message.rich, message.markup = text, entities, content, markup
        message.edits += 1
        self._world.changed("edit", chat.id, message=message.id)
        return self._world.show(chat, message)

    def _own(self, chat: Chat, message: Message) -> bool:
        """Whether the bot wrote it; in a channel all posts are the channel's."""
        return message.sender == (chat.id if chat.kind == "channel" else self._world.bot.id)

    def _remove(self, chat: Chat, message: Message) -> None:
        del chat.messages[message.id]
        if message.id in chat.pinned:
            chat.pinned.remove(message.id)
        self._world.changed("delete", chat.id, message=message.id)

    def _pinning(self, params: Params) -> Chat:
        chat = self._world.find(params.chat())
        self._world.may_write(chat)
        right = "can_edit_messages" if chat.kind == "channel" else "can_pin_messages"
        self._world.needs(chat, right, "manage pinned messages in the chat")
        return chat
