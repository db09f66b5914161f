"""``/stop`` and ``/forget``: both also for who is not let in any more."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import declarations
from bot.entrypoints.chat.table import Command, Press, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, part
from bot.types import Role, Subscription

SHOWN = ("subscriptions", "digests", "deliveries", "mutes", "feedback")
"""Tables of which the rows that were deleted are told one by one; the rest is summed up."""


async def _refused(talk: Talk) -> bool:
    """Whether this person may not; said, then."""
    key = "refused.anonymous" if talk.anonymous else "" if await talk.manages() else "refused.manager"
    if not key:
        return False
    if talk.pressed is None:
        await talk.say(talk.words(key))
    else:
        await talk.answer(talk.words(key), alert=True)
    return True


async def stop(talk: Talk) -> None:
    """No more digests here; the settings are kept."""
    if await _refused(talk):
        return
    async with talk.deps.store.begin() as tx:
        mine = [sub for sub in await tx.subscriptions() if sub.address == talk.target]
    for subscription in mine:
        await talk.save(replace(subscription, active=False))
    await talk.say(talk.words("stop.done" if mine else "stop.none"))


async def forget(talk: Talk) -> None:
    """Ask whether all of it is to go: of the chat where this is said, whatever is managed from it."""
    if talk.target.chat != talk.chat.address.chat:
        talk.target = talk.here
    if await _refused(talk):
        return
    words = talk.words
    said = [words("forget.ask")]
    if talk.private and talk.person and talk.person.role is not Role.READER:
        said.append(words("forget.role", role=words(f"role.{talk.person.role}")))
    yes, no = (
        talk.button(words("forget.yes"), "forget", "yes"),
        talk.button(words("forget.no"), "forget", "no"),
    )
    await talk.say(part(bold(words("forget.title")), "\n\n", "\n\n".join(said), buttons=[[yes], [no]]))


async def forgotten(talk: Talk) -> None:
    """It is wanted: delete, and tell what was deleted."""
    talk.target = talk.here
    if await _refused(talk):
        return
    if talk.arguments != "yes":
        await talk.edit(talk.words("forget.kept" if talk.arguments == "no" else "chat.button_old"))
        return
    await _switch_off(talk)
    async with talk.deps.store.begin() as tx:
        gone = await tx.forget(talk.chat.address)
    words = talk.words
    lines = [words(f"forget.{name}", n=words.number(gone[name])) for name in SHOWN if gone.get(name)]
    rest = sum(rows for name, rows in gone.items() if name not in SHOWN)
    lines.append(words("forget.rest", n=words.number(rest)))
    await talk.edit(part(bold(words("forget.done")), "\n\n", "\n".join(lines), "\n\n", words("forget.again")))


async def _switch_off(talk: Talk) -> None:
    """Digests that a file declares for this chat: else the next import would make them again."""
    async with talk.deps.store.begin() as tx:
        here: list[Subscription] = [
            sub for sub in await tx.subscriptions(active=None) if sub.address.chat == talk.chat.address.chat
        ]
        known = {sub.id for sub in here}
        declared = [item for item in await tx.declared("digest") if item.id in known]
    off = [declarations.edit(item, "digest", item.id, item.body, on=False) for item in declared]
    if off:
        await talk.app.declare(off)


COMMANDS = (
    Command(name="stop", handler=stop, who=Who.ANYONE),
    Command(name="forget", handler=forget, who=Who.ANYONE),
)
PRESSES = (Press(verb="forget", handler=forgotten, who=Who.ANYONE),)
