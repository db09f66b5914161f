"""``dateline prompts edit, preview, test, activate, rollback, compare, style``: drafts, gate, way back."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import click
import typer
from rich.text import Text

from bot.domain import prompts as texts
from bot.entrypoints import prompts as desk
from bot.entrypoints.cli import promptviews as views
from bot.entrypoints.cli.promptopen import (
    Name,
    Scope,
    Version,
    Why,
    chat_of,
    me,
    opened,
    place_of,
    reason,
)
from bot.entrypoints.cli.session import (
    JSON,
    Bars,
    count,
    out,
    plain,
    print_json,
    print_table,
    run,
    settings,
)
from bot.errors import Broken, Misconfigured
from bot.pipeline import studio
from bot.pipeline.bookshelf import STYLE_OF, set_chat_style
from bot.pipeline.prompt_files import take_style
from bot.types import PromptVersion


def register(prompts: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (edit, preview, activate, rollback, compare, style):
        prompts.command()(command)
    prompts.command("test")(try_out)


def edit(
    name: Name,
    file: Annotated[str, typer.Option(help="A file with the new text; - is standard input.")] = "",
    why: Why = "",
) -> None:
    """Write a new version: in $EDITOR on the live text, or from --file. It is kept as a draft."""

    async def start() -> desk.Shelf:
        async with opened() as house:
            return await desk.shelf(house.deps, name)

    async def finish(text: str, seen: int | None) -> tuple[PromptVersion, bool, desk.Shelf, str]:
        async with opened() as house:
            kept, added = await studio.draft(
                house.deps, name, text, by=me(), origin="command", why=reason(why)
            )
            now = await desk.shelf(house.deps, name)
            other = now.live is not None and now.revision != seen
            who = await desk.who(house.deps, now.live.by) if other and now.live else ""
            return kept, added, now, who

    before = run(start())
    old = before.current.text if before.current else ""
    text = _given(file) if file else _edited(old, name)
    text = texts.with_body(old, text)
    try:
        kept, added, now, who = run(finish(text, before.revision))
    except Misconfigured as error:
        if not file:  # what was typed must not be lost with the editor's window
            raise _saved(error, name, text) from None
        raise
    told = "draft" if added else f"known already, {kept.state.replace('_', ' ')}"
    out.print(f"[green]✓[/] {name} {kept.hash}: {told}", highlight=False)
    if who:
        out.print(
            f"[yellow]·[/] {plain(who)} made {now.revision and now.live and now.live.hash} live meanwhile"
        )
    out.print(f"  next: dateline prompts preview {name} {kept.hash[:6]}, then activate", style="dim")


def _given(file: str) -> str:
    if file == "-":
        return desk.utf8(sys.stdin.buffer.read(), "standard input")
    path = Path(file)
    if not path.is_file():
        raise Misconfigured("no such file", hint="name a text file, or - for standard input", file=file)
    return desk.utf8(path.read_bytes(), file)


def _edited(old: str, name: str, extension: str = ".md") -> str:
    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        raise Misconfigured("no editor is set", hint="set EDITOR=nano, or use --file", prompt=name)
    try:
        new = click.edit(old, extension=extension)
    except click.ClickException as error:
        raise Misconfigured(error.format_message(), hint="set EDITOR, or use --file", prompt=name) from error
    if new is None or new == old:
        raise Misconfigured("nothing was changed", hint="save in the editor, then close it", prompt=name)
    return new


def _saved(error: Misconfigured, name: str, text: str) -> Misconfigured:
    path = settings().data / f"rejected-{name}.md"
    path.write_text(text, encoding="utf-8")
    return Misconfigured(
        f"not saved as a draft: {error.message}",
        hint=f"your text is in {path}: correct it, then dateline prompts edit {name} --file {path}",
    )


def preview(
    name: Name,
    version: Version = "draft",
    stories: Annotated[str, typer.Option(help="Numbers of stories: 1,2,3. Typical ones when left out.")] = "",
    language: Annotated[str, typer.Option(help="To tell them in.")] = "en",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Three stored stories as this version and the live one tell them; nothing is changed or posted."""

    async def work(progress: Any) -> tuple[PromptVersion, str, tuple[studio.Pair, ...]]:
        async with opened(progress=progress) as house:
            found = await desk.shelf(house.deps, name)
            picked = desk.pick(found, version)
            briefs = await desk.briefs(house.deps, chosen, language=language, version=picked)
            live = found.live.hash if found.live else ""
            return picked, live, await studio.preview(house.deps, picked, briefs)

    chosen = _numbers(stories)
    with Bars() as progress:
        picked, live, pairs = run(work(progress))
    if as_json:
        rows = [(one.brief.story, views.told_row(one.draft), views.told_row(one.live)) for one in pairs]
        print_json([{"story": story, "draft": draft, "live": other} for story, draft, other in rows])
        return
    for pair in pairs:
        views.pair(pair, picked.hash, live)


def _numbers(text: str) -> list[int]:
    pieces = [one.strip() for one in text.split(",") if one.strip()]
    if not all(one.isascii() and one.isdigit() and len(one) < 16 for one in pieces) or len(pieces) > 10:
        raise Misconfigured("--stories is not right", hint="up to ten numbers: --stories 1,2,3", stories=text)
    return [int(one) for one in pieces]


