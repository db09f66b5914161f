"""Dateline as many processes: the sample newsroom on addresses that real processes reach, and the processes.

No containers: what compose.yaml starts are these same commands.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from bot.adapters.clock import SystemClock
from bot.demo.samples import SampleArticle, SampleOutlet
from bot.demo.server import SampleServer

ROOT = Path(__file__).parents[1]
CLOCK = SystemClock()
TOKEN = "1234567:token-of-the-simulator-in-tests-000"
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("DATELINE_", "OPENAI_", "TELEGRAM_"))
} | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site(SampleServer):
    """The sample newsroom, each outlet on a loopback address of its own: 127.0.1.1, 127.0.1.2, ...

    ``port``: 0 takes a free one. Runs that are compared share one: articles of one moment are placed in the
    order of what their addresses hash to, and the port stands in those.
    """

    def __init__(
        self, outlets: Sequence[SampleOutlet], articles: Sequence[SampleArticle], port: int = 0
    ) -> None:
        self._free = port or free_port()
        self.outlets = tuple(
            replace(one, domain=f"127.0.{1 + number // 200}.{1 + number % 200}:{self._free}")
            for number, one in enumerate(outlets)
        )
        super().__init__(self.outlets, articles)

    def _outlet(self, request: web.Request) -> SampleOutlet:
        self.requests += 1
        outlet = self._outlets.get(request.host)
        if outlet is None:
            raise web.HTTPNotFound
        return outlet

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/feed", self._feed)
        app.router.add_get("/robots.txt", self._robots)
        app.router.add_get("/{slug}", self._page)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "0.0.0.0", self._free).start()
        self.port = self._free


class Home:
    """A folder with settings and files of one installation."""

    def __init__(self, folder: Path, site: Site, *, database: str = "", **env: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.site = folder, site
        self.env = {
            "DATELINE_ALLOW_PRIVATE": "127.0.0.0/8",
            "DATELINE_PARSERS": "1",
            "DATELINE_EMBEDDER": "none",
            "DATELINE_DATABASE": database,
            "DATELINE_PROMPTS": str(ROOT / "prompts"),
            **env,
        }
        topics = yaml.safe_load((ROOT / "config" / "topics.yaml").read_text("utf-8"))["topics"]
        self.write("topics", topics)
        self.write(
            "outlets",
            {
                one.id: {
                    "name": one.name,
                    "domains": [f"{one.id}.example"],
                    "agency": one.agency,
                    "state_media": one.state_media,
                }
                for one in site.outlets
            },
        )
        self.write(
            "feeds",
            {
                one.id: {
                    "url": f"http://{one.domain}/feed",
                    "title": one.name,
                    "outlet": one.id,
                    "language": one.language,
                    "topics": list(one.topics),
                }
                for one in site.outlets
            },
        )

    def write(self, name: str, items: Mapping[str, Any]) -> None:
        (self.folder / "config").mkdir(exist_ok=True)
        path = self.folder / "config" / f"{name}.yaml"
        text = yaml.safe_dump({name: dict(items)}, allow_unicode=True)
        path.with_suffix(".new").write_text(text, encoding="utf-8")
        path.with_suffix(".new").replace(path)

    def digest(self, chat: int, at: datetime) -> None:
        """One digest, each day at this time of day (UTC)."""
        self.write("digests", {"morning": {"chat": chat, "times": [f"{at:%H:%M}"], "zone": "UTC"}})

    def settings(self) -> dict[str, str]:
        """What the environment of a process here is, for loading in this one."""
        return self.env | {
            "DATELINE_DATA": str(self.folder / "data"),
            "DATELINE_CONFIG": str(self.folder / "config"),
        }

    @asynccontextmanager
    async def process(
        self, *args: str, cpu: int | None = None, env: Mapping[str, str] | None = None
    ) -> AsyncIterator[Process]:
        """``python -m bot …`` here, gone afterwards. ``cpu``: where it and its pools stay."""
        lines = "".join(f"{name}={value}\n" for name, value in (self.env | dict(env or {})).items())
        folder = self.folder / f"of-{'-'.join(args[-1:]).strip('-')}-{id(args)}"
        await asyncio.to_thread(_prepare, folder, self.folder, lines)
        pin = None if cpu is None else (lambda: os.sched_setaffinity(0, {cpu}))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *args),
            cwd=folder,
            env=CLEAN,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=pin,
        )
        made = Process(process)
        try:
            yield made
        except BaseException:
            sys.stderr.write(f"---- {' '.join(args)}\n{made.said}\n")
            raise
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await made.reading


def _prepare(folder: Path, home: Path, lines: str) -> None:
    """A machine's own folder: the same settings and files, nothing shared but the database."""
    folder.mkdir(exist_ok=True)
    (folder / ".env").write_text(lines, encoding="utf-8")
    if not (folder / "config").exists():
        (folder / "config").symlink_to(home / "config", target_is_directory=True)


class Process:
    """One of them, and what it has said on standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""
        self.reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        return self.process.pid

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.said += re.sub(r"(\w) +\[dateline\.\w+\] ", r"\1 ", line.decode())  # who says it

    async def says(self, words: str, seconds: float = 60) -> None:
        await until(lambda: words in self.said or self.process.returncode is not None, seconds)
        assert words in self.said, self.said

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), 60)


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 60) -> None:
    end = CLOCK.monotonic() + seconds
    while True:
        found = true()
        if found if isinstance(found, bool) else await found:
            return
        assert CLOCK.monotonic() < end, "it never came true"
        await CLOCK.sleep(0.2)
