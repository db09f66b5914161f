"""``/broadcast``: one message of the owner's to every chat that gets digests, after a preview."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from telegram import MessageEntity

from bot.domain.broadcasts import Recipient, recipients
from bot.domain.messages import Run
from bot.entrypoints.chat.pages import held
from bot.entrypoints.chat.table import PRIVATE, Command, Press, Question, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, italic, part
from bot.pipeline.broadcast import broadcast
from bot.types import Button, Entity, EntityKind, Part

QUESTION = "broadcast"
LIVES = timedelta(hours=1)
SURE = timedelta(minutes=15)
"""For how long the button that sends it may be pressed: what it shows is what holds."""
LAST = "broadcast.last"
"""The note of the last broadcast: when, how many chats."""
_KINDS = ("private", "group", "channel")
State = dict[str, Any]


async def command(talk: Talk) -> None:
    """Ask for the text; the last one's progress is a button."""
    buttons: list[tuple[Button, ...]] = []
    async with talk.deps.store.begin() as tx:
        if await tx.note(LAST):
            buttons.append((talk.button(talk.words("broadcast.do_status"), "broadcast", "status"),))
    if talk.arguments == "status":
        await talk.say(await _status(talk))
        return
    await talk.say(talk.words("broadcast.ask"), buttons=buttons)
    await talk.expect(QUESTION, lives=LIVES, parts={}, language="")


async def answered(talk: Talk) -> None:
    """The text for all, or for one language: shown as it will be seen, with who gets it."""
    if talk.message is None or not talk.message.text:
        await talk.say(talk.words("broadcast.only_text"))
        return
    state: State = {key: value for key, value in talk.state.items() if key != "question"}
    state["parts"] = {**state["parts"], state["language"]: _kept(talk.message.text, talk.message.entities)}
    state["language"] = ""
    state["mark"] = f"{talk.message.chat_id}-{talk.message.message_id}"
    await talk.expect(QUESTION, lives=LIVES, **state)
    await _preview(talk, state)


async def pressed(talk: Talk) -> None:
    """Progress, calling off, another language, or never mind."""
    assert talk.pressed is not None
    action, *rest = (*talk.pressed.arguments, "")
    if action == "status":
        await talk.edit(await _status(talk))
    elif action == "cancel":
        await _cancel(talk)
    elif (found := await held(talk, QUESTION)) is None:
        await talk.answer(talk.words("broadcast.nothing_held"), alert=True)
    elif action == "discard":
        await talk.done()
        await talk.edit(talk.words("broadcast.discarded"))
    elif action == "language":
        state = {**found, "language": rest[0]}
        state.pop("question", None)
        name = talk.words.language_name(rest[0])
        await talk.expect(QUESTION, lives=LIVES, **state)
        await talk.say(talk.words("broadcast.ask_language", language=name))


async def sent(talk: Talk) -> None:
    """The button that sends it: once, whoever presses how often."""
    found = await held(talk, QUESTION)
    if found is None or not found["parts"]:
        await talk.answer(talk.words("broadcast.nothing_held"), alert=True)
        return
    await talk.answer()
    started, languages = talk.now, {one.address: one.language for one in await _recipients(talk)}
    kept = found["parts"]
    parts = {
        language: _part(kept[language]) for language in sorted(kept)
    }  # "", the text for all, is the first
    chats = await broadcast(
        talk.deps, parts, tuple(languages), languages=languages, broadcast_id=str(found["mark"])
    )
    async with talk.deps.store.begin() as tx:
        await tx.put_note(LAST, json.dumps({"at": started.isoformat(), "chats": chats}))
    await talk.done()
    await talk.edit(await _status(talk))


# ---------------------------------------------------------------------------------------------- the preview


