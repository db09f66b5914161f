"""An editor's walk in the page: a typo, a draft, preview, live, a digest in the new voice, and back.

``python -m tests.browser.test_prompts docs/pictures`` takes the pictures of docs/prompts.md on the way.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, async_playwright, expect

from bot.domain import prompts
from bot.entrypoints import prompts as desk
from bot.types import Role
from tests.browser.conftest import FLAGS, chromium
from tests.browser.walk import PHONE, SHARP, Walker
from tests.chat.conversation import READER, Conversation, conversation
from tests.chat.test_status import appoint
from tests.fake_llm import fake_llm
from tests.recorded import Recorded

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="module"),
]
ROOT = Path(__file__).parents[2]
BODY = prompts.body_of((ROOT / "prompts" / "story.prompt.md").read_text(encoding="utf-8"))
ONE = "- Tell each story in one sentence."
SHORT = BODY.replace("- First sentence: who did what", f"{ONE}\n- First sentence: who did what")


async def test_an_editor_makes_a_version_live_and_takes_it_back(browser: Browser, tmp_path: Path) -> None:
    await walk(browser, tmp_path, None)


async def walk(browser: Browser, home: Path, folder: Path | None) -> None:
    """The walk; with a folder, its pictures."""
    model = Recorded(ONE)
    async with (
        fake_llm(model) as server,
        conversation(home, collected=True, page=True, openai_base_url=server.url) as talk,
    ):
        await talk.app.import_prompts(by_itself=False)
        await appoint(talk, Role.EDITOR)
        await talk.say("/help")  # who never wrote sees a button to begin with
        context = await browser.new_context(viewport=PHONE, device_scale_factor=SHARP)  # type: ignore[arg-type]
        editor = Editor(talk, Walker(await context.new_page(), talk.simulator.page_url, READER), folder)
        await editor.walker.open()
        before = await editor.digest()
        await editor.changes()
        during = await editor.digest()
        assert during != before
        marks = [told.count("\\u00a0") for told in (before, during)]
        assert marks[0] > 1.5 * marks[1]  # a mark stands behind each sentence
        await editor.goes_back()
        assert await editor.digest() == before
        await context.close()


class Editor:
    """Rana, an editor, in her private chat with the bot.

    Args:
        talk: the bot.
        walker: her page.
        folder: where pictures go; None: nowhere.
    """

    def __init__(self, talk: Conversation, walker: Walker, folder: Path | None) -> None:
        self.talk, self.walker, self._folder = talk, walker, folder

    async def digest(self) -> str:
        """All of Syria's digest as it stands in the chat."""
        start = len(self.talk.simulator.messages(READER))
        await self.walker.say("/digest syria 24h full")
        await self.talk.settle()
        await self.talk.delivered()
        told = [one for one in self.talk.simulator.messages(READER)[start:] if one.sender != READER]
        return json.dumps([(one.text, one.rich) for one in told if "Syria" in f"{one.text}{one.rich}"])

    async def changes(self) -> None:
        """List, card, a slip, the text without it, preview, live."""
        await self.walker.say("/prompts")
        await self._press("story")
        await self._press("New text")
        said = await self.walker.say(SHORT.replace("{{ language }}", "{{ langauge }}", 1))
        await expect(said).to_contain_text("unknown variable {{ langauge }}, did you mean 'language'?")
        await self._picture(said, "typo", block="end")
        said = await self.walker.say(SHORT)
        await expect(said).to_contain_text("Saved as draft")
        await expect(said).to_contain_text(ONE)
        await self._picture(said, "draft")
        count = await self.walker.messages.count()
        await self._press("Preview", long=True)
        await self._until(lambda text: "Test and make live" in text)
        await self._picture(self.walker.messages.nth(count), "preview")
        await self._press("Test and make live", long=True)
        await self._until(lambda text: "is live now" in text)
        await expect(self._last).to_contain_text("on 20 samples")
        await self._picture(self._last, "live", block="end")

    async def goes_back(self) -> None:
        """One tap, and one to be sure."""
        await self.walker.say("/prompts story")
        await self._press("Back to")
        await self._press("Yes, back to")
        await self._until(lambda text: "Back to" not in text and "History" in text)
        shelf = await desk.shelf(self.talk.app.deps, "story")
        assert shelf.current is not None
        assert shelf.current.text == (ROOT / "prompts" / "story.prompt.md").read_text(encoding="utf-8")
        await self._press("History")
        await self._until(lambda text: "rolled back" in text)
        await self._picture(self._last, "history")

    @property
    def _last(self) -> Locator:
        return self.walker.messages.last

    async def _press(self, label: str, *, long: bool = False) -> None:
        exact = re.compile(f"^{label}" + ("$" if label == "story" else ""))
        await self.walker.messages.locator(".keys button").filter(has_text=exact).last.click(timeout=60_000)
        if not long:
            await self.talk.settle()

    async def _until(self, says: Any) -> None:
        async with asyncio.timeout(240):
            while not says(await self._last.inner_text()):
                await self.walker.page.wait_for_timeout(100)
        await self.talk.settle()

    async def _picture(self, of: Locator, name: str, *, block: str = "start") -> None:
        if self._folder is not None:
            await self.walker.picture(of, self._folder / f"prompts.{name}.png", block=block)


async def main(folder: Path) -> None:
    """The pictures."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        with tempfile.TemporaryDirectory() as home:
            await walk(browser, Path(home), folder)
        await browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not chromium():
        sys.exit("python -m tests.browser.test_prompts FOLDER, with a Chromium on the PATH")
    asyncio.run(main(Path(sys.argv[1])))
