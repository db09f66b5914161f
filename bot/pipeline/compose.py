"""Stories → digests → deliveries: composed once per slot, in one transaction with the messages."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain import digests, disputes, messages, presses, ranking, schedules, wishes
from bot.domain.digests import Candidate, Choice, Edition
from bot.domain.facts import facts_told
from bot.domain.feedback import terms_of
from bot.domain.messages import Doors, doors_of
from bot.domain.prompts import Book
from bot.domain.schedules import Due
from bot.domain.summaries import Known, Memory
from bot.errors import Broken, Misconfigured, Transient
from bot.events import logger
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.flow import chunked, in_parallel
from bot.pipeline.overviews import PATIENCE, overviews
from bot.pipeline.tell import Permit, Sources, Told, brief_of, tell
from bot.ports import Deps, Step
from bot.types import (
    Address,
    Article,
    ArticleId,
    Brief,
    Delivery,
    Digest,
    Fact,
    Length,
    Limits,
    OutletId,
    Part,
    Story,
    StoryId,
    Subscription,
    SubscriptionId,
    Summary,
    TopicSlug,
    Unchanged,
)

log = logger("compose")

SUMMARIES_AT_ONCE = 8
# Seconds that an edition which could not be made waits for the next try.
COMPOSE_AGAIN = 60.0
# Copies of a digest that one transaction records: some 20,000 rows, half a second.
COPIES = 500
TOLD_BACK = timedelta(days=14)
"""What a reader was told before that is news again."""
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
    chat: str = ""  # whose presses are heeded; "": nobody's
    permit: Permit | None = None  # see tell
    watch: Callable[[Summary | None, int, int], None] | None = None  # told (summary, done, total)
    muted: wishes.Muted = wishes.UNMUTED  # what this reader does not want to read of
    memory: Memory = field(default_factory=Memory)  # sentence by sentence what this reader was told
    corrections: tuple[Fact, ...] = ()  # taken back by their sources since the last edition
    seen: Sources = field(default_factory=dict)
    read: dict[ArticleId, Article] = field(default_factory=dict)
    """Articles, as they were read for another reader of the same step."""
    briefs: dict[tuple[StoryId, tuple[ArticleId, ...]], Brief] = field(default_factory=dict)
    """Made for this edition already: each story is looked at when stories are chosen and when it is told."""


async def compose(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Make the edition of each subscription (of the step's ids) whose slot has come.

    Readers alike get one and the same digest: it is made once, and recorded for each.
    """
    book = await catalogue(deps)
    made, seen = 0, Sources()
    for number, readers in enumerate(await alike(deps, await _due(deps, step))):
        try:
            made += await _compose_for(deps, book, readers, number, seen)
        except (Transient, Misconfigured):
            raise
        except Exception:  # of all readers, these must not keep the others waiting
            log.exception("digest_failed", subscription=readers[0][0].id, readers=len(readers))
            again = deps.clock.monotonic() + COMPOSE_AGAIN
            deps.desk.put_off.update({reader.id: again for reader, _ in readers})
    return (Step(name="send", key="send", lock="send"),) if made else ()


Reader = tuple[Subscription, Due]


async def _due(deps: Deps, step: Step) -> list[Reader]:
    """The subscriptions whose slot has come; what is too old is noted as skipped."""
    now, clock = deps.clock.now(), deps.clock.monotonic()
    asked = [
        one for one in await subscriptions_of(deps, step) if deps.desk.put_off.get(one.id, clock) <= clock
    ]
    async with deps.store.begin() as tx:
        since = now - schedules.LOOK_BACK - timedelta(days=2)
        done = await tx.slots_done_by([one.id for one in asked], since)
    found = []
    for subscription in asked:
        due = schedules.due(subscription, now=now, done=done[subscription.id], rules=deps.rules)
        if due.skip:
            async with deps.store.begin() as tx:
                await tx.skip_slots(subscription.id, due.skip, "missed")
            log.warning("slots_skipped", subscription=subscription.id, slots=len(due.skip))
        if due.compose is not None:
            found.append((subscription, due))
    return found