async def _preview(talk: Talk, state: Mapping[str, Any]) -> None:
    words, parts, reached = talk.words, state["parts"], await _recipients(talk)
    for language, kept in parts.items():
        if language:
            await talk.say(
                part(italic(words("broadcast.in_language", language=words.language_name(language))))
            )
        await talk.say(_part(kept))
    if not reached:
        await talk.say(words("broadcast.nobody"))
        return
    pieces: list[str | Run] = [bold(words("broadcast.preview")), "\n", words("broadcast.as_above"), "\n\n"]
    kinds, languages = Counter(one.kind for one in reached), Counter(one.language for one in reached)
    pieces += [words.join(words.count(f"broadcast.{kind}", kinds[kind]) for kind in _KINDS if kinds[kind])]
    spoken = [f"{words.language_name(code)} {words.number(n)}" for code, n in languages.most_common()]
    pieces += ["\n", words.join(spoken)]
    others = [
        talk.button(
            words("broadcast.do_language", language=words.language_name(code)), "broadcast", "language", code
        )
        for code, _ in languages.most_common(6)
    ]
    rows: list[tuple[Button, ...]] = [tuple(others[at : at + 2]) for at in range(0, len(others), 2)]
    send = talk.button(words.count("broadcast.do_send", len(reached)), "broadcastgo")
    rows.append((send, talk.button(words("broadcast.do_discard"), "broadcast", "discard")))
    await talk.say(part(*pieces, buttons=rows))


async def _recipients(talk: Talk) -> tuple[Recipient, ...]:
    async with talk.deps.store.begin() as tx:
        return recipients(await tx.subscriptions(), await tx.chats())


def _kept(text: str, entities: tuple[MessageEntity, ...]) -> dict[str, Any]:
    """A message's text and its formatting; addresses and names light up by themselves."""
    known = {str(kind) for kind in EntityKind}
    styled = [
        [str(one.type), one.offset, one.length, one.url or ""] for one in entities if str(one.type) in known
    ]
    return {"text": text, "entities": styled}


def _part(kept: Mapping[str, Any]) -> Part:
    entities = tuple(
        Entity(kind=EntityKind(kind), offset=offset, length=length, url=url)
        for kind, offset, length, url in kept["entities"]
    )
    return Part(text=str(kept["text"]), entities=entities)


# --------------------------------------------------------------------------------------------- the progress


async def _last(talk: Talk) -> tuple[datetime, int] | None:
    async with talk.deps.store.begin() as tx:
        note = json.loads(await tx.note(LAST) or "null")
    return (datetime.fromisoformat(note["at"]), int(note["chats"])) if note else None


async def _status(talk: Talk) -> Part:
    words, last = talk.words, await _last(talk)
    if last is None:
        return part(words("broadcast.none_yet"))
    at, chats = last
    async with talk.deps.store.begin() as tx:
        states = await tx.broadcast_states(at)
    waiting = sum(states.get(state, 0) for state in ("pending", "claimed", "sending"))
    told = [words("broadcast.sent", sent=words.number(states.get("sent", 0)), chats=words.number(chats))]
    troubles = [state for state in ("failed", "ambiguous", "dropped") if states.get(state)]
    told += [words.count(f"broadcast.{state}", states[state]) for state in troubles]
    told += [words.count("broadcast.waiting", waiting)] if waiting else []
    pieces: list[str | Run] = [
        bold(words("broadcast.title", time=words.moment(at, talk.app.settings.zone))),
        "\n",
        words.join(told),
    ]
    rows = [(talk.button(words("status.refresh"), "broadcast", "status"),)]
    if waiting:
        rows.append((talk.button(words("broadcast.do_cancel"), "broadcast", "cancel"),))
    return part(*pieces, buttons=rows)


async def _cancel(talk: Talk) -> None:
    last = await _last(talk)
    called_off = 0
    if last is not None:
        async with talk.deps.store.begin() as tx:
            called_off = await tx.cancel_broadcast(last[0])
    await talk.answer(talk.words.count("broadcast.dropped", called_off))
    await talk.edit(await _status(talk))


COMMANDS = (Command(name="broadcast", handler=command, who=Who.OWNER, where=frozenset({PRIVATE})),)
PRESSES = (
    Press(verb="broadcast", handler=pressed, who=Who.OWNER),
    Press(verb="broadcastgo", handler=sent, who=Who.OWNER, lives=SURE),
)
QUESTIONS = (Question(name=QUESTION, handler=answered, who=Who.OWNER),)
