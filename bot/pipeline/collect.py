"""Feeds → entries → articles: the steps that meet the web.

``poll`` asks every due feed and writes what is new; ``read`` turns entries into articles. Both read in one
transaction, do their network work outside any, and write in groups, so that five thousand feeds are not five
thousand transactions.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from numpy.typing import NDArray

from bot.domain import articles, feeds, summaries
from bot.errors import Broken, Code, DatelineError, Misconfigured, Transient
from bot.events import logger
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.flow import in_groups, in_parallel
from bot.pipeline.meanings import embedder_failed, meanings
from bot.pipeline.owner import tell_of_polls
from bot.pipeline.shards import followed
from bot.ports import Deps, Step
from bot.types import (
    Article,
    ArticleId,
    CanonicalUrl,
    Feed,
    ParsedFeed,
    PollRecord,
    Reading,
    Response,
    StoredEntry,
    Validators,
)

log = logger("collect")

POLLS_AT_ONCE = 64
POLLS_A_COMMIT = 50
READS_AT_ONCE = 24
# A page that three tries could not get is told from the feed's own words, so that it is not told too late.
RETRIES = (timedelta(minutes=2), timedelta(minutes=15))
_THE_PARSERS_END = frozenset({Code.PARSE_TIMEOUT, Code.PARSE_MEMORY, Code.PARSE_CRASH})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Polled:
    """What one request for a feed came to, before anything is decided."""

    feed: Feed
    response: Response | None = None
    parsed: ParsedFeed | None = None
    error: DatelineError | None = None
    milliseconds: int = 0


_Read = tuple[StoredEntry, Article | Code | Transient]
"""An entry, and its article, why it is none, or why to try again later."""


async def poll(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Ask all due feeds (of the step's ids, if it names any) for what is new."""
    async with deps.store.begin() as tx:
        due = await tx.due_feeds(deps.clock.now(), 10_000, step.ids)
    # Those that failed the last time come last: two hundred that hang took all places for a minute, after a
    # night in which the bot was off and all were due at once.
    due = tuple(sorted(due, key=lambda feed: feed.failures > 0))
    asked = new = 0

    async def ask(feed: Feed) -> _Polled:
        nonlocal asked
        polled = await _ask(deps, feed)
        asked += 1
        deps.desk.progress("feeds", asked, len(due))
        return polled

    async with (
        aclosing(in_parallel(due, ask, workers=POLLS_AT_ONCE)) as results,
        aclosing(in_groups(results, partial(_record, deps), size=POLLS_A_COMMIT)) as written,
    ):
        async for count in written:
            new += count
    if due:
        log.info("feeds_polled", feeds=len(due), new=new)
    follow = followed(step, "read") if step.ids else Step(name="read", key="read", lock="read")
    return (follow,) if new else ()


async def _ask(deps: Deps, feed: Feed) -> _Polled:
    started = deps.clock.monotonic()

    def result(
        response: Response | None = None, parsed: ParsedFeed | None = None, error: DatelineError | None = None
    ) -> _Polled:
        spent = int((deps.clock.monotonic() - started) * 1000)
        return _Polled(feed=feed, response=response, parsed=parsed, error=error, milliseconds=spent)

    validators = Validators(etag=feed.etag, last_modified=feed.last_modified)
    try:
        response = await deps.web.feed(feed.url, validators)
        if response.status == 304:
            return result(response)
        return result(response, await deps.parser.feed(response, deps.clock.now(), whole=False))
    except (Transient, Broken) as error:
        return result(error=error)
    except Exception as error:  # a bug that one feed brings out must not keep all others unread
        log.exception("feed_crashed", feed=feed.id)
        return result(error=_crash(feed, error))


def _crash(feed: Feed, error: Exception) -> Broken:
    failure = Broken("the feed could not be taken in", code=Code.PARSE_CRASH, feed=feed.id)
    failure.__cause__ = error
    return failure


