"""/mute and /pause: words, outlets, spans; what they do to the digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.entrypoints.chat.talk import subscription_id
from bot.types import Mute
from tests.chat.conversation import FORUM, GROUP, OTHER, READER, Conversation, conversation
from tests.chat.test_settings import subscribed, subscription


async def mutes(talk: Conversation, chat: int = READER) -> dict[str, Mute]:
    """What is muted, by value."""
    async with talk.app.deps.store.begin() as tx:
        return {one.value: one for one in await tx.mutes(str(chat), talk.clock.now())}


async def test_words_and_outlets_are_muted_listed_and_unmuted(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)
        assert "Nothing is muted" in (await talk.say("/mute")).text
        assert "until" in (await talk.say('/mute "football" 7d')).text
        assert "for good" in (await talk.say("/mute الحرب")).text
        async with talk.app.deps.store.begin() as tx:
            outlet = next(item for item in await tx.declared("outlet"))
        name = str(outlet.body["name"])
        assert f"the outlet {name}" in (await talk.say(f"/mute {name.upper()} 30d")).text
        known = await mutes(talk)
        assert set(known) == {"football", "الحرب", outlet.id}
        assert known[outlet.id].kind == "outlet"
        until = known["football"].until
        assert until is not None
        assert abs(until - talk.clock.now() - timedelta(days=7)) < timedelta(minutes=1)
        await talk.press("Unmute football")
        await talk.press("Unmute الحرب")
        assert set(await mutes(talk)) == {outlet.id}
        assert "cannot be muted" in (await talk.say(f"/mute {'x' * 65}")).text
        assert "cannot be muted" in (await talk.say("/mute 7d")).text
        talk.clock.move(31 * 86400)
        assert "Nothing is muted" in (await talk.say("/mute")).text


async def test_a_word_out_of_an_outlet_s_name_may_have_meant_the_outlet(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)
        async with talk.app.deps.store.begin() as tx:
            outlet = next(item for item in await tx.declared("outlet") if " " in item.body["name"])
        word = str(outlet.body["name"]).split()[-1]
        await talk.say(f"/mute {word}")
        assert set(await mutes(talk)) == {word}
        await talk.press(f"the outlet {outlet.body['name']}"[:30])
        assert set(await mutes(talk)) == {outlet.id}


async def test_what_is_muted_is_in_no_digest(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        await subscribed(talk)
        await talk.say("/digest 3d")
        await talk.app.runner.idle()
        before = "\n".join(one.text for one in talk.simulator.messages(READER))
        async with talk.app.deps.store.begin() as tx:
            outlets = {item.id: str(item.body["name"]) for item in await tx.declared("outlet")}
        shown = next(ident for ident, name in outlets.items() if before.count(name) > 1)
        assert "Damascus" in before
        await talk.say(f"/mute {outlets[shown]}")
        await talk.say("/mute Damascus")
        count = len(talk.simulator.messages(READER))
        await talk.say("/digest 3d")
        await talk.app.runner.idle()
        after = "\n".join(one.text for one in talk.simulator.messages(READER)[count + 1 :])
        assert outlets[shown] not in after
        headlines = [line for line in after.splitlines() if line[:2].strip(" .").isdigit()]
        assert not any("Damascus" in line for line in headlines)
        assert len(after) > 200


async def test_a_pause_is_counted_in_the_reader_s_days(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)  # in Berlin, where it is 07:00 on the 20th
        assert "Saturday, 21 November" in (await talk.say("/pause 1")).text
        assert (await subscription(talk)).paused_until == datetime(2026, 11, 20, 23, tzinfo=UTC)
        assert "4 December" in (await talk.say("/pause 2 weeks")).text
        for wrong in ("/pause later", "/pause 0", "/pause 1000", "/pause -3"):
            assert "for example /pause 3" in (await talk.say(wrong)).text, wrong
        assert "over" in (await talk.say("/resume")).text
        assert (await subscription(talk)).paused_until is None


async def test_in_a_topic_of_a_forum_it_says_that_all_topics_are_meant(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        topic = talk.simulator.world.add_topic(FORUM, "Syria")
        made = await subscribed(talk, FORUM)
        address = replace(made.address, thread=topic.id)
        async with talk.app.deps.store.begin() as tx:
            await tx.put_subscription(replace(made, id=subscription_id(address), address=address))
        in_topic = await talk.say("/mute football 7d", user=OTHER, chat=FORUM, thread=topic.id)
        assert "all topics of this forum" in in_topic.text
        assert "football" in (await talk.say("/mute", user=OTHER, chat=FORUM)).text
        assert "all topics" not in talk.last(FORUM).text


async def test_in_a_group_only_its_administrators_mute(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk, GROUP)
        assert "Only administrators" in (await talk.say("/mute football", chat=GROUP)).text
        assert "Muted · Desk" in (await talk.say("/mute football", user=OTHER, chat=GROUP)).text
        assert set(await mutes(talk, GROUP)) == {"football"}
        assert not await mutes(talk, OTHER)
