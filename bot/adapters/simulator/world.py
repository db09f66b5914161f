"""The simulated world: who is in it, what they do, and what the bot may do there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.adapters.simulator.chats import (
    ADMIN_RIGHTS,
    Chat,
    ChatKind,
    Json,
    Member,
    Message,
    Topic,
    User,
    member_json,
)
from bot.adapters.simulator.entities import accept
from bot.adapters.simulator.refusals import bad_request, forbidden
from bot.adapters.simulator.updates import Updates
from bot.ports import Clock

_GENERAL = 1  # the topic that every forum has


class World:
    """Chats and people. Methods raise KeyError for ids that were never added: a test's own slip."""

    def __init__(self, *, bot: User, clock: Clock, updates: Updates) -> None:
        self.bot = bot
        self.users: dict[int, User] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.updates = updates
        self._clock = clock
        self._last_id = 0  # private chats and basic groups share one row of message ids
        self._presses = 0
        self.open_presses: set[str] = set()

    # ------------------------------------------------------------------------------------ making a world

    def add_user(
        self,
        user: int,
        first_name: str = "Reader",
        *,
        username: str = "",
        language: str = "en",
        started: bool = True,
    ) -> Chat:
        """A person and the private chat with them (same id)."""
        self.users[user] = User(
            id=user, first_name=first_name, username=username, language=language, started=started
        )
        chat = Chat(id=user, kind="private", title=first_name, username=username)
        self.chats[user] = chat
        return chat

    def add_chat(
        self,
        chat: int,
        kind: ChatKind,
        title: str = "News",
        *,
        username: str = "",
        forum: bool = False,
        members: Iterable[int] = (),
        bot_status: str = "",
    ) -> Chat:
        """A group, supergroup or channel; the bot is a member (in a channel administrator) unless said so."""
        made = Chat(id=chat, kind=kind, title=title, username=username, forum=forum)
        made.last_id = _GENERAL if forum else 0
        made.members = {user: Member() for user in members}
        self.chats[chat] = made
        self.set_bot(chat, bot_status or ("administrator" if kind == "channel" else "member"))
        return made

    def set_bot(self, chat: int, status: str, rights: Iterable[str] | None = None) -> None:
        """Promote, restrict, kick or remove the bot; it learns of it. An administrator gets all rights."""
        place = self.chats[chat]
        before = place.members.get(self.bot.id, Member(status="left"))
        all_rights = ADMIN_RIGHTS if status == "administrator" else frozenset()
        after = Member(status=status, rights=all_rights if rights is None else frozenset(rights))
        place.members[self.bot.id] = after
        self._membership(place, self.bot, before, after)

    def block(self, user: int, *, blocked: bool = True) -> None:
        """The person blocks the bot, or takes it back."""
        person = self.users[user]
        person.blocked = blocked
        states = Member(status="member"), Member(status="kicked")
        self._membership(self.chats[user], person, *(states if blocked else reversed(states)))

    def upgrade(self, group: int) -> Chat:
        """The group becomes a supergroup with a new id; the old id answers with it from now on."""
        old = self.chats[group]
        made = Chat(id=-1_000_000_000_000 + group, kind="supergroup", title=old.title)
        made.members = dict(old.members)
        self.chats[made.id] = made
        old.migrated_to = made.id
        self.updates.put("message", {**self.show(old, self._service(old)), "migrate_to_chat_id": made.id})
        return made

    def add_topic(self, chat: int, name: str) -> Topic:
        """A new topic in a forum."""
        place = self.chats[chat]
        if not place.forum:
            raise bad_request("the chat is not a forum")
        topic = Topic(id=self.next_id(place), name=name)
        place.topics[topic.id] = topic
        return topic

    # --------------------------------------------------------------------------------- what people do

    def say(
        self, chat: int, user: int, text: str, *, thread: int | None = None, reply_to: int | None = None
    ) -> Message:
        """Somebody writes; the bot gets an update."""
        place, person = self.chats[chat], self.users[user]
        if place.kind == "private":
            person.started = True
        shown, entities = accept(text, ())
        message = self.put(
            place, sender=user, text=shown, entities=entities, thread=thread, reply_to=reply_to
        )
        self.updates.put("channel_post" if place.kind == "channel" else "message", self.show(place, message))
        return message

    def press(self, chat: int, user: int, message: int, data: str) -> str:
        """Somebody presses an inline button of a message: the id of the callback query."""
        place = self.chats[chat]
        pressed = place.messages[message]
        buttons = [button for row in (pressed.markup or {}).get("inline_keyboard", ()) for button in row]
        if not any(button.get("callback_data") == data for button in buttons):
            raise KeyError(f"message {message} of chat {chat} has no button with the data {data!r}")
        self._presses += 1
        query = str(self._presses)
        self.open_presses.add(query)
        self.updates.put(
            "callback_query",
            {
                "id": query,
                "from": self.users[user].json(),
                "message": self.show(place, pressed),
                "chat_instance": str(chat),
                "data": data,
            },
        )
        return query

    # ------------------------------------------------------------------------------- what the bot may do

    def find(self, chat: int | str) -> Chat:
        """The chat with this id or @name. Raises Refusal: none, or it has moved."""
        if isinstance(chat, str):
            wanted = chat.removeprefix("@").lower()
            hits = [c for c in self.chats.values() if c.username.lower() == wanted and c.kind != "private"]
        else:
            hits = [self.chats[chat]] if chat in self.chats else []
        if not hits:
            raise bad_request("chat not found")
        found = hits[0]
        if found.migrated_to is not None:
            refusal = bad_request("group chat was upgraded to a supergroup chat")
            refusal.parameters = {"migrate_to_chat_id": found.migrated_to}
            raise refusal
        return found

    def may_write(self, chat: Chat) -> None:
        """Raises Refusal where the bot may not post."""
        if chat.kind == "private":
            self._may_write_to(self.users[chat.id])
            return
        member = self.member(chat)
        if member.status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if member.status == "left":
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        if chat.kind == "channel" and "can_post_messages" not in member.rights:
            raise bad_request("need administrator rights in the channel chat")
        if member.status == "restricted" and "can_send_messages" not in member.rights:
            raise bad_request("not enough rights to send text messages to the chat")

    def needs(self, chat: Chat, right: str, what: str) -> None:
        """Raises Refusal unless the bot has this right of an administrator (a creator has all)."""
        member = self.member(chat)
        if chat.kind != "private" and member.status != "creator" and right not in member.rights:
            raise bad_request(f"not enough rights to {what}")

    def member(self, chat: Chat, user: int | None = None) -> Member:
        """Someone's place in the chat, the bot's by default; "left" for strangers."""
        return chat.members.get(self.bot.id if user is None else user, Member(status="left"))

    def thread_of(self, chat: Chat, thread: int | None) -> int | None:
        """The topic to write to. Raises Refusal: there is none such, or it is closed."""
        if thread is None or (chat.forum and thread == _GENERAL):
            return None
        topic = chat.topics.get(thread)
        if topic is None:
            raise bad_request("message thread not found")
        if topic.closed and "can_manage_topics" not in self.member(chat).rights:
            raise bad_request("TOPIC_CLOSED")
        return thread

    # -------------------------------------------------------------------------------------- messages

    def now(self) -> int:
        """Unix seconds."""
        return int(self._clock.now().timestamp())

    def next_id(self, chat: Chat) -> int:
        """The id of the next message there."""
        if chat.kind in {"supergroup", "channel"}:
            chat.last_id += 1
            return chat.last_id
        self._last_id += 1
        return self._last_id

    def put(self, chat: Chat, *, sender: int, **parts: Any) -> Message:
        """A new message at the end of the chat."""
        message = Message(id=self.next_id(chat), date=self.now(), sender=sender, **parts)
        chat.messages[message.id] = message
        return message

    def show(self, chat: Chat, message: Message) -> Json:
        """The message as the API shows it."""
        shown: Json = {"message_id": message.id, "date": message.date, "chat": chat.json()}
        if chat.kind == "channel":
            shown["sender_chat"] = chat.json()
        else:
            shown["from"] = self.users[message.sender].json()
        names = ("caption", "caption_entities") if message.media else ("text", "entities")
        shown.update(message.media)
        if message.text:
            shown[names[0]] = message.text
        if message.entities:
            shown[names[1]] = [dict(entity) for entity in message.entities]
        if message.thread is not None:
            shown |= {"message_thread_id": message.thread, "is_topic_message": True}
        if message.markup and "inline_keyboard" in message.markup:
            shown["reply_markup"] = message.markup
        if message.edited is not None:
            shown["edit_date"] = message.edited
        if message.reply_to in chat.messages:
            replied = chat.messages[message.reply_to]
            shown["reply_to_message"] = {"message_id": replied.id, "date": replied.date, "chat": chat.json()}
        return shown

    def _service(self, chat: Chat) -> Message:
        return Message(id=self.next_id(chat), date=self.now(), sender=self.bot.id)

    @staticmethod
    def _may_write_to(user: User) -> None:
        if user.deactivated:
            raise forbidden("user is deactivated")
        if user.blocked:
            raise forbidden("bot was blocked by the user")
        if not user.started:
            raise forbidden("bot can't initiate conversation with a user")

    def _membership(self, chat: Chat, actor: User, before: Member, after: Member) -> None:
        who = self.bot
        self.updates.put(
            "my_chat_member",
            {
                "chat": chat.json(),
                "from": actor.json(),
                "date": self.now(),
                "old_chat_member": member_json(who, before),
                "new_chat_member": member_json(who, after),
            },
        )
