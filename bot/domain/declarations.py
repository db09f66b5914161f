"""Files declare, the database decides: what an import of ``config/`` changes, and declarations as nouns.

An edit made in chat or on the command line stays until the file's own text of that item changes; then the
item is in conflict and the owner chooses. What vanishes from a file is switched off, never deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from bot.errors import Misconfigured
from bot.types import (
    Address,
    Declared,
    Feed,
    FeedId,
    FeedStatus,
    Length,
    Outlet,
    OutletId,
    RawUrl,
    Schedule,
    Subscription,
    SubscriptionId,
    TopicSlug,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def item_hash(body: Mapping[str, Any]) -> str:
    """The hash of one item as the file has it; order of keys does not matter."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import of the files writes, and what it did, by (kind, id)."""

    write: tuple[Declared, ...] = ()
    added: tuple[tuple[str, str], ...] = ()
    updated: tuple[tuple[str, str], ...] = ()
    switched_off: tuple[tuple[str, str], ...] = ()
    conflicts: tuple[tuple[str, str], ...] = ()


def reconcile(files: Mapping[tuple[str, str], Mapping[str, Any]], stored: Sequence[Declared]) -> Import:
    """Decide what importing these file items changes.

    Args:
        files: (kind, id) -> body, all items of all files.
        stored: all declarations of the database.
    """
    have = {(item.kind, item.id): item for item in stored}
    write: list[Declared] = []
    told: dict[str, list[tuple[str, str]]] = {"added": [], "updated": [], "off": [], "conflict": []}
    for key, body in sorted(files.items()):
        old = have.get(key)
        digest = item_hash(body)
        if old is None:
            write.append(Declared(kind=key[0], id=key[1], body=body, file_hash=digest))
            told["added"].append(key)
            continue
        new = _changed(old, body, digest)
        if new is not None:
            write.append(new)
            told["conflict" if new.conflict is not None else "updated"].append(key)
    for key, old in sorted(have.items()):
        if key not in files and old.file_hash and old.on:
            write.append(replace(old, on=False, conflict=None, conflict_hash=""))
            told["off"].append(key)
    return Import(
        write=tuple(write),
        added=tuple(told["added"]),
        updated=tuple(told["updated"]),
        switched_off=tuple(told["off"]),
        conflicts=tuple(told["conflict"]),
    )


def _changed(old: Declared, body: Mapping[str, Any], digest: str) -> Declared | None:
    """The declaration after the file said ``body``, or None when nothing changes."""
    if old.file_hash == digest:
        if not old.on and not old.edited:  # it stood in the file, vanished, and is back
            return replace(old, on=True, body=body)
        return None
    if not old.edited or (not old.file_hash and item_hash(old.body) == digest):
        return replace(
            old, body=body, file_hash=digest, on=True, edited=False, conflict=None, conflict_hash=""
        )
    if old.conflict_hash == digest:
        return None
    return replace(old, conflict=body, conflict_hash=digest)


def edit(
    old: Declared | None, kind: str, ident: str, body: Mapping[str, Any], *, on: bool = True
) -> Declared:
    """The declaration after a person changed it in a chat or on the command line.

    One that says again what the file says is edited no more.
    """
    if old is None:
        return Declared(kind=kind, id=ident, body=body, edited=True, on=on)
    back = on and old.conflict is None and item_hash(body) == old.file_hash
    return replace(old, body=body, edited=not back, on=on)


def choose(item: Declared, *, take_file: bool) -> Declared:
    """The declaration after the owner settled a conflict."""
    if item.conflict is None:
        return item
    body = item.conflict if take_file else item.body
    return replace(
        item,
        body=body,
        edited=not take_file,
        on=True if take_file else item.on,
        file_hash=item.conflict_hash,
        conflict=None,
        conflict_hash="",
    )


def feed(item: Declared) -> Feed:
    """The feed that this declaration describes; polling state is the store's."""
    body = item.body
    return Feed(
        id=FeedId(item.id),
        url=RawUrl(body["url"]),
        title=body.get("title") or item.id,
        outlet=OutletId(body["outlet"]) if body.get("outlet") else None,
        language=body.get("language", ""),
        topics=tuple(TopicSlug(slug) for slug in body.get("topics", ())),
        interval=int(body.get("interval", 900)),
        full_text=bool(body.get("full_text", True)),
        status=FeedStatus.ACTIVE if item.on else FeedStatus.OFF,
    )


def outlet(item: Declared) -> Outlet:
    """The outlet that this declaration describes."""
    body = item.body
    return Outlet(
        id=OutletId(item.id),
        name=body.get("name", item.id),
        domains=tuple(body.get("domains", ())),
        family=body.get("family", ""),
        country=body.get("country", ""),
        state_media=bool(body.get("state_media", False)),
        agency=bool(body.get("agency", False)),
        weight=float(body.get("weight", 1.0)),
    )


def subscription_id(item: Declared) -> SubscriptionId:
    """The id of the subscription that a digest declaration makes."""
    return SubscriptionId(item.id)


def digest_body(subscription: Subscription) -> dict[str, Any]:
    """What a declaration must say to make this subscription, with nothing left to defaults."""
    address, schedule = subscription.address, subscription.schedule
    body: dict[str, Any] = {
        "chat": int(address.chat) if address.chat.lstrip("-").isdigit() else address.chat,
        "topics": list(subscription.topics),
        "times": [f"{at:%H:%M}" for at in schedule.times],
        "zone": schedule.zone,
        "days": [DAYS[day] for day in schedule.days],
        "language": subscription.language,
        "length": str(subscription.length),
        "format": subscription.format,
        "quiet_day": subscription.quiet_day,
        "silent": subscription.silent,
        "night": subscription.night,
    }
    return body if address.thread is None else {**body, "thread": address.thread}


def subscription(
    item: Declared, *, default_chat: str, default_zone: str, topics: Sequence[TopicSlug], created_at: datetime
) -> Subscription | None:
    """The subscription that a digest describes; None when it wants the default chat and there is none.

    Raises:
        Misconfigured: a topic that does not exist.
    """
    body = item.body
    chat = str(body.get("chat", "default"))
    chat = default_chat if chat == "default" else chat
    if not chat:
        return None
    wanted = tuple(TopicSlug(slug) for slug in body.get("topics", ())) or tuple(topics)
    for slug in wanted:
        if slug not in topics:
            hint = f"known topics: {', '.join(topics)}"
            raise Misconfigured(
                f"no such topic: {slug}", hint=hint, file="config/digests.yaml", digest=item.id
            )
    zone = str(body.get("zone", "default"))
    return Subscription(
        id=subscription_id(item),
        address=Address(channel="telegram", chat=chat, thread=body.get("thread")),
        topics=wanted,
        schedule=Schedule(
            times=tuple(sorted(time.fromisoformat(value) for value in body.get("times", ("07:30",)))),
            zone=default_zone if zone == "default" else zone,
            days=tuple(sorted(DAYS.index(day) for day in body.get("days", ()))),
        ),
        language=body.get("language", "en"),
        length=Length(body.get("length", "standard")),
        quiet_day=body.get("quiet_day", "line"),
        format=body.get("format", "classic"),
        silent=bool(body.get("silent", False)),
        night=bool(body.get("night", False)),
        active=item.on,
        created_at=created_at,
    )
