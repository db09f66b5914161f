"""Adding feeds in the chat: one by its address after a trial fetch, many by an OPML file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from bot.domain import opml
from bot.domain.cleaning import clean
from bot.domain.cleaning import link as safe
from bot.domain.messages import Run
from bot.domain.naming import free_id
from bot.entrypoints.chat.pages import held, plainly
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, link, part
from bot.entrypoints.sources import Contents, Found, Listed, contents, declared, listed, probe, put_feed
from bot.errors import Code, DatelineError, Misconfigured
from bot.settings.files import check_item
from bot.types import Button, Part

QUESTION = "feeds"
"""An address or a file is wanted; also while a trial waits for "Add", so that another address can follow."""
PATIENCE = 45.0
"""Seconds for a trial: a page and the feed that it names, each with the fetcher's own 30."""
LIVES = timedelta(hours=1)
HEADLINES, NAMED = 3, 10
_TITLE = 200  # characters of a feed's title that are kept


async def ask(talk: Talk, what: str) -> None:
    """Wait for an address ("add") or for a file ("import")."""
    await talk.ask(QUESTION, talk.words(f"feeds.ask_{what}"), lives=LIVES)


async def answered(talk: Talk) -> None:
    """An address, or an OPML file."""
    if talk.message and talk.message.document:
        await _list(talk)
    elif talk.arguments:
        await trial(talk, talk.arguments)
    else:
        await talk.say(talk.words("feeds.ask_add"))


async def leave(talk: Talk) -> None:
    """Nothing is added."""
    await talk.done()
    await talk.edit(talk.words("feeds.left"))


# ----------------------------------------------------------------------------------------------- one feed


async def trial(talk: Talk, address: str) -> None:
    """Fetch it and tell what it is, before anything is added."""
    await talk.done()
    words, items = talk.words, await declared(talk.deps, "feed")
    async with talk.working() as progress:
        progress.tell(words("feeds.fetching"))
        found = await _fetched(talk, address)
        if isinstance(found, str):
            await progress.finish(part(found))
            return
        feed, told = found
        known = next((item for item in items.values() if item.body["url"] == feed.url), None)
        if known and known.on:
            title = clean(str(known.body.get("title") or known.id))
            await progress.finish(part(words("feeds.known", title=title)))
            return
        title = clean(feed.parsed.title)[:_TITLE]
        await talk.expect(QUESTION, lives=LIVES, url=feed.url, title=title)
        add = talk.button(words("feeds.do_take"), "feeds", "take")
        no = talk.button(words("feeds.do_leave"), "feeds", "leave")
        await progress.finish(_told(talk, feed, told, buttons=((add, no),)))


async def test(talk: Talk, url: str) -> None:
    """Fetch a known feed now; nothing is changed by it."""
    await talk.answer()
    async with talk.working() as progress:
        progress.tell(talk.words("feeds.fetching"))
        found = await _fetched(talk, url)
        said = part(found) if isinstance(found, str) else _told(talk, *found)
        await progress.finish(said)


async def _fetched(talk: Talk, address: str) -> tuple[Found, Contents] | str:
    """What is there, or why not, in plain words."""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await probe(talk.deps, address)
            if not found.parsed.entries:
                return talk.words("trouble.no_entries")
            return found, await contents(talk.deps, found.parsed)
    except TimeoutError:
        return talk.words("trouble.timeout")
    except DatelineError as error:
        why = plainly(talk, error)
        return f"{why} {talk.words('feeds.names_none')}" if error.code is Code.HTML_PAGE else why


def _told(talk: Talk, found: Found, told: Contents, buttons: Sequence[Sequence[Button]] = ()) -> Part:
    words, parsed = talk.words, found.parsed
    language = words.language_name(told.language) if told.language else words("feeds.any_language")
    pieces: list[str | Run] = [
        bold(clean(parsed.title) or found.url),
        "\n",
        link(found.url, found.url),
        "\n\n",
    ]
    pieces += [words.count("feeds.entries", len(parsed.entries)), "\n"]
    pieces += [words("feeds.language", name=language), "\n"]
    pieces += [words("feeds.whole" if told.full else "feeds.teasers"), "\n\n", words("feeds.newest")]
    for entry in parsed.entries[:HEADLINES]:
        pieces += ["\n• ", link(words.settle(clean(entry.title)[:_TITLE]), safe(entry.url))]
    return part(*pieces, buttons=buttons)


async def take(talk: Talk) -> str:
    """Add the feed whose trial is in hand: its id; "" where there is none, or it cannot be."""
    state = await held(talk, QUESTION)
    if state is None or not state.get("url"):
        await talk.answer(talk.words("feeds.nothing_held"), alert=True)
        return ""
    items, url = await declared(talk.deps, "feed"), str(state["url"])
    old = next((item for item in items.values() if item.body["url"] == url), None)
    name = old.id if old else free_id(url, items)
    try:
        body = old.body if old else {"url": url, "title": state.get("title") or name}
        await put_feed(talk.app, name, old, check_item("feed", name, body, where="chat"))
    except Misconfigured as error:
        await talk.answer(plainly(talk, error), alert=True)
        return ""
    await talk.done()
    await talk.answer(talk.words("feeds.was_added"))
    return name


# --------------------------------------------------------------------------------------------- many feeds


async def _list(talk: Talk) -> None:
    words = talk.words
    await talk.done()
    async with talk.working() as progress:
        progress.tell(words("feeds.reading_file"))
        file = await talk.read_file(opml.LIMIT)
        if file is None:
            await progress.finish(part(words("trouble.too_large")))
            return
        try:
            outlines = await asyncio.to_thread(opml.read, file[1], name=file[0])
        except Misconfigured:
            await progress.finish(part(words("feeds.no_opml")))
            return
        items = await declared(talk.deps, "feed")
        found = await asyncio.to_thread(listed, outlines, items, where=file[0])
        if found.new:
            kept = [[item.body["url"], item.body["title"]] for item in found.new]
            await talk.expect(QUESTION, lives=LIVES, list=kept)
        await progress.finish(_would_add(talk, found))


def _would_add(talk: Talk, found: Listed) -> Part:
    words, new = talk.words, len(found.new)
    told = [words.count("feeds.list_new", new), words.count("feeds.list_known", found.known)]
    told += [words.count("feeds.list_odd", len(found.odd))] if found.odd else []
    pieces: list[str | Run] = [bold(words("feeds.list_title")), "\n", words.join(told)]
    for item in found.new[:NAMED]:
        pieces += ["\n• ", words.settle(clean(str(item.body["title"]))[:_TITLE])]
    if new > NAMED:
        pieces += ["\n", words("status.more", count=words.number(new - NAMED))]
    if not new:
        return part(*pieces, "\n\n", words("feeds.list_nothing"))
    add = talk.button(words.count("feeds.do_takelist", new), "feeds", "takelist")
    return part(*pieces, buttons=[(add, talk.button(words("feeds.do_leave"), "feeds", "leave"))])


async def take_list(talk: Talk) -> None:
    """Add the feeds of the list in hand; those that became known meanwhile stay as they are."""
    state = await held(talk, QUESTION)
    if state is None or not state.get("list"):
        await talk.answer(talk.words("feeds.nothing_held"), alert=True)
        return
    await talk.answer()
    outlines = [opml.Outline(url=url, title=title) for url, title in state["list"]]
    items = await declared(talk.deps, "feed")
    found = await asyncio.to_thread(listed, outlines, items, where="OPML")
    await talk.app.declare(found.new)
    await talk.done()
    await talk.edit(talk.words.count("feeds.list_added", len(found.new)))
