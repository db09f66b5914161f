"""``/prompts``: read, change, try out, make live and take back what the model is asked.

A button carries the revision of the live version that its maker saw, so that two editors at once never
overrule each other without a word; what was sent is kept as a draft whatever happens after.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from bot.domain import prompts as texts
from bot.domain.cleaning import clean
from bot.domain.messages import units
from bot.entrypoints import prompts as desk
from bot.entrypoints.chat import promptcards as cards
from bot.entrypoints.chat import promptruns as runs
from bot.entrypoints.chat.pages import label, mark, marked, number
from bot.entrypoints.chat.promptcards import SHORT, press
from bot.entrypoints.chat.table import PRIVATE, Command, Press, Question, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import MOST, bold, code, part
from bot.entrypoints.prompts import Shelf
from bot.errors import Misconfigured
from bot.pipeline import studio
from bot.pipeline.prompt_files import take_style
from bot.types import PromptVersion

QUESTION, FORCE = "prompts", "promptsforce"
LIVES = timedelta(days=2)
"""For how long a text is waited for: people write it elsewhere."""
SURE = timedelta(minutes=15)
"""For how long the owner's button around the gate holds."""
WHY = 300
"""Characters of a reason."""
_FAULTS = re.compile(r"; (?!\d)")  # "9000 characters; 8000 are allowed" is one fault


async def command(talk: Talk) -> None:
    """The list, or with a prompt's name its card."""
    shelves = await desk.shelves(talk.deps)
    if not shelves:  # a bot that has not run before
        await talk.app.import_prompts(by_itself=False)
        shelves = await desk.shelves(talk.deps)
    name = talk.arguments.strip()
    found = next((one for one in shelves if one.name == name), None)
    if name == "style":
        await _style(talk)
    elif found is not None:
        await talk.say(await cards.card(talk, found))
    elif name:
        await talk.say(talk.words("prompts.gone", name=name[:40]))
    else:
        await talk.say(cards.list_page(talk, shelves))


async def pressed(talk: Talk) -> None:
    """All buttons but the owner's."""
    assert talk.pressed is not None
    said = [*talk.pressed.arguments, "", "", "", ""]
    action, key, rest = said[0], said[1], said[2:]
    if action == "list":
        await talk.edit(cards.list_page(talk, await desk.shelves(talk.deps)))
    elif action == "style":
        await _style(talk)
    elif action == "newstyle":
        await _ask_style(talk)
    elif (found := await _shelf(talk, key)) is None:
        await talk.answer(talk.words("prompts.gone", name=""), alert=True)
    elif action in _ON_PROMPT:
        await _ON_PROMPT[action](talk, found, rest)
    elif (version := found.version(rest[0])) is None:
        await talk.answer(talk.words("prompts.version_gone"), alert=True)
    elif action in _ON_VERSION:
        await _ON_VERSION[action](talk, found, version, rest[1])


async def _shelf(talk: Talk, key: str) -> Shelf | None:
    shelves = {one.name: one for one in await desk.shelves(talk.deps)}
    name = marked(key, shelves)
    return shelves[name] if name else None


# -------------------------------------------------------------------------------------- on a prompt's card


async def _card(talk: Talk, found: Shelf, _: list[str]) -> None:
    await talk.edit(await cards.card(talk, found))


async def _history(talk: Talk, found: Shelf, _: list[str]) -> None:
    async with talk.deps.store.begin() as tx:
        events = await tx.events(found.name)
    compared = await desk.comparison(talk.deps, found)
    await talk.edit(await cards.history(talk, found, events, compared))


async def _edit(talk: Talk, found: Shelf, _: list[str]) -> None:
    await talk.answer()
    current = found.current
    if current is not None:
        await talk.send_file(f"{found.name}{desk.ENDING}", current.text.encode())
    await talk.ask(
        QUESTION,
        part(talk.words("prompts.ask_text", name=found.name)),
        lives=LIVES,
        name=found.name,
        seen=found.revision,
    )


