"""What an edit changed, line by line and word by word; and a new body under the old settings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.prompts.files import FRONT, VARIABLE

CONTEXT = 1
"""Unchanged lines shown around a change."""
ALIKE = 0.5
"""Share of words in common (difflib's ratio) from which two lines are one line changed, not two lines."""
_WORD = re.compile(r"\s+|[^\W\u2e80-\uffff]+|.", re.DOTALL)
_LISTED = re.compile(r"(?m)^variables:.*(?:\r?\n[ \t]*-[ \t].*)*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a difference. ``sign``: "-" gone, "+" new, " " kept, "…" unchanged lines left out.

    ``pieces`` are the line's text in order, each with whether just this has changed.
    """

    sign: str
    pieces: tuple[tuple[str, bool], ...] = ()

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(text for text, _ in self.pieces)


def difference(old: str, new: str) -> tuple[Line, ...]:
    """What must be done to ``old`` to have ``new``; () where they say the same."""
    before, after = ([line.rstrip() for line in text.splitlines()] for text in (old, new))
    groups = difflib.SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT)
    made: list[Line] = []
    for group in groups:
        if group[0][1] > 0 or made:
            made.append(Line(sign="…"))
        for kind, a1, a2, b1, b2 in group:
            if kind == "equal":
                made += [_whole(" ", line) for line in before[a1:a2]]
            else:
                made += _changed(before[a1:a2], after[b1:b2])
    return tuple(made)


def _changed(gone: Sequence[str], come: Sequence[str]) -> Iterator[Line]:
    """Lines that stand at the same place and are alike are marked by words; others are gone or new."""
    for at in range(max(len(gone), len(come))):
        old, new = (lines[at] if at < len(lines) else None for lines in (gone, come))
        if old is not None and new is not None:
            yield from _paired(old, new)
        elif old is not None:
            yield _whole("-", old)
        elif new is not None:
            yield _whole("+", new)


def _paired(old: str, new: str) -> Iterator[Line]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    matcher = difflib.SequenceMatcher(None, before, after)
    if matcher.ratio() < ALIKE:
        yield _whole("-", old)
        yield _whole("+", new)
        return
    steps = matcher.get_opcodes()
    yield Line(sign="-", pieces=_pieces([("".join(before[a:b]), kind) for kind, a, b, _, _ in steps]))
    yield Line(sign="+", pieces=_pieces([("".join(after[a:b]), kind) for kind, _, _, a, b in steps]))


def _pieces(steps: Sequence[tuple[str, str]]) -> tuple[tuple[str, bool], ...]:
    return tuple((text, kind != "equal") for text, kind in steps if text)


def _whole(sign: str, line: str) -> Line:
    return Line(sign=sign, pieces=((line, False),) if line else ())


def with_body(file: str, body: str) -> str:
    """The file's block of settings over another body; its list of variables follows the body.

    A text that has a block of its own is given back as it is.
    """
    if FRONT.match(body.removeprefix("\ufeff")):
        return body
    split = FRONT.match(file.removeprefix("\ufeff"))
    if split is None:
        return body
    used = list(dict.fromkeys(VARIABLE.findall(body)))

    def listed(known: re.Match[str]) -> str:
        kept = [one for one in re.findall(r"\w+", known[0])[1:] if one in used]
        return f"variables: [{', '.join(dict.fromkeys([*kept, *used]))}]"

    front = _LISTED.sub(listed, split[1])
    return f"---\n{front}\n---\n{body.strip()}\n"


def body_of(file: str) -> str:
    """The text under the block of settings."""
    split = FRONT.match(file.removeprefix("\ufeff"))
    return (split[2] or "").strip() if split else file
