"""The card of a story: opened by its number under a digest, or by a deep link; and ``/why``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain import cards
from bot.domain.cards import StoryView
from bot.domain.deeplinks import PREFIX, deep_link, read_payload
from bot.entrypoints.chat.demand import settings_here
from bot.entrypoints.chat.limits import Allowance
from bot.entrypoints.chat.table import Command, Handler, Press
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import part as text_part
from bot.pipeline.cards import view
from bot.types import Button, Length, Part, StoryId

LIVES = timedelta(days=30)
"""How long a card can be opened: as long as its articles are kept."""
A_ROW = 8
"""Buttons of a row of numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A card somebody opened. ``chat``: of the digest that it was in; "" is the private chat itself."""

    story: StoryId
    chat: str = ""

    def data(self, verb: str, *more: object) -> str:
        """What a button of this card says."""
        tail = [str(one) for one in more]
        where = [self.chat or "0"] if tail or self.chat else []
        return ":".join(["c", verb, str(self.story), *where, *tail])


def opened(story: str, chat: str = "") -> Opened | None:
    """The card that a button's data name; None when they name none."""
    found = read_payload(f"{story}_{chat}" if chat not in ("", "0") else story)
    return None if found is None else Opened(story=found[0], chat=found[1])


async def open_card(talk: Talk) -> None:
    """A number under a digest was pressed, or its deep link followed: the card, in private."""
    if talk.pressed is not None:
        found = opened(*talk.pressed.arguments[:2]) if talk.pressed.arguments else None
    else:
        payload = read_payload(talk.arguments)
        found = None if payload is None else Opened(story=payload[0], chat=payload[1])
    if found is None:
        await gone(talk)
    elif not talk.private:
        await talk.answer(url=deep_link(talk.front.username, found.story, talk.chat.address.chat))
    else:
        await _show(talk, found, edit=False)


async def back(talk: Talk, card: Opened) -> None:
    """From the reasons to the card again."""
    if talk.private:
        await _show(talk, card, edit=True)
    else:
        await talk.answer(url=deep_link(talk.front.username, card.story, talk.chat.address.chat))


async def gone(talk: Talk) -> None:
    """The story is not kept any more, or never was."""
    if talk.update.callback_query is not None:
        await talk.answer(talk.words("press.gone"), alert=True)
    else:
        await talk.say(talk.words("press.gone"))


async def seen(
    talk: Talk, story: StoryId, length: Length, allowance: Allowance | None = None
) -> StoryView | None:
    """The story as this chat is told it; a model is only waited for within the ``allowance``."""
    settings = await settings_here(talk)
    return await view(
        talk.deps,
        story,
        settings.language,
        length,
        settings.schedule.zone,
        subscription=settings.id,
        patient=allowance is not None,
        permit=allowance.call if allowance else None,
    )


async def _show(talk: Talk, card: Opened, *, edit: bool) -> None:
    async with talk.deps.store.begin() as tx:
        kept = await tx.story(card.story)
    if kept is None:
        await gone(talk)
        return
    await talk.answer()  # before the model: the client waits for it
    settings = await settings_here(talk)
    allowance = Allowance(talk, settings.schedule.zone)
    async with talk.working(streams=settings.format) as progress:
        progress.tell(talk.words("press.opening"))
        found = await seen(talk, card.story, Length.DEEP, allowance)
    if found is None:
        await progress.finish(text_part(talk.words("press.gone")))
        return
    part = addressed(cards.card(found, talk.words, talk.front.channel.limits), card)
    if edit:
        await progress.clear()
        await talk.edit(part)
    elif progress.message:
        await progress.finish(part)
    else:
        await talk.say(part, reply=talk.pressed is not None)
    if excuse := allowance.excuse():
        await talk.say(excuse)


