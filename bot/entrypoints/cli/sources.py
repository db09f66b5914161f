"""``dateline feeds`` and ``dateline topics``: what is read, and how it is filed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.table import Table

from bot.adapters.discovery import feed_links
from bot.domain import declarations, opml
from bot.entrypoints.cli.session import JSON, app, err, out, print_json, run
from bot.errors import Broken, Misconfigured
from bot.pipeline.catalogue import catalogue
from bot.ports import Deps
from bot.settings.files import check_item
from bot.types import Declared, FeedStatus, ParsedFeed, RawUrl, Validators

feeds = typer.Typer(no_args_is_help=True, help="What is read.")
topics = typer.Typer(no_args_is_help=True, help="How it is filed.")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.add_typer(feeds, name="feeds")
    cli.add_typer(topics, name="topics")


@feeds.command("list")
def feeds_list(
    failing: Annotated[bool, typer.Option("--failing", help="Only those that fail or are off.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """All feeds, how they are doing, and when they are asked next."""

    async def work() -> None:
        async with app() as opened, opened.deps.store.begin() as tx:
            found = await tx.feeds()
        rows = [f for f in found if not failing or f.failures or f.status is not FeedStatus.ACTIVE]
        if as_json:
            print_json([{name: getattr(f, name) for name in _COLUMNS} for f in rows])
            return
        table = Table("id", "status", "last answer", "newest", "next poll", "address", box=None)
        for f in rows:
            answer = f"{f.last_code} ×{f.failures}" if f.last_code else ("ok" if f.polls else "not asked yet")
            moments = [f"{m:%d %b %H:%M}" if m else "" for m in (f.newest_entry_at, f.next_poll_at)]
            table.add_row(f.id, str(f.status), answer, *moments, f.url)
        out.print(table)
        out.print(f"{len(rows)} feeds. Times are UTC.", style="dim")

    run(work())


_COLUMNS = ("id", "url", "title", "outlet", "language", "status", "failures", "last_code", "newest_entry_at")


@feeds.command("add")
def feeds_add(
    address: str,
    ident: Annotated[str, typer.Option("--id", help="Its id; made from the address when left out.")] = "",
    outlet: Annotated[str, typer.Option(help="An id of outlets.yaml.")] = "",
    topic: Annotated[
        list[str] | None, typer.Option(help="Only for a feed about one topic by nature.")
    ] = None,
) -> None:
    """Add a feed: it is fetched and must parse; a page's address finds the feed that it names."""

    async def work() -> None:
        async with app() as opened:
            url, parsed = await _probe(opened.deps, address)
            name = ident or _slug(url)
            body = {"url": url, "title": parsed.title or name, "outlet": outlet, "topics": list(topic or ())}
            checked = check_item("feed", name, {k: v for k, v in body.items() if v}, where="command line")
            await opened.declare([declarations.edit(await _one(opened.deps, name), "feed", name, checked)])
        out.print(f"[green]✓[/] {name}: {parsed.title or url} ({len(parsed.entries)} entries now)")

    run(work())


@feeds.command("remove")
def feeds_remove(ident: str) -> None:
    """Switch a feed off: it is asked no more; what was read stays."""

    async def work() -> None:
        async with app() as opened:
            item = await _one(opened.deps, ident)
            if item is None:
                raise Misconfigured("no such feed", hint="dateline feeds list", feed=ident)
            await opened.declare([declarations.edit(item, "feed", ident, item.body, on=False)])
        out.print(f"[green]✓[/] {ident} is off. `dateline feeds add` brings it back.")

    run(work())


@feeds.command("discover")
def feeds_discover(address: str, as_json: Annotated[bool, JSON] = False) -> None:
    """The feeds that a page names."""

    async def work() -> None:
        async with app(fresh=False) as opened:
            page = await opened.deps.web.page(RawUrl(address))
        links = feed_links(page.body, page.content_type, page.final_url)
        if as_json:
            print_json([{"url": url, "title": title} for url, title in links])
        elif not links:
            raise Broken("this page names no feed", hint="look for an RSS sign on it", address=address)
        else:
            for url, title in links:
                out.print(f"{url}  [dim]{title}[/]", highlight=False)

    run(work())


