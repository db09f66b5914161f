"""What goes into a digest, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.digests import (
    Candidate,
    Choice,
    Edition,
    Pick,
    Sight,
    compose,
    deliveries,
    select,
    sight,
    tally,
    unsaid,
)
from bot.domain.messages import parts
from bot.domain.schedules import Due
from bot.types import (
    Address,
    ArticleId,
    Limits,
    Rules,
    Schedule,
    Slot,
    Story,
    StoryId,
    Subscription,
    SubscriptionId,
    Summary,
    Topic,
    TopicMatch,
    TopicSlug,
)
from tests.golden.sample import coverage, empty, item, sample, source, wording

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = Rules()
SYRIA, CHINA = TopicSlug("syria"), TopicSlug("us-china")
TOPICS = (
    Topic(slug=SYRIA, names={"en": "Syria", "ar": "سوريا"}),
    Topic(slug=CHINA, names={"en": "US-China"}),
)


def candidate(
    number: int,
    score: float = 1.0,
    *,
    age: timedelta = 3 * HOUR,
    strength: dict[TopicSlug, float] | None = None,
    basis: str = "",
    grew_at: datetime | None = None,
) -> Candidate:
    matches = (strength or {SYRIA: 1.0}).items()
    return Candidate(
        story=Story(
            id=StoryId(number),
            title=f"Story {number}",
            articles=(ArticleId(number),),
            voices=2,
            first_at=NOW - age - HOUR,
            last_at=NOW - age,
            topics=tuple(TopicMatch(topic=slug, score=value, why="") for slug, value in matches),
        ),
        score=score,
        why="two outlets",
        basis=basis,
        grew_at=grew_at,
    )


def chosen(choices: tuple[Choice, ...]) -> dict[str, list[int]]:
    return {choice.topic.slug: [pick.candidate.story.id for pick in choice.picks] for choice in choices}


def summary(number: int, basis: str = "now") -> Summary:
    told = item(number, f"Headline {number}", (("A sentence.", (1,)),), (source(1, "Hill Post"),)).summary
    return replace(told, basis=basis)


def test_stories_stand_in_order_of_importance_and_the_rest_is_counted() -> None:
    found = select(TOPICS, {SYRIA: [candidate(n, n) for n in range(1, 9)]}, {}, RULES, NOW)
    assert chosen(found) == {"syria": [8, 7, 6, 5, 4], "us-china": []}
    assert [choice.more for choice in found] == [3, 0]


def test_a_story_of_two_topics_stands_once_in_the_one_it_matches_best() -> None:
    both = {SYRIA: 1.1, CHINA: 2.4}
    listed = {SYRIA: [candidate(1, 5, strength=both), candidate(2)], CHINA: [candidate(1, 3, strength=both)]}
    found = select(TOPICS, listed, {}, RULES, NOW)
    assert chosen(found) == {"syria": [2], "us-china": [1]}
    assert found[1].picks[0].candidate.score == 3  # as that topic sees it


def test_a_story_whose_best_topic_the_reader_does_not_follow_stands_where_it_can() -> None:
    strength = {TopicSlug("indo-pacific"): 9.0, SYRIA: 1.0}
    assert chosen(select(TOPICS, {SYRIA: [candidate(1, strength=strength)]}, {}, RULES, NOW))["syria"] == [1]


def test_a_story_that_finds_its_best_topic_full_goes_to_its_next_one() -> None:
    both = {SYRIA: 2.0, CHINA: 1.0}
    crowd = [candidate(n, 10 + n) for n in range(1, 6)]
    spilt = candidate(9, 1, strength=both)
    found = select(TOPICS, {SYRIA: [*crowd, spilt], CHINA: [spilt]}, {}, RULES, NOW)
    assert chosen(found) == {"syria": [5, 4, 3, 2, 1], "us-china": [9]}
    assert found[0].more == 0


def test_a_thin_topic_is_filled_to_the_floor_with_older_stories_behind_the_new() -> None:
    listed = {SYRIA: [candidate(1, 1), candidate(2, 9, age=30 * HOUR), candidate(3, 8, age=40 * HOUR)]}
    assert chosen(select(TOPICS, listed, {}, RULES, NOW))["syria"] == [1, 2]


def test_a_full_topic_takes_no_older_story() -> None:
    listed = {SYRIA: [candidate(1, 1), candidate(2, 2), candidate(3, 9, age=30 * HOUR)]}
    found = select(TOPICS, listed, {}, RULES, NOW)
    assert chosen(found)["syria"] == [2, 1]
    assert found[0].more == 0


def test_a_story_told_before_comes_again_only_when_it_grew_and_says_other_things() -> None:
    told = {StoryId(n): ("old", NOW - 5 * HOUR) for n in range(1, 6)}
    listed = [
        candidate(1, basis="other", age=6 * HOUR),  # other words, but nothing new since
        candidate(2, basis="old", age=HOUR),  # a new article that adds nothing
        candidate(3, basis="other", age=HOUR),  # developed
        candidate(4, basis="other", age=8 * HOUR, grew_at=NOW - HOUR),  # published before, seen after
        candidate(6, age=6 * HOUR),  # never told
    ]
    found = select(TOPICS, {SYRIA: listed}, told, RULES, NOW)
    news = {pick.candidate.story.id: pick.news for pick in found[0].picks}
    assert news == {3: "developed", 4: "developed", 6: "new"}


def test_what_reached_us_late_is_in_the_next_digest_but_old_stories_of_a_new_feed_are_not_today() -> None:
    late = candidate(1, 1, age=25 * HOUR, grew_at=NOW - 23 * HOUR)  # published before the window, seen in it
    crowd = [candidate(n, 9, age=60 * HOUR, grew_at=NOW - HOUR) for n in range(2, 9)]  # a new feed's archive
    found = select(TOPICS, {SYRIA: [late, *crowd]}, {}, RULES, NOW)
    assert chosen(found)["syria"] == [1, 2]
    assert found[0].more == 0


def test_what_was_being_read_when_a_digest_was_made_is_in_the_next_one() -> None:
    """Its feed brought it ten minutes before yesterday's digest; its page was there five minutes after."""
    yesterday = NOW - timedelta(days=1)
    seen = yesterday - timedelta(minutes=10)
    crowd = [candidate(n, 1, age=HOUR) for n in (2, 3)]  # a topic that needs no filling
    grown = candidate(1, 9, age=25 * HOUR, basis="more", grew_at=seen)
    fresh = candidate(4, 9, age=25 * HOUR, grew_at=seen)
    found = select(TOPICS, {SYRIA: [grown, fresh, *crowd]}, {StoryId(1): ("old", yesterday)}, RULES, NOW)
    assert sorted(chosen(found)["syria"]) == [1, 2, 3, 4]
    assert [pick.news for pick in found[0].picks if pick.candidate.story.id == 1] == ["developed"]


