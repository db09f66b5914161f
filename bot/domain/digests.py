"""What is in a digest: which stories, in which topic, in what order, and what of it is new to this reader.

The way of an edition: ``select`` (before anything is summarized) → summaries → ``compose`` → parts
(:mod:`bot.domain.messages`) → ``deliveries``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.schedules import Due, at_night
from bot.errors import Code
from bot.types import (
    Action,
    Coverage,
    Delivery,
    DeliveryId,
    DeliveryState,
    Digest,
    Item,
    Opening,
    Origin,
    Part,
    Rules,
    Section,
    Slot,
    Story,
    StoryId,
    Subscription,
    SubscriptionId,
    Summary,
    Topic,
    TopicSlug,
    Unchanged,
)

DEMAND, ON_TIME, LATE = 10, 5, 0
"""Priorities of deliveries: a person who asked is waiting; a late edition lets punctual ones pass."""


UNCHANGED = 3
"""Stories of a topic of which a line says that nothing is new."""
SEEN_LATE = timedelta(hours=6)
"""How long after publication an article may reach us and still count as of that moment."""
READ_LATE = timedelta(minutes=20)
"""How long after a feed brought it an article may still be on its way: its page is asked three times within
17 minutes. What a digest could not hold because it was being read then must not be too old for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A story that may go into a topic."""

    story: Story
    score: float  # importance in this topic, any scale; higher first
    why: str  # the reason for the score, for people
    basis: str = ""
    """Hash of the facts that would be told now (``Brief.basis``); "" where not computed. It is needed only of
    stories that the reader was told before."""
    grew_at: datetime | None = None
    """When its newest article was seen; ``story.last_at`` where None. An article published at 08:00 but first
    seen at 10:00 is news to who was told at 09:00."""
    state_media_only: bool | None = None  # None: judged by the summary's sources
    unchanged: Unchanged | None = None
    """What is said of it where it grew and says nothing that this reader was not told."""

    @property
    def newest_at(self) -> datetime:
        """When the story last changed, as we saw it: what "developed since" goes by."""
        return self.grew_at or self.story.last_at

    @property
    def current_at(self) -> datetime:
        """What decides if it is of the window: when it was seen, at most ``SEEN_LATE`` after its own time.

        By the time of publication alone, what a feed brings an hour late, just after a digest, would be in
        none; by the time of sight alone, a new feed's stories of three days ago would all be of today.
        """
        return min(self.newest_at, self.story.last_at + SEEN_LATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A candidate that was chosen. ``told_basis``: what the reader was told of it last, "" if never."""

    candidate: Candidate
    news: str = "new"
    told_basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A topic with its chosen stories, most important first. ``more``: recent ones that did not fit."""

    topic: Topic
    picks: tuple[Pick, ...] = ()
    more: int = 0
    unchanged: tuple[Unchanged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """For whom and when a digest is made."""

    language: str
    zone: str
    made_at: datetime
    since: datetime
    subscription: SubscriptionId | None = None
    slot: Slot | None = None
    late: bool = False
    quiet_day: str = "line"

    @classmethod
    def scheduled(cls, subscription: Subscription, due: Due, now: datetime, rules: Rules) -> Edition:
        """The edition of the slot that is due; on demand when ``due`` composes none."""
        return cls(
            language=subscription.language,
            zone=subscription.schedule.zone,
            made_at=now,
            since=now - rules.digest_window,
            subscription=subscription.id,
            slot=due.compose,
            late=due.late,
            quiet_day=subscription.quiet_day,
        )


# --------------------------------------------------------------------------------------------- selecting


def select(
    topics: Sequence[Topic],
    candidates: Mapping[TopicSlug, Sequence[Candidate]],
    told: Mapping[StoryId, tuple[str, datetime]],
    rules: Rules,
    now: datetime,
) -> tuple[Choice, ...]:
    """The stories of each topic, in the topics' order, most important first.

    A story stands once in a digest: in the topic that it matches best, or in its next best where that one is
    full. Stories of the window (``rules.digest_window``) come first, at most ``rules.stories_per_topic`` a
    topic; a topic with fewer than ``rules.topic_floor`` is filled with older candidates. What this reader was
    told already comes again only if it developed; of the best that went on without anything new a line says
    so (``UNCHANGED`` of a topic). The window, and what counts as "since then", begin
    ``READ_LATE`` early, for what was on its way.

    Args:
        topics: what the reader follows, in reading order.
        candidates: per topic, in any order; how far back they reach bounds how old a floor story can be.
        told: story -> (basis, when) of what this reader was last told.
        rules: ``digest_window``, ``stories_per_topic``, ``topic_floor``.
        now: UTC.
    """
    picks = _fresh(candidates, told)
    table = _Table(topics, candidates)
    since = now - rules.digest_window - READ_LATE
    recent = [pick for pick in picks if pick.candidate.current_at >= since]
    for pick in recent:
        if not table.seat(pick, rules.stories_per_topic):
            table.turn_away(pick)
    for pick in picks:
        if pick.candidate.current_at < since:
            table.seat(pick, min(rules.topic_floor, rules.stories_per_topic))
    for candidate in _unchanged(candidates, told):
        if candidate.current_at >= since:
            table.note(candidate)
    return table.choices(since)


def _fresh(
    candidates: Mapping[TopicSlug, Sequence[Candidate]], told: Mapping[StoryId, tuple[str, datetime]]
) -> list[Pick]:
    """One pick for each story that this reader does not know as it is, best score first."""
    best: dict[StoryId, Candidate] = {}
    for listed in candidates.values():
        for candidate in listed:
            known = best.get(candidate.story.id)
            if known is None or candidate.score > known.score:
                best[candidate.story.id] = candidate
    picks = []
    for candidate in sorted(best.values(), key=_order):
        before = told.get(candidate.story.id)
        if before is None:
            picks.append(Pick(candidate=candidate))
        elif candidate.newest_at > before[1] - READ_LATE and candidate.basis != before[0]:
            picks.append(Pick(candidate=candidate, news="developed", told_basis=before[0]))
    return picks


def _unchanged(
    candidates: Mapping[TopicSlug, Sequence[Candidate]], told: Mapping[StoryId, tuple[str, datetime]]
) -> list[Candidate]:
    """What went on since this reader was told, without anything new; each once, best score first."""
    best: dict[StoryId, Candidate] = {}
    for candidate in sorted((one for listed in candidates.values() for one in listed), key=_order):
        before = told.get(candidate.story.id)
        if before and candidate.unchanged and candidate.newest_at > before[1] - READ_LATE:
            best.setdefault(candidate.story.id, candidate)
    return list(best.values())


def _order(candidate: Candidate) -> tuple[float, float, int]:
    """Score, then the newer, then the older story id: the same input gives the same digest."""
    return -candidate.score, -candidate.newest_at.timestamp(), candidate.story.id


class _Table:
    """Seats in topics; knows which topics a story may sit in, best match first."""

    def __init__(self, topics: Sequence[Topic], candidates: Mapping[TopicSlug, Sequence[Candidate]]) -> None:
        self._topics = topics
        self._seats: dict[TopicSlug, list[Pick]] = {topic.slug: [] for topic in topics}
        self._more: dict[TopicSlug, int] = {topic.slug: 0 for topic in topics}
        self._notes: dict[TopicSlug, list[Unchanged]] = {topic.slug: [] for topic in topics}
        self._own: dict[tuple[TopicSlug, StoryId], Candidate] = {
            (slug, candidate.story.id): candidate
            for slug, listed in candidates.items()
            for candidate in listed
        }

    def _homes(self, story: Story) -> list[TopicSlug]:
        strength = {match.topic: match.score for match in story.topics}
        own = [topic.slug for topic in self._topics if (topic.slug, story.id) in self._own]
        return sorted(
            own, key=lambda slug: -strength.get(slug, 0.0)
        )  # sorted is stable: ties by reading order

    def seat(self, pick: Pick, room: int) -> bool:
        """Give it a seat in the best topic that has room; the topic's own candidate tells score and why."""
        for slug in self._homes(pick.candidate.story):
            if len(self._seats[slug]) < room:
                own = self._own[slug, pick.candidate.story.id]
                self._seats[slug].append(replace(pick, candidate=own))
                return True
        return False

    def turn_away(self, pick: Pick) -> None:
        """Count it where it belongs most."""
        for slug in self._homes(pick.candidate.story)[:1]:
            self._more[slug] += 1

    def note(self, candidate: Candidate) -> None:
        """A line on it in its best topic, while that has few."""
        for slug in self._homes(candidate.story)[:1]:
            if candidate.unchanged and len(self._notes[slug]) < UNCHANGED:
                self._notes[slug].append(candidate.unchanged)

    def choices(self, since: datetime) -> tuple[Choice, ...]:
        """Sorted by each topic's own scores; stories older than this stay behind."""

        def place(pick: Pick) -> tuple[bool, tuple[float, float, int]]:
            return pick.candidate.current_at < since, _order(pick.candidate)

        return tuple(
            Choice(
                topic=topic,
                picks=tuple(sorted(self._seats[topic.slug], key=place)),
                more=self._more[topic.slug],
                unchanged=tuple(self._notes[topic.slug]),
            )
            for topic in self._topics
        )


