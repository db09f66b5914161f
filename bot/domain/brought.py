"""What somebody brings to be summarized: addresses, or the text itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

ADDRESS = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w@/.])(?:[a-z0-9-]+\.)+[a-z]{2,24}/[^\s<>\"'`]+", re.IGNORECASE)
_TAIL = ".,;:!?…)]}»”’،؛؟。，；：！？」』）】》"
_PAIRS = {")": "(", "]": "[", "}": "{"}
LONG = 200
"""Characters from which on a text is worth a summary of its own."""
MOST_ADDRESSES = 3
"""Pages that one message may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Either ``text`` or ``addresses`` is meant; both are empty where there is nothing to summarize."""

    addresses: tuple[str, ...] = ()
    text: str = ""
    more: int = 0  # addresses beyond ``MOST_ADDRESSES``


def brought(text: str, links: Iterable[str] = (), *, any_length: bool = False) -> Brought:
    """What of a message is meant: a long text itself, else the addresses in it.

    Args:
        text: as written.
        links: addresses that the message carries unseen, behind words.
        any_length: a text is meant however short it is, where there is no address.
    """
    found = [_trimmed(match[0]) for match in ADDRESS.finditer(text)]
    rest = ADDRESS.sub(" ", text)
    found += [f"https://{_trimmed(match[0])}" for match in _BARE.finditer(rest)]
    rest = " ".join(_BARE.sub(" ", rest).split())
    addresses = tuple(dict.fromkeys([*found, *(link for link in links if ADDRESS.fullmatch(link))]))
    if len(rest) >= LONG or (rest and any_length and not addresses):
        return Brought(text=text.strip())
    return Brought(addresses=addresses[:MOST_ADDRESSES], more=max(0, len(addresses) - MOST_ADDRESSES))


def _trimmed(address: str) -> str:
    """The address without the sentence's own punctuation; a bracket stays where it was opened inside."""
    while address and address[-1] in _TAIL:
        opened = _PAIRS.get(address[-1])
        if opened and address.count(opened) >= address.count(address[-1]):
            break
        address = address[:-1]
    return address
