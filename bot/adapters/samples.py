"""``prompts/samples/*.yaml``: the fixed stories on which a version of a prompt is tried before it goes live.

A file is one story with the reports of several outlets; its name is the story's id. The briefs come of the
same function as a reader's: what a model sees of a sample is what it would see of such a story in a digest.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain import reprints, summaries
from bot.errors import DatelineError, Misconfigured
from bot.types import ArticleId, Brief, CanonicalUrl, Length, Rules, Sample, Source, Story, StoryId

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
"""Midnight of a sample's day 1."""
FILE_LIMIT = 100_000
"""Characters of a file: twenty times the longest of ours is no story any more."""
WINDOW = timedelta(days=14)
"""Within which one report may be another's reprint; samples run over a week."""
_HINT = "prompts/samples/quneitra-strike.yaml shows the form; docs/prompts.md tells it"


class _Article(BaseModel):
    """One outlet's report; ``day`` counts from 1, ``hour`` is UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str = Field(min_length=1)
    outlet: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    day: int = Field(ge=1, le=31)
    hour: float = Field(ge=0, lt=24)
    language: str = Field(pattern=r"^[a-z]{2}(-[A-Z][a-z]{3})?$")
    agency: str = ""
    title: str = Field(min_length=1)
    text: list[str] = Field(min_length=1)


class _File(BaseModel):
    """A file; what else stands in it (facts, clean sentences) is for tests and is not read here."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    story: str = Field(pattern=r"^[a-z0-9_-]{1,60}$")
    topic: str = Field(pattern=r"^[a-z0-9_-]{1,60}$")
    articles: list[_Article] = Field(min_length=1, max_length=20)


def samples(folder: Path, rules: Rules | None = None) -> tuple[Sample, ...]:
    """The samples of this folder by name; () where there is none.

    The reader's language is the one that most reports are in, of equal ones that of the latest report, so
    that the samples are told in all languages of the house. Story ids are below zero: no stored one is.

    Raises:
        Misconfigured: a file cannot be read or has not the form: which file, which line or field.
    """
    return tuple(_sample(path, rules or Rules()) for path in sorted(folder.glob("*.yaml")))


def _sample(path: Path, rules: Rules) -> Sample:
    file = _checked(_read(path), path)
    sources = _sources(file.articles)
    # The sign keeps it apart from stored stories, 48 bits keep two samples apart.
    number = -1 - int.from_bytes(hashlib.sha256(file.story.encode()).digest()[:6], "big")
    story = Story(
        id=StoryId(number),
        title=sources[0].title,
        articles=tuple(one.article for one in sources),
        voices=len({one.outlet for one in sources if not one.reprint}),
        first_at=sources[0].published_at,
        last_at=sources[-1].published_at,
    )
    try:
        brief = _brief(story, sources, file, rules)
    except DatelineError as error:
        raise Misconfigured(f"nothing can be told of it ({error.message})", hint=_HINT, file=path) from None
    return Sample(id=file.story, brief=replace(brief, slug=file.topic))


def _brief(story: Story, sources: Sequence[Source], file: _File, rules: Rules) -> Brief:
    return summaries.brief(
        story,
        sources,
        topic=file.topic,
        language=_language(file.articles),
        length=Length.STANDARD,
        rules=rules,
    )


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured("cannot read the sample", hint="a text file in UTF-8", file=path) from error
    if len(text) > FILE_LIMIT:
        raise Misconfigured(
            f"the sample has {len(text):,} characters", hint=f"{FILE_LIMIT:,} are allowed", file=path
        )
    try:
        return yaml.safe_load(text)
    except (
        yaml.YAMLError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        mark = getattr(error, "problem_mark", None)
        where = {"line": mark.line + 1} if mark else {}
        why = getattr(error, "problem", None) or "it cannot be read"
        raise Misconfigured(f"the sample is no valid YAML ({why})", hint=_HINT, file=path, **where) from None


def _checked(body: Any, path: Path) -> _File:
    try:
        file = _File.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(one + 1 if isinstance(one, int) else one) for one in first["loc"]) or "the file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise Misconfigured(
            f"the sample has not the form: {first['msg']}{more}", hint=_HINT, file=path, field=field
        ) from None
    if file.story != path.stem:
        raise Misconfigured(
            f"its story is {file.story!r}", hint=f"write `story: {path.stem}`, or rename the file", file=path
        )
    return file


def _sources(articles: Sequence[_Article]) -> tuple[Source, ...]:
    """Reports in order of time, those that copy an earlier one marked as in production."""
    texts, made = reprints.Texts(WINDOW), list[Source]()
    for number, one in enumerate(sorted(articles, key=_at), start=1):
        text = "\n\n".join(one.text)
        runs = reprints.runs(text)
        original = texts.original(runs, _at(one))
        if original is None:
            texts.add(ArticleId(-number), runs, _at(one))
        made.append(
            Source(
                number=number,
                article=ArticleId(-number),
                outlet=one.outlet.replace("-", " ").title(),
                url=CanonicalUrl(f"https://{one.outlet}.example/{one.id}"),
                title=one.title,
                text=text,
                language=_first(one.language),
                published_at=_at(one),
                agency=one.agency,
                reprint=original is not None,
            )
        )
    return tuple(made)


def _at(article: _Article) -> datetime:
    return MONDAY + timedelta(days=article.day - 1, hours=article.hour)


def _language(articles: Sequence[_Article]) -> str:
    spoken = sorted(articles, key=_at)
    counts = Counter(_first(one.language) for one in spoken)
    most = max(counts.values())
    return next(one.language for one in reversed(spoken) if counts[_first(one.language)] == most)


def _first(language: str) -> str:
    """The language without its script: an article's language names none."""
    return language.split("-", maxsplit=1)[0]
