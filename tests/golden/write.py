"""Renders the sample digest in every form; ``python -m tests.golden.write`` writes the golden files anew.

Read the difference before you commit it: these files are what readers see.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

from rich.console import Console

from bot.domain import messages, pages
from bot.entrypoints.cli import show
from bot.types import Limits, Part
from tests.golden.sample import coverage, empty, sample, wording

HERE = Path(__file__).parent


def _message(part: Part) -> str:
    """Text, a line, and one line per entity: kind, what it covers, address."""
    wide = part.text.encode("utf-16-le")
    lines = [part.text, "-" * 20]
    for entity in part.entities:
        covered = wide[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le")
        lines.append(f"{entity.kind} {entity.offset}+{entity.length} {covered!r} {entity.url}".rstrip())
    return "\n".join(lines) + "\n"


def _terminal(language: str) -> str:
    page = io.StringIO()
    console = Console(file=page, width=80, force_terminal=False, color_system=None, legacy_windows=False)
    show.digest(console, sample(language), wording(language))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def renderings() -> dict[str, str]:
    """File name -> what should stand in it."""
    made: dict[str, str] = {}
    for language in ("en", "zh", "ar"):
        words, digest = wording(language), sample(language)
        whole = messages.parts(digest, Limits(), words)
        made[f"message.{language}.txt"] = "\n".join(_message(part) for part in whole)
        made[f"page.{language}.html"] = pages.html(digest, words)
        made[f"text.{language}.txt"] = pages.text(digest, words)
        made[f"terminal.{language}.txt"] = _terminal(language)
        quiet = [
            empty(coverage(feeds, fine), language=language) for feeds, fine in ((38, 38), (38, 36), (38, 3))
        ]
        made[f"quiet.{language}.txt"] = (
            "\n\n".join(messages.parts(one, Limits(), words)[0].text for one in quiet) + "\n"
        )
    made["digest.json"] = json.dumps(pages.as_json(sample()), ensure_ascii=False, indent=1) + "\n"
    split = messages.parts(sample(), Limits(units=700), wording("en"))
    made["message.split.txt"] = "\n".join(_message(part) for part in split)
    return made


if __name__ == "__main__":
    for name, content in renderings().items():
        (HERE / name).write_text(content, encoding="utf-8")
