"""A strict local stand-in for the Telegram Bot API: for tests, for ``make demo``, for looking at messages.

    server.py      HTTP: token check, bodies, faults, answers
    signatures.py  which parameters a method takes             refusals.py  errors as the API words them
    methods.py     what each method does                       posting.py   those that write into chats
    chats.py       users, chats, members, topics, messages     world.py     who is there, and what people do
    entities.py    what Telegram does to text and entities     markup.py    parse_mode HTML
    updates.py     long polling and webhook                    flood.py     429 and retry_after
    faults.py      what goes wrong, and when                   ledger.py    every call; what a chat looks like

It is stricter than the original in one thing: an unknown parameter is refused instead of ignored. It knows
less in others: parse_mode takes only HTML, and files are counted but not kept.
"""

from bot.adapters.simulator.chats import Chat, Message
from bot.adapters.simulator.faults import Fault
from bot.adapters.simulator.ledger import Call, Ledger
from bot.adapters.simulator.server import Simulator
from bot.adapters.simulator.world import World

__all__ = ["Call", "Chat", "Fault", "Ledger", "Message", "Simulator", "World"]
