"""``/summarize``: a page, a message or a file that somebody brings, each piece of it as a card."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import PurePath

from telegram import Message, MessageEntity

from bot.adapters.parsing.charsets import decode
from bot.domain import cards
from bot.domain.brought import Brought, brought
from bot.domain.cleaning import clean
from bot.domain.reading.pieces import DROPPED
from bot.entrypoints.chat import basics, text
from bot.entrypoints.chat import settings as settings_pages
from bot.entrypoints.chat.demand import settings_here
from bot.entrypoints.chat.limits import Allowance
from bot.entrypoints.chat.table import Command
from bot.entrypoints.chat.talk import Progress, Talk
from bot.errors import Broken, Code, DatelineError, Transient
from bot.pipeline import on_demand
from bot.pipeline.catalogue import catalogue
from bot.pipeline.on_demand import Filed
from bot.ports import Deps
from bot.types import Part, RawUrl, Subscription

LARGEST = 2_000_000
"""Bytes of a file: the largest page of our collection has under one million."""
MOST_CARDS = 6
"""Pieces of one text that are told; more would flood the chat."""
READABLE = frozenset({".html", ".htm", ".xhtml", ".txt", ".md", ".text", ""})
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")

_SAID: dict[Code, str] = {
    Code.BLOCKED_ADDRESS: "read.private",
    Code.BAD_ADDRESS: "read.address",
    Code.DNS: "read.no_host",
    Code.NOT_FOUND: "read.not_found",
    Code.GONE: "read.not_found",
    Code.UNAUTHORIZED: "read.refused",
    Code.ROBOTS: "read.robots",
    Code.PAYWALL: "read.wall",
    Code.CONSENT: "read.consent",
    Code.TOO_LARGE: "read.too_large",
    Code.TIMEOUT: "read.slow",
    Code.PARSE_TIMEOUT: "read.no_text",
    Code.REFUSED: "read.silent",
    Code.RESET: "read.silent",
    Code.CUT_OFF: "read.silent",
    Code.SERVER_ERROR: "read.silent",
    Code.RATE_LIMITED: "read.silent",
    Code.TLS: "read.silent",
    Code.TOO_MANY_REDIRECTS: "read.silent",
    Code.HTTP_STATUS: "read.silent",
}
"""What is said of a page that could not be read; "read.no_text" of all others."""

Reads = Callable[[Deps], Awaitable[list[Filed]]]


async def summarize(talk: Talk) -> None:
    """``/summarize ADDRESS``, or as a reply to a message, or as the caption of a file."""
    own = brought(talk.arguments, _links(talk.message), any_length=True)
    if own.text or own.addresses:
        await _serve(talk, own)
    elif talk.message and talk.message.document:
        await _serve_file(talk)
    elif talk.replied:
        await _serve_message(talk, talk.replied)
    else:
        await talk.say(talk.words("read.usage"))


async def plain(talk: Talk) -> None:
    """In private a bare link, a forwarded message, a long text or a file is meant to be summarized.

    And a location tells where the person is.
    """
    message = talk.message
    if not talk.private or message is None:
        await basics.plain(talk)
        return
    if message.location is not None and message.forward_origin is None:
        admitted = await talk.front.tables.admitted(talk)
        if not admitted or not await settings_pages.located(talk):
            await basics.plain(talk)
        return
    said = message.text or message.caption or ""
    forwarded = message.forward_origin is not None
    found = brought(said, _links(message), any_length=forwarded)
    if not (found.text or found.addresses or message.document):
        await basics.plain(talk)
    elif not await talk.front.tables.admitted(talk):
        await talk.say(talk.words("refused.access"))
    elif message.document and not found.text:
        await _serve_file(talk)
    else:
        await _serve(talk, found)


async def _serve_message(talk: Talk, message: Message) -> None:
    """What somebody else wrote, or the file in it."""
    said = message.text or message.caption or ""
    found = brought(said, _links(message), any_length=True)
    if message.document and not found.text:
        await _serve_file(replace(talk, message=message))
    elif found.text or found.addresses:
        await _serve(talk, found)
    else:
        await talk.say(talk.words("read.nothing"))


def _links(message: Message | None) -> list[str]:
    """Addresses behind words of a message."""
    entities = (*message.entities, *message.caption_entities) if message else ()
    return [one.url for one in entities if one.type == MessageEntity.TEXT_LINK and one.url]


# ----------------------------------------------------------------------------------------------- three kinds


async def _serve(talk: Talk, found: Brought) -> None:
    settings = await settings_here(talk)
    if found.text:
        await _told(talk, settings, _of_text(talk, found.text, settings))
        return
    for address in found.addresses:
        if not await _told(talk, settings, _of_page(talk, address, settings), address):
            return
    if found.more:
        await talk.say(talk.words.count("read.more_links", found.more))


async def _serve_file(talk: Talk) -> None:
    document = talk.message.document if talk.message else None
    assert document is not None
    name = document.file_name or ""
    if PurePath(name).suffix.lower() not in READABLE:
        await talk.say(talk.words("read.file_kind"))
        return
    read = await talk.read_file(LARGEST)
    if read is None:
        await talk.say(talk.words("read.file_large"))
        return
    settings = await settings_here(talk)
    await _told(talk, settings, _of_file(talk, read[1], settings))


def _of_text(talk: Talk, said: str, settings: Subscription) -> Reads:
    async def read(deps: Deps) -> list[Filed]:
        return await on_demand.summarize_text(
            deps, said, language=_language(talk, settings), length=settings.length
        )

    return read


def _of_page(talk: Talk, address: str, settings: Subscription) -> Reads:
    async def read(deps: Deps) -> list[Filed]:
        page = await deps.web.page(RawUrl(address))
        return await on_demand.summarize_page(
            deps, page, language=_language(talk, settings), length=settings.length
        )

    return read


def _of_file(talk: Talk, body: bytes, settings: Subscription) -> Reads:
    async def read(deps: Deps) -> list[Filed]:
        said, _ = decode(body, "")
        if body.startswith(b"%PDF-") or len(_NO_TEXT.findall(said)) > len(said) / 100 or not said.strip():
            raise Broken("this is no text", code=Code.NO_TEXT, hint="send HTML or plain text")
        wanted = {"language": _language(talk, settings), "length": settings.length}
        if not _is_html(said):
            return await on_demand.summarize_text(deps, said, **wanted)  # type: ignore[arg-type]
        page = on_demand.page_at_hand(body)
        return await on_demand.summarize_page(deps, page, **wanted)  # type: ignore[arg-type]

    return read


def _language(talk: Talk, settings: Subscription) -> str:
    """The reader's where a model can write it; excerpts stay in the text's own."""
    return "" if talk.deps.summarizer is talk.deps.fallback else settings.language


def _is_html(said: str) -> bool:
    head = said[:2000].lstrip().lower()
    return head.startswith(("<!doctype html", "<html")) or "<body" in head


# -------------------------------------------------------------------------------------------------- answering


async def _told(talk: Talk, settings: Subscription, reads: Reads, address: str = "") -> bool:
    """Read, summarize and say it, within the chat's allowance; False when that is used up."""
    allowance = Allowance(talk, settings.schedule.zone)
    if not await allowance.page():
        return False
    deps = talk.deps
    if deps.summarizer is not deps.fallback and not await allowance.call():
        deps = replace(deps, summarizer=deps.fallback)
    async with talk.working(streams=settings.format) as progress:
        host = address.split("/")[2] if address.count("/") > 1 else ""
        progress.tell(talk.words("read.page", host=clean(host)) if host else talk.words("read.text"))
        try:
            filed = await reads(deps)
        except (Transient, Broken) as error:
            filed, failure = [], _failure(talk, error, address)
        else:
            failure = text.part(talk.words("read.nothing"))
    told = await _cards(talk, filed)
    await _answer(talk, progress, told or [failure])
    if told and (excuse := allowance.excuse()):
        await talk.say(excuse)
    return True


