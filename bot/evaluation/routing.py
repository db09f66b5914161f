"""``dateline eval routing``: topics against gold topics, on the production router."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from bot.adapters.embedders.offline import OfflineEmbedder
from bot.domain.likeness import senses, texts
from bot.domain.topics import Router, topic_from
from bot.errors import Misconfigured
from bot.evaluation import embedding, lines
from bot.pipeline.likeness import text_article, topic_rows
from bot.pipeline.meanings import meanings
from bot.ports import Desk
from bot.settings.files import read_topics
from bot.settings.folders import folder_of
from bot.types import ArticleId, Topic, TopicSlug

Scores = Mapping[TopicSlug, float]

_READS = {"title": lines.text, "text": lines.text, "language": lines.tongue, "topics": lines.labels}


async def evaluate(
    path: Path, *, topics: Path | None = None, baseline: bool = False, embedder: str = "auto"
) -> dict[str, Any]:
    """Per topic and macro: precision, recall, F1, average precision of the score; the share filed nowhere.

    Args:
        path: one object a line: ``id, title, text, language, topics`` (gold slugs, may be empty).
        topics: a topic file; the shipped one when left out.
        baseline: also the figures of words alone, and of plain keywords, under ``baseline``.
        embedder: ``auto`` (the offline model where it is installed, as in production), ``offline`` or
            ``none``.
    """
    known = _topics(topics)
    rows = lines.read_lines(path, ("title", "topics"), _READS)
    for row in rows:
        row["language"] = embedding.spoken(row["language"], row["title"], row["text"])
    model = embedding.embedder(embedder)
    figures = _all_figures(path, rows, await _routed(known, rows, model))
    figures["embedder"] = model.name if model else "none"
    if baseline:
        plain = {"keywords": [_keywords(known, row) for row in rows]}
        if model:
            plain["words alone"] = list(await _routed(known, rows, None))
        figures["baseline"] = {name: _all_figures(path, rows, one)["macro"] for name, one in plain.items()}
    if model:
        await model.close()
    return figures


def _topics(file: Path | None) -> tuple[Topic, ...]:
    file = file or folder_of("config", Path("config")) / "topics.yaml"
    return tuple(topic_from(slug, body) for slug, body in read_topics(file).items())


async def _routed(
    known: tuple[Topic, ...], rows: Sequence[Mapping[str, Any]], model: OfflineEmbedder | None
) -> list[Scores]:
    """As production files: by words, and by vectors as they are stored with articles."""
    router, vectors = Router(known), dict[ArticleId, NDArray[Any]]()
    if model:
        desk = Desk()
        told = await topic_rows(model, desk, known, {})
        router = Router(known, senses({topic.slug: told[model.name, texts(topic)] for topic in known}))
        read = [
            text_article(number, row["title"], row["text"], row["language"])
            for number, row in enumerate(rows)
        ]
        vectors.update(await meanings(model, desk, read))
    return [
        router.score_all(row["title"], row["text"], row["language"], vector=vectors.get(ArticleId(number)))
        for number, row in enumerate(rows)
    ]


# ------------------------------------------------------------------------------------------------ baseline


def _keywords(known: tuple[Topic, ...], row: Mapping[str, Any]) -> Scores:
    """A topic's strong terms anywhere in the text, or one term of each of its first two sides; 1 per term."""
    text = f"{row['title']}\n{row['text']}".casefold()
    scores: dict[TopicSlug, float] = {}
    for topic in known:
        sides = [_count(side, text) for side in topic.sides[:2]]
        scores[topic.slug] = _count(topic.include, text) + (min(sides) if sides else 0)
    return scores


def _count(terms: Mapping[str, Sequence[str]], text: str) -> int:
    return sum(_stands(term.casefold(), text) for listed in terms.values() for term in listed)


def _stands(term: str, text: str) -> bool:
    word = term.rstrip("*")
    if word not in text:
        return False
    if not word.isascii():  # other scripts write words together
        return True
    return re.search(rf"\b{re.escape(word)}{'' if term.endswith('*') else chr(92) + 'b'}", text) is not None


# ------------------------------------------------------------------------------------------------- figures


def _all_figures(path: Path, rows: Sequence[Mapping[str, Any]], scored: Sequence[Scores]) -> dict[str, Any]:
    slugs = sorted(
        {slug for row in rows for slug in row["topics"]} | {slug for one in scored for slug in one}
    )
    if not slugs:
        raise Misconfigured("no topics in the data or the topic file", file=path)
    per_topic = {
        slug: _figures(
            [
                (found.get(TopicSlug(slug), 0.0), slug in row["topics"])
                for row, found in zip(rows, scored, strict=True)
            ]
        )
        for slug in slugs
    }
    # A topic that nobody sought and nobody found says nothing of the router.
    met = [
        slug for slug in slugs if any(slug in row["topics"] for row in rows) or _found(slug, scored)
    ] or slugs
    macro = {
        name: round(math.fsum(per_topic[slug][name] for slug in met) / len(met), 4)
        for name in ("precision", "recall", "f1", "average_precision")
    }
    nowhere = sum(not any(score >= 1 for score in found.values()) for found in scored)
    none_rate = round(nowhere / len(rows), 4) if rows else 0.0
    return {"topics": per_topic, "macro": macro, "none_rate": none_rate, "articles": len(rows)}


def _found(slug: str, scored: Sequence[Scores]) -> bool:
    return any(found.get(TopicSlug(slug), 0.0) >= 1 for found in scored)


def _figures(pairs: Sequence[tuple[float, bool]]) -> dict[str, float]:
    found = sum(score >= 1 for score, _ in pairs)
    right = sum(score >= 1 and gold for score, gold in pairs)
    wanted = sum(gold for _, gold in pairs)
    precision = right / found if found else 0.0
    recall = right / wanted if wanted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(f1, 4),
        "average_precision": round(average_precision(pairs), 4),
    }


def average_precision(pairs: Sequence[tuple[float, bool]]) -> float:
    """The mean over gold items of the precision at their rank; ties count as one rank, at its end."""
    wanted = sum(gold for _, gold in pairs)
    if not wanted:
        return 0.0
    ordered = sorted(pairs, key=lambda pair: -pair[0])
    total, seen, right, start = 0.0, 0, 0, 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end][0] == ordered[start][0]:
            end += 1
        hits = sum(gold for _, gold in ordered[start:end])
        seen, right = end, right + hits
        total += hits * right / seen
        start = end
    return total / wanted