def try_out(
    name: Name, version: Version = "draft", scope: Scope = "", as_json: Annotated[bool, JSON] = False
) -> None:
    """Run the samples on this version and on the live one; exit code 1 when the gate would refuse it."""

    async def work(progress: Any) -> studio.Trial:
        async with opened(progress=progress) as house:
            place = await place_of(house.deps, scope)
            picked = desk.pick(await desk.shelf(house.deps, name), version)
            return await studio.try_out(house.deps, picked, scope=place, by=me())

    with Bars() as progress:
        trial = run(work(progress))
    if as_json:
        print_json(trial.figures())
    _judged(trial, "the gate would refuse it", quiet=as_json)


def _judged(trial: studio.Trial, said: str, *, quiet: bool = False, forced: bool = False) -> None:
    """Print the figures. Raises Broken where something speaks against the version and nobody forces it."""
    if not quiet:
        print_table(views.trial_table(trial))
    against = "; ".join(one.text() for one in trial.objections)
    if against and not forced:
        hint = "correct it; or, as the owner: dateline prompts activate NAME VERSION --force REASON"
        raise Broken(f"{said}: {against}", hint=hint)
    if against:
        out.print(f"[yellow]·[/] in spite of: {against}", highlight=False, soft_wrap=True)


def activate(
    name: Name,
    version: Version,
    force: Annotated[str, typer.Option(help="A reason: as the owner, whatever speaks against it.")] = "",
    scope: Scope = "",
) -> None:
    """Make a version live, if it tells the samples no worse than the live one; else exit code 1."""

    async def work(progress: Any) -> tuple[str, studio.Trial | None]:
        async with opened(progress=progress) as house:
            place = await place_of(house.deps, scope)
            pointer = await studio.live(house.deps, name, place)
            picked = desk.pick(await desk.shelf(house.deps, name), version)
            seen = pointer.revision if pointer else None
            return picked.hash, await studio.activate(
                house.deps, picked, by=me(), expected=seen, scope=place, force=reason(force)
            )

    with Bars() as progress:
        hash_, trial = run(work(progress))
    if trial is None:
        out.print(f"{name} {hash_} is live already.", highlight=False)
        return
    _judged(trial, "refused, the live version stays", forced=bool(force))
    where = f" for {scope}" if scope else ""
    out.print(f"[green]✓[/] {name} {hash_} is live{where}. It is watched; rollback brings the old one back.")


def rollback(name: Name, why: Why = "", scope: Scope = "") -> None:
    """The version before, live again; a topic without one uses the house's again."""

    async def work() -> str:
        async with opened() as house:
            place = await place_of(house.deps, scope)
            await desk.shelf(house.deps, name)
            back = await studio.rollback(house.deps, name, by=me(), why=reason(why), scope=place)
            return back.hash if back else "of the house"

    out.print(f"[green]✓[/] {name} {run(work())} is live again.", highlight=False)


def compare(
    name: Name,
    version: Version,
    days: Annotated[int, typer.Option(help="1 to 30.")] = 7,
    scope: Scope = "",
) -> None:
    """Tell half of the stories by this version for some days (A/B); `history` shows both side by side."""

    async def work(progress: Any) -> tuple[str, studio.Trial]:
        async with opened(progress=progress) as house:
            place = await place_of(house.deps, scope)
            picked = desk.pick(await desk.shelf(house.deps, name), version)
            return picked.hash, await studio.compare(house.deps, picked, by=me(), days=days, scope=place)

    with Bars() as progress:
        hash_, trial = run(work(progress))
    _judged(trial, "refused, nothing is compared")
    out.print(
        f"[green]✓[/] {name} {hash_} tells half of the stories for {count(days, 'day')}.", highlight=False
    )


def style(
    action: Annotated[str, typer.Argument(metavar="[show|edit]")] = "show",
    file: Annotated[
        str, typer.Option(help="With edit: a file with the new style; - is standard input.")
    ] = "",
    chat: Annotated[str, typer.Option(help="Of one chat alone: what it adds to the house's.")] = "",
) -> None:
    """The house style, one small text that reaches every prompt: show it, or edit it."""

    async def read() -> str:
        async with opened() as house:
            if not chat:
                return await desk.style_text(house.deps)
            key = f"{STYLE_OF}{await chat_of(house.deps, chat)}"
            async with house.deps.store.begin() as tx:
                return await tx.note(key) or ""

    async def write(text: str) -> str:
        async with opened() as house:
            if not chat:
                return await take_style(house.deps, text, by_hand=True)
            most = settings().chat_style
            return await set_chat_style(house.deps, await chat_of(house.deps, chat), text, most=most)

    if action == "show":
        told = run(read())
        sys.stdout.write(told if told.endswith("\n") or not told else f"{told}\n")
        if chat and not told:
            out.print("This chat has no style of its own: it sounds as the house does.", style="dim")
        return
    if action != "edit":
        raise Misconfigured(
            f"there is no {action!r} of the style", hint="dateline prompts style show, or edit"
        )
    text = _given(file) if file else _edited(run(read()), "style", ".yaml")
    try:
        told = run(write(text))
    except Misconfigured as error:
        if file:
            raise
        raise _saved(error, "style", text) from None
    told_to = "Every prompt that tells this chat is told" if chat else "Every prompt is told"
    none = "This chat sounds as the house does again." if chat else "There is no house style."
    out.print(f"[green]✓[/] {told_to}:" if told else f"[green]✓[/] {none}")
    out.print(Text(told), soft_wrap=True)
