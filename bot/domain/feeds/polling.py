"""What a poll changes: entries new, changed or the same; the feed's new state; when to ask again.

**What may be news.** An entry that the store does not know, no older than ``rules.max_entry_age``. At a
feed's first import, after a silence longer than that age, and when no entry of a feed is known any more (it
changed all its addresses), only the newest ``rules.first_import_news`` may be; in the last case entries
dated after the last good poll are news besides. What may not be news is stored with its code (``too_old``,
``backlog``), so that it stays known.

**When to ask again.** After an interval; later if the server's ``max-age`` (up to 6 hours) or the feed's
own ``ttl`` (up to 1 hour, because content systems write it by default) says so. After a failure the wait
doubles up to 6 hours, and is never shorter than ``Retry-After`` (up to a day). A share of up to a tenth,
taken from a hash of the feed's id and its count of polls, is added so that feeds do not march in step; of up
to a whole wait after a poll that came late by more than an interval, or was the first: after a start or an
outage all feeds are asked at once, and that way the next round is spread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.feeds.keys import fingerprint, known_as, other_keys
from bot.errors import Code, DatelineError, Transient
from bot.types import (
    Entry,
    Feed,
    FeedId,
    FeedStatus,
    NewEntry,
    ParsedFeed,
    PollRecord,
    RawUrl,
    Response,
    Rules,
)

LONGEST_WAIT = 6 * 3600
LONGEST_TTL = 3600
LONGEST_RETRY_AFTER = 24 * 3600
# A bot that was off for two weeks must not bury a feed at its second failure; with the doubled waits a feed
# that fails for 14 days has failed about 60 times.
FAILURES_BEFORE_DEATH = 10
JITTER = 0.1


def _share(feed: FeedId, turn: int) -> float:
    """A number in [0, 1) that looks random and is always the same for this feed and turn."""
    digest = hashlib.sha256(f"{feed}:{turn}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)


def next_poll(feed: Feed, now: datetime, max_age: int | None = None, ttl: int | None = None) -> datetime:
    """When to poll again after success: see the top of this file.

    Args:
        feed: its ``next_poll_at`` is when the poll that just succeeded was due.
        now: when that was.
        max_age: seconds that the server wants to be left alone.
        ttl: seconds that the feed itself wishes for.
    """
    wishes = (min(max_age or 0, LONGEST_WAIT), min(ttl or 0, LONGEST_TTL))
    wait = max(feed.interval, *wishes)
    return now + timedelta(seconds=wait * (1 + _jitter(feed, now)))


def _jitter(feed: Feed, now: datetime) -> float:
    """The share of a wait that is added to it; ``feed.next_poll_at`` is still when this poll was due."""
    due = feed.next_poll_at
    crowded = due is None or now - due > timedelta(seconds=feed.interval)
    return (1.0 if crowded else JITTER) * _share(feed.id, feed.polls)


def polled(
    feed: Feed,
    response: Response,
    parsed: ParsedFeed,
    known: Mapping[str, str],
    *,
    now: datetime,
    rules: Rules,
) -> PollRecord:
    """What a body that could be parsed changes.

    Args:
        feed: its state before the poll.
        response: the answer, status 200.
        parsed: what it holds.
        known: guid -> fingerprint, the store's answer to :func:`bot.domain.feeds.lookup_keys`; what the body
            only lists again must be known in it (:func:`bot.domain.feeds.all_known`).
        now: the time of the poll.
        rules: age limits and the size of a first import.

    No entries where there were some before is a failure (``no_entries``): the last good state, the validators
    among it, is kept, so that the next poll gets the whole body again.
    """
    if not parsed.entries and not parsed.listed and (feed.had_entries or parsed.dropped):
        error = DatelineError("the feed has no entries any more", code=Code.NO_ENTRIES, feed=feed.id)
        return failed(feed, error, now=now, rules=rules)
    new: list[Entry] = []
    changed: list[Entry] = []
    marks: dict[str, str] = {}
    fingerprints = parsed.fingerprints or tuple(fingerprint(entry) for entry in parsed.entries)
    for entry, other, mark in zip(parsed.entries, other_keys(parsed), fingerprints, strict=True):
        same = known_as(entry, other, mark, known)
        marks[(same or entry).guid] = mark
        if same is None:
            new.append(entry)
        elif known[same.guid] != mark:
            changed.append(same)
    dates = [e.published_at for e in parsed.entries if e.published_at]
    dates += [item.published_at for item in parsed.listed if item.published_at]
    newest = max([*dates, *([feed.newest_entry_at] if feed.newest_entry_at else [])], default=None)
    state = replace(
        _well(feed, response, now, parsed.ttl),
        newest_entry_at=newest,
        had_entries=feed.had_entries or bool(parsed.entries or parsed.listed),
    )
    strangers = len(new) == len(parsed.entries) and not parsed.listed
    return PollRecord(
        feed=state,
        asked=feed.url,
        polled_at=now,
        new=_decide(feed, new, marks, strangers=strangers, now=now, rules=rules),
        changed=tuple(_edited(entry, marks[entry.guid], now, rules) for entry in changed),
        bytes=len(response.body),
    )


def _decide(
    feed: Feed,
    entries: list[Entry],
    marks: Mapping[str, str],
    *,
    strangers: bool,
    now: datetime,
    rules: Rules,
) -> tuple[NewEntry, ...]:
    """For each unknown entry, newest first: may it be news."""
    last = feed.last_success_at
    first = not feed.had_entries or last is None or now - last > rules.max_entry_age
    decided, given = [], 0
    for entry in entries:
        date = entry.published_at
        since_last = not first and last is not None and date is not None and date >= last
        code = None
        if date is not None and date < now - rules.max_entry_age:
            code = Code.TOO_OLD
        elif (first or strangers) and not since_last and given >= rules.first_import_news:
            code = Code.BACKLOG
        else:
            given += not since_last
        decided.append(NewEntry(entry=entry, fingerprint=marks[entry.guid], news=code is None, code=code))
    return tuple(decided)


def _edited(entry: Entry, mark: str, now: datetime, rules: Rules) -> NewEntry:
    """A known entry that says something else now. Without a date nothing shows that it is fresh: no news."""
    fresh = entry.published_at is not None and entry.published_at >= now - rules.max_entry_age
    return NewEntry(entry=entry, fingerprint=mark, news=fresh, code=None if fresh else Code.TOO_OLD)


def not_modified(feed: Feed, response: Response, *, now: datetime, rules: Rules) -> PollRecord:  # noqa: ARG001
    """What "304 Not Modified" changes: the feed is well, nothing else. Called like its siblings."""
    return PollRecord(feed=_well(feed, response, now, None), asked=feed.url, polled_at=now)


def _well(feed: Feed, response: Response, now: datetime, ttl: int | None) -> Feed:
    """The feed after a good answer. A 304 may leave validators out: then the old ones stay."""
    same = response.status == 304
    moved = _move(feed.url, response.moved_to)
    state = replace(
        feed,
        url=moved,
        status=FeedStatus.ACTIVE if feed.status is FeedStatus.DEAD else feed.status,
        etag=response.etag or (feed.etag if same else ""),
        last_modified=response.last_modified or (feed.last_modified if same else ""),
        last_success_at=now,
        failures=0,
        failing_since=None,
        last_code=None,
        polls=feed.polls + 1,
    )
    return replace(state, next_poll_at=next_poll(state, now, response.max_age, ttl))


def _move(url: RawUrl, moved_to: RawUrl | None) -> RawUrl:
    """Where the feed is from now on: followed only after a good answer, and never from https down to http."""
    if not moved_to or not moved_to.startswith(("http://", "https://")):
        return url
    if url.startswith("https://") and moved_to.startswith("http://"):
        return url
    return moved_to


def failed(feed: Feed, error: DatelineError, *, now: datetime, rules: Rules) -> PollRecord:
    """What a failure changes: its code, the wait, and whether the feed is given up.

    410 Gone ends a feed at once; any other failure after ``rules.dead_after`` without one success between
    and at least 10 failures. A dead feed has no next poll.
    """
    failures, since = feed.failures + 1, feed.failing_since or now
    code = error.code or Code.PARSE_CRASH
    worn_out = now - since >= rules.dead_after and failures >= FAILURES_BEFORE_DEATH
    dead = code is Code.GONE or worn_out
    state = replace(
        feed, failures=failures, failing_since=since, last_code=code, polls=feed.polls + 1, next_poll_at=None
    )
    if dead:
        gone = replace(state, status=FeedStatus.DEAD)
        return PollRecord(feed=gone, asked=feed.url, polled_at=now, code=code)
    wait = max(feed.interval, min(feed.interval * 2.0 ** min(failures - 1, 20), LONGEST_WAIT))
    asked = error.retry_after if isinstance(error, Transient) else None
    wait = max(wait, min(asked or 0.0, LONGEST_RETRY_AFTER))
    wait *= 1 + JITTER * _share(feed.id, state.polls)
    state = replace(state, next_poll_at=now + timedelta(seconds=wait))
    return PollRecord(feed=state, asked=feed.url, polled_at=now, code=code)


def events(before: Feed, record: PollRecord) -> tuple[str, ...]:
    """What a person should hear of this poll: ``feed_moved``, ``feed_dead``, ``feed_failing``, ``feed_well``.

    ``feed_failing`` at the first failure of a row only, ``feed_well`` at the success that ends one.
    """
    after = record.feed
    told = {
        "feed_moved": after.url != before.url,
        "feed_dead": after.status is FeedStatus.DEAD and before.status is not FeedStatus.DEAD,
        "feed_failing": after.failures == 1,
        "feed_well": before.failures > 0 and after.failures == 0,
    }
    return tuple(name for name, true in told.items() if true)
