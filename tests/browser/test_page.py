"""The simulator's page, driven by a real browser."""

from __future__ import annotations

import aiohttp
import pytest
from playwright.async_api import FilePayload, expect

from bot.adapters.simulator import Simulator
from tests.browser.conftest import CHANNEL, EDITOR, FORUM, GROUP, READER, STRANGER, TOKEN, Ask, Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="module"),
]


async def test_the_chats_are_listed_with_unread_marks(sim: Simulator, ask: Ask, visit: Open) -> None:
    await ask("sendMessage", chat_id=READER, text="one")
    await ask("sendMessage", chat_id=READER, text="two")
    page = await visit(chat=None)
    rows = page.locator("#chats .row")
    await expect(rows).to_have_count(4)
    mine = rows.filter(has_text="Dateline")
    await expect(mine.locator(".badge")).to_have_text("2")
    await expect(mine.locator(".last")).to_have_text("two")
    await mine.click()
    await expect(page.locator("#messages .message")).to_have_count(2)
    await expect(mine.locator(".badge")).to_have_count(0)
    await ask("sendMessage", chat_id=CHANNEL, text="news")
    await expect(rows.filter(has_text="Morning").locator(".badge")).to_have_text("1")


async def test_an_address_opens_its_chat_also_in_a_page_that_is_open(
    sim: Simulator, ask: Ask, visit: Open
) -> None:
    await ask("sendMessage", chat_id=CHANNEL, text="news of the channel")
    page = await visit(chat=READER)
    await page.goto(f"{sim.page_url}#user={READER}&chat={CHANNEL}")
    await expect(page.locator("#messages .message")).to_contain_text("news of the channel")


async def test_a_newcomer_starts_and_writes(sim: Simulator, ask: Ask, visit: Open) -> None:
    await ask(
        "setMyCommands",
        commands=[{"command": "digest", "description": "Now"}, {"command": "help", "description": "?"}],
    )
    await ask("setMyDescription", description="A daily digest")
    page = await visit(STRANGER, STRANGER)
    await expect(page.locator(".about")).to_have_text("A daily digest")
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator(".message.mine")).to_have_count(1)
    await page.keyboard.press("Tab")
    await page.locator("#text").fill("/")
    await expect(page.locator("#suggestions button")).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(page.locator("#text")).to_have_value("/help ")
    await page.keyboard.type("me")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.mine")).to_have_count(2)
    assert [message.text for message in sim.messages(STRANGER)] == ["/start", "/help me"]
    updates = await ask("getUpdates")
    assert [update["message"]["from"]["language_code"] for update in updates] == ["ar", "ar"]


async def test_buttons_press_and_show_the_answer(sim: Simulator, ask: Ask, visit: Open) -> None:
    buttons = [
        [{"text": "More", "callback_data": "more"}],
        [{"text": "Card", "url": "https://t.me/dateline_bot?start=s_1"}],
    ]
    await ask("sendMessage", chat_id=READER, text="pick", reply_markup={"inline_keyboard": buttons})
    page = await visit()
    await page.get_by_role("button", name="More").click()
    await expect(page.locator(".waiting")).to_have_count(1)
    update = (await ask("getUpdates"))[-1]["callback_query"]
    assert (update["data"], update["from"]["id"]) == ("more", READER)
    await ask("answerCallbackQuery", callback_query_id=update["id"], text="There is <b>more</b>")
    await expect(page.locator(".toast")).to_have_text("There is <b>more</b>")
    await expect(page.locator(".waiting")).to_have_count(0)
    await page.get_by_role("button", name="More").click()
    await expect(page.locator(".waiting")).to_have_count(1)
    update = (await ask("getUpdates"))[-1]["callback_query"]
    await ask("answerCallbackQuery", callback_query_id=update["id"], text="Stop!", show_alert=True)
    await expect(page.get_by_role("dialog")).to_contain_text("Stop!")
    await page.keyboard.press("Escape")
    number = sim.messages(READER)[0].id
    await page.get_by_role("button", name="More").focus()
    more = {"inline_keyboard": [[{"text": "Less", "callback_data": "less"}], buttons[1]]}
    await ask("editMessageReplyMarkup", chat_id=READER, message_id=number, reply_markup=more)
    await expect(page.get_by_role("button", name="Less")).to_be_focused()
    await page.get_by_role("button", name="Card").click()
    await expect(page.locator(".message.mine .text")).to_contain_text("/start s_1")


