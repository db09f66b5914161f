"""Labelled data, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.errors import Misconfigured

HINT = "docs/guide.md names the fields of each task; the file is UTF-8, one JSON object a line"


def read_lines(
    path: Path, needed: Sequence[str], reads: Mapping[str, Callable[[Any], Any]] | None = None
) -> list[dict[str, Any]]:
    """The objects of a file, each with at least these keys.

    Blank lines, CRLF and a byte order mark do no harm.

    Args:
        path: the file.
        needed: keys without which a line says nothing.
        reads: how the value of a key is read; one that it raises ValueError for is named with its line.

    Raises:
        Misconfigured: no such file, nothing in it, or a line that is no such object, by number.
    """
    try:
        # Not splitlines(): a text may hold separators of Unicode, which JSON does not escape.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured("cannot read the data", hint=HINT, file=path) from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise Misconfigured("this line is no JSON", hint=HINT, file=path, line=number) from error
        missing = [key for key in needed if not isinstance(row, dict) or key not in row]
        if missing:
            said = f"this line lacks {', '.join(missing)}"
            raise Misconfigured(said, hint=HINT, file=path, line=number)
        for key, read in (reads or {}).items():
            try:
                row[key] = read(row.get(key))
            except ValueError as error:
                raise Misconfigured(f"{key} {error}", hint=HINT, file=path, line=number) from error
        rows.append(row)
    if not rows:
        raise Misconfigured("there is no data in it", hint=HINT, file=path)
    return rows


def text(value: Any) -> str:
    """A text; "" for null."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"wants text, not {_short(value)}")  # noqa: TRY004 - a value of the data, not of ours
    return value


def words(value: Any) -> str:
    """A text that has to be there."""
    if not text(value).strip():
        raise ValueError("is empty")
    return str(value)


def labels(value: Any) -> tuple[str, ...]:
    """A list of names, each once; none for null."""
    listed = [] if value is None else value
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise ValueError(f"wants a list of names, not {_short(value)}")
    return tuple(dict.fromkeys(listed))


def truth(value: Any) -> bool:
    """True or false; 1 and 0 will do."""
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise ValueError(f"wants true or false, not {_short(value)}")


def label(value: Any) -> str:
    """A name or a number that names something."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError(f"wants a name, not {_short(value)}")
    return str(value)


def moment(value: Any) -> datetime | None:
    """A moment in ISO 8601, UTC where it names no zone; None for null and ""."""
    if value is None or value == "":
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"wants a moment as in 2026-03-02T06:00:00Z, not {_short(value)}") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def tongue(value: Any) -> str:
    """A language as articles carry it, two letters or three; "" where it says none ("zh-Hant" is "zh")."""
    code = text(value).replace("_", "-").split("-")[0].strip().lower()
    return "" if code in ("und", "unknown", "mul", "none") else code


def _short(value: Any) -> str:
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= 40 else f"{said[:40]}…"
