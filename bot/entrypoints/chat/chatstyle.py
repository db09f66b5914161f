"""``/style``: how one chat's digest should sound, within what the owner allows."""

from __future__ import annotations

from datetime import timedelta

from bot.entrypoints.chat.table import Command, Press, Question, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, part
from bot.errors import Misconfigured
from bot.pipeline.bookshelf import STYLE_OF, set_chat_style

QUESTION, VERB = "style", "style"
LIVES = timedelta(days=1)


async def command(talk: Talk) -> None:
    """The chat's own style and how to change it; with a text behind it, that is the style from now on."""
    most = talk.app.settings.chat_style
    if not most:
        await talk.say(talk.words("style.not_allowed"))
    elif talk.arguments.strip():
        await _set(talk, talk.arguments)
    else:
        async with talk.deps.store.begin() as tx:
            own = await tx.note(f"{STYLE_OF}{talk.target.chat}")
        said = part(bold(talk.words("style.title")), "\n", own or talk.words("style.none"))
        remove = [(talk.button(talk.words("style.remove"), VERB, "remove"),)] if own else []
        await talk.say(said, buttons=remove)
        await talk.ask(QUESTION, talk.words("style.ask", most=talk.words.number(most)), lives=LIVES)


async def answered(talk: Talk) -> None:
    """The text of the style."""
    text = talk.message.text if talk.message is not None else None
    if not text:
        await talk.say(talk.words("prompts.no_text"))
    else:
        await _set(talk, text)


async def pressed(talk: Talk) -> None:
    """As the house again."""
    await talk.done()
    await set_chat_style(talk.deps, talk.target.chat, "", most=talk.app.settings.chat_style)
    await talk.edit(part(talk.words("style.gone")))


async def _set(talk: Talk, text: str) -> None:
    most, words = talk.app.settings.chat_style, talk.words
    try:
        style = await set_chat_style(talk.deps, talk.target.chat, text, most=most)
    except Misconfigured:
        count = len(" ".join(text.split()))
        sizes = {"count": words.number(count), "most": words.number(most)}
        await talk.say(words("style.too_long", **sizes) if count > most else words("style.not_plain"))
        return
    await talk.done()
    remove = talk.button(words("style.remove"), VERB, "remove")
    await talk.say(part(words("style.saved"), "\n", style), buttons=[(remove,)])


COMMANDS = (Command(name="style", handler=command, who=Who.MANAGER, listed=False),)
PRESSES = (Press(verb=VERB, handler=pressed, who=Who.MANAGER, lives=LIVES),)
QUESTIONS = (Question(name=QUESTION, handler=answered, who=Who.MANAGER),)
