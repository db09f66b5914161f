"""Random digests in both forms: what Telegram's stand-in accepts without a change, and nothing lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.adapters.simulator import entities, rich
from bot.adapters.simulator.keyboards import accept_markup
from bot.adapters.simulator.rich_text import text_of_rich
from bot.domain import cards
from bot.domain.cleaning import cleaned
from bot.domain.messages import Doors, parts
from bot.domain.messages.doors import numbers
from bot.domain.messages.layout import Setting, blocks
from bot.domain.wording import LRM, RLM, Wording
from bot.types import (
    Digest,
    Item,
    Limits,
    Part,
    Placement,
    PlacementKind,
    Story,
    TopicMatch,
    TopicSlug,
)
from tests.domain import random_digests
from tests.domain.random_digests import Dice
from tests.golden.sample import wording

CHUNK = 1000
DOORS = (None, Doors("dateline_bot", private=True), Doors("dateline_bot", private=False))


def bare(text: str) -> str:
    return "".join(text.replace(LRM, "").replace(RLM, "").split())


def must_pass(part: Part) -> None:
    """The text and the buttons come through as they are; entities too, but for links that are none."""
    given = [
        {"type": str(one.kind), "offset": one.offset, "length": one.length}
        | ({"url": one.url} if one.url else {})
        for one in part.entities
    ]
    text, kept = entities.accept(part.text, given)
    assert text == part.text
    assert len(given) <= entities.MOST_ENTITIES
    ours = [one for one in kept if one["type"] not in ("url", "bot_command")]
    assert ours == given
    must_be_buttons(part)


def must_be_buttons(part: Part) -> None:
    keyboard = {
        "inline_keyboard": [
            [
                {"text": button.text, "url": button.url}
                if button.url
                else {"text": button.text, "callback_data": button.data}
                for button in row
            ]
            for row in part.buttons
        ]
    }
    kept = accept_markup(keyboard, "private")
    assert kept == (keyboard if part.buttons else None)


def joined(made: Sequence[Part], words: Wording) -> str:
    """The parts' text in one, without their numbers."""
    texts = []
    for number, part in enumerate(made, 1):
        said = words("digest.part", number=number, total=len(made))
        if len(made) == 1:
            texts.append(part.text)
        elif number == 1:
            mark = f"{words.separator}{said}"
            assert mark in part.text
            texts.append(part.text.replace(mark, "", 1))
        else:
            mark = f"{RLM if words.rtl else ''}{said}\n\n"
            assert part.text.startswith(mark)
            texts.append(part.text.removeprefix(mark))
    return bare("".join(texts))


def laid_out(digest: Digest, words: Wording, *, details: bool) -> str:
    setting = Setting(digest, words, numbers(digest), details)
    return bare("".join(run.text for block in blocks(setting) for atom in block for run in atom.runs))


def items_of(digest: Digest) -> list[Item]:
    return [item for section in digest.sections for item in section.items]


def must_say_all(text: str, digest: Digest) -> None:
    """Every headline, sentence and cited number, whatever the layout does."""
    at = 0
    for number, item in enumerate(items_of(digest), 1):
        for piece in (f"{number}. {item.summary.headline}", *(one.text for one in item.summary.sentences)):
            found = text.find(bare(piece), at)
            assert found >= 0, piece
            at = found


def check_classic(made: Sequence[Part], digest: Digest, words: Wording, doors: Doors | None) -> None:
    for part in made:
        must_pass(part)
    text = joined(made, words)
    assert any(text == laid_out(digest, words, details=details) for details in (True, False))
    must_say_all(text, digest)
    worn = [item.story for item in items_of(digest)]
    shown = list(dict.fromkeys(story for part in made for story in part.stories))
    assert shown == worn
    if doors is not None:
        for part in made:
            pressed = [button.text for row in part.buttons for button in row]
            assert pressed == [str(worn.index(story) + 1) for story in part.stories]


def check_rich(made: Sequence[Part], digest: Digest) -> None:
    said = []
    for part in made:
        must_pass(part)
        assert part.rich is not None
        assert part.classic
        said.append(text_of_rich(rich.accept(part.rich)))
        assert part.text == part.classic[0].text
        for one in part.classic:
            must_pass(one)
        assert bool(part.rich.get("is_rtl")) == (digest.language == "ar")
    must_say_all(bare("".join(said)), digest)
    assert [story for part in made for story in part.stories] == [item.story for item in items_of(digest)]


def check_card(item: Item, digest: Digest, words: Wording, dice: Dice) -> None:
    """One valid message each, whatever the story holds."""
    reasons = (
        "likeness 0.62, 0.30 needed: bridge, جسر",
        dice.text(30),
        "nothing like it is open, 0.30 needed",
    )
    match = TopicMatch(topic=TopicSlug("syria"), score=1.0, why=dice.text(20))
    story = Story(
        id=item.story,
        title=item.summary.headline,
        articles=tuple(source.article for source in item.summary.sources),
        voices=item.voices,
        first_at=item.first_at,
        last_at=item.last_at,
        topics=(match,),
    )
    placements = tuple(
        Placement(
            article=ident, kind=PlacementKind.JOIN, story=item.story, similarity=0.5, why=dice.one(reasons)
        )
        for ident in story.articles
    )
    view = cards.StoryView(
        story=story,
        summary=item.summary,
        placements=placements,
        matches=(match,),
        score=1.5,
        why=item.why,
        zone=digest.zone,
        language=digest.language,
        told_at=dice.one((None, digest.made_at)),
    )
    for part in (cards.card(view, words), cards.why(view, words)):
        must_pass(part)
        assert part.stories == (item.story,)


def check(seed: int) -> None:
    digest = random_digests.digest(seed)
    doors, words, clean = DOORS[seed % 3], wording(digest.language), cleaned(digest)
    made = parts(digest, Limits(), words, doors)
    check_classic(made, clean, words, doors)
    check_rich(parts(digest, Limits(), words, doors, form="rich"), clean)
    for item in items_of(digest)[:1]:
        check_card(item, digest, words, Dice(-seed))


def check_chunk(start: int, many: int) -> None:
    for seed in range(start, start + many):
        try:
            check(seed)
        except Exception as error:
            raise AssertionError(f"digest of seed {seed}") from error


@pytest.mark.parametrize(
    "start", [0, *(pytest.param(one, marks=pytest.mark.slow) for one in range(250, CHUNK, 250))]
)
def test_random_digests_are_accepted_as_they_are_and_lose_nothing(start: int) -> None:
    check_chunk(start, 250)


@pytest.mark.slow
@pytest.mark.timeout(900)  # ten seconds of one core; a busy machine takes its time
@pytest.mark.parametrize("start", range(CHUNK, 20 * CHUNK, CHUNK // 2))
def test_nineteen_thousand_more(start: int) -> None:
    check_chunk(start, CHUNK // 2)
