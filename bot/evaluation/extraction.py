"""How much of hand-made article bodies the extractor finds: 4-token shingles, as multisets.

The scoring is that of the public article-extraction benchmark by Scrapinghub: tokens are runs of word
characters, case counts, precision and recall are taken per page and averaged (precision over pages with any
output, recall over pages with any truth), and F1 is that of the two means.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from bot.adapters.extraction import read_page
from bot.errors import Broken, Misconfigured

_TOKEN = re.compile(r"\w+")
_SIZE = 4
_LANGUAGES = ("en", "zh", "ar")  # the language of a reading plays no part in the score


def evaluate(folder: Path) -> dict[str, Any]:
    """``f1`` (of the means), ``precision``, ``recall``, ``f1_per_page``, ``pages_per_s``, ``pages``.

    Args:
        folder: holds ``ground_truth.jsonl`` (``id``, ``url``, ``html``: a path below the folder, plain or
            ``.gz``, ``text``).

    Raises:
        Misconfigured: no such file, or a line that is not of this form.
    """
    scores: list[tuple[float | None, float | None, float]] = []
    seconds = 0.0
    for url, body, text in _pages(folder):
        started = time.perf_counter()
        found = _read(body, url)
        seconds += time.perf_counter() - started
        scores.append(_score(text, found))
    if not scores:
        raise Misconfigured("no pages to evaluate", file=folder / "ground_truth.jsonl")
    precision = fmean([p for p, _, _ in scores if p is not None] or [0.0])
    recall = fmean([r for _, r, _ in scores if r is not None] or [0.0])
    return {
        "f1": _f1(precision, recall),
        "precision": precision,
        "recall": recall,
        "f1_per_page": fmean(f1 for _, _, f1 in scores),
        "pages_per_s": len(scores) / seconds if seconds else 0.0,
        "pages": len(scores),
    }


def _read(body: bytes, url: str) -> str:
    try:
        return read_page(body, "text/html", url, _LANGUAGES).text
    except Broken:
        return ""


def _pages(folder: Path) -> Iterator[tuple[str, bytes, str]]:
    """(url, page, hand-made text) of each line."""
    listing = folder / "ground_truth.jsonl"
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Misconfigured(
            "cannot read the ground truth",
            hint="--data names the folder that holds ground_truth.jsonl",
            file=listing,
        ) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            path = folder / row["html"]
            body = path.read_bytes()
            yield row["url"], gzip.decompress(body) if path.suffix == ".gz" else body, row["text"]
        except (ValueError, KeyError, TypeError, OSError, EOFError) as error:
            raise Misconfigured(
                "not a page of the ground truth",
                hint="each line needs id, url, html (a path below the folder) and text",
                file=listing,
                line=number,
            ) from error


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The text's runs of four tokens, counted; a shorter text is one shingle, an empty one none."""
    tokens = _TOKEN.findall(text)
    if not tokens:
        return Counter()
    return Counter(tuple(tokens[at : at + _SIZE]) for at in range(max(1, len(tokens) - _SIZE + 1)))


def _score(truth: str, found: str) -> tuple[float | None, float | None, float]:
    """Precision (None without output), recall (None without truth) and F1 of one page."""
    wanted, got = shingles(truth), shingles(found)
    common = (wanted & got).total()
    precision = common / got.total() if got else None
    recall = common / wanted.total() if wanted else None
    f1 = 1.0 if not wanted and not got else _f1(precision or 0.0, recall or 0.0)
    return precision, recall, f1


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
