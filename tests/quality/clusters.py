"""The sample week as ``dateline eval injected`` reads it: ``python -m tests.quality.clusters > FILE``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.quality.week import MONDAY, WeekStory, stories


def clusters() -> Iterator[dict[str, Any]]:
    """A line for each story: its articles, its true sentences with the end of their day."""
    return map(_line, stories())


def _line(story: WeekStory) -> dict[str, Any]:
    return {
        "id": story.story,
        "topic": story.topic,
        "sources": [
            {
                "title": article.title,
                "text": "\n".join(article.text),
                "outlet": article.outlet,
                "language": article.language,
                "published_at": article.at.isoformat(),
            }
            for article in story.articles
        ],
        "clean": [
            {
                "text": one.text,
                "kind": one.kind,
                "until": (MONDAY + timedelta(days=one.day) - timedelta(seconds=1)).isoformat(),
            }
            for one in story.clean
        ],
    }


if __name__ == "__main__":
    for line in clusters():
        print(json.dumps(line, ensure_ascii=False))