async def _answer(talk: Talk, progress: Progress, said: Sequence[Part]) -> None:
    await progress.finish(said[0])
    for card in said[1:]:
        await talk.say(card)


def said_of(code: Code | None) -> str:
    """Key of the words for a page that failed so."""
    return _SAID.get(code, "read.no_text") if code else "read.no_text"


def _failure(talk: Talk, error: DatelineError, address: str) -> Part:
    key = said_of(error.code)
    where = clean(address)[:200]
    return text.part(talk.words(key), "\n", where) if where else text.part(talk.words(key))


async def _cards(talk: Talk, filed: Sequence[Filed]) -> list[Part]:
    """One message for each piece that has a summary; what was left out is counted in the last.

    Where none has, the first piece tells that it is too short, and where it would be filed.
    """
    book, words = await catalogue(talk.deps), talk.words
    names = {topic.slug: topic.name(words.language) for topic in book.topics}
    told = [one for one in filed if one.summary is not None]
    listed = told or [one for one in filed if one.piece.kind != DROPPED and one.piece.title][:1]
    limits = talk.front.channel.limits
    made = [cards.piece(one, words, limits, names=names) for one in listed[:MOST_CARDS]]
    if len(told) > MOST_CARDS:
        made.append(text.part(words.count("read.more_pieces", len(told) - MOST_CARDS)))
    return made


COMMANDS = (Command(name="summarize", handler=summarize),)
