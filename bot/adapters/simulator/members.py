"""Making a simulated world: chats, people, their places in the chats, and how these change."""

from __future__ import annotations

from collections.abc import Iterable

from bot.adapters.simulator.chats import ADMIN_RIGHTS, Chat, ChatKind, Json, Member, Topic, User
from bot.adapters.simulator.places import GENERAL, Places
from bot.adapters.simulator.refusals import bad_request


class Members(Places):
    """Who is where. The bot learns of what it would learn of, by updates and service messages."""

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
        self.changed("chat", user)
        return chat

    def add_chat(  # noqa: PLR0913 - each is a trait of its own
        self,
        chat: int,
        kind: ChatKind,
        title: str = "News",
        *,
        username: str = "",
        forum: bool = False,
        members: Iterable[int] = (),
        creator: int | None = None,
        bot_status: str = "",
    ) -> Chat:
        """A group, supergroup or channel; the bot is a member (in a channel administrator) unless said so."""
        made = Chat(id=chat, kind=kind, title=title, username=username, forum=forum)
        made.last_id = GENERAL if forum else 0
        made.members = {user: Member() for user in members}
        if creator is not None:
            made.members[creator] = Member(status="creator", rights=ADMIN_RIGHTS)
        self.chats[chat] = made
        self.set_bot(chat, bot_status or ("administrator" if kind == "channel" else "member"), by=creator)
        return made

    def set_bot(
        self, chat: int, status: str, rights: Iterable[str] | None = None, *, by: int | None = None
    ) -> None:
        """Promote, restrict, kick or remove the bot; it learns of it. An administrator gets all rights.

        ``by``: the person who did it; without one the update names the bot itself.
        """
        self._place(chat, self.bot.id, status, rights, by=by)

    def add_bot(
        self, chat: int, by: int, status: str = "member", rights: Iterable[str] | None = None
    ) -> None:
        """Somebody takes the bot in: ``my_chat_member``, and in a group the service message."""
        self._place(chat, self.bot.id, status, rights, by=by)
        self._tell(chat, by, {"new_chat_members": [self.bot.json()]})

    def join(self, chat: int, user: int) -> None:
        """Somebody comes in."""
        self._place(chat, user, "member", by=user)
        self._tell(chat, user, {"new_chat_members": [self.users[user].json()]})

    def leave(self, chat: int, user: int) -> None:
        """Somebody goes."""
        self._tell(chat, user, {"left_chat_member": self.users[user].json()})
        self._place(chat, user, "left", by=user)

    def kick(self, chat: int, user: int, by: int | None = None) -> None:
        """Somebody is thrown out."""
        self._tell(chat, user if by is None else by, {"left_chat_member": self.users[user].json()})
        self._place(chat, user, "kicked", by=by)

    def promote(
        self,
        chat: int,
        user: int,
        rights: Iterable[str] | None = None,
        *,
        by: int | None = None,
        anonymous: bool = False,
    ) -> None:
        """Somebody becomes an administrator, with all rights unless they are named.

        ``anonymous``: writes in the name of the group from now on.
        """
        self._place(chat, user, "administrator", rights, by=by, anonymous=anonymous)

    def demote(self, chat: int, user: int, by: int | None = None) -> None:
        """An administrator becomes a member like others."""
        self._place(chat, user, "member", by=by)

    def block(self, user: int, *, blocked: bool = True) -> None:
        """The person blocks the bot, or takes it back."""
        person = self.users[user]
        person.blocked = blocked
        before, after = Member(status="member"), Member(status="kicked")
        if not blocked:
            before, after = after, before
        self.membership(self.chats[user], person, self.bot, before, after)

    def upgrade(self, group: int) -> Chat:
        """The group becomes a supergroup with a new id; the old id answers with it from now on."""
        old = self.chats[group]
        made = Chat(id=-1_000_000_000_000 + group, kind="supergroup", title=old.title)
        made.members = dict(old.members)
        self.chats[made.id] = made
        self._service(old, self.bot.id, {"migrate_to_chat_id": made.id})
        old.migrated_to = made.id
        self._service(made, self.bot.id, {"migrate_from_chat_id": old.id})
        self.changed("chat", made.id)
        return made

    def add_topic(self, chat: int, name: str, *, by: int | None = None) -> Topic:
        """A new topic in a forum; made ``by`` a person, the bot gets the service message."""
        place = self.chats[chat]
        if not place.forum:
            raise bad_request("the chat is not a forum")
        topic = Topic(id=self.next_id(place), name=name)
        place.topics[topic.id] = topic
        if by is not None:
            told = {"forum_topic_created": {"name": name, "icon_color": 0x6FB9F0}}
            self._service(place, by, told, thread=topic.id)
        self.changed("chat", chat)
        return topic

    # ---------------------------------------------------------------------------------------------------

    def _place(
        self,
        chat: int,
        user: int,
        status: str,
        rights: Iterable[str] | None = None,
        *,
        by: int | None = None,
        anonymous: bool = False,
    ) -> None:
        """Put somebody into their place and let the bot learn of it."""
        place, person = self.chats[chat], self.users[user]
        before = place.members.get(user, Member(status="left"))
        all_rights = ADMIN_RIGHTS if status in {"administrator", "creator"} else frozenset()
        chosen = all_rights if rights is None else frozenset(rights)
        after = Member(status=status, rights=chosen, anonymous=anonymous)
        place.members[user] = after
        actor = self.users[self.bot.id if by is None else by]
        self.membership(place, actor, person, before, after)

    def _tell(self, chat: int, sender: int, told: Json) -> None:
        """A service message, where Telegram writes one: in groups."""
        if self.chats[chat].kind in {"group", "supergroup"}:
            self._service(self.chats[chat], sender, told)

    def _service(self, chat: Chat, sender: int, told: Json, *, thread: int | None = None) -> None:
        self.deliver(chat, self.put(chat, sender=sender, extra=told, thread=thread))
