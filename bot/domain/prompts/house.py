"""The house style: one small file that reaches every prompt as ``{{ house_style }}``.

Readable keys instead of free text alone: an editor who never saw a template changes a word after a colon.
What is written here is told to the model; what must hold stands in :mod:`bot.domain.summaries`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.domain.prompts import plain
from bot.domain.prompts.files import FAULTS, VALUE_LIMIT
from bot.errors import Misconfigured

KEYS = ("tone", "audience", "sentence_length", "avoid", "notes")
STYLE_LIMIT = 1500
"""Characters of the style as the model reads it: a longer one drowns the prompt."""
CHAT_LIMIT = 300
"""Characters of a chat's own style, unless the owner sets another limit."""
_MARK = re.compile(rf"[{{}}<>`]|https?://|www\.|@\w|{plain.HIDDEN.pattern}", re.IGNORECASE)
_HINT = "See docs/prompts.md; until it is right the last good style stays in use."


def house_style(text: str, name: str = "house-style.yaml") -> str:
    """The style as lines for the prompt; "" for an empty file.

    Raises:
        Misconfigured: with every fault in plain words.
    """
    if len(text) > VALUE_LIMIT:
        raise _fault(name, [f"it has {len(text)} characters; {VALUE_LIMIT} are allowed"])
    try:
        found = plain.read(text.removeprefix("\ufeff")) or {}
    except plain.Unreadable as error:
        raise _fault(name, [error.why], line=error.line) from None
    if not isinstance(found, dict):
        raise _fault(name, ["it must be lines of 'key: value'"])
    unknown = [key for key in found if key not in KEYS]
    faults = [f"unknown key {key[:40]!r} (there is: {', '.join(KEYS)})" for key in unknown[:FAULTS]]
    faults += _faults(found)
    told = "" if faults else _told(found)
    if len(told) > STYLE_LIMIT:
        faults.append(f"together it has {len(told)} characters; {STYLE_LIMIT} are allowed")
    if faults:
        raise _fault(name, faults)
    return told


def chat_style(text: str, *, most: int = CHAT_LIMIT) -> str:
    """A chat's own style, on one line.

    Raises:
        Misconfigured: too long, or with markup, addresses or braces in it.
    """
    if len(text) > VALUE_LIMIT:
        raise _fault("the chat's style", [f"it has {len(text):,} characters; {most} are allowed for a chat"])
    line = re.sub(r"\s+", " ", text).strip()
    faults = []
    if len(line) > most:
        faults.append(f"it has {len(line)} characters; {most} are allowed for a chat")
    if found := _MARK.search(line):
        faults.append(f"{found[0]!r} may not stand in it: plain words only")
    if faults:
        raise _fault("the chat's style", faults)
    return line


def _faults(found: Mapping[str, Any]) -> list[str]:
    faults = []
    for key in KEYS:
        value = "" if found.get(key) is None else found[key]  # nothing after the colon: not set
        many = key in {"avoid", "notes"} and isinstance(value, list)
        lines = value if many else [value]
        if not all(isinstance(one, str) for one in lines):
            faults.append(f"{key} must be text{' or a list of texts' if key in {'avoid', 'notes'} else ''}")
            continue
        faults += [
            f"{mark[0]!r} may not stand in {key}: plain words only"
            for one in lines
            if (mark := _MARK.search(one))
        ]
    return faults


def _told(found: Mapping[str, Any]) -> str:
    said = {
        "tone": "Tone: {}.",
        "audience": "Readers: {}.",
        "sentence_length": "Length of sentences: {}.",
        "avoid": "Words to avoid: {}.",
        "notes": "{}",
    }
    lines = []
    for key in KEYS:
        value = found.get(key) or ""
        items = [value] if isinstance(value, str) else list(value)
        items = [one for item in items if (one := re.sub(r"\s+", " ", item).strip())]
        if items and key == "notes":
            lines += [f"- {one}" for one in items]
        elif items:
            lines.append("- " + said[key].format(", ".join(items).rstrip(".")))
    return "\n".join(lines)


def _fault(name: str, faults: list[str], line: int = 0) -> Misconfigured:
    where = {"line": line} if line else {}
    return Misconfigured("; ".join(faults), code=None, hint=_HINT, file=name, **where)
