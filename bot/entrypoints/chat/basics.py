"""Help, privacy, and what is said where nothing else fits."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from telegram import Update

from bot.domain.messages import Run
from bot.domain.wording import interface_language
from bot.entrypoints.chat.dispatch import place
from bot.entrypoints.chat.table import Command, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, part
from bot.errors import DatelineError
from bot.types import Address, Role

if TYPE_CHECKING:
    from bot.entrypoints.chat.front import ChatFront

GROUPS = (
    ("readers", Who.ANYONE, Who.ADMITTED),
    ("managers", Who.MANAGER, Who.MANAGER),
    ("editors", Who.EDITOR, Who.EDITOR),
    ("owners", Who.OWNER, Who.OWNER),
)
"""The groups of /help: a title's key, and whose commands stand under it."""


async def help_(talk: Talk) -> None:
    """What can be said here, by whom: only what this person may, each group under its title."""
    words, here = talk.words, place(talk.chat)
    pieces: list[str | Run] = [bold(words("help.title"))]
    for title, least, most in GROUPS:
        if most >= Who.EDITOR and not talk.plays(Role.OWNER if most is Who.OWNER else Role.EDITOR):
            continue
        lines = [
            f"/{one.name} – {words(f'command.{one.name}')}"
            for one in talk.front.tables.commands.values()
            if one.listed and here in one.where and least <= one.who <= most
        ]
        if lines:
            heading = words(
                f"help.{title}_here" if title == "managers" and not talk.private else f"help.{title}"
            )
            pieces += ["\n\n", bold(heading), "\n", "\n".join(lines)]
    await talk.say(part(*pieces))


async def privacy(talk: Talk) -> None:
    """What is stored, and how it is deleted."""
    await talk.say(talk.words("privacy.text"))


async def unknown(talk: Talk) -> None:
    """A command that there is not; with the one that was perhaps meant."""
    known = [one.name for one in talk.front.tables.commands.values() if one.listed]
    close = get_close_matches(talk.arguments, known, n=1, cutoff=0.6)
    if close:
        await talk.say(talk.words("chat.unknown_close", name=talk.arguments[:32], close=close[0]))
    else:
        await talk.say(talk.words("chat.unknown", name=talk.arguments[:32]))


async def plain(talk: Talk) -> None:
    """What is neither command nor answer: in private a hint, in a group silence, for nobody asked us."""
    if not talk.private:
        return
    said = (talk.message.text or "" if talk.message else "").strip().lower()
    if said in talk.front.tables.commands:
        await talk.say(talk.words("chat.plain_command", name=said))
        return
    async with talk.deps.store.begin() as tx:
        mine = [
            sub for sub in await tx.subscriptions(active=None) if sub.address.chat == talk.chat.address.chat
        ]
    start = "" if mine else f"\n\n{talk.words('chat.plain_start')}"
    await talk.say(talk.words("chat.plain") + start)


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
