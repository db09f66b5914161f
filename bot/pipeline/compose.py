"""Stories → digests → deliveries: composed once per slot, in one transaction with the messages."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain import digests, messages, ranking, schedules
from bot.domain.digests import Candidate, Choice, Edition
from bot.domain.feedback import NOTHING, Preferences, terms_of
from bot.errors import Broken, Misconfigured, Transient
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.flow import in_parallel
from bot.pipeline.tell import brief_of, tell
from bot.ports import Deps, Step
from bot.types import (
    Article,
    Brief,
    Digest,
    Length,
    Limits,
    OutletId,
    Story,
    StoryId,
    Subscription,
    SubscriptionId,
    Summary,
    TopicSlug,
)

log = logging.getLogger("dateline.compose")

SUMMARIES_AT_ONCE = 8
# Seconds between looks at what an edition will need: articles still come in, and a model may have recovered.
PREPARE_AGAIN = 240.0
# How far back a thin topic may reach for its floor, as a multiple of the digest's window.
REACH = 3
# A digest tells what came since the last one: a weekly one a week, Monday's the weekend.
LONGEST_WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an edition is to hold."""

    topics: tuple[TopicSlug, ...]
    language: str
    length: Length
    window: timedelta
    told: Mapping[StoryId, tuple[str, datetime]]
    patient: bool  # wait for the model
    likes: Preferences = NOTHING  # what the chat pressed