async def _record(deps: Deps, group: Sequence[_Polled]) -> int:
    """Write a group of polls; gives how many entries may be news.

    When something in the group cannot be taken in, its feeds are written one by one, and that feed fails. A
    feed that lists again what the store does not know is read whole, and written after the others.
    """
    try:
        news, unknown = await _write(deps, group)
    except Transient:
        raise
    except Exception as error:
        if len(group) > 1:
            return sum([await _record(deps, [polled]) for polled in group])
        if group[0].error is not None:
            raise
        log.exception("feed_refused", feed=group[0].feed.id)
        failed = replace(group[0], parsed=None, error=_crash(group[0].feed, error))
        news, unknown = await _write(deps, [failed])
    if unknown:
        news += await _record(deps, [await _whole(deps, polled) for polled in unknown])
    return news


async def _write(deps: Deps, group: Sequence[_Polled]) -> tuple[int, list[_Polled]]:
    """Decide and write a group of polls, and what the owner must hear of them, in one transaction.

    Gives how many entries may be news, and the polls that must be read whole before they can be decided.
    """
    records: list[tuple[_Polled, PollRecord]] = []
    unknown: list[_Polled] = []
    async with deps.store.begin() as tx:
        for polled in group:
            known = {}
            if polled.parsed is not None:
                known = dict(await tx.known_entries(polled.feed.id, feeds.lookup_keys(polled.parsed)))
                if not feeds.all_known(polled.parsed.listed, known):
                    unknown.append(polled)
                    continue
            records.append((polled, _decide(deps, polled, known)))
        await tx.record_polls([record for _, record in records])
        await tell_of_polls(deps, tx, [(polled.feed, record) for polled, record in records])
    for polled, record in records:
        deps.meters.polled(record.code, polled.milliseconds / 1000, len(record.new))
        _tell(polled, record)
    return sum(entry.news for _, record in records for entry in record.new), unknown


async def _whole(deps: Deps, polled: _Polled) -> _Polled:
    """The same poll with each entry of its body read."""
    assert polled.response is not None
    log.info("feed_read_whole", feed=polled.feed.id)
    try:
        return replace(polled, parsed=await deps.parser.feed(polled.response, deps.clock.now()))
    except (Transient, Broken) as error:
        return replace(polled, parsed=None, error=error)
    except Exception as error:
        log.exception("feed_crashed", feed=polled.feed.id)
        return replace(polled, parsed=None, error=_crash(polled.feed, error))


def _decide(deps: Deps, polled: _Polled, known: dict[str, str]) -> PollRecord:
    now, rules = deps.clock.now(), deps.rules
    if polled.error is not None:
        return feeds.failed(polled.feed, polled.error, now=now, rules=rules)
    assert polled.response is not None
    if polled.parsed is None:
        return feeds.not_modified(polled.feed, polled.response, now=now, rules=rules)
    return feeds.polled(polled.feed, polled.response, polled.parsed, known, now=now, rules=rules)


def _tell(polled: _Polled, record: PollRecord) -> None:
    level = logging.WARNING if record.code else logging.DEBUG
    log.log(
        level,
        "feed_polled",
        feed=record.feed.id,
        new=len(record.new),
        code=record.code or "ok",
        ms=polled.milliseconds,
        status=record.feed.status,
    )


