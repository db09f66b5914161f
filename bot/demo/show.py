"""``dateline demo``: the whole path on the sample newsroom, against the simulated chat."""

from __future__ import annotations

import json
import socket
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from aiohttp.abc import AbstractResolver, ResolveResult
from rich.console import Console

from bot.adapters.clock import SystemClock, VirtualClock
from bot.adapters.simulator import Simulator
from bot.app import App, open_app
from bot.demo.samples import SampleOutlet, load
from bot.demo.server import SampleServer
from bot.domain import pages, schedules
from bot.domain.wording import Wording
from bot.errors import Broken, Misconfigured
from bot.pipeline.compose import demand
from bot.settings import Settings
from bot.settings.folders import defaults_of
from bot.types import DeliveryState, Digest
from bot.wiring import rules_of

TOKEN = "1234567:demo-token-of-the-local-simulator-00"  # noqa: S105 - of our own stand-in
CHAT = -1001000000001


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the demo made."""

    digest: Digest
    wording: Wording
    page: Path
    articles: int
    stories: int
    messages: tuple[str, ...]  # as the chat shows them
    seconds: float


class SampleNames(AbstractResolver):
    """Leads every name under ``.example`` to the sample server, and no other name anywhere."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """One loopback address. Raises OSError for names that are no sample's."""
        del port, family
        if not host.endswith(".example"):
            raise OSError(f"no such name in the demo: {host}")
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=self._port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def play(folder: Path, progress: Callable[[str, int, int], None]) -> Shown:
    """Collect the samples, compose the morning's digest, post it to the simulator, write the page.

    Raises:
        Broken: a stretch of the way did not do its work; the demo never pretends.
    """
    started = SystemClock().monotonic()
    now = datetime.now(UTC)
    outlets, articles = load(now)
    server = SampleServer(outlets, articles)
    # The demo's clock jumps to the digest's hour instead of waiting for it.
    clock = VirtualClock(now)
    simulator = Simulator(token=TOKEN, clock=clock)
    simulator.world.add_chat(CHAT, "channel", "Dateline demo")
    await server.start()
    await simulator.start()
    try:
        with tempfile.TemporaryDirectory(prefix="dateline-demo-") as home:
            settings = demo_settings(Path(home), simulator, outlets, now + timedelta(minutes=30))
            rules = replace(rules_of(settings), first_import_news=100)
            names = SampleNames(server.port)
            async with open_app(
                settings, clock=clock, resolver=names, progress=progress, rules=rules, use_model=False
            ) as app:
                shown = await _play(app, clock, folder)
    finally:
        await simulator.stop()
        await server.stop()
    told = tuple(message.text for message in simulator.messages(CHAT))
    return replace(shown, messages=told, seconds=SystemClock().monotonic() - started)


async def _play(app: App, clock: VirtualClock, folder: Path) -> Shown:
    await app.import_config()
    await app.work("poll", "read", "place")
    digest = await demand(app.deps)
    async with app.deps.store.begin() as tx:
        subscription = (await tx.subscriptions())[0]
    clock.set(schedules.next_slot(subscription.schedule, clock.now()).at)
    await app.work("compose", "send")
    async with app.deps.store.begin() as tx:
        counts = await tx.counts()
        deliveries = await tx.deliveries(None, 100)
    unsent = [item for item in deliveries if item.state is not DeliveryState.SENT]
    if unsent or not deliveries:
        raise Broken("the demo's digest was not posted", deliveries=len(deliveries), unsent=len(unsent))
    page = _write(folder, digest, app.deps.wording["en"])
    return Shown(
        digest=digest,
        wording=app.deps.wording["en"],
        page=page,
        articles=counts.get("articles", 0),
        stories=counts.get("stories", 0),
        messages=(),
        seconds=0.0,
    )


def demo_settings(
    home: Path, simulator: Simulator, outlets: Sequence[SampleOutlet], due: datetime
) -> Settings:
    """Settings of a demo in this folder, whose channel gets a digest in the minute of ``due`` (UTC)."""
    config = home / "config"
    config.mkdir()
    slot = due.strftime("%H:%M")
    body: dict[str, dict[str, Any]] = {
        "outlets": {outlet.id: _outlet(outlet) for outlet in outlets},
        "feeds": {outlet.id: _feed(outlet) for outlet in outlets},
        "digests": {"morning": {"chat": CHAT, "times": [slot], "zone": "UTC"}},
    }
    for name, items in body.items():
        text = yaml.safe_dump({name: items}, allow_unicode=True)
        (config / f"{name}.yaml").write_text(text, encoding="utf-8")
    topics = defaults_of("config") / "topics.yaml"  # not the user's: the demo is the same everywhere
    (config / "topics.yaml").write_text(topics.read_text(encoding="utf-8"), encoding="utf-8")
    return Settings.model_validate(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "DATELINE_TELEGRAM_API": simulator.base_url,
            "DATELINE_DATA": home / "data",
            "DATELINE_CONFIG": config,
            "DATELINE_ALLOW_PRIVATE": "127.0.0.1",
        }
    )


def _outlet(outlet: SampleOutlet) -> dict[str, Any]:
    return {
        "name": outlet.name,
        "domains": [outlet.domain],
        "country": outlet.country,
        "family": outlet.family,
        "agency": outlet.agency,
        "state_media": outlet.state_media,
    }


def _feed(outlet: SampleOutlet) -> dict[str, Any]:
    return {
        "url": f"http://{outlet.domain}/feed",
        "title": outlet.name,
        "outlet": outlet.id,
        "language": outlet.language,
        "topics": list(outlet.topics),
    }


def _write(folder: Path, digest: Digest, wording: Wording) -> Path:
    page = folder / "digest.html"
    text = json.dumps(pages.as_json(digest), ensure_ascii=False, indent=2)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(pages.html(digest, wording), encoding="utf-8")
        (folder / "digest.json").write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise Misconfigured("the page cannot be written", hint="name another --folder", file=page) from error
    return page


def tell(console: Console, shown: Shown) -> None:
    """The closing lines: what was done, where to look, what to do next."""
    page = shown.page.resolve()
    console.print(
        f"[green]✓[/] {shown.articles} articles of sample outlets became {shown.stories} stories; "
        f"posted to the simulated chat in {len(shown.messages)} messages ({shown.seconds:.0f} s)."
    )
    link = f"[link=file://{page}]{shown.page}[/link]"
    console.print(f"  The page: {link}  (as JSON: digest.json)", highlight=False)
    console.print("  Outlets are invented. For real feeds: copy .env.example to .env, then `make run`.")
