"""``/outbox``: messages that did not go out, or may have; a person decides."""

from __future__ import annotations

from bot.domain.cleaning import clean
from bot.domain.messages import Run
from bot.entrypoints.chat.pages import label, number, of_code
from bot.entrypoints.chat.table import PRIVATE, Command, Press, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, italic, part
from bot.types import Button, Delivery, DeliveryId, DeliveryState, Part

PAGE = 5
"""Messages on a page: each has a row of buttons."""
_SNIPPET = 80


async def outbox(talk: Talk) -> None:
    """Failed and ambiguous messages, newest first."""
    said = await _page(talk, 0)
    await talk.say(said)


async def pressed(talk: Talk) -> None:
    """A page, or a decision on a message: the list shows what became of it."""
    assert talk.pressed is not None
    action, *rest = (*talk.pressed.arguments, "")
    ident, page = number(rest[0]), number(rest[1] if len(rest) > 1 else "")
    if action == "page":
        page = ident
    elif not await _decide(talk, action, DeliveryId(ident)):
        await talk.answer(talk.words("outbox.settled_before"), alert=True)
    else:
        await talk.answer(talk.words(f"outbox.did_{action}"))
    await talk.edit(await _page(talk, page))


async def _decide(talk: Talk, action: str, ident: DeliveryId) -> bool:
    async with talk.deps.store.begin() as tx:
        if action in ("arrived", "again"):
            return await tx.decide(ident, arrived=action == "arrived", now=talk.now)
        if action == "retry":
            return await tx.retry(ident, talk.now)
        if action == "drop":
            return await tx.drop(ident)
        if action == "resume" and await tx.outbox_paused():
            await tx.pause_outbox(False, "")
            return True
    return False


async def _page(talk: Talk, page: int) -> Part:
    words = talk.words
    async with talk.deps.store.begin() as tx:
        found = await tx.undelivered(PAGE + 1, page * PAGE)
        if page and not found:  # the last one of the last page was decided
            page, found = 0, await tx.undelivered(PAGE + 1)
        paused = await tx.outbox_paused()
        waiting, _ = await tx.waiting(talk.now)
        names = {item.address.chat: await tx.chat(item.address) for item in found}
    pieces: list[str | Run] = [bold(words("outbox.title")), "\n", words.count("outbox.waiting", waiting)]
    rows: list[tuple[Button, ...]] = []
    if paused:
        pieces += ["\n", words("outbox.paused", why=clean(paused))]
        rows.append((talk.button(words("outbox.resume"), "outbox", "resume"),))
    for at, item in enumerate(found[:PAGE], start=page * PAGE + 1):
        chat = names[item.address.chat]
        pieces += ["\n\n", *_told(talk, at, item, (chat.title if chat else "") or item.address.chat)]
        rows.append(_choices(talk, at, item, page))
    if not found:
        pieces += ["\n\n", words("outbox.none")]
    turn = [talk.button(f"‹ {page}", "outbox", "page", page - 1)] if page else []
    turn += [talk.button(f"{page + 2} ›", "outbox", "page", page + 1)] if len(found) > PAGE else []
    return part(*pieces, buttons=[*rows, turn])


def _told(talk: Talk, at: int, item: Delivery, chat: str) -> list[str | Run]:
    words, settings = talk.words, talk.app.settings
    state = words(f"outbox.{item.state}")
    when = words.moment(item.queued_at or item.due_at, settings.zone)
    lines: list[str | Run] = [bold(f"{at}. {state}"), " ", words.join([clean(chat), when])]
    if item.last_code and item.state is DeliveryState.FAILED:
        lines += ["\n", of_code(talk, item.last_code)]
    text = " ".join(clean(item.part.text).split())
    return [*lines, "\n", italic(text if len(text) <= _SNIPPET else f"{text[: _SNIPPET - 1]}…")]


def _choices(talk: Talk, at: int, item: Delivery, page: int) -> tuple[Button, ...]:
    ambiguous = item.state is DeliveryState.AMBIGUOUS
    actions = ("arrived", "again", "drop") if ambiguous else ("retry", "drop")
    return tuple(
        talk.button(label(f"{at}. {talk.words(f'outbox.{action}')}"), "outbox", action, item.id, page)
        for action in actions
    )


COMMANDS = (Command(name="outbox", handler=outbox, who=Who.EDITOR, where=frozenset({PRIVATE})),)
PRESSES = (Press(verb="outbox", handler=pressed, who=Who.EDITOR),)
