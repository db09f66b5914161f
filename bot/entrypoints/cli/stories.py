"""``dateline stories``: why a story stands where it stands, and a person's word against it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from bot.domain import ranking
from bot.domain.cleaning import clean
from bot.domain.evidence import Explained
from bot.domain.stories import Explanation, Incoming, Index, explain, phase, timeline
from bot.entrypoints.cli.session import JSON, app, count, out, plain, print_json, print_table, run
from bot.errors import Misconfigured
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.group import correct, rebuilt, undo
from bot.pipeline.likeness import likened
from bot.ports import Deps
from bot.types import Article, ArticleId, Correction, Placement, PlacementKind, Story, StoryId

stories = typer.Typer(no_args_is_help=True, help="What happened, and how it was told.")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.add_typer(stories, name="stories")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One part of an explanation: for people, and the same as plain values under a key."""

    key: str
    lines: tuple[str, ...]
    values: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is explained, with all that its explanations read."""

    deps: Deps
    book: Catalogue
    story: Story
    articles: tuple[Article, ...]
    vectors: Mapping[ArticleId, NDArray[Any]]


async def explain_importance(subject: Subject) -> Told:
    """Why it stands where it does in a digest, for a reader who was told nothing of it."""
    members = subject.articles
    outlets = {article.outlet: subject.book.outlets.get(article.outlet) for article in members}
    rated = ranking.importance(subject.story, members, outlets, now=subject.deps.clock.now())
    return Told(key="importance", lines=tuple(rated.text().splitlines()), values=rated.as_dict())


async def explain_topics(subject: Subject) -> Told:
    """Why it is filed where it is: the arithmetic of the article that speaks most for each topic."""
    best: dict[str, tuple[Explained, Article]] = {}
    for article in subject.articles:
        vector = subject.vectors.get(article.id)
        for row in subject.book.router.explain(article.title, article.text, article.language, vector=vector):
            known = best.get(row.topic)
            if known is None or row.score > known[0].score:
                best[row.topic] = row, article
    lines = [f"{match.topic}: {match.score:.2f}, {match.why}" for match in subject.story.topics]
    for row, article in best.values():
        lines += [f"by its article {article.id}, {article.title}", *row.text().splitlines()]
    values = {slug: {"article": article.id, **row.as_dict()} for slug, (row, article) in best.items()}
    return Told(key="topics", lines=tuple(lines), values=values)


async def explain_timeline(subject: Subject) -> Told:
    """Its phase, and what was first reported when and by whom."""
    known = {one.outlet: subject.book.outlets.get(one.outlet) for one in subject.articles}
    now_in = phase(subject.story, subject.articles, subject.deps.clock.now())
    moments = timeline(subject.story, subject.articles, known)
    lines = [f"{now_in}, {count(len(moments), 'moment')}:"]
    for one in moments:
        new = f" (first with {', '.join(one.new)})" if one.new else ""
        lines.append(f"  {one.at:%Y-%m-%d %H:%M} UTC  {one.outlet.name}: {clean(one.title)}{new}")
    values = [
        {"at": one.at, "article": one.article, "outlet": one.outlet.id, "title": one.title, "new": one.new}
        for one in moments
    ]
    return Told(key="timeline", lines=tuple(lines), values={"phase": now_in, "moments": values})


async def explain_placement(subject: Subject) -> Told:
    """Why each article is in it, as stored, and what it was compared with, reckoned again.

    The index is rebuilt from the rows, and looked at before each of the story's articles. A story that takes
    no articles any more is no longer in it: only what is stored is told.
    """
    deps, members = subject.deps, {article.id: article for article in subject.articles}
    async with deps.store.begin() as tx:
        placements = await tx.placements(subject.story.id)
        logged = await tx.corrections(MOST_CORRECTIONS)
    found: dict[ArticleId, Explanation] = {}

    def watch(index: Index, row: Incoming, number: int) -> None:
        del number
        if row.article.id in members:
            found[row.article.id] = explain(index, row)

    await rebuilt(deps, watch)
    lines, values = [f"{count(len(placements), 'article')}:"], []
    for one in placements:
        again = found.get(one.article)
        lines += _placed(one, members.get(one.article), again)
        compared = again.as_dict()["compared"] if again else None
        values.append({**_row(one), "compared": compared})
    touching = [
        (number, one)
        for number, _, one in logged
        if subject.story.id in (one.source, one.target) or members.keys() & set(one.articles)
    ]
    lines += [f"correction {number}: {_told_of(one)}" for number, one in touching]
    if not found and placements:
        lines.append("What they were compared with is told of stories that still take articles.")
    return Told(key="placement", lines=tuple(lines), values=values)


def _placed(one: Placement, article: Article | None, again: Explanation | None) -> list[str]:
    said = {
        PlacementKind.JOIN: "joined",
        PlacementKind.FOUND: "founded a story",
        PlacementKind.DUPLICATE: "is a reprint",
    }[one.kind]
    who = f"{article.outlet}: {clean(article.title)}" if article else "no longer stored"
    lines = [f"article {one.article}, {who}", f"  {said}, similarity {one.similarity:.2f}: {clean(one.why)}"]
    for near in again.compared if again else ():
        verdict = "near enough" if near.passed else "not joined"
        lines.append(f"  {verdict}: story {near.story}, {clean(near.title)}: {near.why}")
        if near.parts is not None and near.article is not None:
            lines.append(f"    to its article {near.article}: {near.parts.text()}; shared: {near.words}")
    return lines


def _row(one: Placement) -> dict[str, Any]:
    return {
        "article": one.article,
        "kind": one.kind,
        "similarity": one.similarity,
        "why": one.why,
        "reprint_of": one.reprint_of,
    }


EXPLAINED: tuple[Callable[[Subject], Awaitable[Told]], ...] = (
    explain_importance,
    explain_topics,
    explain_timeline,
    explain_placement,
)
"""What ``explain`` tells, in order."""


@stories.command("explain")
def stories_explain(
    story: Annotated[int, typer.Argument(help="The story's number.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """The arithmetic: what makes it important, why it is in its topics, why its articles are in it."""

    async def work() -> tuple[Story, list[Told]]:
        async with app() as opened:
            subject = await _subject(opened.deps, story)
            return subject.story, [await tell(subject) for tell in EXPLAINED]

    found, told = run(work())
    if as_json:
        values: Mapping[str, Any] = {part.key: part.values for part in told}
        print_json({"story": found.id, "title": found.title, **values})
        return
    out.print(f"[bold]{found.id}[/]  {plain(found.title)}", highlight=False, soft_wrap=True)
    for part in told:
        out.print(Text("\n".join(part.lines)), soft_wrap=True)


async def _subject(deps: Deps, number: int) -> Subject:
    book = await likened(deps)
    vectors: Mapping[ArticleId, NDArray[Any]] = {}
    async with deps.store.begin() as tx:
        story = await tx.story(StoryId(number))
        if story is None:
            raise Misconfigured(
                "no such story", hint="`dateline stories list` names those of the last days", story=number
            )
        articles = await tx.articles(story.articles)
        if deps.embedder is not None:
            vectors = await tx.vectors(deps.embedder.name, story.articles)
    return Subject(deps=deps, book=book, story=story, articles=articles, vectors=vectors)


# ------------------------------------------------------------------------------------------- corrections

MOST_CORRECTIONS = 1000  # that are looked through for a story


@stories.command("list")
def stories_list(
    hours: Annotated[int, typer.Option(min=1, help="With an article of so many last hours.")] = 48,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """The stories of your topics with their numbers, latest first."""

    async def work() -> list[Story]:
        async with app() as opened:
            book = await catalogue(opened.deps)
            since = opened.deps.clock.now() - timedelta(hours=hours)
            async with opened.deps.store.begin() as tx:
                return [story for story, _ in await tx.stories_since(since, book.slugs)]

    found = sorted(run(work()), key=lambda story: (story.last_at, story.id), reverse=True)
    if as_json:
        print_json(
            [
                {"id": one.id, "title": one.title, "articles": one.articles, "last_at": one.last_at}
                for one in found
            ]
        )
        return
    table = Table("story", "articles", "outlets", "last", "title", box=None)
    for one in found:
        last = f"{one.last_at:%Y-%m-%d %H:%M}"
        table.add_row(str(one.id), str(len(one.articles)), str(one.voices), last, plain(one.title))
    print_table(table)


_STORY = typer.Argument(help="A story's number, see `dateline stories list`.")


@stories.command("merge")
def stories_merge(one: Annotated[int, _STORY], other: Annotated[int, _STORY]) -> None:
    """Make one story of two, for good; both numbers lead there."""
    _correct(lambda deps: correct(deps, StoryId(one), other=StoryId(other)))


@stories.command("split")
def stories_split(
    story: Annotated[int, _STORY],
    articles: Annotated[list[int], typer.Argument(help="As `dateline stories explain` numbers them.")],
) -> None:
    """Take articles out of a story into one of their own, for good: nothing joins the two again."""
    _correct(lambda deps: correct(deps, StoryId(story), articles=tuple(map(ArticleId, articles))))


@stories.command("undo")
def stories_undo(
    correction: Annotated[int, typer.Argument(help="Its number, see `dateline stories corrections`.")],
) -> None:
    """Take back a merge or a split, yours or the bot's own."""
    _correct(lambda deps: undo(deps, correction))


