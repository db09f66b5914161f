"""Help, privacy, and what is said where nothing else fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Update

from bot.domain.phrases import interface_language
from bot.entrypoints.chat.table import Command, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, part
from bot.errors import DatelineError
from bot.types import Address

if TYPE_CHECKING:
    from bot.entrypoints.chat.front import ChatFront


async def help_(talk: Talk) -> None:
    """What can be said here, by whom."""
    from bot.entrypoints.chat.dispatch import place  # noqa: PLC0415

    words, listed = talk.words, talk.front.tables.commands.values()
    lines = [
        f"/{command.name} – {words(f'command.{command.name}')}"
        for command in listed
        if command.listed and place(talk.chat) in command.where
    ]
    await talk.say(part(bold(words("help.title")), "\n\n", "\n".join(lines)))


async def privacy(talk: Talk) -> None:
    """What is stored, and how it is deleted."""
    await talk.say(talk.words("privacy.text"))


async def unknown(talk: Talk) -> None:
    """A command that there is not."""
    await talk.say(talk.words("chat.unknown", name=talk.arguments))


async def plain(talk: Talk) -> None:
    """What is neither command nor answer."""
    if talk.private:
        await talk.say(talk.words("chat.plain"))


async def failed(front: ChatFront, update: Update, error: Exception) -> None:
    """Tell who waits that it did not work, in words that help; never the error's own text."""
    del error
    chat, user = update.effective_chat, update.effective_user
    if chat is None:
        return
    language = interface_language(user.language_code if user and user.language_code else "en")
    said = part(front.app.deps.wording[language]("chat.failed"))
    try:
        await front.channel.post(Address(channel="telegram", chat=str(chat.id)), said)
    except DatelineError:
        return  # there is nobody to tell


COMMANDS = (
    Command(name="help", handler=help_, who=Who.ANYONE),
    Command(name="privacy", handler=privacy, who=Who.ANYONE),
)
