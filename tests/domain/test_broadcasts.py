"""Who gets a broadcast."""

from __future__ import annotations

from bot.domain.broadcasts import recipients
from bot.types import Chat
from tests import make


def chat(number: str, kind: str, *, may_post: bool = True) -> Chat:
    return Chat(address=make.address(number), kind=kind, may_post=may_post, seen_at=make.NOW)


def test_each_chat_once_where_the_bot_may_post() -> None:
    subs = [
        make.subscription("one", address=make.address("7"), language="ar"),
        make.subscription("two", address=make.address("7"), language="en"),
        make.subscription("three", address=make.address("-8", thread=4)),
        make.subscription("four", address=make.address("-9")),
        make.subscription("five", address=make.address("-100555")),
        make.subscription("six", address=make.address("@news")),
    ]
    found = recipients(
        subs, [chat("7", "private"), chat("-8", "supergroup"), chat("-9", "group", may_post=False)]
    )
    assert [(one.address.chat, one.kind, one.language) for one in found] == [
        ("7", "private", "ar"),
        ("-8", "group", "en"),
        ("-100555", "channel", "en"),
        ("@news", "channel", "en"),
    ]
    assert found[1].address.thread == 4
