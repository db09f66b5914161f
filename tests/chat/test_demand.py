"""/digest: what it understands, where it posts, what counts as told, the first collection."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

from bot.adapters.simulator import Message
from bot.adapters.simulator.rich_text import text_of_rich
from bot.pipeline.compose import demand, wanted_of
from bot.types import Address, Mute, Schedule, Slot, Subscription, SubscriptionId
from tests.chat.conversation import FORUM, GROUP, OTHER, READER, Conversation, conversation
from tests.pipeline.newsroom import NOW


async def after(talk: Conversation, chat: int = READER) -> str:
    """What the bot said since somebody last spoke, once the outbox has nothing left to send."""
    await talk.app.runner.idle()
    said: list[Message] = []
    for message in reversed(talk.simulator.messages(chat)):
        if message.sender in (READER, OTHER):
            break
        said.append(message)
    return "\n".join(message.text for message in reversed(said))


async def test_a_digest_comes_at_once_and_what_it_told_is_not_told_again(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        await talk.say("/digest syria")
        told = await after(talk)
        assert told.startswith("Dateline")
        assert "◆ Syria" in told
        assert "feeds fine" in told
        headline = told.split("1. ")[1].split("\n")[0]
        while "Nothing new" not in told:
            await talk.say("/digest syria")
            told = await after(talk)
            assert headline not in told
        assert talk.buttons() == [["All of the last 24 hours", "All of the last 3 days"]]
        await talk.press("24 hours")
        assert headline in await after(talk)
        await talk.say("/digest full")
        assert headline in await after(talk)


async def test_topics_by_any_name_and_a_window(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        await talk.say("/digest 敘利亞 3天")
        told = await after(talk)
        assert "◆ Syria" in told
        assert "◆ US-China" not in told
        await talk.say("/digest syria, indo-pacific 24h")
        assert "◆ Indo-Pacific" in await after(talk)
        said = await talk.say("/digest sirya")
        assert "sirya" in said.text
        assert talk.buttons()[0][0] == "Syria"
        await talk.press("Syria")
        assert "◆" in await after(talk) or "Nothing new" in await after(talk)


async def test_in_a_group_it_comes_into_the_topic_where_it_was_asked(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        topic = talk.simulator.world.add_topic(FORUM, "Syria")
        await talk.say("/digest syria", chat=FORUM, thread=topic.id)
        assert "◆ Syria" in await after(talk, FORUM)
        assert talk.last(FORUM).thread == topic.id
        await talk.say("/digest@dateline_bot syria", user=OTHER, chat=GROUP)
        assert "◆ Syria" in await after(talk, GROUP)
        await talk.say("/digest nonsense", chat=GROUP)
        await talk.press("Syria", user=OTHER, chat=GROUP)
        assert "person who asked" in talk.answered()


async def test_the_first_one_waits_for_the_first_collection(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        async with talk.app.deps.store.begin() as tx:  # no pages, whose gaps would be waited for
            await tx.put_feeds([replace(feed, full_text=False) for feed in await tx.feeds()])
        stages: list[str] = []
        talk.app.deps.desk.watchers.append(lambda stage, done, total: stages.append(stage))
        await talk.say("/digest syria")
        assert "◆ Syria" in await after(talk)
        assert {"feeds", "articles", "stories", "summaries"} <= set(stages)
        assert len(talk.app.deps.desk.watchers) == 1


async def test_strangers_are_told_why_not(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True, access="list") as talk:
        assert "not open" in (await talk.say("/digest")).text
        assert "not open" in (await talk.say("http://x.example/a")).text


async def test_what_is_muted_is_not_in_it_and_a_demand_moves_no_editions_beginning(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        here = Address(channel="telegram", chat=str(READER))
        weekly = Subscription(
            id=SubscriptionId(f"tg:{READER}"),
            address=here,
            topics=(),
            schedule=Schedule(times=(time(7),), zone="UTC", days=(0,)),
        )
        deps = talk.app.deps
        slot = Slot(local_date=NOW.date() - timedelta(days=4), local_time=time(7), at=NOW - timedelta(days=4))
        last = await demand(deps)
        last = replace(last, subscription=weekly.id, slot=slot, sections=(), made_at=slot.at)
        async with deps.store.begin() as tx:
            await tx.put_subscription(weekly)
            await tx.record_digest(last, ())
        before = await wanted_of(deps, weekly, patient=False)
        await talk.say("/digest syria")
        told = await after(talk)
        word = next(w for w in told.split("1. ")[1].split("\n")[0].split() if len(w) > 4)
        later = await wanted_of(deps, weekly, patient=False)
        assert later.window >= before.window > timedelta(days=3)
        assert later.told
        async with deps.store.begin() as tx:
            await tx.put_mute(Mute(chat=str(READER), kind="word", value=word))
        await talk.say("/digest syria 3d")
        assert f"1. {told.split('1. ')[1].splitlines()[0]}" not in await after(talk)


async def test_where_rich_messages_are_unknown_the_classic_form_comes_and_loses_nothing(
    tmp_path: Path,
) -> None:
    """The same digest on two servers, of which one does not know the method."""
    told: dict[bool, tuple[str, list[list[str]]]] = {}
    for rich in (True, False):
        home = tmp_path / str(rich)
        home.mkdir()
        async with conversation(home, collected=True, rich=rich) as talk:
            here = Address(channel="telegram", chat=str(READER))
            async with talk.app.deps.store.begin() as tx:
                await tx.put_subscription(
                    Subscription(
                        id=SubscriptionId(f"tg:{READER}"),
                        address=here,
                        topics=(),
                        schedule=Schedule(times=(time(7),), zone="UTC"),
                        format="rich",
                    )
                )
            await talk.say("/digest")
            await talk.app.runner.idle()
            said = [one for one in talk.simulator.messages(READER) if one.sender != READER]
            assert [one.rich is not None for one in said] == ([True] if rich else [False] * len(said))
            text = "\n".join(text_of_rich(one.rich) if one.rich else one.text for one in said)
            rows = [row for one in said for row in (one.markup or {}).get("inline_keyboard", ())]
            told[rich] = text, [[button["text"] for button in row] for row in rows]
    assert len(told[True][0]) > 1000
    sentences = [line for line in told[True][0].splitlines() if "[1]" in line and "|" not in line]
    assert len(sentences) > 5
    for line in sentences:
        first = line.split("[")[0].strip()
        assert first in told[False][0], first
    numbers = [sorted(int(text) for row in told[form][1] for text in row) for form in (True, False)]
    assert numbers[0] == numbers[1]