@feeds.command("import")
def feeds_import(file: Path) -> None:
    """Add the feeds of an OPML file; those that are known stay as they are."""

    async def work() -> None:
        outlines = opml.read(file.read_bytes(), name=str(file))
        async with app() as opened:
            async with opened.deps.store.begin() as tx:
                known = {feed.url for feed in await tx.feeds()}
            items = []
            for outline in outlines:
                if outline.url in known:
                    continue
                known.add(RawUrl(outline.url))
                body = check_item(
                    "feed", outline.url, {"url": outline.url, "title": outline.title}, where=str(file)
                )
                items.append(declarations.edit(None, "feed", _slug(outline.url), body))
            await opened.declare(items)
        out.print(f"[green]✓[/] {len(items)} added, {len(outlines) - len(items)} known already")

    if not file.is_file():
        raise Misconfigured("no such file", file=file)
    run(work())


@feeds.command("export")
def feeds_export(file: Annotated[Path | None, typer.Argument()] = None) -> None:
    """All active feeds as OPML, to a file or to standard output."""

    async def work() -> None:
        async with app() as opened, opened.deps.store.begin() as tx:
            active = [feed for feed in await tx.feeds() if feed.status is FeedStatus.ACTIVE]
        text = opml.write([opml.Outline(url=feed.url, title=feed.title) for feed in active])
        if file is None:
            print(text)
        else:
            file.write_text(text, encoding="utf-8")
            err.print(f"[green]✓[/] {len(active)} feeds written to {file}")

    run(work())


@topics.command("list")
def topics_list(as_json: Annotated[bool, JSON] = False) -> None:
    """The topics, and how many words tell each."""

    async def work() -> None:
        async with app() as opened:
            book = await catalogue(opened.deps)
        if as_json:
            print_json(
                [{"slug": t.slug, "names": dict(t.names), "description": t.description} for t in book.topics]
            )
            return
        for topic in book.topics:
            terms = sum(len(words) for words in topic.include.values())
            told = f"{terms} terms in {len(topic.include)} languages"
            out.print(f"[bold]{topic.slug}[/]  {topic.name('en')}  [dim]{told}[/]")

    run(work())


@topics.command("explain")
def topics_explain(
    text: Annotated[
        str, typer.Argument(help="A headline, or a file with an article (title on its first line).")
    ],
    language: Annotated[str, typer.Option(help="Its language.")] = "en",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """The arithmetic: which topics a text belongs to, and why or why not."""

    async def work() -> None:
        path = Path(text)
        content = path.read_text(encoding="utf-8") if len(text) < 255 and path.is_file() else text
        title, _, rest = content.partition("\n")
        async with app() as opened:
            book = await catalogue(opened.deps)
        explained = book.router.explain(title, rest, language)
        if as_json:
            print_json([row.as_dict() for row in explained])
            return
        for row in explained:
            out.print(row.text(), highlight=False)

    run(work())


async def _probe(deps: Deps, address: str) -> tuple[RawUrl, ParsedFeed]:
    """The feed at this address, or the first that the page there names."""
    url = RawUrl(address if "://" in address else f"https://{address}")
    response = await deps.web.feed(url, Validators())
    try:
        return response.moved_to or url, await deps.parser.feed(response, deps.clock.now())
    except Broken as error:
        links = feed_links(response.body, response.content_type, response.final_url)
        if not links:
            raise Broken(
                "no feed there", code=error.code, hint="dateline feeds discover PAGE", address=url
            ) from error
        found = RawUrl(links[0][0])
        return found, await deps.parser.feed(await deps.web.feed(found, Validators()), deps.clock.now())


async def _one(deps: Deps, ident: str) -> Declared | None:
    async with deps.store.begin() as tx:
        return next((item for item in await tx.declared("feed") if item.id == ident), None)


def _slug(url: str) -> str:
    parts = urlsplit(url)
    text = f"{(parts.hostname or '').removeprefix('www.')}{parts.path}"
    text = re.sub(r"(?i)(rss|feed|index|xml|atom|rdf)\b", "", text)
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "feed"
