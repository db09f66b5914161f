"""Renders the sample digest in every form; ``python -m tests.golden.write`` writes the golden files anew.

Read the difference before you commit it: these files are what readers see.
"""

from __future__ import annotations

import functools
import io
import json
from pathlib import Path

from rich.console import Console

from bot.domain import cards, messages, pages
from bot.domain.messages import Doors
from bot.entrypoints.cli import show
from bot.types import Limits, Part
from tests.golden.sample import coverage, empty, sample, view, wording

HERE = Path(__file__).parent


def _message(part: Part) -> str:
    """Text, a line, and one line per entity: kind, what it covers, address."""
    wide = part.text.encode("utf-16-le")
    lines = [part.text, "-" * 20]
    for entity in part.entities:
        covered = wide[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le")
        lines.append(f"{entity.kind} {entity.offset}+{entity.length} {covered!r} {entity.url}".rstrip())
    lines.extend(
        " | ".join(f"[{button.text}] {button.data or button.url}" for button in row) for row in part.buttons
    )
    return "\n".join(lines) + "\n"


def _chat(language: str) -> dict[str, str]:
    """What Telegram shows, in both forms, and the card and its reasons."""
    words, digest = wording(language), sample(language)
    doors = Doors("dateline_bot", private=language != "zh-Hant")
    made = messages.parts(digest, Limits(), words, doors)
    (whole,) = messages.parts(digest, Limits(), words, doors, form="rich")
    return {
        f"message.{language}.txt": "\n".join(_message(part) for part in made),
        f"rich.{language}.json": json.dumps(whole.rich, ensure_ascii=False, indent=1) + "\n",
        f"card.{language}.txt": _message(cards.card(view(language), words)),
        f"why.{language}.txt": _message(cards.why(view(language), words)),
    }


def _terminal(language: str) -> str:
    page = io.StringIO()
    console = Console(file=page, width=80, force_terminal=False, color_system=None, legacy_windows=False)
    show.digest(console, sample(language), wording(language))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


@functools.cache
def renderings() -> dict[str, str]:
    """File name -> what should stand in it."""
    made: dict[str, str] = {}
    for language in ("en", "zh", "ar"):
        words, digest = wording(language), sample(language)
        made[f"page.{language}.html"] = pages.html(digest, words)
        made[f"text.{language}.txt"] = pages.text(digest, words)
        made[f"terminal.{language}.txt"] = _terminal(language)
        quiet = [
            empty(coverage(feeds, fine), language=language) for feeds, fine in ((38, 38), (38, 36), (38, 3))
        ]
        made[f"quiet.{language}.txt"] = (
            "\n\n".join(messages.parts(one, Limits(), words)[0].text for one in quiet) + "\n"
        )
    for language in ("en", "zh-Hant", "ar"):
        made |= _chat(language)
    simplified = messages.parts(sample("zh"), Limits(), wording("zh"))
    made["message.zh.txt"] = "\n".join(_message(part) for part in simplified)
    made["digest.json"] = json.dumps(pages.as_json(sample()), ensure_ascii=False, indent=1) + "\n"
    split = messages.parts(sample(), Limits(units=700), wording("en"))
    made["message.split.txt"] = "\n".join(_message(part) for part in split)
    return made


if __name__ == "__main__":
    for name, content in renderings().items():
        (HERE / name).write_text(content, encoding="utf-8")
