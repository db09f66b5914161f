"""``dateline chaos``: a simulated day in which all goes wrong at once, and the account of what was delivered.

script.py    what goes wrong and when: drawn from a seed
weather.py   flaky feeds, a flaky Bot API, a flaky model, on loopback
life.py      one bot as a process that may be killed at a named step
day.py       the day: moves time, starts lives and ends them
account.py   due, sent, late, doubled, lost, ambiguous, from rows and from the chats themselves
"""

from bot.demo.chaos.account import Account
from bot.demo.chaos.day import play
from bot.demo.chaos.script import Script, drawn

__all__ = ["Account", "Script", "drawn", "play"]
