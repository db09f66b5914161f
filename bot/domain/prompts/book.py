"""Which version of which prompt is used for what: the live ones of the house, of a topic, of a chat."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.prompts.files import Prompt
from bot.types import LivePrompt, StoryId

CHAT_STYLE = "- For these readers, where it differs from the lines above: {style}"
"""How a chat's own style is told to the model, below the house's."""


def scope_of(*, topic: str = "", chat: str = "") -> str:
    """The name of a place that may have a prompt of its own; "" is the whole house."""
    if chat:
        return f"chat:{chat}"
    return f"topic:{topic}" if topic else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How a text is to be written: the prompt, and the style that fills its variable.

    ``own``: a chat's own style is in it. What it makes of a prompt says nothing about the prompt.
    """

    prompt: Prompt
    style: str = ""
    own: bool = False

    @property
    def signature(self) -> str:
        """Names both; a style that the prompt does not use changes nothing."""
        if not self.style or "house_style" not in self.prompt.variables:
            return self.prompt.hash
        return f"{self.prompt.hash}+{hashlib.sha256(self.style.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The live prompts, parsed; a snapshot that steps use until the next one is read.

    ``live`` are pointers by (name, scope), ``prompts`` the versions they name by (name, hash), ``style`` is
    the house's and ``styles`` those of chats that have one of their own.
    """

    live: Mapping[tuple[str, str], LivePrompt] = field(default_factory=dict)
    prompts: Mapping[tuple[str, str], Prompt] = field(default_factory=dict)
    style: str = ""
    styles: Mapping[str, str] = field(default_factory=dict)

    def of_chat(self, chat: str) -> bool:
        """Whether this chat has a style or a prompt of its own: then summaries are written for it alone."""
        scope = scope_of(chat=chat)
        return bool(chat) and (chat in self.styles or any(place == scope for _, place in self.live))

    def style_of(self, chat: str) -> str:
        """The house style, and what the chat adds to it: that is said last, so that it decides."""
        if not (own := self.styles.get(chat, "")):
            return self.style
        return f"{self.style}\n{CHAT_STYLE.format(style=own)}".strip()

    def find(
        self, names: Sequence[str], *, topic: str = "", story: StoryId | None = None, chat: str = ""
    ) -> Prompt | None:
        """The prompt of the first of these names that there is.

        A chat's own goes before a topic's, that before the house's. Where two versions are compared,
        ``story`` decides which of them tells it.
        """
        own = [scope_of(chat=chat)] if chat else []
        for name in names:
            for scope in dict.fromkeys((*own, scope_of(topic=topic), "")):
                pointer = self.live.get((name, scope))
                if pointer is not None:
                    return self.prompts.get((name, version_for(pointer, story)))
        return None


def version_for(pointer: LivePrompt, story: StoryId | None) -> str:
    """The version that tells this story: its rival where one is compared and the story falls to it.

    By a hash of the story's number, not by its parity: a story that was split off another has its neighbour's
    parity more often than not.
    """
    if not pointer.rival or story is None:
        return pointer.hash
    return pointer.rival if falls_to_rival(pointer.name, story) else pointer.hash


def falls_to_rival(name: str, story: StoryId) -> bool:
    """Half of the stories, always the same ones."""
    return hashlib.sha256(f"{name}:{story}".encode()).digest()[0] % 2 == 1


def compared(pointer: LivePrompt, now: datetime) -> bool:
    """Whether two versions are still compared."""
    return bool(pointer.rival) and pointer.rival_until is not None and now < pointer.rival_until
