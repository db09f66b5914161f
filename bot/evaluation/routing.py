"""``dateline eval routing``: topics against gold topics, on the production router."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.app import folder_of
from bot.domain.topics import Router, topic_from
from bot.errors import Misconfigured
from bot.evaluation.lines import read_lines
from bot.settings.files import read_topics
from bot.types import TopicSlug


def evaluate(path: Path, *, topics: Path | None = None) -> dict[str, Any]:
    """Per topic and macro: precision, recall, F1, average precision of the score; the share filed nowhere.

    Args:
        path: one object a line: ``id, title, text, language, topics`` (gold slugs, may be empty).
        topics: a topic file; the shipped one when left out.
    """
    file = topics or folder_of("config", Path("config")) / "topics.yaml"
    router = Router(tuple(topic_from(slug, body) for slug, body in read_topics(file).items()))
    rows = read_lines(path, ("title", "topics"))
    slugs = sorted({slug for row in rows for slug in row["topics"]} | set(router.score_all("", "", "en")))
    scores: dict[str, list[tuple[float, bool]]] = {slug: [] for slug in slugs}
    nowhere = 0
    for row in rows:
        found = router.score_all(row["title"], row.get("text") or "", row.get("language") or "en")
        nowhere += not any(score >= 1 for score in found.values())
        for slug in slugs:
            scores[slug].append((found.get(TopicSlug(slug), 0.0), slug in row["topics"]))
    per_topic = {slug: _figures(pairs) for slug, pairs in scores.items()}
    if not per_topic:
        raise Misconfigured("no topics in the data or the topic file", file=path)
    macro = {
        name: round(sum(figures[name] for figures in per_topic.values()) / len(per_topic), 4)
        for name in ("precision", "recall", "f1", "average_precision")
    }
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
