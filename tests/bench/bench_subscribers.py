"""Digests for 10,000 subscriptions over three topics at one hour, from excerpts: composed, rendered, queued.

    python tests/bench/bench_subscribers.py --subscriptions 10000

A fresh SQLite database with full durability holds the sample week (tests/quality/week) as two days' news,
placed by production's step. All subscriptions (English, Chinese and Arabic; one, two or three topics; three
lengths) are due at one minute, on two mornings: on the first nobody was told anything.
What is measured is production's: ``plan``, then the step ``compose`` until every digest stands in the outbox.

``alone`` is the baseline of the same run: the same step for one subscription at a time, as when each has an
hour of its own. ``to_alone`` is seconds a digest against that. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.adapters.clock import SystemClock
from bot.app import App, open_app
from bot.domain.articles import canonical
from bot.pipeline import STEPS, plan
from bot.ports import Deps, Step
from bot.settings import Settings
from bot.types import (
    Address,
    Article,
    CanonicalUrl,
    FeedId,
    Length,
    OutletId,
    RawUrl,
    Schedule,
    Subscription,
    SubscriptionId,
    Summary,
    TopicSlug,
)
from tests.bench.gauges import Gauges
from tests.quality.week import MONDAY, stories

ROOT = Path(__file__).resolve().parents[2]
MORNING = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
TOPICS = ("syria", "us-china", "indo-pacific")
LANGUAGES = ("en", "en", "en", "zh", "ar")
CHOICES = (TOPICS, TOPICS, TOPICS[:1], TOPICS[1:2], TOPICS[1:])
ALONE = 20
"""Subscriptions of the baseline."""


class Morning(SystemClock):
    """The system's monotonic time, from a set moment of the day on."""

    def __init__(self) -> None:
        self._began, self._at = self.monotonic(), MORNING

    def now(self) -> datetime:
        """Goes on as the system's does."""
        return self._at + timedelta(seconds=self.monotonic() - self._began)

    def set(self, moment: datetime) -> None:
        """It is this time now."""
        self._began, self._at = self.monotonic(), moment


def articles(day: int) -> list[Article]:
    """Half of the sample week as the news of the day before this morning: 1 or 2."""
    since = MORNING + timedelta(days=day - 1, hours=-23)
    made = []
    for story in stories():
        for one in story.articles:
            if (one.day > 3) != (day == 2):
                continue
            at = since + (one.at - MONDAY - timedelta(days=3 * (day - 1))) / 4
            made.append(
                Article(
                    url=CanonicalUrl(canonical(RawUrl(f"https://{one.outlet}.example/{one.id}"))),
                    outlet=OutletId(one.outlet),
                    feed=FeedId("week"),
                    title=one.title,
                    text="\n\n".join(one.text),
                    language=one.language.split("-", maxsplit=1)[0],
                    published_at=at,
                    seen_at=at,
                    fingerprint=one.id,
                    agency=one.agency,
                    full=True,
                )
            )
    return made


