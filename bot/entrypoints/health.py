"""``/metrics``, ``/healthz`` and ``/readyz``: what a monitoring asks of this process.

- ``/healthz``: the process is alive and at work: its loop turns (else nobody answers), what plans has planned
  lately, and on many machines what works has looked for work lately and PostgreSQL hears from it. At 503 a
  restart helps, or where PostgreSQL is away does no harm.
- ``/readyz``: it can do its work: the store answers, its schema is this program's, and feeds were asked once.
- ``/metrics``: Prometheus' text format.

They say nothing secret, but much about the house, so they stand on a port of their own, on loopback unless
somebody says otherwise, and nowhere by default: a second process on the machine would find the port taken.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.adapters.meters import CONTENT_TYPE, PrometheusMeters, Pulse
from bot.adapters.runner_local import LocalRunner
from bot.adapters.store import newest_version, schema_version
from bot.app import App
from bot.errors import DatelineError, Misconfigured
from bot.events import logger
from bot.pipeline.gauges import gauges
from bot.types import Gauges

log = logger("health")

STALLED = 60.0
"""Seconds without a finished plan after which the process counts as stuck. A plan takes milliseconds, one
every five seconds; the store gives up after 30 seconds of waiting for another process' lock."""
FRESH = 5.0
"""Seconds for which figures of the rows are good: two scrapers cost no more than one."""


@asynccontextmanager
async def serving(opened: App) -> AsyncGenerator[int]:
    """The three addresses, where the settings want them, until the block ends; gives the port, 0 for none.

    Raises:
        Misconfigured: the port is taken, or the address is none of this machine.
    """
    if not opened.settings.metrics:
        yield 0
        return
    host, _, port = opened.settings.metrics.rpartition(":")
    runner = web.AppRunner(application(opened), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host.strip("[]"), int(port))
        try:
            await site.start()
        except OSError as error:
            hint = "give each process a port of its own in DATELINE_METRICS"
            raise Misconfigured("cannot listen there", hint=hint, address=opened.settings.metrics) from error
        bound = int(runner.addresses[0][1])
        log.info("metrics_served", address=f"{host}:{bound}")
        yield bound
    finally:
        await runner.cleanup()


def application(opened: App) -> web.Application:
    """The three addresses as an application of aiohttp; to be mounted elsewhere too."""
    answers = _Answers(opened)
    made = web.Application()
    made.router.add_get("/metrics", answers.metrics)
    made.router.add_get("/healthz", answers.healthz)
    made.router.add_get("/readyz", answers.readyz)
    made.on_startup.append(answers.start)
    made.on_cleanup.append(answers.stop)
    return made


class _Answers:
    def __init__(self, opened: App) -> None:
        self._app, self._deps = opened, opened.deps
        meters = opened.deps.meters
        # A role that serves this for others may have been opened without meters of its own.
        self._meters = meters if isinstance(meters, PrometheusMeters) else PrometheusMeters(self._deps.clock)
        self._pulse = Pulse(self._meters)
        self._looked = float("-inf")

    async def start(self, _: web.Application) -> None:
        self._pulse.start()

    async def stop(self, _: web.Application) -> None:
        self._pulse.stop()

    async def metrics(self, _: web.Request) -> web.Response:
        now = self._deps.clock.monotonic()
        if now - self._looked >= FRESH:
            self._looked = now
            self._meters.memory()
            try:
                self._meters.rows(await self._gauges(), self._deps.rules)
            except DatelineError as error:
                self._meters.no_rows()
                log.warning("gauges_failed", error=error)
        return web.Response(body=self._meters.text(), headers={"Content-Type": CONTENT_TYPE})

    async def healthz(self, _: web.Request) -> web.Response:
        planned = self._deps.desk.planned
        since = None if planned is None else round(self._deps.clock.monotonic() - planned, 1)
        alive = since is None or since < STALLED  # None: it has just started, or is none that plans
        told: dict[str, Any] = {"seconds_since_plan": since}
        runner = self._app.runner
        if not isinstance(runner, LocalRunner):
            alive = alive and not runner.stuck and not runner.silent
            told |= {f"seconds_since_{name}": age for name, age in runner.signs().items()}
            told |= {"database": not runner.silent, "stuck": list(runner.stuck)}
        return _told(alive, told)

    async def readyz(self, _: web.Request) -> web.Response:
        told: dict[str, Any] = {"store": False, "schema": False, "polled": False}
        try:
            told["schema"] = await schema_version(self._app.settings.database_url) == newest_version()
            feeds = (await self._gauges()).feeds
            told["store"] = True
            # Where no feed is on there is nothing to wait for.
            told["polled"] = not feeds.get("unasked") or bool(feeds.get("fine") or feeds.get("failing"))
        except DatelineError as error:
            told["error"] = error.message
        return _told(all(told[key] for key in ("store", "schema", "polled")), told)

    async def _gauges(self) -> Gauges:
        async with self._deps.store.begin() as tx:
            return await gauges(self._deps, tx)


def _told(well: bool, body: dict[str, Any]) -> web.Response:
    return web.json_response({"ok": well, **body}, status=200 if well else 503)
