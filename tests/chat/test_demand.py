"""/digest: what it understands, where it posts, what counts as told, the first collection."""

from __future__ import annotations

from pathlib import Path

from bot.adapters.simulator import Message
from tests.chat.conversation import FORUM, GROUP, OTHER, READER, Conversation, conversation


async def after(talk: Conversation, chat: int = READER) -> Message:
    """The bot's last message, once the outbox has nothing left to send."""
    await talk.app.runner.idle()
    return talk.last(chat)


async def test_a_digest_comes_at_once_and_what_it_told_is_not_told_again(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        await talk.say("/digest")
        posted = await after(talk)
        assert "Dateline" in talk.simulator.messages(READER)[1].text
        assert "feeds fine" in posted.text
        assert "Nothing new" in (await talk.say("/digest")).text
        assert talk.buttons() == [["All of the last 24 hours", "All of the last 3 days"]]
        await talk.press("24 hours")
        assert "feeds fine" in (await after(talk)).text


async def test_topics_by_any_name_and_a_window(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        await talk.say("/digest 敘利亞 3天")
        told = (await after(talk)).text
        assert "◆ Syria" in told
        assert "◆ US-China" not in told
        await talk.say("/digest syria, indo-pacific 24h")
        assert "◆ Indo-Pacific" in (await after(talk)).text
        said = await talk.say("/digest sirya")
        assert "sirya" in said.text
        assert talk.buttons()[0][0] == "Syria"
        await talk.press("Syria")
        assert "Nothing new" in (await after(talk)).text


async def test_in_a_group_it_comes_into_the_topic_where_it_was_asked(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        topic = talk.simulator.world.add_topic(FORUM, "Syria")
        await talk.say("/digest syria", chat=FORUM, thread=topic.id)
        assert "◆ Syria" in (await after(talk, FORUM)).text
        assert talk.last(FORUM).thread == topic.id
        await talk.say("/digest@dateline_bot syria", user=OTHER, chat=GROUP)
        assert "◆ Syria" in (await after(talk, GROUP)).text
        await talk.say("/digest nonsense", chat=GROUP)
        await talk.press("Syria", user=OTHER, chat=GROUP)
        assert "person who asked" in talk.answered()


async def test_the_first_one_waits_for_the_first_collection(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await talk.say("/digest syria")
        assert "◆ Syria" in (await after(talk)).text
        assert not talk.app.deps.desk.watchers


async def test_strangers_are_told_why_not(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True, access="list") as talk:
        assert "not open" in (await talk.say("/digest")).text
        assert "not open" in (await talk.say("http://x.example/a")).text
