"""Who is let in: everybody, who was invited, or who stands on a list; and how one becomes owner or editor."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from bot.app import App
from bot.entrypoints.chat.table import PRIVATE, Command, Press, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, code, link, part
from bot.ports import Tx
from bot.types import Address, Button, Person, Role

INVITATION = timedelta(days=7)
"""How long an invitation holds; it lets in one person or one chat."""
TRIES = 10
"""Codes that one chat may try a day: with 48 bits a code, guessing is hopeless, and this keeps it quiet."""
_OWNER_CODE = "owner_code"


async def owner_code(app: App) -> str:
    """A new one-time code that makes its sender the owner; "" when there is one already.

    Only its hash is stored; a restart makes a new one, and the old one ends.
    """
    async with app.deps.store.begin() as tx:
        if await tx.people(Role.OWNER):
            return ""
        made = secrets.token_urlsafe(6)
        await tx.put_note(_OWNER_CODE, _hash(made))
    return made


async def admitted(talk: Talk) -> bool:
    """Whether the access setting lets this talk in; who has a role is always let in.

    By invitation a group is admitted as a whole, when somebody who is admitted adds the bot or sets it up; a
    chat that ``config/digests.yaml`` names is the operator's own wish.
    """
    settings, person = talk.app.settings, talk.person
    if settings.access == "open" or (person is not None and person.role is not Role.READER):
        return True
    chat = talk.chat.address.chat
    names = {chat, talk.user, f"@{talk.chat.username}"}
    if names & set(settings.allowed):
        return True
    if settings.access == "invite" and talk.chat.admitted:
        return True
    async with talk.deps.store.begin() as tx:
        declared = {item.id for item in await tx.declared("digest") if item.on}
        return any(
            sub.id in declared and sub.address.chat == chat for sub in await tx.subscriptions(active=None)
        )


async def admits(app: App, person: Person | None) -> bool:
    """Whether this person may bring the bot into a chat."""
    if app.settings.access == "open" or (person is not None and person.role is not Role.READER):
        return True
    if person is None or app.settings.access == "list":
        return person is not None and person.id in app.settings.allowed
    async with app.deps.store.begin() as tx:
        own = await tx.chat(Address(channel="telegram", chat=person.id))
    return own is not None and own.admitted


# -------------------------------------------------------------------------------------------- codes


async def redeem(talk: Talk) -> bool:
    """Use the code in ``talk.arguments``: become owner, editor, or be let in. False: it was none."""
    given, now = talk.arguments.strip().removeprefix("i_"), talk.now
    if not given or not talk.private or not talk.user:
        return False
    async with talk.deps.store.begin() as tx:
        if not await tx.spend(talk.user, now.date().isoformat(), "code", TRIES):
            return False
        role = await _role_of(tx, given, now)
        if role is None:
            return False
        person = talk.person or Person(id=talk.user)
        kept = person.role if role is Role.READER else role
        await tx.put_person(replace(person, role=kept))
        await tx.put_chat(replace(talk.chat, admitted=True))
    talk.person, talk.chat = replace(person, role=kept), replace(talk.chat, admitted=True)
    await talk.say(talk.words(f"access.now_{role}"))
    if role is not Role.READER:
        await talk.front.tables.menu_of(talk.front, talk.user)
    return True


async def _role_of(tx: Tx, given: str, now: datetime) -> Role | None:
    """The role that a code gives; the code is used up by this."""
    owner = await tx.note(_OWNER_CODE)
    if owner and secrets.compare_digest(owner, _hash(given)):
        await tx.put_note(_OWNER_CODE, "")
        return Role.OWNER
    key = f"invitation:{_hash(given)}"
    told = await tx.note(key)
    if not told:
        return None
    await tx.put_note(key, "")
    invitation = json.loads(told)
    return Role(invitation["role"]) if datetime.fromisoformat(invitation["until"]) > now else None


async def invite(talk: Talk) -> None:
    """A link that lets one person in; ``/invite editor``, by the owner, makes that person an editor."""
    wants_editor = talk.arguments.strip().lower() == "editor"
    if wants_editor and not talk.plays(Role.OWNER):
        await talk.say(talk.words("refused.owner"))
        return
    role, made = (Role.EDITOR if wants_editor else Role.READER), secrets.token_urlsafe(9)
    until = talk.now + INVITATION
    body = json.dumps({"role": str(role), "until": until.isoformat(), "by": talk.user})
    async with talk.deps.store.begin() as tx:
        await tx.put_note(f"invitation:{_hash(made)}", body)
    address = f"https://t.me/{talk.front.username}?start=i_{made}"
    said = talk.words(f"access.invitation_{role}", date=talk.words.day(until.date(), "short"))
    await talk.say(part(said, "\n\n", link(address, address), "\n", code(f"/start i_{made}")))


async def people(talk: Talk) -> None:
    """Owners and editors, with buttons that take the role of an editor away."""
    words = talk.words
    async with talk.deps.store.begin() as tx:
        listed = [one for one in await tx.people() if one.role is not Role.READER]
    lines = [f"{one.name or one.id} – {words(f'role.{one.role}')}" for one in listed]
    rows: list[list[Button]] = [
        [talk.button(words("access.demote", name=one.name or one.id), "demote", one.id)]
        for one in listed
        if one.role is Role.EDITOR and talk.plays(Role.OWNER)
    ]
    await talk.edit(part(bold(words("access.people")), "\n\n", "\n".join(lines), buttons=rows))


async def demote(talk: Talk) -> None:
    """An editor becomes a reader again."""
    async with talk.deps.store.begin() as tx:
        known = await tx.person(talk.arguments)
        if known is not None and known.role is Role.EDITOR:
            await tx.put_person(replace(known, role=Role.READER))
    await talk.front.tables.menu_of(talk.front, talk.arguments)
    await people(talk)


def _hash(given: str) -> str:
    return hashlib.sha256(given.encode()).hexdigest()


_IN_PRIVATE = frozenset({PRIVATE})
COMMANDS = (
    Command(name="invite", handler=invite, who=Who.EDITOR, where=_IN_PRIVATE),
    Command(name="people", handler=people, who=Who.EDITOR, where=_IN_PRIVATE),
)
PRESSES = (Press(verb="demote", handler=demote, who=Who.OWNER),)
