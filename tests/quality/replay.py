"""Seven days of the sample week through the real corridor, and what its readers were told of the facts.

``python -m tests.quality.replay`` prints the figures. Articles enter the store when they were published; what
comes after (filing, grouping, composing, the outbox, a channel that keeps what it gets) is what runs in
production, on SQLite, with a virtual clock. No model: excerpts.

Per reader: *repeats* are tellings of a fact that an earlier digest told, as a share of all tellings; *kept*
are the facts that reached the reader, as a share of those that digests without any memory, made at the same
moments, told. Headlines and sentences count, by line of the messages that were sent; folded away headlines of
sources and the line "no change since" do not.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.adapters.clock import VirtualClock
from bot.app import App, open_app
from bot.demo.samples import load
from bot.domain import messages, terms
from bot.domain.articles import fingerprint
from bot.pipeline.compose import demand
from bot.settings import Settings
from bot.types import Address, Article, ArticleId, CanonicalUrl, FeedId, Limits, OutletId, Part, Receipt
from tests.pipeline.newsroom import ROOT, joined
from tests.quality.week import MONDAY, WeekArticle, WeekStory, stories

READERS = {"en": "101", "zh": "102", "ar": "103"}
SLOT = timedelta(hours=18)
"""When digests are due, UTC."""
SEEN = timedelta(minutes=10)
"""How long after its publication an article reaches us."""


@dataclass(slots=True)
class Shelf:
    """A channel that keeps what it gets."""

    clock: VirtualClock
    name: str = "telegram"
    limits: Limits = field(default_factory=Limits)
    sent: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)

    async def send(self, address: Address, part: Part) -> Receipt:
        self.sent.setdefault(address.chat, []).append((self.clock.now(), part.text))
        return Receipt(message_id=str(sum(map(len, self.sent.values()))), at=self.clock.now())

    async def edit(self, address: Address, message_id: str, part: Part) -> Receipt:
        del address, part
        return Receipt(message_id=message_id, at=self.clock.now())

    async def delete(self, address: Address, message_id: str) -> None:
        raise NotImplementedError(address, message_id)


def lines(text: str) -> Iterator[str]:
    """The sentences of a message, without folded headlines and without what is said of unchanged stories."""
    for line in text.splitlines():
        bare = re.sub(r"^\d+\. ", "", line.strip("\u200e\u200f \t"))  # without a headline's number
        if bare.startswith("[") or re.search(r"no change since|没有变化|لا جديد منذ", bare):
            continue
        # The outlet's name behind what it alone carries, and the marks, are no part of a sentence.
        bare = re.sub(r"\s?\([^()]+\)[\u200e\u200f]?\s?(?=\[\d+\])", " ", bare)
        yield from terms.sentences(re.sub(r"\s?\[\d+\](?:\[\d+\])*", " ", bare))


def told(text: str, week: tuple[WeekStory, ...]) -> set[str]:
    """The facts that stand in a message."""
    found = set()
    for story in week:
        # "15 per cent" stands in other stories too: only sentences of the story's own articles count.
        own = " ".join(" ".join(sentence.split()) for one in story.articles for sentence in one.sentences)
        sentences = [one for one in lines(text) if one in own]
        found |= {
            f"{story.story}:{fact.id}"
            for fact in story.facts
            if any(fact.told(sentence) for sentence in sentences)
        }
    return found


async def replay(home: Path, length: str = "standard", embedder: str = "auto") -> dict[str, Any]:
    """Play the week; figures by reader's language, and of all."""
    week = stories()
    clock = VirtualClock(MONDAY)
    async with open_app(_settings(home, length, embedder), clock=clock, use_model=False) as opened:
        await opened.import_config()
        shelf = Shelf(clock)
        app = joined(opened, channels={"telegram": shelf})
        bare: dict[str, set[str]] = {language: set() for language in READERS}
        articles = sorted((one for story in week for one in story.articles), key=lambda one: (one.at, one.id))
        for day in range(1, 8):
            slot = MONDAY + timedelta(days=day - 1) + SLOT
            until = slot if day < 7 else slot + timedelta(hours=6)
            while articles and articles[0].at + SEEN <= until:
                await _publish(app, clock, articles.pop(0))
            clock.set(max(clock.now(), until + timedelta(seconds=5)))
            for language in READERS:
                whole = await demand(app.deps, language=language, length=_length(length))
                said = messages.parts(whole, Limits(), app.deps.wording[language])
                for part in said:
                    bare[language] |= told(part.text, week)
            await app.work("compose", "send")
    return _figures(shelf, bare, week)