async def alike(deps: Deps, readers: Sequence[Reader]) -> list[list[Reader]]:
    """Those together that get the same digest: they want the same now, and were told the same before."""
    async with deps.store.begin() as tx:
        told = await tx.told_alike([one for one, _ in readers], deps.clock.now() - TOLD_BACK)
    prompts: Book = deps.desk.prompts or Book()
    groups: dict[Hashable, list[Reader]] = {}
    for one, due in readers:
        wish = (one.topics, one.language, one.length, one.schedule.zone, one.quiet_day, one.address.channel)
        own = one.address.chat if prompts.of_chat(one.address.chat) else ""  # summaries written for it alone
        groups.setdefault((*wish, own, due.compose, due.late, told[one.id]), []).append((one, due))
    return list(groups.values())


async def _compose_for(
    deps: Deps, book: Catalogue, readers: Sequence[Reader], number: int, seen: Sources
) -> int:
    """The digest of these readers alike; how many were recorded. ``number``: of their group."""
    (first, due), now = readers[0], deps.clock.now()
    assert due.compose is not None
    # A summary that is not ready is told from excerpts: waiting for a model would make the digest late.
    wanted = replace(await wanted_of(deps, first, patient=False), seen=seen)
    edition = Edition.scheduled(first, due, now, replace(deps.rules, digest_window=wanted.window))
    # No two digests that differ are made at the same moment: by it the store tells who was told the same.
    made_at = now + timedelta(microseconds=number)
    digest = replace(await make(deps, book, wanted, edition), made_at=made_at)
    recorded = 0
    for some in chunked(readers, COPIES):
        recorded += await _record(deps, digest, [reader for reader, _ in some])
    late = (deps.clock.now() - due.compose.at).total_seconds()
    for _ in range(recorded):
        deps.meters.composed(late)
    told = sum(len(section.items) for section in digest.sections)
    log.info("digest_queued", subscription=first.id, readers=recorded, stories=told, seconds_after=int(late))
    return recorded


async def _record(deps: Deps, digest: Digest, readers: Sequence[Subscription]) -> int:
    """Render the digest for each, and write it with its messages; how many had none for this slot."""
    async with deps.store.begin() as tx:
        username = await tx.note("bot_username") or ""
    now = deps.clock.now()
    forms: dict[Hashable, tuple[Part, ...]] = {}
    # Facts name the part that carries them: copies with other parts are recorded apart.
    alike: dict[Hashable, dict[SubscriptionId | None, Sequence[Delivery]]] = {}
    for reader in readers:
        doors = doors_of(reader.address, username)
        # In private chats the numbers are buttons, and the same for all; elsewhere links that name the chat.
        form = reader.format, replace(doors, chat="") if doors and doors.private else doors
        if form not in forms:
            forms[form] = _parts(deps, reader, digest, doors)
        queued = digests.deliveries(digest, reader, forms[form], now)
        alike.setdefault(tuple(item.part.stories for item in queued), {})[reader.id] = queued
    recorded = 0
    for copies in alike.values():
        own = replace(digest, subscription=next(iter(copies)))
        facts = facts_told(own, copies[own.subscription])
        async with deps.store.begin() as tx:
            recorded += len(await tx.record_digests(own, copies, facts))
    return recorded


async def rendered(deps: Deps, subscription: Subscription, digest: Digest) -> tuple[Part, ...]:
    """The messages of a digest as this subscription gets them, with the numbers that open its cards."""
    return _parts(deps, subscription, digest, await doors(deps, subscription.address))


def _parts(deps: Deps, subscription: Subscription, digest: Digest, doors: Doors | None) -> tuple[Part, ...]:
    return messages.parts(
        digest,
        limits_of(deps, subscription),
        deps.wording.get(subscription.language, deps.wording["en"]),
        doors,
        form=subscription.format if subscription.address.channel == "telegram" else "classic",
    )


async def doors(deps: Deps, address: Address) -> Doors | None:
    """How the numbers of stories lead to their cards in this chat; None where they cannot."""
    async with deps.store.begin() as tx:
        username = await tx.note("bot_username")
    return doors_of(address, username or "")


def limits_of(deps: Deps, subscription: Subscription) -> Limits:
    """What the subscription's channel takes in one message."""
    channel = deps.channels.get(subscription.address.channel)
    return channel.limits if channel else Limits()


async def subscriptions_of(deps: Deps, step: Step) -> tuple[Subscription, ...]:
    """The active subscriptions of the step's ids."""
    async with deps.store.begin() as tx:
        active = await tx.subscriptions()
    wanted = {SubscriptionId(ident) for ident in step.ids}
    return tuple(sub for sub in active if not wanted or sub.id in wanted)


