"""How feed bodies fare on the production path: ``dateline eval feeds --data FOLDER``."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.adapters.parsing.pool import BODY_LIMIT, ParsingPool
from bot.domain import feeds
from bot.errors import Code, DatelineError, Misconfigured
from bot.types import Feed, FeedId, RawUrl, Response, Rules

ADDRESS = RawUrl("https://feed.example/")


async def evaluate(folder: Path) -> dict[str, Any]:
    """Figures for every file of the folder, each taken for the body of one answer with status 200.

    Gives ``files`` (name -> ``entries`` or ``code``, with ``ms``, ``format`` and ``note``), ``parsed``,
    ``failed`` (those with a code), ``crashed`` (the code is parse_crash, or the parser raised something it
    must not), ``ms_median`` and ``ms_p95`` (with the way to the parser process and back, its start not
    counted), and ``peak_rss_mb``: the most that this process and the parsers held together.

    Raises:
        Misconfigured: no such folder, or nothing in it.
    """
    paths = _bodies(folder)
    # A fixed clock would make dates of new feeds "future"; the newest file is when they were taken.
    now = datetime.fromtimestamp(max(path.stat().st_mtime for path in paths), UTC)
    pool = ParsingPool()
    try:
        await _warm(pool, now)
        files = {path.name: await _file(pool, path, now) for path in paths}
        peak = pool.peak_rss
    finally:
        await pool.close()
    times = sorted(row["ms"] for row in files.values())
    return {
        "files": files,
        "parsed": sum("entries" in row for row in files.values()),
        "failed": sum("code" in row for row in files.values()),
        "crashed": sum(row.get("code") == Code.PARSE_CRASH for row in files.values()),
        "ms_median": round(statistics.median(times), 1),
        "ms_p95": times[min(len(times) - 1, int(len(times) * 0.95))],
        "peak_rss_mb": round(peak / 1024 / 1024, 1),
    }


def _bodies(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    if not paths:
        raise Misconfigured("no feed bodies to read", hint="name a folder of feed bodies", folder=folder)
    return paths


async def _warm(pool: ParsingPool, now: datetime) -> None:
    body = b"<rss><channel><item><title>warm</title></item></channel></rss>"
    await pool.feed(Response(url=ADDRESS, final_url=ADDRESS, body=body), now)


async def _file(pool: ParsingPool, path: Path, now: datetime) -> dict[str, Any]:
    with path.open("rb") as file:
        body = file.read(BODY_LIMIT + 1)  # the web client stops reading too
    response = Response(url=ADDRESS, final_url=ADDRESS, body=body)
    # A feed that had entries: an empty body is a failure, as in a running bot.
    feed = Feed(id=FeedId(path.name), url=ADDRESS, had_entries=True)
    started = time.perf_counter()
    try:
        parsed = await pool.feed(response, now)
        record = feeds.polled(feed, response, parsed, {}, now=now, rules=Rules())
    except DatelineError as error:
        return {"code": str(error.code), "ms": _since(started), "note": str(error)}
    row: dict[str, Any] = {"ms": _since(started), "format": parsed.format, "note": parsed.note}
    return {"code": str(record.code), **row} if record.code else {"entries": len(parsed.entries), **row}


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
