"""What a monitoring sees: figures of a real run, a process that is stuck, a database that is away."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.clock import FixedClock
from bot.adapters.meters import PrometheusMeters
from bot.app import App
from bot.entrypoints import health
from bot.errors import Code, Misconfigured
from bot.pipeline import plan
from bot.ports import Meters, NoMeters, Step
from bot.types import DeliveryId, DeliveryState, Origin
from tests import make
from tests.pipeline.newsroom import NOW, Newsroom, joined, newsroom, samples

ROOT = Path(__file__).parents[2]
SLOT = NOW + timedelta(hours=1, minutes=30)


@asynccontextmanager
async def watched(home: Path) -> AsyncIterator[tuple[Newsroom, App, str]]:
    """A newsroom of two outlets, its App, and where its monitoring asks."""
    async with newsroom(home, outlets=samples()[0][:2]) as room:
        room.use(metrics="127.0.0.1:0")
        async with room.app() as app, health.serving(app) as port:
            yield room, app, f"http://127.0.0.1:{port}"


async def asked(url: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if answer.content_type == "application/json" else text


async def figures(url: str) -> dict[str, float]:
    """Sample with its labels -> value."""
    _, text = await asked(f"{url}/metrics")
    return {
        f"{one.name}{json.dumps(one.labels, sort_keys=True) if one.labels else ''}": one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


async def test_a_day_of_the_newsroom_in_figures(tmp_path: Path) -> None:
    async with watched(tmp_path) as (room, app, url):
        before = await figures(url)
        assert before['dateline_feeds{"health": "unasked"}'] == 2
        await app.work("poll", "read", "place")
        room.clock.set(SLOT + timedelta(seconds=5))
        await plan(app.deps)
        due = await figures(url)
        assert due["dateline_digests_due"] == 1
        await app.work("compose", "send")
        room.clock.move(10)
        told = await figures(url)
    assert told['dateline_feed_polls_total{"code": "ok"}'] == 2
    assert told['dateline_feeds{"health": "fine"}'] == 2
    assert told["dateline_articles_total"] == told["dateline_placing_lag_seconds_count"] > 5
    assert told["dateline_stories_open"] > 0
    assert told["dateline_digest_queued_seconds_count"] == 1
    sent = '{"channel": "telegram", "code": "ok", "origin": "digest", "outcome": "sent"}'
    assert told[f"dateline_deliveries_total{sent}"] >= 1
    assert told['dateline_delivery_seconds_sum{"origin": "digest"}'] >= 5
    assert told['dateline_outbox{"state": "pending"}'] == 0
    assert told['dateline_queue_depth{"queue": "articles"}'] == 0
    assert told['dateline_steps_total{"outcome": "done", "step": "place"}'] >= 1
    assert told['dateline_step_last_success_timestamp_seconds{"step": "send"}'] >= SLOT.timestamp()
    assert told['dateline_resident_bytes{"process": "main"}'] > 1e7
    assert told["dateline_store_up"] == 1
    assert told['dateline_budget_left_dollars{"period": "day"}'] == 1.0


async def test_alive_means_that_plans_are_made(tmp_path: Path) -> None:
    async with watched(tmp_path) as (room, app, url):
        assert (await asked(f"{url}/healthz"))[0] == 200  # it has just started
        await plan(app.deps)
        room.clock.move(health.STALLED - 1)
        assert (await asked(f"{url}/healthz")) == (200, {"ok": True, "seconds_since_plan": 59.0})
        room.clock.move(2)
        assert (await asked(f"{url}/healthz")) == (503, {"ok": False, "seconds_since_plan": 61.0})
        await plan(app.deps)
        assert (await asked(f"{url}/healthz"))[0] == 200


async def test_ready_means_that_feeds_were_asked_once(tmp_path: Path) -> None:
    async with watched(tmp_path) as (_, app, url):
        told = {"ok": False, "store": True, "schema": True, "polled": False}
        assert await asked(f"{url}/readyz") == (503, told)
        await app.work("poll")
        assert (await asked(f"{url}/readyz"))[0] == 200


async def test_a_database_that_is_away_is_not_ready_and_hides_no_other_figure(tmp_path: Path) -> None:
    async with watched(tmp_path) as (room, app, url):
        await app.work("poll")
        await figures(url)
        await app.deps.store.close()
        room.settings.data.rename(tmp_path / "elsewhere")
        room.clock.move(health.FRESH + 1)
        status, told = await asked(f"{url}/readyz")
        assert (status, told["store"], told["error"]) == (503, False, "there is no database")
        after = await figures(url)
        (tmp_path / "elsewhere").rename(room.settings.data)
    assert after["dateline_store_up"] == 0
    assert after['dateline_feed_polls_total{"code": "ok"}'] == 2


async def test_without_the_setting_nothing_listens_and_nothing_is_counted(tmp_path: Path) -> None:
    async with newsroom(tmp_path, outlets=[], articles=[]) as room, room.app() as app:
        assert isinstance(app.deps.meters, NoMeters)
        async with health.serving(app) as port:
            assert port == 0


async def test_a_port_that_is_taken_is_said_with_what_to_do(tmp_path: Path) -> None:
    async with watched(tmp_path) as (_, app, url):
        taken = replace(
            app, settings=app.settings.model_copy(update={"metrics": url.removeprefix("http://")})
        )
        with pytest.raises(Misconfigured, match="cannot listen") as caught:
            async with health.serving(taken):
                pass
        assert "DATELINE_METRICS" in caught.value.hint


async def test_a_step_that_fails_is_counted_as_failed(tmp_path: Path) -> None:
    class Away:
        async def feed(self, *_: object) -> None:
            raise RuntimeError("no such thing")

    async with watched(tmp_path) as (_, app, url):
        broken = joined(app, web=Away())
        await broken.work("poll")
        told = await figures(url)
        assert told['dateline_feed_polls_total{"code": "parse_crash"}'] == 2
        await app.deps.store.close()
        (app.settings.data / "dateline.db").rename(tmp_path / "gone")
        await app.runner.put([Step(name="poll")])
        await app.runner.idle()
        (tmp_path / "gone").rename(app.settings.data / "dateline.db")
        assert (await figures(url))['dateline_steps_total{"outcome": "failed", "step": "poll"}'] == 1


@pytest.mark.parametrize("made", [NoMeters(), PrometheusMeters(FixedClock(make.NOW))])
def test_whoever_counts_takes_the_same(made: Meters) -> None:
    made.stepped("poll", 0.1, failed=False)
    made.planned(1)
    made.polled(None, 0.1, 3)
    made.polled(Code.TIMEOUT, 20.0, 0)
    made.read(2, 1)
    made.placed([1.0, 2.0])
    made.composed(3.0)
    refused = make.outcome(DeliveryId(1), "a", DeliveryState.FAILED, code=Code.FORBIDDEN)
    made.delivered(make.delivery(), refused, 2.0)
    made.flooded("telegram")
    made.called(make.model_call(model="some-model", tokens_in=7, cost=0.5))
    made.checked(make.prompt_outcome(sentences=4, hard=1, dropped=1))
    if isinstance(made, PrometheusMeters):
        text = made.text().decode()
        assert 'dateline_model_tokens_total{model="some-model",way="in"} 7.0' in text
        assert 'dateline_model_findings_total{prompt="story"} 1.0' in text
        assert f'origin="{Origin.DIGEST}",outcome="failed"' in text


# -------------------------------------------------------------------------------------------- the dashboard


def dashboard() -> dict[str, Any]:
    path = ROOT / "docs" / "grafana" / "dateline.json"
    board: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return board


def queries(board: dict[str, Any]) -> list[str]:
    """All that panels and variables ask of Prometheus."""
    asked_for = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    return asked_for + [str(one["query"]) for one in board["templating"]["list"] if one["type"] == "query"]


def known_names() -> set[str]:
    """Every name that a scrape of this program can hold."""
    return {
        name
        for family in PrometheusMeters(FixedClock(make.NOW)).registry.collect()
        for name in (
            {
                "counter": (f"{family.name}_total",),
                "histogram": tuple(f"{family.name}_{end}" for end in ("bucket", "sum", "count")),
            }.get(family.type, (family.name,))
        )
    }


_NAME = re.compile(r"\b(?:dateline|process)_\w+")


def test_every_query_of_the_dashboard_names_metrics_that_exist() -> None:
    names = known_names()
    board = dashboard()
    assert len(queries(board)) > 20
    for query in queries(board):
        found = _NAME.findall(query)
        assert found, query
        assert set(found) <= names, query


def test_every_metric_of_ours_is_shown() -> None:
    shown = {name for query in queries(dashboard()) for name in _NAME.findall(query)}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    ours = {
        re.sub(r"_(bucket|sum|count)$", "", name) for name in known_names() if name.startswith("dateline")
    }
    assert ours - families == set()


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    board = dashboard()
    assert board["id"] is None
    assert board["uid"] == "dateline"
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])
    sources = {p["datasource"]["uid"] for p in board["panels"] if p["type"] != "row"}
    assert sources == {"${datasource}"}