def top(choices: Sequence[Choice], most: int) -> frozenset[StoryId]:
    """The digest's ``most`` most important stories, over all topics."""
    ranked = sorted((pick.candidate for choice in choices for pick in choice.picks), key=_order)
    return frozenset(one.story.id for one in ranked[:most])


def leading(items: Sequence[Item], most: int) -> frozenset[StoryId]:
    """The same of a digest that was made."""
    ranked = sorted(items, key=lambda item: (-item.score, -item.last_at.timestamp(), item.story))
    return frozenset(item.story for item in ranked[:most])


# --------------------------------------------------------------------------------------------- composing


def compose(
    choices: Sequence[Choice],
    summaries: Mapping[StoryId, Summary],
    coverage: Coverage,
    edition: Edition,
    overviews: Mapping[TopicSlug, Sequence[Opening]] | None = None,
) -> Digest:
    """The digest of these choices; ``overviews``: what opens a topic, where something does.

    A story without a summary is left out and counted as one more; a "developed" one whose summary turns out
    to be made from what the reader was told already (equal basis) is left out silently.
    """
    return Digest(
        subscription=edition.subscription,
        slot=edition.slot,
        language=edition.language,
        zone=edition.zone,
        made_at=edition.made_at,
        since=edition.since,
        sections=tuple(
            _section(choice, summaries, edition, (overviews or {}).get(choice.topic.slug, ()))
            for choice in choices
        ),
        coverage=coverage,
        late=edition.late,
        quiet_day=edition.quiet_day,
    )


