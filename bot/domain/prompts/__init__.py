"""Prompt files: parse and check them, fill them in, and decide which version may be used.

``parse`` and ``render`` are all that a call of the model needs; ``house_style`` is the one file that reaches
every prompt; ``Book`` knows which version is live where; ``objections`` and ``must_go`` keep a bad one out;
``difference`` shows what an edit changed.
"""

from bot.domain.prompts.book import Book, Voice, scope_of
from bot.domain.prompts.edits import Line, body_of, difference, with_body
from bot.domain.prompts.files import FILE_LIMIT, KNOWN, REQUIRED, Prompt, parse, render
from bot.domain.prompts.gate import Figures, Limits, Objection, add_up, must_go, objections
from bot.domain.prompts.house import chat_style, house_style

__all__ = [
    "FILE_LIMIT",
    "KNOWN",
    "REQUIRED",
    "Book",
    "Figures",
    "Limits",
    "Line",
    "Objection",
    "Prompt",
    "Voice",
    "add_up",
    "body_of",
    "chat_style",
    "difference",
    "house_style",
    "must_go",
    "objections",
    "parse",
    "render",
    "scope_of",
    "with_body",
]
