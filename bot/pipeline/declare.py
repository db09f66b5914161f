"""Declarations → feeds and subscriptions: files and people's edits, each import in one transaction.

All or nothing: were declarations written before what they declare, a crash or a mistake between the two would
leave feeds that no later import touches, because their text has not changed since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain import declarations
from bot.errors import Misconfigured
from bot.pipeline.catalogue import Catalogue, book_of, lectures
from bot.ports import Deps, Tx
from bot.types import Declared, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What ``default`` means in a digest's declaration."""

    chat: str
    zone: str


async def import_files(
    deps: Deps, files: Mapping[tuple[str, str], Mapping[str, Any]], defaults: Defaults
) -> declarations.Import:
    """Bring the items of the files into the database; what people edited elsewhere stays.

    Raises:
        Misconfigured: an outlet or a topic that does not exist, a topic that says nothing; nothing is
            imported then.
    """
    async with deps.store.begin() as tx:
        changes = declarations.reconcile(files, await tx.declared())
        await _apply(deps, tx, changes.write, defaults)
    return changes


async def declare(deps: Deps, items: Sequence[Declared], defaults: Defaults) -> None:
    """Write what a person declared in a chat or on the command line. Raises as :func:`import_files`."""
    async with deps.store.begin() as tx:
        await _apply(deps, tx, items, defaults)


async def _apply(deps: Deps, tx: Tx, items: Sequence[Declared], defaults: Defaults) -> None:
    await tx.declare(items)
    everything = await tx.declared()
    book = book_of(deps, everything, await tx.feeds(), await lectures(deps, tx))
    # An item in conflict waits for its owner: what it declared before still holds.
    changed = [item for item in items if item.conflict is None]
    feeds = [declarations.feed(item) for item in changed if item.kind == "feed"]
    for feed in feeds:
        if feed.outlet and not book.outlets.knows(feed.outlet):
            hint = "add it to config/outlets.yaml, or mend the name"
            raise Misconfigured(f"no such outlet: {feed.outlet}", hint=hint, feed=feed.id)
    await tx.put_feeds(feeds)
    known = {sub.id: sub for sub in await tx.subscriptions(active=None)}
    touched = {item.id for item in changed if item.kind == "digest"}
    for item in everything:
        if item.kind != "digest":
            continue
        old = known.get(declarations.subscription_id(item))
        new = _subscription(deps, book, item, old, defaults, touched=item.id in touched)
        if new is not None and old is not None and item.on:
            new = await _after_migration(tx, item.id, old, new, touched=item.id in touched)
        if new is not None and new != old:
            await tx.put_subscription(new)


async def _after_migration(
    tx: Tx, ident: str, old: Subscription, new: Subscription, *, touched: bool
) -> Subscription:
    """The new subscription, at the address that the chat has by now.

    Telegram gives a group another id when it becomes a supergroup, and the store follows. The file still
    names the old id: only another word of the file's, not the same one again, may move the subscription.
    """
    key, declared = f"declared_address:{ident}", f"{new.address.chat}/{new.address.thread or ''}"
    before = await tx.note(key)
    if before != declared:
        await tx.put_note(key, declared)
    if before != declared:
        return new
    return replace(new, address=old.address, active=new.active if touched else old.active)


def _subscription(
    deps: Deps,
    book: Catalogue,
    item: Declared,
    old: Subscription | None,
    defaults: Defaults,
    *,
    touched: bool,
) -> Subscription | None:
    """What this digest declares now; None: nothing.

    All digests are looked at each time: the default chat, the default zone and the list of topics may have
    changed although a digest's own text has not.
    """
    if not item.on:
        return None if old is None else replace(old, active=False)
    new = declarations.subscription(
        item,
        default_chat=defaults.chat,
        default_zone=defaults.zone,
        topics=book.slugs,
        created_at=(old.created_at if old else None) or deps.clock.now(),
    )
    if new is None or old is None:
        return new
    new = replace(new, paused_until=old.paused_until)
    if touched or new.address != old.address:
        return new
    return replace(new, active=old.active)  # a muted chat stays muted until somebody does something about it
