"""What a chat does not want to read, and when it wants no digest at all: ``/mute``, ``/pause``."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import moments, wishes
from bot.domain.articles import Outlets
from bot.entrypoints.chat.pages import label
from bot.entrypoints.chat.settings import drawn, grant, show
from bot.entrypoints.chat.table import Command, Press, Who
from bot.entrypoints.chat.talk import Talk
from bot.pipeline.catalogue import catalogue
from bot.types import Button, Mute, Outlet, OutletId

MOST_MUTES, LONGEST_WORD = 100, 64
NEAR = 4
"""Outlets that are offered where a muted word stands in their names."""


async def mute(talk: Talk) -> None:
    """``/mute WORD|OUTLET [7d|30d]``: leave stories out of digests; alone: what is muted."""
    subscription = await talk.subscription()
    if subscription is None or not talk.arguments:
        await show(talk, "mutes")
        return
    span, said = moments.read_span(talk.arguments)
    said = said.strip(" \"'“”„«»「」")
    async with talk.deps.store.begin() as tx:
        known = await tx.mutes(talk.target.chat, talk.now)
    if not moments.plain(said) or len(said) > LONGEST_WORD or len(known) >= MOST_MUTES:
        await talk.say(await drawn(talk, subscription, "mutes", note=talk.words("mute.cannot")))
        return
    outlet = await _outlet(talk, said)
    await _put(talk, "outlet" if outlet else "word", outlet.id if outlet else said, span)
    note = talk.words("mute.done", value=talk.words.settle(outlet.name if outlet else said))
    page = await drawn(talk, subscription, "mutes", note=note)
    near = [] if outlet else await _near(talk, said, span)
    await talk.say(page, buttons=[*near, *page.buttons])


async def _put(talk: Talk, kind: str, value: str, span: timedelta | None) -> None:
    until = talk.now + span if span else None
    async with talk.deps.store.begin() as tx:
        await tx.put_mute(Mute(chat=talk.target.chat, kind=kind, value=value, until=until))


async def _outlet(talk: Talk, said: str) -> Outlet | None:
    """The outlet of this name, id or address; None where it is a word."""
    outlets: Outlets = (await catalogue(talk.deps)).outlets
    if (named := outlets.named(said)) is not None:
        return named
    if outlets.knows(OutletId(said.lower())):
        return outlets.get(OutletId(said.lower()))
    if "." in said.strip(".") and " " not in said:
        site = outlets.of(said if "://" in said else f"https://{said}/")
        return site if outlets.knows(site.id) else None
    return None


async def _near(talk: Talk, said: str, span: timedelta | None) -> list[list[Button]]:
    """Buttons for outlets in whose names the muted word stands: perhaps those were meant."""
    async with talk.deps.store.begin() as tx:
        declared = [item for item in await tx.declared("outlet") if item.on]
    word, days = wishes.pattern(said), span.days if span else 0
    found = [(item.id, str(item.body.get("name", item.id))) for item in declared]
    return [
        [talk.button(label(talk.words("mute.instead", outlet=name)), "muteout", ident, days)]
        for ident, name in found
        if word.search(moments.plain(name)) and len(ident) <= 32
    ][:NEAR]


async def muted_outlet(talk: Talk) -> None:
    """An outlet was meant after all."""
    assert talk.pressed is not None
    ident, days = (*talk.pressed.arguments, "", "")[:2]
    outlets = (await catalogue(talk.deps)).outlets
    subscription = await talk.subscription()
    if subscription is None or not outlets.knows(OutletId(ident)) or not days.isdigit():
        await talk.answer(talk.words("chat.button_old"), alert=True)
        return
    name = outlets.get(OutletId(ident)).name
    await _put(talk, "outlet", ident, timedelta(days=int(days)) if int(days) else None)
    async with talk.deps.store.begin() as tx:
        for one in await tx.mutes(talk.target.chat, talk.now):
            if one.kind == "word" and wishes.pattern(one.value).search(moments.plain(name)):
                await tx.drop_mute(one.chat, one.kind, one.value)
    note = talk.words("mute.done", value=talk.words.settle(name))
    await talk.edit(await drawn(talk, subscription, "mutes", note=note))


async def pause(talk: Talk) -> None:
    """``/pause [3 | 7d | 2 weeks]``: no digest for so many days; alone: buttons."""
    subscription = await talk.subscription()
    if subscription is None or not talk.arguments:
        await show(talk, "pause")
        return
    said = moments.plain(talk.arguments)
    span, rest = moments.read_span(talk.arguments)
    days = said if said.isdigit() else str(span.days) if span and not rest else ""
    new = await grant(talk, subscription, "pause", days) if days not in ("", "0") else None
    note = "" if new else talk.words("pause.not_understood", said=talk.arguments[:60])
    await talk.say(await drawn(talk, new or subscription, "pause", note=note))


async def resume(talk: Talk) -> None:
    """The digests come again."""
    subscription = await talk.subscription()
    if subscription is None:
        await show(talk)
        return
    new = await grant(talk, subscription, "pause", "0")
    await talk.say(await drawn(talk, new or subscription, "pause", note=talk.words("pause.over")))


COMMANDS = (
    Command(name="pause", handler=pause, who=Who.MANAGER),
    Command(name="resume", handler=resume, who=Who.MANAGER, listed=False),
    Command(name="mute", handler=mute, who=Who.MANAGER),
)
PRESSES = (Press(verb="muteout", handler=muted_outlet, who=Who.MANAGER),)
