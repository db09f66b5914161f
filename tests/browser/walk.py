"""The pictures of docs/chat.md, taken from the demo: ``python -m tests.browser.walk docs/pictures``.

It plays three newcomers (English, Chinese, Arabic) on the stage of ``dateline demo --chat`` in a headless
Chromium, and photographs what they see. The walk itself is what ``test_walk.py`` does too.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.demo.chat import AMAL, WEI, YOU, Stage, stage
from bot.entrypoints.chat import ChatFront
from bot.types import Person, Role
from tests.browser.conftest import FLAGS, chromium

PHONE = {"width": 390, "height": 720}
SHARP = 1.25
"""Pixels per point: legible on a dense screen, less than 120 kilobytes a picture."""
PEOPLE = {"en": YOU, "zh-Hant": WEI, "ar": AMAL}
PATIENCE = 20_000
"""Milliseconds: the machine of a CI shares its cores."""


@contextlib.asynccontextmanager
async def bot_on_stage() -> AsyncIterator[Stage]:
    """The demo as ``dateline demo --chat`` runs it, with its news collected."""
    async with stage(lambda *_: None) as made:
        await made.prepare()
        stop = asyncio.Event()
        parts = [asyncio.create_task(ChatFront(made.app).run(stop)), asyncio.create_task(made.app.run(stop))]
        try:
            yield made
        finally:
            stop.set()
            await asyncio.gather(*parts)


PLAIN = """() => {
  document.activeElement?.blur();
  document.getElementById("main").style.background = "var(--paper)";  // a flat colour packs well
  document.getElementById("scroll").style.scrollPaddingTop = "8px";
}"""


class Walker:
    """One person in front of the page, in the private chat with the bot.

    Args:
        page: of a browser.
        address: of the simulator's page.
        user: who looks at it.
    """

    def __init__(self, page: Page, address: str, user: int) -> None:
        self.page, self._address, self._user = page, address, user
        self.messages = page.locator("#messages .message:not(.mine):not(.draft)")
        page.set_default_timeout(PATIENCE)

    async def open(self) -> None:
        """The private chat, as it stands."""
        await self.page.goto(f"{self._address}#user={self._user}&chat={self._user}")
        await self.page.wait_for_selector("body[data-ready]")

    async def start(self) -> None:
        """The wizard's first step."""
        await self.page.locator("#start").click()
        await expect(self.last_keys).not_to_have_count(0, timeout=PATIENCE)

    async def say(self, text: str) -> Locator:
        """The first message that the bot answers with."""
        before = await self.messages.count()
        await self.page.locator("#text").fill(text)
        await self.page.keyboard.press("Escape")  # the list of commands
        await self.page.locator("#send").click()
        return await self.answer(before)

    async def answer(self, before: int) -> Locator:
        """The first message after ``before`` others."""
        found = self.messages.nth(before)
        await expect(found).to_be_visible(timeout=PATIENCE)
        return found

    @property
    def last_keys(self) -> Locator:
        """The buttons under the newest message of the bot."""
        return self.messages.last.locator(".keys button")

    async def on(self) -> None:
        """The wizard's next step: its last button, in whatever language."""
        text = self.messages.last.locator(".text")
        before = await text.inner_text()
        await self.last_keys.last.click()
        await expect(text).not_to_have_text(before, use_inner_text=True, timeout=PATIENCE)

    async def placed(self) -> None:
        """London, where the wizard asks: in English nothing tells it where the person is."""
        text, london = self.messages.last.locator(".text"), self.last_keys.filter(has_text="London")
        if await london.count():
            before = await text.inner_text()
            await london.click()
            await expect(text).not_to_have_text(before, use_inner_text=True, timeout=PATIENCE)

    async def finish(self) -> Locator:
        """The digest that comes at the wizard's end."""
        before = await self.messages.count()
        await self.last_keys.last.click()
        return await self.answer(before)

    async def settle(self) -> None:
        """Wait until all that belongs to the answer has come: a chat gets one message a second."""
        before = -1
        while before != (before := await self.messages.count()):
            await self.page.wait_for_timeout(3000)

    async def picture(self, of: Locator, file: Path, *, block: str = "start") -> None:
        """Written to ``file``: the phone's screen with the top of a message in view."""
        await self.page.mouse.move(0, 0)
        await self.page.evaluate(PLAIN)
        await self.settle()
        await of.evaluate("(node, block) => node.scrollIntoView({ block })", block)
        await self.page.wait_for_timeout(200)
        await self.page.screenshot(path=file, animations="disabled", caret="hide")


async def walk(browser: Browser, made: Stage, user: int, ending: str, folder: Path) -> None:
    """Four pictures: the wizard, a digest in classic and in rich form, the status."""
    context = await browser.new_context(viewport=PHONE, device_scale_factor=SHARP)  # type: ignore[arg-type]
    walker = Walker(await context.new_page(), made.simulator.page_url, user)
    await walker.open()
    await walker.start()
    await walker.on()
    await walker.picture(walker.messages.last, folder / f"wizard.{ending}.png", block="end")
    await walker.placed()
    await walker.on()
    await walker.picture(await walker.finish(), folder / f"classic.{ending}.png")
    await walker.say("/format rich")
    await walker.picture(await walker.say("/digest"), folder / f"rich.{ending}.png")
    await walker.picture(await walker.say("/status"), folder / f"status.{ending}.png")
    await context.close()


async def main(folder: Path) -> None:
    """All twelve pictures in ``folder``."""
    async with bot_on_stage() as made, async_playwright() as playwright:
        async with made.app.deps.store.begin() as tx:  # /status is for those who keep the bot
            for user in (WEI, AMAL):
                await tx.put_person(Person(id=str(user), name=str(user), role=Role.EDITOR))
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for ending, user in PEOPLE.items():
            await walk(browser, made, user, ending, folder)
        await browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not chromium():
        sys.exit("python -m tests.browser.walk FOLDER, with a Chromium on the PATH")
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1])))