def subscription(number: int) -> Subscription:
    """One reader; what they want differs, the minute does not."""
    return Subscription(
        id=SubscriptionId(f"reader-{number:06}"),
        address=Address(channel="telegram", chat=str(100_000 + number)),
        topics=tuple(TopicSlug(slug) for slug in CHOICES[number % len(CHOICES)]),
        schedule=Schedule(times=(time(7, 30),), zone="UTC"),
        language=LANGUAGES[number // 5 % len(LANGUAGES)],
        length=tuple(Length)[number // 25 % len(Length)],
        created_at=MORNING - timedelta(hours=2),
    )


class Counting:
    """The fallback, which counts what it tells."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.told = inner, list[Any]()

    def signature(self, told: Any) -> str:
        """The inner's."""
        return str(self._inner.signature(told))

    async def summarize(self, brief: Any) -> Summary:
        """The inner's, counted."""
        self.told.append((brief.story, brief.basis, brief.language, brief.length))
        made: Summary = await self._inner.summarize(brief)
        return made


async def compose_all(deps: Deps) -> None:
    """Plan and compose until nothing is due."""
    while steps := [step for step in await plan(deps) if step.name == "compose"]:
        for step in steps:
            await STEPS["compose"](deps, step)


async def morning(app: App, deps: Deps, clock: Morning, day: int, count: int) -> dict[str, Any]:
    """One morning: the news is placed, then every digest is made."""
    clock.set(MORNING + timedelta(days=day - 1, hours=-1))
    async with app.deps.store.begin() as tx:
        for article in articles(day):
            await tx.add_article(article)
    await STEPS["place"](deps, Step(name="place"))
    telling = Counting(deps.fallback)
    deps = replace(deps, summarizer=telling, fallback=telling)
    clock.set(MORNING + timedelta(days=day - 1))
    alone = Gauges()
    few = [subscription(number).id for number in range(0, count, max(1, count // ALONE))][:ALONE]

    async def one_by_one() -> None:
        for ident in few:
            await STEPS["compose"](deps, Step(name="compose", ids=(ident,)))

    await alone.watch(one_by_one)
    clock.set(MORNING + timedelta(days=day - 1))
    gauges = Gauges()
    await gauges.watch(lambda: compose_all(deps))
    async with app.deps.store.begin() as tx:
        counts = await tx.counts()
        made = await tx.digests(None, count * day + 1)
    today = [row for row in made if row["made_at"] >= MORNING + timedelta(days=day - 1)]
    assert len(today) == count, (len(today), count)
    assert not any(row["skipped"] for row in today)
    each, rest = alone.figures(), gauges.figures()
    per_alone, per_digest = each["seconds"] / len(few), rest["seconds"] / (count - len(few))
    return {
        **rest,
        "digests": len(today),
        "items": sum(row["items"] for row in today),
        "messages": counts["deliveries"],
        "summaries_computed": len(telling.told),
        "summaries_computed_twice": len(telling.told) - len(set(telling.told)),
        "latest_seconds_after_slot": round(
            max((row["made_at"] - MORNING - timedelta(days=day - 1)).total_seconds() for row in today), 1
        ),
        "ms_a_digest": round(1000 * per_digest, 2),
        "alone_ms_a_digest": round(1000 * per_alone, 2),
        "to_alone": round(per_digest / per_alone, 3),
    }


async def measure(count: int, home: Path) -> dict[str, Any]:
    """Both mornings."""
    clock = Morning()
    settings = Settings.model_validate(
        {
            "TELEGRAM_BOT_TOKEN": "1234567:token-of-the-simulator-in-tests-000",
            "DATELINE_TELEGRAM_API": "http://127.0.0.1:9/bot",
            "DATELINE_DATA": home / "data",
            "DATELINE_CONFIG": home / "config",
            "DATELINE_PROMPTS": ROOT / "prompts",
            "DATELINE_EMBEDDER": "none",
        }
    )
    (home / "config").mkdir()
    topics = (ROOT / "config" / "topics.yaml").read_text(encoding="utf-8")
    (home / "config" / "topics.yaml").write_text(topics, encoding="utf-8")
    feed = "feeds:\n  week: {url: 'https://week.example/rss'}\n"
    (home / "config" / "feeds.yaml").write_text(feed, encoding="utf-8")
    async with open_app(settings, clock=clock) as app:
        await app.import_config()
        async with app.deps.store.begin() as tx:
            for number in range(count):
                await tx.put_subscription(subscription(number))
        first = await morning(app, app.deps, clock, 1, count)
        second = await morning(app, app.deps, clock, 2, count)
    return {"bench": "subscribers", "subscriptions": count, "first_morning": first, "second_morning": second}


def main() -> None:
    """Run as a script."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--subscriptions", type=int, default=10_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        print(json.dumps(asyncio.run(measure(chosen.subscriptions, Path(home))), indent=2))


if __name__ == "__main__":
    main()
