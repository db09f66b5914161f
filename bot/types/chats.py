"""People and chats: who may do what, what is muted, what was pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.types.digests import Address
from bot.types.noun import Noun, StoryId, TopicSlug


class Role(StrEnum):
    """What a person may do in this house, beside what every reader may."""

    OWNER = "owner"
    EDITOR = "editor"
    READER = "reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Noun):
    """Somebody who wrote to the bot."""

    id: str  # the channel's user id
    name: str = ""
    role: Role = Role.READER
    language: str = ""  # interface language chosen by hand; "" follows the client's
    connected: str = ""  # the chat whose settings the private chat manages now; "" is the private chat itself
    connected_thread: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat(Noun):
    """A chat that the bot is or was in."""

    address: Address  # thread is None: a chat has one row, its topics have subscriptions
    kind: str  # "private", "group", "supergroup", "channel"
    title: str = ""
    username: str = ""  # without @
    forum: bool = False
    language: str = ""  # of what the bot says there; "" follows who asks
    may_post: bool = True
    admitted: bool = False  # by an invitation, where access is by invitation
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute(Noun):
    """What a chat does not want to read of for a while."""

    chat: str
    kind: str  # "word" or "outlet"
    value: str  # a word or phrase as typed, or an outlet's id
    until: datetime | None = None  # None: for good


class Press(StrEnum):
    """What a reader says of a story on its card."""

    MORE = "more"
    LESS = "less"
    WRONG_TOPIC = "wrong_topic"
    NOT_SAME = "not_same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback(Noun):
    """A press as a labelled example, with what was shown when it was made."""

    chat: str
    user: str
    story: StoryId
    topic: TopicSlug | None
    press: Press
    counts: bool  # by who administers the chat (in private: always); else a vote
    at: datetime
    shown: Mapping[str, Any] = field(default_factory=dict)  # headline, outlets, articles, score, why
