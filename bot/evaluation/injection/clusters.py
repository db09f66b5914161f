"""Stories to inject errors into: their articles and sentences that are true of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from bot.domain import terms
from bot.errors import Misconfigured
from bot.evaluation.lines import read_lines
from bot.types import ArticleId, CanonicalUrl, Source

Half = Literal["dev", "kept"]
VERBATIM = "verbatim"
"""The kind of a clean sentence that was taken from an article because nobody wrote one."""
PER_ARTICLE = 3
"""Sentences taken from an article of a story without clean ones."""
_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
_COMMON = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "a",
        "that",
        "for",
        "on",
        "with",
        "by",
        "from",
        "at",
        "is",
        "was",
        "said",
        "has",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """A true sentence; ``until``: it was written from the articles up to this moment, None all of them."""

    id: str
    text: str
    kind: str
    language: str  # en, zh, ar, or "" for another: by its own script and words
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A story: its articles in order of time, and sentences that are true of them."""

    id: str
    topic: str
    sources: tuple[Source, ...]
    clean: tuple[Clean, ...]
    half: Half
    """``dev`` may be looked at and tuned on, ``kept`` never."""

    def upto(self, until: datetime | None) -> tuple[Source, ...]:
        """The articles that a sentence of this moment was written from (all of them, if none was out)."""
        there = tuple(one for one in self.sources if until is None or one.published_at <= until)
        return there or self.sources


def read(path: Path) -> tuple[Cluster, ...]:
    """The clusters of a file, in its order.

    A line is a story, ``{"id", "topic"?, "sources": [{"title", "text", "outlet"?, "language"?,
    "published_at"?}], "clean"?: [{"text", "kind", "until"?}], "half"?: "dev" | "kept"}``, or, as in the data
    for clustering, an article with its ``story``. Without ``clean``, sentences of the articles stand in
    (:data:`VERBATIM`); without ``half`` it is told by the parity of a hash of the id.

    Raises:
        Misconfigured: no stories, or a line of another form, by number.
    """
    rows = read_lines(path, ())
    if rows and "story" in rows[0] and "sources" not in rows[0]:
        rows = _grouped(rows)
    found = []
    for number, row in enumerate(rows, start=1):
        try:
            found.append(_cluster(row))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            hint = "a line needs id and sources (title, text), half is dev or kept; or it is an article with its story"
            raise Misconfigured("this story is not right", hint=hint, file=path, story=number) from error
    if not found:
        raise Misconfigured("no stories to inject errors into", hint="one JSON object a line", file=path)
    return tuple(found)


def language_of(text: str) -> str:
    """``zh``, ``ar`` or ``en`` by script and, for English, its commonest words; "" for anything else."""
    if len(re.findall(r"[\u3400-\u9fff]", text)) >= 4:
        return "" if re.search(r"[\u3040-\u30ff]", text) else "zh"
    if len(re.findall(r"[\u0620-\u064a]", text)) >= 6:
        return "ar"
    words = set(re.findall(r"[a-z]+", text.casefold()))
    return "en" if text.isascii() or len(words & _COMMON) >= 2 else ""


def _grouped(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    stories: dict[str, dict[str, Any]] = {}
    for row in rows:
        story = stories.setdefault(str(row["story"]), {"id": str(row["story"]), "sources": []})
        story["sources"].append(row)
    return list(stories.values())


def _cluster(row: Mapping[str, Any]) -> Cluster:
    name = str(row["id"])
    given = sorted(
        ((_moment(one.get("published_at")) or _UNDATED, at, one) for at, one in enumerate(row["sources"])),
        key=lambda key: key[:2],
    )
    sources = tuple(_source(number, when, one) for number, (when, _, one) in enumerate(given, start=1))
    if not sources:
        raise ValueError("no sources")
    rows = row.get("clean")
    clean = taken(name, sources) if rows is None else tuple(_clean(name, at, x) for at, x in enumerate(rows))
    topic, half = str(row.get("topic") or ""), _half(name, row.get("half"))
    return Cluster(id=name, topic=topic, sources=sources, clean=clean, half=half)


def _half(name: str, said: object) -> Half:
    if said is None:
        return "kept" if sha256(name.encode()).digest()[0] % 2 else "dev"
    if said == "dev":
        return "dev"
    if said == "kept":
        return "kept"
    raise ValueError("half is neither dev nor kept")


def _source(number: int, when: datetime, row: Mapping[str, Any]) -> Source:
    return Source(
        number=number,
        article=ArticleId(number),
        outlet=str(row.get("outlet") or ""),
        url=CanonicalUrl(""),
        title=str(row.get("title") or ""),
        text=str(row["text"]) or str(row.get("title") or ""),
        language=str(row.get("language") or ""),
        published_at=when,
    )


def _clean(story: str, at: int, row: Mapping[str, Any]) -> Clean:
    text = str(row["text"])
    return Clean(
        id=f"{story}/{at}",
        text=text,
        kind=str(row.get("kind") or "plain"),
        language=language_of(text),
        until=_moment(row.get("until")),
    )


def taken(story: str, sources: Sequence[Source], most: int = PER_ARTICLE) -> tuple[Clean, ...]:
    """A few whole sentences of each article, from its beginning, as true sentences."""
    found: dict[str, Clean] = {}
    for source in sources:
        fit = [one for one in terms.sentences(source.text, source.language) if _fit(one)][:most]
        for at, text in enumerate(fit):
            name = f"{story}/{source.number}.{at}"
            found.setdefault(text, Clean(id=name, text=text, kind=VERBATIM, language=language_of(text)))
    return tuple(found.values())


def titled(story: str, sources: Sequence[Source]) -> tuple[Clean, ...]:
    """The titles of the articles as true sentences."""
    return tuple(
        Clean(
            id=f"{story}/{one.number}.title", text=one.title, kind=VERBATIM, language=language_of(one.title)
        )
        for one in sources
        if terms.word_count(one.title) >= 4
    )


def _fit(text: str) -> bool:
    return 8 <= terms.word_count(text) <= 45 and text[-1] in '.。؟?!！”"»」'


def _moment(value: object) -> datetime | None:
    if not value:
        return None
    when = datetime.fromisoformat(str(value))
    return when if when.tzinfo else when.replace(tzinfo=UTC)
