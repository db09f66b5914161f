"""What a later issue fills: said "not yet" from one table, so that nobody wonders whether it is broken."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.phrases import Wording
from bot.entrypoints.chat.table import PRIVATE, Command, Who
from bot.entrypoints.chat.talk import Talk

LATER: Mapping[str, str] = {
    "prompts": "later.prompts",
}
"""Thing -> key of its words. Whoever builds the thing takes its line out."""


def not_yet(words: Wording, thing: str) -> str:
    """The words for a thing of ``LATER``; "" once it is built. Other modules ask here before they answer."""
    return words(LATER[thing]) if thing in LATER else ""


async def prompts(talk: Talk) -> None:
    """The prompt templates, in a later issue."""
    await talk.say(not_yet(talk.words, "prompts"))


COMMANDS = (
    Command(name="prompts", handler=prompts, who=Who.EDITOR, where=frozenset({PRIVATE}), listed=False),
)
