"""The sample week as ``dateline eval injected`` reads it: ``python -m tests.quality.clusters > FILE``.

The week and the stories of `later/` are the half that may be looked at, those of `kept/` are the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bot.evaluation.injection.clusters import Half
from tests.quality.week import MONDAY, WeekStory, kept, later, stories


def clusters() -> Iterator[dict[str, Any]]:
    """A line for each story: its articles, its true sentences with the end of their day."""
    yield from (_line(story, "dev") for story in (*stories(), *later()))
    yield from (_line(story, "kept") for story in kept())


def _line(story: WeekStory, half: Half) -> dict[str, Any]:
    return {
        "id": story.story,
        "half": half,
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