async def test_formatting_shows_as_telegram_shows_it(ask: Ask, visit: Open) -> None:
    quote = "one line\n" * 9
    text = f"🦉 bold code link\n{quote}after secret\nمرحبا"

    def entity(kind: str, part: str, **more: str) -> dict[str, object]:
        start = len(text[: text.index(part)].encode("utf-16-le")) // 2
        return {"type": kind, "offset": start, "length": len(part.encode("utf-16-le")) // 2, **more}

    entities = [
        entity("bold", "bold code"),
        entity("code", "code"),
        entity("text_link", "link", url="https://a.example/1"),
        entity("expandable_blockquote", quote.strip()),
        entity("spoiler", "secret"),
    ]
    await ask("sendMessage", chat_id=READER, text=text, entities=entities, disable_notification=True)
    page = await visit()
    await expect(page.locator(".text strong")).to_have_text("bold code")
    await expect(page.locator(".text strong code")).to_have_text("code")
    link = page.locator(".text a")
    await expect(link).to_have_attribute("href", "https://a.example/1")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    folded = page.locator(".expandable .fold")
    low = await folded.evaluate("(node) => node.clientHeight")
    await page.get_by_role("button", name="Show all of the quotation").click()
    assert await folded.evaluate("(node) => node.clientHeight") > 2 * low
    await expect(page.locator(".spoiler.shown")).to_have_count(0)
    await page.locator(".spoiler").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".spoiler.shown")).to_have_text("secret")
    arabic = page.locator(".text > div").last
    assert await arabic.evaluate("(node) => getComputedStyle(node).direction") == "rtl"
    await expect(page.get_by_label("silent")).to_have_count(1)
    said = {"type": "blockquote", "offset": 0, "length": 5}
    await ask("sendMessage", chat_id=READER, text="مرحبا", entities=[said])
    await expect(page.locator("blockquote").last).to_have_attribute("dir", "rtl")


async def test_edits_deletions_typing_and_previews_are_live(sim: Simulator, ask: Ask, visit: Open) -> None:
    page = await visit(chat=GROUP)
    await ask("sendChatAction", chat_id=GROUP, action="typing")
    await expect(page.locator("#chat-name p")).to_have_text("typing…")
    first = (await ask("sendMessage", chat_id=GROUP, text="one"))["message_id"]
    await expect(page.locator(".message .text")).to_contain_text("one")
    await expect(page.locator("#chat-name p")).to_have_text("3 members")
    await ask("editMessageText", chat_id=GROUP, message_id=first, text="two")
    await expect(page.locator(".message .text")).to_contain_text("two")
    await expect(page.locator(".message .meta")).to_contain_text("edited")
    await ask("deleteMessage", chat_id=GROUP, message_id=first)
    await expect(page.locator(".message")).to_have_count(0)
    await page.locator("#chats .row").filter(has_text="Dateline").click()
    await ask("sendMessageDraft", chat_id=READER, draft_id=1, text="so far")
    await expect(page.locator(".draft")).to_contain_text("so far")
    await ask("sendMessage", chat_id=READER, text="all of it")
    await expect(page.locator(".draft")).to_have_count(0)


