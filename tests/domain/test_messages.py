"""Messages that a channel cannot refuse, and that lose nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.domain.cleaning import clean
from bot.domain.messages import Atom, Block, Doors, Run, doors_of, parts, split, units
from bot.domain.wording import LRM, RLM
from bot.errors import Misconfigured
from bot.types import (
    Address,
    Button,
    CanonicalUrl,
    Digest,
    EntityKind,
    Limits,
    Part,
    Section,
    Sentence,
    StoryId,
)
from tests.golden.sample import coverage, empty, sample, wording

EN = wording("en")


def covered(part: Part) -> list[str]:
    """What each entity covers; fails to decode where one cuts a surrogate pair."""
    wide = part.text.encode("utf-16-le")
    return [
        wide[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le")
        for entity in part.entities
    ]


def must_be_valid(part: Part, limits: Limits) -> None:
    """What Telegram wants of text and entities."""
    length = units(part.text)
    assert length == len(part.text.encode("utf-16-le")) // 2
    assert 0 < length <= limits.units
    assert part.text == part.text.strip()
    assert len(part.entities) <= limits.entities
    end = quoted = 0
    for entity, text in zip(part.entities, covered(part), strict=True):
        assert entity.length > 0
        assert end <= entity.offset  # in order, none over another, but for what stands in a quotation
        over = entity.offset + entity.length
        assert entity.offset >= quoted or over <= quoted
        if entity.kind is EntityKind.EXPANDABLE_BLOCKQUOTE:
            quoted = over
        else:
            end = over
        assert over <= length
        assert text == text.strip()
        assert bool(entity.url) == (entity.kind is EntityKind.TEXT_LINK)


def bare(text: str) -> str:
    return "".join(text.split())


def unnumbered(all_parts: tuple[Part, ...]) -> str:
    """The parts' text without "1/3" in the first and "2/3" before the others."""
    if len(all_parts) < 2:
        return bare("".join(part.text for part in all_parts))
    total = len(all_parts)
    texts = []
    for number, part in enumerate(all_parts, 1):
        if number == 1:
            mark = f" · 1/{total}"
            assert mark in part.text
            # The sample runs hold no "·": the first is ours.
            texts.append(part.text.replace(mark, "", 1))
        else:
            mark = f"{number}/{total}\n\n"
            assert part.text.startswith(mark)
            texts.append(part.text.removeprefix(mark))
    return bare("".join(texts))


PIECES = (
    *("", "a", "long", "story ", " ", ".\n", "\u00a0", "e\u0301", "😀", "🚢 ", "🇸", "👩🏽\u200d💻"),
    *("السلام", " عليكم", "新闻摘要。", "，"),
)
# A document as a small recipe: blocks of atoms of runs, a run being (piece, piece, how many times, style).
RUN = st.tuples(
    st.sampled_from(PIECES),
    st.sampled_from(PIECES),
    st.sampled_from([1, 1, 1, 7, 40, 900]),
    st.integers(0, 3),
)
ATOM = st.tuples(
    st.lists(RUN, max_size=3),
    st.sampled_from(["\n", "\n\n", " "]),
    st.integers(0, 5),
    st.booleans(),
    st.booleans(),
)
DOCUMENT = st.lists(st.lists(ATOM, min_size=1, max_size=4), max_size=4)
STYLES = (None, EntityKind.BOLD, EntityKind.ITALIC, EntityKind.TEXT_LINK)
Recipe = list[list[tuple[list[tuple[str, str, int, int]], str, int, bool, bool]]]


def cooked(recipe: Recipe) -> list[Block]:
    def run(left: str, right: str, times: int, style: int) -> Run:
        kind = STYLES[style]
        return Run(
            (left + right) * times, kind, "https://a.example/1" if kind is EntityKind.TEXT_LINK else ""
        )

    return [
        tuple(
            Atom(tuple(run(*each) for each in runs), glue, StoryId(story) if story else None, leads, quoted)
            for runs, glue, story, leads, quoted in block
        )
        for block in recipe
    ]


