"""``dateline eval reprints``: which of two texts is a copy of the other, by the production index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain import reprints
from bot.domain.stories import Index
from bot.evaluation import lines
from bot.types import Article, ArticleId, CanonicalUrl, FeedId, Outlet, OutletId, PlacementKind

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_READS = {"a": lines.text, "b": lines.text, "reprint": lines.truth}


def evaluate(path: Path) -> dict[str, Any]:
    """Precision, recall and F1 of "is a reprint", and the AUC of the share of common runs.

    Args:
        path: one object a line: ``id, a, b`` (texts), ``reprint`` (bool).
    """
    rows = lines.read_lines(path, ("a", "b", "reprint"), _READS)
    pairs = [
        (reprints.shared(reprints.runs(row["a"]), reprints.runs(row["b"])), row["reprint"]) for row in rows
    ]
    found = [_copies(row["a"], row["b"]) for row in rows]
    right = sum(hit and gold for hit, (_, gold) in zip(found, pairs, strict=True))
    precision = right / sum(found) if any(found) else 0.0
    wanted = sum(gold for _, gold in pairs)
    recall = right / wanted if wanted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(f1, 4),
        "auc": round(_auc(pairs), 4),
        "pairs": len(rows),
    }


def _copies(a: str, b: str) -> bool:
    """Whether the index, having placed one text, takes the other for its reprint."""
    index = Index()
    index.place(_article(1, a), Outlet(id=OutletId("a"), name="a"))
    return index.place(_article(2, b), Outlet(id=OutletId("b"), name="b")).kind is PlacementKind.DUPLICATE


def _article(number: int, text: str) -> Article:
    at = _AT + timedelta(hours=number)
    return Article(
        id=ArticleId(number),
        url=CanonicalUrl(f"https://eval.example/{number}"),
        outlet=OutletId(str(number)),
        feed=FeedId("eval"),
        title="",
        text=text,
        language="en",
        published_at=at,
        seen_at=at,
        fingerprint=str(number),
    )


def _auc(pairs: list[tuple[float, bool]]) -> float:
    """The chance that a reprint scores above a pair that is none; ties count half."""
    yes = [score for score, gold in pairs if gold]
    no = [score for score, gold in pairs if not gold]
    if not yes or not no:
        return 0.0
    wins = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    return wins / (len(yes) * len(no))
