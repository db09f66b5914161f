"""What readers press on a card: more, less, wrong topic, not the same story. See bot/domain/presses.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain import presses
from bot.domain.cards import StoryView
from bot.domain.cleaning import clean
from bot.entrypoints.chat import stitching, stories
from bot.entrypoints.chat.stories import LIVES, Opened
from bot.entrypoints.chat.table import Press as PressEntry
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import part
from bot.pipeline.catalogue import catalogue
from bot.types import Address, Button, Feedback, Length, Press, Role, TopicSlug

MOST_SLUG = 30
"""Characters of a slug that fit into a button's data beside story and chat."""
MOST_ARTICLES = 16
"""Articles of a story that can be said to be of another one."""
NONE = "-"
"""Said in place of a topic: it belongs to none."""
_OPPOSITE = {Press.MORE: Press.LESS, Press.LESS: Press.MORE}


async def pressed(talk: Talk) -> None:
    """A button of a card: ``c:VERB:STORY[:CHAT[:WHAT]]``."""
    assert talk.pressed is not None
    verb, story, chat, what = (*talk.pressed.arguments, "", "", "", "")[:4]
    card = stories.opened(story, chat)
    if card is None:
        await stories.gone(talk)
    elif verb == "card":
        await stories.back(talk, card)
    elif verb == "why":
        await stories.reasons(talk, card)
    elif verb in ("more", "less"):
        await _weigh(talk, card, Press(verb))
    elif verb == "topic":
        await _which_topic(talk, card)
    elif verb == "same":
        await _which_article(talk, card)
    elif verb in ("t", "a") and what:
        await (_wrong_topic if verb == "t" else _not_same)(talk, card, what)
    else:
        await talk.answer(talk.words("chat.button_old"), alert=True)


async def _weigh(talk: Talk, card: Opened, press: Press) -> None:
    """More or less of this; the same press again takes it back, the other one changes it."""
    if await _drop(talk, card, press):
        await talk.answer(talk.words("press.taken_back"))
        return
    found = await stories.seen(talk, card.story, Length.STANDARD)
    if found is None:
        await stories.gone(talk)
        return
    await _drop(talk, card, _OPPOSITE[press])
    topic = found.matches[0].topic if found.matches else None
    counts = await _keep(talk, card, press, found, topic)
    await talk.answer(talk.words(f"press.{press}" if counts else "press.vote"), alert=True)


async def _which_topic(talk: Talk, card: Opened) -> None:
    if await _drop(talk, card, Press.WRONG_TOPIC):
        await talk.answer(talk.words("press.taken_back"))
        return
    found = await stories.seen(talk, card.story, Length.STANDARD)
    if found is None or not found.matches:
        await stories.gone(talk)
        return
    book, wrong = await catalogue(talk.deps), found.matches[0].topic
    offered = [topic for topic in book.topics if topic.slug != wrong and len(topic.slug) <= MOST_SLUG]
    made = [
        Button(text=topic.name(talk.words.language), data=card.data("t", topic.slug)) for topic in offered
    ]
    made.append(Button(text=talk.words("press.no_topic"), data=card.data("t", NONE)))
    rows = [made[start : start + 2] for start in range(0, len(made), 2)]
    asked = talk.words("press.which_topic", topic=clean(found.topics.get(wrong, wrong)))
    await talk.say(asked, buttons=rows, reply=True)


async def _wrong_topic(talk: Talk, card: Opened, what: str) -> None:
    book = await catalogue(talk.deps)
    found = await stories.seen(talk, card.story, Length.STANDARD)
    if found is None or not found.matches or (what != NONE and what not in book.slugs):
        await stories.gone(talk)
        return
    right = "" if what == NONE else what
    wrong = next((match.topic for match in found.matches if match.topic != right), found.matches[0].topic)
    counts = await _keep(talk, card, Press.WRONG_TOPIC, found, wrong, belongs=right)
    key = "press.vote" if not counts else "press.moved" if right else "press.left_topic"
    names = {
        "topic": clean(found.topics.get(wrong, wrong)),
        "right": clean(book.topic(TopicSlug(right)).name(talk.words.language)) if right else "",
    }
    await talk.edit(talk.words(key, **names))


async def _which_article(talk: Talk, card: Opened) -> None:
    if await _drop(talk, card, Press.NOT_SAME):
        await talk.answer(talk.words("press.taken_back"))
        return
    found = await stories.seen(talk, card.story, Length.STANDARD)
    if found is None or len(found.story.articles) < 2:
        await stories.gone(talk)
        return
    listed = found.summary.sources[:MOST_ARTICLES]
    lines = [
        f"{number}. {clean(source.outlet)}: {clean(source.title)[:150]}"
        for number, source in enumerate(listed, start=1)
    ]
    made = [
        Button(text=str(number), data=card.data("a", source.article))
        for number, source in enumerate(listed, start=1)
    ]
    rows = [made[start : start + 8] for start in range(0, len(made), 8)]
    await talk.say(
        part(talk.words("press.which_article"), "\n\n", "\n".join(lines)), buttons=rows, reply=True
    )


async def _not_same(talk: Talk, card: Opened, what: str) -> None:
    found = await stories.seen(talk, card.story, Length.STANDARD)
    odd = next((one for one in found.summary.sources if str(one.article) == what), None) if found else None
    if found is None or odd is None:
        await stories.gone(talk)
        return
    topic = found.matches[0].topic if found.matches else None
    counts = await _keep(talk, card, Press.NOT_SAME, found, topic, odd=odd.article, odd_title=odd.title)
    more = stitching.for_everybody(talk, card.story, odd.article) if talk.plays(Role.EDITOR) else []
    said = talk.words("press.apart" if counts else "press.vote", outlet=clean(odd.outlet))
    await talk.edit(said, buttons=more)


# ------------------------------------------------------------------------------------------------- keeping


def _chat(talk: Talk, card: Opened) -> str:
    """Of the digest that is meant: a group's or channel's, else the chat in which it was pressed."""
    return card.chat or talk.chat.address.chat


async def _drop(talk: Talk, card: Opened, press: Press) -> bool:
    async with talk.deps.store.begin() as tx:
        return await tx.drop_feedback(_chat(talk, card), talk.user, card.story, press)


async def _keep(
    talk: Talk, card: Opened, press: Press, found: StoryView, topic: TopicSlug | None, **more: Any
) -> bool:
    """Store the press with what was shown; whether it changes the chat's digest, or is a vote."""
    chat = _chat(talk, card)
    counts = await talk.front.rights.administers(Address(channel="telegram", chat=chat), talk.user)
    item = Feedback(
        chat=chat,
        user=talk.user,
        story=card.story,
        topic=topic,
        press=press,
        counts=counts,
        at=talk.now,
        shown={**_shown(found), **more},
    )
    async with talk.deps.store.begin() as tx:
        await tx.add_feedback(item)
    return counts


def _shown(found: StoryView) -> Mapping[str, Any]:
    sources = found.summary.sources
    return {
        "headline": found.summary.headline,
        "outlets": sorted({source.outlet for source in sources}),
        "articles": list(found.story.articles),
        "topics": {str(match.topic): match.score for match in found.matches},
        "score": found.score,
        "why": found.why,
        "basis": found.summary.basis,
        "terms": list(presses.main_terms([source.title for source in sources])),
    }


PRESSES = (PressEntry(verb="c", handler=pressed, sealed=False, lives=LIVES),)
