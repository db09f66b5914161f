"""Groups and channels: coming and going, and managing them from a private chat."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from telegram import ChatMember, ChatMemberUpdated, User
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.domain.wording import Wording, interface_language
from bot.entrypoints.chat.access import admits
from bot.entrypoints.chat.presses import button
from bot.entrypoints.chat.table import GROUP, PRIVATE, Command, Press, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import part
from bot.errors import Code, DatelineError, Transient
from bot.events import logger
from bot.types import Address, Button, Chat, Part, Person

if TYPE_CHECKING:
    from bot.entrypoints.chat.front import ChatFront

log = logger("chat")

GONE = frozenset({ChatMember.LEFT, ChatMember.BANNED})
LISTED = 30
"""Chats that /connect asks Telegram about: a person administers few."""
_LINK = re.compile(r"(?:https?://)?t\.me/(?:c/(\d+)|([A-Za-z]\w{3,31}))/?.*")


# ----------------------------------------------------------------------------------------- coming and going


async def membership(front: ChatFront, change: ChatMemberUpdated) -> None:
    """The bot was added, promoted, restricted, removed or blocked."""
    address = Address(channel="telegram", chat=str(change.chat.id))
    front.rights.forget(address.chat)
    status, before = change.new_chat_member.status, change.old_chat_member.status
    deps = front.app.deps
    if status in GONE:
        async with deps.store.begin() as tx:
            await tx.mute(address, Code.FORBIDDEN)
            if (known := await tx.chat(address)) is not None:
                await tx.put_chat(replace(known, may_post=False))
        log.info("chat_left", chat=address.chat)
        return
    if change.chat.type == ChatType.PRIVATE:
        async with deps.store.begin() as tx:
            await tx.unmute(address)
        return
    chat, back = await _arrive(front, address, change)
    log.info("chat_joined", chat=address.chat, may_post=chat.may_post, unmuted=back)
    if before in GONE or not chat.may_post:
        await _greet(front, chat, change.from_user)


async def _arrive(front: ChatFront, address: Address, change: ChatMemberUpdated) -> tuple[Chat, int]:
    """Remember the chat, and let digests go there again if the bot may post; how many were muted."""
    deps, told = front.app.deps, change.chat
    try:
        await front.channel.may_post(address)
        may_post = True
    except Transient:
        may_post = True  # not known: the first digest will tell
    except DatelineError:
        may_post = False
    async with deps.store.begin() as tx:
        adder = await tx.person(str(change.from_user.id))
    lets_in = await admits(front.app, adder)
    async with deps.store.begin() as tx:
        known = await tx.chat(address)
        chat = Chat(
            address=address,
            kind=str(told.type),
            title=told.title or "",
            username=told.username or "",
            forum=bool(told.is_forum),
            language=known.language if known else "",
            may_post=may_post,
            admitted=lets_in or bool(known and known.admitted),
            seen_at=deps.clock.now(),
        )
        await tx.put_chat(chat)
        back = await tx.unmute(address) if may_post else 0
    return chat, back


async def _greet(front: ChatFront, chat: Chat, adder: User) -> None:
    """Say what to do next: in a group there, of a channel (or where the bot may not post) to who added it."""
    words = front.app.deps.wording[interface_language(adder.language_code or "en")]
    if not chat.may_post:
        await _tell(front, str(adder.id), part(words("groups.may_not_post", chat=chat.title)))
    elif chat.kind == ChatType.CHANNEL:
        await _tell(front, str(adder.id), _managed_from_here(front, chat, adder, words))
    else:
        rows = ((Button(text=words("groups.manage"), url=_door(front, chat.address)),),)
        await _tell(front, chat.address.chat, part(words("groups.hello"), buttons=rows))


def _managed_from_here(front: ChatFront, chat: Chat, adder: User, words: Wording) -> Part:
    now = front.app.deps.clock.now()
    press = button(words("groups.manage"), "connect", chat.address.chat, user=str(adder.id), now=now)
    return part(words("groups.channel_hello", chat=chat.title), buttons=((press,),))


async def _tell(front: ChatFront, chat: str, said: Part) -> None:
    """Post it, if the bot may: a person who never wrote to the bot cannot be written to."""
    try:
        await front.channel.post(Address(channel="telegram", chat=chat), said)
    except DatelineError as error:
        log.info("greeting_refused", chat=chat, error=error)


def _door(front: ChatFront, address: Address) -> str:
    """The address that opens the private chat with this chat connected."""
    thread = f"_{address.thread}" if address.thread else ""
    return f"https://t.me/{front.username}?start=c_{address.chat.lstrip('-')}{thread}"


# ------------------------------------------------------------------------------------------------ connecting


async def connect(talk: Talk) -> None:
    """In private: manage another chat from here. In a group: a button that leads to the private chat."""
    words = talk.words
    if not talk.private:
        rows = [[Button(text=words("groups.manage"), url=_door(talk.front, talk.here))]]
        await talk.say(words("groups.connect_here"), buttons=rows)
        return
    if talk.arguments.strip():
        await _connect_to(talk, talk.arguments.strip())
        return
    await talk.edit(part(words("groups.choose"), buttons=await _choices(talk)))


async def _choices(talk: Talk) -> list[list[Button]]:
    """A button for each chat that the person administers, and one for this private chat."""
    async with talk.deps.store.begin() as tx:
        known = [chat for chat in await tx.chats() if chat.kind != PRIVATE][:LISTED]
    mine = [chat for chat in known if await talk.front.rights.administers(chat.address, talk.user)]
    rows = [[talk.button(chat.title or chat.address.chat, "connect", chat.address.chat)] for chat in mine]
    return [*rows, [talk.button(talk.words("groups.this_chat"), "connect", "0")]]


async def _connect_to(talk: Talk, wanted: str) -> None:
    """Connect by @name, number or link, if the person administers that chat and the bot may post there."""
    words, match = talk.words, _LINK.fullmatch(wanted)
    name: int | str = wanted if wanted.startswith("@") else f"@{wanted}"
    if match:
        name = int(f"-100{match[1]}") if match[1] else f"@{match[2]}"
    elif wanted.lstrip("-").isdigit():
        name = int(wanted)
    try:
        found = await talk.front.channel.bot.get_chat(name)
    except TelegramError:
        await talk.say(words("groups.not_found", chat=wanted))
        return
    await _open(talk, str(found.id), None, found.title or wanted)


async def pressed(talk: Talk) -> None:
    """A chat was chosen of the list; "0" is the private chat itself."""
    chat = talk.arguments
    if chat == "0":
        await disconnect(talk)
        return
    async with talk.deps.store.begin() as tx:
        known = await tx.chat(Address(channel="telegram", chat=chat))
    await _open(talk, chat, None, known.title if known else chat)


async def start_connected(talk: Talk) -> None:
    """``/start c_CHAT`` or ``c_CHAT_THREAD``: the way from a group's button to here."""
    chat, _, thread = talk.arguments.removeprefix("c_").partition("_")
    if not chat.isdigit() or (thread and not thread.isdigit()):
        await talk.say(talk.words("groups.not_found", chat=talk.arguments))
        return
    async with talk.deps.store.begin() as tx:
        known = await tx.chat(Address(channel="telegram", chat=f"-{chat}"))
    await _open(talk, f"-{chat}", int(thread) if thread else None, known.title if known else f"-{chat}")


