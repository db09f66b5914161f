"""Feeds and topics as people change them, in the chat and on the command line alike.

Everything is written through ``App.declare``: to the database, never to a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.discovery import feed_links
from bot.app import App
from bot.domain import declarations
from bot.domain.cleaning import clean
from bot.domain.naming import free_id, typed_address
from bot.domain.opml import Outline
from bot.errors import Broken, Misconfigured
from bot.ports import Deps
from bot.settings.files import check_item
from bot.types import Declared, Entry, FeedStatus, ParsedFeed, RawUrl, Validators

_LOOKED_AT = 3  # entries of which a trial reads the text
_FULL = 1200  # characters of text; teasers have a few hundred, whole articles some thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that answered: where it is for good, and what it says."""

    url: RawUrl
    parsed: ParsedFeed


async def probe(deps: Deps, address: str) -> Found:
    """The feed at an address that a person typed, or the first that the page there names.

    Raises:
        Misconfigured: it is no address.
        Transient, Broken: as :class:`bot.ports.Web` and :class:`bot.ports.Parser`; where a page names no feed
            with the code of what it is instead.
    """
    url = typed_address(address)
    response = await deps.web.feed(url, Validators())
    try:
        parsed = await deps.parser.feed(response, deps.clock.now())
        return Found(url=response.moved_to or url, parsed=parsed)
    except Broken as error:
        links = feed_links(response.body, response.content_type, response.final_url)
        if not links:
            hint = f"dateline feeds discover {address}"
            raise Broken("no feed there", code=error.code, hint=hint, address=url) from error
        found = RawUrl(links[0][0])
        parsed = await deps.parser.feed(await deps.web.feed(found, Validators()), deps.clock.now())
        return Found(url=found, parsed=parsed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a feed brings: ``language`` "" where it is not clear; ``full``: whole articles, not teasers."""

    language: str
    full: bool


async def contents(deps: Deps, parsed: ParsedFeed) -> Contents:
    """What the newest entries of a feed hold by themselves; no page is fetched."""
    readings = [await _read(deps, entry) for entry in parsed.entries[:_LOOKED_AT]]
    told = [language for language, _ in readings if language]
    declared = parsed.language.split("-", maxsplit=1)[0].lower()
    language = max(told, key=told.count) if told else declared
    return Contents(
        language=language, full=sum(length >= _FULL for _, length in readings) * 2 > len(readings)
    )


async def _read(deps: Deps, entry: Entry) -> tuple[str, int]:
    """Language and length of an entry's own text; a headline alone gives neither."""
    try:
        reading = await deps.parser.read(entry, None)
    except Broken:
        return "", 0
    return reading.language, len(reading.text)


async def declared(deps: Deps, kind: str) -> dict[str, Declared]:
    """The declarations of a kind by id, also those that are off."""
    async with deps.store.begin() as tx:
        return {item.id: item for item in await tx.declared(kind)}


async def put_feed(app: App, name: str, old: Declared | None, body: Mapping[str, Any]) -> None:
    """Declare a feed, or bring it back: one that was given up after long failure is asked anew."""
    async with app.deps.store.begin() as tx:
        dead = any(feed.id == name and feed.status is FeedStatus.DEAD for feed in await tx.feeds())
    if dead and old:  # only a feed that was off is asked anew
        await app.declare([declarations.edit(old, "feed", name, old.body, on=False)])
    if dead or old is None or not old.on or dict(old.body) != body:
        await app.declare([declarations.edit(old, "feed", name, body)])


async def switch_off(app: App, kind: str, ident: str) -> bool:
    """Nothing is deleted: the item is off until somebody brings it back. False when there is none."""
    item = (await declared(app.deps, kind)).get(ident)
    if item is None:
        return False
    if item.on:
        await app.declare([declarations.edit(item, kind, ident, item.body, on=False)])
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a list of feeds would bring."""

    new: tuple[Declared, ...]
    known: int
    odd: tuple[Misconfigured, ...]  # lines that cannot be declared


def listed(outlines: Sequence[Outline], items: Mapping[str, Declared], *, where: str) -> Listed:
    """The feeds of an OPML file against those that are declared; which stay as they are."""
    known = {str(item.body["url"]) for item in items.values()}
    fresh = [outline for outline in outlines if outline.url not in known]
    taken, added = set(items), list[Declared]()
    odd: list[Misconfigured] = []
    for outline in fresh:
        name = free_id(outline.url, taken)
        body = {"url": outline.url, "title": clean(outline.title) or name}
        try:
            body = check_item("feed", name, body, where=where)
        except Misconfigured as error:  # one odd line of another program is no reason to stop
            odd.append(error)
            continue
        taken.add(name)
        added.append(declarations.edit(None, "feed", name, body))
    return Listed(new=tuple(added), known=len(outlines) - len(fresh), odd=tuple(odd))