async def _back(talk: Talk, found: Shelf, rest: list[str]) -> None:
    """Ask whether that is meant, naming both versions."""
    before = found.version(found.live.before) if found.live else None
    if found.live is None or before is None:
        await talk.answer(talk.words("prompts.back_none"), alert=True)
        return
    if not await _current(talk, found, rest[0]):
        return
    words, key = talk.words, mark(found.name)
    made = {"who": await cards.who(talk, before.by), "time": words.moment(before.at, talk.app.settings.zone)}
    said = words("prompts.sure", now=found.live.hash[:SHORT], version=before.hash[:SHORT], **made)
    sure = press(talk, "do_sure", "sure", key, cards.seen(found), version=before.hash[:SHORT])
    back = press(talk, "do_card", "card", key, name=label(found.name))
    await talk.edit(part(bold(found.name), "\n", said, buttons=[(sure,), (back,)]))


async def _sure(talk: Talk, found: Shelf, rest: list[str]) -> None:
    if not await _current(talk, found, rest[0]):
        return
    try:
        back = await studio.rollback(
            talk.deps, found.name, by=talk.user, why=talk.words("prompts.in_chat"), seen=found.revision
        )
    except Misconfigured:
        await _current(talk, await desk.shelf(talk.deps, found.name), rest[0])
        return
    assert back is not None  # the house's own pointer
    await talk.answer(talk.words("prompts.back_done", version=back.hash[:SHORT]))
    await talk.edit(await cards.card(talk, await desk.shelf(talk.deps, found.name)))


async def _current(talk: Talk, found: Shelf, seen: str) -> bool:
    """Whether what is live is what the person saw; else who changed it is told, and the card shown anew."""
    if seen == cards.seen(found):
        return True
    live = found.live
    changed = {
        "who": await cards.who(talk, live.by) if live else "–",
        "version": live.hash[:SHORT] if live else "–",
    }
    await talk.answer(talk.words("prompts.overtaken", **changed), alert=True)
    await talk.edit(await cards.card(talk, found))
    return False


# -------------------------------------------------------------------------------------------- on a version


async def _version(talk: Talk, found: Shelf, version: PromptVersion, _: str) -> None:
    await talk.edit(await cards.version_card(talk, found, version))


async def _text(talk: Talk, found: Shelf, version: PromptVersion, _: str) -> None:
    await talk.answer()
    name = f"{found.name}{desk.ENDING}"
    await talk.send_file(name, version.text.encode(), f"{found.name} {version.hash[:SHORT]}")
    body = texts.body_of(version.text)
    if units(body) <= MOST - 100:
        await talk.say(part(body))


async def _difference(talk: Talk, found: Shelf, version: PromptVersion, _: str) -> None:
    await talk.answer()
    old = found.current.text if found.current else ""
    told = cards.plain_difference(texts.difference(old, version.text))
    await talk.send_file(f"{found.name}-{version.hash[:SHORT]}.txt", told.encode())


async def _preview(talk: Talk, found: Shelf, version: PromptVersion, _: str) -> None:
    await talk.answer()
    await runs.preview(talk, found, version)


async def _activate(talk: Talk, found: Shelf, version: PromptVersion, seen: str) -> None:
    await talk.answer()
    if seen != cards.seen(found):
        await talk.edit(await runs.overtaken(talk, found, version))
        return
    await runs.activate(talk, found, version, expected=found.revision)


async def _compare(talk: Talk, found: Shelf, version: PromptVersion, days: str) -> None:
    await talk.answer()
    await runs.compare(talk, found, version, number(days))


_ON_PROMPT = {"card": _card, "history": _history, "edit": _edit, "back": _back, "sure": _sure}
_ON_VERSION = {
    "version": _version,
    "text": _text,
    "diff": _difference,
    "preview": _preview,
    "activate": _activate,
    "ab": _compare,
}


# ------------------------------------------------------------------------------------------- what was sent


async def answered(talk: Talk) -> None:
    """A new text, as a message or a file: a draft, or what is wrong with it."""
    sent = await _sent(talk)
    if sent is None:
        return
    text, why = sent
    if talk.state.get("style"):
        await _new_style(talk, text)
        return
    try:
        found = await desk.shelf(talk.deps, str(talk.state["name"]))
        text = texts.with_body(found.current.text if found.current else "", text)
        version, added = await studio.draft(
            talk.deps, found.name, text, by=talk.user, origin="chat", why=clean(why)[:WHY]
        )
    except Misconfigured as error:
        await _wrong(talk, error)
        return
    await talk.done()
    found = await desk.shelf(talk.deps, found.name)
    state = cards.state_of(talk, found, version)
    key = "prompts.saved" if added else "prompts.known"
    above = talk.words(key, version=version.hash[:SHORT], state=state)
    if found.live is not None and found.revision != talk.state.get("seen"):
        changed = {"who": await cards.who(talk, found.live.by), "version": found.live.hash[:SHORT]}
        above = f"{above}\n{talk.words('prompts.overtaken', **changed)}"
    await talk.say(await cards.version_card(talk, found, version, above=above))