def test_the_floor_never_repeats_what_was_told() -> None:
    told = {StoryId(1): ("old", NOW - 5 * HOUR)}
    assert chosen(select(TOPICS, {SYRIA: [candidate(1, age=30 * HOUR)]}, told, RULES, NOW))["syria"] == []


STORIES = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.floats(0, 9),
        st.integers(0, 60),
        st.floats(0, 3),
        st.floats(0, 3),
        st.booleans(),
    ),
    max_size=30,
    unique_by=lambda drawn: drawn[0],
)


@settings(max_examples=200, deadline=None)
@given(drawn=STORIES)
def test_whatever_the_candidates_no_story_stands_twice_and_no_topic_overflows(
    drawn: list[tuple[int, float, int, float, float, bool]],
) -> None:
    made = [
        (candidate(number, score, age=hours * HOUR, strength={SYRIA: here, CHINA: there}), both)
        for number, score, hours, here, there, both in drawn
    ]
    listed = {SYRIA: [one for one, _ in made], CHINA: [one for one, both in made if both]}
    found = select(TOPICS, listed, {}, RULES, NOW)
    shown = [number for numbers in chosen(found).values() for number in numbers]
    assert len(shown) == len(set(shown))
    recent = sum(one.newest_at >= NOW - RULES.digest_window for one, _ in made)
    fresh = sum(
        pick.candidate.newest_at >= NOW - RULES.digest_window for choice in found for pick in choice.picks
    )
    assert fresh + sum(choice.more for choice in found) == recent  # shown or counted, never lost
    for choice in found:
        assert len(choice.picks) <= RULES.stories_per_topic
        old = [pick.candidate.newest_at < NOW - RULES.digest_window for pick in choice.picks]
        assert old == sorted(old)
        assert not any(old) or len(old) <= RULES.topic_floor
    again = select(TOPICS, {slug: list(reversed(some)) for slug, some in listed.items()}, {}, RULES, NOW)
    assert chosen(again) == chosen(found)


