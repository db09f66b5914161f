"""``/status``: how the house does, in one message that renews itself."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from babel.dates import format_timedelta
from babel.numbers import format_currency

from bot.adapters.store import schema_version, sqlite_version
from bot.domain.cleaning import clean
from bot.domain.messages import Run
from bot.domain.schedules import zone
from bot.domain.wording import Wording
from bot.entrypoints.chat.pages import of_code
from bot.entrypoints.chat.table import PRIVATE, Command, Press, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, part
from bot.pipeline.catalogue import catalogue
from bot.pipeline.costs import month_ahead
from bot.ports import Tx
from bot.types import Address, Feed, FeedStatus, Part, Topic, TopicSlug

DAY = timedelta(days=1)
NAMED = 5
"""Feeds, digests and codes that are named one by one."""
_PUNCTUAL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the rows say now."""

    feeds: tuple[Feed, ...]
    topics: tuple[Topic, ...]
    stories: Mapping[TopicSlug, int]  # of the last 24 hours
    editions: tuple[Mapping[str, Any], ...]
    chats: Mapping[str, str]  # subscription -> the title of its chat
    waiting: int
    paused: str
    today: float  # US dollars
    month: float
    forecast: float  # of the whole month
    troubles: Mapping[str, int]
    schema: str


async def status(talk: Talk) -> None:
    """How it goes."""
    await talk.say(await _said(talk))


async def refreshed(talk: Talk) -> None:
    """The same message with what holds now."""
    await talk.edit(await _said(talk))


async def _said(talk: Talk) -> Part:
    sight = await _look(talk)
    pieces: list[str | Run] = [bold(talk.words("status.title"))]
    for heading, lines in _sections(talk, sight):
        pieces += ["\n\n", bold(talk.words(f"status.{heading}")), "\n", "\n".join(lines)]
    at = talk.words.moment(talk.now, talk.app.settings.zone)
    pieces += ["\n\n", talk.words("status.as_of", time=at)]
    return part(*pieces, buttons=[[talk.button(talk.words("status.refresh"), "status")]])


