"""How a story went on: its phase now, and what was first reported when and by whom."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain import reprints, terms
from bot.types import Article, ArticleId, Outlet, OutletId, Story

YOUNG = timedelta(hours=6)
"""A story is breaking as long: what comes later was in a morning's or an evening's digest already."""
STILL = timedelta(hours=18)
"""Without a new article for as long, a story fades: a night passes without news of what goes on by day."""
SLOWED = 0.25
"""It fades too when the last day brought less than this share of its strongest day."""
NEWS = 2  # names or numbers that an article must be the first to have, to be a moment of its own
LEDE = 500  # characters that are looked through for them


class Phase(StrEnum):
    """Where a story is on its way."""

    BREAKING = "breaking"
    DEVELOPING = "developing"
    FADING = "fading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that was reported for the first time."""

    at: datetime
    article: ArticleId
    outlet: Outlet
    title: str
    new: tuple[str, ...]  # names and numbers that no earlier article had, at most five, as written


def phase(story: Story, articles: Sequence[Article], now: datetime) -> Phase:
    """The phase of a story at this time.

    Breaking: it began less than ``YOUNG`` ago. Fading: nothing new for ``STILL``, or the last 24 hours
    brought less than ``SLOWED`` of its strongest 24 hours. Developing: all else.
    """
    return phase_at([article.published_at for article in articles] or [story.first_at], now)


def phase_at(reported: Sequence[datetime], now: datetime) -> Phase:
    """As :func:`phase`, of a story whose articles are of these times (at least one)."""
    times = sorted(reported)
    if now - times[0] < YOUNG:
        return Phase.BREAKING
    day = timedelta(hours=24)
    strongest = max(sum(at <= other < at + day for other in times) for at in times)
    lately = sum(now - day < at for at in times)
    if now - times[-1] >= STILL or lately < SLOWED * strongest:
        return Phase.FADING
    return Phase.DEVELOPING


def timeline(
    story: Story, articles: Sequence[Article], outlets: Mapping[OutletId, Outlet]
) -> tuple[Moment, ...]:
    """What was first reported when and by whom, oldest first.

    The first article, and each one that brings at least ``NEWS`` names or numbers in its title and lede which
    no earlier article has anywhere; reprints bring none. Names of two languages cannot be compared, so the
    first article of another language is no moment; figures can, whatever language had them first.

    Args:
        story: whose timeline it is.
        articles: its articles; others are left out.
        outlets: who publishes; an outlet that is missing is called by its id.
    """
    members = set(story.articles)
    ordered = sorted(
        (one for one in articles if one.id in members), key=lambda one: (one.published_at, one.id)
    )
    moments: list[Moment] = []
    known: dict[str, set[str]] = {}
    figures: set[str] = set()  # the same in every language
    texts: list[reprints.Runs] = []
    for article in ordered:
        runs = reprints.runs(article.text)
        told = terms.entities(article.title, article.text[:LEDE])
        before = known.get(article.language)
        new = tuple(dict.fromkeys(word for word in told if word not in (before or ())))
        new = tuple(word for word in new if word not in figures) if before is not None else ()
        copy = any(reprints.shared(runs, other) >= reprints.REPRINT for other in texts if runs.size)
        if not moments or (len(new) >= NEWS and not copy):
            moments.append(
                Moment(
                    at=article.published_at,
                    article=article.id,
                    outlet=outlets.get(article.outlet) or Outlet(id=article.outlet, name=article.outlet),
                    title=article.title,
                    new=_written(new, f"{article.title}\n{article.text[:LEDE]}")[:5],
                )
            )
        everything = {*terms.entities(article.title, article.text), *terms.words(article.text)}
        known.setdefault(article.language, set()).update(everything)
        figures.update(word for word in everything if word[:1].isdigit())
        texts.append(runs)
    return tuple(moments)


_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_][\w'’-]*")


def _written(new: Sequence[str], text: str) -> tuple[str, ...]:
    """These names and numbers as the text writes them; of "Carmen", "Ruiz" and "Carmen Ruiz" the last."""
    forms: dict[str, str] = {}
    for token in _TOKEN.findall(text):
        for word in terms.words(token):
            forms.setdefault(word, token)
    parts = {part for name in new if " " in name for part in name.split()}
    return tuple(
        " ".join(forms.get(word, word) for word in name.split()) for name in new if name not in parts
    )