async def prepare(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Have the summaries ready that an edition due in some minutes will need: its slot costs no waiting."""
    book = await catalogue(deps)
    for subscription in await _subscriptions(deps, step):
        now = deps.clock.monotonic()
        if now - deps.desk.prepared.get(subscription.id, -PREPARE_AGAIN) < PREPARE_AGAIN:
            continue
        deps.desk.prepared[subscription.id] = now
        wanted = await _wanted(deps, subscription, patient=True)
        await _tell_all(deps, book, await choose(deps, book, wanted), wanted)
    return ()


async def compose(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Make the edition of each subscription (of the step's ids) whose slot has come."""
    book = await catalogue(deps)
    made = 0
    for subscription in await _subscriptions(deps, step):
        made += await _compose_one(deps, book, subscription)
    return (Step(name="send", key="send", lock="send"),) if made else ()


async def _compose_one(deps: Deps, book: Catalogue, subscription: Subscription) -> bool:
    now = deps.clock.now()
    async with deps.store.begin() as tx:
        done = await tx.slots_done(subscription.id, now - schedules.LOOK_BACK - timedelta(days=2))
    due = schedules.due(subscription, now=now, done=done, rules=deps.rules)
    if due.skip:
        async with deps.store.begin() as tx:
            await tx.skip_slots(subscription.id, due.skip, "missed")
        log.warning("slots_skipped subscription=%s slots=%d", subscription.id, len(due.skip))
    if due.compose is None:
        return False
    # A summary that is not ready is told from excerpts: waiting for a model would make the digest late.
    wanted = await _wanted(deps, subscription, patient=False)
    edition = Edition.scheduled(subscription, due, now, replace(deps.rules, digest_window=wanted.window))
    digest = await make(deps, book, wanted, edition)
    words = deps.wording.get(subscription.language, deps.wording["en"])
    parts = messages.parts(digest, _limits(deps, subscription), words)
    queued = digests.deliveries(digest, subscription, parts, deps.clock.now())
    async with deps.store.begin() as tx:
        ident = await tx.record_digest(digest, queued)
    told = sum(len(section.items) for section in digest.sections)
    late = int((deps.clock.now() - due.compose.at).total_seconds())
    if ident is not None:
        name = subscription.id
        log.info("digest_queued subscription=%s stories=%d parts=%d after=%ds", name, told, len(queued), late)
    return ident is not None


def _limits(deps: Deps, subscription: Subscription) -> Limits:
    channel = deps.channels.get(subscription.address.channel)
    return channel.limits if channel else Limits()


async def _subscriptions(deps: Deps, step: Step) -> tuple[Subscription, ...]:
    async with deps.store.begin() as tx:
        active = await tx.subscriptions()
    wanted = {SubscriptionId(ident) for ident in step.ids}
    return tuple(sub for sub in active if not wanted or sub.id in wanted)


async def _wanted(deps: Deps, subscription: Subscription, *, patient: bool) -> Wanted:
    now = deps.clock.now()
    async with deps.store.begin() as tx:
        told = await tx.told(subscription.id, now - timedelta(days=14))
        rows = await tx.digests(subscription.id, 20)
    last = next((row["made_at"] for row in rows if not row["skipped"]), None)
    window = max(deps.rules.digest_window, min(now - last, LONGEST_WINDOW) if last else timedelta(0))
    return Wanted(
        topics=subscription.topics,
        language=subscription.language,
        length=subscription.length,
        window=window,
        told=told,
        patient=patient,
    )


async def make(deps: Deps, book: Catalogue, wanted: Wanted, edition: Edition) -> Digest:
    """The digest of these topics now."""
    choices = await choose(deps, book, wanted)
    summaries = await _tell_all(deps, book, choices, wanted)
    async with deps.store.begin() as tx:
        coverage = await tx.coverage(edition.since, wanted.topics)
    return digests.compose(choices, summaries, coverage, edition)


async def choose(deps: Deps, book: Catalogue, wanted: Wanted) -> tuple[Choice, ...]:
    """The stories of each topic, ranked, with what this reader knows already left out."""
    now = deps.clock.now()
    async with deps.store.begin() as tx:
        rows = await tx.stories_since(
            now - max(wanted.window, REACH * deps.rules.digest_window), wanted.topics
        )
        known = {ident for story, _ in rows for ident in story.articles}
        articles = {article.id: article for article in await tx.articles(sorted(known))}
    listed: dict[TopicSlug, list[Candidate]] = {slug: [] for slug in wanted.topics}
    foreign: dict[TopicSlug, list[Candidate]] = {slug: [] for slug in wanted.topics}
    told_by: dict[StoryId, frozenset[OutletId]] = {}
    for story, _ in rows:
        members = [articles[ident] for ident in story.articles if ident in articles]
        told_by[story.id] = frozenset(article.outlet for article in members)
        candidate = await _candidate(deps, book, wanted, story, members, now)
        for match in story.topics:
            if match.topic in listed and match.score >= 1:
                spoken = any(article.language == wanted.language for article in members)
                (listed if spoken else foreign)[match.topic].append(candidate)
    for slug, others in foreign.items():
        # Excerpts are not translated: without a model such stories only fill a topic that has too few.
        if deps.summarizer is not deps.fallback or len(listed[slug]) < deps.rules.topic_floor:
            listed[slug] += others
    topics = [topic for topic in book.topics if topic.slug in wanted.topics]
    rules = replace(deps.rules, digest_window=wanted.window)
    spread = {slug: _spread(candidates, told_by) for slug, candidates in listed.items()}
    return digests.select(topics, spread, wanted.told, rules, now)


def _spread(
    candidates: Sequence[Candidate], members: Mapping[StoryId, frozenset[OutletId]]
) -> list[Candidate]:
    """The same candidates, those lowered that are much like a better one."""
    ranked = []
    for candidate in candidates:
        outlets = members[candidate.story.id]
        sole = next(iter(outlets)) if len(outlets) == 1 else ""
        terms = frozenset(terms_of(candidate.story.title))
        ranked.append(ranking.Ranked(score=candidate.score, terms=terms, sole_outlet=sole))
    return [
        replace(candidate, score=score, why=f"{candidate.why}, {why}" if why else candidate.why)
        for candidate, (score, why) in zip(candidates, ranking.spread(ranked), strict=True)
    ]


async def _candidate(
    deps: Deps, book: Catalogue, wanted: Wanted, story: Story, members: Sequence[Article], now: datetime
) -> Candidate:
    outlets = {article.outlet: book.outlets.get(article.outlet) for article in members}
    rated = ranking.importance(
        story, members, outlets, now=now, told=story.id in wanted.told, likes=wanted.likes
    )
    basis = ""
    if story.id in wanted.told:
        try:
            basis = (await _brief(deps, book, story, wanted)).basis
        except Broken:  # nothing of it can be told any more, so nothing of it is new
            basis = wanted.told[story.id][0]
    return Candidate(
        story=story,
        score=rated.score,
        why=rated.why(),
        basis=basis,
        grew_at=max((article.seen_at for article in members), default=story.last_at),
    )


async def _brief(deps: Deps, book: Catalogue, story: Story, wanted: Wanted) -> Brief:
    # A story remembers topics that somebody has taken out of the files since.
    known = [match for match in story.topics if match.topic in book.slugs]
    slug = max(known, key=lambda match: match.score).topic
    topic = book.topic(slug).name(wanted.language)
    return await brief_of(deps, book, story, topic, language=wanted.language, length=wanted.length)


async def _tell_all(
    deps: Deps, book: Catalogue, choices: Sequence[Choice], wanted: Wanted
) -> dict[StoryId, Summary]:
    picks = [pick.candidate.story for choice in choices for pick in choice.picks]

    async def one(story: Story) -> tuple[StoryId, Summary | None]:
        try:
            brief = await _brief(deps, book, story, wanted)
            return story.id, await tell(deps, brief, patient=wanted.patient)
        except (Transient, Misconfigured):
            raise
        except Exception:  # one story that cannot be told must not cost the reader all others
            log.exception("story_untold story=%d", story.id)
            return story.id, None

    told: dict[StoryId, Summary] = {}
    done = 0
    async with aclosing(in_parallel(picks, one, workers=SUMMARIES_AT_ONCE)) as results:
        async for ident, summary in results:
            done += 1
            deps.desk.progress("summaries", done, len(picks))
            if summary is not None:
                told[ident] = summary
    return told


async def demand(
    deps: Deps,
    *,
    topics: Sequence[TopicSlug] = (),
    language: str = "en",
    length: Length = Length.STANDARD,
    window: timedelta | None = None,
    zone: str = "UTC",
) -> Digest:
    """A digest of what is stored, now, for somebody who asks; nothing counts as told before.

    Raises:
        KeyError: a topic that does not exist.
    """
    book = await catalogue(deps)
    wanted = Wanted(
        topics=tuple(book.topic(slug).slug for slug in topics) or book.slugs,
        language=language,
        length=length,
        window=window or deps.rules.digest_window,
        told={},
        patient=True,
    )
    now = deps.clock.now()
    edition = Edition(language=language, zone=zone, made_at=now, since=now - wanted.window)
    return await make(deps, book, wanted, edition)
