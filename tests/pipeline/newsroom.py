"""The sample newsroom, the simulator and an App around them: the real path, with a movable clock."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.adapters.clock import VirtualClock
from bot.adapters.runner_local import LocalRunner
from bot.adapters.simulator import Simulator
from bot.app import App, open_app
from bot.demo.samples import SampleArticle, SampleOutlet, load
from bot.demo.server import SampleServer
from bot.demo.show import SampleNames
from bot.pipeline import STEPS
from bot.ports import Desk
from bot.settings import Settings
from bot.wiring import rules_of

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
TOKEN = "1234567:token-of-the-simulator-in-tests-000"
CHAT = -1001000000001
ROOT = Path(__file__).parents[2]


@dataclass(slots=True, kw_only=True)
class Newsroom:
    """Everything that a test of the path may turn."""

    home: Path
    clock: VirtualClock
    server: SampleServer
    simulator: Simulator
    settings: Settings
    changed: bool = True
    """Whether the files of config/ say something that the database does not know yet."""

    @asynccontextmanager
    async def app(self, *, model: str = "", **rules: Any) -> AsyncIterator[App]:
        """An App on the newsroom's data folder, as a process that starts now; ``model``: its server."""
        settings = self.settings.model_copy(update={"openai_base_url": model})
        async with open_app(
            settings,
            clock=self.clock,
            resolver=SampleNames(self.server.port),
            rules=replace(rules_of(settings), first_import_news=100, **rules),
            use_model=bool(model),
        ) as app:
            if self.changed:
                await app.import_config()
                self.changed = False
            yield app

    def chat(self) -> list[str]:
        """The texts that stand in the chat."""
        return [message.text for message in self.simulator.messages(CHAT)]

    def use(self, **settings: Any) -> None:
        """Set settings for the next App."""
        self.settings = self.settings.model_copy(update=settings)

    def declare(self, name: str, items: dict[str, Any]) -> None:
        """Write one file of config/."""
        path = self.home / "config" / f"{name}.yaml"
        path.write_text(yaml.safe_dump({name: items}, allow_unicode=True), encoding="utf-8")
        self.changed = True


_IMPORTED: list[Path] = []


async def imported_data() -> Path:
    """A data folder that has read the files: what each test would do for a second is done once a process."""
    if not _IMPORTED:
        home = Path(tempfile.mkdtemp(prefix="dateline-imported-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        async with newsroom(home, imported=False) as room, room.app():
            pass
        _IMPORTED.append(home / "data")
    return _IMPORTED[0]


@functools.cache
def samples() -> tuple[tuple[SampleOutlet, ...], tuple[SampleArticle, ...]]:
    """Outlets and articles as they stand at ``NOW``."""
    return load(NOW)


def joined(app: App, **changes: Any) -> App:
    """The App with other Deps (another store, a parser that lies): a desk and a runner of its own."""
    deps = replace(app.deps, desk=Desk(), **changes)
    return replace(app, deps=deps, runner=LocalRunner(deps, STEPS, deps.clock))


@asynccontextmanager
async def newsroom(
    home: Path,
    *,
    outlets: Sequence[SampleOutlet] | None = None,
    articles: Sequence[SampleArticle] | None = None,
    digest: dict[str, Any] | None = None,
    imported: bool = True,
) -> AsyncIterator[Newsroom]:
    """A running newsroom in this folder, whose morning digest is due at 07:30 UTC.

    ``imported``: the database knows the files already where they are those of every day.
    """
    if imported and outlets is None and digest is None and not (home / "data").exists():
        shutil.copytree(await imported_data(), home / "data")
    all_outlets, all_articles = samples()
    shown = tuple(outlets if outlets is not None else all_outlets)
    server = SampleServer(shown, all_articles if articles is None else articles)
    clock = VirtualClock(NOW)
    simulator = Simulator(token=TOKEN, clock=clock)
    simulator.world.add_chat(CHAT, "channel", "Digest")
    await server.start()
    await simulator.start()
    (home / "config").mkdir()
    topics = (ROOT / "config" / "topics.yaml").read_text(encoding="utf-8")
    (home / "config" / "topics.yaml").write_text(topics, encoding="utf-8")
    settings = Settings.model_validate(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "DATELINE_TELEGRAM_API": simulator.base_url,
            "DATELINE_DATA": home / "data",
            "DATELINE_CONFIG": home / "config",
            "DATELINE_PROMPTS": ROOT / "prompts",
            "DATELINE_ALLOW_PRIVATE": "127.0.0.1",
            "DATELINE_EMBEDDER": "none",  # a process and two seconds a test
        }
    )
    room = Newsroom(home=home, clock=clock, server=server, simulator=simulator, settings=settings)
    room.declare(
        "outlets",
        {
            one.id: {
                "name": one.name,
                "domains": [one.domain],
                "agency": one.agency,
                "state_media": one.state_media,
            }
            for one in shown
        },
    )
    room.declare(
        "feeds",
        {
            one.id: {
                "url": f"http://{one.domain}/feed",
                "title": one.name,
                "outlet": one.id,
                "language": one.language,
            }
            for one in shown
        },
    )
    room.declare("digests", {"morning": {"chat": CHAT, "times": ["07:30"], "zone": "UTC", **(digest or {})}})
    # A home that was collected before, with the same outlets, has it all in its database: reading the files
    # again would be a third of a test's time.
    room.changed = digest is not None or not (home / "data").exists()
    try:
        yield room
    finally:
        await simulator.stop()
        await server.stop()
