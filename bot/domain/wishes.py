"""What readers wish: a press or a word as a change of their subscription, and what they want left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from bot.domain import schedules
from bot.domain.moments import EVERY_DAY, MOST_TIMES, WEEKDAYS, WEEKEND, plain, resume_at
from bot.domain.wording import INTERFACE
from bot.errors import Misconfigured
from bot.types import Article, ArticleId, Length, Mute, OutletId, Schedule, Story, Subscription, TopicSlug

LONGEST_PAUSE = 365
"""Days."""
_WEEKS = {"all": EVERY_DAY, "week": WEEKDAYS, "end": WEEKEND}
_FORMATS, _QUIET = ("classic", "rich"), ("line", "nothing")


def changed(
    subscription: Subscription, wish: str, value: str, *, topics: Sequence[TopicSlug], now: datetime
) -> Subscription | None:
    """The subscription after a wish; None where it cannot be: an unknown value, or the last topic or time.

    Args:
        subscription: as it is.
        wish: "topics" (value: a slug, switched over), "at" and "drop" (a time to add, to take away),
            "only" (the one time), "day" (0 is Monday, switched over), "days" ("all", "week", "end"),
            "zone", "language", "length", "format", "night" and "silent" ("on" or "off"), "quiet" ("line" or
            "nothing"), "pause" (days; 0 ends it).
        value: see there.
        topics: those that there are, in their order.
        now: UTC.
    """
    schedule = subscription.schedule
    if wish == "topics":
        chosen = set(subscription.topics) ^ {TopicSlug(value)}
        kept = tuple(slug for slug in topics if slug in chosen)
        return replace(subscription, topics=kept) if kept and value in topics else None
    if wish in ("at", "drop", "only", "day", "days", "zone"):
        new = _scheduled(schedule, wish, value)
        return replace(subscription, schedule=new) if new else None
    if wish == "pause":
        if not value.isdigit() or int(value) > LONGEST_PAUSE:
            return None
        until = resume_at(now, int(value), schedule.zone) if int(value) else None
        return replace(subscription, paused_until=until)
    return _told(subscription, wish, value)


def _told(subscription: Subscription, wish: str, value: str) -> Subscription | None:
    """How it is told."""
    if wish == "language" and value in INTERFACE:
        return replace(subscription, language=value)
    if wish == "length" and value in tuple(Length):
        return replace(subscription, length=Length(value))
    if wish == "format" and value in _FORMATS:
        return replace(subscription, format=value)
    if wish == "quiet" and value in _QUIET:
        return replace(subscription, quiet_day=value)
    if wish == "night" and value in ("on", "off"):
        return replace(subscription, night=value == "on")
    if wish == "silent" and value in ("on", "off"):
        return replace(subscription, silent=value == "on")
    return None


def _scheduled(schedule: Schedule, wish: str, value: str) -> Schedule | None:
    try:
        if wish == "zone":
            schedules.zone(value)
            return replace(schedule, zone=value)
        if wish == "day":
            days = set(schedule.days or range(7)) ^ {int(value)}
            kept = tuple(sorted(days & set(range(7))))
            return replace(schedule, days=EVERY_DAY if len(kept) == 7 else kept) if kept else None
        if wish == "days":
            return replace(schedule, days=_WEEKS[value])
        at = time.fromisoformat(value)
    except (Misconfigured, KeyError, ValueError):
        return None
    times = {"only": {at}, "at": {*schedule.times, at}, "drop": {*schedule.times} - {at}}[wish]
    return replace(schedule, times=tuple(sorted(times))) if 0 < len(times) <= MOST_TIMES else None


# ------------------------------------------------------------------------------------------------------ mutes

_UNSPACED = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts that set no spaces between words: Thai, Lao, Khmer, Japanese, Chinese."""
_LETTER = rf"[^\W{_UNSPACED}]"
_JOINED = "[وف]?(?:[بكل]?(?:ال)?|لل)"
"""What Arabic writes together with the word that follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """What somebody does not want to read of; by default nothing is muted."""

    words: tuple[re.Pattern[str], ...] = ()
    outlets: frozenset[OutletId] = frozenset()

    def hides(self, *said: str) -> bool:
        """Whether one of these texts holds a muted word."""
        return bool(self.words) and any(word.search(plain(text)) for text in said for word in self.words)

    def heard(self, articles: Mapping[ArticleId, Article]) -> dict[ArticleId, Article]:
        """The articles without those of muted outlets."""
        return {ident: one for ident, one in articles.items() if one.outlet not in self.outlets}

    def lets(self, story: Story, heard: Mapping[ArticleId, Article]) -> bool:
        """Whether a story is told: by somebody who is heard, and without a muted word in its headlines."""
        titles = [heard[ident].title for ident in story.articles if ident in heard]
        return bool(titles) and not self.hides(story.title, *titles)


UNMUTED = Muted()


def muted(mutes: Iterable[Mute]) -> Muted:
    """These mutes, ready to be asked."""
    listed = tuple(mutes)
    return Muted(
        words=tuple(pattern(mute.value) for mute in listed if mute.kind == "word" and plain(mute.value)),
        outlets=frozenset(OutletId(mute.value) for mute in listed if mute.kind == "outlet"),
    )


def pattern(word: str) -> re.Pattern[str]:
    """Finds the word or phrase, as a whole, in a text that went through ``plain``.

    Where a script sets no spaces, anywhere. Arabic's article and prepositions are no part of a word; Chinese
    in either script is one.
    """
    said = plain(word)
    if "ء" <= said[0] <= "ي":
        bare = said.removeprefix("ال") if len(said) > 4 else said
        return re.compile(rf"(?<!\w){_JOINED}{re.escape(bare)}(?!\w)")
    left = "" if re.match(f"[{_UNSPACED}]", said[0]) else f"(?<!{_LETTER})"
    right = "" if re.match(f"[{_UNSPACED}]", said[-1]) else f"(?!{_LETTER})"
    return re.compile(f"{left}{re.escape(said)}{right}")