EDITION = Edition(language="ar", zone="UTC", made_at=NOW, since=NOW - 24 * HOUR)


def test_composing_names_topics_in_the_readers_language_and_keeps_the_order() -> None:
    picks = (Pick(candidate=candidate(2)), Pick(candidate=candidate(1)))
    digest = compose(
        [Choice(topic=TOPICS[0], picks=picks, more=3)],
        {StoryId(n): summary(n) for n in (1, 2)},
        coverage(),
        EDITION,
    )
    (section,) = digest.sections
    assert (section.name, section.more) == ("سوريا", 3)
    assert [each.story for each in section.items] == [2, 1]


def test_a_story_without_a_summary_is_counted_as_one_more() -> None:
    choice = Choice(topic=TOPICS[0], picks=(Pick(candidate=candidate(1)), Pick(candidate=candidate(2))))
    (section,) = compose([choice], {StoryId(2): summary(2)}, coverage(), EDITION).sections
    assert [each.story for each in section.items] == [2]
    assert section.more == 1


def test_a_developed_story_that_turns_out_to_be_told_from_the_same_facts_is_dropped() -> None:
    picks = tuple(Pick(candidate=candidate(n), news="developed", told_basis=f"b{n}") for n in (1, 2))
    summaries = {StoryId(1): summary(1, "b1"), StoryId(2): summary(2, "changed")}
    (section,) = compose([Choice(topic=TOPICS[0], picks=picks)], summaries, coverage(), EDITION).sections
    assert [each.story for each in section.items] == [2]


def test_a_story_told_by_state_media_alone_is_marked_and_reprints_are_counted() -> None:
    sources = (source(1, "State Daily", state=True), source(2, "State Radio", state=True, reprint=True))
    told = replace(summary(1), sources=sources)
    choice = Choice(topic=TOPICS[0], picks=(Pick(candidate=candidate(1)),))
    (item_1,) = compose([choice], {StoryId(1): told}, coverage(), EDITION).sections[0].items
    assert (item_1.state_media_only, item_1.reprints) == (True, 1)
    free = replace(told, sources=(*sources, source(3, "Hill Post")))
    (item_2,) = compose([choice], {StoryId(1): free}, coverage(), EDITION).sections[0].items
    assert not item_2.state_media_only


@pytest.mark.parametrize(
    ("feeds", "fine", "newest", "expected"),
    [
        (38, 38, HOUR, Sight.FULL),
        (38, 37, HOUR, Sight.PARTIAL),
        (38, 19, HOUR, Sight.PARTIAL),
        (38, 18, HOUR, Sight.BLIND),
        (38, 38, None, Sight.STALE),
        (38, 38, 25 * HOUR, Sight.STALE),
        (0, 0, None, Sight.UNSET),
    ],
)
def test_how_far_an_empty_digest_may_be_believed(
    feeds: int, fine: int, newest: timedelta | None, expected: Sight
) -> None:
    assert sight(empty(coverage(feeds, fine, newest))) is expected


def test_a_reader_who_wants_no_quiet_lines_still_hears_of_an_outage() -> None:
    assert unsaid(empty(coverage(38, 38), quiet_day="nothing"))
    assert not unsaid(empty(coverage(38, 38), quiet_day="line"))
    assert not unsaid(empty(coverage(38, 3), quiet_day="nothing"))
    assert not unsaid(replace(sample(), quiet_day="nothing"))


