"""What the owner hears of: a feed given up or moved, a chat that takes no messages, troubles of the house.

Troubles (:mod:`bot.domain.troubles`) are told once, and once more when they are over.

And what the editors hear of: a prompt that was taken back by itself, or whose file is not right.

Each is one message, queued in the transaction that makes it true, under a key of its own (of a feed, one a
day): it is told once, whatever crashes. Without an owner's chat it stands in the log only.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from babel.numbers import format_currency

from bot.domain import feeds
from bot.domain.troubles import Kind, Open
from bot.domain.wording import Wording
from bot.errors import Code
from bot.types import Address, Delivery, Feed, Origin, Part, PollRecord, PromptVersion

PRIORITY = 0
"""Beside late editions: readers come first."""

_REASONS = (Code.CHAT_NOT_FOUND, Code.FORBIDDEN, Code.THREAD_NOT_FOUND)


def of_poll(before: Feed, record: PollRecord, owner: Address, wording: Wording) -> tuple[Delivery, ...]:
    """The alerts that this poll of a feed gives cause for: given up, moved for good."""
    told, after, now = feeds.events(before, record), record.feed, record.polled_at
    name = wording.settle(after.title or after.id)
    made = []
    if "feed_dead" in told:
        since = after.failing_since or now
        text = wording(
            "alert.feed_dead",
            feed=name,
            date=wording.day(since.date(), "short"),
            code=_plain(after.last_code),
            url=after.url,
        )
        made.append(_alert(f"feed_dead:{after.id}:{now:%Y%m%d}", text, owner, now))
    if "feed_moved" in told:
        text = wording("alert.feed_moved", feed=name, old=before.url, new=after.url)
        mark = hashlib.sha256(after.url.encode()).hexdigest()[:12]
        made.append(_alert(f"feed_moved:{after.id}:{mark}:{now:%Y%m%d}", text, owner, now))
    return tuple(made)


def of_muting(
    occasion: str, muted: Address, code: Code, owner: Address, wording: Wording, now: datetime
) -> Delivery:
    """The alert that a chat's subscriptions were switched off because what was sent was refused for good.

    ``occasion`` names what was refused: there is one alert for each.
    """
    reason = wording(f"alert.{code}") if code in _REASONS else _plain(code)
    text = wording("alert.muted", chat=wording.settle(muted.chat), reason=reason)
    return _alert(f"muted:{muted.channel}:{muted.chat}:{occasion}", text, owner, now)


def of_trouble(one: Open, owner: Address, wording: Wording, now: datetime) -> Delivery | None:
    """The alert that this trouble began. None for a feed: its poll has told (:func:`of_poll`)."""
    trouble, key = one.trouble, f"alert.{one.trouble.kind}"
    if trouble.kind is Kind.FEED:
        return None
    if trouble.kind is Kind.LATE:
        text = wording.count(key, int(trouble.figure), minutes=wording.number(int(trouble.before)))
    elif trouble.kind is Kind.AMBIGUOUS:
        text = wording.count(key, int(trouble.figure))
    elif trouble.kind in (Kind.BUDGET_DAY, Kind.BUDGET_MONTH):
        cap = format_currency(trouble.figure, "USD", locale=wording.locale, numbering_system="latn")
        text = wording(key, cap=cap)
    else:
        depth, before = wording.number(int(trouble.figure)), wording.number(int(trouble.before))
        text = wording(key, depth=depth, before=before)
    return _alert(f"{trouble.kind}:{one.number}", text, owner, now)


def of_end(one: Open, name: str, owner: Address, wording: Wording, now: datetime) -> Delivery:
    """The alert that this trouble is over; ``name`` of the feed, where it is about one."""
    key = f"alert.{one.trouble.kind}_over"
    text = wording(key, feed=wording.settle(name)) if one.trouble.kind is Kind.FEED else wording(key)
    return _alert(f"{one.trouble.key}:{one.number}:over", text, owner, now)


def of_rollback(
    version: PromptVersion, before: str, why: str, reader: Address, wording: Wording, now: datetime
) -> Delivery:
    """The alert that a version of a prompt was taken back by itself; ``before``: "" is the house's again."""
    back = before[:8] or wording("alert.prompt_house")
    text = wording(
        "alert.prompt_rolled_back", name=version.name, version=version.hash[:8], before=back, why=why
    )
    mark = f"{version.name}:{version.hash}:{now:%Y%m%dT%H%M}:{reader.chat}"
    return _alert(f"prompt_rolled_back:{mark}", text, reader, now)


def of_prompt_file(
    name: str, mark: str, why: str, reader: Address, wording: Wording, now: datetime
) -> Delivery:
    """The alert that a file of ``prompts/`` changed nothing; ``mark`` stands for its text."""
    text = wording("alert.prompt_file", name=wording.settle(name), why=why)
    return _alert(f"prompt_file:{name}:{mark}:{now:%Y%m%d}:{reader.chat}", text, reader, now)


def _plain(code: Code | None) -> str:
    return str(code or "unknown").replace("_", " ")


def _alert(key: str, text: str, owner: Address, now: datetime) -> Delivery:
    return Delivery(
        key=f"alert:{key}",
        group=f"alert:{key}",
        origin=Origin.ALERT,
        address=owner,
        part_number=0,
        parts=1,
        part=Part(text=text),
        priority=PRIORITY,
        due_at=now,
        queued_at=now,
    )