async def _sent(talk: Talk) -> tuple[str, str] | None:
    """Text and reason; None: it is of no use, which was said."""
    words, message = talk.words, talk.message
    if message is not None and message.document is not None:
        file = await talk.read_file(desk.BYTES)
        if file is None:
            await talk.say(words("prompts.too_large", most=words.number(texts.FILE_LIMIT)))
            return None
        try:
            return desk.utf8(file[1], file[0]), talk.arguments
        except Misconfigured:
            await talk.say(words("prompts.not_text"))
            return None
    text = message.text if message is not None else None
    if not text:
        await talk.say(words("prompts.no_text"))
    elif units(text) >= MOST:
        await talk.say(words("prompts.too_long"))
    else:
        return text, ""
    return None


async def _wrong(talk: Talk, error: Misconfigured) -> None:
    """Every fault in plain words; the text is waited for again."""
    faults = [f"\n• {clean(fault)}" for fault in _FAULTS.split(error.message)]
    line = error.ids.get("line")
    where = f" ({talk.words('prompts.line', line=line)})" if line else ""
    said = part(bold(talk.words("prompts.wrong")), where, *faults, "\n\n", talk.words("prompts.again"))
    await talk.say(said)


# ---------------------------------------------------------------------------------------- the owner's word


async def forcing(talk: Talk) -> None:
    """Ask the owner for the reason."""
    assert talk.pressed is not None
    key, hash_, seen, *_ = (*talk.pressed.arguments, "", "", "")
    found = await _shelf(talk, key)
    version = found.version(hash_) if found else None
    if found is None or version is None:
        await talk.answer(talk.words("prompts.version_gone"), alert=True)
    elif seen != cards.seen(found):
        await talk.edit(await runs.overtaken(talk, found, version))
    else:
        said = talk.words("prompts.ask_reason", version=version.hash[:SHORT])
        await talk.ask(FORCE, part(said), lives=SURE, name=found.name, hash=version.hash, seen=found.revision)


async def forced(talk: Talk) -> None:
    """The owner's reason: live, whatever speaks against it."""
    why = clean(talk.arguments)[:WHY]
    if not why:
        await talk.say(talk.words("prompts.no_text"))
        return
    state: dict[str, Any] = dict(talk.state)
    found = await desk.shelf(talk.deps, str(state["name"]))
    version = found.version(str(state["hash"]))
    await talk.done()
    if version is None:
        await talk.say(talk.words("prompts.version_gone"))
    else:
        await runs.activate(talk, found, version, expected=state["seen"], force=why)


# ----------------------------------------------------------------------------------------- the house style


async def _style(talk: Talk) -> None:
    told = (await studio.refresh(talk.deps)).style
    pieces: cards.Pieces = [bold(talk.words("prompts.style")), "\n", talk.words("prompts.style_intro")]
    pieces += ["\n\n", told or talk.words("prompts.style_none")]
    rows = [(press(talk, "do_newstyle", "newstyle"),), (press(talk, "do_list", "list"),)]
    await talk.edit(part(*pieces, buttons=rows))


async def _ask_style(talk: Talk) -> None:
    await talk.answer()
    said = part(talk.words("prompts.ask_style"), "\n\n", code(await desk.style_text(talk.deps)))
    await talk.ask(QUESTION, said, lives=LIVES, style=True)


async def _new_style(talk: Talk, text: str) -> None:
    try:
        await take_style(talk.deps, text, by_hand=True)
    except Misconfigured as error:
        await _wrong(talk, error)
        return
    await talk.done()
    await _style(talk)


COMMANDS = (Command(name="prompts", handler=command, who=Who.EDITOR, where=frozenset({PRIVATE})),)
PRESSES = (
    Press(verb="prompts", handler=pressed, who=Who.EDITOR, lives=LIVES),
    Press(verb="promptsforce", handler=forcing, who=Who.OWNER, lives=SURE),
)
QUESTIONS = (
    Question(name=QUESTION, handler=answered, who=Who.EDITOR),
    Question(name=FORCE, handler=forced, who=Who.OWNER),
)
