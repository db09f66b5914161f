"""What somebody asks for in a line of chat: topics by any of their names, and how far back."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.terms import simplified
from bot.types import Topic, TopicSlug

SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=30)
"""How far back can be asked for."""

_HOURS = "h|hr|hrs|hours?|小时|時|时|ساعات|ساعة|س"
_DAYS = "d|days?|天|日|أيام|ايام|يوما|يوم|ي"
_WEEKS = "w|weeks?|周|週|星期|أسابيع|اسابيع|أسبوع|اسبوع"
_WINDOW = re.compile(rf"(?<!\w)(\d{{1,4}})\s*(?:(?P<h>{_HOURS})|(?P<d>{_DAYS})|(?P<w>{_WEEKS}))(?!\w)")
_SPLIT = re.compile(r"[\s,;،、，]+")
_FULL = re.compile(r"(?<!\w)(?:full|everything|全部|完整|全文|كامل|كاملا|كاملة|الكل)(?!\w)")
_NEAR = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for. ``topics`` empty: those of the chat; ``window`` None: since the last digest."""

    topics: tuple[TopicSlug, ...] = ()
    full: bool = False  # also what was told before
    window: timedelta | None = None
    unknown: str = ""  # what is neither topic nor time, as written
    near: tuple[TopicSlug, ...] = ()  # topics that it may have meant, likeliest first; else all


def wish(line: str, topics: Sequence[Topic]) -> Wish:
    """What this line asks for.

    A topic is named by its slug or by its name in any language; several may stand side by side.
    """
    rest, window = _window(simplified(line.casefold()))
    full = _FULL.search(rest) is not None
    rest = _FULL.sub(" ", rest)
    # A topic's name may hold "and", and be the beginning of another's: the longest is looked for first.
    spelled = sorted(_spellings(topics), key=lambda item: -len(item[0]))
    places: dict[TopicSlug, int] = {}
    for name, slug in spelled:
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", rest)
        if found:
            places.setdefault(slug, found.start())
            rest = rest[: found.start()] + " " * len(name) + rest[found.end() :]
    unknown = " ".join(word for word in _SPLIT.split(rest) if word)
    chosen = tuple(sorted(places, key=lambda slug: places[slug]))
    near = _near(unknown, spelled, topics) if unknown else ()
    return Wish(topics=chosen, full=full, window=window, unknown=unknown, near=near)


def hours(window: timedelta | None) -> int:
    """Whole hours of a window, 0 for none: what fits into a button."""
    return int(window / timedelta(hours=1)) if window else 0


def _window(line: str) -> tuple[str, timedelta | None]:
    found = _WINDOW.search(line)
    if not found:
        return line, None
    number = int(found[1])
    days = number * 7 if found["w"] else number if found["d"] else 0
    asked = timedelta(days=min(days, 9999), hours=number if found["h"] else 0)
    rest = line[: found.start()] + " " * len(found[0]) + line[found.end() :]
    return rest, max(SHORTEST, min(asked, LONGEST))


def _spellings(topics: Sequence[Topic]) -> set[tuple[str, TopicSlug]]:
    made = set()
    for topic in topics:
        for name in (topic.slug, *topic.names.values()):
            made.add((simplified(name.casefold()), topic.slug))
            made.add((simplified(name.casefold().replace("-", " ")), topic.slug))
    return made


def _near(
    unknown: str, spelled: Sequence[tuple[str, TopicSlug]], topics: Sequence[Topic]
) -> tuple[TopicSlug, ...]:
    likely: dict[TopicSlug, float] = {}
    for name, slug in spelled:
        score = difflib.SequenceMatcher(None, unknown, name).ratio()
        if name.startswith(unknown) or unknown in name.split():
            score = 1.0
        if score >= _NEAR:
            likely[slug] = max(score, likely.get(slug, 0.0))
    ordered = sorted(likely, key=lambda slug: -likely[slug])
    return tuple(ordered) or tuple(topic.slug for topic in topics)
