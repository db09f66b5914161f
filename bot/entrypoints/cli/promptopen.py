"""What the commands of ``dateline prompts`` share: arguments, an app that knows the files, who and where."""

from __future__ import annotations

import getpass
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer

from bot.app import App
from bot.domain import prompts as texts
from bot.domain.cleaning import clean
from bot.entrypoints.cli.session import app, err, plain
from bot.errors import Misconfigured
from bot.pipeline.catalogue import catalogue
from bot.ports import Deps
from bot.settings.env import nearest

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `dateline prompts list` names it.")]
Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="A hash, or its first characters; or live, before, draft.")
]
Scope = Annotated[str, typer.Option(help="Only for one topic or chat: topic:SLUG, or chat:ID.")]
Why = Annotated[str, typer.Option("--why", help="A line for the history.")]
WHY = 500
"""Characters of a reason."""


@asynccontextmanager
async def opened(**options: Any) -> AsyncGenerator[App, None]:
    """An open app that knows the prompt files; what is wrong with one is told, and stops nothing."""
    async with app(**options) as found:
        taken = await found.import_prompts(by_itself=False)
        for name, why in (taken.broken or {}).items():
            err.print(
                f"[yellow]·[/] {plain(name)} is left as it was: {plain(why)}", highlight=False, soft_wrap=True
            )
        yield found


def me() -> str:
    """Who works here, for the history."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return "command"


def reason(given: str) -> str:
    """A reason on one line. Raises Misconfigured when it is too long."""
    said = clean(given)
    if len(said) > WHY:
        raise Misconfigured(f"the reason has {len(said)} characters", hint=f"{WHY} are allowed")
    return said


async def place_of(deps: Deps, scope: str) -> str:
    """A scope as it is stored. Raises Misconfigured for anything but a topic, or a chat that gets digests."""
    if not scope:
        return ""
    kind, _, name = scope.partition(":")
    if kind == "chat":
        return texts.scope_of(chat=await chat_of(deps, name))
    slugs = (await catalogue(deps)).slugs
    if kind != "topic" or name not in slugs:
        hint = nearest(name, slugs) if kind == "topic" else "write --scope topic:SLUG, or chat:ID"
        raise Misconfigured(f"there is no place {scope!r} for a prompt of its own", hint=hint)
    return texts.scope_of(topic=name)


async def chat_of(deps: Deps, chat: str) -> str:
    """This chat, where it gets digests; else Misconfigured, with those that do."""
    async with deps.store.begin() as tx:
        known = sorted({one.address.chat for one in await tx.subscriptions(active=None)})
    if chat not in known:
        hint = f"chats with a digest: {', '.join(known[:8])}" if known else "no chat has a digest yet"
        raise Misconfigured(f"no digest goes to the chat {chat!r}", hint=hint)
    return chat
