"""The simulated world: what people do in it. Each of these reaches the bot as an update."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.adapters.simulator.chats import Chat, Json, Message, User
from bot.adapters.simulator.entities import MOST_CAPTION_UNITS, Entity, accept
from bot.adapters.simulator.members import Members
from bot.adapters.simulator.places import ANONYMOUS_ADMIN
from bot.adapters.simulator.updates import Updates
from bot.ports import Clock

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOSTS = frozenset({"t.me", "telegram.me", "telegram.dog"})


class World(Members):
    """Chats and people. Methods raise KeyError for ids that were never added: a test's own slip.

    Args:
        bot: the bot's own profile.
        clock: time of messages.
        updates: where the bot's updates queue.
        privacy: the bot gets from groups only commands, answers to it and what administrators' bots get.
    """

    def __init__(self, *, bot: User, clock: Clock, updates: Updates, privacy: bool = False) -> None:
        super().__init__(bot=bot, clock=clock, updates=updates)
        self.privacy = privacy
        self._presses = 0

    def say(  # noqa: PLR0913 - each is a trait of the message
        self,
        chat: int,
        user: int,
        text: str,
        *,
        thread: int | None = None,
        reply_to: int | None = None,
        forward_from: int | str | None = None,
        anonymous: bool = False,
        entities: Sequence[Entity] = (),
    ) -> Message:
        """Somebody writes; the bot gets an update.

        ``forward_from``: the text was forwarded: from a person's or chat's id, or a hidden person's name.
        ``anonymous``: an administrator in the name of the group, also when so promoted.
        """
        shown, kept = accept(text, entities)
        origin = None if forward_from is None else self._origin(forward_from)
        return self._post(
            chat,
            user,
            anonymous=anonymous,
            text=shown,
            entities=kept,
            thread=thread,
            reply_to=reply_to,
            origin=origin,
        )

    def forward(
        self, chat: int, user: int, from_chat: int, message: int, *, thread: int | None = None
    ) -> Message:
        """Somebody forwards a message that stands in a chat, with its buttons."""
        source = self.chats[from_chat].messages[message]
        origin = source.origin or self._origin(
            from_chat if self.chats[from_chat].kind == "channel" else source.sender, source
        )
        return self._post(
            chat,
            user,
            text=source.text,
            entities=source.entities,
            media=source.media,
            rich=source.rich,
            extra=source.extra,
            markup=source.markup,
            origin=origin,
            thread=thread,
        )

    def share_location(
        self, chat: int, user: int, latitude: float, longitude: float, *, reply_to: int | None = None
    ) -> Message:
        """Somebody sends where they are; a keyboard that asked for it once is gone."""
        extra = {"location": {"latitude": latitude, "longitude": longitude}}
        return self._post(chat, user, extra=extra, reply_to=reply_to)

    def share_contact(self, chat: int, user: int, phone: str) -> Message:
        """Somebody sends their own number."""
        person = self.users[user]
        contact = {"phone_number": phone, "first_name": person.first_name, "user_id": user}
        return self._post(chat, user, extra={"contact": contact})

    def send_document(  # noqa: PLR0913 - each is a trait of the message
        self,
        chat: int,
        user: int,
        name: str,
        data: bytes,
        mime: str = "application/octet-stream",
        caption: str = "",
        *,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> Message:
        """Somebody sends a file; the bot fetches it by ``getFile``."""
        shown, entities = accept(caption, (), most=MOST_CAPTION_UNITS, empty="")
        media = {"document": self.files.keep(name, mime, data).json()}
        return self._post(
            chat, user, text=shown, entities=entities, media=media, thread=thread, reply_to=reply_to
        )

    def edit(self, chat: int, message: int, text: str) -> Message:
        """Somebody changes what they wrote."""
        place = self.chats[chat]
        changed = place.messages[message]
        changed.text, changed.entities = accept(text, ())
        changed.edited = self.now()
        changed.edits += 1
        kind = "edited_channel_post" if place.kind == "channel" else "edited_message"
        self.updates.put(kind, self.show(place, changed))
        self.changed("edit", chat, message=message)
        return changed

    def press(self, chat: int, user: int, message: int, data: str, *, forged: bool = False) -> str:
        """Somebody presses an inline button of a message: the id of the callback query.

        Anybody who sees a message may press, also where it was forwarded to. ``forged``: a client that was
        tampered with sends data of no button.
        """
        place = self.chats[chat]
        pressed = place.messages[message]
        if not forged and data not in _data_of(pressed):
            raise KeyError(f"message {message} of chat {chat} has no button with the data {data!r}")
        self._presses += 1
        query = str(self._presses)
        self.open_presses[query] = self.elapsed()
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

    def open_link(self, user: int, url: str, *, chat: int | None = None) -> Message:
        """Somebody opens a deep link to the bot: it gets ``/start PAYLOAD``.

        ``https://t.me/NAME?start=…`` in the private chat; ``?startgroup=…`` takes the bot into ``chat``.

        Raises:
            ValueError: a link to something else, or with a payload that Telegram would not pass on.
        """
        parts = urlsplit(url)
        if parts.hostname not in _HOSTS or parts.path.strip("/").lower() != self.bot.username.lower():
            raise ValueError(f"no link to the bot: {url}")
        asked = parse_qs(parts.query, keep_blank_values=True)
        kind = "startgroup" if "startgroup" in asked else "start"
        payload = asked.get(kind, [""])[0]
        if payload and not _PAYLOAD.fullmatch(payload):
            raise ValueError(f"a payload has 1-64 of A-Z a-z 0-9 _ -: {payload!r}")
        if kind == "startgroup":
            if chat is None:
                raise ValueError("say which chat the bot is taken into")
            if not self.member(self.chats[chat]).inside:
                self.add_bot(chat, user)
            return self.say(chat, user, f"/start@{self.bot.username} {payload}")
        return self.say(user, user, f"/start {payload}")

    # ---------------------------------------------------------------------------------------------------

    def _post(self, chat: int, user: int, *, anonymous: bool = False, **parts: Any) -> Message:
        place, person = self.chats[chat], self.users[user]
        if place.kind == "private":
            person.started = True
        sender = user
        if place.kind == "channel":
            sender = chat
        elif place.kind != "private" and (anonymous or self.member(place, user).anonymous):
            sender = ANONYMOUS_ADMIN
        if place.keyboard and place.keyboard.get("one_time_keyboard"):
            place.keyboard = None
        message = self.put(place, sender=sender, **parts)
        return self.deliver(place, message) if self._heard(place, message) else message

    def _heard(self, chat: Chat, message: Message) -> bool:
        """Whether privacy mode lets the bot see it (https://core.telegram.org/bots/features#privacy-mode)."""
        if not self.privacy or chat.kind in {"private", "channel"} or self.member(chat).manages:
            return True
        replied = chat.messages.get(message.reply_to or 0)
        if replied is not None and replied.sender == self.bot.id:
            return True
        if not message.text.startswith("/"):
            return False
        _, at, name = message.text.split(maxsplit=1)[0].partition("@")
        return not at or name.lower() == self.bot.username.lower()

    def _origin(self, source: int | str, message: Message | None = None) -> Json:
        """A forward_origin; without a message as if it was written just now."""
        date = message.date if message else self.now()
        if isinstance(source, str):
            return {"type": "hidden_user", "date": date, "sender_user_name": source}
        if source in self.users and source != ANONYMOUS_ADMIN:
            return {"type": "user", "date": date, "sender_user": self.users[source].json()}
        if source == ANONYMOUS_ADMIN:
            return {"type": "hidden_user", "date": date, "sender_user_name": "Group"}
        place = self.chats[source]
        if place.kind == "channel":
            number = message.id if message else max(1, place.last_id)
            return {"type": "channel", "date": date, "chat": place.json(), "message_id": number}
        return {"type": "chat", "date": date, "sender_chat": place.json()}


def _data_of(message: Message) -> set[str]:
    """The data of all buttons of a message, those inside of rich blocks too."""
    found: set[str] = set()
    waiting: list[Any] = [message.markup, message.rich]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("callback_data"), str):
                found.add(value["callback_data"])
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
    return found
