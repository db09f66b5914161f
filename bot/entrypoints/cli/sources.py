"""``dateline feeds`` and ``dateline topics``: what is read, and how it is filed."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot.adapters.discovery import feed_links
from bot.domain import opml
from bot.domain.cleaning import clean
from bot.domain.feedback import forgotten, said
from bot.domain.naming import free_id, typed_address
from bot.entrypoints.cli.session import (
    JSON,
    app,
    checked,
    count,
    err,
    out,
    plain,
    print_json,
    print_table,
    run,
    text_of,
)
from bot.entrypoints.sources import declared, listed, probe, put_feed, switch_off
from bot.errors import Broken, Misconfigured
from bot.pipeline.catalogue import catalogue, lectures
from bot.pipeline.likeness import likened, meaning_of
from bot.ports import Deps
from bot.settings.env import known_language, nearest
from bot.settings.files import check_item
from bot.types import FeedStatus, Press

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
        table = Table("id", "status", "last answer", box=None)
        wide = not out.is_terminal or out.width >= _ROOM
        for name in ("newest", "next poll", "address") if wide else ():
            table.add_column(name)
        for f in rows:
            answer = f"{f.last_code} ×{f.failures}" if f.last_code else ("ok" if f.polls else "not asked yet")
            moments = [f"{m:%d %b %H:%M}" if m else "" for m in (f.newest_entry_at, f.next_poll_at)]
            table.add_row(f.id, str(f.status), answer, *((*moments, plain(f.url)) if wide else ()))
        print_table(table)
        more = "Times are UTC." if wide else "A wider window, a pipe and --json tell more."
        out.print(f"{count(len(rows), 'feed')}. {more}", style="dim", highlight=False)

    run(work())


_ROOM = 110
"""Columns that the whole table wants."""
_COLUMNS = (
    *("id", "url", "title", "outlet", "language", "topics", "interval"),
    *("status", "failures", "last_code", "newest_entry_at", "next_poll_at"),
)


@feeds.command("add")
def feeds_add(
    address: Annotated[str, typer.Argument(help="Of a feed, of a page that names one, or an id to wake.")],
    ident: Annotated[str, typer.Option("--id", help="Its id; made from the address when left out.")] = "",
    outlet: Annotated[str, typer.Option(help="An id of outlets.yaml.")] = "",
    topic: Annotated[
        list[str] | None, typer.Option(help="Only for a feed about one topic by nature.")
    ] = None,
) -> None:
    """Add a feed: it is fetched and must parse; a page's address finds the feed that it names."""

    async def work() -> None:
        async with app() as opened:
            items = await declared(opened.deps, "feed")
            old = items.get(address)
            found = await probe(opened.deps, str(old.body["url"]) if old else address)
            url, parsed = found.url, found.parsed
            known = old or next((item for item in items.values() if item.body["url"] == url), None)
            name = ident or (known.id if known else free_id(url, items))
            if known and known.on and name != known.id:
                hint = f"dateline feeds remove {known.id}"
                raise Misconfigured(f"this feed is known as {known.id}", hint=hint, url=url)
            given = {"url": url, "outlet": outlet, "topics": list(topic or ())}
            base = items[name].body if name in items else {"title": clean(parsed.title) or name}
            await _check_topics(opened.deps, topic or ())
            body = check_item(
                "feed", name, {**base, **{k: v for k, v in given.items() if v}}, where="command line"
            )
            await put_feed(opened, name, items.get(name), body)
        entries = count(len(parsed.entries), "entry", "entries")
        out.print(f"[green]✓[/] {name}: {plain(parsed.title or url)} ({entries} now)", highlight=False)

    run(work())


