"""``dateline demo, run, collect, digest, summarize``: the main job."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncGenerator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import roles
from bot.adapters import journal
from bot.app import App, open_app
from bot.domain import pages
from bot.entrypoints.cli import show
from bot.entrypoints.cli.session import (
    JSON,
    Bars,
    app,
    checked,
    count,
    err,
    out,
    plain,
    print_json,
    run,
    settings,
    text_of,
)
from bot.errors import Broken, Misconfigured, Transient
from bot.pipeline.compose import demand
from bot.roles import ProcessRole
from bot.settings.env import known_language
from bot.types import Digest, Length, RawUrl, TopicSlug

if TYPE_CHECKING:
    from bot.entrypoints.chat import ChatFront
    from bot.pipeline.on_demand import Filed


class Form(StrEnum):
    """How a digest is printed."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(demo)
    cli.command("run")(run_bot)
    cli.command()(collect)
    cli.command()(digest)
    cli.command()(summarize)


def demo(
    folder: Annotated[Path, typer.Option(help="Where the page is written.")] = Path("demo-output"),
    chat: Annotated[
        bool, typer.Option("--chat", help="Chat with the bot in your browser, on a page of this machine.")
    ] = False,
    port: Annotated[int, typer.Option(help="With --chat: of the page; 0 takes a free one.")] = 0,
) -> None:
    """The whole path on sample feeds: no keys, no network, a minute at most."""
    from bot.demo import show as demo_show  # noqa: PLC0415 - the simulator, for who plays with it

    journal.set_up("ERROR")
    if chat:
        run(_chat(port))
        return
    with Bars() as progress:
        result = run(demo_show.play(folder, progress))
    show.digest(out, result.digest, result.wording)
    demo_show.tell(out, result)


async def _chat(port: int) -> None:
    """The bot on sample news, and a page to chat with it, until Ctrl-C."""
    from bot.demo import chat as demo_chat  # noqa: PLC0415 - as above

    stop = _stop_on_signals()
    async with contextlib.AsyncExitStack() as stack:
        with Bars() as progress:
            stage = await stack.enter_async_context(demo_chat.stage(progress, port=port))
            await stage.prepare()
        out.print(f"[green]✓[/] Chat with Dateline: [bold]{stage.simulator.page_url}[/]", highlight=False)
        out.print("  You own the bot there. Outlets and people are invented. Ctrl-C stops.")
        await _run_all(stage.app, stop)


