"""From an update to its handler: who, where, what; and whether that person may."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from telegram import CallbackQuery, Message, Update, User
from telegram import Chat as TelegramChat

from bot.domain.wording import interface_language
from bot.entrypoints.chat import presses
from bot.entrypoints.chat.rights import ANONYMOUS
from bot.entrypoints.chat.table import CHANNEL, GROUP, PRIVATE, Command, Handler, Press, Question, Who
from bot.entrypoints.chat.talk import Talk
from bot.errors import Broken
from bot.events import logger
from bot.types import Address, Chat, Person, Role, Subscription

if TYPE_CHECKING:
    from bot.entrypoints.chat.front import ChatFront

log = logger("chat")


async def dispatch(front: ChatFront, update: Update) -> None:
    """Find who should answer, and let them, if that person may. Raises what the handler raises."""
    if update.my_chat_member is not None:
        await front.tables.membership(front, update.my_chat_member)
        return
    message = update.effective_message
    if message is None or (update.message is None and not update.channel_post and not update.callback_query):
        return  # an edit, a reaction: nothing that anybody waits for
    if message.migrate_to_chat_id is not None:
        async with front.app.deps.store.begin() as tx:
            await tx.move_chat("telegram", str(message.chat.id), str(message.migrate_to_chat_id))
        return
    talk = await _talk(front, update, message)
    if update.callback_query is not None:
        await _press(talk, update.callback_query)
    else:
        await _message(talk, message)


# ------------------------------------------------------------------------------------------------- who, where


async def _talk(front: ChatFront, update: Update, message: Message) -> Talk:
    deps, told = front.app.deps, message.chat
    user = update.effective_user
    # A person who writes in the name of the group or of a channel is nobody whom rights could be asked of.
    nameless = user is None or user.id == ANONYMOUS or (message.sender_chat and not update.callback_query)
    address = Address(channel="telegram", chat=str(told.id))
    async with deps.store.begin() as tx:
        chat = await tx.chat(address)
        person = None if nameless or user is None else await tx.person(str(user.id))
        if person is None and not nameless and user is not None:
            person = Person(id=str(user.id), name=user.full_name)
            await tx.put_person(person)
        seen = _seen(front, chat, address, told)
        if seen != chat:
            await tx.put_chat(seen)
        spoken = [sub for sub in await tx.subscriptions(active=None) if sub.address.chat == address.chat]
    thread = message.message_thread_id if message.is_topic_message else None
    target = replace(address, thread=thread)
    if seen.kind == PRIVATE and person is not None and person.connected:
        target = Address(channel="telegram", chat=person.connected, thread=person.connected_thread)
    return Talk(
        front=front,
        update=update,
        chat=seen,
        thread=thread,
        person=person,
        anonymous=bool(nameless),
        target=target,
        words=deps.wording[_language(seen, person, user, spoken)],
        message=message,
    )


def _seen(front: ChatFront, known: Chat | None, address: Address, told: TelegramChat) -> Chat:
    """The chat as it is now; its time of sight is renewed once a day."""
    now = front.app.deps.clock.now()
    chat = known or Chat(address=address, kind=str(told.type), seen_at=now)
    fresh = chat.seen_at if (now - chat.seen_at).days < 1 else now
    title = told.title or told.full_name or ""
    return replace(
        chat,
        kind=str(told.type),
        title=title,
        username=told.username or "",
        forum=bool(told.is_forum),
        seen_at=fresh,
    )


def _language(chat: Chat, person: Person | None, user: User | None, spoken: list[Subscription]) -> str:
    """The person's choice in private, the chat's elsewhere; else the digest's, else the client's."""
    chosen = person.language if person and chat.kind == PRIVATE else chat.language
    if not chosen and spoken:
        chosen = spoken[0].language
    return interface_language(chosen or (user.language_code if user and user.language_code else "en"))


# ------------------------------------------------------------------------------------------------------- what


async def _message(talk: Talk, message: Message) -> None:
    name, rest = _command(talk, message)
    tables = talk.front.tables
    if name:
        command = tables.commands.get(name)
        if command is None:
            await tables.unknown(replace(talk, arguments=name))
            return
        await talk.done()  # a command ends what was asked before
        await _run(replace(talk, arguments=rest), command)
        return
    if talk.user:
        async with talk.deps.store.begin() as tx:
            state = await tx.conversation(talk.chat.address.chat, talk.user, talk.now)
        question = tables.questions.get(str((state or {}).get("question", "")))
        if state is not None and question is not None:
            said = message.text or message.caption or ""
            await _run(replace(talk, state=state, arguments=said.strip()), question)
            return
    await tables.plain(talk)


def _command(talk: Talk, message: Message) -> tuple[str, str]:
    """Name and rest of ``/name@bot rest``; "" where the message is no command, or one for another bot."""
    text = message.text or message.caption or ""
    first, _, rest = text.partition(" ")
    head, newline, below = first.partition("\n")
    if not head.startswith("/") or len(head) < 2:
        return "", ""
    name, _, bot = head[1:].partition("@")
    if bot and bot.lower() != talk.front.username.lower():
        return "", ""
    if not bot and talk.chat.kind != PRIVATE and name.lower() not in talk.front.tables.commands:
        return "", ""  # another bot's, or a path: in a group nobody asked us
    return name.lower(), f"{below}{newline and ' '}{rest}".strip()


async def _press(talk: Talk, query: CallbackQuery) -> None:
    tables = talk.front.tables
    try:
        pressed = presses.read(query.data or "")
        press = tables.presses[pressed.verb]
    except (Broken, KeyError):
        await talk.answer(talk.words("chat.button_old"), alert=True)
        return
    made = pressed.made_at or (query.message.date if query.message else None)
    talk = replace(talk, pressed=pressed, arguments=":".join(pressed.arguments))
    if press.sealed and pressed.user is None:
        await talk.answer(talk.words("chat.button_old"), alert=True)
    elif press.sealed and pressed.user != talk.user:
        await talk.answer(talk.words("chat.button_not_yours"), alert=True)
    elif made is None or not made.year > 1970 or talk.now - made > press.lives:
        await talk.answer(talk.words("chat.button_old"), alert=True)
    else:
        await _run(talk, press)
    await talk.answer()


# -------------------------------------------------------------------------------------------------- who may


async def _run(talk: Talk, entry: Command | Press | Question) -> None:
    refused = await refusal(talk, entry)
    if not refused:
        handler: Handler = entry.handler
        await handler(talk)
    elif isinstance(entry, Press):
        await talk.answer(talk.words(refused), alert=True)
    else:
        await talk.say(talk.words(refused))


async def refusal(talk: Talk, entry: Command | Press | Question) -> str:
    """Key of the words that say why not; "" where the person may."""
    if isinstance(entry, Command) and place(talk.chat) not in entry.where:
        return "refused.where"
    if entry.who == Who.ANYONE:
        return ""
    if not await talk.front.tables.admitted(talk):
        return "refused.access"
    if entry.who == Who.ADMITTED:
        return ""
    if talk.anonymous:
        return "refused.anonymous"
    if entry.who == Who.MANAGER:
        return "" if await talk.manages() else "refused.manager"
    wanted = Role.OWNER if entry.who == Who.OWNER else Role.EDITOR
    return "" if talk.plays(wanted) else f"refused.{wanted}"


def place(chat: Chat) -> str:
    """PRIVATE, GROUP or CHANNEL."""
    return {"private": PRIVATE, "channel": CHANNEL}.get(chat.kind, GROUP)