async def test_rich_messages_unfold_and_stay_unfolded(ask: Ask, visit: Open) -> None:
    cell = {"align": "right", "valign": "top", "text": "71"}
    details = {"type": "details", "summary": "Accord", "blocks": [{"type": "paragraph", "text": "Signed."}]}
    blocks = [
        {"type": "heading", "size": 1, "text": "Morning"},
        details,
        {"type": "table", "cells": [[cell]], "caption": "Oil"},
        {"type": "list", "items": [{"blocks": [{"type": "paragraph", "text": "one"}]}]},
    ]
    sent = await ask("sendRichMessage", chat_id=READER, rich_message={"blocks": blocks, "is_rtl": True})
    page = await visit()
    await expect(page.locator(".rich h2")).to_have_text("Morning")
    await expect(page.locator(".rich")).to_have_attribute("dir", "rtl")
    await expect(page.locator(".rich h2")).to_have_attribute("dir", "rtl")  # though its words are English
    await expect(page.locator(".rich td")).to_have_text("71")
    await expect(page.locator(".rich td")).to_have_css("text-align", "right")
    await expect(page.locator(".rich").get_by_text("Signed.")).to_be_hidden()
    await page.locator(".rich").get_by_text("Accord").click()
    await expect(page.locator(".rich").get_by_text("Signed.")).to_be_visible()
    changed = {"blocks": [*blocks, {"type": "footer", "text": "12 outlets"}]}
    await ask("editMessageText", chat_id=READER, message_id=sent["message_id"], rich_message=changed)
    await expect(page.locator(".rich footer")).to_have_text("12 outlets")
    await expect(page.locator(".rich").get_by_text("Signed.")).to_be_visible()


async def test_a_table_breaks_no_word_on_a_phone(ask: Ask, visit: Open) -> None:
    def row(*texts: str) -> list[dict[str, object]]:
        return [{"align": "left", "valign": "top", "text": text} for text in texts]

    cells = [
        row("Published", "Outlet", "Headline"),
        row("27 November, 06:00", "[1] The Levant Ledger", "Kurdish-led force and Damascus agree on it"),
    ]
    await ask("sendRichMessage", chat_id=READER, rich_message={"blocks": [{"type": "table", "cells": cells}]})
    page = await visit(viewport={"width": 390, "height": 700})
    lines = """(cell) => {
      const range = document.createRange(); range.selectNodeContents(cell);
      return new Set([...range.getClientRects()].map((one) => Math.round(one.top))).size;
    }"""
    first = page.locator(".rich td").nth(0)
    assert await first.inner_text() == "Published"
    assert await first.evaluate(lines) == 1
    assert await page.locator(".rich td").nth(3).evaluate(lines) <= 3  # "27", "November,", "06:00"


async def test_what_others_wrote_stays_text(sim: Simulator, ask: Ask, visit: Open) -> None:
    evil = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
    sim.world.add_user(666, evil)
    sim.world.add_chat(-66, "group", evil, creator=666, members=[READER])
    sim.world.say(-66, 666, evil)
    sim.world.send_document(-66, 666, evil, b"x", caption=evil)
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "tg://javascript:document.title='owned'"}
    await ask("sendMessage", chat_id=-66, text=f"link {evil}", entities=[link])
    block = {"type": "paragraph", "text": [evil, {"type": "bold", "text": evil}]}
    keys = {"inline_keyboard": [[{"text": evil, "callback_data": "x"}]]}
    await ask("sendRichMessage", chat_id=-66, rich_message={"blocks": [block]}, reply_markup=keys)
    page = await visit(chat=-66)
    await expect(page.locator("#messages .message")).to_have_count(4)
    assert await page.locator("#messages img, #messages script, #chats img, #head img").count() == 0
    assert evil in await page.locator("#chat-name h1").inner_text()
    await page.locator(".text a").first.click()
    assert await page.title() == "Dateline · chat simulator"