def tellable(choice: Choice, summaries: Mapping[StoryId, Summary]) -> tuple[StoryId, ...]:
    """The stories of the topic that will stand in the digest, in their order."""
    told = [(pick, summaries.get(pick.candidate.story.id)) for pick in choice.picks]
    return tuple(pick.candidate.story.id for pick, summary in told if summary and _news(pick, summary))


def _news(pick: Pick, summary: Summary) -> bool:
    return not pick.told_basis or summary.basis != pick.told_basis


def _section(
    choice: Choice, summaries: Mapping[StoryId, Summary], edition: Edition, overview: Sequence[Opening]
) -> Section:
    items = [
        _item(pick, summary)
        for pick in choice.picks
        if (summary := summaries.get(pick.candidate.story.id)) and _news(pick, summary)
    ]
    shown = {item.story for item in items}
    return Section(
        topic=choice.topic.slug,
        name=choice.topic.name(edition.language),
        items=tuple(items),
        more=choice.more + sum(pick.candidate.story.id not in summaries for pick in choice.picks),
        unchanged=choice.unchanged,
        overview=tuple(one for one in overview if one.story in shown),
    )


def _item(pick: Pick, summary: Summary) -> Item:
    candidate, sources = pick.candidate, summary.sources
    state = candidate.state_media_only
    if state is None:
        state = bool(sources) and all(source.state_media for source in sources)
    return Item(
        story=candidate.story.id,
        summary=summary,
        score=candidate.score,
        why=candidate.why,
        voices=candidate.story.voices,
        reprints=sum(source.reprint for source in sources),
        first_at=candidate.story.first_at,
        last_at=candidate.story.last_at,
        news=pick.news,
        state_media_only=state,
        basis=candidate.basis,
    )


# ------------------------------------------------------------------------------------- how much was seen


class Sight(StrEnum):
    """How much of what should have been read was read: what may be said when there is nothing to tell."""

    FULL = "full"  # every feed fine, and something came in
    PARTIAL = "partial"  # at least half of the feeds fine
    BLIND = "blind"  # fewer: silence proves nothing
    STALE = "stale"  # feeds "fine", but nothing new since the window began: something is wrong with us
    UNSET = "unset"  # no feeds at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the footer counts over all stories."""

    stories: int = 0
    rejected: int = 0
    model_missed: int = 0
    over_budget: int = 0
    methods: frozenset[str] = field(default_factory=frozenset)


def sight(digest: Digest) -> Sight:
    """How far an empty digest may be believed."""
    coverage = digest.coverage
    if coverage.feeds <= 0:
        return Sight.UNSET
    if coverage.feeds_fine * 2 < coverage.feeds:
        return Sight.BLIND
    if coverage.newest_at is None or coverage.newest_at < digest.since:
        return Sight.STALE
    return Sight.FULL if coverage.feeds_fine >= coverage.feeds else Sight.PARTIAL


