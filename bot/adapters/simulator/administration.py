"""Methods about chats themselves: who is in them, forum topics, leaving."""

from __future__ import annotations

from typing import Any

from bot.adapters.simulator.chats import Chat, Json, Topic, member_json
from bot.adapters.simulator.refusals import bad_request, forbidden
from bot.adapters.simulator.signatures import Params
from bot.adapters.simulator.world import World

_MOST_TOPIC_NAME = 128
_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


class Administration:
    """Answers what the bot asks of a chat."""

    def __init__(self, world: World) -> None:
        self._world = world

    def chat(self, params: Params) -> Json:
        """ChatFullInfo."""
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

    def member(self, params: Params) -> Any:
        """One ChatMember; strangers have left."""
        chat = self._listed(params)
        user = self._world.users.get(params.integer("user_id") or 0)
        if user is None:
            raise bad_request("invalid user_id specified")
        return member_json(user, self._world.member(chat, user.id))

    def administrators(self, params: Params) -> list[Any]:
        """Those who manage the chat, of other bots only on demand."""
        chat = self._listed(params)
        if chat.kind == "private":
            raise bad_request("there are no administrators in the private chat")
        return [
            member_json(self._world.users[user], member)
            for user, member in chat.members.items()
            if member.manages
            and (
                not self._world.users[user].is_bot or user == self._world.bot.id or params.flag("return_bots")
            )
        ]

    def count(self, params: Params) -> int:
        """How many are in the chat."""
        chat = self._listed(params)
        return 2 if chat.kind == "private" else sum(member.inside for member in chat.members.values())

    def leave(self, params: Params) -> bool:
        """The bot goes."""
        chat = self._world.find(params.chat())
        if chat.kind == "private":
            raise bad_request("chat member status can't be changed in private chats")
        self._world.may_look(chat)
        self._world.set_bot(chat.id, "left")
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
        return self._turn(params, closed=True)

    def reopen_topic(self, params: Params) -> bool:
        """Open it again."""
        return self._turn(params, closed=False)

    def _turn(self, params: Params, *, closed: bool) -> bool:
        chat = self._forum(params, "close the topic" if closed else "reopen the topic")
        topic = _topic(chat, params)
        if topic.closed is closed:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.closed = closed
        self._world.changed("chat", chat.id)
        return True

    def _listed(self, params: Params) -> Chat:
        """The chat whose members the bot may ask for: in a channel only as an administrator."""
        chat = self._world.find(params.chat())
        own = self._world.member(chat)
        if own.status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if chat.kind == "channel" and not own.manages:
            raise bad_request("member list is inaccessible")
        if not own.inside:
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat

    def _forum(self, params: Params, what: str) -> Chat:
        chat = self._world.find(params.chat())
        self._world.may_write(chat)
        if not chat.forum:
            raise bad_request("the chat is not a forum")
        self._world.needs(chat, "can_manage_topics", what)
        return chat


def _topic(chat: Chat, params: Params) -> Topic:
    topic = chat.topics.get(params.integer("message_thread_id") or 0)
    if topic is None:
        raise bad_request("message thread not found")
    return topic