def test_the_tally_counts_over_all_stories() -> None:
    counted = tally(sample())
    assert (counted.stories, counted.rejected, counted.model_missed) == (4, 1, 1)
    assert counted.methods == {"llm", "extractive"}


READER = Subscription(
    id=SubscriptionId("morning"),
    address=Address(channel="telegram", chat="-100", thread=7),
    topics=(SYRIA,),
    schedule=Schedule(times=(time(7),), zone="Europe/Berlin"),
    language="en",
    silent=True,
)
SLOT = Slot(local_date=date(2026, 11, 23), local_time=time(7), at=NOW)


def test_an_edition_carries_slot_lateness_and_window() -> None:
    made = Edition.scheduled(READER, Due(compose=SLOT, late=True), NOW + HOUR, RULES)
    assert (made.slot, made.late, made.subscription) == (SLOT, True, "morning")
    assert made.since == NOW + HOUR - RULES.digest_window
    assert made.zone == "Europe/Berlin"


def test_deliveries_are_keyed_by_local_date_and_time_so_that_composing_twice_queues_once() -> None:
    digest = replace(sample(), slot=SLOT, late=False)
    split = parts(digest, Limits(units=900), wording("en"))
    made = deliveries(digest, READER, split, NOW - timedelta(minutes=2))
    assert [each.key for each in made] == [f"digest:morning:2026-11-23T07:00:{n}" for n in range(len(split))]
    assert {each.group for each in made} == {"digest:morning:2026-11-23T07:00"}
    assert {(each.part_number, each.parts) for each in made} == {(n, len(split)) for n in range(len(split))}
    assert {each.due_at for each in made} == {NOW}
    assert all(each.part.silent for each in made)
    assert [each.part.text for each in made] == [part.text for part in split]


@pytest.mark.parametrize(
    ("hour", "zone", "hushed"),
    [
        (20, "Europe/Berlin", False),  # 21:00 there
        (21, "Europe/Berlin", True),
        (5, "Europe/Berlin", True),
        (6, "Europe/Berlin", False),
        (21, "Asia/Taipei", True),  # 5:00 of the next day
        (23, "Asia/Taipei", False),
    ],
)
@pytest.mark.parametrize("form", ["classic", "rich"])
def test_who_wants_silent_nights_is_not_woken_by_the_clock_of_their_zone(
    hour: int, zone: str, hushed: bool, form: str
) -> None:
    now = NOW.replace(hour=hour)
    reader = replace(READER, silent=False, night=True, schedule=replace(READER.schedule, zone=zone))
    made = deliveries(
        sample(), reader, parts(sample(), Limits(), wording("en"), form=form), now, token="asked"
    )
    assert made
    for each in made:
        assert {each.part.silent, *(one.silent for one in each.part.classic)} == {hushed}
    loud = replace(reader, night=False)
    made = deliveries(sample(), loud, parts(sample(), Limits(), wording("en"), form=form), now, token="asked")
    assert not any(each.part.silent for each in made)


def test_a_person_who_asked_goes_before_a_punctual_edition_and_that_before_a_late_one() -> None:
    digest = replace(sample(), slot=SLOT, late=False)
    split = parts(digest, Limits(), wording("en"))
    late = deliveries(replace(digest, late=True), READER, split, NOW)[0]
    punctual = deliveries(digest, READER, split, NOW)[0]
    asked = deliveries(replace(digest, slot=None), READER, split, NOW, token="42")[0]
    assert late.priority < punctual.priority < asked.priority
    assert asked.key == "digest:morning:demand-42:0"
    assert asked.due_at == NOW


def test_a_digest_without_slot_and_token_has_no_keys_and_is_refused() -> None:
    with pytest.raises(ValueError, match="token"):
        deliveries(replace(sample(), slot=None), READER, (), NOW)


def test_a_proven_quiet_day_of_a_reader_who_wants_nothing_gives_no_deliveries() -> None:
    digest = replace(empty(coverage(38, 38), quiet_day="nothing"), slot=SLOT)
    assert deliveries(digest, READER, parts(digest, Limits(), wording("en")), NOW) == ()