async def test_topics_are_tabs_and_an_admin_may_hide(sim: Simulator, ask: Ask, visit: Open) -> None:
    topic = sim.world.add_topic(FORUM, "Syria")
    await ask("sendMessage", chat_id=FORUM, text="in the topic", message_thread_id=topic.id)
    page = await visit(EDITOR, FORUM)
    await expect(page.locator("#messages .message")).to_have_count(0)
    await page.get_by_role("tab", name="Syria").click()
    await expect(page.locator("#messages .message")).to_have_count(1)
    await page.locator("#as").select_option("hidden")
    await page.locator("#text").fill("/topics")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages .message")).to_have_count(2)
    message = (await ask("getUpdates"))[-1]["message"]
    assert (message["from"]["id"], message["message_thread_id"]) == (1087968824, topic.id)
    await page.locator("#user").select_option(str(READER))
    await expect(page.locator("#as")).to_be_hidden()
    await expect(page.locator("#language")).to_have_value("en")
    async with page.expect_response("**/page/do"):
        await page.locator("#language").select_option("ar")
    assert sim.world.users[READER].language == "ar"


async def test_a_reader_of_a_channel_may_not_post_but_forward(sim: Simulator, ask: Ask, visit: Open) -> None:
    await ask("sendMessage", chat_id=CHANNEL, text="the digest")
    page = await visit(READER, CHANNEL)
    await expect(page.locator("#composer")).to_be_hidden()
    await page.locator(".message").hover()
    await page.get_by_role("button", name="Forward").click()
    await page.get_by_role("dialog").get_by_role("button", name="Dateline").click()
    await expect(page.locator(".forwarded")).to_have_text("Forwarded from Morning")
    await page.locator(".message").hover()
    await page.get_by_role("button", name="Reply").click()
    await page.locator("#text").fill("/why")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message .reply")).to_have_count(1)
    assert (await ask("getUpdates"))[-1]["message"]["reply_to_message"]["text"] == "the digest"


async def test_files_and_places_are_sent(sim: Simulator, ask: Ask, visit: Open) -> None:
    asking = {"keyboard": [[{"text": "Here", "request_location": True}]], "one_time_keyboard": True}
    await ask("sendMessage", chat_id=READER, text="where?", reply_markup=asking)
    page = await visit(viewport={"width": 390, "height": 800})
    await page.get_by_role("button", name="Here").click()
    await page.get_by_role("dialog").get_by_role("button", name="Taipei").click()
    await expect(page.locator(".map")).to_have_count(1)
    await expect(page.locator("#keyboard")).to_be_hidden()
    file = FilePayload(name="feeds.opml", mimeType="text/x-opml", buffer=b"<opml/>")
    await page.locator("#file").set_input_files(file)
    await expect(page.locator(".file")).to_contain_text("feeds.opml")
    assert sim.document(READER, sim.messages(READER)[-1].id) == b"<opml/>"
    place, document = (update["message"] for update in await ask("getUpdates"))
    assert place["location"] == {"latitude": 25.03, "longitude": 121.56}
    assert document["document"]["mime_type"] == "text/x-opml"
    await page.get_by_role("button", name="Back to the chats").click()
    await expect(page.locator("#chats .row").first).to_be_visible()


async def test_other_hosts_and_other_sites_are_refused(sim: Simulator) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("", "page/state", "page/events"):
            async with session.get(sim.page_url + path, headers={"Host": "evil.example"}) as answer:
                assert answer.status == 403
        said = {"do": "say", "chat": READER, "user": READER, "text": "/forget"}
        for headers in ({}, {"X-Page-Token": "guessed"}):
            async with session.post(f"{sim.page_url}page/do", json=said, headers=headers) as answer:
                assert answer.status == 403
        for path in ("", "page/state"):
            async with session.get(sim.page_url + path) as answer:
                assert answer.status == 200
                assert TOKEN.split(":")[1] not in await answer.text()  # the bot's token is in no page
        async with session.get(sim.page_url) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "http" not in policy
    assert sim.messages(READER) == ()
