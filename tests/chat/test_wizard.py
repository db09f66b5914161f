"""/start: three taps to a digest; times and places typed, shared, guessed; interrupted and taken up again."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from bot.entrypoints.chat import ChatFront
from bot.entrypoints.chat.presses import button
from bot.errors import Code
from bot.types import Address, Length, Subscription
from tests.chat.conversation import FORUM, GROUP, OTHER, READER, Conversation, conversation


async def subscription(talk: Conversation, chat: int = READER, thread: int | None = None) -> Subscription:
    """What the chat gets. Raises StopIteration when it gets nothing."""
    async with talk.app.deps.store.begin() as tx:
        listed = await tx.subscriptions(active=None)
    return next(
        sub for sub in listed if sub.address == Address(channel="telegram", chat=str(chat), thread=thread)
    )


def text(talk: Conversation, holds: str, chat: int = READER) -> str:
    """The newest message that holds these words. Raises StopIteration when there is none."""
    return next(one.text for one in reversed(talk.simulator.messages(chat)) if holds in one.text)


async def test_three_taps_and_the_digest_comes_at_once(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        first = await talk.say("/start")
        assert "Step 1 of 3" in first.text
        assert all(label.startswith("✓ ") for label in [one for row in talk.buttons()[:-1] for one in row])
        await talk.press("✓ Syria")
        await talk.press("Next")
        assert "Step 2 of 3" in talk.last().text
        await talk.press("18:00")
        await talk.press("London")
        await talk.press("Next")
        await talk.press("deep")
        assert [one.id for one in talk.simulator.messages(READER) if one.sender != READER] == [first.id]
        await talk.press("Done")
        await talk.delivered()
        assert "All set" in talk.simulator.messages(READER)[1].text
        said = "\n".join(one.text for one in talk.simulator.messages(READER)[2:])
        assert "◆" in said
        assert "◆ Syria" not in said
        made = await subscription(talk)
        assert "syria" not in made.topics
        assert made.topics
        assert made.schedule.times == (time(18),)
        assert (made.length, made.language, made.active) == (Length.DEEP, "en", True)
        # A second press on an old button finishes nothing again.
        count = len(talk.simulator.messages(READER))
        known = await talk.say("/start")
        assert "already" in known.text
        assert len(talk.simulator.messages(READER)) == count + 2


async def test_times_and_places_are_typed_shared_or_guessed(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        talk.simulator.world.users[READER].language = "de"
        await talk.say("/start")
        await talk.press("Next")
        assert "Berlin (UTC+1)" in text(talk, "Step 2")
        assert "guess" in text(talk, "Step 2")
        await talk.say("7:30 Taipei")
        assert "Taipei (UTC+8)" in text(talk, "Step 2")
        assert "guess" not in text(talk, "Step 2")
        assert "7:30" in (await talk.say("tomorrow-ish")).text  # an example
        await talk.say("٨:١٥ مساءً")
        assert "✓ 20:15" in str(talk.simulator.messages(READER)[1].markup)
        await talk.say("Tripoli")
        assert "several time zones" in text(talk, "Step 2")
        await talk.press("Beirut")
        assert "Beirut" in text(talk, "Step 2")
        await talk.press("Change the time zone")
        await talk.press("Damascus")
        assert "Damascus (UTC+3)" in text(talk, "Step 2")
        await talk.press("Share my location")
        assert "request_location" in str(talk.last().markup)
        talk.simulator.world.share_location(READER, READER, 25.03, 121.56)
        await talk.settle()
        assert "Taipei (UTC+8)" in talk.last().text
        assert "Taipei (UTC+8)" in text(talk, "Step 2")


@pytest.mark.parametrize(
    ("code", "label", "ready", "zone"),
    [("zh-hant", "下一步", "設定完成", "Asia/Taipei"), ("zh-hans", "下一步", "设定完成", "Asia/Shanghai"),
     ("ar", "التالي", "اكتمل الإعداد", "Asia/Damascus")],
)  # fmt: skip
async def test_the_wizard_speaks_the_client_s_language(
    code: str, label: str, ready: str, zone: str, tmp_path: Path
) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        talk.simulator.world.users[READER].language = code
        await talk.say("/start")
        await talk.press(label)
        await talk.press(label)
        await talk.press("完成" if code.startswith("zh") else "تم")
        assert ready in talk.simulator.messages(READER)[1].text
        assert (await subscription(talk)).schedule.zone == zone


async def test_where_nothing_tells_the_zone_it_is_asked_for(tmp_path: Path) -> None:
    """English is spoken everywhere: a digest at 7:30 of some other place would be worse than a question."""
    async with conversation(tmp_path, collected=True) as talk:
        await talk.say("/start")
        await talk.press("Next")
        labels = {label for row in talk.buttons() for label in row}
        assert "where are you?" in talk.last().text
        assert "UTC" not in talk.last().text
        assert not any(label.startswith("✓ ") and "UTC" in label for label in labels)
        assert "Next ›" not in labels
        assert {"UTC", "Share my location", "‹ Back"} <= labels
        await talk.say("19:45")  # a time alone does not tell it
        assert "where are you?" in text(talk, "Step 2")
        wizard = next(one for one in talk.simulator.messages(READER) if "Step 2" in one.text)
        now = talk.clock.now()
        old = button("x", "wiz", "go", "done", user=str(READER), now=now).data  # of an older message
        talk.simulator.world.press(READER, READER, wizard.id, old, forged=True)
        await talk.settle()
        assert "where are you?" in text(talk, "Step 2")
        await talk.say("/help")
        assert "where are you?" in (await talk.say("/start")).text  # kept with the draft
        await talk.say("Reykjavik")
        assert "Reykjavik (UTC)" in text(talk, "Step 2")
        await talk.press("Next")
        await talk.press("Done")
        made = await subscription(talk)
        assert (made.schedule.zone, made.schedule.times) == ("Atlantic/Reykjavik", (time(19, 45),))


async def test_the_zone_of_the_house_is_a_guess_where_one_was_set(tmp_path: Path) -> None:
    async with conversation(tmp_path, zone="Asia/Taipei") as talk:
        await talk.say("/start")
        await talk.press("Next")
        assert "Taipei (UTC+8)" in talk.last().text
        assert "guess" in talk.last().text
        assert ["‹ Back", "Next ›"] in talk.buttons()


async def test_a_restart_and_another_command_lose_nothing(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        await talk.say("/start")
        await talk.press("✓ Syria")
        await talk.press("Next")
        await talk.front.stop()
        talk.front = ChatFront(talk.app)
        await talk.front.start()
        await talk.say("19:45")
        assert "✓ 19:45" in str(talk.simulator.messages(READER)[1].markup)
        await talk.say("/help")
        again = await talk.say("/start")
        assert "Step 2 of 3" in again.text
        await talk.press("London")
        await talk.press("Next")
        await talk.press("العربية")
        assert "الخطوة 3 من 3" in talk.last().text
        await talk.press("تم")
        made = await subscription(talk)
        assert (made.schedule.times, made.language) == ((time(19, 45),), "ar")
        assert "syria" not in made.topics
        assert "الإعدادات" in (await talk.say("/settings")).text
        await talk.front.stop()


async def test_who_blocked_the_bot_comes_back_with_start(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        for label in ("/start", "Next", "London", "Next", "Done"):
            await (talk.say(label) if label[0] == "/" else talk.press(label))
        async with talk.app.deps.store.begin() as tx:
            await tx.mute(Address(channel="telegram", chat=str(READER)), Code.FORBIDDEN)
        assert not (await subscription(talk)).active
        assert "Welcome back" in (await talk.say("/start")).text
        assert (await subscription(talk)).active
        await talk.say("/start nonsense")
        assert "not known" in text(talk, "code")


async def test_whoever_manages_a_group_sets_it_up(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        assert "administrators" in (await talk.say("/start", chat=GROUP)).text
        assert "Desk" in (await talk.say("/start", user=OTHER, chat=GROUP)).text
        await talk.press("✓ Syria", chat=GROUP)  # by a member
        assert "who asked" in talk.answered()
        await talk.press("Next", user=OTHER, chat=GROUP)
        await talk.say("8pm Damascus", user=OTHER, chat=GROUP)
        assert "Damascus" in text(talk, "Step 2", GROUP)
        await talk.press("Next", user=OTHER, chat=GROUP)
        await talk.press("Done", user=OTHER, chat=GROUP)
        made = await subscription(talk, GROUP)
        assert (made.schedule.times, made.schedule.zone) == ((time(20),), "Asia/Damascus")


async def test_each_topic_of_a_forum_has_a_digest_of_its_own(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        topic = talk.simulator.world.add_topic(FORUM, "Syria")
        said = await talk.say("/start", user=OTHER, chat=FORUM, thread=topic.id)
        assert said.thread == topic.id
        for label in ("Next", "18:00", "London", "Next", "Done"):
            await talk.press(label, user=OTHER, chat=FORUM)
        await talk.app.runner.idle()
        made = await subscription(talk, FORUM, topic.id)
        assert made.schedule.times == (time(18),)
        assert talk.last(FORUM).thread == topic.id
        assert "no digest here yet" in (await talk.say("/settings", user=OTHER, chat=FORUM)).text
