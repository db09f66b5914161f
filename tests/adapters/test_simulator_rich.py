"""Rich messages: what the simulator takes, what it refuses, and what it keeps."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest, EndPointNotFound

from bot.adapters.clock import VirtualClock
from bot.adapters.simulator import Simulator, text_of_rich

READER, GROUP = 77, -500


def refused(said: str) -> AbstractContextManager[Any]:
    """A refusal in these words; the library changes the case of the first letter."""
    return pytest.raises(BadRequest, match=f"(?i){re.escape(said)}")


def paragraph(text: Any = "x") -> dict[str, Any]:
    return {"type": "paragraph", "text": text}


def nested(levels: int) -> dict[str, Any]:
    return paragraph() if levels == 1 else {"type": "blockquote", "blocks": [nested(levels - 1)]}


def table(rows: int, columns: int) -> dict[str, Any]:
    cell = {"align": "left", "valign": "top", "text": "c"}
    return {"type": "table", "cells": [[cell] * columns for _ in range(rows)]}


async def send(ptb: Bot, chat: int = READER, **rich: Any) -> dict[str, Any]:
    given = {"chat_id": chat, "rich_message": rich}
    shown: dict[str, Any] = await ptb.do_api_request("sendRichMessage", api_kwargs=given)
    return shown


DIGEST: list[dict[str, Any]] = [
    {"type": "heading", "size": 1, "text": "Morning"},
    {
        "type": "details",
        "summary": [{"type": "bold", "text": "Accord signed"}, " in Damascus"],
        "is_open": True,
        "blocks": [
            paragraph(["Both sides agreed ", {"type": "url", "text": "[1]", "url": "https://a.example/1"}]),
            {"type": "blockquote", "blocks": [paragraph("At last")], "credit": "The envoy"},
        ],
    },
    {
        "type": "list",
        "items": [{"blocks": [paragraph("one")]}, {"blocks": [paragraph("two")], "value": 2, "type": "1"}],
    },
    {
        "type": "table",
        "caption": "Prices",
        "cells": [
            [{"align": "left", "valign": "top", "text": "Oil", "is_header": True}],
            [{"align": "right", "valign": "top", "text": "71"}],
        ],
    },
    {"type": "photo", "photo": {"type": "photo", "media": "https://a.example/p.jpg"}},
    {"type": "divider"},
    {"type": "footer", "text": "12 outlets"},
]


async def test_blocks_are_kept_and_read_like_text(sim: Simulator, ptb: Bot) -> None:
    shown = await send(ptb, blocks=DIGEST, is_rtl=True)
    assert shown["rich_message"]["is_rtl"] is True
    assert shown["rich_message"]["blocks"][1]["summary"] == DIGEST[1]["summary"]
    (message,) = sim.messages(READER)
    assert message.rich is not None
    assert text_of_rich(message.rich).splitlines() == [
        "Morning",
        "Accord signed in Damascus",
        "Both sides agreed [1]",
        "At last",
        "The envoy",
        "• one",
        "2. two",
        "Oil",
        "71",
        "Prices",
        "[photo]",
        "12 outlets",
    ]
    assert "[1] <https://a.example/1>" in sim.render(READER)
    assert sim.ledger.accepted(READER, "sendRichMessage")[0].text.startswith("Morning\n")


@pytest.mark.parametrize(
    "rich",
    [
        {"blocks": [paragraph("x" * 32_768)]},
        {"blocks": [paragraph()] * 500},
        {"blocks": [nested(16)]},
        {"blocks": [table(499, 1)]},
        {"blocks": [table(1, 20)]},
    ],
    ids=["characters", "blocks", "levels", "rows", "columns"],
)
async def test_what_just_fits_is_taken(ptb: Bot, rich: dict[str, Any]) -> None:
    assert (await send(ptb, **rich))["message_id"]


_PHOTO = {"type": "photo", "photo": {"type": "photo", "media": "https://a.example/p.jpg"}}


@pytest.mark.parametrize(
    ("rich", "said"),
    [
        ({}, "exactly one of"),
        ({"html": "<p>x</p>", "markdown": "x"}, "exactly one of"),
        ({"blocks": [], "loud": True}, "no field 'loud'"),
        ({"blocks": []}, "must be non-empty"),
        ({"blocks": [paragraph("🦉" * 16_385)]}, "too long"),
        ({"blocks": [paragraph()] * 501}, "too many blocks"),
        ({"blocks": [{"type": "list", "items": [{"blocks": [paragraph()]}] * 250}]}, "too many blocks"),
        ({"blocks": [table(500, 1)]}, "too many blocks"),
        ({"blocks": [nested(17)]}, "nested too deep"),
        ({"blocks": [table(1, 21)]}, "too many columns"),
        ({"blocks": [_PHOTO] * 51}, "too many media"),
        ({"blocks": [{**_PHOTO, "photo": {"type": "photo", "media": "attach://x"}}]}, "wrong HTTP URL"),
        ({"blocks": [{"type": "heading", "size": 7, "text": "x"}]}, "size"),
        ({"blocks": [{"type": "poem", "text": "x"}]}, "unsupported block type 'poem'"),
        ({"blocks": [{"type": "paragraph"}]}, 'find field "text"'),
        ({"blocks": [{"type": "divider", "text": "x"}]}, "no field 'text'"),
        ({"blocks": [{"type": "thinking", "text": "hm"}]}, "belongs into drafts"),
        ({"blocks": [paragraph({"type": "loud", "text": "x"})]}, "unsupported text type"),
        ({"blocks": [paragraph({"type": "url", "text": "x", "url": "javascript:x"})]}, "no link"),
        ({"blocks": [{"type": "table", "cells": [[{"text": "x"}]]}]}, 'find field "align"'),
        (
            {"blocks": [{"type": "table", "cells": [[{"align": "left", "valign": "top", "text": DIGEST}]]}]},
            "unsupported text type",
        ),
        (
            {"blocks": [{"type": "buttons", "buttons": [{"text": "x", "callback_data": "x" * 65}]}]},
            "DATA_INVALID",
        ),
    ],
)
async def test_what_telegram_would_refuse_is_refused(ptb: Bot, rich: dict[str, Any], said: str) -> None:
    with refused(said):
        await send(ptb, **rich)


async def test_html_is_read_into_the_same_blocks(sim: Simulator, ptb: Bot) -> None:
    html = (
        "<h2>News &amp; more</h2>loose <b>text</b><ul><li>one</li><li><p>two</p></li></ul>"
        "<details open><summary>More</summary><blockquote>said<cite>Her</cite></blockquote></details>"
        '<table bordered><caption>T</caption><tr><th>a</th><td align="right">b</td></tr></table><hr/>'
        '<figure><img src="https://a.example/p.jpg"><figcaption>Cap</figcaption></figure>'
        '<p><a href="https://a.example/1">[1]</a> <a href="#top">up</a>&hellip;&#x41;</p>'
    )
    shown = await send(ptb, html=html)
    blocks = shown["rich_message"]["blocks"]
    assert [block["type"] for block in blocks] == [
        *("heading", "paragraph", "list", "details", "table", "divider", "photo", "paragraph")
    ]
    assert blocks[3]["blocks"][0]["credit"] == "Her"
    assert blocks[4]["cells"][0][1] == {"align": "right", "valign": "top", "text": "b"}
    message = sim.messages(READER)[0]
    assert message.rich is not None
    assert text_of_rich(message.rich).endswith("[1] up…A")


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>x", "Can't find end tag"),
        ("<p>x</b>", "Unmatched end tag"),
        ("x</p>", "Unexpected end tag"),
        ("<script>x</script>", 'Unsupported start tag "script"'),
        ("<p>&copy;</p>", "Unsupported named entity"),
        ("<table><tr><td><p>x</p></td></tr></table>", "inside of"),
        ('<img src="ftp://a.example/x">', "wrong HTTP URL"),
        ('<p><a href="javascript:x">x</a></p>', "no link"),
    ],
)
async def test_broken_html_is_refused(ptb: Bot, html: str, said: str) -> None:
    with refused(said):
        await send(ptb, html=html)


async def test_markdown_is_read_too(ptb: Bot) -> None:
    source = (
        "# Head\n\nA **bold** [link](https://a.example)\n\n- one\n- two\n\n> said\n\n---\n\n```\ncode\n```"
    )
    blocks = (await send(ptb, markdown=source))["rich_message"]["blocks"]
    kinds = [block["type"] for block in blocks]
    assert kinds == ["heading", "paragraph", "list", "blockquote", "divider", "pre"]
    assert blocks[1]["text"][1] == {"type": "bold", "text": "bold"}


async def test_a_rich_message_is_edited_to_rich_and_to_text_and_back(sim: Simulator, ptb: Bot) -> None:
    number = (await send(ptb, blocks=[paragraph("one")]))["message_id"]

    async def edit(**what: Any) -> None:
        given = {"chat_id": READER, "message_id": number, **what}
        await ptb.do_api_request("EditMessageText", api_kwargs=given)

    with refused("not modified"):
        await edit(rich_message={"blocks": [paragraph("one")]})
    await edit(rich_message={"html": "<p>two</p>"})
    assert sim.render(READER).endswith("two")
    await edit(text="three")
    assert (sim.messages(READER)[0].rich, sim.messages(READER)[0].text) == (None, "three")
    await edit(rich_message={"blocks": [paragraph("four")]})
    assert sim.messages(READER)[0].text == ""


async def test_drafts_stream_in_private_chats_and_go_with_the_message(sim: Simulator, ptb: Bot) -> None:
    clock = sim._clock
    assert isinstance(clock, VirtualClock)

    async def draft(chat: int, number: int = 5) -> None:
        rich = {"blocks": [{"type": "thinking", "text": "reading"}, paragraph("so far")]}
        given = {"chat_id": chat, "draft_id": number, "rich_message": rich}
        await ptb.do_api_request("sendRichMessageDraft", api_kwargs=given)

    with refused("private chats only"):
        await draft(GROUP)
    with refused("non-zero"):
        await draft(READER, 0)
    await draft(READER)
    clock.move(29)
    shown = sim.draft(READER)
    assert shown is not None
    assert shown.rich is not None
    assert text_of_rich(shown.rich) == "reading\nso far"
    clock.move(1)
    assert sim.draft(READER) is None
    await draft(READER)
    assert sim.messages(READER) == ()
    await send(ptb, blocks=[paragraph("done")])
    assert sim.draft(READER) is None
    assert await ptb.send_message_draft(READER, 6, "classic one")
    assert sim.draft(READER) is not None


async def test_an_older_server_knows_nothing_of_it(sim: Simulator, ptb: Bot) -> None:
    sim._rich = False
    for method in ("sendRichMessage", "sendRichMessageDraft"):
        with pytest.raises(EndPointNotFound):
            await ptb.do_api_request(method, api_kwargs={"chat_id": READER})
    message = await ptb.send_message(READER, "classic")
    given = {"chat_id": READER, "message_id": message.message_id, "rich_message": {"html": "<p>x</p>"}}
    with refused("message text is empty"):
        await ptb.do_api_request("EditMessageText", api_kwargs=given)


async def test_a_button_inside_of_a_rich_message_can_be_pressed(sim: Simulator, ptb: Bot) -> None:
    row = {"type": "buttons", "buttons": [{"text": "More", "callback_data": "more:1"}]}
    number = (await send(ptb, blocks=[paragraph(), row]))["message_id"]
    query = sim.press(READER, READER, number, "more:1")
    assert await ptb.answer_callback_query(query)