async def wanted_of(deps: Deps, subscription: Subscription, *, patient: bool) -> Wanted:
    """What this subscription's next edition is to hold: all that is new since its last one.

    What was sent on demand counts as told, and moves no edition's beginning: it may have been of one topic.
    """
    now = deps.clock.now()
    async with deps.store.begin() as tx:
        told = await tx.told(subscription.id, now - TOLD_BACK)
        rows = await tx.digests(subscription.id, 100)
        mutes = await tx.mutes(subscription.address.chat, now)
        facts = await tx.facts(subscription.address, now - TOLD_BACK)
    last = edition_before(rows, now)
    window = max(deps.rules.digest_window, min(now - last, LONGEST_WINDOW) if last else timedelta(0))
    return Wanted(
        topics=subscription.topics,
        language=subscription.language,
        length=subscription.length,
        window=window,
        told=told,
        patient=patient,
        chat=subscription.address.chat,
        muted=wishes.muted(mutes),
        memory=Memory(fact for fact in facts if fact.corrected_at is None),
        corrections=taken_back(facts, last, now),
    )


def edition_before(rows: Sequence[Mapping[str, Any]], at: datetime) -> datetime | None:
    """When the last edition before this moment was made, of a subscription's digests, newest first."""
    made = (row["made_at"] for row in rows if row["local_date"] and not row["skipped"])
    return next((one for one in made if one < at), None)


def taken_back(facts: Sequence[Fact], since: datetime | None, until: datetime) -> tuple[Fact, ...]:
    """What sources took back in this time."""
    return tuple(
        fact
        for fact in facts
        if fact.corrected_at and fact.corrected_at <= until and (since is None or fact.corrected_at > since)
    )


async def make(deps: Deps, book: Catalogue, wanted: Wanted, edition: Edition) -> Digest:
    """The digest of these topics now."""
    choices = await choose(deps, book, wanted)
    told = await tell_all(deps, book, choices, wanted)
    patience = PATIENCE if wanted.patient else 0.0
    opened = await overviews(
        deps, choices, told, wanted.length, patience=patience, permit=wanted.permit, muted=wanted.muted
    )
    async with deps.store.begin() as tx:
        coverage = await tx.coverage(edition.since, wanted.topics)
    summaries = {story: one.summary for story, one in told.items()}
    digest = digests.compose(choices, summaries, coverage, edition, opened)
    return replace(digest, corrections=wanted.corrections)


async def choose(deps: Deps, book: Catalogue, wanted: Wanted) -> tuple[Choice, ...]:
    """The stories of each topic, ranked, with what this reader knows already left out."""
    now = deps.clock.now()
    # A subscription made in a chat keeps a topic that was switched off: it may come back.
    wanted = replace(wanted, topics=tuple(slug for slug in wanted.topics if slug in book.slugs))
    async with deps.store.begin() as tx:
        since = now - max(wanted.window, REACH * deps.rules.digest_window)
        rows = await tx.stories_since(since, wanted.topics)
        known = {ident for story, _ in rows for ident in story.articles}
        new = await tx.articles(sorted(known - wanted.read.keys()))
        wanted.read.update((article.id, article) for article in new)
        said = presses.counted(await tx.feedback(chat=wanted.chat)) if wanted.chat else ()
    articles = wanted.muted.heard({ident: wanted.read[ident] for ident in sorted(known & wanted.read.keys())})
    rows = tuple(row for row in rows if wanted.muted.lets(row[0], articles))
    members = {
        story: [articles[ident] for ident in story.articles if ident in articles]
        for whole, _ in rows
        if (story := presses.kept(whole, said)) is not None
    }
    candidates = [
        (await _candidate(deps, book, wanted, story, listed, now), listed)
        for story, listed in members.items()
    ]
    offered = _by_topic(deps, wanted, candidates)
    if said:
        about = {
            candidate.story.id: presses.main_terms([article.title for article in listed])
            for candidate, listed in candidates
        }
        offered = presses.heed(offered, said, about)
    told_by = {
        candidate.story.id: frozenset(one.outlet for one in listed) for candidate, listed in candidates
    }
    spread = {slug: _spread(listed, told_by) for slug, listed in offered.items()}
    topics = [topic for topic in book.topics if topic.slug in wanted.topics]
    rules = replace(deps.rules, digest_window=wanted.window)
    return digests.select(topics, spread, wanted.told, rules, now)


