"""A strict local stand-in for the Telegram Bot API: for tests, for ``make demo``, for looking at messages.

    server.py      HTTP: token check, bodies, faults, answers, downloads
    signatures.py  which parameters a method takes             refusals.py  errors as the API words them
    methods.py     the table of methods, updates, presses      profile.py   what the bot says of itself
    posting.py     those that write into chats                 editing.py   edit, delete, pin
    administration.py  members, topics, leaving                files.py     what was uploaded
    chats.py       users, chats, members, topics, messages     places.py    the world as it stands
    members.py     making a world, who is where                world.py     what people do
    entities.py    what Telegram does to text and entities     markup.py    parse_mode HTML
    keyboards.py   inline and reply keyboards
    rich.py        rich messages: the accepted blocks          rich_html.py, rich_markdown.py, rich_text.py
    page.py, web/  the page to chat in a browser               view.py     the world as one person sees it
    updates.py     long polling and webhook                    flood.py     429 and retry_after
    faults.py      what goes wrong, and when                   ledger.py    every call; how a chat looks

It is stricter than the original in one thing: an unknown parameter or field is refused instead of ignored.
It knows less in others: parse_mode takes only HTML, rich media are named by address only.
"""

from bot.adapters.simulator.chats import Chat, Message
from bot.adapters.simulator.faults import Fault
from bot.adapters.simulator.ledger import Call, Ledger
from bot.adapters.simulator.rich_text import text_of_rich
from bot.adapters.simulator.server import Simulator
from bot.adapters.simulator.world import World

__all__ = ["Call", "Chat", "Fault", "Ledger", "Message", "Simulator", "World", "text_of_rich"]
