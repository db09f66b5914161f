"""``dateline subscriptions`` and ``dateline outbox``: who gets what, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from bot.domain.declarations import DAYS
from bot.entrypoints.cli.session import JSON, app, out, plain, print_json, print_table, run
from bot.errors import Misconfigured
from bot.types import Delivery, DeliveryId, DeliveryState, Subscription

subscriptions = typer.Typer(no_args_is_help=True, help="Who gets what and when.")
outbox = typer.Typer(no_args_is_help=True, help="Messages on their way.")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.add_typer(subscriptions, name="subscriptions")
    cli.add_typer(outbox, name="outbox")


@subscriptions.command("list")
def subscriptions_list(as_json: Annotated[bool, JSON] = False) -> None:
    """All subscriptions with their last digests."""

    async def work() -> None:
        async with app() as opened, opened.deps.store.begin() as tx:
            found = await tx.subscriptions(active=None)
            latest = {sub.id: await tx.digests(sub.id, 1) for sub in found}
        if as_json:
            print_json([_subscription(sub, latest[sub.id]) for sub in found])
            return
        table = Table("id", "chat", "topics", "when", "language", "state", "last", box=None)
        for sub in found:
            when = f"{', '.join(f'{t:%H:%M}' for t in sub.schedule.times)} {sub.schedule.zone}"
            last = latest[sub.id][0] if latest[sub.id] else {}
            told = f"{last.get('local_date') or ''} {last.get('skipped') or ''}".strip()
            state = "on" if sub.active else "off"
            cells = (sub.id, sub.address.chat, ", ".join(sub.topics), when, sub.language, state, told)
            table.add_row(*map(plain, cells))
        if found:
            print_table(table)
        else:
            out.print("None yet. Set DATELINE_CHAT_ID in .env, or name a chat in config/digests.yaml.")

    run(work())


def _subscription(sub: Subscription, digests: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    return {
        "id": sub.id,
        "chat": sub.address.chat,
        "thread": sub.address.thread,
        "active": sub.active,
        "topics": sub.topics,
        "times": [f"{time:%H:%M}" for time in sub.schedule.times],
        "days": [DAYS[day] for day in sub.schedule.days],
        "zone": sub.schedule.zone,
        "language": sub.language,
        "length": sub.length,
        "last": (digests[0].get("local_date") if digests else None),
    }


@outbox.command("list")
def outbox_list(
    state: Annotated[list[DeliveryState] | None, typer.Option(help="Only in these states.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Messages and their states, newest first; ambiguous ones wait for your word."""

    async def work() -> None:
        async with app(fresh=False) as opened, opened.deps.store.begin() as tx:
            found = await tx.deliveries(state or None, limit)
            paused = await tx.outbox_paused()
        if as_json:
            print_json({"paused": paused, "deliveries": [_row(item) for item in found]})
            return
        if paused:
            out.print(f"[yellow]The outbox is paused: {paused}. `dateline outbox resume` starts it.[/]")
        table = Table("id", "state", "chat", "part", "tries", "due", "last trouble", box=None)
        for item in found:
            part = f"{item.part_number + 1}/{item.parts}"
            trouble = f"{item.last_code or ''} {item.last_error}".strip()
            due = f"{item.due_at:%d %b %H:%M}"
            cells = (item.id, item.state, item.address.chat, part, item.attempts, due, trouble[:60])
            table.add_row(*map(plain, cells))
        if found:
            print_table(table)
        else:
            out.print("Nothing here.")
        if any(item.state is DeliveryState.AMBIGUOUS for item in found):
            out.print(
                "Ambiguous: it may have arrived. Look into the chat, then `dateline outbox settle ID …`."
            )

    run(work())


def _row(item: Delivery) -> dict[str, object]:
    return {
        "id": item.id,
        "key": item.key,
        "state": item.state,
        "chat": item.address.chat,
        "part": item.part_number + 1,
        "parts": item.parts,
        "attempts": item.attempts,
        "due_at": item.due_at.isoformat(),
        "message_id": item.message_id,
        "code": item.last_code,
        "error": item.last_error,
    }


@outbox.command("settle")
def outbox_settle(
    ident: Annotated[int, typer.Argument(metavar="ID")],
    arrived: Annotated[
        bool | None, typer.Option("--arrived/--resend", help="Did you see it in the chat?")
    ] = None,
) -> None:
    """Say whether an ambiguous message arrived; if not, it is sent again."""

    async def work() -> None:
        async with app(fresh=False) as opened, opened.deps.store.begin() as tx:
            if not await tx.decide(DeliveryId(ident), arrived=bool(arrived), now=opened.deps.clock.now()):
                hint = "dateline outbox list --state ambiguous"
                raise Misconfigured("no ambiguous message of this id", hint=hint, delivery=ident)
        out.print(f"[green]✓[/] {ident}: {'counted as sent' if arrived else 'will be sent again'}")

    if arrived is None:
        hint = "look into the chat, then say --arrived or --resend"
        raise Misconfigured("did it arrive?", hint=hint, delivery=ident)
    run(work())


@outbox.command("retry")
def outbox_retry(ident: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Queue a failed message once more."""

    async def work() -> None:
        async with app(fresh=False) as opened, opened.deps.store.begin() as tx:
            if not await tx.retry(DeliveryId(ident), opened.deps.clock.now()):
                hint = "dateline outbox list --state failed"
                raise Misconfigured("no failed message of this id", hint=hint, delivery=ident)
        out.print(f"[green]✓[/] {ident} is queued again")

    run(work())


@outbox.command("pause")
def outbox_pause(
    why: Annotated[str, typer.Argument(help="Shown wherever the outbox is.")] = "paused by hand",
) -> None:
    """Let nothing go out until `dateline outbox resume`: after a database was put back, say."""

    async def work() -> None:
        async with app(fresh=False) as opened, opened.deps.store.begin() as tx:
            await tx.pause_outbox(True, why)
        out.print("[green]✓[/] the outbox is paused; what is due waits")

    run(work())


@outbox.command("resume")
def outbox_resume() -> None:
    """Start an outbox that is paused, by hand or by a restored backup; what is pending goes out."""

    async def work() -> None:
        async with app(fresh=False) as opened, opened.deps.store.begin() as tx:
            await tx.pause_outbox(False, "")
        out.print("[green]✓[/] the outbox runs")

    run(work())
