"""/settings and the commands that lead into its pages: pressed, typed, mistyped, in every language."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.entrypoints.chat.talk import subscription_id
from bot.types import Address, Length, Person, Schedule, Subscription
from tests.chat.conversation import CHANNEL, GROUP, OTHER, READER, Conversation, conversation


async def subscribed(talk: Conversation, chat: int = READER, **changes: Any) -> Subscription:
    """A subscription of the chat as the wizard leaves it."""
    address = Address(channel="telegram", chat=str(chat))
    async with talk.app.deps.store.begin() as tx:
        topics = tuple(item.id for item in await tx.declared("topic"))
        made = Subscription(
            id=subscription_id(address),
            address=address,
            topics=topics,  # type: ignore[arg-type]
            schedule=Schedule(times=(time(7, 30),), zone="Europe/Berlin"),
            created_at=talk.clock.now() - timedelta(days=1),
            **changes,
        )
        await tx.put_subscription(made)
    return made


async def subscription(talk: Conversation, chat: int = READER) -> Subscription:
    """What the chat gets. Raises StopIteration when it gets nothing."""
    async with talk.app.deps.store.begin() as tx:
        return next(sub for sub in await tx.subscriptions(active=None) if sub.address.chat == str(chat))


async def test_without_a_subscription_every_command_tells_how_to_get_one(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        for name in ("settings", "topics", "schedule 7:30", "zone Taipei", "language ar", "length", "format",
                     "night on", "pause 3", "resume", "mute football"):  # fmt: skip
            assert "/start" in (await talk.say(f"/{name}")).text, name


async def test_every_setting_is_a_page_of_one_message(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)
        one = await talk.say("/settings")
        assert "7:30" in one.text
        assert "Berlin (UTC+1)" in one.text
        await talk.press("Topics")
        await talk.press("✓ Syria")
        assert "syria" not in (await subscription(talk)).topics
        for label in [button for row in talk.buttons() for button in row if button.startswith("✓ ")]:
            await talk.press(label)
        assert "at least one topic" in talk.answered()
        assert len((await subscription(talk)).topics) == 1
        for label in ("Back", "Times", "+ 18:00", "✕ 07:30", "Monday to Friday", "✓ Mon"):
            await talk.press(label)
        assert (await subscription(talk)).schedule == Schedule(
            times=(time(18),), zone="Europe/Berlin", days=(1, 2, 3, 4)
        )
        await talk.press("✕ 18:00")
        assert "at least" in talk.answered()
        for label in ("Back", "Time zone", "Damascus", "Back", "Length", "brief", "Back", "Format", "rich"):
            await talk.press(label)
        for label in ("Back", "Night", "silent at night", "always silent", "nothing comes", "Back", "Pause"):
            await talk.press(label)
        await talk.press("3 days")
        assert "Paused" in talk.last().text
        for label in ("End the pause", "Back"):
            await talk.press(label)
        await talk.press("Done")
        made = await subscription(talk)
        assert (made.schedule.zone, made.length, made.format) == ("Asia/Damascus", Length.BRIEF, "rich")
        assert (made.night, made.silent, made.quiet_day, made.paused_until) == (True, True, "nothing", None)
        assert talk.last().id == one.id
        assert talk.buttons() == []


async def test_what_is_typed_after_a_command_is_understood_or_answered_with_an_example(
    tmp_path: Path,
) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)
        assert "18:00" in (await talk.say("/schedule 7:30, 18:00 weekdays")).text
        made = (await subscription(talk)).schedule
        assert (made.times, made.days) == ((time(7, 30), time(18)), (0, 1, 2, 3, 4))
        assert "Mon 8:00" in (await talk.say("/schedule sometimes")).text
        await talk.say("/schedule 每週一 早上8點")
        assert (await subscription(talk)).schedule.days == (0,)
        assert "Taipei" in (await talk.say("/zone 台北")).text
        assert "no place" in (await talk.say("/zone Atlantis")).text
        await talk.say("/zone CST")
        await talk.press("Shanghai")
        assert (await subscription(talk)).schedule.zone == "Asia/Shanghai"
        await talk.say("/length deep")
        await talk.say("/format rich")
        await talk.say("/night on")
        await talk.say("/topics syria")
        made_now = await subscription(talk)
        assert (made_now.length, made_now.format, made_now.night) == (Length.DEEP, "rich", True)
        assert "syria" not in made_now.topics
        for wrong in (
            "/length huge",
            "/format pdf",
            "/night perhaps",
            "/topics football",
            "/language Klingon",
        ):
            assert "not understand" in (await talk.say(wrong)).text, wrong


async def test_an_answer_is_asked_for_and_taken(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)
        one = await talk.say("/schedule")
        await talk.press("Write it")
        assert "18:00 weekdays" in talk.last().text
        assert "12 times" in (await talk.say("when the sun rises")).text
        await talk.say("Fri 9:00")
        assert (await subscription(talk)).schedule.days == (4,)
        assert "9:00" in next(m.text for m in talk.simulator.messages(READER) if m.id == one.id)
        assert "digest" in (await talk.say("Mon 8:00")).text  # nothing is asked any more
        assert (await subscription(talk)).schedule.days == (4,)
        await talk.say("/zone")
        await talk.press("Share my location")
        talk.simulator.world.share_location(READER, READER, 33.51, 36.29)
        await talk.settle()
        assert (await subscription(talk)).schedule.zone == "Asia/Damascus"
        await talk.say("/zone")
        await talk.press("Write it")
        await talk.say("طرابلس")
        await talk.press("Tripoli")
        assert (await subscription(talk)).schedule.zone == "Africa/Tripoli"


async def test_after_its_page_was_shown_an_answer_is_taken_and_anything_else_is_not_mistaken(
    tmp_path: Path,
) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)
        shown = await talk.say("/zone")
        await talk.say("Taipei")
        assert (await subscription(talk)).schedule.zone == "Asia/Taipei"
        assert "Taipei" in next(m.text for m in talk.simulator.messages(READER) if m.id == shown.id)
        await talk.say("/zone")
        assert "/help" in (await talk.say("what does this do?")).text
        assert "/help" in (await talk.say("Berlin")).text  # the page is no question any more
        await talk.say("/schedule")
        await talk.say("7:30, 18:00 weekdays")
        assert (await subscription(talk)).schedule.days == (0, 1, 2, 3, 4)
        await talk.say("/zone")
        talk.simulator.world.share_location(READER, READER, 33.51, 36.29)
        await talk.settle()
        assert (await subscription(talk)).schedule.zone == "Asia/Damascus"


async def test_a_location_out_of_the_blue_is_the_zone_of_who_has_a_digest(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        talk.simulator.world.share_location(READER, READER, 25.03, 121.56)
        await talk.settle()
        assert "/start" in talk.last().text
        await subscribed(talk)
        talk.simulator.world.share_location(READER, READER, 25.03, 121.56)
        await talk.settle()
        assert "Your time zone: Taipei (UTC+8)" in talk.last().text
        assert (await subscription(talk)).schedule.zone == "Asia/Taipei"
        await subscribed(talk, GROUP)
        said = len(talk.simulator.messages(GROUP))
        talk.simulator.world.share_location(GROUP, OTHER, 25.03, 121.56)
        await talk.settle()
        assert len(talk.simulator.messages(GROUP)) == said + 1
        assert (await subscription(talk, GROUP)).schedule.zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("typed", "language", "title"),
    [
        ("العربية", "ar", "الإعدادات"),
        ("繁體中文", "zh-Hant", "設定"),
        ("Chinese", "zh", "设定"),
        ("en", "en", "Settings"),
    ],
)
async def test_each_language_is_spoken_at_once(typed: str, language: str, title: str, tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)
        await talk.say(f"/language {typed}")
        assert (await subscription(talk)).language == language
        words = talk.app.deps.wording[language]
        assert title in (await talk.say("/settings")).text
        for page in ("topics", "times", "zone", "language", "length", "format", "night", "mutes", "pause"):
            assert words(f"page.{page}") in (await talk.press(words(f"page.{page}"))).text
            await talk.press(words("settings.back"))
        assert words("help.readers") in (await talk.say("/help")).text
        for command in ("mute كرة 7d", "pause 2", "resume", "stop", "forget", "xyz", "pause x"):
            await talk.say(f"/{command}")


async def test_a_group_s_settings_are_its_administrators(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk, GROUP)
        assert "Only administrators" in (await talk.say("/settings", chat=GROUP)).text
        assert "Settings · Desk" in (await talk.say("/settings", user=OTHER, chat=GROUP)).text
        await talk.press("Length", user=OTHER, chat=GROUP)
        await talk.press("deep", chat=GROUP)
        assert "who asked" in talk.answered()
        await talk.press("deep", user=OTHER, chat=GROUP)
        assert (await subscription(talk, GROUP)).length is Length.DEEP
        talk.simulator.world.chats[GROUP].members[OTHER].status = "member"
        talk.clock.move(61)
        await talk.press("brief", user=OTHER, chat=GROUP)
        assert "Only administrators" in talk.answered()
        assert (await subscription(talk, GROUP)).length is Length.DEEP


async def test_a_connected_channel_is_managed_from_the_private_chat(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk, CHANNEL)
        await subscribed(talk, OTHER)
        async with talk.app.deps.store.begin() as tx:
            await tx.put_person(Person(id=str(OTHER), connected=str(CHANNEL)))
        said = await talk.say("/settings", user=OTHER)
        assert str(CHANNEL) in said.text or "Channel" in said.text
        await talk.say("/language ar", user=OTHER)
        assert (await subscription(talk, CHANNEL)).language == "ar"
        assert (await subscription(talk, OTHER)).language == "en"
        assert "Settings" in (await talk.say("/settings", user=OTHER)).text  # the person's own words stay


async def test_a_repeated_press_does_nothing_twice(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)
        await talk.say("/topics")
        seen: list[Any] = []
        taken = talk.front._take

        async def twice(update: Any, context: Any) -> None:
            seen.append(update)
            await taken(update, context)

        handler = talk.front._application.handlers[0][0]
        handler.callback = twice
        await talk.press("✓ Syria")
        before = await subscription(talk)
        await taken(seen[-1], None)  # type: ignore[arg-type]
        assert await subscription(talk) == before
        assert "syria" not in before.topics
