"""``dateline eval summaries``: how near the summaries come to those that people wrote, by ROUGE.

The selection and the summarizer are those of production; the figures come from the library rouge_score, whose
stemming and counting published results use (a home-made count would not compare).
"""

from __future__ import annotations

import importlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain import summaries
from bot.errors import Misconfigured
from bot.types import ArticleId, CanonicalUrl, Length, Rules, Source, Story, StoryId

_MEASURES = ("rouge1", "rouge2", "rougeL")
_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)


def evaluate(path: Path, *, words: int = 66, method: str = "extractive") -> dict[str, Any]:
    """``rouge1_f, rouge2_f, rougeL_f`` (means), ``words`` (mean length), ``items``, ``ms_per_story``.

    Args:
        path: lines of ``id``, ``sources`` (``title``, ``text``), ``reference``.
        words: every summary is cut there; sentences only, no headline.
        method: ``extractive``; another one needs a model and is not measured here.

    Raises:
        Misconfigured: the library is missing, the method is unknown, or a line is not of this form.
    """
    if method != "extractive":
        raise Misconfigured(
            "only the extractive method can be measured", hint="Leave --method out.", method=method
        )
    scorer = _scorer()
    totals, length, items, seconds = dict.fromkeys(_MEASURES, 0.0), 0, 0, 0.0
    for sources, reference in _rows(path):
        started = time.perf_counter()
        text = _told(sources, words)
        seconds += time.perf_counter() - started
        scores = scorer.score(reference, text)
        totals = {one: totals[one] + scores[one].fmeasure for one in _MEASURES}
        length, items = length + len(text.split()), items + 1
    if not items:
        raise Misconfigured("no stories to evaluate", file=path)
    return {
        **{f"{one}_f": round(total / items, 4) for one, total in totals.items()},
        "words": round(length / items, 1),
        "items": items,
        "ms_per_story": round(1000 * seconds / items, 1),
    }


def _scorer() -> Any:
    try:
        rouge = importlib.import_module("rouge_score.rouge_scorer")
    except ImportError as error:
        raise Misconfigured(
            "the library rouge_score is missing",
            hint="Install the extra: pip install 'dateline-digest[eval]'",
        ) from error
    return rouge.RougeScorer(list(_MEASURES), use_stemmer=True)


def _told(sources: list[Source], words: int) -> str:
    ids = tuple(one.article for one in sources)
    story = Story(id=StoryId(1), title="", articles=ids, voices=len(ids), first_at=_UNDATED, last_at=_UNDATED)
    rules = Rules()
    brief = summaries.brief(story, sources, topic="", language="en", length=Length.DEEP, rules=rules)
    told = summaries.extract(brief, rules=rules, words=words)
    return " ".join(" ".join(one.text for one in told.sentences).split()[:words])


def _rows(path: Path) -> list[tuple[list[Source], str]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            sources = [_source(at, one) for at, one in enumerate(row["sources"], start=1)]
            rows.append((sources, str(row["reference"])))
        except (ValueError, KeyError, TypeError) as error:
            raise Misconfigured("not a line of summary data", file=path, line=number) from error
    return rows


def _source(number: int, one: dict[str, Any]) -> Source:
    return Source(
        number=number,
        article=ArticleId(number),
        outlet=str(one.get("outlet", f"outlet {number}")),
        url=CanonicalUrl(""),
        title=str(one["title"]),
        text=str(one["text"]),
        language=str(one.get("language", "en")),
        published_at=_UNDATED,
    )