@feeds.command("remove")
def feeds_remove(ident: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Switch a feed off: it is asked no more; what was read stays."""

    async def work() -> None:
        async with app() as opened:
            items = await declared(opened.deps, "feed")
            if ident not in items:
                hint = f"dateline feeds list; {nearest(ident, items, 'it names them all')}"
                raise Misconfigured("no such feed", hint=hint, feed=ident)
            await switch_off(opened, "feed", ident)
        out.print(f"[green]✓[/] {ident} is off. `dateline feeds add {ident}` brings it back.")

    run(work())


@feeds.command("discover")
def feeds_discover(
    address: Annotated[str, typer.Argument(help="Of a page.")], as_json: Annotated[bool, JSON] = False
) -> None:
    """The feeds that a page names; exit code 1 when it names none."""

    async def work() -> tuple[tuple[str, str], ...]:
        async with app(fresh=False) as opened:
            page = await opened.deps.web.page(typed_address(address))
            with contextlib.suppress(Broken):
                parsed = await opened.deps.parser.feed(page, opened.deps.clock.now())
                return ((page.final_url, parsed.title),)  # it is a feed itself
        return feed_links(page.body, page.content_type, page.final_url)

    links = run(work())
    if as_json:
        print_json([{"url": url, "title": title} for url, title in links])
    for url, title in () if as_json else links:
        out.print(f"{plain(url)}  [dim]{plain(title)}[/]", highlight=False, soft_wrap=True)
    if not links:
        raise Broken("this page names no feed", hint="look for an RSS sign on it", address=address)


@feeds.command("import")
def feeds_import(file: Annotated[Path, typer.Argument(metavar="FILE", help="OPML.")]) -> None:
    """Add the feeds of an OPML file; those that are known stay as they are."""

    async def work() -> None:
        outlines = opml.read(file.read_bytes(), name=str(file))
        async with app() as opened:
            found = listed(outlines, await declared(opened.deps, "feed"), where=str(file))
            for error in found.odd:
                err.print(f"[yellow]·[/] left out: {plain(error)}", highlight=False, soft_wrap=True)
            await opened.declare(found.new)
        told = f"{len(found.new)} added, {found.known} known already"
        out.print(f"[green]✓[/] {told}{f', {len(found.odd)} left out' if found.odd else ''}")

    if not file.is_file():
        raise Misconfigured("no such file", hint="an OPML file, as feed readers export it", file=file)
    run(work())


@feeds.command("export")
def feeds_export(
    file: Annotated[Path | None, typer.Argument(help="Standard output when left out.")] = None,
) -> None:
    """All active feeds as OPML, to a file or to standard output."""

    async def work() -> str:
        async with app() as opened, opened.deps.store.begin() as tx:
            active = [feed for feed in await tx.feeds() if feed.status is FeedStatus.ACTIVE]
        if file is not None:
            err.print(f"{count(len(active), 'feed')} for {file}")
        return opml.write([opml.Outline(url=feed.url, title=feed.title) for feed in active])

    text = run(work())
    if file is None:
        print(text, end="")
    else:
        file.write_text(text, encoding="utf-8")


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
            told = f"{count(terms, 'term')} in {count(len(topic.include), 'language')}"
            out.print(f"[bold]{topic.slug}[/]  {plain(topic.name('en'))}  [dim]{told}[/]", highlight=False)
        if not book.topics:
            out.print("None. config/topics.yaml names them.")

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
        title, _, rest = _headline_or_file(text).partition("\n")
        async with app() as opened:
            book = await likened(opened.deps)
            vector = await meaning_of(opened.deps, title, rest, language)
        explained = book.router.explain(title, rest, language, vector=vector)
        if as_json:
            print_json([row.as_dict() for row in explained])
            return
        for row in explained:
            out.print(Text(row.text()), soft_wrap=True)
        heard = {(row.topic, one.term) for row in explained for one in row.found if one.kind == "taught"}
        for lesson in book.router.lessons:
            if (lesson.topic, lesson.term) in heard:
                out.print(Text(f"  taught by presses: {lesson.why()}"), soft_wrap=True)
        if heard:
            out.print("[dim]`dateline topics forget TOPIC WORD` takes a lesson back.[/]", soft_wrap=True)

    checked(known_language, language, "--language")
    run(work())


@topics.command("lessons")
def topics_lessons(as_json: Annotated[bool, JSON] = False) -> None:
    """The words that "wrong topic" presses of owner and editors have taught to speak against a topic."""

    async def work() -> None:
        async with app() as opened:
            lessons = (await catalogue(opened.deps)).router.lessons
        if as_json:
            print_json([asdict(lesson) for lesson in lessons])
            return
        for lesson in lessons:
            out.print(Text(f"{lesson.topic}  {lesson.why()}"), soft_wrap=True)
        if not lessons:
            out.print("None. It takes three presses of owner or editors that had a word in their headlines.")

    run(work())


@topics.command("forget")
def topics_forget(
    topic: Annotated[str, typer.Argument(help="Its slug.")],
    words: Annotated[
        list[str] | None, typer.Argument(help="As `topics lessons` has them; all without.")
    ] = None,
) -> None:
    """Take lessons back for good: the presses still hold in their chats, but teach these words no more."""

    async def work() -> int:
        async with app() as opened:
            book = await catalogue(opened.deps)
            if topic not in book.slugs:
                raise Misconfigured("no such topic", hint=nearest(topic, book.slugs), topic=topic)
            known = {lesson.term for lesson in book.router.lessons if lesson.topic == topic}
            for word in words or ():
                if word not in known:
                    hint = "`dateline topics lessons` lists them"
                    raise Misconfigured("no such lesson", hint=hint, topic=topic, word=word)
            gone = set(words or known)
            async with opened.deps.store.begin() as tx:
                for press in await lectures(opened.deps, tx):
                    if press.topic == topic and press.press is Press.WRONG_TOPIC and gone & said(press):
                        await tx.add_feedback(forgotten(press, gone))
        return len(gone)

    out.print(f"[green]✓[/] {count(run(work()), 'lesson')} taken back")


def _headline_or_file(text: str) -> str:
    path = Path(text)
    if len(text) < 255 and path.is_file():
        return text_of(path.read_bytes(), text).lstrip()
    if not text.strip():
        raise Misconfigured("there is no text", hint='dateline topics explain "A headline"')
    if " " not in text and path.suffix in (".txt", ".md", ".html", ".htm"):
        raise Misconfigured("no such file", hint="a headline in quotes, or a file", file=text)
    return text


async def _check_topics(deps: Deps, slugs: Sequence[str]) -> None:
    book = await catalogue(deps)
    for slug in slugs:
        if slug not in book.slugs:
            raise Misconfigured(f"no such topic: {slug}", hint=nearest(slug, book.slugs))
