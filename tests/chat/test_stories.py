"""Cards of stories, /why, and what is pressed on a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.adapters.simulator import Message
from bot.entrypoints.chat import stories
from bot.entrypoints.chat.table import Command, Who
from bot.entrypoints.chat.talk import Talk
from bot.pipeline.group import place
from bot.ports import Step
from bot.types import Address, Feedback, Person, Press, Role, Story, StoryId
from tests.chat.conversation import CHANNEL, GROUP, OTHER, READER, Conversation, conversation


async def told(talk: Conversation, chat: int = READER, user: int = READER) -> Message:
    """A digest of Syria in the chat: its first message."""
    known = len(talk.simulator.messages(chat))
    await talk.say("/digest syria", user=user, chat=chat)
    await talk.app.runner.idle()
    return talk.simulator.messages(chat)[known + (chat != CHANNEL or 1)]


def labels(message: Message) -> list[str]:
    """What stands on its buttons."""
    return [button["text"] for row in (message.markup or {})["inline_keyboard"] for button in row]


def data_of(message: Message, label: str) -> str:
    """What the button of this label says."""
    rows = (message.markup or {})["inline_keyboard"]
    return str(next(b.get("callback_data") or b["url"] for row in rows for b in row if label in b["text"]))


async def kept(talk: Conversation, chat: int = READER) -> Sequence[Feedback]:
    """What was pressed of this chat's stories."""
    async with talk.app.deps.store.begin() as tx:
        return await tx.feedback(chat=str(chat))


def deep_links(talk: Conversation) -> None:
    """``/start PAYLOAD`` as the whole bot has it."""

    async def start(said: Talk) -> None:
        for prefix, handler in stories.START.items():
            if said.arguments.startswith(prefix):
                await handler(said)

    command = Command(name="start", handler=start, who=Who.ANYONE)
    commands = {**talk.front.tables.commands, "start": command}
    talk.front.tables = replace(talk.front.tables, commands=commands)


