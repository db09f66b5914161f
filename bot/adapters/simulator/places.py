"""The simulated world as it stands: chats, people, what may be written where, and how the API shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.adapters.simulator.chats import Chat, Draft, Json, Member, Message, User, member_json
from bot.adapters.simulator.files import Files
from bot.adapters.simulator.refusals import bad_request, forbidden
from bot.adapters.simulator.updates import Updates
from bot.ports import Clock

GENERAL = 1  # the topic that every forum has
ANONYMOUS_ADMIN = 1087968824
"""GroupAnonymousBot, in whose name administrators write who hide."""


class Places:
    """Chats and people. Methods raise KeyError for ids that were never added: a test's own slip."""

    def __init__(self, *, bot: User, clock: Clock, updates: Updates) -> None:
        self.bot = bot
        hidden = User(id=ANONYMOUS_ADMIN, first_name="Group", username="GroupAnonymousBot", is_bot=True)
        self.users: dict[int, User] = {bot.id: bot, hidden.id: hidden}
        self.chats: dict[int, Chat] = {}
        self.updates = updates
        self.files = Files()
        self.watchers: list[Callable[[Json], None]] = []
        """Told of every change, as {"kind": …, "chat": id, …}; the kinds are message, edit, delete, action,
        draft, answer, chat, commands."""
        self._clock = clock
        self._last_id = 0  # private chats and basic groups share one row of message ids
        self.open_presses: dict[str, float] = {}
        """Callback query id -> when it was pressed, monotonic seconds; gone once answered."""

    def changed(self, kind: str, chat: int, **detail: Any) -> None:
        """Tell those who watch."""
        for watcher in tuple(self.watchers):
            watcher({"kind": kind, "chat": chat, **detail})

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
        self.may_look(chat)
        member = self.member(chat)
        if chat.kind == "channel" and "can_post_messages" not in member.rights:
            raise bad_request("need administrator rights in the channel chat")
        if member.status == "restricted" and "can_send_messages" not in member.rights:
            raise bad_request("not enough rights to send text messages to the chat")

    def may_look(self, chat: Chat) -> None:
        """Raises Refusal where the bot is not, or not any more."""
        if chat.kind == "private":
            self._may_write_to(self.users[chat.id])
            return
        member = self.member(chat)
        if member.status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if member.status == "left":
            raise forbidden(f"bot is not a member of the {chat.kind} chat")

    def needs(self, chat: Chat, right: str, what: str) -> None:
        """Raises Refusal unless the bot has this right of an administrator (a creator has all)."""
        member = self.member(chat)
        if chat.kind != "private" and member.status != "creator" and right not in member.rights:
            raise bad_request(f"not enough rights to {what}")

    def member(self, chat: Chat, user: int | None = None) -> Member:
        """Someone's place in the chat, the bot's by default; "left" for strangers."""
        who = self.bot.id if user is None else user
        if chat.kind == "private" and who in {chat.id, self.bot.id}:
            return Member()
        return chat.members.get(who, Member(status="left"))

    def thread_of(self, chat: Chat, thread: int | None) -> int | None:
        """The topic to write to. Raises Refusal: there is none such, or it is closed."""
        if thread is None or (chat.forum and thread == GENERAL):
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

    def elapsed(self) -> float:
        """Seconds that never jump."""
        return self._clock.monotonic()

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
        if sender in {self.bot.id, chat.id}:
            chat.action = chat.draft = None
        self.changed("message", chat.id, message=message.id, silent=message.silent)
        return message

    def show(self, chat: Chat, message: Message, *, nested: bool = False) -> Json:
        """The message as the API shows it; one that is shown as replied to does not show its own."""
        shown: Json = {"message_id": message.id, "date": message.date, "chat": chat.json()}
        if chat.kind == "channel" or message.sender == ANONYMOUS_ADMIN:
            shown["sender_chat"] = chat.json()
        if chat.kind != "channel":
            shown["from"] = self.users[message.sender].json()
        names = ("caption", "caption_entities") if message.media else ("text", "entities")
        shown.update(message.media)
        shown.update(message.extra)
        if message.text:
            shown[names[0]] = message.text
        if message.entities:
            shown[names[1]] = [dict(entity) for entity in message.entities]
        if message.rich is not None:
            shown["rich_message"] = message.rich
        if message.origin is not None:
            shown["forward_origin"] = message.origin
        if message.thread is not None:
            shown |= {"message_thread_id": message.thread, "is_topic_message": True}
        if message.markup and "inline_keyboard" in message.markup:
            shown["reply_markup"] = message.markup
        if message.edited is not None:
            shown["edit_date"] = message.edited
        if message.reply_to in chat.messages and not nested:
            shown["reply_to_message"] = self.show(chat, chat.messages[message.reply_to], nested=True)
        return shown

    def draft_of(self, chat: Chat) -> Draft | None:
        """The preview that is on show there now."""
        return chat.draft if chat.draft and chat.draft.until > self.elapsed() else None

    def action_of(self, chat: Chat) -> tuple[str, int | None] | None:
        """What the bot is seen at there now, and in which topic."""
        return chat.action[:2] if chat.action and chat.action[2] > self.elapsed() else None

    def deliver(self, chat: Chat, message: Message) -> Message:
        """The bot gets the message as an update."""
        self.updates.put("channel_post" if chat.kind == "channel" else "message", self.show(chat, message))
        return message

    def membership(self, chat: Chat, actor: User, who: User, before: Member, after: Member) -> None:
        """The bot learns that somebody's place changed: ``my_chat_member`` its own, else ``chat_member``."""
        self.updates.put(
            "my_chat_member" if who is self.bot else "chat_member",
            {
                "chat": chat.json(),
                "from": actor.json(),
                "date": self.now(),
                "old_chat_member": member_json(who, before),
                "new_chat_member": member_json(who, after),
            },
        )
        self.changed("chat", chat.id)

    @staticmethod
    def _may_write_to(user: User) -> None:
        if user.deactivated:
            raise forbidden("user is deactivated")
        if user.blocked:
            raise forbidden("bot was blocked by the user")
        if not user.started:
            raise forbidden("bot can't initiate conversation with a user")