@pytest.mark.slow
@settings(
    max_examples=2000, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
)
@given(recipe=DOCUMENT, limits=st.sampled_from([Limits(), Limits(units=64), Limits(units=500, entities=3)]))
def test_any_document_becomes_valid_messages_and_loses_nothing(recipe: Recipe, limits: Limits) -> None:
    blocks = cooked(recipe)
    made = split(blocks, limits, EN)
    for part in made:
        must_be_valid(part, limits)
    atoms = [atom for block in blocks for atom in block]
    runs = [run for atom in atoms for run in atom.runs]
    assert unnumbered(made) == bare("".join(run.text for run in runs))
    kept = "".join(
        text
        for part in made
        for entity, text in zip(part.entities, covered(part), strict=True)
        if entity.kind is not EntityKind.EXPANDABLE_BLOCKQUOTE
    )
    quoted = "".join(
        text
        for part in made
        for entity, text in zip(part.entities, covered(part), strict=True)
        if entity.kind is EntityKind.EXPANDABLE_BLOCKQUOTE
    )
    assert limits.entities < 4 or bare(quoted.replace(f" · 1/{len(made)}", "")) == bare(
        "".join(run.text for atom in atoms if atom.quoted for run in atom.runs)
    )
    assert bare(kept) == bare("".join(run.text for run in runs if run.kind))
    seen = {atom.story for atom in atoms if atom.story and any(run.text.strip() for run in atom.runs)}
    assert seen == {story for part in made for story in part.stories}


def told(digest: Digest, limits: Limits | None = None, language: str = "en") -> str:
    return "\n\n".join(part.text for part in parts(digest, limits or Limits(), wording(language)))


def long_digest(stories: int) -> Digest:
    """Stories of four sentences, each of which ends in two marks."""
    whole = sample()
    first = whole.sections[0].items[0]
    text = "The council said that the bridge would open to all lorries on the first day of the month."
    sentences = tuple(Sentence(text=text, sources=(1, 2)) for _ in range(4))
    items = tuple(
        replace(first, story=StoryId(number), summary=replace(first.summary, sentences=sentences))
        for number in range(stories)
    )
    return replace(whole, sections=(replace(whole.sections[0], items=items),))


def test_a_digest_is_split_on_story_borders_and_numbered() -> None:
    made = parts(long_digest(15), Limits(), EN)
    assert len(made) > 1
    for number, part in enumerate(made, 1):
        must_be_valid(part, Limits())
        assert f"{number}/{len(made)}" in part.text.splitlines()[0]
        if number > 1:
            assert part.text.splitlines()[2].endswith("year of repairs")  # begins with a headline
    stories = [story for part in made for story in part.stories]
    assert stories == list(range(15))  # no story in two parts


def test_a_message_that_fits_is_not_numbered() -> None:
    (only,) = parts(sample(), Limits(), EN)
    assert "1/1" not in only.text


def test_no_part_has_more_entities_than_the_channel_honours() -> None:
    made = parts(long_digest(15), Limits(units=100_000), EN)
    assert len(made) == 3  # 15 stories of 14 entities
    assert all(len(part.entities) <= 100 for part in made)


def test_an_over_long_story_is_split_between_sentences() -> None:
    made = parts(long_digest(1), Limits(units=300), EN)
    assert len(made) > 2
    for part in made:
        must_be_valid(part, Limits(units=300))
    assert sum(part.text.count("first day of the month.\u00a0[1][2]") for part in made) == 4


def test_a_heading_never_ends_a_part() -> None:
    for room in range(300, 900, 25):
        for part in parts(sample(), Limits(units=room), EN):
            assert not part.text.splitlines()[-1].startswith("◆"), room


def test_a_cut_spares_pictures_of_several_characters() -> None:
    family = "👩🏽‍💻"
    made = split([(Atom((Run(family * 100),)),)], Limits(units=64), EN)
    for part in made:
        picture = part.text.split("\n\n")[-1].split(" · ")[0]
        assert picture.replace(family, "") == ""


def test_marks_and_outlets_link_to_the_articles() -> None:
    (only,) = parts(sample(), Limits(), EN)
    links = [
        (text, entity.url)
        for entity, text in zip(only.entities, covered(only), strict=True)
        if entity.kind is EntityKind.TEXT_LINK
    ]
    assert ("[2]", "https://news2.example.org/2026/11/22/story-2?a=1&b=2") in links
    assert ("[3] State Daily (state media)", "https://news4.example.org/2026/11/22/story-4?a=1&b=2") in links


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example/" + "x" * 3000, "", "https://a b"])
def test_an_address_that_may_not_be_linked_is_left_as_text(url: str) -> None:
    whole = sample()
    item = whole.sections[1].items[0]
    sources = tuple(replace(source, url=CanonicalUrl(url)) for source in item.summary.sources)
    section = replace(
        whole.sections[1], items=(replace(item, summary=replace(item.summary, sources=sources)),)
    )
    (only,) = parts(replace(whole, sections=(section,)), Limits(), EN)
    assert "[1][2]" in only.text
    assert not [entity for entity in only.entities if entity.kind is EntityKind.TEXT_LINK]