async def test_a_number_opens_the_card_as_a_reply_and_why_goes_there_and_back(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        digest = await told(talk)
        headline = digest.text.split("1. ")[1].split("\n")[0]
        card = await talk.press("1")
        assert card.text.startswith(headline)
        assert card.reply_to == digest.id
        assert labels(card)[:2] == ["👍 More like this", "👎 Less like this"]
        before = card.text
        why = await talk.press("Why")
        assert why.id == card.id
        assert why.text != before
        assert (await talk.press("Back")).id == card.id
        assert talk.last().text.startswith(headline)


async def test_why_by_reply_by_number_and_by_choice(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        assert "no digest here" in (await talk.say("/why")).text
        digest = await told(talk)
        first, second = (digest.text.split(f"{n}. ")[1].split("\n")[0] for n in (1, 2))
        assert (await talk.say("/why 2")).text.startswith(second)
        assert "stories" in (await talk.say("/why 99")).text
        talk.simulator.world.say(READER, READER, "/why", reply_to=digest.id)
        await talk.settle()
        assert "Which story" in talk.last().text
        assert (await talk.press("1")).text.startswith(first)
        talk.simulator.world.say(READER, READER, "/why", reply_to=talk.last().id)
        await talk.settle()
        assert talk.last().text.startswith(first)


async def test_more_and_less_change_each_other_and_are_taken_back(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        headline = (await told(talk)).text.split("1. ")[1].split("\n")[0]
        await talk.press("1")
        await talk.press("More")
        (more,) = await kept(talk)
        assert (more.press, more.counts, more.shown["headline"]) == (Press.MORE, True, headline)
        assert {"articles", "outlets", "score", "why", "basis", "terms"} <= set(more.shown)
        await talk.press("Less")
        assert [one.press for one in await kept(talk)] == [Press.LESS]
        assert "only if it grows" in talk.answered()
        said = await talk.say("/digest syria 24h")
        await talk.app.runner.idle()
        later = "".join(m.text for m in talk.simulator.messages(READER) if m.id >= said.id)
        assert headline not in later
        await talk.press("Less")
        assert (await kept(talk), talk.answered()) == ((), "Taken back.")


async def test_wrong_topic_is_kept_and_taken_back(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        digest = await told(talk)
        number = next(n for n in range(1, 9) if f"\n{n}. " in digest.text)
        card = await talk.press(str(number))
        await talk.press("Wrong topic")
        await talk.press("None of these")
        assert "not told under Syria" in talk.last().text
        (wrong,) = await kept(talk)
        assert (wrong.press, wrong.topic, wrong.shown["belongs"]) == (Press.WRONG_TOPIC, "syria", "")
        talk.simulator.press(READER, READER, card.id, data_of(card, "Wrong topic"))
        await talk.settle()
        assert await kept(talk) == ()


async def test_a_groups_card_opens_in_private_and_only_administrators_count(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        deep_links(talk)
        await talk.say("/help", user=OTHER)
        await talk.say("/help")
        digest = await told(talk, GROUP)
        for user, counts in ((READER, False), (OTHER, True)):
            talk.simulator.world.open_link(user, data_of(digest, "1"))
            await talk.settle()
            await talk.press("Less", user=user)
            assert ("vote" in talk.answered()) is not counts
        assert [(one.user, one.counts) for one in await kept(talk, GROUP)] == [
            (str(READER), False),
            (str(OTHER), True),
        ]
        assert await kept(talk) == ()
        why = await talk.say("/why 1", chat=GROUP)
        assert data_of(why, "card") == data_of(digest, "1")


async def test_a_channels_numbers_are_deep_links(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        deep_links(talk)
        await talk.say("/help")
        talk.simulator.say(CHANNEL, OTHER, "/digest syria")
        await talk.settle()
        await talk.app.runner.idle()
        digest = next(one for one in talk.simulator.messages(CHANNEL) if one.markup)
        talk.simulator.world.open_link(READER, data_of(digest, "1"))
        await talk.settle()
        assert talk.last().text.startswith(digest.text.split("1. ")[1].split("\n")[0])


async def test_a_story_that_is_gone_and_what_is_none(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        deep_links(talk)
        for payload in ("s_999999", "s_x", "s_1_x"):
            assert "not kept" in (await talk.say(f"/start {payload}")).text
        digest = await told(talk)
        for data in ("s:999999", "s:", "c:more:999999", "c:x", "c:t:1:0:nowhere", "w:1"):
            talk.simulator.world.press(READER, READER, digest.id, data, forged=True)
            await talk.settle()
            assert talk.answered(), data
        assert await kept(talk) == ()


async def test_a_forwarded_digest_opens_its_card_in_private_only(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        digest = await told(talk)
        there = talk.simulator.world.forward(GROUP, READER, READER, digest.id)
        known = len(talk.simulator.messages(GROUP))
        talk.simulator.press(GROUP, OTHER, there.id, data_of(digest, "1"))
        await talk.settle()
        assert len(talk.simulator.messages(GROUP)) == known
        assert "?start=s_" in str(list(talk.simulator.answers.values())[-1].get("url"))


async def test_an_editor_merges_two_stories_for_everybody_and_takes_it_back(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        await told(talk)
        async with talk.app.deps.store.begin() as tx:
            await tx.put_person(Person(id=str(READER), name="Rana", role=Role.EDITOR))
            first, second = (await tx.last_digest(Address(channel="telegram", chat=str(READER))))[:2]
        assert "/merge 2 5" in (await talk.say("/merge 1")).text
        assert "one story" in (await talk.say("/merge 1 2")).text
        async with talk.app.deps.store.begin() as tx:
            one, other = await tx.story(first), await tx.story(second)
        assert one == other
        await talk.press("Undo")
        async with talk.app.deps.store.begin() as tx:
            one, other = await tx.story(first), await tx.story(second)
        assert one is not None
        assert other is not None
        assert set(one.articles).isdisjoint(other.articles)


async def stories_of(talk: Conversation, *idents: StoryId) -> list[Story]:
    async with talk.app.deps.store.begin() as tx:
        found = [await tx.story(ident) for ident in idents]
    assert all(found)
    return [one for one in found if one is not None]


async def open_one_of_several(talk: Conversation) -> StoryId:
    """Open the card of a story with two articles or more."""
    await told(talk)
    async with talk.app.deps.store.begin() as tx:
        last = await tx.last_digest(Address(channel="telegram", chat=str(READER)))
    listed = await stories_of(talk, *last)
    number = next(at for at, one in enumerate(listed, start=1) if len(one.articles) > 1)
    await talk.press(str(number))
    return last[number - 1]


async def test_not_the_same_story_holds_in_ones_own_chat_and_offers_readers_no_more(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        story = await open_one_of_several(talk)
        await talk.press("Not the same")
        card = await talk.press("2")
        (apart,) = await kept(talk)
        assert apart.press is Press.NOT_SAME
        assert apart.shown["odd"] in apart.shown["articles"]
        assert not (card.markup or {}).get("inline_keyboard")  # to take it out for all is for editors
        (still,) = await stories_of(talk, story)
        assert apart.shown["odd"] in still.articles
        talk.simulator.press(READER, READER, card.id, f"apart:{story}:{still.articles[0]}")
        await talk.settle()
        assert await stories_of(talk, story) == [still]


async def test_an_editor_takes_an_article_out_for_everybody_for_ever_and_back(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        async with talk.app.deps.store.begin() as tx:
            await tx.put_person(Person(id=str(READER), name="Rana", role=Role.EDITOR))
        story = await open_one_of_several(talk)
        (before,) = await stories_of(talk, story)
        await talk.press("Not the same")
        await talk.press("2")
        (apart,) = await kept(talk)
        odd = apart.shown["odd"]
        assert "story of its own now, for everybody" in (await talk.press("for everybody")).text
        async with talk.app.deps.store.begin() as tx:
            ((number, _, done),) = await tx.corrections(1, by_hand=True)
        assert (done.split, done.source, done.articles) == (True, story, (odd,))
        kept_on, alone = await stories_of(talk, story, done.target)
        assert odd not in kept_on.articles
        assert alone.articles == (odd,)
        await place(talk.app.deps, Step(name="place"))  # nothing joins the two again
        assert await stories_of(talk, story, done.target) == [kept_on, alone]
        assert "Taken back" in (await talk.press("Undo")).text
        (after,) = await stories_of(talk, story)
        assert set(after.articles) == set(before.articles)
        async with talk.app.deps.store.begin() as tx:
            ((last, _, _),) = await tx.corrections(1, by_hand=True)
        assert last > number
