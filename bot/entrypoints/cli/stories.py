"""``dateline stories``: why a story stands where it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.text import Text

from bot.domain import ranking
from bot.domain.evidence import Explained
from bot.entrypoints.cli.session import JSON, app, out, plain, print_json, run
from bot.errors import Misconfigured
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.ports import Deps
from bot.types import Article, Story, StoryId

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
        for row in subject.book.router.explain(article.title, article.text, article.language):
            known = best.get(row.topic)
            if known is None or row.score > known[0].score:
                best[row.topic] = row, article
    lines = [f"{match.topic}: {match.score:.2f}, {match.why}" for match in subject.story.topics]
    for row, article in best.values():
        lines += [f"by its article {article.id}, {article.title}", *row.text().splitlines()]
    values = {slug: {"article": article.id, **row.as_dict()} for slug, (row, article) in best.items()}
    return Told(key="topics", lines=tuple(lines), values=values)


EXPLAINED: tuple[Callable[[Subject], Awaitable[Told]], ...] = (explain_importance, explain_topics)
"""What ``explain`` tells, in order. The placement of its articles joins here."""


@stories.command("explain")
def stories_explain(
    story: Annotated[int, typer.Argument(help="The story's number.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """The arithmetic: why a story is in its topics, and what makes it important."""

    async def work() -> tuple[Story, list[Told]]:
        async with app() as opened:
            subject = await _subject(opened.deps, story)
            return subject.story, [await explain(subject) for explain in EXPLAINED]

    found, told = run(work())
    if as_json:
        values: Mapping[str, Any] = {part.key: part.values for part in told}
        print_json({"story": found.id, "title": found.title, **values})
        return
    out.print(f"[bold]{found.id}[/]  {plain(found.title)}", highlight=False, soft_wrap=True)
    for part in told:
        out.print(Text("\n".join(part.lines)), soft_wrap=True)


async def _subject(deps: Deps, number: int) -> Subject:
    book = await catalogue(deps)
    async with deps.store.begin() as tx:
        story = await tx.story(StoryId(number))
        if story is None:
            raise Misconfigured("no such story", hint="a digest in JSON names its stories", story=number)
        articles = await tx.articles(story.articles)
    return Subject(deps=deps, book=book, story=story, articles=articles)