def _stop_on_signals() -> asyncio.Event:
    """Set by Ctrl-C and by a polite kill."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(name, stop.set)
    return stop


def run_bot(
    role: Annotated[
        ProcessRole, typer.Option(help="On PostgreSQL: what this process is for; any number may run.")
    ] = ProcessRole.ALL,
) -> None:
    """The bot: collects, groups, summarizes and posts until it is stopped."""
    found = settings(level=None)
    journal.set_up(found.log_level, found.log_format)
    posts = bool(found.telegram_bot_token.get_secret_value())
    roles.check(role, found.database_url, posts=posts, metrics=found.metrics)
    spread = found.database_url.startswith("postgresql")

    async def work() -> None:
        stop = _stop_on_signals()
        async with open_app(found, spread=spread) as opened, _health(opened):
            if role in (ProcessRole.ALL, ProcessRole.CHAT):
                err.print(await _greeting(opened))
                await _owner(opened)
            if spread:
                await roles.run(opened, role, stop, front=lambda: _front(opened).run)
            else:
                await _run_all(opened, stop)

    run(work())


@contextlib.asynccontextmanager
async def _health(opened: App) -> AsyncGenerator[None]:
    if opened.settings.metrics:
        from bot.entrypoints.health import serving  # noqa: PLC0415 - Prometheus' client, for who asks

        async with serving(opened):
            yield
    else:
        yield


def _front(opened: App) -> ChatFront:
    from bot.entrypoints.chat import ChatFront  # noqa: PLC0415 - Telegram's library, for who has a token

    return ChatFront(opened)


async def _run_all(opened: App, stop: asyncio.Event) -> None:
    """Pipeline and chat, until ``stop`` is set or one of them ends; raises what it ended with."""
    parts: list[asyncio.Future[None]] = [asyncio.create_task(opened.run(stop))]
    if opened.telegram is not None:
        parts.append(asyncio.create_task(_front(opened).run(stop)))
    try:
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        results = await asyncio.gather(*parts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _owner(opened: App) -> None:
    """Where nobody owns the bot yet: how to become the owner."""
    if opened.telegram is None:
        return
    from bot.entrypoints.chat.access import owner_code  # noqa: PLC0415 - as above

    if made := await owner_code(opened):
        err.print(f"Nobody owns this bot yet. Become its owner: send it [bold]/start {made}[/]")


async def _greeting(opened: App) -> str:
    """Who posts, if anybody. Raises Misconfigured when Telegram refuses the token."""
    if opened.telegram is None:
        return "No TELEGRAM_BOT_TOKEN in .env: collecting only, nothing is posted."
    try:
        return f"Posting as @{await opened.telegram.check()}. Ctrl-C stops."
    except Transient:  # after a power cut the bot is often up before the network
        return "Telegram does not answer now: messages will wait until it does. Ctrl-C stops."


def collect(as_json: Annotated[bool, JSON] = False) -> None:
    """Ask all due feeds, read what is new, and group it; then stop."""

    async def work(progress: Any) -> dict[str, Any]:
        async with app(progress=progress) as opened:
            await opened.work("poll", "read", "place")
            async with opened.deps.store.begin() as tx:
                counts = await tx.counts()
                coverage = await tx.coverage(opened.deps.clock.now() - timedelta(days=1), ())
            if opened.runner.failed:
                hint = "what failed stands above; what is missing is still due the next time"
                raise Broken("not all was collected", hint=hint, steps=opened.runner.failed)
        return {
            "feeds": coverage.feeds,
            "feeds_fine": coverage.feeds_fine,
            "failing": list(coverage.failing),
            "articles": counts.get("articles", 0),
            "stories": counts.get("stories", 0),
        }

    with Bars() as progress:
        figures = run(work(progress))
    if as_json:
        print_json(figures)
        return
    out.print(
        f"{figures['feeds_fine']} of {count(figures['feeds'], 'feed')} fine, "
        f"{count(figures['articles'], 'article')} in {count(figures['stories'], 'story', 'stories')}."
    )
    if figures["failing"]:
        failing = plain(", ".join(figures["failing"][:10]))
        out.print(f"Failing: {failing}. See `dateline feeds list --failing`.", highlight=False)


def digest(
    topics: Annotated[list[str] | None, typer.Argument(help="Slugs; all topics when left out.")] = None,
    hours: Annotated[int, typer.Option(min=1, max=720, help="How far back.")] = 24,
    form: Annotated[Form, typer.Option("--format", help="text, html or json.")] = Form.TEXT,
    language: Annotated[
        str, typer.Option(help="Of headings (en, zh, ar), and of summaries where a model writes them.")
    ] = "en",
    length: Annotated[Length, typer.Option(help="brief, standard or deep.")] = Length.STANDARD,
) -> None:
    """A digest of what is stored, now, on standard output."""

    async def work() -> tuple[Digest, Any]:
        async with app() as opened:
            try:
                made = await demand(
                    opened.deps,
                    topics=[TopicSlug(slug) for slug in topics or ()],
                    language=language,
                    length=length,
                    window=timedelta(hours=hours),
                    zone=opened.settings.zone,
                )
            except LookupError as error:
                raise Misconfigured(
                    f"no such topic: {error.args[0]}", hint="dateline topics list tells them"
                ) from None
            if not made.coverage.articles:
                err.print("Nothing is stored for these hours: `dateline collect` asks the feeds.")
            words = opened.deps.wording.get(language, opened.deps.wording["en"])
        return made, words

    checked(known_language, language, "--language")
    made, words = run(work())
    if form is Form.JSON:
        print_json(pages.as_json(made))
    elif form is Form.HTML:
        sys.stdout.write(pages.html(made, words))
    elif out.is_terminal:
        show.digest(out, made, words)
    else:
        sys.stdout.write(pages.text(made, words) + "\n")


def summarize(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE|ADDRESS|-", help="A file, a page's address, or - for standard input."),
    ],
    language: Annotated[str, typer.Option(help="Of the summary; its own when left out.")] = "",
    length: Annotated[Length, typer.Option(help="brief, standard or deep.")] = Length.STANDARD,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Summarize a page or a text; a scraped page's pieces are told apart, filed and summarized each."""
    from bot.pipeline import on_demand  # noqa: PLC0415 - how pages are cut into pieces, for who has one

    async def work() -> list[Filed]:
        wanted: dict[str, Any] = {"language": language, "length": length}
        if source.lower().startswith(("http://", "https://")):
            async with app() as opened:
                page = await opened.deps.web.page(RawUrl(source))
                return await on_demand.summarize_page(opened.deps, page, **wanted)
        body = _read(source)
        text = text_of(body, source)
        if not text.strip():
            raise Broken("there is no text", hint="a page (HTML) or plain text", file=source)
        async with app() as opened:
            if not _is_html(text):
                return await on_demand.summarize_text(opened.deps, text, **wanted)
            try:
                return await on_demand.summarize_page(opened.deps, on_demand.page_at_hand(body), **wanted)
            except Broken as error:
                raise Broken(error.message, code=error.code, hint=error.hint, file=source) from None

    if language:
        checked(known_language, language, "--language")
    found = run(work())
    if as_json:
        print_json({"pieces": [_piece(item) for item in found]})
        return
    for item in found:
        _print_piece(item)


