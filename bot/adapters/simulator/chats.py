"""Users, chats, members, topics, messages: the nouns of the simulated world, and how the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.adapters.simulator.entities import Entity

ChatKind = Literal["private", "group", "supergroup", "channel"]
Json = dict[str, Any]
ADMIN_RIGHTS = frozenset(
    [
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
        "can_change_info",
        "can_invite_users",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
        "can_post_messages",
        "can_edit_messages",
        "can_pin_messages",
        "can_manage_topics",
    ]
)


@dataclass(slots=True, kw_only=True)
class User:
    """A person (or the bot). ``started``: wrote to the bot once, so that it may write back."""

    id: int
    first_name: str
    username: str = ""
    language: str = "en"
    is_bot: bool = False
    started: bool = True
    blocked: bool = False
    deactivated: bool = False

    def json(self) -> Json:
        """As the API shows it."""
        shown: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            shown["username"] = self.username
        if not self.is_bot:
            shown["language_code"] = self.language
        return shown


@dataclass(slots=True, kw_only=True)
class Member:
    """Someone's place in a chat."""

    status: str = "member"  # creator, administrator, member, restricted, left, kicked
    rights: frozenset[str] = frozenset()
    anonymous: bool = False  # an administrator who writes as the group

    @property
    def manages(self) -> bool:
        """Creator or administrator."""
        return self.status in {"creator", "administrator"}

    @property
    def inside(self) -> bool:
        """Not a stranger, and not thrown out."""
        return self.status not in {"left", "kicked"}


@dataclass(slots=True, kw_only=True)
class Topic:
    """A forum topic; its id is the id of the message that made it."""

    id: int
    name: str
    closed: bool = False


@dataclass(slots=True, kw_only=True)
class Message:
    """A message as it is now."""

    id: int
    date: int  # unix seconds
    sender: int  # user id; the chat's own id in a channel
    text: str = ""
    entities: tuple[Entity, ...] = ()
    thread: int | None = None
    silent: bool = False
    markup: Json | None = None
    media: Json = field(default_factory=dict)  # "photo" or "document" as the API shows it
    reply_to: int | None = None
    edited: int | None = None
    edits: int = 0
    pinned: bool = False
    rich: Json | None = None  # a RichMessage: blocks, is_rtl
    origin: Json | None = None  # forward_origin, where it was forwarded
    extra: Json = field(default_factory=dict)  # location, contact, or what a service message tells

    @property
    def service(self) -> bool:
        """Told by Telegram, not written by anybody: who joined, which topic was made."""
        return not (self.text or self.media or self.rich) and not {"location", "contact"} & set(self.extra)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A preview that streams into a private chat; gone at ``until`` (monotonic seconds) or with a message."""

    id: int
    until: float
    thread: int | None = None
    text: str = ""
    entities: tuple[Entity, ...] = ()
    rich: Json | None = None


@dataclass(slots=True, kw_only=True)
class Chat:
    """A chat with all that stands in it now, in order."""

    id: int
    kind: ChatKind
    title: str = ""
    username: str = ""
    forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    last_id: int = 0
    migrated_to: int | None = None
    draft: Draft | None = None
    action: tuple[str, int | None, float] | None = None  # what the bot is at, the topic, until (monotonic)
    keyboard: Json | None = None  # the reply keyboard that stands in place of the phone's own

    def json(self) -> Json:
        """As messages show it."""
        shown: Json = {"id": self.id, "type": self.kind}
        if self.kind == "private":
            shown["first_name"] = self.title
        else:
            shown["title"] = self.title
        if self.username:
            shown["username"] = self.username
        if self.forum:
            shown["is_forum"] = True
        return shown


def member_json(user: User, member: Member) -> Mapping[str, Any]:
    """A ChatMember as the API shows it, with every field its kind must have."""
    shown: Json = {"status": member.status, "user": user.json()}
    if member.status == "creator":
        shown["is_anonymous"] = member.anonymous
    elif member.status == "administrator":
        shown |= {"can_be_edited": False, "is_anonymous": member.anonymous}
        shown |= {right: right in member.rights for right in sorted(ADMIN_RIGHTS)}
    elif member.status == "restricted":
        shown |= {"is_member": True, "until_date": 0}
        shown |= {right: right in member.rights for right in _RESTRICTED}
    elif member.status == "kicked":
        shown["until_date"] = 0
    return shown


_RESTRICTED = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_react_to_messages",
    "can_edit_tag",
    "can_pin_messages",
    "can_manage_topics",
]