async def read(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Turn waiting entries into articles; what cannot be read is put off or dropped with its code.

    All of them, or those of the feeds that the step's ids name.
    """
    done = kept = 0
    while True:
        async with deps.store.begin() as tx:
            waiting = await tx.unread_entries(deps.clock.now(), deps.rules.read_batch, step.ids)
        if not waiting:
            break
        group: list[_Read] = []
        work = in_parallel(waiting, partial(_read_one, deps, await catalogue(deps)), workers=READS_AT_ONCE)
        async with aclosing(work) as results:
            async for outcome in results:
                group.append(outcome)
                done += 1
                deps.desk.progress("articles", done, max(done, len(waiting)))
        articles_kept = await _store(deps, group)
        deps.meters.read(len(group), articles_kept)
        kept += articles_kept
    if done:
        log.info("entries_read", entries=done, articles=kept)
    return (Step(name="place", key="place", lock="place"),) if kept else ()


async def _read_one(deps: Deps, book: Catalogue, stored: StoredEntry) -> _Read:
    feed = book.feeds.get(stored.feed_id)
    if feed is None:
        return stored, Code.GONE
    page: Response | None = None
    try:
        if feed.full_text and stored.entry.url and stored.attempts <= len(RETRIES):
            page = await deps.web.page(stored.entry.url)
    except Transient as error:
        if stored.attempts < len(RETRIES):
            return stored, error
    except Broken as error:
        log.debug("page_refused", url=stored.entry.url, code=error.code)
    now = deps.clock.now()
    try:
        reading = await _parsed(deps, stored, page)
        return stored, articles.article(stored, feed, reading, book.outlets, now=now, rules=deps.rules)
    except Broken as error:
        return stored, error.code or Code.NO_TEXT
    except Transient as error:
        if error.code not in _THE_PARSERS_END:
            raise
        return stored, error
    except Misconfigured:
        raise
    except Exception:  # the oldest entry comes first each time: raising would keep all others unread
        log.exception("entry_crashed", entry=stored.id, url=stored.entry.url)
        return stored, Code.PARSE_CRASH


async def _parsed(deps: Deps, stored: StoredEntry, page: Response | None) -> Reading:
    """The page read; once more later if the parser came to an end over it, and then from the feed alone.

    A machine that is busy with other things, or the kernel that runs out of memory, ends the parser over good
    pages too: dropped at the first time, their news were lost.
    """
    try:
        return await deps.parser.read(stored.entry, page)
    except Broken as error:
        if error.code not in _THE_PARSERS_END:
            raise
        if not stored.attempts:
            raise Transient("the parser came to an end over it", code=error.code, entry=stored.id) from error
        if page is None:
            raise
    return await deps.parser.read(stored.entry, None)


async def _store(deps: Deps, group: list[_Read]) -> int:
    """Write a group of readings, one by one when one of them is refused; that one is dropped."""
    try:
        return await _keep(deps, group)
    except Transient:
        raise
    except Exception:
        if len(group) > 1:
            return sum([await _store(deps, [one]) for one in group])
        stored, outcome = group[0]
        if not isinstance(outcome, Article):
            raise
        log.exception("article_refused", entry=stored.id, url=stored.entry.url)
        return await _keep(deps, [(stored, Code.PARSE_CRASH)])


async def _keep(deps: Deps, group: list[_Read]) -> int:
    kept = revised = 0
    told = await _understood(deps, [outcome for _, outcome in group if isinstance(outcome, Article)])
    vectors: dict[ArticleId, NDArray[Any]] = {}
    async with deps.store.begin() as tx:
        for stored, outcome in group:
            if isinstance(outcome, Article):
                article, is_new = await tx.add_article(outcome)
                kept += is_new
                if is_new and outcome.url in told:
                    vectors[article] = told[outcome.url]
                if is_new and (found := summaries.to_machines(outcome.text, outcome.language)):
                    log.warning(
                        "text_for_machines_left_out",
                        article=article,
                        url=outcome.url,
                        sentences=len(found),
                        first=found[0][:120],
                    )
                if not is_new and await tx.revise_article(stored.id, article, outcome):
                    revised += 1
                await tx.record_read(stored.id, article=article, code=None, retry_at=None)
            elif isinstance(outcome, Transient):
                wait = RETRIES[min(stored.attempts, len(RETRIES) - 1)]
                retry_at = deps.clock.now() + wait
                await tx.record_read(stored.id, article=None, code=outcome.code, retry_at=retry_at)
            else:
                await tx.record_read(stored.id, article=None, code=outcome, retry_at=None)
        if deps.embedder is not None:
            await tx.put_vectors(deps.embedder.name, vectors)
    if revised:
        log.info("articles_revised", articles=revised)
    return kept


async def _understood(deps: Deps, read: Sequence[Article]) -> Mapping[CanonicalUrl, NDArray[Any]]:
    """Address -> what the article means, where many machines read: who places need not reckon it then.

    Without the embedder, or while it is away, an article goes on without; who places it tries again.
    """
    if not deps.spread or deps.embedder is None or deps.clock.monotonic() < deps.desk.embed_after:
        return {}
    numbered = [replace(article, id=ArticleId(number)) for number, article in enumerate(read)]
    try:
        found = await meanings(deps.embedder, deps.desk, numbered)
    except (Transient, Broken) as error:
        embedder_failed(deps, error)
        return {}
    return {read[number].url: vector for number, vector in found.items()}