@stories.command("corrections")
def stories_corrections(
    most: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    *,
    by_hand: Annotated[bool, typer.Option("--by-hand", help="Only those by people.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Merges and splits, latest first: by people, and late merges of the bot."""

    async def work() -> tuple[tuple[int, datetime, Correction], ...]:
        async with app() as opened, opened.deps.store.begin() as tx:
            return await tx.corrections(most, by_hand=by_hand or None)

    found = run(work())
    if as_json:
        print_json([{"correction": number, "at": at, **asdict(one)} for number, at, one in found])
        return
    for number, at, one in found:
        out.print(Text(f"{number:>5}  {at:%Y-%m-%d %H:%M}  {_told_of(one)}"), soft_wrap=True)
    if not found:
        out.print("None.")


def _told_of(one: Correction) -> str:
    moved = count(len(one.articles), "article")
    did = f"{moved} of story {one.source} became story {one.target}"
    did = did if one.split else f"story {one.source} ({moved}) merged into {one.target}"
    return f"{did}{f', {clean(one.why)}' if one.why else ''}"


def _correct(work: Callable[[Deps], Awaitable[Correction]]) -> None:
    async def corrected() -> tuple[Correction, int]:
        async with app() as opened:
            done = await work(opened.deps)
            async with opened.deps.store.begin() as tx:
                logged = await tx.corrections(MOST_CORRECTIONS, by_hand=True)
            return done, next(number for number, _, one in logged if one == done)

    done, number = run(corrected())
    out.print(f"[green]✓[/] {plain(_told_of(done))}", highlight=False, soft_wrap=True)
    out.print(f"[dim]`dateline stories undo {number}` takes it back.[/]", highlight=False, soft_wrap=True)