LARGEST = 2_000_000
"""Bytes of a file: the largest page of our collection has under one million, and a text of a million
characters takes half a minute."""


def _is_html(text: str) -> bool:
    head = text[:2000].lstrip().lower()
    return head.startswith(("<!doctype html", "<html")) or "<body" in head


def _read(source: str) -> bytes:
    if source == "-":
        if sys.stdin.isatty():
            err.print("Reading standard input; Ctrl-D ends it.")
        body = sys.stdin.buffer.read(LARGEST + 1)
    else:
        path = Path(source)
        if not path.is_file():
            hint = "a file, an address with https://, or - for standard input"
            raise Misconfigured("no such file", hint=hint, file=source)
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise Broken(f"larger than {LARGEST // 1_000_000} MB", hint="cut it to the article", file=source)
    return body


def _piece(item: Filed) -> dict[str, Any]:
    summary = item.summary
    return {
        "title": item.piece.title,
        "text": item.piece.text,
        "kind": str(item.piece.kind),
        "language": item.language,
        "topics": [str(match.topic) for match in item.topics],
        "reason": item.reason,
        "kicker": item.piece.kicker,
        "captions": list(item.piece.captions),
        "summary": {
            "headline": summary.headline,
            "sentences": [{"text": s.text, "sources": list(s.sources)} for s in summary.sentences],
            "method": str(summary.method),
        }
        if summary
        else None,
    }


def _print_piece(item: Filed) -> None:
    filed = ", ".join(str(match.topic) for match in item.topics) or "no topic"
    title = item.summary.headline if item.summary else (item.piece.title or item.piece.text[:60])
    out.print(f"[bold]{plain(title)}[/]  [dim]{item.piece.kind}, {filed}[/]", highlight=False)
    if item.summary:
        for sentence in item.summary.sentences:
            out.print(f"  {plain(sentence.text)}", highlight=False)
    out.print(f"  [dim]{plain(item.reason)}[/]\n", highlight=False)