def test_foreign_text_cannot_turn_the_line_or_hide_in_it() -> None:
    text = told(sample())
    assert "\u202e" not in text
    assert "\u200b" not in text
    assert "Two coast guards run a joint search in the strait 🚢" in text


@pytest.mark.parametrize(
    ("dirty", "neat"),
    [
        ("a\u202eb\u2066c\u2069\u200fd", "abcd"),
        ("zero\u200bwidth\ufeff \u2060and\u00ad soft", "zerowidth and soft"),
        ("line\none\r\ntwo\tthree\u2028four\x00five", "line one two three four five"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("half\ud83d pair", "half pair"),
        ("A\u030angstro\u0308m", "Ångström"),
        ("👩\u200d💻 and p\u200dq", "👩\u200d💻 and pq"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ends in \u200d", "ends in"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
    ],
)
def test_cleaning_keeps_what_is_seen_and_drops_what_acts_unseen(dirty: str, neat: str) -> None:
    assert clean(dirty) == neat


@settings(deadline=None)
@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert "\n" not in once


def test_every_line_of_an_arabic_digest_begins_with_a_mark_of_its_direction() -> None:
    lines = [line for line in told(sample("ar"), language="ar").splitlines() if line]
    assert all(line.startswith((RLM, LRM)) for line in lines)
    assert [line[1:12] for line in lines if line.startswith(LRM)] == ["4. Two coas", "Boats of bo"]


def test_a_story_told_in_another_language_says_in_which() -> None:
    assert "in English" not in told(sample())
    assert "语言：英语" in told(sample("zh"), language="zh")
    assert "باللغة الإنجليزية" in told(sample("ar"), language="ar")


def test_a_late_digest_says_so_and_when_it_was_due() -> None:
    assert "late: it was due at 05:30" in told(sample()).splitlines()[0]
    assert "late" not in told(replace(sample(), late=False)).splitlines()[0]


def test_a_digest_from_before_midnight_names_the_day_it_was_due() -> None:
    slot = sample().slot
    assert slot is not None
    yesterday = replace(slot, local_date=slot.local_date.replace(day=22))
    first = told(replace(sample(), slot=yesterday)).splitlines()[0]
    assert first == "Dateline · Sunday, 22 November 2026 · late: it was due at 22 November, 05:30"


def test_a_quiet_day_is_called_quiet_only_when_all_feeds_were_read() -> None:
    fine, some, few, none = (told(empty(coverage(*feeds))) for feeds in ((38, 38), (38, 36), (38, 3), (0, 0)))
    assert "Nothing new passed the bar for your topics; all 38 feeds were read fine." in fine
    assert "Nothing new in the 36 of 38 feeds that could be read." in some
    assert "Only 3 of 38 feeds could be read since 22 November, 07:00." in few
    assert "No feeds are set up yet" in none
    for text in (few, none):
        assert "Nothing new" not in text


@pytest.mark.parametrize("language", ["en", "zh", "ar"])
def test_fine_feeds_that_brought_nothing_are_called_unusual(language: str) -> None:
    text = told(empty(coverage(38, 38, newest=None), language=language), language=language)
    assert wording(language).texts["quiet.stale"].split("{")[0] in text  # type: ignore[union-attr]


def test_a_topic_without_stories_is_named_once_and_honestly() -> None:
    whole = sample()
    sections = (whole.sections[0], replace(whole.sections[1], items=(), more=0))
    partial = replace(whole, sections=sections)
    assert "Nothing in the feeds that could be read: US-China" in told(partial)
    fine = replace(partial, coverage=coverage(38, 38))
    assert "Nothing new passed the bar: US-China" in told(fine)


def test_the_footer_counts_feeds_age_articles_and_refused_sentences() -> None:
    last = told(sample()).splitlines()[-1]
    assert "36 of 38 feeds fine · newest item 41 minutes ago · 1,412 articles read" in last
    assert "1 sentence left out" in last


def test_failing_feeds_that_are_not_named_are_counted() -> None:
    last = told(empty(coverage(38, 3))).splitlines()[-1]
    assert last.rstrip("\u200e").endswith("and 32 more")


def test_the_method_stands_in_the_footer_when_all_stories_share_it() -> None:
    whole = sample()
    only: tuple[Section, ...] = (whole.sections[2],)
    text = told(replace(whole, sections=only))
    assert text.count("excerpts from the sources") == 1
    assert "all texts are excerpts from the sources" in text


@pytest.mark.parametrize("limits", [Limits(units=63), Limits(entities=0)])
def test_limits_that_no_digest_fits_are_refused(limits: Limits) -> None:
    with pytest.raises(Misconfigured, match="too small"):
        parts(sample(), limits, EN)


def test_stories_are_numbered_through_all_messages_and_the_buttons_say_so() -> None:
    made = parts(long_digest(15), Limits(), EN, Doors("dateline_bot", private=True))
    assert len(made) > 1
    pressed = [button for part in made for row in part.buttons for button in row]
    assert [button.text for button in pressed] == [str(number) for number in range(1, 16)]
    assert [button.data for button in pressed] == [f"s:{story}" for story in range(15)]
    for part in made:
        numbers = [line.split(".")[0] for line in part.text.splitlines() if line.endswith("year of repairs")]
        assert numbers == [button.text for row in part.buttons for button in row]


def test_in_groups_a_number_leads_to_the_private_chat() -> None:
    (only,) = parts(sample(), Limits(), EN, Doors("dateline_bot", private=False))
    assert only.buttons[0][2] == Button(text="3", url="https://t.me/dateline_bot?start=s_3")


@pytest.mark.parametrize(
    ("stories", "rows"), [(1, [1]), (8, [8]), (9, [5, 4]), (12, [6, 6]), (17, [6, 6, 5])]
)
def test_rows_have_at_most_eight_numbers_and_are_of_like_length(stories: int, rows: list[int]) -> None:
    made = parts(long_digest(stories), Limits(units=100_000, entities=1000), EN, Doors("b", private=True))
    assert [len(row) for part in made for row in part.buttons] == rows


def test_without_doors_and_without_stories_there_are_no_buttons() -> None:
    assert not any(part.buttons for part in parts(sample(), Limits(), EN))
    (quiet,) = parts(empty(coverage(38, 38)), Limits(), EN, Doors("b", private=True))
    assert quiet.buttons == ()


@pytest.mark.parametrize(
    ("address", "bot", "doors"),
    [
        (Address(channel="telegram", chat="77"), "", Doors("", private=True, chat="77")),
        (Address(channel="telegram", chat="-10077"), "b", Doors("b", private=False, chat="-10077")),
        (Address(channel="telegram", chat="@channel"), "b", Doors("b", private=False, chat="@channel")),
        (Address(channel="telegram", chat="@channel"), "", None),
        (Address(channel="apprise", chat="77"), "b", None),
    ],
)
def test_only_a_bot_whose_name_is_known_has_doors_in_groups(
    address: Address, bot: str, doors: Doors | None
) -> None:
    assert doors_of(address, bot) == doors


def test_source_headlines_are_told_only_where_they_cost_no_further_message() -> None:
    (short,) = parts(sample(), Limits(), EN)
    assert "[2] Title 2" in short.text
    quotes = [
        text
        for entity, text in zip(short.entities, covered(short), strict=True)
        if entity.kind is EntityKind.EXPANDABLE_BLOCKQUOTE
    ]
    assert quotes[0].startswith("developed since your last digest · 3 independent sources")
    room = units(short.text) - 10
    (same,) = parts(sample(), Limits(units=room), EN)
    assert "Title" not in same.text
    assert "developed since your last digest · 3 independent sources" in same.text


def test_bare_addresses_count_as_the_entities_that_telegram_makes_of_them_and_none_is_lost() -> None:
    told = Atom((Run("https://a.example/1 /start " * 40),))
    bold = Atom((Run("headline", EntityKind.BOLD),))
    made = split([(told, told, bold)], Limits(), EN)
    assert len(made) == 2  # 160 of theirs, and ours
    (only,) = split([(Atom((Run("https://a.example/1 " * 150),)),)], Limits(), EN)
    assert only.text.count("https://") == 150