def _by_topic(
    deps: Deps, wanted: Wanted, candidates: Sequence[tuple[Candidate, Sequence[Article]]]
) -> dict[TopicSlug, list[Candidate]]:
    """Topic -> candidates, those last that nobody wrote of in the reader's language."""
    listed: dict[TopicSlug, list[Candidate]] = {slug: [] for slug in wanted.topics}
    foreign: dict[TopicSlug, list[Candidate]] = {slug: [] for slug in wanted.topics}
    language = wanted.language.split("-", maxsplit=1)[0]
    for candidate, members in candidates:
        spoken = any(article.language == language for article in members)
        for match in candidate.story.topics:
            if match.topic in listed and match.score >= 1:
                (listed if spoken else foreign)[match.topic].append(candidate)
    for slug, others in foreign.items():
        # Excerpts are not translated: without a model such stories only fill a topic that has too few.
        if deps.summarizer is not deps.fallback or len(listed[slug]) < deps.rules.topic_floor:
            listed[slug] += others
    return listed


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
    rated = ranking.importance(story, members, outlets, now=now, told=story.id in wanted.told)
    basis, unchanged = "", None
    if story.id in wanted.told:
        known, before = wanted.memory.of(story.id), wanted.told[story.id]
        try:
            brief = await brief_for(deps, book, story, wanted)
            basis = brief.whole or brief.basis
        except Broken:  # nothing of it can be told any more, so nothing of it is new
            brief, basis = None, before[0]
        if brief is not None and not brief.passages:
            basis = before[0]
            if known.headline:
                since = known.at or before[1]
                unchanged = Unchanged(story=story.id, headline=known.headline, since=since)
    return Candidate(
        story=story,
        score=rated.score,
        why=rated.why(),
        basis=basis,
        grew_at=max((article.seen_at for article in members), default=story.last_at),
        unchanged=unchanged,
    )


async def brief_for(deps: Deps, book: Catalogue, story: Story, wanted: Wanted) -> Brief:
    """What is to be told of this story to this reader. Raises ValueError when its topics are gone."""
    key = story.id, story.articles
    if key in wanted.briefs:
        return wanted.briefs[key]
    # A story remembers topics that somebody has taken out of the files since.
    known = [match for match in story.topics if match.topic in book.slugs]
    slug = max(known, key=lambda match: match.score).topic
    made = await brief_of(
        deps,
        book,
        story,
        slug,
        language=wanted.language,
        length=wanted.length,
        without=wanted.muted.outlets,
        known=wanted.memory.of(story.id),
        seen=wanted.seen,
    )
    own: Book | None = deps.desk.prompts
    made = replace(made, chat=wanted.chat if own and own.of_chat(wanted.chat) else "")
    wanted.briefs[key] = made
    return made


async def tell_all(
    deps: Deps, book: Catalogue, choices: Sequence[Choice], wanted: Wanted
) -> dict[StoryId, Told]:
    """What these stories are told as; those that cannot be told are left out."""
    picks = [pick.candidate.story for choice in choices for pick in choice.picks]
    top = digests.top(choices, deps.rules.top_stories)

    async def one(story: Story) -> tuple[StoryId, Told | None]:
        try:
            brief = await brief_for(deps, book, story, wanted)
            if not brief.passages:
                return story.id, None
            summary = await tell(
                deps, brief, patient=wanted.patient, permit=wanted.permit, top=story.id in top
            )
            known = wanted.memory.of(story.id)
            summary = _unknown(summary, known) if brief.whole else summary
            summary = replace(summary, disputes=disputes.ledger(brief.sources, since=known.at))
            # A model's headline in another language may hold the word that no source's headline held.
            told = Told(brief=brief, summary=summary)
            return story.id, None if wanted.muted.hides(summary.headline) else told
        except (Transient, Misconfigured):
            raise
        except Exception:  # one story that cannot be told must not cost the reader all others
            log.exception("story_untold", story=story.id)
            return story.id, None

    made: dict[StoryId, Told] = {}
    done = 0
    async with aclosing(in_parallel(picks, one, workers=SUMMARIES_AT_ONCE)) as results:
        async for ident, told in results:
            done += 1
            deps.desk.progress("summaries", done, len(picks))
            if wanted.watch:
                wanted.watch(told.summary if told else None, done, len(picks))
            if told is not None:
                made[ident] = told
    return made


def _unknown(summary: Summary, known: Known) -> Summary:
    """Without the sentences that this reader knows: a model repeats some for the context."""
    kept = tuple(one for one in summary.sentences if not known.knows(one.text))
    return replace(summary, sentences=kept or summary.sentences[:1])


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