def tally(digest: Digest) -> Tally:
    """Counts over all stories of the digest."""
    told = [item.summary for section in digest.sections for item in section.items]
    return Tally(
        stories=len(told),
        rejected=sum(len(summary.rejected) for summary in told),
        model_missed=sum(summary.why_fallback not in (None, Code.MODEL_BUDGET) for summary in told),
        over_budget=sum(summary.why_fallback is Code.MODEL_BUDGET for summary in told),
        methods=frozenset("translation" if one.translated_from else str(one.method) for one in told),
    )


def unsaid(digest: Digest) -> bool:
    """Whether nothing is to be sent: a quiet day of a reader who wants none of them told.

    Only a quiet day that is proven, though: to a reader who knows "nothing means no news", silence over dead
    feeds would be the lie that the honest line exists to prevent.
    """
    quiet = not (tally(digest).stories or digest.corrections) and digest.quiet_day == "nothing"
    return quiet and sight(digest) in (Sight.FULL, Sight.PARTIAL)


# --------------------------------------------------------------------------------------------- delivering


def deliveries(
    digest: Digest,
    subscription: Subscription,
    parts: Sequence[Part],
    now: datetime,
    *,
    token: str = "",
) -> tuple[Delivery, ...]:
    """One delivery for each part, in order; none when :func:`unsaid`.

    Keys are ``digest:{subscription}:{local_date}T{local_time}:{part}``, so that composing a slot twice queues
    it once; without a slot ``digest:{subscription}:demand-{token}:{part}``.

    Args:
        digest: what was composed.
        subscription: where to; its ``silent`` goes to each part.
        parts: of :func:`bot.domain.messages.parts`.
        now: UTC; when it is due without a slot.
        token: names an edition on demand; unique to the asking.

    Raises:
        ValueError: neither slot nor token, so that the keys would not be unique.
    """
    if unsaid(digest):
        return ()
    slot = digest.slot
    if slot is None and not token:
        raise ValueError("a digest without a slot needs a token for its deliveries' keys")
    group = group_of(replace(digest, subscription=subscription.id), token)
    priority = DEMAND if slot is None else LATE if digest.late else ON_TIME
    silent = subscription.silent or (subscription.night and at_night(now, subscription.schedule.zone))
    return tuple(
        Delivery(
            key=f"{group}:{number}",
            group=group,
            origin=Origin.DIGEST,
            address=subscription.address,
            part_number=number,
            parts=len(parts),
            part=_hushed(part, silent),
            priority=priority,
            due_at=slot.at if slot else now,
            queued_at=now,
        )
        for number, part in enumerate(parts)
    )


def _hushed(part: Part, silent: bool) -> Part:
    return replace(part, silent=silent, classic=tuple(_hushed(one, silent) for one in part.classic))


def _clock(slot: Slot) -> str:
    short = not slot.local_time.second and not slot.local_time.microsecond
    return slot.local_time.isoformat("minutes" if short else "auto")


def group_of(digest: Digest, token: str = "") -> str:
    """The group of a digest's deliveries; ``token`` where it has no slot."""
    slot = digest.slot
    when = f"{slot.local_date.isoformat()}T{_clock(slot)}" if slot else f"demand-{token}"
    return f"digest:{digest.subscription}:{when}"


def edits(sent: Sequence[Delivery], parts: Sequence[Part], now: datetime) -> tuple[Delivery, ...]:
    """Deliveries that bring sent messages to these parts: an edit where one differs, else a deletion.

    Keys are the group's with ``:revised``: a digest is edited once.
    """
    group = f"{sent[0].group}:revised"
    made: list[Delivery] = []
    for place, old in enumerate(sent):
        new = parts[place] if place < len(parts) else None
        if new is not None and _same(old.part, new):
            continue
        number = len(made)
        made.append(
            replace(
                old,
                id=DeliveryId(0),
                key=f"{group}:{number}",
                group=group,
                origin=Origin.CORRECTION,
                action=Action.DELETE if new is None else Action.EDIT,
                part=old.part if new is None else new,
                part_number=number,
                priority=LATE,
                due_at=now,
                queued_at=now,
                state=DeliveryState.PENDING,
                attempts=0,
                sent_at=None,
            )
        )
    return tuple(replace(one, parts=len(made)) for one in made)


def _same(old: Part, new: Part) -> bool:
    return (old.text, old.entities, old.rich) == (new.text, new.entities, new.rich)
