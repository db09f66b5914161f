"""``dateline check`` and ``dateline eval``: what the product promises, measured."""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from bot.adapters.summarizers import told_to_judge
from bot.domain import summaries
from bot.entrypoints.cli.session import JSON, app, err, out, plain, print_json, print_table, settings
from bot.errors import Code, DatelineError, Misconfigured
from bot.evaluation import TASKS, judging
from bot.pipeline.studio import refresh
from bot.types import ArticleId, CanonicalUrl, Source
from bot.wiring import prompt_of


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(check)
    cli.command("eval")(evaluate)


_FORM = '{"sources": ["text", …], "sentences": ["sentence", …]}'


def check(as_json: Annotated[bool, JSON] = False) -> None:
    """Check sentences against sources: JSON on standard input, {"sources": […], "sentences": […]}."""
    settings()
    if sys.stdin.isatty():
        err.print(f"Reading standard input: {_FORM}; Ctrl-D ends it.", highlight=False, markup=False)
    try:
        document = json.load(sys.stdin)
        texts = [_text(source) for source in _list(document["sources"])]
        sentences = [str(sentence) for sentence in _list(document["sentences"])]
    except (ValueError, KeyError, TypeError) as error:
        raise Misconfigured("standard input is not right", hint=_FORM) from error
    verdicts = summaries.check(sentences, [_source(n, text) for n, text in enumerate(texts, start=1)])
    if as_json:
        print_json(
            [
                {
                    "ok": verdict.ok,
                    "score": verdict.score,
                    "findings": [{"kind": f.kind, "span": f.span, "hard": f.hard} for f in verdict.findings],
                    "evidence": [list(pair) for pair in verdict.evidence],
                }
                for verdict in verdicts
            ]
        )
        return
    for sentence, verdict in zip(sentences, verdicts, strict=True):
        sign = "[green]✓[/]" if verdict.ok else "[red]✗[/]"
        found = ", ".join(f"{finding.kind}: {finding.span}" for finding in verdict.findings)
        told = f"{plain(sentence)}  [dim]{plain(found)}[/]"
        out.print(f"{sign} {verdict.score:.2f} {told}", highlight=False)


def _source(number: int, text: str) -> Source:
    return Source(
        number=number,
        article=ArticleId(number),
        outlet="",
        url=CanonicalUrl(""),
        title="",
        text=text,
        language="",
        published_at=datetime(1970, 1, 1, tzinfo=UTC),
    )


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise TypeError("sources and sentences are lists")


def _text(source: object) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, dict):
        return f"{source.get('title', '')}\n\n{source.get('text', '')}".strip()
    raise TypeError("a source is a text, or an object with title and text")


def evaluate(
    task: Annotated[str, typer.Argument(help=f"One of: {', '.join(TASKS)}.")],
    *,
    data: Annotated[Path, typer.Option(help="A folder or file in the task's format.")],
    words: Annotated[int | None, typer.Option(help="summaries: cut at this many words.")] = None,
    topics: Annotated[Path | None, typer.Option(help="routing: another topic file.")] = None,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="routing, clustering: plain ways too.")
    ] = False,
    method: Annotated[str | None, typer.Option(help="summaries: extractive (or llm, later).")] = None,
    embedder: Annotated[str | None, typer.Option(help="clustering, routing: auto, offline or none.")] = None,
    half: Annotated[str | None, typer.Option(help="injected: dev, kept or all.")] = None,
    show: Annotated[
        str | None, typer.Option(help="injected: list missed errors of this kind (half dev only).")
    ] = None,
    judge: Annotated[
        bool,
        typer.Option("--judge", help="faithfulness: ask the model of what the check doubts, and calibrate."),
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Run what production runs on labelled data, and print the figures."""
    settings()
    if task not in TASKS:
        raise Misconfigured(f"no such task: {task}", hint=f"one of {', '.join(TASKS)}")
    if not data.exists():
        raise Misconfigured("no such data", hint="a file or a folder in the format of the task", path=data)
    if judge and task != "faithfulness":
        raise Misconfigured(
            f"--judge says nothing to {task}", hint="dateline eval faithfulness --judge --data PATH"
        )
    runner: Callable[..., Mapping[str, Any] | Awaitable[Mapping[str, Any]]] = TASKS[task]()
    runner = _calibrated if judge else runner
    given: dict[str, Any] = {"words": words, "topics": topics, "method": method, "embedder": embedder}
    given |= {"baseline": baseline or None, "half": half, "show": show}
    options = {name: value for name, value in given.items() if value is not None}
    for name in options:
        if name not in inspect.signature(runner).parameters:
            raise Misconfigured(f"--{name} says nothing to {task}", hint=f"dateline eval {task} --data PATH")
    try:
        result = runner(data, **options)
        figures = asyncio.run(_wait(result)) if inspect.isawaitable(result) else result
    except (ValueError, KeyError, TypeError) as error:
        hint = f"is it in the format of {task}? bot/evaluation/{task}.py tells it"
        raise Misconfigured("the data cannot be read", hint=hint, path=data) from error
    if as_json:
        print_json(figures)
        return
    table = Table("figure", "value", box=None)
    for name, value in _rows(figures):
        table.add_row(plain(name), plain(value))
    print_table(table)


async def _calibrated(data: Path) -> Mapping[str, Any]:
    """The configured model as a judge; its calls stand in the ledger like all others."""
    async with app(fresh=False) as opened:
        model, ledger = opened.model, opened.ledger
        if model is None:
            raise Misconfigured(
                "no model is configured", hint="set OPENAI_API_KEY or OPENAI_BASE_URL in .env"
            )
        book = await refresh(opened.deps)
        prompt = book.find(("judge",)) or prompt_of(opened.settings, "judge")

        async def ask(messages: Sequence[Mapping[str, str]]) -> float:
            entry = ledger.open(task="judge", model=model.model, prompt=prompt.hash)
            code: Code | None = None
            try:
                return await model.sureness(messages, usage=entry.usage)
            except DatelineError as error:
                code = error.code
                raise
            finally:
                await entry.close(code)

        return await judging.calibrate(data, ask, told_to_judge(prompt, "en"))


def _rows(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Figures as lines; an inner table gets a line each, with what it says in short."""
    for name, value in figures.items():
        if not isinstance(value, Mapping):
            yield name, f"{value:.4f}" if isinstance(value, float) else str(value)
            continue
        for key, inner in value.items():
            told = inner.items() if isinstance(inner, Mapping) else [("", inner)]
            yield (
                str(key),
                ", ".join(f"{word} {said}".strip() for word, said in told if said not in ("", None)),
            )


async def _wait(result: Awaitable[Mapping[str, Any]]) -> Mapping[str, Any]:
    return await result
