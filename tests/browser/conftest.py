"""A headless Chromium on the simulator's page. Without one the tests are skipped, in CI they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bot.adapters.clock import SystemClock
from bot.adapters.simulator import Simulator

TOKEN = "123456:a-planted-secret-of-thirty-five-chars"
READER, EDITOR, STRANGER = 77, 78, 79
FORUM, GROUP, CHANNEL = -1001, -500, -1002
Ask = Callable[..., Coroutine[Any, Any, Any]]
Open = Callable[..., Coroutine[Any, Any, Page]]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (  # no first run, and nothing that calls home
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """Where it is, "" if nowhere."""
    return next((found for name in _NAMES if (found := shutil.which(name))), "")


@pytest_asyncio.fixture(scope="module", loop_scope="module")  # a start takes seconds, a context none
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    if not path:
        reason = f"no Chromium on the PATH ({', '.join(_NAMES)}): apt-get install chromium"
        if os.environ.get("CI") or os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def sim() -> AsyncIterator[Simulator]:
    """Ada (77), Wei (78, who made the chats) and Sam (79, a stranger)."""
    simulator = Simulator(token=TOKEN, clock=SystemClock(), limits=False, page=True)
    world = simulator.world
    world.add_user(READER, "Ada")
    world.add_user(EDITOR, "Wei", language="zh-hant")
    world.add_user(STRANGER, "Sam", language="ar", started=False)
    world.add_chat(FORUM, "supergroup", "Newsroom", forum=True, creator=EDITOR, members=[READER])
    world.add_chat(GROUP, "group", "Desk", creator=EDITOR, members=[READER])
    world.add_chat(CHANNEL, "channel", "Morning", username="morning_news", creator=EDITOR, members=[READER])
    world.updates.drop()
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def ask(sim: Simulator) -> AsyncIterator[Ask]:
    """The bot's side: ``await ask("sendMessage", chat_id=…, …)`` gives the result."""
    async with aiohttp.ClientSession() as session:

        async def asked(method: str, **params: Any) -> Any:
            async with session.post(f"{sim.base_url}{TOKEN}/{method}", json=params) as answer:
                body = await answer.json()
                assert body["ok"], body
                return body["result"]

        yield asked


@pytest_asyncio.fixture(loop_scope="module")
async def visit(sim: Simulator, browser: Browser, tmp_path: Path) -> AsyncIterator[Open]:
    """Open the page as somebody, in a chat; an error of the page's script fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    async def opened(user: int = READER, chat: int | None = READER, **context: Any) -> Page:
        contexts.append(await browser.new_context(**context))
        page = await contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(f"{sim.page_url}#user={user}" + (f"&chat={chat}" if chat is not None else ""))
        await page.wait_for_selector("body[data-ready]")
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert errors == []