def addressed(part: Part, card: Opened) -> Part:
    """The part with buttons that remember of which chat's digest the card is."""
    back_to = f"s:{card.story}"

    def named(button: Button) -> Button:
        if button.data == back_to:
            return replace(button, data=card.data("card"))
        if button.data.startswith("c:"):
            return replace(button, data=card.data(button.data.split(":")[1]))
        return button

    return replace(part, buttons=tuple(tuple(named(button) for button in row) for row in part.buttons))


# ------------------------------------------------------------------------------------------------------ why


async def why(talk: Talk) -> None:
    """``/why`` as a reply to a message of ours, or ``/why 3``: why this story stands there as it does."""
    number = int(talk.arguments) if talk.arguments.isascii() and talk.arguments[:6].isdigit() else 0
    async with talk.deps.store.begin() as tx:
        last = await tx.last_digest(talk.here)
    meant = await _replied(talk)
    listed = meant or last
    if not listed:
        await talk.say(talk.words("why.which"))
    elif number:
        whole = last if set(meant) <= set(last) else listed
        if 0 < number <= len(whole):
            await reasons(talk, Opened(story=whole[number - 1]))
        else:
            await talk.say(talk.words.count("why.no_number", len(whole)))
    elif len(listed) == 1:
        await reasons(talk, Opened(story=listed[0]))
    else:
        order = last if set(listed) <= set(last) else listed
        await talk.say(talk.words("why.choose"), buttons=_numbers(talk, listed, order))


async def why_pressed(talk: Talk) -> None:
    """One of the numbers that ``/why`` offered."""
    assert talk.pressed is not None
    found = opened(*talk.pressed.arguments[:1]) if talk.pressed.arguments else None
    if found is None:
        await gone(talk)
    else:
        await reasons(talk, found)


async def reasons(talk: Talk, card: Opened) -> None:
    """Why this story, why these articles together, why this topic; in the place of a pressed message."""
    settings = await settings_here(talk)
    found = await seen(talk, card.story, settings.length)
    if found is None:
        await gone(talk)
        return
    part = addressed(cards.why(found, talk.words, talk.front.channel.limits), card)
    if not talk.private:  # its card opens in private
        link = deep_link(talk.front.username, card.story, talk.chat.address.chat)
        part = replace(part, buttons=((Button(text=talk.words("press.open"), url=link),),))
    if talk.pressed is not None:
        await talk.edit(part)
    else:
        await talk.say(part, reply=True)


async def _replied(talk: Talk) -> tuple[StoryId, ...]:
    """The stories of the message that is replied to: as it was sent, else by its buttons."""
    message = talk.replied
    if message is None:
        return ()
    async with talk.deps.store.begin() as tx:
        sent = await tx.shown_in(talk.here, str(message.message_id))
    if sent or message.reply_markup is None:
        return sent
    found: dict[StoryId, None] = {}
    for row in message.reply_markup.inline_keyboard:
        for button in row:
            named = _named(str(button.callback_data or ""), button.url or "")
            if named is not None:
                found[named] = None
    return tuple(found)


def _named(data: str, url: str) -> StoryId | None:
    """The story that a button of a digest or of a card is about."""
    kind, *rest = data.split(":")
    said = rest[0] if kind == "s" and rest else rest[1] if kind == "c" and len(rest) > 1 else ""
    if f"?start={PREFIX}" in url:
        said = url.partition("?start=")[2]
    found = read_payload(said)
    return found[0] if found else None


def _numbers(talk: Talk, listed: Sequence[StoryId], order: Sequence[StoryId]) -> list[list[Button]]:
    made = [talk.button(str(order.index(story) + 1), "w", story) for story in listed]
    return [made[start : start + A_ROW] for start in range(0, len(made), A_ROW)]


COMMANDS = (Command(name="why", handler=why),)
PRESSES = (
    Press(verb="s", handler=open_card, sealed=False, lives=LIVES),
    Press(verb="w", handler=why_pressed),
)
START: Mapping[str, Handler] = {PREFIX: open_card}
"""Beginning of the payload of ``/start`` -> who answers; ``arguments`` is the payload, whole or its rest."""
