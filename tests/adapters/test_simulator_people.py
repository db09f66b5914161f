"""What people do in the simulated world, as the library's updates show it."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest

from bot.adapters.simulator import Simulator

READER, EDITOR, STRANGER = 77, 78, 79
GROUP, FORUM, CHANNEL = -500, -1001, -1002
ALL = Update.ALL_TYPES


def refused(said: str) -> AbstractContextManager[Any]:
    """A refusal in these words; the library changes the case of the first letter."""
    return pytest.raises(BadRequest, match=f"(?i){re.escape(said)}")


async def news(ptb: Bot) -> list[Update]:
    """Updates since the last time."""
    updates = list(await ptb.get_updates(timeout=0, allowed_updates=ALL))
    if updates:
        await ptb.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    return updates


async def only(ptb: Bot) -> Update:
    (update,) = await news(ptb)
    return update


async def test_a_reply_carries_the_message_replied_to(sim: Simulator, ptb: Bot) -> None:
    asked = await ptb.send_message(GROUP, "which one?")
    sim.world.say(GROUP, READER, "/why@dateline_bot this", reply_to=asked.message_id)
    message = (await only(ptb)).message
    assert message is not None
    assert message.reply_to_message is not None
    assert (message.reply_to_message.text, message.reply_to_message.from_user) == ("which one?", ptb.bot)
    assert message.entities[0].type == "bot_command"
    assert message.parse_entity(message.entities[0]) == "/why@dateline_bot"


async def test_forwarded_texts_name_their_origin(sim: Simulator, ptb: Bot) -> None:
    sim.world.say(READER, READER, "look", forward_from=CHANNEL)
    sim.world.say(READER, READER, "look", forward_from=EDITOR)
    sim.world.say(READER, READER, "look", forward_from="Somebody")
    kinds = [
        update.message.forward_origin.type
        for update in await news(ptb)
        if update.message and update.message.forward_origin
    ]
    assert kinds == ["channel", "user", "hidden_user"]


async def test_a_forwarded_message_keeps_its_buttons_and_anybody_may_press(sim: Simulator, ptb: Bot) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Off", callback_data="off")]])
    post = await ptb.send_message(CHANNEL, "digest", reply_markup=keyboard)
    copy = sim.world.forward(STRANGER, STRANGER, CHANNEL, post.message_id)
    sim.press(STRANGER, STRANGER, copy.id, "off")
    sim.world.press(CHANNEL, READER, post.message_id, "admin:all", forged=True)
    forwarded, pressed, forged = await news(ptb)
    assert forwarded.message is not None
    assert forwarded.message.forward_origin is not None
    assert forwarded.message.forward_origin.type == "channel"
    assert pressed.callback_query is not None
    assert pressed.callback_query.from_user.id == STRANGER
    assert forged.callback_query is not None
    assert forged.callback_query.data == "admin:all"


async def test_a_location_and_a_contact_are_shared(sim: Simulator, ptb: Bot) -> None:
    sim.world.share_location(READER, READER, 25.03, 121.56)
    sim.world.share_contact(READER, READER, "+88600")
    place, number = await news(ptb)
    assert place.message is not None
    assert place.message.location is not None
    assert place.message.location.latitude == 25.03
    assert number.message is not None
    assert number.message.contact is not None
    assert number.message.contact.user_id == READER


async def test_a_file_of_a_person_is_fetched_and_the_bots_is_kept(sim: Simulator, ptb: Bot) -> None:
    sim.world.send_document(READER, READER, "feeds.opml", b"<opml/>", "text/x-opml", "mine")
    message = (await only(ptb)).message
    assert message is not None
    assert message.document is not None
    assert (message.document.file_name, message.caption) == ("feeds.opml", "mine")
    file = await message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"<opml/>"
    sent = await ptb.send_document(READER, b"<opml>out</opml>", filename="out.opml")
    assert sim.document(READER, sent.message_id) == b"<opml>out</opml>"
    again = await ptb.send_document(READER, sent.document.file_id)  # type: ignore[union-attr]
    assert sim.document(READER, again.message_id) == b"<opml>out</opml>"
    with refused("wrong file_id"):
        await ptb.get_file("unheard-of")
    with refused("wrong remote file identifier"):
        await ptb.send_document(READER, "unheard-of")


async def test_people_come_go_rise_and_fall(sim: Simulator, ptb: Bot) -> None:
    await news(ptb)
    world = sim.world
    world.join(FORUM, STRANGER)
    world.promote(FORUM, STRANGER, ["can_manage_chat"], by=EDITOR)
    assert {member.user.id for member in await ptb.get_chat_administrators(FORUM)} == {EDITOR, STRANGER}
    assert await ptb.get_chat_member_count(FORUM) == 4
    world.demote(FORUM, STRANGER)
    world.kick(FORUM, STRANGER, by=EDITOR)
    assert (await ptb.get_chat_member(FORUM, STRANGER)).status == "kicked"
    world.leave(FORUM, READER)
    updates = await news(ptb)
    statuses = [update.chat_member.new_chat_member.status for update in updates if update.chat_member]
    assert statuses == ["member", "administrator", "member", "kicked", "left"]
    told = [update.message for update in updates if update.message]
    assert told[0].new_chat_members[0].id == STRANGER
    assert [message.left_chat_member.id for message in told[1:] if message.left_chat_member] == [
        STRANGER,
        READER,
    ]


async def test_an_anonymous_admin_writes_as_the_group(sim: Simulator, ptb: Bot) -> None:
    sim.world.promote(FORUM, READER, anonymous=True)
    sim.world.say(FORUM, READER, "/settings")
    sim.world.say(FORUM, EDITOR, "/settings", anonymous=True)
    for update in await news(ptb):
        if update.message is not None:
            assert update.message.from_user is not None
            assert update.message.from_user.id == 1087968824
            assert update.message.sender_chat is not None
            assert update.message.sender_chat.id == FORUM
    administrators = {member.user.id: member for member in await ptb.get_chat_administrators(FORUM)}
    assert administrators[READER].to_dict()["is_anonymous"] is True


async def test_a_post_in_a_channel_is_the_channels(sim: Simulator, ptb: Bot) -> None:
    sim.say(CHANNEL, EDITOR, "/digest")
    post = (await only(ptb)).channel_post
    assert post is not None
    assert post.from_user is None
    assert post.sender_chat is not None
    assert post.sender_chat.id == CHANNEL


async def test_deep_links_start_the_bot(sim: Simulator, ptb: Bot) -> None:
    sim.world.users[READER].started = False
    message = sim.world.open_link(READER, "https://t.me/Dateline_bot?start=s_12")
    assert message.text == "/start s_12"
    assert sim.world.users[READER].started
    sim.world.add_chat(-7, "group", bot_status="left")
    await news(ptb)
    sim.world.open_link(READER, "https://t.me/dateline_bot?startgroup=x", chat=-7)
    came, told, said = await news(ptb)
    assert came.my_chat_member is not None
    assert came.my_chat_member.from_user.id == READER
    assert told.message is not None
    assert told.message.new_chat_members == (ptb.bot,)
    assert said.message is not None
    assert said.message.text == "/start@dateline_bot x"
    for url in (
        "https://t.me/other_bot?start=x",
        "https://t.me/dateline_bot?start=a%20b",
        "https://x.example",
    ):
        with pytest.raises(ValueError, match=r"link|payload"):
            sim.world.open_link(READER, url)


async def test_a_topic_of_a_person_is_told_and_written_to(sim: Simulator, ptb: Bot) -> None:
    topic = sim.world.add_topic(FORUM, "Syria", by=EDITOR)
    sim.world.say(FORUM, READER, "/topics", thread=topic.id)
    made, said = await news(ptb)
    assert made.message is not None
    assert made.message.forum_topic_created is not None
    assert made.message.message_thread_id == topic.id
    assert said.message is not None
    assert said.message.is_topic_message
    assert (await ptb.send_message(FORUM, "x", message_thread_id=topic.id)).message_thread_id == topic.id
    assert await ptb.send_chat_action(FORUM, "typing", message_thread_id=topic.id)
    assert sim.action(FORUM) == ("typing", topic.id)
    await ptb.send_message(FORUM, "done", message_thread_id=topic.id)
    assert sim.action(FORUM) is None


async def test_an_edit_and_a_move_are_told(sim: Simulator, ptb: Bot) -> None:
    mine = sim.say(GROUP, READER, "one")
    sim.world.edit(GROUP, mine.id, "two")
    new = sim.world.upgrade(GROUP)
    _, edited, moved, came = await news(ptb)
    assert edited.edited_message is not None
    assert edited.edited_message.text == "two"
    assert moved.message is not None
    assert moved.message.migrate_to_chat_id == new.id
    assert came.message is not None
    assert came.message.migrate_from_chat_id == GROUP


async def test_with_privacy_on_only_what_is_meant_for_the_bot_is_heard(sim: Simulator, ptb: Bot) -> None:
    sim.world.privacy = True
    assert (await ptb.get_me()).can_read_all_group_messages is False
    own = await ptb.send_message(GROUP, "hello")
    for text in ("good morning", "/digest@other_bot", "/digest"):
        sim.say(GROUP, READER, text)
    sim.world.say(GROUP, READER, "thanks", reply_to=own.message_id)
    heard = [update.message.text for update in await news(ptb) if update.message]
    assert heard == ["/digest", "thanks"]
