"""Samples as a prompt of each task meets them: a story, what is new in one, a page, the day of a topic.

A prompt that tells updates must be tried on updates. So each task gets the samples in its own frame, made by
the same functions as a reader's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain import summaries, terms
from bot.domain.summaries import Known
from bot.errors import Broken
from bot.types import Brief, Fact, Length, Rules, Sample, Source, Story

_FIGURE = re.compile(r"(?<![\d.,])[0-9]{1,6}(?![\d.,])")
TOGETHER = 3
"""Stories of an overview that is tried."""
SOON = timedelta(minutes=30)
"""How long after the first report its reader was told."""


def framed(samples: Sequence[Sample], task: str, length: Length, rules: Rules) -> tuple[Brief, ...]:
    """What a prompt of this task is tried on, at the length that it tells; as many as there are samples.

    Fewer only where a sample has nothing of the kind: no later report that says something new, or too few
    stories in one language to open a topic with.
    """
    briefs = [replace(one.brief, length=length) for one in samples]
    if task == "update":
        made = [_update(one, rules) for one in briefs]
    elif task == "page":
        made = [_page(one, rules) for one in briefs]
    elif task == "overview":
        made = _overviews(briefs)
    elif task == "translation":
        made = [_abroad(one) for one in briefs]
    else:
        made = [replace(one, task=task) for one in briefs]
    return tuple(one for one in made if one is not None)


def shown(briefs: Sequence[Brief], task: str, rules: Rules) -> tuple[Brief, ...]:
    """Stories of a reader's as a preview tells them; a story without anything new is an update all the same.

    An overview is one of all of them; () where they are too few in one language.
    """
    if task == "overview":
        made = summaries.overview(
            [replace(one, language=one.text_language or one.language) for one in briefs]
        )
        return (made,) if made else ()
    if task == "translation":
        return tuple(_abroad(one) for one in briefs)
    frames = {"update": _update, "page": _page}
    if task in frames:
        return tuple(frames[task](one, rules) or one for one in briefs)
    return tuple(replace(one, task=task) for one in briefs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a judge is asked of, and whether the text carries it."""

    evidence: str
    text: str
    true: bool


def claims(brief: Brief) -> tuple[Claim, ...]:
    """A sentence of a report, which it carries; and the same with another figure, which it does not."""
    made = []
    own = [one for one in brief.passages if one.source == brief.passages[0].source]
    evidence = "\n".join(f"- {one.text}" for one in own)
    for one in own:
        if figure := _FIGURE.search(one.text):
            value = int(figure[0])
            other = f"{one.text[: figure.start()]}{value + max(3, value // 4)}{one.text[figure.end() :]}"
            made = [Claim(evidence=evidence, text=one.text, true=True)]
            made.append(Claim(evidence=evidence, text=other, true=False))
            break
    return tuple(made) or tuple(Claim(evidence=evidence, text=one.text, true=True) for one in own[:1])


def _update(brief: Brief, rules: Rules) -> Brief | None:
    """What is new to a reader who was told the first report; None where nothing is."""
    first = min(brief.sources, key=lambda one: (one.published_at, one.number))
    at = first.published_at + SOON
    said = [first.title, *terms.sentences(first.text, first.language)]
    told = [Fact(story=brief.story, text=text, at=at, headline=not place) for place, text in enumerate(said)]
    made = _again(brief, brief.sources, rules, known=Known(told, brief.story))
    return made if made and made.passages else None


def _abroad(brief: Brief) -> Brief:
    """For a reader who does not read what its sources say: in English, or what is English in Chinese."""
    spoken = (brief.text_language or brief.language).split("-", maxsplit=1)[0]
    return replace(brief, language="zh-Hant" if spoken == "en" else "en", task="translation")


def _page(brief: Brief, rules: Rules) -> Brief | None:
    """One outlet's report, as somebody sends it."""
    own = [one for one in brief.sources if one.number == brief.passages[0].source] if brief.passages else ()
    made = _again(replace(brief, topic=""), own or brief.sources[:1], rules)
    return replace(made, task="page") if made else None


def _again(brief: Brief, sources: Sequence[Source], rules: Rules, known: Known | None = None) -> Brief | None:
    story = Story(
        id=brief.story,
        title=sources[0].title,
        articles=tuple(one.article for one in sources),
        voices=len(sources),
        first_at=min(one.published_at for one in sources),
        last_at=max(one.published_at for one in sources),
    )
    try:
        made = summaries.brief(
            story,
            sources,
            topic=brief.topic,
            language=brief.language,
            length=brief.length,
            rules=rules,
            known=known,
        )
    except Broken:
        return None
    return replace(made, slug=brief.slug)


def _overviews(briefs: Sequence[Brief]) -> list[Brief | None]:
    """Neighbours of one language and topic, each story once the first of three."""
    made: list[Brief | None] = []
    groups: dict[tuple[str, str], list[Brief]] = {}
    for one in briefs:
        groups.setdefault((one.text_language or one.language, one.topic), []).append(one)
    for group in groups.values():
        for at in range(len(group)):
            turn = [*group[at:], *group[:at]][:TOGETHER]
            made.append(summaries.overview(turn))
    return made
