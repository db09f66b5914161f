"""A newcomer's path in the page, against the bot itself."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from bot.demo.chat import YOU
from tests.browser.walk import PATIENCE, PHONE, Walker, bot_on_stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.mark.slow
async def test_a_newcomer_gets_a_digest_opens_a_story_and_judges_it(browser: Browser) -> None:
    errors: list[str] = []
    async with bot_on_stage() as made:
        context = await browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        walker = Walker(page, made.simulator.page_url, YOU)
        await walker.open()
        await walker.start()
        await expect(walker.messages).to_have_count(1)  # no alert comes before the answer
        await walker.on()
        await walker.placed()
        await walker.on()
        digest = await walker.finish()
        await expect(digest).to_contain_text("◆ Syria")
        await expect(digest).to_contain_text("[1]")
        number = digest.locator(".keys").get_by_role("button", name="1", exact=True)
        await expect(number).to_have_count(1)
        await expect(walker.messages.last).to_contain_text("feeds fine", timeout=PATIENCE)  # its last message
        before = await walker.messages.count()
        await number.click()
        card = await walker.answer(before)
        await expect(card).to_contain_text("independent sources")
        await page.mouse.move(0, 0)
        tools = digest.locator(".tools")  # of the message whose button was pressed: they stand on other text
        await expect(tools).to_have_css("opacity", "0")
        less = card.get_by_role("button", name="Less like this")
        await less.click()
        await expect(page.get_by_role("dialog")).to_contain_text("rank lower", timeout=PATIENCE)
        await page.keyboard.press("Escape")
        await less.click()
        await expect(page.locator(".toast").last).to_contain_text("aken back", timeout=PATIENCE)
        piece = await walker.say("/summarize https://levant-ledger.example/dp-world-tartus")
        await expect(piece).to_contain_text("DP World", timeout=PATIENCE)  # as the digest links to it
        await context.close()
    assert errors == []