async def _open(talk: Talk, chat: str, thread: int | None, title: str) -> None:
    """Manage that chat from here on, if this person may."""
    words, address = talk.words, Address(channel="telegram", chat=chat, thread=thread)
    if not await talk.front.rights.administers(address, talk.user):
        await talk.edit(words("groups.not_yours", chat=title))
        return
    try:
        await talk.front.channel.may_post(address)
    except DatelineError as error:
        log.info("may_not_post", chat=chat, error=error)
        await talk.edit(words("groups.may_not_post", chat=title))
        return
    person = replace(talk.person or Person(id=talk.user), connected=chat, connected_thread=thread)
    async with talk.deps.store.begin() as tx:
        await tx.put_person(person)
    await talk.edit(words("groups.connected", chat=title))


async def disconnect(talk: Talk) -> None:
    """Manage the private chat itself again."""
    if talk.person is not None:
        async with talk.deps.store.begin() as tx:
            await tx.put_person(replace(talk.person, connected="", connected_thread=None))
    await talk.edit(talk.words("groups.disconnected"))


START = {"c_": start_connected}
COMMANDS = (
    Command(name="connect", handler=connect, who=Who.ADMITTED, where=frozenset({PRIVATE, GROUP})),
    Command(name="disconnect", handler=disconnect, where=frozenset({PRIVATE})),
)
PRESSES = (Press(verb="connect", handler=pressed),)
