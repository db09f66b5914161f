"""What the page shows: the simulated world as one person sees it, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.adapters.simulator.chats import Chat, Json, Message, User
from bot.adapters.simulator.places import ANONYMOUS_ADMIN
from bot.adapters.simulator.profile import Profile
from bot.adapters.simulator.rich_text import text_of_rich
from bot.adapters.simulator.world import World

_MOST_SHOWN = 300  # messages of a chat
_MOST_PREVIEW = 120


class View:
    """Reads the world; changes nothing."""

    def __init__(self, world: World, profile: Profile) -> None:
        self._world = world
        self._profile = profile

    def everything(self, user: int) -> Json:
        """People, and the chats that this person sees, newest first; ``ids``: what others wrote, by topic."""
        people = [person for person in self._world.users.values() if not person.is_bot]
        person = self._world.users[user] if user in self._world.users else people[0] if people else None
        chats = [self._row(chat, person) for chat in self._seen(person)] if person else []
        return {
            "bot": {"name": self._world.bot.first_name, "username": self._world.bot.username},
            "user": person.id if person else 0,
            "people": [_person(one) for one in people],
            "chats": sorted(chats, key=lambda row: -row["date"]),
        }

    def chat(self, chat: int, user: int) -> Json:
        """One chat with its messages, what may be done there, and what stands above the field."""
        place = self._world.chats[chat]
        person = self._world.users[user]
        member = self._world.member(place, user)
        shown = list(place.messages.values())[-_MOST_SHOWN:]
        language = person.language.split("-")[0]
        return {
            **self._head(place),
            "status": member.status,
            "blocked": place.kind == "private" and person.blocked,
            "may_write": self.may_write(place, user),
            "may_hide": place.kind == "supergroup" and member.manages,
            "bot_inside": place.kind == "private" or self._world.member(place).inside,
            "members": sum(one.inside for one in place.members.values()),
            "topics": [
                {"id": topic.id, "name": topic.name, "closed": topic.closed}
                for topic in place.topics.values()
            ],
            "pinned": list(place.pinned),
            "messages": [self.message(place, message, user) for message in shown],
            "draft": self._draft(place),
            "action": self._action(place),
            "keyboard": place.keyboard,
            "commands": self._profile.commands_for(chat, user),
            "about": self._profile.text("description", language) if place.kind == "private" else "",
        }

    def may_write(self, place: Chat, user: int) -> bool:
        """Whether the person may: in channels those who manage it, in groups those inside."""
        member = self._world.member(place, user)
        if place.migrated_to is not None:
            return False
        return member.manages if place.kind == "channel" else member.inside

    def message(self, place: Chat, message: Message, user: int) -> Json:
        """One bubble."""
        replied = place.messages.get(message.reply_to or 0)
        return {
            "id": message.id,
            "date": message.date,
            "mine": message.sender == user,
            "bot": message.sender == self._world.bot.id,
            "sender": message.sender,
            "name": self._name(place, message.sender),
            "text": message.text,
            "entities": [dict(entity) for entity in message.entities],
            "rich": message.rich,
            "thread": message.thread,
            "silent": message.silent,
            "edited": message.edited is not None,
            "buttons": (message.markup or {}).get("inline_keyboard", []),
            "document": message.media.get("document"),
            "photo": bool(message.media.get("photo")),
            "location": message.extra.get("location"),
            "contact": message.extra.get("contact"),
            "forwarded": _origin(message.origin),
            "reply": replied
            and {
                "id": replied.id,
                "name": self._name(place, replied.sender),
                "text": _preview(replied),
            },
            "service": self._told(place, message) if message.service else "",
        }

    # ---------------------------------------------------------------------------------------------------

    def _seen(self, person: User) -> list[Chat]:
        """The own private chat, and all groups and channels: a person may look from outside, and join."""
        return [
            chat
            for chat in self._world.chats.values()
            if (chat.migrated_to is None and chat.kind != "private") or chat.id == person.id
        ]

    def _head(self, place: Chat) -> Json:
        private = place.kind == "private"
        return {
            "id": place.id,
            "kind": place.kind,
            "title": self._world.bot.first_name if private else place.title,
            "username": self._world.bot.username if private else place.username,
            "forum": place.forum,
        }

    def _row(self, place: Chat, person: User) -> Json:
        messages = list(place.messages.values())
        last = messages[-1] if messages else None
        others = [one for one in messages if one.sender != person.id and not one.service][-99:]
        return {
            **self._head(place),
            "inside": self._world.member(place, person.id).inside,
            "date": last.date if last else 0,
            "last": self._last(place, last, person) if last else "",
            "ids": [[one.id, one.thread] for one in others],
        }

    def _last(self, place: Chat, message: Message, person: User) -> str:
        if message.service:
            return self._told(place, message)
        text = _preview(message)
        if place.kind not in {"group", "supergroup"}:
            return text
        return f"{'You' if message.sender == person.id else self._name(place, message.sender)}: {text}"

    def _name(self, place: Chat, sender: int) -> str:
        if sender in {place.id, ANONYMOUS_ADMIN} and place.kind != "private":
            return place.title
        return self._world.users[sender].first_name if sender in self._world.users else str(sender)

    def _draft(self, place: Chat) -> Json | None:
        draft = self._world.draft_of(place)
        if draft is None:
            return None
        return {
            "text": draft.text,
            "entities": [dict(entity) for entity in draft.entities],
            "rich": draft.rich,
            "thread": draft.thread,
            "left": draft.until - self._world.elapsed(),
        }

    def _action(self, place: Chat) -> Json | None:
        if place.action is None or self._world.action_of(place) is None:
            return None
        action, thread, until = place.action
        return {"action": action, "thread": thread, "left": until - self._world.elapsed()}

    def _told(self, place: Chat, message: Message) -> str:
        """A service message in words."""
        extra, who = message.extra, self._name(place, message.sender)
        if "new_chat_members" in extra:
            name = extra["new_chat_members"][0]["first_name"]
            return f"{name} joined" if name == who else f"{who} added {name}"
        if "left_chat_member" in extra:
            name = extra["left_chat_member"]["first_name"]
            return f"{name} left" if name == who else f"{who} removed {name}"
        if "forum_topic_created" in extra:
            return f"{who} created the topic “{extra['forum_topic_created']['name']}”"
        return "The group became a supergroup"


def _person(user: User) -> Json:
    return {"id": user.id, "name": user.first_name, "language": user.language, "username": user.username}


def _preview(message: Message) -> str:
    """One line of the message."""
    named = "📎 " + message.media["document"].get("file_name", "file") if "document" in message.media else ""
    media = named or ("🖼 Photo" if message.media else "📍 Location" if "location" in message.extra else "")
    text = text_of_rich(message.rich) if message.rich is not None else message.text
    return " ".join(f"{media} {text}".split())[:_MOST_PREVIEW]


def _origin(origin: Mapping[str, Any] | None) -> str:
    """Who wrote a forwarded message first."""
    if origin is None:
        return ""
    if "sender_user_name" in origin:
        return str(origin["sender_user_name"])
    source = origin.get("sender_user") or origin.get("chat") or origin.get("sender_chat") or {}
    return str(source.get("first_name") or source.get("title") or "somebody")
