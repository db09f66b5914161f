"""``dateline eval routing``: topics against gold topics, on the production router."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.domain.topics import Router, centre, texts, topic_from
from bot.errors import Misconfigured
from bot.evaluation.lines import read_lines
from bot.settings.files import read_topics
from bot.settings.folders import folder_of
from bot.types import Topic, TopicSlug

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Texts -> one unit vector each."""
Scores = Mapping[TopicSlug, float]

LEDE = 500  # characters that an embedder reads of a text; beyond it nothing was gained


def evaluate(
    path: Path, *, topics: Path | None = None, baseline: bool = False, embed: Embed | None = None
) -> dict[str, Any]:
    """Per topic and macro: precision, recall, F1, average precision of the score; the share filed nowhere.

    Args:
        path: one object a line: ``id, title, text, language, topics`` (gold slugs, may be empty).
        topics: a topic file; the shipped one when left out.
        baseline: also the figures of plain keywords, under ``baseline.keywords``.
        embed: vectors of articles and topics beside the terms; without it terms alone.
    """
    known = _topics(topics)
    rows = read_lines(path, ("title", "topics"))
    figures = _all_figures(path, rows, _routed(known, rows, embed))
    if baseline:
        plain = _all_figures(path, rows, [_keywords(known, row) for row in rows])
        figures["baseline"] = {"keywords": plain["macro"]}
    return figures


def _topics(file: Path | None) -> tuple[Topic, ...]:
    file = file or folder_of("config", Path("config")) / "topics.yaml"
    return tuple(topic_from(slug, body) for slug, body in read_topics(file).items())


def _routed(known: tuple[Topic, ...], rows: Sequence[Mapping[str, Any]], embed: Embed | None) -> list[Scores]:
    router = Router(known, {topic.slug: centre(embed(texts(topic))) for topic in known} if embed else None)
    read = [f"{row['title']}. {(row.get('text') or '')[:LEDE]}" for row in rows]
    vectors: Sequence[Sequence[float] | None] = embed(read) if embed and rows else [None] * len(rows)
    return [
        router.score_all(row["title"], row.get("text") or "", row.get("language") or "en", vector=vector)
        for row, vector in zip(rows, vectors, strict=True)
    ]


# ------------------------------------------------------------------------------------------------ baseline


def _keywords(known: tuple[Topic, ...], row: Mapping[str, Any]) -> Scores:
    """A topic's strong terms anywhere in the text, or one term of each of its first two sides; 1 per term."""
    text = f"{row['title']}\n{row.get('text') or ''}".casefold()
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
    macro = {
        name: round(math.fsum(figures[name] for figures in per_topic.values()) / len(per_topic), 4)
        for name in ("precision", "recall", "f1", "average_precision")
    }
    nowhere = sum(not any(score >= 1 for score in found.values()) for found in scored)
    none_rate = round(nowhere / len(rows), 4) if rows else 0.0
    return {"topics": per_topic, "macro": macro, "none_rate": none_rate, "articles": len(rows)}


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