async def _look(talk: Talk) -> Sight:
    now, local = talk.now, talk.now.astimezone(zone(talk.app.settings.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    book = await catalogue(talk.deps)
    async with talk.deps.store.begin() as tx:
        counted: Counter[TopicSlug] = Counter()
        for story, _ in await tx.stories_since(now - DAY, book.slugs):
            counted.update(match.topic for match in story.topics)
        waiting, _ = await tx.waiting(now)
        editions = await tx.editions(NAMED)
        month = await tx.cost(midnight.replace(day=1).astimezone(now.tzinfo))
        return Sight(
            feeds=await tx.feeds(),
            topics=book.topics,
            stories=counted,
            editions=editions,
            chats=await _chats(tx, editions),
            waiting=waiting,
            paused=await tx.outbox_paused(),
            today=await tx.cost(midnight.astimezone(now.tzinfo)),
            month=month,
            forecast=await month_ahead(tx, month, now, talk.app.settings.zone),
            troubles=await tx.troubles(now - DAY),
            schema=str(await schema_version(talk.app.settings.database_url)),
        )


async def _chats(tx: Tx, editions: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    wanted = {str(edition["subscription"]) for edition in editions}
    found: dict[str, str] = {}
    for sub in await tx.subscriptions(active=None) if wanted else ():
        if sub.id in wanted:
            chat = await tx.chat(Address(channel=sub.address.channel, chat=sub.address.chat))
            found[sub.id] = clean(chat.title) if chat and chat.title else sub.address.chat
    return found


def _sections(talk: Talk, sight: Sight) -> Iterator[tuple[str, list[str]]]:
    words = talk.words
    yield "feeds", list(_feeds(talk, sight.feeds))
    told = [
        f"{words.settle(topic.name(words.language))} {words.number(sight.stories.get(topic.slug, 0))}"
        for topic in sight.topics
    ]
    yield "stories", [words.join(told) or words("status.no_topic")]
    yield (
        "digests",
        [_edition(talk, edition, sight.chats) for edition in sight.editions] or [words("status.none_yet")],
    )
    outbox = [words.count("outbox.waiting", sight.waiting)]
    if sight.paused:
        outbox.append(words("outbox.paused", why=clean(sight.paused)))
    yield "messages", outbox
    yield "model", list(_model(talk, sight))
    codes = sorted(sight.troubles.items(), key=lambda item: (-item[1], item[0]))
    troubles = [f"{words.number(count)} × {of_code(talk, code)}" for code, count in codes[:NAMED]]
    if len(codes) > NAMED:
        rest = sum(count for _, count in codes[NAMED:])
        troubles.append(words("status.other_errors", count=words.number(rest)))
    yield "errors", troubles or [words("status.no_errors")]
    yield "house", list(_house(talk, sight))


def _feeds(talk: Talk, feeds: Sequence[Feed]) -> Iterator[str]:
    words = talk.words
    active = [feed for feed in feeds if feed.status is FeedStatus.ACTIVE]
    failing = [feed for feed in active if feed.failures]
    dead = [feed for feed in feeds if feed.status is FeedStatus.DEAD]
    yield words(
        "status.feed_counts",
        fine=words.number(len(active) - len(failing)),
        failing=words.number(len(failing)),
        dead=words.number(len(dead)),
    )
    for key, named in (("failing", failing), ("dead", dead)):
        worst = sorted(named, key=lambda feed: -feed.failures)
        names = [clean(feed.title or feed.id) for feed in worst[:NAMED]]
        if len(worst) > NAMED:
            names.append(words("status.more", count=words.number(len(worst) - NAMED)))
        if names:
            yield words(f"status.{key}_names", names=words.join(names))
    newest = max((feed.newest_entry_at for feed in feeds if feed.newest_entry_at), default=None)
    yield words("status.newest", ago=words.ago(talk.now - newest)) if newest else words("status.nothing_read")


def _edition(talk: Talk, edition: Mapping[str, Any], chats: Mapping[str, str]) -> str:
    words, slot_at, sent_at = talk.words, edition["slot_at"], edition["sent_at"]
    if edition["unsent"] or sent_at is None:
        how = words.count("status.unsent", edition["unsent"])
    elif sent_at - slot_at <= _PUNCTUAL:
        how = words("status.on_time")
    else:
        how = words("status.late", span=_span(words, sent_at - slot_at))
    chat = chats.get(edition["subscription"], edition["subscription"])
    return words.join([words.moment(slot_at, talk.app.settings.zone), chat, how])


def _model(talk: Talk, sight: Sight) -> Iterator[str]:
    words, model = talk.words, talk.app.model
    yield (
        words("status.no_model")
        if model is None
        else words("status.model_set", name=talk.app.settings.openai_model)
    )
    if model is not None or sight.month:
        yield words("status.cost", today=_money(words, sight.today), month=_money(words, sight.month))
    if model is None:
        return
    settings = talk.app.settings
    yield words(
        "status.forecast",
        forecast=_money(words, sight.forecast),
        day=_money(words, settings.budget_day),
        cap=_money(words, settings.budget_month),
    )
    if sight.forecast > settings.budget_month or sight.today >= settings.budget_day > 0:
        yield words("status.over_cap")
    for name in dict.fromkeys((settings.openai_model, settings.top_model)):
        if name and talk.app.prices.known(name) is None:
            yield words("status.no_price", name=words.settle(name))


def _house(talk: Talk, sight: Sight) -> Iterator[str]:
    words, settings, started = talk.words, talk.app.settings, talk.deps.desk.started
    yield words("status.version", version=importlib.metadata.version("dateline-digest"))
    lite = settings.database_url.startswith("sqlite")
    yield words(
        "status.database", name=f"SQLite {sqlite_version()}" if lite else "PostgreSQL", schema=sight.schema
    )
    if started is not None:
        yield words(
            "status.uptime", span=_span(words, timedelta(seconds=talk.deps.clock.monotonic() - started))
        )


def _span(words: Wording, span: timedelta) -> str:
    return str(format_timedelta(span, granularity="minute", threshold=1.5, locale=words.locale))


def _money(words: Wording, dollars: float) -> str:
    return str(format_currency(dollars, "USD", locale=words.locale, numbering_system="latn"))


COMMANDS = (Command(name="status", handler=status, who=Who.EDITOR, where=frozenset({PRIVATE})),)
PRESSES = (Press(verb="status", handler=refreshed, who=Who.EDITOR, lives=timedelta(days=7)),)
