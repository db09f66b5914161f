"""True sentences that the check had not seen: ``python -m tests.quality.editors first > FILE``.

``editors/NAME-stories.yaml`` has stories of other topics than the week's, ``editors/NAME-sentences.yaml``
sentences, ``DAY KIND | TEXT``, for those and for the week's development half. Each batch was written whole,
then measured, and only then looked at: what README.md tells of a batch is its first figure.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.quality.clusters import clusters as week
from tests.quality.week import MONDAY

FOLDER = Path(__file__).parent / "editors"
BATCHES = ("first", "second", "third", "fourth", "fifth", "sixth")
_LINE = re.compile(r"(?P<day>\d) (?P<kind>[a-z-]+) \| (?P<text>.+)")


def clusters(batch: str) -> Iterator[dict[str, Any]]:
    """A line for each story of the batch, as ``dateline eval injected`` reads it."""
    stories = {one["id"]: one for one in [*week(), *_stories(batch)]}
    sentences = yaml.safe_load((FOLDER / f"{batch}-sentences.yaml").read_text("utf-8"))
    for name, lines in sentences.items():
        yield {**stories[name], "clean": [_clean(one) for one in lines]}


def _stories(batch: str) -> Iterator[dict[str, Any]]:
    path = FOLDER / f"{batch}-stories.yaml"
    for story in yaml.safe_load(path.read_text("utf-8")) if path.exists() else ():
        yield {
            "id": story["story"],
            "topic": story["topic"],
            "sources": [
                {
                    "title": one["title"],
                    "text": one["text"],
                    "outlet": one["outlet"],
                    "language": one["language"],
                    "published_at": datetime.fromisoformat(one["at"]).replace(tzinfo=UTC).isoformat(),
                }
                for one in story["articles"]
            ],
        }


def _clean(line: str) -> dict[str, str]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not 'DAY KIND | TEXT': {line}")
    until = MONDAY + timedelta(days=int(match["day"])) - timedelta(seconds=1)
    return {"text": match["text"], "kind": match["kind"], "until": until.isoformat()}


if __name__ == "__main__":
    for row in clusters(sys.argv[1]):
        print(json.dumps(row, ensure_ascii=False))
