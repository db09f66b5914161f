"""The chat: what people say to the bot in Telegram, and what it answers.

    front.py     ChatFront: python-telegram-bot's Application; updates of one chat in their order
    dispatch.py  update -> who, where, what -> the handler, if that person may
    table.py     Command, Press, Question: how a module declares what it answers; Who may
    tables.py    all of them together: add a module there
    talk.py      Talk: one update in a handler's hands: say, edit, ask, answer a press, show progress
    text.py      words and styles -> Part
    pages.py     pages of buttons, short marks for ids, what a person has in hand, failures in plain words
    presses.py   sealed data of buttons: who may press, until when
    rights.py    who administers a chat, whether the bot may post there (asked of Telegram, kept 60 s)

The other modules hold the answers, a file per subject. A handler is ``async def name(talk: Talk) -> None``;
what it asked and waits for is a Question, remembered in rows and not in memory.
"""

from bot.entrypoints.chat.front import ChatFront

__all__ = ["ChatFront"]
