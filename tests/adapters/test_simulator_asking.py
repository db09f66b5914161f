"""Keyboards, presses, members, commands: what the simulator takes and answers, asked by the library."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from typing import Any

import pytest
from telegram import (
    Bot,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeChat,
    BotCommandScopeChatMember,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MenuButtonCommands,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest, Forbidden

from bot.adapters.clock import VirtualClock
from bot.adapters.simulator import Simulator

READER, EDITOR, STRANGER = 77, 78, 79
GROUP, FORUM, CHANNEL = -500, -1001, -1002


def refused(said: str) -> AbstractContextManager[Any]:
    """A refusal in these words; the library changes the case of the first letter."""
    return pytest.raises(BadRequest, match=f"(?i){re.escape(said)}")


async def send(ptb: Bot, markup: Any, chat: int = READER) -> None:
    given = {"chat_id": chat, "text": "pick", "reply_markup": markup}
    await ptb.do_api_request("SendMessage", api_kwargs=given)


def inline(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        (inline([{"text": "x"}]), "Text buttons are unallowed"),
        (inline([{"text": " ", "callback_data": "x"}]), "must be non-empty"),
        (inline([{"callback_data": "x"}]), 'find field "text"'),
        (inline([{"text": "x", "callback_data": ""}]), "button_data_invalid"),
        (inline([{"text": "x", "callback_data": "🦉" * 17}]), "button_data_invalid"),
        (inline([{"text": "x", "url": "ftp://a.example"}]), "Wrong HTTP URL"),
        (inline([{"text": "x", "url": "http://localhost/"}]), "Wrong HTTP URL"),
        (inline([{"text": "x", "url": "https://a.example", "callback_data": "x"}]), "one action"),
        (inline([{"text": "x", "callback_date": "x"}]), "no field 'callback_date'"),
        (inline(*[[{"text": "x", "callback_data": "x"}]] * 101), "too long"),
        (inline([{"text": "x", "callback_data": "x"}] * 9), "buttons in a row"),
        ({"inline_keyboard": [{"text": "x"}]}, "Array of Arrays"),
        ({"inline_keyboard": [], "keyboard": []}, "no field 'keyboard'"),
        ({"keyboard": [[{"text": ""}]]}, 'find field "text"'),
        ({"remove_keyboard": False}, "must be true"),
    ],
)
async def test_keyboards_that_telegram_would_not_take_are_refused(
    ptb: Bot, markup: dict[str, Any], said: str
) -> None:
    with refused(said):
        await send(ptb, markup)


async def test_keyboards_that_fit_are_taken(sim: Simulator, ptb: Bot) -> None:
    await send(ptb, inline(*[[{"text": "x", "callback_data": "x" * 64}]] * 100))
    await send(ptb, inline([{"text": "card", "url": "https://t.me/dateline_bot?start=s_1"}]))
    await send(ptb, inline([{"text": "me", "url": "tg://user?id=77"}]), CHANNEL)
    asking = ReplyKeyboardMarkup([[KeyboardButton("Here", request_location=True)]], one_time_keyboard=True)
    await ptb.send_message(READER, "where?", reply_markup=asking)
    assert sim.world.chats[READER].keyboard is not None
    sim.world.share_location(READER, READER, 1, 2)
    assert sim.world.chats[READER].keyboard is None
    await ptb.send_message(READER, "done", reply_markup=ReplyKeyboardRemove())
    with refused("location can be requested in private chats only"):
        await ptb.send_message(GROUP, "where?", reply_markup=asking)
    with refused("inline keyboard expected"):
        await ptb.send_message(CHANNEL, "where?", reply_markup=asking)


async def test_buttons_change_without_the_text_and_leave_no_mark(sim: Simulator, ptb: Bot) -> None:
    one = InlineKeyboardMarkup([[InlineKeyboardButton("1", callback_data="1")]])
    message = await ptb.send_message(READER, "x", reply_markup=one)
    with refused("not modified"):
        await ptb.edit_message_reply_markup(READER, message.message_id, reply_markup=one)
    await ptb.edit_message_reply_markup(READER, message.message_id)
    assert sim.messages(READER)[0].markup is None
    assert sim.messages(READER)[0].edited is None
    await ptb.edit_message_text("y", READER, message.message_id, reply_markup=one)
    with refused("not modified"):
        await ptb.edit_message_text("y", READER, message.message_id, reply_markup=one)
    assert sim.messages(READER)[0].edited is not None


async def test_captions_are_edited_and_messages_copied(sim: Simulator, ptb: Bot) -> None:
    file = await ptb.send_document(READER, b"x", caption="one", filename="x.txt")
    await ptb.edit_message_caption(READER, file.message_id, caption="two")
    with refused("no text in the message"):
        await ptb.edit_message_text("y", READER, file.message_id)
    copied = await ptb.copy_message(GROUP, READER, file.message_id)
    assert sim.messages(GROUP)[-1].id == copied.message_id
    assert sim.messages(GROUP)[-1].text == "two"
    assert await ptb.unpin_chat_message(READER, await _pinned(ptb, file.message_id))


async def _pinned(ptb: Bot, message: int) -> int:
    assert await ptb.pin_chat_message(READER, message)
    return message


async def test_a_press_is_answered_in_time_and_in_two_hundred_units(sim: Simulator, ptb: Bot) -> None:
    clock = sim._clock
    assert isinstance(clock, VirtualClock)
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("1", callback_data="1")]])
    message = await ptb.send_message(READER, "x", reply_markup=keyboard)
    early, late = (sim.press(READER, READER, message.message_id, "1") for _ in range(2))
    with refused("message_too_long"):
        await ptb.answer_callback_query(early, "🦉" * 101)
    with refused("url_invalid"):
        await ptb.answer_callback_query(early, url="https://a.example")
    link = "https://t.me/dateline_bot?start=s_1"
    assert await ptb.answer_callback_query(early, "🦉" * 100, show_alert=True, url=link)
    assert sim.answers[early]["url"] == link
    clock.move(15 * 60 + 1)
    with refused("query is too old"):
        await ptb.answer_callback_query(late)


async def test_commands_are_kept_per_scope_and_language(sim: Simulator, ptb: Bot) -> None:
    shown = sim._methods.profile.commands_for
    await ptb.set_my_commands([("help", "Help")])
    await ptb.set_my_commands([("help", "求助")], language_code="zh")
    await ptb.set_my_commands([("feeds", "Feeds")], BotCommandScopeChat(EDITOR))
    await ptb.set_my_commands([("topics", "Topics")], BotCommandScopeAllChatAdministrators())
    await ptb.set_my_commands([("why", "Why")], BotCommandScopeChatMember(FORUM, READER))

    def seen(chat: int, user: int) -> list[str]:
        return [f"{command['command']} {command['description']}" for command in shown(chat, user)]

    assert seen(READER, READER) == ["help Help"]
    assert seen(EDITOR, EDITOR) == ["feeds Feeds"]
    assert seen(FORUM, EDITOR) == ["topics Topics"]
    assert seen(FORUM, READER) == ["why Why"]
    assert await ptb.delete_my_commands(BotCommandScopeChat(EDITOR))
    assert seen(EDITOR, EDITOR) == ["help 求助"]
    assert await ptb.get_my_commands(language_code="zh")
    for commands, said in (([("Ä", "x")], "bot_command_invalid"), ([("a", "")], "description_invalid")):
        with refused(said):
            await ptb.set_my_commands(commands)
    with refused("chat not found"):
        await ptb.set_my_commands([("a", "b")], BotCommandScopeChat(4711))
    with refused("lang_code_invalid"):
        await ptb.set_my_commands([("a", "b")], language_code="zh-hant")


async def test_the_profile_is_told_in_languages(ptb: Bot) -> None:
    assert await ptb.set_my_description("A digest")
    assert await ptb.set_my_short_description("摘要", language_code="zh")
    assert (await ptb.get_my_description("ar")).description == "A digest"
    assert (await ptb.get_my_short_description("zh")).short_description == "摘要"
    assert await ptb.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert isinstance(await ptb.get_chat_menu_button(READER), MenuButtonCommands)
    with refused("description_too_long"):
        await ptb.set_my_description("x" * 513)


async def test_members_are_told_where_the_bot_may_look(sim: Simulator, ptb: Bot) -> None:
    assert (await ptb.get_chat_member(GROUP, STRANGER)).status == "left"
    assert (await ptb.get_chat_member(READER, READER)).status == "member"
    assert await ptb.get_chat_member_count(CHANNEL) == 3
    with refused("no administrators in the private chat"):
        await ptb.get_chat_administrators(READER)
    sim.world.set_bot(CHANNEL, "member")
    with refused("member list is inaccessible"):
        await ptb.get_chat_administrators("@morning_news")
    assert await ptb.leave_chat(GROUP)
    with pytest.raises(Forbidden, match="not a member of the group"):
        await ptb.get_chat_member(GROUP, READER)
    with refused("private chats"):
        await ptb.leave_chat(READER)


async def test_a_topic_is_closed_and_opened_again(sim: Simulator, ptb: Bot) -> None:
    sim.world.set_bot(FORUM, "administrator")
    topic = await ptb.create_forum_topic(FORUM, "Syria")
    assert await ptb.close_forum_topic(FORUM, topic.message_thread_id)
    with refused("topic_not_modified"):
        await ptb.close_forum_topic(FORUM, topic.message_thread_id)
    assert await ptb.reopen_forum_topic(FORUM, topic.message_thread_id)