def _reachable(week: tuple[WeekStory, ...], language: str) -> set[str]:
    """Facts that stand in an article of this language."""
    return {
        f"{story.story}:{fact.id}"
        for story in week
        for fact in story.facts
        if any(
            fact.told(sentence)
            for one in story.articles
            if one.language.split("-")[0] == language
            for sentence in one.sentences
        )
    }


def _figures(shelf: Shelf, bare: dict[str, set[str]], week: tuple[WeekStory, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    sums: Counter[str] = Counter()
    for language, chat in READERS.items():
        tellings: Counter[str] = Counter()
        days: dict[datetime, set[str]] = {}
        for at, text in shelf.sent.get(chat, []):
            days.setdefault(at.replace(hour=0, minute=0, second=0, microsecond=0), set()).update(
                told(text, week)
            )
        for named in days.values():
            tellings.update(named)
        again = sum(tellings.values()) - len(tellings)
        kept = len(bare[language] & tellings.keys())
        reachable = _reachable(week, language)
        counted = {"told": len(tellings), "again": again, "bare": len(bare[language]), "kept": kept}
        counted |= {"reachable": len(reachable), "reached": len(reachable & tellings.keys())}
        sums.update(counted)
        repeated = sorted(fact for fact, n in tellings.items() if n > 1)
        lost = sorted(bare[language] - tellings.keys())
        found[language] = counted | _rates(counted) | {"repeated": repeated, "lost": lost}
    return {"all": dict(sums) | _rates(sums), **found}


def _rates(counted: dict[str, int] | Counter[str]) -> dict[str, float]:
    return {
        "repeats": round(counted["again"] / max(1, counted["told"] + counted["again"]), 4),
        "new_facts_kept": round(counted["kept"] / max(1, counted["bare"]), 4),
        "of_reachable": round(counted["reached"] / max(1, counted["reachable"]), 4),
    }


def _length(name: str) -> Any:
    from bot.types import Length  # noqa: PLC0415

    return Length(name)


async def _publish(app: App, clock: VirtualClock, one: WeekArticle) -> None:
    clock.set(max(clock.now(), one.at + SEEN))
    article = Article(
        id=ArticleId(0),
        url=CanonicalUrl(f"https://{one.outlet}.example/{one.id}"),
        outlet=OutletId(one.outlet),
        feed=FeedId(one.outlet),
        title=one.title,
        text="\n\n".join(one.text),
        language=one.language.split("-")[0],
        published_at=one.at,
        seen_at=clock.now(),
        fingerprint=fingerprint("\n".join(one.text)),
        agency=one.agency,
    )
    async with app.deps.store.begin() as tx:
        await tx.add_article(article)
    await app.work("place")


def _settings(home: Path, length: str, embedder: str) -> Settings:
    config = home / "config"
    config.mkdir()
    text = (ROOT / "config" / "topics.yaml").read_text(encoding="utf-8")
    (config / "topics.yaml").write_text(text, encoding="utf-8")
    outlets = {
        one.id: {
            "name": one.name,
            "domains": [one.domain],
            "agency": one.agency,
            "state_media": one.state_media,
        }
        for one in load(MONDAY)[0]
    }
    digests = {
        language: {
            "chat": int(chat),
            "times": ["18:00"],
            "zone": "UTC",
            "language": language,
            "length": length,
        }
        for language, chat in READERS.items()
    }
    for name, items in (("outlets", outlets), ("digests", digests), ("feeds", {})):
        (config / f"{name}.yaml").write_text(
            yaml.safe_dump({name: items}, allow_unicode=True), encoding="utf-8"
        )
    return Settings.model_validate(
        {
            "TELEGRAM_BOT_TOKEN": "1234567:token-of-the-replay-in-tests-0000000",
            "DATELINE_DATA": home / "data",
            "DATELINE_CONFIG": config,
            "DATELINE_PROMPTS": ROOT / "prompts",
            "DATELINE_EMBEDDER": embedder,
        }
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(replay(Path(folder), *sys.argv[1:]))
    sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
