"""The outside: time, the web, parsers, models, channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.types import (
    Address,
    Brief,
    Entry,
    Limits,
    ParsedFeed,
    Part,
    RawUrl,
    Reading,
    Receipt,
    Response,
    Summary,
    Validators,
)


class Clock(Protocol):
    """The only source of time. Implementations: system, fixed, virtual (``bot/adapters/clock.py``)."""

    def now(self) -> datetime:
        """The time of day, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a virtual clock jumps."""
        ...


class Web(Protocol):
    """Fetches feeds and pages politely and safely (``bot/adapters/http.py``)."""

    async def feed(self, url: RawUrl, validators: Validators) -> Response:
        """A feed's body, or status 304.

        Raises:
            Transient: try later (network, 429, 5xx), with ``retry_after`` where the server said so.
            Broken: blocked address, bad address, gone, not found, too large, bad encoding, redirect loop.
        """
        ...

    async def page(self, url: RawUrl) -> Response:
        """An article's page, if the site's robots rules allow our user agent. Raises as :meth:`feed`."""
        ...


class Parser(Protocol):
    """Parses untrusted bodies in killable processes (``bot/adapters/parsing.py``)."""

    async def feed(self, response: Response, now: datetime, *, whole: bool = True) -> ParsedFeed:
        """The entries of a feed body. Not ``whole``: those that the last body had too may be ``listed`` only.

        They are what this parser has read before, and nothing says that they were stored: see
        :func:`bot.domain.feeds.all_known`.

        Raises:
            Broken: with the code of what it is instead (html_page, not_a_feed, empty, hostile, parse_timeout,
                parse_memory, parse_crash). "No entries" is not decided here: an empty ParsedFeed is returned.
        """
        ...

    async def read(self, entry: Entry, page: Response | None) -> Reading:
        """The better of the page's text and the entry's own content. Raises Broken(no_text) when neither."""
        ...


class Summarizer(Protocol):
    """Tells a story. Implementations: extractive, LLM, a cascade of both."""

    def signature(self, told: Brief | Summary) -> str:
        """Method, model, prompt hash and house style: what, beside the brief, decides the text."""
        ...

    async def summarize(self, brief: Brief) -> Summary:
        """A summary in the brief's language and length. Raises Transient or Broken (never an empty text)."""
        ...


class Translator(Protocol):
    """Puts a summary into another language (``bot/adapters/translator.py``)."""

    def signature(self, told: Brief | Summary) -> str:
        """Method, model, prompt hash and house style."""
        ...

    async def translate(self, brief: Brief, told: Summary) -> Summary:
        """The summary in the brief's language. Raises Transient or Broken; nothing unchecked is given."""
        ...


class Embedder(Protocol):
    """Tells what texts mean. Implementations: the bundled offline model, an OpenAI-compatible server."""

    name: str
    """Stored with every vector: vectors of different embedders cannot be compared."""

    @property
    def languages(self) -> frozenset[str] | None:
        """ISO 639-1 codes of the languages that it understands; None: all, as far as we know."""
        ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row of length 1 for each text, in their order: near ones mean nearly the same.

        Raises:
            Transient: not now (its server or process is in trouble).
            Broken: it answers, but with nothing of use; or a person must change a setting.
        """
        ...


class Channel(Protocol):
    """A place to post to. Implementations: Telegram, …; one file each under ``bot/adapters/channels``."""

    name: str
    limits: Limits

    async def send(self, address: Address, part: Part) -> Receipt:
        """Post one message.

        Raises:
            Transient: surely not sent; try again (after ``retry_after``).
            Ambiguous: it may have arrived.
            Migrated: the chat has a new id; not sent.
            Unreachable: blocked, kicked, deleted, no rights; not sent.
            Superseded: the rich form is not taken; not sent: send ``part.plain()`` instead.
            Broken: refused for good (our bug); not sent.
            Misconfigured: the token is wrong.
        """
        ...

    async def edit(self, address: Address, message_id: str, part: Part) -> Receipt:
        """Replace a message's text. "Not modified" counts as done. Raises as :meth:`send`."""
        ...

    async def delete(self, address: Address, message_id: str) -> None:
        """Remove a message; one that is gone counts as done. Raises as :meth:`send`."""
        ...
