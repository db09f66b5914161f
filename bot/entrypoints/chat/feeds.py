"""``/feeds``: what is read. The list, and a feed's card; adding is in ``feedadd.py``."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.domain import opml
from bot.domain.cleaning import clean
from bot.domain.messages import Run
from bot.entrypoints.chat import feedadd
from bot.entrypoints.chat.pages import label, mark, marked, number, of_code, turns
from bot.entrypoints.chat.table import PRIVATE, Command, Press, Question, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, code, link, part
from bot.entrypoints.sources import declared, put_feed, switch_off
from bot.pipeline.catalogue import catalogue
from bot.ports import Tx
from bot.types import Button, Feed, FeedStatus, Part

PAGE = 8
"""Feeds on a page: a button each, and a line each."""
_REMOVED = "feeds.removed"
"""The note that lists the feeds which are off for good, so that the list shows the paused ones only."""
_SIGNS = {"fine": "●", "new": "○", "failing": "▲", "dead": "✕", "off": "‖"}
_ORDER = ("dead", "failing", "new", "fine", "off")


async def feeds(talk: Talk) -> None:
    """The list; ``add ADDRESS``, ``import`` (also as a file's caption) and ``export`` after the command."""
    action, _, rest = talk.arguments.partition(" ")
    if talk.message and talk.message.document:
        await feedadd.answered(talk)
    elif action == "add" and rest.strip():
        await feedadd.trial(talk, rest.strip())
    elif action in ("add", "import"):
        await feedadd.ask(talk, action)
    elif action == "export":
        await _export(talk)
    elif action:
        await talk.say(talk.words("feeds.usage"))
    else:
        await talk.say(await _page(talk, 0))


async def pressed(talk: Talk) -> None:
    """What a button of the list or of a card asks for."""
    assert talk.pressed is not None
    action, *rest = (*talk.pressed.arguments, "")
    if action == "page":
        await talk.edit(await _page(talk, number(rest[0])))
    elif action == "export":
        await _export(talk)
    elif action in ("add", "import"):
        await feedadd.ask(talk, action)
    elif action == "take":
        added = await feedadd.take(talk)
        if added:
            await _keep_removed(talk, added, removed=False)
            await talk.edit(await _card(talk, added))
    elif action == "takelist":
        await feedadd.take_list(talk)
    elif action == "leave":
        await feedadd.leave(talk)
    else:
        await _on_feed(talk, action, rest[0])


async def _on_feed(talk: Talk, action: str, wanted: str) -> None:
    items = await declared(talk.deps, "feed")
    ident = marked(wanted, items)
    if ident is None:
        await talk.answer(talk.words("feeds.gone"), alert=True)
        return
    if action == "test":
        await feedadd.test(talk, str(items[ident].body["url"]))
        return
    if action == "pause":
        await switch_off(talk.app, "feed", ident)
    elif action == "resume":
        await put_feed(talk.app, ident, items[ident], dict(items[ident].body))
        await _keep_removed(talk, ident, removed=False)
    elif action == "removed":
        await switch_off(talk.app, "feed", ident)
        await _keep_removed(talk, ident, removed=True)
        await talk.answer(talk.words("feeds.was_removed"))
        await talk.edit(await _page(talk, 0))
        return
    await talk.edit(await _card(talk, ident, sure=action == "remove"))


async def _export(talk: Talk) -> None:
    async with talk.deps.store.begin() as tx:
        active = [feed for feed in await tx.feeds() if feed.status is FeedStatus.ACTIVE]
    text = opml.write([opml.Outline(url=feed.url, title=feed.title) for feed in active])
    caption = talk.words.count("feeds.exported", len(active))
    await talk.send_file("dateline-feeds.opml", text.encode(), caption)


# ------------------------------------------------------------------------------------------------ the list


def state_of(feed: Feed) -> str:
    """One of ``_ORDER``: "new" was never asked, "off" is paused by a person."""
    if feed.status is not FeedStatus.ACTIVE:
        return str(feed.status)
    return "failing" if feed.failures else "fine" if feed.polls else "new"


async def _page(talk: Talk, page: int) -> Part:
    words = talk.words
    async with talk.deps.store.begin() as tx:
        removed = await _removed(tx)
        found = [f for f in await tx.feeds() if f.status is not FeedStatus.OFF or f.id not in removed]
    found.sort(key=lambda feed: (_ORDER.index(state_of(feed)), (feed.title or feed.id).casefold()))
    pages = max(1, -(-len(found) // PAGE))
    page = min(page, pages - 1)
    shown = found[page * PAGE : (page + 1) * PAGE]
    pieces: list[str | Run] = [bold(words("feeds.title")), "\n", words.count("feeds.count", len(found))]
    for feed in shown:
        pieces += ["\n\n", f"{_SIGNS[state_of(feed)]} ", bold(words.settle(clean(feed.title or feed.id)))]
        pieces += ["\n", words.join(_line(talk, feed))]
    named = [(label(f"{_SIGNS[state_of(feed)]} {feed.title or feed.id}"), feed) for feed in shown]
    buttons = [talk.button(text, "feeds", "card", mark(feed.id)) for text, feed in named]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    below = tuple(talk.button(words(f"feeds.do_{do}"), "feeds", do) for do in ("add", "import", "export"))
    return part(*pieces, buttons=[*rows, turns(talk, "feeds", page, pages), below])


def _line(talk: Talk, feed: Feed) -> list[str]:
    words, state = talk.words, state_of(feed)
    told = [words(f"feeds.{state}")]
    if feed.newest_entry_at:
        told.append(words("status.newest", ago=words.ago(talk.now - feed.newest_entry_at)))
    if feed.last_code and state in ("failing", "dead"):
        told.append(of_code(talk, feed.last_code))
    return told


async def _removed(tx: Tx) -> frozenset[str]:
    return frozenset(json.loads(await tx.note(_REMOVED) or "[]"))


async def _keep_removed(talk: Talk, ident: str, *, removed: bool) -> None:
    async with talk.deps.store.begin() as tx:
        known = await _removed(tx)
        new = known | {ident} if removed else known - {ident}
        if new != known:
            await tx.put_note(_REMOVED, json.dumps(sorted(new)))


# ------------------------------------------------------------------------------------------------ the card


async def _card(talk: Talk, ident: str, *, sure: bool = False) -> Part:
    words = talk.words
    book = await catalogue(talk.deps)
    async with talk.deps.store.begin() as tx:
        feed = next(feed for feed in await tx.feeds() if feed.id == ident)
    outlet = clean(book.outlets.get(feed.outlet).name) if feed.outlet else words("feeds.no_outlet")
    names = [topic.name(words.language) for topic in book.topics if topic.slug in feed.topics]
    pieces: list[str | Run] = [bold(clean(feed.title or ident)), "\n", link(feed.url, feed.url), "\n\n"]
    pieces += [f"{_SIGNS[state_of(feed)]} ", words.join(_line(talk, feed))]
    if feed.failing_since:
        since = words.moment(feed.failing_since, talk.app.settings.zone)
        pieces += ["\n", words.count("feeds.failing_since", feed.failures, since=since)]
    pieces += ["\n", words("feeds.outlet", name=outlet)]
    pieces += ["\n", words("feeds.topics", names=words.join(names) or words("feeds.all_topics"))]
    language = words.language_name(feed.language) if feed.language else words("feeds.any_language")
    pieces += ["\n", words("feeds.language", name=language), "\n", words("feeds.id"), " ", code(ident)]
    if sure:
        pieces += ["\n\n", bold(words("feeds.sure"))]
    return part(*pieces, buttons=_choices(talk, feed, sure=sure))


def _choices(talk: Talk, feed: Feed, *, sure: bool) -> Sequence[tuple[Button, ...]]:
    words, key = talk.words, mark(feed.id)

    def choice(action: str) -> Button:
        return talk.button(words(f"feeds.do_{action}"), "feeds", action, key)

    if sure:
        return [(choice("removed"), talk.button(words("feeds.do_keep"), "feeds", "card", key))]
    awake = "pause" if feed.status is FeedStatus.ACTIVE else "resume"
    back = talk.button(words("feeds.do_back"), "feeds", "page", 0)
    return [(choice(awake), choice("test")), (choice("remove"), back)]


COMMANDS = (Command(name="feeds", handler=feeds, who=Who.EDITOR, where=frozenset({PRIVATE})),)
PRESSES = (Press(verb="feeds", handler=pressed, who=Who.EDITOR),)
QUESTIONS = (Question(name=feedadd.QUESTION, handler=feedadd.answered, who=Who.EDITOR),)
