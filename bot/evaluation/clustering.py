"""``dateline eval clustering``: stories against gold stories, on the production index."""

from __future__ import annotations

import math
import resource
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.adapters import wordlists
from bot.adapters.embedders.offline import OfflineEmbedder
from bot.domain.articles import fingerprint
from bot.domain.stories import Index
from bot.domain.stories.words import Usual, nothing
from bot.evaluation import embedding, lines, plain
from bot.pipeline.meanings import meanings
from bot.ports import Desk
from bot.types import Article, ArticleId, CanonicalUrl, FeedId, Outlet, OutletId, StoryId

_UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
_READS = {
    "title": lines.text,
    "text": lines.text,
    "outlet": lines.text,
    "language": lines.tongue,
    "published_at": lines.moment,
    "story": lines.label,
}


async def evaluate(path: Path, *, embedder: str = "auto", baseline: bool = False) -> dict[str, Any]:
    """The figures of the reference formats' row `clustering`: B-cubed, pairs, adjusted mutual information.

    ``seconds`` are processor seconds of embedding and placing on one core (the embedder runs in this
    process); loading its model is not counted.

    Args:
        path: one object a line, in the order of arrival.
        embedder: ``auto`` (the offline model where it is installed, as in production),
            ``offline`` or ``none``.
        baseline: also plain ways to group the same articles (:mod:`.plain`), and what our own does without
            its warm start, under ``baseline``.
    """
    rows = lines.read_lines(path, ("title", "story"), _READS)
    articles = [_article(row, number) for number, row in enumerate(rows, start=1)]
    dated = [row["published_at"] is not None for row in rows]
    model, desk = embedding.embedder(embedder), Desk()
    if model:
        await meanings(model, desk, articles[:1])
    loading = time.process_time()
    for one in {article.language for article in articles}:
        wordlists.usual(one)
    started = time.process_time()
    index, placed, vectors = await _grouped(articles, dated, model, desk)
    seconds = time.process_time() - started
    gold = [row["story"] for row in rows]
    found = _final(placed, index)
    figures = {
        **agreement(found, gold),
        "stories": len(set(found)),
        "articles": len(rows),
        "merges": len(index.corrections),
        "embedder": model.name if model else "none",
        "seconds": round(seconds, 3),
        "articles_per_s": round(len(rows) / seconds, 1) if seconds else 0.0,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    if baseline:
        plainly = _plain(articles, vectors)
        plainly |= await _cold(articles, dated, model)
        chosen = ("b3_precision", "b3_recall", "b3_f1", "mixed_share")
        judged = {name: agreement(stories, gold) for name, stories in plainly.items()}
        figures["baseline"] = {name: {key: one[key] for key in chosen} for name, one in judged.items()}
        figures["warm_start_seconds"] = round(started - loading, 3)
    if model:
        await model.close()
    return figures


async def _grouped(
    articles: Sequence[Article],
    dated: Sequence[bool],
    model: OfflineEmbedder | None,
    desk: Desk,
    usual: Usual = wordlists.usual,
) -> tuple[Index, list[StoryId], dict[ArticleId, NDArray[Any]]]:
    """As production groups: the index, where each article was put, and the vectors."""
    index, placed = Index(usual=usual), list[StoryId]()
    vectors: dict[ArticleId, NDArray[Any]] = {}
    for start in range(0, len(articles), _TOGETHER):
        batch = articles[start : start + _TOGETHER]
        if model:
            vectors.update(await meanings(model, desk, batch))
        for article in batch:
            outlet = Outlet(id=article.outlet, name=article.outlet)
            placed.append(index.place(article, outlet, (), vectors.get(article.id)).story)
            if dated[article.id - 1]:
                index.expire(article.published_at)
    return index, placed, vectors


def _plain(
    articles: Sequence[Article], vectors: Mapping[ArticleId, NDArray[Any]]
) -> dict[str, Sequence[int]]:
    """What plain ways make of the articles; vectors where there are any."""
    times = [article.published_at for article in articles]
    texts = [f"{article.title}. {article.text[: plain.BODY]}" for article in articles]
    found: dict[str, Sequence[int]] = {
        "tf-idf of titles": plain.by_words(
            [one.title for one in articles], times, plain.TITLES, Index.WINDOW
        ),
        "tf-idf": plain.by_words(texts, times, plain.TEXT, Index.WINDOW),
    }
    if vectors:
        unknown = np.zeros(OfflineEmbedder.dim, dtype=np.float16)
        rows = np.stack([vectors.get(one.id, unknown) for one in articles])
        found["vectors"] = plain.by_vectors(rows, times, plain.VECTORS, Index.WINDOW)
    return found


async def _cold(
    articles: Sequence[Article], dated: Sequence[bool], model: OfflineEmbedder | None
) -> dict[str, Sequence[int]]:
    """Ours without the word lists, and without the mean of news taken away from vectors."""
    index, placed, _ = await _grouped(articles, dated, model, Desk(), nothing)
    found: dict[str, Sequence[int]] = {"ours, no word lists": _final(placed, index)}
    if model:
        desk = Desk()
        desk.mean = (model.name, np.zeros(model.dim, dtype=np.float32))
        index, placed, _ = await _grouped(articles, dated, model, desk)
        found["ours, no mean vector"] = _final(placed, index)
    return found


def _final(placed: Sequence[StoryId], index: Index) -> list[int]:
    """Where the articles are after all mergers."""
    now = {done.source: done.target for done in index.corrections}
    found = []
    for story in placed:
        while story in now:
            story = now[story]  # noqa: PLW2901 - followed to its end
        found.append(int(story))
    return found


_TOGETHER = 64
"""Articles embedded at once; they are placed one by one."""


def _article(row: dict[str, Any], number: int) -> Article:
    text, at = row["text"], row["published_at"] or _UNDATED
    return Article(
        id=ArticleId(number),
        url=CanonicalUrl(f"https://eval.example/{number}"),
        outlet=OutletId(row["outlet"] or f"outlet-{number}"),
        feed=FeedId("eval"),
        title=row["title"],
        text=text,
        language=embedding.spoken(row["language"], row["title"], text),
        published_at=at,
        seen_at=at,
        fingerprint=fingerprint(text or row["title"]),
    )


def agreement(found: Sequence[int], gold: Sequence[str]) -> dict[str, float]:
    """B-cubed and pairwise precision, recall, F1; AMI; the share of joined stories that mix gold ones."""
    n = len(found)
    both = Counter(zip(found, gold, strict=True))
    ours, theirs = Counter(found), Counter(gold)
    b3p = math.fsum(k * k / ours[a] for (a, _), k in both.items()) / n
    b3r = math.fsum(k * k / theirs[b] for (_, b), k in both.items()) / n
    pairs = sum(k * (k - 1) // 2 for k in both.values())
    made = sum(k * (k - 1) // 2 for k in ours.values())
    wanted = sum(k * (k - 1) // 2 for k in theirs.values())
    pp, pr = pairs / made if made else 1.0, pairs / wanted if wanted else 1.0
    several = [a for a, k in ours.items() if k > 1]
    kinds = Counter(a for a, _ in both)
    return {
        "b3_precision": round(b3p, 4),
        "b3_recall": round(b3r, 4),
        "b3_f1": round(_f1(b3p, b3r), 4),
        "pair_precision": round(pp, 4),
        "pair_recall": round(pr, 4),
        "pair_f1": round(_f1(pp, pr), 4),
        "ami": round(adjusted_mutual_information(found, gold), 4),
        "mixed_share": round(sum(kinds[a] > 1 for a in several) / len(several), 4) if several else 0.0,
    }


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def adjusted_mutual_information(found: Sequence[int], gold: Sequence[str]) -> float:
    """AMI with the arithmetic mean of entropies (Vinh, Epps and Bailey 2010, formula 24a of JMLR 11)."""
    n = len(found)
    both, ours, theirs = Counter(zip(found, gold, strict=True)), Counter(found), Counter(gold)
    mutual = math.fsum(k / n * math.log(n * k / (ours[a] * theirs[b])) for (a, b), k in both.items())
    expected = _expected(Counter(ours.values()), Counter(theirs.values()), n)
    mean = (_entropy(ours, n) + _entropy(theirs, n)) / 2
    return 1.0 if mean == expected else (mutual - expected) / (mean - expected)


def _entropy(counts: Counter[Any], n: int) -> float:
    return -math.fsum(k / n * math.log(k / n) for k in counts.values())


def _expected(ours: Counter[int], theirs: Counter[int], n: int) -> float:
    """Expected mutual information of random partitions with these sizes (size -> how many such stories)."""
    log = [math.lgamma(k + 1) for k in range(n + 1)]
    total = 0.0
    for a, many_a in ours.items():
        for b, many_b in theirs.items():
            for k in range(max(1, a + b - n), min(a, b) + 1):
                chance = math.exp(
                    log[a]
                    + log[b]
                    + log[n - a]
                    + log[n - b]
                    - log[n]
                    - log[k]
                    - log[a - k]
                    - log[b - k]
                    - log[n - a - b + k]
                )
                total += many_a * many_b * k / n * math.log(n * k / (a * b)) * chance
    return total
