"""Labelled data, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.errors import Misconfigured


def read_lines(path: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    """The objects of a file, each with at least these keys.

    Raises:
        Misconfigured: no such file, or a line that is no such object, by number.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            "cannot read the data", hint="one JSON object a line, UTF-8", file=path
        ) from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise Misconfigured("this line is no JSON", file=path, line=number) from error
        missing = [key for key in needed if not isinstance(row, dict) or key not in row]
        if missing:
            raise Misconfigured(f"this line lacks {', '.join(missing)}", file=path, line=number)
        rows.append(row)
    return rows
